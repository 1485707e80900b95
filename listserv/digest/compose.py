"""A digest as one mail: values in, octets out; the words are in templates/email/digest*.

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
from typing import Any, TypeVar

from jinja2 import Environment

from listserv.digest.items import Edition, Shown, date_range, day_named, least_octets, shortened, wrapped
from listserv.digest.parts import Part, Parts, lines, slim, spoken
from listserv.digest.sections import elsewhere_of
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

T = TypeVar("T")


def compose_digest(
    environment: Environment, edition: Edition, now: datetime, parts: Parts | None = None, reader: str = ""
) -> bytes:
    """The octets of the digest, in its language. A period without posts gives one that says so.

    `parts` keeps what several mails share; `reader` tells one person's digest from the common one.
    """
    made = parts or Parts(environment)

    def octets_of(shown: Shown) -> bytes:
        return _mail(environment, edition, made.of(edition, shown), now, reader)

    return fullest(edition, octets_of, len, MESSAGE_OCTETS)


def fullest(edition: Edition, made: Callable[[Shown], T], size: Callable[[T], int], limit_octets: int) -> T:
    """What shows most of the edition within the limit; with not even lines, only counts."""

    def fitting(shown: Shown) -> T | None:
        if least_octets(edition, shown) > limit_octets:
            return None
        found = made(shown)
        return found if size(found) <= limit_octets else None

    shortest, threads = EXCERPTS[-1], len(edition.threads)
    return (
        next(filter(None, map(fitting, _steps(edition))), None)
        or _most(threads, edition.posts, lambda posts: fitting(Shown(shortest, posts)))
        or _most(threads, edition.posts, lambda posts: fitting(Shown(shortest, posts, linked=False)))
        or _most(0, threads, lambda full: fitting(Shown(shortest, threads, linked=False, conversations=full)))
        or _most(0, threads, lambda told: fitting(Shown(0, 0, linked=False, conversations=0, lines=told)))
        or made(Shown(0, 0, linked=False, conversations=0, lines=0))
    )


def _steps(edition: Edition) -> Iterator[Shown]:
    """The ways to tell of every post, the fullest first."""
    for characters in EXCERPTS if edition.base_url else (*WHOLE, *EXCERPTS):
        yield Shown(characters)


def _most(lowest: int, highest: int, fitting: Callable[[int], T | None]) -> T | None:
    """What the highest count gives that fits; None if not even the lowest does."""
    best = fitting(lowest)
    fits, fails = lowest, highest + 1
    while best and fails - fits > 1:
        middle = (fits + fails) // 2
        found = fitting(middle)
        best = found or best
        fits, fails = (middle, fails) if found else (fits, middle)
    return best


def _mail(environment: Environment, edition: Edition, part: Part, now: datetime, reader: str) -> bytes:
    mail_list, addresses = edition.mail_list, edition.addresses
    elsewhere, elsewhere_words = elsewhere_of(edition)
    values = {
        **frame_values(environment, edition),
        "title": mail_list.title,
        "topic": shortened(part.topic, TOPIC_CHARACTERS),
        "takes_posts": part.takes_posts,
        "parts": [part],
        "elsewhere": elsewhere,
        "elsewhere_words": elsewhere_words,
        "leave": [{"title": mail_list.title, "address": addresses.of(Purpose.LEAVE)}],
    }
    subject, text, html = rendered(environment, values)
    head = headers(edition, subject, now, reader)
    return list_fields(mail_list, addresses, edition.base_url) + compose(head, text, html)


def headers(edition: Edition, subject: str, now: datetime, reader: str = "") -> dict[str, HeaderValue]:
    """The fields of a digest of one group, but those that are a list's."""
    owners = Mailbox(display_name(edition.mail_list), edition.addresses.of(Purpose.OWNER))
    answers = answers_to(edition)
    return {
        "From": owners,
        "To": answers or owners,
        **({"Reply-To": answers} if answers else {}),
        "Subject": subject,
        "Date": now.astimezone(edition.zone),
        "Message-ID": f"<{message_id(edition, reader)}>".encode(),
        "Auto-Submitted": "auto-generated",
    }


def frame_values(environment: Environment, edition: Edition) -> dict[str, Any]:
    """What the templates say of a digest as a whole, of one group."""
    period = edition.period
    daily = period.kind is DigestPeriod.DAILY
    return {
        "locale": edition.language,
        "words": spoken(environment, edition.language),
        "together": False,
        "term": period.term_week if period.kind is DigestPeriod.WEEKLY else None,
        "day": day_named(period.sends_at, edition.zone, edition.locale) if daily else "",
        "dates": date_range(period, edition.zone, edition.locale),
        "posts": edition.posts,
        "threads": len(edition.threads),
        "finds_thread": answers_to(edition) is not None,
        "pages_link": edition.pages_link,
        "wrapped": wrapped,
    }


def rendered(environment: Environment, values: dict[str, Any]) -> tuple[str, str, str]:
    """Subject, plain text and HTML."""
    template = environment.get_template("email/digest.txt")
    subject, text = ("".join(template.blocks[name](template.new_context(values))) for name in ("subject", "text"))
    subject = " ".join(subject.split())
    html = environment.get_template("email/digest.html").render({**values, "subject": subject})
    return subject, lines(text), slim(html)


def message_id(edition: Edition, reader: str = "") -> str:
    """The digest's id, without angle brackets: one for each list, period and language, and each reader of her own."""
    mark = DigestMark(edition.period.kind, edition.period.key)
    return digest_message_id(edition.mail_list, mark, f"{edition.language}-{reader}" if reader else edition.language)


def answers_to(edition: Edition) -> Mailbox | None:
    """Where an answer to the whole digest goes; None for those who run the group."""
    mail_list, period = edition.mail_list, edition.period
    if not (takes_posts(mail_list) and edition.addresses.has_room_for_reply and edition.threads):
        return None
    number = digest_number(DigestMark(period.kind, period.key))
    address = edition.addresses.of(Purpose.REPLY, sign_reply(edition.key, mail_list.name, number))
    return Mailbox(display_name(mail_list), address)
