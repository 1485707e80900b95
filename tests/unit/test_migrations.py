"""The migrations and the tables are one; an upgrade is whole or nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from listserv.errors import ConfigError
from listserv.store.engine import Database
from listserv.store.migrate import VERSIONS, is_current, revisions, signing_key, upgrade
from listserv.store.schema import metadata
from tests.store_site import made

# What the migrations make beyond the tables of schema.py: the search index of each engine.
BEYOND = {"post_search", "post_search_config", "post_search_content", "post_search_data", "post_search_docsize",
          "post_search_idx", "alembic_version"}  # fmt: skip


def test_the_migrations_make_what_the_schema_says(empty_database_url: str) -> None:
    def ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return not (
            (kind == "table" and name in BEYOND)
            or (kind == "index" and name == "ix_post_text_search")
            or (kind == "column" and name == "search")
        )

    with made(empty_database_url) as database, database.begin() as connection:
        options = {"include_object": ours, "compare_type": False}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_the_migrations_keep_which_ids_are_never_given_twice(tmp_path: Path) -> None:
    """SQLite's tables that are made anew in a later migration forget it unless they are told."""
    with made(f"sqlite:///{tmp_path}/listserv.db") as database, database.begin() as connection:
        found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'")
        wanted = {name for name, table in metadata.tables.items() if table.dialect_options["sqlite"]["autoincrement"]}
        assert set(found.scalars()) == wanted > {"person", "subscription"}


def test_the_file_names_tell_the_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    script = ScriptDirectory.from_config(config)
    assert [each.revision for each in script.walk_revisions()][::-1] == revisions()


def test_an_empty_database_is_not_current_an_upgraded_one_is(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    try:
        assert not is_current(database)
        upgrade(database)
        assert is_current(database)
        with database.begin() as connection:
            key = signing_key(connection)
        upgrade(database)
        with database.begin() as connection:
            assert signing_key(connection) == key
        assert len(key) == 32
    finally:
        database.close()


def test_nodes_that_start_together_upgrade_once(empty_database_url: str) -> None:
    faults: list[BaseException] = []

    def start() -> None:
        database = Database(empty_database_url)
        try:
            upgrade(database)
        except BaseException as error:
            faults.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with made(f"sqlite:///{tmp_path / 'newer.db'}") as database:
        with database.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(ConfigError, match="newer version"):
            upgrade(database)
