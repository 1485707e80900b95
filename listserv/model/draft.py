"""The draft of a weekly update and what its facilitators have said of it, as frozen values.

A draft is the update as it would go out, in parts that each bear a number; facilitators answer by those numbers. What
each has said is kept apart, so that "stop" takes back one's own and nobody else's; `note_of` joins it all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from listserv.model.digest import Note, Section

# What there is room for in an update: all notes together, and the words in one section's place.
NOTE_CHARACTERS = 6_000
WORDS_CHARACTERS = 4_000
_LINK_MARKS = ("://", "@", "www.")
_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """The words in small letters, without links: what no mail program changes when it quotes."""
    tokens = (token for token in text.casefold().split() if not any(mark in token for mark in _LINK_MARKS))
    return _WORD.findall(" ".join(tokens))


def fingerprint(text: str) -> str:
    """The same for texts with the same words in the same order."""
    return hashlib.sha256(" ".join(words_of(text)).encode("utf-8", "replace")).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Part:
    """A conversation (`thread_id`) or a section of the draft; `fingerprint` tells whether its words are as they were.

    `title` is what stands behind its number. `spoken` are (language, title, fingerprint) in further languages.
    """

    number: int
    title: str
    thread_id: int | None = None
    section: Section | None = None
    fingerprint: str = ""
    spoken: tuple[tuple[str, str, str], ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """Its title in every language the draft was sent in."""
        return (self.title, *(title for _, title, _ in self.spoken))

    def title_in(self, language: str) -> str:
        """Its title in that language, else in the group's."""
        return next((title for spoken, title, _ in self.spoken if spoken == language), self.title)

    def is_said_by(self, text: str) -> bool:
        """Whether the text, title and all, has the words the draft had here, in any of its languages."""
        found = fingerprint(text)
        return found == self.fingerprint or any(found == other for _, _, other in self.spoken)


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part with its text as the draft shows it."""

    part: Part
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one facilitator wants of the update: her note, numbers of parts left out, words in the place of parts."""

    person_id: int
    name: str
    at: datetime
    note: str = ""
    drops: tuple[int, ...] = ()
    edits: tuple[tuple[int, str], ...] = ()
    ok: bool = False

    @property
    def changes(self) -> bool:
        """Whether the update differs for it."""
        return bool(self.note or self.drops or self.edits)


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft of one period; `said` in the order in which its facilitators first answered."""

    id: int
    list_id: int
    period_key: str
    goes_at: datetime
    parts: tuple[Part, ...]
    said: tuple[Said, ...] = ()
    released_at: datetime | None = None

    def part(self, number: int) -> Part | None:
        """The part of that number."""
        return next((each for each in self.parts if each.number == number), None)

    def by(self, person_id: int) -> Said | None:
        """What she has said."""
        return next((each for each in self.said if each.person_id == person_id), None)


def note_of(parts: Iterable[Part], said: Iterable[Said]) -> Note:
    """What all of them made of it together: notes joined, the later words in one place, a drop before any words."""
    parts, everybody = tuple(parts), tuple(said)
    drops = {number for each in everybody for number in each.drops}
    edits: dict[int, str] = {}
    for each in sorted(everybody, key=lambda each: each.at):
        edits |= dict(each.edits)
    edited = []
    for part in parts:
        if part.section is not None and (part.number in drops or part.number in edits):
            edited.append((part.section, "" if part.number in drops else edits[part.number]))
    notes = [each for each in everybody if each.note]
    return Note(
        "\n\n".join(each.note for each in notes),
        tuple(each.name for each in notes),
        tuple(part.thread_id for part in parts if part.thread_id is not None and part.number in drops),
        tuple(edited),
    )
