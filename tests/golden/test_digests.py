"""Weeks of sample groups and the mails that tell of them: tests/golden/digests/NAME.html, .txt and .head.

The old forms are kept as the whole mail: NAME.eml.

After a wanted change LISTSERV_WRITE_GOLDEN=1 writes them; read the diff, and look at the pages in a browser.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from listserv.digest.classic import compose_classic
from listserv.digest.compose import compose_digest
from listserv.digest.parts import Parts
from listserv.digest.together import compose_together
from listserv.mail.parse import parse
from listserv.resources import environment
from tests.editions import SAMPLES, TOGETHER

FOLDER = Path(__file__).parent / "digests"


NOW = SAMPLES["busy"].period.sends_at
MADE: dict[str, Callable[[], bytes]] = {
    **{
        name: partial(compose_digest, environment(), edition, edition.period.sends_at)
        for name, edition in SAMPLES.items()
    },
    "together": lambda: compose_together(Parts(environment()), TOGETHER, NOW, "p12"),
}
CLASSIC: dict[str, Callable[[], bytes]] = {
    "classic-plain": lambda: compose_classic(environment(), [SAMPLES["flagship"]], "plain", NOW),
    "classic-mime": lambda: compose_classic(environment(), [SAMPLES["te-reo"]], "mime", NOW),
    "classic-together": lambda: compose_classic(environment(), TOGETHER, "plain", NOW),
}


@pytest.mark.parametrize("name", MADE)
def test_digest(name: str) -> None:
    message = parse(MADE[name]())
    assert message.defects == ()
    plain, html = message.root.children
    head = message.octets.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n", "\n")
    head = "\n".join(line for line in head.split("\n") if "boundary=" not in line)
    check(name, {"head": head + "\n", "txt": f"{message.subject}\n\n{plain.text()}", "html": html.text()})


@pytest.mark.parametrize("name", CLASSIC)
def test_classic_digest(name: str) -> None:
    octets = CLASSIC[name]()
    assert parse(octets).defects == ()
    check(name, {"eml": re.sub(r"=_[0-9a-f]{40}", "=_boundary", octets.decode("ascii")).replace("\r\n", "\n")})


def check(name: str, made: dict[str, str]) -> None:
    for suffix, text in made.items():
        file = FOLDER / f"{name}.{suffix}"
        if os.environ.get("LISTSERV_WRITE_GOLDEN"):
            file.write_text(text, "utf-8", newline="\n")
        assert text == file.read_text("utf-8")
