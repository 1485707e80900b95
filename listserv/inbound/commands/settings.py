"""Commands about one's own settings in a group. Each changes what it says and tells what is so now."""

from __future__ import annotations

from datetime import date

from listserv.inbound.bounces.answering import is_reported
from listserv.inbound.commands.command import Asker, Said
from listserv.inbound.days import morning_of
from listserv.inbound.desk import Desk
from listserv.mail.address import address_key
from listserv.model.lists import Delivery, DigestPeriod
from listserv.store import pauses
from listserv.store.addresses import on_file, start_again
from listserv.store.people import change_member, rename_person
from listserv.store.settling import choose_language, choose_plain_text

NO_MEMBER = Said("no_member")


def pause(desk: Desk, asker: Asker, argument: str) -> Said:
    """No mail of the group until the morning of that day."""
    if not asker.place.id:
        return NO_MEMBER
    day = date.fromisoformat(argument)
    until = morning_of(day, asker.mail_list, desk.settings)
    if until <= desk.now:
        return Said("pause_over")
    pauses.pause(desk.connection, asker.place.id, until, desk.now)
    return Said("paused", {"day": day})


def resume(desk: Desk, asker: Asker, _argument: str) -> Said:
    """The pause ends now, or mail goes again to an address that reports had stopped."""
    if not asker.place.id:
        return NO_MEMBER
    known = on_file(desk.connection, address_key(asker.place.address))
    if known is not None and is_reported(known):
        start_again(desk.connection, known.id, desk.now)
        return Said("address_again", {"address": known.address})
    return Said("resumed" if pauses.resume(desk.connection, asker.place.id, desk.now) else "no_pause")


def mails(desk: Desk, asker: Asker, argument: str) -> Said:
    """Single mails: each or none."""
    if not asker.place.id:
        return NO_MEMBER
    pauses.choose(
        desk.connection, asker.place.id, desk.now, delivery=Delivery.EACH if argument == "on" else Delivery.NONE
    )
    return Said(f"mails_{argument}")


def digest(desk: Desk, asker: Asker, argument: str) -> Said:
    """The digest: none, daily, weekly or monthly."""
    if not asker.place.id:
        return NO_MEMBER
    pauses.choose(desk.connection, asker.place.id, desk.now, digest=DigestPeriod(argument))
    return Said(f"digest_{argument}")


def own_posts(desk: Desk, asker: Asker, argument: str) -> Said:
    """Whether her own posts come back to her."""
    if not asker.place.id:
        return NO_MEMBER
    change_member(desk.connection, asker.mail_list, asker.place, own_copy=argument == "on")
    return Said(f"own_posts_{argument}")


def receipts(desk: Desk, asker: Asker, argument: str) -> Said:
    """Whether she is told what became of each post of hers."""
    if not asker.place.id:
        return NO_MEMBER
    change_member(desk.connection, asker.mail_list, asker.place, receipt=argument == "on")
    return Said(f"receipts_{argument}")


def plain_text(desk: Desk, asker: Asker, argument: str) -> Said:
    """Whether mail comes as plain text alone, in every group."""
    choose_plain_text(desk.connection, asker.person_id, argument == "on")
    return Said(f"plain_text_{argument}")


def language(desk: Desk, asker: Asker, argument: str) -> Said:
    """In which language we write to her, in every group."""
    choose_language(desk.connection, asker.person_id, argument)
    return Said(f"language_{argument}")


def name(desk: Desk, asker: Asker, argument: str) -> Said:
    """What she is called, in every group."""
    rename_person(desk.connection, asker.person_id, argument)
    return Said("named", {"called": argument})
