"""The subscriber's copy of a post, made by editing octets: prepared once a post, joined once a recipient.

    message --body_with_footer--> body --copy_header--> header --prepare--> Template --copy--> Copy

Promises: the author's octets are never written anew (`header` and `body` say what is edited); every line ends in CRLF,
no CR or LF stands alone, given that none does in the message; all copies of a post are the same but for the token in
List-Unsubscribe, so that the body is hashed once for all signatures. A personal copy has a one-click link where
there is a public web (RFC 8058), a neutral one never has. Pure: time, key and words are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from listserv.mail.listheaders import neutral_unsubscribe, personal_unsubscribe
from listserv.mail.parse import Message
from listserv.outbound.body import body_with_footer
from listserv.outbound.copy import Copy, CopyRecipient, PostContext
from listserv.outbound.header import copy_header


@dataclass(frozen=True, slots=True)
class Template:
    """The copies of one post in pieces, dot-stuffed, ready to be joined around what is personal."""

    bounce_address: str
    eight_bit: bool
    _personal_head: bytes = field(repr=False)
    _personal_rest: bytes = field(repr=False)
    _neutral_head: bytes = field(repr=False)
    _body: bytes = field(repr=False)

    @property
    def octets(self) -> int:
        """About how many it keeps in memory."""
        return len(self._personal_head) + len(self._neutral_head) + len(self._body)

    def copy(self, recipient: CopyRecipient) -> Copy:
        """The copy for one recipient."""
        rest = self._personal_rest
        token = recipient.unsubscribe if rest else b""
        content = b"".join((self._personal_head, token, rest, self._body))
        return Copy(recipient.return_path, content, self.eight_bit)

    def neutral(self) -> Copy:
        """The copy for many recipients in one transaction."""
        content = self._neutral_head + self._body
        return Copy(self.bounce_address, content, self.eight_bit)


def prepare(message: Message, context: PostContext) -> Template:
    """The template of a post's copies. Never raises on what the author sent."""
    body = body_with_footer(message, context.footer, context.notes)
    header = copy_header(message, context, body.root_fields)
    first, second = personal_unsubscribe(context.addresses, context.base_url)
    octets = body.octets if body.octets.endswith(b"\r\n") or not body.octets else body.octets + b"\r\n"
    return Template(
        bounce_address=context.bounce_address,
        eight_bit=not (header.isascii() and octets.isascii()),
        _personal_head=_stuffed(header + first),
        _personal_rest=second,
        _neutral_head=_stuffed(header + neutral_unsubscribe(context.addresses, context.base_url)),
        _body=_stuffed(b"\r\n" + octets),
    )


def _stuffed(octets: bytes) -> bytes:
    """Each line that begins with a dot has one more; the first line of `octets` is taken not to."""
    return octets.replace(b"\r\n.", b"\r\n..")
