"""Numbers in the README are those of the files they name."""

import re
from dataclasses import replace

import pytest

from began_lib import shipped
from began_lib.machine.storage import read_json
from began_lib.models import Architecture
from began_lib.training.configuration import TrainingConfig
from began_lib.training.memory import step_memory
from tools.bench.cost import step_flops


@pytest.fixture(scope="module")
def readme(repository) -> str:
    return " ".join((repository / "README.md").read_text(encoding="utf-8").split())


def test_the_shipped_run(readme, repository):
    model = shipped.load("lfw-32")
    m_global, k = (model.history.tail_mean(column, 1000) for column in ("m_global", "k"))
    assert f"after {model.card['steps']:,} steps M_global is {m_global:.3f} and k {k:.3f}" in readme
    assert f"{model.card['hours']:.1f} hours" in readme
    assert model.card["command"] in readme
    larger = shipped.load("lfw-64")
    minutes = read_json(repository / "docs" / "gpu" / "scores.json")["runs"]["lfw-64"]["seconds"] / 60
    assert (
        f"{larger.card['command']} --cuda-graph" in readme
        and f"networks at 64x64: {minutes:.0f} minutes on an H100" in readme
    )
    assert larger.card["hardware"].startswith("NVIDIA H100")


def test_the_other_shipped_runs(readme):
    steps = shipped.snapshots("faces-32")
    words = {7: "seven", 8: "eight", 9: "nine", 10: "ten"}
    assert (
        f"`faces-32` ({steps[-1]:,} steps on the face space, with {words[len(steps) - 1]} snapshots along the way)"
        in readme
    )
    on_faces = [shipped.load(name) for name in shipped.names() if name.startswith("faces-")]
    hours = [model.card["hours"] for model in on_faces if model.config.architecture.size == 32]
    assert f"between {min(hours):.1f} and {max(hours):.1f} hours each" in readme


def test_the_papers_step(readme):
    flops = step_flops(Architecture(size=64, filters=64), batch_size=16)
    assert f"{flops / 1e9:.0f} GFLOP each" in readme


def test_the_benchmark(readme, repository):
    found = read_json(repository / "docs" / "bench.json")
    cases = [case for case in found["cases"] if case["step"] == "ours bf16"]
    rows = re.findall(r"\| (\d+)x\d+ \| (\d+) \| ([\d.]+) \| (\d+) % \|", readme)
    assert rows == [
        (str(case["size"]), str(case["filters"]), f"{case['ratio']:.1f}", f"{100 * case['of_ceiling']:.0f}")
        for case in cases
    ]


def test_the_soonest_faces_that_differ(readme, repository):
    trials = read_json(repository / "docs" / "time-to-quality.json").values()
    reached = [trial for trial in trials if trial["reached"] and trial["config"]["architecture"]["size"] == 32]
    first = min(reached, key=lambda trial: trial["reached"]["seconds"])
    config = TrainingConfig.from_json(first["config"])
    shape = f"--filters {config.architecture.filters} --hidden {config.architecture.hidden}"
    assert f"train --data lfw --size 32 {shape} --lambda-k {config.lambda_k:g} --steps 5000" in readme
    assert config.architecture.latent == config.architecture.hidden  # as the command has it, and all the rest
    asked = replace(config, steps=5000, lambda_k=0.001, architecture=Architecture(size=32))
    assert asked == TrainingConfig(data="lfw", architecture=Architecture(size=32), steps=5000)
    assert first["reached"]["step"] < 5000


def test_every_notebook_has_its_row(readme, repository):
    rows = re.findall(r"\| \[[^\]]*\]\(notebooks/(\w+)\.ipynb\)", readme)
    assert sorted(rows) == [path.stem for path in sorted((repository / "notebooks").glob("[0-9]*.ipynb"))]


def test_the_memory_of_the_largest_and_the_steps_of_a_gpu(readme, repository):
    shape = Architecture(size=128, filters=128)
    bf16, fp32 = (step_memory(shape, 16, precision) / 2**30 for precision in ("bf16", "fp32"))
    rows = read_json(repository / "docs" / "bench-gpu.json")["cases"]
    found = {(row["size"], row["filters"], row["batch_size"], row["step"]): row for row in rows}
    own, full = (found[128, 128, 16, f"ours {kind}"]["peak_bytes"] / 2**30 for kind in ("bf16", "fp32"))
    told = (
        f"a step is estimated to hold {bf16:.1f} GiB in bf16 and {fp32:.1f} in fp32 (it held {own:.1f} and {full:.1f})"
    )
    assert told in readme
    for shape, sentence in (
        ((64, 64, 16), "the bare step came to {:.0f} a second in place of {:.0f}"),
        ((128, 128, 16), "as its figure 2, to {:.0f} in place of {:.0f}"),
    ):
        rates = (found[*shape, step]["steps_per_second"] for step in ("ours bf16, CUDA graph", "ours bf16"))
        assert sentence.format(*rates) in readme
