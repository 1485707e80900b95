"""Small mails as programs send them, and what becomes of each: the body's description, then its pieces.

An expected file is written by hand after reading the mail; `pytest` shows the whole difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.mail.parse import parse
from listserv.mail.text.body import Body, body
from listserv.mail.text.quote import split_own

FOLDER = Path(__file__).parent / "text"
NAMES = sorted(path.stem for path in FOLDER.glob("*.eml"))


def _described(found: Body) -> str:
    lines = [f"source {found.source}, only {found.only}, html {'yes' if found.html else 'no'}, cut {found.cut}"]
    for attachment in found.attachments:
        size = f"{attachment.size_octets} octets"
        lines.append(
            f"attachment {attachment.filename!r} {attachment.content_type} {size} part {attachment.part_index}"
        )
    for piece in split_own(found.text, found.html).pieces:
        lines.append(f"--- {piece.kind}{' (answered below)' if piece.context else ''}")
        lines += piece.text.rstrip("\n").split("\n")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_the_body_and_its_pieces(name: str) -> None:
    found = body(parse((FOLDER / f"{name}.eml").read_bytes()))
    expected = (FOLDER / f"{name}.expected.txt").read_text("utf-8")
    assert _described(found) == expected


def test_there_are_samples() -> None:
    assert len(NAMES) >= 10
