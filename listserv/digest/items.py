"""The items of a digest: which of a post's words are shown, how its text is laid out, where an answer goes.

    told threads --conversations(edition, shown)--> conversations of items --template--> words

Promises: every post of the edition is in exactly one item of one conversation, also when there is room for its
author's name alone; no item is empty; titles begin an answer's subject so that the answer joins its thread. Pure.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from urllib.parse import quote

from babel.dates import format_date
from babel.numbers import format_decimal

from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.listheaders import takes_posts
from listserv.mail.subject import base_subject
from listserv.mail.text.body import CUT_MARK, own_first_lines
from listserv.mail.text.pieces import Piece, Pieces
from listserv.mail.token import REPLY_LENGTH, sign_reply
from listserv.mail.words import clean
from listserv.model.calendar import Period
from listserv.model.digest import NOTHING_AROUND, Around, Enclosure, ToldPost, ToldThread
from listserv.model.lists import MailList

LOCALES = {"en": "en_NZ", "mi": "mi_NZ"}
LINE_CHARACTERS = 72
NAME_CHARACTERS = 80
TITLE_CHARACTERS = 200
ENCLOSURES_NAMED = 8
THANKERS_NAMED = 5
_MARKS_TRIED = 12
_MARKS_CHARACTERS = 40
# A line that was broken because the next word had no room: not short, and not as long as an unbroken paragraph.
_BROKEN_FROM, _BROKEN_TO = 66, 100
_BULLET = re.compile(r"(?:[-*•·–]|[0-9]{1,3}[.)]) {1,3}")
_OWN_LINE = re.compile(r"[\s>*•·–—+|#-]|[0-9]{1,3}[.)]\s|[a-zA-Z][.)]\s")


@dataclass(frozen=True, slots=True)
class Edition:
    """One digest in one language. `key` signs reply addresses; `base_url` ("" = no web) has no slash at its end.

    `pages_link` is the line for its reader alone, "" for none.
    """

    mail_list: MailList
    addresses: ListAddresses
    period: Period
    threads: tuple[ToldThread, ...]
    language: str
    zone: tzinfo
    key: bytes
    base_url: str = ""
    pages_link: str = ""
    around: Around = NOTHING_AROUND

    @property
    def posts(self) -> int:
        """How many posts it tells of."""
        return sum(len(thread.posts) for thread in self.threads)

    @property
    def locale(self) -> str:
        """Its language and country, for dates and numbers."""
        return LOCALES[self.language]

    @property
    def group_url(self) -> str:
        """The group's page, with a slash at its end; "" without a web."""
        return f"{self.base_url}/groups/{self.mail_list.name}/" if self.base_url else ""

    def thread_url(self, public_id: str) -> str:
        """The thread's page, "" without a web."""
        return f"{self.group_url}threads/{public_id}" if self.base_url and public_id else ""

    def day_of(self, at: datetime) -> date:
        """The local day of an aware time."""
        return at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Shown:
    """How much is shown; None means all.

    So many characters of a post, of so many posts (first the first of each thread), of so many conversations; a
    conversation beyond them is one line, a post a name, `linked` or not. Beyond so many `lines` they are only counted,
    and the lines then have no link.
    """

    characters: int
    posts: int | None = None
    linked: bool = True
    conversations: int | None = None
    lines: int | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file named in an item: `kind` is the first word of its type, `size` is written out, `holds` what is in it."""

    name: str
    kind: str
    size: str
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One post as it is shown; `paragraphs` hold lines. `brief`: its author's name and, if there is one, a link."""

    author: str
    date: str
    url: str
    brief: bool
    paragraphs: tuple[tuple[str, ...], ...] = ()
    cut: bool = False
    only: str = ""
    quotes: bool = False
    files: tuple[File, ...] = ()
    files_more: int = 0
    language: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One thread as it is shown, or no more than a `line` of it.

    `reply_address` is "" where members do not write to the group. `thanks` counts those who said thank you and nothing
    else, some of them `thanked_by` name; their posts are no items.
    """

    thread_id: int
    title: str
    continued: bool
    url: str
    reply_address: str
    reply_url: str
    items: tuple[Item, ...]
    line: bool = False
    thanks: int = 0
    thanked_by: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[Item, ...]:
        """The items that say something."""
        return tuple(item for item in self.items if not item.brief)

    @property
    def named(self) -> tuple[Item, ...]:
        """The items that there was only a name's room for."""
        return tuple(item for item in self.items if item.brief)


def conversations(edition: Edition, shown: Shown) -> tuple[Conversation, ...]:
    """The edition's threads, as much of them as is to be shown."""
    return tuple(_conversation(edition, thread, shown, told) for thread, told in _chosen(edition, shown))


def least_octets(edition: Edition, shown: Shown) -> int:
    """Fewer octets than any mail that shows this much in both twins: to know without writing it what cannot fit."""
    mail_list = edition.mail_list
    address = len(mail_list.address) + REPLY_LENGTH if takes_posts(mail_list) else 0
    url = len(edition.base_url) + len(mail_list.name)
    least = 0
    for thread, told in _chosen(edition, shown):
        least += max(0, min(len(thread.subject), TITLE_CHARACTERS) - _MARKS_CHARACTERS)
        least += sum(min(len(post.author), NAME_CHARACTERS) for post in thread.posts)
        if told is not None:
            least += address + url
            least += sum(min(len(post.own.strip()), shown.characters) // 2 for post in thread.posts[:told])
    return 2 * least


def _chosen(edition: Edition, shown: Shown) -> Iterator[tuple[ToldThread, int | None]]:
    """Each thread that is shown, with how many of its posts are told; None for one that is a line."""
    threads = edition.threads
    full = len(threads) if shown.conversations is None else shown.conversations
    dropped = edition.around.note.dropped
    told = _told_counts(threads, shown.posts)
    for at, thread in enumerate(threads[: shown.lines]):
        yield thread, told[at] if at < full and thread.id not in dropped else None


def _told_counts(threads: Sequence[ToldThread], posts: int | None) -> list[int]:
    """How many posts of each thread are told: first the first of every thread, then the second of every thread ..."""
    if posts is None:
        return [len(thread.posts) for thread in threads]
    order = sorted((position, at) for at, thread in enumerate(threads) for position in range(len(thread.posts)))
    counts = [0] * len(threads)
    for _, at in order[:posts]:
        counts[at] += 1
    return counts


def _conversation(edition: Edition, thread: ToldThread, shown: Shown, told: int | None) -> Conversation:
    mail_list = edition.mail_list
    title = shown_subject(thread.subject, mail_list)
    said, thankers = _folded(thread)
    address = reply_address(edition, thread.id) if takes_posts(mail_list) else ""
    return Conversation(
        thread.id,
        title,
        thread.continued,
        edition.thread_url(thread.public_id) if shown.lines is None else "",
        address,
        reply_link(address, title),
        tuple(_item(edition, post, shown, brief=at >= (told or 0)) for at, post in enumerate(said)),
        line=told is None,
        thanks=thread.thanks + len(thankers),
        thanked_by=tuple(dict.fromkeys(shortened(name, NAME_CHARACTERS) for name in thankers if name))[:THANKERS_NAMED],
    )


def _folded(thread: ToldThread) -> tuple[tuple[ToldPost, ...], tuple[str, ...]]:
    """The posts that say something, and who wrote the others, which only thank; one that begins a thread stays."""
    first = () if thread.continued else thread.posts[:1]
    thanks = [post for post in thread.posts if post.thanks and post not in first]
    folded = {post.id for post in thanks}
    return tuple(post for post in thread.posts if post.id not in folded), tuple(post.author for post in thanks)


def reply_address(edition: Edition, thread_id: int) -> str:
    """Where an answer becomes a post of the thread."""
    return edition.addresses.of(Purpose.REPLY, sign_reply(edition.key, edition.mail_list.name, thread_id))


def reply_link(address: str, title: str) -> str:
    """The link that begins an answer under that title; "" for no address."""
    subject = quote(f"Re: {title}".strip(), safe="")
    return f"mailto:{quote(address, safe='@+')}?subject={subject}" if address else ""


def _item(edition: Edition, post: ToldPost, shown: Shown, brief: bool) -> Item:
    author = shortened(post.author, NAME_CHARACTERS)
    if brief and not shown.linked:
        return Item(author, "", "", brief=True)
    date = format_date(post.counts_at.astimezone(edition.zone).date(), "EEE d MMM", locale=edition.locale)
    url = f"{edition.group_url}posts/{post.id}" if edition.base_url else ""
    if brief:
        return Item(author, date, url, brief=True)
    text, cut = _beginning(post.own, shown.characters)
    named = post.enclosures[:ENCLOSURES_NAMED]
    return Item(
        author,
        date,
        url,
        brief=False,
        paragraphs=paragraphs(text),
        cut=cut,
        only=post.only,
        quotes=post.quotes,
        files=tuple(_file(enclosure, edition.locale) for enclosure in named),
        files_more=len(post.enclosures) - len(named),
        language=_other_language(post.language, edition.language),
    )


def _beginning(own: str, limit_characters: int) -> tuple[str, bool]:
    """The beginning of the text, and whether that is not all; a mark behind a web address stands apart from it."""
    pieces = Pieces((Piece("own", own),))
    text = own_first_lines(pieces, limit_characters)
    cut = len(pieces.own) > limit_characters
    if cut and "://" in text[max(text.rfind(" "), text.rfind("\n")) + 1 :]:
        text = f"{text.removesuffix(CUT_MARK)} {CUT_MARK}"
    return text, cut


def _other_language(tag: str, language: str) -> str:
    """The post's own tag where it is another language than the digest's."""
    return "" if tag.partition("-")[0].lower() == language else tag


def _file(enclosure: Enclosure, locale: str) -> File:
    kind = "calendar" if enclosure.content_type == "text/calendar" else enclosure.content_type.partition("/")[0]
    holds = tuple(shortened(name, NAME_CHARACTERS) for name in enclosure.holds[:ENCLOSURES_NAMED])
    return File(shortened(enclosure.name, NAME_CHARACTERS), kind, written_size(enclosure.size_octets, locale), holds)


def written_size(size_octets: int, locale: str) -> str:
    """A file's size for people: "340 KB", "1.2 MB"."""
    kilo = max(1, round(size_octets / 1000))
    if kilo < 1000:
        return f"{kilo} KB"
    return f"{format_decimal(round(size_octets / 1_000_000, 1), locale=locale)} MB"


def shortened(text: str, limit_characters: int) -> str:
    """The text on one line, cut between words and ending in "…" if it is longer."""
    line = " ".join(text.split())
    if len(line) <= limit_characters:
        return line
    head = line[: limit_characters - 1]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:") + "…"


def shown_subject(subject: str, mail_list: MailList) -> str:
    """The subject without reply and forward marks before it and without the group's own tag; "" if nothing is left.

    Other people's tags in brackets stay: they say what it is about. An answer to it has the same base subject, as long
    as the subject is not longer than a line or two.
    """
    text = " ".join(subject.split())
    base = base_subject(text).text
    if not base:
        return ""
    starts = [found.end() for found in re.finditer(r"[:：] ?", text[:TITLE_CHARACTERS])][:_MARKS_TRIED]
    for start in reversed(starts):
        if base_subject(text[start:]).text == base:
            text = text[start:].strip()
            break
    for tag in (mail_list.settings.subject_tag, mail_list.title, mail_list.name):
        mark = f"[{tag.strip().removeprefix('[').removesuffix(']')}]"
        if tag and text.casefold().startswith(mark.casefold()) and len(text) > len(mark):
            text = text[len(mark) :].strip()
    return shortened(text, TITLE_CHARACTERS)


def paragraphs(text: str) -> tuple[tuple[str, ...], ...]:
    """The text as paragraphs of lines; lines that a mail program broke are whole again, lists and verses stay."""
    found: list[list[str]] = []
    previous = ""
    for raw in text.split("\n"):
        line = clean(raw.expandtabs(4)).rstrip()
        if not line:
            previous = ""
            continue
        if not previous:
            found.append([line])
        elif _was_broken(previous, line):
            found[-1][-1] += " " + line
        else:
            found[-1].append(line)
        previous = line
    return tuple(tuple(lines) for lines in found)


def _was_broken(previous: str, line: str) -> bool:
    if len(previous) > _BROKEN_TO or _OWN_LINE.match(line) or previous.startswith((" ", ">")):
        return False
    return len(previous) + 1 + len(line.partition(" ")[0]) > _BROKEN_FROM


def wrapped(line: str, indent: str = "") -> Iterator[str]:
    """The line in pieces of at most 72 characters with the indent, cut between words alone.

    The rest of an item of a list stands below its first word.
    """
    if len(indent) + len(line) <= LINE_CHARACTERS:
        yield indent + line
        return
    bullet = _BULLET.match(line)
    yield from textwrap.wrap(
        line,
        LINE_CHARACTERS,
        initial_indent=indent,
        subsequent_indent=indent + " " * (bullet.end() if bullet else 0),
        break_long_words=False,
        break_on_hyphens=False,
    )


def date_range(period: Period, zone: tzinfo, locale: str) -> str:
    """The days the period covers: "13–20 November 2026", "28 October – 4 November 2026"."""
    first, last = (at.astimezone(zone).date() for at in (period.covers_from, period.covers_until))
    end = format_date(last, "d MMMM y", locale=locale)
    if first >= last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    return f"{format_date(first, 'd MMMM' if first.year == last.year else 'd MMMM y', locale=locale)} – {end}"


def day_named(at: datetime, zone: tzinfo, locale: str) -> str:
    """The day of a daily digest: "Friday 20 November"."""
    return format_date(at.astimezone(zone).date(), "EEEE d MMMM", locale=locale)
