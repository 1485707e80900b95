"""A sink of our own, in its own process: it can be slow on purpose, and it tells when the copies of each post came.

    python bench/sink.py [--rate COPIES_A_SECOND] [--delay SECONDS] [--every COPIES] [--record FILE]

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

_MESSAGE_ID = re.compile(rb"\r\nmessage-id:[ \t\r\n]*<([^>\r\n]*)>", re.IGNORECASE)
_END = b"\r\n.\r\n"
_REPLIES = {
    b"EHLO": b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    b"DATA": b"354 go ahead\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}


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


class Conversation(asyncio.Protocol):
    """One client. Replies leave in order; a slow reply holds up those behind it."""

    next_turn = 0.0  # of all conversations together

    def __init__(self, ledger: Ledger, rate: float, delay: float) -> None:
        self._ledger = ledger
        self._rate, self._delay = rate, delay
        self._buffer = b""
        self._in_content = False
        self._waits = False
        self._recipients: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._go_on()

    def _go_on(self) -> None:
        replies: list[bytes] = []
        while not self._waits and (self._content(replies) if self._in_content else self._command(replies)):
            pass
        if replies and self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._say, replies)
        elif replies:
            self._say(replies)

    def _say(self, replies: list[bytes]) -> None:
        if not self._transport.is_closing():
            self._transport.write(b"".join(replies))
            if replies[-1].startswith(b"221"):
                self._transport.close()

    def _command(self, replies: list[bytes]) -> bool:
        line, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return False
        self._buffer = rest
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._recipients.append(line[line.find(b"<") + 1 : line.rfind(b">")])
        elif verb in (b"MAIL", b"RSET"):
            self._recipients = []
        elif verb == b"DATA":
            self._in_content = True
            self._buffer = b"\r\n" + rest  # so that a dot on the first line ends it too
        replies.append(_REPLIES.get(verb, b"250 2.0.0 ok\r\n"))
        return True

    def _content(self, replies: list[bytes]) -> bool:
        end = self._buffer.find(_END)
        if end < 0:
            return False
        self._ledger.taken(self._buffer[:end], self._recipients)
        self._buffer = self._buffer[end + len(_END) :]
        self._in_content = False
        if self._rate:
            self._wait_turn(len(self._recipients))
        else:
            replies.append(b"250 2.0.0 taken\r\n")
        return True

    def _wait_turn(self, copies: int) -> None:
        loop = asyncio.get_running_loop()
        turn = Conversation.next_turn = max(Conversation.next_turn, loop.time()) + copies / self._rate
        self._waits = True
        loop.call_at(turn, self._turn)

    def _turn(self) -> None:
        self._waits = False
        self._say([b"250 2.0.0 taken\r\n"])
        self._go_on()


async def _serve(given: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    ledger = Ledger(given.record, given.every)
    server = await loop.create_server(
        lambda: Conversation(ledger, given.rate, given.delay), "127.0.0.1", 0, backlog=256
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
