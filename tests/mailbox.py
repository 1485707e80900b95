"""One person's mail as she sees it: what a service delivered to her since she last looked, by its subject."""

from __future__ import annotations

import contextlib
import email
import email.policy
import secrets
import sqlite3
import time
from email.message import EmailMessage
from email.utils import parseaddr

from tests.service import DOMAIN, Service

WAIT_SECONDS = 15.0


class Mailbox:
    """What reaches one address, and mail written from it."""

    def __init__(self, service: Service, address: str, name: str = "") -> None:
        self.service = service
        self.address = address
        self.author = f"{name} <{address}>" if name else address
        self._read = 0

    def new(self) -> list[EmailMessage]:
        """What has come since the last look."""
        octets = self.service.delivered(self.address)
        fresh, self._read = octets[self._read :], len(octets)
        return [email.message_from_bytes(each, policy=email.policy.default) for each in fresh]

    def next(self, subject: str) -> EmailMessage:
        """The next mail, which must be about this; waits for it."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            octets = self.service.delivered(self.address)
            if len(octets) > self._read:
                found: EmailMessage = email.message_from_bytes(octets[self._read], policy=email.policy.default)
                self._read += 1
                assert subject in str(found["Subject"]), (subject, str(found["Subject"]), body(found))
                return found
            time.sleep(0.05)
        raise AssertionError(f"no mail about {subject!r} for {self.address}")

    def nothing_more(self) -> None:
        """Fails if anything else came, once everything on its way has left."""
        settle(self.service)
        assert [str(each["Subject"]) for each in self.new()] == []

    def write(self, to: str, text: str = "", subject: str = "", sender: str | None = None) -> tuple[int, str]:
        """A mail to an address, or to one of the domain's by its local part."""
        to = to if "@" in to else f"{to}@{DOMAIN}"
        lines = [
            f"From: {self.author}",
            f"To: {to}",
            f"Subject: {subject}",
            f"Message-ID: <{secrets.token_hex(8)}@school.example>",
            "Content-Type: text/plain; charset=utf-8",
            "",
            *text.split("\n"),
            "",
        ]
        path = self.address if sender is None else sender
        return self.service.send("\r\n".join(lines).encode(), to, path)

    def reply(self, to: EmailMessage, text: str = "") -> tuple[int, str]:
        """A reply over a quotation, as mail programs write it."""
        address = parseaddr(str(to["Reply-To"] or to["From"]))[1]
        quoted = "\n".join(f"> {line}" for line in body(to).splitlines())
        written = f"{text}\n\nOn Mon, 16 Nov 2026 at 21:04, {to['From']} wrote:\n{quoted}"
        return self.write(address, written, f"Re: {to['Subject']}")


def settle(service: Service) -> None:
    """Until nothing is waiting to be sent, by a look into the service's database."""
    end = time.monotonic() + WAIT_SECONDS
    with contextlib.closing(sqlite3.connect(f"file:{service.folder}/listserv.db?mode=ro", uri=True)) as database:
        while database.execute("SELECT count(*) FROM delivery WHERE state = 'waiting'").fetchone()[0]:
            assert time.monotonic() < end, "something is still waiting"
            time.sleep(0.05)


def body(message: EmailMessage) -> str:
    """The plain text of a mail."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
