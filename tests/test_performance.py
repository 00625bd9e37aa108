"""The tables of docs/performance.md are what `began_lib.cost` counts; run as a script, this file writes them."""

import json
import re
from pathlib import Path

from began_lib import cost
from began_lib.models import Architecture, Discriminator, Generator, layer_table
from began_lib.storage import atomic_write

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
SHAPES = ((32, 32, 16), (32, 64, 16), (64, 64, 16), (64, 128, 16), (128, 128, 16), (128, 128, 64), (256, 128, 16))
PEAK, BANDWIDTH = 989e12, 3.35e12  # of an H100 SXM, from its data sheet


def parameters(a: Architecture) -> int:
    return layer_table(Discriminator(a)).parameters + layer_table(Generator(a)).parameters


def arithmetic() -> str:
    lines = ["| size | filters | batch | GFLOP | textbook | ratio | behind up-sampling | without its waste |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for size, filters, batch in SHAPES:
        a = Architecture(size=size, filters=filters)
        ours, theirs = cost.step_flops(a, batch), cost.textbook_flops(a, batch)
        shares = f"{theirs / ours:.2f} | {cost.upsampled_share(a):.0%} | {cost.zero_waste_gain(a):.2f}"
        lines.append(f"| {size} | {filters} | {batch} | {ours / 1e9:,.0f} | {theirs / 1e9:,.0f} | {shares} |")
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


def reader() -> str:
    """What a reader waits for, as measured last."""
    found = json.loads(PAGE.with_name("bench-reader.json").read_text(encoding="utf-8"))
    lines = [f"| {found['device']}, {found['threads']} threads | |", "|---|---|"]
    lines += [f"| `import {module}` | {value:.1f} s |" for module, value in found["import_seconds"].items()]
    for name, waits in found["slider_milliseconds"].items():
        lines.append(f"| slider of {name} | {waits['median']:.0f} ms, at worst {waits['worst']:.0f} ms |")
    for threads, rate in found["steps_per_second_by_threads"].items():
        lines.append(f"| 32x32, 32 filters, batch 16, threads: {threads} | {rate:.1f} steps/s |")
    first = json.loads(PAGE.with_name("bench-faces.json").read_text(encoding="utf-8"))["reached"]
    share = f"{first['face_rate']:.0%} faces after {first['step']} steps"
    lines.append(f"| LFW, 32x32, 32 filters, from nothing | {share}, {first['seconds']:.0f} s |")
    return "\n".join(lines)


def upsampling() -> str:
    """Both ways of convolving behind an up-sampling, as measured last."""
    found = json.loads(PAGE.with_name("bench-upsampling.json").read_text(encoding="utf-8"))
    lines = ["| filters | small image | usual, per second | without waste | ratio |", "|---|---|---|---|---|"]
    for row in found["cases"]:
        rates = f"{row['usual']:.1f} | {row['without_waste']:.1f} | {row['ratio']:.2f}"
        lines.append(f"| {row['filters']} | {row['side']}x{row['side']} | {rates} |")
    return "\n".join(lines)


def steps() -> str:
    """The step against the textbook's, as measured last on a CPU."""
    lines = ["| size | filters | step | steps/s | GFLOP/s | of ceiling | ratio |", "|---|---|---|---|---|---|---|"]
    for file in ("bench.json", "bench-64.json"):
        for row in json.loads(PAGE.with_name(file).read_text(encoding="utf-8"))["cases"]:
            cells = (
                f"{row['steps_per_second']:.2f}",
                f"{row['flops_per_second'] / 1e9:.0f}",
                f"{row['of_ceiling']:.0%}",
            )
            shape = f"{row['size']} | {row['filters']}"
            lines.append(f"| {shape} | {row['step']} | {' | '.join(cells)} | {row['ratio']:.2f} |")
    return "\n".join(lines)


def processes() -> str:
    """Runs of `train` shared among processes, as measured last."""
    found = json.loads(PAGE.with_name("bench-processes.json").read_text(encoding="utf-8"))
    lines = ["| size | filters | batch | processes | steps/s | images/s | ratio |", "|---|---|---|---|---|---|---|"]
    for row in found["cases"]:
        rate = row["steps_per_second"]
        cells = f"{rate:.2f} | {rate * row['batch_size']:.0f} | {row['ratio']:.2f}"
        shape = f"{row['size']} | {row['filters']} | {row['batch_size']}"
        lines.append(f"| {shape} | {row['processes']} | {cells} |")
    return "\n".join(lines)


def renderer() -> str:
    """Faces drawn in a second, as measured last."""
    found = json.loads(PAGE.with_name("bench-renderer.json").read_text(encoding="utf-8"))
    lines = [f"| {found['device']} | faces/s |", "|---|---|"]
    lines += [f"| {row['size']}x{row['size']} | {row['faces_per_second']:,.0f} |" for row in found["cases"]]
    return "\n".join(lines)


def shares() -> str:
    """Where the time of a step goes, as measured last."""
    found = json.loads(PAGE.with_name("bench-profile.json").read_text(encoding="utf-8"))
    lines = [f"| {found['step']} | share |", "|---|---|"]
    lines += [f"| {kind} | {share:.0%} |" for kind, share in sorted(found["shares"].items(), key=lambda i: -i[1])]
    return "\n".join(lines)


TABLES = {
    "profile": shares,
    "steps": steps,
    "processes": processes,
    "renderer": renderer,
    "arithmetic": arithmetic,
    "traffic": traffic,
    "memory": memory,
    "reader": reader,
    "upsampling": upsampling,
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


def test_what_was_not_measured_is_said_to_be_so() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert ("CUDA: not measured yet" in page) != PAGE.with_name("bench-gpu.json").is_file()


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"docs/(bench[\w-]*\.json)", PAGE.read_text(encoding="utf-8"))) - {"bench-gpu.json"}
    assert named == {path.name for path in PAGE.parent.glob("bench*.json")} - {"bench-gpu.json"}


if __name__ == "__main__":
    with atomic_write(PAGE, "w") as page_file:
        page_file.write(filled(PAGE.read_text(encoding="utf-8")))
