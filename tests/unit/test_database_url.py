"""A wrong address of the database is one sentence that says what is allowed; a file's is taken to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.errors import ConfigError, StoreUnavailable
from listserv.store.engine import Database
from listserv.store.migrate import upgrade


@pytest.mark.parametrize(
    "address",
    ["postgresql+psycopg://u:word@host:port/x", "postgresql+psycopg://[::1/x", "postgresql+psycopg://h/x?plugin=none"],
)
@pytest.mark.postgres
def test_an_address_that_cannot_be_read_is_a_fault_of_the_configuration(address: str) -> None:
    with pytest.raises(ConfigError, match=r"database\.url") as raised:
        Database(address)
    assert "word" not in raised.value.public


@pytest.mark.parametrize("option", ["nonsense=1", "connect_timeout=soon"])
@pytest.mark.postgres
def test_an_option_the_driver_does_not_know_is_told_in_its_words(option: str) -> None:
    database = Database(f"postgresql+psycopg://u@127.0.0.1:1/x?{option}")
    with pytest.raises(StoreUnavailable) as raised:
        upgrade(database)
    assert option.partition("=")[0] in raised.value.private
    database.close()


@pytest.mark.parametrize("folder", ["50%25 of a%20name", "what?", "a#b", "x@y:z"])
def test_a_folder_may_have_any_name(tmp_path: Path, folder: str) -> None:
    file = tmp_path / folder / "listserv.db"
    file.parent.mkdir()
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    assert file.stat().st_size > 0
    assert [each.name for each in tmp_path.iterdir()] == [folder]
