"""The corpus decides: labelled replies, whole archives by quote evidence, and every message there is.

Each test prints its figures (`pytest -s`). The bars are those of the acceptance. Both golds of `quote_evidence` are
held to them; by the strict one, which takes lines whole, the lost lines of the first archive lie just below the bar:
nearly all of them are quotations that a program wrapped anew, which a reader wants folded.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from listserv.mail.parse import parse
from listserv.mail.text.body import body
from listserv.mail.text.html_text import html_to_text
from listserv.mail.text.quote import has_quotation, split_own
from tests.stopwatch import Stopwatch
from tests.unit.quote_evidence import Post, ancestors, read_archive

pytestmark = pytest.mark.corpus

REPLY_TEXTS_EQUAL = 0.70
CLEAN_BODIES = 0.65
NEW_LINES_LOST = 0.08
QUOTED_LINES_LEFT = 0.08
REPLIES_OF_A_CLIENT = 120
SAMPLED_OF_A_CLIENT = 60
SECONDS_A_MESSAGE = 1.0
ARCHIVES = ("usrp-users-4000-6599.mbox.xz", "ksummit-discuss-all.mbox.xz")


@dataclass(frozen=True, slots=True)
class _Reply:
    """A reply of an archive, and which of its lines are shown when its ancestors are known."""

    post: Post
    shown: list[bool]


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


def _spread(replies: list[_Reply]) -> list[_Reply]:
    """At most `REPLIES_OF_A_CLIENT` replies of each mail program, the same ones in every run."""
    by_client: dict[str, list[_Reply]] = defaultdict(list)
    for reply in replies:
        by_client[reply.post.client].append(reply)
    chance = random.Random(2026)
    return [reply for client in sorted(by_client) for reply in _some(by_client[client], chance)]


def _some(replies: list[_Reply], chance: random.Random) -> list[_Reply]:
    return chance.sample(replies, min(len(replies), REPLIES_OF_A_CLIENT))


def _shown(post: Post, known: Sequence[str]) -> list[bool]:
    """For each line of the post whether `own` shows it."""
    pieces = split_own(post.text, post.html, known)
    picked = not any(piece.kind in ("attribution", "header_block") for piece in pieces.pieces)
    shown: list[bool] = []
    for piece in pieces.pieces:
        lines = piece.text.count("\n") + (not piece.text.endswith("\n"))
        shown += [piece.kind == "own" or (piece.context and picked)] * lines
    return shown + [False] * (len(post.lines) - len(shown))


def _figures(gold: str, shown: list[bool]) -> Counter[str]:
    counts = Counter[str](replies=1)
    for verdict, seen in zip(gold, shown, strict=True):
        counts["quoted"] += verdict == "q"
        counts["left"] += verdict == "q" and seen
        counts["new"] += verdict == "n"
        counts["lost"] += verdict == "n" and not seen
        counts["announcing"] += verdict == "a"
        counts["announcing folded"] += verdict == "a" and not seen
    counts["clean"] = int(not counts["left"])
    counts["emptied"] = int(counts["new"] > 0 and counts["lost"] == counts["new"])
    return counts


def _report(name: str, counts: Mapping[str, float]) -> None:
    print(
        f"{name:30} {counts['replies']:5.0f} replies, clean {counts['clean'] / counts['replies']:.1%}, "
        f"new lines lost {counts['lost'] / max(1, counts['new']):.1%} of {counts['new']:.0f}, "
        f"quoted lines left {counts['left'] / max(1, counts['quoted']):.1%} of {counts['quoted']:.0f}, "
        f"nothing new shown {counts['emptied']:.0f}"
    )


def _assert_bars(counts: Mapping[str, float]) -> None:
    assert counts["clean"] >= CLEAN_BODIES * counts["replies"]
    assert counts["lost"] < NEW_LINES_LOST * counts["new"]
    assert counts["left"] < QUOTED_LINES_LEFT * counts["quoted"]


def _on_average(by_client: Mapping[str, Counter[str]]) -> dict[str, float]:
    """What samples of `SAMPLED_OF_A_CLIENT` replies of each mail program hold on average, whatever is drawn."""
    mean: dict[str, float] = defaultdict(float)
    for counts in by_client.values():
        share = min(1, SAMPLED_OF_A_CLIENT / counts["replies"])
        for name, count in counts.items():
            mean[name] += share * count
    return mean


@pytest.fixture(scope="module", params=ARCHIVES)
def replies(request: pytest.FixtureRequest, corpus: Path) -> list[_Reply]:
    archive = read_archive(corpus / "archive" / request.param)
    answers = [post for post in archive.values() if post.references]
    return [_Reply(post, _shown(post, ancestors(post, archive))) for post in answers]


def test_replies_of_an_archive(replies: list[_Reply]) -> None:
    """By the soft gold: a quotation wrapped anew is a quotation."""
    unknown: Counter[str] = Counter()
    by_client: dict[str, Counter[str]] = defaultdict(Counter)
    for reply in _spread(replies):
        by_client[reply.post.client] += _figures(reply.post.evidence, reply.shown)
        unknown += _figures(reply.post.evidence, _shown(reply.post, ()))
    known = sum(by_client.values(), Counter[str]())
    print()
    _report("ancestors known", known)
    for client in sorted(by_client):
        _report(f"    {client}", by_client[client])
    _report("ancestors unknown", unknown)
    assert known["replies"] >= 300
    _assert_bars(known)
    _assert_bars(unknown)


def test_replies_of_an_archive_line_by_line(replies: list[_Reply]) -> None:
    """By the strict gold: only a line that equals an earlier one is quoted, any other is new."""
    by_client: dict[str, Counter[str]] = defaultdict(Counter)
    for reply in replies:
        by_client[reply.post.client] += _figures(reply.post.equal, reply.shown)
    mean, total = _on_average(by_client), sum(by_client.values(), Counter[str]())
    print()
    _report(f"whole lines, {SAMPLED_OF_A_CLIENT} of each program", mean)
    for client in sorted(by_client):
        _report(f"    {client}", by_client[client])
    _report("whole lines, every reply", total)
    lost = (mean["lost"] + mean["announcing folded"]) / (mean["new"] + mean["announcing"])
    print(f"were attributions and header blocks new lines, {lost:.1%} would be lost")
    assert total["replies"] >= 300
    _assert_bars(mean)
    _assert_bars(total)


def test_every_message(corpus: Path) -> None:
    slowest, count = (0.0, ""), 0
    for path in sorted(corpus.glob("*/*")):
        if not path.is_file() or path.suffix in (".xz", ".tsv", ".md"):
            continue
        octets = path.read_bytes()
        with Stopwatch() as watch:
            message = parse(octets)
            found = body(message)
            pieces = split_own(found.text, found.html)
        seconds = watch.seconds
        has_quotation(message)
        assert "".join(piece.text for piece in pieces.pieces) == found.text, path.name
        assert bool(pieces.own) == (found.only is None) or found.only == "encrypted", path.name
        assert seconds < SECONDS_A_MESSAGE, path.name
        slowest, count = max(slowest, (seconds, path.name)), count + 1
    print(f"\n{count} messages, the slowest took {slowest[0]:.3f} s ({slowest[1]})")
    assert count > 1_000
