"""Weeks of sample groups and the mails that tell of them: tests/golden/digests/NAME.html, .txt and .head.

After a wanted change LISTSERV_WRITE_GOLDEN=1 writes them; read the diff, and look at the pages in a browser.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from listserv.digest.compose import compose_digest
from listserv.mail.parse import parse
from listserv.resources import environment
from tests.editions import SAMPLES

FOLDER = Path(__file__).parent / "digests"


@pytest.mark.parametrize("name", SAMPLES)
def test_digest(name: str) -> None:
    edition = SAMPLES[name]
    octets = compose_digest(environment(), edition, edition.period.sends_at)
    message = parse(octets)
    assert message.defects == ()
    plain, html = message.root.children
    head = octets.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n", "\n")
    head = "\n".join(line for line in head.split("\n") if "boundary=" not in line)
    made = {"head": head + "\n", "txt": f"{message.subject}\n\n{plain.text()}", "html": html.text()}
    for suffix, text in made.items():
        file = FOLDER / f"{name}.{suffix}"
        if os.environ.get("LISTSERV_WRITE_GOLDEN"):
            file.write_text(text, "utf-8", newline="\n")
        assert text == file.read_text("utf-8")
