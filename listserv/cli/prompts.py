"""prompt: questions that are posted at their hour, for one group or for every group of a network."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from listserv.cli.naming import one_line, person_address
from listserv.cli.output import json_option, row_number, show
from listserv.errors import Refused
from listserv.model.calendar import DAY

if TYPE_CHECKING:
    from listserv.config import Settings
    from listserv.model.goals import PlannedPrompt
    from listserv.model.lists import MailList
    from listserv.model.school import SchoolCalendar
    from listserv.store.engine import Connection

LONGEST_BODY = 10_000
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TERM_WEEK = re.compile(
    rf"term ([1-9]),? week ([1-9][0-9]?),? ({'|'.join(_WEEKDAYS)})(?: at)?,? ([0-9]{{1,2}})[:.]([0-9]{{2}})",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4}),?[ T]([0-9]{1,2}):([0-9]{2})")


@click.group()
def prompt() -> None:
    """Questions that are posted at their hour."""


@prompt.command("add")
@click.argument("list_name", metavar="[LIST]", required=False)
@click.option("--network", metavar="N", help="Every group of the network in which members write.")
@click.option("--at", "when", required=True, help='2026-11-16T09:00, 16/11/2026 9:00 or "Term 4 Week 6 Monday 9:00".')
@click.option("--title", default="", help="The subject it is posted under.")
@click.option("--text", default="", help="What is asked.")
@click.option("--file", "file", type=click.Path(path_type=Path), help="A file with what is asked.")
@click.option("--set", "set_name", default="", help="A set of prompts, one a school week; `prompt sets` lists them.")
@click.option("--by", "author", default="", metavar="ADDRESS", help="Who asks; else the group's facilitators.")
@click.pass_obj
def add(
    config: Path | None,
    list_name: str | None,
    network: str | None,
    when: str,
    title: str,
    text: str,
    file: Path | None,
    set_name: str,
    author: str,
) -> None:
    """Ask LIST, or every group of a network, at its hour."""
    from listserv.app.site import open_site
    from listserv.config.calendars import Calendars

    if bool(list_name) == bool(network):
        raise Refused("Name one list, or a network with --network.")
    if bool(set_name) == bool(title) or (set_name and (text or file)):
        raise Refused("Write --title and --text (or --file), or name a set with --set.")
    own = [] if set_name else [(one_line("--title", title), _body(text, file))]
    with open_site(config) as site, site.database.begin() as connection:
        calendars, now = Calendars(site.settings), site.now()
        made = []
        for mail_list in _lists(connection, list_name, network):
            calendar = calendars.of(mail_list)
            at = _when(when, calendar, now)
            if at <= now:
                raise Refused(f"{when} is over.")
            asked = own or _of_set(site.settings, set_name, mail_list)
            made += _write_down(connection, mail_list, asked, at, calendar, now, set_name, author)
    for each in made:
        click.echo(each)


@prompt.command("all")
@click.argument("list_name", metavar="LIST")
@json_option
@click.pass_obj
def all_(config: Path | None, list_name: str, as_json: bool) -> None:
    """Every prompt of LIST, posted and coming."""
    from listserv.app.site import open_site
    from listserv.config.calendars import Calendars
    from listserv.store.lists import get_list
    from listserv.store.prompts import prompts_of

    with open_site(config) as site, site.database.read() as connection:
        mail_list = get_list(connection, list_name)
        calendar = Calendars(site.settings).of(mail_list)
        rows = [
            {
                "id": each.id,
                "at": f"{each.due_at.astimezone(calendar.zone):%Y-%m-%d %H:%M}",
                "title": each.title,
                "set": each.set_name,
                "post": each.post_id,
            }
            for each in prompts_of(connection, mail_list.id)
        ]
    show(
        rows,
        as_json,
        "There are no prompts yet; add one with: listserv prompt add LIST --at ... --title ... --text ...",
    )


@prompt.command("sets")
@json_option
@click.pass_obj
def sets(config: Path | None, as_json: bool) -> None:
    """The sets of prompts there are."""
    from listserv.app.site import open_site
    from listserv.digest.prompt_sets import load_sets

    with open_site(config) as site:
        found = load_sets(site.settings.site.templates)
    rows = [{"name": each.name, "prompts": len(each.prompts), "about": each.about} for each in found.values()]
    show(rows, as_json, "There are no sets of prompts.")


@prompt.command()
@click.argument("prompt_id", type=row_number, metavar="ID")
@click.pass_obj
def remove(config: Path | None, prompt_id: int) -> None:
    """Take the prompt ID back before it is posted."""
    from listserv.app.site import open_site
    from listserv.store.prompts import remove_prompt

    with open_site(config) as site, site.database.begin() as connection:
        removed = remove_prompt(connection, prompt_id, site.now())
    click.echo(f"Prompt {removed.id} removed: {removed.title}.")


def _lists(connection: Connection, list_name: str | None, network: str | None) -> list[MailList]:
    """The list, or the network's open groups in which members write. Raises Refused."""
    from listserv.mail.listheaders import takes_posts
    from listserv.store.lists import all_lists, get_list, get_network

    if list_name:
        found = [get_list(connection, list_name)]
        if found[0].archived_at is not None or not takes_posts(found[0]):
            raise Refused(f"Nobody could answer: members do not write to {found[0].address}.")
        return found
    home = get_network(connection, network or "")
    found = [
        each
        for each in all_lists(connection)
        if each.network_id == home.id and each.archived_at is None and takes_posts(each)
    ]
    if not found:
        raise Refused(f"{home.name} has no group in which members write.")
    return found


def _of_set(settings: Settings, set_name: str, mail_list: MailList) -> list[tuple[str, str]]:
    from listserv.digest.prompt_sets import load_sets

    known = load_sets(settings.site.templates)
    if set_name not in known:
        raise Refused(f"There is no set {set_name!r}; there are {', '.join(known)}.")
    return [each.in_language(mail_list.settings.language) for each in known[set_name].prompts]


def _write_down(
    connection: Connection,
    mail_list: MailList,
    asked: list[tuple[str, str]],
    first: datetime,
    calendar: SchoolCalendar,
    now: datetime,
    set_name: str,
    author: str,
) -> list[str]:
    """A line for each prompt; what this set has for this hour already is not written down again."""
    from listserv.digest.prompt_sets import hours_of_set
    from listserv.store.prompts import add_prompt, has_prompt

    by = _author(connection, mail_list, author)
    lines = []
    for (title, body), at in zip(asked, hours_of_set(calendar, first, len(asked)), strict=False):
        if set_name and has_prompt(connection, mail_list.id, set_name, title, at):
            lines.append(f"{mail_list.address}: {title}: is there already.")
            continue
        made = add_prompt(connection, mail_list.id, title, body, at, now, set_name=set_name, created_by=by)
        lines.append(_line(mail_list, made, calendar))
    return lines


def _line(mail_list: MailList, made: PlannedPrompt, calendar: SchoolCalendar) -> str:
    at = f"{made.due_at.astimezone(calendar.zone):%Y-%m-%d %H:%M}"
    holiday = " That is in the holidays: it waits for the first school day, 35 days at most."
    silent = calendar.is_holiday(calendar.day_of(made.due_at)) and mail_list.settings.holiday_pause
    return f"Prompt {made.id} of {mail_list.address}: {made.title}, {at}.{holiday if silent else ''}"


def _author(connection: Connection, mail_list: MailList, author: str) -> int | None:
    """The member who asks. Raises NotFound for somebody who is none."""
    from listserv.store.people import get_member

    return get_member(connection, mail_list, *person_address(author)).person_id if author else None


def _body(text: str, file: Path | None) -> str:
    if bool(text) == (file is not None):
        raise Refused("Write what is asked with --text, or name a file with --file.")
    try:
        body = (file.read_text("utf-8") if file else text).strip()
    except UnicodeDecodeError:
        raise Refused(f"{file} is no UTF-8 text.") from None
    if not body or len(body) > LONGEST_BODY:
        raise Refused(f"A prompt is 1 to {LONGEST_BODY} characters long; this one has {len(body)}.")
    return body


def _when(text: str, calendar: SchoolCalendar, now: datetime) -> datetime:
    """The instant that is named, in the group's zone where it names none. Raises Refused."""
    text = " ".join(text.split())
    try:
        if found := _TERM_WEEK.fullmatch(text):
            term, week, weekday, hour, minute = found.groups()
            day = _in_term(calendar, int(term), int(week), _WEEKDAYS.index(weekday.lower()), calendar.day_of(now))
            return calendar.instant(day, time(int(hour), int(minute)))
        if found := _DAY_FIRST.fullmatch(text):
            number, month, year, hour, minute = (int(part) for part in found.groups())
            return calendar.instant(date(year, month, number), time(hour, minute))
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(
            f'{text!r} is no hour: write 2026-11-16T09:00, 16/11/2026 9:00 or "Term 4 Week 6 Monday 9:00".'
        ) from None
    return at.astimezone(UTC) if at.tzinfo else calendar.instant(at.date(), at.time())


def _in_term(calendar: SchoolCalendar, number: int, week: int, weekday: int, today: date) -> date:
    """The day of the term that is on or comes next. Raises Refused."""
    terms = [each for each in calendar.terms.terms if each.number == number and each.weeks_end >= today]
    if not terms:
        raise Refused(f"No term {number} is known from today on; see [calendar] terms.")
    day = terms[0].weeks_begin + ((week - 1) * 7 + weekday) * DAY
    if not terms[0].first <= day <= terms[0].weeks_end:
        raise Refused(
            f"Term {number} of {terms[0].year} goes from {terms[0].first} to {terms[0].last}; {day} is not in it."
        )
    return day
