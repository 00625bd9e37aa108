"""Figures and tables of measurements over seeds: which rows they take, and numbers by hand."""

import pytest

from began_lib.figures import over_seeds as figures
from tests.figures.test_objective import is_shown


def run_of(name: str, question: str, seed: int, fid: float) -> dict:
    """What is measured of a run at two marks; at the first its FID is worse by 10."""
    plain = {
        "face_rate": 0.9,
        "diversity": 0.3,
        "held_out_loss": 0.07,
        "ratio": 0.5,
        "k": 0.05,
        "kid": [9.0, 8, 10],
        "recall": [0.1, 0, 1],
    }
    rows = [
        {"steps": s, "fid": [f, f - 1, f + 1], "coverage": [0.1, 0, 1], **plain} for s, f in ((5, fid + 10), (9, fid))
    ]
    marks = {f"step-{row['steps']}": row for row in reversed(rows)}
    return {"name": name, "question": question, "seed": seed, "config": {"steps": 9}, "marks": marks}


ARMS = (("balanced", "figure 6"), ("k = 0", "figure 6"), ("γ = 0.3", "figure 3"))
FOUND = {
    "runs": {
        f"{name}, seed {seed}": run_of(name, question, seed, 50.0 + 10 * i + seed)
        for i, (name, question) in enumerate(ARMS)
        for seed in (0, 1)
    }
}


def test_arms_of_one_question_end_at_their_last_mark():
    arms = figures.ends_of(FOUND, "figure 6")
    assert list(arms) == ["balanced", "k = 0"]
    assert [row["fid"][0] for row in arms["k = 0"]] == [60, 61] and {row["steps"] for row in arms["balanced"]} == {9}


def test_a_run_that_did_not_come_to_its_end_is_left_out():
    broken = run_of("new", "figure 6", 0, 50.0)
    del broken["marks"]["step-9"]
    assert "new" not in figures.ends_of({"runs": {**FOUND["runs"], "new, seed 0": broken}}, "figure 6")


def test_the_second_half_of_a_run_begins_at_its_middle():
    run = run_of("new", "figure 6", 0, 50.0)
    assert figures.second_half(run)["fid"] == 55.0 and figures.second_half(run)["k"] == 0.05
    run["marks"]["step-5"]["steps"] = 4  # of 9
    assert figures.second_half(run)["fid"] == 50.0
    assert "sharpness" not in figures.second_half(run), "no mark has it"
    halves = figures.second_halves(FOUND, "figure 6")
    assert list(halves) == ["balanced", "k = 0"] and [row["fid"] for row in halves["k = 0"]] == [65.0, 66.0]
    del run["marks"]["step-9"]
    assert "new" not in figures.second_halves({"runs": {"new, seed 0": run}}, "figure 6")


def test_a_cell_has_the_range_of_the_seeds():
    table = figures.range_table(figures.ends_of(FOUND, "figure 6"), ("fid", "k"))
    assert list(table["FID"]) == ["50 to 51", "60 to 61"] and list(table["k"]) == ["0.050", "0.050"]


def test_what_is_measured_of_averaged_weights_is_told_apart():
    averaged = [name for name in figures.MEASURES if name.startswith("averaged_")]
    assert averaged and all(name.removeprefix("averaged_") in figures.MEASURES for name in averaged)
    rows = {"γ = 0.3": [{"diversity": 0.3, "averaged_diversity": it} for it in (0.25, 0.2612)]}
    table = figures.range_table(rows, ("diversity", "averaged_diversity"))
    assert list(table.columns) == ["diversity", "diversity, averaged G"]
    assert list(table.loc["γ = 0.3"]) == ["0.30", "0.250 to 0.261"]


def test_spreads_are_over_samples_steps_and_trainings():
    assert list(figures.spreads(FOUND, "figure 6", "fid").loc["k = 0"]) == ["1", "10", "1"]


@pytest.mark.parametrize("measures", [("fid",), ("ratio", "k", "fid", "kid", "coverage", "diversity")])
def test_every_seed_is_a_dot(measures):
    shown = figures.dots(figures.ends_of(FOUND, "figure 6"), measures, "balanced", {"ratio": 0.5})
    assert is_shown(shown, "each seed of balanced, k = 0, with a band for the spread of balanced")


def test_a_run_without_a_course_is_named():
    with pytest.raises(ValueError, match="the course of balanced was not kept"):
        figures.courses({"protocol": {"window": 500}, **FOUND}, ["balanced"], "k")


def test_a_course_is_drawn_for_every_seed_at_the_windows_of_the_protocol(monkeypatch):
    runs = [{"name": "slow", "course": {"m_global": [0.3, 0.2 - seed / 10]}} for seed in (0, 1)]
    found = {"protocol": {"window": 500}, "runs": dict(enumerate(runs))}
    drawn = []
    monkeypatch.setattr(figures, "show_figure", lambda figure, words: drawn.append((figure, words)))
    figures.courses(found, ["slow"], "m_global", marked=["slow"])
    (figure, words), *_ = drawn
    lines = figure.axes[0].lines
    assert words == "M_global along each seed of slow." and len(lines) == 2 and lines[0].get_marker() == "o"
    assert lines[1].get_xydata().tolist() == [[500, 0.3], [1000, 0.1]]
