"""A removal reaches what was passed on to people, told in updates or kept of programs, not only what is a post."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from listserv.app.clock import make_workshop
from listserv.digest.tick import tick
from listserv.inbound.indexing import index_batch
from listserv.mail.address import Mailbox
from listserv.mail.compose import Attachment, HeaderValue, compose
from listserv.mail.parse import parse
from listserv.model.lists import DigestPeriod, Role
from listserv.model.smtp import Envelope
from listserv.store.schema import contents
from tests.reception_site import a_site, reply_address
from tests.store_site import DOMAIN, a_list, a_member

MERE, JO, HEMI = "mere@school.example", "jo@school.example", "hemi@school.example"
PHOTO = b"\xff\xd8\xff JFIF the class photograph, with all the faces in it" * 200
TEXT = "The boy Zyxquatl has bitten another and ran away"


@pytest.mark.parametrize(
    ("to", "fields"),
    [
        ("postmaster", {}),
        ("english-owner", {}),
        ("english-request", {}),
        ("english-owner", {"Auto-Submitted": "auto-replied"}),
        ("english-leave", {"Auto-Submitted": "auto-replied"}),
    ],
)
def test_a_letter_that_quotes_the_post_has_it_no_more(database_url: str, to: str, fields: dict[str, str]) -> None:
    with a_site(database_url) as site:
        with site.database.begin() as connection:
            group = a_member(connection, a_list(connection), MERE)
            a_member(connection, a_member(connection, group, HEMI), JO, granted={Role.OWNER})
        site.send("english", MERE, TEXT, "A bite", Message_ID="<one@school.example>")
        site.send(to, HEMI, f"Please look at this\n\n> {TEXT}", "Fwd: A bite", **fields)
        site.mails()
        site.send("english-request", JO, "take down 1")
        site.send(reply_address(site.mail()), JO, "yes")
        with site.database.read() as connection:
            kept = [bytes(octets) for octets in connection.execute(select(contents.c.octets)).scalars()]
        assert not [octets for octets in kept if re.search(rb"zyxquatl", octets, re.IGNORECASE)]


@pytest.mark.parametrize("name", ["Zyxquatl.jpg", "Zyxquatl and the bite, room 7.jpg", "Zyxquatl ātaahua.jpg"])
def test_an_attachments_name_goes_from_the_updates_that_told_of_it(database_url: str, name: str) -> None:
    with a_site(database_url) as site:
        site.settings = site.settings.model_copy(
            update={"site": site.settings.site.model_copy(update={"base_url": f"https://{DOMAIN}"})}
        )
        with site.database.begin() as connection:
            group = a_member(connection, a_list(connection), MERE, name="Mere")
            group = a_member(connection, group, HEMI, digest=DigestPeriod.DAILY)
            a_member(connection, group, JO, granted={Role.OWNER})
        head: dict[str, HeaderValue] = {
            "From": Mailbox("Mere", MERE),
            "Date": site.now,
            "Message-ID": b"<one@school.example>",
            "Subject": "Our class",
        }
        octets = compose(head, "Here is our class at the beach.", None, [Attachment("image/jpeg", PHOTO, name)])
        site.reception.submit(Envelope(MERE, (f"english@{DOMAIN}",)), parse(octets)).result()
        while index_batch(site.database, site.writer, site.now):
            pass
        site.after(days=1)
        tick(site.database, site.writer, make_workshop(site.settings), site.now)
        update = next(mail for mail in site.mails() if mail["List-Id"])
        assert "yxquatl" in str(update.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        site.send("english-request", JO, f"take down 1\r\npart: {name}")
        site.send(reply_address(site.mail()), JO, "yes")
        with site.database.read() as connection:
            kept = [bytes(octets) for octets in connection.execute(select(contents.c.octets)).scalars()]
        assert [octets for octets in kept if re.search(rb"yxquatl", octets, re.IGNORECASE)] == []
        assert [octets for octets in kept if b"class at the beach" in octets and b"List-Id" in octets]
