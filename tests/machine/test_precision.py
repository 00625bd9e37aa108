"""Which number format a run gets, and who decides it."""

import pytest
import torch

from began_lib.machine import precision
from began_lib.machine.precision import PRECISION_VARIABLE, choose_precision, fast_bf16

CPU = torch.device("cpu")


def test_auto_follows_the_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PRECISION_VARIABLE, raising=False)
    for fast, format_of_it in ((True, "bf16"), (False, "fp32")):
        monkeypatch.setattr("began_lib.machine.precision.fast_bf16", lambda device, fast=fast: fast)
        assert choose_precision("auto", CPU) == format_of_it
        assert [choose_precision(name, CPU) for name in ("fp32", "bf16")] == ["fp32", "bf16"]


@pytest.mark.parametrize("value", ["fp32", "bf16"])
def test_the_variable_says_what_auto_is_and_nothing_else(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRECISION_VARIABLE, value)
    assert choose_precision("auto", CPU) == value
    assert [choose_precision(name, CPU) for name in ("fp32", "bf16")] == ["fp32", "bf16"]


def test_wrong_names_are_refused_by_where_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="precision is 'fp16': expected one of auto, fp32, bf16"):
        choose_precision("fp16", CPU)
    monkeypatch.setenv(PRECISION_VARIABLE, "half")
    with pytest.raises(ValueError, match="BEGAN_PRECISION is 'half': expected one of"):
        choose_precision("auto", CPU)
    monkeypatch.setenv(PRECISION_VARIABLE, "auto")
    assert choose_precision("auto", CPU) == ("bf16" if fast_bf16(CPU) else "fp32")


def test_mps_is_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(precision.COUNTS, "mps", lambda: 0)
    with pytest.raises(ValueError, match=r"device is 'mps', but PyTorch .* finds no MPS device: use cpu or auto"):
        precision.choose_device("mps")


def test_mps_trains_in_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEGAN_PRECISION", raising=False)
    monkeypatch.setitem(precision.COUNTS, "mps", lambda: 1)
    device = precision.choose_device("mps")
    assert precision.choose_precision("auto", device) == "fp32" and "untested" in precision.describe_device(device)
    with pytest.raises(ValueError, match="expected fp32 or auto on mps"):
        precision.choose_precision("bf16", device)


def test_a_device_number_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(precision.COUNTS, "cuda", lambda: 2)
    with pytest.raises(ValueError, match=r"'cuda:7', but PyTorch .* finds 2 CUDA devices"):
        precision.choose_device("cuda:7")
    for wrapped in ("cuda:128", "cuda:256", "cuda:99999"):
        with pytest.raises(ValueError, match=f"'{wrapped}'"):
            precision.choose_device(wrapped)
