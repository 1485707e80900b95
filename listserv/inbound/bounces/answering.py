"""How an address that was stopped starts again: a reply to a probe or notice, a post from it, the command "resume".

A post proves little, as anybody can write its From; so it starts an address that mail came back from, where the worst
is that mail comes back again, and never one whose person complained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.inbound.desk import Desk
from listserv.inbound.judging import Judged
from listserv.inbound.people.answers import refuses
from listserv.mail.address import address_key
from listserv.mail.text.answer import first_own_line
from listserv.store import tokens
from listserv.store.addresses import GIVEN_UP, AddressOnFile, address_by_id, move_mail, on_file, start_again, stop
from listserv.store.bounces import Why
from listserv.store.folding import fold_words
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

PURPOSE = "resume"
_HERE = frozenset({"here", "konei", "mai"})


def answer_resume(desk: Desk, letter: Letter, token: Token) -> None:
    """Mail goes to the address again; "here" moves it to the address that was asked instead.

    A plain no to a probe gives the address up; to a notice at another address of hers it does nothing.
    """
    stopped = address_by_id(desk.connection, token.object_id or 0)
    if stopped is None or (stopped.stopped_at is not None and not is_reported(stopped)):
        return
    if not tokens.use(desk.connection, token, desk.now):
        return
    asked = on_file(desk.connection, address_key(str(token.payload["to"])))
    if refuses(letter.message):
        if asked is not None and asked.id == stopped.id:
            stop(desk.connection, stopped.id, GIVEN_UP, desk.now)
        return
    here = bool(_HERE.intersection(fold_words(first_own_line(letter.message))[:3]))
    if here and asked is not None and asked.id != stopped.id and asked.person_id == stopped.person_id:
        move_mail(desk.connection, stopped.person_id, asked.id, [stopped.id])
        _tell(desk, letter, asked, asked.address)
    else:
        start_again(desk.connection, stopped.id, desk.now)
        _tell(desk, letter, asked or stopped, stopped.address)


def is_reported(address: AddressOnFile) -> bool:
    """Whether reports have stopped it."""
    return address.stopped_at is not None and address.stopped_why in tuple(Why)


def note_life(desk: Desk, letter: Letter, judged: Judged) -> None:
    """Whoever posts from an address that mail came back from has it again."""
    if not judged.from_stopped:
        return
    known = on_file(desk.connection, address_key(letter.author_address))
    if known is not None and known.stopped_why == Why.BOUNCES:
        start_again(desk.connection, known.id, desk.now)


def _tell(desk: Desk, letter: Letter, to: AddressOnFile, address: str) -> None:
    desk.send("delivery_resumed", letter.mail_list, desk.person(to.person_id, "", to.address), address=address)
