"""Files on disk: where data lives, atomic writes under every failure, JSON, downloads from a misbehaving server."""

import errno
import hashlib
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from began_lib.machine import storage


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- where data lives


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
    with pytest.raises(ValueError, match="not UTF-8 text"):
        storage.read_json(path)


# --- downloads

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server:
    """Serves CONTENT at any address; `cuts`, `failures` and `ranges` say how it misbehaves, `requests` what it saw."""

    def __init__(self) -> None:
        self.cuts: list[int] = []  # bytes after which the next answers break off
        self.failures: list[int] = []  # status codes of the next answers
        self.ranges = True
        self.content = CONTENT
        self.requests: list[str | None] = []  # the Range header of each request

    @contextmanager
    def running(self) -> Iterator[str]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *args: object) -> None:
                """Not on the terminal."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
            thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield f"http://127.0.0.1:{http.server_port}/weights.bin"
            finally:
                http.shutdown()
                thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.requests.append(asked)
        if self.failures:
            request.send_error(self.failures.pop(0))
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.ranges else 0
        if start and start >= len(self.content):
            request.send_error(416)
            return
        body = self.content[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: self.cuts.pop(0)] if self.cuts else body)


@pytest.fixture
def server(monkeypatch) -> Server:
    monkeypatch.setattr(storage, "_PAUSE", 0.0)
    return Server()


def test_download_and_not_again(server, tmp_path):
    path = tmp_path / "folder" / "weights.bin"
    with server.running() as url:
        assert storage.download(url, path, sha256=SHA256, size=len(CONTENT)) == path
        storage.download(url, path, sha256=SHA256)
        storage.download(url, path, md5=hashlib.md5(CONTENT).hexdigest())
    assert path.read_bytes() == CONTENT
    assert server.requests == [None]
    assert files_in(path.parent) == ["weights.bin"]


def test_an_interrupted_download_goes_on_where_it_stopped(server, tmp_path):
    server.cuts = [300_000, 200_000]
    path = tmp_path / "weights.bin"
    with server.running() as url:
        storage.download(url, path, sha256=SHA256)
    assert path.read_bytes() == CONTENT
    assert server.requests == [None, "bytes=300000-", "bytes=500000-"]


def test_the_next_call_goes_on_after_giving_up(server, tmp_path):
    server.cuts = [300_000]
    path = tmp_path / "weights.bin"
    with server.running() as url:
        with pytest.raises(ConnectionError, match=r"in 1 attempts .*after 300000 of 1048576 bytes.*300\.0 kB kept"):
            storage.download(url, path, sha256=SHA256, retries=0)
        assert files_in(tmp_path) == ["weights.bin.part"]
        storage.download(url, path, sha256=SHA256, retries=0)
    assert path.read_bytes() == CONTENT
    assert server.requests == [None, "bytes=300000-"]
    assert files_in(tmp_path) == ["weights.bin"]


def test_a_server_without_ranges_starts_over(server, tmp_path):
    server.cuts, server.ranges = [300_000], False
    with server.running() as url:
        storage.download(url, tmp_path / "weights.bin", sha256=SHA256)
    assert (tmp_path / "weights.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"of another version", CONTENT + b"too long"])
def test_leftovers_of_another_file_do_not_survive(server, tmp_path, left):
    (tmp_path / "weights.bin.part").write_bytes(left)
    with server.running() as url:
        storage.download(url, tmp_path / "weights.bin", sha256=SHA256)
    assert (tmp_path / "weights.bin").read_bytes() == CONTENT


def test_a_complete_part_needs_only_its_name(server, tmp_path):
    (tmp_path / "weights.bin.part").write_bytes(CONTENT)
    with server.running() as url:
        storage.download(url, tmp_path / "weights.bin", sha256=SHA256)
    assert (tmp_path / "weights.bin").read_bytes() == CONTENT


def test_a_wrong_hash_is_refused_and_the_old_file_kept(server, tmp_path):
    path = tmp_path / "weights.bin"
    path.write_text("an older version")
    server.content = CONTENT[:-1] + b"?"
    with server.running() as url, pytest.raises(ValueError, match=f"has sha256 .*, expected {SHA256}"):
        storage.download(url, path, sha256=SHA256)
    assert path.read_text() == "an older version"
    assert files_in(tmp_path) == ["weights.bin"]


def test_a_wrong_size_is_refused(server, tmp_path):
    with server.running() as url, pytest.raises(ValueError, match="gave 1048576 bytes, expected 5"):
        storage.download(url, tmp_path / "weights.bin", sha256=SHA256, size=5)
    assert files_in(tmp_path) == []


def test_a_busy_server_is_asked_again(server, tmp_path):
    server.failures = [503, 502]
    with server.running() as url:
        storage.download(url, tmp_path / "weights.bin", sha256=SHA256)
    assert len(server.requests) == 3


def test_a_missing_file_is_not_asked_for_again(server, tmp_path):
    server.failures = [404]
    with server.running() as url, pytest.raises(ConnectionError, match="the server answered 404"):
        storage.download(url, tmp_path / "weights.bin", sha256=SHA256)
    assert len(server.requests) == 1


def test_no_server_is_one_clear_error(server, tmp_path):
    with server.running() as url:
        pass
    with pytest.raises(ConnectionError, match=r"could not download .* in 3 attempts .*nothing kept"):
        storage.download(url, tmp_path / "weights.bin", sha256=SHA256, retries=2)


def test_a_download_needs_a_hash(tmp_path):
    with pytest.raises(ValueError, match="give the hash"):
        storage.download("http://127.0.0.1/", tmp_path / "weights.bin")


def test_a_download_looks_at_the_disk_first(server, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(100, 90, 10))
    with server.running() as url, pytest.raises(OSError, match=r"downloading weights\.bin needs 1\.0 MB"):
        storage.download(url, tmp_path / "weights.bin", sha256=SHA256, size=len(CONTENT))
    assert server.requests == []


def test_a_file_where_a_folder_should_be_is_told_as_that(tmp_path):
    (tmp_path / "run").write_text("a file")
    opened = storage.atomic_write(tmp_path / "run" / "x")
    with pytest.raises(OSError, match=r"could not write the file .*/run/x"), opened as file:
        file.write(b"1")
