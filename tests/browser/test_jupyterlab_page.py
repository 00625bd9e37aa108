"""The browser harness itself, on a notebook of a few cells: what it reports happened, and what goes wrong it sees."""

import nbformat
import pytest

SLIDER = [
    "import io\nimport ipywidgets\nfrom IPython.display import display\nfrom PIL import Image",
    """
slider = ipywidgets.FloatSlider(0.5, min=0, max=1, step=0.1, description="gamma")
picture = ipywidgets.Image(format="jpeg", width=128)
slider.add_class("gamma")
picture.add_class("samples")
def draw(change):
    file = io.BytesIO()
    Image.new("L", (64, 64), round(255 * slider.value)).save(file, "JPEG")
    picture.value = file.getvalue()
slider.observe(draw, "value")
draw(None)
display(slider, picture)
""",
]


def notebook(cells: list[str]) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


def test_a_slider_moves_a_picture(open_notebook):
    lab = open_notebook(notebook(SLIDER))
    lab.run_all()
    picture = lab.page.locator("img.samples")
    before = picture.get_attribute("src")
    assert lab.ask_kernel("slider.value") == 0.5

    lab.move_slider(lab.page.locator(".gamma"), steps=2)
    lab.page.wait_for_function("before => document.querySelector('img.samples').src != before", arg=before)
    lab.wait_idle()
    assert lab.ask_kernel("slider.value") == pytest.approx(0.7)
    assert lab.screenshot("harness_slider").stat().st_size > 0
    assert lab.cell_errors() == []
    assert lab.console_errors == []

    lab.restart_kernel()
    with pytest.raises(RuntimeError, match="NameError"):
        lab.ask_kernel("slider.value")


def test_what_goes_wrong_is_seen(open_notebook):
    callback = "import ipywidgets\nslider = ipywidgets.IntSlider(0)\n"
    callback += "display(slider, ipywidgets.interactive_output(lambda k: [5][k], {'k': slider}))\nslider.value = 3"
    lab = open_notebook(notebook([callback, "raise ValueError('seeded fault')", "after = 1"]))
    lab.run_all()
    errors = "".join(lab.cell_errors())
    assert "IndexError" in errors and "seeded fault" in errors
    lab.page.evaluate("() => console.error('seeded fault in the page')")
    assert "seeded fault in the page" in lab.console_errors
