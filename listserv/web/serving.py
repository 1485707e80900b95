"""The web server inside the service's own loop: started, stopped in good order, signals left to whoever owns them.

Bounded: so many connections at once, for each takes one of the files that the whole service may have open; a while for
a request's header, a longer while for a slow reader of an answer. Nothing is logged of a request, for its path may hold
a token.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS = 200
HELD_CONNECTIONS = 250
ACCEPTED_AT_ONCE = 100
HEADER_OCTETS = 32_768
HEADER_SECONDS = 20.0
ANSWER_SECONDS = 600.0
KEPT_SECONDS = 5
TICKS_A_SECOND = 10


class WebServer:
    """One listening socket and what answers there."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        """Takes the port. Raises OSError if it cannot be had."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        config = uvicorn.Config(
            app,
            http=_Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=CONNECTIONS,
            backlog=ACCEPTED_AT_ONCE,
            timeout_keep_alive=KEPT_SECONDS,
            h11_max_incomplete_event_size=HEADER_OCTETS,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """HOST:PORT, as a browser needs it."""
        host, port = self._socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def start(self) -> None:
        """Requests are answered from now on."""
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0.005)
        if self._task.done():
            self._task.result()

    async def stop(self, seconds: float) -> None:
        """No new request is taken; those under way are finished, or cut off when their time is over."""
        self._server.config.timeout_graceful_shutdown = int(seconds)
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


class _Connection(H11Protocol):
    """One connection. Those above `CONNECTIONS` hear 503; those above `HELD_CONNECTIONS` are closed at once."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does it for sockets that say they are TCP's; an accepted one does not. A page's header and body are
        # two writes: the second would wait for the acknowledgement of the first, 40 milliseconds at most readers.
        with contextlib.suppress(OSError):  # gone already
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if len(self.connections) > HELD_CONNECTIONS:
            transport.abort()


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers, and with an end to connections that only stay open."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._since: dict[object, tuple[object, float]] = {}

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_A_SECOND == 0:
            self._close_idlers(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    def _close_idlers(self, now: float) -> None:
        """Cuts connections that have been at the same request, or at none, for too long.

        An answer that is all written is read when no more of it waits here.
        """
        seen: dict[object, tuple[object, float]] = {}
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            is_answered = cycle is None or cycle.response_complete
            waits = is_answered and not connection.transport.get_write_buffer_size()
            state = (id(cycle), waits)
            known, since = self._since.get(connection, (state, now))
            seen[connection] = (state, since if known == state else now)
            if now - seen[connection][1] > (HEADER_SECONDS if waits else ANSWER_SECONDS):
                connection.transport.abort()
        self._since = seen
