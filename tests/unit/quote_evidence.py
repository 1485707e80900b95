"""Which lines of real replies are quoted and which are new, judged by the archive and not by any rule of ours.

There are two golds, a letter a line: q quoted, n new, anything else says nothing.

`equal` takes whole lines and nothing else. Quoted: a line with a quote mark, or one that equals (case, white space and
quote marks aside) a line that another author was the first to write, within `WINDOW_DAYS` before, and that stands in
at most `COMMON_POSTS` posts. New: a line that equals none that anybody wrote before, however short it is; so a
quotation counts as new where a program wrapped it anew or the archive lacks the post. Neither: what the author repeats
of himself, footers, and "a", the attributions and header blocks, which no other post can hold. Those are no text of
the author's: were they counted as new, a program that takes away nothing but a quotation would lose a fifth of it.

`evidence` is softer: words decide, so that a quotation wrapped anew is one. Quoted: also a line with four fifths of its
words in runs of four that another author wrote within `WINDOW_DAYS` before. New: a line of which less than a third was
ever seen. Short lines say nothing. It cannot see that a log or a draft of the author's own repeats parts of older ones.
"""

from __future__ import annotations

import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from listserv.mail.mbox import read_mbox
from listserv.mail.parse import Message, parse
from listserv.mail.text.body import body

WINDOW_DAYS = 120
COMMON_POSTS = 25
SHORTEST_LINE = 12
RUN = 4

_ANNOUNCES = re.compile(
    r"(?:wrote|writes|schrieb|escribió|ha scritto|a écrit|escreveu|yazdı|写道)\W*$"
    r"|^\W{0,3}(?:from|sent|to|cc|subject|date|von|gesendet|an|betreff|de|envoyé|à|objet|发件人|发送时间|收件人|抄送|主题|"
    r"보낸 날짜|제목|sendt|til|emne|enviado|inviato|oggetto)\W{0,3}[:：]"
    r"|^\W{0,2}on .*\d{4}|^em \w{3}, \d|original message|<[^<>]+@[^<>]+>|^-{4,}",
    re.IGNORECASE,
)
_CLIENTS = (
    ("thunderbird", b"thunderbird"),
    ("apple", b"apple mail"),
    ("phone", b"iphone mail"),
    ("phone", b"ipad mail"),
    ("outlook", b"microsoft outlook"),
    ("web form", b"phpmailer"),
)


@dataclass(slots=True)
class Post:
    """A post of the archive with both golds, a letter a line."""

    id: str
    author: str
    day: float
    client: str
    references: tuple[str, ...]
    text: str
    html: str | None
    evidence: str = ""
    equal: str = ""
    lines: list[str] = field(default_factory=list)


def read_archive(path: Path) -> dict[str, Post]:
    """The posts of an mbox.xz by id, by date, each line judged."""
    with lzma.open(path) as file:
        posts = [post for octets in read_mbox(file) if (post := _post(parse(octets))) is not None]
    posts.sort(key=lambda post: post.day)
    _judge(posts)
    return {post.id: post for post in posts}


def ancestors(post: Post, archive: dict[str, Post], limit: int = 30) -> list[str]:
    """The texts of the posts that `post` may answer, nearest first."""
    found: dict[str, str] = {}
    waiting = list(reversed(post.references))
    while waiting and len(found) < limit:
        parent = archive.get(waiting.pop(0))
        if parent is not None and parent.id not in found and parent is not post:
            found[parent.id] = parent.text
            waiting.extend(reversed(parent.references))
    return list(found.values())


def _post(message: Message) -> Post | None:
    if message.date is None or message.message_id is None or message.author is None:
        return None
    found = body(message)
    if not found.text.strip():
        return None
    name, _via, _list = (message.author.name or message.author.address).lower().partition(" via ")
    day = message.date.timestamp() / 86_400
    references, client = message.references, _client(message)
    return Post(message.message_id, name, day, client, references, found.text, found.html, lines=found.text.split("\n"))


def _client(message: Message) -> str:
    program = b" ".join(message.raw("x-mailer") + message.raw("user-agent")).lower()
    for name, mark in _CLIENTS:
        if mark in program:
            return name
    if message.raw("thread-index") or message.raw("x-ms-has-attach"):
        return "exchange"
    identity = message.message_id or ""
    return "gmail" if "mail.gmail.com" in identity else "yahoo" if "yahoo" in identity else "other"


def _key(line: str) -> str:
    return " ".join(line.lstrip("> \t|").lower().split())


def _words(line: str) -> list[str]:
    return re.findall(r"\w+", line.lower())


@dataclass(slots=True)
class _Known:
    """What the posts before the one that is judged hold; `common` counts in all posts."""

    common: Counter[str]
    written: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    quoted: set[str] = field(default_factory=set)
    runs: dict[tuple[str, ...], tuple[float, str]] = field(default_factory=dict)

    def add(self, post: Post, words: list[str]) -> None:
        for key in {_key(line) for line in post.lines if not line.startswith(">")}:
            self.written[key].append((post.day, post.author))
        self.quoted.update(_key(line) for line in post.lines if line.startswith(">"))
        for run in _runs(words):
            self.runs.setdefault(run, (post.day, post.author))


def _judge(posts: list[Post]) -> None:
    known = _Known(Counter(key for post in posts for key in {_key(line) for line in post.lines}))
    for post in posts:
        words = [_words(line) for line in post.lines]
        flat = [word for line in words for word in line]
        seen = list(_seen(post, flat, known.runs))
        post.equal = "".join(_equal(post, line, known) for line in post.lines)
        post.evidence = "".join(_verdicts(post, words, seen, known))
        known.add(post, flat)


def _equal(post: Post, line: str, known: _Known) -> str:
    key = _key(line)
    before = known.written.get(key, [])
    if not key:
        return " "
    if line.startswith(">"):
        return "q"
    if not before and key not in known.quoted:
        return "a" if _ANNOUNCES.search(line) else "n"
    if not before or known.common[key] > COMMON_POSTS:
        return " "
    day, author = before[0]
    return "q" if author != post.author and post.day - day < WINDOW_DAYS else " "


def _runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _seen(post: Post, words: list[str], runs: dict[tuple[str, ...], tuple[float, str]]) -> Iterator[str]:
    """For each word "o" when another author wrote a run with it lately, "s" when anybody did, else " "."""
    marks = [" "] * len(words)
    for at, run in enumerate(_runs(words)):
        first = runs.get(run)
        if first is not None:
            other = first[1] != post.author and post.day - first[0] < WINDOW_DAYS
            for index in range(at, at + RUN):
                marks[index] = "o" if other or marks[index] == "o" else "s"
    yield from marks


def _verdicts(post: Post, words: list[list[str]], seen: list[str], known: _Known) -> Iterator[str]:
    at = 0
    for line, line_words in zip(post.lines, words, strict=True):
        marks = seen[at : at + len(line_words)]
        at += len(line_words)
        key = _key(line)
        if len(key) < SHORTEST_LINE:
            yield " "
        elif line.startswith(">"):
            yield "q"
        elif known.common[key] > COMMON_POSTS or _ANNOUNCES.search(line):
            yield " "
        else:
            yield _verdict(post, marks, known.written.get(key, []))


def _verdict(post: Post, marks: list[str], before: list[tuple[float, str]]) -> str:
    if before:
        lately = any(post.day - day < WINDOW_DAYS for day, _author in before)
        return "q" if before[0][1] != post.author and lately else " "
    if marks and marks.count("o") >= 0.8 * len(marks):
        return "q"
    return " " if marks and len(marks) - marks.count(" ") > len(marks) / 3 else "n"
