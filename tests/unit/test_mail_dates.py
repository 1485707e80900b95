"""Date fields as programs write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from listserv.mail.dates import parse_date

NINE = datetime(2026, 10, 11, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 12 Oct 2026 09:00:00 +1300",
        "Mon, 12 Oct 2026 09:00:00 +1300 (NZDT)",
        "12 Oct 2026 09:00:00 +1300",
        "Mon, 12 Oct 2026 09:00 +1300",
        "Mon, 12 Oct 2026 9:00:00 NZDT",
        "Mon, 12 Oct 26 09:00:00 +1300",
        "Mon, 12 Oct 126 09:00:00 +1300",
        "Wednesday, 12 October 2026 09:00:00 +1300",
        "Mon, 12 Oct (a (nested) comment) 2026 09:00:00 +1300",
        "Mon, 12 Oct 2026 09:00:00 (NZDT)",
        "Mon, 12 Oct 2026 09:00:00 (NZDT) +1300",
        "Mon, 12 Oct 2026 09:00:00 +13:00",
        "Mon, 12 Oct 2026 09:00:00 GMT+1300",
        "Mon, Oct 12, 2026 at 9:00 AM +1300",
        "Monday, October 12, 2026 9:00:00 am NZDT",
        "Sun Oct 11 20:00:00 2026",
        "Mon Oct 12 09:00:00 NZDT 2026",
        "2026-10-12 09:00:00 +1300",
        "2026-10-12T09:00:00+13:00",
        "2026-10-11T20:00:00.123456Z",
        "11-10-2026 20:00",
        "11/10/2026 20:00:00",
        "Sun, 11 Oct 2026 20:00:00",
        "Sun, 11 Oct 2026 20:00:00 -0000",
        "Sun, 11 Oct 2026 20:00:00 UT",
        "Sun, 11 Oct 2026 13:00:00 -700",
        "Sun, 11 Oct 2026 20:00:00 &#43;0000",
        "So, 11 Okt 2026 22:00:00 +0200",
        "dim., 11 oct. 2026 22:00:00 CEST",
        "Tue, 011 Oct 2026 20:00:00 GMT",
    ],
)
def test_read(text: str) -> None:
    assert parse_date(text) == NINE


@pytest.mark.parametrize(
    "text",
    [
        "", "Whenever", "Thu,", "Mon, 31 Feb 2026 09:00:00 +1300", "Mon, 12 Oct 2026 25:00:00 +1300",
        "Mon, 12 Oct 3026 09:00:00 +1300", "Thu, 01 Jan 1970 00:00:00 +1300", "12 Oct 2026", "09:00:00",
        "Mon, 12 Foo 2026 09:00:00 +1300", "Mon, 12 Oct 2100 09:00:00 +0000", "99/99/2026 09:00",
        "Mon, 12 Oct 99999999999999999999 09:00:00", "Fri, 31 Dec 9999 23:59:59 -2359", "\x00" * 50,
    ],
)  # fmt: skip
def test_hopeless(text: str) -> None:
    assert parse_date(text) is None


def test_a_leap_second_is_the_second_before() -> None:
    assert parse_date("Sat, 31 Dec 2016 23:59:60 +0000") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_two_figures_are_this_century_or_the_last() -> None:
    assert parse_date("1 Jan 49 00:00:00 GMT") == datetime(2049, 1, 1, tzinfo=UTC)
    assert parse_date("1 Jan 97 00:00:00 GMT") == datetime(1997, 1, 1, tzinfo=UTC)


def test_noon_and_midnight() -> None:
    assert parse_date("Mon, Oct 12, 2026 at 12:30 AM") == datetime(2026, 10, 12, 0, 30, tzinfo=UTC)
    assert parse_date("Mon, Oct 12, 2026 at 12:30 PM") == datetime(2026, 10, 12, 12, 30, tzinfo=UTC)
