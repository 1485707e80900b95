"""school: which schools the members are at, and whose terms and public holidays they go by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from listserv.cli.output import json_option, show


@click.group()
def school() -> None:
    """Schools of the members, and their calendars."""


@school.command("list")
@json_option
@click.pass_obj
def list_schools(config: Path | None, as_json: bool) -> None:
    """Each school that a member is at or [calendar] schools names: how many people, and what days of its own it has."""
    from listserv.app.site import open_site
    from listserv.config.calendars import Calendars
    from listserv.store.schools import schools_of_members

    with open_site(config) as site, site.database.read() as connection:
        calendars, people = Calendars(site.settings), schools_of_members(connection)
    at = {name: calendars.schools.get(calendars.own_key(name)) for name in sorted(people)}
    empty = [own for own in calendars.schools.values() if own not in at.values()]
    rows: list[dict[str, Any]] = [
        {
            "school": name,
            "people": people[name],
            "region": site.settings.calendar.region if own is None or own.region is None else own.region,
            "own_terms": own is not None and own.terms != calendars.terms,
        }
        for name, own in [*at.items(), *((own.name, own) for own in empty)]
    ]
    show(rows, as_json, "No member's school is known yet.")
