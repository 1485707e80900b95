"""tick, deadline: what is due now, and the dates groups are reminded of."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from listserv.cli.output import json_option, row_number, show
from listserv.errors import Refused
from listserv.model.calendar import LONGEST_DISTANCE_DAYS, YEARS

if TYPE_CHECKING:
    from listserv.digest.run import Done
    from listserv.model.calendar import Deadline
    from listserv.model.lists import MailList, Network
    from listserv.model.school import SchoolCalendar
    from listserv.store.engine import Connection

LONGEST_TITLE = 200
LONGEST_LINK = 2000
MOST_REMINDERS = 5

_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})(?:[ T]([0-9]{1,2}):([0-9]{2}))?")
_DISTANCE = re.compile(r"([0-9]{1,3})d")
_LINK = re.compile(r"https?://[^\s<>\"]+")


@click.command()
@click.option("--now", "at", metavar="ISO8601", help="Another time than now, such as 2026-11-20T16:00+13:00.")
@click.pass_obj
def tick(config: Path | None, at: str | None) -> None:
    """Do once what is due, digests and reminders, and say what was done."""
    from listserv.app.clock import tick_once
    from listserv.app.site import open_site

    with open_site(config) as site:
        now = _time(at, site.settings.site.time_zone) if at else site.now()
        done = tick_once(site, now)
    for each in done:
        click.echo(_line(each))
    if not done:
        click.echo("Nothing is due.")


@click.group()
def deadline() -> None:
    """Dates a group is reminded of."""


@deadline.command("add")
@click.argument("what", nargs=-1, required=True, metavar="[LIST] WHEN TITLE")
@click.option("--network", metavar="N", help="Every group of the network.")
@click.option("--until", "last", default="", metavar="DAY", help="The last day, where it takes several.")
@click.option("--link", default="", help="A web address with more about it.")
@click.option("--remind", default="7d,2d,0d", show_default=True, help="Days before it, or none.")
@click.option("--event", is_flag=True, help="Something takes place then; nothing is due.")
@click.option("--school", default="", help="Only for its members at this school.")
@click.pass_obj
def add(
    config: Path | None,
    what: tuple[str, ...],
    network: str | None,
    last: str,
    link: str,
    remind: str,
    event: bool,
    school: str,
) -> None:
    """Remind LIST, or every group of a network, of TITLE. WHEN is a day or an hour: 15/5/2026, "2026-05-15 17:00"."""
    from listserv.app.site import open_site
    from listserv.config.calendars import Calendars
    from listserv.model.reminders import deadline_ends_at
    from listserv.store.deadlines import NewDate, add_dates
    from listserv.store.lists import get_list, get_network

    if len(what) != (2 if network else 3):
        raise click.UsageError("Write: deadline add LIST WHEN TITLE, or deadline add --network N WHEN TITLE")
    when, title = what[-2:]
    with open_site(config) as site, site.database.begin() as connection:
        home = get_network(connection, network) if network else None
        mail_list = _first_list(connection, home) if home else get_list(connection, what[0])
        calendar = Calendars(site.settings).of(mail_list)
        day, at = _when(when, calendar)
        whose = home.id if home else None
        spoken = _school(connection, mail_list, school, whose)
        new = NewDate(
            _title(title), day, at, _link(link), event=event, school=spoken, end_day=_last_day(last, day, calendar)
        )
        days = _days(remind)
        (made,) = add_dates(connection, mail_list.id, [new], site.now(), distances=days, network_id=whose)
        if deadline_ends_at(calendar, made) <= site.now():
            raise Refused(f"{when} is over.")
        place = f"every group of {home.name}" if home else mail_list.address
        said = _told(made, place, mail_list, calendar, site.now())
    click.echo(said)


@deadline.command("all")
@click.argument("list_name", metavar="LIST")
@json_option
@click.pass_obj
def all_(config: Path | None, list_name: str, as_json: bool) -> None:
    """Every deadline of LIST, and of its whole network."""
    from listserv.app.site import open_site
    from listserv.config.calendars import Calendars
    from listserv.store.deadlines import deadlines_of
    from listserv.store.lists import get_list

    with open_site(config) as site, site.database.read() as connection:
        mail_list = get_list(connection, list_name)
        calendar = Calendars(site.settings).of(mail_list)
        rows = [
            {
                "id": each.id,
                "when": _shown(each, calendar),
                "title": each.title,
                "link": each.link,
                "school": each.school,
                "remind": ",".join(f"{distance}d" for distance in each.distances) or "none",
                "network": each.network_id is not None,
            }
            for each in deadlines_of(connection, mail_list.id, date.min)
        ]
    show(rows, as_json, "There are no deadlines yet; add one with: listserv deadline add LIST WHEN TITLE")


@deadline.command("set")
@click.argument("deadline_id", type=row_number, metavar="ID")
@click.option("--when", default="", help="Its new day, or hour; it lasts as long as before.")
@click.option("--remind", default="", help="Days before it, such as 7d,1d, or none.")
@click.pass_obj
def set_(config: Path | None, deadline_id: int, when: str, remind: str) -> None:
    """Move the deadline ID, or change when people are reminded of it; in a network's groups all at once."""
    from listserv.app.site import open_site
    from listserv.config.calendars import Calendars
    from listserv.model.reminders import deadline_ends_at
    from listserv.store.deadlines import get_deadline, move_deadline, set_distances
    from listserv.store.lists import list_by_id

    if not when and not remind:
        raise Refused("Say what changes: --when, --remind or both.")
    with open_site(config) as site, site.database.begin() as connection:
        found, now = get_deadline(connection, deadline_id), site.now()
        mail_list = list_by_id(connection, found.list_id)
        calendar = Calendars(site.settings).of(mail_list)
        if remind:
            found = set_distances(connection, found.id, _days(remind), now)
        if when:
            found = move_deadline(connection, found.id, *_when(when, calendar), now)
            if deadline_ends_at(calendar, found) <= now:
                raise Refused(f"{when} is over.")
        place = mail_list.address if found.network_id is None else "every group of its network"
        said = _told(found, place, mail_list, calendar, now)
    click.echo(said)


@deadline.command()
@click.argument("deadline_id", type=row_number, metavar="ID")
@click.pass_obj
def remove(config: Path | None, deadline_id: int) -> None:
    """Take the deadline ID back; no more reminders of it."""
    from listserv.app.site import open_site
    from listserv.store.deadlines import remove_deadline

    with open_site(config) as site, site.database.begin() as connection:
        removed = remove_deadline(connection, deadline_id, site.now())
    click.echo(f"Deadline {removed.id} removed: {removed.title}.")


def _line(done: Done) -> str:
    what = f"{done.kind} {done.period} of {done.list_address}"
    copies = f"{done.recipients} {'copy' if done.recipients == 1 else 'copies'}"
    became = {"sent": copies, "quiet": "nothing to tell", "nobody": "nobody reads it"}
    return f"{what}{f' ({done.title})' if done.title else ''}: {became.get(done.outcome, done.outcome)}"


def _time(text: str, time_zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.year not in YEARS:
            raise ValueError
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time; write 2026-11-20T16:00+13:00.", param_hint="--now") from None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(time_zone))).astimezone(UTC)


def _when(text: str, calendar: SchoolCalendar) -> tuple[date, datetime | None]:
    """The day, in one of `YEARS`, and, if an hour was named, the instant. Raises Refused."""
    day, at = _read_when(text, calendar)
    if day.year not in YEARS:
        raise Refused(f"{text.strip()} is too far away; write a year from {YEARS[0]} to {YEARS[-1]}.")
    return day, at


def _read_when(text: str, calendar: SchoolCalendar) -> tuple[date, datetime | None]:
    text = text.strip()
    day_first = _DAY_FIRST.fullmatch(text)
    try:
        if day_first:
            day, month, year, hour, minute = (int(part) if part else None for part in day_first.groups())
            on = date(year or 0, month or 0, day or 0)
            return on, None if hour is None else calendar.instant(on, time(hour, minute or 0))
        if len(text) == len("2026-05-15"):
            return date.fromisoformat(text), None
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no day: write 2026-05-15, 15/5/2026 or 2026-05-15T17:00.") from None
    instant = at.astimezone(UTC) if at.tzinfo else calendar.instant(at.date(), at.time())
    return calendar.day_of(instant), instant


def _shown(found: Deadline, calendar: SchoolCalendar) -> str:
    day = f"{found.at.astimezone(calendar.zone):%Y-%m-%d %H:%M}" if found.at else found.day.isoformat()
    return f"{day} to {found.end_day}" if found.end_day else day


def _told(found: Deadline, place: str, mail_list: MailList, calendar: SchoolCalendar, now: datetime) -> str:
    """The line that says what stands in the calendar, and when people are reminded of it."""
    from listserv.model.reminders import reminders
    from listserv.model.school import rhythm_of

    planned = reminders(calendar, rhythm_of(mail_list.settings), found)
    days = [f"{each.sends_at.astimezone(calendar.zone):%Y-%m-%d %H:%M}" for each in planned if each.sends_at > now]
    coming = f"reminders {', '.join(days)}" if days else "no reminders"
    return f"Deadline {found.id} of {place}: {found.title}, {_shown(found, calendar)}; {coming}."


def _first_list(connection: Connection, home: Network) -> MailList:
    """The group in whose zone a date of the whole network is read. Raises Refused where it has none."""
    from listserv.store.lists import all_lists

    open_ones = [each for each in all_lists(connection) if each.network_id == home.id and each.archived_at is None]
    if not open_ones:
        raise Refused(f"{home.name} has no group.")
    return min(open_ones, key=lambda each: each.id)


def _last_day(text: str, day: date, calendar: SchoolCalendar) -> date | None:
    """The last of several days, None if none is named. Raises Refused."""
    if not text:
        return None
    last, at = _when(text, calendar)
    if at is not None or last < day:
        raise Refused(f"--until {text}: write the last day, {day} or later.")
    return last if last > day else None


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise Refused(f"A deadline's title is one line of up to {LONGEST_TITLE} characters.")
    return title


def _school(connection: Connection, mail_list: MailList, name: str, network_id: int | None) -> str:
    """The school as members' places spell it, "" for none. Raises Refused where no member is at it."""
    from listserv.store.deadlines import schools_of
    from listserv.store.folding import fold

    known = {fold(school): school for school in schools_of(connection, mail_list.id, network_id)}
    if name and fold(name) not in known:
        raise Refused(
            f"Nobody in {mail_list.address} is at {name}; members are at: {', '.join(known.values()) or '-'}."
        )
    return known.get(fold(name), "")


def _link(text: str) -> str:
    if text and (len(text) > LONGEST_LINK or not _LINK.fullmatch(text)):
        raise Refused(f"{text[:80]!r} is no web address; write https://...")
    return text


def _days(text: str) -> tuple[int, ...]:
    """Days before the deadline, farthest first. Raises Refused."""
    words = [] if text.strip().lower() == "none" else [word.strip() for word in text.split(",")]
    found = [match for word in words if (match := _DISTANCE.fullmatch(word))]
    days = sorted({int(match[1]) for match in found}, reverse=True)
    if len(found) < len(words) or len(days) > MOST_REMINDERS or (days and days[0] > LONGEST_DISTANCE_DAYS):
        raise Refused(
            f"--remind {text}: write up to {MOST_REMINDERS} distances of up to {LONGEST_DISTANCE_DAYS} days, such as"
            " 7d,2d,0d, or none."
        )
    return tuple(days)
