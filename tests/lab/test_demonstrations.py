"""The recordings that ship are those of the scripts, small and whole; a script moves the lab when it says."""

import io

import numpy as np
import pytest
from PIL import Image

from began_lib.lab import demonstrations, recording
from began_lib.lab.demonstrations import DEMONSTRATIONS, Demonstration, play

LARGEST = 2_500_000  # bytes: what a reader downloads with the suite, three times


def test_a_script_moves_the_lab_when_it_says():
    moves = ((4, "gamma", 0.2), (9, "preset", "k held at 1"), (15, "hold_k", False), (15, "gamma", 0.0))
    made = play(Demonstration("a test", "ring (points in the plane)", 20, moves))
    assert [(mark.step, mark.name) for mark in made.marks] == [(step, name) for step, name, _ in moves]
    np.testing.assert_allclose(made.steps[[3, 4, 8, 9], 4], [0.7, 0.2, 0.2, 0.7], rtol=1e-6)
    assert (made.steps[9:15, 2] == 1).all() and made.steps[19, 2] < 1  # at gamma 0 the controller lowers k
    assert made.about["title"] == "a test" and len(made.frames) == 21


def test_unknown_names_are_refused(capsys):
    with pytest.raises(SystemExit):
        demonstrations.main(["colapse"])
    assert "no demonstration 'colapse': expected some of good-run, collapse, recovery" in capsys.readouterr().err


def test_a_recording_is_written_with_its_command(tmp_path, monkeypatch):
    monkeypatch.setitem(DEMONSTRATIONS, "short", Demonstration("short", "ring (points in the plane)", 3))
    assert demonstrations.main(["short", "--out", str(tmp_path)]) == 0
    assert recording.load("short", tmp_path).about["command"] == "python -m began_lib.lab.demonstrations short"


@pytest.mark.parametrize("name", DEMONSTRATIONS)
def test_shipped_recordings_are_those_of_the_scripts(name):
    shipped, script = recording.load(name), DEMONSTRATIONS[name]
    assert (recording.FOLDER / f"{name}.npz").stat().st_size < LARGEST
    assert shipped.about["title"] == script.title and shipped.about["data"] == script.data
    assert shipped.about["command"].endswith(f" {name}")
    assert len(shipped.steps) == script.steps
    assert sorted({mark.step for mark in shipped.marks}) == sorted({step for step, _, _ in script.moves})
    assert shipped.frames[0].step == 0 and shipped.frames[-1].step > 0.95 * script.steps
    for frame in shipped.frames:
        assert Image.open(io.BytesIO(frame.picture)).format == "JPEG"
