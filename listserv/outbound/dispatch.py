"""Sends what the outbox holds: a lane per relay connection (`outbound.lane`), all of them in one thread.

With a thread each they would take turns anyway, and every change of threads costs more than a copy. A second thread
keeps the leases of what is under way; a lease that a killed process held runs out by itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from time import monotonic

from listserv.errors import ListservError, RelayUnavailable
from listserv.outbound.lane import Copies, Lane, Shared
from listserv.outbound.relay import Relay
from listserv.outbound.settling import Settlings
from listserv.outbound.waits import Bell, SideBySide, Steps
from listserv.store import outbox
from listserv.store.engine import Connection
from listserv.store.outbox import Claim
from listserv.store.writer import Writer

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0  # what another process has put into the outbox waits so long at most
NODES_POLL_SECONDS = 0.2  # where others may take mail in all the time
FAILURE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
RENEW_SECONDS = 10.0
STOP_SECONDS = 4.0


class Dispatcher:
    """The relay's thread and its lanes. `nudge` after a commit that may have put something into the outbox."""

    def __init__(
        self,
        writer: Writer,
        copies: Copies,
        open_relay: Callable[[], Relay],
        connections: int,
        clock: Callable[[], datetime],
        owner: str,
        on_expired: Callable[[Connection, Claim, datetime], None],
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        settlings = Settlings(writer, clock, on_expired)
        self._writer = writer
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._shared = Shared(writer, copies, clock, on_expired, self._wake_another, settlings)
        self._stopping = self._shared.stopping
        self._bell = Bell()
        self._ended = Bell()
        self._nudges = 0
        self._idle = 0
        self._is_polled = False  # whether one of the lanes that rest looks for work by the clock
        self._relays = [open_relay() for _ in range(connections)]
        self._lanes = [Lane(relay, f"{owner}/{number}", self._shared) for number, relay in enumerate(self._relays)]
        self._threads = [
            threading.Thread(target=self._run, name="relay", daemon=True),
            threading.Thread(target=self._keep_leases, name="leases", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def nudge(self) -> None:
        """Wakes the relay now; without it the poll does. Whoever finds something wakes the next lane."""
        self._nudges += 1
        # A lane counts itself idle before it looks at the nudges again: one of the two sees the other.
        self._wake_another()

    def stop(self) -> None:
        """Finishes the copies on the wire, gives the rest back, and returns when every thread has ended.

        A relay that stays silent is left behind after STOP_SECONDS: its leases run out by themselves.
        """
        self._stopping.set()
        self._ring_all()
        ends = monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, ends - monotonic()))
        if not self._threads[0].is_alive():
            self._bell.close()
            self._ended.close()

    def _wake_another(self) -> None:
        if self._idle:
            self._bell.ring()

    def _ring_all(self) -> None:
        """Whoever waits goes on, sees that it is over, and rings for the next."""
        self._ended.ring()
        self._bell.ring()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._idle, self._is_polled = 0, False
            try:
                SideBySide([*(self._runs(lane) for lane in self._lanes), self._settles_at_the_end()]).run()
            except Exception:
                log.exception("relay: the lanes stopped and begin anew")
                self._stopping.wait(FAILURE_SECONDS)
        for relay in self._relays:
            relay.close()

    def _runs(self, lane: Lane) -> Steps[None]:
        pause_seconds = 0.0
        while not self._stopping.is_set():
            nudges = self._nudges
            try:
                yield from lane.work()
                pause_seconds = 0.0
            except RelayUnavailable as error:
                pause_seconds = min(max(FAILURE_SECONDS, pause_seconds * 2), LONGEST_PAUSE_SECONDS)
                log.warning("relay: %s; next try in %.0f s", error, pause_seconds)
            except ListservError as error:
                pause_seconds = FAILURE_SECONDS
                log.warning("relay: %s", error)
            except Exception:
                pause_seconds = min(max(FAILURE_SECONDS, pause_seconds * 2), LONGEST_PAUSE_SECONDS)
                log.exception("relay: a claim failed; it is claimed again when its lease has run out")
            yield from self._rest(nudges, pause_seconds)
        self._ring_all()

    def _settles_at_the_end(self) -> Steps[None]:
        """What was taken is settled before a relay that stays silent is left behind."""
        while not self._stopping.is_set():
            yield from self._ended.wait(LONGEST_PAUSE_SECONDS)
        self._ring_all()
        try:
            self._shared.settlings.settle_all()
        except Exception:
            log.exception("relay: what was taken cannot be settled; it goes again")

    def _rest(self, nudges: int, pause_seconds: float) -> Steps[None]:
        """Until a nudge that is newer than these; one of those that rest polls; after a failure the whole pause."""
        if self._stopping.is_set():
            return
        if pause_seconds:
            if not self._is_polled:
                self._wake_another()  # who rests next polls
            yield from self._ended.wait(pause_seconds)
            return
        polls, self._is_polled = not self._is_polled, True
        self._idle += 1
        if self._nudges == nudges:
            yield from self._bell.wait(self._poll_seconds if polls else LONGEST_PAUSE_SECONDS)
        self._idle -= 1
        if polls:
            self._is_polled = False

    def _keep_leases(self) -> None:
        """Renews the leases of claims under way, so that a slow relay does not lose them.

        At the start, and when the clock was set back, what waits for the later time is made due.
        """
        before: datetime | None = None
        while not self._stopping.is_set():
            for held in list(self._shared.held.values()):
                self._writer.submit(partial(self._renew, held=held))
            now = self._clock()
            if before is None or now < before:
                # The writer asks the clock anew: claims that stand before it in its row were made by that time.
                self._writer.submit(lambda connection: outbox.forget_the_future(connection, self._clock()))
            before = now
            self._stopping.wait(RENEW_SECONDS)

    def _renew(self, connection: Connection, held: Claim) -> bool:
        return outbox.renew(connection, held, self._clock())
