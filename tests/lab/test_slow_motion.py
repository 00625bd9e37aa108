"""Steps of one network, and the step in slow motion: both are the real step, to the bit."""

import io
import re

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib.lab.lab import Lab
from began_lib.lab.one_network import only
from began_lib.lab.slow_motion import BOXES, DataFlowPicture, step_in_stages
from began_lib.lab.slow_motion_controls import SlowMotionControls

PLANE, FACES = "ring (points in the plane)", "faces 16x16"


@pytest.fixture(autouse=True)
def small_data(tmp_path, monkeypatch):
    """64 faces, so that a step costs next to nothing, and one device, on which equal steps give equal bits."""
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("began_lib.lab.subjects.LIMIT", 64)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def weights(lab: Lab) -> tuple[torch.Tensor, torch.Tensor]:
    began = lab.subject.run.began
    networks = (began.discriminator, began.generator)
    return tuple(torch.cat([p.detach().flatten().clone() for p in network.parameters()]) for network in networks)


def labs(data: str, number: int) -> list[Lab]:
    made = [Lab(data) for _ in range(number)]
    for lab in made:
        lab.subject.run.began.controller.set_k(0.5)  # away from the ends of its range, so that a step moves it
        lab.step(3)
    return made


@pytest.mark.parametrize("data", [PLANE, FACES])
def test_d_alone_and_g_alone_are_the_two_halves_of_a_step(data):
    both, d_alone, g_alone = labs(data, 3)
    (theta_d, theta_g), k = weights(both), both.k
    both.step()
    d_alone.step(network="D")
    g_alone.step(network="G")
    new_d, new_g = weights(both)
    assert not torch.equal(new_d, theta_d) and not torch.equal(new_g, theta_g) and both.k != k
    assert all(torch.equal(*pair) for pair in zip(weights(d_alone), (new_d, theta_g), strict=True))
    assert all(torch.equal(*pair) for pair in zip(weights(g_alone), (theta_d, new_g), strict=True))
    for alone, name in ((d_alone, "D alone"), (g_alone, "G alone")):
        assert alone.k == k and alone.recording.marks[-1].text == name
        # The same batch and z were measured.
        np.testing.assert_array_equal(alone.recording.steps[-1, :2], both.recording.steps[-1, :2])


def test_after_a_step_alone_all_is_as_before():
    one, other = labs(PLANE, 2)
    began = one.subject.run.began
    with only(began, "G"):
        assert began.controller.held
    assert not began.controller.held
    for lab in (one, other):
        lab.step(2)
    assert all(torch.equal(*pair) for pair in zip(weights(one), weights(other), strict=True)) and one.k == other.k
    marks = list(one.recording.marks)
    with pytest.raises(ValueError, match="no network 'E': expected D or G"):
        one.step(network="E")
    assert one.recording.marks == marks


@pytest.mark.parametrize("data", [PLANE, FACES])
def test_slow_motion_is_a_step_like_any_other(data):
    told, plain = labs(data, 2)
    before = told.k
    stages = step_in_stages(told)
    plain.step()
    assert all(torch.equal(*pair) for pair in zip(weights(told), weights(plain), strict=True))
    assert told.k == plain.k and told.steps_done == plain.steps_done == 4
    np.testing.assert_array_equal(told.recording.steps, plain.recording.steps)
    sentences = {stage.name: stage.sentence for stage in stages}
    assert list(sentences) == list(BOXES)
    loss_real, loss_fake = plain.recording.steps[-1, :2]
    assert f"{loss_real:.4f}" in sentences["L(x)"] and f"{loss_fake:.4f}" in sentences["L(G(z))"]
    assert f"{loss_fake / loss_real:.2f} of L(x)" in sentences["L(G(z))"]
    assert f"from {before:.4f} to {told.k:.4f}" in sentences["k"]
    told.step()  # no hook was left behind
    assert not told.subject.run.began.generator._forward_hooks
    told.set("hold_k", True)
    assert step_in_stages(told)[-1].sentence == f"k is held: it stays at {told.k:.4f}."


def test_slow_motion_with_a_z_for_each_network_tells_that_of_g():
    (lab,) = labs(PLANE, 1)
    lab.subject.run.began.separate_z = True
    made = []
    lab.subject.run.began.generator.register_forward_hook(lambda module, inputs, output: made.append(output[0]))
    sentences = {stage.name: stage.sentence for stage in step_in_stages(lab)}
    of_g, of_d = made
    assert f"({of_g[0]:.2f}, {of_g[1]:.2f})" in sentences["G"] and not torch.allclose(of_g, of_d)
    mean, lowest, highest = map(float, re.findall(r"\d\.\d{4}", sentences["L(G(z))"]))
    assert lowest <= mean <= highest  # of one batch


def test_each_stage_is_lit_in_the_diagram():
    picture = DataFlowPicture()
    drawn = [np.asarray(Image.open(io.BytesIO(picture.render(name))), np.int16) for name in BOXES]
    for place, one in enumerate(drawn):
        assert all(np.abs(one - other).max() > 60 for other in drawn[:place])
    assert picture.render("x") == picture.render("x")


def test_the_slider_walks_through_the_stages():
    ends = []
    controls = SlowMotionControls(lambda: ends.append(True))
    assert not controls.shown
    (lab,) = labs(PLANE, 1)
    stages = step_in_stages(lab)
    for _ in range(2):  # and once more from the start
        controls.begin(stages)
        assert controls.shown and "1. x" in controls.sentence.value
        seen = set()
        for place in range(len(stages)):
            controls.slider.value = place
            assert f"<b>{place + 1}. " in controls.sentence.value
            seen.add(controls.diagram.value)
        assert len(seen) == len(stages)
    assert len(ends) == 2
    controls.end()
    assert not controls.shown
