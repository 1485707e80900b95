"""The envelope of a message that comes out of a mailbox: IMAP keeps none, so it is read from the header. Pure.

Recipients are every address that the delivering server noted and every one in To and Cc: a provider may deliver one
copy of a message to two lists, and an address that names nothing of ours is left out later. Nothing here is proof of
anything: like the envelope of SMTP it says where a message goes, never who may.
"""

from __future__ import annotations

from listserv.mail.address import address_key, valid_address
from listserv.mail.addresslist import parse_mailboxes
from listserv.mail.lineends import line_feeds
from listserv.mail.parse import Message
from listserv.model.smtp import Envelope

RECIPIENT_FIELDS = (
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "Resent-To",
    "Resent-Cc",
    "To",
    "Cc",
)
RECIPIENTS = 100
FIELDS_OF_A_NAME = 20
NO_RETURN_PATH = "unknown@no-return-path.invalid"


def envelope_of(message: Message, box: str | None, domain: str, site: str) -> Envelope:
    """Return path and recipients as the header shows them.

    In mailbox mode (`box` is not None) an address of the mailbox's own `domain` counts only with `box+` in front:
    at a provider the others are strangers'. At most 100 recipients are kept, of more than that first those at `domain`
    and at the `site`'s own: a crowd in To hides no list in Cc.
    """
    found = (
        address_key(mailbox.address)
        for name in RECIPIENT_FIELDS
        for value in message.raw(name)[:FIELDS_OF_A_NAME]
        for mailbox in parse_mailboxes(value)[0]
    )
    ours = [address for address in found if box is None or _may_be_ours(address, box, domain)]
    recipients = list(dict.fromkeys(ours))
    if len(recipients) > RECIPIENTS:
        recipients.sort(key=lambda address: address.rpartition("@")[2] not in (domain, site))
    return Envelope(return_path(message), tuple(recipients[:RECIPIENTS]), protocol="imap")


def return_path(message: Message) -> str:
    """What the delivering server wrote into Return-Path (RFC 5321 §4.4), "" for the null sender, else the author.

    `NO_RETURN_PATH` where there is neither: a broken message is no report, which is what "" would say.
    """
    values = message.raw("Return-Path")
    if values:
        written = values[0].strip().removeprefix(b"<").removesuffix(b">").strip().decode("utf-8", "replace")
        if not written or valid_address(written):
            return written
    return message.author.address if message.author else NO_RETURN_PATH


def with_crlf(octets: bytes) -> bytes:
    """The octets as they are if each line ends in CRLF, as IMAP promises (RFC 3501 §2.2); else made so."""
    pairs = octets.count(b"\r\n")
    if octets.count(b"\n") == pairs == octets.count(b"\r"):
        return octets
    return line_feeds(octets).replace(b"\n", b"\r\n")


def _may_be_ours(address: str, box: str, domain: str) -> bool:
    local, _, home = address.rpartition("@")
    return home != domain or local.startswith(f"{box}+")
