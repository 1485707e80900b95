"""A digest as one mail: values in, octets out; the words are in templates/email/digest.txt, .html and digest_words.txt.

Promises: HTML and a plain twin that tell the same; under `MESSAGE_OCTETS`, because big providers clip what is longer;
the octets depend on the arguments alone, the Message-ID on list, period and language alone. What does not fit is
first told more shortly, then by its author's name, then with its conversation in a line; the last are counted where not
even lines fit (from some eight hundred conversations on).

From is the group's title at its owner address. An answer to the whole digest goes, also by "reply all", to an address
that names the digest (`mail.digestmark`): there it finds the conversation whose item it quotes, or its author is asked,
and it never becomes a thread called after the digest. Where members do not write to the group it goes to those who run
it. A conversation is answered by its own link. What is a recipient's own (return path, List-Unsubscribe, the token that
signs her in) is put in when her copy is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from jinja2 import Environment

from listserv.digest.items import (
    Conversation,
    Edition,
    Shown,
    conversations,
    date_range,
    day_named,
    least_octets,
    shortened,
    wrapped,
)
from listserv.mail.address import Mailbox
from listserv.mail.compose import HeaderValue, compose
from listserv.mail.digestmark import DigestMark, digest_message_id, digest_number
from listserv.mail.listaddress import Purpose
from listserv.mail.listheaders import display_name, list_fields, takes_posts
from listserv.mail.token import sign_reply
from listserv.model.lists import DigestPeriod

MESSAGE_OCTETS = 98_000
# With a web page to go on reading, the beginning; without one, as much as there is room for.
EXCERPTS = (600, 400, 250, 140)
WHOLE = (20_000, 5_000, 2_000, 1_000)
TOPIC_CHARACTERS = 60
WORDS = ("title", "author", "authors", "when", "posts", "in_conversations", "quiet", "only", "files", "left", "thanks")
SIGNATURE_MARK = "-- "


def compose_digest(environment: Environment, edition: Edition, now: datetime) -> bytes:
    """The octets of the digest, in its language. A period without posts gives one that says so."""

    def fitting(shown: Shown) -> bytes | None:
        if least_octets(edition, shown) > MESSAGE_OCTETS:
            return None
        octets = _rendered(environment, edition, shown, now)
        return octets if len(octets) <= MESSAGE_OCTETS else None

    shortest, threads = EXCERPTS[-1], len(edition.threads)
    return (
        next(filter(None, map(fitting, _steps(edition))), None)
        or _most(threads, edition.posts, lambda posts: fitting(Shown(shortest, posts)))
        or _most(threads, edition.posts, lambda posts: fitting(Shown(shortest, posts, linked=False)))
        or _most(0, threads, lambda full: fitting(Shown(shortest, threads, linked=False, conversations=full)))
        or _most(0, threads, lambda lines: fitting(Shown(0, 0, linked=False, conversations=0, lines=lines)))
        or _rendered(environment, edition, Shown(0, 0, linked=False, conversations=0, lines=0), now)
    )


def _steps(edition: Edition) -> Iterator[Shown]:
    """The ways to tell of every post, the fullest first."""
    for characters in EXCERPTS if edition.base_url else (*WHOLE, *EXCERPTS):
        yield Shown(characters)


def _most(lowest: int, highest: int, fitting: Callable[[int], bytes | None]) -> bytes | None:
    """What the highest count gives that fits; None if not even the lowest does."""
    best = fitting(lowest)
    fits, fails = lowest, highest + 1
    while best and fails - fits > 1:
        middle = (fits + fails) // 2
        octets = fitting(middle)
        best = octets or best
        fits, fails = (middle, fails) if octets else (fits, middle)
    return best


def _rendered(environment: Environment, edition: Edition, shown: Shown, now: datetime) -> bytes:
    mail_list, addresses = edition.mail_list, edition.addresses
    values = _values(edition, shown)
    values["words"] = _spoken(environment, values)
    subject, text = _words(environment, values)
    html = environment.get_template("email/digest.html").render({**values, "subject": subject})
    owners = Mailbox(display_name(mail_list), addresses.of(Purpose.OWNER))
    answers = _answers(edition)
    headers: dict[str, HeaderValue] = {
        "From": owners,
        "To": answers or owners,
        **({"Reply-To": answers} if answers else {}),
        "Subject": subject,
        "Date": now.astimezone(edition.zone),
        "Message-ID": f"<{message_id(edition)}>".encode(),
        "Auto-Submitted": "auto-generated",
    }
    return list_fields(mail_list, addresses, edition.base_url) + compose(headers, text, _slim(html))


def message_id(edition: Edition) -> str:
    """The digest's id, without angle brackets: one for each list, period and language."""
    period = edition.period
    return digest_message_id(edition.mail_list, DigestMark(period.kind, period.key), edition.language)


def _answers(edition: Edition) -> Mailbox | None:
    """Where an answer to the whole digest goes; None for those who run the group."""
    mail_list, period = edition.mail_list, edition.period
    if not (takes_posts(mail_list) and edition.addresses.has_room_for_reply and edition.threads):
        return None
    number = digest_number(DigestMark(period.kind, period.key))
    address = edition.addresses.of(Purpose.REPLY, sign_reply(edition.key, mail_list.name, number))
    return Mailbox(display_name(mail_list), address)


def _words(environment: Environment, values: dict[str, Any]) -> tuple[str, str]:
    template = environment.get_template("email/digest.txt")
    subject, text = ("".join(template.blocks[name](template.new_context(values))) for name in ("subject", "text"))
    return " ".join(subject.split()), _lines(text)


def _spoken(environment: Environment, values: dict[str, Any]) -> dict[str, Callable[..., str]]:
    """The words both twins share, as functions that give plain text: called as a macro from the HTML twin, one would
    hand names on as if they were escaped already."""
    module = environment.get_template("email/digest_words.txt").make_module(values)

    def plainly(macro: Callable[..., str]) -> Callable[..., str]:
        return lambda *arguments: str.__str__(macro(*arguments))

    return {name: plainly(getattr(module, name)) for name in WORDS}


def _lines(text: str) -> str:
    """No white space at a line's end, at most one blank line between two, one line end at the end.

    The mark before the last lines (RFC 3676 §4.3) keeps its space.
    """
    kept: list[str] = []
    for line in text.strip("\n").split("\n"):
        line = line if line == SIGNATURE_MARK else line.rstrip()
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept) + "\n"


def _slim(html: str) -> str:
    """The page without the template's indents, which would only cost room."""
    return "".join(line.lstrip(" ") + "\n" for line in html.split("\n") if line.strip())


def _values(edition: Edition, shown: Shown) -> dict[str, Any]:
    """What the templates speak of."""
    mail_list, addresses, period = edition.mail_list, edition.addresses, edition.period
    found = conversations(edition, shown)
    left = edition.threads[len(found) :]
    topic = max(found, key=lambda each: len(each.items), default=None)
    daily = period.kind is DigestPeriod.DAILY
    return {
        "locale": edition.language,
        "group": mail_list.title,
        "kind": period.kind.value,
        "term": period.term_week if period.kind is DigestPeriod.WEEKLY else None,
        "day": day_named(period.sends_at, edition.zone, edition.locale) if daily else "",
        "dates": date_range(period, edition.zone, edition.locale),
        "topic": shortened(topic.title, TOPIC_CHARACTERS) if topic is not None else "",
        "conversations": [each for each in found if not each.line],
        "lines": [each for each in found if each.line],
        "posts": edition.posts,
        "threads": len(edition.threads),
        "left_threads": len(left),
        "left_posts": sum(len(thread.posts) for thread in left),
        "takes_posts": any(each.reply_address for each in found),
        "finds_thread": _answers(edition) is not None,
        "owner_address": addresses.of(Purpose.OWNER),
        "leave_address": addresses.of(Purpose.LEAVE),
        "pages_link": edition.pages_link,
        "group_url": f"{edition.base_url}/groups/{mail_list.name}/" if edition.base_url else "",
        "wrapped": wrapped,
        "reply_author": _reply_author,
    }


def _reply_author(conversation: Conversation) -> str:
    """Whom an answer to the conversation is named after: who wrote first in it this time."""
    return conversation.items[0].author
