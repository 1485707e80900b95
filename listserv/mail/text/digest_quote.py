"""Which conversation of a digest an answer to the whole digest means: the one whose item it quotes and answers.

    our digest's text --cut--> sections, each with its thread's reply address
    the answer        --split_own--> own blocks between quoted lines --words in a row--> the section around each block

Promises: a thread is named only where one is meant: the answer stands within one section, or quotes one alone. Words
above or below a digest that is quoted whole mean none, and answers in two sections mean none: the author is asked.
Marks, wrapping and HTML do not matter, as words are compared. Linear in both texts; pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from listserv.mail.parse import Message
from listserv.mail.text.body import body
from listserv.mail.text.body_lines import split_lines
from listserv.mail.text.html_text import html_to_text
from listserv.mail.text.quote import split_own
from listserv.mail.text.repeated import KnownText, Share, words_of

RUN_WORDS = 4
TOKEN_CHARACTERS = 20
TYPED_WORDS, TYPED_PART = 5, 0.6
REPEATED_PART = 0.8
_SEPARATOR = re.compile(r"[-_=*]{20,}")
_ADDRESS = re.compile(r"[a-z0-9+-]{3,64}@[a-z0-9.-]{1,253}", re.IGNORECASE)
_SIGNATURE = "-- "

ThreadOf = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a digest: a conversation, or, where `thread_id` is None, what stands above and below them all."""

    thread_id: int | None
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A line with something on it: whether its author wrote it, whether it only separates, and what it repeats."""

    own: bool
    separates: bool
    section: int | None


def sections(digest_text: str, thread_of: ThreadOf) -> tuple[Section, ...]:
    """The digest's plain text in parts; `thread_of` knows the thread of a reply address."""
    text, _, end = digest_text.partition(f"\n{_SIGNATURE}\n")
    parts: list[list[str]] = [[]]
    for line in text.split("\n"):
        if _SEPARATOR.fullmatch(line.rstrip()):  # a rule within a post is further in, as all its words are
            parts.append([])
        else:
            parts[-1].append(line)
    found = [_section("\n".join(part), thread_of) for part in parts]
    return (*found, Section(None, end)) if end else tuple(found)


def _section(text: str, thread_of: ThreadOf) -> Section:
    # Ours is the last: what members write stands above it, and may name the address of another conversation.
    threads = (thread_of(address) for address in reversed(_ADDRESS.findall(text)))
    return Section(next((thread for thread in threads if thread is not None), None), text)


def answered_thread(message: Message, digest: Message, thread_of: ThreadOf) -> int | None:
    """The one thread of the digest that the message answers, None if that cannot be told."""
    told = body(digest)
    known = sections(told.text, thread_of)
    threads = {section.thread_id for section in known} - {None}
    if len(threads) == 1:
        return threads.pop()
    rows = _rows(message, [told.text, html_to_text(told.html or "").text], known)
    meant = {known[at].thread_id for at in _around_own(rows, known)} - {None}
    if not meant:
        meant = {known[row.section].thread_id for row in rows if row.section is not None} - {None}
    return meant.pop() if len(meant) == 1 else None


# --- which section each line repeats


def _rows(message: Message, texts: Sequence[str], known: Sequence[Section]) -> list[_Row]:
    """The lines with something on them. Words typed into the quotation itself are own where the digest lacks them."""
    read = body(message)
    grams = _grams(known)
    pieces = split_own(read.text, read.html, texts).pieces
    kinds = [(piece.kind == "own", line) for piece in pieces for line in split_lines(piece.text) if not line.blank]
    shares = KnownText(texts, 2).shares([line for _, line in kinds])
    lines = [
        (own and _is_new(share) and not any(word in grams for word in _long(line.raw)), line.raw)
        for (own, line), share in zip(kinds, shares, strict=True)
    ]
    marks = _marks(lines, grams)
    found = [at for at, mark in enumerate(marks) if mark is not None]
    inside = range(found[0], found[-1]) if found else range(0)
    typed = {at for at in inside if shares[at].words >= TYPED_WORDS and shares[at].part < TYPED_PART}
    return [
        _Row(own or (at in typed and marks[at] is None and "://" not in raw), _separates(raw), marks[at])
        for at, (own, raw) in enumerate(lines)
    ]


def _is_new(share: Share) -> bool:
    return share.words > 0 and share.part < REPEATED_PART


def _separates(raw: str) -> bool:
    return _SEPARATOR.fullmatch(raw.strip(" \t\r\n>|")) is not None


def _long(text: str) -> list[str]:
    return [word for word in words_of(text) if len(word) >= TOKEN_CHARACTERS]


def _grams(known: Sequence[Section]) -> dict[str, int]:
    """What stands in one section alone: runs of words, and words as long as a token; -1 for what several have."""
    found: dict[str, int] = {}
    for at, section in enumerate(known):
        words = words_of(section.text)
        for gram in {*_runs(words), *_long(section.text)}:
            found[gram] = at if found.get(gram, at) == at else -1
    return found


def _runs(words: Sequence[str]) -> Iterator[str]:
    return (" ".join(run) for run in zip(*(words[at:] for at in range(RUN_WORDS)), strict=False))


def _marks(lines: Sequence[tuple[bool, str]], grams: dict[str, int]) -> list[int | None]:
    """The section of each line that is not the author's own, None where nothing tells it."""
    words: list[str] = []
    line_of: list[int] = []
    for at, (own, raw) in enumerate(lines):
        if not own:
            here = words_of(raw)
            words += here
            line_of += [at] * len(here)
    marks: list[int | None] = [None] * len(lines)
    for at, word in enumerate(words):
        run = " ".join(words[at : at + RUN_WORDS])
        section = max(grams.get(word, -1), grams.get(run, -1))
        if section < 0:
            continue
        last = at + RUN_WORDS if grams.get(run, -1) == section else at + 1
        for line in line_of[at:last]:
            marks[line] = section if marks[line] is None else marks[line]
    return marks


# --- which section each own block stands in


def _around_own(rows: Sequence[_Row], known: Sequence[Section]) -> Iterator[int]:
    """The section around each block of own rows, in one pass down; nothing for words above or below what is quoted."""
    below = _next_marks(rows)
    upper: int | None = None
    seen: set[int] = set()
    separated = inside = False
    for at, row in enumerate(rows):
        if row.own:
            section = None if inside else _between(upper, below[at], separated, len(seen) > 1, known)
            inside = True
            if section is not None:
                yield section
            continue
        inside = False
        separated = row.separates or (separated and row.section is None)
        if row.section is not None:
            upper = row.section
            seen |= {row.section} if known[row.section].thread_id is not None else set()


def _next_marks(rows: Sequence[_Row]) -> list[int | None]:
    """For each row the section of the first row from there on that has one."""
    marks: list[int | None] = []
    mark: int | None = None
    for row in reversed(rows):
        mark = row.section if row.section is not None else mark
        marks.append(mark)
    return marks[::-1]


def _between(
    upper: int | None, lower: int | None, separated: bool, several: bool, known: Sequence[Section]
) -> int | None:
    """The section of words that stand between lines of these two; `separated`: a rule stands between upper and them."""
    if upper is None or upper == lower:
        return upper
    if lower is None:  # under the last quoted line: an answer to it, unless the whole digest is quoted above
        return None if several or known[upper].thread_id is None else upper
    if known[upper].thread_id is None:
        return lower if upper < lower else None
    return lower if separated and known[lower].thread_id is not None else upper
