"""The commands about dates: "dates" tells what is coming; cancel, move and "remind date 12 ..." change one.

What is coming goes to a member at her known address, with the links by which a calendar program follows it; of a group
that anybody may read it goes to anybody, without a link of anybody's own. Only who looks after the group changes a
date, and one of a whole network only who runs that.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from listserv.inbound.asking import may_write, may_write_some
from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.dates.distances import read_distances
from listserv.inbound.dates.telling import reminded_on, told_dates
from listserv.inbound.days import told_day, zone_of
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.joining import stranger
from listserv.inbound.judging import author_in
from listserv.mail.address import address_key
from listserv.mail.listaddress import Purpose
from listserv.mail.token import calendar_token
from listserv.mail.when.lines import read_date_lines
from listserv.mail.when.values import Dated
from listserv.model.calendar import Deadline, Terms, instant_of
from listserv.model.lists import MailList, Subscription
from listserv.store.deadlines import concerns, dates_named, deadlines_of, move_deadline, remove_deadline, set_distances
from listserv.store.folding import fold
from listserv.store.lists import network_title
from listserv.store.moderators import editor
from listserv.store.owners import holds_in_network
from listserv.store.sessions import sign_in_number

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

AHEAD = timedelta(days=400)
MOST_LISTED = 100
_TO = frozenset(("to", "ki"))
_NUMBER = re.compile(r"(?:no\.? |number |nama )?#?([0-9]{1,9})")


def read_number(text: str, _today: date) -> str | None:
    """The number of a date."""
    match = _NUMBER.fullmatch(text.strip(" .").casefold())
    return match[1] if match else None


def read_move(text: str, today: date) -> str | None:
    """The number of a date and its new day, with an hour where one is named: "12 2026-05-22T16:00"."""
    number, _, rest = text.strip().partition(" ")
    first, _, after = rest.strip().partition(" ")
    wanted = read_number(number, today)
    said = after if fold(first) in _TO else rest
    found = read_date_lines(f"Event: {said}: x", today, ZoneInfo("UTC"), Terms())
    if wanted is None or len(found) != 1 or not isinstance(found[0], Dated):
        return None
    dated = found[0]
    if dated.title != "x" or dated.end_day or dated.end_hour or dated.recurrence or dated.day < today:
        return None
    return f"{wanted} {dated.day.isoformat()}" + (f"T{dated.hour:%H:%M}" if dated.hour else "")


def read_reminding(text: str, today: date) -> str | None:
    """The number of a date and the days before it: "12 7,1"; "12 " for no reminder."""
    number, _, rest = text.strip().partition(" ")
    wanted, distances = read_number(number, today), read_distances(rest)
    return None if wanted is None or distances is None else f"{wanted} {','.join(map(str, distances))}"


def shown_reminding(argument: str, _language: str) -> str:
    """As it is written in a command line: "12: 7d, 1d", "12: -"."""
    number, _, days = argument.partition(" ")
    return f"{number}: {', '.join(f'{each}d' for each in days.split(',')) if days else '-'}"


def shown_move(argument: str, language: str) -> str:
    """Its number, and the day in words."""
    number, _, when = argument.partition(" ")
    day, _, hour = when.partition("T")
    return f"{number}: {told_day(date.fromisoformat(day), language)}" + (f", {hour}" if hour else "")


def send_dates(desk: Desk, letter: Letter) -> None:
    """What is coming, by mail; who is no member of a private group is told how to join."""
    mail_list, address = letter.mail_list, letter.author_address
    place = author_in(desk.connection, mail_list, address_key(address), desk.now) if address else None
    if place is not None:
        to = desk.member(place)
        if may_write_some(desk, letter, to.address, "coming-dates"):
            _send(desk, mail_list, to, place)
    elif may_write(desk, letter, address, "coming-dates"):
        if mail_list.settings.private:
            desk.send("leave_unknown", mail_list, stranger(desk, address), address=address)
        else:
            _send(desk, mail_list, stranger(desk, address), None)


def show_dates(desk: Desk, asker: Asker, _argument: str) -> None:
    """The same, where it is proven who asks."""
    _send(desk, asker.mail_list, asker.recipient, asker.place)


def cancel_date(desk: Desk, asker: Asker, argument: str) -> Said:
    """The date is taken back: no reminder goes, and calendars that follow the group strike it out."""
    found = _hers_to_change(desk, asker, argument)
    if isinstance(found, Said):
        return found
    removed = remove_deadline(desk.connection, found.id, desk.now)
    return Said("date_cancelled", {"title": removed.title, "day": removed.day})


def move_date(desk: Desk, asker: Asker, argument: str) -> Said:
    """The date is on another day; its hour stays unless another is named. Calendars that follow the group show it."""
    number, _, when = argument.partition(" ")
    found = _hers_to_change(desk, asker, number)
    if isinstance(found, Said):
        return found
    named, _, hour = when.partition("T")
    zone = zone_of(asker.mail_list, desk.settings)
    day = date.fromisoformat(named)
    local = time.fromisoformat(hour) if hour else found.at.astimezone(zone).time() if found.at else None
    at = instant_of(day, local, zone) if local else None
    moved = move_deadline(desk.connection, found.id, day, at, desk.now)
    hour_told = f"{local:%H:%M}" if local else ""
    return Said("date_moved", {"title": moved.title, "day": day, "hour": hour_told})


def remind_date(desk: Desk, asker: Asker, argument: str) -> Said:
    """The group is reminded of the date so many days before it from now on; she is told on which days that is."""
    number, _, days = argument.partition(" ")
    found = _hers_to_change(desk, asker, number)
    if isinstance(found, Said):
        return found
    distances = tuple(int(each) for each in days.split(",") if each)
    changed = set_distances(desk.connection, found.id, distances, desk.now)
    language = asker.recipient.language or asker.mail_list.settings.language
    when = reminded_on(desk, asker.mail_list, changed, language)
    return Said("date_reminded", {"title": changed.title, "when": when})


def _hers_to_change(desk: Desk, asker: Asker, number: str) -> Deadline | Said:
    """The published date of that number, if she may change it; else what she is told."""
    if editor(desk.connection, asker.mail_list, asker.person_id, desk.now) is None:
        return Said("dates_not_yours")
    found = dates_named(desk.connection, asker.mail_list.id, [int(number)])
    if not found or found[0].removed or found[0].proposed:
        return Said("no_such_date", {"number": number})
    network = found[0].network_id
    if network is not None and not holds_in_network(desk.connection, network, asker.person_id):
        return Said("date_of_network", {"number": number, "network": network_title(desk.connection, network)})
    return found[0]


def _send(desk: Desk, mail_list: MailList, to: Recipient, place: Subscription | None) -> None:
    today = desk.now.astimezone(zone_of(mail_list, desk.settings)).date()
    facilitates = place is not None and editor(desk.connection, mail_list, place.person_id, desk.now) is not None
    coming = [
        each
        for each in deadlines_of(desk.connection, mail_list.id, today, today + AHEAD)
        if facilitates or concerns(each, place.school if place else "")
    ]
    runs = place is not None and holds_in_network(desk.connection, mail_list.network_id, place.person_id)
    group_link, own_link = _links(desk, mail_list, place)
    desk.send(
        "dates_coming",
        mail_list,
        to,
        dates=told_dates(desk, mail_list, to, coming[:MOST_LISTED]),
        more=max(0, len(coming) - MOST_LISTED),
        facilitates=facilitates,
        runs=runs,
        group_link=group_link,
        own_link=own_link,
        request_address=desk.addresses(mail_list).of(Purpose.REQUEST),
    )


def _links(desk: Desk, mail_list: MailList, place: Subscription | None) -> tuple[str, str]:
    """Where a calendar program finds the group's dates, and all dates of hers; "" without a public web."""
    base = desk.settings.site.base_url.rstrip("/")
    if not base:
        return "", ""
    group = f"{base}/groups/{quote(mail_list.address, safe='@')}/calendar.ics"
    number = sign_in_number(desk.connection, place.person_id) if place is not None else None
    if place is None or number is None:
        return group, ""
    token = calendar_token(desk.key, place.person_id, number)
    return f"{group}?key={token}", f"{base}/calendar/{token}.ics"
