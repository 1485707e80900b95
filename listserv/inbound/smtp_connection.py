"""The life of one connection: octets in, replies out, patience, TLS, the end.

aiosmtpd's SMTP with another life. Replaced are its reading (a line a time, a turn of the loop each), its time-outs (300
seconds for a whole content), its way to end (it cancels the handler of a message when the client goes) and its set-up a
connection.
Promises: replies go out in order, many in one write for a pipelining client (RFC 2920 §3.2); who is too slow reads
421 and is closed; what is closed is gone within seconds, whether or not the other side reads; a message under way
with the receiver is never cancelled by its client.
May not know what a command means: that is `smtp_dialogue`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from functools import lru_cache
from typing import Any, cast

from aiosmtpd.smtp import SMTP

from listserv.inbound.edge import SHUTTING_DOWN, Terms
from listserv.inbound.smtp_wire import Inbox, wire
from listserv.inbound.stepping import Stepped, turn
from listserv.model.smtp import Reply

log = logging.getLogger(__name__)

TOO_SLOW = Reply(421, "4.4.2", "Nothing came for too long, closing")
ENDLESS_LINE = Reply(421, "4.7.0", "That line has no end, closing")
BROKEN = Reply(421, "4.3.0", "A local problem, please try again later")

_HIGH_WATER_OCTETS = 131_072
_LONGEST_LINE_OCTETS = 65_536
_UNREAD_REPLY_OCTETS = 32_768
_REPLIES_AT_ONCE = 200
_CLOSE_SECONDS = 5.0
_HANDSHAKE_SECONDS = 60.0


class Connection(SMTP):
    """One client; `_converse` is what is said, from the greeting to the end."""

    def __init__(self, terms: Terms) -> None:
        loop = asyncio.get_running_loop()
        # aiosmtpd looks through all names of a class three times, 0.3 ms for each connection; once is enough.
        vars(self).update(_prepared(terms.hostname, terms.limits.message_octets, loop))
        self.terms = terms
        self.loop = loop
        self.peer = ""
        self.over = False
        self.retiring = False
        self._inbox = Inbox()
        self._said: list[bytes] = []
        self._reading_paused = False
        self._writing_paused = False
        self._heard: asyncio.Future[None] | None = None
        self._asking = False
        self._secured = False
        self._lost = False
        self._conversed = False
        self.gone: asyncio.Future[None] = self.loop.create_future()
        self._deadline = 0.0
        self._timeout_handle: asyncio.TimerHandle | None = None
        self._abort_handle: asyncio.TimerHandle | None = None
        self._steps: Stepped | None = None
        self._line: asyncio.Transport

    # -- what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.peer = _address(transport)
        self._line = cast(asyncio.Transport, transport)
        refusal = self.terms.connections.enter(self, self.peer)
        if refusal is None:
            self._steps = Stepped(self._handle_client(), self.loop)
            return self._steps.go_on()
        log.info("turned away %s: %s", self.peer, refusal)
        self.over = self._conversed = True
        self._line.write(wire(refusal))
        self._line.close()
        return None

    def connection_lost(self, _error: Exception | None) -> None:
        self.over = self._lost = True
        self._hear_no_more()
        for handle in (self._timeout_handle, self._abort_handle):
            if handle is not None:
                handle.cancel()
        self.resume_writing()
        self._part()

    def data_received(self, data: bytes) -> None:
        if self.over:
            return
        self._inbox.put(data)
        if len(self._inbox) > _HIGH_WATER_OCTETS and not self._reading_paused:
            self._reading_paused = True
            self._line.pause_reading()
        self._go_on()

    def pause_writing(self) -> None:
        self._writing_paused = True

    def resume_writing(self) -> None:
        self._writing_paused = False
        if self._heard is not None and not self._heard.done():
            self._heard.set_result(None)

    def eof_received(self) -> bool:
        """A client that has said all may still hear the answers, unless TLS closes both ways."""
        self._hear_no_more()
        return not self._secured

    def _hear_no_more(self) -> None:
        """Nothing more will come. The conversation hears of it when whoever says so here has finished."""
        self._inbox.end()
        self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._steps is not None:
            self._steps.go_on()

    # -- the conversation

    async def _converse(self) -> None:
        """Greet, and answer until the client or a limit ends it."""
        raise NotImplementedError

    def _in_transaction(self) -> bool:
        """Whether a message is on its way, so that a stop has to wait."""
        raise NotImplementedError

    async def _handle_client(self) -> None:
        try:
            await self._converse()
            await self._flush()
        except ConnectionError:
            log.debug("%s went away", self.peer)
        except Exception:
            self._hang_up(self._trouble("the conversation broke"))
        finally:
            self._close()
            self._conversed = True
            self._part()

    def _patience(self) -> float:
        """How many seconds the client may take for its next command."""
        raise NotImplementedError

    async def _next_line(self) -> bytes | None:
        """The next command line, for which there is patience; None when the conversation is over."""
        if len(self._said) >= _REPLIES_AT_ONCE:
            self._reset_timeout(self._patience())
            await self._flush()
        line = None if self.over else self._inbox.line()
        if line is None:
            self._reset_timeout(self._patience())
        while line is None and not self.over:
            if len(self._inbox) > _LONGEST_LINE_OCTETS:
                self._hang_up(ENDLESS_LINE)
            elif await self._more():
                line = self._inbox.line()
            else:
                break
        return line

    async def _more(self) -> bool:
        """Say what is to be said, then wait for octets; False when the conversation is over."""
        await self._flush()
        if self._reading_paused:
            self._reading_paused = False
            self._line.resume_reading()
        while self._inbox.is_quiet:
            await turn()
        return self._inbox.news() and not self.over

    async def _flush(self) -> None:
        """Say what is to be said; returns when the client has read most of it. Raises ConnectionError if it left."""
        if not self._said or self._line.is_closing():
            return
        self._line.write(b"".join(self._said))
        self._said.clear()
        if self._writing_paused:
            self._heard = self.loop.create_future()
            await self._heard
        if self._lost:
            raise ConnectionResetError

    async def _secure(self) -> bool:
        """Do TLS; True when it stands, False when the connection is lost. All said in clear is forgotten."""
        assert self.terms.tls is not None
        await asyncio.sleep(0)  # what brought STARTTLS is still under way, and not to be turned into TLS meanwhile
        await self._flush()
        if self._line.get_write_buffer_size() > _UNREAD_REPLY_OCTETS:
            # Writing to one who does not read would wait, and what came meanwhile in clear would be obeyed after TLS.
            self._close()
            return False
        self._reset_timeout(_HANDSHAKE_SECONDS + 1)
        self._inbox.clear()
        self._said.append(wire(Reply(220, "2.0.0", "Go ahead with TLS")))
        await self._flush()
        self._secured = True
        try:
            secured = await self.loop.start_tls(
                self._line, self, self.terms.tls, server_side=True, ssl_handshake_timeout=_HANDSHAKE_SECONDS
            )
        except OSError as error:
            log.info("TLS with %s failed: %s", self.peer, error)
            self.connection_lost(error)
            return False
        if secured is None:
            return False
        self._line = secured
        self._reading_paused = False
        return True

    # -- patience

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Afterwards the client has `duration` seconds. One timer is moved along, not one made for each command."""
        self._deadline = self.loop.time() + max(duration or 0.0, 0.0)
        if self._timeout_handle is not None:
            if self._timeout_handle.when() <= self._deadline:
                return
            self._timeout_handle.cancel()
        self._timeout_handle = self.loop.call_at(self._deadline, self._timeout_cb)

    def _timeout_cb(self) -> None:
        self._timeout_handle = None
        if self.over:
            return
        left = self._deadline - self.loop.time()
        if self._asking or left > 0:
            self._reset_timeout(max(left, 1.0))
        else:
            log.info("%s was too slow", self.peer)
            self._hang_up(TOO_SLOW)

    # -- the end

    def retire(self) -> None:
        """Say 421 and close as soon as no transaction is open."""
        self.retiring = True
        if not self._in_transaction():
            self._hang_up(SHUTTING_DOWN)

    def _hang_up(self, reply: Reply) -> None:
        """Say `reply` as the last word and close."""
        self._said.append(wire(reply))
        self._close()

    def _close(self) -> None:
        """Afterwards nothing is read, and what is said but unheard has a few seconds to be heard."""
        if self._lost or self._abort_handle is not None:
            return
        self.over = True
        self._hear_no_more()
        if not self._line.is_closing():
            self._line.write(b"".join(self._said))
            self._line.close()
        self._abort_handle = self.loop.call_later(_CLOSE_SECONDS, self._line.abort)

    def _part(self) -> None:
        """Leave the register once neither the connection nor a message of it is left."""
        if self._lost and self._conversed and not self.gone.done():
            self.terms.connections.leave(self)
            self.gone.set_result(None)

    def abandon(self) -> None:
        """Break off whatever goes on; an unanswered message will be sent again by its client."""
        if self._steps is not None:
            self._steps.cancel()
        self._line.abort()

    def _trouble(self, what: str) -> Reply:
        """A 451 for a fault of ours, to be called from an `except`: the log tells, the client reads an id only."""
        number = secrets.token_hex(4)
        log.exception("%s %s, client %s", number, what, self.peer)
        return Reply(451, "4.3.0", f"A local problem ({number}), please try again later")


@lru_cache(maxsize=8)
def _prepared(hostname: str, message_octets: int, loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    """What aiosmtpd sets up for a connection, AUTH not offered."""
    made = SMTP(
        None,
        hostname=hostname,
        data_size_limit=message_octets,
        enable_SMTPUTF8=True,
        auth_exclude_mechanism=("LOGIN", "PLAIN"),
        loop=loop,
    )
    return vars(made) | {"_closed": None}


def _address(transport: asyncio.BaseTransport) -> str:
    name = transport.get_extra_info("peername")
    return str(name[0]) if isinstance(name, tuple) and name else ""
