"""What guards the prose of notebook 09: run in its kernel, after its last cell, at the quick scale."""

from itertools import chain


def test_the_rank_is_the_dimension_of_z(page):
    assert [page.directions(latent) for latent in (page.full, page.starved)] == [page.full, page.starved]


def test_in_the_small_runs_k_at_zero_costs_variety_and_k_held_does_not(page):
    means = page.results.groupby("arm").diversity.mean()
    assert page.means["held-out L(x)"].xs("controller", level="arm").idxmax() == "starved D", "so its push is largest"
    assert means["k = 0"] < 0.7 * means["controller"]
    assert means["k held"] > 0.8 * means["controller"]


def test_a_starved_discriminator_pays_in_reconstructions(page):
    means = page.results[page.results.arm == "controller"].groupby("pair")["held-out L(x)"].mean()
    assert means["starved D"] > 1.2 * means["balanced"]
    loss = {name: page.histories[name]["evaluation_held_out_loss"][-1] for name in page.pairs}
    assert loss["starved D"] > 1.6 * loss["balanced"]
    assert abs(loss["starved G"] / loss["balanced"] - 1) < 0.03


def test_the_long_runs_end_at_gamma_with_k_inside(page):
    for name in page.pairs:
        history = page.histories[name]
        ratio = history.tail_mean("loss_fake", 1000) / history.tail_mean("loss_real", 1000)
        k = history["k"][-1000:]
        assert abs(ratio - page.setting.gamma) < 0.04 and ((k > 0) & (k < 1)).all(), name
        assert k.max() - k.min() < 0.1 * k.mean(), f"{name}: k moves little"
        if name == "starved D":
            assert k[-1] < 0.97 * k[0] and ratio > page.setting.gamma, "its k still falls"


def test_the_starved_discriminator_ends_with_the_smallest_k_in_the_long_runs(page):
    assert min(page.pairs, key=lambda name: page.histories[name]["k"][-1]) == "starved D"


def test_m_global_falls_without_the_controller_too(page):
    for history in page.histories.values():
        assert history["m_global"][-1000:].mean() < 0.9 * history["m_global"][:1000].mean()


def test_the_detector_likes_the_one_picture(page):
    assert min(page.quality[f"{pair}, k = 0"].face_rate for pair in ("starved G", "starved D")) > 0.9


def of(page, column):
    """A measure at the ends, by arm, in the order of the seeds."""
    rows = {name: [row[column] for row in rows] for name, rows in page.seeds.items()}
    return {name: [it[0] if isinstance(it, list) else it for it in found] for name, found in rows.items()}


def test_there_are_three_seeds_of_five_arms(page):
    assert list(page.seeds) == [*page.pairs, "k = 0", "k held"] and {len(rows) for rows in page.seeds.values()} == {3}


def test_every_pair_holds_its_equilibrium_in_every_seed(page):
    ratio, k, strayed = of(page, "ratio"), of(page, "k"), 0
    for name in page.pairs:
        assert max(abs(it - page.gamma) for it in ratio[name]) < 0.03
        runs = [page.experiments["runs"][f"{name}, seed {seed}"] for seed in range(3)]
        strayed += sum(max(abs(row["ratio"] - page.gamma) for row in run["marks"].values()) > 0.1 for run in runs)
        assert all(abs(it - (0.064 if name == "starved D" else 0.115)) < 0.011 for it in k[name])
    assert strayed == 4


def test_with_k_at_zero_every_seed_has_one_picture(page):
    assert max(of(page, "diversity")["k = 0"]) < 0.01 and max(of(page, "coverage")["k = 0"]) < 0.01
    assert [rate > 0.5 for rate in sorted(of(page, "face_rate")["k = 0"])] == [False, False, True]


def test_k_held_keeps_the_balance_and_is_ahead_early(page):
    assert max(abs(it - page.gamma) for it in of(page, "ratio")["k held"]) < 0.04
    diversity = of(page, "diversity")
    assert min(diversity["k held"]) >= 0.999 * min(diversity["balanced"])
    fid = {
        name: [
            [round(row["fid"][0]) for row in run["marks"].values() if row["steps"] == step]
            for step in (5_000, 20_000)
            for run in [page.experiments["runs"][f"{name}, seed {seed}"] for seed in range(3)]
        ]
        for name in ("balanced", "k held")
    }
    assert [*chain(*fid["balanced"])] == [603, 633, 619, 368, 347, 342]
    assert [*chain(*fid["k held"])] == [347, 410, 433, 415, 337, 434]
    k = [run["marks"]["step-15000"]["k"] for name, run in page.experiments["runs"].items() if "balanced" in name]
    assert all(it > 0.9 * end for it, end in zip(k, of(page, "k")["balanced"], strict=True))


def test_of_k_held_two_seeds_said_what_the_third_takes_back(page):
    ahead = []
    for name, sign in (("fid", 1), ("kid", 1), ("coverage", -1), ("recall", -1)):
        found = {arm: [sign * it for it in values] for arm, values in of(page, name).items()}
        zero, one, two = found["k held"]
        assert min(zero, two) > max(found["balanced"][::2]), "seeds 0 and 2, as they stood first"
        assert one < min(zero, two)
        assert one < max(found["balanced"])
        ahead += [name] if one < min(found["balanced"]) else []
    assert ahead == ["fid", "recall"]


def test_seeds_differ_by_more_than_an_interval(page):
    told = page.over_seeds.spreads(page.experiments, "figure 6", "fid").loc["starved G"]
    assert list(told)[1:] == ["83", "137"] and int(told.iloc[0]) < 20


def test_what_three_seeds_say_of_a_starved_d(page):
    better = {name: of(page, name) for name in ("coverage", "face_rate")}
    for found in better.values():
        assert min(found["starved D"]) > max(found["balanced"])
    for name in ("kid", "recall"):
        found = of(page, name)
        assert max(found["starved D"]) < min(found["balanced"])
    fid, loss = of(page, "fid"), of(page, "held_out_loss")
    assert max(fid["starved D"]) > min(fid["balanced"]) and max(fid["balanced"]) > min(fid["starved D"])
    means = {name: round(sum(of_seeds) / 3, 3) for name, of_seeds in loss.items()}
    assert (means["starved D"], means["balanced"]) == (0.125, 0.071)


def test_what_three_seeds_say_of_a_starved_g(page):
    for name in ("fid", "kid", "coverage"):
        found = of(page, name)
        assert min(found["starved G"]) < min(found["balanced"]) and max(found["balanced"]) < max(found["starved G"])
    assert max(of(page, "recall")["starved G"]) < min(of(page, "recall")["balanced"])
    assert min(of(page, "face_rate")["starved G"]) > max(of(page, "face_rate")["balanced"])
    diversity = {name: sum(found) / 3 for name, found in of(page, "diversity").items()}
    assert abs(diversity["starved G"] / diversity["balanced"] - 0.93) < 0.01


def test_every_model_that_ships_in_one_table(page):
    for row in page.every.values():
        controlled = not row["k"].startswith("held")
        assert row["last 1,000"] < 0.9 * row["M_global, first"]
        assert (abs(row["ratio"] - row["γ"]) < 0.15) == controlled
        assert (row["diversity"] > 0.15) == controlled
    assert page.every["faces-32-collapse"]["k"] == "held, 0.000", "not the mean with steps before it was held"


def test_the_rate_is_three_times_the_papers_highest(page):
    assert round(page.setting.learning_rate / 1e-4) == 3
