"""The HTML pages of `make notebooks`: they fetch nothing, draw equations and panels, and lead to each other."""

import re

import nbformat
import pytest

from tools.notebooks import suite, web_page
from tools.notebooks.execution import WIDGET_VIEW

NAMES = ["00_first", "01_second"]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="


def notebook() -> nbformat.NotebookNode:
    """With an equation, a link to another page, a folded cell and a panel."""
    text = "# 0 · First\n\nk is $k_t \\in [0, 1]$ and\n\n$$\\gamma = \\frac{a_*b_*}{c}.$$\n\n"
    text += "See [01](01_second.ipynb#two).\n\n<details><summary>Solution</summary>\n\nIt is *4*.\n\n</details>"
    folded = nbformat.v4.new_code_cell("hidden()", metadata={"jupyter": {"source_hidden": True}})
    panel = nbformat.v4.new_code_cell("shown()")
    data = {WIDGET_VIEW: {"model_id": "1"}, "image/png": PIXEL, "text/plain": "a panel"}
    panel.outputs = [nbformat.v4.new_output("display_data", data=data)]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), folded, panel])
    made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    return made


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    return web_page.page(notebook(), tmp_path_factory.mktemp("page"), "00_first", NAMES)


def test_it_fetches_nothing(page):
    assert "<script" not in page
    assert re.findall(r"(?:src|href)=\"(?!data:|#|0|index)[^\"]*", page) == []


def test_equations_are_drawn_by_the_browser(page):
    assert page.count("<math") == 2 and "<mfrac>" in page
    assert "$" not in re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
    assert page.count("<em>") == 1  # that of the solution: what stands in an equation is no markdown


def test_a_solution_is_folded(page):
    assert re.search(r"<details><summary>Solution</summary>\s*<p>It is <em>4</em>.</p>\s*</details>", page)


def test_a_panel_is_a_picture_and_a_sentence(page):
    assert (
        page.count(PIXEL) == 1 and "A picture of a live panel" in page and "widget" not in page.partition("<main>")[2]
    )


def test_pages_lead_to_each_other(page):
    assert 'href="01_second.html#two"' in page and 'href="index.html"' in page
    assert page.count('<a href="01_second.html">01 →</a>') == 2  # above and below


def test_a_folded_cell_is_folded_and_the_others_are_not(page):
    folded = re.findall(r"<details class=\"code\">.*?</details>", page, flags=re.DOTALL)
    assert len(folded) == 1 and "hidden" in folded[0] and "shown" not in folded[0]


def test_the_notebook_keeps_its_panel(tmp_path):
    given = notebook()
    before = nbformat.writes(given)
    web_page.page(given, tmp_path, "00_first", NAMES)
    assert nbformat.writes(given) == before


def test_the_index_lists_pages_and_their_pictures():
    text = web_page.index({"00_first": "0 · First & <last>", "01_second": "1 · Second"}, {"00_first"})
    assert '<a href="00_first.html">0 · First &amp; &lt;last&gt;<img src="key/00_first.jpg"' in text
    assert '<a href="01_second.html">1 · Second</a>' in text


@pytest.mark.parametrize("name", [path.stem for path in suite.sources()])
def test_every_equation_of_the_suite_is_understood(name, tmp_path):
    text = web_page.page(suite.read_source(suite.NOTEBOOKS / f"{name}.py"), suite.NOTEBOOKS, name, [name])
    drawn = re.findall(r"<math.*?</math>", text, flags=re.DOTALL)
    assert [equation for equation in drawn if "\\" in equation] == []
