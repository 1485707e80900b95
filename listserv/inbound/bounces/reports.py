"""A report about a copy of ours: whose address it speaks of, and what is kept of it.

What stands in a report is a stranger's claim. Whose copy it was is proven by our signature alone: in the return path
the report came to, or in the one or the one-click link of the copy that it returns. Only where copies are neutral, and
so hold no signature, the address it names counts, if a copy goes there and a post of the list is returned. Nothing is
ever answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from listserv.inbound.desk import Desk
from listserv.mail.address import address_key
from listserv.mail.listaddress import Purpose, split_local
from listserv.mail.parse import Message
from listserv.mail.report.read import read_report
from listserv.mail.token import BounceToken, verify_bounce, verify_unsubscribe
from listserv.model.lists import MailList
from listserv.model.report import Complaint, DeliveryReport, Kind, RecipientReport, Report, Returned
from listserv.store.archive import is_post
from listserv.store.bounces import Place, note_complaint, note_report, place_in, places

_MILDEST = (Kind.DELIVERED, Kind.CONTENT, Kind.DELAYED, Kind.SOFT, Kind.HARD)


class Heard(NamedTuple):
    """What a message was: no report ("" as kind), one that names nobody's copy for certain, or one that is kept."""

    kind: str = ""
    subscription_id: int | None = None

    @property
    def note(self) -> str:
        """One line for the log of decisions."""
        whose = f" subscription {self.subscription_id}" if self.subscription_id is not None else ""
        return f"{self.kind}{whose}".strip()


class _Copy(NamedTuple):
    """The person's addresses, the one the copy went to first, and the day it went out if that is known."""

    places: list[Place]
    sent_on: date | None


def hear(desk: Desk, mail_list: MailList | None, message: Message, signed: BounceToken | None = None) -> Heard:
    """What the message reports is kept, and counted where it counts; `signed` is the return path it came to."""
    report = read_report(message)
    if report is None:
        return Heard("", signed.subscription_id if signed else None)
    copy = _proven(desk, report.returned, signed)
    if copy is not None:
        _note(desk, report, copy)
        return Heard(_kind(report), copy.places[0].subscription_id)
    found = list(_named(desk, mail_list, report)) if mail_list is not None else []
    for place in found:
        _note(desk, report, _Copy([place], None))
    return Heard(_kind(report), found[0].subscription_id if found else None)


def _kind(report: Report) -> str:
    return "complaint" if isinstance(report, Complaint) else "report"


def _proven(desk: Desk, returned: Returned, signed: BounceToken | None) -> _Copy | None:
    """Whose copy it was, by a signature of ours; None where there is none, or she has left."""
    tokens = [signed] if signed is not None else list(_signatures(desk, returned))
    for token, sent_on in [(token.subscription_id, token.sent_on) for token in tokens]:
        found = places(desk.connection, token)
        if found:
            return _Copy(found, sent_on)
    if signed is not None:
        return None
    for link in returned.unsubscribe_tokens:
        subscription_id = verify_unsubscribe(desk.key, link)
        found = places(desk.connection, subscription_id) if subscription_id is not None else []
        if found:
            return _Copy(found, None)
    return None


def _signatures(desk: Desk, returned: Returned) -> Iterator[BounceToken]:
    for path in returned.return_paths:
        local, _, domain = path.rpartition("@")
        named = split_local(local) or split_local(local, desk.settings.box(domain))
        if named is not None and named.purpose is Purpose.BOUNCES and named.token is not None:
            token = verify_bounce(desk.key, named.name, named.token)
            if token is not None:
                yield token


def _named(desk: Desk, mail_list: MailList, report: Report) -> Iterator[Place]:
    """The members a report on a neutral copy names; nobody's where copies are signed."""
    is_neutral = desk.settings.relay.recipients_per_message > 1 or not desk.addresses(mail_list).has_room_for_verp
    msgid = report.returned.message_id
    if not is_neutral or not msgid or not is_post(desk.connection, mail_list.id, msgid):
        return
    if isinstance(report, Complaint):
        named = [*report.recipients, *report.returned.to]
    else:
        named = [address for each in report.recipients for address in (each.address, each.final_address)]
    for key in dict.fromkeys(address_key(address) for address in named):
        place = place_in(desk.connection, mail_list.id, key)
        if place is not None:
            yield place


def _note(desk: Desk, report: Report, copy: _Copy) -> None:
    if isinstance(report, Complaint):
        if report.by_a_person:
            note_complaint(desk.connection, copy.places[0], report.feedback_type, desk.now, copy.sent_on)
        return
    place, said = _about(report, copy.places)
    note_report(desk.connection, place, said.kind, said.status, said.diagnostic, desk.now, copy.sent_on)


def _about(report: DeliveryReport, hers: list[Place]) -> tuple[Place, RecipientReport]:
    """Which of her addresses it speaks of and what it says: the one it names, else the one the copy went to.

    Where she has her mail passed on to several addresses, the one that fares best speaks for hers.
    """
    by_key = {place.key: place for place in hers}
    for said in report.recipients:
        for address in (said.address, said.final_address):
            place = by_key.get(address_key(address))
            if place is not None:
                return place, said
    return hers[0], min(report.recipients, key=lambda said: _MILDEST.index(said.kind))
