"""The yardstick is the textbook's step, and the benchmark says what it measured. No time is asserted."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from began_lib.equilibrium import Controller, reconstruction_loss
from began_lib.figures.layers import layer_table
from began_lib.machine.storage import read_json
from began_lib.models import Architecture, Discriminator, Generator
from began_lib.step import Began
from tools.bench import cost, profile, renderer, timing, variants, worker
from tools.bench import steps as bench
from tools.bench.__main__ import main
from tools.bench.single_pass import SinglePass
from tools.bench.textbook import TextbookStep, textbook_networks

SMALL = Architecture(size=16, filters=4, hidden=6, latent=5)


def test_the_textbook_step_is_the_papers() -> None:
    torch.manual_seed(0)
    d, g = textbook_networks(SMALL)
    textbook = TextbookStep(d, g, SMALL.latent, gamma=0.5, rate=1e-3)
    x = torch.rand(4, 3, 16, 16) * 2 - 1
    expected = reconstruction_loss(x, d(x)).mean().item()
    before = [p.detach().clone() for p in (*d.parameters(), *g.parameters())]
    real, fake = textbook.step(x)
    assert real == pytest.approx(expected, rel=1e-5)  # float32, another order of additions
    assert textbook.k == pytest.approx(min(max(0.001 * (0.5 * real - fake), 0.0), 1.0))
    after = [*d.parameters(), *g.parameters()]
    assert all(not torch.equal(a, b) for a, b in zip(after, before, strict=True))


def test_step_flops_by_hand() -> None:
    """One scale less and one layer less would both change it: 3 (2 d + g), less the first layers' input gradients."""
    d, g = (
        round(1e6 * layer_table(network(SMALL))["M multiply-adds"]["total"]) for network in (Discriminator, Generator)
    )
    saved = 3 * 9 * 4 * 16 * 16 + 5 * 4 * 64  # the first convolution on x; the fully connected layer on z
    assert cost.step_flops(SMALL, 1) == 2 * (3 * (2 * d + g) - saved)


def test_textbook_flops_by_hand() -> None:
    """D forward and backward three times, G forward twice and backward once; no gradient for x, a detached G(z), z."""
    d, g = (
        round(1e6 * layer_table(network(SMALL))["M multiply-adds"]["total"]) for network in (Discriminator, Generator)
    )
    saved = 2 * 3 * 9 * 4 * 16 * 16 + 5 * 4 * 64
    assert cost.textbook_flops(SMALL, 1) == 2 * (9 * d + 4 * g - saved)


@pytest.mark.parametrize("eta", [1, 2])
@pytest.mark.parametrize("k", [0.0, 0.3])
@pytest.mark.parametrize("skip_connections", [False, True])
def test_a_single_pass_through_d_gives_the_same_gradients(eta: int, k: float, skip_connections: bool) -> None:
    found = []
    for kind in (Began, SinglePass):
        torch.manual_seed(0)
        a = SMALL.at(skip_connections=skip_connections)
        d, g = Discriminator(a).double(), Generator(a).double()
        began = kind(d, g, a.latent, Controller(k=k, dtype=torch.float64), eta=eta, seed=7)
        x = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 2 - 1
        losses = began.losses_with_gradients(x)
        found.append([*losses, *(p.grad for network in (d, g) for p in network.parameters())])
    for one, two in zip(*found, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-9, atol=1e-13)  # float64: the order of additions


def test_a_worker_times_what_it_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """In this process: the real one is started by the whole benchmark below."""
    first = {
        "variant": vars(variants.Variant(one_backward=True)), "shape": variants.shape_of(SMALL),
        "batch_size": 2, "device": "cpu", "threads": 1,
    }  # fmt: skip
    answers: list[dict] = []
    worker.serve(iter(map(json.dumps, (first, {"seconds": 0.01}, {}))), answers.append)
    ready, timed, end = answers
    assert ready == {} and timed["rate"] > 0
    assert end["elu_milliseconds"] > 0 and end["peak_bytes"] > 0


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("recompute", [False, True])
def test_the_footprint_without_data_is_the_one_with_data(precision: str, recompute: bool) -> None:
    a = SMALL.at(size=32)
    assert cost.footprint(a, 4, precision, recompute) == cost.footprint(a, 4, precision, recompute, real=True)


def test_recomputing_saves_memory_and_batches_fill_it() -> None:
    a = SMALL.at(size=64, filters=8)
    plain, saving = (cost.footprint(a, 16, recompute=recompute).peak for recompute in (False, True))
    assert saving < 0.7 * plain
    batch = cost.largest_batch(a, 1e9, "fp32")
    assert cost.footprint(a, batch).peak <= 1e9 < cost.footprint(a, batch + 2).peak
    assert cost.largest_batch(a, 1e3, "fp32") == 0


def test_bench_reports_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    result = bench.run("cpu", seconds=0.05, cases=[bench.Case(16, 4, 2)])
    printed = capsys.readouterr().out
    steps = [case["step"] for case in result["cases"]]
    assert steps[:3] == ["textbook", "textbook, fast ELU", "ours fp32"]
    assert result["cases"][0]["ratio"] == 1.0
    a = Architecture(size=16, filters=4)
    for case in result["cases"]:
        assert case["steps_per_second"] > 0 and case["step"] in printed
        assert 0 < case["of_ceiling"] < 1.5  # of a ceiling measured in the same run; above it only by noise
        flops = (cost.textbook_flops if "textbook" in case["step"] else cost.step_flops)(a, 2)
        assert case["flops_per_second"] == pytest.approx(case["steps_per_second"] * flops)
        assert case["images_per_second"] == 2 * case["steps_per_second"]
        assert case["peak_bytes"] > 0


def test_bench_stops_at_its_limit_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    result = bench.run("cpu", seconds=0.05, cases=[bench.Case(16, 4, 2)], minutes=0.0)
    case = {"size": 16, "filters": 4, "batch_size": 2, "compared": ("usual",)}
    assert result["cases"] == [] and result["left_out"] == [{**case, "why": "0 minutes are over"}]
    assert "left out, 0 minutes are over: 16x16" in capsys.readouterr().out


def test_a_step_that_cannot_be_built_is_left_out(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture) -> None:
    """Here by a graph, for which there is no device."""
    steps = {"textbook": variants.Variant(), "graph": variants.Variant(one_backward=True, cuda_graph=True)}
    monkeypatch.setattr(bench, "_compared", lambda *_: steps)
    result = bench.run("cpu", seconds=0.05, cases=[bench.Case(16, 4, 2)])
    assert [row["step"] for row in result["cases"]] == ["textbook"]
    assert [left["step"] for left in result["left_out"]] == ["graph"]
    assert "left out, its process ended with status 1: graph" in capfd.readouterr().out


def test_what_was_measured_is_kept_case_by_case(monkeypatch: pytest.MonkeyPatch) -> None:
    def time(case: bench.Case, *_: object) -> list[dict]:
        if case.filters == 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        if case.filters == 6:
            raise KeyboardInterrupt
        return [{"filters": case.filters}]

    monkeypatch.setattr(bench, "_time", time)
    monkeypatch.setattr(bench, "matmul_ceiling", lambda *_: 1e9)
    kept: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        cases = [bench.Case(16, filters) for filters in (2, 4, 5, 6)]
        bench.run("cpu", 0.0, cases, keep=lambda result: kept.append(json.dumps(result)))
    last = json.loads(kept[-1])
    assert len(kept) == 3 and last["cases"] == [{"filters": 2}, {"filters": 5}]
    assert last["left_out"][0]["filters"] == 4 and "memory" in last["left_out"][0]["why"]


def test_on_cuda_the_number_of_calls_is_set_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls only queue up there: by the host's clock alone a thousand would pass before the first has ended."""
    clock = {"host": 0.0, "queued": 0.0}
    calls = []

    def call() -> None:
        calls.append(None)
        clock["host"] += 1e-5
        clock["queued"] += 0.02

    def synchronize(device: torch.device) -> None:
        clock["host"], clock["queued"] = clock["host"] + clock["queued"], 0.0

    monkeypatch.setattr(torch.cuda, "synchronize", synchronize)
    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock["host"])
    rate = timing.steps_per_second(call, 1.0, torch.device("cuda"))
    assert len(calls) == 50 and rate == pytest.approx(1 / 0.02, rel=1e-2)  # the host's own 1e-5 a call beside 0.02
    calls.clear()
    assert timing.steps_per_second(call, 0.0, torch.device("cuda")) == pytest.approx(1 / 0.02, rel=1e-2)
    assert len(calls) == 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_graphs_own_what_they_replay_on() -> None:
    cuda = torch.device("cuda")
    graph = variants.Variant(one_backward=True, cuda_graph=True)
    steps = [graph.build(variants.shape_of(SMALL), torch.rand(2, 3, 16, 16, device=cuda)) for _ in range(2)]
    torch.cuda.empty_cache()
    for step in steps:
        began = step.func.began
        weights = [*began.generator.parameters(), *began.discriminator.parameters()]
        before = [weight.detach().clone() for weight in weights]
        step()
        assert not any(torch.equal(now, then) for now, then in zip(weights, before, strict=True))
        assert all(weight.isfinite().all() for weight in weights)


@pytest.mark.parametrize("name", ["one backward", "channels_last", "bf16", "fused Adam", "saving", "freed memory kept"])
def test_each_trick_alone_trains(name: str) -> None:
    cpu = torch.device("cpu")
    found = variants.each(cpu) | {"saving": variants.saving(cpu)["checkpointing"]}
    step = found[name].build(variants.shape_of(SMALL), torch.rand(2, 3, 16, 16))
    step()
    step()


def test_the_programme_covers_what_is_promised() -> None:
    assert {case.size for case in bench.PROGRAMME} == {32, 64, 128, 256}
    assert {case.filters for case in bench.PROGRAMME} == {32, 64, 128}
    assert {case.batch_size for case in bench.PROGRAMME} == {16, 64}
    assert bench.PROGRAMME[0].compared == ("each",)
    with pytest.raises(ValueError, match="only with one_backward"):
        variants.Variant(cuda_graph=True)


def test_bench_writes_json_and_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    row = {"size": 32, "filters": 8, "batch_size": 3, "step": "textbook", "ratio": 1.0, "of_ceiling": 0.5}
    result = {"device": "cpu", "cases": [row, {**row, "step": "ours fp32", "ratio": 2.0}]}
    monkeypatch.setattr(bench, "run", lambda *given: asked.append(given) or result)
    line = f"--device cpu --sizes 32 64 --filters 8 --batch-size 3 --each --seconds 2 --json {tmp_path}/b.json"
    main([*line.split(), "--plot", str(tmp_path / "b.png")])
    assert read_json(tmp_path / "b.json") == result
    assert asked[0][:4] == ("cpu", 2.0, [bench.Case(size, 8, 3, ("each",)) for size in (32, 64)], float("inf"))
    asked[0][4]({"so far": 1})
    assert read_json(tmp_path / "b.json") == {"so far": 1}
    assert Image.open(tmp_path / "b.png").width == 800
    main(["--programme", "--minutes", "9"])
    assert asked[1][:4] == ("auto", 6.0, bench.PROGRAMME, 9.0)


@pytest.mark.parametrize("words", ["--seconds 0", "--seconds nan", "--seconds inf", "--batch-size 0", "--filters -1"])
def test_numbers_out_of_range_are_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        main(words.split())
    assert error.value.code == 2 and "expected a" in capsys.readouterr().err


def test_the_renderer_is_timed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer, "FACES", 3)
    monkeypatch.setattr(renderer, "FACE_SIZES", (16, 17))
    renderer.main(["--device", "cpu", "--seconds", "0.01"])
    heading, *rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert heading == ["size", "faces/s"]
    assert [int(size) for size, _ in rows] == [16, 17] and all(int(rate) > 0 for _, rate in rows)


def test_the_profile_accounts_for_all_of_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    profile.main(["--device", "cpu", "--size", "16", "--filters", "4", "--batch-size", "2"])
    printed = capsys.readouterr().out.splitlines()
    shares = [float(line.split()[-1].rstrip("%")) for line in printed if "%" in line]
    assert len(shares) == len(profile.KINDS) + 1 and sum(shares) == pytest.approx(100, abs=0.5)  # rounded to .1
    known = {line.rsplit(maxsplit=1)[0] for line in printed if line.endswith("%") and not line.endswith(" 0.0%")}
    assert {"convolutions", "ELU", "up-sampling", "fully connected", "Adam"} <= known
    assert profile.kind_of("aten::mkldnn_convolution") == "convolutions"
    assert profile.kind_of("aten::elu_backward") == "ELU" and profile.kind_of("aten::add_") == "other"


def test_kernels_are_told_apart_by_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    names = {
        "sm90_xmma_wgrad_indexed_implicit_gemm_bf16bf16_bf16f32_f32_nhwckrsc_nhwc__5x_cudnn": "convolutions",
        "cublasLt::splitKreduce_kernel<32, 16>": "fully connected",
        "at::native::reduce_kernel<128, 4, at::native::ReduceOp<c10::BFloat16>>": "sums over images and pixels",
        "at::native::vectorized_elementwise_kernel<8, at::native::bfloat16_copy_kernel_cuda>": "copies and formats",
        "at::native::(anonymous namespace)::elu_backward_kernel": "ELU",
        "at::native::elementwise_kernel<128, 4, at::native::CUDAFunctor_add<c10::BFloat16>>": (
            "sums and products, pixel by pixel"
        ),
        "Memset (Device)": "other",
    }
    found = profile._by_kind([{"name": name, "kernels": 2.0, "microseconds": 3.0} for name in names])
    assert all(found["kinds"][kind] == {"kernels": 2.0, "microseconds": 3.0} for kind in names.values())
    assert len(found["longest"]) == profile.LONGEST and capsys.readouterr().out.count("14.3%") == len(names)
