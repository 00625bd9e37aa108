"""Recordings: thinning, marks, what is saved comes back, and damaged or foreign files are refused."""

import numpy as np
import pytest

from began_lib.lab import recording
from began_lib.lab.recording import FIRST_SPACING, MOST_FRAMES, Frame, Mark, Recording


def frame(step: int, size: int = 5) -> Frame:
    losses = np.full(8, step, np.float32)
    return Frame(step, bytes([step % 256] * size), losses, losses / 2)


def filled(frames: int = 3) -> Recording:
    made = Recording({"data": "faces 16x16", "seed": 3})
    made.steps = np.arange(6 * 100, dtype=np.float32).reshape(100, 6)
    for number in range(frames):
        made.add(frame(FIRST_SPACING * number, size=5 + number))
    made.mark(0, "gamma", "γ 0.7")
    made.mark(60, "k", "k 1")
    return made


def test_frames_keep_their_distance_and_are_thinned_evenly():
    made = Recording({})
    for step in range(0, 40 * FIRST_SPACING * MOST_FRAMES, 7):
        made.add(frame(step))
        assert len(made.frames) <= MOST_FRAMES
    distances = np.diff([kept.step for kept in made.frames])
    assert made.frames[0].step == 0 and len(made.frames) > MOST_FRAMES // 2
    assert distances.min() >= made.spacing > FIRST_SPACING
    assert distances.max() < 3 * made.spacing  # a frame comes at most one spacing late, before and after a thinning


def test_a_switch_is_no_drag():
    made = Recording("about")
    made.mark(50, "hold_k", "k held")
    made.mark(65, "hold_k", "controller on")
    assert [mark.step for mark in made.marks] == [50, 65]


def test_one_drag_is_one_mark(monkeypatch):
    monkeypatch.setattr(recording.time, "monotonic", lambda: 0.0)
    made = Recording({})
    for step, value in ((0, 0.5), (4, 0.6), (9, 0.7)):
        made.mark(step, "gamma", f"γ {value}")
    made.mark(10, "lambda_k", "λ_k 0.1")
    made.mark(500, "gamma", "γ 0.3")
    assert made.marks == [Mark(0, "gamma", "γ 0.7"), Mark(10, "lambda_k", "λ_k 0.1"), Mark(500, "gamma", "γ 0.3")]


def test_steps_trained_between_two_moves_part_them(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(recording.time, "monotonic", lambda: clock[0])
    made = Recording({})
    for seconds, step, value in ((0.0, 0, 0.9), (5.0, 15, 0.2), (9.0, 15, 0.3)):  # the last one: nothing in between
        clock[0] = seconds
        made.mark(step, "gamma", f"γ {value}")
    assert made.marks == [Mark(0, "gamma", "γ 0.9"), Mark(15, "gamma", "γ 0.3")]


def test_what_is_saved_comes_back(tmp_path):
    made = filled()
    back = Recording.load(made.save(tmp_path / "new" / "run.npz"))
    assert (back.about, back.marks) == (made.about, made.marks)
    np.testing.assert_array_equal(back.steps, made.steps)
    for ours, theirs in zip(made.frames, back.frames, strict=True):
        assert (ours.step, ours.picture) == (theirs.step, theirs.picture)
        np.testing.assert_array_equal(ours.losses_real, theirs.losses_real)
        np.testing.assert_array_equal(ours.losses_fake, theirs.losses_fake)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["run.npz"]


def test_looking_back():
    made = filled()
    steps, marks = made.until(50)
    assert len(steps) == 50 and marks == [Mark(0, "gamma", "γ 0.7")]
    assert [made.nearest(step) for step in (-5, 4, 11, 1000)] == [0, 0, 1, 2]
    with pytest.raises(ValueError, match="holds no frame"):
        Recording({}).nearest(0)


def test_nothing_to_save_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="holds no frame"):
        Recording({}).save(tmp_path / "run.npz")
    assert list(tmp_path.iterdir()) == []


def test_foreign_and_damaged_files(tmp_path):
    path = filled().save(tmp_path / "run.npz")
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"no recording"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"run\.npz is not a recording"):
            Recording.load(path)
    np.savez(path, format=np.array("began-recording-99"))
    with pytest.raises(ValueError, match="its format is began-recording-99, expected began-recording-1"):
        Recording.load(path)
    np.savez(path, format=np.array([None], dtype=object))
    with pytest.raises(ValueError, match="is not a recording"):  # a pickle inside is refused
        Recording.load(path)
    with pytest.raises(FileNotFoundError):
        Recording.load(tmp_path / "other.npz")


def test_shipped_by_name(tmp_path):
    filled().save(tmp_path / "collapse.npz")
    assert recording.names(tmp_path) == ["collapse"]
    assert recording.load("collapse", tmp_path).about["seed"] == 3
    with pytest.raises(ValueError, match=r"no recording 'colapse': expected one of collapse\. Did you mean 'collapse'"):
        recording.load("colapse", tmp_path)
