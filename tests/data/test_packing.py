"""Packed data sets: written whole or not at all, checked when opened, built again when damaged."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from began_lib.data import packing
from began_lib.data.packing import Chunk, Plan, Skipped, Source, open_packed

SIZE = 8


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path))
    return tmp_path / "cache"


def picture(index: int) -> np.ndarray:
    return np.random.default_rng(index).integers(0, 256, (3, SIZE, SIZE), dtype=np.uint8)


class Pictures:
    """A source of `train` + `held_out` random pictures that counts how often it is read."""

    def __init__(self, train: int = 600, held_out: int = 30, factors: bool = False) -> None:
        self.train, self.held_out, self.factors, self.reads = range(train), range(1000, 1000 + held_out), factors, 0
        self.fail_at: int | None = None

    def read(self, items: Sequence[int]) -> Chunk:
        self.reads += 1
        if self.fail_at is not None and items[0] >= self.fail_at:
            raise OSError(errno.EIO, "the disk under the pictures failed", "/pictures")
        factors = np.array([[i, -i] for i in items], dtype=np.float32) if self.factors else None
        return Chunk([picture(index) for index in items], factors=factors)

    def source(self, **options: object) -> Source:
        plan = Plan(self.train, self.held_out, self.read, **options)
        return Source("pictures", "pictures-8-rgb-abc", SIZE, 3, {"source": "random"}, lambda: plan)


def temporary(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir() if path.name.endswith(".tmp")]


def test_pictures_come_back_in_order_and_are_read_once(cache):
    pictures = Pictures()
    packed = open_packed(pictures.source())
    assert packed.arrays["train"].shape == (600, 3, SIZE, SIZE)
    assert np.array_equal(packed.arrays["train"], [picture(index) for index in pictures.train])
    assert np.array_equal(packed.arrays["held_out"], [picture(index) for index in pictures.held_out])
    assert packed.card["train"] == 600 and packed.card["held_out"] == 30 and packed.card["skipped"] == 0
    reads = pictures.reads
    again = open_packed(pictures.source())
    assert pictures.reads == reads
    assert again.card == packed.card
    # Plain NumPy reads the files, whoever wrote them.
    assert np.array_equal(np.load(cache / "pictures-8-rgb-abc-train.npy"), packed.arrays["train"])
    assert temporary(cache) == []


def test_factors_lie_beside_the_images():
    packed = open_packed(Pictures(factors=True).source())
    assert packed.arrays["train_factors"].dtype == np.float32
    assert np.array_equal(packed.arrays["train_factors"], [[i, -i] for i in range(600)])
    assert np.array_equal(packed.arrays["held_out_factors"], [[i, -i] for i in range(1000, 1030)])


def test_an_empty_part_can_be_opened():
    assert open_packed(Pictures(held_out=0).source()).arrays["held_out"].shape == (0, 3, SIZE, SIZE)


def test_writing_to_the_arrays_does_not_reach_the_file():
    packed = open_packed(Pictures().source())
    packed.arrays["train"][:] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(open_packed(Pictures().source()).arrays["train"][0], picture(0))


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def pickled(path: Path) -> None:
    np.save(path, np.array([{"run": "me"}], dtype=object), allow_pickle=True)


@pytest.mark.parametrize("part", ["train", "held_out"])
@pytest.mark.parametrize("damage", [flip_a_byte, truncate, empty, pickled, Path.unlink])
def test_a_damaged_array_is_packed_again_and_said(cache, part, damage):
    open_packed(Pictures().source())
    damage(cache / f"pictures-8-rgb-abc-{part}.npy")
    pictures = Pictures()
    with pytest.warns(UserWarning, match=rf"pictures-8-rgb-abc is damaged \(.*-{part}\.npy .*packing it again"):
        packed = open_packed(pictures.source())
    assert pictures.reads > 0
    assert np.array_equal(packed.arrays["train"], [picture(index) for index in range(600)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        open_packed(Pictures().source())


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 0, "arrays": {}, "card": {}, "skipped": []}'])
def test_a_damaged_description_is_packed_again_and_said(cache, content):
    open_packed(Pictures().source())
    (cache / "pictures-8-rgb-abc.json").write_text(content)
    with pytest.warns(UserWarning, match=r"is damaged \(.*packing it again"):
        packed = open_packed(Pictures().source())
    assert len(packed.arrays["train"]) == 600


def test_a_failing_source_leaves_nothing_behind(cache):
    pictures = Pictures()
    pictures.fail_at = 512
    with pytest.raises(OSError, match="the disk under the pictures failed"):
        open_packed(pictures.source())
    assert list(cache.iterdir()) == []
    pictures.fail_at = None
    assert len(open_packed(pictures.source()).arrays["train"]) == 600


def test_a_full_disk_is_said_before_and_while_packing(cache, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(100, 90, 1000))
        with pytest.raises(OSError, match=r"packing 630 pictures of pictures needs 121\.0 kB, but .* 1\.0 kB free"):
            open_packed(Pictures().source())
    assert list(cache.iterdir()) == []

    def full(writer: object, item: np.ndarray) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(packing._ArrayWriter, "append", full)
        with pytest.raises(OSError, match=r"could not write the file \(No space left on device; .* free in") as raised:
            open_packed(Pictures().source())
    assert raised.value.errno == errno.ENOSPC
    assert list(cache.iterdir()) == []


def test_too_few_pictures_leave_nothing_behind(cache):
    with pytest.raises(ValueError, match="pictures: found 6 usable pictures, expected at least 7"):
        open_packed(Pictures(4, 2).source(minimum=7))
    assert list(cache.iterdir()) == []


def test_a_long_list_of_skipped_files_is_shortened():
    skipped = [Skipped(f"{index}.jpg", "empty file (0 bytes)") for index in range(20)]
    lines = packing.summarize(skipped).splitlines()
    assert lines[0] == "Skipped 20:" and lines[1] == "  0.jpg: empty file (0 bytes)" and lines[-1] == "  and 12 more"


def test_what_killed_runs_left_is_removed_after_a_day(cache):
    cache.mkdir()
    old, young, other = (
        cache / f".{stem}-train.npy.1-a.tmp" for stem in ("pictures-8-rgb-abc", "pictures-8-rgb-abc-x", "b")
    )
    for path in (old, young, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (time.time() - 90_000,) * 2)
    open_packed(Pictures().source())
    assert not old.exists() and young.exists() and other.exists()


PACK_FACES_FOLDER = """
import sys
from began_lib.data import open_dataset
dataset = open_dataset(sys.argv[1], 16)
print(len(dataset.train), len(dataset.held_out), dataset.card["sha256"], flush=True)
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    from PIL import Image

    folder = tmp_path / "mine"
    folder.mkdir()
    for index in range(300):
        Image.fromarray(picture(index).transpose(1, 2, 0)).resize((64, 64)).save(folder / f"{index}.png")
    return folder


def test_two_processes_packing_at_once(folder, cache):
    command = [sys.executable, "-c", PACK_FACES_FOLDER, str(folder)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    results = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], results
    outputs = {output for output, _ in results}
    assert len(outputs) == 1 and outputs.pop().startswith("270 30 ")
    assert temporary(cache) == []


@pytest.mark.skipif(os.name != "posix", reason="kills a process with a POSIX signal")
def test_a_killed_packing_leaves_no_half_file(folder, cache):
    from began_lib.data import open_dataset

    stop_half_way = PACK_FACES_FOLDER.replace(
        "dataset =",
        "import os, signal\nfrom began_lib.data import packing\n"
        "packing._CHUNK = 100\nappend, count = packing._ArrayWriter.append, [0]\n"
        "def counted(writer, item):\n"
        "    count[0] += 1\n"
        "    if count[0] == 150:\n        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    append(writer, item)\n"
        "packing._ArrayWriter.append = counted\ndataset =",
    )
    process = subprocess.run([sys.executable, "-c", stop_half_way, str(folder)], capture_output=True)
    assert process.returncode == -signal.SIGKILL
    assert [path.suffix for path in cache.iterdir()] == [".tmp"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a half-written data set is missing, not damaged
        assert len(open_dataset(folder, 16).train) == 270


def test_importing_the_library_stays_cheap():
    code = (
        "import sys, began_lib.data; print(sorted({'sklearn', 'torchvision', 'skimage', 'scipy'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "[]\n"


def test_the_progress_bar_says_what_it_does(capsys):
    open_packed(Pictures().source())
    assert "packing pictures at 8x8: 100%" in capsys.readouterr().err
