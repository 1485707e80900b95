"""member: who belongs to a list, with which settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from listserv.cli.deliveries import deliveries, resume
from listserv.cli.output import json_option, show
from listserv.errors import Refused

delivery_option = click.option("--delivery", type=click.Choice(["each", "none"]), help="Single mails.")
digest_option = click.option("--digest", type=click.Choice(["none", "daily", "weekly", "monthly"]), help="Digest.")
name_option = click.option("--name", help="What the person is called.")
role_option = click.option(
    "--role", "roles", multiple=True, metavar="R", help="member, guest, facilitator, moderator, owner."
)
welcome_option = click.option("--welcome", is_flag=True, help="Send the first mail to whoever is new.")
host_option = click.option("--host", metavar="ADDRESS", help="Whose guest: asked before the last day comes.")
school_option = click.option("--school", metavar="S", help="Her school: its dates, terms and holidays are hers.")
until_option = click.option("--until", metavar="DATE", help="The last day, for a guest: 2026-12-18.")


@click.group()
def member() -> None:
    """Members of a list."""


member.add_command(deliveries)
member.add_command(resume)


@member.command("add")
@click.argument("list_name", metavar="LIST")
@click.argument("address")
@name_option
@role_option
@delivery_option
@digest_option
@until_option
@host_option
@school_option
@welcome_option
@click.pass_obj
def add(config: Path | None, /, list_name: str, address: str, roles: tuple[str, ...], **options: Any) -> None:
    """Make ADDRESS an active member of LIST; nobody is mailed but with --welcome. Of a member only what is named
    changes."""
    from listserv.app.site import open_site
    from listserv.cli.naming import end_of, newcomer_address, one_line, person_roles
    from listserv.cli.welcoming import came_in, set_guests_host
    from listserv.store.lists import get_list
    from listserv.store.people import add_member

    with open_site(config) as site, site.database.begin() as connection:
        mail_list = get_list(connection, list_name)
        named = {key: options[key] for key in ("delivery", "digest", "school") if options[key]}
        if "school" in named:
            named["school"] = one_line("--school", named["school"])
        if options["until"]:
            named["until"] = end_of(options["until"], site.settings.site.time_zone)
        granted = person_roles((*roles, *(["guest"] if options["host"] else []))) if roles or options["host"] else None
        new = add_member(
            connection,
            mail_list,
            *newcomer_address(site, connection, address),
            site.now(),
            name=one_line("--name", options["name"]) if options["name"] else "",
            granted=granted,
            **named,
        )
        if options["host"]:
            set_guests_host(connection, mail_list, address, options["host"])
        if new:
            came_in(site, connection, mail_list, address, tell=options["welcome"])
    click.echo(f"{address} {'is now' if new else 'was already, and stays,'} a member of {mail_list.address}.")


@member.command("invite")
@click.argument("list_name", metavar="LIST")
@click.argument("address")
@name_option
@until_option
@host_option
@click.pass_obj
def invite(config: Path | None, /, list_name: str, address: str, **options: str | None) -> None:
    """Send an invitation into LIST to ADDRESS, who comes in by replying; with --until as a guest."""
    from listserv.app.site import open_site
    from listserv.cli.naming import newcomer_address, one_line
    from listserv.cli.welcoming import send_invitation
    from listserv.store.lists import get_list

    with open_site(config) as site, site.database.begin() as connection:
        mail_list = get_list(connection, list_name)
        name = one_line("--name", options["name"]) if options["name"] else ""
        invited = newcomer_address(site, connection, address)[0]
        send_invitation(site, connection, mail_list, invited, name, options["until"] or "", options["host"] or "")
    click.echo(f"An invitation to {mail_list.address} is on its way to {invited}.")


@member.command("set")
@click.argument("list_name", metavar="LIST")
@click.argument("address")
@name_option
@role_option
@delivery_option
@digest_option
@click.option("--until", metavar="DATE", help='The last day, for a guest: 2026-12-18; "" for no end.')
@click.option("--own-copy", type=bool, help="yes: her own posts come back to her; no: not.")
@click.option("--hours", metavar="HH:MM-HH:MM", help='Single mails come to her then, in every group; "" at any hour.')
@school_option
@click.pass_obj
def set_member(config: Path | None, /, list_name: str, address: str, roles: tuple[str, ...], **options: Any) -> None:
    """Change what is named of the member ADDRESS of LIST; the rest stays."""
    from listserv.app.site import open_site
    from listserv.cli.naming import day_hours, end_of, one_line, person_address, person_roles
    from listserv.store.hours import choose_hours
    from listserv.store.lists import get_list
    from listserv.store.pauses import choose
    from listserv.store.people import change_member, get_member, rename_person, set_roles

    with open_site(config) as site, site.database.begin() as connection:
        mail_list = get_list(connection, list_name)
        found = get_member(connection, mail_list, *person_address(address))
        if not roles and all(value is None for value in options.values()):
            raise Refused("Say what to change; `listserv member set --help` tells what there is.")
        changes = {"own_copy": options["own_copy"]} if options["own_copy"] is not None else {}
        if options["delivery"] or options["digest"]:
            choose(connection, found.id, site.now(), delivery=options["delivery"], digest=options["digest"])
        if options["school"] is not None:
            changes["school"] = one_line("--school", options["school"]) if options["school"] else ""
        if options["until"] is not None:
            changes["until"] = end_of(options["until"], site.settings.site.time_zone) if options["until"] else None
        if options["name"] is not None:
            rename_person(connection, found.person_id, one_line("--name", options["name"]))
        if options["hours"] is not None:
            choose_hours(connection, found.person_id, day_hours(options["hours"]), site.now())
        if roles:
            set_roles(connection, mail_list, found.person_id, person_roles(roles))
        if changes:
            change_member(connection, mail_list, found, **changes)
    click.echo(f"{address} in {mail_list.address}: changed.")


@member.command("remove")
@click.argument("list_name", metavar="LIST")
@click.argument("address")
@click.pass_obj
def remove(config: Path | None, list_name: str, address: str) -> None:
    """End the membership of ADDRESS in LIST; her posts stay."""
    from listserv.app.site import open_site
    from listserv.cli.naming import person_address
    from listserv.store.lists import get_list
    from listserv.store.people import get_member, remove_member

    with open_site(config) as site, site.database.begin() as connection:
        mail_list = get_list(connection, list_name)
        found = get_member(connection, mail_list, *person_address(address))
        remove_member(connection, mail_list, found, site.now())
    click.echo(f"{address} is no member of {mail_list.address} any more.")


@member.command("list")
@click.argument("list_name", metavar="LIST")
@json_option
@click.pass_obj
def list_members(config: Path | None, list_name: str, as_json: bool) -> None:
    """The members of LIST; of one who pauses, how she reads otherwise."""
    from listserv.app.site import open_site
    from listserv.cli.naming import last_day
    from listserv.store.lists import get_list
    from listserv.store.pauses import pauses_of
    from listserv.store.people import members

    with open_site(config) as site, site.database.read() as connection:
        mail_list, zone = get_list(connection, list_name), site.settings.site.time_zone
        found, pauses = members(connection, mail_list), pauses_of(connection, mail_list.id)
    paused = {number: each.until for number, each in pauses.items() if each.until > site.now()}
    rows = [
        {
            "address": each.address,
            "name": each.name,
            "roles": tuple(role.value for role in each.roles),
            "delivery": pauses.get(each.id, each).delivery.value,
            "digest": pauses.get(each.id, each).digest.value,
            "paused": paused.get(each.id),
            "until": last_day(each.until, zone) if each.until and not as_json else each.until,
            "posts": each.posts,
            "stopped": each.stopped,
        }
        for each in found
    ]
    show(rows, as_json, "The list has no members yet.", zone)


@member.command("import")
@click.argument("names", nargs=-1, required=True, metavar="[LIST] FILE.csv")
@click.option("--network", "network_name", metavar="N", help="The file names the group of each row in a column group.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, change nothing.")
@welcome_option
@click.pass_obj
def import_members(
    config: Path | None, names: tuple[str, ...], network_name: str | None, dry_run: bool, welcome: bool
) -> None:
    """Make every row of FILE.csv an active member of LIST. All rows or, with a fault, none.

    With --network the people of the file leave those of its groups they stand in no row of, so that a year's sheet
    moves everybody; a row with an empty group only takes its person out. Nobody is mailed but with --welcome, and
    then each person gets one mail.
    """
    from listserv.app.site import open_site
    from listserv.cli.members_file import import_rows, read_members
    from listserv.cli.sheet import summary

    if len(names) != (1 if network_name else 2):
        raise click.UsageError("Write: member import LIST FILE.csv, or member import --network N FILE.csv")
    list_name = None if network_name else names[0]
    rows = read_members(Path(names[-1]), with_group=network_name is not None)
    with open_site(config) as site:
        done = import_rows(site, rows, list_name, network_name, dry_run=dry_run, tell=welcome)
    if network_name:
        click.echo(summary(list(done.people.values()), dry_run=dry_run))
        return
    would = "would be added" if dry_run else "added"
    click.echo(f"{done.added} {would}, {done.present} were members already.")


@member.command("export")
@click.argument("list_name", metavar="LIST")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export_members(config: Path | None, list_name: str, file: Path | None) -> None:
    """Write the members of LIST as CSV to FILE, else to the terminal."""
    from listserv.app.site import open_site
    from listserv.cli.members_file import write_members
    from listserv.cli.whole_file import whole_file
    from listserv.store.lists import get_list
    from listserv.store.pauses import pauses_of
    from listserv.store.people import members

    with open_site(config) as site, site.database.read() as connection:
        mail_list = get_list(connection, list_name)
        found, paused = members(connection, mail_list), pauses_of(connection, mail_list.id)
    text = write_members(found, paused, site.settings.site.time_zone)
    if file is None:
        click.echo(text, nl=False)
        return
    with whole_file(file) as stream:
        stream.write(text.encode())
    click.echo(f"{len(found)} members written to {file}.")


@member.command("rename-domain")
@click.argument("old")
@click.argument("new")
@click.pass_obj
def rename_domain(config: Path | None, old: str, new: str) -> None:
    """A school's domain is NEW now: everybody's mail to OLD goes to the same names there, in every group."""
    from listserv.app.site import open_site
    from listserv.cli.naming import list_domain
    from listserv.store.addresses import rename_domain as rename

    old, new = list_domain(old), list_domain(new)
    with open_site(config) as site, site.database.begin() as connection:
        done = rename(connection, old, new, site.now())
    for address, taken in done.taken:
        click.echo(f"{address} stays: {taken} is somebody else's; if it is hers: listserv person merge", err=True)
    count = len(done.moved)
    told = "1 address" if count == 1 else f"{count} addresses"
    click.echo(f"{told} of {old} moved to {new}; posts from {old} still count as theirs.")
