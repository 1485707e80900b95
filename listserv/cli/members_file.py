"""Members as CSV: `address` is needed; name, role, delivery, digest, until, school, level may follow in any order."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from listserv.app.site import Site
from listserv.cli.naming import end_of, last_day, newcomer_address, one_line, person_address, person_roles
from listserv.cli.sheet import Changes, places_before, take_out
from listserv.cli.welcoming import tell_of_groups
from listserv.errors import ListservError, Refused
from listserv.mail.address import address_key, valid_address
from listserv.model.lists import Delivery, DigestPeriod, MailList, Role, Subscription
from listserv.store.engine import Connection
from listserv.store.lists import all_lists, domains_in_use, get_list, get_network
from listserv.store.newcomers import Newcomer, NewPlace, add_newcomers, strangers
from listserv.store.pauses import Pause, pause, pause_of
from listserv.store.people import add_member, get_member
from listserv.store.settling import note_consent

COLUMNS = ("address", "name", "role", "delivery", "digest", "until", "school", "level")
ADDED_BY = ("file", "put in by a file")  # as it is kept with their consent: how, and by which words
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, still as text."""

    line: int
    values: dict[str, str]


@dataclass(slots=True)
class Done:
    """Who was added and who was there already; `people` is what a network's sheet means for each, by her key."""

    added: int = 0
    present: int = 0
    people: dict[str, Changes] = field(default_factory=dict)


class _DryRun(Exception):
    """Undoes the transaction of a dry run."""


def read_members(file: Path, *, with_group: bool) -> list[Row]:
    """The rows of the file. Raises Refused for a missing `address` column or one that is not known."""
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Refused(f"{file} is no UTF-8 text; Excel writes it as “CSV UTF-8 (Comma delimited)”.") from None
    reader = csv.DictReader(io.StringIO(text), delimiter=";" if _semicolons(text) else ",", strict=True)
    allowed = (*COLUMNS, "group") if with_group else COLUMNS
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        needed = ("address", "group") if with_group else ("address",)
        for name in names:
            if name not in allowed:
                raise Refused(f"{file}: there is no column {name!r}; there are {', '.join(allowed)}.")
            if names.count(name) > 1:
                raise Refused(f"{file}: the column {name!r} stands there twice.")
        for name in needed:
            if name not in names:
                raise Refused(f"{file}: the column {name!r} is missing.")
        reader.fieldnames = names
        return [Row(reader.line_num, _cells(values, file, reader.line_num)) for values in reader]
    except csv.Error as error:
        raise Refused(f"{file}: line {reader.line_num}: {error}.") from None


def import_rows(
    site: Site, rows: Sequence[Row], list_name: str | None, network_name: str | None, *, dry_run: bool, tell: bool
) -> Done:
    """Every row is a member afterwards, or, with any fault, none is changed: Refused then names each fault.

    `tell`: everybody whose groups changed gets one mail about it.
    """
    done = Done()
    faults: list[str] = []
    try:
        with site.database.begin() as connection:
            lists = _lists(connection, list_name, network_name)
            unknown = strangers(connection, _keys(rows))
            sheet = Sheet(connection, site, lists, done, _named(rows, lists), unknown, domains_in_use(connection))
            for row in rows:
                try:
                    sheet.read(row)
                except ListservError as error:
                    faults.append(f"line {row.line}: {error.public}")
            if faults:
                raise Refused("\n".join(["Nothing was changed.", *faults]))
            sheet.finish(tell=tell, moves=network_name is not None)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return done


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file on its way into the database, in one transaction; `named` are the lists it speaks of.

    `unknown`: the addresses nobody holds; `homes`: the domains of lists. Who stands at one of the unknown waits among
    `new`, to be added with the others.
    """

    connection: Connection
    site: Site
    lists: dict[str, MailList]
    done: Done
    named: Sequence[MailList]
    unknown: set[str]
    homes: frozenset[str]
    new: dict[str, Newcomer] = field(default_factory=dict)

    def read(self, row: Row) -> None:
        """The row's person is a member of its group. Raises Refused."""
        address, key = person_address(row.values["address"])
        changes = self.done.people.get(key)
        if changes is None:
            known = key not in self.unknown
            if not known and key.rpartition("@")[2] in self.homes:
                newcomer_address(self.site, self.connection, address)
            before = places_before(self.connection, self.named, key, self.site.now()) if known else {}
            changes = self.done.people[key] = Changes(address, before)
        group = row.values.get("group", "").lower()
        if group == "" and "" not in self.lists:
            return
        mail_list = self.lists.get(group)
        if mail_list is None:
            raise Refused(f"there is no group {row.values.get('group')!r} in the network.")
        changes.stands_in.add(mail_list.id)
        if self._add(row, mail_list, changes):
            changes.joined.append(mail_list)
            self.done.added += 1
        else:
            self.done.present += 1

    def _add(self, row: Row, mail_list: MailList, changes: Changes) -> bool:
        """True if she was no member yet."""
        values = row.values
        settings = _named_settings(values, self.site.settings.site.time_zone)
        name = one_line("name", values["name"]) if values.get("name") else ""
        granted = person_roles((values["role"],)) if "role" in values else None
        address, key = person_address(values["address"])
        if key in self.unknown:
            newcomer = self.new.setdefault(key, Newcomer(address, key))
            if all(place.mail_list.id != mail_list.id for place in newcomer.places):
                newcomer.name = newcomer.name or name
                newcomer.places.append(NewPlace(mail_list, settings, granted or frozenset()))
                return True
            self._add_new()
        earlier = changes.moving_from
        moves = earlier is not None and mail_list.id not in changes.before
        paused = pause_of(self.connection, earlier.id) if earlier is not None and moves else None
        if earlier is not None and moves:
            reads = paused or earlier
            kept = {"delivery": reads.delivery, "digest": reads.digest, "own_copy": earlier.own_copy}
            settings = {**kept, "school": earlier.school, **settings}
        now = self.site.now()
        new = add_member(self.connection, mail_list, address, key, now, name=name, granted=granted, **settings)
        if new:
            place = self._place(mail_list, changes.address)
            note_consent(self.connection, place.person_id, mail_list.id, "added", *ADDED_BY, now)
            if paused is not None:
                pause(self.connection, place.id, paused.until, now)
        return new

    def _add_new(self) -> None:
        """Those who waited are members, and strangers no more."""
        add_newcomers(self.connection, list(self.new.values()), *ADDED_BY, self.site.now())
        self.unknown.difference_update(self.new)
        self.new.clear()

    def finish(self, *, tell: bool, moves: bool) -> None:
        """Those who moved are out of their old groups, and everybody is told once, if wished."""
        self._add_new()
        for changes in self.done.people.values():
            if moves:
                take_out(self.connection, self.named, changes, self.site.now())
            if tell and (changes.joined or changes.left):
                here = changes.joined or [each for each in self.named if each.id in changes.stands_in]
                place = self._place(here[0], changes.address) if here else changes.before[changes.left[0].id]
                tell_of_groups(self.site, self.connection, place, changes.joined, changes.left)

    def _place(self, mail_list: MailList, address: str) -> Subscription:
        return get_member(self.connection, mail_list, *person_address(address))


def _keys(rows: Sequence[Row]) -> list[str]:
    """The addresses of the file; what is none is told of when its row is read."""
    return [address_key(row.values["address"]) for row in rows if valid_address(row.values["address"])]


def _named(rows: Sequence[Row], lists: dict[str, MailList]) -> list[MailList]:
    """The lists the file speaks of, each once."""
    groups = dict.fromkeys(row.values.get("group", "").lower() for row in rows)
    return [lists[group] for group in groups if group in lists]


def write_members(found: Sequence[Subscription], paused: Mapping[int, Pause], time_zone: str) -> str:
    """The members as CSV that `read_members` reads back; a cell that a spreadsheet would run gets a quote in front.

    Of one who pauses it is told how she reads otherwise.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in found:
        extra = " ".join(sorted(role.value for role in each.roles if role is not Role.MEMBER))
        until = last_day(each.until, time_zone).isoformat() if each.until else ""
        reads = paused.get(each.id, each)
        cells = (each.address, each.name, extra, reads.delivery, reads.digest, until, each.school, each.level)
        writer.writerow([_harmless(str(cell)) for cell in cells])
    return out.getvalue()


def _lists(connection: Connection, list_name: str | None, network_name: str | None) -> dict[str, MailList]:
    if list_name is not None:
        return {"": get_list(connection, list_name)}
    home = get_network(connection, network_name or "")
    return {each.name: each for each in all_lists(connection) if each.network_id == home.id}


def _named_settings(values: dict[str, str], time_zone: str) -> dict[str, Any]:
    """What the file has a column for; an empty cell stands for what a new member gets."""
    named: dict[str, Any] = {
        key: one_line(key, values[key]) if values[key] else "" for key in ("school", "level") if key in values
    }
    if "delivery" in values:
        named["delivery"] = _one_of(values, "delivery", Delivery, "each")
    if "digest" in values:
        named["digest"] = _one_of(values, "digest", DigestPeriod, "none")
    if "until" in values:
        named["until"] = end_of(values["until"], time_zone) if values["until"] else None
    return named


def _one_of(values: dict[str, str], key: str, kind: type[Delivery] | type[DigestPeriod], default: str) -> str:
    value = values.get(key, "").lower() or default
    if value not in [each.value for each in kind]:
        raise Refused(f"{key} = {value!r}: allowed are {', '.join(each.value for each in kind)}.")
    return value


def _cells(values: dict[str, str | None], file: Path, line: int) -> dict[str, str]:
    if None in values or None in values.values():
        raise Refused(f"{file}: line {line} has not as many cells as the first line.")
    return {key: _plain((value or "").strip()) for key, value in values.items()}


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _harmless(cell: str) -> str:
    return "'" + cell if cell.startswith(FORMULA) else cell


def _semicolons(text: str) -> bool:
    """Spreadsheets of some countries write `;` where others write `,`."""
    head = text.partition("\n")[0]
    return head.count(";") > head.count(",")
