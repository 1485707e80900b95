"""A proposed date nobody decided about: looked at by two nodes at once, and by one who was the postmaster then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listserv.config import Settings
from listserv.inbound.dates import deciding
from listserv.inbound.desk import Recipient
from listserv.inbound.reception import Reception
from listserv.store.deadlines import NewDate, add_dates, dates_named
from tests.reception_site import Site, a_site, reply_address
from tests.store_site import DOMAIN, NOW, a_list, a_member


def test_its_author_is_told_once(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_site(database_url) as site:
        with site.database.begin() as connection:
            mail_list = a_member(connection, a_list(connection), "mere@school.example")
            day = (NOW + timedelta(days=5)).date()
            (found,) = add_dates(connection, mail_list.id, [NewDate("Sports", day)], NOW, distances=(1,), proposed=True)
        with site.desk() as desk:
            payload = {"ids": [found.id], "by": ["mere@school.example", "Mere", ""], "address": "fay@school.example"}
            desk.answer_address(mail_list, deciding.PURPOSE, deciding.LASTS, moderate=True, payload=payload)
        site.after(days=8)
        with site.database.read() as connection:
            read_before = dates_named(connection, mail_list.id, [found.id])
        monkeypatch.setattr(deciding, "dates_named", lambda *_: read_before)
        sent = []
        for _ in range(2):
            with site.desk() as desk:
                sent.append(deciding.look_after_proposals(desk))
        assert sent == [1, 0]
        assert "Sports" in str(site.mail())


def with_postmaster(site: Site, address: str) -> None:
    """The service as it runs after its settings were changed."""
    site.settings = Settings.model_validate({"site": {"domain": DOMAIN, "postmaster": address}})
    site.reception = Reception(site.settings, site.database, site.writer, site.key, lambda: site.now, lambda: None)


def test_who_is_the_postmaster_no_more_decides_nothing_and_is_asked_no_more(database_url: str) -> None:
    with a_site(database_url) as site:
        with site.database.begin() as connection:
            mail_list = a_list(connection)
            day = (NOW + timedelta(days=30)).date()
            (found,) = add_dates(connection, mail_list.id, [NewDate("Sports", day)], NOW, distances=(1,), proposed=True)
        with site.desk() as desk:
            (postmaster,) = deciding.facilitators(desk, mail_list)
            deciding._ask(desk, mail_list, postmaster, Recipient("mere@school.example", "Mere", ""), [found])
        asked = reply_address(site.mail())
        with_postmaster(site, "new@school.example")
        site.after(days=4)
        with site.desk() as desk:
            assert deciding.look_after_proposals(desk) == 0
        site.send(asked, "admin@school.example", "yes")
        assert site.mails() == []
        with site.database.read() as connection:
            assert [each.proposed for each in dates_named(connection, mail_list.id, [found.id])] == [True]
        with_postmaster(site, "admin@school.example")
        site.send(asked, "admin@school.example", "yes")
        with site.database.read() as connection:
            assert [each.proposed for each in dates_named(connection, mail_list.id, [found.id])] == [False]
