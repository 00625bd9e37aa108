"""The systems in the plane: their own losses on networks for points, and which way each D's number points."""

import numpy as np
import pytest
import torch

from began_lib import plane
from began_lib.rivals import SYSTEMS, Cannot, ebgan, improved
from began_lib.rivals import plane as in_plane

POINTS = plane.horseshoe(128, torch.Generator().manual_seed(1))


@pytest.mark.parametrize("system", in_plane.SYSTEMS)
def test_only_the_networks_are_others(system):
    """No loss, update or optimiser is a copy: all are those of the system for images."""
    kind, own = in_plane.SYSTEMS[system], SYSTEMS[system]
    assert issubclass(kind, own)
    for name in ("make_optimizers", "loss_d", "loss_g", "constraint", "clip", "distance", "descend", "judge"):
        assert getattr(kind, name, None) is getattr(own, name, None)
    if system != "pixelcnn":  # whose points have to be given the shape of pictures
        assert kind.update is own.update


@pytest.mark.parametrize("system", in_plane.SYSTEMS)
def test_d_takes_points_of_the_data_for_more_real_than_gs_first_ones(system):
    rival, random = in_plane.untrained(system), torch.Generator().manual_seed(0)
    first = rival.generate(rival.codes(128, random))
    # MAGAN knows only the data in its first two epochs; G, frozen, stays where it began.
    optimizer = rival.optimizers.get("generator")
    if optimizer is not None and system != "pixelcnn":
        for group in optimizer.param_groups:
            group["lr"] = 0.0
    for _ in range(100):
        rival.step(plane.horseshoe(64, random))
    with rival.looking():
        real, fake = (rival.of(v, POINTS).nanmean() for v in (POINTS, first))
    assert (real > fake) == rival.real_is_high


def test_a_view_has_the_landscape_and_the_points():
    view = in_plane.in_the_plane("wgan-gp", plane.horseshoe, steps=3)
    again = in_plane.in_the_plane("wgan-gp", plane.horseshoe, steps=3)
    assert view.heights.shape == (81, 81) and np.isfinite(view.heights).all() and view.generated.shape == (300, 2)
    assert np.array_equal(view.heights, again.heights) and torch.equal(view.generated, again.generated)
    began = in_plane.of_began(plane.untrained(), plane.horseshoe, steps=3)
    assert began.heights.shape == (81, 81) and not began.real_is_high


def test_what_has_no_networks_for_points_says_so():
    with pytest.raises(Cannot, match="ebgan-figure-1 has no networks for points: expected one of dcgan"):
        in_plane.in_the_plane("ebgan-figure-1", plane.horseshoe)


def test_pixelcnn_in_the_plane_is_a_distribution():
    """Over all pairs of levels its probabilities add up to one; beyond the levels it has none."""
    rival = in_plane.untrained("pixelcnn")
    for _ in range(3):
        rival.step(POINTS)
    line = torch.arange(256) / 127.5 - 1.0
    pairs = torch.cartesian_prod(line, line)
    with rival.looking():
        bits = torch.cat([rival.of(part, POINTS) for part in pairs.split(4096)])
        assert rival.of(torch.tensor([[1.2, 0.0]]), POINTS).isnan().all()
    assert float(torch.exp2(-2.0 * bits.double()).sum()) == pytest.approx(1.0, abs=1e-4)  # 65,536 of float32


def test_where_d_compares_it_is_asked_about_each_point_in_real_company():
    rival = in_plane.untrained("improved-minibatch")
    company = POINTS[: rival.points - 1]
    with rival.looking():
        found = rival.of(torch.tensor([[0.3, 0.1], [-0.8, 0.0]]), POINTS)
        alone = [rival.judge(torch.cat([one[None], company]))[0] for one in torch.tensor([[0.3, 0.1], [-0.8, 0.0]])]
    assert torch.allclose(found, torch.sigmoid(torch.stack(alone)), atol=1e-5)
    assert improved.KERNELS == 100 and in_plane.KERNELS == 10


def test_the_pulling_away_term_needs_more_than_one_number():
    """Of codes of one number it is 1 whatever they are: in the plane EBGAN's have two."""
    codes = torch.linspace(-1.0, 2.0, 8)[:, None]
    assert float(ebgan.pulling_away(codes)) == pytest.approx(1.0)
    assert in_plane.untrained("ebgan").energy(POINTS)[1].shape == (128, 2)
