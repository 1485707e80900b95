"""Schools with terms or public holidays of their own, from the file that [calendar] schools names.

    [schools."Everglade School"]
    region = "NZ-WGN"                    # else [calendar] region
    [schools."Everglade School".terms.2027]
    1 = [2027-02-08, 2027-04-16]         # in the place of the site's term 1 of 2027; the other terms stay

Promises: a school stands in one table, however its name is spelled; a wrong file is answered with every fault at once.
Reads the file named, nothing else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from listserv.config.terms import FILE_OCTETS, MOST_TERMS, read_terms
from listserv.errors import ConfigError
from listserv.mail.when.words import folded
from listserv.model.calendar import Terms

MOST_SCHOOLS = 500
_KEYS = ("region", "terms")
_REGION = re.compile(r"(?:[A-Z]{2}(?:-[A-Z0-9]{1,3})?)?")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class School:
    """A school's name as the file spells it, its region (None for the site's) and its terms."""

    name: str
    region: str | None
    terms: Terms


def school_key(name: str) -> str:
    """One spelling for a school's name: case, macrons, doubled vowels, points and spaces aside."""
    return " ".join(_WORD.findall(folded(name)))


def load_schools(file: Path | None, terms: Terms) -> dict[str, School]:
    """The schools of the file by `school_key`; none without a file. `terms` are the site's.

    Raises ConfigError with every fault, a line each.
    """
    if file is None:
        return {}
    try:
        octets = file.read_bytes()
        document = tomllib.loads(octets.decode("utf-8")) if len(octets) <= FILE_OCTETS else None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from None
    tables = document.get("schools") if document is not None and set(document) <= {"schools"} else None
    if not isinstance(tables, Mapping) or len(tables) > MOST_SCHOOLS:
        raise ConfigError(
            f'{file}: write [schools."Name of the school"] and below it region or terms, for up to {MOST_SCHOOLS} '
            f"schools in {FILE_OCTETS} octets."
        )
    return _read(tables, terms, str(file))


def _read(tables: Mapping[str, Any], terms: Terms, where: str) -> dict[str, School]:
    found: dict[str, School] = {}
    faults: list[str] = []
    for name, table in tables.items():
        key, here = school_key(name), f'{where}: schools."{name[:60]}"'
        try:
            if not key or key in found:
                raise ConfigError(f"{here}: {'the same school stands above' if key else 'a school needs a name'}.")
            found[key] = _school(name, table, terms, here)
        except ConfigError as error:
            faults.append(error.public)
    if faults:
        raise ConfigError("\n".join(faults))
    return found


def _school(name: str, table: Any, terms: Terms, here: str) -> School:
    if not isinstance(table, Mapping) or not set(table) <= set(_KEYS):
        raise ConfigError(f"{here}: write {' or '.join(_KEYS)} below it, and nothing else.")
    region = table.get("region")
    if region is not None and not (isinstance(region, str) and _REGION.fullmatch(region)):
        raise ConfigError(f'{here}: region is a country or a part of it such as "NZ-AUK", or "" for no holidays.')
    return School(name, region, _with_own(terms, table.get("terms", {}), here))


def _with_own(terms: Terms, own: Any, here: str) -> Terms:
    """The site's terms, those that the school names itself in their place; judged as any table of terms is."""
    if not own:
        return terms
    years: dict[str, dict[str, Any]] = {}
    for term in terms.terms[:MOST_TERMS]:
        years.setdefault(str(term.year), {})[str(term.number)] = [term.first, term.last]
    if isinstance(own, Mapping):
        for year, numbers in own.items():
            years[year] = years.get(year, {}) | dict(numbers) if isinstance(numbers, Mapping) else numbers
    bounds = {"known_from": terms.known_from, "known_until": terms.known_until} if terms.terms else {}
    return read_terms({"terms": years if isinstance(own, Mapping) else own, **bounds}, here)
