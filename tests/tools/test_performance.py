"""The tables of docs/performance.md are what `tools.bench` counts and measured; run as a script, this file writes them:

python -m tests.tools.test_performance
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from began_lib.machine.storage import atomic_write, read_json
from began_lib.models import Architecture, Discriminator, Generator
from tools.bench import cost
from tools.bench.steps import PROGRAMME

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
SHAPES = ((32, 32, 16), (32, 64, 16), (64, 64, 16), (64, 128, 16), (128, 128, 16), (128, 128, 64), (256, 128, 16))
PEAK, BANDWIDTH = 989e12, 3.35e12  # of an H100 SXM, from its data sheet


def parameters(a: Architecture) -> int:
    return sum(p.numel() for network in (Discriminator(a), Generator(a)) for p in network.parameters())


def arithmetic() -> str:
    lines = ["| size | filters | batch | GFLOP | textbook | ratio |", "|---|---|---|---|---|---|"]
    for size, filters, batch in SHAPES:
        a = Architecture(size=size, filters=filters)
        ours, theirs = cost.step_flops(a, batch), cost.textbook_flops(a, batch)
        lines.append(
            f"| {size} | {filters} | {batch} | {ours / 1e9:,.0f} | {theirs / 1e9:,.0f} | {theirs / ours:.2f} |"
        )
    return "\n".join(lines)


def traffic() -> str:
    lines = ["| size | filters | batch | convolutions, GB | ELU | up-sampling | other | operations |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for size, filters, batch in SHAPES:
        f = cost.footprint(Architecture(size=size, filters=filters), batch, "bf16")
        cells = (f.traffic[kind] for kind in ("convolution", "elu", "up-sampling", "other"))
        moved = " | ".join(f"{cell / 1e9:.2f}" for cell in cells)
        lines.append(f"| {size} | {filters} | {batch} | {moved} | {f.operations:,} |")
    return "\n".join(lines)


def memory() -> str:
    lines = [
        "| size | filters | `--recompute` | peak, GB | in 8 GB | in 16 GB | in 80 GB |",
        "|---|---|---|---|---|---|---|",
    ]
    for size, filters in ((64, 64), (128, 128), (256, 128)):
        a = Architecture(size=size, filters=filters)
        for recompute in (False, True):
            peak = cost.footprint(a, 16, "bf16", recompute).peak / 1e9
            fitting = " | ".join(f"{cost.largest_batch(a, gb * 1e9, 'bf16', recompute):,}" for gb in (8, 16, 80))
            lines.append(f"| {size} | {filters} | {'yes' if recompute else 'no'} | {peak:.2f} | {fitting} |")
    return "\n".join(lines)


def measured(name: str) -> dict:
    """What `bench` wrote last in docs/bench-NAME.json."""
    return read_json(PAGE.with_name(f"bench{name}.json"))


def markdown(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = (titles, ["---"] * len(titles), *rows)
    return "\n".join(
        f"| {' | '.join(map(str, line))} |".replace("| ---", "|---").replace("--- |", "---|") for line in lines
    )


def reader() -> str:
    """What a reader waits for, as measured last."""
    found = measured("-reader")
    rows = [(f"`import {module}`", f"{value:.1f} s") for module, value in found["import_seconds"].items()]
    for name, waits in found["slider_milliseconds"].items():
        rows.append((f"slider of {name}", f"{waits['median']:.0f} ms, at worst {waits['worst']:.0f} ms"))
    for threads, rate in found["steps_per_second_by_threads"].items():
        rows.append((f"32x32, 32 filters, batch 16, threads: {threads}", f"{rate:.1f} steps/s"))
    return markdown((found["device"], "found"), rows)


def quality() -> str:
    """How soon each setting gives faces that differ, as measured last."""
    rows = []
    for name, trial in read_json(PAGE.with_name("time-to-quality.json")).items():
        last, reached = trial["course"][-1], trial["reached"]
        when = f"{reached['seconds']:.0f} s, {reached['step']:,} steps" if reached else "not in ten minutes"
        shares = (f"{last[what] / trial['photographs'][what]:.0%}" for what in ("diversity", "closest"))
        rows.append((name, when, f"{last['face_rate']:.0%}", *shares, f"{trial['steps_per_second']:.1f}"))
    titles = ("setting", "reached after", "faces", "diversity", "closest pair", "steps/s")
    return markdown(titles, rows)


def steps(name: str = "") -> str:
    """The step against the textbook's, as measured last on a CPU."""
    rows = (
        (r["size"], r["filters"], r["step"], f"{r['steps_per_second']:.2f}", f"{r['flops_per_second'] / 1e9:.0f}",
         f"{r['of_ceiling']:.0%}", f"{r['ratio']:.2f}")
        for r in measured(name)["cases"]
    )  # fmt: skip
    return markdown(("size", "filters", "step", "steps/s", "GFLOP/s", "of ceiling", "ratio"), rows)


def gpu() -> str:
    """The step against the textbook's, as measured last on a GPU."""
    rows = (
        (f"{r['size']}, {r['filters']}, {r['batch_size']}", r["step"], f"{r['steps_per_second']:.1f}",
         f"{r['of_ceiling']:.0%}", f"{r['peak_bytes'] / 1e9:.2f}", f"{r['ratio']:.2f}")
        for r in measured("-gpu")["cases"]
    )  # fmt: skip
    return markdown(("size, filters, batch", "step", "steps/s", "of ceiling", "peak GB", "ratio"), rows)


def processes() -> str:
    """Runs of `train` shared among processes, as measured last."""
    rows = (
        (r["size"], r["filters"], r["batch_size"], r["processes"], f"{r['steps_per_second']:.2f}",
         f"{r['steps_per_second'] * r['batch_size']:.0f}", f"{r['ratio']:.2f}")
        for r in measured("-processes")["cases"]
    )  # fmt: skip
    return markdown(("size", "filters", "batch", "processes", "steps/s", "images/s", "ratio"), rows)


def renderer() -> str:
    """Faces drawn in a second, as measured last."""
    found = measured("-renderer")
    rows = ((f"{r['size']}x{r['size']}", f"{r['faces_per_second']:,.0f}") for r in found["cases"])
    return markdown((found["device"], "faces/s"), rows)


def shares() -> str:
    """Where the time of a step goes, as measured last."""
    found = measured("-profile")
    rows = ((kind, f"{share:.0%}") for kind, share in sorted(found["shares"].items(), key=lambda item: -item[1]))
    return markdown((found["step"], "share"), rows)


def gpu_profile() -> str:
    """Where the time of a step in a graph goes, as measured last on a GPU, with algorithms guessed and tried."""
    guessed, tried = measured("-gpu-profile"), measured("-gpu-profile-tried")

    def row(name: str, *kinds: dict[str, float]) -> tuple[str, ...]:
        return name, f"{kinds[0]['kernels']:.0f}", *(f"{kind['microseconds'] / 1000:.2f} ms" for kind in kinds)

    rows = sorted(guessed["kinds"].items(), key=lambda item: -item[1]["microseconds"])
    whole = [{"kernels": 0, "microseconds": 1000 * found["milliseconds"]} for found in (guessed, tried)]
    whole[0]["kernels"] = sum(kind["kernels"] for _, kind in rows)
    heading = (guessed["step"], "kernels", "algorithms guessed", "tried")
    listing = [row(name, kind, tried["kinds"][name]) for name, kind in rows]
    return markdown(heading, [*listing, row("the step, from one to the next", *whole)])


TABLES = {
    "gpu-profile": gpu_profile,
    "profile": shares,
    "steps": steps,
    "each": lambda: steps("-each"),
    "gpu": gpu,
    "processes": processes,
    "renderer": renderer,
    "arithmetic": arithmetic,
    "traffic": traffic,
    "memory": memory,
    "reader": reader,
    "quality": quality,
}


def filled(page: str) -> str:
    for name, table in TABLES.items():
        page = re.sub(rf"<!-- {name} -->\n(\n\|.*?\n(?=\n))?", f"<!-- {name} -->\n\n{table()}\n", page, flags=re.DOTALL)
    return page


def test_the_tables_are_what_is_counted() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page) == page


def test_the_numbers_in_the_prose() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    a = Architecture(size=128, filters=128)
    moved = cost.footprint(a, 64, "bf16").traffic
    passes = sum(moved[kind] for kind in ("elu", "up-sampling", "other")) / BANDWIDTH
    computed = cost.step_flops(a, 64) / PEAK
    assert f"alone take {1e3 * passes:.1f} ms beside {1e3 * computed:.1f} ms of arithmetic" in page
    assert f"at best reach {computed / (computed + passes):.0%} of".replace("%", " %") in page
    assert f"need convolutions at {computed / (computed / 0.4 - passes):.0%} of".replace("%", " %") in page
    small = Architecture(size=64, filters=64)
    assert f"at the data sheet's peak takes {1e3 * cost.step_flops(small, 16) / PEAK:.2f} ms" in page
    assert f"with 64 filters, {4e-6 * parameters(small):.0f} MB" in page
    for experiment, seconds, line in ((small, 600, "{:.0f} steps/s, {:.0f} TFLOP/s: {:.0f} % of"),
                                      (a, 3600, "{:.0f} steps/s, {:.0f} TFLOP/s: {:.0f} %.")):  # fmt: skip
        rate = 200_000 / seconds
        flops = rate * cost.step_flops(experiment, 16)
        assert line.format(rate, flops / 1e12, 100 * flops / PEAK) in page


def test_what_the_prose_draws_from_the_times() -> None:
    """Each sentence of the page about the measured steps, as a bound; measured anew, one of them may have to go."""
    ours = {(r["size"], r["filters"]): r for r in measured("")["cases"] if r["step"] == "ours bf16"}
    alone = {r["step"]: r["ratio"] for r in measured("-each")["cases"]}
    for name in ("", "-each"):
        ceiling = measured(name)["matmul_ceiling"]
        assert 1.9 < ceiling["bf16"] / ceiling["fp32"] < 2.3  # about twice
    assert alone["textbook, fast ELU"] == pytest.approx(7 / 6, abs=0.03)  # a sixth
    assert alone["one backward"] / alone["textbook, fast ELU"] > 1.48
    assert 1 < alone["ours bf16, ReLU: a bound"] / alone["ours bf16"] < 1.1  # hardly faster
    assert alone["ours bf16, ReLU: a bound"] < 4  # not even a free ELU
    assert 1 < alone["ours bf16, D in a single pass"] / alone["ours bf16"] < 1.1  # up to a tenth
    assert abs(alone["compiled"] - 1) < 0.03 and abs(alone["fused Adam"] - 1) < 0.06
    assert ours[32, 32]["of_ceiling"] < ours[32, 64]["of_ceiling"] < ours[64, 64]["of_ceiling"]  # while narrow
    assert measured("-profile")["shares"]["convolutions"] == pytest.approx(0.75, abs=0.02)  # three quarters
    images = {
        (r["size"], r["batch_size"]): r["steps_per_second"] * r["batch_size"]
        for r in measured("-processes")["cases"]
        if r["processes"] == 1
    }
    assert images[64, 64] / images[64, 16] == pytest.approx(1, abs=0.05)  # the same
    assert images[32, 64] / images[32, 16] == pytest.approx(1.25, abs=0.05)  # a quarter more
    assert all(r["ratio"] < 1.05 for r in measured("-processes")["cases"])  # nothing gained


def test_what_the_prose_says_of_the_gpu() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    found = measured("-gpu")
    by = {(r["size"], r["filters"], r["batch_size"], r["step"]): r for r in found["cases"]}
    rate = {key: row["steps_per_second"] for key, row in by.items()}
    small, large, usual = (64, 64, 16), (128, 128, 64), (128, 128, 16)
    graph, plain = "ours bf16, CUDA graph", "ours bf16"
    gains = {shape: rate[*shape, graph] / rate[*shape, plain] for shape in (small, large, (32, 32, 16))}
    assert gains[small] == pytest.approx(3.4, abs=0.05) and gains[32, 32, 16] == pytest.approx(7, abs=0.1)
    assert gains[large] == pytest.approx(1.02, abs=0.005)
    eager = 1 / rate[*small, plain]
    operations = cost.footprint(Architecture(size=64, filters=64), 16, "bf16").operations
    assert f"takes {1e3 * eager:.0f} ms, {1e6 * eager / operations:.0f} µs for each" in page
    assert by[*small, "bf16"]["ratio"] < 0.8 and f"gives {by[*small, 'one backward']['ratio']:.2f}, less" in page
    reached = {shape: by[*shape, graph]["flops_per_second"] for shape in (large, usual)}
    ceiling = found["matmul_ceiling"]["bf16"]
    assert f"reaches {reached[large] / 1e12:.0f} TFLOP/s, {100 * reached[large] / PEAK:.0f} % of the data sheet" in page
    assert f"{100 * reached[large] / ceiling:.0f} % of the {ceiling / 1e12:.0f} that a matrix product" in page
    made = rate[*small, graph]
    assert f"missed, {made:.0f} (200,000 steps in {200_000 / made / 60:.1f} minutes," in page
    ideal = cost.step_flops(Architecture(size=64, filters=64), 16) / found["matmul_ceiling"]["bf16"]
    assert f"takes {1e3 / made:.1f} ms" in page and f"would be {1e3 * ideal:.1f} ms" in page
    assert rate[*small, "ours bf16, CUDA graph, ReLU: a bound"] / made == pytest.approx(1, abs=0.02)
    for step, gain in (("ours bf16, CUDA graph, D in a single pass", 43), ("all together", 24)):
        assert 100 * (rate[*small, step] / made - 1) == pytest.approx(gain, abs=0.6)
    told = (
        f"missed, {rate[*usual, graph]:.0f}: {reached[usual] / 1e12:.0f} TFLOP/s, {100 * reached[usual] / PEAK:.0f} %"
    )
    assert told in page
    more = [
        by[*shape, graph]["peak_bytes"] - by[*shape, plain]["peak_bytes"]
        for shape in (small, large, usual, (32, 32, 16), (128, 64, 16))
    ]
    assert (f"{min(more) / 1e9:.2f}", f"{max(more) / 1e9:.2f}") == ("0.17", "0.20")
    assert f"{by[*small, plain]['peak_bytes'] / 1e9:.2f}" == "0.34"
    apart = [
        abs(row["steps_per_second"] / rate[*key[:3], "textbook"] / row["ratio"] - 1)
        for key, row in by.items()
        if (*key[:3], "textbook") in by
    ]
    assert max(apart) < 0.085  # up to 8 %
    peaks = {"graph": by[*usual, graph], "plain": by[*usual, plain]}
    peaks |= {"256": by[256, 128, 16, plain], "recompute": by[256, 128, 16, "checkpointing"]}
    told = {name: f"{row['peak_bytes'] / 1e9:.2f}" for name, row in peaks.items()}
    assert told == {"graph": "2.30", "plain": "2.14", "256": "6.93", "recompute": "4.05"}
    assert f"at {peaks['recompute']['ratio']:.2f} of the speed" in page
    assert by[*small, "compiled"]["ratio"] < 1
    guessed, tried = measured("-gpu-profile"), measured("-gpu-profile-tried")
    kinds = guessed["kinds"]
    kernels, busy = (sum(kind[it] for kind in kinds.values()) for it in ("kernels", "microseconds"))
    assert f"for {busy / guessed['milliseconds'] / 10:.0f} % of the step" in page
    assert f"There are {kernels:.0f} of them, {busy / kernels:.1f} µs long on average" in page
    longest = guessed["longest"][0]
    assert longest["kernels"] == 2 and f"take {longest['microseconds'] / 1000:.2f} ms, a sixth of the step" in page
    assert longest["microseconds"] / busy == pytest.approx(1 / 6, abs=0.01)
    faster = guessed["milliseconds"] / tried["milliseconds"]
    told = f"{tried['milliseconds']:.1f} ms in place of {guessed['milliseconds']:.1f}, {100 * faster - 100:.0f} % more"
    assert told in page and f"the ELU {100 * kinds['ELU']['microseconds'] / busy:.0f} %" in page
    small_ones = ("sums over images and pixels", "copies and formats", "sums and products, pixel by pixel")
    assert sum(kinds[it]["microseconds"] for it in small_ones) / busy == pytest.approx(1 / 3, abs=0.02)
    together = read_json(PAGE.parent / "gpu" / "side-by-side.json")["runs"].values()
    rates = [run["steps"] / run["seconds"] for run in together]
    said = f"six runs at once (those of figure 3 at 64x64, [RESULTS](../RESULTS.md)) made {min(rates):.1f} to"
    assert f"{said} {max(rates):.1f} steps/s each, {sum(rates):.0f} in all" in page and len(rates) == 6
    cases = {(r["size"], r["filters"], r["batch_size"]) for r in found["cases"]}
    assert len(cases) == 6 and len(cases) + len(found["left_out"]) == 14
    assert len(PROGRAMME) == 14


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"docs/(bench[\w-]*\.json)", PAGE.read_text(encoding="utf-8")))
    assert named == {path.name for path in PAGE.parent.glob("bench*.json")}


if __name__ == "__main__":
    with atomic_write(PAGE, "w") as page_file:
        page_file.write(filled(PAGE.read_text(encoding="utf-8")))
