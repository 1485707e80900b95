"""A list and a post's context for tests of copies, and a copy read the way the other side reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from listserv.mail.listaddress import ListAddresses
from listserv.mail.parse import parse
from listserv.model.lists import ListSettings, MailList
from listserv.outbound.copy import Copy, PostContext, copy_recipient
from listserv.outbound.footer import render_footer
from listserv.outbound.mediate import Template, prepare
from listserv.resources import environment

KEY = bytes(range(32))
NZDT = timezone(timedelta(hours=13))
RECEIVED_AT = datetime(2026, 11, 20, 9, 12, tzinfo=NZDT)
DAY = date(2026, 11, 19)
BASE_URL = "https://lists.example.nz"
SUBSCRIPTION = 77


def mail_list(name: str = "english", title: str = "English Online", **settings: Any) -> MailList:
    """A list at lists.example.nz with these settings."""
    chosen = ListSettings.model_validate(settings)
    return MailList(1, 1, name, "lists.example.nz", title, "", chosen, 1)


def context(of: MailList, *, base_url: str = BASE_URL, box: str | None = None, footer: bool = True) -> PostContext:
    """The context of post 7 in thread 42 of the list."""
    url = f"{base_url}/groups/{of.name}/posts/7" if base_url else ""
    addresses = ListAddresses(of.name, of.domain, box)
    rendered = render_footer(environment(), of, addresses, url) if footer else None
    return PostContext(
        of,
        KEY,
        42,
        "0123456789abcdef@no-message-id.invalid",
        RECEIVED_AT,
        "lists.example.nz",
        base_url,
        url,
        rendered,
        box,
    )


def in_mailbox(of: MailList) -> MailList:
    """The same list at a mailbox's domain."""
    return replace(of, domain="mail.example.nz")


def template(octets: bytes, of: PostContext) -> Template:
    """The prepared copies of these octets."""
    return prepare(parse(octets), of)


def personal(octets: bytes, of: PostContext) -> Copy:
    """The copy of subscription 77."""
    return template(octets, of).copy(copy_recipient(KEY, of.addresses, SUBSCRIPTION, DAY))


def unstuffed(copy: Copy) -> bytes:
    """The message as the next server sees it (RFC 5321 §4.5.2)."""
    assert copy.stuffed
    lines = copy.content.split(b"\r\n")
    assert b"." not in lines, "DATA would end here"
    return b"\r\n".join([line[1:] if line.startswith(b".") else line for line in lines])


def crlf(octets: bytes) -> bytes:
    """The octets with every line end a CRLF, as they come from the wire."""
    return octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
