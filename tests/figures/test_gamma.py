"""Figure 3 in numbers: runs by their gamma, and measures over the ratio reached."""

import numpy as np
import pytest

from began_lib.figures import gamma as figures
from tests.figures.falling import HISTORY


@pytest.fixture
def drawn(monkeypatch) -> list:
    """The figures that were shown, as matplotlib has them, with their alt texts."""
    kept = []
    show = figures.show_figure
    monkeypatch.setattr(
        figures, "show_figure", lambda figure, alt, *more: kept.append((figure, alt)) or show(figure, alt)
    )
    return kept


def test_a_larger_gamma_is_lighter_and_the_papers_three_are_far_apart_in_grey_too():
    shades = [figures.shade(gamma)[:3] for gamma in (0.1, 0.3, 0.5, 0.7, 1.0)]
    steps = np.diff(np.array(shades) @ (0.2126, 0.7152, 0.0722))  # luminance of sRGB's primaries
    assert (steps > 0.05).all() and (steps[1:3] > 0.15).all()


def test_short_runs_have_a_line_for_each_seed_and_a_dot_for_each_training(drawn):
    reached, diversity = {0.3: [0.3, 0.31], 0.7: [0.69]}, {0.3: [0.02, 0.03], 0.7: [0.06]}
    image = figures.short_runs({0.3: [HISTORY, HISTORY], 0.7: [HISTORY]}, reached, diversity)
    alt, (left, middle, right) = drawn[0][1], drawn[0][0].axes
    assert image.metadata["alt"] == alt and "γ = 0.3, 0.7" in alt
    assert len(left.lines) == 3 + 2 and len(middle.lines) == 3  # with a target for each gamma
    np.testing.assert_allclose(left.lines[0].get_ydata(), 0.5, rtol=1e-5)  # L(G(z)) is half of L(x) throughout
    assert right.lines[0].get_xdata().tolist() == reached[0.3] and right.lines[1].get_ydata().tolist() == [0.06]


def test_measures_stand_over_the_ratio_with_students_interval_and_others_are_lines_across(drawn):
    groups = np.array([1.0, 2.0, 3.0])
    found = {
        "drawn faces": {
            "training faces": {"diversity": groups + 4},
            "γ = 0.3": {"diversity": groups, "coverage": groups},
            "γ = 0.7": {"diversity": 2 * groups, "coverage": groups},
        },
        "photographs": {"γ = 0.3": {"diversity": groups}},
    }
    ratios = {"drawn faces": {"γ = 0.3": 0.31, "γ = 0.7": 0.69}, "photographs": {"γ = 0.3": 0.35}}
    figures.measures(found, ratios, lines=("training faces",))
    panels = drawn[0][0].axes
    assert [axes.get_title() for axes in panels] == [*figures.UNITS]
    points, *_ = panels[0].containers[0]
    np.testing.assert_allclose(points.get_xydata(), [(0.31, 2.0), (0.69, 4.0)])
    low, high = panels[0].containers[0][1][0].get_ydata()[0], panels[0].containers[0][1][1].get_ydata()[0]
    # Student's t(2, 97.5 %) = 4.303 times the standard error of 1, 2, 3, which is 1 / sqrt(3).
    assert (high - low) / 2 == pytest.approx(4.303 / 3**0.5, rel=1e-3)
    lines = [line for line in panels[0].lines if line.get_label() == "training faces"]
    assert len(lines) == 1 and lines[0].get_ydata() == pytest.approx([6.0, 6.0])
    assert len(panels[1].containers) == 1 and not panels[2].containers
