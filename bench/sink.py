"""A sink of our own, in its own process: it can be slow on purpose, and it tells when the copies of each post came.

    python -m bench.sink [--rate COPIES_A_SECOND] [--delay SECONDS] [--every COPIES] [--record FILE]

Takes everything, keeps nothing. On standard output it tells its port, the first copy of each Message-ID (`first ID
TIME`), and after every so many copies how many came in all (`count N TIME`), by the machine's monotonic clock. With
`--rate` the 250 of each message waits for its turn; with `--delay` the replies to what one packet held leave so much
later: a relay that far away. With `--record` a line "recipient TAB Message-ID" is written before each 250.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import time

from tests.peers.sink import TAKEN, Conversation

_MESSAGE_ID = re.compile(rb"\r\nmessage-id:[ \t\r\n]*<([^>\r\n]*)>", re.IGNORECASE)


class Ledger:
    """What came."""

    def __init__(self, record: str | None, every: int) -> None:
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if record else -1
        self._seen: set[bytes] = set()
        self._every = every
        self._told = 0
        self._all = 0

    def taken(self, content: bytes, recipients: list[bytes]) -> None:
        """One message for these recipients."""
        found = _MESSAGE_ID.search(content)
        msgid = found[1] if found else b"none"
        if self._record >= 0:
            os.write(self._record, b"".join(b"%b\t%b\n" % (each, msgid) for each in recipients))
        if msgid not in self._seen:
            self._seen.add(msgid)
            print(f"first {msgid.decode()} {time.monotonic()}", flush=True)
        self._all += len(recipients)
        if self._all - self._told >= self._every:
            self._told = self._all
            print(f"count {self._all} {time.monotonic()}", flush=True)


class SlowConversation(Conversation):
    """One client. Replies leave in order; a slow reply holds up those behind it."""

    next_turn = 0.0  # of all conversations together

    def __init__(self, ledger: Ledger, rate: float, delay: float) -> None:
        super().__init__()
        self._ledger = ledger
        self._rate, self._delay = rate, delay

    def taken(self, octets: bytes, recipients: list[bytes]) -> bytes | None:
        self._ledger.taken(octets, recipients)
        if not self._rate:
            return TAKEN
        loop = asyncio.get_running_loop()
        turn = max(SlowConversation.next_turn, loop.time()) + len(recipients) / self._rate
        SlowConversation.next_turn, self.waits = turn, True
        loop.call_at(turn, self._turn)
        return None

    def leave(self, replies: list[bytes]) -> None:
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, super().leave, replies)
        else:
            super().leave(replies)

    def _turn(self) -> None:
        self.waits = False
        super().leave([TAKEN])
        self.go_on()


async def _serve(given: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    ledger = Ledger(given.record, given.every)
    server = await loop.create_server(
        lambda: SlowConversation(ledger, given.rate, given.delay), "127.0.0.1", 0, backlog=256
    )
    print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--record")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
