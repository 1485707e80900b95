"""Inquiries: a facilitator's question goes to each member in a mail of her own, when she may be written to.

It counts as a reminder, so that nobody hears of anything twice in a week, and is as bound: school hours, no holidays,
none within two days of an update she reads, none to who has refused such questions. Once a school day the clock looks
whom it can reach now; whom it could not reach before the last day is not asked. Nobody is asked twice. What becomes of
the answers is `inbound.week`'s.
"""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date

from listserv.digest import goals as rules
from listserv.digest.due import updates_near
from listserv.digest.letters import addresses_of, send
from listserv.digest.nudges import LOCALES, Site
from listserv.digest.run import Done
from listserv.mail.listaddress import Purpose
from listserv.model.goals import Place
from listserv.model.inquiry import Inquiry
from listserv.model.lists import MailList, Role
from listserv.model.school import rhythm_of
from listserv.store import tokens
from listserv.store.engine import Connection
from listserv.store.inquiries import ANSWERS_AFTER, INQUIRY, inquiry_of
from listserv.store.participation import NUDGE, places_of, reminders_of
from listserv.store.refusing import INQUIRIES
from listserv.store.schedule import Outcome, claim_run, claimed
from listserv.store.settling import name_of


def period_of(site: Site, mail_list: MailList, now: datetime) -> str:
    """The name of today's round in the schedule: the group's day."""
    return site.workshop.calendars.of(mail_list).day_of(now).isoformat()


def run_inquiry(connection: Connection, mail_list: MailList, inquiry_id: int, site: Site, now: datetime) -> Done | None:
    """Who may be asked today has been; None if it was not this transaction's to do."""
    period = period_of(site, mail_list, now)
    inquiry = inquiry_of(connection, mail_list.id, inquiry_id)
    if inquiry is None or inquiry.ended or not claim_run(connection, INQUIRY, inquiry_id, period, now):
        return None
    near = updates_near(connection, mail_list, site.lists, site.workshop, now)
    members = [near.by_plan(each) for each in _members(connection, inquiry, now) if not near.meets(each)]
    sent = sum(_ask(connection, mail_list, inquiry, each, site, now) for each in members)
    return Done(INQUIRY, mail_list.address, period, Outcome.SENT if sent else Outcome.QUIET, sent)


def _members(connection: Connection, inquiry: Inquiry, now: datetime) -> list[Place]:
    """Everybody in the group who was not asked yet, but for guests and the asker herself."""
    members = places_of(connection, inquiry.list_id, now, but=[Role.GUEST], kind=INQUIRIES)
    asked = claimed(connection, _asked(inquiry), [each.person_id for each in members], {"1"})
    return [each for each in members if each.person_id != inquiry.asked_by and (each.person_id, "1") not in asked]


def _ask(
    connection: Connection, mail_list: MailList, inquiry: Inquiry, place: Place, site: Site, now: datetime
) -> bool:
    calendar, rhythm = site.workshop.calendars.of(mail_list, place.school), rhythm_of(mail_list.settings)
    before = reminders_of(connection, [place.person_id]).get(place.person_id, [])
    if not rules.may_be_written_to(calendar, rhythm, place, before, now):
        return False
    # Who counted as many reminders as we did is another node that writes to her at this moment: one of us does.
    if not claim_run(connection, NUDGE, place.person_id, str(len(before) + 1), now):
        return False
    claim_run(connection, _asked(inquiry), place.person_id, "1", now)
    lasts = inquiry.closes_at - now + ANSWERS_AFTER
    token = tokens.issue(connection, mail_list.id, INQUIRY, now, lasts, person_id=place.person_id, object_id=inquiry.id)
    language = place.language or mail_list.settings.language
    day = calendar.day_of(inquiry.closes_at)
    return send(
        connection,
        site.workshop,
        mail_list,
        "inquiry",
        place.address,
        place.name,
        place.language,
        addresses_of(site.workshop, mail_list).of(Purpose.CONFIRM, token),
        now,
        asker=name_of(connection, inquiry.asked_by),
        question=inquiry.question,
        day=format_date(day, "EEEE d MMMM", locale=LOCALES.get(language, "en_NZ")),
    )


def _asked(inquiry: Inquiry) -> str:
    """The schedule's word for having asked somebody this."""
    return f"{INQUIRY}:{inquiry.id}"
