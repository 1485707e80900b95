"""The first mail: who put you here and why, what is kept and for whom, how to answer, leave and correct (IPP 3A).

It goes to everybody who comes in by mail, and to those a file put in when the owner asks for it. Where the group has
an open prompt, a plain reply is a first post to the group; else it reaches the people who look after the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from listserv.inbound.days import last_day, told_day
from listserv.inbound.desk import Desk
from listserv.mail.listaddress import Purpose
from listserv.model.lists import MailList, Style, Subscription

# Why she is in: she confirmed, was let in, took an invitation, was put in by the people of the group, came back.
CONFIRMED, LET_IN, INVITED, ADDED = "confirmed", "let_in", "invited", "added"
OPEN_TO_ALL = frozenset({Style.DISCUSSION, Style.MODERATED})


def send_first_mail(desk: Desk, mail_list: MailList, place: Subscription, came: str) -> None:
    """The welcome to one group is in the outbox."""
    to = desk.member(place)
    prompt = _prompt(mail_list)
    addresses = desk.addresses(mail_list)
    desk.send(
        "first_mail",
        mail_list,
        to,
        answers_to=addresses.of(Purpose.POST) if prompt else "",
        came=came,
        prompt=prompt,
        takes_posts=mail_list.settings.style in OPEN_TO_ALL,
        norms=mail_list.settings.norms.strip(),
        private=desk.is_private(mail_list),
        site=desk.settings.site.name,
        address=place.address,
        school=place.school,
        level=place.level,
        delivery=place.delivery.value,
        digest=place.digest.value,
        until=_last_day(desk, mail_list, place, to.language),
        **_ways(desk, mail_list),
    )


def send_changed_groups(desk: Desk, place: Subscription, joined: Sequence[MailList], left: Sequence[MailList]) -> None:
    """One mail tells a person about all the groups a file put her into or took her out of."""
    home = (joined or left)[0]
    told = [
        {
            "title": each.title,
            "prompt": _prompt(each),
            "norms": each.settings.norms.strip(),
            "private": desk.is_private(each),
            **_ways(desk, each),
        }
        for each in joined
    ]
    desk.send(
        "groups_changed",
        home,
        desk.member(place),
        joined=told,
        left=[each.title for each in left],
        site=desk.settings.site.name,
        address=place.address,
        school=place.school,
        level=place.level,
        **_ways(desk, home),
    )


def _ways(desk: Desk, mail_list: MailList) -> dict[str, Any]:
    addresses = desk.addresses(mail_list)
    return {
        "post_address": addresses.of(Purpose.POST),
        "leave_address": addresses.of(Purpose.LEAVE),
        "request_address": addresses.of(Purpose.REQUEST),
    }


def _prompt(mail_list: MailList) -> str:
    """The question for newcomers, "" where they may not post."""
    return mail_list.settings.first_prompt.strip() if mail_list.settings.style in OPEN_TO_ALL else ""


def _last_day(desk: Desk, mail_list: MailList, place: Subscription, language: str) -> str:
    """A guest's last day in words, "" for who is no guest."""
    if place.until is None:
        return ""
    return told_day(last_day(place.until, mail_list, desk.settings), language or mail_list.settings.language)
