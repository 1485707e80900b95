"""From a parsed message and a list to a case, a verdict, and the verdict applied: all in one transaction.

`judge` is what SMTP, LMTP (later IMAP and the web) call inside the writer's SAVEPOINT. Everything a verdict causes is
written here or not at all; the caller turns the outcome into a reply after the COMMIT.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from listserv.inbound.decide import decide
from listserv.inbound.digest_answers import placed
from listserv.inbound.people.who import maybe_person
from listserv.inbound.posting import Arrival, post
from listserv.inbound.robots import posts_today, repeats
from listserv.inbound.takeback.quoting import without_keys, without_what_is_gone
from listserv.inbound.thanked import thanked
from listserv.inbound.traits import traits
from listserv.mail.address import address_key
from listserv.mail.subject import base_subject
from listserv.model.case import Accept, Ask, Case, Hold, Reason, Record, Run, ThreadState, Traits, Verdict
from listserv.model.lists import MailList, NonmemberPolicy, Subscription
from listserv.store import archive, moderation
from listserv.store.archive import Known
from listserv.store.candidates import suspect
from listserv.store.conversations import recent_posts_beside, reply_node
from listserv.store.engine import Connection, lock_list
from listserv.store.first_look import first_look
from listserv.store.people import find_member, person_of
from listserv.store.prompts import asks_prompts
from listserv.store.restrictions import restriction

BRAKE = timedelta(minutes=10)
_NEW = Known(seen=False, elsewhere=())


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a message in one list. `recipients` counts the copies on their way.

    `from_stopped`: it is a post, taken or waiting, from a member's address that no mail goes to. `author`: the member
    whose post was taken; `own_copy`: one of the copies is hers.
    """

    verdict: Verdict
    post_id: int | None = None
    held_id: int | None = None
    recipients: int = 0
    from_stopped: bool = False
    author: Subscription | None = None
    own_copy: bool = False


def judge(
    connection: Connection,
    mail_list: MailList,
    arrival: Arrival,
    *,
    session: bool,
    message_octets: int,
    handled: Collection[Ask] = (),
) -> Judged:
    """Decides about the message in this list and writes everything that follows from it.

    A wish that is none of `handled` is a post like any other.
    """
    lock_list(connection, mail_list.id, arrival.msgid)
    arrival, whole_digest = placed(connection, mail_list, arrival)
    case = load_case(
        connection,
        mail_list,
        arrival,
        session=session,
        message_octets=message_octets,
        handled=handled,
        whole_digest=whole_digest,
    )
    verdict = decide(case)
    if case.taken_before:
        arrival = without_what_is_gone(connection, mail_list, arrival)
    return apply(connection, case, without_keys(arrival), verdict)


def load_case(
    connection: Connection,
    mail_list: MailList,
    arrival: Arrival,
    *,
    session: bool,
    message_octets: int,
    handled: Collection[Ask] = (),
    whole_digest: bool = False,
) -> Case:
    """Everything the rules may look at, read in this transaction; `arrival` as `digest_answers.placed` gives it."""
    seen_of = arrival.traits or traits(arrival.message, arrival.return_path)
    key = address_key(seen_of.author_address) if seen_of.author_address else ""
    look = first_look(connection, mail_list, key, arrival.msgid, arrival.message.body_hash, arrival.now)
    author = find_member(connection, mail_list, look.person_id, arrival.now) if look.person_id is not None else None
    if seen_of.ask is not Ask.NOTHING and not _is_done(connection, mail_list, arrival, author, seen_of.ask, handled):
        seen_of = replace(seen_of, ask=Ask.NOTHING)
    brake = mail_list.settings.thread_brake
    known = _NEW if not look.kept else _known(connection, mail_list, arrival)
    return Case(
        list=mail_list,
        traits=seen_of,
        author=author,
        banned=look.banned,
        seen=known.seen,
        posts_in_thread=_posts_beside(connection, mail_list, arrival) if brake else 0,
        message_octets=message_octets,
        session=session,
        now=arrival.now,
        thread=_thread_state(connection, mail_list, arrival) if look.restricted else ThreadState.OPEN,
        whole_digest=whole_digest,
        elsewhere=known.elsewhere,
        taken_before=look.taken_before,
        author_held=author is not None and author.hold_until is not None and author.hold_until > arrival.now,
        posts_today=posts_today(author, arrival.now),
        repeated=repeats(connection, mail_list, author, arrival),
        maybe_person=maybe_person(connection, mail_list, arrival) if _is_puzzling(mail_list, author, seen_of) else None,
    )


def _known(connection: Connection, mail_list: MailList, arrival: Arrival) -> Known:
    return archive.known(connection, mail_list.id, arrival.msgid, arrival.message.body_hash)


def _is_puzzling(mail_list: MailList, author: Subscription | None, seen_of: Traits) -> bool:
    """Whether it matters who might have written it: a person, no member, where not everybody may post."""
    accepted = mail_list.settings.nonmember is NonmemberPolicy.ACCEPT
    return author is None and not seen_of.automatic and not accepted


def _is_done(
    connection: Connection,
    mail_list: MailList,
    arrival: Arrival,
    author: Subscription | None,
    ask: Ask,
    handled: Collection[Ask],
) -> bool:
    """Whether the wish is done instead of posted. One about a thread of a digest waits until it is known which."""
    if ask not in handled:
        return False
    if ask is Ask.THANKS:
        return thanked(connection, mail_list, arrival, author) is not None
    if ask is Ask.REMINDERS:
        return author is not None and bool(author.address)
    if ask is Ask.JOURNAL:  # a stranger's too: no moderator may read what is meant for its author alone
        return asks_prompts(connection, mail_list.id)
    return ask not in (Ask.FOLLOW, Ask.MUTE) or not (arrival.answers_digest and arrival.thread_id is None)


def _thread_state(connection: Connection, mail_list: MailList, arrival: Arrival) -> ThreadState:
    """What a moderator has said of the threads the message answers."""
    return restriction(connection, mail_list.id, *_beside(connection, mail_list, arrival))


def _posts_beside(connection: Connection, mail_list: MailList, arrival: Arrival) -> int:
    """Posts of the last ten minutes in the threads the message answers."""
    nodes, subject = _beside(connection, mail_list, arrival)
    return recent_posts_beside(connection, mail_list.id, nodes, subject, arrival.now - BRAKE)


def _beside(connection: Connection, mail_list: MailList, arrival: Arrival) -> tuple[tuple[str, ...], str]:
    """By which ids, of references or a reply address, and by which reply subject the message answers others."""
    nodes = arrival.message.references
    if arrival.thread_id is not None:
        nodes = (*nodes, reply_node(connection, mail_list.id, arrival.thread_id) or "")
    base = base_subject(arrival.message.subject)
    return nodes, base.text if base.has_reply_prefix else ""


def author_in(connection: Connection, mail_list: MailList, key: str, now: datetime) -> Subscription | None:
    """The subscription of whoever holds this address, or None."""
    person_id = person_of(connection, key) if key else None
    return None if person_id is None else find_member(connection, mail_list, person_id, now)


def apply(connection: Connection, case: Case, arrival: Arrival, verdict: Verdict) -> Judged:
    """Writes what the verdict causes. A refused or repeated message leaves nothing behind."""
    mail_list = case.list
    if isinstance(verdict, Accept):
        person_id = case.author.person_id if case.author else None
        posted = post(connection, mail_list, arrival, person_id, elsewhere=case.elsewhere)
        moderation.log_decision(
            connection, mail_list.id, posted.message_id, "accept", verdict.reason.value, arrival.now
        )
        return Judged(
            verdict,
            post_id=posted.post_id,
            recipients=posted.recipients,
            from_stopped=_is_from_stopped(case),
            author=case.author,
            own_copy=posted.own_copy,
        )
    if isinstance(verdict, Hold):
        message_id = archive.put_message(connection, arrival.as_new())
        held_id = moderation.hold(
            connection,
            mail_list.id,
            message_id,
            arrival.return_path,
            arrival.recipient,
            verdict.reason,
            arrival.now,
        )
        if verdict.reason is Reason.UNKNOWN_ADDRESS and case.maybe_person is not None:
            suspect(connection, held_id, case.maybe_person)
        moderation.log_decision(connection, mail_list.id, message_id, "hold", verdict.reason.value, arrival.now)
        return Judged(verdict, held_id=held_id, from_stopped=_is_from_stopped(case))
    if isinstance(verdict, Record | Run):
        message_id = archive.put_message(connection, arrival.as_new())
        moderation.log_decision(
            connection,
            mail_list.id,
            message_id,
            "record" if isinstance(verdict, Record) else "run",
            verdict.reason.value,
            arrival.now,
            note=case.traits.automatic or case.traits.ask.value,
        )
    return Judged(verdict)


def _is_from_stopped(case: Case) -> bool:
    author = case.author
    if author is None or not author.stopped:
        return False
    return address_key(author.address) == address_key(case.traits.author_address)
