"""Puts outcomes on disk: small groups, in order, with a bound on how much is unsettled.

A connection has at most `WINDOW` copies whose 250 it has seen without the settle being on disk, and one more on the
wire: that many, and no more, go out twice when the process is killed. Where many recipients share a copy it is those
of one transaction: its settle is waited for before the next one's content goes.
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

GROUP = 12
WINDOW = 24


class Settling:
    """Gathers outcomes of one claim into settles of at least GROUP, never more than WINDOW of them unsettled."""

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
        self._exceptions: list[tuple[int | None, Outcome]] = []
        self._gathered = 0
        self._under_way: deque[tuple[int, Future[bool]]] = deque()
        self._unsettled = 0
        self.done = held.done
        self.lost = False

    def skip(self, count: int) -> None:
        """So many recipients are no longer there; they settle with their neighbours."""
        self.done += count

    def add(self, subscription_ids: tuple[int, ...], outcomes: tuple[Outcome, ...]) -> None:
        """The outcomes of one transaction, in order."""
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
        if self._gathered or self.done > self._held.done:
            self._settle()
        while self._under_way:
            self._wait_for_one()

    def _settle(self) -> None:
        exceptions, self._exceptions = self._exceptions, []
        done, now = self.done, self._clock()
        future = self._writer.submit(lambda connection: self._write(connection, exceptions, done, now))
        self._under_way.append((self._gathered, future))
        self._gathered = 0

    def _wait_for_one(self) -> None:
        size, future = self._under_way.popleft()
        self._unsettled -= size
        if not future.result():
            self.lost = True

    def _write(
        self, connection: Connection, exceptions: list[tuple[int | None, Outcome]], done: int, now: datetime
    ) -> bool:
        held = self._held
        if not outbox.settle(connection, held, done, now):
            return False
        if not exceptions:
            return True
        later: list[int] = []
        again = next_attempt(held.attempts + 1, held.created_at, now, random.random())
        for subscription_id, outcome in exceptions:
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
