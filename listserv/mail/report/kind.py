"""Which kind of report one recipient's is: by the action, the server's words, the enhanced code, in this order.

The words go before the code, as gateways and spam filters give any code (5.1.1 for a blacklisted sender, 5.0.0 for
everything). A reply in words that are not understood counts as one about the message; where no reason is given at all,
the recipient's server is in trouble: soft. Promises: pure and total; nothing that is delayed, or that refuses the
message or its sender, is of a kind that counts, as far as words and code can tell.
"""

from __future__ import annotations

from listserv.mail.report.wording import Meaning, Stage, has_reply, meaning, plain, stage
from listserv.model.report import Kind

_ACTIONS = {
    "delayed": Kind.DELAYED, "delay": Kind.DELAYED,
    "delivered": Kind.DELIVERED, "delivery": Kind.DELIVERED, "deliverable": Kind.DELIVERED, "relayed": Kind.DELIVERED,
    "expanded": Kind.DELIVERED, "success": Kind.DELIVERED,
}  # fmt: skip
_MEANINGS = {
    Meaning.NO_ADDRESS: Kind.HARD,
    Meaning.REFUSED: Kind.CONTENT,
    Meaning.FULL: Kind.SOFT,
    Meaning.CLOSED: Kind.SOFT,
    Meaning.NO_ANSWER: Kind.DELAYED,
    Meaning.BROKEN: Kind.SOFT,
}
_SUBJECTS = {"6": Kind.CONTENT, "7": Kind.CONTENT}
_CODES = {
    "1.7": Kind.CONTENT, "1.8": Kind.CONTENT, "1.9": Kind.CONTENT,
    "2.3": Kind.CONTENT, "2.4": Kind.CONTENT, "3.4": Kind.CONTENT, "3.3": Kind.CONTENT, "5.3": Kind.CONTENT,
    "4.1": Kind.DELAYED, "4.2": Kind.DELAYED, "4.7": Kind.DELAYED, "4.316": Kind.DELAYED, "4.312": Kind.DELAYED,
    "7.13": Kind.SOFT, "7.17": Kind.SOFT,
    "1.1": Kind.HARD, "1.2": Kind.HARD, "1.3": Kind.HARD, "1.6": Kind.HARD, "1.10": Kind.HARD, "1.351": Kind.HARD,
    "4.4": Kind.HARD, "4.310": Kind.HARD,
}  # fmt: skip


def recipient_kind(action: str, code: str, diagnostic: str, people: str) -> Kind:
    """The kind of one recipient's report.

    `action` is RFC 3464's word or "", `code` an enhanced code or "", `diagnostic` the server's words, `people` what the
    part for people says of this recipient. A transient code (4.x.x) is never hard.
    """
    if action in _ACTIONS:
        return _ACTIONS[action]
    if code.startswith("2."):
        return Kind.DELIVERED
    words, told = plain(diagnostic), plain(people)
    when = stage(words)
    when = stage(told) if when is Stage.UNKNOWN else when
    known = _by_words(words, code, when) or _by_code(code, when) or _by_words(told, code, when)
    kind = known or _unknown(words, code, when)
    return Kind.SOFT if kind is Kind.HARD and code.startswith("4.") else kind


def _by_words(words: str, code: str, when: Stage) -> Kind | None:
    """What the words say.

    What a server says before it has heard of a recipient is about the sender. One that took the recipient and then the
    text and only now knows nobody of this name speaks of the message, unless its code says otherwise.
    """
    kind = _MEANINGS.get(meaning(words))
    if kind is Kind.HARD and (when is Stage.SENDER or (when is Stage.TEXT and not code.startswith("5.1."))):
        return Kind.CONTENT
    return kind


def _by_code(code: str, when: Stage) -> Kind | None:
    """What an enhanced code says (RFC 3463 §3, RFC 5248's registry), None for one that says nothing."""
    status_class, _, detail = code.partition(".")
    kind = _CODES.get(detail) or _SUBJECTS.get(detail.partition(".")[0])
    return None if kind is Kind.HARD and (status_class == "4" or when is Stage.SENDER) else kind


def _unknown(words: str, code: str, when: Stage) -> Kind:
    if code.startswith("4.4."):
        return Kind.DELAYED
    return Kind.CONTENT if when in (Stage.SENDER, Stage.TEXT) or has_reply(words) else Kind.SOFT
