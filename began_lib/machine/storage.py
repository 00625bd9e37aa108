"""Files: where data lives, atomic writes, JSON and arrays with their digests, hashes.

Everything the library writes goes through :func:`atomic_write`: a temporary name in the same folder, flushed to the
disk, then renamed over the old file. A run that is killed, or a disk that fills up, leaves the old file as it was.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from began_lib.machine import given, seal

_DIGEST = "digest"  # the entry of a JSON object that seals its file
# A list of them, a line each; strings cannot look like one, for json.dumps escapes their line breaks.
_NUMBERS = re.compile(r"\[\n\s+([-+.\deE,\s]+?)\n\s*\]")
DATA_VARIABLE = "BEGAN_DATA"
_OWNERS = {"config.json": "run", "card.json": "model"}  # a folder with one of these files is one
_OWN_FOLDERS = ("checkpoints", "samples", "tensorboard")
_OWN = re.compile(r"(config|card)\.json|history\.npz|samples\.png|film\.(gif|webp)|.*\.safetensors", re.IGNORECASE)
REPOSITORY = Path(__file__).resolve().parents[2]  # where the library runs from a checkout


def data_root() -> Path:
    """Folder that holds data sets and caches (not created here).

    `BEGAN_DATA` if it is set; else `data/` of the repository when the library runs from a checkout; else the
    user's cache folder of the platform.
    """
    if chosen := given.variable(DATA_VARIABLE):
        return chosen.absolute()
    if (REPOSITORY / "pyproject.toml").is_file() and (REPOSITORY / "data").is_dir():
        return REPOSITORY / "data"
    return _user_cache() / "began"


def _user_cache() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def cache_dir() -> Path:
    """`data_root()/cache`, created if missing. Everything in it can be deleted: it is built again when needed.

    Raises OSError when the folder cannot be made, naming it and the variable that moves it.
    """
    folder = data_root() / "cache"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            error.errno,
            f"cannot create the cache folder {folder} ({error.strerror}); point {DATA_VARIABLE} at a writable folder",
        ) from error
    return folder


def format_bytes(count: float) -> str:
    """`count` bytes for people: '812 bytes', '39.4 MB' (powers of 1000)."""
    if count < 1000:
        return f"{int(count)} bytes"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} TB"


def require_free_space(folder: Path, needed: int, purpose: str) -> None:
    """Raise OSError (ENOSPC) if the disk of the existing `folder` has fewer than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(
            errno.ENOSPC,
            f"{purpose} needs {format_bytes(needed)}, but {folder} has only {format_bytes(free)} free; "
            f"free some space or set {DATA_VARIABLE} to a folder on another disk",
        )


@contextlib.contextmanager
def atomic_write(path: str | Path, mode: str = "wb") -> Iterator[IO[Any]]:
    """Open a file that appears at `path` complete or not at all.

    `mode` is "wb" or "w" (UTF-8), else ValueError. Parent folders are created. If the block, the flush or the rename
    fails, for whatever reason, the temporary file is removed and the old file, if any, stays. An OSError of the file
    system (the full disk included) is raised again with what was being written, where, and the space left.
    """
    if mode not in ("wb", "w"):
        raise ValueError(f"mode must be 'wb' or 'w', found {mode!r}")
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = {"encoding": "utf-8", "errors": "backslashreplace"}  # of a path's bytes that are none: \\udcXX
        with open(temporary, "x" + mode[1:], **({} if "b" in mode else text)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        with contextlib.suppress(OSError):  # the file is there; some file systems and folders do not allow this
            _flush_folder(path.parent)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(temporary), str(path), str(path.parent)):
            raise  # not about this file: the block failed at something else, such as reading its source
        raise _explain_write_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):  # its folder may be none: that error is told, not this one
            temporary.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    # Without this a power cut can undo the rename. Windows has no such call on folders.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _explain_write_error(error: OSError, path: Path) -> OSError:
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = format_bytes(shutil.disk_usage(folder).free)
    reason = error.strerror or str(error)
    message = f"could not write the file ({reason}; {free} free in {folder}); what was there before is untouched"
    return OSError(error.errno, message, str(path))


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as JSON at `path`, atomically; an object (dict) gets a last entry, `digest`, that seals the file.

    A list of numbers takes one line. Raises ValueError for NaN or infinity, TypeError for other types.
    """
    whole = {**value, _DIGEST: seal.UNSEALED} if isinstance(value, dict) else value
    try:
        text = json.dumps(whole, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    except (TypeError, ValueError) as error:
        raise type(error)(f"cannot write {path} as JSON: {error}") from error
    text = _NUMBERS.sub(lambda numbers: f"[{' '.join(numbers[1].split())}]", text)
    content = text.encode("utf-8", "backslashreplace")  # of a path's bytes that are no UTF-8: JSON's own escapes
    with atomic_write(path) as file:
        file.write(seal.sealed(content) if whole is not value else content)


def read_json(path: str | Path) -> Any:
    """Read the JSON file at `path`, without its digest.

    Raises FileNotFoundError, or ValueError where it is damaged or no JSON, with the place where it breaks off.
    """
    try:
        value = json.loads(seal.read(path).decode())
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, "no such JSON file", str(path)) from error
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path} is not valid JSON (line {error.lineno}, column {error.colno}: {error.msg}); "
            "it may be truncated: delete it and make it again"
        ) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is not valid JSON (not text, or nested too deeply); make it again") from error
    if isinstance(value, dict):
        value.pop(_DIGEST, None)
    return value


def read_object(path: str | Path) -> dict[str, Any]:
    """Read a JSON file that holds an object, as cards and configurations do. Raises as :func:`read_json` does."""
    value = read_json(path)
    if not isinstance(value, dict):
        raise ValueError(f"{path} holds {type(value).__name__}: expected a JSON object, with names; make it again")
    return value


def write_npz(path: str | Path, **arrays: NDArray[Any]) -> None:
    """Write arrays as a compressed .npz, atomically; the comment at the end of the archive seals the file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    comment = seal.UNSEALED.encode()
    # An archive's last two bytes are the length of its comment.
    content = buffer.getvalue()[:-2] + len(comment).to_bytes(2, "little") + comment
    with atomic_write(path) as file:
        file.write(seal.sealed(content))


def read_npz(path: str | Path) -> dict[str, NDArray[Any]]:
    """Read what :func:`write_npz` wrote, or another .npz of plain arrays.

    Raises FileNotFoundError, or ValueError where it is damaged or something else.
    """
    content = seal.read(path)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as error:  # zipfile, zlib and NumPy have many
        raise ValueError(f"{path} is no .npz of arrays, or it is damaged: {error}") from error


def require_free(path: Path, inputs: Iterable[Path] = ()) -> None:
    """Raise ValueError where a file written at `path` would replace an input, or a file of a run or a model.

    Args:
        path: of what is to be written, not of a folder.
        inputs: files, and folders among whose files nothing may be written either.
    """
    place = path.resolve()
    for known in inputs:
        if known.is_dir() and place.is_relative_to(known.resolve()):
            raise ValueError(f"{path} lies in {known}, which is read: expected a file elsewhere.")
        if known.exists() and place.exists() and place.samefile(known):
            raise ValueError(f"{path} is read and would be overwritten: expected another file.")
    for folder in place.parents:
        whose = next((name for name in _OWNERS if (folder / name).is_file()), None)
        beside = any((folder / name).exists() for name in _OWN_FOLDERS) or (folder / "history.npz").is_file()
        own = place.relative_to(folder).parts[0] in _OWN_FOLDERS if folder != place.parent else _OWN.search(place.name)
        if whose and beside and own:
            raise ValueError(f"{path} is a place of the {_OWNERS[whose]} in {folder}: expected a file elsewhere.")


_TEMPORARY = re.compile(r"\..+\.\d+-[0-9a-f]+\.tmp")  # as `atomic_write` names them


def sweep(folder: str | Path) -> None:
    """Delete temporary files that a killed process left in a folder of which this process is the only writer."""
    for path in Path(folder).glob(".*.tmp"):
        if _TEMPORARY.fullmatch(path.name):  # the user's own stay
            path.unlink(missing_ok=True)


def file_hash(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file's content, read in chunks."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
