"""What has become of mail to a member: each day something was reported of her addresses, and what is so now.

To herself at her own address, on her command; to owners on the command line, which knows the servers' own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from listserv.inbound.asking import may_write, may_write_some
from listserv.inbound.commands.command import Asker
from listserv.inbound.commands.settings_address import settings_address
from listserv.inbound.days import told_day, zone_of
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.joining import stranger
from listserv.inbound.judging import author_in
from listserv.mail.address import address_key
from listserv.model.lists import MailList
from listserv.store.addresses import addresses_of
from listserv.store.bounces import Event, events_of

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

LINES = 20


def deliveries(desk: Desk, letter: Letter) -> None:
    """Her history, at the member's known address and nowhere else."""
    mail_list, address = letter.mail_list, letter.author_address
    place = author_in(desk.connection, mail_list, address_key(address), desk.now) if address else None
    if place is None or not place.address:
        if may_write(desk, letter, address):
            desk.send("leave_unknown", mail_list, stranger(desk, address), address=address)
    elif may_write_some(desk, letter, place.address, "deliveries"):
        _send(desk, mail_list, place.person_id, desk.member(place))


def show_deliveries(desk: Desk, asker: Asker, _argument: str) -> None:
    """The same, where it is proven who asks."""
    _send(desk, asker.mail_list, asker.person_id, asker.recipient)


def _send(desk: Desk, mail_list: MailList, person_id: int, to: Recipient) -> None:
    language = to.language or mail_list.settings.language
    zone = zone_of(mail_list, desk.settings)
    kept = addresses_of(desk.connection, person_id)
    desk.send(
        "deliveries",
        mail_list,
        to,
        answers_to=settings_address(desk, mail_list, person_id),
        addresses=[{"address": each.address, "stopped": each.stopped_why} for each in kept],
        events=[_told(each, zone, language) for each in events_of(desk.connection, person_id, LINES)],
    )


def _told(event: Event, zone: ZoneInfo, language: str) -> dict[str, Any]:
    return {
        "day": told_day(event.at.astimezone(zone).date(), language),
        "address": event.address,
        "kind": event.kind,
        "status": event.status,
    }
