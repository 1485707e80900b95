"""The copies of mail of our own that goes to many: digests and reminders, composed once, joined once a recipient.

The octets stay as they were composed; above them stands the one field they lack, List-Unsubscribe, and each hole left
for a sign-in token is filled with the recipient's. A personal copy has a one-click link where there is a public web
(RFC 8058), a neutral one never has; mail with a hole has personal copies only. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from listserv.mail.listaddress import ListAddresses, Purpose
from listserv.mail.listheaders import neutral_unsubscribe, personal_unsubscribe
from listserv.outbound.copy import Copy, CopyRecipient

SOFT_BREAK = b"=\r\n"


@dataclass(frozen=True)
class OurMail:
    """One mail of our own to a list's members, as `mediate.Template` is one post; `octets` are not dot-stuffed.

    `hole` is what stands for a recipient's sign-in token (`token.sign_in_hole`).
    """

    octets: bytes = field(repr=False)
    addresses: ListAddresses
    base_url: str
    hole: bytes = field(repr=False)

    @property
    def is_personal(self) -> bool:
        """Whether it waits for each recipient's own token, so that no two may have the same copy."""
        return len(self._pieces) > 1

    def copy(self, recipient: CopyRecipient) -> Copy:
        """The copy for one recipient."""
        first, second = personal_unsubscribe(self.addresses, self.base_url)
        token = recipient.unsubscribe if second else b""
        return self._under(first + token + second, recipient.return_path, recipient.sign_in)

    def neutral(self) -> Copy:
        """The copy for many recipients in one transaction. ValueError if it `is_personal`."""
        if self.is_personal:
            raise ValueError("a copy for many cannot hold one reader's link")
        return self._under(neutral_unsubscribe(self.addresses, self.base_url), self.addresses.of(Purpose.BOUNCES), b"")

    def _under(self, fields: bytes, return_path: str, sign_in: bytes) -> Copy:
        filled = [piece if isinstance(piece, bytes) else sign_in[piece] for piece in self._pieces]
        return Copy(return_path, fields + b"".join(filled), not self.octets.isascii())

    @cached_property
    def _pieces(self) -> list[bytes | slice]:
        """The dot-stuffed octets, and which characters of the token belong between them.

        A soft line break (RFC 2045 §6.7) that fell into a hole stays where it is, as tokens are as long as holes.
        """
        stuffed = self.octets.replace(b"\r\n.", b"\r\n..")
        pieces: list[bytes | slice] = []
        end = 0
        for found in re.finditer(b"(?:=\r\n)?".join(map(re.escape, self._letters)), stuffed):
            pieces.append(stuffed[end : found.start()])
            before, *after = map(len, found[0].split(SOFT_BREAK))
            pieces.append(slice(0, before))
            for length in after:
                pieces += [SOFT_BREAK, slice(before, before + length)]
                before += length
            end = found.end()
        return [*pieces, stuffed[end:]]

    @property
    def _letters(self) -> list[bytes]:
        return [self.hole[at : at + 1] for at in range(len(self.hole))]
