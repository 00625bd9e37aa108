"""Findings over seeds: read from what the experiments measured, and judged by one rule of each claim."""

import json
from pathlib import Path

import numpy as np
import pytest

from began_lib.data.pixels import save_picture
from began_lib.machine.storage import read_object
from tools.experiments import claims
from tools.experiments.__main__ import config_of
from tools.experiments.arms import file_name
from tools.results import over_seeds, unbalanced
from tools.results.over_seeds import Runs, all_above

SMALLER = "supported at smaller scale"


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write runs of all claims with three seeds and numbers that hold them all up; a function changes some of them."""
    path, pictures = tmp_path / "experiments.json", tmp_path / "experiments"
    monkeypatch.setattr(over_seeds, "PATH", path)
    monkeypatch.setattr(unbalanced, "PICTURES", pictures)
    monkeypatch.setattr(Runs.read.__func__, "__defaults__", (path,))

    def write(seeds=(0, 1, 2), **changes):
        runs = {}
        for name, arm in claims.ARMS.items():
            for seed in seeds:
                row = {
                    "steps": arm.config.steps,
                    "fid": [400.0 + seed, 0, 0],
                    "kid": [9.0, 0, 0],
                    "ratio": 0.5,
                    "k": 0.1,
                }
                row |= {"diversity": 0.3, "grain_beyond": 0.01, "face_rate": [0.9, 0, 0]}
                row |= {name: [0.2, 0, 0] for name in ("precision", "recall", "coverage")}
                row |= changes.get(name, {})
                config = arm.config.as_json() | {"seed": seed}
                common = {"name": name, "question": arm.question, "seed": seed, "diverged": "", "config": config}
                runs[f"{name}, seed {seed}"] = {**common, "marks": {"end": row}}
                save_picture(pictures / f"{file_name(name, seed)}.jpg", np.full((66, 270, 3), 90, np.uint8))
        path.write_text(json.dumps({"runs": runs}))

    return write


def test_what_was_measured_is_of_the_arms_as_they_are():
    found = read_object(over_seeds.PATH)
    for run in found["runs"].values():
        config = config_of(run["name"], run["seed"], None, found)
        assert run["config"] == config.as_json() and not run["diverged"]
        assert "process_peak_mb" not in run["marks"]["step-20000"]


def test_above_means_every_seed():
    assert all_above([2.1, 3.0], [1.0, 2.0]) and not all_above([2.0, 3.0], [1.0, 2.0])


def test_runs_are_read_in_the_order_of_their_seeds_and_change_their_digest(measured):
    measured()
    before = Runs.read("figure 6")
    assert before.seeds == 3 and before.names[0] == "balanced" and before.values("balanced", "fid") == [400, 401, 402]
    assert before.words("ratio", ".1f", ("k = 0",)) == "k = 0: 0.5, 0.5, 0.5" and "three" not in before.made_of()
    measured(**{"k = 0": {"ratio": 0.1}})
    assert Runs.read("figure 6").digest != before.digest


def test_too_few_seeds_and_unfinished_runs_are_refused(measured):
    measured(seeds=(0,))
    with pytest.raises(ValueError, match="at least 2, of each arm"):
        Runs.read("figure 6")
    measured(**{"balanced": {"steps": 10}})
    with pytest.raises(ValueError, match="balanced, seed 0 has no measurement at step 20,000: it is not done yet"):
        Runs.read("figure 6").ends("balanced")


def test_a_ratio_that_strays_along_the_way_is_no_equilibrium_that_is_kept(measured, tmp_path):
    measured()
    found = unbalanced.equilibrium(tmp_path)
    assert found.verdict == SMALLER
    runs = read_object(over_seeds.PATH)
    for ratio, verdict in ((0.41, SMALLER), (0.39, "supported in direction")):
        run = runs["runs"]["starved G, seed 1"]
        run["marks"]["before"] = {**run["marks"]["end"], "steps": 5_000, "ratio": ratio}
        over_seeds.PATH.write_text(json.dumps(runs))
        assert unbalanced.equilibrium(tmp_path).verdict == verdict


def test_figure_6_is_judged_over_seeds(measured, tmp_path):
    measured(**{"starved D": {"fid": [500.0, 0, 0]}, "k = 0": {"diversity": 0.01, "ratio": 0.1}})
    assert unbalanced.quality(tmp_path).verdict == unbalanced.equilibrium(tmp_path).verdict == SMALLER
    assert (
        all(check.holds for check in unbalanced.equilibrium(tmp_path).further) and (tmp_path / "figure-6.jpg").exists()
    )
    measured(seeds=(0, 1), **{"starved D": {"fid": [500.0, 0, 0]}})
    found = unbalanced.quality(tmp_path)
    assert found.verdict == "not testable at this scale" and "one time in 3" in found.untestable
    measured(**{"starved D": {"fid": [401.5, 0, 0], "recall": [0.1, 0, 0], "coverage": [0.3, 0, 0]}})
    found = unbalanced.quality(tmp_path)
    assert found.verdict == "not testable at this scale"
    assert "coverage put every seed of the starved D first; recall put every seed of the balanced pair" in (
        found.untestable
    )
    measured(**{"starved D": {"fid": [399.0, 0, 0]}, "starved G": {"ratio": 0.7}})
    assert unbalanced.quality(tmp_path).verdict == unbalanced.equilibrium(tmp_path).verdict == "contradicted"
    measured(**{"starved D": {"fid": [500.0, 0, 0]}, "starved G": {"diversity": 0.2, "k": 0.0}})
    assert unbalanced.quality(tmp_path).verdict == unbalanced.equilibrium(tmp_path).verdict == "supported in direction"
