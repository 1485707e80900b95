"""Networks and lists: made, found, changed. Every change of settings or members raises the list's `version`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from listserv.errors import NotFound, Refused
from listserv.mail.listaddress import split_local
from listserv.model.lists import ListSettings, MailList, Network
from listserv.store.hot import Hot
from listserv.store.schema import bans, lists, networks

_LIST = (
    lists.c.id,
    lists.c.network_id,
    lists.c.name,
    lists.c.domain,
    lists.c.title,
    lists.c.description,
    lists.c.settings,
    lists.c.version,
    lists.c.archived_at,
)

_BY_ID = Hot(select(*_LIST).where(lists.c.id == bindparam("wanted_id")))
_BY_ADDRESS = Hot(
    select(*_LIST).where(lists.c.name == bindparam("wanted_name"), lists.c.domain == bindparam("wanted_domain"))
)
BAN = select(bans.c.id).where(
    bans.c.address_key == bindparam("wanted_key"),
    (bans.c.list_id == bindparam("in_list")) | (bans.c.network_id == bindparam("in_network")),
    bans.c.until.is_(None) | (bans.c.until > bindparam("now")),
)
_BANNED = Hot(BAN.limit(1))
_NAMESAKES = Hot(select(*_LIST).where(lists.c.name == bindparam("wanted_name")).order_by(lists.c.id))
_DOMAINS = Hot(select(lists.c.domain).distinct())
_TOUCH = Hot(update(lists).where(lists.c.id == bindparam("wanted_id")).values(version=lists.c.version + 1))


def create_network(connection: Connection, name: str, title: str, domain: str, now: datetime) -> Network:
    """A new network. Raises Refused if the name is taken."""
    if _network_row(connection, name) is not None:
        raise Refused(f"There is a network {name!r} already.")
    row = insert(networks).values(name=name, title=title, domain=domain, created_at=now).returning(networks.c.id)
    return Network(connection.execute(row).scalar_one(), name, title, domain)


def update_network(connection: Connection, network: Network, title: str, domain: str) -> Network:
    """The network with another title and domain for lists made from now on."""
    connection.execute(update(networks).where(networks.c.id == network.id).values(title=title, domain=domain))
    return Network(network.id, network.name, title, domain)


def get_network(connection: Connection, name: str) -> Network:
    """The network of that name. Raises NotFound."""
    row = _network_row(connection, name)
    if row is None:
        raise NotFound(f"There is no network {name!r}; `listserv network list` shows them all.")
    return Network(row.id, row.name, row.title, row.domain)


def network_title(connection: Connection, network_id: int) -> str:
    """What people call the network."""
    return str(connection.execute(select(networks.c.title).where(networks.c.id == network_id)).scalar_one())


def ensure_network(connection: Connection, domain: str, now: datetime) -> Network:
    """The network for a list nobody gave one: the one whose domain it has, made under that name if there is none."""
    row = connection.execute(
        select(networks).where(networks.c.domain == domain).order_by(networks.c.id).limit(1)
    ).one_or_none()
    if row is None:
        return create_network(connection, domain, domain, domain, now)
    return Network(row.id, row.name, row.title, row.domain)


def all_networks(connection: Connection) -> list[Network]:
    rows = connection.execute(select(networks).order_by(networks.c.name))
    return [Network(row.id, row.name, row.title, row.domain) for row in rows]


def _network_row(connection: Connection, name: str) -> Any | None:
    return connection.execute(select(networks).where(networks.c.name == name)).one_or_none()


def create_list(
    connection: Connection,
    network_id: int,
    name: str,
    domain: str,
    title: str,
    settings: ListSettings,
    now: datetime,
    description: str = "",
) -> MailList:
    """A new, empty list. Raises Refused if its address is taken."""
    if find_list(connection, name, domain) is not None:
        raise Refused(f"There is a list {name}@{domain} already.")
    statement = (
        insert(lists)
        .values(
            network_id=network_id,
            name=name,
            domain=domain,
            title=title,
            description=description,
            settings=settings.model_dump_json(exclude_defaults=True),
            created_at=now,
        )
        .returning(*_LIST)
    )
    return _list(connection, connection.execute(statement).one())


def find_list(connection: Connection, name: str, domain: str) -> MailList | None:
    """The list with that local part and domain, or None."""
    row = _BY_ADDRESS.first(connection, {"wanted_name": name, "wanted_domain": domain})
    return None if row is None else _list(connection, row)


def list_behind(connection: Connection, address_key: str, box_of: Callable[[str], str | None]) -> MailList | None:
    """The list that mail to this address reaches, its post's, a function's or one with a token; None of a person's.

    `box_of` (`Settings.box`) tells what stands before the + in the addresses of a domain, None where nothing does.
    """
    local, _, domain = address_key.rpartition("@")
    for named in dict.fromkeys((split_local(local, box_of(domain)), split_local(local))):
        found = find_list(connection, named.name, domain) if named is not None else None
        if found is not None:
            return found
    return None


def get_list(connection: Connection, address: str) -> MailList:
    """The list named by its address or by a local part that is unique. Raises NotFound."""
    name, _, domain = address.strip().lower().partition("@")
    condition = lists.c.name == name
    if domain:
        condition &= lists.c.domain == domain
    rows = connection.execute(select(*_LIST).where(condition)).all()
    if not rows:
        raise NotFound(f"There is no list {address!r}; `listserv list all` shows them all.")
    if len(rows) > 1:
        choices = ", ".join(f"{row.name}@{row.domain}" for row in rows)
        raise NotFound(f"{address!r} is not unique; say which: {choices}.")
    return _list(connection, rows[0])


def list_by_id(connection: Connection, list_id: int) -> MailList:
    """The list of that id, which is there: lists are archived, never deleted."""
    row = _BY_ID.first(connection, {"wanted_id": list_id})
    if row is None:
        raise NotFound(f"There is no list {list_id}.")
    return _list(connection, row)


def all_lists(connection: Connection) -> list[MailList]:
    rows = connection.execute(select(*_LIST).order_by(lists.c.domain, lists.c.name))
    return [_list(connection, row) for row in rows]


def lists_named(connection: Connection, name: str) -> list[MailList]:
    """The lists with this local part, in lower case, whatever their domain: the oldest first."""
    return [_list(connection, row) for row in _NAMESAKES.rows(connection, {"wanted_name": name})]


def lists_of_network(connection: Connection, network_id: int) -> list[MailList]:
    """The network's lists, by title."""
    statement = select(*_LIST).where(lists.c.network_id == network_id).order_by(lists.c.title, lists.c.id)
    rows = connection.execute(statement)
    return [_list(connection, row) for row in rows]


def network_wide_lists(connection: Connection) -> list[int]:
    """Ids of the open lists that everybody of their network is to be in."""
    said = lists.c.settings.contains('"whole_network":true')
    return list(connection.execute(select(lists.c.id).where(said, lists.c.archived_at.is_(None))).scalars())


def domains_in_use(connection: Connection) -> frozenset[str]:
    """Every domain that has a list."""
    return frozenset(row.domain for row in _DOMAINS.rows(connection, {}))


def change_list(connection: Connection, mail_list: MailList, changes: Mapping[str, Any]) -> MailList:
    """The list with these settings changed (`title` and `description` too), validated as a whole.

    Raises pydantic.ValidationError for an unknown key or a value that is not allowed; nothing is written then.
    """
    columns = {key: changes[key] for key in ("title", "description") if key in changes}
    wanted = {key: value for key, value in changes.items() if key not in columns}
    merged = mail_list.settings.model_dump(mode="json", exclude_defaults=True) | wanted
    settings = ListSettings.model_validate(merged)
    statement = (
        update(lists)
        .where(lists.c.id == mail_list.id)
        .values(settings=settings.model_dump_json(exclude_defaults=True), version=lists.c.version + 1, **columns)
        .returning(*_LIST)
    )
    return _list(connection, connection.execute(statement).one())


def archive_list(connection: Connection, mail_list: MailList, now: datetime) -> None:
    """From now on the list takes no posts; its archive stays."""
    connection.execute(
        update(lists).where(lists.c.id == mail_list.id).values(archived_at=now, version=lists.c.version + 1)
    )


def touch_list(connection: Connection, list_id: int) -> None:
    """Says that the list's members have changed: every cache of them is stale."""
    _TOUCH.run(connection, {"wanted_id": list_id})


def is_banned(connection: Connection, mail_list: MailList, address_key: str, now: datetime) -> bool:
    """True if the address may not write to the list or to any list of its network."""
    wanted = {"wanted_key": address_key, "in_list": mail_list.id, "in_network": mail_list.network_id, "now": now}
    return _BANNED.first(connection, wanted) is not None


def ban(
    connection: Connection,
    mail_list: MailList,
    address_key: str,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """The address may not post to the list any more, until a time or for good."""
    connection.execute(insert(bans).values(list_id=mail_list.id, address_key=address_key, until=until, created_at=now))


def unban(connection: Connection, mail_list: MailList, address_key: str) -> bool:
    """The address may write to the list again; False if it might all along. A ban from the whole network stays."""
    here = (bans.c.list_id == mail_list.id) & (bans.c.address_key == address_key)
    return connection.execute(delete(bans).where(here)).rowcount > 0


def _list(connection: Connection, row: Any) -> MailList:
    """The value of a row; parsed settings are kept with the connection, by their text."""
    cache: dict[str, ListSettings] = connection.info.setdefault("list_settings", {})
    settings = cache.get(row.settings)
    if settings is None:
        settings = cache[row.settings] = ListSettings.model_validate(json.loads(row.settings))
    return MailList(
        row.id,
        row.network_id,
        row.name,
        row.domain,
        row.title,
        row.description,
        settings,
        row.version,
        row.archived_at,
    )
