"""The machine-readable part of a delivery report: groups of fields, one group a recipient (RFC 3464 §2, RFC 6533 §3).

Promises: reads what programs write (groups without blank lines, blank lines inside a group, fields in a text part),
linear, bounded, never raises. It gives fields; what they mean is kind.py's work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from listserv.mail.mime import Part
from listserv.mail.report.addresses import field_address

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
TEXT_CHARACTERS = 500_000
LINES_READ = 10_000
VALUE_CHARACTERS = 4_000
RECIPIENTS_READ = 500
TEXTS_KEPT = 4  # one text may speak of all recipients

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60})[ \t]{0,10}:(.*)")
_RECIPIENT_FIELDS = frozenset({"original-recipient", "final-recipient"})
_FIELDS = frozenset({*_RECIPIENT_FIELDS, "action", "status", "diagnostic-code", "x-actual-recipient"})
_STATUS = re.compile(r"(?<![\d.])([245])\.([0-9]{1,3})\.([0-9]{1,3})(?!\.?\d)")
_REPLIED = re.compile(r"(?<![\d.])[45]\.[0-7]\.[0-9]{1,3}(?!\.?\d)")


@dataclass(slots=True)
class StatusGroup:
    """The fields said of one recipient; the first of each name."""

    fields: dict[str, str] = field(default_factory=dict)

    @property
    def original(self) -> str:
        """The address the sender gave (RFC 3464 §2.3.1), "" if it is not told."""
        return field_address(self.fields.get("original-recipient", ""))

    @property
    def final(self) -> str:
        """The address in the end (RFC 3464 §2.3.2), "" if it is not told or is none."""
        return field_address(self.fields.get("final-recipient", "")) or field_address(
            self.fields.get("x-actual-recipient", "")
        )

    @property
    def action(self) -> str:
        """The first word of Action, lower case: failed, delayed, delivered, relayed, expanded or anything."""
        words = self.fields.get("action", "").lower().split()
        return words[0].strip("\"'();,.") if words else ""

    @property
    def status(self) -> str:
        """The enhanced code of Status (RFC 3463 §2), "" if there is none."""
        match = _STATUS.search(self.fields.get("status", ""))
        return f"{match[1]}.{int(match[2])}.{int(match[3])}" if match else ""

    @property
    def diagnostic(self) -> str:
        """The words of Diagnostic-Code on one line, its type left out."""
        value = self.fields.get("diagnostic-code", "")
        kind, semicolon, rest = value.partition(";")
        return (rest if semicolon and len(kind) <= 40 and " " not in kind.strip() else value).strip()


@lru_cache(TEXTS_KEPT)
def enhanced_code(text: str) -> str:
    """The first enhanced code of a refusal in a server's words, "" if there is none; addresses of hosts are none."""
    match = _REPLIED.search(text)
    return match[0] if match else ""


def status_groups(parts: Iterable[Part]) -> list[StatusGroup]:
    """The recipients' groups of all delivery-status parts, in order; at most 500."""
    groups: list[StatusGroup] = []
    for part in parts:
        if part.content_type in STATUS_TYPES or part.content_type.endswith("/delivery-status"):
            groups += groups_in(part.text()[:TEXT_CHARACTERS].split("\n", LINES_READ))
    return groups[:RECIPIENTS_READ]


def groups_in(lines: list[str]) -> list[StatusGroup]:
    """The groups in these lines: one begins after a blank line and at each recipient field the last one has already."""
    groups = [StatusGroup()]
    for name, value in _fields(lines[:LINES_READ]):
        told = _RECIPIENT_FIELDS & groups[-1].fields.keys()
        if name in told or (told and not name):
            groups.append(StatusGroup())
        if name:
            groups[-1].fields.setdefault(name, value)
    return _joined(groups)


def _joined(groups: list[StatusGroup]) -> list[StatusGroup]:
    """The groups that name a recipient; what stands behind a blank line and names none belongs to the one before."""
    joined: list[StatusGroup] = []
    for group in groups:
        if _RECIPIENT_FIELDS & group.fields.keys():
            joined.append(group)
        elif joined:
            joined[-1].fields = {**group.fields, **joined[-1].fields}
    return joined


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each field as (lower-case name, unfolded value), and ("", "") for a blank line; other fields are left out."""
    name, pieces = "", []
    for line in lines:
        if line[:1] in (" ", "\t") and name and line.strip():
            pieces.append(line.strip())
            continue
        if name:
            yield name, " ".join(pieces)[:VALUE_CHARACTERS]
        match = _FIELD.match(line[:VALUE_CHARACTERS])
        name = match[1].lower() if match is not None and match[1].lower() in _FIELDS else ""
        pieces = [match[2].strip()] if match is not None and name else []
        if not line.strip():
            yield "", ""
    if name:
        yield name, " ".join(pieces)[:VALUE_CHARACTERS]
