"""What a digest tells: the posts of one stretch of time, by thread, and what stands around them, as frozen values.

Made by the store, a function a section; read by `digest.items` and `digest.sections`. Names of people, no addresses;
all text is NFC. A section without content is `()`, `None` or `""` and is left out of the mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Section(StrEnum):
    """The parts of a weekly update, in the order in which they stand."""

    NOTE = "note"
    DISCUSSED = "discussed"
    QUESTIONS = "questions"
    PROMPT = "prompt"
    DATES = "dates"
    EVENTS = "events"
    RESOURCES = "resources"
    ELSEWHERE = "elsewhere"


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
    `language` is a tag the message itself names (RFC 3282), or "". `thanks`: it says thank you and nothing else.
    """

    id: int
    author: str
    counts_at: datetime
    own: str
    only: str = ""
    quotes: bool = False
    enclosures: tuple[Enclosure, ...] = ()
    language: str = ""
    thanks: bool = False


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


@dataclass(frozen=True, slots=True)
class Note:
    """What a group's facilitators made of an update before it went out.

    `text` is their greeting and words, by whom in order. `dropped` are ids of threads that are told in a line alone;
    `edited` holds the words that stand in a section's place, "" for a section that is left out. `elsewhere` are lines
    about a community that is no group of this network.
    """

    text: str = ""
    by: tuple[str, ...] = ()
    dropped: tuple[int, ...] = ()
    edited: tuple[tuple[Section, str], ...] = ()
    elsewhere: tuple[str, ...] = ()

    def words_for(self, section: Section) -> str | None:
        """The words in the section's place; None where it stands as it was made."""
        return dict(self.edited).get(section)


@dataclass(frozen=True, slots=True)
class Question:
    """A question nobody has answered, with its thread; `public_id` names it in the thread's page."""

    thread_id: int
    public_id: str
    subject: str
    author: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Prompt:
    """The facilitator's question of the week; `thread_id` and `public_id` are None and "" before it was posted."""

    id: int
    title: str
    body: str
    thread_id: int | None = None
    public_id: str = ""


@dataclass(frozen=True, slots=True)
class ComingDate:
    """A date to be aware of, or an `event`: whole days, the last of them `end_day`, or an instant until `ends_at`."""

    id: int
    title: str
    day: date
    at: datetime | None = None
    ends_at: datetime | None = None
    link: str = ""
    event: bool = False
    school: str = ""
    end_day: date | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A link (`url`) or a file (`url` is "", `title` its name, of a post) that somebody shared; each once.

    `part_index` says which of the post's parts the file is, `post` what the post is called.
    """

    title: str
    url: str = ""
    by: str = ""
    post_id: int | None = None
    size_octets: int = 0
    part_index: int | None = None
    post: str = ""


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another group of the network that the reader may see, by the busiest thread of the period."""

    list_name: str
    title: str
    subject: str
    public_id: str
    posts: int


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the posts of one period: each part as the reader of its kind of thing gave it."""

    note: Note = Note()
    questions: tuple[Question, ...] = ()
    prompt: Prompt | None = None
    coming: tuple[ComingDate, ...] = ()
    resources: tuple[Resource, ...] = ()
    siblings: tuple[Sibling, ...] = ()


NOTHING_AROUND = Around()
