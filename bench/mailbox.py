"""A large mailbox of real shape: the corpus' archives, repeated under other ids and dates until there is enough.

The corpus is looked for at $LISTSERV_CORPUS, else beside the project; its messages are 17 KB in the mean. It is public
mail of the years 2019 to 2022 with HTML parts, attachments, deep threads and broken references.
"""

from __future__ import annotations

import lzma
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from itertools import count, islice
from pathlib import Path

from listserv.mail.mbox import read_mbox
from listserv.mail.parse import parse

ARCHIVES = ("usrp-users-4000-6599.mbox.xz", "ksummit-discuss-all.mbox.xz")
ROUND = timedelta(days=500)  # longer than what an archive covers, so that rounds do not meet
_IDS = re.compile(rb"^(?:Message-ID|In-Reply-To|References):.*(?:\r\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(rb"^Date:.*(?:\r\n[ \t].*)*", re.IGNORECASE | re.MULTILINE)
_RECEIVED = re.compile(rb"^Received:.*(?:\r\n[ \t].*)*\r\n", re.IGNORECASE | re.MULTILINE)


def corpus() -> Path | None:
    """The folder of the corpus' archives, None where there is none."""
    named = os.environ.get("LISTSERV_CORPUS")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "corpus"
    return folder / "archive" if (folder / "archive" / ARCHIVES[0]).is_file() else None


def messages(number: int) -> list[bytes]:
    """So many messages, lines ending in CRLF, oldest round last."""
    folder = corpus()
    if folder is None:
        raise FileNotFoundError("the mail corpus is not there: set LISTSERV_CORPUS")
    first = [octets for name in ARCHIVES for octets in _archive(folder / name)]
    return list(islice(_rounds(first), number))


def _archive(file: Path) -> Iterator[bytes]:
    with lzma.open(file) as stream:
        yield from read_mbox(stream)


def _rounds(first: list[bytes]) -> Iterator[bytes]:
    yield from first
    for number in count(1):
        for octets in first:
            yield _again(octets, number)


def _again(octets: bytes, number: int) -> bytes:
    """The same message as another conversation of other years would have it."""
    head, blank, rest = octets.partition(b"\r\n\r\n")
    date = parse(octets).date
    head = _RECEIVED.sub(b"", head + b"\r\n")
    head = _IDS.sub(lambda found: found[0].replace(b"@", b".%d@" % number), head)
    if date is not None:
        earlier = format_datetime(date - ROUND * number).encode()
        head = _DATE.sub(lambda _: b"Date: " + earlier, head)
    return head.removesuffix(b"\r\n") + blank + rest
