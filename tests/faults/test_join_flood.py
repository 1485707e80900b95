"""The whole flood of forged join requests; `make test` has a tenth of it."""

from __future__ import annotations

from pathlib import Path

from tests.join_flood import flood
from tests.reception_site import a_site


def test_ten_thousand_forged_requests_for_a_hundred_victims_make_a_hundred_mails_at_most(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        assert flood(site, requests=10_000, victims=100) == 100
