"""Members as CSV: `address` is needed; name, role, delivery, digest, until, school, level may follow in any order."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from listserv.app.site import Site
from listserv.cli.naming import end_of, last_day, one_line, person_address, person_roles
from listserv.errors import ListservError, Refused
from listserv.model.lists import Delivery, DigestPeriod, MailList, Role, Subscription
from listserv.store.engine import Connection
from listserv.store.lists import all_lists, get_list, get_network
from listserv.store.people import add_member

COLUMNS = ("address", "name", "role", "delivery", "digest", "until", "school", "level")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, still as text."""

    line: int
    values: dict[str, str]


@dataclass(slots=True)
class Done:
    added: int = 0
    present: int = 0


class _DryRun(Exception):
    """Undoes the transaction of a dry run."""


def read_members(file: Path, *, with_group: bool) -> list[Row]:
    """The rows of the file. Raises Refused for a missing `address` column or one that is not known."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{file} cannot be read as UTF-8 text: {error}.") from None
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
    site: Site, rows: Sequence[Row], list_name: str | None, network_name: str | None, *, dry_run: bool
) -> Done:
    """Every row is a member afterwards, or, with any fault, none is changed: Refused then names each fault."""
    done = Done()
    faults: list[str] = []
    try:
        with site.database.begin() as connection:
            lists = _lists(connection, list_name, network_name)
            for row in rows:
                try:
                    _import_row(connection, site, row, lists[row.values.get("group", "").lower()], done)
                except KeyError:
                    faults.append(f"line {row.line}: there is no group {row.values.get('group')!r} in {network_name}.")
                except ListservError as error:
                    faults.append(f"line {row.line}: {error.public}")
            if faults:
                raise Refused("\n".join(["Nothing was changed.", *faults]))
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return done


def write_members(found: Sequence[Subscription], time_zone: str) -> str:
    """The members as CSV that `read_members` reads back; a cell that a spreadsheet would run gets a quote in front."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in found:
        extra = " ".join(sorted(role.value for role in each.roles if role is not Role.MEMBER))
        until = last_day(each.until, time_zone).isoformat() if each.until else ""
        cells = (each.address, each.name, extra, each.delivery, each.digest, until, each.school, each.level)
        writer.writerow([_harmless(str(cell)) for cell in cells])
    return out.getvalue()


def _lists(connection: Connection, list_name: str | None, network_name: str | None) -> dict[str, MailList]:
    if list_name is not None:
        return {"": get_list(connection, list_name)}
    home = get_network(connection, network_name or "")
    return {each.name: each for each in all_lists(connection) if each.network_id == home.id}


def _import_row(connection: Connection, site: Site, row: Row, mail_list: MailList, done: Done) -> None:
    values = row.values
    new = add_member(
        connection,
        mail_list,
        *person_address(values["address"]),
        site.now(),
        name=one_line("name", values["name"]) if values.get("name") else "",
        granted=person_roles((values["role"],)) if "role" in values else None,
        **_named_settings(values, site.settings.site.time_zone),
    )
    if new:
        done.added += 1
    else:
        done.present += 1


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
