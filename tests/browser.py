"""The system's Chromium driven by Playwright: opens pages, presses buttons, takes pictures, runs axe.

Pages are seen as people see them, Content-Security-Policy and all. Playwright is installed by `make test-servers`
(requirements-browser.lock), as it is large; the browser it could bring along is not used.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Program
    from playwright.sync_api import ConsoleMessage, Error

T = TypeVar("T")

AXE = Path(__file__).parent / "axe" / "axe.min.js"
MILLISECONDS = 60_000
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


class Browser:
    """One browser with one page. Every method waits until what it says is true.

    Playwright keeps an event loop running in its thread; it has one of its own here, so that tests may run theirs.
    """

    def __init__(self, program: Program, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self._context = program.new_context()
        self._page = self._context.new_page()
        self._page.set_default_timeout(MILLISECONDS)
        self.faults: list[str] = []
        self._page.on("console", self._note)
        self._page.on("pageerror", self._note_error)

    def resize(self, width: int, height: int = 800, *, dark: bool = False) -> None:
        """The window is that wide, in CSS pixels; `dark` as the reader's device asks for."""
        scheme: Literal["dark", "light"] = "dark" if dark else "light"
        self._do(lambda: self._page.set_viewport_size({"width": width, "height": height}))
        self._do(lambda: self._page.emulate_media(color_scheme=scheme))

    def open(self, url: str) -> None:
        """The page of that address is there, loaded."""
        self._do(lambda: self._page.goto(url, wait_until="load"))

    def press(self, selector: str) -> None:
        """The element was clicked, and the page it leads to is there."""

        def click() -> None:
            with self._page.expect_navigation(wait_until="load"):
                self._page.locator(selector).first.click()

        self._do(click)

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression (of a promise, what it comes to)."""
        return self._do(lambda: self._page.evaluate(script))

    def picture(self, file: Path) -> None:
        """A PNG of the whole page."""
        self._do(lambda: self._page.screenshot(path=file, full_page=True))

    def axe(self) -> list[str]:
        """What axe finds wrong with the page, best practices too: one line a finding."""
        self.run(AXE.read_text("utf-8") + "\n;true")
        found = self.run("axe.run(document).then(r => JSON.stringify(r.violations))")
        return [
            f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:160]}"
            for violation in json.loads(found)
            for node in violation["nodes"]
        ]

    def cookies(self) -> list[dict[str, Any]]:
        """The cookies of the page, also those that scripts cannot read."""
        return [dict(cookie) for cookie in self._do(self._context.cookies)]

    def _do(self, what: Callable[[], T]) -> T:
        return self._thread.submit(what).result()

    def _note(self, said: ConsoleMessage) -> None:
        """What the console of the page says is kept: a refused style, a blocked load, an error."""
        if said.type in ("warning", "error"):
            self.faults.append(f"{said.type}: {said.text} {said.location.get('url', '')}")

    def _note_error(self, error: Error) -> None:
        self.faults.append(f"error: {error}")


@contextlib.contextmanager
def a_browser(program: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, both gone at the end."""
    from playwright.sync_api import sync_playwright

    with ThreadPoolExecutor(1, "playwright") as thread:
        manager = sync_playwright()
        playwright = thread.submit(manager.start).result()
        try:
            launched = thread.submit(playwright.chromium.launch, executable_path=program, args=list(OPTIONS)).result()
            yield thread.submit(Browser, launched, thread).result()
            thread.submit(launched.close).result()
        finally:
            thread.submit(playwright.stop).result()
