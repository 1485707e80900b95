"""Processes that read the messages of an import on all cores, beside the one that writes them.

    lots of octets --hand_out--> the workers' `EntryReader`s --take--> the entries of each lot, in its order

Each conversation goes to one worker, so that a post's own words are told apart from those it repeats: a look at a
message's ids finds the worker that has read what it answers. Octets go through memory that is shared, as do the entries
that come back; a pipe says where they are. Workers write nothing. What one that died has not given back is read here,
without its words: a running server's index derives those later (`indexing`).
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import re
import signal
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from mmap import mmap
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from types import TracebackType

from listserv.inbound.entries import Entry, EntryReader, Plan
from listserv.store.engine import Database

log = logging.getLogger(__name__)

LOT_OCTETS = 4_000_000
LOTS_UNDER_WAY = 4
CONVERSATIONS_KNOWN = 200_000
MOST_WORKERS = 8
WORTH_OCTETS = 2_000_000  # a file smaller than this is read before the workers have begun

_ID_FIELDS = (b"\nreferences:", b"\nin-reply-to:", b"\nmessage-id:")
_FIELD_END = re.compile(rb"\n(?![ \t])")
_ID = re.compile(rb"<([^<>\s]{1,998})>")

Read = list[Entry | str]


def workers_for(octets: int) -> int:
    """How many workers an mbox of that size is worth: as many as there are cores, or none."""
    return 0 if octets < WORTH_OCTETS else min(MOST_WORKERS, len(os.sched_getaffinity(0)))


class Readers:
    """The workers; a context manager. Made before the program has threads, as they are forked.

    With 0 workers, which is right for a small file, messages are read where they are asked for, as is a message too
    large to be handed out; with None they are read there too, without their words.
    """

    def __init__(self, plan: Plan, database_url: str, workers: int | None) -> None:
        self._here = EntryReader(plan, None if workers is None else Database(database_url))
        self._workers = [_Worker(plan, database_url) for _ in range(workers or 0)]
        self._lots: deque[_Lot] = deque()
        self._handed_out = 0
        self._conversations = _Conversations(len(self._workers))

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()
        self._here.close()

    @property
    def is_full(self) -> bool:
        """So much is under way that the oldest lot should be taken back first."""
        return len(self._lots) >= LOTS_UNDER_WAY

    def hand_out(self, lot: Sequence[bytes], now: datetime) -> None:
        """The entries of these messages will be among those given back. A lot has `LOT_OCTETS`, or one message."""
        shares: dict[int, list[int]] = {}
        if self._workers and sum(map(len, lot)) <= LOT_OCTETS:
            for place, octets in enumerate(lot):
                shares.setdefault(self._conversations.worker_of(octets), []).append(place)
        slot = self._handed_out % LOTS_UNDER_WAY
        self._handed_out += 1
        for worker, places in shares.items():
            self._workers[worker].send([lot[place] for place in places], slot, now)
        self._lots.append(_Lot(lot, now, slot, shares))

    def take(self) -> Read:
        """The entries of the oldest lot, waited for."""
        lot = self._lots.popleft()
        if not lot.shares:
            return self._here.read(lot.octets, lot.now)
        found: dict[int, Entry | str] = {}
        for worker, places in lot.shares.items():
            entries = self._workers[worker].receive(lot.slot)
            if entries is None:
                # What a process has died of must not be tried once more.
                entries = self._here.read([lot.octets[place] for place in places], lot.now, wordless=True)
            found.update(zip(places, entries, strict=True))
        return [found[place] for place in range(len(lot.octets))]


class _Lot:
    __slots__ = ("now", "octets", "shares", "slot")

    def __init__(self, octets: Sequence[bytes], now: datetime, slot: int, shares: dict[int, list[int]]) -> None:
        self.octets = octets
        self.now = now
        self.slot = slot
        self.shares = shares


class _Worker:
    """One process and the memory it shares with us: a slot for each lot under way, of octets first, then of entries."""

    def __init__(self, plan: Plan, database_url: str) -> None:
        context = get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._slots = mmap(-1, LOTS_UNDER_WAY * LOT_OCTETS)
        work = (plan, database_url, theirs, self._pipe, self._slots)
        self._process = context.Process(target=_work, args=work, daemon=True)
        self._process.start()
        theirs.close()
        self._is_alive = True

    def send(self, messages: Sequence[bytes], slot: int, now: datetime) -> None:
        at = slot * LOT_OCTETS
        spans = []
        for octets in messages:
            self._slots[at : at + len(octets)] = octets
            spans.append((at, at + len(octets)))
            at += len(octets)
        try:
            self._pipe.send((spans, slot, now))
        except OSError:
            self._is_alive = False

    def receive(self, slot: int) -> Read | None:
        """The entries of the oldest lot, None if the process has died."""
        if not self._is_alive:
            return None
        try:
            size = self._pipe.recv()
            found: Read = self._pipe.recv() if size is None else self._unpickled(slot * LOT_OCTETS, size)
        except (EOFError, OSError):
            log.warning("a process that reads messages has died; a running server derives their words")
            self._is_alive = False
            return None
        return found

    def _unpickled(self, at: int, size: int) -> Read:
        with memoryview(self._slots) as whole, whole[at : at + size] as window:
            found: Read = pickle.loads(window)
        return found

    def end(self) -> None:
        self._process.terminate()
        self._process.join()
        self._pipe.close()
        self._slots.close()


def _work(plan: Plan, database_url: str, pipe: Pipe, ours: Pipe, slots: mmap) -> None:
    """One worker's life; it ends with the program that made it."""
    ours.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.disable()
    reader = EntryReader(plan, Database(database_url))
    with suppress(EOFError, OSError):
        while True:
            spans, slot, now = pipe.recv()
            entries = reader.read([slots[start:end] for start, end in spans], now)
            pickled = pickle.dumps(entries, pickle.HIGHEST_PROTOCOL)
            if len(pickled) <= LOT_OCTETS:
                slots[slot * LOT_OCTETS : slot * LOT_OCTETS + len(pickled)] = pickled
                pipe.send(len(pickled))
            else:
                pipe.send(None)
                pipe.send_bytes(pickled)
            del entries
            gc.collect(1)  # not within a lot, where much lives that is no garbage


class _Conversations:
    """Which worker reads a conversation: the one that has read of it before, else the one that has had least to read.

    The ids of a long archive are forgotten again, oldest first.
    """

    def __init__(self, workers: int) -> None:
        self._read = [0] * workers
        self._workers: dict[bytes, int] = {}

    def worker_of(self, octets: bytes) -> int:
        ids = _ids(octets)
        worker = next((self._workers[each] for each in ids if each in self._workers), None)
        if worker is None:
            worker = self._read.index(min(self._read))
        self._read[worker] += len(octets)
        for each in ids:
            self._workers.setdefault(each, worker)
        while len(self._workers) > CONVERSATIONS_KNOWN:
            del self._workers[next(iter(self._workers))]
        return worker


def _ids(octets: bytes) -> list[bytes]:
    """The ids in the header, whatever field they name it by; only to guess which messages belong together."""
    head = b"\n" + octets[: octets.find(b"\r\n\r\n") + 2]
    small = head.lower()
    found: list[bytes] = []
    for name in _ID_FIELDS:
        at = small.find(name)
        if at >= 0:
            end = _FIELD_END.search(head, at + len(name))
            found += _ID.findall(head, at, end.start() if end else len(head))
    return found
