"""The end of a run in words: a report of each kind of course, from histories written by hand."""

import numpy as np
import pytest

from began_lib.training.configuration import TrainingConfig
from began_lib.training.evaluation import diversity_of_data
from began_lib.training.history import STEP_COLUMNS, History
from began_lib.training.report import report, stalled_since, verdict
from tests.training.test_trainer import blobs

CONFIG = TrainingConfig(halving_window=100, halving_patience=5, learning_rate=1e-4, batch_size=16)


def history(steps: int, evaluations: tuple[float, ...] = (), **columns: object) -> History:
    """One whose columns are as given; evaluations are diversities, equally far apart, at 10 steps a second."""
    usual = {"loss_real": 0.1, "loss_fake": 0.05, "k": 0.1, "m_global": 0.1, "gamma": 0.5, "learning_rate": 1e-4}
    made = History()
    rows = [np.broadcast_to(np.float32({**usual, **columns}[name]), steps) for name in STEP_COLUMNS]
    made.append(np.stack(rows, axis=1))
    for number, value in enumerate(evaluations, 1):
        made.append_evaluation(number * steps // len(evaluations), 0.1, 10.0, value)
    return made


def falling(steps: int) -> np.ndarray:
    return np.linspace(0.4, 0.1, steps)


def test_a_report_counts_times_and_says_how_long():
    text = report(history(2000, (0.3, 0.3), m_global=falling(2000)), CONFIG, 1185, 0.3, 0.4)
    assert text.startswith("each of the 1,185 training pictures was shown 27 times, in 3 min of training\n")
    assert "means of the last 1,000 steps:" in text and "  loss_fake  0.0500" in text
    assert "diversity: samples differ by 0.300 a pixel, training pictures by 0.400" in text
    assert "M_global fell until step 2,000 of 2,000" in text and "was falling still: it is worth going on" in text


@pytest.mark.parametrize(("steps", "said"), [(3, "0.041 times"), (74, "once"), (120, "2 times")])
def test_times_are_words(steps, said):
    assert f"was shown {said}" in report(history(steps), CONFIG, 1185, 0.3, 0.4)


def test_where_m_global_stalled_and_when_the_rate_fell():
    m_global = np.concatenate([falling(600), np.full(1400, 0.1)])
    rate = np.concatenate([np.full(1200, 1e-4), np.full(800, 2e-5)])
    stalled = history(2000, m_global=m_global, learning_rate=rate)
    assert stalled_since(stalled, CONFIG) == 700  # the last window that is below the sixth, which still fell
    text = report(stalled, CONFIG, 500, 0.3, 0.4)
    assert "M_global fell until step 700 of 2,000; the rate fell at steps 1,201" in text
    assert text.endswith("look at them, or at their FID, before you stop.")
    higher = history(2000, m_global=m_global)
    assert "the learning rate can fall further" in verdict(higher, CONFIG, 0.3, 0.4)
    assert "Too short a run" in verdict(history(150), CONFIG, 0.3, 0.4)


def test_k_at_a_bound_is_told_unless_it_was_held_there():
    assert "k stood at 0: L(G(z)) stays above gamma L(x)" in verdict(history(600, k=0.0), CONFIG, 0.3, 0.4)
    assert "k stood at 1: L(G(z)) stays below" in verdict(history(600, k=1.0), CONFIG, 0.3, 0.4)
    held = TrainingConfig(hold_k=True)
    assert "k stood" not in verdict(history(600, k=0.0), held, 0.3, 0.4)
    assert "k stood" not in verdict(history(400, k=0.0), CONFIG, 0.3, 0.4)  # early: it starts there
    assert "k stood" not in verdict(history(600, k=np.linspace(0, 0.1, 600)), CONFIG, 0.3, 0.4)


def test_samples_that_are_alike_are_told():
    collapsed = history(3000, (0.1, 0.3, 0.02))
    assert "a collapse: they differed by 0.300 at step 2,000. Branch from" in verdict(collapsed, CONFIG, 0.02, 0.4)
    never = history(3000, (0.01, 0.02, 0.02))
    assert verdict(never, CONFIG, 0.02, 0.4).startswith("The samples are alike. In the first thousands")
    assert "alike" not in verdict(collapsed, CONFIG, 0.3, 0.4)
    assert "alike" in verdict(history(3000), CONFIG, 0.02, 0.4)  # a history without evaluations


def test_the_data_has_a_diversity_of_its_own():
    assert diversity_of_data(np.zeros((9, 1, 4, 4), np.uint8), 4) == 0
    halves = np.zeros((2, 1, 4, 4), np.uint8)
    halves[1] = 255
    assert diversity_of_data(halves, 64) == pytest.approx(2.0)  # black and white differ by the whole of [-1, 1]
    assert np.isnan(diversity_of_data(halves[:1], 64))
    assert 0 < diversity_of_data(blobs(72), 64) < 2


def test_histories_of_older_versions_have_no_diversity(tmp_path):
    np.savez_compressed(tmp_path / "h.npz", steps=np.ones((5, 6), np.float32), evaluations=np.ones((2, 3), np.float32))
    old = History.load(tmp_path / "h.npz")
    assert np.isnan(old["evaluation_diversity"]).all() and old["evaluation_held_out_loss"].tolist() == [1, 1]
    assert old.hours() == pytest.approx(1 / 3600)  # one step at one step a second
    with pytest.raises(ValueError, match="expected evaluations of 4 columns"):
        History.from_tables(np.ones((5, 6), np.float32), np.ones((2, 7), np.float32))
