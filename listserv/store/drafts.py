"""The drafts of weekly updates: opened once a period, what each facilitator said, what follows of it.

One row a list and period; `answers` holds the draft's parts (their numbers, titles and fingerprints, not members'
words) and what was said, as JSON that take-downs may mask. Whatever cannot be read any more changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from listserv.model.digest import Note, Section
from listserv.model.draft import Draft, Part, Said, note_of
from listserv.model.lists import Drafts, MailList, Role
from listserv.store.owners import Keeper, keepers, owners
from listserv.store.schema import addresses, drafts, persons, roles

KIND = "draft"  # in the schedule
PURPOSE = "update-draft"  # of the addresses that take answers


def facilitators(connection: Connection, mail_list: MailList) -> list[Keeper]:
    """The group's facilitators and its network's whom mail reaches, each once."""
    found = {each.person_id: each for each in keepers(connection, mail_list.id, [Role.FACILITATOR])}
    statement = (
        select(persons.c.id, addresses.c.address, persons.c.name, persons.c.language)
        .select_from(persons.join(addresses, addresses.c.person_id == persons.c.id))
        .where(
            addresses.c.stopped_at.is_(None),
            addresses.c.verified_at.is_not(None),
            persons.c.id.in_(
                select(roles.c.person_id).where(
                    roles.c.network_id == mail_list.network_id, roles.c.role == Role.FACILITATOR.value
                )
            ),
        )
        .order_by(persons.c.id, addresses.c.id)
    )
    for row in connection.execute(statement):
        found.setdefault(row.id, Keeper(*row))
    return list(found.values())


def draft_readers(connection: Connection, mail_list: MailList) -> list[Keeper]:
    """Who gets the drafts of the list's weekly updates: its facilitators, or its owners if the list says so."""
    wanted = mail_list.settings.drafts
    found = facilitators(connection, mail_list) if wanted is not Drafts.NONE else []
    return found or (owners(connection, mail_list.id) if wanted is Drafts.OWNERS else [])


def open_draft(
    connection: Connection, list_id: int, period_key: str, goes_at: datetime, parts: Sequence[Part], now: datetime
) -> Draft:
    """The draft of this period is written down; called once a period (`schedule.claim_run`)."""
    draft = Draft(0, list_id, period_key, goes_at, tuple(parts))
    values = {"list_id": list_id, "period": period_key, "answers": _written(draft), "asked_at": now}
    draft_id: int = connection.execute(insert(drafts).values(**values).returning(drafts.c.id)).scalar_one()
    return Draft(draft_id, list_id, period_key, goes_at, tuple(parts))


def draft_by_id(connection: Connection, draft_id: int, *, lock: bool = False) -> Draft | None:
    """The draft; with `lock` no other transaction changes it until this one ends."""
    statement = select(drafts).where(drafts.c.id == draft_id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    return _read(row) if row is not None else None


def draft_of(connection: Connection, list_id: int, period_key: str) -> Draft | None:
    """The list's draft of this period, None if none was sent."""
    statement = select(drafts).where(drafts.c.list_id == list_id, drafts.c.period == period_key)
    row = connection.execute(statement).one_or_none()
    return _read(row) if row is not None else None


def keep_said(connection: Connection, draft: Draft, said: Iterable[Said], now: datetime) -> Draft:
    """What was said of the draft is this; it is released from the first ok on, while one stands."""
    all_said = tuple(said)
    released = (draft.released_at or now) if any(each.ok for each in all_said) else None
    new = Draft(draft.id, draft.list_id, draft.period_key, draft.goes_at, draft.parts, all_said, released)
    connection.execute(
        update(drafts).where(drafts.c.id == draft.id).values(answers=_written(new), released_at=released)
    )
    return new


def note_for(connection: Connection, list_id: int, period_key: str) -> Note | None:
    """What the facilitators made of the update of this period; None where there was no draft or nothing was changed."""
    draft = draft_of(connection, list_id, period_key)
    if draft is None or not any(each.changes for each in draft.said):
        return None
    return note_of(draft.parts, draft.said)


def _written(draft: Draft) -> str:
    value = {
        "goes_at": draft.goes_at.isoformat(),
        "parts": [
            [
                part.number,
                part.title,
                part.thread_id,
                part.section.value if part.section else "",
                part.fingerprint,
                part.spoken,
            ]
            for part in draft.parts
        ],
        "said": [
            [each.person_id, each.name, each.at.isoformat(), each.note, each.drops, each.edits, each.ok]
            for each in draft.said
        ],
    }
    return json.dumps(value, ensure_ascii=False)  # words as they are, so that a take-down finds them


def _read(row: Any) -> Draft | None:
    try:
        value = json.loads(row.answers)
        return Draft(
            row.id,
            row.list_id,
            row.period,
            datetime.fromisoformat(value["goes_at"]),
            tuple(_part(each) for each in value["parts"]),
            tuple(_said(each) for each in value["said"]),
            row.released_at,
        )
    except (ValueError, KeyError, TypeError):
        return None


def _part(value: Any) -> Part:
    number, title, thread_id, section, fingerprint, several = value
    spoken = tuple((language, its_title, its_fingerprint) for language, its_title, its_fingerprint in several)
    return Part(number, title, thread_id, Section(section) if section else None, fingerprint, spoken)


def _said(value: Any) -> Said:
    person_id, name, at, note, drops, edits, ok = value
    edited = tuple((number, words) for number, words in edits)
    return Said(person_id, name, datetime.fromisoformat(at), note, tuple(drops), edited, ok)
