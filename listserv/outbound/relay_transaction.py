"""One SMTP transaction as a value that hears replies: MAIL, RCPT..., DATA, content, dot (RFC 5321 §3.3).

Promises: every recipient ends with exactly one outcome, in the order given, whatever is heard and wherever it
stops; "taken" only after a positive reply to the final dot. Pure: commands out, replies in, no socket.
"""

from __future__ import annotations

from functools import lru_cache, partial
from itertools import repeat
from typing import Literal, NamedTuple

from listserv.outbound.relay import Outcome, Submission
from listserv.outbound.relay_checks import (
    all_can_be_named,
    data_refusal,
    plain_content,
    recipient_refusal,
    return_path_refusal,
    wire_content,
)
from listserv.outbound.replies import Abilities, RelayReply
from listserv.outbound.retry import State, Verdict, classify

Verb = Literal["RSET", "MAIL", "RCPT", "DATA"]

# The relay's quarrel with us, not with a sender or a recipient (RFC 4954 §6).
_ABOUT_US = frozenset({530, 534, 535, 538})
_OUT_OF_SEQUENCE = 503
_STORAGE_EXCEEDED = 552
_TOO_MANY_RECIPIENTS = "5.5.3"

# Replies are not read while a group is written, so a group's replies must fit the receive buffer: 100 replies
# of 512 octets do, on any system (RFC 2920 §3.1 leaves it to the client not to block).
MAX_RECIPIENTS_PER_GROUP = 100


class Step(NamedTuple):
    """One command that awaits one reply; `place` is the recipient's for RCPT."""

    verb: Verb
    place: int = -1


_RSET, _MAIL, _DATA = Step("RSET"), Step("MAIL"), Step("DATA")
_RCPTS = [Step("RCPT", place) for place in range(MAX_RECIPIENTS_PER_GROUP)]


class Group(NamedTuple):
    """Commands that go out in one write, and the replies they owe, in order."""

    octets: bytes
    steps: list[Step]


class Transaction:
    """A submission on its way to one relay.

    `started`: the relay said 354 and waits for content. `open`: MAIL was taken and the transaction neither
    started nor ended, so RSET must come first. `about_us`: the refusal that concerns every submission.
    `confused`: the answer that shows that the relay counts commands otherwise than we do; it gets no content, for
    that might go to the recipients of another message, and the connection is of no more use. `groups`: the envelope
    commands in as few writes as is safe (one, up to 100 recipients), or one each in lock-step; DATA is the last
    of all, for content may not follow before its 354 (RFC 2920 §3.1). None when there is nobody to ask for.
    `asked_at_once`: how many recipients are named, where all can be and MAIL, RCPT... and DATA are one write; else 0.
    """

    __slots__ = (
        "_abilities",
        "_accepted",
        "_outcomes",
        "about_us",
        "asked_at_once",
        "confused",
        "groups",
        "open",
        "started",
        "submission",
    )

    def __init__(self, submission: Submission, abilities: Abilities, *, reset: bool = False) -> None:
        """Refuses at once what must not or cannot go to a relay with these abilities; `reset` begins with RSET."""
        self.submission = submission
        self.started = False
        self.open = False
        self.about_us: RelayReply | None = None
        self.confused: RelayReply | None = None
        self.asked_at_once = 0
        self._abilities = abilities
        self._accepted = 0
        self._outcomes: list[Outcome | None] = [None] * len(submission.recipients)
        unfit = data_refusal(submission, abilities)
        usual = None if reset or unfit is not None else self._usual_group()
        if usual is not None:
            self.groups = [usual]
            return
        refusal = return_path_refusal(submission.return_path, abilities) or unfit
        if refusal is not None or not all_can_be_named(submission.recipients, abilities):
            self._refuse(refusal)
        self.groups = [] if self.settled else self._groups(reset)

    @property
    def settled(self) -> bool:
        """Whether every recipient has its outcome."""
        return None not in self._outcomes

    def result(self) -> tuple[Submission, tuple[Outcome, ...]]:
        """The submission with the outcomes known by now."""
        return self.submission, tuple(filter(None, self._outcomes))

    def content(self) -> bytes:
        """What answers 354, without the dot: nothing when every recipient was refused (RFC 2920 §3.1)."""
        return wire_content(self.submission) if self._accepted else b""

    def hear(self, step: Step, reply: RelayReply) -> None:
        """Take the reply to one envelope command."""
        if step.verb == "RSET":
            self._hear_reset(reply)
        elif step.verb == "MAIL":
            self._hear_mail(reply)
        elif step.verb == "RCPT":
            self._hear_recipient(step.place, reply)
        elif step.verb == "DATA":
            self._hear_data(reply)

    def hear_all_well(self) -> None:
        """The whole envelope was answered as one hopes, each recipient accepted."""
        self._accepted = self.asked_at_once
        self.started = self.open = True

    def hear_final(self, reply: RelayReply) -> None:
        """Take the reply to the dot: it decides for all recipients that were accepted."""
        self.started = self.open = False
        self._settle_rest("taken" if classify(reply) is Verdict.TAKEN else _refusal_state(reply), reply)

    def lost(self, reply: RelayReply) -> None:
        """The connection went: who has no outcome yet is tried later."""
        self.started = self.open = False
        self._settle_rest("later", reply)

    def _usual_group(self) -> Group | None:
        """The envelope in one write; None where it needs more than that."""
        submission, abilities = self.submission, self._abilities
        recipients = submission.recipients
        if not abilities.pipelining or not 0 < len(recipients) <= MAX_RECIPIENTS_PER_GROUP:
            return None
        envelope = _one_recipient if len(recipients) == 1 else _some_recipients
        found = envelope(submission.return_path, recipients, abilities.utf8)
        if found is None:
            return None
        self.asked_at_once = len(recipients)
        mail, rest = found
        return Group(b"%b%b%b" % (mail, self._parameters(), rest), [_MAIL, *_RCPTS[: len(recipients)], _DATA])

    def _groups(self, reset: bool) -> list[Group]:
        commands, steps = self._commands(reset)
        if self._abilities.pipelining and len(steps) <= MAX_RECIPIENTS_PER_GROUP + 2:
            return [Group(b"".join(commands), steps)]
        size = MAX_RECIPIENTS_PER_GROUP + 3 if self._abilities.pipelining else 1
        return [
            Group(b"".join(commands[start : start + size]), steps[start : start + size])
            for start in range(0, len(steps), size)
        ]

    def _refuse(self, refusal: RelayReply | None) -> None:
        for index, address in enumerate(self.submission.recipients):
            reply = refusal or recipient_refusal(address, self._abilities)
            if reply is not None:
                self._settle(index, "never", reply)

    def _commands(self, reset: bool) -> tuple[list[bytes], list[Step]]:
        sender = self.submission.return_path.encode()
        commands = [b"RSET\r\n"] if reset else []
        commands.append(b"MAIL FROM:<%b>%b\r\n" % (sender, self._parameters()))
        steps = [_RSET, _MAIL] if reset else [_MAIL]
        wanted = [index for index, outcome in enumerate(self._outcomes) if outcome is None]
        commands += [f"RCPT TO:<{self.submission.recipients[index]}>\r\n".encode() for index in wanted]
        steps += [_RCPTS[index] if index < len(_RCPTS) else Step("RCPT", index) for index in wanted]
        return [*commands, b"DATA\r\n"], [*steps, _DATA]

    def _parameters(self) -> bytes:
        """SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), each only to a relay that offers it."""
        abilities, submission = self._abilities, self.submission
        size = b" SIZE=%d" % len(plain_content(submission)) if abilities.declares_size else b""
        body = b" BODY=8BITMIME" if abilities.eight_bit and submission.eight_bit else b""
        return size + body + (b" SMTPUTF8" if abilities.utf8 and self._needs_utf8() else b"")

    def _needs_utf8(self) -> bool:
        """Only addresses ask for it: declared for raw header octets, the next hop without it would bounce them."""
        submission = self.submission
        return not (submission.return_path.isascii() and all(address.isascii() for address in submission.recipients))

    def _hear_reset(self, reply: RelayReply) -> None:
        if classify(reply) is not Verdict.TAKEN:
            self.confused = reply

    def _hear_mail(self, reply: RelayReply) -> None:
        self.open = classify(reply) is Verdict.TAKEN
        if not self.open:
            self._note(reply)
            self._settle_rest(_refusal_state(reply), reply)

    def _hear_recipient(self, place: int, reply: RelayReply) -> None:
        taken = classify(reply) is Verdict.TAKEN
        if not self.open:  # MAIL was refused: a refusal says no more, an acceptance should not be
            self.confused = reply if taken else self.confused
        elif taken:
            self._accepted += 1
        else:
            self._note(reply)
            self._settle(place, "later" if self._is_one_too_many(reply) else _refusal_state(reply), reply)

    def _hear_data(self, reply: RelayReply) -> None:
        goes_on = reply.code == 354
        if goes_on and not self.open:
            self.confused = reply
        elif not goes_on and not self.settled:  # 503 or 554 is the right answer when nobody was accepted
            self._note(reply)
            self._settle_rest(_refusal_state(reply), reply)
        if self.confused is not None:
            self._settle_rest("later", self.confused)
        self.started = goes_on and self.confused is None

    def _is_one_too_many(self, reply: RelayReply) -> bool:
        """RFC 5321 §4.5.3.1.10: a 552 that means "too many recipients" is to be taken as 452."""
        return reply.code == _STORAGE_EXCEEDED and self._accepted > 0 and reply.enhanced in ("", _TOO_MANY_RECIPIENTS)

    def _note(self, refusal: RelayReply) -> None:
        if refusal.code in _ABOUT_US:
            self.about_us = refusal
        elif refusal.code == _OUT_OF_SEQUENCE:
            self.confused = refusal

    def _settle(self, index: int, state: State, reply: RelayReply) -> None:
        self._outcomes[index] = Outcome(self.submission.recipients[index], state, reply)

    def _settle_rest(self, state: State, reply: RelayReply) -> None:
        recipients = self.submission.recipients
        if self._outcomes == [None]:  # a copy of her own, as nearly always: without what many need
            self._outcomes = [Outcome(recipients[0], state, reply)]
            return
        if self._outcomes.count(None) == len(self._outcomes):  # as a rule; as quick as many recipients ask for
            self._outcomes[:] = map(_outcome, zip(recipients, repeat(state), repeat(reply)))
            return
        self._outcomes = [
            Outcome(recipient, state, reply) if outcome is None else outcome
            for recipient, outcome in zip(recipients, self._outcomes, strict=True)
        ]


_outcome = partial(tuple.__new__, Outcome)  # as Outcome._make, without a frame each


def _envelope(return_path: str, recipients: tuple[str, ...], utf8: bool) -> tuple[bytes, bytes] | None:
    """MAIL up to its parameters, and what follows them: CRLF, RCPT... and DATA. None if somebody cannot be named."""
    named = (return_path, *recipients) if return_path else recipients
    if not all_can_be_named(named, Abilities(utf8=utf8)):
        return None
    rest = "".join([f"RCPT TO:<{recipient}>\r\n" for recipient in recipients])
    return f"MAIL FROM:<{return_path}>".encode(), f"\r\n{rest}DATA\r\n".encode()


# Bounded: by estimate some 15 MB at most, or 4 where recipients share copies.
_one_recipient = lru_cache(maxsize=20_000)(_envelope)
_some_recipients = lru_cache(maxsize=400)(_envelope)


def _refusal_state(reply: RelayReply) -> State:
    """What a reply other than the hoped-for one does to a copy; never "taken", whatever its code.

    A quarrel about us, or about the sequence of commands, does not bounce it.
    """
    if reply.code in _ABOUT_US or reply.code == _OUT_OF_SEQUENCE:
        return "later"
    return "never" if classify(reply).state == "never" else "later"
