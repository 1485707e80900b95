"""Two nodes on PostgreSQL killed at random for some seconds; `make faults` has five minutes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import two_nodes


@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_nothing_is_lost_and_only_the_unsettled_comes_twice(tmp_path: Path, postgres: str) -> None:
    ran = two_nodes.run(tmp_path, postgres, 12.0, short_lease=True)
    print(f"{len(ran.posted)} posts, {ran.bounces} bounces, {ran.kills} kills: {ran.doubled} of {ran.allowed} twice")
    assert two_nodes.faults(ran) == []
    assert ran.kills
    assert len(ran.posted) > 5
    assert ran.bounces
