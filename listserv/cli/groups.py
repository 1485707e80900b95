"""network, list, load: the groups there are and their settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from listserv.cli.output import json_option, show, show_one
from listserv.errors import Refused
from listserv.model.lists import Role

_ROLE = click.Choice([Role.ADMINISTRATOR.value, Role.FACILITATOR.value])


@click.group()
def network() -> None:
    """Networks: a cluster, provider or community that holds groups."""


@network.command("create")
@click.argument("name")
@click.option("--title", help="What people call it; else the name.")
@click.option("--domain", help="The domain of its lists; else the site's.")
@click.pass_obj
def create_network(config: Path | None, name: str, title: str | None, domain: str | None) -> None:
    """Make the network NAME."""
    from listserv.app.site import open_site
    from listserv.cli.naming import list_domain, one_line
    from listserv.store.lists import create_network as create

    name = one_line("A network's name", name)
    title = one_line("--title", title) if title else name
    with open_site(config) as site, site.database.begin() as connection:
        made = create(connection, name, title, list_domain(domain or site.settings.site.domain), site.now())
    click.echo(f"Network {made.name} made.")


@network.command("show")
@click.argument("name")
@json_option
@click.pass_obj
def show_network(config: Path | None, name: str, as_json: bool) -> None:
    """The network NAME and its lists."""
    from listserv.app.site import open_site
    from listserv.store.lists import all_lists, get_network
    from listserv.store.owners import roles_in_network

    with open_site(config) as site, site.database.read() as connection:
        found = get_network(connection, name)
        held = [each for each in all_lists(connection) if each.network_id == found.id]
        people = tuple(f"{address} ({role.value})" for address, role in roles_in_network(connection, found.id))
    addresses = tuple(each.address for each in held)
    siblings = tuple(each.address for each in held if each.settings.siblings)
    told = {"name": found.name, "title": found.title, "domain": found.domain, "lists": addresses, "siblings": siblings}
    show_one({**told, "people": people}, as_json)


@network.command("add")
@click.argument("name")
@click.argument("address")
@click.option("--role", type=_ROLE, default="administrator", show_default=True, help="What she is in all its groups.")
@click.option("--name", "called", default="", help="Her name, where it is not known yet.")
@click.pass_obj
def add_person(config: Path | None, name: str, address: str, role: str, called: str) -> None:
    """ADDRESS administers or facilitates every group of the network NAME. Nobody is mailed."""
    from listserv.app.site import open_site
    from listserv.cli.naming import newcomer_address, one_line
    from listserv.store.lists import get_network
    from listserv.store.owners import grant_in_network
    from listserv.store.people import ensure_person

    called = one_line("--name", called) if called else ""
    with open_site(config) as site, site.database.begin() as connection:
        found = get_network(connection, name)
        person_id, _ = ensure_person(connection, *newcomer_address(site, connection, address), called, site.now())
        if not grant_in_network(connection, found.id, person_id, Role(role)):
            raise Refused(f"{address} is {role} of {found.name} already.")
    click.echo(f"{address} is {role} of {found.name}.")


@network.command("remove")
@click.argument("name")
@click.argument("address")
@click.option("--role", type=_ROLE, default="administrator", show_default=True, help="What she is no more.")
@click.pass_obj
def remove_person(config: Path | None, name: str, address: str, role: str) -> None:
    """ADDRESS has that role in the network NAME no more; what she is in single groups stays."""
    from listserv.app.site import open_site
    from listserv.cli.naming import person_address
    from listserv.store.lists import get_network
    from listserv.store.owners import revoke_in_network
    from listserv.store.person_record import known_person

    with open_site(config) as site, site.database.begin() as connection:
        found = get_network(connection, name)
        person_id = known_person(connection, *person_address(address))
        if not revoke_in_network(connection, found.id, person_id, Role(role)):
            raise Refused(f"{address} is no {role} of {found.name}.")
    click.echo(f"{address} is no {role} of {found.name} any more.")


@network.command("list")
@json_option
@click.pass_obj
def list_networks(config: Path | None, as_json: bool) -> None:
    """All networks."""
    from listserv.app.site import open_site
    from listserv.store.lists import all_networks

    with open_site(config) as site, site.database.read() as connection:
        rows = [{"name": each.name, "title": each.title, "domain": each.domain} for each in all_networks(connection)]
    show(rows, as_json, "There are no networks yet.")


@click.group("list")
def list_() -> None:
    """Lists: make, show, change, close."""


@list_.command("create")
@click.argument("address")
@click.option("--title", help="What people call the group; else the name.")
@click.option(
    "--style",
    type=click.Choice(["discussion", "moderated", "announce", "closed"]),
    default="discussion",
    help="Whose posts go straight out: everybody's, after a moderator, the editors', nobody's; else discussion.",
)
@click.option("--network", "network_name", metavar="N", help="The network it belongs to.")
@click.pass_obj
def create_list(config: Path | None, address: str, title: str | None, style: str, network_name: str | None) -> None:
    """Make the list ADDRESS (a bare name gets the site's domain)."""
    from listserv.app.site import open_site
    from listserv.cli.naming import list_address, one_line
    from listserv.mail.listaddress import ListAddresses, Purpose
    from listserv.model.lists import ListSettings, Style
    from listserv.store.lists import create_list as create
    from listserv.store.lists import ensure_network, get_network

    with open_site(config) as site, site.database.begin() as connection:
        name, domain = list_address(address, site.settings.site.domain)
        home = get_network(connection, network_name) if network_name else ensure_network(connection, domain, site.now())
        settings = ListSettings(style=Style(style), language=site.settings.site.locale)
        shown = one_line("--title", title) if title else name
        made = create(connection, home.id, name, domain, shown, settings, site.now())
        box = site.settings.box(domain)
    people_write_to = f" People write to {ListAddresses(name, domain, box).of(Purpose.POST)}." if box else ""
    click.echo(f"List {made.address} made.{people_write_to}")


@list_.command("show")
@click.argument("address")
@json_option
@click.pass_obj
def show_list(config: Path | None, address: str, as_json: bool) -> None:
    """The list ADDRESS with every setting."""
    from listserv.app.site import open_site
    from listserv.store.archive import post_count
    from listserv.store.lists import get_list
    from listserv.store.people import members

    with open_site(config) as site, site.database.read() as connection:
        found = get_list(connection, address)
        value: dict[str, Any] = {
            "address": found.address,
            "title": found.title,
            "description": found.description,
            "members": len(members(connection, found)),
            "posts": post_count(connection, found.id),
            "archived": found.archived_at,
        }
    show_one(value | found.settings.model_dump(mode="json"), as_json, site.settings.site.time_zone)


@list_.command("set")
@click.argument("address")
@click.argument("changes", nargs=-1, required=True, metavar="KEY=VALUE...")
@click.pass_obj
def set_list(config: Path | None, address: str, changes: tuple[str, ...]) -> None:
    """Change settings of the list ADDRESS; docs/settings.md says what each does."""
    from listserv.app.site import open_site
    from listserv.cli.naming import changed_settings
    from listserv.store.lists import get_list

    with open_site(config) as site, site.database.begin() as connection:
        found = get_list(connection, address)
        changed_settings(connection, found, dict(_split(change) for change in changes))
    click.echo(f"{found.address}: {', '.join(changes)}.")


@list_.command("archive")
@click.argument("address")
@click.pass_obj
def archive_list(config: Path | None, address: str) -> None:
    """Close the list ADDRESS: it takes no more posts, its archive stays."""
    from listserv.app.site import open_site
    from listserv.store.lists import archive_list as archive
    from listserv.store.lists import get_list

    with open_site(config) as site, site.database.begin() as connection:
        found = get_list(connection, address)
        archive(connection, found, site.now())
    click.echo(f"{found.address} takes no more posts; its archive stays.")


@list_.command("all")
@json_option
@click.pass_obj
def list_lists(config: Path | None, as_json: bool) -> None:
    """All lists."""
    from listserv.app.site import open_site
    from listserv.store.lists import all_lists, all_networks

    with open_site(config) as site, site.database.read() as connection:
        networks = {each.id: each.name for each in all_networks(connection)}
        rows = [
            {
                "address": each.address,
                "title": each.title,
                "style": each.settings.style.value,
                "network": networks[each.network_id],
            }
            for each in all_lists(connection)
        ]
    show(rows, as_json, "There are no lists yet; make one with: listserv list create NAME")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def load(config: Path | None, file: Path) -> None:
    """Make or change networks, groups and settings as FILE (TOML, docs/settings.md) says; safe to repeat."""
    from listserv.app.site import open_site
    from listserv.cli.groups_file import apply_groups, read_groups

    with open_site(config) as site, site.database.begin() as connection:
        document = read_groups(file, site.settings.site.locale)
        done = apply_groups(connection, document, site.settings.site.domain, site.now())
    click.echo(f"{done.made} made, {done.changed} changed, {done.same} as they were.")


def _split(change: str) -> tuple[str, str]:
    key, equals, value = change.partition("=")
    if not equals:
        raise Refused(f"{change!r}: write KEY=VALUE, for example nonmember=hold.")
    return key.strip(), value.strip()
