"""Two nodes on PostgreSQL, killed at random under posts and bounces for $LISTSERV_FAULT_SECONDS (300)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import two_nodes

SECONDS = float(os.environ.get("LISTSERV_FAULT_SECONDS", "300"))


@pytest.mark.postgres
@pytest.mark.timeout(int(SECONDS) + 600)
def test_minutes_of_kills_lose_nothing(tmp_path: Path, postgres: str) -> None:
    ran = two_nodes.run(tmp_path, postgres, SECONDS, short_lease=False)
    print(f"{len(ran.posted)} posts, {ran.bounces} bounces, {ran.kills} kills: {ran.doubled} of {ran.allowed} twice")
    assert two_nodes.faults(ran) == []
    assert ran.kills
