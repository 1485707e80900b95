"""The dates in a letter: its author's own lines, else its subject, and the lines that are about all of them:

    School: Everglade                for those at that school alone
    Groups: all                      for every group of the network
    Remind: 7 and 1 days before      when the group is reminded; else as usual

Promises: what cannot be read in one way only is `Unclear`; so is a day that has passed. At most ten a letter, and
whoever wrote more hears it. A draft goes into a token and comes back as it was. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from listserv.inbound.dates.distances import read_distances
from listserv.mail.parse import Message
from listserv.mail.text.answer import plain
from listserv.mail.text.body import body
from listserv.mail.text.quote import split_own
from listserv.mail.when.heads import entries
from listserv.mail.when.lines import read_date_lines
from listserv.mail.when.values import Dated, Doubt, Kind, Recurrence, Unclear
from listserv.model.calendar import Terms, TermWeek

MOST_DATES = 10
MOST_NUMBERS = 20
_SCHOOL = re.compile(
    r"[\s*_>•-]{0,6}(?:school|kura)[*_ \t]{0,4}:[*_ \t]{0,4}(?P<name>[^\s*_][^\n]{0,99})", re.IGNORECASE
)
_NUMBERS = re.compile(r"(?:number |no\.? |nama )?[0-9]{1,3}(?:(?:, ?| and | me | )[0-9]{1,3}){0,19}")
_NUMBER = re.compile(r"[0-9]{1,3}")

_GROUPS = re.compile(
    r"[\s*_>•-]{0,6}(?:for|groups?|rōpū|ropu|ngā rōpū|nga ropu|mō|mo)[*_ \t]{0,4}:[*_ \t]{0,4}"
    r"(?:all|every|katoa|all (?:the |our )?groups|every group|ngā rōpū katoa|nga ropu katoa)[*_ \t.]{0,6}",
    re.IGNORECASE,
)
_REMIND = re.compile(
    r"[\s*_>•-]{0,6}(?:please )?(?:remind|reminders?|whakamaumahara(?:tia)?|whakamaharatia)\b"
    r"(?: (?:us|me|everybody|everyone|people|the group|mātou|matou|tātou|tatou))?"
    r"[*_ \t]{0,4}(?P<colon>:?)[*_ \t]{0,4}(?P<when>[^\n]{1,200})",
    re.IGNORECASE,
)
_ABOUT_TIME = re.compile(r"[0-9]|\b(?:days?|weeks?|before|morning|rā|wiki|mua)\b", re.IGNORECASE)

Line: TypeAlias = Dated | Unclear


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote about dates: its lines in order, the school she named, how many more lines there were.

    `everywhere`: for all groups of the network. `remind` are days before each, None for as usual; `unread` what she
    wrote of reminders that nobody can read.
    """

    lines: tuple[Line, ...] = ()
    school: str = ""
    more: int = 0
    everywhere: bool = False
    remind: tuple[int, ...] | None = None
    unread: str = ""

    @property
    def clear(self) -> tuple[Dated, ...]:
        return tuple(line for line in self.lines if isinstance(line, Dated))

    @property
    def unclear(self) -> tuple[Unclear, ...]:
        return tuple(line for line in self.lines if isinstance(line, Unclear))


def read_draft(message: Message, today: date, zone: ZoneInfo, terms: Terms) -> Draft:
    """The dates of the letter; a draft without lines if there are none."""
    found = body(message)
    own = split_own(found.text, found.html, ()).own
    draft, kept = _about_all(own.split("\n"))
    lines = read_date_lines("\n".join(kept), today, zone, terms)
    if not lines:
        lines = read_date_lines(message.subject, today, zone, terms)
    coming = tuple(_ahead(line, today) for line in lines)
    return replace(draft, lines=coming[:MOST_DATES], more=max(0, len(coming) - MOST_DATES))


def _about_all(lines: Sequence[str]) -> tuple[Draft, list[str]]:
    """What the lines about all dates say, and the lines without them; of several of a kind the first counts."""
    draft, kept = Draft(), []
    for line in lines:
        stripped = line.rstrip()
        if named := _SCHOOL.fullmatch(stripped):
            draft = replace(draft, school=draft.school or named["name"].strip(" .*_"))
        elif _GROUPS.fullmatch(stripped):
            draft = replace(draft, everywhere=True)
        elif (asked := _REMIND.fullmatch(stripped)) and (found := _reminding(asked)) is not None:
            draft = draft if draft.remind is not None or draft.unread else replace(draft, **found)
        else:
            kept.append(line)
    return draft, kept


def _reminding(line: re.Match[str]) -> dict[str, Any] | None:
    """What the line says of reminders, None where it only begins so: "Reminder: bring a plate"."""
    distances = read_distances(line["when"])
    if distances is not None:
        return {"remind": distances}
    return {"unread": line["when"].strip()} if line["colon"] and _ABOUT_TIME.search(line["when"]) else None


def _ahead(line: Line, today: date) -> Line:
    """The line itself, or that its last day has been."""
    if isinstance(line, Unclear):
        return line
    last = max((line.day, *filter(None, [line.end_day]), *(line.recurrence.days if line.recurrence else ())))
    return Unclear(line.title, Doubt.PASSED) if last < today else line


def chosen(draft: Draft, answer: str) -> Draft | None:
    """The draft with the readings that the numbers of the answer name; None if it holds no such numbers.

    Readings are numbered through all unclear lines, from 1, as they were asked. Two of one line are no answer.
    """
    said = plain(answer)
    if not _NUMBERS.fullmatch(said):
        return None
    wanted = {int(each) for each in _NUMBER.findall(said)}
    picked: dict[Unclear, Dated] = {}
    number = 0
    for line in draft.unclear:
        for guess in line.guesses:
            number += 1
            if number in wanted:
                if line in picked:
                    return None
                picked[line] = guess
    if len(picked) != len(wanted):
        return None
    return replace(draft, lines=tuple(picked.get(line, line) if isinstance(line, Unclear) else line
                                      for line in draft.lines))  # fmt: skip


def without_quotations(draft: Draft, newer: Draft) -> Draft:
    """What a yes says beside it, less the days of our own question, where a mail program marks no quotation."""
    asked = {line.day for line in draft.clear} | {guess.day for line in draft.unclear for guess in line.guesses}
    days = [{line.day} if isinstance(line, Dated) else {guess.day for guess in line.guesses} for line in newer.lines]
    kept = tuple(line for line, named in zip(newer.lines, days, strict=True) if not named <= asked)
    return replace(newer, lines=kept, school=newer.school if kept else "")


def corrected(draft: Draft, newer: Draft) -> Draft:
    """The draft with what was written anew: in place of its unclear lines, in order; with none, of all its lines."""
    whole = replace(
        draft,
        school=newer.school or draft.school,
        everywhere=newer.everywhere or draft.everywhere,
        remind=draft.remind if newer.remind is None else newer.remind,
        unread=newer.unread or (draft.unread if newer.remind is None else ""),
    )
    if not newer.lines:
        return whole
    rest = list(newer.lines)
    lines: list[Line] = []
    if draft.unclear:
        for line in draft.lines:
            lines.append(rest.pop(0) if isinstance(line, Unclear) and rest else line)
    return replace(whole, lines=(*lines, *rest)[:MOST_DATES], more=newer.more)


def completed(draft: Draft, answer: str, today: date, zone: ZoneInfo, terms: Terms) -> Draft | None:
    """The draft whose one unclear line takes its day from an answer without a head, "Friday 15 May"; else None.

    What is put together so is shown once more before anything is done.
    """
    if len(draft.unclear) != 1 or not answer:
        return None
    line = draft.unclear[0]
    head = next(iter(entries(line.line)), None)
    kind = line.guesses[0].kind if line.guesses else head.kind if head else Kind.DEADLINE
    title = line.guesses[0].title if line.guesses else head.text.strip() if head else ""
    word = "Deadline" if kind is Kind.DEADLINE else "Event"
    (*_, read) = read_date_lines(f"{word}: {answer}", today, zone, terms) or (None,)
    if isinstance(read, Unclear) and read.doubt is Doubt.NO_TITLE and len(read.guesses) == 1 and title:
        read = replace(read.guesses[0], title=title, link=line.guesses[0].link if line.guesses else "")
    if not isinstance(read, Dated) or isinstance(_ahead(read, today), Unclear):
        return None
    return replace(draft, lines=tuple(read if each is line else each for each in draft.lines))


# --- as values of a token ------------------------------------------------------------------------------------------


def written(draft: Draft) -> dict[str, Any]:
    """The draft as JSON's values."""
    return {
        "lines": [_line(line) for line in draft.lines],
        "school": draft.school,
        "everywhere": draft.everywhere,
        "remind": None if draft.remind is None else list(draft.remind),
        "unread": draft.unread,
    }


def read_back(values: Mapping[str, Any]) -> Draft:
    """The inverse of `written`."""
    remind = values["remind"]
    return Draft(
        tuple(_line_of(each) for each in values["lines"]),
        str(values["school"]),
        everywhere=bool(values["everywhere"]),
        remind=None if remind is None else tuple(remind),
        unread=str(values["unread"]),
    )


def _line(line: Line) -> dict[str, Any]:
    if isinstance(line, Unclear):
        return {"line": line.line, "doubt": line.doubt.value, "guesses": [_line(guess) for guess in line.guesses]}
    again = line.recurrence
    return {
        "kind": line.kind.value,
        "title": line.title,
        "day": line.day.isoformat(),
        "hour": line.hour.isoformat() if line.hour else "",
        "end_day": line.end_day.isoformat() if line.end_day else "",
        "end_hour": line.end_hour.isoformat() if line.end_hour else "",
        "link": line.link,
        "weeks": [[week.year, week.term, week.week] for week in again.weeks] if again else [],
        "weekday": again.weekday if again else None,
        "days": [day.isoformat() for day in again.days] if again else [],
    }


def _line_of(values: Mapping[str, Any]) -> Line:
    return _unclear_of(values) if "doubt" in values else _dated_of(values)


def _unclear_of(values: Mapping[str, Any]) -> Unclear:
    return Unclear(values["line"], Doubt(values["doubt"]), tuple(_dated_of(guess) for guess in values["guesses"]))


def _dated_of(values: Mapping[str, Any]) -> Dated:
    days = tuple(date.fromisoformat(day) for day in values["days"])
    weeks = tuple(TermWeek(*week) for week in values["weeks"])
    return Dated(
        Kind(values["kind"]),
        values["title"],
        date.fromisoformat(values["day"]),
        time.fromisoformat(values["hour"]) if values["hour"] else None,
        date.fromisoformat(values["end_day"]) if values["end_day"] else None,
        time.fromisoformat(values["end_hour"]) if values["end_hour"] else None,
        values["link"],
        Recurrence(weeks, values["weekday"], days) if days else None,
    )
