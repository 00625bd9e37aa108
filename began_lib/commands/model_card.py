"""A model's card as a page: Markdown under YAML, in the form that the Hugging Face hub reads from a README.md."""

from __future__ import annotations

import json

from began_lib.shipped.model import Model
from began_lib.shipped.ship import without_paths
from began_lib.training.configuration import TrainingConfig
from began_lib.training.options import command_of

LAST = 1000  # steps over which the measurements are averaged


def model_card(model: Model, pictured: bool = False) -> str:
    """The page of a model.

    Args:
        pictured: show the grid of samples, a file of that name beside the page.
    """
    return "\n".join([*_front_matter(model), "", *_body(model, pictured)]) + "\n"


def _front_matter(model: Model) -> list[str]:
    """The metadata. JSON is YAML: quoted so, no name of a data set can break out of its line."""
    licence = model.card["data"].get("licence", "")
    free = licence.startswith("MIT")
    # What is learned from other people's pictures is not ours to license: their terms are named in the page.
    chosen = {"license": "mit"} if free else {"license": "other", "license_name": "terms-of-the-training-pictures"}
    known = {
        "library_name": "began_lib",
        "pipeline_tag": "unconditional-image-generation",
        "tags": ["began", "gan", "image-generation", "arxiv:1703.10717"],
    }
    return ["---", *(f"{key}: {json.dumps(value)}" for key, value in (chosen | known).items()), "---"]


def _body(model: Model, pictured: bool) -> list[str]:
    shape, card = model.config.architecture, model.card
    # Where on a machine the pictures of a run lie stays there; what ships has been freed of that.
    bare = without_paths({"config": model.config.as_json(), "card": card["data"]})
    data, command = bare["card"], card.get("command") or command_of(TrainingConfig.from_json(bare["config"]))
    colours = "colour" if shape.channels == 3 else "grey"
    lines = [
        f"# {model.name}",
        "",
        f"A BEGAN (Boundary Equilibrium GAN, [arXiv 1703.10717](https://arxiv.org/abs/1703.10717)) of {colours} images "
        f"of {shape.size}x{shape.size} pixels, after {model.step:,} steps. It makes images of codes z, uniform in "
        f"[-1, 1]^{shape.latent}, and an auto-encoder comes with it, the discriminator.",
        "",
    ]
    if pictured:
        lines += [f"![samples]({model.samples.name})", ""]
    lines += ["## Training data", "", *_items(data, "source licence crop split background train held_out sha256"), ""]
    lines += ["## Training", "", f"    {command}", ""]
    lines += [*_items(card, "hours hardware precision torch"), "", *_measurements(model), ""]
    return [
        *lines,
        "## Use",
        "",
        "Put this folder among your models (`BEGAN_MODELS` names where they lie); then",
        "",
        "    from began_lib import shipped",
        f"    images = shipped.load({json.dumps(model.name)}).generate(64)  # (64, {shape.channels}, {shape.size}, "
        f"{shape.size}) in [-1, 1]",
        "",
        f"or `python -m began_lib sample {model.name} --grid samples.png`.",
        "",
        "## Limits",
        "",
        "It shows what its training data shows, in their proportions or worse: a GAN drops what is rare. Its images "
        "are not photographs of anyone or anything, and prove nothing.",
    ]


def _items(values: dict, names: str) -> list[str]:
    return [f"- {name.replace('_', ' ')}: {values[name]}" for name in names.split() if name in values]


def _measurements(model: Model) -> list[str]:
    last = min(LAST, len(model.history))
    if not last:
        return []
    names = {"loss_real": "L(x)", "loss_fake": "L(G(z))", "k": "k", "m_global": "M_global"}
    found = ", ".join(f"{shown} {model.history.tail_mean(name, last):.4f}" for name, shown in names.items())
    return [f"Means of the last {last:,} steps: {found}."]
