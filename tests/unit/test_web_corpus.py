"""Real archives and real mail on the pages: a part of each; `make faults` shows all of it."""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from listserv.mail.mbox import read_mbox
from tests.page_judge import judge_group
from tests.web_site import WebSiteUnderTest, web_site

pytestmark = pytest.mark.corpus

ARCHIVES = ("usrp-users-4000-6599.mbox.xz", "ksummit-discuss-all.mbox.xz")
FOLDERS = ("clients", "mime", "unicode", "malformed", "replies", "threading")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WebSiteUnderTest]:
    with web_site(tmp_path, f"sqlite:///{tmp_path / 'listserv.db'}") as made:
        yield made


@pytest.mark.parametrize("name", ARCHIVES)
def test_the_first_conversations_of_an_archive_are_shown(site: WebSiteUnderTest, corpus: Path, name: str) -> None:
    with lzma.open(corpus / "archive" / name) as octets:
        site.archive(site.group("archive"), *islice(read_mbox(octets), 100))
    visited = judge_group(site, "archive")
    assert visited.faults == []
    assert len(visited.thread_seconds) > 5


def test_odd_mail_of_every_kind_is_shown(site: WebSiteUnderTest, corpus: Path) -> None:
    files = [path for folder in FOLDERS for path in sorted((corpus / folder).iterdir()) if path.is_file()]
    site.archive(site.group("odd"), *dict.fromkeys(path.read_bytes() for path in files[::8]))
    visited = judge_group(site, "odd")
    assert visited.faults == []
    assert max(visited.post_seconds) < 3
