"""What is kept of the posts that leave: by number and by octets, the newest whatever its size."""

from __future__ import annotations

from functools import partial
from itertools import count

import pytest

from listserv.outbound import kept_templates
from listserv.outbound.kept_templates import MOST, KeptTemplates
from listserv.outbound.mediate import Template


def of_octets(size: int) -> Template:
    return Template("b@x.nz", False, b"", b"", b"", b"x" * size)


def prepared(kept: KeptTemplates, *asked: str, size: int = 10) -> list[str]:
    """Which of those that were asked for had to be prepared."""
    made: list[str] = []

    def prepare(key: str) -> Template:
        made.append(key)
        return of_octets(size)

    for key in asked:
        assert kept.get(key, partial(prepare, key)).octets == size
    return made


def test_each_is_prepared_once() -> None:
    assert prepared(KeptTemplates(), "a", "b", "a", "b", "a") == ["a", "b"]


def test_so_many_are_kept_and_who_was_asked_for_least_lately_goes() -> None:
    names = [str(number) for number in range(MOST)]
    kept = KeptTemplates()
    prepared(kept, *names, "0", "new")
    assert prepared(kept, "0", "new", *names[2:]) == []
    assert prepared(kept, "1") == ["1"]


def test_long_ones_are_fewer_and_the_newest_is_kept_whatever_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_templates, "MOST_OCTETS", 100)
    kept = KeptTemplates()
    assert prepared(kept, "a", "b", "c", size=40) == ["a", "b", "c"]
    assert prepared(kept, "b", "c", "b", size=40) == []
    assert prepared(kept, "long", "long", size=1_000) == ["long"]
    assert prepared(kept, "b", "long", size=1_000) == ["b", "long"]


def test_what_cannot_be_prepared_leaves_the_others() -> None:
    kept, tries = KeptTemplates(), count()

    def fails() -> Template:
        next(tries)
        raise LookupError

    prepared(kept, "a")
    for _ in range(2):
        with pytest.raises(LookupError):
            kept.get("b", fails)
    assert next(tries) == 2
    assert prepared(kept, "a") == []
