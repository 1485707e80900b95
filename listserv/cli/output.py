"""What a command prints: a plain table for people, its times by the site's clock; JSON for scripts, in UTC."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

# The numbers a row may have in either database; a larger one is wrong usage.
row_number = click.IntRange(1, 2**63 - 1)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")


def show(rows: Sequence[dict[str, Any]], as_json: bool, nothing: str, zone: str = "UTC") -> None:
    """The rows as a table with a header line, its times in that zone, or as a JSON array; `nothing` is said when there
    are none.
    """
    if as_json:
        click.echo(json.dumps([{key: _plain(value) for key, value in row.items()} for row in rows], ensure_ascii=False))
    elif not rows:
        click.echo(nothing)
    else:
        table = [list(rows[0]), *([_cell(value, zone) for value in row.values()] for row in rows)]
        widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
        for line in table:
            click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def show_one(value: dict[str, Any], as_json: bool, zone: str = "UTC") -> None:
    """One thing, a line a property, its times in that zone, or a JSON object."""
    if as_json:
        click.echo(json.dumps({key: _plain(part) for key, part in value.items()}, ensure_ascii=False))
        return
    width = max(len(key) for key in value)
    for key, part in value.items():
        click.echo(f"{key.ljust(width)}  {_cell(part, zone)}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(str(part) for part in value)
    return value


def _cell(value: Any, zone: str) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, set | frozenset | tuple):
        return " ".join(sorted(str(part) for part in value)) or "-"
    return str(value)
