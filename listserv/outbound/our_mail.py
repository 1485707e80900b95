"""The copies of mail of our own that goes to many: digests and reminders, composed once, joined once a recipient.

The octets stay as they were composed; above them stands the one field they lack, List-Unsubscribe. A personal copy
has a one-click link where there is a public web (RFC 8058), a neutral one never has. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.listheaders import neutral_unsubscribe, personal_unsubscribe
from listserv.outbound.copy import Copy, CopyRecipient


@dataclass(frozen=True, slots=True)
class OurMail:
    """One mail of our own to a list's members, as `mediate.Template` is one post; `octets` are not dot-stuffed."""

    octets: bytes = field(repr=False)
    addresses: ListAddresses
    base_url: str

    def copy(self, recipient: CopyRecipient) -> Copy:
        """The copy for one recipient."""
        first, second = personal_unsubscribe(self.addresses, self.base_url)
        token = recipient.unsubscribe if second else b""
        return self._under(first + token + second, recipient.return_path)

    def neutral(self) -> Copy:
        """The copy for many recipients in one transaction."""
        return self._under(neutral_unsubscribe(self.addresses, self.base_url), self.addresses.of(Purpose.BOUNCES))

    def _under(self, fields: bytes, return_path: str) -> Copy:
        stuffed = self.octets.replace(b"\r\n.", b"\r\n..")
        return Copy(return_path, fields + stuffed, not self.octets.isascii())
