"""Findings over seeds: read from what the experiments measured, and judged by one rule of each claim."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from began_lib.data.pixels import save_picture
from began_lib.figures.over_seeds import file_name
from began_lib.machine.storage import read_object, write_json
from tools.experiments import arms
from tools.experiments.__main__ import config_of
from tools.results import feedback, long, over_seeds, rank, rates, simultaneous, sweep, sweep_64, unbalanced
from tools.results.over_seeds import Runs, all_above

SMALLER = "supported at smaller scale"


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write runs of all claims with three seeds and numbers that hold them all up.

    It gives a function that writes them, with other numbers for the arms or for the runs that it is given by name.
    """
    path, pictures = tmp_path / "experiments.json", tmp_path / "experiments"
    monkeypatch.setattr(over_seeds, "PATH", path)
    for module in (feedback, rates, sweep, sweep_64, unbalanced):
        monkeypatch.setattr(module, "PICTURES", pictures)
    for module in (rates, sweep, sweep_64):
        monkeypatch.setattr(module, "PATH", path)
    monkeypatch.setattr(Runs.read.__func__, "__defaults__", (path,))

    def write(seeds=(0, 1, 2), **changes):
        runs = {}
        for name in arms.chosen(["figure 3", "figure 3, 64x64", "figure 6", "rates", "energy", "control", "long"]):
            arm = arms.ARMS[name]
            for seed in seeds:
                if arm.question in ("energy", "figure 3, 64x64", "rates") and seed == 2:
                    continue  # fewer than the control has
                label, rise = f"{name}, seed {seed}", (arm.config.gamma - 0.5) / 10  # 0 in figure 6
                row = {
                    "steps": arm.config.steps,
                    "fid": [400.0 + seed - 1000 * rise, 0, 0],
                    "kid": [9.0, 0, 0],
                    "ratio": arm.config.gamma,
                    "k": 0.1 + rise,
                }
                row |= {"diversity": 0.3 + rise, "grain_beyond": 0.03 + rise, "face_rate": [0.9, 0, 0]}
                row |= {name: [0.2 + rise, 0, 0] for name in ("precision", "recall", "coverage")}
                # Between neighbours seeds differ as much as γ does: only seed by seed is diversity in order.
                row |= {"averaged_diversity": 0.3 + rise + seed / 100, "averaged_precision": [0.2 - rise, 0, 0]}
                row |= {f"averaged_{name}": row[name] for name in ("recall", "coverage", "face_rate")}
                row |= {"averaged_fid": row["fid"], "m_global": 0.12, "closest_pair": 0.1 + rise}
                row |= {"averaged_closest_pair": row["closest_pair"]}
                row |= changes.get(name, {}) | changes.get(label, {})
                config = arm.config.as_json() | {"seed": seed}
                common = {"name": name, "question": arm.question, "seed": seed, "diverged": "", "config": config}
                course = {"m_global": [0.3, 0.3, 0.25, 0.2, 0.14, row["m_global"]]}
                course |= row.pop("course", {})
                marks = {"end": row}
                if arm.question == "figure 3":
                    marks["first"] = {**row, "steps": sweep.FIRST_JUDGED} | row.pop("first", {})
                if "halfway" in row:
                    marks["halfway"] = {**row, "steps": arm.config.steps // 2, **row.pop("halfway")}
                runs[label] = {**common, "marks": marks, "course": course}
                for ending in ("", "-averaged") if arm.config.questions.ema else ("",):
                    file = pictures / f"{file_name(name, seed)}{ending}.jpg"
                    save_picture(file, np.full((66, 270, 3), 90, np.uint8))
        floor = {part: {"diversity": 0.5, "face_rate": [0.95, 0, 0]} for part in ("held out", "photographs")}
        floors = {"lfw": floor, "lfw, 64x64": floor, "faces": floor}
        path.write_text(json.dumps({"floors": floors, "runs": runs}))

    return write


def test_what_was_measured_is_of_the_arms_as_they_are():
    found = read_object(over_seeds.PATH)
    for run in found["runs"].values():
        config = config_of(run["name"], run["seed"], None, found)
        assert run["config"] == config.as_json() and not run["diverged"]
        assert not any("process_peak_mb" in row for row in run["marks"].values())


def test_both_runs_at_the_highest_rate_collapsed_as_the_row_of_learning_at_once_says():
    runs, photographs = Runs.read("rates"), read_object(over_seeds.PATH)["floors"]["lfw"]["photographs"]["diversity"]
    ends = runs.values("rate 2e-3", "diversity")
    assert len(ends) == 2 and max(ends) < rates.ALIKE * photographs


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


def test_no_face_in_samples_is_no_meaningful_result(measured, tmp_path):
    measured(**{"starved G, seed 1": {"face_rate": [0.86, 0, 0]}})
    assert unbalanced.equilibrium(tmp_path).verdict == SMALLER, "0.95 of the held-out pictures have one"
    measured(**{"starved G, seed 1": {"face_rate": [0.84, 0, 0]}})
    found = unbalanced.equilibrium(tmp_path)
    assert found.verdict == "supported in direction" and not found.checks[-1].holds
    measured(**{"starved G, seed 1": {"diversity": 0.24}})
    assert not unbalanced.equilibrium(tmp_path).checks[-2].holds, "under half of 0.5"


def test_every_run_of_a_whole_set_counts(measured, monkeypatch):
    along = [SimpleNamespace(seed=0, along=lambda measure: np.array([0.4, 0.3]))]
    monkeypatch.setattr(long.Long, "all", lambda runs: along)
    measured()
    check = simultaneous._of_whole_sets()
    assert check.holds and "figure 3 over seeds (9): 56%" in check.found and "every mark (1): 60%" in check.found
    measured(**{"γ = 0.3, 64x64, seed 1": {"diversity": 0.25}})
    assert not simultaneous._of_whole_sets().holds, "one of them at half"
    measured()
    along[0].along = lambda measure: np.array([0.25, 0.3])
    assert not simultaneous._of_whole_sets().holds, "or a long one, at one mark"


def test_the_closest_pair_turns_no_verdict(measured, tmp_path, monkeypatch):
    for module in (sweep, sweep_64):
        monkeypatch.setattr(module, "save", lambda *_: "")
    measured(**{"γ = 0.7, seed 1": {"averaged_closest_pair": 0.08}, "γ = 0.7, 64x64, seed 1": {"closest_pair": 0.08}})
    for found in (sweep.over_seeds(tmp_path), sweep_64.variety(tmp_path)):
        (pair,) = (check for check in found.further if "closest pair" in check.needs)
        assert not pair.holds and "seeds" in pair.found and found.verdict == SMALLER


def test_figure_3_is_judged_over_seeds(measured, tmp_path):
    measured()
    found = sweep.over_seeds(tmp_path)
    assert found.verdict == SMALLER and all(check.holds for check in found.further)
    core, *_, kept = found.checks
    assert core.found.startswith("γ = 0.3: 0.280, 0.290, 0.300<br>γ = 0.5: 0.300") and "no probability" in core.reason
    in_order = found.checks[1]
    assert in_order.found == "in order in 3 of 3 seeds<br>γ = 0.3 to 0.5: +0.020, +0.020, +0.020<br>" + (
        "γ = 0.5 to 0.7: +0.020, +0.020, +0.020"
    )
    assert "once in 216" in in_order.reason
    assert found.told == f"{SMALLER}, a check set afterwards"
    assert "would have read *supported* there, in order in 3 of 3 seeds, and would now read *supported*" in found.moved
    assert kept.found == "56%, 58%, 60%"
    assert found.checks[4].found.startswith("γ = 0.3: 1.2"), "0.01 of 2 is 1.275 of 255 grey levels"
    assert found.part.startswith("4.2, figure 3") and "seeds 0, 1 and 2 of each arm" in found.made_of


def test_figure_3_shows_images_of_both_weights(measured, tmp_path, monkeypatch):
    measured()
    opened = []
    monkeypatch.setattr(over_seeds.Image, "open", lambda path: opened.append(path.name) or np.zeros((2, 8, 3)))
    sweep.over_seeds(tmp_path)
    assert opened[:2] + opened[3:4] == ["gamma-0.3-s0.jpg", "gamma-0.3-s1.jpg", "gamma-0.3-s0-averaged.jpg"]
    assert len(opened) == 18 and (tmp_path / "figure-3-seeds.jpg").exists()


@pytest.mark.parametrize(
    ("run", "numbers", "verdict"),
    [
        ("γ = 0.5, seed 1", {"averaged_diversity": 0.28}, "supported in direction"),  # below the 0.29 of its γ = 0.3
        ("γ = 0.5, seed 1", {"averaged_diversity": 0.29}, "supported in direction"),  # a tie is no rise
        ("γ = 0.7, seed 2", {"averaged_diversity": 0.31}, "supported in direction"),  # above all of γ = 0.3
        ("γ = 0.7, seed 2", {"averaged_diversity": 0.3}, "contradicted"),
        ("γ = 0.7, seed 2", {"diversity": 0.1}, SMALLER),  # of one moment: beyond the claim
        ("γ = 0.7, seed 0", {"ratio": 0.59}, "supported in direction"),
        ("γ = 0.5, seed 0", {"k": 0.2}, "supported in direction"),
        ("γ = 0.7, seed 1", {"grain_beyond": 0.009}, "supported in direction"),  # the 0.01 of γ = 0.3
        ("γ = 0.3, seed 0", {"averaged_diversity": 0.24}, "supported in direction"),  # under half of 0.5
        ("γ = 0.3, seed 0", {"averaged_diversity": 0.25}, SMALLER),
    ],
)
def test_one_seed_can_turn_the_verdict_on_figure_3(measured, tmp_path, monkeypatch, run, numbers, verdict):
    monkeypatch.setattr(sweep, "save", lambda *_: "")  # drawing takes a second
    measured(**{run: numbers})
    assert sweep.over_seeds(tmp_path).verdict == verdict


def test_figure_3_says_in_how_many_seeds_one_moment_is_in_order(measured, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "save", lambda *_: "")
    measured(**{"γ = 0.7, seed 2": {"diversity": 0.1}})
    of_g = sweep.over_seeds(tmp_path).further[1]
    assert not of_g.holds and of_g.found.endswith("in order in 2 of 3 seeds")


def test_figure_3_tells_what_was_so_where_it_was_judged_first(measured, tmp_path, monkeypatch):
    monkeypatch.setattr(sweep, "save", lambda *_: "")
    measured(**{"γ = 0.7, seed 1": {"first": {"averaged_diversity": 0.3}}})
    found = sweep.over_seeds(tmp_path)
    first = found.further[0]
    assert found.verdict == SMALLER and not first.holds, "it turns no verdict"
    assert "read *contradicted* there, in order in 2 of 3 seeds, and would now read *supported*" in found.moved
    assert first.needs.startswith("at 20,000 steps") and first.found.endswith("in order in 2 of 3 seeds")


def test_figure_3_waits_for_runs_to_end(measured, tmp_path):
    measured(**{"γ = 0.7, seed 1": {"steps": 10_000}})
    with pytest.raises(ValueError, match=r"γ = 0\.7, seed 1 has no measurement at step 50,000: it is not done yet"):
        sweep.over_seeds(tmp_path)


@pytest.mark.parametrize(
    ("run", "numbers", "verdict"),
    [
        ("γ = 0.5, 64x64, seed 1", {}, SMALLER),
        ("γ = 0.7, 64x64, seed 1", {"diversity": 0.27}, "contradicted"),  # below γ = 0.3
        ("γ = 0.7, 64x64, seed 1", {"diversity": 0.31, "halfway": {"diversity": 0.33}}, SMALLER),  # 0.32, its usual
        # Further along one run than from the lowest γ to the highest, which are 0.04 apart: nothing is told.
        ("γ = 0.7, 64x64, seed 1", {"diversity": 0.29, "halfway": {"diversity": 0.35}}, "not testable at this scale"),
        ("γ = 0.5, 64x64, seed 0", {"diversity": 0.33}, "supported in direction"),  # above 0.7's
        ("γ = 0.3, 64x64, seed 0", {"diversity": 0.24}, "supported in direction"),  # under half of 0.5
    ],
)
def test_figure_3_at_the_papers_size_is_judged_over_the_second_half(
    measured, tmp_path, monkeypatch, run, numbers, verdict
):
    monkeypatch.setattr(sweep_64, "save", lambda *_: "")
    measured(**{run: numbers})
    found = sweep_64.variety(tmp_path)
    assert found.verdict == verdict and "one time in 3" in found.checks[0].reason
    assert "seeds 0 and 1 of each arm" in found.made_of


@pytest.mark.parametrize(
    ("run", "numbers", "which", "verdict"),
    [
        ("γ = 0.5, 64x64, seed 1", {}, None, "supported in direction"),  # two seeds
        ("γ = 0.7, 64x64, seed 1", {"grain_beyond": 0.009}, 0, "contradicted"),
        ("γ = 0.3, 64x64, seed 0", {"ratio": 0.41}, 1, "supported in direction"),
        ("γ = 0.5, 64x64, seed 0", {"k": 0.2}, 2, "supported in direction"),
    ],
)
def test_artifacts_at_the_papers_size_are_judged_at_the_end(measured, tmp_path, run, numbers, which, verdict):
    measured(**{run: numbers})
    found = sweep_64.artifacts(tmp_path)
    assert found.verdict == verdict and [check.holds for check in found.checks] == [it != which for it in range(3)]


@pytest.fixture
def long_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a long run whose numbers fall along its steps, with the rows of some steps changed."""
    path = tmp_path / "experiments.json"
    monkeypatch.setattr(long, "PATH", path)
    monkeypatch.setattr(long, "save", lambda *_: "")
    monkeypatch.setattr(Runs.read.__func__, "__defaults__", (path,))

    def write(**changes):
        marks = {}
        for step in range(5_000, 205_000, 5_000):
            fid = [50 + 1e5 / step, 50 + 1e5 / step - 0.1, 50 + 1e5 / step + 0.1]
            row = {"steps": step, "m_global": 0.1 + 100 / step, "learning_rate": 1e-4 if step < 60_000 else 5e-5}
            row |= {"fid": fid, "averaged_fid": fid, "face_rate": [1, 1, 1], "averaged_coverage": [0, 0, 0]}
            marks[f"step-{step}"] = row | {"diversity": 0.4, "sharpness": 1.0} | changes.get(f"at_{step}", {})
        arm = arms.ARMS["long"]
        course = {"m_global": [0.2, 0.1], "learning_rate": [1e-4, 5e-5]}
        run = {"name": "long", "question": "long", "seed": 0, "config": arm.config.as_json(), "course": course}
        run["diverged"] = ""
        floors = {"lfw": {"photographs": {"diversity": 0.5}}}
        path.write_text(json.dumps({"floors": floors, "runs": {"long, seed 0": run | {"marks": marks}}}))

    return write


def test_a_long_run_is_one_run(long_run, tmp_path):
    long_run()
    found = long.convergence(tmp_path)
    assert found.verdict == "supported in direction" and found.reservation == "One run."
    assert all(check.holds for check in (*found.checks, *found.further[1:])), "its images get better, with no collapse"
    assert "seed 0. Measured every 5,000 steps" in found.made_of
    assert not found.further[0].holds, "the number of steps is in the same order"
    assert found.further[2].found == "5.0e-05 by step 60,000"


def test_a_long_run_is_judged_by_its_images(long_run, tmp_path):
    long_run(at_100000={"diversity": 0.12}, at_5000={"m_global": 0.09})
    found = long.convergence(tmp_path)
    assert not found.further[3].holds and found.checks[0].found.startswith("M_global 0.090 to 0.101")
    assert found.verdict == "contradicted", "M_global ends above where it began"
    long_run(at_200000={"averaged_fid": [56.0, 54.0, 58.0]})
    assert not long.convergence(tmp_path).further[1].holds, "the interval reaches that of 100,000 steps"


def test_a_second_run_that_was_stopped_is_judged_as_far_as_it_came(long_run, tmp_path):
    long_run()
    whole = long.convergence(tmp_path)
    found = read_object(long.PATH)
    other = json.loads(json.dumps(found["runs"]["long, seed 0"])) | {"seed": 1}
    other["marks"] = {mark: row for mark, row in other["marks"].items() if row["steps"] <= 150_000}
    found["runs"]["long, seed 1"] = other
    write_json(long.PATH, found)
    with pytest.raises(ValueError, match="long, seed 1 has no measurement at step 200,000: it is not done yet"):
        long.convergence(tmp_path)
    other["stopped"] = {"steps": 150_000, "why": "out of time"}
    write_json(long.PATH, found)
    both = long.convergence(tmp_path)
    assert "seeds 0 and 1; that of seed 1 was stopped at step 150,000 (out of time), its end" in both.made_of
    assert both.reservation == "2 runs, one of them cut short." and "no more than the number of steps" in both.remark
    assert [c.holds for c in both.checks] == [c.holds for c in whole.checks]
    assert both.checks[0].found.startswith("seed 0: M_global 0.120 to 0.101") and "<br>seed 1: " in both.checks[0].found
    assert "at 50,000, 100,000, 150,000: FID 52 (52 to 52), 51" in both.further[1].found
    other["marks"]["step-100000"]["diversity"] = 0.12
    write_json(long.PATH, found)
    assert not long.convergence(tmp_path).further[3].holds, "one of two that collapses is enough"
    assert long.final_state(tmp_path).verdict == "supported in direction"
    for mark in ("step-145000", "step-150000"):
        other["marks"][mark]["averaged_fid"] = [40.0, 39.0, 41.0]
    write_json(long.PATH, found)
    of_both = long.final_state(tmp_path)
    assert of_both.verdict == "contradicted", "in one of two"
    for mark, step in (("step-100000", "100,000"), ("step-50000", "50,000")):
        del other["marks"][mark]
        write_json(long.PATH, found)
        with pytest.raises(ValueError, match=f"long, seed 1 has no measurement at step {step}: it is not done yet"):
            long.convergence(tmp_path)


def test_a_rest_is_where_m_global_changes_no_more(long_run, tmp_path):
    long_run()
    found = long.final_state(tmp_path)
    assert found.verdict == "supported in direction" and "from step 40,000 on M_global 0.1025" in found.checks[0].found
    assert found.checks[1].holds, "FID is within 5 % of its end from step 40,000 on, and no rest begins before"
    long_run(at_200000={"averaged_fid": [40.0, 39.0, 41.0]})
    assert long.final_state(tmp_path).verdict == "contradicted"
    long_run(at_150000={"averaged_fid": [40.0, 39.0, 41.0]})
    found = long.final_state(tmp_path)
    assert [check.holds for check in found.checks] == [True, False], "at the end it rests, and did not at 150,000"
    assert found.verdict == "not testable at this scale" and "only when a run is over" in found.untestable
    long_run(at_200000={"m_global": 0.2})
    assert long.final_state(tmp_path).verdict == "not testable at this scale"


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ({"averaged_fid": [900.0, 0, 0]}, "supported in direction"),  # all holds, but for seeds and other losses
        ({"averaged_fid": [500.0, 0, 0]}, "supported in direction"),  # not greatly
        ({"averaged_fid": [400.5, 0, 0]}, "contradicted"),  # below the control's seed 1
        ({"averaged_fid": [900.0, 0, 0], "averaged_diversity": 0.12}, "not testable at this scale"),  # one picture
    ],
)
def test_pixel_level_feedback_is_judged_beside_the_control_s_seeds(measured, tmp_path, monkeypatch, numbers, verdict):
    measured(**{feedback.WITHOUT: numbers})
    found = feedback.feedback(tmp_path)
    assert found.verdict == verdict and found.checks[1].holds == (numbers["averaged_fid"][0] > 800)
    assert found.checks[0].found.startswith("control: 400, 401<br>"), "seed 2, which the question lacks, stays out"
    assert (tmp_path / "section-5.jpg").exists() and found.reservation == "2 seeds."
    assert ("One loss without a decoder" in found.untestable) == ("averaged_diversity" in numbers)
    of_dcgan = found.checks[2]
    assert not of_dcgan.holds and of_dcgan.found == "after 160,000 images: began 77 and 75, dcgan 46 and 46"
    monkeypatch.setattr(rank, "ahead", lambda rows, first, second: False)
    assert feedback.feedback(tmp_path).checks[2].holds


@pytest.mark.parametrize(
    ("run", "numbers", "verdict"),
    [
        ("rate 2e-3, seed 1", {"diversity": 0.12}, "supported in direction"),  # under a quarter of 0.5: a collapse
        ("rate 2e-3, seed 1", {"diversity": 0.13}, "not testable at this scale"),  # nothing to be cured
        ("rate 5e-4, seed 0", {"grain_beyond": 0.039}, "supported in direction"),  # 0.03 and a grey level: artifacts
        ("rate 5e-4, seed 0", {"grain_beyond": 0.037}, "not testable at this scale"),
        ("rate 2e-4, seed 0", {"diversity": 0.12}, "not testable at this scale"),  # at the lowered rate alone
        ("λ_k 1e-2, seed 0", {"diversity": 0.12}, "not testable at this scale"),  # no rate of D's and G's
    ],
)
def test_trouble_in_one_run_at_a_high_rate_is_enough(measured, tmp_path, monkeypatch, run, numbers, verdict):
    monkeypatch.setattr(rates, "save", lambda *_: "")
    measured(**{run: numbers})
    assert rates.rates(tmp_path).verdict == verdict


def test_trouble_at_the_lowered_rate_contradicts_the_cure(measured, tmp_path, monkeypatch):
    monkeypatch.setattr(rates, "save", lambda *_: "")
    measured(**{"rate 2e-3": {"diversity": 0.1}, "rate 2e-4, seed 1": {"grain_beyond": 0.5}})
    found = rates.rates(tmp_path)
    assert found.verdict == "contradicted" and "rate 2e-4: none (60%), artifacts (60%)" in found.checks[0].found


@pytest.mark.parametrize(
    ("collapsed", "shows"),
    [
        ({"diversity": 0.1, "m_global": 0.11}, False),  # below the healthy 0.12
        ({"diversity": 0.1, "m_global": 0.12}, False),  # a tie is not above
        ({"diversity": 0.1, "m_global": 0.13}, True),  # above
        ({"diversity": 0.3, "m_global": 0.25}, True),  # no collapse
    ],
)
def test_a_collapse_at_a_high_rate_should_show_in_m_global(measured, tmp_path, collapsed, shows):
    measured(**{"rate 2e-3": collapsed})
    found = rates.collapse_at_a_high_rate(tmp_path)
    assert found.checks[0].holds == shows and found.verdict == "not testable at this scale", "thought of afterwards"
    assert ("have not all collapsed" in found.untestable) == (collapsed["diversity"] == 0.3)


@pytest.mark.parametrize(("last", "shows"), [(0.11, True), (0.1, False)])
def test_a_rise_to_its_end_shows_a_collapse_even_below_the_healthy_runs(measured, tmp_path, last, shows):
    course = {"m_global": [0.3, 0.3, 0.25, 0.2, 0.1, last]}
    measured(**{"rate 2e-3": {"diversity": 0.1, "m_global": last, "course": course}})
    assert rates.collapse_at_a_high_rate(tmp_path).checks[0].holds == shows
