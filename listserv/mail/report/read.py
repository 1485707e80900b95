"""`read_report`: what a message reports of mail we sent, None if it is no report.

Promises: never raises, linear in the message, bounded. A machine-readable part is believed before the text, the text
only with a sign of a program (opening.py). Everything told is a stranger's claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from listserv.mail.fields import Head
from listserv.mail.mime import Part
from listserv.mail.parse import Message
from listserv.mail.report.addresses import field_address, loose_addresses
from listserv.mail.report.feedback import FEEDBACK_TYPES, feedback
from listserv.mail.report.human import Human, first_text, human
from listserv.mail.report.kind import recipient_kind
from listserv.mail.report.named import Named, named_by_local_part, named_recipients
from listserv.mail.report.notification import notification
from listserv.mail.report.opening import daemon_wrote, from_amazon, is_report, program_reports, says_later
from listserv.mail.report.parts import own_parts
from listserv.mail.report.returned import returned, returned_header, returned_recipients
from listserv.mail.report.status import STATUS_TYPES, StatusGroup, enhanced_code, groups_in, status_groups
from listserv.mail.report.wording import is_challenge, plain
from listserv.mail.words import clean
from listserv.model.report import Complaint, DeliveryReport, Kind, RecipientReport, Report

DIAGNOSTIC_CHARACTERS = 500
TEXT_LINES_READ = 400
TEXT_CHARACTERS = 100_000
PARTS_SEARCHED = 20

_REPORT_TYPES = frozenset({"multipart/report", *STATUS_TYPES})


def read_report(message: Message) -> Report | None:
    """What `message` reports: a delivery report with at least one recipient, a complaint, or None."""
    root = _reporting_root(message)
    told = human(root)
    head = returned_header(root, told.behind)
    complaint = feedback(message, head, told)
    if complaint is not None:
        return Complaint(complaint[0], complaint[1], returned(head, _sources(root, head, told)))
    noted = notification(first_text(root)) if from_amazon(message) else None
    if noted is not None:
        return noted
    recipients = _each_once(_by_machine(message, root, told) or _by_text(message, told, head))
    return DeliveryReport(tuple(recipients), returned(head, _sources(root, head, told))) if recipients else None


def _reporting_root(message: Message) -> Part:
    """The message itself, or the report that a mail gateway's own notice wraps up as an attached message."""
    if not daemon_wrote(message):
        return message.root
    parts = list(own_parts(message.root))[:PARTS_SEARCHED]
    inner = [part.children[0] for part in parts if part.content_type == "message/rfc822" and part.children]
    wrapped = [child for child in inner if child.content_type == "multipart/report"]
    return wrapped[0] if wrapped and message.content_type != "multipart/report" else message.root


def _each_once(recipients: Sequence[RecipientReport]) -> list[RecipientReport]:
    """The first report on each address; a challenge to prove oneself is none."""
    once: dict[str, RecipientReport] = {}
    for each in recipients:
        if not is_challenge(plain(each.diagnostic)):
            once.setdefault(each.address.lower(), each)
    return list(once.values())


def _sources(root: Part, head: Head | None, told: Human) -> Iterator[bytes]:
    """Where marks of ours may stand: the returned header, the text for people, the machine-readable parts."""
    if head is not None:
        yield b"\n".join([value for values in head.values.values() for value in values])
    yield told.text.encode("utf-8", "replace")
    for part in list(own_parts(root))[:PARTS_SEARCHED]:
        if part.content_type in STATUS_TYPES or part.content_type in FEEDBACK_TYPES:
            yield part.decoded()


# Machine-readable.


def _by_machine(message: Message, root: Part, told: Human) -> list[RecipientReport]:
    if root.content_type not in _REPORT_TYPES and not program_reports(message):
        return []
    groups = status_groups(own_parts(root)) or _groups_in_text(root, told)
    known = [address for group in groups for address in (group.final, group.original) if address]
    named = named_recipients(told.own, list(dict.fromkeys(known))) if known else []
    words = {entry.final.lower(): entry.words for entry in named}
    later = says_later(message.subject, told.own)
    text = told.text
    reports = [_of_group(group, words, text, later=later) for group in groups]
    return [report for report in reports if report is not None]


def _groups_in_text(root: Part, told: Human) -> list[StatusGroup]:
    """The groups in the text for people, below it, or in another text part of the report."""
    groups = groups_in([*told.own, *told.behind.split("\n", TEXT_LINES_READ)[:TEXT_LINES_READ]])
    texts = [part for part in list(own_parts(root))[:PARTS_SEARCHED] if part.main_type == "text" and not part.children]
    for part in texts[1:]:
        groups = groups or groups_in(part.text()[:TEXT_CHARACTERS].split("\n", TEXT_LINES_READ)[:TEXT_LINES_READ])
    return groups


def _of_group(group: StatusGroup, words: dict[str, str], told: str, *, later: bool) -> RecipientReport | None:
    """The report on one group's recipient; `words` are what the text for people, `told`, says of each address.

    `later`: that text says that delivery goes on, which counts where the group names no action.
    """
    final, original = group.final, group.original
    address = original or final
    if not address:
        return None
    people = words.get((final or address).lower()) or words.get(address.lower()) or told
    code = _code(group, people)
    action = group.action or ("delayed" if later else "failed")
    kind = recipient_kind(action, code, group.diagnostic, people)
    diagnostic = _one_line(group.diagnostic or people)
    return RecipientReport(address, final or address, kind, code, diagnostic, action != "delayed")


def _code(group: StatusGroup, people: str) -> str:
    """The enhanced code: the server's own where Status says only that something failed."""
    status = group.status
    if status and not status.endswith(".0.0"):
        return status
    return enhanced_code(group.diagnostic) or status or enhanced_code(people)


def _one_line(text: str) -> str:
    return " ".join(clean(text[: 4 * DIAGNOSTIC_CHARACTERS]).split())[:DIAGNOSTIC_CHARACTERS]


# Text only.


def _by_text(message: Message, told: Human, head: Head | None) -> list[RecipientReport]:
    if not is_report(message, told.own):
        return []
    later = says_later(message.subject, told.own)
    named = named_recipients(told.own, _failed_field(message), _not_recipients(message, head))
    if not named and message.author is not None:
        named = named_by_local_part(told.own, message.author.domain)
    if not named and head is not None:
        named = [Named(address, address, told.text, "") for address in returned_recipients(head)[:1]]
    around = told.text if len(named) == 1 else ""
    return [_of_text(entry, later, around) for entry in named]


def _failed_field(message: Message) -> list[str]:
    """The addresses of X-Failed-Recipients, which Exim, Gmail and others write."""
    values = [value.decode("utf-8", "replace") for value in message.raw("X-Failed-Recipients")]
    found = [field_address(piece) for value in values for piece in value.split(",")[:500]]
    return list(dict.fromkeys(address for address in found if address))


def _not_recipients(message: Message, head: Head | None) -> frozenset[str]:
    """Addresses that are no recipients: the reporting side's own, the one the report came to, our own authors."""
    boxes = [box for name in ("From", "Sender", "Reply-To", "To") for box in message.mailboxes(name)[:20]]
    found = [box.address for box in boxes]
    if head is not None:
        values = [value for name in ("return-path", "from", "sender", "errors-to") for value in head.raw(name)[:5]]
        found += [a for value in values for _, _, a in loose_addresses(value.decode("utf-8", "replace")[:2_000])]
    return frozenset([address.lower() for address in found])


def _of_text(entry: Named, later: bool, around: str) -> RecipientReport:
    code = enhanced_code(entry.words) or enhanced_code(around)
    kind = Kind.DELAYED if later else recipient_kind("failed", code, entry.words, f"{entry.above} {around}")
    return RecipientReport(entry.address, entry.final, kind, code, _one_line(entry.words), not later)
