"""A forger's flood: join requests in the names of victims, from ever new return paths and clients, to several lists."""

from __future__ import annotations

from listserv.mail.parse import parse
from listserv.model.smtp import Envelope
from tests.reception_site import Site
from tests.store_site import DOMAIN, a_list

GROUPS = ("english", "maths", "esol")


def flood(site: Site, *, requests: int, victims: int) -> int:
    """Sends them all and gives how many mails they caused; each request has its own source."""
    with site.database.begin() as connection:
        for name in GROUPS:
            a_list(connection, name, join="open")
    recipients = tuple(f"{name}-join@{DOMAIN}" for name in GROUPS)
    taken = []
    for number in range(requests):
        victim = f"Buy now <victim{number % victims}@school.example>"
        octets = f"From: {victim}\r\nSubject: {number}\r\n\r\nhttp://spam.example\r\n".encode()
        source = Envelope(f"f{number}@forger.example", recipients, peer=f"2001:db8::{number:x}")
        taken.append(site.reception.submit(source, parse(octets)))
    assert {str(reply) for future in taken for reply in future.result()} == {
        "250 2.0.0 Taken; an answer comes by mail if there is one to give"
    }
    mails = site.mails()
    assert not any(word in mail.as_string() for mail in mails for word in ("Buy", "spam", "forger"))
    return len(mails)
