"""The panel of section 4.3: its row and numbers, its sliders and pickers, and uploads of good and bad files."""

import io
from datetime import UTC, datetime

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image

from began_lib.data import PictureError
from began_lib.latent import PATHS, smoothness
from began_lib.models import Architecture, Discriminator, Generator, sample_z
from began_lib.panels.interpolation import Face, InterpolationControls, InterpolationPanel, read_face, uploaded_files
from tests.panels.jpeg import pixels

SMALL = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)


def jpeg(width: int = 40, height: int = 60, seed: int = 0, kind: str = "JPEG") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def panel_of(columns: int = 5) -> InterpolationPanel:
    torch.manual_seed(0)
    generator, discriminator = Generator(SMALL), Discriminator(SMALL)
    codes = sample_z(3, 8, torch.Generator().manual_seed(1))
    with torch.no_grad():
        images = 3 * generator(codes)  # an untrained generator is pale: more contrast shows changes in a JPEG
    faces = {
        name: Face(x, z, 0.1 * i) for i, (name, x, z) in enumerate(zip(("a", "b", "c"), images, codes, strict=True))
    }
    return InterpolationPanel(generator, discriminator, faces, columns, steps=4, starts=2)


@pytest.fixture
def panel() -> InterpolationPanel:
    return panel_of()


def test_the_row_runs_from_code_to_code(panel):
    row, generator = panel.row(), panel.generator
    with torch.no_grad():
        ends = generator(torch.stack([panel.faces["a"].code, panel.faces["b"].code]))
    torch.testing.assert_close(row[[0, -1]], ends, rtol=1e-4, atol=1e-5)  # batches of 5 and 2 add in other orders
    panel.set("position", 0.5)
    torch.testing.assert_close(panel.current(), row[2], rtol=1e-4, atol=1e-5)
    assert panel.row() is row  # kept while ends and path stay
    panel.set("last", "c")
    assert not torch.equal(panel.row(), row)


def test_given_faces_are_brought_to_the_networks_device(panel):
    """As those that are added are found there; "meta" stands for a GPU, and mixes with the CPU as little."""
    generator, discriminator = panel.generator.to("meta"), panel.discriminator.to("meta")
    there = InterpolationPanel(generator, discriminator, panel.faces, columns=5)
    first, last = there.faces["a"], there.faces["b"]
    assert torch.cat([first.image[None], there.row(), last.image[None]]).shape == (7, 3, 16, 16)
    assert {v.device.type for face in there.faces.values() for v in (face.image, face.code)} == {"meta"}


def test_numbers_of_the_picture(panel):
    text = panel.describe()
    assert "e_r 0.000 (left) and 0.100 (right)" in text and "L(G(z)) here 0." in text
    assert f"largest step / mean step {smoothness(panel.row()):.2f}" in text and "z in the cube" in text
    panel.set("last", "a")
    assert "both ends are one face" in panel.describe()


def test_what_leaves_the_cube_is_said(panel):
    panel.faces["a"] = Face(panel.faces["a"].image, torch.ones(8), 0.1)
    panel.faces["b"] = Face(panel.faces["b"].image, torch.tensor([1.0, -1.0] * 4), 0.1)
    panel.set("path", "spherical")
    panel.set("position", 0.5)
    assert (
        "50% of z outside the cube" in panel.describe()
    )  # half-way: sqrt 2 in every second component, 0 in the others
    for path in ("straight", "matched"):
        panel.set("path", path)
        assert "z in the cube" in panel.describe()


@pytest.mark.parametrize("columns", [3, 16])
def test_the_picture_has_the_real_images_at_both_ends(columns):
    panel = panel_of(columns)
    picture = pixels(panel.render())
    cell = 4 * 18  # 16 pixels and a gap of 2, enlarged to about 64
    assert picture.shape[1] == cell * (columns + 2) - 8
    first = panel.faces["a"].image.add(1).mul(127.5).clamp(0, 255).permute(1, 2, 0).numpy().repeat(4, 0).repeat(4, 1)
    assert np.abs(picture[:64, :64] - first).mean() < 8  # what JPEG of quality 88 leaves


@pytest.mark.parametrize(("position", "shown"), [(0.0, (0, 2)), (0.5, (0, 2, 1)), (1.0, (2, 1))])
def test_at_an_end_the_face_there_stands_beside_its_code_image(position, shown):
    panel = panel_of()
    panel.faces["a"], panel.faces["b"] = (Face(torch.full((3, 16, 16), v), torch.zeros(8), 0.1) for v in (-1.0, 1.0))
    panel.generator = lambda z: torch.zeros(len(z), 3, 16, 16)  # grey between a black and a white face
    panel.generator.parameters = panel.discriminator.parameters
    panel.set("position", position)
    large = pixels(panel.render())[80:]  # below the row of 64 pixels with its gap, and the mark
    side, start = 12 * 16, (large.shape[1] - 12 * (18 * len(shown) - 2)) // 2
    centres = [large[side // 2, start + side // 2 + i * 12 * 18].mean() for i in range(len(shown))]
    assert [round(centre / 127.5) for centre in centres] == [(0, 2, 1)[i] for i in shown]


def test_what_is_large_is_said(panel):
    assert "large: a | its G(z_r), t = 0;" in panel.describe()
    panel.set("position", 0.25)
    assert "large: a | G(z) at t = 0.25 | b;" in panel.describe()
    panel.set("position", 1.0)
    assert "large: its G(z_r), t = 1 | b;" in panel.describe()


@pytest.mark.parametrize(("name", "value"), [("first", "c"), ("last", "c"), ("position", 0.5), ("position", 1.0)])
def test_every_control_changes_the_picture(panel, name, value):
    before = panel.render()
    panel.set(name, value)
    assert np.abs(pixels(panel.render()) - pixels(before)).max() > 40  # a face or the mark moved, not JPEG noise


def test_refusals(panel):
    for name, value, error, message in (
        ("first", "z", KeyError, "expected one of a, b, c"),
        ("path", "bent", ValueError, "expected one of straight, spherical, matched"),
        ("position", 1.1, ValueError, r"in \[0, 1\]"),
        ("position", float("nan"), ValueError, r"in \[0, 1\]"),
        ("speed", 1.0, KeyError, "first, last, path or position"),
    ):
        with pytest.raises(error, match=message):
            panel.set(name, value)
    with pytest.raises(ValueError, match="at least 2 faces"):
        InterpolationPanel(panel.generator, panel.discriminator, {"a": panel.faces["a"]})
    with pytest.raises(ValueError, match=r"expected an image of shape \(3, 16, 16\)"):
        panel.add("d", torch.zeros(3, 8, 8))


def test_an_added_face_comes_with_its_mirror_image(panel):
    image = read_face(jpeg(), 16)
    panel.add("you", image)
    torch.testing.assert_close(panel.faces["you, mirrored"].image, image.flip(-1))
    found = panel.faces["you"]
    with torch.no_grad():
        error = (panel.generator(found.code[None])[0] - image).abs().mean()
    assert found.error == pytest.approx(float(error), rel=1e-4) and found.code.abs().max() <= 1


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_file_becomes_the_centre_square_in_range():
    image = read_face(jpeg(kind="PNG"), 16)
    assert image.shape == (3, 16, 16) and image.dtype == torch.float32 and -1 <= image.min() < image.max() <= 1
    whole = np.full((30, 90, 3), 255, np.uint8)
    whole[:, 30:60] = 0  # only the middle third is dark
    buffer = io.BytesIO()
    Image.fromarray(whole).save(buffer, "PNG")
    assert read_face(buffer.getvalue(), 16, 1).max() == -1
    assert read_face(buffer.getvalue(), 16, 1).shape == (1, 16, 16)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"a letter to the editor", "not an image"),
        (jpeg()[:200], "corrupt"),
        (jpeg(5, 50), "too small"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(content, reason):
    with pytest.raises(PictureError, match=reason):
        read_face(content, 16)


def value_of_7(name: str, content: bytes) -> dict:
    return {name: {"metadata": {"name": name, "type": "image/jpeg", "size": len(content)}, "content": content}}


def value_of_8(name: str, content: bytes) -> tuple:
    file = {"name": name, "type": "image/jpeg", "size": len(content), "content": memoryview(content)}
    return ({**file, "last_modified": datetime(2026, 1, 1, tzinfo=UTC)},)


@pytest.mark.parametrize("value_of", [value_of_7, value_of_8])
def test_uploads_of_both_widget_worlds(value_of):
    assert uploaded_files(value_of("me.jpg", b"abc")) == [("me.jpg", b"abc")]
    assert uploaded_files(type(value_of("me.jpg", b""))()) == []


def upload(controls: InterpolationControls, name: str, content: bytes) -> None:
    """What the browser's side of the installed ipywidgets does when a file was chosen."""
    widget = controls.upload
    if isinstance(widget.value, dict):
        widget.metadata, widget.data = [{"name": name}], [content]
        widget._counter += 1
    else:
        widget.value = value_of_8(name, content)


# -- widgets ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def controls(panel) -> InterpolationControls:
    return InterpolationControls(panel)


@pytest.mark.parametrize("t", [0.0, 0.5, 1.0])
def test_the_slider_moves_along_the_path(controls, t):
    controls.controls["position"].value = 0.25
    controls.controls["position"].value = t
    assert controls.panel.position == t
    assert controls.picture.value == controls.panel.render()
    assert controls.note.value == controls.panel.describe()


@pytest.mark.parametrize(("name", "value"), [("first", "c"), ("last", "c"), ("path", "matched"), ("path", "spherical")])
def test_pickers_choose_ends_and_path(controls, name, value):
    start = controls.picture.value
    controls.controls[name].value = value
    assert getattr(controls.panel, name) == value
    assert controls.picture.value == controls.panel.render() != start


def test_pickers_offer_all_faces_and_paths(controls):
    assert controls.controls["first"].options == ("a", "b", "c") == controls.controls["last"].options
    assert controls.controls["path"].options == tuple(PATHS)


def test_an_upload_becomes_the_first_end(controls):
    controls.controls["last"].value = "c"
    controls.controls["position"].value = 0.7
    upload(controls, "me <1>.jpg", jpeg())
    assert controls.panel.position == controls.controls["position"].value == 0.0  # you | G(z_r) first
    assert controls.panel.first == controls.controls["first"].value == "me <1>.jpg"
    assert controls.panel.last == controls.controls["last"].value == "c"
    assert controls.controls["last"].options[-2:] == ("me <1>.jpg", "me <1>.jpg, mirrored")
    assert controls.picture.value == controls.panel.render()
    controls.controls["last"].value = "me <1>.jpg, mirrored"  # the reader's mirror image
    assert controls.panel.last == "me <1>.jpg, mirrored"


def test_a_bad_upload_says_why_and_changes_nothing(controls):
    before = controls.picture.value
    upload(controls, "letter.txt", b"a letter to the editor")
    assert "<b>letter.txt cannot be used:</b> not an image" in controls.note.value
    assert controls.picture.value == before and list(controls.panel.faces) == ["a", "b", "c"]
    upload(controls, "me.jpg", jpeg())  # and the next one works
    assert controls.panel.first == "me.jpg"


def test_the_same_name_again_is_the_newer_picture(controls):
    upload(controls, "me.jpg", jpeg(seed=1))
    first = controls.panel.faces["me.jpg"].image
    upload(controls, "me.jpg", jpeg(seed=2))
    assert not torch.equal(controls.panel.faces["me.jpg"].image, first)
    assert controls.picture.value == controls.panel.render()
    assert controls.controls["first"].options.count("me.jpg") == 1


def test_the_same_file_again_leads_back_to_its_face(controls):
    upload(controls, "me.jpg", jpeg())
    controls.controls["first"].value = "c"
    upload(controls, "me.jpg", jpeg())
    assert controls.panel.first == controls.controls["first"].value == "me.jpg"


def test_the_widgets_are_of_the_installed_version(controls):
    assert isinstance(controls.upload, ipywidgets.FileUpload) and controls.upload.accept == "image/*"
