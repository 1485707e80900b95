"""Fixtures for all tests: the databases, the private servers, the mail corpus, and how hypothesis runs.

`database_url` runs a test once on each database. Other fixtures come from tests/servers; a test that uses one also
carries its mark (`postgres`, `postfix`, ...), so that `pytest -m "not postgres"` leaves it out.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
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


LONG = ("crash", "peers", "scenario")  # folders of tests that take seconds, not moments


def _worker(config: pytest.Config) -> tuple[int, int] | None:
    """Which worker of how many this process is, in a run of all tests; else None."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return None
    return int(worker.removeprefix("gw")), int(os.environ["PYTEST_XDIST_WORKER_COUNT"])


def pytest_collection(session: pytest.Session) -> None:
    """Each worker first imports its own share of the tests, so that none compiles what another has compiled.

    In a fresh clone that is nine seconds of each, as pytest rewrites every `assert`; what was compiled is on disk.
    """
    if place := _worker(session.config):
        for file in sorted((ROOT / "tests").rglob("test_*.py"))[place[0] :: place[1]]:
            with suppress(Exception):  # collecting it says what is wrong
                import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every worker begins with its share of the long tests: none is left over when the others have ended.

    `--dist worksteal` gives each an equal piece of the row and, later, takes from the ends of pieces.
    """
    if place := _worker(config):
        items[:] = _dealt(items, place[1])


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """From here on the garbage collector leaves alone what collecting made: ten thousand tests and all modules.

    They stay to the end of the run; looked at again in every full collection, they cost more than the tests did.
    """
    gc.collect()
    gc.freeze()


def _dealt(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """The same in pieces as long as each other, each with some files of long tests in front."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    long = [some for path, some in files.items() if path.parent.name in LONG]
    rest = [item for path, some in files.items() if path.parent.name not in LONG for item in some]
    dealt: list[pytest.Item] = []
    for worker in range(workers):
        piece = [item for some in long[worker::workers] for item in some]
        size = (len(items) - len(dealt)) // (workers - worker)
        room = max(0, size - len(piece))
        dealt += piece + rest[:room]
        del rest[:room]
    return dealt + rest


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
