"""goal: each member posts so many times by a day; who still misses some is told to the operator alone."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from listserv.cli.naming import one_line
from listserv.cli.output import json_option, row_number, show
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.model.goals import Goal

MOST_POSTS = 20
MOST_DAYS = 200
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})")


@click.group()
def goal() -> None:
    """What each member of a group is asked to do: so many posts by a day."""


@goal.command("add")
@click.argument("list_name", metavar="LIST")
@click.option(
    "--posts", "posts_wanted", type=click.IntRange(1, MOST_POSTS), default=2, show_default=True, help="So many posts."
)
@click.option("--by", "day", default="", metavar="DATE", help="The last day, 2026-11-27 or 27/11/2026.")
@click.option("--within", "within", type=click.IntRange(1, MOST_DAYS), metavar="N", help="School days after joining.")
@click.option("--prompt", "prompt_id", type=row_number, metavar="ID", help="Only answers to this prompt count.")
@click.option("--title", default="", help="What it is about; else the prompt's title.")
@click.pass_obj
def add(
    config: Path | None,
    list_name: str,
    posts_wanted: int,
    day: str,
    within: int | None,
    prompt_id: int | None,
    title: str,
) -> None:
    """Each member of LIST posts so many times. Who still misses some is reminded, at most three times."""
    from listserv.app.site import open_site
    from listserv.config.calendars import Calendars
    from listserv.store.goals import add_goal
    from listserv.store.lists import get_list
    from listserv.store.prompts import get_prompt

    if bool(day) == (within is not None):
        raise Refused("Write --by DATE, or --within N school days of joining.")
    with open_site(config) as site, site.database.begin() as connection:
        mail_list, now = get_list(connection, list_name), site.now()
        last = _day(day) if day else None
        if last is not None and last < Calendars(site.settings).of(mail_list).day_of(now):
            raise Refused(f"{day} is over.")
        prompt = get_prompt(connection, prompt_id) if prompt_id is not None else None
        if prompt is not None and prompt.list_id != mail_list.id:
            raise Refused(f"Prompt {prompt.id} is not one of {mail_list.address}.")
        about = one_line("--title", title or (prompt.title if prompt else mail_list.title))
        made = add_goal(
            connection,
            mail_list.id,
            about,
            posts_wanted,
            now,
            day=last,
            within_days=within,
            prompt_id=prompt_id,
        )
    click.echo(f"Goal {made.id} of {mail_list.address}: {_told(made)}.")


@goal.command("all")
@click.argument("list_name", metavar="LIST")
@json_option
@click.pass_obj
def all_(config: Path | None, list_name: str, as_json: bool) -> None:
    """Every goal of LIST."""
    from listserv.app.site import open_site
    from listserv.store.goals import goals_of
    from listserv.store.lists import get_list

    with open_site(config) as site, site.database.read() as connection:
        found = goals_of(connection, get_list(connection, list_name).id)
    rows = [{"id": each.id, "goal": _told(each), "prompt": each.prompt_id} for each in found]
    show(rows, as_json, "There are no goals yet; add one with: listserv goal add LIST --posts 2 --by DATE")


@goal.command("show")
@click.argument("goal_id", type=row_number, metavar="ID")
@json_option
@click.pass_obj
def show_(config: Path | None, goal_id: int, as_json: bool) -> None:
    """Who still misses some of the goal ID, by name. Keep it to yourself: nobody hears of another's silence."""
    from listserv.app.site import open_site
    from listserv.store.goals import get_goal
    from listserv.store.participation import standings

    with open_site(config) as site, site.database.read() as connection:
        found = standings(connection, get_goal(connection, goal_id), site.now())
    rows = [
        {
            "address": each.place.address,
            "name": each.place.name,
            "missing": each.missing,
            "reminders": len(each.reminded),
        }
        for each in found
        if each.missing
    ]
    show(rows, as_json, f"Everybody has met it ({len(found)}).")


@goal.command()
@click.argument("goal_id", type=row_number, metavar="ID")
@click.pass_obj
def remove(config: Path | None, goal_id: int) -> None:
    """Take the goal ID back; no more reminders of it."""
    from listserv.app.site import open_site
    from listserv.store.goals import remove_goal

    with open_site(config) as site, site.database.begin() as connection:
        removed = remove_goal(connection, goal_id, site.now())
    click.echo(f"Goal {removed.id} removed: {removed.title}.")


def _told(goal: Goal) -> str:
    times = "1 post" if goal.posts_wanted == 1 else f"{goal.posts_wanted} posts"
    when = f"by {goal.day}" if goal.day else f"within {goal.within_days} school days of joining"
    return f"{goal.title}, {times} each {when}"


def _day(text: str) -> date:
    found = _DAY_FIRST.fullmatch(text.strip())
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"{text!r} is no day: write 2026-11-27 or 27/11/2026.") from None
