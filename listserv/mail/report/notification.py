"""Reports that Amazon SES sends as JSON through SNS, when a site's relay is told to mail them.

The objects are those of the SES developer guide, "Amazon SNS notification contents": `notificationType` with `bounce`,
`complaint` or `delivery`, as the whole text or as the string `Message` of an SNS envelope. Promises: bounded, never
raises; what is not of that form gives None.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from listserv.mail.address import valid_address
from listserv.mail.report.kind import recipient_kind
from listserv.model.report import Complaint, DeliveryReport, Kind, RecipientReport, Report, Returned

TEXT_CHARACTERS = 200_000
RECIPIENTS_READ = 100
DIAGNOSTIC_CHARACTERS = 500

_CUT_LINE = "!\n "  # how some mail servers cut a line that is too long (RFC 5321 §4.5.3.1.6)
_SUBTYPES = {
    "General": "", "NoEmail": "no such recipient", "Suppressed": "user unknown", "MailboxFull": "mailbox full",
    "MessageTooLarge": "message too large", "ContentRejected": "content rejected",
    "AttachmentRejected": "attachment rejected",
}  # fmt: skip

_Object: TypeAlias = Mapping[str, object]


def notification(text: str) -> Report | None:
    """The report in this text, None if the text does not begin with such an object."""
    text = text[:TEXT_CHARACTERS].lstrip()
    if not text.startswith("{"):
        return None
    told = _object(text.replace(_CUT_LINE, ""))
    envelope = told.get("Message")
    told = _object(envelope) if isinstance(envelope, str) else told
    returned = Returned(_message_id(_part(told, "mail")))
    kind = told.get("notificationType")
    if kind == "Complaint":
        return _complaint(_part(told, "complaint"), returned)
    recipients = _bounced(_part(told, "bounce")) if kind == "Bounce" else _delivered(_part(told, "delivery"))
    return DeliveryReport(tuple(recipients), returned) if recipients else None


def _object(text: str) -> _Object:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _part(told: _Object, name: str) -> _Object:
    value = told.get(name)
    return value if isinstance(value, dict) else {}


def _list(told: _Object, name: str) -> Sequence[object]:
    value = told.get(name)
    return value[:RECIPIENTS_READ] if isinstance(value, list) else ()


def _text(told: _Object, name: str) -> str:
    value = told.get(name)
    return " ".join(value.split())[:DIAGNOSTIC_CHARACTERS] if isinstance(value, str) else ""


def _message_id(mail: _Object) -> str:
    fields = [each for each in _list(mail, "headers") if isinstance(each, dict)]
    found = [_text(each, "value") for each in fields if _text(each, "name").lower() == "message-id"]
    return found[0].strip("<>") if found else ""


def _complaint(complaint: _Object, returned: Returned) -> Complaint:
    told = [each for each in _list(complaint, "complainedRecipients") if isinstance(each, dict)]
    addresses = [_text(each, "emailAddress") for each in told]
    kind = _text(complaint, "complaintFeedbackType").lower() or "abuse"
    return Complaint(tuple([address for address in addresses if valid_address(address)]), kind, returned)


def _bounced(bounce: _Object) -> list[RecipientReport]:
    people = _SUBTYPES.get(_text(bounce, "bounceSubType"), "")
    told = [each for each in _list(bounce, "bouncedRecipients") if isinstance(each, dict)]
    return [_recipient(each, people) for each in told if valid_address(_text(each, "emailAddress"))]


def _recipient(told: _Object, people: str) -> RecipientReport:
    address, code = _text(told, "emailAddress"), _text(told, "status")
    diagnostic = _text(told, "diagnosticCode").partition("; ")[2]
    kind = recipient_kind(_text(told, "action").lower(), code, diagnostic, people)
    return RecipientReport(address, address, kind, code, diagnostic)


def _delivered(delivery: _Object) -> list[RecipientReport]:
    addresses = [each for each in _list(delivery, "recipients") if isinstance(each, str) and valid_address(each)]
    words = _text(delivery, "smtpResponse")
    return [RecipientReport(address, address, Kind.DELIVERED, "", words) for address in addresses]
