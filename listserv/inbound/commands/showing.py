"""Commands that tell: what one may write, and what is set and kept about oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from listserv.inbound.asking import may_write, may_write_some
from listserv.inbound.commands import zones
from listserv.inbound.commands.command import Asker, Command, Said
from listserv.inbound.commands.hours import said_of
from listserv.inbound.commands.settings_address import settings_address
from listserv.inbound.commands.updates import shown_hour
from listserv.inbound.days import last_day, told_day, zone_of
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.joining import stranger
from listserv.inbound.judging import author_in
from listserv.mail.address import address_key
from listserv.mail.listaddress import Purpose
from listserv.model.lists import MailList, Subscription
from listserv.store import pauses
from listserv.store.addresses import addresses_of
from listserv.store.hours import hours_of
from listserv.store.joining import groups_of
from listserv.store.lists import list_by_id
from listserv.store.personal import own_way
from listserv.store.settling import wants_plain_text

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter


def help_me(desk: Desk, letter: Letter) -> None:
    """Everything one may write, with an example each; once a day."""
    if may_write(desk, letter, letter.author_address, "help"):
        send_help(desk, letter.mail_list, stranger(desk, letter.author_address))


def send_help(desk: Desk, mail_list: MailList, to: Recipient) -> None:
    """The table of commands in the reader's language."""
    from listserv.inbound.commands.table import COMMANDS  # whose rows name the functions of this module

    language = to.language or mail_list.settings.language
    desk.send("help", mail_list, to, commands=in_words(COMMANDS, language), **ways(desk, mail_list))


def in_words(commands: tuple[Command, ...], language: str) -> list[dict[str, str]]:
    """Each command's name and its example in the language."""
    return [{"name": each.name, "example": each.examples.get(language, each.examples["en"])} for each in commands]


def ways(desk: Desk, mail_list: MailList) -> dict[str, Any]:
    """The list's addresses that a mail of ours names."""
    addresses = desk.addresses(mail_list)
    return {
        "post_address": addresses.of(Purpose.POST),
        "request_address": addresses.of(Purpose.REQUEST),
        "join_address": addresses.of(Purpose.JOIN),
        "leave_address": addresses.of(Purpose.LEAVE),
    }


def status(desk: Desk, letter: Letter) -> None:
    """What is set and kept, at the member's known address and nowhere else."""
    mail_list, address = letter.mail_list, letter.author_address
    place = author_in(desk.connection, mail_list, address_key(address), desk.now) if address else None
    if place is None or not place.address:
        if may_write(desk, letter, address):
            desk.send("leave_unknown", mail_list, stranger(desk, address), address=address)
    elif may_write_some(desk, letter, place.address, "status"):
        _send_status(desk, mail_list, place, desk.member(place))


def show_status(desk: Desk, asker: Asker, _argument: str) -> None:
    """The same, where it is proven who asks."""
    _send_status(desk, asker.mail_list, asker.place, asker.recipient)


def _send_status(desk: Desk, mail_list: MailList, place: Subscription, to: Recipient) -> None:
    language = to.language or mail_list.settings.language
    kept = addresses_of(desk.connection, place.person_id)
    desk.send(
        "settings",
        mail_list,
        to,
        answers_to=settings_address(desk, mail_list, place.person_id),
        groups=[_group(desk, each, language) for each in groups_of(desk.connection, place.person_id, desk.now)],
        addresses=[each.address for each in kept],
        site=desk.settings.site.name,
        plain_text=wants_plain_text(desk.connection, place.person_id),
        language=language,
        updates=_updates(desk, place.person_id, language),
        **ways(desk, mail_list),
    )


def _updates(desk: Desk, person_id: int, language: str) -> list[Said]:
    """What she chose of her updates, in the words in which each was confirmed."""
    way = own_way(desk.connection, person_id)
    when = shown_hour(" ".join(filter(None, (way.day, way.time))), language)
    chosen = [Said("hour_chosen", {"when": when})] if when else []
    chosen += [Said("together")] if way.together else []
    hours = hours_of(desk.connection, person_id)
    chosen += [said_of(hours, language)] if hours else []
    chosen += [zones.said_of(way.time_zone)] if way.time_zone else []
    return chosen + ([Said(f"form_{way.form}")] if way.form else [])


def _group(desk: Desk, place: Subscription, language: str) -> dict[str, Any]:
    mail_list = list_by_id(desk.connection, place.list_id)
    pause = pauses.pause_of(desk.connection, place.id)
    lasts = pause is not None and pause.until > desk.now
    paused = pause.until.astimezone(zone_of(mail_list, desk.settings)).date() if pause and lasts else None
    return {
        "title": mail_list.title,
        "delivery": (pause or place).delivery.value,
        "digest": (pause or place).digest.value,
        "own_copy": place.own_copy,
        "receipt": place.receipt,
        "paused_until": told_day(paused, language) if paused else "",
        "until": told_day(last_day(place.until, mail_list, desk.settings), language) if place.until else "",
        "school": place.school,
        "level": place.level,
        "posts": place.posts,
    }
