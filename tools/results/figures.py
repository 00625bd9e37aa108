"""The paper's figures beside what the shipped models give: a finding for each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from scipy import stats

from began_lib import latent, shipped
from began_lib.data import open_dataset, to_unit_range
from began_lib.figures import plots
from began_lib.figures.convergence import pinned_figure
from began_lib.models import sample_z
from began_lib.scores.face_detector import find_faces
from began_lib.scores.nearest import nearest_images
from began_lib.scores.quality import distance_to_data, diversity
from tools.results.findings import Check, Finding
from tools.results.material import CODES, held_out, interval, made_of, save

GROUP = 64  # pictures of a group; an interval is Student's, over the groups
GROUPS = 8
GAMMAS = {
    data: {0.3: f"{data}-32-gamma-0.3", 0.5: f"{data}-32", 0.7: f"{data}-32-gamma-0.7"} for data in ("faces", "lfw")
}
COLLAPSE = ("faces-32-collapse", "faces-32", 6000)  # the run, the one it was branched from, and where
UNBALANCED = {
    "balanced": "faces-32-balanced",
    "starved G": "faces-32-starved-generator",
    "starved D": "faces-32-starved-discriminator",
    "starved G, no controller": "faces-32-starved-generator-uncontrolled",
    "starved D, no controller": "faces-32-starved-discriminator-uncontrolled",
}


def best_samples(name: str, folder: Path) -> Finding:
    """Figure 2: faces that look like faces, of many kinds."""
    model = shipped.load(name)
    a = model.config.architecture
    real, made = held_out(model.config.data, a.size, 256), model.generate(256, CODES)
    rate = {label: find_faces(images).float().mean().item() for label, images in (("real", real), ("ours", made))}
    varied = {label: diversity(images) for label, images in (("real", real), ("ours", made))}
    closest = {
        label: float(torch.pdist(images[:64].flatten(1), p=1).min())
        for label, images in (("real", real), ("ours", made))
    }
    apart = closest["ours"] / closest["real"]
    figure = plots.grids_figure([real[:64], made[:64]], ["held-out pictures", "samples"], columns=8, width=9)
    return Finding(
        f"Figure 2 ({model.config.data}, {a.size}x{a.size})",
        "samples look like faces",
        "samples at 128x128 in which pose, expression, skin and light vary and faces stay coherent.",
        made_of(model) + "; 256 samples beside 256 held-out pictures.",
        (
            Check(
                "faces: a detector trained on photographs finds one as often as in real pictures, less 10 points",
                f"{rate['ours']:.0%}, real {rate['real']:.0%}",
                rate["ours"] > rate["real"] - 0.1,
            ),
            Check(
                "of many kinds: mean |u − v| per pixel over pairs at least 80 % of the real pictures'",
                f"{varied['ours']:.3f}, real {varied['real']:.3f}",
                varied["ours"] > 0.8 * varied["real"],
            ),
            Check(
                "no two alike: the closest pair among 64 at least half as far apart as among 64 real ones",
                f"{apart:.0%} of that distance",
                apart > 0.5,
            ),
            Check("at the paper's 128x128", f"{a.size}x{a.size}", a.size >= 128),
        ),
        "The paper trained on 360,000 photographs that were never published.",
        save(figure, folder, f"figure-2-{name}.jpg"),
        "64 held-out pictures and 64 samples",
        "05_training",
    )


def gamma_sweep(data: str, folder: Path) -> Finding:
    """Figure 3: diversity follows gamma, and so do artifacts."""
    models = {gamma: shipped.load(name) for gamma, name in GAMMAS[data].items()}
    size = models[0.5].config.architecture.size
    real = held_out(models[0.5].config.data, size, GROUP * GROUPS)
    sets = {"held out": real}
    sets |= {f"γ = {gamma}": model.generate(GROUP * GROUPS, CODES) for gamma, model in models.items()}
    varied = {name: interval([diversity(part) for part in images.split(GROUP)]) for name, images in sets.items()}
    faces = {name: find_faces(images).float().mean().item() for name, images in sets.items()}
    low, middle, high = (varied[f"γ = {gamma}"] for gamma in models)
    steps = ((low, middle), (middle, high), (low, high))
    first, second, whole = (b[0] - a[0] > a[1] + b[1] for a, b in steps)
    rates = [faces[f"γ = {gamma}"] for gamma in models]
    words = ", ".join(f"{name}: {mean:.3f} ± {half:.3f}" for name, (mean, half) in varied.items())
    figure = plots.grids_figure([images[:25] for images in sets.values()], list(sets), columns=5, width=11)
    return Finding(
        f"Figure 3 ({data})",
        "diversity follows γ",
        "at γ = 0.3 faces look overly uniform; variety increases with γ, and so do artifacts and noise.",
        "; ".join(made_of(model) for model in models.values())
        + f". Diversity is the mean |u − v| per pixel over pairs; {GROUPS} groups of {GROUP}, 95 % intervals.",
        (
            Check("diversity is higher at 0.7 than at 0.3, by more than both intervals together", words, whole),
            Check(
                "and so it is at each step, from 0.3 to 0.5 and from 0.5 to 0.7",
                f"{middle[0] - low[0]:+.3f} and {high[0] - middle[0]:+.3f}",
                first and second,
            ),
            Check(
                "more artifacts at γ = 0.7 than at 0.3: a lower face rate",
                ", ".join(f"{name}: {rate:.0%}" for name, rate in faces.items()),
                rates[2] < rates[0],
            ),
        ),
        picture=save(figure, folder, f"figure-3-{data}.jpg"),
        alt=f"Grids of 25: {', '.join(sets)}",
        notebook="06_gamma_sweep",
    )


def interpolation(name: str, folder: Path, n: int = 32) -> Finding:
    """Figure 4: codes of real pictures can be found, and lines between them are smooth."""
    model = shipped.load(name)
    a = model.config.architecture
    data = open_dataset(model.config.data, size=a.size)
    training, x = torch.as_tensor(data.train), to_unit_range(torch.as_tensor(data.held_out[:n]))
    starts = sample_z(3 * n, a.latent, torch.Generator().manual_seed(0)).view(n, 3, a.latent)
    found = latent.invert(model.generator, x, starts, 200, learning_rate=0.3)
    near = nearest_images(x, training)
    middle = to_unit_range(training[:4000]).mean(0)
    closer = float((found.error < near.distances[:, 0]).float().mean())
    t = torch.linspace(0, 1, 9)
    pairs = [(2 * i, 2 * i + 1) for i in range(8)]
    rows = [model.generate(latent.straight(found.best[i], found.best[j], t)) for i, j in pairs]
    largest = max(map(latent.smoothness, rows))
    errors = {
        "G(z_r)": float(found.error.mean()),
        "nearest training image": float(near.distances[:, 0].mean()),
        "mean image": float((x - middle).abs().mean()),
    }
    ends = {"faces": float(find_faces(torch.cat([row[[0, -1]] for row in rows])).float().mean())}
    ends["between"] = float(find_faces(torch.cat([row[1:-1] for row in rows])).float().mean())
    strip = [torch.cat([x[[i]], row, x[[j]]]) for (i, j), row in zip(pairs[:4], rows, strict=False)]
    figure = plots.grids_figure([torch.cat(strip)], [""], columns=11, width=9)
    figure.set_size_inches(9, 9 * 4 / 11)
    return Finding(
        f"Figure 4 ({model.config.data}, {a.size}x{a.size})",
        "faces between faces",
        "codes z_r of real images of a separate set are found by gradient descent; the images between two of them "
        "change smoothly, and both ends resemble the real faces.",
        made_of(model) + f"; {n} held-out pictures, three starts of 200 steps each.",
        (
            Check(
                "e_r of unseen pictures under that of the nearest training image, for most of them",
                ", ".join(f"{label} {error:.3f}" for label, error in errors.items()) + f"; nearer for {closer:.0%}",
                closer > 0.5,
            ),
            Check(
                "smooth rows: no step over twice the mean step",
                f"largest {largest:.2f}, in {len(rows)} rows",
                largest < 2,
            ),
            Check(
                "a face found between the ends as often as at the ends, less 10 points",
                f"between {ends['between']:.0%}, at the ends {ends['faces']:.0%}",
                ends["between"] > ends["faces"] - 0.1,
            ),
            Check(
                "ends recognisable: G(z_r) at most half as far from the picture as the nearest training image",
                f"{errors['G(z_r)'] / errors['nearest training image']:.0%} of that distance",
                errors["G(z_r)"] < 0.5 * errors["nearest training image"],
            ),
        ),
        picture=save(figure, folder, f"figure-4-{name}.jpg"),
        alt="Four rows: a real face, generated faces on the line between two codes, another real face",
        notebook="07_interpolation",
    )


def _collapse_shows() -> Check:
    collapse, parent, part = COLLAPSE
    broken = shipped.load(collapse)
    before, after = (diversity(model.generate(GROUP, CODES)) for model in (shipped.load(parent, part), broken))
    rise = broken.history.tail_mean("m_global", 100) / broken.history["m_global"][part - 100 : part].mean() - 1
    return Check(
        "a collapse shows: where diversity falls to under a tenth, M_global at least doubles",
        f"diversity {before:.3f} to {after:.3f}, M_global {rise:+.0%}",
        bool(rise > 1),
    )


def convergence(name: str, folder: Path) -> Finding:
    """Figure 5: M_global goes with the quality of the pictures; for the run that a collapse branched from, with it."""
    steps = shipped.snapshots(name)
    last = shipped.load(name)
    size = last.config.architecture.size
    real = held_out(last.config.data, size, 512)
    along = {step: shipped.load(name, step).generate(256, CODES) for step in steps}
    distance = np.array([distance_to_data(images, real) for images in along.values()])
    m_global = last.history["m_global"]
    at = np.array([m_global[step - 500 : step].mean() for step in steps])
    level, change = (stats.spearmanr(a, b).statistic for a, b in ((at, distance), (np.diff(at), np.diff(distance))))
    chosen = {step: along[step][:16] for step in steps[:: -(-len(steps) // 8)]}
    has_collapsed = name == COLLAPSE[1]
    return Finding(
        f"Figure 5 ({last.config.data}, {size}x{size})",
        "M_global tells convergence",
        "M_global falls over the training while the samples get better, and so can tell when a network has converged "
        "or collapsed.",
        made_of(last)
        + f"; {len(steps)} snapshots."
        + (
            f" And `{COLLAPSE[0]}`, branched from it at step {COLLAPSE[2]:,} with k held at 0." if has_collapsed else ""
        ),
        (
            Check(
                "M_global falls, and the distance of 256 samples to the data with it: rank correlation over 0.7",
                f"M_global {at[0]:.3f} to {at[-1]:.3f}, distance {distance[0]:.3f} to {distance[-1]:.3f}, "
                f"correlation {level:+.2f}",
                bool(level > 0.7 and at[-1] < at[0]),
            ),
            Check(
                "more than a common trend: their changes between snapshots correlate too, over 0.5",
                f"{change:+.2f}, {len(steps) - 1} changes",
                bool(change > 0.5),
            ),
            *([_collapse_shows()] if has_collapsed else []),
        ),
        picture=save(pinned_figure(last.history, chosen), folder, f"figure-5-{name}.jpg"),
        alt="M_global over the steps with grids of sixteen faces pinned to its curve",
        notebook="08_convergence",
    )


def unbalanced(folder: Path) -> Finding:
    """Figure 6: the equilibrium holds when one network is starved."""
    models = {label: shipped.load(name) for label, name in UNBALANCED.items()}
    real = held_out("faces", 32, 512)
    drawn = {label: model.generate(192, CODES) for label, model in models.items()}
    ratio, k, held, far = {}, {}, {}, {}
    for label, model in models.items():
        history = model.history
        ratio[label] = history.tail_mean("loss_fake", 1000) / history.tail_mean("loss_real", 1000)
        k[label] = history["k"][-1000:]
        held[label] = float(history["evaluation_held_out_loss"][-1])
        far[label] = distance_to_data(drawn[label], real)

    def told(values: Mapping[str, float], form: str) -> str:
        return ", ".join(f"{label} {value:{form}}" for label, value in values.items())

    controlled = [label for label in models if "no controller" not in label]
    inside = all((k[label] > 0).all() and (k[label] < 1).all() for label in controlled)
    near = all(abs(ratio[label] - 0.5) < 0.15 for label in controlled)
    worse = held["starved D"] > 1.2 * held["balanced"] and far["starved D"] > 1.1 * far["balanced"]
    figure = plots.grids_figure([images[:16] for images in drawn.values()], list(drawn), columns=4, width=11)
    return Finding(
        "Figure 6",
        "the equilibrium survives unequal networks",
        "a starved generator (z of 16 numbers, h of 128) and a starved discriminator (128 and 16) both train stably; "
        "starving the discriminator costs image quality.",
        made_of(models["balanced"]) + "; the others likewise.",
        (
            Check("with the controller k stays inside (0, 1) and the ratio of losses within 0.15 of γ = 0.5",
                  told(ratio, ".2f"), inside and near),
            Check("starving D costs quality: held-out L(x) up by a fifth and distance to the data by a tenth",
                  f"held-out L(x): {told(held, '.3f')}; distance: {told(far, '.3f')}", worse),
        ),
        "The paper shows grids at 64x64 and no numbers.",
        save(figure, folder, "figure-6.jpg"),
        f"Grids of sixteen: {', '.join(drawn)}",
        "09_unbalanced",
    )  # fmt: skip
