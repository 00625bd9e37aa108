"""One picture file to one square uint8 array: every mode, orientation and size, or a reason why not."""

from __future__ import annotations

import io
import re
import stat
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from began_lib.machine.storage import format_bytes

# Pillow names 16-bit grey differently for each byte order; "I" is what 16-bit PGM and older PNG come as.
_SIXTEEN_BIT_GREY = ("I", "I;16", "I;16L", "I;16B", "I;16N")
WHITE = 65_535  # of 16 bits
_NEARLY_BLACK = 16  # of 255: a 16-bit picture no brighter than that was scaled to fewer bits
_NO_IMAGE = "not an image, or a format that Pillow cannot read"
_HEIC = (
    "a HEIC photograph, which Pillow cannot read: save it as JPEG, as with `magick mogrify -format jpg *.heic` "
    "(an iPhone takes JPEG itself under Settings, Camera, Formats, Most Compatible)"
)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_MAX_FILE_BYTES = 500_000_000  # a film among the pictures is not read into memory


# A rectangle (left, top, right, bottom) in pixels of the upright picture, or (width, height) about its centre.
Crop = tuple[int, int, int, int] | tuple[int, int]


class PictureError(ValueError):
    """A picture that cannot be used; the message is the reason, for the report."""


@dataclass(frozen=True)
class Skipped:
    """A file left out of a data set: its path and the reason."""

    path: str
    reason: str


def parse_crop(text: str) -> Crop | None:
    """The crop that "X,Y,W,H" (from the left and the top), "WxH" about the centre, or "centre" means: all of it.

    Raises ValueError for other words.
    """
    if text in ("", "centre"):
        return None
    if match := re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", text):
        crop = (int(match[1]), int(match[2]))
    elif match := re.fullmatch(r"([0-9]{1,6}),([0-9]{1,6}),([0-9]{1,6}),([0-9]{1,6})", text):
        left, top, width, height = map(int, match.groups())
        crop = (left, top, left + width, top + height)
    else:
        crop = (0, 0)
    if min(crop_size(crop)) < 1:
        raise ValueError(
            f"no crop is {text!r}: expected X,Y,W,H in pixels from the left and the top, or WxH about the centre."
        )
    return crop


def crop_size(crop: Crop) -> tuple[int, int]:
    """Width and height of a crop, pixels."""
    return crop if len(crop) == 2 else (crop[2] - crop[0], crop[3] - crop[1])


def check_header(content: bytes, size: int) -> None:
    """Raise PictureError if the file's first bytes already rule it out for a data set of side `size` (pixels).

    Reads the header only: not an image, a decompression bomb, or a shorter side under half of `size` (enlarging
    more than twice shows the network blur instead of faces).
    """
    if not content:
        raise PictureError("empty file (0 bytes)")
    with warnings.catch_warnings():
        # Pillow only warns between its limit and twice its limit; here both are too large.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content)) as image:
                width, height = image.size
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            limit = Image.MAX_IMAGE_PIXELS
            raise PictureError(f"too large to decode safely (over {limit} pixels)") from error
        except Image.UnidentifiedImageError as error:
            raise PictureError(_HEIC if _is_heic(content) else _NO_IMAGE) from error
        except Exception as error:  # decoders raise nearly any type on a broken header; the reason is reported
            raise PictureError(f"corrupt ({error})") from error
    if 2 * min(width, height) < size:
        raise PictureError(f"too small ({width}x{height}; the shorter side needs {(size + 1) // 2} pixels for {size})")


def _is_heic(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS


def brightest_level(content: bytes) -> int | None:
    """The brightest level of a 16-bit grey picture; None of another kind, or one that :func:`decode` will refuse."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return int(image.getextrema()[1]) if image.mode in _SIXTEEN_BIT_GREY else None
    except Exception:  # decoders raise nearly any type on broken data; `decode` meets it again and reports it
        return None


def white_level(brightest: int) -> int:
    """Which level of 16-bit pictures is white, if this is the brightest of them all: cameras use 8, 10, 12 or 14 bits.

    With more than 14 bits used it is the largest that there is; such pictures may be dark, and stay so.
    """
    bits = max(8, brightest.bit_length())
    return WHITE if bits > 14 else 2**bits - 1


def common_white(contents: Iterable[bytes]) -> int:
    """The white level of pictures that are looked at together: one for all, so that their brightness is comparable."""
    levels = [level for level in map(brightest_level, contents) if level is not None]
    return white_level(min(max(levels), WHITE)) if levels else WHITE


def decode(
    content: bytes,
    size: int,
    channels: int = 3,
    crop: Crop | None = None,
    background: str = "white",
    white: int = WHITE,
) -> np.ndarray:
    """Decode, turn upright, crop square, resize: uint8 (C, size, size), range 0 to 255.

    Of the `crop`, or of all of the upright picture without one, the largest centred square is taken.
    `channels` is 3 (RGB) or 1 (luma). Transparent pixels are laid over `background`. `white` is the level of 16-bit
    grey that becomes 255. The first frame of an animation counts. Colour profiles are ignored. Raises PictureError with
    the reason.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            if crop is None:
                # A JPEG decoder can shrink by 2, 4 or 8 for almost nothing; twice the size keeps the filter's quality.
                image.draft(None, (2 * size, 2 * size))
            deep = any(";16" in str(tile) for tile in image.tile)  # known before the pixels are read only
            image.load()
            if deep and image.mode not in _SIXTEEN_BIT_GREY:
                _refuse_nearly_black(max(high for _, high in image.convert("RGB").getextrema()))
            upright = ImageOps.exif_transpose(image)
            flat = _to_mode(upright, "RGB" if channels == 3 else "L", background, white)
    except PictureError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # decoders raise nearly any type on broken data; the reason is reported
        raise PictureError(f"corrupt ({error})") from error
    return to_array(resize_square(flat.crop(_square(flat.size, crop)), size))


def _square(size: tuple[int, int], crop: Crop | None) -> tuple[int, int, int, int]:
    """The largest centred square of the crop of a picture of that width and height: (left, top, right, bottom)."""
    width, height = size if crop is None else crop_size(crop)
    fixed = crop is not None and len(crop) == 4
    x, y = crop[:2] if fixed else ((size[0] - width) // 2, (size[1] - height) // 2)
    if min(x, y) < 0 or x + width > size[0] or y + height > size[1]:
        raise PictureError(f"{size[0]}x{size[1]} pixels, too small for the crop {crop}")
    side = min(width, height)
    left, top = x + (width - side) // 2, y + (height - side) // 2
    return left, top, left + side, top + side


def _to_mode(image: Image.Image, mode: str, background: str, white: int) -> Image.Image:
    if image.mode in _SIXTEEN_BIT_GREY:
        image = _sixteen_to_eight_bits(image, white)
    elif image.mode == "F":
        raise PictureError("32-bit floating-point grey levels, whose range is unknown")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        canvas = Image.new("RGBA", image.size, background)
        image = Image.alpha_composite(canvas, image)
    return image.convert(mode)


def _refuse_nearly_black(brightest: int) -> None:
    if brightest < _NEARLY_BLACK:
        raise PictureError(
            f"16 bits of which the upper ones are unused: its brightest pixel would be {brightest} of 255; save it "
            "with 8 bits, stretched to 255"
        )


def _sixteen_to_eight_bits(image: Image.Image, white: int) -> Image.Image:
    # Pillow's own convert("L") clips at 255, which turns a 16-bit picture white.
    levels = np.asarray(image).astype(np.int64)
    if levels.min() < 0 or levels.max() > WHITE:
        raise PictureError("32-bit grey levels, whose range is unknown")
    pixels = np.round(levels / (white / 255)).clip(max=255).astype(np.uint8)  # 65535 = 257 * 255
    _refuse_nearly_black(int(pixels.max()))
    return Image.fromarray(pixels)


def resize_square(image: Image.Image, size: int) -> Image.Image:
    """Resize a square picture with antialiasing.

    The exact mean of whole blocks when the side is a multiple of `size`; otherwise Lanczos when shrinking and bicubic
    when enlarging.
    """
    if image.width == size:
        return image
    if image.width % size == 0:
        return image.resize((size, size), Image.Resampling.BOX)
    shrinking = image.width > size
    return image.resize((size, size), Image.Resampling.LANCZOS if shrinking else Image.Resampling.BICUBIC)


def to_array(image: Image.Image) -> np.ndarray:
    """uint8 (C, H, W) of a picture in mode "RGB" or "L"."""
    pixels = np.asarray(image)
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def read_file(path: Path) -> bytes:
    """Content of a file. Raises PictureError if it is no file, is far too large, or cannot be read."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PictureError("not a regular file")  # reading a pipe would wait for ever
        if status.st_size > _MAX_FILE_BYTES:
            raise PictureError(f"{format_bytes(status.st_size)}, too large for a picture")
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"cannot be read ({error.strerror or error})") from error
