"""HTML pages that are read without a network: equations as MathML, pictures for panels, links from page to page."""

import html
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from tools.notebooks.stored_panels import as_pictures

LINK = re.compile(r"\]\((\d\d_\w+)\.ipynb(#[^)]*)?\)")  # from one page of the suite to another
INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>BEGAN, by running it</title>
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<style>
body {{ font-family: sans-serif; max-width: 1000px; margin: 2em auto; padding: 0 12px; color: #222; }}
ol {{ list-style: none; padding: 0; display: grid; gap: 20px; }}
ol {{ grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); }}
a {{ color: #0072B2; text-decoration: none; }}
img {{ width: 100%; height: 150px; object-fit: contain; object-position: left; display: block; margin-top: 6px; }}
</style></head><body>
<h1>BEGAN, by running it</h1>
<p>The pages of the suite, executed. They are read without a network; in JupyterLab they run, and their panels move.</p>
<ol>
{rows}
</ol></body></html>
"""


class _Renderer(IPythonRenderer):
    """nbconvert's, with MathML in place of what MathJax would draw."""

    def block_math(self, body: str) -> str:
        return convert(body.strip(), display="block")

    def inline_math(self, body: str) -> str:
        return convert(body)

    def block_html(self, html: str) -> str:
        return html  # nbconvert's, which looks for images in it, would close a <details> that ends in another block

    def inline_html(self, html: str) -> str:
        return html


class PageExporter(HTMLExporter):
    """nbconvert's exporter with a template that fetches nothing."""

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Markdown to HTML; a link to another page of the suite leads to its HTML page."""
        path = context.get("resources", {}).get("metadata", {}).get("path", "")
        renderer = _Renderer(escape=False, embed_images=True, path=path, anchor_link_text=self.anchor_link_text)
        pages = LINK.sub(lambda link: f"]({link[1]}.html{link[2] or ''})", source)
        return MarkdownWithMath(renderer=renderer).render(pages)


def page(notebook: NotebookNode, folder: Path, name: str, names: list[str]) -> str:
    """A notebook as HTML, with links to the index and to the pages before and after it.

    Args:
        notebook: executed; it is not changed.
        folder: where its pictures lie; they become part of the page.
        name: the notebook's, without its ending; `names` are those of all that have a page, in order.
    """
    copy = deepcopy(notebook)
    as_pictures(copy)
    here = names.index(name)
    links = [("index.html", "All pages")]
    links += [(f"{other}.html", f"← {other[:2]}") for other in names[max(here - 1, 0) : here]]
    links += [(f"{other}.html", f"{other[:2]} →") for other in names[here + 1 : here + 2]]
    navigation = " · ".join(f'<a href="{address}">{text}</a>' for address, text in links)
    exporter = PageExporter(template_name="web", extra_template_basedirs=[str(Path(__file__).parent)])
    resources = {"metadata": {"name": title(notebook), "path": str(folder)}, "navigation": navigation}
    return exporter.from_notebook_node(copy, resources)[0]


def title(notebook: NotebookNode) -> str:
    """What the first line of a notebook says, without its mark."""
    return notebook.cells[0].source.splitlines()[0].lstrip("# ") if notebook.cells else ""


def index(titles: dict[str, str], pictures: set[str]) -> str:
    """The list of all pages, with the key figure of each that has one.

    Args:
        titles: of the pages, by name, in order.
        pictures: names of those whose picture lies in `key/`.
    """
    rows = []
    for name, text in titles.items():
        picture = f'<img src="key/{name}.jpg" alt="">' if name in pictures else ""
        rows.append(f'<li><a href="{name}.html">{html.escape(text)}{picture}</a></li>')
    return INDEX.format(rows="\n".join(rows))
