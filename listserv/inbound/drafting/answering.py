"""A facilitator's reply to a draft: what it wishes is done, and sent back as it will appear, in one transaction.

Promises: nothing is in the update that this mail did not bring back to her who wrote it; her colleagues are told as
well; a reply that wishes nothing, or that comes when the update has gone, changes nothing and is answered so. "stop"
takes back one's own. The right is the token, held by somebody who still gets the drafts; From is not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from babel.dates import format_date, format_time

from listserv.inbound.days import zone_of
from listserv.inbound.desk import Desk, Recipient
from listserv.inbound.drafting.reading import Wishes, read_reply
from listserv.inbound.forwarding import forward_to_owners
from listserv.mail.text.body import body
from listserv.mail.text.quote import split_own
from listserv.model.digest import Note
from listserv.model.draft import NOTE_CHARACTERS, WORDS_CHARACTERS, Draft, Said, note_of
from listserv.model.lists import DigestPeriod, MailList
from listserv.store.drafts import PURPOSE, draft_by_id, draft_readers, keep_said
from listserv.store.owners import Keeper
from listserv.store.schedule import claimed
from listserv.store.tokens import Token
from listserv.store.told import digest_kind

if TYPE_CHECKING:
    from listserv.inbound.functions import Letter

ANSWER_LASTS = timedelta(days=21)
SETTLES = timedelta(minutes=1)  # as a period's end: what is taken later might miss the update
ANSWERS_A_DAY = 5  # to replies that change nothing
GAP = "\n\n"
_LOCALES = {"en": "en_NZ", "mi": "mi_NZ"}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a reply made of what its author had said, and what of it was too long."""

    said: Said
    too_long: bool = False


def answer_draft(desk: Desk, letter: Letter, token: Token) -> None:
    """The reply's wishes hold for the update, or its author is told why not."""
    draft = draft_by_id(desk.connection, token.object_id or 0, lock=True)
    readers = draft_readers(desk.connection, letter.mail_list) if draft is not None else []
    her = next((each for each in readers if each.person_id == token.person_id), None)
    if draft is None or her is None:
        forward_to_owners(desk.connection, letter.mail_list, letter.arrival, desk.settings)
        return
    if _has_gone(desk, draft):
        _answer(desk, letter, draft, her, "late")
        return
    wishes = _wishes(letter, draft)
    if not wishes.acts:
        _answer(desk, letter, draft, her, "praise" if wishes.praise else "unclear", wishes)
        return
    taken = take(draft, her, wishes, desk.now)
    others = [each for each in draft.said if each.person_id != her.person_id]
    before = draft.by(her.person_id)
    known = [each.person_id for each in draft.said]
    order = [*others, taken.said] if before is None else [_or_hers(each, taken.said) for each in draft.said]
    new = keep_said(desk.connection, draft, order, desk.now)
    _answer(desk, letter, new, her, "taken", wishes, taken.too_long)
    if _differs(before, taken.said) or her.person_id not in known:
        for other in readers:
            if other.person_id != her.person_id:
                _tell(desk, letter.mail_list, new, other, her)


def take(draft: Draft, her: Keeper, wishes: Wishes, now: datetime) -> Taken:
    """What she says of the update from now on. What there is no room for is left as it was."""
    name = her.name or her.address.partition("@")[0]
    old = None if wishes.stop else draft.by(her.person_id)
    said = replace(old, at=now, name=name) if old is not None else Said(her.person_id, name, now)
    others = sum(len(each.note) + len(GAP) for each in draft.said if each.person_id != her.person_id and each.note)
    fitting = tuple((number, words) for number, words in wishes.edits if len(words) <= WORDS_CHARACTERS)
    fits = len(wishes.note) + others <= NOTE_CHARACTERS
    edits = {**dict(said.edits), **dict(fitting)}
    drops = [*(number for number in said.drops if number not in dict(fitting)), *wishes.drops]
    said = replace(
        said,
        note=wishes.note if wishes.note and fits else said.note,
        drops=tuple(dict.fromkeys(drops)),
        edits=tuple((number, words) for number, words in edits.items() if number not in drops),
        ok=said.ok or wishes.ok,
    )
    return Taken(said, too_long=not fits or len(fitting) < len(wishes.edits))


def _or_hers(each: Said, hers: Said) -> Said:
    return hers if each.person_id == hers.person_id else each


def _differs(before: Said | None, after: Said) -> bool:
    empty = Said(after.person_id, after.name, after.at)
    return replace(before or empty, at=after.at, name=after.name) != after


def _has_gone(desk: Desk, draft: Draft) -> bool:
    kind = digest_kind(DigestPeriod.WEEKLY)
    if desk.now >= draft.goes_at - SETTLES:
        return True
    return bool(claimed(desk.connection, kind, [draft.list_id], {draft.period_key}))


def _wishes(letter: Letter, draft: Draft) -> Wishes:
    found = body(letter.message)
    return read_reply(split_own(found.text, found.html, ()).own, found.text, draft.parts)


def _answer(
    desk: Desk,
    letter: Letter,
    draft: Draft,
    her: Keeper,
    what: str,
    wishes: Wishes | None = None,
    too_long: bool = False,
) -> None:
    """She hears what was made of her reply."""
    wishes = wishes or Wishes()
    if what != "taken" and not _may_answer(desk, her, what):
        return
    _send(
        desk,
        letter.mail_list,
        draft,
        her,
        in_reply_to=letter.message.message_id,
        what=what,
        who="",
        refused=wishes.refused,
        unread=wishes.unread,
        too_long=too_long,
    )


def _may_answer(desk: Desk, her: Keeper, what: str) -> bool:
    """A few times a day, so that two programs do not answer one another for ever."""
    return any(desk.may_answer(her.address, f"{PURPOSE}:{what}:{count}") for count in range(ANSWERS_A_DAY))


def _tell(desk: Desk, mail_list: MailList, draft: Draft, other: Keeper, her: Keeper) -> None:
    """A colleague hears what she made of it."""
    who = her.name or her.address
    _send(desk, mail_list, draft, other, what="told", who=who, refused=(), unread=(), too_long=False)


def _send(desk: Desk, mail_list: MailList, draft: Draft, to: Keeper, **values: Any) -> None:
    language = to.language if to.language in _LOCALES else mail_list.settings.language
    late = values["what"] == "late"
    answers_to = (
        ""
        if late
        else desk.answer_address(mail_list, PURPOSE, ANSWER_LASTS, person_id=to.person_id, object_id=draft.id)
    )
    local = draft.goes_at.astimezone(zone_of(mail_list, desk.settings))
    desk.send(
        "draft_answer",
        mail_list,
        Recipient(to.address, to.name, language),
        answers_to=answers_to,
        day=format_date(local.date(), "EEEE d MMMM", locale=_LOCALES[language]),
        hour=format_time(local.time(), "HH:mm", locale=_LOCALES[language]),
        group_address=mail_list.address,
        refused=[_title(draft, number, language) for number in values.pop("refused")],
        **_as_it_will_appear(draft, language),
        **values,
    )


def _as_it_will_appear(draft: Draft, language: str) -> dict[str, Any]:
    """The note, what is left out and what stands in whose place, as `note_of` has it for the update."""
    note: Note = note_of(draft.parts, draft.said)
    words = dict(note.edited)
    sections = [part for part in draft.parts if part.section is not None and part.section in words]
    return {
        "note": note.text,
        "note_by": note.by,
        "in_a_line": [_title(draft, part.number, language) for part in draft.parts if part.thread_id in note.dropped],
        "left_out": [
            _title(draft, part.number, language) for part in sections if part.section and not words[part.section]
        ],
        "changed": [
            (_title(draft, part.number, language), words[part.section])
            for part in sections
            if part.section and words[part.section]
        ],
        "ok_by": [each.name for each in draft.said if each.ok],
    }


def _title(draft: Draft, number: int, language: str) -> str:
    part = draft.part(number)
    return f"[{number}] {part.title_in(language)}" if part is not None else f"[{number}]"
