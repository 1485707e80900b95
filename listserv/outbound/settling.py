"""Puts outcomes on disk: small groups, in order, with a bound on how much is unsettled.

A connection has at most `WINDOW` copies whose 250 it has seen without the settle being on disk, and one more on the
wire: that many, and no more, go out twice when the process is killed. Where many recipients share a copy it is those
of one transaction: its settle is waited for before the next one's content goes. What other connections have gathered
is settled with the first that has enough, as a transaction costs more than what is in it.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import NamedTuple

from listserv.outbound.refusals import note_expiry, note_refusal
from listserv.outbound.relay import Outcome
from listserv.outbound.retry import next_attempt
from listserv.store import outbox
from listserv.store.engine import Connection
from listserv.store.outbox import Claim
from listserv.store.writer import Writer

GROUP = 12
WINDOW = 24


class Part(NamedTuple):
    """What one claim settles in one transaction: its first `done` recipients, `size` of them new."""

    settling: Settling
    done: int
    size: int
    exceptions: list[tuple[int | None, Outcome]]


class Settlings:
    """The claims under way of one node, which settle together."""

    def __init__(
        self,
        writer: Writer,
        clock: Callable[[], datetime],
        on_expired: Callable[[Connection, Claim, datetime], None],
    ) -> None:
        self.lock = threading.Lock()
        self.clock = clock
        self.on_expired = on_expired
        self._writer = writer
        self._open: dict[int, Settling] = {}

    def begin(self, held: Claim) -> Settling:
        """The settling of a claim, until its `finish`."""
        settling = self._open[held.id] = Settling(self, held)
        return settling

    def end(self, held: Claim) -> None:
        """Nothing of the claim is left to settle."""
        self._open.pop(held.id, None)

    def settle(self, first: Part) -> None:
        """The part is under way, and with it what other claims have; one with exceptions goes alone. Holds the lock."""
        parts = [first]
        if not first.exceptions:
            parts += [part for each in list(self._open.values()) if (part := each.clean_part()) is not None]
        future = self._writer.submit(partial(_write_all, parts=parts, now=self.clock()))
        for part in parts:
            part.settling.is_under_way(part, future)


class Settling:
    """Gathers outcomes of one claim into settles of about GROUP, never more than WINDOW of them unsettled."""

    def __init__(self, together: Settlings, held: Claim) -> None:
        self._together = together
        self.held = held
        self._exceptions: list[tuple[int | None, Outcome]] = []
        self._gathered = 0
        self._under_way: deque[tuple[int, Future[dict[int, bool]]]] = deque()
        self._unsettled = 0
        self._settled = held.done
        self.done = held.done
        self.lost = False

    def skip(self, count: int) -> None:
        """So many recipients are no longer there; they settle with their neighbours."""
        with self._together.lock:
            self.done += count

    def add(self, subscription_ids: tuple[int, ...], outcomes: tuple[Outcome, ...]) -> None:
        """The outcomes of one transaction, in order."""
        with self._together.lock:
            for place, outcome in enumerate(outcomes):
                if outcome.state != "taken":
                    self._exceptions.append((subscription_ids[place] if subscription_ids else None, outcome))
            count = len(outcomes)
            self.done += count
            self._gathered += count
            self._unsettled += count
            if self._gathered >= GROUP:
                self._settle()
        while self._unsettled >= WINDOW:
            self._wait_for_one()

    def finish(self) -> None:
        """Everything added is on disk afterwards."""
        with self._together.lock:
            if self.done > self._settled:
                self._settle()
            self._together.end(self.held)
        while self._under_way:
            self._wait_for_one()

    def clean_part(self) -> Part | None:
        """What was gathered, if all of it was taken; it belongs to the caller then, who holds the lock."""
        return self._part() if self._gathered and not self._exceptions else None

    def is_under_way(self, part: Part, future: Future[dict[int, bool]]) -> None:
        """The writer has the part."""
        self._under_way.append((part.size, future))

    def write(self, connection: Connection, part: Part, now: datetime) -> bool:
        """The part is settled; False, and nothing is, if the lease was lost."""
        return outbox.settle(connection, self.held, part.done, now) and self._except(connection, part.exceptions, now)

    def _settle(self) -> None:
        self._together.settle(self._part())

    def _part(self) -> Part:
        part = Part(self, self.done, self._gathered, self._exceptions)
        self._exceptions, self._gathered, self._settled = [], 0, self.done
        return part

    def _wait_for_one(self) -> None:
        count, future = self._under_way.popleft()
        self._unsettled -= count
        if not future.result()[self.held.id]:
            self.lost = True

    def _except(self, connection: Connection, exceptions: list[tuple[int | None, Outcome]], now: datetime) -> bool:
        held = self.held
        later: list[int] = []
        again = next_attempt(held.attempts + 1, held.created_at, now, random.random())
        for subscription_id, outcome in exceptions:
            if outcome.state == "never":
                outbox.record_failure(connection, held, subscription_id, "refused", str(outcome.reply), now)
                note_refusal(connection, held, subscription_id, outcome.reply, now)
            elif outcome.state == "later" and again is None:
                self._together.on_expired(connection, held, now)
                outbox.record_failure(connection, held, subscription_id, "expired", str(outcome.reply), now)
                note_expiry(connection, held, subscription_id, str(outcome.reply), now)
            elif outcome.state == "later" and subscription_id is None:
                outbox.put_off(connection, held, (), again or now)
            elif outcome.state == "later" and subscription_id is not None:
                later.append(subscription_id)
        if later and again is not None:
            outbox.put_off(connection, held, later, again)
        return True


def _write_all(connection: Connection, parts: list[Part], now: datetime) -> dict[int, bool]:
    """Which claims' parts are settled, by the claim's id."""
    return {part.settling.held.id: part.settling.write(connection, part, now) for part in parts}
