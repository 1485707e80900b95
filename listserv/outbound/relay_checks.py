"""What is refused before a single octet goes out: unsafe addresses, unsafe content, and what the relay cannot take.

Promises: an address that passes cannot end or extend an SMTP command; content that passes cannot end DATA early.
Nothing is repaired: a changed address is somebody else's, and octets are never rewritten. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from listserv.outbound.relay import Submission
from listserv.outbound.replies import Abilities, RelayReply

_MAX_ADDRESS_OCTETS = 254  # RFC 5321 §4.5.3.1.3 with the two angle brackets of the path
# No white space, control or lone surrogate anywhere; outside quotes nothing that a path's syntax gives a meaning.
_FORBIDDEN = r"\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>"
_ATOM = rf"[^{_FORBIDDEN}@\"\\(),;]+"
_PATH = rf"(?:\"[^{_FORBIDDEN}\"\\]+\"|{_ATOM})@{_ATOM}"
_ADDRESS = re.compile(_PATH)
_ADDRESSES = re.compile(rf"{_PATH}(?:\n{_PATH})*")

BAD_RECIPIENT = RelayReply(553, "5.1.3", "the address cannot be written in an SMTP command")
BAD_RETURN_PATH = RelayReply(553, "5.1.7", "the return path cannot be written in an SMTP command")
BARE_CR_OR_LF = RelayReply(554, "5.6.0", "the message holds a CR or LF that is not part of a CRLF")
ENDS_EARLY = RelayReply(554, "5.6.0", "the message holds a line with a single dot that is not doubled")
UTF8_ADDRESS = RelayReply(553, "5.6.7", "the relay does not take addresses beyond ASCII (SMTPUTF8)")


def is_safe_address(address: str) -> bool:
    """Whether it can stand between < and > of MAIL or RCPT and mean itself."""
    if len(address) > _MAX_ADDRESS_OCTETS or _ADDRESS.fullmatch(address) is None:
        return False
    return address.isascii() or len(address.encode()) <= _MAX_ADDRESS_OCTETS


def all_can_be_named(recipients: Sequence[str], abilities: Abilities) -> bool:
    """Whether `recipient_refusal` refuses none of them."""
    if len(recipients) == 1:
        return recipient_refusal(recipients[0], abilities) is None
    together = "\n".join(recipients)
    if together.count("\n") >= len(recipients):  # one of them has a line end of its own
        return False
    if together.isascii() and _ADDRESSES.fullmatch(together) is not None:
        return max(map(len, recipients)) <= _MAX_ADDRESS_OCTETS
    return all(recipient_refusal(each, abilities) is None for each in recipients)


def recipient_refusal(address: str, abilities: Abilities) -> RelayReply | None:
    """Why this recipient can never be named to this relay, or None."""
    if not is_safe_address(address):
        return BAD_RECIPIENT
    return None if abilities.utf8 or address.isascii() else UTF8_ADDRESS


def message_refusal(submission: Submission, abilities: Abilities) -> RelayReply | None:
    """Why this message can never be given to this relay, whoever the recipients are, or None."""
    return return_path_refusal(submission.return_path, abilities) or data_refusal(submission, abilities)


def return_path_refusal(return_path: str, abilities: Abilities) -> RelayReply | None:
    """Why nothing can be given to this relay under this return path, or None."""
    if return_path and not is_safe_address(return_path):
        return BAD_RETURN_PATH
    return None if abilities.utf8 or return_path.isascii() else UTF8_ADDRESS


def data_refusal(submission: Submission, abilities: Abilities) -> RelayReply | None:
    """Why this content can never be given to this relay, or None.

    Raw 8-bit octets in a header are no reason: the author's own side sent them so, most relays pass them on, and
    one that minds refuses by itself. Only an address beyond ASCII cannot be said without SMTPUTF8 (RFC 6531 §3.2).
    """
    return content_refusal(submission) or _size_refusal(submission, abilities.size_octets)


def wire_content(submission: Submission) -> bytes:
    """The octets between 354 and the final dot: stuffed (RFC 5321 §4.5.2), and ending in CRLF.

    A message without a CRLF at its end gets one: SMTP cannot carry it otherwise.
    """
    content = submission.content
    if not submission.stuffed:
        content = content.replace(b"\r\n.", b"\r\n..")
        if content.startswith(b"."):
            content = b"." + content
    return content if content.endswith(b"\r\n") or not content else content + b"\r\n"


def plain_content(submission: Submission) -> bytes:
    """The message itself, as a reader at the other end sees it after un-stuffing."""
    content = submission.content
    if not submission.stuffed:
        return content
    return content[content.startswith(b"..") :].replace(b"\r\n..", b"\r\n.")


def content_refusal(submission: Submission) -> RelayReply | None:
    """Why these octets can be given to no relay, or None.

    Bare CR and LF are how other people's servers are talked into seeing a second message in one.
    """
    if submission.checked:
        return None
    content = submission.content
    ends = content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends:
        return BARE_CR_OR_LF
    if submission.stuffed and (b"\r\n.\r\n" in content or content.startswith(b".\r\n") or content == b"."):
        return ENDS_EARLY
    if submission.stuffed and content.endswith(b"\r\n."):
        return ENDS_EARLY
    return None


def _size_refusal(submission: Submission, limit_octets: int | None) -> RelayReply | None:
    """RFC 1870 §4: the size counts neither the final dot nor the stuffing."""
    if limit_octets is None or len(submission.content) <= limit_octets:
        return None
    size_octets = len(plain_content(submission))
    if size_octets <= limit_octets:
        return None
    return RelayReply(552, "5.3.4", f"the message has {size_octets} octets, the relay takes at most {limit_octets}")
