"""explain, held, approve, reject, discard: how a post was or would be judged, and a moderator's answer to it."""

from __future__ import annotations

from pathlib import Path

import click

from listserv.cli.output import json_option, row_number, show


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "address", required=True, metavar="LIST", help="The list it would be sent to.")
@click.option("--from", "return_path", metavar="RETURN_PATH", help="The envelope sender; else the author.")
@json_option
@click.pass_obj
def explain(config: Path | None, file: Path, address: str, return_path: str | None, as_json: bool) -> None:
    """Show each rule's answer for the message in FILE; nothing is sent or kept."""
    from listserv.app.site import open_site
    from listserv.inbound.explaining import explain as explained

    with open_site(config) as site, site.database.read() as connection:
        lines = explained(connection, address, file.read_bytes(), return_path, site.settings, site.now())
    rows = [{"rule": line.rule, "answer": line.answer, "why": line.why, "decides": line.decides} for line in lines]
    show(rows, as_json, "")


@click.command()
@click.argument("address", required=False, metavar="[LIST]")
@json_option
@click.pass_obj
def held(config: Path | None, address: str | None, as_json: bool) -> None:
    """Posts waiting for a moderator, oldest first."""
    from listserv.app.site import open_site
    from listserv.mail.parse import parse
    from listserv.store.lists import get_list
    from listserv.store.moderation import waiting

    with open_site(config) as site, site.database.read() as connection:
        found = waiting(connection, get_list(connection, address).id if address else None)
        rows = []
        for post in found:
            message = parse(post.octets)
            author = message.author
            rows.append(
                {
                    "id": post.id,
                    "list": post.list_address,
                    "held": post.held_at,
                    "reason": post.reason.value,
                    "author": author.address if author else post.return_path,
                    "subject": message.subject,
                }
            )
    show(rows, as_json, "Nothing is waiting for a moderator.", site.settings.site.time_zone)


@click.command()
@click.argument("held_id", type=row_number, metavar="ID")
@click.option("--quiet", is_flag=True, help="Into the archive and the digest, not mailed on its own.")
@click.pass_obj
def approve(config: Path | None, held_id: int, quiet: bool) -> None:
    """Approve the held post ID: archive it and send it on."""
    from listserv.app.site import open_site
    from listserv.inbound.moderating import approve as approve_post

    with open_site(config) as site, site.database.begin() as connection:
        posted = approve_post(connection, held_id, site.now(), quiet=quiet)
    sent = "archived, not mailed" if quiet else f"on its way to {posted.recipients} subscribers"
    click.echo(f"Post {posted.post_id} in {posted.list_address}: {sent}.")


@click.command()
@click.argument("held_id", type=row_number, metavar="ID")
@click.option("--reason", default="", help="What the author is told.")
@click.pass_obj
def reject(config: Path | None, held_id: int, reason: str) -> None:
    """Reject the held post ID; an author who is a member is told why."""
    from listserv.app.site import open_site
    from listserv.inbound.moderating import reject as reject_post

    with open_site(config) as site, site.database.begin() as connection:
        told = reject_post(connection, held_id, reason, site.settings, site.now())
    click.echo(f"Held post {held_id} rejected; {'its author is told' if told else 'nobody is told'}.")


@click.command()
@click.argument("held_id", type=row_number, metavar="ID")
@click.pass_obj
def discard(config: Path | None, held_id: int) -> None:
    """Discard the held post ID without telling anybody."""
    from listserv.app.site import open_site
    from listserv.inbound.moderating import discard as discard_post

    with open_site(config) as site, site.database.begin() as connection:
        discard_post(connection, held_id, site.now())
    click.echo(f"Held post {held_id} discarded.")
