"""What is said in an SMTP or LMTP session: one method a command (RFC 5321 §4.1.1, RFC 2033 §4).

Promises: every command has exactly one answer, in order; LMTP answers a content once for each recipient taken,
whatever happened to it; nothing the client said comes back in a reply of ours; AUTH is not offered; a receiver that
raises costs a 451, never a traceback.
May not touch the transport: that is `smtp_connection`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TypeVar

from listserv.inbound import smtp_syntax
from listserv.inbound.edge import Terms
from listserv.inbound.smtp_connection import Connection
from listserv.inbound.smtp_data import NO_ROOM, Content, too_big
from listserv.inbound.smtp_wire import wire
from listserv.model.smtp import Envelope, Reply

Answer = TypeVar("Answer")

OK = Reply(250, "2.0.0", "OK")
SENDER_OK = Reply(250, "2.1.0", "OK")
GO_AHEAD = Reply(354, "", "Send the message, then a line with a single dot")
BYE = Reply(221, "2.0.0", "Bye")
HELP_TEXT = Reply(214, "2.0.0", "MAIL RCPT DATA RSET NOOP QUIT VRFY HELP STARTTLS; RFC 5321 says how")
CANNOT_VERIFY = Reply(252, "2.5.2", "Addresses are not verified; send the message and see")
NOT_OFFERED = Reply(502, "5.5.1", "That command is not offered here")
UNKNOWN = Reply(500, "5.5.1", "That command is not known here")
LINE_TOO_LONG = Reply(500, "5.5.6", "That line is too long for a command")
NO_ARGUMENT = Reply(501, "5.5.4", "That command takes no argument")
ARGUMENT_MISSING = Reply(501, "5.5.4", "That command needs an argument")
NAME_YOURSELF = Reply(501, "5.5.4", "Say your host name: letters, digits, dots and hyphens, at most 255")
SAY_EHLO = Reply(503, "5.5.1", "Say EHLO first")
SAY_LHLO = Reply(503, "5.5.1", "Say LHLO first")
SAY_MAIL = Reply(503, "5.5.1", "Say MAIL first")
NESTED_MAIL = Reply(503, "5.5.1", "A transaction is open; finish it or say RSET")
NO_RECIPIENTS_YET = Reply(503, "5.5.1", "Say RCPT first")
NO_VALID_RECIPIENTS = Reply(554, "5.5.1", "No recipient was accepted")
NO_VALID_RECIPIENTS_LMTP = Reply(503, "5.5.1", "No recipient was accepted")
TOO_MANY_RECIPIENTS = Reply(452, "4.5.3", "Too many recipients for one message; send the others in another")
TLS_IS_ON = Reply(503, "5.5.1", "TLS is on already")
TOO_MANY_REFUSED = Reply(421, "4.7.0", "Too many commands were refused, closing")
TOO_MANY_COMMANDS = Reply(421, "4.7.0", "Too many commands without a message, closing")


@dataclass(slots=True)
class Transaction:
    """From MAIL to the answer to its content."""

    return_path: str
    smtputf8: bool
    recipients: list[str] = field(default_factory=list)
    refused_recipients: bool = False


class Dialogue(Connection):
    """One session. The methods named `smtp_*` are aiosmtpd's table of commands."""

    def __init__(self, terms: Terms) -> None:
        super().__init__(terms)
        self._lmtp = terms.protocol == "lmtp"
        self._helo = ""
        self._transaction: Transaction | None = None
        self._count_anew()

    # -- one command after another

    async def _converse(self) -> None:
        name = "LMTP" if self._lmtp else "ESMTP"
        self._reply(Reply(220, "", f"{self.terms.hostname} {name} listserv"))
        while (line := await self._next_line()) is not None:
            await self._obey(line)
            if self.retiring:
                self.retire()

    def _in_transaction(self) -> bool:
        return self._transaction is not None

    def _patience(self) -> float:
        limits = self.terms.limits
        session_left = self._last_message_at + limits.session_idle_seconds - self.loop.time()
        return min(limits.idle_seconds, session_left)

    async def _obey(self, line: bytes) -> None:
        if smtp_syntax.speaks_http(line):
            # A web page had a browser post a message here: it gets no word of ours to read.
            self._said.clear()
            return self._close()
        if len(line) > self.terms.limits.command_octets:
            return self._answer(LINE_TOO_LONG)
        command = smtp_syntax.command(line)
        if isinstance(command, Reply):
            return self._answer(command)
        verb, argument = command
        self._commands += verb != "RCPT"
        if self._commands > self.terms.limits.commands_without_message:
            return self._hang_up(TOO_MANY_COMMANDS)
        method = _COMMANDS.get(verb)
        if method is None:
            return self._answer(UNKNOWN)
        await method(self, argument)
        return None

    def _answer(self, reply: Reply) -> None:
        """Say `reply`; a refusal counts against the client."""
        if reply.code >= 400:
            self._refused += 1
            if self._refused > self.terms.limits.refused_commands:
                return self._hang_up(TOO_MANY_REFUSED)
        return self._reply(reply)

    def _reply(self, reply: Reply) -> None:
        utf8 = self._transaction is not None and self._transaction.smtputf8
        self._said.append(wire(reply, utf8=utf8))

    def _count_anew(self) -> None:
        self._refused = 0
        self._commands = 0
        self._last_message_at = self.loop.time()

    # -- who speaks

    async def smtp_EHLO(self, hostname: str) -> None:
        self._answer(UNKNOWN) if self._lmtp else self._meet(hostname, extended=True)

    async def smtp_LHLO(self, hostname: str) -> None:
        self._meet(hostname, extended=True) if self._lmtp else self._answer(UNKNOWN)

    async def smtp_HELO(self, hostname: str) -> None:
        self._answer(UNKNOWN) if self._lmtp else self._meet(hostname, extended=False)

    def _meet(self, argument: str, *, extended: bool) -> None:
        name = smtp_syntax.client_name(argument)
        if name is None:
            return self._answer(NAME_YOURSELF)
        self._helo = name
        self._transaction = None
        lines = [self.terms.hostname]
        if extended:
            lines += [f"SIZE {self.terms.limits.message_octets}", "8BITMIME", "SMTPUTF8", "PIPELINING"]
            lines += ["ENHANCEDSTATUSCODES", *self._starttls_offer(), "HELP"]
        text = "".join(f"250-{line}\r\n" for line in lines[:-1]) + f"250 {lines[-1]}\r\n"
        self._said.append(text.encode("ascii", "replace"))
        return None

    def _starttls_offer(self) -> list[str]:
        return ["STARTTLS"] if self.terms.tls is not None and not self._secured else []

    async def smtp_STARTTLS(self, arg: str) -> None:
        if self.terms.tls is None:
            return self._answer(NOT_OFFERED)
        if self._secured or arg:
            return self._answer(TLS_IS_ON if self._secured else NO_ARGUMENT)
        if not self._helo:
            return self._answer(self._say_hello())
        if await self._secure():
            self._helo = ""
            self._transaction = None
        return None

    def _say_hello(self) -> Reply:
        return SAY_LHLO if self._lmtp else SAY_EHLO

    # -- the transaction

    async def smtp_MAIL(self, arg: str) -> None:
        if not self._helo:
            return self._answer(self._say_hello())
        if self._transaction is not None:
            return self._answer(NESTED_MAIL)
        mail = smtp_syntax.mail_from(arg)
        if isinstance(mail, Reply):
            return self._answer(mail)
        if mail.size_octets > self.terms.limits.message_octets:
            return self._answer(too_big(self.terms.limits.message_octets))
        if not self.terms.held.has_room(mail.size_octets):
            return self._answer(NO_ROOM)
        self._transaction = Transaction(mail.return_path, mail.smtputf8)
        return self._reply(SENDER_OK)

    async def smtp_RCPT(self, arg: str) -> None:
        transaction = self._transaction
        if transaction is None:
            return self._answer(SAY_MAIL if self._helo else self._say_hello())
        if len(transaction.recipients) >= self.terms.limits.recipients:
            # RFC 5321 §4.5.3.1.10: an honest client sends these in its next message, so it is not held against it.
            return self._reply(TOO_MANY_RECIPIENTS)
        recipient = smtp_syntax.rcpt_to(arg)
        answer = recipient if isinstance(recipient, Reply) else await self._route(recipient, transaction)
        transaction.refused_recipients |= not answer.positive
        return self._answer(answer)

    async def _route(self, recipient: str, transaction: Transaction) -> Reply:
        try:
            answer = await self._asked(self.terms.receiver.route(recipient, self._envelope(transaction)))
        except Exception:
            return self._trouble("RCPT broke")
        if answer.positive:
            transaction.recipients.append(recipient)
        return answer

    async def smtp_DATA(self, arg: str) -> None:
        transaction = self._transaction
        if transaction is None or not transaction.recipients:
            return self._answer(self._nobody(transaction))
        if arg:
            return self._answer(NO_ARGUMENT)
        if not self.terms.held.has_room(0):
            return self._answer(NO_ROOM)
        self._reply(GO_AHEAD)
        with Content(self.terms.limits.message_octets, self.terms.held) as content:
            if await self._collect(content):
                for reply in await self._received(content, transaction):
                    self._reply(reply)
        self._transaction = None
        return self._count_anew()

    def _nobody(self, transaction: Transaction | None) -> Reply:
        """Why DATA cannot be: nobody to take it to (RFC 5321 §3.3, RFC 2033 §4.2)."""
        if transaction is None:
            return SAY_MAIL if self._helo else self._say_hello()
        if not transaction.refused_recipients:
            return NO_RECIPIENTS_YET
        return NO_VALID_RECIPIENTS_LMTP if self._lmtp else NO_VALID_RECIPIENTS

    async def _collect(self, content: Content) -> bool:
        """Read to the end of the content; False when the client or a limit broke it off."""
        limits = self.terms.limits
        give_up_at = self.loop.time() + limits.data_total_seconds
        while (rest := content.feed(self._inbox.take())) is None:
            if content.fault is not None and content.read_octets > limits.message_octets + limits.overrun_octets:
                self._hang_up(too_big(limits.message_octets))
                return False
            self._reset_timeout(min(limits.data_idle_seconds, give_up_at - self.loop.time()))
            if not await self._more():
                return False
        self._inbox.give_back(rest)
        return True

    async def _received(self, content: Content, transaction: Transaction) -> tuple[Reply, ...]:
        """The answers to a whole content: one, or in LMTP one a recipient."""
        count = len(transaction.recipients) if self._lmtp else 1
        if content.fault is not None:
            return (content.fault,) * count
        envelope = self._envelope(transaction)
        try:
            replies = await self._asked(self.terms.receiver.receive(envelope, content.octets()))
            if len(replies) != count:
                raise ValueError(f"{len(replies)} replies for {count} questions")
        except Exception:
            return (self._trouble("a message broke"),) * count
        return replies

    def _envelope(self, transaction: Transaction) -> Envelope:
        return Envelope(
            transaction.return_path,
            tuple(transaction.recipients),
            peer=self.peer,
            helo=self._helo,
            protocol=self.terms.protocol,
            tls=self._secured,
        )

    async def _asked(self, answer: Awaitable[Answer]) -> Answer:
        """The receiver's answer, for which the client is not hurried."""
        self._asking = True
        try:
            return await answer
        finally:
            self._asking = False

    # -- the rest

    async def smtp_RSET(self, arg: str) -> None:
        if arg:
            return self._answer(NO_ARGUMENT)
        self._transaction = None
        return self._reply(OK)

    async def smtp_NOOP(self, arg: str) -> None:  # noqa: ARG002 (RFC 5321 §4.1.1.9: it is ignored)
        self._reply(OK)

    async def smtp_QUIT(self, arg: str) -> None:
        self._answer(NO_ARGUMENT) if arg else self._hang_up(BYE)

    async def smtp_HELP(self, arg: str) -> None:  # noqa: ARG002
        self._reply(HELP_TEXT)

    async def smtp_VRFY(self, arg: str) -> None:
        self._answer(CANNOT_VERIFY if arg else ARGUMENT_MISSING)

    async def smtp_EXPN(self, arg: str) -> None:  # noqa: ARG002
        self._answer(NOT_OFFERED)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: ARG002
        self._answer(NOT_OFFERED)


_COMMANDS: dict[str, Callable[[Dialogue, str], Coroutine[None, None, None]]] = {
    name.removeprefix("smtp_"): method for name, method in vars(Dialogue).items() if name.startswith("smtp_")
}
