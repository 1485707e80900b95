"""Fixtures for all tests: the databases, the private servers, the mail corpus, and how hypothesis runs.

`database_url` runs a test once on each database. Other fixtures come from tests/servers; a test that uses one also
carries its mark (`postgres`, `postfix`, ...), so that `pytest -m "not postgres"` leaves it out.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.store_site import lay

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


def pytest_xdist_auto_num_workers() -> int:
    """Two a core for `-n auto`: half of the time a test waits for a server, a lease or a commit."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection(session: pytest.Session) -> None:
    """Each worker of a whole run first imports its own share of the tests, so that none compiles what another has.

    In a fresh clone that is nine seconds of each, as pytest rewrites every `assert`; what was compiled is on disk.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker or session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    workers = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    for file in sorted((ROOT / "tests").rglob("test_*.py"))[int(worker.removeprefix("gw")) % workers :: workers]:
        with suppress(Exception):  # collecting it says what is wrong
            import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of a database of nothing but today's tables: a SQLite file, then a PostgreSQL database."""
    url = _url(request, tmp_path, "postgres")
    if url.startswith("sqlite"):
        lay(tmp_path / "listserv.db")
    return url


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database: a SQLite file that is not there yet, then a PostgreSQL database."""
    return _url(request, tmp_path, "empty_postgres")


def _url(request: pytest.FixtureRequest, folder: Path, postgres: str) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folder / 'listserv.db'}"
    url: str = request.getfixturevalue(postgres)
    return url


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of the mail corpus; the test is skipped where there is none."""
    folder = Path(os.environ.get("LISTSERV_CORPUS") or ROOT.parent / "shared" / "corpus")
    if not folder.is_dir():
        pytest.skip(f"no mail corpus at {folder} (set LISTSERV_CORPUS)")
    return folder
