"""What the sinks of tests and benchmarks have in common: an SMTP conversation in which everything is taken.

It announces PIPELINING, 8BITMIME and SMTPUTF8, refuses nobody and checks nothing. What becomes of a message, and when
replies leave, a subclass says (`counting_sink`, `bench.sink`).
"""

from __future__ import annotations

import asyncio

TAKEN = b"250 2.0.0 taken\r\n"
_EHLO = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n"
_REPLIES = {
    b"EHLO": _EHLO,
    b"HELO": b"250 sink.example\r\n",
    b"MAIL": b"250 2.1.0 ok\r\n",
    b"RCPT": b"250 2.1.5 ok\r\n",
    b"DATA": b"354 go ahead\r\n",
    b"RSET": b"250 2.0.0 ok\r\n",
    b"NOOP": b"250 2.0.0 ok\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}
_END = b"\r\n.\r\n"


class Conversation(asyncio.Protocol):
    """One client. The replies to what one packet held leave together and in order."""

    def __init__(self) -> None:
        self.waits = False  # then nothing more is read, until `go_on`
        self._buffer = b""
        self._in_content = False
        self._recipients: list[bytes] = []

    def taken(self, octets: bytes, recipients: list[bytes]) -> bytes | None:
        """A message as it came, dots stuffed and a CRLF in front; gives the reply to its end, None for none yet."""
        raise NotImplementedError

    def leave(self, replies: list[bytes]) -> None:
        """They are on their way."""
        if not self._transport.is_closing():
            self._transport.write(b"".join(replies))
            if replies[-1].startswith(b"221"):
                self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self.go_on()

    def go_on(self) -> None:
        """What is there has been read and answered, as far as the next message that waits."""
        replies: list[bytes] = []
        while not self.waits and (self._content(replies) if self._in_content else self._command(replies)):
            pass
        if replies:
            self.leave(replies)

    def _command(self, replies: list[bytes]) -> bool:
        line, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return False
        self._buffer = rest
        verb = line[:4].upper()
        replies.append(_REPLIES.get(verb, b"500 5.5.2 unknown command\r\n"))
        if verb == b"RCPT":
            self._recipients.append(line[line.find(b"<") + 1 : line.rfind(b">")])
        elif verb in (b"MAIL", b"RSET"):
            self._recipients = []
        elif verb == b"DATA":
            self._in_content = True
            self._buffer = b"\r\n" + rest  # so that a dot on the first line ends it too
        return True

    def _content(self, replies: list[bytes]) -> bool:
        end = self._buffer.find(_END)
        if end < 0:
            return False
        octets, self._buffer = self._buffer[: end + 2], self._buffer[end + len(_END) :]
        recipients, self._recipients = self._recipients, []
        self._in_content = False
        reply = self.taken(octets, recipients)
        if reply is not None:
            replies.append(reply)
        return True
