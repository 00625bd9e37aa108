"""What guards the prose of notebook 09: run in its kernel, after its last cell, at the quick scale."""


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


def test_what_one_seed_says(page):
    value = {name: {key: score.value for key, score in row.items()} for name, row in page.scores.items()}
    starved, balanced = value["starved D"], value["balanced"]
    half = sum((page.scores[name]["FID"].high - page.scores[name]["FID"].low) / 2 for name in ("starved D", "balanced"))
    assert abs(starved["FID"] - balanced["FID"]) < half and abs(starved["coverage"] - balanced["coverage"]) < 0.1
    assert starved["KID"] < balanced["KID"]
    assert page.quality["starved D"].face_rate > page.quality["balanced"].face_rate
    assert page.quality["starved D"].diversity < page.quality["balanced"].diversity
    worse = value["starved G"]
    assert page.quality["starved G"].face_rate > page.quality["balanced"].face_rate
    assert page.quality["starved G"].diversity > page.quality["balanced"].diversity
    assert balanced["FID"] < worse["FID"] < balanced["FID"] + 2 * half and balanced["KID"] < worse["KID"]


def test_every_model_that_ships_in_one_table(page):
    for row in page.every.values():
        controlled = not row["k"].startswith("held")
        assert row["last 1,000"] < 0.9 * row["M_global, first"]
        assert (abs(row["ratio"] - row["γ"]) < 0.15) == controlled
        assert (row["diversity"] > 0.15) == controlled
    assert page.every["faces-32-collapse"]["k"] == "held, 0.000", "not the mean with steps before it was held"


def test_the_rate_is_three_times_the_papers_highest(page):
    assert round(page.setting.learning_rate / 1e-4) == 3
