"""What guards the prose of notebook 00: run in its kernel, after its last cell, at the quick scale."""


def test_generated_images_begin_below_the_target(page):
    real, fake = (page.history[column][:100].mean() for column in ("loss_real", "loss_fake"))
    assert fake < page.config.gamma * real


def test_the_samples_are_not_copies_of_one_another(page):
    ours, drawn = (page.variety[name]["closest two"] for name in ("samples", "drawn"))
    assert 0.4 * drawn < ours < drawn  # "faces that differ", and less than the data do


def test_frozen_noise_keeps_the_error_large(page):
    errors = [
        run.tail_mean("m_global", 100) - run.tail_mean("loss_real", 100) for run in (page.frozen.history, page.history)
    ]
    assert errors[0] > 2 * errors[1]
    assert page.falls["G frozen"]["M_global"] < page.falls["G trained"]["M_global"]


def test_the_long_runs_end_near_their_gamma_and_are_mostly_their_loss(page):
    for model in page.models:
        end = {name: model.history.tail_mean(name, 1000) for name in ("loss_real", "loss_fake", "m_global")}
        assert abs(end["loss_fake"] / end["loss_real"] - model.config.gamma) < 0.1, model.name
        assert 0.9 < end["loss_real"] / end["m_global"] < 1, model.name


def test_the_longest_run_is_that_of_the_photographs(page):
    shape = page.model.config.architecture
    assert (page.model.name, page.model.step, shape.size, shape.filters) == ("lfw-64", 42_000, 64, 64)
    assert max(model.step for model in map(page.shipped.load, page.shipped.names(page.shipped.FOLDER))) == 42_000
    assert page.model.card["data"]["train"] < 360_000


def test_settings_are_as_far_above_the_papers_as_the_page_says(page):
    assert page.config.lambda_k == 20 * 0.001 and page.config.learning_rate == 2 * 1e-4
