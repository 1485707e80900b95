"""A site of ours for a benchmark: a served list with many members, and posts to it."""

from __future__ import annotations

import smtplib
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.service import DOMAIN, Service

OCTETS = 4096
LIST = f"english@{DOMAIN}"
AUTHOR = "mere@school.example"
_numbers = count(1)


def addresses(number: int) -> list[str]:
    """So many people's addresses."""
    return [f"s{each}@school.example" for each in range(number)]


@contextmanager
def site(
    relay_port: int,
    subscribers: int,
    *,
    connections: int = 4,
    environment: dict[str, str] | None = None,
    parts: str = "",
) -> Iterator[Service]:
    """A list that takes posts from everybody and has so many subscribers; served, or of it those `parts`."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Service(
            Path(folder),
            relay_port=relay_port,
            connections=connections,
            environment=environment,
            parts=parts,
            forked=False,
        ) as service,
    ):
        make_list(service, "english", addresses(subscribers))
        service.start()
        yield service


def make_list(service: Service, name: str, members: Sequence[str]) -> None:
    """A list that takes posts from everybody, with these members."""
    service.run("list", "create", name)
    service.run("list", "set", name, "nonmember=accept")
    if members:
        file = service.folder / f"{name}.csv"
        file.write_text("\n".join(["address", *members, ""]), "utf-8")
        service.run("member", "import", name, str(file))


def a_post(octets: int = OCTETS, to: str = LIST) -> tuple[str, bytes]:
    """A post of about that size, unlike any other of this process: its Message-ID without brackets, and the post."""
    number = next(_numbers)
    msgid = f"bench.{number}@school.example"
    body = "Kia ora koutou, a line of a post about running records.\r\n" * (octets // 57)
    head = (
        f"From: Mere <{AUTHOR}>\r\nTo: {to}\r\nSubject: Post {number}\r\nMessage-ID: <{msgid}>\r\n"
        "Date: Mon, 16 Nov 2026 20:00:00 +1300\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    return msgid, (head + body).encode()


class Sender:
    """One SMTP connection to the site, kept."""

    def __init__(self, service: Service) -> None:
        self._client = smtplib.SMTP("127.0.0.1", service.port, timeout=60)
        self._client.ehlo("bench.example")

    def send(self, octets: bytes, to: str = LIST) -> float:
        """One post; gives the moment of its 250 (`time.monotonic`). Anything else is an error."""
        self._client.mail(AUTHOR)
        self._client.rcpt(to)
        code, text = self._client.data(octets)
        if code != 250:
            raise RuntimeError(f"{code} {text!r}")
        return time.monotonic()

    def close(self) -> None:
        self._client.close()
