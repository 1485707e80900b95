"""A short replay in every test run; the whole of both archives is `make faults`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.replay import run


@pytest.mark.corpus
def test_nothing_is_lost_over_two_kills(corpus: Path, tmp_path: Path) -> None:
    archive = corpus / "archive" / "ksummit-discuss-all.mbox.xz"
    assert run(tmp_path, [archive], subscribers=10, kills=2, limit=250) == []
