"""Brings a database to today's schema, in one transaction; refuses one that a newer version made."""

from __future__ import annotations

import secrets as random_source
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, select, text

from listserv.errors import ConfigError
from listserv.store.engine import Database
from listserv.store.schema import secrets

if TYPE_CHECKING:
    from alembic.config import Config

KEY_OCTETS = 32
VERSIONS = Path(__file__).with_name("migrations") / "versions"


def upgrade(database: Database) -> None:
    """The database has today's tables and a signing key afterwards; an upgrade broken off changes nothing.

    Raises ConfigError if a newer version of the program made the database.
    """
    from alembic import command

    _make_file(database)
    with database.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(76, 0)")
        present = _present(connection)
        if present is not None and present not in revisions():
            raise ConfigError("The database was made by a newer version of listserv; install that version or later.")
        if present != revisions()[-1]:
            command.upgrade(_alembic(connection), "head")
        signing_key(connection)


def _make_file(database: Database) -> None:
    """A new SQLite file, and with it its log, is for its owner alone: it holds the signing key and everybody's mail.

    Where it cannot be made, opening it says why.
    """
    if database.file is not None and not database.exists:
        with suppress(OSError):
            database.file.touch(mode=0o600)


def is_current(database: Database) -> bool:
    """True if the database is there and has today's schema."""
    if not database.exists:
        return False
    with database.read() as connection:
        return _present(connection) == revisions()[-1]


def revisions() -> list[str]:
    """Every revision there is, oldest first: the file `v0002_clock.py` holds the revision 0002.

    Read from the names, so that a command line call need not import Alembic to know that all is well.
    """
    return sorted(file.name[1:5] for file in VERSIONS.glob("v[0-9][0-9][0-9][0-9]_*.py"))


def _present(connection: Connection) -> str | None:
    """The revision the database has, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def signing_key(connection: Connection) -> bytes:
    """The installation's key for signed addresses and links; made once, shared by every node."""
    held = connection.execute(select(secrets.c.octets).where(secrets.c.name == "signing")).scalar_one_or_none()
    if held is not None:
        return bytes(held)
    key = random_source.token_bytes(KEY_OCTETS)
    connection.execute(secrets.insert().values(name="signing", octets=key))
    return key


def _alembic(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config
