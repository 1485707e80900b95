"""Where Chromium is; tests drive it headless themselves, as root with --no-sandbox."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from tests.servers.private import absent


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The path of the browser's program."""
    if importlib.util.find_spec("playwright") is None:
        absent("Playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return Path(found) if found else absent("Chromium is not installed")
