"""From the archive to a digest's octets: what `run.Workshop` is given to compose with.

One content a language, so that its copies differ only in what each recipient's own is. Reads, writes nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from jinja2 import Environment

from listserv.config import Settings
from listserv.digest.calendar import Calendars
from listserv.digest.compose import compose_digest
from listserv.digest.items import LOCALES, Edition
from listserv.digest.pages_link import pages_link
from listserv.mail.listaddress import ListAddresses
from listserv.model.calendar import Period
from listserv.model.digest import ToldThread
from listserv.model.lists import DigestPeriod, MailList, QuietDigest
from listserv.store.digests import told_threads
from listserv.store.engine import Connection
from listserv.store.migrate import signing_key
from listserv.store.schedule import digest_readers


def compose_editions(
    connection: Connection,
    mail_list: MailList,
    period: Period,
    settings: Settings,
    templates: Environment,
    now: datetime,
) -> list[tuple[Sequence[int], bytes]]:
    """(subscription ids, octets) for each language of the period's readers; [] when there is nothing to tell."""
    threads = tuple(told_threads(connection, mail_list.id, period.covers_from, period.covers_until))
    if not threads and is_left_out(mail_list, period):
        return []
    readers: dict[str, array[int]] = {}
    for language, ids in digest_readers(connection, mail_list, period.kind, now).items():
        readers.setdefault(known_language(language, mail_list), array("q")).extend(ids)
    key = signing_key(connection)
    link = pages_link(settings, key, mail_list)

    def composed(language: str) -> bytes:
        edition = edition_of(mail_list, period, threads, settings, key, language)
        return compose_digest(templates, replace(edition, pages_link=link), now)

    return [(ids, composed(language)) for language, ids in readers.items()]


def edition_of(
    mail_list: MailList,
    period: Period,
    threads: Sequence[ToldThread],
    settings: Settings,
    key: bytes,
    language: str = "",
) -> Edition:
    """The edition in that language, "" for the group's; without the link that is each reader's own."""
    return Edition(
        mail_list,
        ListAddresses(mail_list.name, mail_list.domain, settings.box(mail_list.domain)),
        period,
        tuple(threads),
        language or mail_list.settings.language,
        Calendars(settings).of(mail_list).zone,
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
