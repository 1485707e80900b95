"""Sends what the outbox holds: a lane per relay connection, each claim -> mediate -> submit -> settle.

One thread goes from lane to lane (`outbound.waits`): with a thread each they would take turns anyway, and every change
of threads costs more than a copy. Work that cannot leave now is given back, due later; a lease that a killed process
held runs out by itself.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Protocol, TypeAlias

from listserv.errors import ListservError, RelayUnavailable
from listserv.outbound.relay import Relay, Submission
from listserv.outbound.retry import GIVE_UP_AFTER
from listserv.outbound.settling import Settling, Settlings
from listserv.outbound.waits import Bell, Lanes, Steps, Wait
from listserv.store import outbox
from listserv.store.engine import Connection
from listserv.store.hours import PutBy, put_by
from listserv.store.outbox import Claim
from listserv.store.writer import Writer

log = logging.getLogger(__name__)

_Drawn: TypeAlias = tuple[tuple[int, ...], Submission | None]

POLL_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
RENEW_SECONDS = 10.0
SLICE_SECONDS = 0.25  # so long a claim is worked through before anybody else's turn is asked for, once in as long
STOP_SECONDS = 4.0


class Copies(Protocol):
    """Makes the copies of a claim (`outbound.copies`)."""

    def submissions(self, held: Claim) -> Iterator[_Drawn] | PutBy:
        """From position `done` on, in order: the subscription ids a transaction is for, and the transaction.

        None stands for recipients who are no longer there. A notice has one recipient and no subscription id. Where
        some get no copy now, who they are instead.
        """


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
    ) -> None:
        self._writer = writer
        self._copies = copies
        self._clock = clock
        self._owner = owner
        self._on_expired = on_expired
        self._settlings = Settlings(writer, clock, on_expired)
        self._bell = Bell()
        self._nudges = 0
        self._idle = 0
        self._asks_at = 0.0
        self._stopping = threading.Event()
        self._ended = Bell()
        self._held: dict[int, Claim] = {}
        self._relays = [open_relay() for _ in range(connections)]
        self._threads = [
            threading.Thread(target=self._run, name="relay", daemon=True),
            threading.Thread(target=self._keep_leases, name="leases", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def nudge(self) -> None:
        """Wakes the relay now; without it a poll a second does. Whoever finds something wakes the next lane."""
        self._nudges += 1
        # A lane counts itself idle before it looks at the nudges again: one of the two sees the other.
        if self._idle:
            self._bell.ring()

    def stop(self) -> None:
        """Finishes the copies on the wire, gives the rest back, and returns when every thread has ended.

        A relay that stays silent is left behind after STOP_SECONDS: its lease runs out by itself.
        """
        self._stopping.set()
        self._ended.ring()
        self._bell.ring()
        ends = monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, ends - monotonic()))
        if not self._threads[0].is_alive():
            self._bell.close()
            self._ended.close()

    def _run(self) -> None:
        Lanes([self._lane(relay, f"{self._owner}/{number}") for number, relay in enumerate(self._relays)]).run()
        for relay in self._relays:
            relay.close()

    def _lane(self, relay: Relay, owner: str) -> Steps[None]:
        pause_seconds = 0.0
        while not self._stopping.is_set():
            nudges = self._nudges
            try:
                while not self._stopping.is_set() and (yield from self.work_once(relay, owner)):
                    pause_seconds = 0.0
            except RelayUnavailable as error:
                pause_seconds = min(max(1.0, pause_seconds * 2), LONGEST_PAUSE_SECONDS)
                log.warning("relay: %s; next try in %.0f s", error, pause_seconds)
            except ListservError as error:
                pause_seconds = POLL_SECONDS
                log.warning("relay: %s", error)
            except Exception:
                pause_seconds = min(max(1.0, pause_seconds * 2), LONGEST_PAUSE_SECONDS)
                log.exception("relay: a claim failed; it is claimed again when its lease has run out")
            yield from self._rest(nudges, pause_seconds)
        # Whoever waits goes on and sees that it is over.
        self._ended.ring()
        self._bell.ring()

    def _rest(self, nudges: int, pause_seconds: float) -> Steps[None]:
        """Until a nudge that is newer than these or the poll; after a failure the whole pause."""
        if self._stopping.is_set():
            return
        if pause_seconds:
            yield from self._ended.wait(pause_seconds)
            return
        self._idle += 1
        if self._nudges == nudges:
            yield from self._bell.wait(POLL_SECONDS)
        self._idle -= 1

    def work_once(self, relay: Relay, owner: str) -> Steps[bool]:
        """Claims and works through one delivery; False if nothing was due.

        Raises RelayUnavailable after giving the rest back, or after giving it up when it is too old. Nothing is given
        up untried: that a copy is old may mean that this server was off, not that the relay was.
        """
        held = self._writer.run(lambda connection: outbox.claim(connection, owner, self._clock()), lazily=True)
        if held is None:
            return False
        if self._idle:
            self._bell.ring()
        self._held[held.id] = held
        try:
            opened = self._opened(held)
            if opened is not None:
                yield from self._work(relay, *opened)
        finally:
            del self._held[held.id]
        return True

    def _opened(self, held: Claim) -> tuple[Claim, Iterator[_Drawn]] | None:
        """The claim, less who gets no copy now, and its copies; None if nothing is left of it, or it was lost."""
        while isinstance(copies := self._copies.submissions(held), PutBy):
            left = self._writer.run(partial(put_by, held=held, wanted=copies, now=self._clock()))
            if left is None:
                return None
            held = left
        return held, copies

    def _work(self, relay: Relay, held: Claim, copies: Iterator[_Drawn]) -> Steps[None]:
        settling = self._settlings.begin(held)
        try:
            yield from self._submit(relay, held, copies, settling)
        except RelayUnavailable:
            settling.finish()
            if self._clock() - held.created_at > GIVE_UP_AFTER + timedelta(hours=1):
                self._expire(held, settling.done)
            else:
                self._give_back(held)
            raise
        finally:
            self._settlings.end(held)

    def _submit(self, relay: Relay, held: Claim, copies: Iterator[_Drawn], settling: Settling) -> Steps[None]:
        drawn: deque[_Drawn] = deque()
        slice_ends = monotonic() + SLICE_SECONDS

        def submissions() -> Iterator[Submission]:
            for subscription_ids, submission in copies:
                if self._stopping.is_set() or settling.lost:
                    return
                if slice_ends < (now := monotonic()) and self._gives_way(now):
                    return
                drawn.append((subscription_ids, submission))
                if submission is not None:
                    yield submission

        def skip_missing() -> None:
            # The relay draws ahead of its outcomes; who is no longer there settles in her turn, not before.
            while drawn and drawn[0][1] is None:
                settling.skip(len(drawn.popleft()[0]))

        for step in relay.submit(submissions()):
            if isinstance(step, Wait):
                yield step
                continue
            skip_missing()
            settling.add(drawn.popleft()[0], step[1])
        skip_missing()
        settling.finish()
        if settling.done < (len(held.recipients) or 1) and not settling.lost:
            self._give_back(held)

    def _gives_way(self, now: float) -> bool:
        """Whether somebody else's turn has come while this claim was worked through; one lane a slice asks."""
        if now < self._asks_at:
            return False
        self._asks_at = now + SLICE_SECONDS
        return self._writer.run(lambda connection: outbox.is_awaited(connection, self._clock()))

    def _give_back(self, held: Claim) -> None:
        self._writer.run(lambda connection: outbox.release(connection, held, self._clock()))

    def _expire(self, held: Claim, done: int) -> None:
        """Nothing of it could leave in five days: a failure row a recipient, and the author is told once."""
        now = self._clock()

        def job(connection: Connection) -> None:
            if not outbox.settle(connection, held, len(held.recipients) or 1, now):
                return
            self._on_expired(connection, held, now)
            left: list[int | None] = [*held.recipients[done:]] or [None]
            for subscription_id in left:
                outbox.record_failure(connection, held, subscription_id, "expired", "not delivered in five days", now)

        self._writer.run(job)

    def _keep_leases(self) -> None:
        """Renews the leases of claims under way, so that a slow relay does not lose them.

        At the start, and when the clock was set back, what waits for the later time is made due.
        """
        before: datetime | None = None
        while not self._stopping.is_set():
            for held in list(self._held.values()):
                self._writer.submit(partial(self._renew, held=held))
            now = self._clock()
            if before is None or now < before:
                # The writer asks the clock anew: claims that stand before it in its row were made by that time.
                self._writer.submit(lambda connection: outbox.forget_the_future(connection, self._clock()))
            before = now
            self._stopping.wait(RENEW_SECONDS)

    def _renew(self, connection: Connection, held: Claim) -> bool:
        return outbox.renew(connection, held, self._clock())
