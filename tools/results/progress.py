"""Section 4.4, figure 5: M_global tells how far training has come."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from began_lib import shipped
from began_lib.figures import plots
from began_lib.figures.convergence import pinned_figure
from began_lib.scores.quality import diversity
from began_lib.scores.statistics import rank_correlation
from tools.results.findings import Check, Finding
from tools.results.material import CODES, SCORED, Judge, made_of, numbers, save

WINDOW = 500  # steps before a snapshot over which M_global is averaged
ON_PURPOSE = "A collapse made on purpose is not the paper's, and none of our runs has collapsed by itself."
COLLAPSE = ("faces-32-collapse", "faces-32", 6000)  # the run, the one it was branched from, and where


def convergence(name: str, folder: Path) -> Finding:
    """M_global goes with FID along a run."""
    last, steps = shipped.load(name), shipped.snapshots(name)
    data, size = last.config.data, last.config.architecture.size
    judge, m_global = Judge(data, size), last.history["m_global"]
    along = {step: shipped.load(name, step).generate(SCORED, CODES) for step in steps}
    fid = np.array([judge(images)["fid"].value for images in along.values()])
    at = np.array([m_global[step - WINDOW : step].mean() for step in steps])
    rho, low, high = rank_correlation(at, fid)
    by_step = rank_correlation(-np.array(steps), fid)[0]
    late = steps.index(min(steps, key=lambda step: abs(step - 0.6 * steps[-1])))
    half = next(step for step, value in zip(steps, at, strict=True) if value <= (at[0] + at[-1]) / 2)
    chosen = {step: along[step][:16] for step in steps[:: -(-len(steps) // 8)]}
    return Finding(
        f"4.4, figure 5 ({data})",
        "M_global falls as images get better, and fast",
        "M_global falls over the training while the fidelity of samples grows, and convergence is fast at first.",
        made_of(last) + f"; {len(steps)} snapshots of one run.",
        (
            Check(
                "M_global falls, and FID with it: rank correlation over 0.7",
                f"M_global {at[0]:.3f} to {at[-1]:.3f}, FID {fid[0]:.0f} to {fid[-1]:.0f}, correlation {rho:+.2f} "
                f"({low:+.2f} to {high:+.2f}, {len(steps)} snapshots)",
                bool(rho > 0.7 and at[-1] < at[0] and fid[-1] < fid[0]),
                "half of the variance of the ranks; the interval supposes independent snapshots, which these are not",
            ),
            Check(
                "fast at first: half of the fall before a quarter of the run",
                f"half of it by step {half:,} of {steps[-1]:,}",
                half <= steps[-1] / 4,
                "a fall in proportion to the steps has it at half of the run",
            ),
        ),
        "hundreds of snapshots of several seeds, and a collapse that came by itself.",
        (
            Check(
                "it tells more than the number of steps does: a higher rank correlation with FID",
                f"{rho:+.2f}, of the steps {by_step:+.2f}",
                bool(rho > by_step),
                "any curve that only falls goes with any other",
            ),
            Check(
                "where it stands still, so do the samples: from three fifths of the run on, FID falls by under a tenth",
                f"M_global {at[late]:.4f} to {at[-1]:.4f}, FID {fid[late]:.0f} to {fid[-1]:.0f}",
                bool(fid[-1] > 0.9 * fid[late]),
                "a measure of convergence should not rest before the images do",
            ),
        ),
        picture=save(pinned_figure(last.history, chosen), folder, f"figure-5-{name}.jpg"),
        alt="M_global over the steps with grids of sixteen faces pinned to its curve",
        notebook="08_convergence",
    )


def collapse(folder: Path) -> Finding:
    """What M_global and the ratio of losses show of a collapse that was made on purpose."""
    name, parent, step = COLLAPSE
    broken, before = shipped.load(name), shipped.load(parent, step)
    drawn = {"before": before.generate(64, CODES), "after": broken.generate(64, CODES)}
    varied = {label: diversity(images) for label, images in drawn.items()}
    history, window = broken.history, 100
    m_global = [history["m_global"][step - window : step].mean(), history.tail_mean("m_global", window)]
    losses = [
        [history[c][step - window : step].mean(), history.tail_mean(c, window)] for c in ("loss_real", "loss_fake")
    ]
    ratio = [fake / real for real, fake in zip(*losses, strict=True)]
    # With the ratio r at 0 at worst, M_global = L(x) (1 + |γ - r|) can rise to (1 + γ) L(x), L(x) being what it was.
    most = (1 + history["gamma"][step - 1]) * losses[0][0] / m_global[0] - 1
    rise = m_global[1] / m_global[0] - 1
    figure = plots.grids_figure([images[:16] for images in drawn.values()], list(drawn), columns=4, width=6)
    return Finding(
        "3.4.2, 4.4 (collapse)",
        "M_global tells whether a model has collapsed",
        "M_global tells when the network has reached its final state or if the model has collapsed.",
        f"{made_of(broken)}, with k held at 0 from there.",
        (
            Check(
                "where diversity falls to under a tenth, M_global rises by at least half of what it can",
                f"diversity {varied['before']:.3f} to {varied['after']:.3f}, M_global {rise:+.0%} of {most:+.0%}",
                bool(varied["after"] < 0.1 * varied["before"] and rise > 0.5 * most),
                "with L(x) as it was, its second term can add γ L(x) and no more; an earlier page asked for a "
                "doubling, which cannot be",
            ),
        ),
        "collapses that come by themselves, at high rates or late, with M_global logged beside diversity.",
        (
            Check(
                "the ratio of losses shows it more plainly: it changes by more than M_global does, as a share",
                f"ratio {ratio[0]:.2f} to {ratio[1]:.2f} ({ratio[1] / ratio[0] - 1:+.0%}), M_global {rise:+.0%}",
                bool(abs(ratio[1] / ratio[0] - 1) > abs(rise)),
                "it is logged as well, and γ says where it should be",
            ),
        ),
        untestable=ON_PURPOSE,
        picture=save(figure, folder, "collapse.jpg"),
        alt=f"Sixteen samples before and after: {numbers(varied, '.3f')}",
        notebook="08_convergence",
    )
