"""What is handed to a relay and what comes back: one submission, one outcome a recipient.

The words shared by every relay (`relay_smtp` over a socket, `relay_directory` into files). Frozen values; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, TypeAlias

from listserv.outbound.replies import RelayReply
from listserv.outbound.retry import State
from listserv.outbound.waits import Wait


class Submission(NamedTuple):
    """One transaction: an envelope and the octets of one copy.

    `content` has CRLF line ends only; with `stuffed` each line that begins with a dot already has one more (RFC 5321
    §4.5.2). `eight_bit` says that it holds octets above 0x7F. `name` is stable over repeats of the same copy, e.g.
    "000123-00045". `checked`: a copy of the same template has passed `relay_checks.content_refusal`.
    """

    return_path: str
    recipients: tuple[str, ...]
    content: bytes
    stuffed: bool = False
    eight_bit: bool = False
    name: str = ""
    checked: bool = False


class Outcome(NamedTuple):
    """What became of one recipient of one submission.

    "taken": the relay answers for it. "later": try again; after a lost connection the relay may have it all the
    same. "never": the reply refuses it for good, see `retry.classify` for whose fault it is.
    """

    recipient: str
    state: State
    reply: RelayReply


Handed: TypeAlias = tuple[Submission, tuple[Outcome, ...]]


class Relay(Protocol):
    """A way out, used by one thread at a time."""

    def submit(self, batch: Iterable[Submission]) -> Iterator[Handed | Wait]:
        """Hand over each submission; yield it with one outcome a recipient, all in the order given, as answers come.

        A Wait says that the next answer is not there yet; the iterator can be asked again at once, but had better be
        when the wait is over. Raises only RelayUnavailable (and what `batch` itself raises): what was not yielded by
        then was not taken and waits. One submission is drawn from `batch` ahead of the outcomes. Abandoning the
        iterator drops the connection; to stop politely, let `batch` end.
        """

    def check(self) -> None:
        """Prove that the relay can be used now, without sending mail; RelayUnavailable says what is wrong.

        Blocks until it is known, as `close` does.
        """

    def close(self) -> None:
        """Let go of what is held open; a later `submit` opens it anew."""
