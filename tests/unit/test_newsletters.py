"""What an editor's answer to a newsletter's question says, and nothing that is not plainly said."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from listserv.inbound.newsletters import Word, read_word

ZONE = ZoneInfo("Pacific/Auckland")
NOW = datetime(2026, 11, 15, 19, 0, tzinfo=UTC)  # Monday 16 November, 8 in the morning in Auckland


@pytest.mark.parametrize(
    "line", ["send", "Send!", "SEND", "send it", "send now", "tuku", "Tukua ināianei", "send please"]
)
def test_now(line: str) -> None:
    assert read_word(line, NOW, ZONE) == Word(send=True)


@pytest.mark.parametrize("line", ["stop", "Stop.", "discard", "kati"])
def test_never(line: str) -> None:
    assert read_word(line, NOW, ZONE) == Word(send=False)


@pytest.mark.parametrize(
    ("line", "day", "hour", "minute"),
    [
        ("send Tue 7am", 17, 7, 0),
        ("Send Tuesday at 7.30 am", 17, 7, 30),
        ("send tomorrow 7am", 17, 7, 0),
        ("send today 5pm", 16, 17, 0),
        ("send 24 November 16:00", 24, 16, 0),
        ("tuku Rātū 7am", 17, 7, 0),
        ("send Wed 18 Nov noon", 18, 12, 0),
    ],
)
def test_then_in_the_groups_zone(line: str, day: int, hour: int, minute: int) -> None:
    assert read_word(line, NOW, ZONE) == Word(send=True, at=datetime(2026, 11, day, hour, minute, tzinfo=ZONE))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "yes",
        "looks good, send",
        "send Tuesday",
        "send 7am",
        "send 7",
        "send next Tuesday 7am",
        "send Tue 7",
        "send Tue 7am or Wed 7am",
        "send Tue 7am after Rāwiri has seen it",
        "send Wed 17 Nov 7am",
        "send yesterday 7am",
        "send today 7am",
        "send 24 November 2027 7am",
        "do not send",
        "send me the file",
        "don't stop",
    ],
)
def test_anything_else_is_asked_back(line: str) -> None:
    assert read_word(line, NOW, ZONE) is None
