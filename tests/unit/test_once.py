"""A property worked out once."""

from __future__ import annotations

from listserv.mail.once import once


class _Counted:
    def __init__(self) -> None:
        self.asked = 0

    @once
    def answer(self) -> int:
        """How often it was asked, the first time."""
        self.asked += 1
        return self.asked


def test_it_is_worked_out_once_for_each_value() -> None:
    one, other = _Counted(), _Counted()
    assert [one.answer, one.answer, other.answer] == [1, 1, 1]
    assert (one.asked, other.asked) == (1, 1)


def test_of_the_class_it_tells_what_it_is() -> None:
    assert _Counted.answer.__doc__ == "How often it was asked, the first time."
