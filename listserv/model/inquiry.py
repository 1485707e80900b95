"""An inquiry: what a facilitator asks every member in a mail of her own, and an answer its author lets her have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`question` is "" for the house's own, which each reader has in her language. At `closes_at` the document is due;
    `sent_at` says when it went. An ended one asks nobody and makes no document."""

    id: int
    list_id: int
    question: str
    asked_by: int
    created_at: datetime
    closes_at: datetime
    sent_at: datetime | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Consented:
    """One mail whose author lets the asker have it: who she is, and the octets as they came."""

    person_id: int
    name: str
    school: str
    octets: bytes
    at: datetime
