"""What the clock does about stopped addresses: tells the person elsewhere, probes, starts again, tells the owners.

The owners of a group hear once a day, in one mail, of all its members who were stopped: who, and in a word why; never
what a server or a complainer wrote. The person hears of it at her other addresses at once, and not at all where she
complained. A probe that has not come back after three days starts the address again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from listserv.inbound.bounces.answering import PURPOSE
from listserv.inbound.desk import Desk, Recipient
from listserv.model.lists import MailList
from listserv.store import stopped
from listserv.store.bounces import Why
from listserv.store.lists import list_by_id
from listserv.store.owners import owners
from listserv.store.schedule import claim_run, last_claim
from listserv.store.stopped import Stopped, StoppedMember

ANSWER_LASTS = timedelta(days=90)
TELLING = "tell-stopped"
TELL_AT = time(7)
LINES = 50
DAY = timedelta(days=1)


def tell_persons(desk: Desk) -> int:
    """Chore: whoever's address was stopped is told at her other addresses; gives mails sent."""
    sent = 0
    for each in stopped.untold(desk.connection):
        if not stopped.set_told(desk.connection, each.address_id, desk.now):
            continue
        if each.mail_list is None or each.why is Why.COMPLAINT:
            continue
        for address in stopped.other_addresses(desk.connection, each):
            to = Recipient(address, each.name, each.language)
            answers_to = _answers_to(desk, each.mail_list, each, address)
            desk.send("delivery_stopped", each.mail_list, to, answers_to=answers_to, address=each.address)
            sent += 1
    return sent


def probe(desk: Desk) -> int:
    """Chore: each stopped address whose probe is due gets one, with a return path of its own; gives mails sent."""
    sent = 0
    for each in stopped.to_probe(desk.connection, desk.now):
        if each.mail_list is None or not stopped.set_probed(desk.connection, each.address_id, desk.now):
            continue
        to = Recipient(each.address, each.name, each.language)
        answers_to = _answers_to(desk, each.mail_list, each, each.address)
        desk.send("probe", each.mail_list, to, answers_to=answers_to, to_stopped=True, address=each.address)
        sent += 1
    return sent


def start_probed(desk: Desk) -> int:
    """Chore: addresses whose probe did not come back get mail again. Sends none itself."""
    stopped.resume_probed(desk.connection, desk.now)
    return 0


def tell_owners(desk: Desk) -> int:
    """Chore, once a day after seven in the morning: each group's owners hear who was stopped; gives mails sent."""
    local = desk.now.astimezone(ZoneInfo(desk.settings.site.time_zone))
    if local.time() < TELL_AT:
        return 0
    before = last_claim(desk.connection, TELLING, "site", desk.now) or desk.now - 2 * DAY
    if not claim_run(desk.connection, TELLING, "site", local.date().isoformat(), desk.now):
        return 0
    found = stopped.stopped_between(desk.connection, before, desk.now)
    return sum(
        _tell_owners(desk, list_by_id(desk.connection, list_id), list(members))
        for list_id, members in groupby(found, key=lambda each: each.list_id)
    )


def _tell_owners(desk: Desk, mail_list: MailList, members: Sequence[StoppedMember]) -> int:
    lines = [
        {"who": f"{each.name} <{each.address}>" if each.name else each.address, "why": each.why, "status": each.status}
        for each in members[:LINES]
    ]
    keepers = owners(desk.connection, mail_list.id)
    for keeper in keepers:
        to = Recipient(keeper.address, keeper.name, keeper.language)
        desk.send("members_stopped", mail_list, to, lines=lines, more=len(members) - len(lines))
    return len(keepers)


def _answers_to(desk: Desk, mail_list: MailList, each: Stopped, address: str) -> str:
    return desk.answer_address(
        mail_list,
        PURPOSE,
        ANSWER_LASTS,
        person_id=each.person_id,
        object_id=each.address_id,
        payload={"to": address},
    )
