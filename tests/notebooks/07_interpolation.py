"""What the text of notebook 07 says of the search, of its baselines, of rows and of profiles."""

import torch

from began_lib import latent
from began_lib.equilibrium import reconstruction_loss


def test_without_the_cube_a_point_where_no_data_is_gets_a_code(page):
    assert page.outside.error[2] < 0.01 < 0.2 < page.inside.error[2]
    assert page.inside.spread.max() > 0.1, "some starts stay in valleys that end nowhere"


def test_outside_the_cube_codes_are_long_and_inside_at_its_walls(page):
    gain = 1 - page.anywhere.error.mean() / page.cube.error.mean()
    assert 0.07 < gain < 0.15, "a tenth"
    assert 2.5 < page.anywhere.best.norm(dim=1).mean() / page.typical < 4, "three times as long"
    assert 0.4 < (page.cube.best.abs() > 0.999).float().mean() < 0.6, "half of the components"
    assert page.cube.spread.mean() < 0.02 * page.cube.error.mean(), "starts hardly matter"


def test_with_80_steps_the_larger_space_seems_worse_as_exercise_1_says(page):
    early = [latent.invert(page.G, page.x[:4], page.starts[:4], 80, 0.3, limit) for limit in (1.0, float("inf"))]
    assert early[0].error.mean() < early[1].error.mean()
    assert page.anywhere.error[:4].mean() < 0.7 * early[1].error.mean(), "anywhere reaches less with more steps"


def test_g_is_between_the_training_images_and_what_is_linear(page):
    apart = {name: values.mean() for name, values in page.apart.items()}
    mean, nearest, generated, linear, rebuilt = apart.values()
    assert mean > nearest > generated and generated > 1.8 * linear and generated > 1.8 * rebuilt
    assert 0.85 < page.closer < 0.97, "nine of ten"


def test_the_reciter_comes_as_near_to_unseen_faces_as_g(page):
    assert abs(page.new_e.mean() / page.e_r[:64].mean() - 1) < 0.1, "as close as G"


def test_rows_are_smooth_and_departure_tells_them_apart(page):
    assert all(row["smoothness"] < 2 for row in page.measured.values())
    away = page.departure
    assert away["cross-fade"] < 1e-5 and away["G, straight"] < 0.5 * away["renderer"], "less than half"
    assert away["G, straight"] < 1.1 * away["reciter"], "no more than the reciter"
    assert away["G, matched"] > 1.3 * away["G, straight"] and page.horseshoe > away["renderer"]
    assert page.measured["G, matched"]["smoothness"] > page.measured["G, straight"]["smoothness"]


def test_fades_are_easier_to_rebuild_and_straight_middles_hardly_harder(page):
    middle = {name: row["L(middle) / L(ends)"] for name, row in page.measured.items()}
    assert middle["cross-fade"] < 0.95 and abs(middle["G, straight"] - 1) < 0.03
    z = torch.rand(120, page.lfw.config.architecture.latent, generator=torch.Generator().manual_seed(7)) * 2 - 1
    images = page.lfw.generate(torch.cat([z, (z[0::2] + z[1::2]) / 2]))
    ends, between = reconstruction_loss(images, page.lfw.reconstruct(images)).split([120, 60])
    assert 0.93 < between.mean() / ends.mean() < 0.97, "on photographs L falls by about a twentieth"


def test_the_whole_picture_shows_no_profiles_and_the_face_of_one_network_does(page):
    assert page.by_region["other G, centre"]["r"] > 0.15
    assert page.by_region["G, all"]["low"] < 0 < page.by_region["G, centre"]["high"]
    assert len({row["faces"] for row in page.by_region.values()}) == 1, "both were searched alike"
