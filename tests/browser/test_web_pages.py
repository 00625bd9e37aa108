"""The HTML pages of `make notebooks`, in a browser that has no network."""

import subprocess
import sys

import pytest
from playwright.sync_api import sync_playwright

from tools.notebooks.execute import BUILD


@pytest.fixture(scope="module")
def pages(chromium):
    """A browser for the pages of two committed notebooks, one with panels; and every address that was asked for."""
    command = [sys.executable, "-m", "tools.notebooks.execute", "--stored", "03", "10"]
    subprocess.run(command, check=True, timeout=120)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        context = browser.new_context(viewport={"width": 1000, "height": 800})
        context.set_offline(True)
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        yield page, asked
        browser.close()


def test_the_index_leads_to_a_page_that_is_whole(pages):
    page, asked = pages
    page.goto((BUILD / "index.html").as_uri())
    page.locator("a", has_text="The objective").click()
    page.wait_for_load_state()
    assert {address.split(":")[0] for address in asked} <= {"file", "data"}
    assert page.locator("math").count() > 10
    broken = page.evaluate("[...document.images].filter(image => !image.naturalWidth).length")
    assert broken == 0 and page.locator("img").count() > 5
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000  # nothing sticks out


def test_panels_are_pictures(pages):
    page, _ = pages
    page.goto((BUILD / "10_live_lab.html").as_uri())
    assert page.locator("p.panel").count() >= 2
    assert "LabControls(" not in page.content()
