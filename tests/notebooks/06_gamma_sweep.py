"""What the text of notebook 06 says of its runs and of the shipped ones."""

import numpy as np
import torch

from began_lib.machine.storage import REPOSITORY, read_object
from began_lib.scores.quality import closest_pair
from began_lib.shipped import blend


def test_short_runs_make_one_face_and_k_rises_with_gamma(page):
    assert [np.mean(page.k[gamma]) for gamma in (0.1, 0.3, 0.5, 0.7, 1.0)] == sorted(map(np.mean, page.k.values()))
    least = zip(page.spread[0.1], page.spread[0.3], strict=False)
    assert all(a < b for a, b in least), "with k at 0 samples are the least varied, seed by seed"
    assert abs(np.mean(page.reached[1.0]) - 1) < 0.2, "at gamma 1 the ratio follows"
    loss = {gamma: np.mean(row) for gamma, row in page.rebuilt.items()}
    assert max(loss, key=loss.get) == 1.0, "D rebuilds real faces worse"
    assert all(0.08 < floor < 0.15 for floor in page.floors), "with k held at 0 runs have come down to about 0.1"


def test_shipped_runs_are_branches_that_arrived(page):
    for row in page.ratios.values():
        assert all(abs(ratio - float(label[4:])) < 0.06 for label, ratio in row.items())
    for data, (_, ancestor, _) in page.names.items():
        for label in ("γ = 0.3", "γ = 0.7"):
            model = page.models[data][label]
            assert model.config.branch == f"runs/{ancestor}@8000" and len(model.history) == 20_000


def test_what_fools_each_measure(page):
    means = {name: page.means(row) for name, row in page.drawn.items()}
    fooled, real = means["one face, noise"], means["training faces"]
    assert fooled["precision"] > real["precision"] and means["blurred"]["precision"] > real["precision"]
    assert page.distance["one face, noise"].value < 1.1 * page.distance["γ = 0.3"].value
    assert fooled["grain beyond D"] > 5 * real["grain beyond D"]


def test_noise_drives_the_closest_pair_apart(page):
    assert closest_pair(page.sets["one face, noise"][:64]) > closest_pair(page.training[:64])


def test_from_one_gamma_to_the_next(page):
    change = {name: list(row.values()) for name, row in page.changed.items()}
    for name in ("diversity, drawn faces", "diversity, photographs"):
        assert change[name][0][0] < 0.5 * change[name][1][0], "little from 0.3 to 0.5"
    (first, *_), (_, _, high) = change["coverage, drawn faces"]
    assert first > 0.3 and high < 0, "coverage rises, then falls a little"
    small, large = (change[f"grain beyond D, {data}"][1][0] for data in ("drawn faces", "photographs"))
    assert 0.1 * large < small < 0.15 * large, "an eighth of it on drawn faces"
    assert change["precision, drawn faces"][1][2] > 0, "precision is not seen to fall"
    fid = [page.distance[f"γ = {gamma}"].value for gamma in (0.3, 0.5, 0.7)]
    assert fid[1] < fid[2] < 1.1 * fid[1] < fid[0], "0.5 is best, with 0.7 close behind"


def test_nine_runs_from_scratch_differ_in_gamma_and_seed_alone(page):
    runs = [run for run in page.experiments["runs"].values() if run["question"] == "figure 3"]
    gammas = (0.3, 0.5, 0.7)
    assert [(run["config"]["gamma"], run["seed"]) for run in runs] == [(it, seed) for it in gammas for seed in range(3)]
    first, *others = ({**run["config"], "gamma": 0, "seed": 0} for run in runs)
    assert all(config == first for config in others)
    assert (first["data"], first["learning_rate"], first["steps"], first["branch"]) == ("lfw", 1e-4, 50_000, "")
    assert abs(1 / (1 - first["questions"]["ema"]) - 1000) < 1
    for model in page.models["photographs"].values():
        assert model.config.architecture.filters == 2 * first["architecture"]["filters"] == 32
    assert page.at_ends("ratio").shape == (3, 3) and page.experiments["protocol"]["samples"] == 2000


def test_diversity_swings_along_a_run(page):
    marks = page.experiments["runs"]["balanced, seed 0"]["marks"]
    assert [f"{marks[f'step-{step}']['diversity']:.2f}" for step in (15_000, 20_000)] == ["0.40", "0.35"]


def told(values, form):
    """The lowest and the highest, as the text has them."""
    return [format(values.min(), form), format(values.max(), form)]


def test_what_nine_runs_from_scratch_say(page):
    averaged, own, grain = (page.at_ends(name) for name in ("averaged_diversity", "diversity", "grain_beyond"))
    assert page.off < 0.02 and page.in_order == 2
    first, second = np.diff(averaged, axis=0)
    assert told(first, ".3f") == ["0.014", "0.045"]
    assert [f"{it:+.3f}" for it in second] == ["+0.003", "-0.008", "+0.005"]
    assert 0.77 < averaged[0].min() / page.photographs["diversity"] < 0.78
    assert list((np.diff(own, axis=0) > 0).all(0)) == [True, False, False], "one moment: seed 0 alone is in order"
    low, middle, high = grain
    assert (f"{low.max():.4f}", told(middle, ".4f"), f"{high.min():.4f}") == ("0.0024", ["0.0090", "0.0134"], "0.0167")
    assert 2 < 127.5 * high.min() < 2.2 and (np.diff(grain, axis=0) > 0).all()
    assert (grain > at_20_000(page, "grain_beyond")).all(), "it grew in every run"
    assert [told(row, ".3f") for row in page.pairs] == [["0.118", "0.148"], ["0.155", "0.164"], ["0.168", "0.201"]]
    before = at_20_000(page, "averaged_closest_pair")
    assert not (np.diff(before, axis=0) > 0).all(), "nor in order at 20,000 steps"
    assert [(np.diff(at_20_000(page, "averaged_diversity"), axis=0) > 0).all(0).sum()] == [2]


def at_20_000(page, measure):
    """A measure of the nine runs where they were judged first, (γ, seeds)."""
    rows = [run["marks"]["step-20000"] for run in page.nine]
    return np.array([page.over_seeds.value(row, measure) for row in rows]).reshape(3, 3)


def test_what_a_feature_network_says_of_nine_runs(page):
    fid, coverage, recall = (page.at_ends(f"averaged_{name}") for name in ("fid", "coverage", "recall"))
    assert [told(row, ".0f") for row in fid] == [["64", "69"], ["46", "62"], ["59", "73"]]
    assert (fid.argmin(0) == 1).all(), "0.5 is nearest in each seed"
    before = at_20_000(page, "averaged_fid")
    assert told(before[0], ".0f") == ["86", "97"] and told(before[2], ".0f") == ["56", "64"]
    assert (before - fid).min(1).argmax() == 0, "more steps help the lowest most"
    assert told(coverage[0], ".2f") == ["0.10", "0.11"] and told(coverage[1], ".2f") == ["0.23", "0.33"]
    assert (coverage[2] < coverage[1]).all() and f"{recall.max():.3f}" == "0.003"
    assert f"{page.over_seeds.value(page.experiments['floors']['lfw']['photographs'], 'coverage'):.2f}" == "0.97"


def halves(page, measure):
    """A measure of the runs at 64x64, a mean over their second half, (γ, seeds)."""
    return np.array([[row[measure] for row in rows] for rows in page.at_64.values()])


def test_six_runs_at_the_papers_size_differ_in_gamma_and_seed_alone(page):
    runs = [run for run in page.experiments["runs"].values() if run["question"] == "figure 3, 64x64"]
    assert [(run["config"]["gamma"], run["seed"]) for run in runs] == [
        (it, s) for it in (0.3, 0.5, 0.7) for s in (0, 1)
    ]
    first, *others = ({**run["config"], "gamma": 0, "seed": 0} for run in runs)
    shape = first["architecture"]
    assert all(config == first for config in others)
    assert (first["data"], first["learning_rate"], first["steps"], first["branch"]) == ("lfw", 1e-4, 30_000, "")
    assert (shape["size"], shape["filters"]) == (64, 4 * 16)
    moments = [row["steps"] for row in runs[0]["marks"].values() if row["steps"] >= 15_000]
    assert moments == [15_000, 20_000, 25_000, 30_000]


def test_what_six_runs_at_the_papers_size_say(page):
    at_once = read_object(REPOSITORY / "docs" / "gpu" / "side-by-side.json")["runs"].values()
    assert len(at_once) == 6 and {round(run["seconds"] / 60) for run in at_once} == {9}, "nine minutes for all six"
    low, middle, high = halves(page, "diversity")
    assert [f"{it:.3f}" for it in (*sorted(low), *sorted(high))] == ["0.351", "0.355", "0.361", "0.382"]
    assert (middle > low).all() and sorted(high > middle) == [False, True]
    both_ends = [f"γ = {gamma}, 64x64, seed {seed}" for gamma in (0.3, 0.7) for seed in (0, 1)]
    runs = [page.experiments["runs"][key] for key in both_ends]
    moments = [[row["diversity"] for row in run["marks"].values() if row["steps"] >= 15_000] for run in runs]
    assert f"{max(max(of) - min(of) for of in moments):.2f}" == "0.11"
    pair = [told(row, ".3f") for row in halves(page, "closest_pair")]
    assert pair == [["0.069", "0.091"], ["0.127", "0.133"], ["0.145", "0.150"]]
    assert f"{high.min() - low.max():.3f}" == "0.006"
    ends = np.array([[row["diversity"] for row in rows] for rows in page.ends_at_64.values()])
    assert not (np.diff(ends, axis=0) > 0).all(0).any(), "at the last step no seed is in order"
    coverage, fid, precision = (halves(page, it) for it in ("coverage", "fid", "precision"))
    assert [told(row, ".2f") for row in coverage] == [["0.01", "0.02"], ["0.13", "0.16"], ["0.07", "0.07"]]
    assert [told(row, ".0f") for row in fid] == [["111", "111"], ["69", "77"], ["82", "127"]]
    assert precision[1].min() > max(precision[0].max(), precision[2].max())
    grain = [told(np.array(row), ".4f") for row in (page.fine, page.grainy, page.broken)]
    assert grain == [["0.0012", "0.0013"], ["0.0046", "0.0065"], ["0.0091", "0.0117"]]


def test_one_moment_has_stripes(page):
    marks = page.experiments["runs"]["γ = 0.7, 64x64, seed 1"]["marks"]
    rows = [marks[f"step-{step}"] for step in (15_000, 20_000, 25_000, 30_000)]
    assert [f"{row['fid'][0]:.0f}" for row in rows] == ["76", "285", "76", "70"]
    grain = [row["grain_beyond"] for row in rows]
    assert grain[1] > 2.5 * max(grain[0], *grain[2:]), "what is not D's own"
    assert f"{rows[1]['ratio']:.2f}" == "0.73" and f"{rows[1]['face_rate']:.0%}" == "99%"


def test_factors_that_d_loses_and_that_gamma_brings_back(page):
    for row in page.shares.values():
        assert abs(row["blurred"] / row["training faces"] - 1) < 0.15, "blur alone hides none"
    assert (
        page.shares["teeth or open mouth"]["rebuilt by D"] < 0.3 * page.shares["teeth or open mouth"]["training faces"]
    )
    assert page.shares["glasses"]["rebuilt by D"] < 0.7 * page.shares["glasses"]["training faces"]
    for attribute in ("glasses", "bald or balding", "beard or moustache"):
        row = page.shares[attribute]
        assert row["γ = 0.3"] < 0.3 * row["training faces"] and min(row["γ = 0.5"], row["γ = 0.7"]) > 2 * row["γ = 0.3"]
    hair, age = page.shares["long or wavy hair"], page.shares["older than 60"]
    assert hair["γ = 0.3"] > hair["training faces"] > 3 * max(hair["γ = 0.5"], hair["γ = 0.7"])
    assert min(age[f"γ = {gamma}"] for gamma in (0.3, 0.5, 0.7)) > 1.3 * age["training faces"]
    for attribute in ("glasses", "beard or moustache"):
        assert page.shares[attribute]["γ = 0.7"] > 1.1 * page.shares[attribute]["training faces"]


def test_with_k_held_gamma_does_nothing_as_exercise_1_says(page):
    held = [page.trained(0.3, seed, k=float(np.mean(page.k[0.7])), hold_k=True) for seed in (0, 1)]
    assert min(page.diversity(run.began.generate(page.codes)) for run in held) > max(page.spread[0.7])


def test_diversity_falls_first_on_the_line_between_weights_as_exercise_4_says(page):
    with torch.no_grad():
        faces = [blend(page.on_photographs, gamma)(page.z[:256]).clamp(-1, 1) for gamma in (0.3, 0.35, 0.4)]
    first, *between = map(page.diversity, faces)
    assert max(between) < first
