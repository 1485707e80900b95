"""A proposed date whose day came undecided, looked at by two nodes at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listserv.inbound.dates import deciding
from listserv.store.deadlines import NewDate, add_dates, dates_named
from tests.reception_site import a_site
from tests.store_site import NOW, a_list, a_member


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
