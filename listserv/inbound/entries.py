"""One message of an mbox, read for all purposes at once: what the archive, the threads, the index and the shelf take.

    octets of some messages --EntryReader.read--> an Entry each, or why a message is refused

An entry is plain values, small beside the octets, so that a process may read and another one write. A post's own words
are told apart from those it repeats: of the posts it answers those read before are remembered, what was archived
earlier is asked of the database, once for all messages of a call. Writes nothing.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from listserv.inbound.posting import Arrival, evidence
from listserv.mail.address import address_key
from listserv.mail.bounds import Bounds, check_message
from listserv.mail.dates import parse_date
from listserv.mail.parse import Message, parse
from listserv.mail.pipermail import archived_author
from listserv.mail.shelf.gathering import gathered, text_and_items
from listserv.mail.text.seams import DerivedText
from listserv.mail.thread import Evidence
from listserv.mail.words import header_octets_text, unfold
from listserv.model.lists import MailList
from listserv.model.shelf import Gathered
from listserv.store.archive import texts_of_nodes
from listserv.store.bulk import known_mails
from listserv.store.engine import Database
from listserv.store.search import Indexed, indexed

log = logging.getLogger(__name__)

ANCESTORS = 10
REMEMBERED_CHARACTERS = 20_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is the same for all messages of an import. `our_site`: whose pages are no resource."""

    mail_list: MailList
    limits: Bounds
    our_site: str


class Words(NamedTuple):
    """What a post says and shares: its text for the index, its links and files for the shelf."""

    text: Indexed
    items: tuple[Gathered, ...]


class Entry(NamedTuple):
    """A message as it will be archived. `kept` are octets without the places of its photos, None for as they came.

    `author_key` is "" where there is no author. `words` is None where nobody asked, or the list has the message.
    """

    msgid: str
    content_hash: bytes
    body_hash: bytes
    return_path: str
    received_at: datetime
    kept: bytes | None
    author_name: str
    author_address: str
    author_key: str
    subject: str
    evidence: Evidence
    words: Words | None


class EntryReader:
    """Reads the messages of one import in their order, with their words if it has a database."""

    def __init__(self, plan: Plan, database: Database | None) -> None:
        self._plan = plan
        self._database = database
        self._said = _Said()

    def read(self, batch: Sequence[bytes], now: datetime, *, wordless: bool = False) -> list[Entry | str]:
        """The entry of each message, or the sentence that refuses it; `wordless`: without their words all the same."""
        found = [self._entry(octets, now) for octets in batch]
        if wordless or self._database is None:
            return [each if isinstance(each, str) else each[1] for each in found]
        allowed = [each for each in found if not isinstance(each, str)]
        known = self._look_up(self._database, [entry for _, entry in allowed])
        return [each if isinstance(each, str) else self._with_words(*each, known) for each in found]

    def close(self) -> None:
        """The database, if there is one, is left."""
        if self._database is not None:
            self._database.close()

    def _entry(self, octets: bytes, now: datetime) -> tuple[Message, Entry] | str:
        if not octets.strip():
            return "The message is empty. Lines of an mbox end in LF or CRLF."
        message = parse(octets)
        fault = check_message(message, self._plan.limits)
        if fault is not None:
            return fault.text
        mail_list, author = self._plan.mail_list, archived_author(message)
        arrival = Arrival(message, _return_path(message), mail_list.address, received_at(message, now), now)
        entry = Entry(
            arrival.msgid,
            message.content_hash,
            message.body_hash,
            arrival.return_path,
            arrival.received_at,
            message.unplaced if mail_list.settings.strip_location else None,
            author.name if author else "",
            author.address if author else "",
            address_key(author.address) if author else "",
            message.subject,
            evidence(mail_list, arrival, message.subject),
            None,
        )
        return message, entry

    def _look_up(self, database: Database, entries: Sequence[Entry]) -> set[tuple[str, bytes]]:
        """The mails that the list has; what it has of those they answer is at hand."""
        list_id = self._plan.mail_list.id
        missing = dict.fromkeys(node for each in entries for node in self._said.missing(each.evidence.ids))
        with database.read() as connection:
            self._said.archived = texts_of_nodes(connection, list_id, list(missing))
            return known_mails(connection, list_id, [(each.msgid, each.body_hash) for each in entries])

    def _with_words(self, message: Message, entry: Entry, known: set[tuple[str, bytes]]) -> Entry:
        if (entry.msgid, entry.body_hash) in known or self._said.has(entry):
            return entry
        text, items = _words(message, entry, self._said.texts(message.references), self._plan.our_site)
        self._said.remember(entry, text.own)
        author = " ".join([part for part in (entry.author_name, entry.author_address) if part])
        return Entry(*entry[:-1], Words(indexed(author, entry.subject, *text), items))


def _words(
    message: Message, entry: Entry, ancestors: Sequence[str], our_site: str
) -> tuple[DerivedText, tuple[Gathered, ...]]:
    """Its own and its quoted text and what it shares; of a post from which they cannot be derived nothing."""
    try:
        text, items = text_and_items(message, ancestors, our_site)
        # A photo that lost its place is another file.
        return text, items if entry.kept is None else gathered(parse(entry.kept), ancestors, our_site)
    except Exception:
        log.exception("the text of <%s> cannot be derived; it is found by author and subject only", entry.msgid)
        return DerivedText("", "", ""), ()


class _Said:
    """The own texts of the posts that were read, the last of them, and beside them the database's (`archived`)."""

    def __init__(self) -> None:
        self.archived: dict[str, str] = {}
        self._texts: OrderedDict[str, tuple[str, bytes]] = OrderedDict()
        self._room = REMEMBERED_CHARACTERS

    def has(self, entry: Entry) -> bool:
        """Whether this very mail was read before."""
        found = self._texts.get(entry.msgid)
        return found is not None and found[1] == entry.body_hash

    def missing(self, nodes: Iterable[str]) -> list[str]:
        """Those of the nearest of these posts that are to be asked for elsewhere."""
        return [node for node in reversed(list(nodes)) if node not in self._texts][:ANCESTORS]

    def texts(self, nodes: Sequence[str]) -> list[str]:
        """The own texts of the nearest of these posts, nearest first."""
        wanted = dict.fromkeys(reversed(nodes))
        found = (self._texts[node][0] if node in self._texts else self.archived.get(node) for node in wanted)
        return [text for text in found if text is not None][:ANCESTORS]

    def remember(self, entry: Entry, own: str) -> None:
        before = self._texts.pop(entry.msgid, None)
        self._room += (len(before[0]) if before else 0) - len(own)
        self._texts[entry.msgid] = (own, entry.body_hash)
        while self._room < 0:
            self._room += len(self._texts.popitem(last=False)[1][0])


def received_at(message: Message, now: datetime) -> datetime:
    """When the message was received: the topmost Received field's time, else its Date, else now."""
    topmost = message.head.first(b"received")
    stamp = header_octets_text(unfold(topmost.rpartition(b";")[2])) if topmost is not None else ""
    stamped = parse_date(stamp.replace("\x00", ""))
    if stamped is not None:
        return min(stamped, now)
    return min(message.date or now, now)


def _return_path(message: Message) -> str:
    value = (message.header("Return-Path") or "").strip().strip("<>")
    return value if "@" in value else ""
