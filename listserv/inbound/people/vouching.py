"""An address that died: she writes from a new one, somebody who knows her gives their word, the old one is told.

"my old address was OLD", from the new address, is confirmed there. Then the group's owners and facilitators are asked
whether they know her; for one who herself looks after the group, only its other owners, else the network's
administrators, else the postmaster, so that nobody gains a right by a colleague's word. The old address hears of it at
once and ends it with a no: perhaps it lives. Whether OLD is a member's is told to nobody who only asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.asking import may_write
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.people.answers import decided
from listserv.inbound.people.moving import move, tell_both
from listserv.mail.address import address_key, valid_address
from listserv.mail.roleaddress import is_role_address
from listserv.model.lists import MODERATING, MailList, Role, Subscription
from listserv.store import tokens
from listserv.store.addresses import on_file
from listserv.store.owners import Keeper, administrators, keepers
from listserv.store.people import find_member, person_of
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

CLAIM, VOUCH, VETO = "old-address", "vouch", "not-me"


def old_address(desk: Desk, letter: Letter) -> None:
    """Whoever writes is asked to confirm that she does, and that this was her address."""
    new, old = letter.author_address, _named(desk, letter)
    if not old or is_role_address(new) or is_role_address(old) or address_key(new) == address_key(old):
        return
    if may_write(desk, letter, new, CLAIM):
        answers_to = desk.answer_address(letter.mail_list, CLAIM, payload={"new": new, "old": old})
        desk.send("old_address", letter.mail_list, Recipient(new), answers_to=answers_to, old=old, new=new)


def answer_claim(desk: Desk, letter: Letter, token: Token) -> None:
    """The new address is proven: those who may know her are asked, the old address is told."""
    new, old = str(token.payload["new"]), str(token.payload["old"])
    agreed = decided(desk, letter, token, Recipient(new))
    if agreed is None or not tokens.use(desk.connection, token, desk.now) or not agreed:
        return
    person_id = person_of(desk.connection, address_key(old))
    her = find_member(desk.connection, letter.mail_list, person_id, desk.now) if person_id is not None else None
    if her is not None and desk.may_answer(old, CLAIM):
        _ask(desk, letter.mail_list, her, new, old)
    desk.send("old_address_asked", letter.mail_list, Recipient(new), old=old)


def answer_vouch(desk: Desk, letter: Letter, token: Token) -> None:
    """The first word counts: a yes moves her mail, a no ends it, for all who were asked."""
    new, old, asked = (str(token.payload[name]) for name in ("new", "old", "asked"))
    agreed = decided(desk, letter, token, Recipient(asked))
    if agreed is None or token.person_id is None or not tokens.use(desk.connection, token, desk.now):
        return
    _end(desk, token.person_id)
    groups = move(desk, token.person_id, old, new) if agreed else None
    tell_both(desk, letter.mail_list, token.person_id, old, new, groups)
    if groups is None:
        desk.send("old_address_refused", letter.mail_list, Recipient(new), old=old)


def answer_veto(desk: Desk, letter: Letter, token: Token) -> None:
    """The old address lives: a no ends it."""
    agreed = decided(desk, letter, token, Recipient(str(token.payload["old"])))
    if agreed is None or token.person_id is None or not tokens.use(desk.connection, token, desk.now):
        return
    if not agreed:
        _end(desk, token.person_id)
        desk.send(
            "old_address_refused", letter.mail_list, Recipient(str(token.payload["new"])), old=token.payload["old"]
        )


def _ask(desk: Desk, mail_list: MailList, her: Subscription, new: str, old: str) -> None:
    told = {"new": new, "old": old}
    veto = desk.answer_address(mail_list, VETO, person_id=her.person_id, payload=told)
    desk.send(
        "old_address_told", mail_list, desk.person(her.person_id, her.name, old), answers_to=veto, new=new, old=old
    )
    for each in _vouchers(desk, mail_list, her):
        answers_to = desk.answer_address(
            mail_list, VOUCH, person_id=her.person_id, payload={**told, "asked": each.address}
        )
        to = Recipient(each.address, each.name, each.language)
        desk.send("vouch", mail_list, to, answers_to=answers_to, member=her.name or old, new=new, old=old)


def _vouchers(desk: Desk, mail_list: MailList, her: Subscription) -> list[Keeper]:
    """Who may give their word for her."""
    strict = bool(her.roles & MODERATING)
    asked = keepers(desk.connection, mail_list.id, [Role.OWNER] if strict else [Role.OWNER, Role.FACILITATOR])
    found = [each for each in asked if each.person_id != her.person_id]
    found = found or [
        each for each in administrators(desk.connection, mail_list.network_id) if each.person_id != her.person_id
    ]
    postmaster = desk.settings.site.postmaster
    return found or ([Keeper(0, postmaster, "", "")] if postmaster else [])


def _end(desk: Desk, person_id: int) -> None:
    for purpose in (VOUCH, VETO):
        tokens.withdraw(desk.connection, purpose, desk.now, person_id=person_id)


def _named(desk: Desk, letter: Letter) -> str:
    """The address the command names, as it is on file where it is."""
    from listserv.inbound.commands.reading import read_wishes

    wishes = read_wishes(letter.message, desk.now.date())
    old = next((wish.argument for wish in wishes if wish.command.name == "old_address"), None) or ""
    known = on_file(desk.connection, address_key(old)) if valid_address(old) else None
    return known.address if known else old
