"""Files on disk: where data lives, atomic writes under every failure, JSON."""

import errno
import math
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from began_lib.machine import storage


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- where data lives


def test_a_home_of_nobody_names_the_variable(monkeypatch):
    monkeypatch.setenv("BEGAN_DATA", "~nobody-of-this/data")
    with pytest.raises(ValueError, match="BEGAN_DATA: expected a path, found '~nobody-of-this/data', of which"):
        storage.data_root()


def test_began_data_moves_everything(monkeypatch, tmp_path):
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "elsewhere"))
    assert storage.data_root() == tmp_path / "elsewhere"
    assert storage.cache_dir() == tmp_path / "elsewhere" / "cache"
    assert storage.cache_dir().is_dir()


def test_a_checkout_keeps_data_in_the_repository(monkeypatch, repository):
    monkeypatch.delenv("BEGAN_DATA", raising=False)
    assert storage.data_root() == repository / "data"


def test_an_installed_library_uses_the_user_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("BEGAN_DATA", raising=False)
    monkeypatch.setattr(storage, "REPOSITORY", tmp_path / "site-packages")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert storage.data_root() == tmp_path / "user" / "began"


def test_a_cache_folder_that_cannot_be_made_names_the_variable(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "file"))
    with pytest.raises(OSError, match="point BEGAN_DATA at a writable folder"):
        storage.cache_dir()


def test_format_bytes():
    assert storage.format_bytes(812) == "812 bytes"
    assert storage.format_bytes(39_400_000) == "39.4 MB"
    assert storage.format_bytes(5.2e12) == "5.2 TB"


def test_too_little_space_is_said_before_writing(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(100, 90, 10))
    with pytest.raises(OSError, match=r"packing needs 2\.0 kB, but .* has only 10 bytes free") as raised:
        storage.require_free_space(tmp_path, 2000, "packing")
    assert raised.value.errno == errno.ENOSPC
    storage.require_free_space(tmp_path, 10, "packing")


# --- atomic writes


def test_a_write_replaces_the_old_file_and_makes_folders(tmp_path):
    path = tmp_path / "new" / "folder" / "file.bin"
    for content in (b"first", b"second"):
        with storage.atomic_write(path) as file:
            file.write(content)
        assert path.read_bytes() == content
    assert files_in(path.parent) == ["file.bin"]


def test_text_is_utf8(tmp_path):
    with storage.atomic_write(tmp_path / "t.txt", "w") as file:
        file.write("|x - D(x)|²")
    assert (tmp_path / "t.txt").read_bytes() == "|x - D(x)|²".encode()
    with (
        pytest.raises(ValueError, match="'wb' or 'w', found 'a'"),
        storage.atomic_write(tmp_path / "t.txt", "a"),
    ):
        pass


@pytest.mark.parametrize("failure", [RuntimeError("in the block"), KeyboardInterrupt()])
def test_a_failing_block_leaves_the_old_file(tmp_path, failure):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(type(failure)), storage.atomic_write(path) as file:
        file.write(b"half")
        raise failure
    assert path.read_text() == "old"
    assert files_in(tmp_path) == ["file"]


def test_a_failing_rename_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("old")

    def refuse(source: object, target: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(source))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError, match="could not write the file") as raised, storage.atomic_write(path) as file:
        file.write(b"new")
    assert raised.value.filename == str(path)
    assert path.read_text() == "old"
    assert files_in(tmp_path) == ["file"]


def test_a_full_disk_says_what_where_and_how_much(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    message = r"No space left on device; .* free in .*untouched"
    with pytest.raises(OSError, match=message) as raised, storage.atomic_write(path) as file:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert raised.value.errno == errno.ENOSPC
    assert raised.value.filename == str(path)
    assert path.read_text() == "old"
    assert files_in(tmp_path) == ["file"]


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files through POSIX")
def test_a_write_that_the_system_cuts_off(tmp_path):
    import resource

    path = tmp_path / "file"
    path.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(OSError, match="could not write the file") as raised, storage.atomic_write(path) as file:
            file.write(bytes(1 << 16))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert raised.value.errno == errno.EFBIG
    assert path.read_text() == "old"
    assert files_in(tmp_path) == ["file"]


def test_an_error_about_another_file_is_left_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError) as raised, storage.atomic_write(tmp_path / "target"):
        (tmp_path / "missing source").read_bytes()
    assert raised.value.filename == str(tmp_path / "missing source")
    assert files_in(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="kills a process with a POSIX signal")
def test_a_killed_process_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    script = (
        "import sys; from began_lib.machine import storage\n"
        "with storage.atomic_write(sys.argv[1]) as file:\n"
        "    file.write(b'half'); file.flush(); print('writing', flush=True); sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert path.read_text() == "old"


def test_two_writers_of_one_file_do_not_mix(tmp_path):
    path = tmp_path / "file"
    with storage.atomic_write(path) as first, storage.atomic_write(path) as second:
        first.write(b"first" * 1000)
        second.write(b"second")
        first.write(b"first" * 1000)
    assert path.read_bytes() == b"first" * 2000  # the outer block ends last
    assert files_in(tmp_path) == ["file"]


# --- JSON

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30)  # each example is flushed to the disk
@given(value=json_values)
def test_json_comes_back_as_it_was(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "value.json"
    storage.write_json(path, value)
    assert storage.read_json(path) == value


def test_a_list_of_numbers_takes_one_line(tmp_path):
    path = tmp_path / "value.json"
    value = {"fid": [105.5, -2, 3e-05], "names": ["[1,\n 2]", "3"], "pairs": [[1, 2], [3, 4]]}
    value |= {"mixed": [1, "x"], "none": []}
    storage.write_json(path, value)
    assert storage.read_json(path) == value
    lines = path.read_text().splitlines()
    assert '  "fid": [105.5, -2, 3e-05],' in lines
    assert lines[lines.index('  "pairs": [') + 1] == "    [1, 2],"
    assert '    "3"' in lines and '    "x"' in lines
    storage.write_json(path, [1, 2])
    assert path.read_text() == "[1, 2]\n"


def test_json_refuses_what_is_not_json(tmp_path):
    path = tmp_path / "value.json"
    with pytest.raises(ValueError, match=r"cannot write .*value\.json as JSON"):
        storage.write_json(path, {"m_global": math.nan})
    with pytest.raises(TypeError, match=r"cannot write .*value\.json as JSON"):
        storage.write_json(path, {"path": tmp_path})
    assert not path.exists()


def test_reading_broken_json_says_where(tmp_path):
    path = tmp_path / "value.json"
    with pytest.raises(FileNotFoundError, match="no such JSON file"):
        storage.read_json(path)
    path.write_text('{"step": 12,\n "k": ')
    with pytest.raises(ValueError, match=r"value\.json is not valid JSON \(line 2, column 7.*truncated"):
        storage.read_json(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="not text"):
        storage.read_json(path)


def test_a_file_where_a_folder_should_be_is_told_as_that(tmp_path):
    (tmp_path / "run").write_text("a file")
    opened = storage.atomic_write(tmp_path / "run" / "x")
    with pytest.raises(OSError, match=r"could not write the file .*/run/x"), opened as file:
        file.write(b"1")


def test_text_of_any_bytes_comes_back(tmp_path):
    value = {"path": "caf\udce9", "name": "café"}
    storage.write_json(tmp_path / "a.json", value)
    assert storage.read_json(tmp_path / "a.json") == value and "café" in (tmp_path / "a.json").read_text("utf-8")
    with storage.atomic_write(tmp_path / "a.md", "w") as file:
        file.write(value["path"] + value["name"])
    assert (tmp_path / "a.md").read_text("utf-8") == "caf\\udce9café"
