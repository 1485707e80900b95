"""Fixtures for all tests: the databases, the private servers, the mail corpus, and how hypothesis runs.

`database_url` runs a test once on each database. Other fixtures come from tests/servers; a test that uses one also
carries its mark (`postgres`, `postfix`, ...), so that `pytest -m "not postgres"` leaves it out.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.servers.chromium",
    "tests.servers.dovecot",
    "tests.servers.postfix",
    "tests.servers.postgres",
]

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database: a SQLite file that is not there yet, then a PostgreSQL database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'listserv.db'}"
    url: str = request.getfixturevalue("postgres")
    return url


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of the mail corpus; the test is skipped where there is none."""
    folder = Path(os.environ.get("LISTSERV_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not folder.is_dir():
        pytest.skip(f"no mail corpus at {folder} (set LISTSERV_CORPUS)")
    return folder
