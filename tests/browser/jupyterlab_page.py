"""One notebook in JupyterLab, as a test sees it: run, wait, move sliders, ask the kernel, look at the page."""

import ast
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

PANEL = "window.jupyterapp.shell.currentWidget"
# Running as soon as the page looks idle fails half the time: the kernel must have answered first.
KERNEL_READY = (
    f"async () => {{ await {PANEL}.sessionContext.ready; await {PANEL}.sessionContext.session.kernel.info; }}"
)
RUN_ALL = """() => {
  window.allCellsRan = false;
  window.jupyterapp.commands.execute("notebook:run-all-cells").finally(() => { window.allCellsRan = true; });
}"""
ASK_KERNEL = f"""async (expression) => {{
  const kernel = {PANEL}.sessionContext.session.kernel;
  const request = {{code: "", silent: true, user_expressions: {{value: expression}}}};
  return (await kernel.requestExecute(request).done).content.user_expressions.value;
}}"""


class JupyterLabPage:
    """A page of JupyterLab with one notebook open; everything that its console calls an error is kept."""

    def __init__(self, page: Page, url: str, screenshots: Path) -> None:
        self.page = page
        self.console_errors: list[str] = []
        self._screenshots = screenshots
        page.on("console", lambda message: message.type == "error" and self.console_errors.append(message.text))
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))
        page.set_default_timeout(120_000)  # ms; loading takes 4 s here, and far longer on a machine that is busy
        page.goto(url)
        page.wait_for_function(f"window.jupyterapp && {PANEL} && {PANEL}.sessionContext")
        page.evaluate(KERNEL_READY)

    def run_all(self, timeout: float = 120) -> None:
        """Run every cell and wait, at most `timeout` seconds, until the kernel is idle."""
        # Not awaited in evaluate(), which has no time limit.
        self.page.evaluate(RUN_ALL)
        self.page.wait_for_function("window.allCellsRan", timeout=1000 * timeout)
        self.wait_idle(timeout)

    def wait_idle(self, timeout: float = 60) -> None:
        """Wait, at most `timeout` seconds, until the kernel has nothing to do."""
        self.page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=1000 * timeout)

    def interrupt_kernel(self) -> None:
        """Interrupt what the kernel does, as the page's stop button would."""
        self.page.evaluate(f"async () => {{ await {PANEL}.sessionContext.session.kernel.interrupt(); }}")

    def restart_kernel(self) -> None:
        """Restart the kernel without the question whether to, and wait until it answers."""
        self.page.evaluate(f"async () => {{ await {PANEL}.sessionContext.session.kernel.restart(); }}")
        self.page.evaluate(KERNEL_READY)

    def ask_kernel(self, expression: str) -> Any:
        """The value, a Python literal, of an expression in the kernel."""
        answer = self.page.evaluate(ASK_KERNEL, expression)
        if answer["status"] != "ok":
            raise RuntimeError(f"{expression}: {answer['ename']}: {answer['evalue']}")
        return ast.literal_eval(answer["data"]["text/plain"])

    def cell_errors(self) -> list[str]:
        """The errors in the notebook's outputs, inside `Output` widgets too, and all else that went to stderr."""
        return self.page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').all_inner_texts()

    def move_slider(self, slider: Locator, steps: int) -> None:
        """Move a slider by a number of steps, to the right if positive, as the arrow keys do."""
        handle = slider.locator(".noUi-handle")
        handle.focus()
        for _ in range(abs(steps)):
            handle.press("ArrowRight" if steps > 0 else "ArrowLeft")

    def screenshot(self, name: str) -> Path:
        """Save what the window shows as build/screenshots/NAME.png."""
        path = self._screenshots / f"{name}.png"
        self.page.screenshot(path=path)
        return path
