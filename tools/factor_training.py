"""Makes the classifier of the factors: freshly rendered faces, a generator's kind of blur, and an honest card."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import pandas
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torchvision.transforms.functional import gaussian_blur
from tqdm.auto import tqdm

from began_lib.data import Dataset, open_dataset, to_unit_range
from began_lib.faces import FACTORS, Factors
from began_lib.machine.storage import file_hash, write_json
from began_lib.scores.factor_classifier import FORMAT, NAME, SIZE, FactorClassifier
from began_lib.shipped.model import FOLDER
from began_lib.training.checkpoints import save_tensors

__all__ = ["Blur", "evaluate", "export", "open_faces", "train"]

FACE_SEQUENCE = 2017  # not the one of `open_dataset("faces")`, 0: the generators' faces are new to the classifier
_BLUR_WIDTH = 9  # pixels of the Gaussian's window: 3 deviations of the widest on either side


def open_faces(count: int) -> Dataset:
    """The faces it learns from, `count` of them at 32x32 with their factors, and a tenth as many held out."""
    return open_dataset("faces", size=SIZE, limit=count, seed=FACE_SEQUENCE)


class Blur:
    """What an auto-encoder takes away from a face, imitated: Gaussian blur, or only the leading principal components.

    Generated faces lack what the discriminator's auto-encoder cannot express. A classifier that knows sharp faces only
    would take that for missing glasses. The principal components are those of the training faces; keeping the first c
    is what a linear auto-encoder with N_h = c does (Baldi and Hornik, 1989).
    """

    def __init__(self, images: Tensor, components: int = 512, seed: int = 0) -> None:
        """images: uint8 (N, 3, 32, 32), from which the components are computed; ValueError for too few of them."""
        if len(images) < components:
            raise ValueError(f"found {len(images)} faces: {components} principal components need at least as many")
        flat = to_unit_range(images).flatten(1)
        self.mean = flat.mean(0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.basis = torch.pca_lowrank(flat - self.mean, components, center=False, niter=2)[2]  # (3072, components)

    def components(self, images: Tensor, count: int) -> Tensor:
        """Images (N, 3, 32, 32) in [-1, 1] rebuilt from the first `count` principal components, not clipped."""
        basis = self.basis[:, :count]
        return ((images.flatten(1) - self.mean) @ basis @ basis.T + self.mean).view_as(images)

    def gaussian(self, images: Tensor, sigma: float) -> Tensor:
        """Images blurred by a Gaussian of `sigma` pixels."""
        return gaussian_blur(images, [_BLUR_WIDTH, _BLUR_WIDTH], [sigma, sigma])

    def random(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """A batch of which a third is left sharp, a third blurred and a third rebuilt, both to a random degree."""
        sharp, blurred, rebuilt = images.tensor_split(3)  # in one batch, for the sake of batch normalisation
        sigma, degree = torch.rand(2, generator=generator).tolist()
        count = int(self.basis.shape[1] * (64 / 512) ** degree)  # as often 64 to 128 as 256 to 512
        return torch.cat([sharp, self.gaussian(blurred, 0.3 + 1.1 * sigma), self.components(rebuilt, count)])


def _mirror_half(
    images: Tensor, labels: dict[str, Tensor], classes: dict[str, int], generator: torch.Generator
) -> tuple[Tensor, dict[str, Tensor]]:
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    # The edges of these three are symmetric, so that the mirrored class is the one counted from the other end.
    turned = {name: classes[name] - 1 - labels[name] for name in ("yaw", "roll", "light_side")}
    return images, labels | {name: torch.where(mirrored, turned[name], labels[name]) for name in turned}


def train(
    faces: Dataset, epochs: int = 6, batch_size: int = 128, rate: float = 3e-3, seed: int = 0
) -> tuple[FactorClassifier, Blur]:
    """A classifier trained on `faces`, in evaluation mode, and the blur it was trained with.

    Adam with decoupled weight decay, one cycle of the learning rate, cross-entropy summed over the factors.
    """
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}: expected at least 1")
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    pictures, factors = torch.from_numpy(faces.train.copy()), Factors.from_array(faces.factors)
    n = len(pictures)
    blur = Blur(pictures[:6000])
    model = FactorClassifier()
    labels = {name: head.labels(getattr(factors, name)) for name, head in model.heads.items()}
    classes = {name: len(head.classes) for name, head in model.heads.items()}
    optimizer = torch.optim.AdamW(model.parameters(), rate, weight_decay=1e-2, fused=True)
    steps = epochs * n // batch_size
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    order = torch.cat([torch.randperm(n, generator=generator) for _ in range(epochs)])
    bar = tqdm(order[: steps * batch_size].split(batch_size), desc="training")
    for step, chosen in enumerate(bar):
        x, y = to_unit_range(pictures[chosen]), {name: column[chosen] for name, column in labels.items()}
        x, y = _mirror_half(x, y, classes, generator)
        logits = model(blur.random(x, generator))[1]
        loss = sum(cross_entropy(logits[name], y[name]) for name in logits)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            bar.set_postfix(loss=f"{loss.item():.2f}")
    return model.eval(), blur


def evaluate(model: FactorClassifier, images: Tensor, factors: Factors) -> dict[str, dict[str, float]]:
    """How well each factor is read from `images` (N, 3, S, S) of faces whose `factors` are known.

    For every factor: `accuracy` (most probable class), `guessing` (accuracy of always naming the most frequent class)
    and `balanced` (mean over the classes that occur of the share found). For a continuous one also `mean_error` in the
    factor's unit, `guessing_error` (of always naming the mean) and `explained` (share of the variance).
    """
    readings, result = model.read(images), {}
    for name, head in model.heads.items():
        truth = head.labels(getattr(factors, name))
        right = readings[name].argmax(dim=1) == truth
        counts = truth.bincount(minlength=len(head.classes))
        found = torch.stack([right[truth == c].float().mean() for c in range(len(counts)) if counts[c]])
        row = {
            "accuracy": right.float().mean(),
            "guessing": counts.max() / len(truth),
            "balanced": found.mean(),
        }
        if head.edges:
            value = getattr(factors, name)
            error = model.values(readings, name) - value
            row["mean_error"] = error.abs().mean()
            row["guessing_error"] = (value - value.mean()).abs().mean()
            row["explained"] = 1 - error.square().mean() / value.var()
        result[name] = {measure: round(float(number), 4) for measure, number in row.items()}
    return result


def export(folder: Path, faces: int = 24_000, epochs: int = 6) -> dict[str, Any]:
    """Train a classifier, measure it on held-out faces, sharp and blurred, and write weights and card to `folder`.

    Weights are written in half precision and measured as written. Returns the card.
    """
    dataset = open_faces(faces)
    start = time.process_time()
    model, blur = train(dataset, epochs)
    minutes = (time.process_time() - start) / 60
    weights = {n: t.half() if t.is_floating_point() else t for n, t in model.state_dict().items()}
    model.load_state_dict({n: t.float() if t.is_floating_point() else t for n, t in weights.items()})
    sharp, factors = to_unit_range(dataset.held_out), Factors.from_array(dataset.held_out_factors)
    views = {
        "sharp": sharp,
        "Gaussian blur of 1 pixel": blur.gaussian(sharp, 1.0),
        "128 principal components": blur.components(sharp, 128),
    }
    path = folder / "model.safetensors"
    save_tensors(path, weights, {"heads": [[name, list(head.edges)] for name, head in model.heads.items()]}, FORMAT)
    card = {
        "command": f"python -m tools.factor_training --faces {faces} --epochs {epochs}",
        "cpu_minutes": round(minutes, 1),  # of training, without rendering
        "data": dataset.card,
        "classes": {name: list(head.classes) for name, head in model.heads.items()},
        "units": {name: FACTORS[name].unit for name, head in model.heads.items() if head.edges},
        "accuracy": {view: evaluate(model, images, factors) for view, images in views.items()},
        "torch": torch.__version__,
        "sha256": file_hash(path),
    }
    write_json(folder / "classifier.json", card)
    return card


def main(words: list[str] | None = None) -> None:
    """Train the classifier, write it with its card, and print how well it reads each factor."""
    parser = argparse.ArgumentParser(prog="python -m tools.factor_training", description=__doc__)
    parser.add_argument("--faces", type=int, default=24_000, metavar="N", help="to learn from (default 24000)")
    parser.add_argument("--epochs", type=int, default=6, metavar="N", help="(default 6)")
    parser.add_argument("--out", type=Path, default=FOLDER / NAME, metavar="FOLDER", help="(default %(default)s)")
    arguments = parser.parse_args(words)
    card = export(arguments.out, arguments.faces, arguments.epochs)
    views = card["accuracy"]
    rows = {
        name: {"guessing": row["guessing"], **{view: found[name]["accuracy"] for view, found in views.items()}}
        for name, row in views["sharp"].items()
    }
    print(f"{arguments.out}: share of {card['data']['held_out']} held-out faces whose class is named right")
    print(pandas.DataFrame(rows).T.to_string(float_format="{:.1%}".format))


if __name__ == "__main__":
    main()
