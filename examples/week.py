"""The sample week as values: what happens when (week.toml), the mail of each event (messages/), what must come of it.

Promises: events in the order they happen; a message's octets as its author's program sends them, with CRLF. Reads the
files beside this one, nothing else. Events name messages by file; `MessageIds` tells which is which afterwards.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from listserv.digest.run import Done
from listserv.mail.parse import parse

HERE = Path(__file__).resolve().parent
MESSAGES = HERE / "messages"
ZONE = ZoneInfo("Pacific/Auckland")
BEGINS = datetime(2026, 11, 16, 7, 0, tzinfo=ZONE)
ENDS = datetime(2026, 11, 22, 20, 0, tzinfo=ZONE)


class Outcome(StrEnum):
    """What becomes of a mail."""

    POSTED = "posted"
    HELD = "held"
    REFUSED = "refused"
    KEPT = "kept"
    KNOWN = "known"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Sending:
    """Somebody's program sends `message` to the group's address `to`, or to the reply address of the copy of `answers`
    that lies in the mailbox of `reads`, or to that of its conversation in the `update` there. By `imap` it comes out of
    the mailbox at a provider instead."""

    at: datetime
    says: str
    message: str
    return_path: str
    to: str
    answers: str
    reads: str
    outcome: Outcome
    update: str = ""
    imap: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """Somebody types a command; `{held}` in its words stands for the number of the waiting post `held`."""

    at: datetime
    says: str
    words: tuple[str, ...]
    held: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A moderator answers the mail in her mailbox about the waiting post `held`, as a phone does, with these words."""

    at: datetime
    says: str
    by: str
    held: str
    words: str


@dataclass(frozen=True, slots=True)
class Hour:
    """The service's clock has struck, and somebody gets something: `did` says what."""

    at: datetime
    did: tuple[Done, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the week leaves: single mails by mailbox and group, who got each update and reminder by its subject, each
    group's threads as sets of files, what still waits, the titles of each group's links and files."""

    mailboxes: dict[str, dict[str, int]]
    updates: dict[str, frozenset[str]]
    threads: dict[str, frozenset[frozenset[str]]]
    waiting: frozenset[str]
    shelf: dict[str, frozenset[str]]


def octets_of(message: str) -> bytes:
    """The message in that file, every line end CRLF."""
    return (MESSAGES / message).read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def file_names() -> dict[str, str]:
    """Which file each sample message is in, by its Message-ID without angle brackets."""
    files = sorted(path.name for path in MESSAGES.glob("*.eml"))
    return {parse(octets_of(name)).message_id or "": name for name in files}


def read_week(file: Path = HERE / "week.toml") -> tuple[Sending | Command | Answer, ...]:
    """The events in the order of the file, which is that of their times."""
    events = tuple(_event(entry) for entry in tomllib.loads(file.read_text("utf-8"))["event"])
    for earlier, later in pairwise(events):
        if later.at < earlier.at:
            raise ValueError(f"{file}: {later.says!r} is earlier than what stands before it")
    return events


def without_imap(events: tuple[Sending | Command | Answer, ...]) -> tuple[Sending | Command | Answer, ...]:
    """What can be played where there is no mailbox."""
    return tuple(event for event in events if not (isinstance(event, Sending) and event.imap))


def read_expected(file: Path = HERE / "expected.toml", *, imap: bool = True) -> Expected:
    """What must be there when all of the week has been played, with what comes by `imap` or without."""
    table = tomllib.loads(file.read_text("utf-8"))
    grouped, mailboxes = dict(table["threads"]), dict(table["mailboxes"])
    if imap:
        grouped |= table["imap"]["threads"]
        for address, groups in table["imap"]["mailboxes"].items():
            mailboxes[address] = mailboxes.get(address, {}) | groups
    threads = {group: frozenset(map(frozenset, found)) for group, found in grouped.items()}
    updates = {subject: frozenset(readers) for subject, readers in table["updates"].items()}
    shelf = {group: frozenset(titles) for group, titles in table["shelf"].items()}
    return Expected(mailboxes, updates, threads, frozenset(table["waiting"]), shelf)


def _event(entry: dict[str, Any]) -> Sending | Command | Answer:
    if "reply" in entry:
        return Answer(entry["at"], entry["says"], entry["by"], entry["held"], entry["reply"])
    if "command" in entry:
        return Command(entry["at"], entry["says"], tuple(entry["command"]), entry.get("held", ""))
    message = parse(octets_of(entry["message"]))
    if message.author is None or message.date is None:
        raise ValueError(f"{entry['message']} has no author or no date")
    author = message.author.address
    return Sending(
        at=entry.get("at", message.date),
        says=entry["says"],
        message=entry["message"],
        return_path=entry.get("from", author),
        to=entry["to"],
        answers=entry.get("answers", ""),
        reads=entry.get("reads", author),
        outcome=Outcome(entry.get("outcome", "posted")),
        update=entry.get("update", ""),
        imap=entry.get("imap", False),
    )
