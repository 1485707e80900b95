"""Sets of prompts from data (templates/prompts.toml, or the administrator's file of that name), and when each falls.

Promises: a set is asked in each group in the group's own language, with the same words in every group of it; its
prompts fall a school week apart, at the same hour of the same weekday where that is a school day.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from listserv.errors import ConfigError
from listserv.model.calendar import DAY, monday_of
from listserv.model.school import SchoolCalendar
from listserv.resources import templates_folder

FILE = "prompts.toml"
MOST_PROMPTS = 60
LONGEST_PAUSE_WEEKS = 60


@dataclass(frozen=True, slots=True)
class SetPrompt:
    """One question of a set, its title and body by language; English is always there."""

    title: Mapping[str, str]
    body: Mapping[str, str]

    def in_language(self, language: str) -> tuple[str, str]:
        """(title, body) in the language, else in English."""
        spoken = language if language in self.title and language in self.body else "en"
        return self.title[spoken].strip(), self.body[spoken].strip()


@dataclass(frozen=True, slots=True)
class PromptSet:
    """A set as it is listed and scheduled."""

    name: str
    about: str
    prompts: tuple[SetPrompt, ...]


def load_sets(overrides: Path | None) -> dict[str, PromptSet]:
    """Every set by its name. Raises ConfigError for a file that is none, saying which set is wrong."""
    folders = [overrides, templates_folder()] if overrides else [templates_folder()]
    path = next((folder / FILE for folder in folders if (folder / FILE).is_file()), templates_folder() / FILE)
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    return {name: _set(name, found, path) for name, found in document.items()}


def _set(name: str, found: Any, path: Path) -> PromptSet:
    prompts = found.get("prompts") if isinstance(found, dict) else None
    if not isinstance(prompts, list) or not 0 < len(prompts) <= MOST_PROMPTS or not all(map(_is_prompt, prompts)):
        raise ConfigError(
            f"{path}: {name}: a set is up to {MOST_PROMPTS} of [[{name}.prompts]], each with title.en and body.en."
        )
    return PromptSet(
        name, str(found.get("about", "")), tuple(SetPrompt(each["title"], each["body"]) for each in prompts)
    )


def _is_prompt(found: Any) -> bool:
    parts = [found.get(key) for key in ("title", "body")] if isinstance(found, dict) else [None]
    return all(
        isinstance(part, dict)
        and "en" in part
        and all(isinstance(text, str) and text.strip() for text in part.values())
        for part in parts
    )


def hours_of_set(calendar: SchoolCalendar, first: datetime, number: int) -> list[datetime]:
    """When so many prompts fall: the first at its hour, the others a school week apart."""
    local = first.astimezone(calendar.zone)
    found, monday = [first], monday_of(local.date())
    for _ in range(LONGEST_PAUSE_WEEKS + number):
        if len(found) == number:
            break
        monday += 7 * DAY
        day = _school_day(calendar, monday, local.date().weekday())
        found += [calendar.instant(day, time(local.hour, local.minute))] if day is not None else []
    return found


def _school_day(calendar: SchoolCalendar, monday: date, weekday: int) -> date | None:
    """The weekday of the week, or where that is no school day the next one of the week that is; None in holidays."""
    wanted = [monday + number * DAY for number in (*range(weekday, 5), *range(weekday - 1, -1, -1))]
    return next((day for day in wanted if calendar.is_school_day(day)), None)
