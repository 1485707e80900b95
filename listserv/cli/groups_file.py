"""groups.toml: networks, their groups and settings in one file, made or changed to be as it says.

[networks.NAME]            title = "..."  domain = "..."
[groups.LOCAL-PART]        network = "NAME"  title = "..."  description = "..."  and any setting of a list
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from listserv.cli.naming import list_address, list_domain, one_line, setting_fault
from listserv.errors import Refused
from listserv.model.lists import ListSettings, MailList, Network
from listserv.store.engine import Connection
from listserv.store.lists import (
    all_lists,
    all_networks,
    change_list,
    create_list,
    create_network,
    find_list,
    get_network,
    update_network,
)

SECTIONS = ("networks", "groups")


class NetworkEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str = ""
    domain: str = ""


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """One group: where it belongs, what people call it, its settings."""

    name: str
    network: str
    title: str
    description: str
    settings: ListSettings


@dataclass(frozen=True, slots=True)
class Groups:
    networks: dict[str, NetworkEntry]
    groups: tuple[GroupEntry, ...]


@dataclass(slots=True)
class Loaded:
    """How many networks and groups were made, changed, or as the file says already."""

    made: int = 0
    changed: int = 0
    same: int = 0


def read_groups(file: Path, language: str = "en") -> Groups:
    """The file, checked as a whole; a group that names no language has this one. Raises Refused with every fault, a
    line each.
    """
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"{file}: {error}") from None
    wrong = [name for name in SECTIONS if not isinstance(document.get(name, {}), dict)]
    faults = [f"{name}: write [{name}.NAME] and what belongs to it below" for name in wrong]
    if faults:
        raise Refused("\n".join(f"{file}: {fault}" for fault in faults))
    faults = [f"there is no section {name!r}; there are networks and groups" for name in document]
    faults = [fault for fault, name in zip(faults, document, strict=True) if name not in SECTIONS]
    networks: dict[str, NetworkEntry] = {}
    for name, entry in document.get("networks", {}).items():
        try:
            networks[name] = NetworkEntry.model_validate(entry)
            if networks[name].domain:
                list_domain(networks[name].domain)
        except Refused as error:
            faults.append(f"networks.{name}: {error.public}")
        except ValidationError as error:
            faults += [f"networks.{name}: {setting_fault(fault)}" for fault in error.errors()]
    entries = document.get("groups", {}).items()
    groups = [_group(name, _spoken(entry, language), networks, faults) for name, entry in entries]
    if faults:
        raise Refused("\n".join(f"{file}: {fault}" for fault in faults))
    return Groups(networks, tuple(group for group in groups if group is not None))


def _spoken(entry: Any, language: str) -> Any:
    return {"language": language} | entry if isinstance(entry, dict) else entry


def _group(name: str, entry: Any, networks: dict[str, NetworkEntry], faults: list[str]) -> GroupEntry | None:
    if not isinstance(entry, dict):
        faults.append(f"groups.{name}: write [groups.{name}] and its settings below")
        return None
    rest = dict(entry)
    home = str(rest.pop("network", ""))
    title, description = str(rest.pop("title", name)), str(rest.pop("description", ""))
    if home not in networks:
        faults.append(f"groups.{name}: network = {home!r} is none of {', '.join(networks) or 'the file'}")
    try:
        list_address(name, "example.org")
        title = one_line("title", title)
        return GroupEntry(name, home, title, description, ListSettings.model_validate(rest))
    except ValidationError as error:
        faults += [f"groups.{name}: {setting_fault(fault)}" for fault in error.errors()]
    except Refused as error:
        faults.append(f"groups.{name}: {error.public}")
    return None


def apply_groups(connection: Connection, document: Groups, default_domain: str, now: datetime) -> Loaded:
    """Networks and groups are as the document says; others, and members, stay untouched."""
    done = Loaded()
    homes = {
        name: _apply_network(connection, name, entry, default_domain, now, done)
        for name, entry in document.networks.items()
    }
    for group in document.groups:
        _apply_group(connection, group, homes[group.network], now, done)
    return done


def _apply_network(
    connection: Connection, name: str, entry: NetworkEntry, default_domain: str, now: datetime, done: Loaded
) -> Network:
    title, domain = entry.title or name, entry.domain or default_domain
    if name not in {network.name for network in all_networks(connection)}:
        done.made += 1
        return create_network(connection, name, title, domain, now)
    present = get_network(connection, name)
    if (present.title, present.domain) == (title, domain):
        done.same += 1
        return present
    done.changed += 1
    return update_network(connection, present, title, domain)


def _present(connection: Connection, name: str, home: Network) -> MailList | None:
    """The group if it is there. One that was made while its network had another domain keeps its address."""
    here = [each for each in all_lists(connection) if each.network_id == home.id and each.name == name]
    return find_list(connection, name, home.domain) or next(iter(here), None)


def _apply_group(connection: Connection, group: GroupEntry, home: Network, now: datetime, done: Loaded) -> None:
    present = _present(connection, group.name, home)
    if present is None:
        create_list(connection, home.id, group.name, home.domain, group.title, group.settings, now, group.description)
        done.made += 1
    elif (present.title, present.description, present.settings) == (group.title, group.description, group.settings):
        done.same += 1
    else:
        texts = {"title": group.title, "description": group.description}
        change_list(connection, present, texts | group.settings.model_dump(mode="json"))
        done.changed += 1
