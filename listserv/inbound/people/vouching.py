"""An address that died: she writes from a new one, somebody who knows her gives their word, the old one is told.

"my old address was OLD", from the new address, is confirmed there. Then the group's owners and facilitators are asked
whether they know her. For one who herself looks after this group alone only its other owners are, for one who looks
after others the network's administrators, else the postmaster: nobody gains a right by a colleague's word. The old
address hears of it at once and ends it with a no: perhaps it lives. Whether OLD is a member's is told to nobody who
only asks. A post in the name of a member whose address is stopped asks the same people; the new address comes last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from listserv.inbound.asking import may_write
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.people.answers import decided
from listserv.inbound.people.moving import ask_new, move, tell_both
from listserv.inbound.people.suspected import go_on, leave_to_moderators
from listserv.mail.address import address_key
from listserv.mail.roleaddress import is_role_address
from listserv.model.lists import MailList, Role, Subscription
from listserv.store import tokens
from listserv.store.addresses import on_file
from listserv.store.owners import looks_after
from listserv.store.people import find_member
from listserv.store.sessions import find_person
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
    known = on_file(desk.connection, address_key(old))
    her = find_member(desk.connection, letter.mail_list, known.person_id, desk.now) if known is not None else None
    if known is not None and her is not None and desk.may_answer(old, CLAIM):
        ask_who_knows_her(desk, letter.mail_list, her, new, known.address, proven=True)
    desk.send("old_address_asked", letter.mail_list, Recipient(new), old=old)


def answer_vouch(desk: Desk, letter: Letter, token: Token) -> None:
    """The first word counts: a yes moves her mail, a no ends it, for all who were asked.

    A new address that has not answered us yet is asked first: somebody's word is for her, not for it. Who would not be
    asked any more, as she or the member has other roles now, gives none.
    """
    new, old, asked = (str(token.payload[name]) for name in ("new", "old", "asked"))
    if not _may_vouch(desk, letter.mail_list, token.person_id, asked):
        return
    agreed = decided(desk, letter, token, Recipient(asked))
    if agreed is None or token.person_id is None or not tokens.use(desk.connection, token, desk.now):
        return
    _end(desk, token.person_id)
    if not agreed:
        _refuse(desk, letter.mail_list, token.person_id, token.payload)
    elif not token.payload["proven"]:
        person = find_person(desk.connection, token.person_id)
        ask_new(desk, letter.mail_list, token.person_id, person.name if person else "", old, new)
    else:
        groups = move(desk, token.person_id, old, new)
        tell_both(desk, letter.mail_list, token.person_id, old, new, groups)
        go_on(desk, letter.mail_list, token.person_id, new)


def answer_veto(desk: Desk, letter: Letter, token: Token) -> None:
    """The old address lives: a no ends it."""
    agreed = decided(desk, letter, token, Recipient(str(token.payload["old"])))
    if agreed is None or token.person_id is None or not tokens.use(desk.connection, token, desk.now):
        return
    if not agreed:
        _end(desk, token.person_id)
        _refuse(desk, letter.mail_list, token.person_id, token.payload)


def ask_who_knows_her(desk: Desk, mail_list: MailList, her: Subscription, new: str, old: str, *, proven: bool) -> None:
    """Those who may give their word are asked, and the old address is told; `proven`: the new one has answered us."""
    told = {"new": new, "old": old, "proven": proven}
    veto = desk.answer_address(mail_list, VETO, person_id=her.person_id, payload=told)
    to = desk.person(her.person_id, her.name, old)
    desk.send("old_address_told", mail_list, to, answers_to=veto, new=new, old=old)
    for voucher in _vouchers(desk, mail_list, her):
        payload = {**told, "asked": voucher.address}
        answers_to = desk.answer_address(mail_list, VOUCH, person_id=her.person_id, payload=payload)
        desk.send(
            "vouch", mail_list, voucher, answers_to=answers_to, member=her.name or old, new=new, old=old, proven=proven
        )


def _vouchers(desk: Desk, mail_list: MailList, her: Subscription) -> list[Recipient]:
    """Who may give their word for her; who is above the group where nobody in it may."""
    allowed = _allowed(desk, mail_list, her.person_id)
    return desk.in_charge(mail_list, *([allowed] if allowed else []), but=her.person_id)


def _may_vouch(desk: Desk, mail_list: MailList, person_id: int | None, asked: str) -> bool:
    """Whether who was asked about her may give her word still, and she is in the group still."""
    her = find_member(desk.connection, mail_list, person_id, desk.now) if person_id is not None else None
    if her is None:
        return False
    return desk.still_holds(mail_list, asked, _allowed(desk, mail_list, her.person_id) | {Role.ADMINISTRATOR})


def _allowed(desk: Desk, mail_list: MailList, person_id: int) -> frozenset[Role]:
    """The group's roles that may vouch for her: for somebody with rights, nobody who would gain them by it."""
    looked_after = looks_after(desk.connection, person_id)
    if not looked_after <= {mail_list.id}:
        return frozenset()
    return frozenset({Role.OWNER}) if looked_after else frozenset({Role.OWNER, Role.FACILITATOR})


def _refuse(desk: Desk, mail_list: MailList, person_id: int, payload: Mapping[str, Any]) -> None:
    """Nothing has moved; an address that has answered us is told so, an unproven one hears nothing."""
    new, old = str(payload["new"]), str(payload["old"])
    leave_to_moderators(desk, mail_list, person_id, new)
    if payload["proven"]:
        desk.send("old_address_refused", mail_list, Recipient(new), old=old)


def _end(desk: Desk, person_id: int) -> None:
    for purpose in (VOUCH, VETO):
        tokens.withdraw(desk.connection, purpose, desk.now, person_id=person_id)


def _named(desk: Desk, letter: Letter) -> str:
    """The address the command names, as it was written: how it stands on file would tell that it does."""
    from listserv.inbound.commands.reading import read_wishes

    wishes = read_wishes(letter.message, desk.now.date())
    return next((wish.argument for wish in wishes if wish.command.name == "old_address"), None) or ""
