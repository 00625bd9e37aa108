"""A curve that a reader writes down: what is read, what is refused, and that points lie on it evenly."""

import pytest
import torch

from began_lib.lab import curve


@pytest.mark.parametrize("text", curve.READY.values(), ids=list(curve.READY))
def test_points_lie_along_a_ready_curve_evenly(text):
    ends = curve.corners(text)
    points = curve.sampler(text)(20_000, torch.Generator().manual_seed(0))
    starts, sides = ends[:-1], ends.diff(dim=0)
    along = ((points[:, None] - starts) * sides).sum(-1) / sides.square().sum(-1)
    nearest = starts + along.clamp(0, 1)[..., None] * sides
    distances, side = (points[:, None] - nearest).norm(dim=-1).min(dim=1)
    assert distances.mean() < 0.05  # normal noise of 0.05 across a line is 0.04 on average; corners bring it nearer
    share = torch.bincount(side, minlength=len(sides)) / len(points)
    # Near a corner the noise moves points to the side beyond: a share of some hundredths.
    torch.testing.assert_close(share, sides.norm(dim=1) / sides.norm(dim=1).sum(), atol=0.03, rtol=0)


def test_the_same_seed_gives_the_same_points():
    sample = curve.sampler("-1,0; 1,0")
    first, second = (sample(5, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second) and first.shape == (5, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found 0 points: expected 2 to 100"),
        ("0,0", "found 1 points"),
        ("0,0; 1", r"point 2 is '1': expected two numbers, x,y"),
        ("0,0; 1,2,3", "point 2 is '1,2,3'"),
        ("0,0; one,1", "point 2 is 'one,1'"),
        ("0,0; 0,1.6", r"expected x and y in \[-1.5, 1.5\]"),
        ("0,0; nan,1", "expected x and y in"),
        ("0.5,0.5; 0.5,0.5", "all points are one"),
        ("0,0; " * 101, "found 101 points"),
    ],
)
def test_what_is_no_curve_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        curve.corners(text)


def test_a_repeated_corner_and_blanks_do_no_harm():
    points = curve.sampler(" -1,0 ; -1,0;1,0; ")(1000, torch.Generator().manual_seed(0))
    assert points.isfinite().all() and points[:, 0].mean().abs() < 0.1
