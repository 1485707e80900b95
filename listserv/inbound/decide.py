"""How a post is judged: an ordered tuple of small rules, the first answer wins. Pure.

Each rule looks at a `Case` and gives a verdict or None. The same tuple drives the server, `listserv explain` and
docs/decide.md, which is made from the rules' docstrings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from listserv.model.case import Accept, Ask, Case, Discard, Hold, Reason, Record, Reject, Run, ThreadState, Verdict
from listserv.model.lists import EDITING, MODERATING, POSTING, HeldFiles, NonmemberPolicy, Style

Rule: TypeAlias = Callable[[Case], Verdict | None]

HOPS = 50


def exactly_one_author(case: Case) -> Verdict | None:
    """A post has exactly one From field with exactly one address (RFC 5322 §3.6.2); else nobody can answer for it."""
    if case.traits.author_fault:
        return Reject(Reason.NO_AUTHOR, "5.6.0", f"A post needs exactly one From address: {case.traits.author_fault}")
    return None


def size(case: Case) -> Verdict | None:
    """A post larger than the list (or, where the list says nothing, the server) takes is refused (RFC 3463 §3.4)."""
    limit = case.list.settings.message_octets or case.message_octets
    if case.traits.size_octets > limit:
        return Reject(
            Reason.TOO_LARGE,
            "5.2.3",
            f"The post has {case.traits.size_octets} octets, this list takes {limit}",
        )
    return None


def loop(case: Case) -> Verdict | None:
    """A copy of this list's own mail is refused: our List-Id, our loop mark or the list's own address as author.

    A foreign List-Id, `Precedence: list` or `Precedence: bulk` never counts: members forward and repost.
    """
    own = (
        case.list.list_id in case.traits.list_ids
        or case.list.address in case.traits.loop_marks
        or case.traits.author_address.lower() == case.list.address
    )
    return Reject(Reason.LOOP, "5.4.6", "This mail has been through this list already") if own else None


def hops(case: Case) -> Verdict | None:
    """Mail with more than 50 Received fields goes round in a circle (RFC 5321 §6.3)."""
    if case.traits.hops > HOPS:
        return Reject(Reason.TOO_MANY_HOPS, "5.4.6", f"The mail has made {case.traits.hops} hops: a loop")
    return None


def automatic(case: Case) -> Verdict | None:
    """Automatic replies, reports and mail from the null sender are kept, never posted, never answered (RFC 3834)."""
    return Record(Reason.AUTOMATIC) if case.traits.automatic else None


def duplicate(case: Case) -> Verdict | None:
    """The same Message-ID and body in the same list again: answered 250 and dropped.

    The author's side may not have seen our first 250. The same Message-ID with another body is a post of its own.
    """
    return Discard(Reason.DUPLICATE) if case.seen else None


def banned(case: Case) -> Verdict | None:
    """An address banned from the list or its network is refused."""
    return Reject(Reason.BANNED, "5.7.1", "This address may not post to this list") if case.banned else None


def archived(case: Case) -> Verdict | None:
    """A list that has been closed down takes nothing more; its archive stays."""
    if case.list.archived_at is not None:
        return Reject(Reason.ARCHIVED, "5.7.1", "This group is closed; its archive can still be read")
    return None


def asked(case: Case) -> Verdict | None:
    """A mail that only asks something of the program ("unsubscribe me", "withdraw", "mute") is answered privately."""
    return Run(Reason.ASKED, case.traits.ask) if case.traits.ask is not Ask.NOTHING else None


def emergency(case: Case) -> Verdict | None:
    """While the emergency switch is on, every post waits for a moderator."""
    return Hold(Reason.EMERGENCY) if case.list.settings.emergency else None


def closed(case: Case) -> Verdict | None:
    """Style closed: nobody posts by mail."""
    if case.list.settings.style is Style.CLOSED:
        return Reject(Reason.CLOSED, "5.7.1", "This list takes no posts")
    return None


def announce(case: Case) -> Verdict | None:
    """Style announce: only facilitators, moderators and owners post."""
    if case.list.settings.style is not Style.ANNOUNCE:
        return None
    if case.author and case.author.roles & EDITING:
        return None
    return Reject(
        Reason.NOT_AN_EDITOR,
        "5.7.1",
        f"Only the editors post here; write to {case.list.name}-owner@{case.list.domain}",
    )


def nonmember(case: Case) -> Verdict | None:
    """A post by somebody who is no member goes as the list says: accept, hold or reject.

    Where it seems to be a member's at an address we do not know, it waits until she has been asked at hers.
    """
    if case.author and case.author.roles & POSTING:
        return None
    policy = case.list.settings.nonmember
    if case.maybe_person is not None and policy is not NonmemberPolicy.ACCEPT:
        return Hold(Reason.UNKNOWN_ADDRESS)
    if policy is NonmemberPolicy.ACCEPT:
        return None
    if policy is NonmemberPolicy.HOLD:
        return Hold(Reason.NOT_A_MEMBER)
    return Reject(
        Reason.NOT_A_MEMBER,
        "5.7.1",
        f"Only members post here; to join write to {case.list.name}-join@{case.list.domain}",
    )


def moderated(case: Case) -> Verdict | None:
    """Style moderated: every post waits for a moderator, a moderator's too, since a From can be forged."""
    return Hold(Reason.MODERATED) if case.list.settings.style is Style.MODERATED else None


def first_posts(case: Case) -> Verdict | None:
    """So many first posts of a new member wait for a moderator (`first_posts_held`, off by default)."""
    wanted = case.list.settings.first_posts_held
    if not wanted or (case.author and case.author.roles & MODERATING):
        return None
    written = case.author.posts if case.author else 0
    return Hold(Reason.FIRST_POST) if written < wanted else None


def thread_locked(case: Case) -> Verdict | None:
    """A moderator has locked the conversation: it takes no further posts."""
    if case.thread is not ThreadState.LOCKED:
        return None
    return Reject(
        Reason.THREAD_LOCKED, "5.7.1", "A moderator has closed this conversation; a new subject begins a new one"
    )


def files(case: Case) -> Verdict | None:
    """A program, or a document with macros, waits for a moderator (`files_held`); an archive that holds one as well."""
    wanted = case.list.settings.files_held
    if case.traits.danger == "program" and wanted is not HeldFiles.NONE:
        return Hold(Reason.PROGRAM)
    return Hold(Reason.MACROS) if case.traits.danger == "macros" and wanted is HeldFiles.MACROS else None


def thread_held(case: Case) -> Verdict | None:
    """A moderator wants to see each further post of this conversation first."""
    return Hold(Reason.THREAD_HELD) if case.thread is ThreadState.HELD else None


def member_held(case: Case) -> Verdict | None:
    """A moderator wants to see this member's posts first, until a date."""
    return Hold(Reason.MEMBER_HELD) if case.author_held else None


def which_thread(case: Case) -> Verdict | None:
    """A reply to a whole digest waits until its author has said which conversation it belongs to."""
    return Hold(Reason.WHICH_THREAD) if case.whole_digest else None


def thread_brake(case: Case) -> Verdict | None:
    """From `thread_brake` posts in one thread within ten minutes on, further ones wait for a moderator."""
    brake = case.list.settings.thread_brake
    return Hold(Reason.THREAD_BRAKE) if brake and case.posts_in_thread >= brake else None


def sender_brake(case: Case) -> Verdict | None:
    """From `posts_a_day` posts of one member in a day on, further ones wait: a program may be at work."""
    limit = case.list.settings.posts_a_day
    return Hold(Reason.SENDER_BRAKE) if limit and case.posts_today >= limit else None


def repeated(case: Case) -> Verdict | None:
    """A reply that says word for word what its author said there minutes ago waits: so do programs that answer all."""
    return Hold(Reason.REPEATED) if case.repeated else None


def to_release(case: Case) -> Verdict | None:
    """Style announce: an editor's post comes back to the editors as a test copy and waits for the word "send"."""
    return Hold(Reason.TO_RELEASE) if case.list.settings.style is Style.ANNOUNCE else None


def welcome(_case: Case) -> Verdict | None:
    """Everything else goes straight out."""
    return Accept(Reason.WELCOME)


RULES: tuple[Rule, ...] = (
    automatic,
    exactly_one_author,
    size,
    loop,
    hops,
    duplicate,
    banned,
    archived,
    asked,
    closed,
    announce,
    nonmember,
    which_thread,
    thread_locked,
    files,
    emergency,
    moderated,
    member_held,
    thread_held,
    first_posts,
    thread_brake,
    sender_brake,
    repeated,
    to_release,
    welcome,
)

# Refusals that say something of the message itself, which no moderator could mend.
OF_THE_MESSAGE = frozenset({Reason.NO_AUTHOR, Reason.TOO_LARGE, Reason.LOOP, Reason.TOO_MANY_HOPS})


def decide(case: Case) -> Verdict:
    """The first rule's answer. Without a session a refusal by policy becomes a hold, a ban a discard."""
    for rule in RULES:
        verdict = rule(case)
        if verdict is not None:
            return verdict if case.session else _without_session(verdict)
    raise AssertionError("the last rule always answers")


def answers(case: Case) -> tuple[tuple[Rule, Verdict | None], ...]:
    """Each rule's own answer, whether or not an earlier one had decided."""
    return tuple((rule, rule(case)) for rule in RULES)


def _without_session(verdict: Verdict) -> Verdict:
    if not isinstance(verdict, Reject) or verdict.reason in OF_THE_MESSAGE:
        return verdict
    if verdict.reason is Reason.BANNED:
        return Discard(verdict.reason)
    return Hold(verdict.reason)


def as_page() -> str:
    """docs/decide.md: the rules in their order, in their own words."""
    lines = [
        "# How a post is judged",
        "",
        "Made by `make docs` from the rules in listserv/inbound/decide.py; change their docstrings there.",
        "",
        "The rules are asked in this order and the first answer wins. `listserv explain FILE.eml --list LIST` shows",
        "each rule's answer for a message of yours. Where the author's side is not on the line (LMTP behind a queueing",
        "MTA), a refusal by policy becomes a hold and a ban a silent drop: nobody gets a bounce for a forged From.",
        "",
    ]
    for number, rule in enumerate(RULES, start=1):
        text = " ".join(line.strip() for line in (rule.__doc__ or "").strip().splitlines())
        lines.append(f"{number}. **{rule.__name__}** {text}")
    return "\n".join([*lines, ""])
