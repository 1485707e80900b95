"""One mail about all the groups of one reader, put together from the groups' own parts. Values in, octets out.

    editions, one a group --parts (kept)--> a part each, shortened where they are too long together --> octets

It travels as mail of the first group that has something to tell: from there it has its return path and its list fields.
A group without posts and words is named in a line. Each conversation is answered by its own link; an answer to the
whole goes to those who run the group it travels with, which its foot says.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from listserv.digest.compose import MESSAGE_OCTETS, frame_values, fullest, message_id, rendered
from listserv.digest.items import Edition, Shown
from listserv.digest.parts import PARTS_KEPT, Part, Parts, spoken
from listserv.digest.sections import elsewhere_of
from listserv.mail.address import Mailbox
from listserv.mail.compose import HeaderValue, compose
from listserv.mail.listaddress import Purpose
from listserv.mail.listheaders import list_fields
from listserv.model.digest import NOTHING_AROUND

FRAME_OCTETS = 9_000
STEP_OCTETS = 2_000  # so that readers of other groups beside it share a group's part
TRIES = 4


def compose_together(parts: Parts, editions: Sequence[Edition], now: datetime, reader: str) -> bytes:
    """The octets of one digest about these editions, of which the first carries it; `reader` names whose it is."""
    budget = MESSAGE_OCTETS - FRAME_OCTETS
    for _ in range(TRIES):
        octets = _mail(parts, editions, now, reader, budget)
        if len(octets) <= MESSAGE_OCTETS:
            break
        budget -= (len(octets) - MESSAGE_OCTETS) + FRAME_OCTETS // 4
    return octets


def _mail(parts: Parts, editions: Sequence[Edition], now: datetime, reader: str, budget: int) -> bytes:
    carrier, told = editions[0], [each for each in editions if tells(each)]
    made = _fitting(parts, told, budget)
    elsewhere, _ = elsewhere_of(carrier)
    words = dict.fromkeys(lines for each in editions for lines in elsewhere_of(each)[1])
    title = spoken(parts.environment, carrier.language)["your_groups"]()
    values: dict[str, Any] = {
        **frame_values(parts.environment, carrier),
        "together": True,
        "title": title,
        "topic": "",
        "posts": sum(each.posts for each in editions),
        "threads": sum(len(each.threads) for each in editions),
        "finds_thread": False,
        "takes_posts": any(part.takes_posts for part in made),
        "parts": made,
        "silent": [each.mail_list.title for each in editions if not tells(each)],
        "carrier": carrier.mail_list.title,
        "elsewhere": elsewhere,
        "elsewhere_words": tuple(words),
        "leave": [{"title": each.mail_list.title, "address": each.addresses.of(Purpose.LEAVE)} for each in editions],
    }
    subject, text, html = rendered(parts.environment, values)
    owners = Mailbox(title, carrier.addresses.of(Purpose.OWNER))
    head: dict[str, HeaderValue] = {
        "From": owners,
        "To": owners,
        "Subject": subject,
        "Date": now.astimezone(carrier.zone),
        "Message-ID": f"<{message_id(carrier, reader)}>".encode(),
        "Auto-Submitted": "auto-generated",
    }
    return list_fields(carrier.mail_list, carrier.addresses, carrier.base_url) + compose(head, text, html)


def tells(edition: Edition) -> bool:
    """Whether the group has more to say than that nobody wrote."""
    note = replace(edition.around.note, elsewhere=())
    return bool(edition.threads) or replace(edition.around, siblings=(), note=note) != NOTHING_AROUND


def _fitting(parts: Parts, editions: Sequence[Edition], budget: int) -> list[Part]:
    """A part each that fit together: what the short ones leave is the long ones'."""
    left = budget
    made: dict[int, Part] = {}
    order = sorted(range(len(editions)), key=lambda at: editions[at].posts)
    for done, at in enumerate(order):
        share = left // (len(order) - done) // STEP_OCTETS * STEP_OCTETS
        part = _fitted(parts, editions[at], share)
        left -= part_octets(part)
        made[at] = part
    return [made[at] for at in range(len(editions))]


def _fitted(parts: Parts, edition: Edition, limit_octets: int) -> Part:
    def shown_as(shown: Shown) -> Part:
        return parts.of(edition, shown, edition.mail_list.title)

    return parts.fitted(edition, limit_octets, lambda: fullest(edition, shown_as, part_octets, limit_octets))


@lru_cache(maxsize=PARTS_KEPT)
def part_octets(part: Part) -> int:
    """What both twins of the part take in a mail."""
    return sum(len(binascii.b2a_qp(text.encode("utf-8", "replace"))) for text in (part.html, part.text))
