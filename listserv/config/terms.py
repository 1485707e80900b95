"""School terms from data: the shipped table, an administrator's file, or a document out of a network's settings.

    known_from = 2026-01-01      # else the Monday of the first week of term
    known_until = 2026-12-31     # else the last Sunday of the last term
    [terms.2026]
    1 = [2026-02-02, 2026-04-02]

Promises: what comes out is in order and every week belongs to at most one term; a wrong table is answered with every
fault at once. Reads the two files named, nothing else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from listserv.errors import ConfigError
from listserv.model.calendar import NO_TERMS, Term, Terms

SHIPPED = Path(__file__).with_name("terms.toml")
FILE_OCTETS = 200_000
MOST_TERMS = 200
LONGEST_DAYS = 366
_KEYS = ("known_from", "known_until", "terms")


def load_terms(file: Path | None) -> Terms:
    """The terms of the file, or the shipped ones. Raises ConfigError with every fault, a line each."""
    path = file or SHIPPED
    try:
        octets = path.read_bytes()
        document = tomllib.loads(octets.decode("utf-8")) if len(octets) <= FILE_OCTETS else None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    if document is None:
        raise ConfigError(f"{path}: over {FILE_OCTETS} octets; a table of terms is much shorter.")
    return read_terms(document, str(path))


def read_terms(document: Mapping[str, Any], where: str) -> Terms:
    """The terms of a document as `load_terms` reads it; dates may also be texts, as JSON has them.

    Raises ConfigError with every fault, a line each that begins with `where`.
    """
    faults = [f"there is no {key!r} here; there are {', '.join(_KEYS)}" for key in document if key not in _KEYS]
    terms = sorted(_terms(document.get("terms", {}), faults), key=lambda term: term.first)
    faults += _disorder(terms)
    bounds = {key: _bound(document, key, faults) for key in ("known_from", "known_until")}
    if faults:
        raise ConfigError("\n".join(f"{where}: {fault}." for fault in faults))
    if not terms:
        return NO_TERMS
    first, last = terms[0].weeks_begin, terms[-1].weeks_end
    return Terms(tuple(terms), min(bounds["known_from"] or first, first), max(bounds["known_until"] or last, last))


def _terms(table: Any, faults: list[str]) -> list[Term]:
    found: list[Term] = []
    if not isinstance(table, Mapping):
        faults.append("terms must be tables such as [terms.2026]")
        return found
    for year, numbers in table.items():
        if not isinstance(numbers, Mapping) or not _is_year(year):
            faults.append(f"terms.{year}: write [terms.2026] and below it each term: 1 = [2026-02-02, 2026-04-02]")
            continue
        found += [term for number, days in numbers.items() if (term := _term(year, number, days, faults)) is not None]
    if len(found) > MOST_TERMS:
        faults.append(f"{len(found)} terms; {MOST_TERMS} are allowed")
    return found[:MOST_TERMS]


def _term(year: str, number: str, days: Any, faults: list[str]) -> Term | None:
    name = f"terms.{year}.{number}"
    pair = [_day(day) for day in days] if isinstance(days, list) and len(days) == 2 else [None, None]
    first, last = pair
    if not (number.isascii() and number.isdigit() and len(number) <= 2) or first is None or last is None:
        faults.append(f"{name} = {_shown(days)}: write the term's number, its first and its last day: "
                      f"1 = [{year}-02-02, {year}-04-02]")  # fmt: skip
        return None
    if not first <= last or (last - first).days > LONGEST_DAYS:
        faults.append(f"{name}: from {first} to {last} is no term")
        return None
    return Term(int(year), int(number), first, last)


def _disorder(terms: list[Term]) -> list[str]:
    """What is wrong with neighbours; a week number must mean one term."""
    return [
        f"terms.{after.year}.{after.number} begins in the week in which, or before, "
        f"terms.{before.year}.{before.number} ends ({before.last})"
        for before, after in pairwise(terms)
        if after.weeks_begin <= before.weeks_end
    ]


def _bound(document: Mapping[str, Any], key: str, faults: list[str]) -> date | None:
    value = document.get(key)
    day = _day(value)
    if value is not None and day is None:
        faults.append(f"{key} = {_shown(value)}: write a day: 2026-12-31")
    return day


def _day(value: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _is_year(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) == 4 and int(text) > 1900


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_shown(item) for item in value[:4])}]"
    return str(value)[:60]
