"""An owner hands her group over by mail: "hand over to ADDRESS", her confirmation, the successor's yes.

Nothing moves before the successor has said yes at that address. Held posts, dates, norms and settings belong to the
list, so they go along by staying; what waits for a moderator is sent to the successor with answer addresses of her own,
and those of the owner before her are good for nothing, as she moderates no more. The one who hands over stays a member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.errors import Refused
from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.moderators.asking import send_waiting
from listserv.inbound.people.answers import decided
from listserv.mail.address import address_key
from listserv.mail.listaddress import Purpose
from listserv.model.lists import MailList, Role
from listserv.store import moderation, tokens
from listserv.store.addresses import on_file
from listserv.store.moderators import editor
from listserv.store.owners import hand_over as change_hands
from listserv.store.people import find_member
from listserv.store.sessions import find_person
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

OFFER = "hand-over"


def hand_over(desk: Desk, asker: Asker, argument: str) -> Said | None:
    """The one named is asked by mail; until she has said yes everything stays as it is."""
    if Role.OWNER not in asker.place.roles:
        return Said("owners_only")
    if address_key(argument) == address_key(asker.recipient.address):
        return Said("same_address", {"address": argument})
    if desk.is_a_lists(argument):
        return Said("lists_address", {"address": argument})
    tokens.withdraw(desk.connection, OFFER, desk.now, object_id=asker.mail_list.id, person_id=asker.person_id)
    offer(desk, asker.mail_list, argument, asker.person_id, asker.recipient.name or asker.recipient.address)
    return Said("handover_offered", {"address": argument})


def offer(desk: Desk, mail_list: MailList, address: str, from_person: int | None, asked_by: str) -> None:
    """The address is asked whether it takes over the list, from that owner or in nobody's place."""
    payload = {"to": address}
    answers_to = desk.answer_address(mail_list, OFFER, person_id=from_person, object_id=mail_list.id, payload=payload)
    desk.send("handover_offer", mail_list, someone(desk, address), answers_to=answers_to, asked_by=asked_by)


def answer_offer(desk: Desk, letter: Letter, token: Token) -> None:
    """Yes: the roles move, both are told, and what waits for a moderator goes to the successor."""
    mail_list, address = letter.mail_list, str(token.payload["to"])
    to = someone(desk, address)
    agreed = decided(desk, letter, token, to)
    if agreed is None or not tokens.use(desk.connection, token, desk.now):
        return
    owner = _owner(desk, mail_list, token.person_id)
    if not agreed:
        if owner is not None:
            desk.send("handover_declined", mail_list, owner, address=address)
        return
    if mail_list.archived_at is not None or (token.person_id is not None and owner is None):
        desk.send("handover_over", mail_list, to)  # closed, or no longer hers to give
        return
    _take_over(desk, mail_list, address, token.person_id, owner)


def _take_over(desk: Desk, mail_list: MailList, address: str, from_person: int | None, owner: Recipient | None) -> None:
    try:
        person_id = change_hands(desk.connection, mail_list, address, "", from_person, "mail", desk.now)
    except Refused:  # she is in the group with another address of hers: the roles are hers, not the address's
        known = on_file(desk.connection, address_key(address))
        place = find_member(desk.connection, mail_list, known.person_id, desk.now) if known else None
        if place is None or not place.address:
            return
        person_id = change_hands(desk.connection, mail_list, place.address, "", from_person, "mail", desk.now)
    waiting = moderation.waiting(desk.connection, mail_list.id)
    request_address = desk.addresses(mail_list).of(Purpose.REQUEST)
    to = someone(desk, address)
    desk.send("handover_taken", mail_list, to, waiting=len(waiting), request_address=request_address)
    successor = editor(desk.connection, mail_list, person_id, desk.now)
    if waiting and successor is not None:
        send_waiting(desk, mail_list, successor, waiting)
    if owner is not None:
        desk.send("handover_done", mail_list, owner, address=address, request_address=request_address)


def _owner(desk: Desk, mail_list: MailList, person_id: int | None) -> Recipient | None:
    """Who offered, while she is an owner."""
    place = find_member(desk.connection, mail_list, person_id, desk.now) if person_id is not None else None
    if place is None or Role.OWNER not in place.roles:
        return None
    return desk.member(place)


def someone(desk: Desk, address: str) -> Recipient:
    """Whoever has the address, in her language if we know her."""
    known = on_file(desk.connection, address_key(address))
    person = find_person(desk.connection, known.person_id) if known else None
    return Recipient(address, person.name, person.language) if person else Recipient(address)
