"""Puts outcomes on disk: small groups, in order, with a bound on how much is unsettled.

A connection has at most `WINDOW` copies whose 250 it has seen without the settle being on disk, and one more on the
wire: that many, and no more, go out twice when the process is killed. Where many recipients share a copy it is those
of one transaction: its settle is waited for before the next one's content goes. Whoever has enough settles what the
other connections have gathered too, as a transaction costs more than what is in it. Used by one thread, the relay's.
"""

from __future__ import annotations

import random
from collections.abc import Callable
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

WINDOW = 24


class Part(NamedTuple):
    """What one claim settles in one transaction: its first `done` recipients, `size` of them new."""

    settling: Settling
    done: int
    size: int
    exceptions: list[tuple[int | None, Outcome]]


class Settlings:
    """The claims under way of one node, which settle together, one transaction at a time."""

    def __init__(
        self,
        writer: Writer,
        clock: Callable[[], datetime],
        on_expired: Callable[[Connection, Claim, datetime], None],
    ) -> None:
        self.on_expired = on_expired
        self._writer = writer
        self._clock = clock
        self._open: dict[tuple[int, int], Settling] = {}

    def begin(self, held: Claim) -> Settling:
        """The settling of a claim, until its `end`."""
        self._open[held.lease] = Settling(self, held)
        return self._open[held.lease]

    def end(self, held: Claim) -> None:
        """Nothing of the claim is left to settle."""
        self._open.pop(held.lease, None)

    def settle(self, first: Settling) -> None:
        """All of this claim is on disk, and what others have gathered by now, if all of it was taken.

        Raises what the writer raises; the others that were to be settled with it raise it in their turn.
        """
        parts = self._taken(first)
        if not parts:
            return
        try:
            kept = self._writer.run(partial(_write, parts, self._clock()), lazily=True)
        except Exception as error:
            for part in parts:
                part.settling.failure = error
            raise
        for part, is_kept in zip(parts, kept, strict=True):
            part.settling.is_settled(part, kept=is_kept)

    def settle_all(self) -> None:
        """What was added to any claim is on disk. Raises what the writer raises."""
        for each in list(self._open.values()):
            self.settle(each)

    def _taken(self, first: Settling) -> list[Part]:
        """The claim's part, and those of others; one with exceptions goes alone, as it may fail alone."""
        own = first.part() if first.has_news else None
        if own is None or own.exceptions:
            return [] if own is None else [own]
        return [own, *(each.part() for each in self._open.values() if each.is_clean)]


class Settling:
    """Gathers outcomes of one claim; its lane keeps them when it is full."""

    def __init__(self, together: Settlings, held: Claim) -> None:
        self.held = held
        self.done = held.done
        self.lost = False
        self.failure: Exception | None = None
        self._together = together
        self._taken = held.done
        self._gathered = 0
        self._unsettled = 0
        self._exceptions: list[tuple[int | None, Outcome]] = []

    def skip(self, count: int) -> None:
        """So many recipients are no longer there; they settle with their neighbours."""
        self.done += count

    def add(self, subscription_ids: tuple[int, ...], outcomes: tuple[Outcome, ...]) -> None:
        """The outcomes of one transaction, in order; recipients beyond them are no longer there."""
        size = len(outcomes)
        for place, outcome in enumerate(outcomes):
            if outcome.state != "taken":
                self._exceptions.append((subscription_ids[place] if subscription_ids else None, outcome))
        self.done += max(size, len(subscription_ids))
        self._gathered += size
        self._unsettled += size

    @property
    def is_full(self) -> bool:
        """Whether what was added has to be kept before more is."""
        return self._unsettled >= WINDOW

    def keep(self) -> None:
        """Everything added is on disk afterwards, by whoever settled it. Raises what the writer raised."""
        self._together.settle(self)
        if self.failure is not None:
            raise self.failure

    @property
    def has_news(self) -> bool:
        """Whether anything was added or skipped that nobody has taken to settle it."""
        return self.done > self._taken

    @property
    def is_clean(self) -> bool:
        """Whether copies wait to be settled and all of them were taken by the relay."""
        return bool(self._gathered) and not self._exceptions

    def part(self) -> Part:
        """What was gathered since the last part."""
        part = Part(self, self.done, self._gathered, self._exceptions)
        self._taken, self._gathered, self._exceptions = self.done, 0, []
        return part

    def is_settled(self, part: Part, *, kept: bool) -> None:
        """The part is on disk, or was not `kept`: the lease is another's."""
        self._unsettled -= part.size
        self.lost = self.lost or not kept

    def write(self, connection: Connection, part: Part, now: datetime) -> bool:
        """Settles the part; False, and nothing is changed, if the lease was lost."""
        if not outbox.settle(connection, self.held, part.done, now):
            return False
        self._except(connection, part.exceptions, now)
        return True

    def _except(self, connection: Connection, exceptions: list[tuple[int | None, Outcome]], now: datetime) -> None:
        if not exceptions:
            return
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


def _write(parts: list[Part], now: datetime, connection: Connection) -> list[bool]:
    """Settles the parts; for each whether its lease still held."""
    return [part.settling.write(connection, part, now) for part in parts]
