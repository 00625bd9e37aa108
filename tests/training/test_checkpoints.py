"""A checkpoint's file: the same bytes for the same content, whatever the names hold."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save

from began_lib.training import checkpoints
from began_lib.training.checkpoints import load_tensors, save_tensors

TENSORS = {
    "k": torch.tensor(0.5),
    "conv.weight": torch.arange(6.0).view(2, 3),
    "random": torch.arange(3, dtype=torch.uint8),
}
METADATA = {"data": 'über/gesichter \\ "x"\n', "steps_done": 3, "nested": {"b": [1, 2], "a": None}}


def test_equal_content_gives_equal_bytes_and_comes_back(tmp_path: Path) -> None:
    """The library's own order of the metadata is drawn anew for every file: eight alike by chance are 1 in 6^7."""
    paths = [tmp_path / f"{i}.safetensors" for i in range(8)]
    for path in paths:
        save_tensors(path, TENSORS, METADATA)
    assert len({path.read_bytes() for path in paths}) == 1
    tensors, metadata = load_tensors(paths[0])
    assert metadata == METADATA
    for found in (tensors, load_file(paths[0])):  # and any reader of safetensors can read it
        assert found.keys() == TENSORS.keys()
        assert all(
            torch.equal(found[name], tensor) and found[name].dtype == tensor.dtype for name, tensor in TENSORS.items()
        )


def test_of_older_checkpoints_ever_fewer_stay(tmp_path: Path) -> None:
    """Whatever the length: the newest, and one between T and 2 T intervals old for each power of two T."""
    for step in range(10, 2001, 10):
        path = checkpoints.checkpoint_path(tmp_path, step)
        path.touch()
        checkpoints.prune_checkpoints(path, keep=2, every=10)
        kept = [checkpoints.step_of(path) for path in checkpoints.list_checkpoints(tmp_path)]
        assert kept[-1] == step and len(kept) <= 2 + (step // 10).bit_length()
        ages, age = [(step - other) // 10 for other in kept], 1
        while 2 * age <= step // 10:
            assert any(age <= other < 2 * age for other in ages), (step, age)
            age *= 2
    assert kept == [1280, 1600, 1760, 1920, 1960, 1980, 1990, 2000]


def test_checkpoints_of_nine_figures_come_after_those_of_eight(tmp_path: Path) -> None:
    paths = [checkpoints.checkpoint_path(tmp_path, step) for step in (99_999_990, 100_000_000, 100_000_010)]
    for path in paths:
        path.touch()
    assert checkpoints.list_checkpoints(tmp_path) == paths
    checkpoints.prune_checkpoints(paths[-1], keep=1, every=10**9)
    assert checkpoints.list_checkpoints(tmp_path) == paths[-1:]


def test_the_digest_covers_the_metadata(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    checkpoints.save_tensors(path, {"k": torch.tensor(0.5)}, {"steps_done": 12})
    content = path.read_bytes()
    path.write_bytes(content.replace(b'steps_done\\": 12', b'steps_done\\": 13'))
    assert path.read_bytes() != content
    with pytest.raises(checkpoints.CheckpointError, match="is damaged: its content is not what was written"):
        checkpoints.load_tensors(path)


def test_a_checkpoint_of_an_older_version_loads(tmp_path: Path) -> None:
    """Versions before the digest wrote a sum of the tensors in the header, under another name."""
    header = {"format": checkpoints.FORMAT, "sha256": "0" * 64, "metadata": '{"steps_done": 3}'}
    (tmp_path / "old.safetensors").write_bytes(save({"k": torch.ones(2)}, header))
    tensors, metadata = checkpoints.load_tensors(tmp_path / "old.safetensors")
    assert tensors["k"].tolist() == [1, 1] and metadata == {"steps_done": 3}


@pytest.mark.parametrize("card", [{"train": 9, "sha256": "b"}, {"train": 8, "sha256": "a"}])
def test_the_content_of_a_folder_decides(card: dict) -> None:
    run = {"source": "the folder a", "train": 9, "sha256": "a"}
    assert checkpoints.other_pictures(run, {"source": "the folder a", **card})
    assert not checkpoints.other_pictures(run, {**run, "source": "the folder /elsewhere/b"})


def test_a_named_set_may_be_decoded_by_another_machine() -> None:
    run = {"source": "Labeled Faces in the Wild", "train": 9, "sha256": "a"}
    assert not checkpoints.other_pictures(run, {**run, "sha256": "b"})
    assert checkpoints.other_pictures(run, {**run, "sha256": "b", "source": "the folder lfw"})
    assert checkpoints.other_pixels(run, run) == checkpoints.other_pixels({"train": 9}, run) == []
    (note,) = checkpoints.other_pixels(run, {**run, "sha256": "b"})
    assert "of Labeled Faces in the Wild, as the checkpoint's, and their pixels are not all the same" in note
