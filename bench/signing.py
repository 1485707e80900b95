"""A DKIM signature for each copy (RFC 6376, rsa-sha256, relaxed/relaxed), made from the copy as the relay gets it.

For measuring only: the product leaves signing to the relay. What copies of one post share is worked out once: the hash
of the body, and that of every field but List-Unsubscribe, which is the one that differs. The relay's thread makes the
digests; a process a core makes signatures of them, ahead of the copies that are sent.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from base64 import b64encode
from binascii import b2a_base64
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from listserv.outbound.lane import Copies, Drawn
from listserv.outbound.relay import Submission
from listserv.store.hours import PutBy
from listserv.store.outbox import Claim

TOGETHER = 50  # copies that one process signs in a row
AHEAD = 6  # so many times that are being signed before the first is asked for
DIGEST, SIGNATURE = 32, 256  # octets

SIGNED = (
    *(b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"reply-to", b"mime-version"),
    *(b"content-type", b"content-transfer-encoding", b"list-id", b"list-post", b"list-unsubscribe-post"),
)
PERSONAL = b"list-unsubscribe"
_SPACES = re.compile(rb"[ \t]+")
_SPACES_AT_END = re.compile(rb"[ \t]+\r\n")
_MARK = b"\r\nList-Unsubscribe:"


class _Shared(NamedTuple):
    """What copies of one post have in common: the octets around the personal value, and what is signed of them.

    `end` is what is hashed behind that value, `name` what stands before the signature.
    """

    before: bytes
    after: bytes
    hashed: hashlib._Hash
    end: bytes
    name: bytes


class Unsigned(NamedTuple):
    """The DKIM-Signature field up to the signature, and the digest that is to be signed."""

    field: bytes
    digest: bytes


class Canonical:
    """Works out what is signed, for one domain."""

    def __init__(self, domain: str, selector: str = "bench") -> None:
        self._head = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector}; ".encode()
        self._shared: _Shared | None = None

    def unsigned(self, content: bytes) -> Unsigned:
        """`content` is dot-stuffed and has a List-Unsubscribe field."""
        shared = self._shared
        if shared is None or not (content.startswith(shared.before) and content.endswith(shared.after)):
            shared = self._shared = self._share(content)
        value = content[len(shared.before) : -len(shared.after)]
        hashed = shared.hashed.copy()
        hashed.update(b"%b:%b%b" % (PERSONAL, _relaxed(value), shared.end))
        return Unsigned(shared.name, hashed.digest())

    def _share(self, content: bytes) -> _Shared:
        head, _, body = content.partition(b"\r\n\r\n")
        before, mark, rest = head.partition(_MARK)
        before, after = before + mark, rest[_end_of_field(rest) :]
        fields = dict(_fields(before.removesuffix(_MARK) + after))
        names = [name for name in SIGNED if name in fields]
        canonical = b"".join(name + b":" + _relaxed(fields[name]) + b"\r\n" for name in names)
        plain = body.replace(b"\r\n..", b"\r\n.")
        plain = plain[1:] if plain.startswith(b"..") else plain
        digest = b64encode(hashlib.sha256(relaxed_body(plain)).digest())
        tag = self._head + b"h=" + b":".join([*names, PERSONAL]) + b"; bh=" + digest + b"; b="
        end = b"\r\ndkim-signature:" + tag
        return _Shared(before, after + b"\r\n\r\n" + body, hashlib.sha256(canonical), end, b"DKIM-Signature: " + tag)


class Signers:
    """A process a core that makes bare signatures; asked and answered over pipes, in order."""

    def __init__(self, key: RSAPrivateKey, processes: int) -> None:
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        context = get_context("spawn")
        self._pipes = []
        for _ in range(processes):
            ours, theirs = context.Pipe()
            context.Process(target=_sign_all, args=(theirs, pem), daemon=True).start()
            self._pipes.append(ours)
        self._asked = 0
        self._answers: dict[int, bytes] = {}
        self._owed: list[deque[int]] = [deque() for _ in self._pipes]

    def ask(self, digests: Sequence[bytes]) -> int:
        """The number under which their signatures can be had."""
        self._asked += 1
        place = self._asked % len(self._pipes)
        self._pipes[place].send_bytes(b"".join(digests))
        self._owed[place].append(self._asked)
        return self._asked

    def answer(self, number: int) -> list[bytes]:
        """The signatures; waits for them."""
        place = number % len(self._pipes)
        while number not in self._answers:
            self._answers[self._owed[place].popleft()] = self._pipes[place].recv_bytes()
        octets = self._answers.pop(number)
        return [octets[start : start + SIGNATURE] for start in range(0, len(octets), SIGNATURE)]


def _sign_all(pipe: Connection, pem: bytes) -> None:
    key = load_pem_private_key(pem, None)
    assert isinstance(key, RSAPrivateKey)
    padding, hashed = PKCS1v15(), Prehashed(SHA256())
    with contextlib.suppress(EOFError):  # whoever asked has ended
        while True:
            digests = pipe.recv_bytes()
            places = range(0, len(digests), DIGEST)
            pipe.send_bytes(b"".join([key.sign(digests[at : at + DIGEST], padding, hashed) for at in places]))


class SigningCopies:
    """Copies with a signature each, for a dispatcher: what `copies` makes, signed ahead."""

    def __init__(self, copies: Copies, key: RSAPrivateKey, domain: str, processes: int) -> None:
        self._copies = copies
        self._canonical = Canonical(domain)
        self._signers = Signers(key, processes)

    def submissions(self, held: Claim) -> Iterator[Drawn] | PutBy:
        """See `lane.Copies`."""
        made = self._copies.submissions(held)
        return made if isinstance(made, PutBy) else self._signed(made)

    def _signed(self, made: Iterator[Drawn]) -> Iterator[Drawn]:
        ahead: deque[tuple[list[Drawn], list[Unsigned], int]] = deque()
        while chunk := list(islice(made, TOGETHER)):
            unsigned = [self._canonical.unsigned(submission.content) for _, submission in chunk if submission]
            ahead.append((chunk, unsigned, self._signers.ask([digest for _, digest in unsigned])))
            if len(ahead) > AHEAD:
                yield from self._answered(*ahead.popleft())
        for each in ahead:
            yield from self._answered(*each)

    def _answered(self, chunk: list[Drawn], unsigned: list[Unsigned], number: int) -> Iterator[Drawn]:
        fields = zip(unsigned, self._signers.answer(number), strict=True)
        for ids, submission in chunk:
            yield ids, submission and signed(submission, *next(fields))


def signed(submission: Submission, unsigned: Unsigned, signature: bytes) -> Submission:
    """The submission with its DKIM-Signature in front."""
    content = b"%b%b\r\n%b" % (unsigned.field, b2a_base64(signature, newline=False), submission.content)
    return_path, recipients, _, stuffed, eight_bit, name, checked = submission
    return Submission(return_path, recipients, content, stuffed, eight_bit, name, checked)


def new_key() -> RSAPrivateKey:
    """An RSA key of 2048 bits."""
    return generate_private_key(65537, 2048)


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376 §3.4.4."""
    text = _SPACES_AT_END.sub(b"\r\n", _SPACES.sub(b" ", body))
    return text.rstrip(b"\r\n") + b"\r\n" if text.strip(b"\r\n") else b""


def _relaxed(value: bytes) -> bytes:
    """RFC 6376 §3.4.2: a field's value unfolded, runs of white space one space."""
    line = value.replace(b"\r\n", b"").strip(b" \t")
    return _SPACES.sub(b" ", line) if b"\t" in line or b"  " in line else line


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in re.split(rb"\r\n(?![ \t])", head):
        name, _, value = line.partition(b":")
        yield name.strip().lower(), value


def _end_of_field(rest: bytes) -> int:
    """Where the value at the beginning of `rest` ends: before the first line that is no continuation."""
    found = re.search(rb"\r\n(?![ \t])", rest)
    return found.start() if found else len(rest)
