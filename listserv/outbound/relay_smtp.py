"""The relay over a socket: one pipelined SMTP connection, that keeps no thread while it waits.

Promises: the end of message n and the whole envelope of message n+1 leave in one write, one round trip a message
(RFC 2920 §3.1); each submission drawn from the batch is yielded exactly once, unless RelayUnavailable says that
everything waits; a copy is "taken" only after the relay's positive reply to its final dot. A connection lost
before that reply may repeat the copy, never lose it.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterable, Iterator
from functools import partial

from listserv.errors import ConfigError, RelayUnavailable
from listserv.outbound.relay import Handed, Submission
from listserv.outbound.relay_session import (
    CLOSING,
    COMMAND_SECONDS,
    DATA_SECONDS,
    FINAL_SECONDS,
    ConnectionLost,
    Endpoint,
    Security,
    Session,
)
from listserv.outbound.relay_transaction import Transaction
from listserv.outbound.replies import RelayReply
from listserv.outbound.waits import Steps, Wait, elsewhere, waited

_HELO_NAME = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,255}")
_SECONDS = {"RSET": COMMAND_SECONDS, "MAIL": COMMAND_SECONDS, "RCPT": COMMAND_SECONDS, "DATA": DATA_SECONDS}
# So many connections in a row that broke before a single verdict mean that the relay is ill, not the messages.
_LOSSES_IN_A_ROW = 3
# A connection that was silent for less than this is used without asking whether it still stands.
_TRUSTED_SECONDS = 5.0

_NOTHING_SAID = RelayReply(451, "4.4.2", "connection to the relay lost")


class SmtpRelay:
    """One connection to one relay, opened when first needed and kept for the next batch."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        helo_name: str,
        security: Security = "none",
        username: str = "",
        password: str = "",
        tls_context: ssl.SSLContext | None = None,
        timeout_scale: float = 1.0,
        max_messages: int = 1000,
        max_age_seconds: float = 600.0,
        idle_seconds: float = 60.0,
    ) -> None:
        """Opens nothing yet. ConfigError for a `helo_name` that is no host name or address literal.

        A connection is replaced after `max_messages`, after `max_age_seconds`, and when it was not used for
        `idle_seconds`. `tls_context` takes the place of the system's authorities.
        """
        if _HELO_NAME.fullmatch(helo_name) is None:
            raise ConfigError(f"The name the relay is greeted with is no host name: {helo_name!r}.")
        self._endpoint = Endpoint(host, port, helo_name, security, username, password, tls_context, timeout_scale)
        self._max_messages = max_messages
        self._max_age_seconds = max_age_seconds
        self._idle_seconds = idle_seconds
        self._session: Session | None = None
        self._open_transaction = False
        self._submitting = False
        self._losses = 0
        self._last_words = _NOTHING_SAID

    def submit(self, batch: Iterable[Submission]) -> Iterator[Handed | Wait]:
        """See `Relay.submit`."""
        if self._submitting:
            # An iterator that was left lying may have a DATA open: what came next would be its content.
            self._drop()
        self._submitting = True
        try:
            yield from self._submit_all(batch)
            self._submitting = False
        finally:
            if self._submitting:
                self._submitting = False
                self._drop()

    def check(self) -> None:
        """See `Relay.check`: connects and signs in if need be, and has the relay answer."""
        session = waited(self._ready())
        if not waited(self._still_stands(session)):
            self._drop()
            waited(self._ready())

    def close(self) -> None:
        """See `Relay.close`: says QUIT first."""
        if self._session is not None and not self._submitting:
            waited(self._session.quit())
        self._drop()

    def _submit_all(self, batch: Iterable[Submission]) -> Iterator[Handed | Wait]:
        """`current` has its 354 and waits to be sent; the envelope of `following` goes right behind its content."""
        current: Transaction | None = None
        for submission in batch:
            if current is not None and self._is_worn_out(self._session):
                yield from self._conclude(current)
                yield current.result()
                current = None
            if current is None:
                yield from self._ready()
            following = self._prepare(submission)
            ahead, heard = b"", False
            if current is not None:
                ahead = self._ahead(following)
                heard = yield from self._conclude(current, following, ahead)
                yield current.result()
                if self._session is None:
                    # Lost, but of the following one no content was sent: it begins anew on a new connection.
                    yield from self._ready()
                    following, ahead = self._prepare(submission), b""
            if not heard:
                following = yield from self._begun(submission, following, written=bool(ahead))
            current = following if following.started else None
            if current is None:
                yield following.result()
                self._mind(following)
        if current is not None:
            yield from self._conclude(current)
            yield current.result()

    def _prepare(self, submission: Submission) -> Transaction:
        return Transaction(submission, self._open_session().abilities, reset=self._open_transaction)

    def _ahead(self, following: Transaction) -> bytes:
        """What may leave in one write with the content before it: nothing in lock-step or for one we refuse."""
        session = self._open_session()
        return following.groups[0].octets if following.groups and session.abilities.pipelining else b""

    def _conclude(self, current: Transaction, following: Transaction | None = None, behind: bytes = b"") -> Steps[bool]:
        """Send its content, with `behind` in the same write, and hear the reply to the dot.

        True if what is owed to `behind`, the envelope of `following`, came with it and was as hoped for.
        """
        session = self._open_session()
        yield from session.write(current.content(), b".\r\n", behind)
        asked = following.asked_at_once if following is not None and behind else 0
        taken = (yield from session.all_well(FINAL_SECONDS, asked)) if asked else None
        if following is not None and taken is not None:
            current.hear_final(taken)
            following.hear_all_well()
            session.messages += 1
            self._losses = 0
            return True
        try:
            current.hear_final((yield from session.read(FINAL_SECONDS, 2)))
            self._losses = 0
            if not behind:
                session.expect_silence()
        except ConnectionLost as lost:
            self._lose(current, lost.reply)
        return False

    def _begun(self, submission: Submission, following: Transaction, *, written: bool) -> Steps[Transaction]:
        """Its transaction with the envelope answered, begun anew where the relay ends a used connection at it.

        Some relays take so many messages a connection and no more (421); no content was sent.
        """
        was_used = self._open_session().messages > 0
        last_words = yield from self._hear_envelope(following, written=written)
        if last_words is None or last_words.code != CLOSING or not was_used:
            return following
        yield from self._ready()
        anew = self._prepare(submission)
        yield from self._hear_envelope(anew, written=False)
        return anew

    def _hear_envelope(self, transaction: Transaction, *, written: bool) -> Steps[RelayReply | None]:
        """Have the envelope answered, group by group; the first one may be `written` already.

        Gives what the connection was lost with, None where it stands.
        """
        if not transaction.groups:
            return None
        session = self._open_session()
        session.messages += 1
        try:
            for number, group in enumerate(transaction.groups):
                if number or not written:
                    yield from session.write(group.octets)
                for step in group.steps:
                    reply = yield from session.read(_SECONDS[step.verb], 3 if step.verb == "DATA" else 2)
                    transaction.hear(step, reply)
                if transaction.settled:
                    break
            session.expect_silence()
        except ConnectionLost as lost:
            self._lose(transaction, lost.reply)
            return lost.reply
        self._open_transaction = transaction.open and not transaction.started
        return None

    def _mind(self, refused: Transaction) -> None:
        """Draw the lesson of a transaction that did not start, after its outcomes were handed out."""
        if refused.about_us is not None:
            self._drop()
            raise RelayUnavailable(f"The relay {self._endpoint} refuses us: {refused.about_us}.")
        if refused.confused is not None:
            self._count_loss(refused.confused)
        elif self._session is not None:
            self._losses = 0

    def _lose(self, transaction: Transaction, last_words: RelayReply) -> None:
        transaction.lost(last_words)
        self._count_loss(last_words)

    def _count_loss(self, last_words: RelayReply) -> None:
        self._losses += 1
        self._last_words = last_words
        self._drop()

    def _open_session(self) -> Session:
        """The connection, which `_ready` has opened, as it is."""
        if self._session is None:
            raise AssertionError("no connection was opened")
        return self._session

    def _ready(self) -> Steps[Session]:
        """The connection between two transactions, opened or replaced if need be."""
        if self._session is not None:
            yield from self._renew(self._session)
        if self._session is None:
            if self._losses >= _LOSSES_IN_A_ROW:
                self._losses = 0
                raise RelayUnavailable(f"The relay {self._endpoint} keeps breaking off: {self._last_words}.")
            # A name server, a relay that greets late and TLS take their time, and can only be waited for by a thread.
            self._session = yield from elsewhere(partial(Session, self._endpoint))
        return self._session

    def _renew(self, session: Session) -> Steps[None]:
        silent_seconds = time.monotonic() - session.heard_at
        if self._is_worn_out(session) or silent_seconds > self._idle_seconds:
            yield from session.quit()
            self._drop()
        elif silent_seconds > _TRUSTED_SECONDS and not (yield from self._still_stands(session)):
            self._drop()

    def _is_worn_out(self, session: Session | None) -> bool:
        return session is not None and (
            session.messages >= self._max_messages or time.monotonic() - session.opened_at >= self._max_age_seconds
        )

    def _still_stands(self, session: Session) -> Steps[bool]:
        """RSET answered by 2xx; it also ends what a refused envelope left open."""
        yield from session.write(b"RSET\r\n")
        try:
            reply = yield from session.read(COMMAND_SECONDS, 2)
        except ConnectionLost:
            return False
        self._open_transaction = False
        return reply.code < 300

    def _drop(self) -> None:
        if self._session is not None:
            self._session.drop()
        self._session = None
        self._open_transaction = False
