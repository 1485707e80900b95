"""The weekly update in a real browser: nothing stands out of a phone's width, axe finds nothing, in light and dark.

Pictures of every sample go to the folder that LISTSERV_PICTURES names, to be looked at; those in docs/pictures are some
of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from listserv.digest.compose import compose_digest
from listserv.digest.parts import Parts
from listserv.digest.together import compose_together
from listserv.resources import environment
from tests.browser import Browser, a_browser
from tests.editions import SAMPLES, TOGETHER

pytestmark = pytest.mark.chromium

WIDTHS = (320, 600, 1200)


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with a_browser(chromium) as browser:
        yield browser


def page_of(name: str) -> str:
    edition = SAMPLES.get(name)
    if edition is None:
        octets = compose_together(Parts(environment()), TOGETHER, TOGETHER[0].period.sends_at, "p12")
    else:
        octets = compose_digest(environment(), edition, edition.period.sends_at)
    part = message_from_bytes(octets, policy=policy.default).get_body(("html",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize("name", [*SAMPLES, "together"])
def test_it_reads_on_every_width(browser: Browser, name: str, tmp_path: Path) -> None:
    file = tmp_path / "update.html"
    file.write_text(page_of(name), "utf-8")
    pictures = os.environ.get("LISTSERV_PICTURES")
    for width in WIDTHS:
        for dark in (False, True) if width == 320 else (False,):
            browser.resize(width, 800, dark=dark)
            browser.open(file.as_uri())
            assert browser.run("document.documentElement.scrollWidth") <= width
            assert browser.axe() == []
            if pictures:
                browser.picture(Path(pictures) / f"{name}-{width}{'-dark' if dark else ''}.png")
    assert browser.faults == []
