"""Names and values as people type them on the command line, checked with a sentence that says what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from listserv.app.site import Site
from listserv.errors import Refused
from listserv.mail.address import address_key, valid_address, valid_domain
from listserv.mail.listaddress import valid_list_name
from listserv.model.hours import read_hours
from listserv.model.lists import ListSettings, MailList, Role
from listserv.store.engine import Connection

LONGEST_NAME = 200


def list_address(text: str, default_domain: str) -> tuple[str, str]:
    """(name, domain) of a new list. Raises Refused for a name no list may have."""
    name, _, domain = text.strip().lower().partition("@")
    if not valid_list_name(name):
        raise Refused(
            f"{name!r} cannot be a list's name: up to 24 of a-z, 0-9 and -, beginning with a letter or digit and"
            " not ending in a function such as -owner, -join or -bounces."
        )
    return name, list_domain(domain or default_domain)


def list_domain(text: str) -> str:
    """The domain of lists, lower case. Raises Refused if it is none."""
    domain = text.strip().lower()
    if not valid_domain(domain):
        raise Refused(f"{text!r} is no domain name; write one such as lists.example.nz.")
    return domain


def one_line(what: str, text: str) -> str:
    """A name or title people are shown: one line, no control characters. Raises Refused."""
    line = text.strip()
    if not line or len(line) > LONGEST_NAME or not line.isprintable():
        raise Refused(f"{what}: write one line of 1 to {LONGEST_NAME} characters.")
    return line


def person_address(text: str) -> tuple[str, str]:
    """(address, key) of a person. Raises Refused if it is no address."""
    address = text.strip()
    if not valid_address(address):
        raise Refused(f"{address!r} is no e-mail address.")
    return address, address_key(address)


def newcomer_address(site: Site, connection: Connection, text: str) -> tuple[str, str]:
    """As `person_address`, of somebody who is to come in: an address of our own lists is nobody's. Raises Refused."""
    from listserv.inbound.desk import is_a_lists

    address, key = person_address(text)
    if is_a_lists(connection, site.settings, key):
        raise Refused(
            f"{address} is an address of the lists here and no person's. A list for everybody of a network is made"
            " with: listserv list set LIST whole_network=true."
        )
    return address, key


def person_roles(words: tuple[str, ...]) -> frozenset[Role]:
    """The roles named, each word one or several separated by spaces. Raises Refused for an unknown one."""
    names = [name for word in words for name in word.replace(",", " ").split()]
    allowed = [role.value for role in Role if role is not Role.ADMINISTRATOR]
    for name in names:
        if name not in allowed:
            raise Refused(f"{name!r} is no role; allowed are {', '.join(allowed)}.")
    return frozenset(Role(name) for name in names)


def end_of(day: str, time_zone: str) -> datetime:
    """The end of that day in the zone: a guest until 30 June is one all through 30 June. Raises Refused."""
    try:
        last = date.fromisoformat(day)
        return datetime.combine(last + timedelta(days=1), time(), ZoneInfo(time_zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(f"{day!r} is no date; write 2026-12-18.") from None


def day_hours(text: str) -> str:
    """Hours of the day, "" for none. Raises Refused."""
    if text and read_hours(text) is None:
        raise Refused(f'{text!r} are no hours; write two different times of day such as 07:00-19:00, or "" for none.')
    return text


def last_day(until: datetime, time_zone: str) -> date:
    """The inverse of `end_of`."""
    return (until.astimezone(ZoneInfo(time_zone)) - timedelta(microseconds=1)).date()


def changed_settings(connection: Connection, mail_list: MailList, changes: Mapping[str, Any]) -> MailList:
    """The list with these settings. Raises Refused with every fault, each saying what is allowed."""
    from listserv.store.lists import change_list

    if "title" in changes:
        changes = {**changes, "title": one_line("title", changes["title"])}
    try:
        return change_list(connection, mail_list, changes)
    except ValidationError as error:
        raise Refused("\n".join(setting_fault(fault) for fault in error.errors())) from None


def setting_fault(fault: Any) -> str:
    """One fault of a list's settings as a sentence."""
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = ", ".join(["title", "description", *ListSettings.model_fields])
        return f"There is no setting {key!r}; there are {known}."
    about = ListSettings.model_fields[key].description if key in ListSettings.model_fields else ""
    return f"{key} = {fault.get('input')!r}: {fault['msg']} ({about})."
