"""Scores against closed forms, against torchmetrics, and on photographs."""

import io
import tarfile

import numpy as np
import pytest
import torch
from torch import nn
from torchmetrics.functional.image import structural_similarity_index_measure
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.inception import InceptionScore
from torchmetrics.image.kid import poly_mmd

from began_lib import scores
from began_lib.data import to_uint8
from began_lib.faces import render, sample_factors
from began_lib.scores.features import (
    Extracted,
    extract,
    face_rate,
    fid,
    inception_score,
    jackknife,
    kid,
    ms_ssim,
    overlaps,
    showcase,
)
from began_lib.scores.networks import NetworkCard, load
from began_lib.scores.sets import blur

CARD = NetworkCard("toy", 8, "none", 6, 5, "toys", "0" * 64)


def extracted(features: torch.Tensor, probabilities: torch.Tensor | None = None, card=CARD) -> Extracted:
    if probabilities is None:
        probabilities = torch.full((len(features), 5), 0.2)
    return Extracted(features.float(), probabilities.float().log(), card)


def normals(count: int, width: int, seed: int) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def test_inception_score_of_certain_balanced_classes_is_their_number():
    certain = torch.eye(5).repeat(20, 1)  # 100 images: each split of ten holds every class twice
    score = inception_score(extracted(torch.zeros(100, 6), certain))
    assert score.value == pytest.approx(5.0) and score.high - score.low == pytest.approx(0.0, abs=1e-9)
    assert score.name == "is_toy" and score.images == 100 and score.reference_images is None
    assert inception_score(extracted(torch.zeros(100, 6))).value == pytest.approx(1.0)  # nothing is known of any
    one_class = torch.eye(5)[:1].expand(100, -1)
    assert inception_score(extracted(torch.zeros(100, 6), one_class)).value == pytest.approx(1.0)


class Second(nn.Module):
    """Features handed to torchmetrics as if a network had made them of images."""

    num_features = 6

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images


def test_inception_score_is_torchmetrics(monkeypatch):
    logits = 2 * normals(200, 6, 0)
    metric = InceptionScore(feature=Second(), splits=10)
    metric.update(logits)
    monkeypatch.setattr(torch, "randperm", lambda n: torch.arange(n))  # torchmetrics shuffles, we keep the order
    mean, deviation = metric.compute()
    score = inception_score(extracted(torch.zeros(200, 6), logits.softmax(1)))
    assert score.value == pytest.approx(mean.item(), rel=1e-5)  # torchmetrics computes in float32
    # Student's interval over ten splits: t of 9 degrees, times their deviation over the root of ten.
    assert score.high - score.value == pytest.approx(2.2622 * deviation.item() / np.sqrt(10), rel=1e-3)


def test_fid_is_torchmetrics():
    a, b = normals(120, 6, 1) * 1.5, normals(150, 6, 2) + 0.3
    metric = FrechetInceptionDistance(feature=Second(), input_img_size=(6,)).set_dtype(torch.float64)
    metric.update(a.double(), real=False)
    metric.update(b.double(), real=True)
    score = fid(extracted(a), extracted(b))
    assert score.value == pytest.approx(metric.compute().item(), rel=1e-5)
    assert score.low < score.value < score.high and score.reference_images == 150


def test_kid_is_torchmetrics_and_its_closed_form():
    a, b = normals(80, 6, 3), normals(80, 6, 4) + 0.5
    score = kid(extracted(a), extracted(b))
    assert score.value == pytest.approx(poly_mmd(b.double(), a.double()).item(), rel=1e-9)
    # In one dimension, (xy + 1)^3 compares the first three moments: 3 dm1^2 + 3 dm2^2 + dm3^2. For N(0, 1) and
    # N(1, 1) these moments are 0, 1, 0 and 1, 2, 4: 3 + 3 + 16 = 22. With 4,000 images each its standard error is
    # near 1; the interval has to hold the true value and be no wider than four of them to each side.
    score = kid(extracted(normals(4000, 1, 5)), extracted(normals(4000, 1, 6) + 1.0))
    assert score.low < 22.0 < score.high and score.high - score.low < 8.0


def test_two_samples_of_one_distribution():
    a, b = extracted(normals(500, 6, 7)), extracted(normals(500, 6, 8))
    found = kid(a, b)
    assert found.low < 0.0 < found.high  # unbiased
    assert 0.0 < fid(a, b).value < 0.2  # biased: about D(D + 1) / 2 differences of moments, each over 500
    assert fid(a, a).value < 1e-9
    moved = extracted(normals(500, 6, 8) + 1.0)
    assert fid(moved, b).value == pytest.approx(6.0, rel=1e-6)  # the same sample moved by 1 in each of 6 dimensions


def test_fid_of_few_images_is_less_too_high_where_they_vary_less():
    real = extracted(normals(100, 6, 19))
    bias = [fid(extracted(s * normals(100, 6, 20)), real).value - 6 * (1 - s) ** 2 for s in (1.0, 0.1)]
    assert bias[0] > 2 * bias[1] > 0  # about the variance of both means: 1 + s^2 times six hundredths; and covariances


def test_jackknife_of_a_mean_is_the_usual_error():
    blocks = normals(10, 1, 9)[:, 0].double().numpy()
    low, high = jackknife(blocks.mean(), [np.delete(blocks, i).mean() for i in range(10)])
    assert high - low == pytest.approx(2 * 2.2622 * blocks.std(ddof=1) / np.sqrt(10), rel=1e-4)


def test_the_interval_of_fid_is_as_wide_as_chance_makes_it():
    reference = extracted(normals(4000, 6, 10))
    found = [fid(extracted(normals(200, 6, seed) + 0.5), reference) for seed in range(100, 140)]
    true = np.std([score.value for score in found], ddof=1)
    own = np.median([(score.high - score.low) / 2 / 2.2622 for score in found])
    # Forty draws know the true spread to a factor of 1 +- 0.11 (one standard error); three of them.
    assert own == pytest.approx(true, rel=0.34)


def test_overlaps_on_half_of_the_modes():
    random = torch.Generator().manual_seed(11)
    modes = 50.0 * torch.arange(2).repeat(100)[:, None] + torch.randn(200, 6, generator=random)
    one = torch.randn(200, 6, generator=random)
    precision, recall, density, coverage = overlaps(extracted(one), extracted(modes))
    # The balls of 100 images in six dimensions leave some of the cloud's rim uncovered.
    assert precision.value > 0.8 and density.value > 0.8
    # Half the modes are missing, and no more than a few images of the other one.
    assert 0.4 < recall.value <= 0.5 and 0.4 < coverage.value <= 0.5
    assert [s.name for s in (precision, recall, density, coverage)] == [
        "precision_toy", "recall_toy", "density_toy", "coverage_toy",
    ]  # fmt: skip


def test_none_or_all_of_a_share_is_no_certainty():
    near, far = normals(100, 6, 2), normals(100, 6, 3) + 50
    for score in overlaps(extracted(near), extracted(far)):
        assert score.value == score.low == 0
        # Wilson's end for none of n is z^2 / (n + z^2), with z of 95 %; density is no share
        assert score.high == pytest.approx(0 if "density" in score.name else 1.96**2 / (100 + 1.96**2), rel=1e-4)
    recall, coverage = overlaps(extracted(near), extracted(near))[1::2]
    for score in (recall, coverage):
        assert (score.value, score.high) == (1, 1)
        assert score.low == pytest.approx(100 / (100 + 1.96**2), rel=1e-4) and "Wilson" in score.interval


def test_a_repeated_image_needs_one_look():
    few = extracted(normals(3, 6, 12), normals(3, 5, 13).softmax(1))
    repeated, real = few.repeated(60), extracted(normals(60, 6, 14))
    assert len(repeated) == 60 and inception_score(repeated).value == pytest.approx(1.0)
    mean, covariance = real.moments.mean, real.moments.covariance
    expected = (few.features[0].double() - mean).square().sum() + covariance.trace()
    assert fid(repeated, real).value == pytest.approx(expected.item(), rel=1e-9)


def test_showcase_finds_the_images_that_fool_the_inception_score():
    unsure = torch.full((90, 5), 0.2)
    sure = torch.eye(5).repeat(2, 1) * 0.9 + 0.02  # two images of each class, all equally clear
    images = extracted(normals(100, 6, 15), torch.cat([unsure, sure]))
    found = showcase(images, 5)
    assert sorted((found - 90).remainder(5).tolist()) == [0, 1, 2, 3, 4]  # one of each class, none of the unclear ones
    few = images.chosen(found.repeat(8))
    assert len(few) == 40
    p = sure[0].double()  # of an equal mixture of such images: log 5 minus the entropy of one
    expected = (p * p.log()).sum().add(torch.tensor(5.0).double().log()).exp().item()
    assert inception_score(few.chosen(torch.arange(40).reshape(8, 5).T.flatten())).value < expected  # unmixed splits
    assert inception_score(images.chosen(found.repeat(20))).value == pytest.approx(expected, rel=1e-5)  # float32
    assert expected > 2 * inception_score(images).value
    with pytest.raises(ValueError, match="expected 1 to 100"):
        showcase(images, 101)


def test_ms_ssim_of_equal_and_of_unrelated_images():
    random = torch.Generator().manual_seed(15)
    noise = torch.randint(256, (80, 3, 32, 32), generator=random, dtype=torch.uint8)
    assert ms_ssim(noise[:1].expand(80, -1, -1, -1)).value == pytest.approx(1.0, abs=1e-5)  # float32
    unrelated = ms_ssim(noise)
    assert abs(unrelated.value) < 0.1
    assert unrelated.interval.endswith("40 disjoint pairs, 2 scales") and unrelated.network is None
    assert ms_ssim(torch.zeros(40, 3, 64, 64, dtype=torch.uint8)).interval.endswith("3 scales")
    two_by_turns = ms_ssim(noise[:2].repeat(40, 1, 1, 1))
    # Half of the 40 random pairs are of one image with itself, give or take three deviations of 0.08.
    assert two_by_turns.value == pytest.approx(0.5, abs=0.24)
    for wrong in (noise[:39], noise[..., :8, :8]):
        with pytest.raises(ValueError, match="at least 40 images"):
            ms_ssim(wrong)


def test_ms_ssim_weighs_the_scales_as_published_finest_first():
    sharp = torch.randint(256, (1, 3, 32, 32), generator=torch.Generator().manual_seed(18), dtype=torch.uint8)
    pair = torch.cat([sharp, blur(sharp, 0.8)])
    which = np.random.default_rng(0).permutation(40) % 2
    mixed = np.mean(which[0::2] != which[1::2])  # of 20 random pairs; others are of one picture with itself, at 1
    scales = [pair.float(), torch.nn.functional.avg_pool2d(pair.float(), 2)]
    (_, fine), (coarse, _) = (
        structural_similarity_index_measure(*x.split(1), data_range=255.0, return_contrast_sensitivity=True)
        for x in scales
    )
    published = 0.0448, 0.2856
    value = float(fine ** (published[0] / sum(published)) * coarse ** (published[1] / sum(published)))
    assert ms_ssim(pair.repeat(20, 1, 1, 1)).value == pytest.approx(1 - mixed + mixed * value, abs=1e-5)  # float32
    assert abs(float(fine - coarse)) > 0.1, "scales that agree would not tell one weight from another"


def test_extract_is_the_network_batch_by_batch():
    network = load("factors")
    pixels = torch.randint(256, (21, 3, 32, 32), generator=torch.Generator().manual_seed(16), dtype=torch.uint8)
    found = extract(network, pixels.numpy(), batch_size=8)
    features, log_probabilities = network(pixels)
    torch.testing.assert_close(found.features, features)
    torch.testing.assert_close(found.log_probabilities, log_probabilities)
    first, second = (scores.score_all(extract(network, pixels), found) for _ in range(2))
    assert first == second  # nothing is drawn
    assert all(score.network == "factors" and score.resize_filter == "mean of pixels" for score in first)


def test_refusals():
    with pytest.raises(ValueError, match="at least 20 images, found 19"):
        inception_score(extracted(torch.zeros(19, 6)))
    other = NetworkCard("other", 8, "none", 6, 5, "toys", "1" * 64)
    for score in (fid, kid, overlaps):
        with pytest.raises(ValueError, match="features of other and toy: expected one network"):
            score(extracted(torch.zeros(30, 6), card=other), extracted(torch.zeros(30, 6)))


def test_face_rate_tells_faces_from_blocks_of_them():
    faces = to_uint8(render(sample_factors(24, seed=17), 32))
    blocks = faces.unflatten(2, (4, 8)).flip(2).flatten(2, 3)  # upside down by quarters
    assert face_rate(faces).low > face_rate(blocks).value
    assert face_rate(faces, limit=10).images == 10


def test_photographs_real_against_real_is_near_zero(photographs):
    from PIL import Image

    path, pictures = photographs / "cifar10_jpg.tar.gz", []
    if not path.is_file():
        pytest.skip(f"needs {path.name} in {photographs}")
    with tarfile.open(path, "r|gz") as archive:
        for i, member in enumerate(archive):
            if member.name.endswith(".jpg") and i % 8 == 0:
                pictures.append(np.asarray(Image.open(io.BytesIO(archive.extractfile(member).read())).convert("RGB")))
            if len(pictures) == 160:
                break
    order = np.random.default_rng(0).permutation(160)
    pixels = torch.from_numpy(np.stack(pictures)[order]).permute(0, 3, 1, 2).contiguous()
    network = load("efficientnet_lite0")
    real, other = extract(network, pixels[:80]), extract(network, pixels[80:])
    blurred = extract(network, blur(pixels[80:], 1.0))
    same, damaged = kid(other, real), kid(blurred, real)
    assert same.low < 0.0 < same.high  # two halves of one distribution
    assert damaged.low > same.high  # and not after a blur of one pixel
    assert fid(blurred, real).low > fid(other, real).high  # FID of so few is mostly bias, and blur has less
    assert overlaps(other, real)[3].value > overlaps(blurred, real)[3].value
