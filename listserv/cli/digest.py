"""digest preview, digest send: the weekly update before its hour, or now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from listserv.errors import Refused
from listserv.model.calendar import Period
from listserv.model.lists import DigestPeriod, MailList

if TYPE_CHECKING:
    from listserv.digest.run import Done
    from listserv.model.school import SchoolCalendar
    from listserv.store.engine import Connection

AHEAD = timedelta(days=120)

week_option = click.option(
    "--week", metavar="2026-W47", help="The ISO week that holds the sending hour; else the next one to be sent."
)


@click.group()
def digest() -> None:
    """The weekly update of a group."""


@digest.command()
@click.argument("list_name", metavar="LIST")
@week_option
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the HTML here.")
@click.pass_obj
def preview(config: Path | None, list_name: str, week: str | None, html: Path | None) -> None:
    """Show the update of LIST as it would go out in the group's language; nothing is sent."""
    from listserv.app.site import open_site
    from listserv.config.calendars import Calendars
    from listserv.digest.compose import compose_digest
    from listserv.digest.editions import edition_of, is_left_out
    from listserv.digest.gathering import preview_around
    from listserv.mail.parse import parse
    from listserv.resources import environment
    from listserv.store.digests import told_threads
    from listserv.store.lists import get_list
    from listserv.store.migrate import signing_key

    with open_site(config) as site, site.database.begin() as connection:
        mail_list = get_list(connection, list_name)
        period = _period(connection, mail_list, Calendars(site.settings).of(mail_list), week, site.now())
        period = _less_told(connection, mail_list, period, site.now())
        threads = told_threads(connection, mail_list.id, period.covers_from, period.covers_until)
        around = preview_around(connection, mail_list, period, Calendars(site.settings).of(mail_list), site.now())
        edition = edition_of(mail_list, period, threads, site.settings, signing_key(connection))
        edition = replace(edition, around=around)
        message = parse(compose_digest(environment(site.settings.site.templates), edition, site.now()))
    plain, page = message.root.children
    if html is not None:
        html.write_text(page.text(), "utf-8")
    click.echo(f"Subject: {message.subject}\n\n{plain.text()}", nl=False)
    if not threads and is_left_out(mail_list, period):
        click.echo("Nothing was posted, and the group's quiet_digest is skip: this one is not sent.", err=True)


@digest.command()
@click.argument("list_name", metavar="LIST")
@week_option
@click.pass_obj
def send(config: Path | None, list_name: str, week: str | None) -> None:
    """Send the update of LIST now; a second time, and at its hour, it does not go again."""
    from listserv.app.clock import make_workshop
    from listserv.app.site import open_site
    from listserv.digest.plan import SETTLES
    from listserv.digest.run import run_digest
    from listserv.store.lists import get_list
    from listserv.store.schedule import covered_until

    with open_site(config) as site, site.database.begin() as connection:
        now = site.now()
        mail_list = get_list(connection, list_name)
        workshop = make_workshop(site.settings)
        period = _period(connection, mail_list, workshop.calendars.of(mail_list), week, now)
        told_until = covered_until(connection, DigestPeriod.WEEKLY, mail_list.id, now)
        if told_until is not None and told_until >= period.covers_until:
            raise Refused(f"What {period.key} has to tell went out already, with it or with a later update.")
        if period.covers_from > now:
            raise Refused(f"The last update is sent already, and {period.key} tells of a time that has not begun.")
        # Sent before its hour it tells what there is by now; the next one begins there.
        ends = min(period.covers_until, now - SETTLES)
        period = replace(_less_told(connection, mail_list, period, now), covers_until=ends)
        recipients = _recipients(run_digest(connection, mail_list, period, workshop, now), mail_list, period)
    click.echo(f"Update {period.key} of {mail_list.address}: on its way to {recipients} subscribers.")


def _recipients(done: Done | None, mail_list: MailList, period: Period) -> int:
    """To how many it goes. Raises Refused where nothing leaves, which undoes the claim: it may go at its hour."""
    from listserv.store.schedule import Outcome

    if done is None:
        raise Refused(f"The update {period.key} of {mail_list.address} is sent already.")
    if done.outcome is Outcome.NOBODY:
        raise Refused("Nobody reads weekly updates of this group; see listserv member set --digest weekly.")
    if done.outcome is not Outcome.SENT:
        raise Refused("Nothing was posted, and the group's quiet_digest is skip: nothing is sent.")
    return done.recipients


def _period(
    connection: Connection, mail_list: MailList, calendar: SchoolCalendar, week: str | None, now: datetime
) -> Period:
    """The week's period; that of the next update to be sent where none is named.

    Raises Refused for a week in which none is sent.
    """
    from listserv.digest.plan import period_named, periods
    from listserv.model.school import rhythm_of
    from listserv.store.schedule import claimed
    from listserv.store.told import digest_kind

    kind, rhythm = DigestPeriod.WEEKLY, rhythm_of(mail_list.settings)
    if week is not None:
        period = period_named(calendar, rhythm, kind, week.strip().upper())
        if period is None:
            raise Refused(
                f"No update is sent in {week!r}: a week is written 2026-W47, and in school holidays none goes."
            )
    else:
        coming = list(periods(calendar, rhythm, kind, now, now + AHEAD))
        sent = claimed(connection, digest_kind(kind), [mail_list.id], {each.key for each in coming}, now)
        period = next((each for each in coming if (mail_list.id, each.key) not in sent), None)
        if period is None:
            raise Refused("No update is due in the next months.")
    return period


def _less_told(connection: Connection, mail_list: MailList, period: Period, now: datetime) -> Period:
    """The period from where the last update ended, if that was before its own end."""
    from listserv.store.schedule import covered_until

    told_until = covered_until(connection, period.kind, mail_list.id, now)
    told = told_until is not None and told_until < period.covers_until
    return replace(period, covers_from=told_until) if told and told_until else period
