"""The header fields of a list: those that every copy and digest gets, and those of others that make way for them.

Ours, each exactly once: List-Id (RFC 2919), List-Post, List-Help, List-Owner, List-Subscribe, List-Unsubscribe,
List-Archive (RFC 2369), List-Unsubscribe-Post (RFC 8058), Archived-At (RFC 5064), Sender, Precedence, a loop mark,
and X-Auto-Response-Suppress, which is what Exchange heeds where others heed Precedence.

*Sender* is the list's bounce address under the group's name: the list, not the author, hands the mail to the world
(RFC 5322 §3.6.2), and answering machines that write to Sender must not reach the group. *DKIM-Signature* of the
author stays, also when a tag or a footer breaks it: a signature that fails counts as none (RFC 6376 §6.1), one over
what we did not change still verifies, and RFC 6377 §5.7 leaves the choice to the list. Authentication-Results and
Received stay, they are the trace.

Removed: the list fields and loop marks of other list managers, requests for receipts, leftovers of delivery, blind
recipients, moderation passwords. Loop marks of other lists of ours stay: several lists may hand on one message.
With base_url "" no web address is written. Pure; titles and names cannot inject a field (`words.fold_field`).
"""

from __future__ import annotations

from urllib.parse import quote

from listserv.mail.address import format_mailbox
from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.words import encode_phrase, fold_field
from listserv.model.lists import MailList, ReplyPolicy, Style

LOOP_MARK = "X-Listserv-Loop"
ONE_CLICK = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
TITLE_CHARACTERS = 200  # so that no line of ours is over 998 octets (RFC 5322 §2.1.1)

_REMOVED = frozenset(
    b"approve approved apparently-to archived-at bcc content-length delivered-to disposition-notification-options "
    b"disposition-notification-to envelope-to errors-to generate-delivery-report lines mailing-list precedence "
    b"read-receipt-to resent-bcc return-path return-receipt-requested return-receipt-to sender status x-approve "
    b"x-approved x-auto-response-suppress x-beenthere x-confirm-reading-to x-delivered-to x-envelope-from "
    b"x-envelope-to x-errors-to x-mailing-list x-ml-name x-original-to x-pmrqc x-precedence x-status x-unsent".split()
)
_REMOVED_FAMILIES = (b"list-", b"x-list-", b"x-mailman-", b"x-google-group")
_URL_SAFE = ":/?#[]@!$&'()*+,;=%~"


def makes_way(name: bytes) -> bool:
    """Whether a field of this name (any case) in an author's message is left out of the copies."""
    name = name.lower()
    return name in _REMOVED or name.startswith(_REMOVED_FAMILIES)


def takes_posts(mail_list: MailList) -> bool:
    """Whether members may write to the group, so that an answer to it makes sense."""
    return mail_list.settings.style not in (Style.ANNOUNCE, Style.CLOSED)


def display_name(mail_list: MailList) -> str:
    """The group's title as it stands before an address."""
    return mail_list.title[:TITLE_CHARACTERS]


def replies_go_to(mail_list: MailList) -> ReplyPolicy:
    """Where a plain reply goes. Where members may not write to the group, it goes to the author whatever is set."""
    return mail_list.settings.reply_to if takes_posts(mail_list) else ReplyPolicy.AUTHOR


def list_fields(mail_list: MailList, addresses: ListAddresses, base_url: str) -> bytes:
    """The fields that are the same in all mail of the list, with CRLFs; `base_url` has no slash at its end."""
    post = _mailto(addresses, Purpose.POST) if takes_posts(mail_list) else b"NO"
    list_id = b" ".join([encode_phrase(display_name(mail_list)), b"<%b>" % mail_list.list_id.encode()]).strip()
    fields = [
        fold_field("Sender", format_mailbox(display_name(mail_list), addresses.of(Purpose.BOUNCES))),
        fold_field("List-Id", list_id),
        fold_field("List-Post", post),
        fold_field("List-Help", _mailto(addresses, Purpose.HELP)),
        fold_field("List-Owner", _mailto(addresses, Purpose.OWNER)),
        fold_field("List-Subscribe", _mailto(addresses, Purpose.JOIN)),
        fold_field("Precedence", b"list"),
        fold_field("X-Auto-Response-Suppress", b"DR, RN, NRN, OOF, AutoReply"),
        fold_field(LOOP_MARK, mail_list.address.encode()),
    ]
    if base_url:
        fields.append(fold_field("List-Archive", _url(f"{base_url}/groups/{mail_list.name}/")))
    return b"".join(fields)


def archived_at(url: str) -> bytes:
    """The permanent link of one post (RFC 5064 §2)."""
    return fold_field("Archived-At", _url(url))


def personal_unsubscribe(addresses: ListAddresses, base_url: str) -> tuple[bytes, bytes]:
    """List-Unsubscribe of one recipient, in the two pieces between which her token stands.

    With an https address one POST acts on it (RFC 8058 §3.1); without any web address it is by mail only, and the
    token has no place: the second piece is empty and the first is whole.
    """
    if not base_url:
        return neutral_unsubscribe(addresses, ""), b""
    link, mailto = _url(f"{base_url}/unsubscribe/"), _mailto(addresses, Purpose.LEAVE)
    one_click = ONE_CLICK if link.startswith(b"<https://") else b""
    return b"List-Unsubscribe: %b" % link[:-1], b">,\r\n %b\r\n" % mailto + one_click


def neutral_unsubscribe(addresses: ListAddresses, base_url: str) -> bytes:
    """List-Unsubscribe for a copy that many get: by mail, or on the page that asks who one is; never by one click."""
    mailto = _mailto(addresses, Purpose.LEAVE)
    page = b", %b" % _url(f"{base_url}/sign-in") if base_url else b""
    return fold_field("List-Unsubscribe", mailto + page)


def _mailto(addresses: ListAddresses, purpose: Purpose) -> bytes:
    return b"<mailto:%b>" % quote(addresses.of(purpose), safe="@+").encode("ascii")


def _url(url: str) -> bytes:
    return b"<%b>" % quote(url, safe=_URL_SAFE).encode("ascii")
