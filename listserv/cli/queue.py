"""queue: what has not left yet."""

from __future__ import annotations

from pathlib import Path

import click

from listserv.cli.output import json_option, row_number, show


@click.group()
def queue() -> None:
    """The outbox: what has not left yet."""


@queue.command("show")
@json_option
@click.pass_obj
def show_queue(config: Path | None, as_json: bool) -> None:
    """Every delivery that waits, by the time it is due."""
    from listserv.app.site import open_site
    from listserv.store.lists import all_lists
    from listserv.store.queue import in_queue

    with open_site(config) as site, site.database.read() as connection:
        names = {mail_list.id: mail_list.address for mail_list in all_lists(connection)}
        rows = [
            {
                "id": item.id,
                "kind": item.kind,
                "list": names.get(item.list_id or 0),
                "post": item.post_id,
                "to": item.to_address or f"{item.left} subscribers",
                "attempts": item.attempts,
                "since": item.created_at,
                "due": item.due_at,
                "under way": item.leased,
            }
            for item in in_queue(connection, site.now())
        ]
    show(rows, as_json, "The outbox is empty.", site.settings.site.time_zone)


@queue.command()
@click.argument("delivery_id", type=row_number, required=False, metavar="[ID]")
@click.pass_obj
def retry(config: Path | None, delivery_id: int | None) -> None:
    """Make one waiting delivery, or all of them, due now."""
    from listserv.app.site import open_site
    from listserv.store.queue import retry_now

    with open_site(config) as site, site.database.begin() as connection:
        count = retry_now(connection, delivery_id, site.now())
    click.echo(f"{count} deliveries are due now.")


@queue.command()
@click.argument("delivery_id", type=row_number, metavar="ID")
@click.pass_obj
def drop(config: Path | None, delivery_id: int) -> None:
    """Give up what is left of one delivery; it never leaves."""
    from listserv.app.site import open_site
    from listserv.store.queue import drop as drop_delivery

    with open_site(config) as site, site.database.begin() as connection:
        drop_delivery(connection, delivery_id)
    click.echo(f"Delivery {delivery_id} dropped.")
