"""What the rules ask of a message, read from it once. Pure."""

from __future__ import annotations

import re

from listserv.mail.automatic import automatic_reason
from listserv.mail.listheaders import LOOP_MARK
from listserv.mail.parse import Message
from listserv.mail.text.asks import ask_of
from listserv.mail.text.headed import headed
from listserv.model.case import Traits

_BRACKETED = re.compile(r"<([^<>\s]{1,255})>")

_FAULTS = {
    "no_from": "there is none",
    "two_from": "there are several From fields",
    "many_authors": "it names several people",
    "bad_from": "it cannot be read",
}


def traits(message: Message, return_path: str) -> Traits:
    """The message's traits; never raises."""
    author = message.author
    return Traits(
        size_octets=len(message.octets),
        author_address=author.address if author else "",
        author_name=author.name if author else "",
        author_fault="" if author else _fault(message.defects),
        hops=len(message.raw("Received")),
        list_ids=tuple(match for value in message.headers("List-Id") for match in _list_id(value)),
        loop_marks=tuple(value.strip().lower() for value in message.headers(LOOP_MARK)),
        automatic=automatic_mark(message, return_path),
        return_path=return_path,
        ask=headed(message) or ask_of(message),
        danger=message.danger.kind if message.danger else "",
    )


def automatic_mark(message: Message, return_path: str) -> str:
    """Which mark or form says that no person wrote this ("" = none does); `mail.automatic` knows them."""
    return automatic_reason(message, return_path)


def _list_id(value: str) -> list[str]:
    return [match.lower() for match in _BRACKETED.findall(value)] or [value.strip().lower()]


def _fault(defects: tuple[str, ...]) -> str:
    return next((_FAULTS[defect] for defect in defects if defect in _FAULTS), "it cannot be read")
