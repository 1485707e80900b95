"""Change of address, everywhere at once: "my new address is NEW", proven at the known address and at the new one.

The command is confirmed at the address on file like every command (`commands.request`); then the new one is asked. Only
when both have said yes her mail moves, in every group that wrote to the old one. Posts from the old one still count as
hers, but no mail goes there. Somebody's two records, one under each address, become one: she has proven both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.errors import Refused
from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.desk import Desk
from listserv.inbound.people.answers import decided
from listserv.inbound.people.suspected import go_on
from listserv.mail.address import address_key
from listserv.model.lists import MailList
from listserv.store import tokens
from listserv.store.addresses import GIVEN_UP, AddressOnFile, add_address, is_personal, move_mail, on_file, stop
from listserv.store.lists import list_by_id
from listserv.store.merging import merge_persons
from listserv.store.sessions import find_person
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "new-address"


def new_address(desk: Desk, asker: Asker, argument: str) -> Said | None:
    """The new address is asked whether it is hers; nothing moves before it has said so."""
    old = on_file(desk.connection, address_key(asker.recipient.address))
    if old is None or old.key == address_key(argument):
        return Said("same_address", {"address": argument})
    if desk.is_a_lists(argument):
        return Said("lists_address", {"address": argument})
    if old.is_role or not is_personal(on_file(desk.connection, address_key(argument)), argument):
        return Said("role_address", {"address": old.address if old.is_role else argument})
    if not desk.may_answer(argument, PURPOSE):
        return Said("new_address_asked_already", {"address": argument})
    ask_new(desk, asker.mail_list, asker.person_id, asker.recipient.name, old.address, argument)
    return Said("new_address_asked", {"address": argument})


def ask_new(desk: Desk, mail_list: MailList, person_id: int, name: str, old: str, new: str) -> None:
    """The new address is asked whether it is hers; the old one, or somebody for it, has said so.

    Where it is somebody's already, a yes makes two people one, and the mail says so: perhaps she is another.
    """
    known = on_file(desk.connection, address_key(new))
    holder = find_person(desk.connection, known.person_id) if known is not None else None
    merges = holder is not None and holder.id != person_id
    answers_to = desk.answer_address(mail_list, PURPOSE, person_id=person_id, payload={"new": new, "old": old})
    to = desk.person(holder.id, holder.name, new) if holder is not None else desk.person(person_id, name, new)
    desk.send("address_move", mail_list, to, answers_to=answers_to, old=old, new=new, merges=merges)


def answer_new_address(desk: Desk, letter: Letter, token: Token) -> None:
    """Yes: her mail goes to the new address from now on. Both addresses are told."""
    person = find_person(desk.connection, token.person_id or 0)
    if person is None:
        return
    new, old = str(token.payload["new"]), str(token.payload["old"])
    agreed = decided(desk, letter, token, desk.person(person.id, person.name, new))
    if agreed is None or not tokens.use(desk.connection, token, desk.now) or not agreed:
        return
    tell_both(desk, letter.mail_list, person.id, old, new, move(desk, person.id, old, new))
    go_on(desk, letter.mail_list, person.id, new)


def move(desk: Desk, person_id: int, old: str, new: str) -> list[str] | None:
    """Her mail to the old address goes to the new one; the titles of the groups, None if that cannot be."""
    known, given_up = on_file(desk.connection, address_key(new)), on_file(desk.connection, address_key(old))
    if given_up is None or given_up.person_id != person_id:
        return None
    try:
        if known is not None and known.person_id != person_id:
            merge_persons(desk.connection, person_id, known.person_id, "mail", desk.now)
        address_id = add_address(desk.connection, person_id, new, desk.now)
    except Refused:
        return None
    return _give_up(desk, person_id, given_up, address_id)


def _give_up(desk: Desk, person_id: int, old: AddressOnFile, address_id: int) -> list[str]:
    moved = move_mail(desk.connection, person_id, address_id, [old.id])
    stop(desk.connection, old.id, GIVEN_UP, desk.now)
    return [list_by_id(desk.connection, list_id).title for list_id in moved]


def tell_both(desk: Desk, mail_list: MailList, person_id: int, old: str, new: str, groups: list[str] | None) -> None:
    """Both addresses hear what moved; nothing where nothing did."""
    person = find_person(desk.connection, person_id)
    if groups is None or person is None:
        return
    for address in (new, old):
        to = desk.person(person_id, person.name, address)
        desk.send("address_moved", mail_list, to, old=old, new=new, groups=groups)
