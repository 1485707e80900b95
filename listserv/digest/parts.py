"""One group's part of a digest, in both twins: what the mails of one group and of several are put together from.

    edition, shown --values--> templates/email/digest_group.html, .txt --> Part

The words both twins share are macros of templates/email/digest_words.txt, handed to the templates as functions that
give plain text. Values in, values out; the octets depend on the arguments alone.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from listserv.digest.items import Conversation, Edition, Shown, conversations, wrapped
from listserv.digest.sections import sections
from listserv.mail.listheaders import takes_posts

WORDS = (
    "title", "author", "authors", "when", "posts", "in_conversations", "quiet", "only", "files", "left", "thanks",
    "names", "asked", "answered", "more", "sharer", "your_groups",
)  # fmt: skip
SIGNATURE_MARK = "-- "
GROUP_LEVEL = 2
PARTS_KEPT = 300

# Not its last mark, which ends the sentence.
_WEB_ADDRESS = re.compile(r"(https?://[^\s<>\"]{0,1000}[^\s<>\".,;:!?)\]'’”*_])")
Words = dict[str, Callable[..., str]]


@dataclass(frozen=True, slots=True)
class Part:
    """A group's part, rendered; `title` stands above it where the mail tells of several. `topic`: its busiest title."""

    title: str
    html: Markup
    text: str
    topic: str
    posts: int
    takes_posts: bool


class Parts:
    """Renders parts and keeps them for the mails that are made together: a group's part is the same in all of them."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._kept: OrderedDict[Hashable, Part] = OrderedDict()

    def of(self, edition: Edition, shown: Shown, title: str = "") -> Part:
        """The edition's part, under the group's title where there is one."""
        return self._once((self._key(edition), shown, title), lambda: part_of(self.environment, edition, shown, title))

    def fitted(self, edition: Edition, limit_octets: int, fit: Callable[[], Part]) -> Part:
        """What `fit` gives for the edition within the limit, worked out once."""
        return self._once((self._key(edition), limit_octets), fit)

    def _key(self, edition: Edition) -> Hashable:
        period = edition.period
        window = (edition.mail_list.id, period.kind, period.covers_from, period.covers_until)
        return (*window, edition.language, str(edition.zone), replace(edition.around, siblings=()))

    def _once(self, key: Hashable, make: Callable[[], Part]) -> Part:
        if key not in self._kept:
            self._kept[key] = make()
            if len(self._kept) > PARTS_KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]


def part_of(environment: Environment, edition: Edition, shown: Shown, title: str = "") -> Part:
    """The edition's part, as much of it as is to be shown; headings are a level deeper under a title."""
    found = conversations(edition, shown)
    around = sections(edition, found)
    left = edition.threads[len(found) :]
    answerable = takes_posts(edition.mail_list)
    values: dict[str, Any] = {
        "locale": edition.language,
        "words": spoken(environment, edition.language),
        "level": GROUP_LEVEL + bool(title),
        "kind": edition.period.kind.value,
        "around": around,
        "conversations": [each for each in found if not each.line],
        "lines": [each for each in found if each.line],
        "posts": edition.posts,
        "left_threads": len(left),
        "left_posts": sum(len(thread.posts) for thread in left),
        "takes_posts": answerable and bool(found),
        "group_url": edition.group_url,
        "resources_url": f"{edition.group_url}resources" if edition.group_url else "",
        "wrapped": wrapped,
        "reply_author": _reply_author,
        "linked": linked,
    }
    html = environment.get_template("email/digest_group.html").render(values)
    text = environment.get_template("email/digest_group.txt").render(values)
    return Part(
        title,
        Markup(slim(html)),
        lines(text),
        max(found, key=lambda each: len(each.items), default=_NO_TOPIC).title,
        edition.posts,
        answerable and bool(found),
    )


def linked(line: str) -> Markup:
    """The line with its web addresses as links; not all mail programs make them."""
    made = (
        Markup('<a href="{0}">{0}</a>').format(piece) if at % 2 else escape(piece)
        for at, piece in enumerate(_WEB_ADDRESS.split(line))
    )
    return Markup("").join(made)


_NO_TOPIC = Conversation(0, "", False, "", "", "", ())


def _reply_author(conversation: Conversation) -> str:
    """Whom an answer to the conversation is named after: who wrote first in it this time."""
    return conversation.items[0].author if conversation.items else ""


@lru_cache(maxsize=32)
def spoken(environment: Environment, language: str) -> Words:
    """The words both twins share, as functions that give plain text: called as a macro from the HTML twin, one would
    hand names on as if they were escaped already."""
    module = environment.get_template("email/digest_words.txt").make_module({"locale": language})

    def plainly(macro: Callable[..., str]) -> Callable[..., str]:
        return lambda *arguments: str.__str__(macro(*arguments))

    return {name: plainly(getattr(module, name)) for name in WORDS}


def lines(text: str) -> str:
    """No white space at a line's end, at most one blank line between two, one line end at the end.

    The mark before the last lines (RFC 3676 §4.3) keeps its space.
    """
    kept: list[str] = []
    for line in text.strip("\n").split("\n"):
        line = line if line == SIGNATURE_MARK else line.rstrip()
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept) + "\n"


def slim(html: str) -> str:
    """The page without the template's indents, which would only cost room."""
    return "".join(line.lstrip(" ") + "\n" for line in html.split("\n") if line.strip())
