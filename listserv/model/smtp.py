"""What passes between the SMTP/LMTP edge and the rest: an envelope in, a reply a recipient out (RFC 5321, RFC 2033)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """One SMTP reply (RFC 5321 §4.2) with its enhanced code (RFC 3463), e.g. `Reply(250, "2.0.0", "kept")`."""

    code: int
    enhanced: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.enhanced} {self.text}"

    @property
    def positive(self) -> bool:
        return self.code < 400


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who handed what to whom: the RFC5321 envelope of one transaction.

    `return_path` is "" for the null sender; `recipients` keeps the client's order and spelling; `peer` is the
    client's IP address, `helo` its own word for itself (untrusted), `protocol` "smtp", "lmtp" or "imap".
    """

    return_path: str
    recipients: tuple[str, ...]
    peer: str = ""
    helo: str = ""
    protocol: str = "smtp"
    tls: bool = False
