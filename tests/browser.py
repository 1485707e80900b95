"""A headless Chromium driven through its DevTools pipe: opens pages, presses buttons, takes pictures, runs axe.

No driver program and no package is needed: Chromium reads JSON messages, each ended by NUL, from its file descriptor 3
and writes to 4 (`--remote-debugging-pipe`). Pages are seen as people see them, Content-Security-Policy and all.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers.private import open_folder

AXE = Path(__file__).parent / "axe" / "axe.min.js"
SECONDS = 60.0


class Browser:
    """One browser with one page. Every method waits until what it says is true."""

    def __init__(self, program: Path, profile: Path) -> None:
        self._to_read, to_write = os.pipe()
        from_read, self._to_send = os.pipe()
        options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--mute-audio",
            "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank",
        ]  # fmt: skip
        command = ["/bin/bash", "-c", f'exec "$@" 3<&{from_read} 4>&{to_write}', "chromium", str(program), *options]
        with (profile / "log").open("wb") as log:
            self._process = subprocess.Popen(command, pass_fds=(from_read, to_write), stdout=log, stderr=log)
        os.close(from_read)
        os.close(to_write)
        self._buffer = b""
        self._number = 0
        self._session = ""
        self.faults: list[str] = []
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._send(f"{domain}.enable")

    def close(self) -> None:
        """Ends the browser."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        self._process.kill()
        self._process.wait()
        os.close(self._to_read)
        os.close(self._to_send)

    # --- what a test does

    def resize(self, width: int, height: int = 800, *, dark: bool = False) -> None:
        """The window is that wide, in CSS pixels; `dark` as the reader's device asks for."""
        self._send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._send("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, url: str) -> None:
        """The page of that address is there, loaded."""
        self._send("Page.navigate", url=url)
        self._settled()

    def press(self, selector: str) -> None:
        """The element was clicked; where that leads to another page, it is there."""
        self.run("window.old = true")
        self.run(f"document.querySelector({json.dumps(selector)}).click()")
        end = time.monotonic() + SECONDS
        while self.run("!!window.old") and time.monotonic() < end:
            time.sleep(0.02)
        self._settled()

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression (of a promise, what it comes to)."""
        told = self._send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def picture(self, file: Path) -> None:
        """A PNG of the whole page."""
        height = int(self.run("document.documentElement.scrollHeight"))
        width = int(self.run("document.documentElement.clientWidth"))
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, 6000), "scale": 1}
        shot = self._send("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

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
        found: list[dict[str, Any]] = self._send("Network.getCookies")["cookies"]
        return found

    # --- the pipe

    def _settled(self) -> None:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if self.run("document.readyState") == "complete" and self.run("location.href") != "about:blank":
                return
            time.sleep(0.02)
        raise TimeoutError("the page did not load")

    def _send(self, method: str, **params: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to_send, json.dumps(message).encode() + b"\0")
        while True:
            told = self._receive()
            if told.get("id") == self._number:
                assert "error" not in told, (method, told["error"])
                return told["result"]
            self._note(told)

    def _note(self, event: dict[str, Any]) -> None:
        """What the console or the log of the page says is kept: a refused style, a blocked load, an error."""
        if event.get("method") == "Log.entryAdded":
            entry = event["params"]["entry"]
            if entry["level"] in ("warning", "error"):
                self.faults.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}")
        elif event.get("method") == "Runtime.exceptionThrown":
            self.faults.append(str(event["params"]["exceptionDetails"]["text"]))

    def _receive(self) -> dict[str, Any]:
        end = time.monotonic() + SECONDS
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._to_read], [], [], max(0.0, end - time.monotonic()))
            octets = os.read(self._to_read, 1 << 20) if ready else b""
            if not octets:
                raise TimeoutError("Chromium says nothing")
            self._buffer += octets
        line, _, self._buffer = self._buffer.partition(b"\0")
        told: dict[str, Any] = json.loads(line)
        return told


@contextlib.contextmanager
def a_browser(program: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, both gone at the end."""
    with open_folder("chromium") as profile:
        browser = Browser(program, profile)
        try:
            yield browser
        finally:
            browser.close()
