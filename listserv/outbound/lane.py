"""One relay connection's work: claims, one after another, each claim -> mediate -> submit -> settle.

The next claim begins while the last copy of the one before is on its way, so that the connection never stands still.
Promises: a copy settles only in its turn and only after the relay's answer; what cannot leave now is given back, due
later; what is claimed and neither settled nor given back goes again when its lease has run out.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Protocol, TypeAlias

from listserv.errors import RelayUnavailable
from listserv.outbound.relay import Outcome, Relay, Submission
from listserv.outbound.retry import GIVE_UP_AFTER
from listserv.outbound.settling import Settling, Settlings
from listserv.outbound.waits import NEXT_ROUND, Steps, Wait
from listserv.store import outbox
from listserv.store.engine import Connection
from listserv.store.hours import PutBy, put_by
from listserv.store.outbox import Claim
from listserv.store.writer import Writer

# The subscription ids of a transaction, who is no longer there last, and the transaction: None where nobody is.
Drawn: TypeAlias = tuple[tuple[int, ...], Submission | None]

SLICE_SECONDS = 0.25  # so long a claim is worked through before anybody else's turn is asked for, once in as long


class Copies(Protocol):
    """Makes the copies of a claim (`outbound.copies`)."""

    def submissions(self, held: Claim) -> Iterator[Drawn] | PutBy:
        """From position `done` on, in order: the subscription ids a transaction settles, and the transaction.

        Ids beyond its recipients, and all where it is None, are of people no longer there. A notice has one recipient
        and no subscription id. Where some get no copy now, who they are instead.
        """


@dataclass
class Shared:
    """What the lanes of a node share. `held`: the claims under way by lease; `on_found` is called when one was made."""

    writer: Writer
    copies: Copies
    clock: Callable[[], datetime]
    on_expired: Callable[[Connection, Claim, datetime], None]
    on_found: Callable[[], None]
    settlings: Settlings
    stopping: threading.Event = field(default_factory=threading.Event)
    held: dict[tuple[int, int], Claim] = field(default_factory=dict)
    asks_at: float = 0.0


class _Errand:
    """A claim under way: its copies, and those of them that were drawn and not answered yet."""

    def __init__(self, held: Claim, copies: Iterator[Drawn], settling: Settling) -> None:
        self.held = held
        self.copies = copies
        self.settling = settling
        self.is_drawn = False
        self.failed = False
        self._waiting: deque[Drawn] = deque()

    def draw(self, drawn: Drawn) -> None:
        self._waiting.append(drawn)

    def hear(self, outcomes: tuple[Outcome, ...]) -> None:
        """What became of the first that waits."""
        self._skip_missing()
        self.settling.add(self._waiting.popleft()[0], outcomes)

    def is_over(self) -> bool:
        """Whether all that was drawn is answered, and no more will be."""
        if self.is_drawn:
            self._skip_missing()
        return self.is_drawn and not self._waiting

    @property
    def is_left_over(self) -> bool:
        """Whether some of its recipients were neither settled nor lost to another node."""
        return self.settling.done < (len(self.held.recipients) or 1) and not self.settling.lost

    def _skip_missing(self) -> None:
        """The relay draws ahead of its outcomes; who is no longer there settles in her turn, not before."""
        while self._waiting and self._waiting[0][1] is None:
            self.settling.skip(len(self._waiting.popleft()[0]))


class Lane:
    """The lane of one relay connection; `owner` stands in its leases."""

    def __init__(self, relay: Relay, owner: str, shared: Shared) -> None:
        self._relay = relay
        self._owner = owner
        self._shared = shared
        self._errands: deque[_Errand] = deque()
        self._failure: Exception | None = None

    def work(self) -> Steps[None]:
        """Returns when nothing is due, or when it is time to stop.

        Raises RelayUnavailable after giving the rest back, or after giving it up when it is too old, and what a claim
        raised after what was on its way is settled. Nothing is given up untried: that a copy is old may mean that this
        server was off, not that the relay was.
        """
        self._failure = None  # one of a round that a lost relay ended was told by that
        try:
            for step in self._relay.submit(self._submissions()):
                if isinstance(step, Wait):
                    yield step
                    continue
                settling = self._heard(step[1])
                if settling.is_full:
                    yield NEXT_ROUND  # the other lanes that were answered by now settle in the same transaction
                    settling.keep()
                self._close_over()
            self._close_over()
        except RelayUnavailable:
            for errand in self._errands:
                self._put_back(errand)
            raise
        finally:
            for errand in self._errands:
                self._end(errand)
            self._errands.clear()
        if self._failure is not None:
            raise self._failure

    def _heard(self, outcomes: tuple[Outcome, ...]) -> Settling:
        """What the first copy that is not answered yet has to settle now."""
        self._close_over()  # claims that were drawn meanwhile and of which nobody is there any more
        errand = self._errands[0]
        errand.hear(outcomes)
        return errand.settling

    def _submissions(self) -> Iterator[Submission]:
        while (errand := self._next_errand()) is not None:
            try:
                yield from self._submissions_of(errand)
            except Exception as error:
                # Raised here it would cost the copy on the wire its answer.
                self._failure, errand.failed = error, True
                return
            finally:
                errand.is_drawn = True

    def _next_errand(self) -> _Errand | None:
        """The next claim, opened; None if nothing is due, or it is time to stop, or something failed."""
        while not self._shared.stopping.is_set() and self._failure is None:
            held = None
            try:
                held = self._claimed()
                if held is None:
                    return None
                errand = self._opened(held)
                if errand is not None:
                    self._errands.append(errand)
                    return errand
            except Exception as error:
                self._failure = error
            if held is not None:
                del self._shared.held[held.lease]
        return None

    def _claimed(self) -> Claim | None:
        clock = self._shared.clock
        held = self._shared.writer.run(lambda connection: outbox.claim(connection, self._owner, clock()), lazily=True)
        if held is not None:
            self._shared.held[held.lease] = held
            self._shared.on_found()
        return held

    def _opened(self, held: Claim) -> _Errand | None:
        """The claim, less who gets no copy now, and its copies; None if nothing is left of it, or it was lost."""
        shared = self._shared
        while isinstance(copies := shared.copies.submissions(held), PutBy):
            left = shared.writer.run(partial(put_by, held=held, wanted=copies, now=shared.clock()))
            if left is None:
                return None
            held = left
        return _Errand(held, copies, shared.settlings.begin(held))

    def _submissions_of(self, errand: _Errand) -> Iterator[Submission]:
        slice_ends = monotonic() + SLICE_SECONDS
        for drawn in errand.copies:
            if self._shared.stopping.is_set() or errand.settling.lost:
                return
            if slice_ends < (now := monotonic()) and self._gives_way(now):
                return
            errand.draw(drawn)
            if drawn[1] is not None:
                yield drawn[1]

    def _gives_way(self, now: float) -> bool:
        """Whether somebody else's turn has come while this claim was worked through; one lane a slice asks."""
        shared = self._shared
        if now < shared.asks_at:
            return False
        shared.asks_at = now + SLICE_SECONDS
        return shared.writer.run(lambda connection: outbox.is_awaited(connection, shared.clock()))

    def _close_over(self) -> None:
        while self._errands and self._errands[0].is_over():
            errand = self._errands[0]
            errand.settling.keep()
            if errand.is_left_over and not errand.failed:
                self._give_back(errand.held)
            self._end(self._errands.popleft())

    def _put_back(self, errand: _Errand) -> None:
        """The relay takes nothing now: the rest waits, or is given up."""
        errand.settling.keep()
        if self._shared.clock() - errand.held.created_at > GIVE_UP_AFTER + timedelta(hours=1):
            self._expire(errand.held, errand.settling.done)
        else:
            self._give_back(errand.held)

    def _give_back(self, held: Claim) -> None:
        self._shared.writer.run(lambda connection: outbox.release(connection, held, self._shared.clock()))

    def _expire(self, held: Claim, done: int) -> None:
        """Nothing of it could leave in five days: a failure row a recipient, and the author is told once."""
        now = self._shared.clock()

        def job(connection: Connection) -> None:
            if not outbox.settle(connection, held, len(held.recipients) or 1, now):
                return
            self._shared.on_expired(connection, held, now)
            left: list[int | None] = [*held.recipients[done:]] or [None]
            for subscription_id in left:
                outbox.record_failure(connection, held, subscription_id, "expired", "not delivered in five days", now)

        self._shared.writer.run(job)

    def _end(self, errand: _Errand) -> None:
        self._shared.settlings.end(errand.held)
        self._shared.held.pop(errand.held.lease, None)
