"""Every conversation and post of the corpus on its page, and how long that takes, for `make faults`."""

from __future__ import annotations

import lzma
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.mail.mbox import read_mbox
from tests.page_judge import judge_group
from tests.web_site import WebSiteUnderTest, web_site

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(1800)]

ARCHIVES = ("usrp-users-4000-6599.mbox.xz", "ksummit-discuss-all.mbox.xz")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        yield made


def ninety_fifth(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_conversation_is_shown(site: WebSiteUnderTest, corpus: Path, name: str) -> None:
    with lzma.open(corpus / "archive" / name) as octets:
        site.archive(site.group("archive"), *read_mbox(octets))
    cold = judge_group(site, "archive")
    assert cold.faults == []
    warm = judge_group(site, "archive")
    first, again = ninety_fifth(cold.thread_seconds), ninety_fifth(warm.thread_seconds)
    print(f"{name}: {len(cold.thread_seconds)} conversations, 95 % within {first:.3f} s, again {again:.3f} s")
    assert again < 0.1


def test_every_message_of_the_corpus_is_shown(site: WebSiteUnderTest, corpus: Path) -> None:
    files = [path for path in sorted(corpus.rglob("*")) if path.is_file() and path.parent.name != "archive"]
    site.archive(site.group("odd"), *dict.fromkeys(path.read_bytes() for path in files))
    visited = judge_group(site, "odd")
    assert visited.faults == []
    assert max(visited.post_seconds) < 5
