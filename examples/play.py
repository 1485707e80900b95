"""Plays the week: sends each mail by SMTP at its own time, runs each command as a process, waits for the copies.

The clock belongs to the demonstration: it is set to each event's time and goes on from there, never back. What happened
is kept as `Played`, one for each event, for the summary and the check.
"""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from examples.folder import HOST, DemoFolder
from examples.hours import ServiceClock, full_hours
from examples.mailbox_server import REFUSED, MailboxServer
from examples.mailboxes import Copy, asked_about_id, count_copies, links_to_answer, plain_text, read_mailbox
from examples.week import Answer, Command, Hour, Outcome, Sending, file_names, octets_of
from listserv.mail.parse import parse
from listserv.store.archive import posts_without_text
from listserv.store.engine import Database
from listserv.store.moderation import waiting
from listserv.store.queue import in_queue

ROOT = Path(__file__).resolve().parent.parent
DELIVERY_SECONDS = 30.0
_ANSWERS = {
    "Post ": Outcome.POSTED,
    "Kept for ": Outcome.HELD,
    "Automatic mail": Outcome.KEPT,
    "Taken": Outcome.TAKEN,
}


class DemoError(Exception):
    """The week cannot go on; the text says why."""


class DemoClock:
    """The time of the demonstration; a call gives it."""

    def __init__(self, start: datetime) -> None:
        self._set_to = (start, time.monotonic())

    def __call__(self) -> datetime:
        start, since = self._set_to
        return start + timedelta(seconds=time.monotonic() - since)

    def set_to(self, moment: datetime) -> None:
        """It is that time now, or later if it was later already."""
        self._set_to = (max(moment, self()), time.monotonic())


@dataclass(frozen=True, slots=True)
class Played:
    """One event and what came of it: the server's reply to a mail or the command's answer, the copies that went out."""

    event: Sending | Command | Answer | Hour
    reply: str
    copies: int = 0
    outcome: Outcome | None = None
    octets: bytes = b""
    typed: str = ""


class Player:
    """Acts for everybody who writes, answers and moderates, and lets the time between pass."""

    def __init__(
        self,
        folder: DemoFolder,
        clock: DemoClock,
        database: Database,
        service_clock: ServiceClock,
        mailbox: MailboxServer | None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._database = database
        self._service_clock = service_clock
        self._mailbox = mailbox
        self._file_names = file_names()

    def play(self, events: tuple[Sending | Command | Answer, ...], stopped: Callable[[], bool]) -> Iterator[Played]:
        """Each event after its copies are delivered; ends early when `stopped` says so. Raises DemoError."""
        for event in events:
            yield from self.let_pass(event.at, stopped)
            if stopped():
                return
            self._clock.set_to(event.at)
            if isinstance(event, Sending) and event.outcome is Outcome.TAKEN:
                self.wait_for_texts()
            before = count_copies(self._folder.outbox)
            played = self._happen(event)
            self._wait_for_copies()
            yield replace(played, copies=count_copies(self._folder.outbox) - before)

    def wait_for_texts(self) -> None:
        """Until every post's text is derived, and what it shares is on its group's shelf."""
        end = time.monotonic() + DELIVERY_SECONDS
        while time.monotonic() < end:
            with self._database.read() as connection:
                if not posts_without_text(connection, 1):
                    return
            time.sleep(0.05)
        raise DemoError(f"After {DELIVERY_SECONDS:.0f} seconds there are still posts that are not read.")

    def let_pass(self, until: datetime, stopped: Callable[[], bool]) -> Iterator[Played]:
        """Each hour at which the clock sent something, after its copies are delivered."""
        for hour in full_hours(self._clock(), until):
            if stopped():
                return
            self._clock.set_to(hour)
            before = count_copies(self._folder.outbox)
            did = self._service_clock.strike(self._clock())
            self._wait_for_copies()
            copies = count_copies(self._folder.outbox) - before
            if copies:
                yield Played(Hour(hour, did), "", copies=copies)

    def _happen(self, event: Sending | Command | Answer) -> Played:
        if isinstance(event, Sending):
            return self._send(event)
        return self._answer(event) if isinstance(event, Answer) else self._run(event)

    def _answer(self, event: Answer) -> Played:
        """Her program's Reply to the mail that asks her about the post."""
        asked = self._asked(event)
        quoted = "".join(f"> {line}\n" for line in plain_text(asked).splitlines())
        text = f"{event.words}\n\nSent from my iPhone\n\n> On {event.at:%d/%m/%Y, at %H:%M}, wrote:\n> \n{quoted}"
        octets = (
            f"From: <{event.by}>\nTo: <{asked.reply_address}>\nSubject: Re: {event.held}\n"
            f"Date: {format_datetime(event.at)}\nMessage-ID: <answer-{event.at:%d%H%M}@phone.example>\n"
            f"In-Reply-To: <{asked.message_id}>\nMIME-Version: 1.0\n"
            f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}"
        )
        with smtplib.SMTP(HOST, self._folder.smtp_port, timeout=DELIVERY_SECONDS) as client:
            client.sendmail(event.by, [asked.reply_address], octets.replace("\n", "\r\n").encode())
        return Played(event, event.words)

    def _asked(self, event: Answer) -> Copy:
        """The mail about the post that waits: the post is attached to it, or it answers the post."""
        for copy in read_mailbox(self._folder.outbox, event.by):
            if self._file_names.get(asked_about_id(copy)) == event.held and copy.reply_address:
                return copy
        raise DemoError(f"{event.by} was not asked about {event.held}.")

    def _send(self, event: Sending) -> Played:
        octets = octets_of(event.message)
        if event.imap:
            return self._put(event, octets)
        to = event.to
        if event.answers or event.update:
            to = self._reply_address(event) if event.answers else self._link(event)
            octets = octets.replace(event.to.replace("@", "+THREAD@").encode(), to.encode())
        with smtplib.SMTP(HOST, self._folder.smtp_port, timeout=DELIVERY_SECONDS) as client:
            client.ehlo("school.example")
            client.mail(event.return_path)
            code, text = client.rcpt(to)
            if code == 250:
                code, text = client.data(octets)
        reply = text.decode("utf-8", "replace")
        return Played(event, f"{code} {reply}", outcome=_outcome(code, reply), octets=octets)

    def _reply_address(self, event: Sending) -> str:
        """Where a mail program's Reply goes: it stands in the copy that lies in the mailbox."""
        for copy in read_mailbox(self._folder.outbox, event.reads):
            if self._file_names.get(copy.message_id) == event.answers and copy.reply_address:
                return copy.reply_address
        raise DemoError(f"{event.reads} has no copy of {event.answers} to answer.")

    def _link(self, event: Sending) -> str:
        """Where the link below a conversation of an update leads: it also gives the answer its subject."""
        subject = parse(octets_of(event.message)).subject
        for copy in read_mailbox(self._folder.outbox, event.reads):
            if copy.update and copy.subject.startswith(event.update):
                address = links_to_answer(copy).get(subject)
                if address:
                    return address
        raise DemoError(f"{event.reads} has no {event.update} with a link to answer {subject!r}.")

    def _put(self, event: Sending, octets: bytes) -> Played:
        """Into the mailbox at a provider, as its server would, and out of it by the service."""
        if self._mailbox is None:
            raise DemoError(f"There is no mailbox for {event.message}.")
        folder = self._mailbox.deliver(octets)
        outcome = Outcome.REFUSED if folder == REFUSED else Outcome.POSTED
        return Played(event, f"it lies in the mailbox's folder {folder}", outcome=outcome, octets=octets)

    def _run(self, event: Command) -> Played:
        words = [word.format(held=self._held(event.held) if event.held else "") for word in event.words]
        done = subprocess.run(
            [sys.executable, "-m", "listserv", "--config", str(self._folder.config), *words],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            cwd=ROOT,
            env=_environment(event.at),
        )
        typed = " ".join(["listserv", *(f'"{word}"' if " " in word else word for word in words)])
        if done.returncode:
            raise DemoError(f"{typed}: {done.stderr.strip()}")
        return Played(event, done.stdout.strip(), typed=typed)

    def _held(self, file: str) -> int:
        with self._database.read() as connection:
            for post in waiting(connection):
                if self._file_names.get(parse(post.octets).message_id or "") == file:
                    return post.id
        raise DemoError(f"{file} does not wait for a moderator.")

    def _wait_for_copies(self) -> None:
        """Until everything has left; the pause before a private group's copies passes at once."""
        end = time.monotonic() + DELIVERY_SECONDS
        while time.monotonic() < end:
            with self._database.read() as connection:
                due = [item.due_at for item in in_queue(connection, self._clock())]
            if not due:
                return
            self._clock.set_to(min(due))
            time.sleep(0.01)
        raise DemoError(f"After {DELIVERY_SECONDS:.0f} seconds there are still copies on their way.")


def _outcome(code: int, reply: str) -> Outcome:
    if code >= 400:
        return Outcome.REFUSED
    said = reply.partition(" ")[2]
    return next((outcome for start, outcome in _ANSWERS.items() if said.startswith(start)), Outcome.KNOWN)


def _environment(at: datetime) -> dict[str, str]:
    """The environment without settings of another site, its clock at the event's time."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LISTSERV_")}
    return kept | {"LISTSERV_CLOCK": at.isoformat(), "PYTHONIOENCODING": "utf-8"}
