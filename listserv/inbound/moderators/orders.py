"""What a moderator's reply orders: its first own line below a greeting, which must be nothing but one order. Pure.

Promises: a line that says more than an order, less, or something else is no order and is asked back; so is an order
with a condition under it ("yes" and then "but take out her number"). Only the reason of a refusal is free text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from listserv.inbound.days import read_day
from listserv.mail.address import valid_address
from listserv.mail.parse import Message
from listserv.mail.text.answer import LINE_CHARACTERS, greets_alone, plain, yes_or_no
from listserv.mail.text.body import body
from listserv.mail.text.quote import split_own
from listserv.store.folding import fold

REASON_CHARACTERS = 2000
# A condition stands close below; what stands further down, is longer or speaks of recipients is a school's footer.
PARAGRAPHS_BELOW = 2
REST_CHARACTERS = 200


class Act(StrEnum):
    """What can be ordered."""

    APPROVE = "approve"
    QUIETLY = "quietly"
    REJECT = "reject"
    DISCARD = "discard"
    BAN = "ban"
    ANONYMOUS = "anonymous"
    HOLD_ALL = "hold_all"
    RELEASE = "release"
    HOLD_THREAD = "hold_thread"
    LOCK_THREAD = "lock_thread"
    OPEN_THREAD = "open_thread"
    HOLD_MEMBER = "hold_member"
    FREE_MEMBER = "free_member"
    UNBAN = "unban"
    WAITING = "waiting"


# Those that settle what becomes of a held post.
DECISIONS = frozenset({Act.APPROVE, Act.QUIETLY, Act.REJECT, Act.DISCARD, Act.BAN, Act.ANONYMOUS})

_WORDS: dict[Act, tuple[str, ...]] = {
    Act.APPROVE: ("approve", "approved", "whakaae"),
    Act.QUIETLY: ("quietly", "approve quietly", "yes quietly", "mārire", "āe mārire"),
    Act.REJECT: ("reject", "rejected", "whakakāhore"),
    Act.DISCARD: ("discard", "makaia"),
    Act.BAN: ("ban", "aukatia"),
    Act.ANONYMOUS: ("post anonymously", "tukuna ingoa kore"),
    Act.HOLD_ALL: ("hold everything", "hold all", "puritia te katoa"),
    Act.RELEASE: ("release", "release everything", "tukuna te katoa"),
    Act.HOLD_THREAD: ("hold this thread", "hold this conversation", "puritia tēnei kōrero"),
    Act.LOCK_THREAD: ("lock this thread", "lock this conversation", "rakaina tēnei kōrero"),
    Act.OPEN_THREAD: ("open this thread", "open this conversation", "tuwhera tēnei kōrero"),
    Act.FREE_MEMBER: ("release this member", "tukuna tēnei mema"),
    Act.WAITING: ("waiting", "what is waiting", "e tatari ana"),
}
_BY_WORDS = {fold(words): act for act, several in _WORDS.items() for words in several}
_REJECT = re.compile(r"[\s\"'“*_-]{0,8}(?:reject|whakak(?:ā|a|aa)hore) ?: ?(?P<reason>\S.*)", re.IGNORECASE)
_MEMBER = re.compile(
    r"(?:hold|puritia) (?:(?:this|t[eē]nei) (?:member|mema)|(?:member )?<?(?P<address>[^\s<>]{3,254})>?) "
    r"(?:until|till|ki te|tae noa ki te) (?:the )?(?P<day>.{1,40})",
    re.IGNORECASE,
)
_FREE = re.compile(r"(?:release|tukuna) (?:member )?<?(?P<address>[^\s<>@]{1,64}@[^\s<>]{1,189})>?", re.IGNORECASE)
_UNBAN = re.compile(
    r"(?:unban|whakakorea te aukati (?:i|o|mō)) <?(?P<address>[^\s<>@]{1,64}@[^\s<>]{1,189})>?", re.IGNORECASE
)
# What turns an order into a wish with a condition, also a line below it.
_HEDGES = re.compile(
    r"\b(?:but|except|unless|however|instead|first|wait|remove|change|edit|take out|taking out|leave out|once|if|only|"
    r"don[’']?t|not yet|problem|worries|engari|taihoa|tangohia|kaua)\b",
    re.IGNORECASE,
)
_NOTES = re.compile(r"recipient|confidential|privileged|disclaimer|virus|printing|unauthori[sz]ed", re.IGNORECASE)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `reason` belongs to a refusal, `until` to a member's hold, `address` to whoever is named."""

    act: Act
    reason: str = ""
    until: date | None = None
    address: str = ""


def read_order(message: Message, today: date) -> Order | None:
    """The order of the first own line, None if that is not plainly one."""
    paragraphs = own_paragraphs(message)
    if not paragraphs:
        return None
    first, *rest = paragraphs[0]
    refusal = _REJECT.match(first)
    if refusal:
        return Order(Act.REJECT, " ".join([refusal["reason"], *rest]).strip()[:REASON_CHARACTERS])
    said_below = (" ".join(lines) for lines in paragraphs[1 : 1 + PARAGRAPHS_BELOW])
    under = " ".join(
        [*rest, *(text for text in said_below if len(text) <= REST_CHARACTERS and not _NOTES.search(text))]
    )
    if _HEDGES.search(under) or (under and first.rstrip("\"'”’ ").endswith((",", ":", ";"))):
        return None
    return order_of(first, today)


def order_of(line: str, today: date) -> Order | None:
    """The order that this one line is, None if it is none."""
    said = plain(line)
    agreed = yes_or_no(line)
    if agreed is not None:
        return Order(Act.APPROVE if agreed else Act.REJECT)
    act = _BY_WORDS.get(fold(said)) if not any(mark in said for mark in "?:;/@") else None
    return Order(act) if act is not None else _about_member(_SPACES.sub(" ", said), today)


def _about_member(said: str, today: date) -> Order | None:
    held = _MEMBER.fullmatch(said)
    if held:
        day, address = read_day(held["day"], today), held["address"] or ""
        if day is None or day < today or (address and not valid_address(address)):
            return None
        return Order(Act.HOLD_MEMBER, until=day, address=address)
    for pattern, act in ((_FREE, Act.FREE_MEMBER), (_UNBAN, Act.UNBAN)):
        named = pattern.fullmatch(said)
        if named and valid_address(named["address"]):
            return Order(act, address=named["address"])
    return None


def own_paragraphs(message: Message) -> list[list[str]]:
    """What its author wrote, by paragraph, without quotation and signature: lines stripped, none of them empty.

    Nor with the greeting it begins with, where anything follows.
    """
    found = body(message)
    own = split_own(found.text, found.html, ()).own
    paragraphs: list[list[str]] = [[]]
    for line in own.split("\n"):
        if line.strip():
            paragraphs[-1].append(line.strip()[:LINE_CHARACTERS])
        elif paragraphs[-1]:
            paragraphs.append([])
    if paragraphs[0] and greets_alone(paragraphs[0][0]) and sum(map(len, paragraphs)) > 1:
        del paragraphs[0][0]
    return [lines for lines in paragraphs if lines]
