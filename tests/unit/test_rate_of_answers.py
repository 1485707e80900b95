"""How often strangers make us write: the count of a source never stands still, nor does it see days to come."""

from __future__ import annotations

from datetime import timedelta

from listserv.store.answered import count_answer
from listserv.store.joining import count_source, note_source
from tests.store_site import NOW, made

HOUR = timedelta(hours=1)


def test_a_source_is_counted_on_when_yesterdays_mails_are_a_day_old(database_url: str) -> None:
    with made(database_url) as database, database.begin() as connection:
        for _ in range(5):
            note_source(connection, "path", NOW)
        note_source(connection, "path", NOW + 23 * HOUR)
        later = NOW + 25 * HOUR
        assert count_source(connection, "path", later) == 1
        for number in range(2, 12):
            note_source(connection, "path", later)
            assert count_source(connection, "path", later) == number


def test_answers_of_a_day_to_come_are_none_of_today(database_url: str) -> None:
    """A clock that went ahead and was set back leaves some."""
    with made(database_url) as database, database.begin() as connection:
        for number in range(1, 4):
            assert count_answer(connection, "mere@school.example", NOW + 720 * HOUR) == number
        assert count_answer(connection, "mere@school.example", NOW) == 1
        assert count_answer(connection, "mere@school.example", NOW) == 2
