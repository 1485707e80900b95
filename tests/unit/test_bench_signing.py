"""The signatures that a benchmark makes are DKIM signatures: verified here step by step as RFC 6376 §3.7 says."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from bench.signing import Canonical, Signers, new_key, signed
from listserv.outbound.relay import Submission

COPY = (
    b"From: Mere <mere@school.example>\r\nTo: english@lists.example.nz\r\nSubject: Running \t records\r\n"
    b" in Year 4\r\nMessage-ID: <1@school.example>\r\nList-Unsubscribe: <https://lists.example.nz/%d>,\r\n"
    b" <mailto:english-leave@lists.example.nz>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n"
    b"..a line that begins with a dot\r\nKia ora \t koutou \r\n\r\n\r\n"
)


def verify(key: RSAPublicKey, octets: bytes) -> None:
    """Raises InvalidSignature, or AssertionError if the body is another."""
    head, _, body = octets.partition(b"\r\n\r\n")
    fields = [line.partition(b":") for line in re.split(rb"\r\n(?![ \t])", head)]
    tags = {name.strip(): value.strip() for name, _, value in (tag.partition(b"=") for tag in fields[0][2].split(b";"))}
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    assert b64decode(tags[b"bh"]) == hashlib.sha256(b"".join(line + b"\r\n" for line in lines)).digest()
    canonical = {
        name.lower(): name.lower() + b":" + re.sub(rb"\s+", b" ", value).strip() + b"\r\n" for name, _, value in fields
    }
    signed = b"".join(canonical[name] for name in tags[b"h"].split(b":"))
    unsigned = canonical[b"dkim-signature"].removesuffix(b"\r\n").rpartition(b"b=")[0] + b"b="
    key.verify(b64decode(tags[b"b"]), signed + unsigned, PKCS1v15(), SHA256())


def test_each_copy_has_a_signature_that_verifies() -> None:
    key = new_key()
    canonical, signers = Canonical("lists.example.nz"), Signers(key, 1)
    copies = (COPY % 1, COPY % 2, COPY.replace(b"Kia ora", "Mōrena".encode()) % 2)
    unsigned = [canonical.unsigned(copy) for copy in copies]
    one, others = signers.ask([unsigned[0].digest]), signers.ask([each.digest for each in unsigned[1:]])
    last = signers.answer(others)  # asked for in another order than they were made
    for copy, each, signature in zip(copies, unsigned, signers.answer(one) + last, strict=True):
        made = signed(Submission("l@x.nz", ("a@x.nz",), copy, stuffed=True, name="1"), each, signature)
        assert made.content.endswith(copy)
        assert made._replace(content=b"") == Submission("l@x.nz", ("a@x.nz",), b"", stuffed=True, name="1")
        sent = made.content.replace(b"\r\n..", b"\r\n.")
        verify(key.public_key(), sent)
        with pytest.raises(InvalidSignature):
            verify(key.public_key(), sent.replace(b"lists.example.nz/", b"lists.example.nz/x"))
