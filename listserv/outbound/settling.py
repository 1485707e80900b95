"""Puts outcomes on disk: small groups, in order, with a bound on how much is unsettled.

A connection has at most `WINDOW` copies whose 250 it has seen without the settle being on disk, and one more on the
wire: that many, and no more, go out twice when the process is killed.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime

from listserv.outbound.refusals import note_expiry, note_refusal
from listserv.outbound.relay import Outcome
from listserv.outbound.retry import next_attempt
from listserv.store import outbox
from listserv.store.engine import Connection
from listserv.store.outbox import Claim
from listserv.store.writer import Writer

GROUP = 8
WINDOW = 24


class Settling:
    """Gathers outcomes of one claim into settles of at most GROUP, never more than WINDOW of them unsettled."""

    def __init__(
        self,
        writer: Writer,
        held: Claim,
        clock: Callable[[], datetime],
        on_expired: Callable[[Connection, Claim, datetime], None],
    ) -> None:
        self._writer = writer
        self._held = held
        self._clock = clock
        self._on_expired = on_expired
        self._gathered: list[tuple[int | None, Outcome]] = []
        self._under_way: deque[tuple[int, Future[bool]]] = deque()
        self.done = held.done
        self.lost = False

    def skip(self, count: int) -> None:
        """So many recipients are no longer there; they settle with their neighbours."""
        self.done += count

    def add(self, subscription_ids: tuple[int, ...], outcomes: tuple[Outcome, ...]) -> None:
        """The outcomes of one transaction, in order."""
        keys: tuple[int | None, ...] = subscription_ids or (None,) * len(outcomes)
        self._gathered.extend(zip(keys, outcomes, strict=True))
        self.done += len(outcomes)
        if len(self._gathered) >= GROUP:
            self._settle()
        while self._unsettled() > WINDOW - GROUP:
            self._wait_for_one()

    def finish(self) -> None:
        """Everything added is on disk afterwards."""
        if self._gathered or self.done > self._held.done:
            self._settle()
        while self._under_way:
            self._wait_for_one()

    def _unsettled(self) -> int:
        return sum(size for size, _ in self._under_way)

    def _settle(self) -> None:
        gathered, self._gathered = self._gathered, []
        done, now = self.done, self._clock()
        future = self._writer.submit(lambda connection: self._write(connection, gathered, done, now))
        self._under_way.append((len(gathered), future))

    def _wait_for_one(self) -> None:
        if not self._under_way.popleft()[1].result():
            self.lost = True

    def _write(
        self, connection: Connection, gathered: list[tuple[int | None, Outcome]], done: int, now: datetime
    ) -> bool:
        held = self._held
        if not outbox.settle(connection, held, done, now):
            return False
        later: list[int] = []
        again = next_attempt(held.attempts + 1, held.created_at, now, random.random())
        for subscription_id, outcome in gathered:
            if outcome.state == "never":
                outbox.record_failure(connection, held, subscription_id, "refused", str(outcome.reply), now)
                note_refusal(connection, held, subscription_id, outcome.reply, now)
            elif outcome.state == "later" and again is None:
                self._on_expired(connection, held, now)
                outbox.record_failure(connection, held, subscription_id, "expired", str(outcome.reply), now)
                note_expiry(connection, held, subscription_id, str(outcome.reply), now)
            elif outcome.state == "later" and subscription_id is None:
                outbox.put_off(connection, held, (), again or now)
            elif outcome.state == "later" and subscription_id is not None:
                later.append(subscription_id)
        if later and again is not None:
            outbox.put_off(connection, held, later, again)
        return True
