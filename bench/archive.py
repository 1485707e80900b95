"""A large archive, written straight into the tables: what a list with a hundred thousand posts looks like inside.

Importing a million messages would take the better part of an hour; the rows here are those that an import leaves, with
the text and the index filled in, made by Core statements of thousands of rows. SQLite only. Some conversations have
exactly 60 posts (`LONG`); the others are short. One post in four has an HTML part, three in four quote their parent.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from listserv.mail.text.pieces import Piece, Pieces
from listserv.mail.text.seams import seams_of
from listserv.model.lists import MailList
from listserv.store.engine import Connection
from listserv.store.schema import contents, messages, post_references, posts, threads
from listserv.store.search import PostText, index_new

BATCH = 500
LONG = 60
SHORT = 7
EVERY_LONG = 20  # one conversation in so many is a long one
NEWEST = datetime(2026, 11, 15, tzinfo=UTC)
VOCABULARY = """
reading group term week year level class literacy practice tamariki whānau korero rubric moderation running records
writing sample conference room teacher aide assessment fluency decoding comprehension guided shared picture book poem
spelling phonics vocabulary dictionary laptop trip museum science fair garden maths fraction measure cluster
"""
ANNOUNCED = "On Monday Teacher wrote:"
WORDS = VOCABULARY.split()


@dataclass(slots=True)
class Archive:
    """One list's archive growing; ids are given out from the highest there, one archive at a time."""

    connection: Connection
    mail_list: MailList
    octets: int = 1500
    seed: int = 1
    long_threads: list[str] = field(default_factory=list)
    _rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _texts: list[PostText] = field(default_factory=list)
    _last_post: int = 0
    _last_thread: int = 0

    def fill(self, count: int) -> None:
        """So many posts more, newer than those before; whole conversations, so a few more may come."""
        chance = random.Random(f"{self.mail_list.id}.{self.seed}.{self._last_post}")
        goal = self._last_post + count
        while self._last_post < goal:
            self._conversation(chance, LONG if self._last_thread % EVERY_LONG == 0 else SHORT)
            if len(self._texts) >= BATCH:
                self._write()
        self._write()

    def start_after(self, post_id: int, thread_id: int) -> None:
        """Ids above these are free."""
        self._last_post, self._last_thread = post_id, thread_id

    def _conversation(self, chance: random.Random, length: int) -> None:
        self._last_thread += 1
        thread, subject = self._last_thread, " ".join(chance.choices(WORDS, k=4))
        public_id = f"t{thread:011}"
        first = NEWEST - timedelta(minutes=20 * (5_000_000 - self._last_post))
        last = first + timedelta(minutes=20 * (length - 1))
        if length == LONG:
            self.long_threads.append(public_id)
        self._add("threads", id=thread, list_id=self.mail_list.id, public_id=public_id, subject=subject,
                  first_at=first, last_at=last, posts=length)  # fmt: skip
        ids: list[str] = []
        parent = ""
        for number in range(length):
            at = first + timedelta(minutes=20 * number)
            own = "\n".join(_lines(chance, self.octets))
            self._post(chance, thread, subject, ids[-8:], own, parent, at)
            ids.append(f"{self._last_post}@school.example")
            parent = own

    def _post(
        self, chance: random.Random, thread: int, subject: str, ids: list[str], own: str, parent: str, at: datetime
    ) -> None:
        self._last_post += 1
        post, author = self._last_post, chance.randrange(400)
        name, address = f"Teacher {author}", f"t{author}@school.example"
        quoted = parent if ids and chance.random() < 0.75 else ""
        octets = _message(post, f"{name} <{address}>", self.mail_list.address, subject, ids, own, quoted, at)
        node = f"{post}@school.example"
        hashed = hashlib.sha256(octets).digest()
        self._add("contents", id=post, hash=hashed, octets=octets)
        self._add("messages", id=post, content_id=post, size_octets=len(octets), msgid=node, body_hash=hashed,
                  return_path=address, received_at=at)  # fmt: skip
        self._add("posts", id=post, list_id=self.mail_list.id, message_id=post, thread_id=thread, author_name=name,
                  author_address=address, subject=f"Re: {subject}" if ids else subject, node=node, date_at=at,
                  base_subject=subject, is_reply=bool(ids), linked_by="ids" if ids else "none", counts_at=at,
                  archived_at=at, imported=True)  # fmt: skip
        for position, each in enumerate(ids):
            self._add("references", post_id=post, position=position, list_id=self.mail_list.id, node=each)
        seams = seams_of(_pieces(post, own, quoted))
        self._texts.append(PostText(post, self.mail_list.id, f"{name} {address}", subject, own, quoted, seams))

    def _add(self, table: str, **row: Any) -> None:
        self._rows.setdefault(table, []).append(row)

    def _write(self) -> None:
        for name, table in _TABLES.items():
            rows = self._rows.pop(name, [])
            if rows:
                self.connection.execute(insert(table), rows)
        index_new(self.connection, self._texts, NEWEST)
        self._texts.clear()


_TABLES = {
    "contents": contents,
    "messages": messages,
    "threads": threads,
    "posts": posts,
    "references": post_references,
}


def _lines(chance: random.Random, octets: int) -> Iterator[str]:
    """Paragraphs of about so many octets in all."""
    left = chance.randint(octets // 3, octets)
    while left > 0:
        line = " ".join(chance.choices(WORDS, k=10)).capitalize() + "."
        left -= len(line)
        yield line
        if chance.random() < 0.3:
            yield ""


def _pieces(number: int, own: str, quoted: str) -> Pieces:
    """The body of that message as `mail.text` cuts it."""
    end = "\n" if number % 4 else ""
    if not quoted:
        return Pieces((Piece("own", own + end),))
    marked = "\n".join(f"> {line}" for line in quoted.split("\n"))
    announced = Piece("attribution", f"{ANNOUNCED}\n")
    return Pieces((Piece("own", f"{own}\n\n"), announced, Piece("quote", marked + end)))


def _message(
    number: int, author: str, to: str, subject: str, ids: list[str], own: str, quoted: str, at: datetime
) -> bytes:
    named = " ".join(f"<{each}>" for each in ids)
    replies = f"In-Reply-To: <{ids[-1]}>\r\nReferences: {named}\r\n" if ids else ""
    text = own.replace("\n", "\r\n")
    if quoted:
        marked = "\r\n".join(f"> {line}" for line in quoted.split("\n"))
        text += f"\r\n\r\n{ANNOUNCED}\r\n{marked}"
    head = (
        f"From: {author}\r\nTo: {to}\r\nSubject: {'Re: ' if ids else ''}{subject}\r\n"
        f"Message-ID: <{number}@school.example>\r\n{replies}Date: {at:%d %b %Y %H:%M:%S} +0000\r\nMIME-Version: 1.0\r\n"
    )
    if number % 4:
        return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
    page = "".join(f"<p>{line}</p>\r\n" for line in own.split("\n"))
    if quoted:
        page += f'<div class="gmail_quote">{ANNOUNCED}<blockquote>{quoted}</blockquote></div>\r\n'
    return (
        f'{head}Content-Type: multipart/alternative; boundary="b{number}"\r\n\r\n'
        f"--b{number}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        f"--b{number}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}--b{number}--\r\n"
    ).encode()
