"""The digest in every file that the library writes: damage is told, older files are read."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from began_lib.machine import seal, storage


@pytest.fixture(params=["value.json", "arrays.npz"])
def written(request, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    if path.suffix == ".json":
        storage.write_json(path, {"step": 12, "k": 0.25, "name": "γ"})
    else:
        storage.write_npz(path, steps=np.arange(600, dtype=np.float32).reshape(-1, 6))
    return path


def read(path: Path) -> object:
    return storage.read_json(path) if path.suffix == ".json" else storage.read_npz(path)["steps"].tolist()


def test_every_single_changed_byte_is_told_or_changes_nothing(written):
    content, value = written.read_bytes(), read(written)
    told = 0
    for place in range(len(content)):
        written.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            assert read(written) == value  # only in the mark itself, which then is none
        except ValueError:
            told += 1
    assert told >= len(content) - len(b"began-sha256:")


def test_every_cut_is_told_or_changes_nothing(written):
    content, value = written.read_bytes(), read(written)
    for length in range(len(content)):
        written.write_bytes(content[:length])
        try:
            assert read(written) == value
        except ValueError:
            continue


def test_a_number_made_nan_in_place_is_told(tmp_path):
    path = tmp_path / "value.json"
    storage.write_json(path, {"k": 0.25})
    path.write_text(path.read_text().replace("0.25", "NaN"))
    with pytest.raises(seal.Damaged, match=r"value\.json is damaged: its content is not what was written"):
        storage.read_json(path)


def test_files_of_older_versions_have_no_digest_and_are_read(tmp_path):
    (tmp_path / "old.json").write_text('{"steps": 3}')
    np.savez_compressed(tmp_path / "old.npz", steps=np.ones(3))
    assert storage.read_json(tmp_path / "old.json") == {"steps": 3}
    assert storage.read_npz(tmp_path / "old.npz")["steps"].tolist() == [1, 1, 1]


def test_the_same_content_gives_the_same_file(tmp_path):
    for name in ("a", "b"):
        storage.write_npz(tmp_path / name, steps=np.arange(5))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with np.load(tmp_path / "a") as file:  # anybody's reader reads it
        assert file["steps"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_in_place_of_a_file_does_not_keep_the_reader_waiting(tmp_path):
    os.mkfifo(tmp_path / "card.json")
    signal.alarm(20)
    with pytest.raises(seal.Damaged, match="no regular file"):
        storage.read_json(tmp_path / "card.json")
    signal.alarm(0)


@pytest.mark.parametrize("text", ["[1, 2]", "null", '"words"'])
def test_a_card_that_is_no_object_is_refused(tmp_path, text):
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(ValueError, match="expected a JSON object"):
        storage.read_object(tmp_path / "card.json")


def test_json_nested_too_deeply_is_refused(tmp_path):
    (tmp_path / "deep.json").write_text("[" * 200_000)
    with pytest.raises(ValueError, match="nested too deeply"):
        storage.read_json(tmp_path / "deep.json")


def test_only_what_stands_there_once_is_sealed():
    with pytest.raises(ValueError, match="found it 0 times"):
        seal.sealed(b"nothing")


def test_sweeping_takes_what_a_killed_process_left(tmp_path):
    (tmp_path / ".history.npz.123-abcd.tmp").write_bytes(b"half")
    (tmp_path / "history.npz").write_bytes(b"whole")
    storage.sweep(tmp_path)
    storage.sweep(tmp_path / "nowhere")
    assert [path.name for path in tmp_path.iterdir()] == ["history.npz"]
