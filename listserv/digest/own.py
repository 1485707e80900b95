"""Updates at their readers' own day, hour and zone, of one group or of all of a reader's groups together.

    own_readers (store) --due_own--> units --run_own: claim, compose, enqueue in one transaction--> outbox

A unit is claimed once (kind, whose it is, period), on any number of nodes, and begins where the last one ended; the
first one where she had been told of each group before she chose. After downtime one update tells everything. A batch
of units is one job of the writer; what its mails share (the posts of a group, its rendered part) is made once and
forgotten as soon as anything was taken down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from listserv.digest import plan
from listserv.digest.editions import composed, edition_of, is_left_out, known_language
from listserv.digest.gathering import around_of
from listserv.digest.items import Edition
from listserv.digest.pages_link import pages_link
from listserv.digest.parts import Parts
from listserv.digest.run import Done, Workshop
from listserv.digest.together import tells
from listserv.model.calendar import Period
from listserv.model.digest import Around, ComingDate, Sibling, ToldThread
from listserv.model.lists import DigestPeriod, MailList, Weekday
from listserv.model.school import Rhythm, SchoolCalendar, rhythm_of
from listserv.store import outbox
from listserv.store.archive import put_content
from listserv.store.digests import told_threads
from listserv.store.engine import Connection
from listserv.store.migrate import signing_key
from listserv.store.personal import OwnReader, own_readers
from listserv.store.reading import OpenGroup, Viewer
from listserv.store.schedule import Outcome, claim_run, claimed, end_run
from listserv.store.siblings import busiest_threads, siblings_of
from listserv.store.takedowns import last_takedown, may_tell

BATCH = 25
# Who chooses an hour that is over this week gets no update at once: her first one tells of this time too.
FIRST_LATE = timedelta(hours=6)

Lists = dict[int, MailList]


@dataclass(frozen=True, slots=True)
class Unit:
    """One update that is due, of one reader."""

    reader: OwnReader
    period: Period


@dataclass(frozen=True, slots=True)
class _Window:
    """The time a group is told of, and for whom."""

    list_id: int
    kind: DigestPeriod
    since: datetime
    until: datetime
    school: str


class Stock:
    """What the mails of one tick share; emptied when something was taken down since."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.parts = Parts(workshop.environment)
        self.told: dict[_Window, tuple[tuple[ToldThread, ...], Around]] = {}
        self.siblings: dict[tuple[int, datetime | None, datetime, datetime], tuple[Sibling, ...]] = {}
        self._takedown = 0

    def check(self, connection: Connection) -> None:
        """Nothing in it was taken down before this transaction."""
        last = last_takedown(connection)
        if last != self._takedown:
            self.told.clear()
            self.siblings.clear()
            self.parts = Parts(self.workshop.environment)
            self._takedown = last


def due_own(connection: Connection, lists: Lists, workshop: Workshop, now: datetime) -> list[Unit]:
    """Every update of somebody's own that is due and not claimed, those of the same time side by side."""
    return due_to(connection, own_readers(connection, now), lists, workshop, now)


def due_to(
    connection: Connection, readers: Iterable[OwnReader], lists: Lists, workshop: Workshop, now: datetime
) -> list[Unit]:
    """As `due_own`, of these readers' updates."""
    found = []
    for reader in readers:
        calendar, rhythm = own_time(reader, lists, workshop)
        since = min(place.since for place in reader.places)
        owed = plan.due(calendar, rhythm, reader.digest, reader.covered_until, since, now)
        if owed.periods and (reader.covered_until is not None or owed.periods[-1].sends_at > now - FIRST_LATE):
            found.append(Unit(reader, replace(owed.periods[-1], covers_from=owed.periods[0].covers_from)))
    known: set[tuple[str, int, str]] = set()
    for kind in {unit.reader.kind for unit in found}:
        units = [unit for unit in found if unit.reader.kind == kind]
        taken = claimed(
            connection, kind, {unit.reader.subject for unit in units}, {unit.period.key for unit in units}, now
        )  # fmt: skip
        known |= {(kind, subject, key) for subject, key in taken}
    left = [unit for unit in found if (unit.reader.kind, unit.reader.subject, unit.period.key) not in known]
    return sorted(left, key=lambda unit: (unit.period.sends_at, [each.list_id for each in unit.reader.places]))


def batches(units: Sequence[Unit]) -> Iterator[Sequence[Unit]]:
    """The units in jobs that do not hold the writer for long."""
    return (units[start : start + BATCH] for start in range(0, len(units), BATCH))


def own_time(reader: OwnReader, lists: Lists, workshop: Workshop) -> tuple[SchoolCalendar, Rhythm]:
    """The calendar and hours her updates go by: her school's, and what she did not choose is her first group's."""
    settings = lists[reader.places[0].list_id].settings
    rhythm = rhythm_of(settings)
    if reader.day:
        rhythm = replace(rhythm, weekday=list(Weekday).index(Weekday(reader.day)))
    if reader.time:
        at = time.fromisoformat(reader.time)
        rhythm = replace(rhythm, weekly_at=at, daily_at=at)
    own_zone = reader.time_zone if reader.day or reader.time else ""
    return workshop.calendars.in_zone(own_zone or settings.time_zone, reader.school), rhythm


def run_own(connection: Connection, units: Sequence[Unit], lists: Lists, stock: Stock, now: datetime) -> list[Done]:
    """These updates are in the outbox, or known not to be needed, each that was this transaction's to do."""
    if not may_tell(connection):
        return []
    stock.check(connection)
    done = []
    for unit in units:
        reader, period = unit.reader, unit.period
        if not claim_run(connection, reader.kind, reader.subject, period.key, now):
            continue
        editions = _editions(connection, unit, lists, stock, now)
        carrier = lists[reader.places[0].list_id]
        outcome, contents = Outcome.QUIET, []
        if editions:
            carrier = editions[0].mail_list
            name = f"{'p' if reader.together else 's'}{reader.subject}"
            contents = [put_content(connection, composed(editions, reader.form, now, stock.parts, name))]
            place = next(each for each in reader.places if each.list_id == carrier.id)
            outbox.enqueue_digest(connection, carrier.id, contents[0], [place.subscription_id], now)
            outcome = Outcome.SENT
        end_run(connection, reader.kind, reader.subject, period.key, outcome, period.covers_until, contents)
        done.append(Done(reader.kind, carrier.address, period.key, outcome, len(contents)))
    return done


def _editions(connection: Connection, unit: Unit, lists: Lists, stock: Stock, now: datetime) -> list[Edition]:
    """One a group, the first that tells something in front; [] when there is nothing to send."""
    reader, workshop = unit.reader, stock.workshop
    calendar, _ = own_time(reader, lists, workshop)
    key = signing_key(connection)
    made: list[Edition] = []
    language = ""
    for place in reader.places:
        mail_list = lists[place.list_id]
        period = _less_told(unit, mail_list)
        if period is None:
            continue
        threads, around = _told(connection, mail_list, period, stock, place.school)
        language = language or known_language(reader.language, mail_list)
        made.append(
            replace(
                edition_of(mail_list, period, threads, workshop.settings, key, language, calendar.zone),
                around=around,
                pages_link=pages_link(workshop.settings, key, mail_list),
            )
        )
    made.sort(key=lambda each: not tells(each))
    made = _each_date_once(made)
    if not any(each.threads for each in made) and all(is_left_out(each.mail_list, each.period) for each in made):
        return []
    made[0] = replace(made[0], around=replace(made[0].around, siblings=_siblings(connection, unit, made, stock, now)))
    return made


def _each_date_once(editions: list[Edition]) -> list[Edition]:
    """A date of a whole network is told with the first of her groups."""
    seen: set[ComingDate] = set()
    found = []
    for each in editions:
        new = tuple(date for date in each.around.coming if date not in seen)
        seen.update(new)
        found.append(each if new == each.around.coming else replace(each, around=replace(each.around, coming=new)))
    return found


def _less_told(unit: Unit, mail_list: MailList) -> Period | None:
    """The period from where she was told of the group before; None where there is nothing left of it."""
    period, told = unit.period, unit.reader.starts.get(mail_list.id)
    if told is not None:
        period = replace(period, covers_from=told)
    return period if period.covers_from < period.covers_until else None


def _told(
    connection: Connection, mail_list: MailList, period: Period, stock: Stock, school: str
) -> tuple[tuple[ToldThread, ...], Around]:
    window = _Window(mail_list.id, period.kind, period.covers_from, period.covers_until, school)
    if window not in stock.told:
        calendar = stock.workshop.calendars.of(mail_list)
        threads = tuple(told_threads(connection, mail_list.id, period.covers_from, period.covers_until))
        stock.told[window] = threads, around_of(connection, mail_list, period, calendar, school, own=True)
    return stock.told[window]


def _siblings(
    connection: Connection, unit: Unit, editions: Sequence[Edition], stock: Stock, now: datetime
) -> tuple[Sibling, ...]:
    """What other groups of her networks are busy with, of those she may see; groups the mail tells of are none."""
    told = {each.mail_list.id for each in editions}
    networks = {each.mail_list.network_id for each in editions}
    groups = siblings_of(connection, Viewer(unit.reader.person_id, now), networks, told)
    found = [line for group in groups if (line := _sibling(connection, group, unit.period, stock)) is not None]
    return tuple(sorted(found, key=lambda line: (-line.posts, line.title)))


def _sibling(connection: Connection, group: OpenGroup, period: Period, stock: Stock) -> Sibling | None:
    key = (group.mail_list.id, group.since, period.covers_from, period.covers_until)
    if key not in stock.siblings:
        stock.siblings[key] = busiest_threads(connection, [group], period.covers_from, period.covers_until)
    return next(iter(stock.siblings[key]), None)
