"""A removal reaches what was passed on to people or kept of programs, not only what is a post."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from listserv.model.lists import Role
from listserv.store.schema import contents
from tests.reception_site import a_site, reply_address
from tests.store_site import a_list, a_member

MERE, JO, HEMI = "mere@school.example", "jo@school.example", "hemi@school.example"
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
