"""What a digest tells: the posts of one stretch of time, by thread, as frozen values. Made by the store, read by
`digest.items`. Names of people, no addresses; all text is NFC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that came with a post; `name` may be "", `holds` names the files inside a winmail.dat."""

    name: str
    content_type: str
    size_octets: int
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldPost:
    """One post of the period.

    `author` is a name, "" where only an address is known. `own` is what the author wrote; where that is nothing to
    read, `only` says what there is instead (`mail.text.Only`), else it is "". `quotes`: more was quoted than is told.
    `language` is a tag the message itself names (RFC 3282), or "".
    """

    id: int
    author: str
    counts_at: datetime
    own: str
    only: str = ""
    quotes: bool = False
    enclosures: tuple[Enclosure, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class ToldThread:
    """The posts of the period in one thread, in the order in which they count; `continued`: it began before.

    `thanks` are those of the period that went to an author alone.
    """

    id: int
    public_id: str
    subject: str
    continued: bool
    posts: tuple[ToldPost, ...]
    thanks: int = 0
