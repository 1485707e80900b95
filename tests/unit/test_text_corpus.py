"""The corpus decides: labelled replies, whole archives by quote evidence, and every message there is.

Each test prints its figures (`pytest -s`). The bars are those of the acceptance; what is measured lies well above.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from listserv.mail.parse import parse
from listserv.mail.text.body import body
from listserv.mail.text.html_text import html_to_text
from listserv.mail.text.pieces import Pieces
from listserv.mail.text.quote import has_quotation, split_own
from tests.unit.quote_evidence import Post, ancestors, read_archive

pytestmark = pytest.mark.corpus

REPLY_TEXTS_EQUAL = 0.70
CLEAN_BODIES = 0.65
NEW_LINES_LOST = 0.08
QUOTED_LINES_LEFT = 0.08
REPLIES_OF_A_CLIENT = 120
SECONDS_A_MESSAGE = 1.0
ARCHIVES = ("usrp-users-4000-6599.mbox.xz", "ksummit-discuss-all.mbox.xz")


def _without_white_space(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _own(path: Path) -> str:
    octets = path.read_bytes()
    if path.suffix == ".eml":
        found = body(parse(octets))
        return split_own(found.text, found.html).own
    text = octets.decode("utf-8", "replace").replace("\r\n", "\n")
    if path.suffix == ".html":
        return split_own(html_to_text(text).text, text).own
    return split_own(text).own


def test_labelled_replies(corpus: Path) -> None:
    equal, empty, different = 0, 0, []
    expected = sorted((corpus / "replies" / "expected").glob("*.reply.txt"))
    for path in expected:
        name = path.name.removesuffix(".reply.txt")
        own = _without_white_space(_own(corpus / "replies" / name))
        wanted = _without_white_space(path.read_text("utf-8"))
        equal += own == wanted
        empty += bool(wanted) and not own
        different += [name] if own != wanted else []
    print(f"\nreply texts equal: {equal} of {len(expected)} ({equal / len(expected):.1%}), empty: {empty}")
    print("different:", *different, sep="\n  ")
    assert empty == 0
    assert equal >= REPLY_TEXTS_EQUAL * len(expected)


def _spread(posts: list[Post]) -> list[Post]:
    """At most `REPLIES_OF_A_CLIENT` replies of each mail program, the same ones in every run."""
    by_client: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        by_client[post.client].append(post)
    chance = random.Random(2026)
    return [post for client in sorted(by_client) for post in _some(by_client[client], chance)]


def _some(posts: list[Post], chance: random.Random) -> list[Post]:
    return chance.sample(posts, min(len(posts), REPLIES_OF_A_CLIENT))


def _shown(pieces: Pieces) -> list[bool]:
    """For each line whether `own` shows it."""
    picked = not any(piece.kind in ("attribution", "header_block") for piece in pieces.pieces)
    shown: list[bool] = []
    for piece in pieces.pieces:
        lines = piece.text.count("\n") + (not piece.text.endswith("\n"))
        shown += [piece.kind == "own" or (piece.context and picked)] * lines
    return shown


def _figures(post: Post, pieces: Pieces) -> Counter[str]:
    shown = _shown(pieces)
    shown += [False] * (len(post.lines) - len(shown))
    counts = Counter[str](replies=1)
    for verdict, seen in zip(post.evidence, shown, strict=True):
        counts["quoted"] += verdict == "q"
        counts["left"] += verdict == "q" and seen
        counts["new"] += verdict == "n"
        counts["lost"] += verdict == "n" and not seen
    counts["clean"] = int(not counts["left"])
    counts["emptied"] = int(counts["new"] > 0 and counts["lost"] == counts["new"])
    return counts


def _report(name: str, counts: Counter[str]) -> None:
    print(
        f"{name:30} {counts['replies']:5} replies, clean {counts['clean'] / counts['replies']:.1%}, "
        f"new lines lost {counts['lost'] / max(1, counts['new']):.1%} of {counts['new']}, "
        f"quoted lines left {counts['left'] / max(1, counts['quoted']):.1%} of {counts['quoted']}, "
        f"nothing new shown {counts['emptied']}"
    )


@pytest.mark.parametrize("name", ARCHIVES)
def test_replies_of_an_archive(corpus: Path, name: str) -> None:
    archive = read_archive(corpus / "archive" / name)
    replies = [post for post in archive.values() if post.references]
    print()
    sample = _spread(replies)
    for title, known in (("ancestors known", True), ("ancestors unknown", False)):
        total: Counter[str] = Counter()
        by_client: dict[str, Counter[str]] = defaultdict(Counter)
        for post in sample:
            pieces = split_own(post.text, post.html, ancestors(post, archive) if known else ())
            figures = _figures(post, pieces)
            total += figures
            by_client[post.client] += figures
        _report(title, total)
        for client in sorted(by_client) if known else ():
            _report(f"    {client}", by_client[client])
        assert total["replies"] >= 300
        assert total["clean"] >= CLEAN_BODIES * total["replies"]
        assert total["lost"] < NEW_LINES_LOST * total["new"]
        assert total["left"] < QUOTED_LINES_LEFT * total["quoted"]


def test_every_message(corpus: Path) -> None:
    slowest, count = (0.0, ""), 0
    for path in sorted(corpus.glob("*/*")):
        if not path.is_file() or path.suffix in (".xz", ".tsv", ".md"):
            continue
        octets = path.read_bytes()
        start = time.process_time()
        message = parse(octets)
        found = body(message)
        pieces = split_own(found.text, found.html)
        seconds = time.process_time() - start
        has_quotation(message)
        assert "".join(piece.text for piece in pieces.pieces) == found.text, path.name
        assert bool(pieces.own) == (found.only is None) or found.only == "encrypted", path.name
        assert seconds < SECONDS_A_MESSAGE, path.name
        slowest, count = max(slowest, (seconds, path.name)), count + 1
    print(f"\n{count} messages, the slowest took {slowest[0]:.3f} s ({slowest[1]})")
    assert count > 1_000
