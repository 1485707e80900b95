"""From the archive to a digest's octets: what `run.Workshop` is given to compose with.

One content for everybody whose copies differ only in what each recipient's own is: one a language, a form (page,
RFC 1153, MIME), a school that has dates of its own, and, among those who are in private groups too, what they may see
of them. Who comes back to the common digest from one of her own is told from where that ended. Reads, writes nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import NamedTuple

from jinja2 import Environment

from listserv.config import Settings
from listserv.config.calendars import Calendars
from listserv.digest.classic import compose_classic
from listserv.digest.compose import compose_digest
from listserv.digest.gathering import around_of, schools_of
from listserv.digest.items import LOCALES, Edition
from listserv.digest.pages_link import pages_link
from listserv.digest.parts import Parts
from listserv.digest.together import compose_together
from listserv.mail.listaddress import ListAddresses
from listserv.model.calendar import Period
from listserv.model.digest import Around, ToldThread
from listserv.model.lists import DigestPeriod, MailList, QuietDigest
from listserv.model.school import SchoolCalendar
from listserv.store.digests import told_threads
from listserv.store.engine import Connection
from listserv.store.folding import fold
from listserv.store.migrate import signing_key
from listserv.store.reading import OpenGroup, Viewer
from listserv.store.schedule import common_readers
from listserv.store.siblings import busiest_threads, insiders, siblings_of
from listserv.store.told import told_until

MOST_VIEWS = 50  # what readers of private groups see beyond the public ones, so many combinations of them

View = tuple[tuple[int, datetime | None], ...]


class Variant(NamedTuple):
    """What a content depends on.

    `since` is None where the period's own beginning counts, `school` "" where it has no dates of its own, and `view`
    names the private groups, with the time since which their conversations are open.
    """

    language: str
    form: str
    school: str
    since: datetime | None
    view: View


PUBLIC: View = ()


def compose_editions(
    connection: Connection,
    mail_list: MailList,
    period: Period,
    settings: Settings,
    templates: Environment,
    now: datetime,
) -> list[tuple[Sequence[int], bytes]]:
    """(subscription ids, octets) for each variant of the period's readers; [] when there is nothing to tell."""
    told = {period.covers_from: told_threads(connection, mail_list.id, period.covers_from, period.covers_until)}
    until = told_until(connection, period.kind, mail_list.id, period.covers_from, now)
    passes_over = is_left_out(mail_list, period)
    if passes_over and not told[period.covers_from] and not until:
        return []
    key, calendar = signing_key(connection), Calendars(settings).of(mail_list)
    link, parts = pages_link(settings, key, mail_list), Parts(templates)
    variants, groups = _variants(connection, mail_list, period, calendar, until, now)
    around: dict[str, Around] = {}
    found: list[tuple[Sequence[int], bytes]] = []
    for variant, ids in variants.items():
        hers = replace(period, covers_from=variant.since or period.covers_from)
        if hers.covers_from not in told:
            told[hers.covers_from] = told_threads(connection, mail_list.id, hers.covers_from, hers.covers_until)
        if passes_over and not told[hers.covers_from]:
            continue
        if variant.school not in around:
            around[variant.school] = around_of(connection, mail_list, period, calendar, variant.school)
        siblings = busiest_threads(connection, groups[variant.view], hers.covers_from, hers.covers_until)
        edition = edition_of(mail_list, hers, told[hers.covers_from], settings, key, variant.language, calendar.zone)
        edition = replace(edition, pages_link=link, around=replace(around[variant.school], siblings=siblings))
        found.append((ids, composed([edition], variant.form, now, parts)))
    return found


def composed(editions: Sequence[Edition], form: str, now: datetime, parts: Parts, reader: str = "") -> bytes:
    """The octets of one mail about these editions, which are one reader's where there are several, in that form."""
    if form:
        return compose_classic(parts.environment, editions, form, now, reader)
    if len(editions) == 1:
        return compose_digest(parts.environment, editions[0], now, parts, reader)
    return compose_together(parts, editions, now, reader)


def _variants(
    connection: Connection,
    mail_list: MailList,
    period: Period,
    calendar: SchoolCalendar,
    until: Mapping[int, datetime],
    now: datetime,
) -> tuple[dict[Variant, array[int]], dict[View, list[OpenGroup]]]:
    """The readers of each variant, and the groups that each view opens; `until` is where some begin."""
    readers = common_readers(connection, mail_list, period.kind, now)
    schools = schools_of(connection, mail_list, period, calendar)
    views, groups = _views(connection, mail_list, [reader.subscription_id for reader in readers], now)
    found: dict[Variant, array[int]] = {}
    for reader in readers:
        since = until.get(reader.subscription_id)
        variant = Variant(
            known_language(reader.language, mail_list),
            reader.form,
            school if (school := fold(reader.school)) in schools else "",
            min(since, period.covers_until) if since else None,
            views.get(reader.subscription_id, PUBLIC),
        )
        found.setdefault(variant, array("q")).append(reader.subscription_id)
    return found, groups


def _views(
    connection: Connection, mail_list: MailList, subscription_ids: Sequence[int], now: datetime
) -> tuple[dict[int, View], dict[View, list[OpenGroup]]]:
    """What each of these readers sees of private groups, for those who see any, and the groups of each view."""
    home, but = [mail_list.network_id], [mail_list.id]
    groups = {PUBLIC: siblings_of(connection, Viewer(None, now), home, but)}
    found: dict[int, View] = {}
    for subscription_id, person_id in insiders(connection, mail_list, subscription_ids).items():
        opened = siblings_of(connection, Viewer(person_id, now), home, but)
        view = tuple((each.mail_list.id, each.since) for each in opened if each.mail_list.settings.private)
        if view in groups or len(groups) <= MOST_VIEWS:
            groups.setdefault(view, opened)
            found[subscription_id] = view
    return found, groups


def edition_of(
    mail_list: MailList,
    period: Period,
    threads: Sequence[ToldThread],
    settings: Settings,
    key: bytes,
    language: str = "",
    zone: tzinfo | None = None,
) -> Edition:
    """The edition in that language and zone, "" and None for the group's.

    It is without the link that is each reader's own, and without what stands around the posts.
    """
    return Edition(
        mail_list,
        ListAddresses(mail_list.name, mail_list.domain, settings.box(mail_list.domain)),
        period,
        tuple(threads),
        language or mail_list.settings.language,
        zone or Calendars(settings).of(mail_list).zone,
        key,
        settings.site.base_url.rstrip("/"),
    )


def is_left_out(mail_list: MailList, period: Period) -> bool:
    """Whether a period without posts is passed over in silence: a day always, a week or month if the group says so."""
    return period.kind is DigestPeriod.DAILY or mail_list.settings.quiet_digest is QuietDigest.SKIP


def known_language(language: str, mail_list: MailList) -> str:
    """The language itself if we speak it ("mi" for "mi-NZ"), else the group's."""
    primary = language.replace("_", "-").partition("-")[0].lower()
    return primary if primary in LOCALES else mail_list.settings.language
