"""What stands around a digest's conversations, as it is shown: the note, questions, the prompt, dates, links, groups.

    around (model.digest) --sections(edition, shown)--> lines with their links and reply addresses --template--> words

Promises: a section without content is empty here; what a section has no room for is counted, never dropped in silence;
a link is a web address or none; words that facilitators put in a section's place stand there instead. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar
from urllib.parse import quote, urlsplit

from babel.dates import format_date, format_time

from listserv.digest.items import (
    NAME_CHARACTERS,
    TITLE_CHARACTERS,
    Conversation,
    Edition,
    paragraphs,
    reply_address,
    reply_link,
    shortened,
    shown_subject,
    written_size,
)
from listserv.mail.listaddress import Purpose
from listserv.mail.listheaders import takes_posts
from listserv.mail.token import sign_file
from listserv.mail.words import clean
from listserv.model.digest import ComingDate, Prompt, Question, Resource, Section, Sibling

LINES = 12
NOTE_CHARACTERS = 6_000
PROMPT_CHARACTERS = 2_000
LINK_CHARACTERS = 1_000
BARE_CHARACTERS = 60

T = TypeVar("T")
Paragraphs = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that waits; `number` is that of its conversation in this digest, 0 if it is not told there."""

    title: str
    author: str
    date: str
    url: str
    reply_address: str
    reply_url: str
    number: int


@dataclass(frozen=True, slots=True)
class Prompted:
    """The question of the week."""

    title: str
    paragraphs: Paragraphs
    url: str
    reply_address: str
    reply_url: str


@dataclass(frozen=True, slots=True)
class Dated:
    """A date or an event; `when` is written out."""

    title: str
    when: str
    url: str
    school: str


@dataclass(frozen=True, slots=True)
class Shared:
    """A link or a file, of which `size` is written out and `url` is the download.

    Without a web `address` answers with the file, and `post` names the post it came with.
    """

    title: str
    url: str
    by: str
    size: str
    address: str = ""
    post: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another group's busiest conversation."""

    group: str
    title: str
    url: str
    posts: int


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """A section: its lines, how many `more` there was no room for, or a facilitator's `words` in their place."""

    lines: tuple[T, ...] = ()
    more: int = 0
    words: Paragraphs = ()

    def __bool__(self) -> bool:
        return bool(self.lines or self.words)


@dataclass(frozen=True, slots=True)
class Sections:
    """Every section but the conversations and the other groups; `opening`: a facilitator's words above the former."""

    note: Paragraphs
    note_by: tuple[str, ...]
    opening: Paragraphs
    questions: Part[Asked]
    prompt: Part[Prompted]
    dates: Part[Dated]
    events: Part[Dated]
    resources: Part[Shared]

    def __bool__(self) -> bool:
        around = (self.questions, self.prompt, self.dates, self.events, self.resources)
        return bool(self.note or self.opening or any(around))


def sections(edition: Edition, told: Sequence[Conversation]) -> Sections:
    """What stands around these conversations."""
    around, note = edition.around, edition.around.note
    numbers = {each.thread_id: at for at, each in enumerate((each for each in told if not each.line), 1)}
    coming = [(each.event, dated(each, edition)) for each in around.coming]

    def part(section: Section, lines: Sequence[T]) -> Part[T]:
        return _part(edition, section, lines)

    return Sections(
        _words(note.text),
        tuple(shortened(name, NAME_CHARACTERS) for name in note.by if name),
        _words(note.words_for(Section.DISCUSSED) or ""),
        part(Section.QUESTIONS, [_asked(each, edition, numbers.get(each.thread_id, 0)) for each in around.questions]),
        part(Section.PROMPT, [_prompted(each, edition) for each in (around.prompt,) if each is not None]),
        part(Section.DATES, [line for event, line in coming if not event]),
        part(Section.EVENTS, [line for event, line in coming if event]),
        part(Section.RESOURCES, [_shared(each, edition) for each in around.resources]),
    )


def elsewhere_of(edition: Edition) -> tuple[Part[Elsewhere], Paragraphs]:
    """The line of each other group, and what facilitators tell of communities that are none of ours."""
    lines = [_elsewhere(each, edition) for each in edition.around.siblings]
    return _part(edition, Section.ELSEWHERE, lines), _words("\n\n".join(edition.around.note.elsewhere))


def _part(edition: Edition, section: Section, lines: Sequence[T]) -> Part[T]:
    words = edition.around.note.words_for(section)
    if words is not None:
        return Part(words=_words(words))
    return Part(tuple(lines[:LINES]), max(0, len(lines) - LINES))


def _words(text: str) -> Paragraphs:
    return paragraphs(text.strip()[:NOTE_CHARACTERS])


def _asked(question: Question, edition: Edition, number: int) -> Asked:
    title = shown_subject(question.subject, edition.mail_list)
    address, link = _reply(edition, question.thread_id, title)
    return Asked(
        title,
        shortened(question.author, NAME_CHARACTERS),
        short_day(edition.day_of(question.asked_at), edition.locale),
        edition.thread_url(question.public_id),
        address,
        link,
        number,
    )


def _prompted(prompt: Prompt, edition: Edition) -> Prompted:
    title = shortened(prompt.title, TITLE_CHARACTERS)
    address, link = _reply(edition, prompt.thread_id, title) if prompt.thread_id is not None else ("", "")
    body = paragraphs(prompt.body.strip()[:PROMPT_CHARACTERS])
    return Prompted(title, body, edition.thread_url(prompt.public_id), address, link)


def _reply(edition: Edition, thread_id: int, title: str) -> tuple[str, str]:
    """The thread's reply address and its link; both "" where members do not write to the group."""
    address = reply_address(edition, thread_id) if takes_posts(edition.mail_list) else ""
    return address, reply_link(address, title)


def dated(coming: ComingDate, edition: Edition) -> Dated:
    """A date with its day or days, its hours where it has some, in the edition's zone."""
    begins, ends = (at.astimezone(edition.zone) if at is not None else None for at in (coming.at, coming.ends_at))
    last = coming.end_day or coming.day
    when = short_day(begins.date() if begins else coming.day, edition.locale)
    if last > coming.day:
        when += f" – {short_day(last, edition.locale)}"
    if begins is not None:
        when += f", {_clock(begins, edition.locale)}"
    if begins is not None and ends is not None and ends > begins:
        until = _clock(ends, edition.locale)
        told = last > coming.day or ends.date() == begins.date()
        when += f"–{until}" if told else f" – {short_day(ends.date(), edition.locale)}, {until}"
    return Dated(shortened(clean(coming.title), TITLE_CHARACTERS), when, web_link(coming.link), coming.school)


def short_day(day: date, locale: str) -> str:
    """ "Fri 27 November"."""
    return format_date(day, "EEE d MMMM", locale=locale)


def _clock(at: datetime, locale: str) -> str:
    return format_time(at.time(), "h:mm a", locale=locale).lower()


def _shared(resource: Resource, edition: Edition) -> Shared:
    by = shortened(resource.by, NAME_CHARACTERS)
    if not resource.url:
        return _shared_file(resource, by, edition)
    named = resource.title.strip() and resource.title != resource.url
    title = shortened(clean(resource.title), TITLE_CHARACTERS) if named else bare_link(resource.url)
    return Shared(title, web_link(resource.url), by, "")


def _shared_file(resource: Resource, by: str, edition: Edition) -> Shared:
    title, post, part = shortened(clean(resource.title), TITLE_CHARACTERS), resource.post_id, resource.part_index
    size = written_size(resource.size_octets, edition.locale) if resource.size_octets else ""
    if edition.base_url:
        url = f"{edition.group_url}posts/{post}" if post else ""
        return Shared(title, url + (f"/parts/{part}" if url and part is not None else ""), by, size)
    address = ""
    if post and part is not None and edition.addresses.has_room_for_file:
        token = sign_file(edition.key, edition.mail_list.name, post, part)
        address = edition.addresses.of(Purpose.CONFIRM, token)
    return Shared(title, "", by, size, address, shown_subject(resource.post, edition.mail_list) if post else "")


def bare_link(url: str) -> str:
    """A web address as people say it, for a link nobody gave a name."""
    said = clean(url).strip().partition("://")[2].removeprefix("www.").rstrip("/")
    return said if len(said) <= BARE_CHARACTERS else said[: BARE_CHARACTERS - 1] + "…"


def _elsewhere(sibling: Sibling, edition: Edition) -> Elsewhere:
    page = f"{edition.base_url}/groups/{quote(sibling.list_name)}/threads/{sibling.public_id}"
    title = shortened(clean(sibling.subject), TITLE_CHARACTERS)
    return Elsewhere(sibling.title, title, page if edition.base_url else "", sibling.posts)


def web_link(url: str) -> str:
    """The address if a browser opens it as a page of the web, else ""."""
    url = clean(url).strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    fits = parts.scheme in ("http", "https") and parts.netloc and len(url) <= LINK_CHARACTERS
    return url if fits and not any(mark.isspace() for mark in url) else ""
