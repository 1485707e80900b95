"""member deliveries, member resume: what has become of mail to a member, and starting it again."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import click

from listserv.cli.output import json_option, show


@click.command("deliveries")
@click.argument("list_name", metavar="LIST")
@click.argument("address")
@json_option
@click.pass_obj
def deliveries(config: Path | None, list_name: str, address: str, as_json: bool) -> None:
    """What was reported of mail to the member ADDRESS of LIST, newest first, in the servers' own words."""
    from listserv.app.site import open_site
    from listserv.cli.naming import person_address
    from listserv.store.addresses import addresses_of
    from listserv.store.bounces import events_of
    from listserv.store.lists import get_list
    from listserv.store.people import get_member

    with open_site(config) as site, site.database.read() as connection:
        found = get_member(connection, get_list(connection, list_name), *person_address(address))
        events = events_of(connection, found.person_id)
        known = addresses_of(connection, found.person_id)
    rows = [
        {
            "at": event.at,
            "address": event.address,
            "kind": event.kind,
            "status": event.status,
            "reply": event.diagnostic,
        }
        for event in events
    ]
    zone = site.settings.site.time_zone
    show(rows, as_json, f"Nothing was ever reported of mail to {address}.", zone)
    if not as_json:
        for each in known:
            if each.stopped_at is not None:
                day = each.stopped_at.astimezone(ZoneInfo(zone))
                click.echo(f"No mail goes to {each.address} since {day:%Y-%m-%d}: {each.stopped_why}.")


@click.command("resume")
@click.argument("list_name", metavar="LIST")
@click.argument("address")
@click.pass_obj
def resume(config: Path | None, list_name: str, address: str) -> None:
    """Send mail again to the member ADDRESS of LIST, which bounces or a complaint had stopped."""
    from listserv.app.site import open_site
    from listserv.cli.naming import person_address
    from listserv.store.addresses import on_file, start_again
    from listserv.store.lists import get_list
    from listserv.store.people import get_member

    with open_site(config) as site, site.database.begin() as connection:
        found = get_member(connection, get_list(connection, list_name), *person_address(address))
        known = on_file(connection, person_address(found.address)[1])
        if known is not None and known.stopped_at is not None:
            start_again(connection, known.id, site.now())
    click.echo(f"Mail goes to {found.address}.")
