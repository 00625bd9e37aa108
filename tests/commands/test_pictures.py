"""`sample`, `reconstruct` and `interpolate`, as a user types them, on a tiny run."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib import shipped
from began_lib.__main__ import main
from began_lib.commands.pictures import RANDOM_ENDS, read_pictures, search
from began_lib.data import to_uint8
from began_lib.scores.subject import of_folder


@pytest.fixture
def picture(tmp_path) -> Path:
    """A photograph of 40x30 pixels, blue with a red square in the middle."""
    image = Image.new("RGB", (40, 30), (0, 0, 255))
    image.paste((255, 0, 0), (10, 5, 30, 25))
    image.save(tmp_path / "photograph.png")
    return tmp_path / "photograph.png"


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def as_shown(images: torch.Tensor) -> np.ndarray:
    return to_uint8(images.expand(-1, 3, -1, -1)).permute(0, 2, 3, 1).numpy()


def test_sample_writes_the_images_of_the_seed(run, tmp_path, capsys):
    folder, grid = tmp_path / "pictures", tmp_path / "grid.png"
    assert main(["sample", str(run), "--n", "11", "--seed", "5", "--out", str(folder), "--grid", str(grid)]) == 0
    assert "tiny after 2 steps: 11 images of 16x16 in" in capsys.readouterr().out
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == [f"{i:02}.png" for i in range(11)]
    expected = as_shown(shipped.load(run).generate(11, seed=5))
    assert np.array_equal(np.stack([pixels(file) for file in files]), expected)
    assert pixels(grid).shape == (3 * 18 - 2, 4 * 18 - 2, 3)
    assert np.array_equal(pixels(grid)[18:34, 18:34], expected[5])  # second of the second row of four


def test_more_of_a_seed_begin_with_the_same_images_enlarged_or_not(run, tmp_path):
    for count, scale in ((2, 1), (40, 3)):
        assert (
            main(["sample", str(run), "--n", str(count), "--scale", str(scale), "--out", str(tmp_path / f"{count}")])
            == 0
        )
    few, many = (pixels(tmp_path / name) for name in ("2/1.png", "40/01.png"))
    assert many.shape == (48, 48, 3)
    assert np.array_equal(few, many[1::3, 1::3])


def test_step_chooses_the_checkpoint(run, tmp_path, capsys):
    assert main(["sample", str(run), "--n", "1", "--step", "1", "--out", str(tmp_path / "early")]) == 0
    assert "after 1 steps" in capsys.readouterr().out
    assert np.array_equal(pixels(tmp_path / "early" / "0.png"), as_shown(shipped.load(run, 1).generate(1))[0])
    assert not np.array_equal(pixels(tmp_path / "early" / "0.png"), as_shown(shipped.load(run).generate(1))[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "say where the images go"),
        (["--grid", "grid.bmp"], "expected .png or .jpg"),
        (["--out", "."], "expected a folder that is new or empty"),
        (["--out", "new", "--step", "7"], "no file"),
        (["--grid", "grid.png", "--scale", "64", "--n", "100"], "expected at most 47 of them"),
    ],
)
def test_sample_refuses_in_one_line(run, tmp_path, capsys, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.png").touch()
    assert main(["sample", str(run), *options]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error and "\n" not in error
    assert [path.name for path in tmp_path.iterdir()] == ["mine.png"]


def test_reconstruct_shows_x_and_both_reconstructions(run, picture, tmp_path, capsys):
    out = tmp_path / "row.png"
    assert main(["reconstruct", str(run), str(picture), str(picture), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    shown = pixels(out)[1::4, 1::4]  # images of 16 pixels are enlarged to 64
    assert shown.shape == (3 * 18 - 2, 2 * 18 - 2, 3)
    model = shipped.load(run)
    square = Image.open(picture).convert("RGB" if model.config.architecture.channels == 3 else "L").crop((5, 0, 35, 30))
    x = torch.from_numpy(np.array(square.resize((16, 16), Image.Resampling.LANCZOS))).float() / 127.5 - 1
    x = x.view(16, 16, -1).permute(2, 0, 1)[None]
    assert abs(shown[:16, :16].astype(int) - as_shown(x)[0]).max() <= 1  # of 255: grey levels before or after resizing
    assert np.array_equal(shown[36:, 18:], as_shown(model.reconstruct(x).clamp(-1, 1))[0])
    loss = float((x - model.reconstruct(x)).abs().mean())
    assert f"{picture}: e_r = |x - G(z_r)| " in said and f"L(x) = |x - D(x)| {loss:.3f}" in said


def test_a_crop_is_taken_of_the_pictures(run, picture, tmp_path):
    for crop, colour in (("20x20", (255, 0, 0)), ("0,5,8,20", (0, 0, 255))):
        out = tmp_path / "row.png"
        assert main(["reconstruct", str(run), str(picture), "--crop", crop, "--out", str(out)]) == 0
        grey = shipped.load(run).config.architecture.channels == 1
        luma = round(0.299 * colour[0] + 0.114 * colour[2])
        assert tuple(pixels(out)[32, 32]) == ((luma,) * 3 if grey else colour)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--n", "0"], "expected 1 to 100,000, found 0"),
        (["--n", "1000000000"], "expected 1 to 100,000"),
        (["--scale", "65"], "expected 1 to 64"),
        (["--seed", "-1"], "expected 0 to 2,147,483,648"),
        (["--out", ""], "expected a path, found ''"),
    ],
)
def test_numbers_out_of_range_are_refused(capsys, options, message):
    with pytest.raises(SystemExit) as ended:
        main(["sample", "faces-32", *options])
    assert ended.value.code == 2 and message in capsys.readouterr().err


def test_the_search_finds_a_code_that_is_known(run):
    model = shipped.load(run)
    x = model.generate(2, seed=9)
    # Images of an untrained G differ by little; what is left of that must be a small part of it.
    assert search(model, x, seed=0).error.max() < 0.1 * (x[0] - x[1]).abs().mean()


def test_interpolate_draws_a_row_between_the_pictures(run, picture, tmp_path):
    out = tmp_path / "row.jpg"
    assert main(["interpolate", str(run), str(picture), str(picture), "--frames", "5", "--out", str(out)]) == 0
    assert pixels(out).shape == (64, 4 * (7 * 18 - 2), 3)  # five of G between the two pictures


def test_interpolate_without_pictures_goes_through_random_codes(run, tmp_path):
    out = tmp_path / "rows.png"
    assert main(["interpolate", str(run), "--frames", "4", "--path", "matched", "--seed", "3", "--out", str(out)]) == 0
    shown = pixels(out)[1::4, 1::4]
    ends = as_shown(shipped.load(run).generate(RANDOM_ENDS, seed=3))
    # The arcs of `matched` come back to their ends to rounding, which may turn a level.
    assert abs(shown[:16, :16].astype(int) - ends[0]).max() <= 1
    assert abs(shown[36:, 3 * 18 :].astype(int) - ends[3]).max() <= 1


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_a_film_goes_there_and_back(run, tmp_path, ending):
    out = tmp_path / f"path.{ending}"
    assert main(["interpolate", str(run), "--frames", "4", "--out", str(out)]) == 0
    with Image.open(out) as film:
        assert film.size == (64, 64)
        # Three legs of four images share their ends: ten there, eight back. A GIF joins equal neighbours.
        assert film.n_frames == 18 or (ending == "gif" and 10 <= film.n_frames < 18)
        assert film.info["loop"] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "path.mp4"], "ffmpeg -i FILE.gif FILE.mp4"),
        (["--out", "path.avi"], "expected .png or .jpg"),
        (["--out", "row.png", "--frames", "1"], "expected at least 2"),
        (["--out", "row.jpg", "--frames", "1000"], "JPEG has at most 65,500: give a smaller --frames, or a .png"),
        (["one.png", "--out", "row.png"], "expected two or more"),
        (["one.png", "text.png", "--out", "row.png"], "text.png: not an image"),
        (["one.png", "nothing.png", "--out", "row.png"], "nothing.png: cannot be read (No such file"),
    ],
)
def test_interpolate_refuses_in_one_line(run, tmp_path, capsys, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (16, 16)).save("one.png")
    Path("text.png").write_text("no picture")
    assert main(["interpolate", str(run), *options]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error and "\n" not in error


def test_pictures_of_twelve_bits_are_as_bright_for_every_command(run, tmp_path):
    """As a data set reads them: the brightest level that twelve bits have is white."""
    for name, level in (("dark", 1000), ("bright", 4095)):
        Image.fromarray(np.full((16, 16), level, np.uint16)).save(tmp_path / f"{name}.png")
    dark, bright = read_pictures([tmp_path / "dark.png", tmp_path / "bright.png"], shipped.load(run))
    assert bright.min() == 1 and dark.max() == pytest.approx(2 * 62 / 255 - 1)  # 1000 of 4095 are 62 of 255
    scored = of_folder(tmp_path, size=16).images(2)
    assert sorted({int(v) for v in scored.unique()}) == [62, 255]
