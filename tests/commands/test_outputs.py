"""No command replaces what it reads, nor a file of a run or a model."""

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from began_lib.__main__ import main
from began_lib.machine.storage import require_free
from began_lib.shipped.model import FOLDER


@pytest.fixture
def here(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the run and a picture, and a link to each, in which the commands are given."""
    shutil.copytree(run, tmp_path / "run")
    Image.new("RGB", (20, 20), (200, 30, 60)).save(tmp_path / "face.png")
    os.symlink("face.png", tmp_path / "link.png")
    os.symlink("run", tmp_path / "other")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("reconstruct run face.png --out face.png", "face.png is read and would be overwritten"),
        ("reconstruct run face.png --out ./link.png", "link.png is read"),
        ("interpolate run link.png face.png --out face.png", "face.png is read"),
        ("interpolate run --out run/film.gif", "run/film.gif is a place of the run in"),
        ("sample run --grid run/samples/step-00000002.png", "is a place of the run in"),
        ("sample run --grid other/samples/more.png", "is a place of the run in"),
        ("sample run --out run/checkpoints/new", "is a place of the run in"),
        ("export run --format card --out run/config.json", "run/config.json is a place of the run in"),
        ("export run --format card --out run/checkpoints/checkpoint-00000002.safetensors", "is a place of the run in"),
    ],
)
def test_what_is_read_or_kept_is_not_overwritten(
    here: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    before = contents(here)
    assert main(line.split()) == 2
    assert said in (error := capsys.readouterr().err) and error.count("\n") == 1
    assert contents(here) == before


def test_a_file_beside_them_is_written(here: Path) -> None:
    assert main(["sample", "run", "--n", "4", "--grid", "run/grid.png"]) == 0
    assert main(["export", "run", "--format", "card", "--out", "run/README.md"]) == 0
    (here / "config.json").write_text("{}")  # of another program
    assert main(["sample", "run", "--n", "4", "--grid", "film.gif.png"]) == 0


def test_a_models_files_are_its_own() -> None:
    home = FOLDER / "faces-32"
    for name in ("samples.png", "model.safetensors", "history.npz", "CARD.json"):
        with pytest.raises(ValueError, match="is a place of the model in"):
            require_free(home / name)
    require_free(home / "README.md")


def test_a_preview_among_the_pictures_is_refused_before_packing(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("began_lib.data.open_dataset", lambda *a, **o: pytest.fail("packed before it refused"))
    for folder in ("train", "kept apart"):
        (here / folder).mkdir()
    for out in ("train/a.png", "kept apart/a.png"):
        assert main(["data", "train", "--held-out", "kept apart", "--preview", out]) == 2
        assert "which is read: expected a file elsewhere" in capsys.readouterr().err
