# %% [markdown]
# # 9 · Unbalanced networks: does equilibrium hold, and what does it cost?
#
# GANs break when one player is stronger than the other. The paper starves one of its players on purpose and reports that
# BEGAN stays in balance, at the price of quality (section 4.5, figure 6).
#
# **The question of this page:** does the balance hold when G or D is starved, is it the controller that holds it, and what
# is the price?

# %%
# On Google Colab this fetches the suite; on your own machine it does nothing.
import os
import subprocess
import sys
import zipfile

if "google.colab" in sys.modules:
    if not os.path.exists("/content/began/pyproject.toml"):
        zipfile.ZipFile("/content/began.zip").extractall("/content/began")  # you upload it: see the README
    subprocess.check_call(["pip", "install", "-q", "--no-deps", "-e", "/content/began",
                           "safetensors", "POT", "torchmetrics", "lightning-utilities"])
    sys.path.insert(0, "/content/began")
    os.chdir("/content/began/notebooks")

# %%
import os

import numpy as np
import torch
from matplotlib.figure import Figure

from began_lib import exercises_unbalanced as exercises
from began_lib import plots, shipped
from began_lib.configuration import profile
from began_lib.data import open_dataset, to_unit_range
from began_lib.models import Architecture, Discriminator, Generator, layer_table, sample_z
from began_lib.quality import diversity, measure
from began_lib.show import show_figure
from began_lib.training import Trainer

plots.use_style()
long_runs = {
    "balanced": "faces-32-balanced",
    "starved G": "faces-32-starved-generator",
    "starved D": "faces-32-starved-discriminator",
    "starved G, k = 0": "faces-32-starved-generator-uncontrolled",
    "starved D, k = 0": "faces-32-starved-discriminator-uncontrolled",
}  # shipped; those that are not in data/shipped are left out below
scale = os.environ.get("BEGAN_PROFILE", "quick")  # "paper" in place of "quick": its full scale
full, starved = (32, 4) if scale == "quick" else (128, 16)  # numbers in a code; the paper: 128 and 16
pairs = {"balanced": (full, full), "starved G": (full, starved), "starved D": (starved, full)}  # N_h of D, N_z of G

# %% [markdown]
# ## What is starved?
#
# G paints from $z \in [-1,1]^{N_z}$, D rebuilds from the embedding $h \in \mathbb{R}^{N_h}$. The starved network gets 16 numbers
# where the other one has 128. It loses some weights with them, at the paper's 64x64:


# %%
def sizes(hidden, latent, size=64, filters=64):
    """Weights of D and of G at the paper's 64x64."""
    a = Architecture(size=size, filters=filters, hidden=hidden, latent=latent)
    return layer_table(Discriminator(a)).parameters, layer_table(Generator(a)).parameters


paper_pairs = {"balanced": (128, 128), "starved G": (128, 16), "starved D": (16, 128)}
whole = sizes(*paper_pairs["balanced"])
for name, (hidden, latent) in paper_pairs.items():
    d, g = sizes(hidden, latent)
    print(f"{name:10s} N_h {hidden:3d}, N_z {latent:3d}: D {d / 1e6:.2f} M weights ({d / whole[0]:.0%}), "
          f"G {g / 1e6:.2f} M ({g / whole[1]:.0%})")  # fmt: skip

# %% [markdown]
# What counts is the *dimension* of what can come out. G is a smooth map of $N_z$ numbers, so around any image there are at
# most $N_z$ directions in which it can go. That can be counted: the rank of G's Jacobian. D's reconstructions have $N_h$.


# %%
def directions(network, code):
    """Rank of the Jacobian of a network that paints an image from a code, in double precision."""
    jacobian = torch.func.jacrev(lambda c: network(c[None]).flatten())(code)
    return int(torch.linalg.matrix_rank(jacobian, rtol=1e-9))


for latent in (full, starved):
    torch.manual_seed(0)
    G = Generator(Architecture(size=16, filters=16, hidden=full, latent=latent)).double()
    rank = directions(G, sample_z(1, latent, torch.Generator().manual_seed(1)).double()[0])
    print(f"N_z = {latent:3d}: images of {16 * 16 * 3} numbers, {rank} directions to go")
    assert rank == latent

# %% [markdown]
# ## What "equilibrium is maintained" can mean
#
# Notebook 03 added up the controller's moves: while k stays inside (0, 1),
#
# $$\frac{\overline{\mathcal{L}(G(z))}}{\overline{\mathcal{L}(x)}} = \gamma - \frac{k_T-k_0}{\lambda_k T\,\overline{\mathcal{L}(x)}} .$$
#
# So a ratio near γ is no achievement of the networks: it follows from *k being somewhere in between and not moving much*.
# The claim that can fail is that such a k exists. It fails where k is driven to 0 and stays (generated images are too
# hard even for a D that ignores them), or to 1 (too easy even for a D that fights them).
#
# ## Six small runs before your eyes
#
# Three pairs, with the controller and with k held at 0: same data, same seed, same number of steps.

# %%
small = {"steps": 150, "learning_rate": 1e-3, "lambda_k": 0.05, "halving": False} if scale == "quick" else {}
shape = {"size": 16, "filters": 16} if scale == "quick" else {"size": 64, "filters": 64}
faces = open_dataset("faces", size=shape["size"], limit=4000 if scale == "quick" else None)
games = {}
for name, (hidden, latent) in pairs.items():
    for label, held in (("", {}), (", k = 0", {"hold_k": True})):
        a = Architecture(**shape, hidden=hidden, latent=latent)
        games[name + label] = Trainer(profile(scale, data="faces", architecture=a, **small, **held), faces)
        games[name + label].train(progress=False)
print({name: len(game.history) for name, game in games.items()})

# %%
COLOURS = {"balanced": plots.BLACK, "starved G": plots.FAKE, "starved D": plots.REAL}


def draw_courses(histories, window):
    """Loss ratio, k and M_global of several runs; dashed where k is held at 0."""
    figure = Figure(figsize=(11, 3))
    ratio, control, m_global = figure.subplots(1, 3)
    for name, history in histories.items():
        look = {"color": COLOURS[name.split(",")[0]], "linestyle": "--" if "k = 0" in name else "-"}
        at, fake = plots.running_mean(history["loss_fake"], window)
        ratio.plot(at, fake / plots.running_mean(history["loss_real"], window)[1], label=name, **look)
        control.plot(*plots.running_mean(history["k"], window), **look)
        m_global.plot(*plots.running_mean(history["m_global"], window), **look)
    ratio.axhline(0.5, color=plots.TARGET, linewidth=3, alpha=0.6, zorder=0, label="γ")
    for axes, label in ((ratio, "L(G(z)) / L(x)"), (control, "k"), (m_global, "M_global")):
        axes.set(xlabel=f"step (means of {window})", ylabel=label)
    ratio.set_ylim(0, 1)
    m_global.set(yscale="log")
    figure.legend(*ratio.get_legend_handles_labels(), loc="outside right center", fontsize="small")
    return figure


show_figure(draw_courses({name: game.history for name, game in games.items()}, 15), "Ratio, k and M_global of six small runs: with "
            "the controller the ratio goes to gamma for all three pairs, without it all stay below.")  # fmt: skip


# %%
def balance(history, last):
    """Ratio of the means of the last steps, and the share of them with k strictly inside (0, 1)."""
    ratio = history.tail_mean("loss_fake", last) / history.tail_mean("loss_real", last)
    k = history["k"][-last:]
    return ratio, np.mean((k > 0) & (k < 1))


last = len(games["balanced"].history) // 2
small_ratio, small_varied, small_loss = {}, {}, {}
for name, game in games.items():
    small_ratio[name], inside = balance(game.history, last)
    small_varied[name], small_loss[name] = diversity(game.samples()), game.held_out_loss()
    print(
        f"{name:17s} ratio over the last {last} steps {small_ratio[name]:.2f}, k inside (0, 1) in {inside:.0%}, "
        f"held-out L(x) {small_loss[name]:.3f}, diversity {small_varied[name]:.3f}"
    )
if scale == "quick":
    assert all(abs(small_ratio[name] - 0.5) < 0.12 for name in pairs)
    assert all(small_ratio[name + ", k = 0"] < small_ratio[name] - 0.1 for name in pairs)
    assert all(small_varied[name + ", k = 0"] < small_varied[name] for name in pairs)
    assert max(pairs, key=lambda name: games[name].history["k"][-1]) == "starved D"
    assert max(pairs, key=small_varied.get) == "starved D"
    assert small_loss["starved D"] > 1.3 * max(small_loss["balanced"], small_loss["starved G"])

# %% [markdown]
# - **With the controller** all three ratios are near γ, with k well inside. The starved D needs the largest k: what G paints
#   is easy for it.
# - **Without it** nothing breaks either. D is a plain auto-encoder, G paints what D rebuilds best, and the ratio stays
#   wherever that ends: far below γ. M_global falls for these runs too.
# - **The price** falls on whom one would not expect first: starving D makes D worse at *real* images. Everything must pass
#   through 4 numbers.
#
# ## The longer runs that ship with the suite
#
# 32x32, 16 filters, the paper's 128 and 16, 5,000 steps each: figure 6 as far as a laptop goes.

# %%
models = {label: shipped.load(name) for label, name in long_runs.items() if name in shipped.names()}
histories = {label: model.history for label, model in models.items()}
print({label: f"{len(history):,} steps" for label, history in histories.items()})
show_figure(draw_courses(histories, 200), "Ratio, k and M_global of the long runs: with the controller the ratios approach "
            "gamma together and k stays between 0 and 1; M_global falls for each.")  # fmt: skip

# %%
data = open_dataset("faces", size=32)
real = to_unit_range(torch.as_tensor(data.held_out[:512]))
drawn, found, rebuilt = {}, {"real images": measure(real[:192], real[192:])}, {}
for label, model in models.items():
    codes = sample_z(192, model.config.architecture.latent, torch.Generator().manual_seed(5))
    with torch.no_grad():
        drawn[label], rebuilt[label] = model.generator(codes).clamp(-1, 1), model.discriminator(real[:16]).clamp(-1, 1)
    found[label] = measure(drawn[label], real[192:])
show_figure(plots.grids_figure([real[:16], *(images[:16] for images in drawn.values())], ["real images", *drawn], columns=4,
            width=11), "Sixteen real faces, and sixteen generated ones of each long run.", kind="jpeg")  # fmt: skip

# %%
show_figure(plots.grids_figure([real[:16], *rebuilt.values()], ["x, held out", *(f"D(x), {name}" for name in rebuilt)],
            columns=4, width=11), "Sixteen held-out faces, and what each D rebuilds of them.", kind="jpeg")  # fmt: skip

# %%
held_out, long_ratio, long_inside = {}, {}, {}
print(f"{'':17s} | ratio  k inside  k mean  M_global | held-out L(x)  face rate  diversity  distance")
for label, history in histories.items():
    long_ratio[label], long_inside[label] = balance(history, 1000)
    held_out[label] = history["evaluation_held_out_loss"][-1]
    k, m = history.tail_mean("k", 1000), history.tail_mean("m_global", 1000)
    q = found[label]
    print(f"{label:17s} | {long_ratio[label]:5.2f} {long_inside[label]:9.0%} {k:7.3f} {m:9.4f} | {held_out[label]:13.4f} "
          f"{q.face_rate:10.0%} {q.diversity:10.3f} {q.distance:9.3f}")  # fmt: skip
q = found["real images"]
print(f"{'real images':17s} | {'':34s} | {'':13s} {q.face_rate:10.0%} {q.diversity:10.3f} {q.distance:9.3f}")

# %% [markdown]
# The ratios stay somewhat below γ = 0.5, for each pair. The bookkeeping says what that means: k has not arrived yet.

# %%
for label, history in histories.items():
    if "k = 0" in label:
        assert long_inside[label] == 0
        continue
    k, mean_real = history["k"], history.tail_mean("loss_real", 1000)
    predicted = 0.5 - (k[-1] - k[-1001]) / (0.001 * 1000 * mean_real)
    print(f"{label:17s} k rose by {k[-1] - k[-1001]:.4f} in the last 1,000 steps: ratio {predicted:.3f}, "
          f"found {long_ratio[label]:.3f}")  # fmt: skip
    assert long_inside[label] == 1 and abs(predicted - long_ratio[label]) < 2e-3  # float32 additions to k
    assert (
        0.3 < long_ratio[label] < 0.6 and history.tail_mean("m_global", 1000) < 0.8 * history["m_global"][:1000].mean()
    )

# %%
for label in histories:
    dearer, varied = (
        held_out[label] / held_out["balanced"] - 1,
        found[label].diversity / found["balanced"].diversity - 1,
    )
    print(f"{label:17s} held-out L(x) {dearer:+.0%}, diversity {varied:+.0%} of the balanced pair's")
used = {}
for label, images in {"real images": real[:192], **drawn}.items():
    variances = torch.linalg.svdvals(images.flatten(1) - images.flatten(1).mean(0)).square()
    used[label] = int((variances.cumsum(0) < 0.9 * variances.sum()).sum()) + 1
print("directions that hold 90 % of the variance:", used)
if "starved D" in histories:
    assert held_out["starved D"] > 1.3 * held_out["balanced"]
    assert found["starved D"].diversity > 1.2 * found["balanced"].diversity
    assert found["starved D"].distance > 1.1 * found["balanced"].distance
if "starved G" in histories:
    assert used["starved G"] < 16 < used["real images"]
    assert abs(held_out["starved G"] / held_out["balanced"] - 1) < 0.03
    assert found["starved G"].diversity < found["balanced"].diversity

# %% [markdown]
# ### Verdict, and where the claim is weaker than it sounds
#
# - *Equilibrium is maintained:* yes, for every pair that we trained with the controller. k stays inside its interval, M_global
#   falls, the ratio goes where the bookkeeping sends it. By that bookkeeping it says little about the networks.
# - *It is the controller that maintains it:* the balance, yes; without it the ratio is far below γ. Stability, no: the runs
#   without a controller are as stable. What they lose is variety, and that costs nothing in their losses.
# - *Starving G costs little here.* Its D rebuilds held-out faces as well as the balanced pair's; its faces are somewhat less
#   varied. After 5,000 steps 90 % of the variance of its faces lies in fewer directions than the 16 it is left with: what is
#   not used yet is not missed yet.
# - *Starving D costs quality,* as the paper says, and D's own first of all: everything must pass through 16 numbers, and
#   its held-out L(x) is higher than the balanced pair's by a third or more, in the small runs and in the long one.
#   G's faces are another matter. In both they are *more* varied than the balanced pair's, and in the long run the detector
#   finds a face in more of them; but their colours and layout are farther from the data's. A coarse D keeps G's large
#   features apart and does not see the rest.
# - *How far this goes.* One seed each, drawn faces at 32x32, 16 filters, a few thousand steps; the paper shows grids at 64x64
#   and no numbers.
#
# ### What we checked
#
# Weights and directions of three pairs; six small runs, with and without the controller: ratio, k, held-out loss, diversity;
# the long runs that are here: the same, the face rate and the distance to the data beside real images, and the ratio
# against the bookkeeping of k.
#
# ## Exercises
#
# **1.** How many weights and biases do the fully connected layers have, D's and G's? From n filters, the number of scales,
# N_h and N_z. The encoder ends with a cube of 8x8 pixels and n times the number of scales filters; decoders begin with n.


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
# **2.** In how many directions do images *really* vary? With eigenvalues $\lambda_i$ of their covariance, the participation
# ratio $(\sum\lambda_i)^2/\sum\lambda_i^2$ is 1 if all variance lies in one direction and p if it lies equally in p.
# `images` is (N, pixels).


# %%
def effective_directions(images): ...


exercises.check_effective_directions(effective_directions)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def effective_directions(images):
#     values = np.linalg.eigvalsh(np.cov(images.T))
#     return values.sum() ** 2 / (values**2).sum()
# ```
# Try it on `drawn["balanced"].flatten(1).numpy()` and on real images: far below N_z, and far below the number of pixels.
# </details>
#
# **3.** What must a starved D pay? The best *linear* auto-encoder keeps the h directions of largest variance. Which share of
# the variance of `images`, (N, pixels), does it lose?


# %%
def linear_price(images, h): ...


exercises.check_linear_price(linear_price)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def linear_price(images, h):
#     values = np.linalg.eigvalsh(np.cov(images.T))[::-1]
#     return values[h:].sum() / values.sum()
# ```
# On `data.held_out` compare h = 16 with h = 128: that is the price before any training.
# </details>
