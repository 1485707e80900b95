"""A prompt at its hour: composed in the group's language under the group's name, its facilitators named, and posted.

A prompt never goes out in school holidays or quiet hours. One that is late by more than an hour, after downtime or
holidays, waits for the next hour of school; after 35 days it is not posted any more. Posting itself is the caller's
(`Post`), as it is the same act for every post of the house.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from listserv.digest.goals import in_school_hours
from listserv.digest.letters import addresses_of
from listserv.digest.plan import PUNCTUAL, is_silent
from listserv.digest.run import Done, Workshop
from listserv.mail.address import Mailbox
from listserv.mail.compose import HeaderValue, compose
from listserv.mail.ids import make_message_id
from listserv.mail.listaddress import Purpose
from listserv.model.goals import PlannedPrompt
from listserv.model.lists import MailList, Role
from listserv.model.school import Rhythm, SchoolCalendar
from listserv.store.engine import Connection
from listserv.store.owners import keepers
from listserv.store.prompts import is_still_due, set_post
from listserv.store.schedule import Outcome, claim_run
from listserv.store.settling import name_of

PROMPT = "prompt"
# (connection, list, octets, now) -> the id of the post that the octets are now, and how many get a copy.
Post = Callable[[Connection, MailList, bytes, datetime], tuple[int, int]]


def may_go(calendar: SchoolCalendar, rhythm: Rhythm, prompt: PlannedPrompt, now: datetime) -> bool:
    """Whether the prompt, whose hour has come, goes out now."""
    if prompt.due_at < now - PUNCTUAL:
        return in_school_hours(calendar, rhythm, now) and not is_silent(calendar, rhythm, now)
    return not is_silent(calendar, rhythm, now)


def run_prompt(
    connection: Connection, mail_list: MailList, prompt: PlannedPrompt, workshop: Workshop, post: Post, now: datetime
) -> Done | None:
    """The prompt is a post of the group, in a thread of its own; None if it was not this transaction's to do.

    Nor is it where the prompt was taken back, or the group closed, since it was read.
    """
    if not is_still_due(connection, prompt, now) or not claim_run(connection, PROMPT, prompt.id, "1", now):
        return None
    post_id, recipients = post(connection, mail_list, compose_prompt(connection, mail_list, prompt, workshop, now), now)
    set_post(connection, prompt.id, post_id)
    return Done(PROMPT, mail_list.address, str(prompt.id), Outcome.SENT, recipients, prompt.title)


def compose_prompt(
    connection: Connection, mail_list: MailList, prompt: PlannedPrompt, workshop: Workshop, now: datetime
) -> bytes:
    """The octets of the post, the same for the same prompt and time."""
    addresses = addresses_of(workshop, mail_list)
    template = workshop.environment.get_template("email/prompt.txt")
    values = {
        "locale": mail_list.settings.language,
        "group": mail_list.title,
        "paragraphs": prompt.body.strip(),
        "facilitators": _facilitators(connection, mail_list, prompt),
    }
    text = "".join(template.blocks["text"](template.new_context(values)))
    unique = hashlib.sha256(repr((prompt.id, mail_list.id, prompt.created_at)).encode()).hexdigest()[:32]
    group = Mailbox(mail_list.title, addresses.of(Purpose.POST))
    headers: dict[str, HeaderValue] = {
        "From": group,
        "To": group,
        "Subject": " ".join(prompt.title.split()),
        "Date": now.astimezone(workshop.calendars.of(mail_list).zone),
        "Message-ID": f"<{make_message_id(f'prompt.{unique}', mail_list.domain)}>".encode(),
    }
    return compose(headers, text.strip("\n") + "\n")


def _facilitators(connection: Connection, mail_list: MailList, prompt: PlannedPrompt) -> list[str]:
    """The names under the prompt: whoever wrote it down, else everybody who facilitates the group."""
    if prompt.created_by is not None:
        return [name for name in [name_of(connection, prompt.created_by)] if name]
    return [each.name for each in keepers(connection, mail_list.id, [Role.FACILITATOR]) if each.name]
