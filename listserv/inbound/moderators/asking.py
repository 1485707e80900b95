"""The mails that ask moderators about held posts: who gets which, when, and the address each is answered at.

One moderator, on duty for a week, gets a held post at once; the others after `moderator_hours`. Each mail has an
answer address of its reader's own. What its author is asked first (whose address, which conversation) goes to nobody
here before a day has passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_datetime

from listserv.inbound.days import zone_of
from listserv.inbound.desk import Desk, recipient
from listserv.inbound.moderating import HeldPost, look_at, thread_named
from listserv.mail.compose import MESSAGE, Attachment
from listserv.mail.subject import base_subject
from listserv.mail.text.body import body, own_first_lines
from listserv.mail.text.quote import split_own
from listserv.model.case import Reason
from listserv.model.lists import MailList, Role
from listserv.store import tokens
from listserv.store.conversations import reply_node
from listserv.store.moderation import Held, held_by_id
from listserv.store.moderators import Moderator, moderators
from listserv.store.restrictions import thread_beside, thread_subject
from listserv.store.schedule import claim_run
from listserv.store.tokens import holders, is_open
from listserv.store.waiting import Waiting

MODERATE, STORM, COMMAND = "moderate", "moderate-storm", "moderate-command"
TOLD, OTHERS = "held-told", "held-others"
ASKED_FIRST = frozenset({Reason.UNKNOWN_ADDRESS, Reason.WHICH_THREAD})
COMMAND_LASTS = timedelta(days=90)
STORM_LASTS = timedelta(days=14)
AFTER_THE_END = timedelta(days=7)  # a late answer is still told who decided what
FOR_EVER_DAYS = 90
TEXT_CHARACTERS = 4000
LISTED_CHARACTERS = 500
LISTED = 20
ATTACHED_OCTETS = 10_000_000
FILES = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A held post as a mail to a moderator tells it."""

    subject: str
    name: str
    address: str
    member: bool
    reason: str
    text: str
    files: tuple[str, ...]
    attached: bool = False
    since: str = ""
    answer_address: str = ""


def begin(desk: Desk, mail_list: MailList, waiting: Waiting) -> int:
    """The moderator on duty has been asked about the post, once; gives how many mails that took."""
    if not claim_run(desk.connection, TOLD, waiting.id, waiting.period, desk.now):
        return 0
    held = held_by_id(desk.connection, waiting.id)
    if held is None:
        return 0
    tokens.withdraw(desk.connection, MODERATE, desk.now, object_id=held.id)
    found = look_at(desk.connection, held, desk.now)
    if held.reason is Reason.THREAD_BRAKE:
        claim_run(desk.connection, OTHERS, waiting.id, waiting.period, desk.now)
        return tell_of_storm(desk, found)
    everybody = readers(desk, mail_list)
    first = everybody if not mail_list.settings.moderator_hours else on_duty(everybody, desk.now)
    return ask(desk, found, first, late=False)


def ask_others(desk: Desk, mail_list: MailList, waiting: Waiting) -> int:
    """Who was not on duty is asked now; gives how many mails that took."""
    if not claim_run(desk.connection, OTHERS, waiting.id, waiting.period, desk.now):
        return 0
    held = held_by_id(desk.connection, waiting.id)
    asked = holders(desk.connection, MODERATE, waiting.id)
    others = [person for person in readers(desk, mail_list) if person.person_id not in asked and not person.away]
    return ask(desk, look_at(desk.connection, held, desk.now), others, late=True) if held else 0


def readers(desk: Desk, mail_list: MailList) -> list[Moderator]:
    """Who moderates the list; the site's postmaster where nobody does."""
    found = moderators(desk.connection, mail_list, desk.now)
    postmaster = desk.settings.site.postmaster
    stand_in = [Moderator(None, "", postmaster, "", frozenset())] if postmaster else []
    return found or stand_in


def on_duty(everybody: Sequence[Moderator], at: datetime) -> list[Moderator]:
    """One of those who are not away, another each week: a moderator where there is one, else an owner, else whoever.

    All of them when all are away: better a mail in somebody's holiday than a post that nobody sees.
    """
    here = [person for person in everybody if not person.away]
    if not here:
        return list(everybody)
    for wanted in (Role.MODERATOR, Role.OWNER):
        pool = [person for person in here if wanted in person.roles]
        if pool:
            return [pool[_week(at) % len(pool)]]
    return [here[_week(at) % len(here)]]


def _week(at: datetime) -> int:
    return (at.date().toordinal() - 1) // 7  # weeks begin on Monday: 1 January of the year 1 was one


def ask(desk: Desk, found: HeldPost, people: Sequence[Moderator], *, late: bool) -> int:
    """Each of them has the post with an answer address of her own."""
    message = found.message
    octets = message.octets[message.head_start :]
    # Big providers refuse a mail with a program in it, and the moderator would hear of nothing.
    attached = len(octets) <= ATTACHED_OCTETS and message.danger is None
    told = tell(found, TEXT_CHARACTERS, attached=attached)
    for person in people:
        desk.send(
            "held",
            found.mail_list,
            recipient(person),
            answers_to=answer_address(desk, found, person),
            attachments=[Attachment(MESSAGE, octets)] if attached else (),
            post=told,
            late=late,
            named_reasons=named_reasons(desk),
            command_address=command_address(desk, found.mail_list, person),
        )
    return len(people)


def tell(found: HeldPost, characters: int, **more: Any) -> Told:
    """The post in words: its own text at most so long, its files by name."""
    message, content = found.message, body(found.message)
    text = own_first_lines(split_own(content.text, content.html, ()), characters)
    files = tuple(file.filename or file.content_type for file in content.attachments[:FILES])
    author = message.author
    return Told(
        message.subject,
        author.name if author else "",
        author.address if author else "",
        found.author is not None,
        found.held.reason.value,
        text,
        files,
        **more,
    )


def send_waiting(
    desk: Desk, mail_list: MailList, person: Moderator, posts: Sequence[Held], *, in_reply_to: str | None = None
) -> None:
    """One mail to one moderator with these posts, each with its answer address."""
    listed = [_listed(desk, look_at(desk.connection, held, desk.now), person) for held in posts[:LISTED]]
    desk.send(
        "held_list",
        mail_list,
        recipient(person),
        answers_to=listed[0].answer_address if len(listed) == 1 else command_address(desk, mail_list, person),
        in_reply_to=in_reply_to,
        posts=listed,
        more=len(posts) - len(listed),
    )


def _listed(desk: Desk, found: HeldPost, person: Moderator) -> Told:
    local = found.held.held_at.astimezone(zone_of(found.mail_list, desk.settings))
    language = person.language or found.mail_list.settings.language
    since = format_datetime(local, "EEE d MMM, HH:mm", locale="mi_NZ" if language == "mi" else "en_NZ")
    return tell(found, LISTED_CHARACTERS, since=since, answer_address=answer_address(desk, found, person))


def tell_of_storm(desk: Desk, found: HeldPost) -> int:
    """Moderators know that a conversation runs too fast; one note until one of them has answered it."""
    thread_id = conversation(desk, found)
    if thread_id is None or is_open(desk.connection, STORM, thread_id, desk.now):
        return 0
    people = [person for person in readers(desk, found.mail_list) if not person.away]
    for person in people:
        desk.send(
            "storm",
            found.mail_list,
            recipient(person),
            answers_to=token_address(desk, found.mail_list, STORM, person, STORM_LASTS, thread_id),
            conversation=thread_subject(desk.connection, thread_id),
            brake=found.mail_list.settings.thread_brake,
        )
    return len(people)


def conversation(desk: Desk, found: HeldPost) -> int | None:
    """The thread the held post belongs to, None where it begins one."""
    nodes = found.message.references
    named = thread_named(desk.connection, found.mail_list, found.held.recipient)
    if named is not None:
        nodes = (*nodes, reply_node(desk.connection, found.mail_list.id, named) or "")
    base = base_subject(found.message.subject)
    return thread_beside(desk.connection, found.mail_list.id, nodes, base.text if base.has_reply_prefix else "")


def answer_address(desk: Desk, found: HeldPost, person: Moderator) -> str:
    """Where this moderator answers about this post; good a week longer than the post waits."""
    lasts = timedelta(days=found.mail_list.settings.hold_days or FOR_EVER_DAYS) + AFTER_THE_END
    return token_address(desk, found.mail_list, MODERATE, person, lasts, found.held.id)


def command_address(desk: Desk, mail_list: MailList, person: Moderator) -> str:
    """Where this moderator orders what is about no held post."""
    return token_address(desk, mail_list, COMMAND, person, COMMAND_LASTS)


def token_address(
    desk: Desk, mail_list: MailList, purpose: str, person: Moderator, lasts: timedelta, object_id: int | None = None
) -> str:
    """A new address of that purpose for this moderator alone."""
    return desk.answer_address(
        mail_list,
        purpose,
        lasts,
        moderate=True,
        person_id=person.person_id,
        object_id=object_id,
        payload={"address": person.address},
    )


def named_reasons(desk: Desk) -> list[str]:
    """The reasons that are written already, by their names."""
    files = desk.templates.list_templates(filter_func=lambda name: name.startswith("email/reject/"))
    return [name.removeprefix("email/reject/").removesuffix(".txt") for name in files if name.endswith(".txt")]
