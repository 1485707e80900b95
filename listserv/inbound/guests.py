"""Guests: a week before the end the guest is told, the host asked, whose reply gives more time; at the end a goodbye.

The end itself needs nobody: a place with a day that is over is none, in mail, digests and pages alike
(`store.people.find_member`). Whoever invited is the host; without one the people of the group are asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from listserv.inbound.days import end_of_day, last_day, read_day, told_day, zone_of
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.people.answers import said
from listserv.mail.text.answer import first_own_line
from listserv.model.lists import Role
from listserv.store import tokens
from listserv.store.addresses import addresses_of
from listserv.store.joining import GuestTime, extend_guest, guest_time, guests_ending
from listserv.store.owners import keepers
from listserv.store.people import language_of
from listserv.store.schedule import claim_run
from listserv.store.settling import name_of
from listserv.store.tokens import Token

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

RENEW = "guest"
NOTICE = timedelta(days=7)
LONGER = timedelta(days=91)
ANSWER_LASTS = timedelta(days=21)


def guest_notices(desk: Desk) -> int:
    """Chore: who ends within a week is told, her host asked; who has ended is told goodbye. Each once."""
    sent = 0
    for guest in guests_ending(desk.connection, desk.now, desk.now + NOTICE):
        if claim_run(desk.connection, "guest-notice", guest.subscription_id, guest.until.isoformat(), desk.now):
            sent += _give_notice(desk, guest)
    for guest in guests_ending(desk.connection, desk.now - NOTICE, desk.now):
        if claim_run(desk.connection, "guest-end", guest.subscription_id, guest.until.isoformat(), desk.now):
            desk.send("guest_ended", guest.mail_list, _guest(guest))
            sent += 1
    return sent


def _give_notice(desk: Desk, guest: GuestTime) -> int:
    hosts = _hosts(desk, guest)
    for host in hosts:
        _ask_host(desk, guest, host)
    to = _guest(guest)
    day = told_day(_last(desk, guest), to.language or guest.mail_list.settings.language)
    name = name_of(desk.connection, guest.host_id) if guest.host_id is not None else ""
    desk.send("guest_week", guest.mail_list, to, day=day, host=name)
    return 1 + len(hosts)


def _ask_host(desk: Desk, guest: GuestTime, host: Recipient, *, again: bool = False) -> None:
    payload = {"address": host.address, "name": host.name, "language": host.language}
    answers_to = desk.answer_address(
        guest.mail_list, RENEW, ANSWER_LASTS, object_id=guest.subscription_id, payload=payload
    )
    language = host.language or guest.mail_list.settings.language
    longer = _last(desk, guest) + LONGER
    desk.send(
        "guest_ends",
        guest.mail_list,
        host,
        answers_to=answers_to,
        again=again,
        longer=told_day(longer, language),
        example=told_day(longer - timedelta(days=28), language),
        **_about(desk, guest, language),
    )


def renew(desk: Desk, letter: Letter, token: Token) -> None:
    """The host said yes or named a day, so the guest's time ends then; a plain no leaves it; else it is asked back."""
    guest = guest_time(desk.connection, token.object_id or 0)
    line = first_own_line(letter.message)
    answer = said(line)
    if guest is None or answer is False:
        tokens.use(desk.connection, token, desk.now)
        return
    host = Recipient(*(token.payload[key] for key in ("address", "name", "language")))
    today = desk.now.astimezone(zone_of(letter.mail_list, desk.settings)).date()
    day = _last(desk, guest) + LONGER if answer else _named(line, today)
    if day is None:
        if desk.may_answer(host.address, f"asked-back:{RENEW}:{guest.subscription_id}"):
            _ask_host(desk, guest, host, again=True)
        return
    tokens.withdraw(desk.connection, RENEW, desk.now, object_id=guest.subscription_id)
    extend_guest(desk.connection, guest.subscription_id, end_of_day(day, guest.mail_list, desk.settings))
    renewed = guest_time(desk.connection, guest.subscription_id)
    assert renewed is not None
    for to in (host, _guest(guest)):
        language = to.language or guest.mail_list.settings.language
        desk.send("guest_renewed", guest.mail_list, to, **_about(desk, renewed, language))


def _named(line: str, today: date) -> date | None:
    for lead in ("until ", "to ", "ki te ", ""):
        if line.casefold().startswith(lead):
            day = read_day(line[len(lead) :], today)
            return day if day is not None and today <= day <= today + timedelta(days=800) else None
    return None


def _hosts(desk: Desk, guest: GuestTime) -> list[Recipient]:
    """The host where mail reaches him, else those who look after the group."""
    if guest.host_id is not None:
        reached = [each for each in addresses_of(desk.connection, guest.host_id) if each.stopped_at is None]
        if reached:
            name = name_of(desk.connection, guest.host_id)
            return [Recipient(reached[0].address, name, language_of(desk.connection, guest.host_id))]
    found = keepers(desk.connection, guest.mail_list.id, (Role.OWNER, Role.FACILITATOR))
    return [Recipient(each.address, each.name, each.language) for each in found]


def _guest(guest: GuestTime) -> Recipient:
    return Recipient(guest.address, guest.name, guest.language)


def _last(desk: Desk, guest: GuestTime) -> date:
    return last_day(guest.until, guest.mail_list, desk.settings)


def _about(desk: Desk, guest: GuestTime, language: str) -> Mapping[str, Any]:
    day = told_day(_last(desk, guest), language)
    return {"who": guest.name or guest.address, "address": guest.address, "day": day}
