"""Complaints: feedback reports (RFC 5965) and the forms of providers that came before it.

Promises: linear, bounded, never raises; gives addresses and a type, never a word the complainer wrote. Reports about
a domain's authentication as a whole (DMARC aggregate, TLS reports) are none.
"""

from __future__ import annotations

import re

from listserv.mail.fields import Head
from listserv.mail.mime import Part
from listserv.mail.parse import Message
from listserv.mail.report.addresses import field_address
from listserv.mail.report.human import Human
from listserv.mail.report.parts import own_parts
from listserv.mail.report.returned import returned_recipients

FEEDBACK_TYPES = frozenset({"message/feedback-report"})
TEXT_CHARACTERS = 100_000
RECIPIENTS_KEPT = 100

_FIELD = re.compile(
    r"(?:\A|\n)(feedback-type|original-rcpt-to|original-recipient|removal-recipient|x-hmxmroriginalrecipient)"
    r"[ \t]{0,10}:[ \t]{0,10}([^\n]{0,1000}(?:\n[ \t][^\n]{0,1000}){0,5})",
    re.IGNORECASE,
)
_TYPE = re.compile(r"[a-z][a-z-]{1,40}")
_APPLE = re.compile(r"sent this email to unsubscribe from the message", re.IGNORECASE)


def feedback(message: Message, head: Head | None, told: Human) -> tuple[tuple[str, ...], str] | None:
    """The recipients a complaint names and its type in lower case; None if the message is no complaint.

    `head` is the header of the message it returns, `told` its text for people.
    """
    for part in own_parts(message.root):
        if part.content_type in FEEDBACK_TYPES:
            return _of_report(part, head)
    return _of_provider(head) or _of_mail_program(message, told)


def _of_report(part: Part, head: Head | None) -> tuple[tuple[str, ...], str]:
    found = _FIELD.findall(part.text()[:TEXT_CHARACTERS])
    kinds = [_TYPE.match(value.strip().lower()) for name, value in found if name.lower() == "feedback-type"]
    named = [field_address(value) for name, value in found if name.lower() != "feedback-type"]
    recipients = dict.fromkeys([address for address in named if address] or (returned_recipients(head) if head else []))
    kind = next((match[0] for match in kinds if match is not None), "abuse")
    return tuple(recipients)[:RECIPIENTS_KEPT], kind


def _of_provider(head: Head | None) -> tuple[tuple[str, ...], str] | None:
    """Microsoft's junk mail reports: the complained message itself, with a field that names whose it was."""
    if head is None:
        return None
    values = head.raw("x-hmxmroriginalrecipient")[:RECIPIENTS_KEPT]
    addresses = [field_address(value.decode("utf-8", "replace")) for value in values]
    recipients = tuple([address for address in addresses if address])
    return (recipients, "abuse") if recipients else None


def _of_mail_program(message: Message, told: Human) -> tuple[tuple[str, ...], str] | None:
    """What a mail program sends to a List-Unsubscribe address when its user presses the button."""
    if message.author is None or _APPLE.search(told.text[:1_000]) is None:
        return None
    submitted = (message.header("Auto-Submitted") or "").lower()
    return ((message.author.address,), "opt-out") if submitted.startswith("auto-") else None
