"""One connection to a mailbox (RFC 3501): signing in, what waits, fetching, putting away, waiting for news.

Promises: nothing is ever deleted; every call ends within its timeouts, and a connection that broke, stalled or makes
no sense raises MailboxUnavailable. A message that cannot be moved (MOVE, RFC 6851, or COPY and expunging exactly it,
RFC 4315) stays where it is under a keyword and is passed over from then on. For one thread; it judges nothing.
"""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Any

from imapclient import DELETED, IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from listserv.config.settings import Imap
from listserv.errors import ListservError

log = logging.getLogger(__name__)

CONNECT_SECONDS = 20.0
READ_SECONDS = 60.0
GOODBYE_SECONDS = 3.0
STEP_SECONDS = 1.0  # how soon a stop is noticed while nothing comes
SHOWN_CHARACTERS = 200

# Set on what could be moved nowhere, so that it is taken or refused once.
TAKEN = b"$ListservTaken"
REFUSED = b"$ListservRefused"


class MailboxUnavailable(ListservError):
    """The mailbox cannot be read now; `signing_in` tells that it was name or password that was refused."""

    temporary = True

    def __init__(self, public: str, *, signing_in: bool = False) -> None:
        super().__init__(public)
        self.signing_in = signing_in


class Unreadable(Exception):
    """The server refused one command, or answered it with something unreadable; the connection is still good."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The folder as it was when it was selected."""

    messages: int
    uidvalidity: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that nobody has put away yet, and the size the server gives it."""

    uid: int
    size_octets: int


class _Client(IMAPClient):  # type: ignore[misc]
    """IMAPClient looks for news on the socket alone; a line that came together with IDLE's `+` is past that already."""

    in_buffer = False

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> Any:
        return [sock] if self.in_buffer else super()._poll_socket(sock, timeout)

    def buffered_news(self) -> Any:
        """What the server has said that no poll of the socket would show; never waits."""
        self.in_buffer = True
        try:
            return self.idle_check(timeout=0)
        finally:
            self.in_buffer = False


class ImapMailbox:
    """The mailbox of these settings; `open()` first, `close()` at the end."""

    def __init__(self, imap: Imap) -> None:
        self._imap = imap
        self._client: Any = None
        self._prefix = ""

    def open(self) -> None:
        """Connected and signed in. Raises MailboxUnavailable with a sentence that says what to do."""
        imap = self._imap
        with _translated(f"imap.host {imap.host}:{imap.port}"), _silence_explained(imap):
            self._client = _Client(
                imap.host,
                imap.port,
                ssl=imap.security == "tls",
                ssl_context=_context() if imap.security == "tls" else None,
                timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS),
            )
            _keep_alive(self._client.socket())
            if imap.security == "starttls":
                self._client.starttls(_context())
            self._sign_in()
            self._prefix = self._namespace()

    def select(self, *, readonly: bool = False) -> Opened:
        """The folder that is read, as it is now."""
        with _translated(f'imap.folder "{self._imap.folder}"'):
            answer = self._client.select_folder(self._imap.folder, readonly=readonly)
            return Opened(int(answer[b"EXISTS"]), int(answer.get(b"UIDVALIDITY", 0)))

    def make_folders(self) -> None:
        """The folders for what was taken and refused are there, or the log says which could not be made."""
        for name in (self._imap.done_folder, self._imap.refused_folder):
            with _translated(f'the folder "{name}"'):
                self._make(self._placed(name))

    def waiting(self, first: int, last: int) -> list[Waiting]:
        """What waits among the messages at these places (from 1), in the order of their UIDs."""
        with _translated("the list of messages"):
            self._client.use_uid = False  # by place: the answer is as small as we ask for, however full the folder
            try:
                found = self._client.fetch(list(range(first, last + 1)), ["UID", "FLAGS", "RFC822.SIZE"])
            finally:
                self._client.use_uid = True
        passed_over = {flag.lower() for flag in (DELETED, TAKEN, REFUSED)}
        waiting = [
            Waiting(int(item[b"UID"]), int(item.get(b"RFC822.SIZE", 0)))
            for item in found.values()
            if b"UID" in item and not passed_over & {flag.lower() for flag in item.get(b"FLAGS", ())}
        ]
        return sorted(waiting, key=lambda message: message.uid)

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The octets of those messages that are still there; nothing is marked as read.

        Raises Unreadable if the server refuses.
        """
        with _translated("a message", refusal=Unreadable):
            found = self._client.fetch(list(uids), ["BODY.PEEK[]"])
        return {uid: bytes(item[b"BODY[]"]) for uid, item in found.items() if item.get(b"BODY[]") is not None}

    def put_away(self, uids: Sequence[int], *, taken: bool) -> bool:
        """The messages are in their folder, or marked where they are; False if neither could be done."""
        folder = self._placed(self._imap.done_folder if taken else self._imap.refused_folder)
        try:
            with _translated(f'the folder "{folder}"', refusal=Unreadable):
                self._move(list(uids), folder)
        except Unreadable as error:
            log.warning("%s; %d messages stay in %s", error, len(uids), self._imap.folder)
            return self._mark(uids, TAKEN if taken else REFUSED)
        return True

    def wait(self, seconds: float, stopped: Event) -> None:
        """Returns when something changed in the folder, at a stop, at the latest after `seconds`."""
        with _translated("waiting for news"):
            if not self._client.has_capability("IDLE"):
                stopped.wait(seconds)
                return
            self._client.idle()
            try:
                self._idle(monotonic() + seconds, stopped)
            finally:
                self._client.idle_done()

    @property
    def tells_news(self) -> bool:
        """Whether the server speaks up by itself (IDLE, RFC 2177)."""
        return bool(self._client.has_capability("IDLE"))

    def close(self) -> None:
        """The connection is gone, in good order if it still was."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(IMAPClientError, OSError, ValueError):
                client.socket().settimeout(GOODBYE_SECONDS)  # a connection out of step answers nothing
                client.logout()
            with suppress(IMAPClientError, OSError, ValueError):
                client.shutdown()

    def _sign_in(self) -> None:
        username, secret = self._imap.username, self._imap.password.get_secret_value()
        try:
            if self._imap.auth == "xoauth2":
                self._client.oauth2_login(username, secret)
            elif (username + secret).isascii():
                self._client.login(username, secret)
            else:
                self._client.plain_login(username, secret)
        except LoginError as error:
            if isinstance(error.__context__, IMAPClientAbortError):
                raise error.__context__ from None
            raise MailboxUnavailable(
                f"{self._imap.host} does not let {username} in: {_shown(error)}; "
                "see imap.username, imap.password and imap.auth",
                signing_in=True,
            ) from None

    def _namespace(self) -> str:
        """What some servers want in front of every folder's name, such as `INBOX.` (RFC 2342)."""
        if not self._client.has_capability("NAMESPACE"):
            return ""
        personal = self._client.namespace().personal
        return str(personal[0][0]) if personal else ""

    def _placed(self, name: str) -> str:
        return name if name.startswith(self._prefix) else self._prefix + name

    def _make(self, folder: str) -> None:
        if self._client.folder_exists(folder):
            return
        try:
            self._client.create_folder(folder)
            self._client.subscribe_folder(folder)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            log.warning('the folder "%s" cannot be made: %s', folder, _shown(error))

    def _move(self, uids: list[int], folder: str) -> None:
        try:
            self._transfer(uids, folder)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            self._make(folder)  # somebody has removed or renamed it
            self._transfer(uids, folder)

    def _transfer(self, uids: list[int], folder: str) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move(uids, folder)
            return
        self._client.copy(uids, folder)
        self._client.add_flags(uids, [DELETED], silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)  # exactly these; a plain EXPUNGE would take other people's along

    def _mark(self, uids: Sequence[int], keyword: bytes) -> bool:
        try:
            with _translated("a keyword", refusal=Unreadable):
                self._client.add_flags(list(uids), [keyword], silent=True)
        except Unreadable as error:
            log.error("%s; %d messages will be looked at again after a restart", error, len(uids))
            return False
        return True

    def _idle(self, until: float, stopped: Event) -> None:
        if self._client.buffered_news():
            return
        while not stopped.is_set() and (left := until - monotonic()) > 0:
            step, began = min(left, STEP_SECONDS), monotonic()
            if self._client.idle_check(timeout=step):
                return
            if monotonic() - began < step / 2:
                return  # readable but without a line: the connection has ended, and the next command will say so


def describe(imap: Imap) -> str:
    """What `listserv check` says of the mailbox; raises MailboxUnavailable. Changes nothing."""
    mailbox = ImapMailbox(imap)
    try:
        mailbox.open()
        opened = mailbox.select(readonly=True)
        news = (
            "mail is noticed at once" if mailbox.tells_news else "the server has no IDLE, so it is asked every minute"
        )
        return f"{imap.username} at {imap.host}, {imap.folder} holds {opened.messages} messages; {news}"
    finally:
        mailbox.close()


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _keep_alive(connection: socket.socket) -> None:
    """A peer that has gone without a word is noticed by the kernel, not only at the next command."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


@contextmanager
def _translated(what: str, refusal: type[Exception] = MailboxUnavailable) -> Iterator[None]:
    """A NO or BAD becomes `refusal`; whatever ends or confuses the connection, MailboxUnavailable."""
    try:
        yield
    except (MailboxUnavailable, Unreadable):
        raise
    except IMAPClientAbortError as error:
        raise MailboxUnavailable(f"{what}: the connection broke ({_shown(error)})") from error
    except IMAPClientError as error:
        raise refusal(f"{what}: the server says {_shown(error)}") from error
    except ssl.SSLCertVerificationError as error:
        raise MailboxUnavailable(
            f"{what} shows a certificate that is not valid for it: {error.verify_message}"
        ) from error
    except ssl.SSLError as error:
        hint = "see imap.security and imap.port"
        raise MailboxUnavailable(f"{what}: no safe connection ({_shown(error)}); {hint}") from error
    except OSError as error:
        raise MailboxUnavailable(f"{what} cannot be reached ({_shown(error)})") from error
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        # What the library makes of an answer that is no IMAP; the connection is out of step.
        raise MailboxUnavailable(f"{what}: the server's answer makes no sense ({_shown(error)})") from error


@contextmanager
def _silence_explained(imap: Imap) -> Iterator[None]:
    """A server that awaits TLS first says nothing in clear: silence is most often the wrong one of two ports."""
    try:
        yield
    except TimeoutError as error:
        hint = "" if imap.security == "tls" else "; a port where TLS begins at once (993) needs imap.security tls"
        raise MailboxUnavailable(f"imap.host {imap.host}:{imap.port} does not answer in time{hint}") from error


def _shown(error: Exception) -> str:
    """What the server said, on one line, bounded; never the command, which may hold a password."""
    said = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    words = said[2:-1] if said.startswith("b'") and said.endswith("'") else str(error)  # the library's way with octets
    text = "".join(letter if letter.isprintable() else " " for letter in words or type(error).__name__)
    return text[:SHOWN_CHARACTERS]
