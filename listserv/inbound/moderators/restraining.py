"""What a moderator puts on hold: everything, a conversation, a member; and lets go again, a banned address too.

Each is a setting of the list or a mark in the store that the rules look at (`inbound.decide`), and a line of the log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.days import end_of_day, told_day
from listserv.inbound.judging import author_in
from listserv.inbound.moderators.orders import Act, Order
from listserv.mail.address import address_key
from listserv.model.case import Reason, ThreadState
from listserv.model.lists import MODERATING
from listserv.store import moderation
from listserv.store.lists import change_list, unban
from listserv.store.moderators import editor
from listserv.store.restrictions import hold_member, set_thread_state
from listserv.store.waiting import all_that_wait

if TYPE_CHECKING:
    from listserv.inbound.desk import Desk
    from listserv.model.lists import MailList
    from listserv.store.moderators import Moderator

_STATES = {
    Act.HOLD_THREAD: ThreadState.HELD,
    Act.LOCK_THREAD: ThreadState.LOCKED,
    Act.OPEN_THREAD: ThreadState.OPEN,
}


@dataclass(frozen=True, slots=True)
class About:
    """What "this" is: the conversation and the author the order's mail is about, as far as there are any."""

    thread_id: int | None = None
    title: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an order: the word of `templates/email/moderated.txt`; `for_all`: every moderator should know."""

    word: str
    values: dict[str, Any] = field(default_factory=dict)
    for_all: bool = False


def restrain(desk: Desk, mail_list: MailList, order: Order, person: Moderator, about: About) -> Done:
    """The order is carried out and logged; a word with `not_` where there was nothing to do it to."""
    if order.act in _STATES:
        done = _thread(desk, order, about)
    elif order.act in (Act.HOLD_MEMBER, Act.FREE_MEMBER):
        done = _member(desk, mail_list, order, about, person)
    elif order.act is Act.UNBAN:
        done = _unban(desk, mail_list, order.address)
    else:
        done = _all(desk, mail_list, order)
    if not done.word.startswith("not_"):
        note = str(done.values.get("conversation") or done.values.get("address") or "")
        moderation.log_decision(
            desk.connection,
            mail_list.id,
            None,
            done.word,
            Reason.MODERATOR.value,
            desk.now,
            actor=person.address,
            note=note,
        )
    return done


def _thread(desk: Desk, order: Order, about: About) -> Done:
    if about.thread_id is None:
        return Done("not_thread")
    set_thread_state(desk.connection, about.thread_id, _STATES[order.act], desk.now)
    return Done(order.act.value, {"conversation": about.title})


def _member(desk: Desk, mail_list: MailList, order: Order, about: About, person: Moderator) -> Done:
    address = order.address or about.address
    if not address:
        return Done("not_who")
    member = author_in(desk.connection, mail_list, address_key(address), desk.now)
    if member is None or not member.id:
        return Done("not_member", {"address": address})
    if order.act is Act.FREE_MEMBER or order.until is None:
        hold_member(desk.connection, member.id, None)
        return Done(Act.FREE_MEMBER.value, {"address": address})
    hold_member(desk.connection, member.id, end_of_day(order.until, mail_list, desk.settings))
    language = person.language or mail_list.settings.language
    return Done(order.act.value, {"address": address, "day": told_day(order.until, language)})


def _unban(desk: Desk, mail_list: MailList, address: str) -> Done:
    done = unban(desk.connection, mail_list, address_key(address))
    return Done(Act.UNBAN.value if done else "not_banned", {"address": address})


def unban_address(desk: Desk, asker: Asker, address: str) -> Said:
    """The command of -request: the same order, once it is proven that a moderator wishes it."""
    person = editor(desk.connection, asker.mail_list, asker.person_id, desk.now)
    if person is None or not person.roles & MODERATING:
        return Said("moderators_only")
    done = restrain(desk, asker.mail_list, Order(Act.UNBAN, address=address), person, About())
    return Said(done.word, {"address": address})


def _all(desk: Desk, mail_list: MailList, order: Order) -> Done:
    held = mail_list.settings.emergency
    if order.act is Act.HOLD_ALL:
        change_list(desk.connection, mail_list, {"emergency": True})
        return Done(order.act.value, {"who": ""}, for_all=not held)
    if not held:
        return Done("not_release")
    change_list(desk.connection, mail_list, {"emergency": False})
    count = sum(waiting.list_id == mail_list.id for waiting in all_that_wait(desk.connection))
    return Done(Act.RELEASE.value, {"who": "", "count": count}, for_all=True)
