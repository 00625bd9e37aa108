"""The commands that describe: the help, and `data` with its picture."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from began_lib.__main__ import build_parser, main
from began_lib.machine.storage import REPOSITORY


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """A folder of 20 pictures, each of one colour."""
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "cache"))
    folder = tmp_path / "pictures"
    folder.mkdir()
    for level in range(20):
        Image.new("RGB", (32, 32), (10 * level, 0, 255)).save(folder / f"{level}.png")
    return folder


@pytest.mark.parametrize("options", [[], ["--grey"]])
def test_data_draws_training_images(pictures, tmp_path, capsys, options):
    preview = tmp_path / "preview.png"
    assert main(["data", str(pictures), "--size", "16", "--preview", str(preview), *options]) == 0
    assert f"18 of the training images: {preview}" in capsys.readouterr().out
    picture = np.asarray(Image.open(preview))
    assert picture.shape == (4 * (3 * 18 - 2), 4 * (8 * 18 - 2), 3)  # 18 images in rows of 8, enlarged to 64 pixels
    colours = {tuple(picture[4 * (18 * row + 8), 4 * (18 * column + 8)]) for row in range(2) for column in range(8)}
    assert len(colours) == 16  # all different, none white
    assert all((colour[0] == colour[2]) == bool(options) for colour in colours)


def test_a_preview_of_another_kind_is_refused_before_packing(pictures, capsys, monkeypatch):
    monkeypatch.setattr("began_lib.data.open_dataset", lambda *a, **o: pytest.fail("packed before it refused"))
    assert main(["data", str(pictures), "--preview", "preview.gif"]) == 2
    assert "expected .png or .jpg" in capsys.readouterr().err


def test_the_help_opens_with_what_it_is_and_every_command_and_option_says_what_it_does(capsys):
    assert main([]) == 0
    text = capsys.readouterr().out
    opening = text.split("\n\n")[1]
    assert opening.startswith("BEGAN (arXiv 1703.10717) trains a generator of pictures") and opening.count(".") == 2
    commands = build_parser()._subparsers._group_actions[0].choices
    pictures = {"sample", "reconstruct", "interpolate", "export"}
    assert set(commands) == {"train", "data", "models", "ship", "score"} | pictures
    for name, command in commands.items():
        assert command.description, name
        for action in command._actions:
            assert action.help, f"{name} {action.option_strings or action.dest} says nothing"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("score --model faces-32 --seed -1", "argument --seed: expected 0 to 2,147,483,648, found -1"),
        ("score --model faces-32 --held-out ~nobody-of-this/x", "argument --held-out: expected a path"),
        ("train --held-out ~nobody-of-this/x", "argument --held-out: expected a path"),
        ("data faces --held-out ~nobody-of-this/x", "argument --held-out: expected a path"),
    ],
)
def test_options_of_one_kind_have_one_rule(line, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(line.split())
    assert ended.value.code == 2 and said in capsys.readouterr().err


@pytest.mark.parametrize("variable", ["BEGAN_MODELS", "BEGAN_DATA", "BEGAN_LFW_HOME"])
def test_a_variable_that_is_no_path_is_named_in_one_line(variable, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path))
    monkeypatch.setenv(variable, "~nobody-of-this/x")
    line = "sample faces-32 --grid a.png" if variable == "BEGAN_MODELS" else "data lfw"
    assert main(line.split()) == 2
    assert capsys.readouterr().err.startswith(f"began_lib: {variable}: expected a path, found '~nobody-of-this/x'")


@pytest.mark.skipif(os.name != "posix", reason="closes a stream as a shell does")
@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_closed_stream_is_no_error(closed):
    command = f"'{sys.executable}' -m began_lib --version {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""
    assert bool(done.stdout) == (closed == "2>&-")
