"""What deciding is about: the case (everything a rule may look at) and the verdicts it can end in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from listserv.model.lists import MailList, Subscription


class Reason(StrEnum):
    """Why a verdict was given; kept with each decision and said by `listserv explain`."""

    TOO_LARGE = "too_large"
    NO_AUTHOR = "no_author"
    LOOP = "loop"
    TOO_MANY_HOPS = "too_many_hops"
    AUTOMATIC = "automatic"
    DUPLICATE = "duplicate"
    BANNED = "banned"
    ARCHIVED = "archived"
    EMERGENCY = "emergency"
    CLOSED = "closed"
    NOT_AN_EDITOR = "not_an_editor"
    NOT_A_MEMBER = "not_a_member"
    MODERATED = "moderated"
    FIRST_POST = "first_post"
    THREAD_BRAKE = "thread_brake"
    SENDER_BRAKE = "sender_brake"
    REPEATED = "repeated"
    THREAD_HELD = "thread_held"
    THREAD_LOCKED = "thread_locked"
    MEMBER_HELD = "member_held"
    UNKNOWN_ADDRESS = "unknown_address"
    WHICH_THREAD = "which_thread"
    PROGRAM = "program"
    MACROS = "macros"
    ASKED = "asked"
    WELCOME = "welcome"
    MODERATOR = "moderator"
    TO_RELEASE = "to_release"


class Ask(StrEnum):
    """What a mail to the group's own address asks of us instead of saying it to the group."""

    NOTHING = ""
    JOIN = "join"
    LEAVE = "leave"
    WITHDRAW = "withdraw"
    FOLLOW = "follow"
    MUTE = "mute"
    THANKS = "thanks"
    JOURNAL = "journal"
    REMINDERS = "no_reminders"


class ThreadState(StrEnum):
    """A moderator's word about further posts in a thread."""

    OPEN = ""
    HELD = "held"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Accept:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Hold:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Reject:
    """Refused in the session: `enhanced` is the RFC 3463 code, `text` the sentence the author's side reads."""

    reason: Reason
    enhanced: str
    text: str


@dataclass(frozen=True, slots=True)
class Discard:
    """Answered 250 and dropped: the author already has what she wanted (a repeated message)."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Record:
    """Automatic mail: answered 250 and kept for scoring, never posted, never answered."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Run:
    """No post but a wish: what it asks is done or answered privately, and the group sees nothing of it."""

    reason: Reason
    ask: Ask


Verdict: TypeAlias = Accept | Hold | Reject | Discard | Record | Run


@dataclass(frozen=True, slots=True)
class Traits:
    """What the rules ask of a message, taken from its header once (`inbound.traits`)."""

    size_octets: int
    author_address: str
    author_name: str
    author_fault: str
    hops: int
    list_ids: tuple[str, ...]
    loop_marks: tuple[str, ...]
    automatic: str
    return_path: str
    ask: Ask = Ask.NOTHING
    danger: Literal["", "program", "macros"] = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything known about one message and one list at one moment; `decide` sees nothing else.

    `session` is True where the author's own side waits for the reply, so that a refusal reaches her and nobody else.
    `posts_in_thread` counts the thread's posts of the last ten minutes (0 when the list has no brake). `author_held`: a
    moderator wants to see her posts first. `maybe_person` is the member a stranger's address seems to belong to.
    `whole_digest`: it answers a digest, and nothing tells which of its threads. `elsewhere`: other lists' posts of it.
    `posts_today` counts its author's posts of the day (UTC), if she is a member. `repeated`: it says what its author
    said in the same conversation minutes ago. `taken_before`: something was taken down in the list, so what a reply
    quotes is looked at before it is kept.
    """

    list: MailList
    traits: Traits
    author: Subscription | None
    banned: bool
    seen: bool
    posts_in_thread: int
    message_octets: int
    session: bool
    now: datetime
    thread: ThreadState = ThreadState.OPEN
    author_held: bool = False
    maybe_person: int | None = None
    whole_digest: bool = False
    elsewhere: tuple[int, ...] = ()
    posts_today: int = 0
    repeated: bool = False
    taken_before: bool = False
