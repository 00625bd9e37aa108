"""The lab without a widget: what moves it acts from the next step on, in the direction that section 3.4 says."""

import io
import signal
from threading import Thread

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib import plane, shipped
from began_lib.control import LinearLoop
from began_lib.data import open_dataset
from began_lib.lab import lab as lab_module
from began_lib.lab.course import CoursePicture
from began_lib.lab.lab import AHEAD, GOOD, RANGES, Lab
from began_lib.lab.pictures import CAPTION, GRIDS, PICTURE_SIZE, filmstrip, grids_picture
from began_lib.lab.recording import Frame, Recording
from began_lib.lab.subjects import OWN_CURVE, TRAINED, TRAINED_LAMBDA_K, TRAINED_RATE, Images, Points, Settings, choices
from began_lib.models import Architecture
from began_lib.training.configuration import quick
from began_lib.training.history import STEP_COLUMNS
from began_lib.training.run import Diverged
from began_lib.training.trainer import Trainer

FACES = "faces 16x16"


@pytest.fixture
def small_data(tmp_path, monkeypatch):
    """Points in small batches and 64 faces, so that a step costs next to nothing."""
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("BEGAN_LFW_HOME", raising=False)
    monkeypatch.setattr("began_lib.lab.subjects.LIMIT", 64)


@pytest.fixture
def lab(small_data) -> Lab:
    return Lab()


def pixels(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)), dtype=np.int16)


def weights(lab: Lab) -> torch.Tensor:
    began = lab.subject.run.began
    return torch.cat([p.detach().flatten() for n in (began.discriminator, began.generator) for p in n.parameters()])


def test_a_tick_trains_only_while_it_runs(lab):
    before = weights(lab)
    assert lab.tick(0.01) == 0 and lab.steps_done == 0
    lab.start()
    done = lab.tick(0.05)
    assert done >= 1 and lab.steps_done == done == len(lab.recording.steps)
    assert not torch.equal(weights(lab), before)
    lab.pause()
    paused, shown = weights(lab), lab.render()
    assert lab.tick(0.05) == 0
    assert torch.equal(weights(lab), paused) and lab.render() == shown


def test_a_tick_ends_when_its_time_is_over(lab, monkeypatch):
    """With a clock that every step moves by 10 ms: 0.1 s hold ten steps."""
    clock = [0.0]
    monkeypatch.setattr(lab_module.time, "perf_counter", lambda: clock[0])
    step = lab.subject.run.step

    def timed_step():
        clock[0] += 0.010
        return step()

    monkeypatch.setattr(lab.subject.run, "step", timed_step)
    lab.start()
    assert lab.tick(0.1001) == 10  # a hair more than 0.1: ten times 0.010 is not 0.1 in floating point
    assert lab.tick(0.001) == 1  # at least one
    assert lab.steps_per_second == pytest.approx(1 / 0.010, rel=0.01)


@pytest.mark.parametrize("data", ["horseshoe (points in the plane)", "ring (points in the plane)", FACES])
def test_two_labs_of_one_seed_train_alike_and_another_differs(small_data, data, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)  # cuDNN does not promise equal bits
    first, second, other = Lab(data), Lab(data), Lab(data, seed=1)
    for one in (first, second, other):
        one.step(3)
    assert torch.equal(weights(first), weights(second))
    np.testing.assert_array_equal(first.recording.steps, second.recording.steps)
    assert not torch.equal(weights(first), weights(other))


@pytest.mark.parametrize(("gamma", "direction"), [(1.0, 1), (0.0, -1)])
def test_k_follows_gamma(lab, gamma, direction):
    """k moves by lambda_k (gamma L(x) - L(G(z))): upwards where gamma is 1 and L(G(z)) < L(x), downwards at 0."""
    lab.step(60)
    tail = lab.recording.steps[-20:].mean(axis=0)
    assert tail[1] < tail[0]  # L(G(z)) < L(x), so the push at gamma = 1 is positive
    before = lab.k
    lab.set("gamma", gamma)
    lab.step(20)
    assert direction * (lab.k - before) > 0.01
    after = lab.recording.steps[-20:]
    np.testing.assert_allclose(after[:, 4], gamma)
    pushes = 0.05 * (gamma * after[:, 0] - after[:, 1])
    # The controller's rule, added up; 1e-5 is 20 roundings of float32 numbers below 1.
    assert lab.k - before == pytest.approx(pushes.sum(), abs=1e-5)


def test_lambda_k_and_rate_hold_from_the_next_step_on(lab):
    lab.step(1)
    for name, value in (("lambda_k", 0.5), ("learning_rate", 2e-3)):
        lab.set(name, value)
    before = lab.k
    lab.step(1)
    row = lab.recording.steps[-1]
    assert row[5] == pytest.approx(2e-3)
    assert lab.k == pytest.approx(np.clip(before + 0.5 * (0.7 * row[0] - row[1]), 0, 1), abs=1e-6)


def test_k_is_held_moved_and_given_back(lab):
    lab.step(30)
    lab.set("hold_k", True)
    assert lab.settings.k == lab.k
    lab.set("k", 0.8)
    lab.step(5)
    assert lab.k == pytest.approx(0.8)
    lab.set("hold_k", False)
    lab.step(5)
    assert lab.k != pytest.approx(0.8)
    with pytest.raises(ValueError, match="hold k first"):
        lab.set("k", 0.1)


def test_marks_say_what_was_moved_and_when(lab):
    lab.set("gamma", 0.5)
    lab.step(50)
    lab.set("learning_rate", 3e-3)
    lab.set("hold_k", True)
    lab.preset("rate too high")
    assert [(mark.step, mark.name) for mark in lab.recording.marks] == [
        (0, "gamma"),
        (50, "learning_rate"),
        (50, "hold_k"),
        (50, "preset"),
    ]
    assert lab.recording.marks[0].text == "γ 0.5" and lab.recording.marks[1].text == "rate 0.003"


@pytest.mark.parametrize("data", ["horseshoe (points in the plane)", FACES])
def test_presets(small_data, data):
    lab = Lab(data)
    good = lab.settings
    for name in lab.presets[1:]:
        lab.preset(name)
        assert lab.settings != good
        lab.step(2)
    lab.preset("k held at 1")
    lab.step(1)
    assert lab.k == 1.0
    assert lab.preset_name == "k held at 1"
    lab.set("gamma", 0.11)
    assert lab.preset_name == ""
    lab.preset(GOOD)
    assert lab.settings == good and not lab.subject.run.began.controller.held
    lab.set("hold_k", True)
    lab.set("hold_k", False)
    assert lab.preset_name == GOOD  # k is the controller's own again
    with pytest.raises(KeyError, match="expected one of balanced, k held at 1"):
        lab.preset("good")


def test_reset_begins_anew_and_keeps_the_sliders(lab):
    start = weights(lab)
    lab.set("gamma", 0.4)
    lab.start()
    lab.tick(0.05)
    lab.reset()
    assert torch.equal(weights(lab), start)
    assert not lab.running and lab.steps_done == 0 and not lab.recording.marks and lab.k == 0.0
    assert lab.settings.gamma == lab.subject.run.began.controller.gamma == 0.4
    lab.preset("k held at 1")
    lab.reset()
    assert lab.k == 1.0


def test_refusals(lab):
    with pytest.raises(KeyError, match="expected one of gamma, lambda_k"):
        lab.set("eta", 1.0)
    for name, (low, high) in RANGES.items():
        for value in (low - 1e-5, high + 0.1, float("nan")):
            with pytest.raises(ValueError, match=f"{name} is .*: expected a number in"):
                lab.set(name, value)
        with pytest.raises(ValueError, match=f"{name} is '0.5': expected a number in"):
            lab.set(name, "0.5")
    with pytest.raises(ValueError, match="expected one of horseshoe"):
        lab.open("celeba")


def test_other_data(lab, tmp_path):
    lab.start()
    lab.open(FACES)
    assert not lab.running and lab.steps_done == 0 and isinstance(lab.subject, Images)
    lab.step(2)
    assert lab.recording.about["data"] == FACES
    assert "LFW 32x32" not in lab.data_names
    assert list(choices(tmp_path / "holiday"))[-1] == "holiday 32x32"


def test_lfw_is_offered_where_it_is(small_data, photographs, monkeypatch):
    monkeypatch.setenv("BEGAN_LFW_HOME", str(photographs))
    lab = Lab("LFW 32x32")
    lab.step(1)
    assert lab.steps_done == 1


def test_a_folder_of_the_reader(small_data, tmp_path):
    folder = tmp_path / "holiday"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(20):
        Image.fromarray(random.integers(0, 256, (40, 40, 3), np.uint8)).save(folder / f"{number}.png")
    lab = Lab("holiday 32x32", folder=folder)
    lab.step(1)
    assert Image.open(io.BytesIO(lab.render()[0])).size == (PICTURE_SIZE, PICTURE_SIZE)


def test_an_error_while_opening_leaves_the_lab_as_it_was(small_data, tmp_path):
    lab = Lab(folder=tmp_path / "absent")
    subject = lab.subject
    with pytest.raises(FileNotFoundError, match="absent"):
        lab.open("absent 32x32")
    assert lab.subject is subject and lab.data == "horseshoe (points in the plane)"
    lab.step(1)


def test_a_run_beyond_rescue_says_so_and_can_be_reset(lab):
    lab.step(3)
    with torch.no_grad():
        next(lab.subject.run.began.generator.parameters()).fill_(float("nan"))
    lab.start()
    with pytest.raises(Diverged, match="a loss is not finite"):
        lab.tick(0.01)
    assert not lab.running
    lab.render()  # the last picture that could be drawn
    for again in (lab.start, lab.step):
        with pytest.raises(Diverged):
            again()
    lab.reset()
    lab.step(1)
    assert np.isfinite(lab.recording.steps).all()


def test_an_interruption_pauses_after_the_step_in_hand(lab, monkeypatch):
    step = lab.subject.run.step

    def interrupted_step():
        if lab.steps_done == 2:
            signal.raise_signal(signal.SIGINT)
        return step()

    monkeypatch.setattr(lab.subject.run, "step", interrupted_step)
    lab.start()
    assert lab.tick(60.0) == 3
    assert not lab.running and len(lab.recording.steps) == 3
    monkeypatch.setattr(lab.subject.run, "step", lambda: (signal.raise_signal(signal.SIGINT), step())[1])
    with pytest.raises(KeyboardInterrupt):  # whoever calls it again and again, or goes on after it, stops too
        lab.step(100)
    assert lab.steps_done == len(lab.recording.steps) == 4


def test_threads_are_put_back(lab):
    torch.set_num_threads(2)
    try:
        lab.step(1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_pictures_show_the_training(lab):
    first, empty = lab.render()
    lab.step(40)
    picture, course = lab.render()
    assert pixels(picture).shape == (PICTURE_SIZE, PICTURE_SIZE, 3)
    assert np.abs(pixels(picture) - pixels(first)).max() > 100  # points moved, not JPEG noise
    assert np.abs(pixels(course) - pixels(empty)).max() > 100
    lab.set("gamma", 0.1)
    lab.step(1)
    again = lab.render(course=False)
    assert again[1] == course and again[0] != picture
    assert lab.render()[1] != course  # the mark


def test_points_frame_measures_what_it_shows():
    points = Points(plane.ring)
    frame = points.frame()
    assert frame.losses_real.shape == frame.losses_fake.shape == (200,)
    expected = points.run.began.losses(points._x, 200).numpy()
    np.testing.assert_allclose(frame.losses_real, expected, rtol=1e-6)  # the same float32 arithmetic, other batches


def test_drawing_waits_for_its_share_of_the_time(lab, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(lab_module.time, "perf_counter", lambda: clock[0])
    frame = lab.subject.frame

    def slow_frame():
        clock[0] += 0.06
        return frame()

    monkeypatch.setattr(lab.subject, "frame", slow_frame)
    lab.render()
    assert not lab.due()
    clock[0] = 0.06 / Points.drawing_share - 0.01
    assert not lab.due()
    clock[0] += 0.02
    assert lab.due()


def test_saved_runs_have_names_of_their_own(lab, tmp_path):
    lab.step(20)
    paths = [lab.save(tmp_path) for _ in range(2)]
    assert [path.name for path in paths] == ["horseshoe-000020-1.npz", "horseshoe-000020-2.npz"]
    back = Recording.load(paths[0])
    assert back.frames[-1].step == 20 and len(back.steps) == 20
    assert back.about == {"data": lab.data, "seed": 0, "settings": vars(Settings(0.7, 0.05, 1e-3))}


def test_a_saved_run_holds_the_move_it_was_saved_for(lab, tmp_path):
    """However soon after the frame before: frames come seldom in a long run."""
    lab.step(20)
    lab.render()
    lab.set("gamma", 0.2)
    lab.step(4)
    back = Recording.load(lab.save(tmp_path))
    assert [frame.step for frame in back.frames] == [0, 20, 24]
    assert lab.save(tmp_path).name == "horseshoe-000024-2.npz" and len(lab.recording.frames) == 3


def test_numbers_in_words(lab):
    assert lab.describe() == "Not trained yet."
    lab.step(60)
    assert lab.describe().startswith("step 60; k ") and "means of the last 50 steps" in lab.describe()


def test_a_tick_can_end_at_a_step(lab):
    lab.start()
    assert lab.tick(60.0, until=4) == 4
    assert not lab.running and lab.steps_done == 4
    lab.start()
    assert lab.tick(60.0, until=3) == 1  # it was there already: at least one step, and no more


def test_a_tick_beside_a_cell(lab):
    """Two threads, as a panel's ticks in one of JupyterLab's and `lab.step` in a cell: one step at a time."""
    lab.start()
    failed = []

    def ticks() -> None:
        try:
            for _ in range(20):
                lab.tick(0.01)
        except RuntimeError as error:
            failed.append(error)

    beside = Thread(target=ticks)
    beside.start()
    lab.step(60)
    beside.join()
    assert not failed and lab.steps_done == len(lab.recording.steps) >= 80


def trained(seed: int) -> Points:
    """Points after thirty steps."""
    points = Points(plane.ring, seed, batch_size=32)
    for _ in range(30):
        points.run.step()
    points.run.flush()
    return points


def test_a_subject_of_ones_own_is_taken_as_far_as_it_is():
    lab = Lab(subjects={"ring": trained}, seed=3)
    assert lab.data_names == ["ring"] and lab.data == "ring"
    assert lab.steps_done == len(lab.recording.steps) == 30 and lab.describe().startswith("step 30")
    lab.step(1)
    lab.reset()
    assert lab.steps_done == len(lab.recording.steps) == 30 and lab.recording.frames[0].step == 30


def test_a_trainer_brings_its_own_settings(small_data):
    faces = open_dataset("faces", 16, limit=64)
    config = quick(architecture=Architecture(size=16, filters=4, hidden=4, latent=4), gamma=0.4, lambda_k=0.03)
    worse = {"k held at 1": Settings(0.4, 0.03, 5e-4, k=1.0, hold_k=True)}
    lab = Lab(subjects={"these": lambda seed: Images(Trainer(config, faces, device="cpu"), worse)})
    assert lab.settings == Settings(0.4, 0.03, 5e-4) and lab.presets == [GOOD, "k held at 1"]
    lab.step(1)
    lab.subject.run.began.learning_rate = 2.5e-4  # as the trainer's rule does where M_global stalls
    for name, value in (("hold_k", True), ("hold_k", False), ("gamma", 0.6)):
        lab.set(name, value)
        lab.step(1)
        assert lab.recording.steps[-1, 5] == pytest.approx(2.5e-4)


def test_axes_drawn_apart_leave_no_trace(lab):
    """What was drawn anew axes by axes, as limits grew, is what is drawn all at once."""
    for gamma in (0.4, 0.9):
        lab.set("gamma", gamma)
        for _ in range(4):
            lab.step(30)
            course = lab.render()[1]
    lab._picture.redraw_background()
    np.testing.assert_array_equal(pixels(lab.render()[1]), pixels(course))


LOOP = LinearLoop(gain=0.6, lag=6.0, lambda_k=0.05)


def test_a_move_is_followed_by_the_models_forecast():
    lab = Lab(subjects={"ring": trained}, loop=LOOP)
    assert lab.forecast is None
    before = lab.render()[1]
    lab.set("lambda_k", 0.2)
    lab.set("gamma", 0.9)
    loss_real, loss_fake = lab.recording.steps[-20:, :2].mean(axis=0)
    balance, moved = LOOP.at(0.2).step_response(AHEAD, 0.9 * loss_real - loss_fake, start=lab.k)
    assert lab.forecast.step == 30
    np.testing.assert_allclose(lab.forecast.k, lab.k + moved, atol=1e-6)  # losses and k are float32
    np.testing.assert_allclose(lab.forecast.loss_fake, 0.9 * loss_real - balance, atol=1e-6)
    assert lab.render()[1] != before
    lab.step(5)
    assert lab.forecast.step == 30  # from the move on, whatever the training does
    lab.set("hold_k", True)
    assert lab.forecast is None and "controller is off" in lab.describe()
    lab.reset()
    lab.set("hold_k", False)
    assert "linear model: swings of" in lab.describe()


def test_points_forces_go_down_the_landscape(lab):
    lab.step(30)
    points = lab.subject
    at = torch.tensor([[1.2, 1.0], [-0.3, 0.4], [0.0, -1.2]])
    force = points.force(at)
    for direction in (torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])):
        step = 1e-3  # D is piecewise linear: the difference quotient is exact but for a kink, and float32's rounding
        ahead, behind = (points.run.began.losses(at + sign * step * direction) for sign in (1, -1))
        torch.testing.assert_close(force @ direction, -(ahead - behind) / (2 * step), atol=2e-2, rtol=0)
    without = lab.render()[0]
    lab.show_forces(True)
    assert lab.render()[0] != without
    lab.reset()
    assert lab.subject.forces
    lab.open(FACES)
    with pytest.raises(ValueError, match="points in the plane only"):
        lab.show_forces(True)


def test_variety_of_points_is_the_share_of_the_curve_that_they_reach():
    points = Points(plane.ring)
    random = torch.Generator().manual_seed(9)
    assert points.covered(plane.ring(200, random)) > 0.97  # real ones
    angle = torch.pi * torch.rand(200, generator=random)
    half = plane.RADIUS * torch.stack([angle.cos(), angle.sin()], dim=1)
    assert points.covered(half) == pytest.approx(0.55, abs=0.05)  # and REACH beyond both ends
    assert points.covered(torch.zeros(200, 2)) == 0.0
    assert np.isnan(points.covered(torch.full((200, 2), float("nan"))))


def test_variety_is_measured_with_each_picture_and_kept(lab, tmp_path):
    for _ in range(3):
        lab.step(4)
        lab.render()
    expected = lab.subject.covered(lab.subject.run.began.generate(lab.subject._z, 200))
    assert lab.recording.variety()[-1].tolist() == pytest.approx([12, expected])
    assert lab.recording.variety()[:, 0].tolist() == [0, 4, 8, 12] and lab.recording.variety(8)[-1, 0] == 8
    assert f"variety {expected:.2f} of real" in lab.describe()
    back = Recording.load(lab.save(tmp_path))
    np.testing.assert_array_equal(back.variety(), lab.recording.variety())
    assert back.frames[-1].variety == pytest.approx(expected)


def test_variety_of_images_is_that_of_their_samples_beside_real_ones(small_data):
    images = Images.small("faces", 16)
    same = images.run.began.generate(images._z[:1].expand(32, -1))
    images.run.began.generate = lambda z: same
    assert images.frame().variety == pytest.approx(0.0, abs=1e-6)
    images.run.began.generate = lambda z: images._x
    assert images.frame().variety == pytest.approx(1.0)


def test_a_trained_model_goes_on_from_where_it_was(small_data):
    title, name = next(iter(TRAINED.items()))
    lab, known = Lab(title), shipped.load(name)
    began = lab.subject.run.began
    for ours, theirs in ((began.discriminator, known.discriminator), (began.generator, known.generator)):
        assert all(torch.equal(p, q) for p, q in zip(ours.parameters(), theirs.parameters(), strict=True))
    k = float(known.history["k"][-1])
    settings = lab.settings
    assert lab.k == pytest.approx(k) and settings.gamma == known.config.gamma
    assert (settings.lambda_k, settings.learning_rate) == (TRAINED_LAMBDA_K, TRAINED_RATE)
    assert lab.steps_done == 0 and lab._frame.variety > 0.5
    lab.step(2)
    # Where it was: the losses of two batches are within a quarter of the last thousand steps' mean.
    assert lab.recording.steps[:, 0] == pytest.approx(known.history["loss_real"][-1000:].mean(), rel=0.25)
    lab.reset()
    assert lab.k == pytest.approx(k) and lab.steps_done == 0


def test_trained_photographs_without_lfw_say_what_to_do(lab):
    with pytest.raises(FileNotFoundError, match="python -m began_lib data lfw"):
        lab.open("photographs 32x32, trained")
    assert lab.data == "horseshoe (points in the plane)"


def test_a_curve_of_ones_own(lab):
    lab.draw_curve("-1,0.5; 1,0.5")
    assert lab.data == OWN_CURVE and (lab.subject._x[:, 1] - 0.5).abs().max() < 0.3  # six deviations of its noise
    lab.step(1)
    lab.reset()
    assert (lab.subject._x[:, 1] - 0.5).abs().max() < 0.3
    with pytest.raises(ValueError, match="found 1 points"):
        lab.draw_curve("0,0")
    assert lab.curve == "-1,0.5; 1,0.5" and lab.data == OWN_CURVE


def test_axes_begin_anew_with_the_run(lab):
    fresh = lab.render()[1]
    lab.set("hold_k", True)
    lab.set("k", 0.9)
    lab.step(300)
    lab.render()
    lab.preset(GOOD)
    lab.reset()
    np.testing.assert_array_equal(pixels(lab.render()[1]), pixels(fresh))


def test_a_filmstrip_of_images_has_its_grids_at_their_places():
    colours = ((250, 20, 20), (20, 250, 20), (20, 20, 250), (250, 250, 20))
    flat = [torch.tensor(colour).div(127.5).sub(1).view(1, 3, 1, 1).expand(16, 3, 16, 16) for colour in colours]
    picture = grids_picture(dict(zip(GRIDS, flat, strict=True)))
    losses = np.full(4, 0.1, np.float32)
    steps = np.full((30, len(STEP_COLUMNS)), 0.1, np.float32)
    frames = [Frame(step, picture, losses, losses) for step in (0, 30)]
    strip = np.asarray(Image.open(io.BytesIO(filmstrip(Recording({"data": "faces"}, steps, frames), (0, 30)))))
    with pytest.raises(ValueError, match="no moments: expected at least one step"):
        filmstrip(Recording({"data": "faces"}, steps, frames), ())
    side = (990 - 8) // 2
    small = (side - 6) // 2
    for left in (0, side + 8):
        for number, colour in enumerate(colours):
            x = left + (number % 2) * (side - small) + small // 2 + 10  # beside the gap in the grid's middle
            y = 20 + (number // 2) * (small + CAPTION) + CAPTION + small // 2 + 10
            assert abs(strip[y, x].astype(int) - colour).max() < 12  # JPEG, twice


def test_a_filmstrip_shows_the_course_beyond_its_last_frame():
    losses, picture = np.full(4, 0.1, np.float32), Lab(subjects={"ring": trained}).render()[0]
    steps = np.full((30, len(STEP_COLUMNS)), 0.1, np.float32)
    films = []
    for last in (20, 30):
        frames = [Frame(step, picture, losses, losses) for step in (0, last)]
        films.append(pixels(filmstrip(Recording({"data": "ring (points in the plane)"}, steps, frames), (0,))))
    np.testing.assert_array_equal(*films)


def test_a_whole_course_ends_where_it_ends():
    steps = np.full((130, len(STEP_COLUMNS)), 0.1, np.float32)
    losses = np.full(4, 0.1, np.float32)
    ends = []
    for whole in (False, True):
        course = CoursePicture(whole=whole)
        course.render(steps, [], losses, losses)
        ends.append(course._axes["control"].get_xlim()[1])
    assert ends == [200, 130]
