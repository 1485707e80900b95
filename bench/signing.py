"""A DKIM signature for each copy (RFC 6376, rsa-sha256, relaxed/relaxed), made from the copy as the relay gets it.

For measuring only: the product leaves signing to the relay. What copies of one post share is worked out once: the hash
of the body, and the canonical form of every field but List-Unsubscribe, which is the one that differs.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from listserv.outbound.lane import Copies, Drawn
from listserv.store.hours import PutBy
from listserv.store.outbox import Claim

TOGETHER = 8  # copies that one thread signs in a row
AHEAD = 6  # so many times that are being signed before the first is asked for

SIGNED = (
    *(b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"reply-to", b"mime-version"),
    *(b"content-type", b"content-transfer-encoding", b"list-id", b"list-post", b"list-unsubscribe-post"),
)
PERSONAL = b"list-unsubscribe"
_SPACES = re.compile(rb"[ \t]+")
_SPACES_AT_END = re.compile(rb"[ \t]+\r\n")
_MARK = b"\r\nList-Unsubscribe:"


class _Shared(NamedTuple):
    """What copies of one post have in common."""

    before: bytes
    after: bytes
    body: bytes
    fields: bytes
    tag: bytes


class Signer:
    """Signs for one domain; used by several threads, each of which works out what copies share if none has."""

    def __init__(self, key: RSAPrivateKey, domain: str, selector: str = "bench") -> None:
        self._key = key
        self._head = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector}; ".encode()
        self._shared: _Shared | None = None

    def signed(self, content: bytes) -> bytes:
        """The content with a DKIM-Signature in front; `content` is dot-stuffed and has a List-Unsubscribe field."""
        head, _, body = content.partition(b"\r\n\r\n")
        before, mark, rest = head.partition(_MARK)
        end = _end_of_field(rest)
        personal, after = rest[:end], rest[end:]
        shared = self._shared
        if shared is None or shared.before != before or shared.after != after or shared.body != body:
            shared = self._shared = self._share(before, after, body, bool(mark))
        hashed = shared.fields
        if mark:
            hashed += PERSONAL + b":" + _relaxed(personal) + b"\r\n"
        hashed += b"dkim-signature:" + shared.tag
        signature = b64encode(self._key.sign(hashed, PKCS1v15(), SHA256()))
        return b"DKIM-Signature: " + shared.tag + signature + b"\r\n" + content

    def _share(self, before: bytes, after: bytes, body: bytes, has_link: bool) -> _Shared:
        fields = dict(_fields(before + after))
        names = [name for name in SIGNED if name in fields]
        canonical = b"".join(name + b":" + _relaxed(fields[name]) + b"\r\n" for name in names)
        plain = body.replace(b"\r\n..", b"\r\n.")
        plain = plain[1:] if plain.startswith(b"..") else plain
        digest = b64encode(hashlib.sha256(relaxed_body(plain)).digest())
        listed = b":".join([*names, PERSONAL] if has_link else names)
        return _Shared(before, after, body, canonical, self._head + b"h=" + listed + b"; bh=" + digest + b"; b=")


class SigningCopies:
    """Copies with a signature each, for a dispatcher: what `copies` makes, signed ahead by a thread a core."""

    def __init__(self, copies: Copies, key: RSAPrivateKey, domain: str, threads: int) -> None:
        self._copies = copies
        self._signer = Signer(key, domain)
        self._pool = ThreadPoolExecutor(threads)

    def submissions(self, held: Claim) -> Iterator[Drawn] | PutBy:
        """See `lane.Copies`."""
        made = self._copies.submissions(held)
        return made if isinstance(made, PutBy) else self._signed(made)

    def _signed(self, made: Iterator[Drawn]) -> Iterator[Drawn]:
        ahead: deque[Future[list[Drawn]]] = deque()
        while chunk := list(islice(made, TOGETHER)):
            ahead.append(self._pool.submit(self._sign, chunk))
            if len(ahead) > AHEAD:
                yield from ahead.popleft().result()
        for each in ahead:
            yield from each.result()

    def _sign(self, chunk: Sequence[Drawn]) -> list[Drawn]:
        return [(ids, each and each._replace(content=self._signer.signed(each.content))) for ids, each in chunk]


def new_key() -> RSAPrivateKey:
    """An RSA key of 2048 bits."""
    return generate_private_key(65537, 2048)


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376 §3.4.4."""
    text = _SPACES_AT_END.sub(b"\r\n", _SPACES.sub(b" ", body))
    return text.rstrip(b"\r\n") + b"\r\n" if text.strip(b"\r\n") else b""


def _relaxed(value: bytes) -> bytes:
    """RFC 6376 §3.4.2: a field's value unfolded, runs of white space one space."""
    return _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip()


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in re.split(rb"\r\n(?![ \t])", head):
        name, _, value = line.partition(b":")
        yield name.strip().lower(), value


def _end_of_field(rest: bytes) -> int:
    """Where the value at the beginning of `rest` ends: before the first line that is no continuation."""
    found = re.search(rb"\r\n(?![ \t])", rest)
    return found.start() if found else len(rest)
