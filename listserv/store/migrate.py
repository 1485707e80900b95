"""Brings a database to today's schema, in one transaction; refuses one that a newer version made."""

from __future__ import annotations

import secrets as random_source
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select

from listserv.errors import ConfigError
from listserv.store.engine import Database
from listserv.store.schema import secrets

KEY_OCTETS = 32


def upgrade(database: Database) -> None:
    """The database has today's tables and a signing key afterwards; an upgrade broken off changes nothing.

    Raises ConfigError if a newer version of the program made the database.
    """
    with database.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(76, 0)")
        config = _alembic(connection)
        script = ScriptDirectory.from_config(config)
        present = MigrationContext.configure(connection).get_current_revision()
        known = {revision.revision for revision in script.walk_revisions()}
        if present is not None and present not in known:
            raise ConfigError("The database was made by a newer version of listserv; install that version or later.")
        if present != script.get_current_head():
            command.upgrade(config, "head")
        signing_key(connection)


def is_current(database: Database) -> bool:
    """True if the database is there and has today's schema."""
    if not database.exists:
        return False
    with database.read() as connection:
        script = ScriptDirectory.from_config(_alembic(connection))
        return MigrationContext.configure(connection).get_current_revision() == script.get_current_head()


def signing_key(connection: Connection) -> bytes:
    """The installation's key for signed addresses and links; made once, shared by every node."""
    held = connection.execute(select(secrets.c.octets).where(secrets.c.name == "signing")).scalar_one_or_none()
    if held is not None:
        return bytes(held)
    key = random_source.token_bytes(KEY_OCTETS)
    connection.execute(secrets.insert().values(name="signing", octets=key))
    return key


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config
