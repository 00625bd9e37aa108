"""A folder of somebody's pictures: every mode, every kind of bad file, and a split that never mixes."""

import io
import itertools
import json
import os
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from began_lib.data import PictureError, open_dataset
from began_lib.data.folder import folder_source
from began_lib.data.pictures import check_header, decode, parse_crop, resize_square

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photograph(seed: int, width: int = 40, height: int = 40, mode: str = "RGB") -> Image.Image:
    """A smooth random picture: what survives JPEG, and no two alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def halves(left: tuple, right: tuple, width: int = 64, height: int = 64, mode: str = "RGB") -> Image.Image:
    image = Image.new(mode, (width, height), right)
    image.paste(left, (0, 0, width // 2, height))
    return image


def fill(folder: Path, count: int, first: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(first, first + count):
        (folder / f"{index:03}.png").write_bytes(encoded(photograph(index), "PNG"))


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path_factory.mktemp("data")))


# --- one picture


def corner_colours(pixels: np.ndarray) -> list[tuple[int, ...]]:
    """Colours at top left, top right, bottom left, bottom right, away from the edges."""
    size = pixels.shape[1]
    near, far = size // 8, size - 1 - size // 8
    return [tuple(int(v) for v in pixels[:, row, column]) for row in (near, far) for column in (near, far)]


def close(found: tuple[int, ...], expected: tuple[int, ...], tolerance: int) -> bool:
    return len(found) == len(expected) and max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= tolerance


# JPEG and CMYK change a flat colour by a few levels (chroma in 8 bits, quality 95); PNG, GIF and BMP do not.
@pytest.mark.parametrize(
    ("content", "tolerance"),
    [
        pytest.param(encoded(halves(RED, BLUE), "PNG"), 0, id="png"),
        pytest.param(encoded(halves(RED, BLUE), "BMP"), 0, id="bmp"),
        pytest.param(encoded(halves(RED, BLUE), "TIFF"), 0, id="tiff"),
        pytest.param(encoded(halves(RED, BLUE), "WEBP", lossless=True), 0, id="webp"),
        pytest.param(encoded(halves(RED, BLUE), "JPEG", quality=95), 6, id="jpeg"),
        pytest.param(encoded(halves(RED, BLUE).convert("CMYK"), "JPEG", quality=95), 6, id="cmyk jpeg"),
        pytest.param(encoded(halves(RED, BLUE).convert("P", palette=Image.Palette.ADAPTIVE), "PNG"), 0, id="palette"),
        pytest.param(encoded(halves((*RED, 255), (*BLUE, 255), mode="RGBA"), "PNG"), 0, id="opaque alpha"),
    ],
)
def test_every_mode_gives_the_same_colours(content, tolerance):
    pixels = decode(content, 16)
    assert pixels.shape == (3, 16, 16) and pixels.dtype == np.uint8 and pixels.flags.c_contiguous
    for found, expected in zip(corner_colours(pixels), [RED, BLUE, RED, BLUE], strict=True):
        assert close(found, expected, tolerance)


def test_grey_pictures_in_colour_and_colour_pictures_in_grey():
    grey = encoded(halves((100,), (200,), mode="L"), "PNG")
    assert corner_colours(decode(grey, 16)) == [(100,) * 3, (200,) * 3] * 2
    assert corner_colours(decode(grey, 16, channels=1)) == [(100,), (200,)] * 2
    # Luma of ITU-R 601: 0.299 * 255 = 76.2 and 0.114 * 255 = 29.1.
    assert corner_colours(decode(encoded(halves(RED, BLUE), "PNG"), 16, channels=1)) == [(76,), (29,)] * 2


def test_black_and_white_in_one_bit():
    assert corner_colours(decode(encoded(halves(0, 1, mode="1"), "PNG"), 16)) == [(0,) * 3, (255,) * 3] * 2


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_sixteen_bit_grey_keeps_its_range(kind):
    # 257 is one 8-bit level; Pillow's own conversion to "L" would clip all of these to white.
    levels = np.full((64, 64), 100 * 257, dtype=np.uint16)
    levels[:, 32:] = 200 * 257
    content = encoded(Image.fromarray(levels), kind)
    assert corner_colours(decode(content, 16)) == [(100,) * 3, (200,) * 3] * 2


@pytest.mark.parametrize("bits", [8, 12, 14])
def test_sixteen_bit_pictures_with_fewer_used_bits_are_stretched_alike_and_said(tmp_path, bits):
    folder = tmp_path / "microscope"
    folder.mkdir()
    pictures = [np.asarray(photograph(seed, mode="L")).astype(np.uint16) << (bits - 8) for seed in range(20)]
    pictures[0] = np.full((40, 40), 2**bits - 1, np.uint16)
    pictures[1] = np.full((40, 40), 2 ** (bits - 2), np.uint16)  # a quarter of white stays one
    for number, levels in enumerate(pictures):
        (folder / f"{number:02}.png").write_bytes(encoded(Image.fromarray(levels), "PNG"))
    dataset = open_dataset(folder, 16, held_out_fraction=0.0)
    assert dataset.skipped == () and len(dataset.train) == 20
    flat = {int(image.flat[0]) for image in dataset.train if image.min() == image.max()}
    assert {64, 255} <= flat
    assert f"20 pictures that use fewer bits: {2**bits - 1} is white" in dataset.report()


def test_sixteen_bits_all_in_use_are_left_alone(tmp_path):
    fill(tmp_path / "mine", 16)
    levels = np.full((40, 40), 100 * 257, np.uint16)
    levels[0] = 40_000
    (tmp_path / "mine" / "deep.png").write_bytes(encoded(Image.fromarray(levels), "PNG"))
    dataset = open_dataset(tmp_path / "mine", 16, held_out_fraction=0.0)
    assert "16-bit grey" not in dataset.card
    assert any((image[:, 8:] == 100).all() for image in dataset.train)


def sixteen_bit_colour(level: int) -> bytes:
    """A PNG with 16 bits a channel, which Pillow reads and does not write: by the PNG standard, filter 0."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + struct.pack(">H", level) * 3 * 32) * 32
    header = struct.pack(">IIBBBBB", 32, 32, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_sixteen_bit_pictures_that_would_be_black_are_refused_with_the_reason():
    assert corner_colours(decode(sixteen_bit_colour(100 * 257), 16)) == [(100,) * 3] * 4
    dark = encoded(Image.fromarray(np.full((32, 32), 3_590, np.uint16)), "PNG")
    for content, brightest in ((sixteen_bit_colour(3_590), 14), (dark, 14)):
        with pytest.raises(PictureError, match=f"its brightest pixel would be {brightest} of 255"):
            decode(content, 16)


def test_levels_without_a_known_range_are_refused():
    for levels in (np.full((32, 32), 1e6, dtype=np.float32), np.full((32, 32), 100_000, dtype=np.int32)):
        with pytest.raises(PictureError, match="whose range is unknown"):
            decode(encoded(Image.fromarray(levels), "TIFF"), 16)


def test_transparency_lies_on_the_background():
    content = encoded(halves((*RED, 0), (*BLUE, 128), mode="RGBA"), "PNG")
    # Half-transparent blue on white: 255 - 128 = 127 of red and green remain.
    assert corner_colours(decode(content, 16)) == [WHITE, (127, 127, 255)] * 2
    assert corner_colours(decode(content, 16, background="black")) == [(0, 0, 0), (0, 0, 128)] * 2
    grey = encoded(halves((10, 0), (10, 255), mode="LA"), "PNG")
    assert corner_colours(decode(grey, 16)) == [WHITE, (10, 10, 10)] * 2


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palette_with_transparency(kind):
    image = halves(0, 1, mode="P")
    image.putpalette([*RED, *BLUE])
    assert corner_colours(decode(encoded(image, kind, transparency=0), 16)) == [WHITE, BLUE] * 2


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        # Where red, green, blue and white of the stored corners appear upright, by the EXIF standard's table.
        (1, [RED, GREEN, BLUE, WHITE]),
        (2, [GREEN, RED, WHITE, BLUE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (4, [BLUE, WHITE, RED, GREEN]),
        (5, [RED, BLUE, GREEN, WHITE]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (7, [WHITE, GREEN, BLUE, RED]),
        (8, [GREEN, WHITE, RED, BLUE]),
    ],
)
def test_exif_orientation(orientation, expected):
    image = Image.new("RGB", (64, 64), WHITE)
    image.paste(RED, (0, 0, 32, 32))
    image.paste(GREEN, (32, 0, 64, 32))
    image.paste(BLUE, (0, 32, 32, 64))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(image, "JPEG", quality=95, subsampling=0, exif=exif)
    for found, wanted in zip(corner_colours(decode(content, 32)), expected, strict=True):
        assert close(found, wanted, 6)


def test_the_crop_is_the_centred_square():
    wide = Image.new("RGB", (120, 40), BLUE)
    wide.paste(RED, (40, 0, 80, 40))
    tall = wide.transpose(Image.Transpose.ROTATE_90)
    for image in (wide, tall):
        assert np.array_equal(decode(encoded(image, "PNG"), 20), np.broadcast_to([[[255]], [[0]], [[0]]], (3, 20, 20)))


def test_shrinking_averages():
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::2] = 200
    # A multiple of the size: the mean of each block exactly. Picking every second column would give 0 or 200.
    assert np.unique(decode(encoded(Image.fromarray(stripes), "PNG"), 32)).tolist() == [100]
    # Any other: Lanczos, whose window of three periods leaves a ripple of at most a tenth of the stripes' swing.
    away_from_edges = decode(encoded(Image.fromarray(stripes), "PNG"), 24)[:, :, 3:-3].astype(int)
    assert abs(away_from_edges - 100).max() <= 20


def test_sizes_that_need_no_change_and_enlarging():
    image = photograph(1, 32, 32)
    assert np.array_equal(decode(encoded(image, "PNG"), 32), np.asarray(image).transpose(2, 0, 1))
    assert resize_square(image, 64).size == (64, 64)


def test_a_huge_jpeg_is_decoded_small_and_right():
    image = halves(RED, BLUE, 3000, 2000)
    image.paste(GREEN, (0, 0, 500, 2000))  # outside the centred square
    pixels = decode(encoded(image, "JPEG", quality=90), 32)
    for found, expected in zip(corner_colours(pixels), [RED, BLUE, RED, BLUE], strict=True):
        assert close(found, expected, 6)


def test_the_first_frame_of_an_animation():
    frames = [Image.new("RGB", (32, 32), colour) for colour in (RED, GREEN, BLUE)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert corner_colours(decode(content, 16)) == [RED] * 4


def test_a_fixed_crop_needs_a_picture_that_large():
    with pytest.raises(PictureError, match=r"40x40 pixels, too small for the crop \(61, 61, 189, 189\)"):
        decode(encoded(photograph(0), "PNG"), 32, crop=(61, 61, 189, 189))


# --- pictures that cannot be used

GOOD_JPEG = encoded(photograph(0, 200, 200), "JPEG")
GOOD_PNG = encoded(photograph(0, 200, 200), "PNG")
BAD = {
    "empty.jpg": (b"", "empty file (0 bytes)"),
    "text.jpg": (b"these are words, not a picture", "not an image"),
    "truncated.jpg": (GOOD_JPEG[: len(GOOD_JPEG) // 2], "corrupt (image file is truncated"),
    "truncated.png": (GOOD_PNG[: len(GOOD_PNG) // 2], "corrupt ("),
    "header only.png": (GOOD_PNG[:40], "not an image"),
    "damaged.png": (GOOD_PNG[:200] + bytes(100) + GOOD_PNG[300:], "corrupt ("),
    "tiny.png": (encoded(photograph(0, 200, 7), "PNG"), "too small (200x7; the shorter side needs 8 pixels for 16)"),
    "bomb.png": (encoded(Image.new("1", (12_000, 12_000)), "PNG"), "too large to decode safely"),
    "large bomb.png": (encoded(Image.new("1", (20_000, 20_000)), "PNG"), "too large to decode safely"),
    "float.tiff": (encoded(Image.new("F", (32, 32), 0.5), "TIFF"), "range is unknown"),
}


@pytest.mark.parametrize("name", BAD)
def test_every_bad_picture_is_reported_with_its_reason(tmp_path, name):
    content, reason = BAD[name]
    fill(tmp_path / "mine", 16)
    (tmp_path / "mine" / name).write_bytes(content)
    dataset = open_dataset(tmp_path / "mine", size=16)
    assert len(dataset.train) + len(dataset.held_out) == 16
    assert [entry.path for entry in dataset.skipped] == [name]
    assert reason in dataset.skipped[0].reason
    assert f"{name}: {dataset.skipped[0].reason}" in dataset.report()


def test_every_skipped_file_is_named_where_the_report_says(tmp_path):
    fill(tmp_path / "mine", 16)
    names = [f"empty-{number:02}.png" for number in range(12)]
    for name in names:
        (tmp_path / "mine" / name).write_bytes(b"")
    last = open_dataset(tmp_path / "mine", 16).report().splitlines()[-1]
    assert last.startswith("Each of them is named, with its reason, in ")
    described = json.loads(Path(last.split(" in ")[1]).read_text())
    assert [entry["path"] for entry in described["skipped"]] == names


def test_just_large_enough():
    check_header(encoded(photograph(0, 8, 200), "PNG"), 16)


@pytest.mark.skipif(os.name != "posix", reason="makes links and pipes")
def test_links_pipes_and_films_are_reported(tmp_path):
    fill(tmp_path / "mine", 16)
    (tmp_path / "mine" / "film.mp4").touch()
    os.truncate(tmp_path / "mine" / "film.mp4", 600_000_000)  # sparse: takes no space on the disk
    (tmp_path / "mine" / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    os.mkfifo(tmp_path / "mine" / "pipe.jpg")
    fill(tmp_path / "others", 3, first=16)
    (tmp_path / "mine" / "more").symlink_to(tmp_path / "others")
    dataset = open_dataset(tmp_path / "mine", size=16)
    assert [(entry.path, entry.reason) for entry in dataset.skipped] == [
        ("more", "a folder: a link, which is not followed"),
        ("film.mp4", "600.0 MB, too large for a picture"),
        ("gone.jpg", "cannot be read (No such file or directory)"),
        ("pipe.jpg", "not a regular file"),
    ]


# --- the folder


def test_folders_inside_count_and_hidden_files_do_not(tmp_path):
    fill(tmp_path / "mine", 10)
    fill(tmp_path / "mine" / "holiday" / "beach", 10, first=10)
    fill(tmp_path / "mine" / ".thumbnails", 10, first=20)
    (tmp_path / "mine" / ".DS_Store").write_bytes(b"not a picture")
    dataset = open_dataset(str(tmp_path / "mine"), size=16)
    assert len(dataset.train) + len(dataset.held_out) == 20
    assert dataset.skipped == ()
    assert dataset.name == "mine"


def packed_pictures(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}


def test_the_parts_never_share_a_picture(tmp_path):
    fill(tmp_path / "mine", 40)
    for index in range(40):
        # Three more of each: the same file under another name, the same pixels in another file, the file renamed.
        source = tmp_path / "mine" / f"{index:03}.png"
        shutil.copy(source, tmp_path / "mine" / f"copy {index}.png")
        photograph(index).save(tmp_path / "mine" / f"pixels {index}.bmp")
    dataset = open_dataset(tmp_path / "mine", size=16, held_out_fraction=0.25)
    train, held_out = packed_pictures(dataset.train), packed_pictures(dataset.held_out)
    assert len(dataset.train) + len(dataset.held_out) == len(train) + len(held_out) == 40
    assert not train & held_out
    assert 0 < len(held_out) < len(train)
    reasons = [entry.reason for entry in dataset.skipped]
    assert sum(reason.startswith("the same file as") for reason in reasons) == 40
    assert sum(reason.startswith("the same picture as") for reason in reasons) == 40


def test_the_split_has_the_fraction_asked_for_and_follows_the_seed(tmp_path):
    fill(tmp_path / "mine", 40)
    first, again, other = (open_dataset(tmp_path / "mine", 16, held_out_fraction=0.25, seed=s) for s in (0, 0, 1))
    assert (len(first.train), len(first.held_out)) == (30, 10)
    assert packed_pictures(first.held_out) == packed_pictures(again.held_out)
    assert packed_pictures(first.held_out) != packed_pictures(other.held_out)
    assert len(open_dataset(tmp_path / "mine", 16, held_out_fraction=0.0).held_out) == 0


def test_the_split_does_not_depend_on_names(tmp_path):
    fill(tmp_path / "mine", 40)
    before = open_dataset(tmp_path / "mine", 16)
    (tmp_path / "theirs").mkdir()
    for index, path in enumerate(sorted((tmp_path / "mine").iterdir(), reverse=True)):
        path.rename(tmp_path / "theirs" / f"renamed {index}.png")
    after = open_dataset(tmp_path / "theirs", 16)
    assert np.array_equal(before.train, after.train)
    assert np.array_equal(before.held_out, after.held_out)


def test_limit(tmp_path):
    fill(tmp_path / "mine", 60)
    dataset = open_dataset(tmp_path / "mine", 16, limit=20)
    assert (len(dataset.train), len(dataset.held_out)) == (20, 2)


def test_a_changed_folder_is_packed_again(tmp_path):
    fill(tmp_path / "mine", 20)
    before = open_dataset(tmp_path / "mine", 16)
    fill(tmp_path / "mine", 5, first=20)
    after = open_dataset(tmp_path / "mine", 16)
    assert (len(before.train) + len(before.held_out), len(after.train) + len(after.held_out)) == (20, 25)


def test_grey_folder(tmp_path):
    fill(tmp_path / "mine", 16)
    dataset = open_dataset(tmp_path / "mine", 16, channels=1)
    assert dataset.train.shape[1:] == (1, 16, 16)
    assert dataset.card["channels"] == 1


def test_too_few_pictures(tmp_path):
    fill(tmp_path / "mine", 15)
    (tmp_path / "mine" / "broken.jpg").write_bytes(b"")
    with pytest.raises(ValueError, match=r"(?s)found 15 usable pictures, expected at least 16.*broken\.jpg: empty"):
        open_dataset(tmp_path / "mine", 16)


def test_of_a_folder_and_a_held_out_one_the_first_must_be_enough(tmp_path):
    fill(tmp_path / "few", 15)
    fill(tmp_path / "test", 20, first=100)
    with pytest.raises(ValueError, match="few: found 15 usable pictures to train on, expected at least 16; add "):
        open_dataset(tmp_path / "few", 16, held_out=tmp_path / "test")


def test_a_limit_that_identical_pictures_fill_is_named(tmp_path):
    fill(tmp_path / "twice", 16)
    for path in sorted((tmp_path / "twice").iterdir()):
        Image.open(path).save(path.with_name(f"{path.stem}-again.bmp"))
    with pytest.raises(ValueError, match="expected at least 16; raise the limit, which counts identical pictures too"):
        open_dataset(tmp_path / "twice", 16, limit=16)


def test_few_pictures_are_warned_about_in_the_report(tmp_path):
    fill(tmp_path / "mine", 20)
    report = open_dataset(tmp_path / "mine", 16).report()
    assert "mine: 18 training and 2 held-out pictures" in report
    assert "Fewer than 1000 training pictures" in report
    assert "Nothing was skipped." in report


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda path: None, FileNotFoundError, "there is no folder .*mine"),
        (lambda path: path.write_bytes(b"x"), NotADirectoryError, "mine is a file; give the folder"),
        (lambda path: path.mkdir(), ValueError, "mine holds no files"),
    ],
)
def test_no_folder_of_pictures(tmp_path, make, error, message):
    make(tmp_path / "mine")
    with pytest.raises(error, match=message):
        open_dataset(tmp_path / "mine", 16)


def test_a_folder_may_be_called_like_a_data_set(tmp_path, monkeypatch):
    fill(tmp_path / "lfw", 16)
    monkeypatch.chdir(tmp_path)
    assert open_dataset("./lfw", 16).card["source"] == "the folder lfw"
    assert folder_source(Path("lfw"), 16, 3, None, 0.1, 0).stem.startswith("folder-lfw-16-rgb-")


def test_an_odd_folder_name_makes_a_plain_file_name(tmp_path):
    folder = tmp_path / "Été à la mer: 2020/21?".replace("/", "_")
    fill(folder, 16)
    assert len(open_dataset(folder, 16).train) == 14
    assert all(path.name.isascii() for path in (Path(os.environ["BEGAN_DATA"]) / "cache").iterdir())


def test_cifar10_pictures_as_a_folder(photographs, tmp_path):
    import tarfile

    archive = photographs / "cifar10_jpg.tar.gz"
    if not archive.is_file():
        pytest.skip(f"needs {archive.name} in {photographs}")
    with tarfile.open(archive) as tar:
        members = [member for member in itertools.islice(tar, 600) if member.isfile()]
        tar.extractall(tmp_path / "cifar", members, filter="data")
    dataset = open_dataset(tmp_path / "cifar", 32)
    assert dataset.train.shape[1:] == (3, 32, 32)
    assert len(dataset.train) + len(dataset.held_out) + len(dataset.skipped) == len(members)
    assert all("the same" in entry.reason for entry in dataset.skipped)


# --- names and folders that a file system can hold and a program may stumble over


def test_a_name_that_is_no_utf_8(tmp_path):
    fill(tmp_path / "pictures", 20)
    odd = os.fsencode(tmp_path / "pictures") + b"/caf\xe9.png"
    Path(os.fsdecode(odd)).write_bytes(encoded(photograph(99), "PNG"))
    broken = os.fsencode(tmp_path / "pictures") + b"/na\xefve.png"
    Path(os.fsdecode(broken)).write_bytes(b"no picture")
    dataset = open_dataset(tmp_path / "pictures", size=32)
    assert len(dataset.train) + len(dataset.held_out) == 21
    assert "na\\udcefve.png" in dataset.report()
    again = open_dataset(tmp_path / "pictures", size=32)  # from the cache, where names are stored as JSON
    assert again.report() == dataset.report()


def test_a_folder_that_cannot_be_read_is_reported(tmp_path, monkeypatch):
    fill(tmp_path / "pictures", 20)
    fill(tmp_path / "pictures" / "private", 3, first=30)
    scandir = os.scandir

    def refusing(path):
        if Path(path).name == "private":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    dataset = open_dataset(tmp_path / "pictures", size=32)
    assert len(dataset.train) + len(dataset.held_out) == 20
    assert "private" in dataset.report() and "a folder: Permission denied" in dataset.report()


# --- a crop, a held-out folder, runs among the pictures


@pytest.mark.parametrize(
    ("text", "crop"),
    [("10,20,30,40", (10, 20, 40, 60)), ("128x96", (128, 96)), ("centre", None), ("", None)],
)
def test_crops_are_read(text, crop):
    assert parse_crop(text) == crop


@pytest.mark.parametrize("text", ["10,20,30", "10,20,0,40", "0x5", "-1,0,5,5", "centre|5x5", "5 x 5", "1e3x5", "²x²"])
def test_other_words_are_no_crop(text):
    with pytest.raises(ValueError, match=r"no crop is .*: expected X,Y,W,H in pixels"):
        parse_crop(text)


def test_a_crop_comes_before_the_centred_square():
    image = Image.new("RGB", (100, 80), WHITE)
    image.paste(RED, (10, 20, 50, 40))  # 40x20: its centred square is columns 20 to 40
    image.paste(BLUE, (20, 20, 40, 40))
    content = encoded(image, "PNG")
    assert corner_colours(decode(content, 16, crop=(10, 20, 50, 40))) == [BLUE] * 4
    image = Image.new("RGB", (100, 80), WHITE)
    image.paste(RED, (40, 25, 60, 55))  # 20x30 about the centre
    image.paste(BLUE, (40, 30, 60, 50))
    assert corner_colours(decode(encoded(image, "PNG"), 16, crop=(20, 30))) == [BLUE] * 4
    with pytest.raises(PictureError, match=r"100x80 pixels, too small for the crop \(20, 90\)"):
        decode(content, 16, crop=(20, 90))


def test_the_crop_is_part_of_the_packed_set(tmp_path):
    fill(tmp_path / "mine", 20)
    whole, part = (open_dataset(tmp_path / "mine", 16, crop=crop) for crop in ("", "20x20"))
    assert open_dataset(tmp_path / "mine", 16).description == whole.description != part.description
    assert part.card["crop"] == "largest centred square of 20x20 pixels about the centre"
    assert not {image.tobytes() for image in whole.train} & {image.tobytes() for image in part.train}
    with pytest.raises(ValueError, match=r"the crop is 7x20, too small: expected at least 8 for 16"):
        open_dataset(tmp_path / "mine", 16, crop="0,0,7,20")


def test_a_held_out_folder_is_the_held_out_part(tmp_path):
    fill(tmp_path / "all" / "train", 20)
    fill(tmp_path / "all" / "test", 6, first=100)
    shutil.copy(tmp_path / "all" / "train" / "003.png", tmp_path / "all" / "test" / "again.png")
    expected = {decode((tmp_path / "all" / "test" / f"{i}.png").read_bytes(), 16).tobytes() for i in range(100, 106)}
    apart, among = (open_dataset(tmp_path / p, 16, held_out=tmp_path / "all" / "test") for p in ("all/train", "all"))
    for dataset in (apart, among):
        assert len(dataset.train) == 20
        assert {image.tobytes() for image in dataset.held_out} == expected
        assert [entry.reason.split()[-1].split("/")[-1] for entry in dataset.skipped] == [
            "003.png"
        ]  # one to train on counts
        assert "test is held out" in dataset.card["split"]
    limited = open_dataset(tmp_path / "all", 16, limit=17, held_out=tmp_path / "all" / "test")
    assert len(limited.train) == 17 and expected <= {image.tobytes() for image in limited.held_out}
    fill(tmp_path / "all" / "test", 1, first=200)
    assert len(open_dataset(tmp_path / "all", 16, held_out=tmp_path / "all" / "test").held_out) == 7


@pytest.mark.parametrize("how", ["absolute", "by a way round", "a copy of the same name"])
def test_no_held_out_picture_is_trained_on_however_its_folder_is_written(tmp_path, monkeypatch, how):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "all", 20)
    fill(tmp_path / "all" / "test", 6, first=100)
    places = {
        "absolute": tmp_path / "all" / "test",
        "by a way round": "all/../all/test",
        "a copy of the same name": "test",
    }
    if how == "a copy of the same name":
        shutil.copytree(tmp_path / "all" / "test", tmp_path / "test")
    dataset = open_dataset("all", 16, held_out=places[how])
    train, held_out = packed_pictures(dataset.train), packed_pictures(dataset.held_out)
    assert not train & held_out and len(train) == len(dataset.train)
    assert (len(train), len(held_out)) == ((26, 0) if how == "a copy of the same name" else (20, 6))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the owner of everything may enter any folder")
@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_folder_that_cannot_be_entered_is_reported(tmp_path, mode):
    fill(tmp_path / "pictures", 20)
    fill(tmp_path / "pictures" / "closed", 3, first=30)
    (tmp_path / "pictures" / "closed").chmod(mode)
    try:
        dataset = open_dataset(tmp_path / "pictures", size=32)
    finally:
        (tmp_path / "pictures" / "closed").chmod(0o755)
    assert len(dataset.train) + len(dataset.held_out) == 20 and "closed" in dataset.report()


def test_a_held_out_folder_that_cannot_be(tmp_path):
    fill(tmp_path / "mine", 20)
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nothing"):
        open_dataset(tmp_path / "mine", 16, held_out=tmp_path / "nothing")
    with pytest.raises(ValueError, match=r"all files of .* lie in the held-out folder"):
        open_dataset(tmp_path / "mine", 16, held_out=tmp_path / "mine")
    with pytest.raises(ValueError, match="not both"):
        open_dataset(tmp_path / "mine", 16, held_out=tmp_path / "mine", held_out_fraction=0.1)


def test_a_run_among_the_pictures_is_no_picture_of_them(tmp_path, monkeypatch):
    fill(tmp_path / "mine", 20)
    run = tmp_path / "mine" / "runs" / "first"
    (run / "checkpoints").mkdir(parents=True)
    (run / "config.json").write_text("{}")
    fill(run / "samples", 3, first=50)
    monkeypatch.chdir(tmp_path / "mine")
    dataset = open_dataset(Path("."), 16)
    assert len(dataset.train) + len(dataset.held_out) == 20
    assert dataset.name == "mine"
    assert [(entry.path, entry.reason) for entry in dataset.skipped] == [("runs/first", "a folder: that of a run")]


def test_a_limit_below_one_batch_is_named_as_the_cause(tmp_path):
    fill(tmp_path / "mine", 22)
    with pytest.raises(ValueError, match=r"limit is 5: expected at least 16"):
        open_dataset(tmp_path / "mine", 16, limit=5)


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_heic_is_named_with_its_remedy(brand):
    with pytest.raises(PictureError, match=r"HEIC photograph.*save it as JPEG"):
        check_header(b"\0\0\0\x18ftyp" + brand + bytes(100), 16)
