"""Figure 5: where the pictures are tied, and what is refused; the V, and what M_global is compared with."""

import io

import numpy as np
import pytest

from began_lib.figures import convergence as figures
from began_lib.figures.convergence import pinned_figure
from began_lib.panels.convergence import ConvergencePanel
from began_lib.training.history import History
from tests.figures.falling import HISTORY, PICTURES, STEPS


def test_each_grid_is_tied_to_its_step_on_the_curve():
    figure = pinned_figure(HISTORY, PICTURES)
    grids, (axes,) = (part.axes for part in figure.subfigs)
    assert [grid.get_title() for grid in grids] == ["100", "200", "400"]
    tied = [note.xy for note in axes.texts]
    assert [step for step, _ in tied] == [100, 200, 400]
    for step, height in tied:
        # The mean of the 10 steps that end there, on a line from 1 to 0.2: half a window above its end.
        assert height == pytest.approx(1.0 - 0.8 * (step - 1 - 4.5) / (STEPS - 1), abs=1e-5)
    figure.savefig(io.BytesIO(), format="png")  # constrained layout and the ties between two parts do draw


def test_a_run_that_ended_in_nan_is_shown_as_far_as_it_is():
    for first_nan in (300, 0):
        broken = History()
        rows = HISTORY.steps().copy()
        rows[first_nan:, :4] = np.nan
        broken.append(rows)
        figure = pinned_figure(broken, PICTURES)
        figure.savefig(io.BytesIO(), format="png")
        low, high = figure.subfigs[1].axes[0].get_ylim()
        assert low == 0 < high and (high > 1) == (first_nan == 300)  # M_global falls from 1
        assert ConvergencePanel(broken, PICTURES).render()


def test_runs_shorter_than_their_means_are_refused():
    short = History()
    short.append(HISTORY.steps()[:10])
    with pytest.raises(ValueError, match="found a run of 10 steps: expected more than the 10"):
        figures.short_runs({"one": [HISTORY, short]}, 0.5)


def test_refusals():
    for wrong in ({}, {401: PICTURES[100]}, {0: PICTURES[100]}):
        with pytest.raises(ValueError, match=r"expected (pictures of at least one|steps of the history, 1 to 400)"):
            pinned_figure(HISTORY, wrong)


@pytest.fixture
def drawn(monkeypatch) -> list:
    """The figures that were shown, as matplotlib has them, with their alt texts."""
    kept = []
    show = figures.show_figure
    monkeypatch.setattr(
        figures, "show_figure", lambda figure, alt, *more: kept.append((figure, alt)) or show(figure, alt)
    )
    return kept


def test_the_v_has_its_corner_at_gamma_and_its_left_arm_ends_at_one_and_gamma(drawn):
    figures.v_shape((0.3, 0.7))
    curve, end = drawn[0][0].axes[0].lines[2:4]
    q, height = curve.get_data()
    assert q[np.argmin(height)] == pytest.approx(0.7, abs=0.005)  # the step of q
    assert height[0] == pytest.approx(1.7) and end.get_xydata().tolist() == [[0, 1.7]]


def test_figure_5_ties_nine_faces_to_each_step(drawn):
    image = figures.figure_5(HISTORY, PICTURES, "flat pictures")
    assert (
        image.metadata["alt"]
        == "M_global of flat pictures over the steps; above it nine faces after 100, 200, 400 steps."
    )


def test_short_runs_have_a_line_for_each_seed_and_a_label_for_each_arm(drawn):
    figures.short_runs({"as usual": [HISTORY, HISTORY], "G frozen": [HISTORY]}, 0.5)
    figure, alt = drawn[0]
    assert [len(axes.lines) for axes in figure.axes] == [3, 3, 4]
    np.testing.assert_allclose(figure.axes[2].lines[0].get_ydata(), 0.5, rtol=1e-5)
    assert "as usual, G frozen" in alt
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["as usual", "G frozen", "γ"]


def test_quality_stands_over_each_measure_with_their_rank_correlation(drawn):
    measures = {"own": np.array([3.0, 2.0, 1.0]), "unrelated": np.array([1.0, 2.0, 3.0])}
    figures.with_quality(measures, {"FID": np.array([9.0, 8.0, 7.0])}, (100, 200, 400))
    own, unrelated = drawn[0][0].axes[:2]
    assert own.get_title() == "rank correlation +1.00" and unrelated.get_title() == "rank correlation -1.00"
    assert (own.get_xlabel(), own.get_ylabel()) == ("own", "FID")
    figures.with_quality({"own": measures["own"]}, {"FID": np.array([9.0, 8.0, 7.0])}, (100, 200, 400))
    assert drawn[1][0].axes[0].get_title() == own.get_title()


def test_after_the_break_each_signal_is_named_with_its_end(drawn):
    steps = np.arange(-1000.0, 801.0)
    signals = {name: np.full_like(steps, level) for name, level in (("M_global", 1.2), ("ratio", 0.3))}
    figures.after_the_break(steps, signals, {0: 1.0, 100: 0.3})
    figure, alt = drawn[0]
    assert alt.endswith("M_global 1.20, ratio 0.30.")
    assert figure.axes[0].lines[2].get_xydata().tolist() == [[0, 1.0], [100, 0.3]]


def test_fid_stands_below_the_course_with_a_line_where_the_rate_was_halved(drawn):
    rows = {
        f"step-{step}": {
            "steps": step,
            "averaged_fid": [fid, fid - 1, fid + 1],
            "fid": [fid + 2, fid, fid + 4],
        }
        for step, fid in ((30, 40.0), (10, 90.0), (20, 60.0))
    }
    course = {"m_global": [0.3, 0.25, 0.2, 0.19, 0.18, 0.17], "learning_rate": [1e-4] * 3 + [5e-5] * 3}
    figures.with_fid([{"marks": rows, "course": course}], window=5)
    figure, alt = drawn[0]
    upper, lower = figure.axes
    assert alt == "M_global along 30 steps, and FID at 3 of them."
    assert upper.lines[0].get_xdata().tolist() == [5, 10, 15, 20, 25, 30]
    assert [line.get_xydata().tolist() for line in lower.lines[:2]] == [
        [[10, 90], [20, 60], [30, 40]],
        [[10, 92], [20, 62], [30, 42]],
    ]
    assert [list(axes.lines[-1].get_xdata()) for axes in (upper, lower)] == [[15, 15]] * 2
    short = {mark: row for mark, row in rows.items() if row["steps"] < 30}
    each = [{"seed": seed, "marks": marks, "course": course} for seed, marks in enumerate((rows, short))]
    figures.with_fid(each, window=5)
    figure, alt = drawn[1]
    assert alt == "M_global along 30 steps, and FID at 3 of them; along 20 steps, and FID at 2 of them."
    upper, lower = figure.axes
    names = [text.get_text() for text in lower.get_legend().get_texts()]
    assert names[0] == "G's averaged weights, seed 0" and names[3] == "G at that step, seed 1"
    assert [line.get_alpha() for line in upper.lines[:2]] == [1.0, 0.4], "the second is pale"
    assert len(upper.lines) == 3, "one dashed line: where the first one's rate was lowered"
