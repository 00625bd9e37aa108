"""`make page`: the live lab as a page of its own, served by Voila."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest


def test_the_page_shows_a_lab_that_trains(chromium, repository, tmp_path):
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "tools.notebooks.page"]
    made = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "voila",
        made.stdout.strip(),
        "--no-browser",
        f"--port={port}",
        "--Voila.ip=127.0.0.1",
    ]
    private = {f"JUPYTER_{name.upper()}_DIR": str(tmp_path / name) for name in ("config", "runtime")}
    log = tmp_path / "voila.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env={**os.environ, **private}, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/voila/static/voila.js", server, log)
        with sync_playwright() as playwright:
            options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
            browser = playwright.chromium.launch(executable_path=chromium, args=options)
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.set_default_timeout(240_000)  # ms; seconds here, far longer on a machine that is busy
            errors = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda message: message.type == "error" and errors.append(message.text))
            page.goto(f"http://127.0.0.1:{port}")
            before = page.locator("img.lab-picture").get_attribute("src")
            page.locator(".lab-start").click()
            page.wait_for_function("before => document.querySelector('img.lab-picture').src != before", arg=before)
            page.wait_for_function("() => /step \\d/.test(document.querySelector('.lab-status').innerText)")
            page.locator(".lab-pause").click()
            page.wait_for_function("() => document.querySelector('.lab-pause').disabled")
            course = page.locator("img.lab-course").get_attribute("src")
            readout = page.locator(".lab-gamma .widget-readout")
            readout.fill("0.20")
            readout.press("Enter")
            page.wait_for_function("before => document.querySelector('img.lab-course').src != before", arg=course)
            page.wait_for_function("() => document.querySelector('.lab-status').innerText.includes('(γ 0.20)')")
            page.screenshot(path=repository / "build" / "screenshots" / "page-1366.png")
            assert _bottom(page) <= 768  # a laptop shows the whole panel at once
            page.set_viewport_size({"width": 1920, "height": 1080})  # a projector, too, and larger
            assert _bottom(page) <= 1080 and page.locator("img.lab-picture").bounding_box()["width"] > 650
            page.screenshot(path=repository / "build" / "screenshots" / "page-1920.png")
            assert page.locator("img.replay-picture").count() >= 1
            # Icons of Voila's template come from a server elsewhere, and jupytext's part of JupyterLab finds no
            # JupyterLab here; the page works without either.
            expected = ("ERR_NAME_NOT_RESOLVED", "jupyterlab-jupytext")
            assert [error for error in errors if not any(known in error for known in expected)] == []
            browser.close()
    finally:
        server.terminate()
        server.wait(timeout=60)


def _bottom(page) -> float:
    boxes = [page.locator(f".lab-{name}").bounding_box() for name in ("picture", "course")]
    return max(box["y"] + box["height"] for box in boxes)


def _wait_for(url: str, server: subprocess.Popen, log) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return  # it answers
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.3)  # not listening yet
    pytest.fail(f"Voila did not start:\n{log.read_text()[-3000:]}")
