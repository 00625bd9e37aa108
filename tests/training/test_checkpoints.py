"""A checkpoint's file: the same bytes for the same content, whatever the names hold."""

from pathlib import Path

import torch
from safetensors.torch import load_file

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
