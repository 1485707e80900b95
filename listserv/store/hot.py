"""Statements of the hot path: made by SQLAlchemy once, handed to the driver as they are, from then on.

`connection.execute` spends five times on a small statement what the database does. A `Hot` statement compiles once for
each engine and set of values, converts values and columns by the same types, and raises the same errors; it belongs to
the connection's transaction like any other. For statements of a fixed shape with plain values: a list of values (IN)
is written as so many single ones, of which the last is repeated to fill the places.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, CompoundSelect, Connection, Delete, Insert, LargeBinary, Select, Update, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from listserv.store.schema.types import Instant, to_micros

_Convert = Callable[[Any], Any]
_Statement = Select[Any] | CompoundSelect[Any] | Insert | Update | Delete

SIZES = (1, 4, 10, 30, 100, 200)  # how many values a statement about some has places for; the last as a chunk of a mail


_PLACES = [f"place_{number}" for number in range(SIZES[-1])]
_NO_VALUES: Mapping[str, Any] = {}


class _Ready(NamedTuple):
    """A compiled statement: its text, how its parameters are made of the values, and how a row is read.

    `pick` takes the values, with those of the statement itself (`constants`), in the order of the parameters; `names`
    are the parameters' own where they have names; `first` reads the first column.
    """

    text: str
    constants: Mapping[str, Any]
    pick: Callable[[Mapping[str, Any]], Sequence[Any]]
    binds: tuple[tuple[int, _Convert], ...]
    names: tuple[str, ...] | None
    row: _Convert
    first: _Convert | None
    converts: tuple[tuple[int, _Convert], ...]


class Hot:
    """One statement, ready for each engine."""

    __slots__ = ("_ready", "_statement")

    def __init__(self, statement: _Statement) -> None:
        self._statement = statement
        self._ready: dict[tuple[str, ...], _Ready] = {}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """All rows, as named tuples."""
        ready = self._prepared(connection, values)
        found = _fetched(connection, ready, values)
        if not ready.converts:
            return list(map(ready.row, found))
        return [_row(ready, each) for each in found]

    def tuples(self, connection: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows as the driver gives them: for many rows at once, of columns that need no conversion."""
        cursor = _executed(connection, self._prepared(connection, values), values)
        try:
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found
        finally:
            cursor.close()

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any | None:
        """The first row, None if there is none."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def scalar(self, connection: Connection, values: Mapping[str, Any]) -> Any | None:
        """The first column of the first row, None if there is none."""
        ready = self._prepared(connection, values)
        found = _fetched(connection, ready, values)
        if not found:
            return None
        value = found[0][0]
        return value if ready.first is None else ready.first(value)

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Executes it; gives how many rows it concerned."""
        return int(_executed(connection, self._prepared(connection, values), values).rowcount)

    def run_each(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Executes it for each of these, of which there is one at least and all have the same keys."""
        ready = self._prepared(connection, rows[0])
        if len(rows) == 1:
            _executed(connection, ready, rows[0])
            return
        if not connection.in_transaction():
            connection.begin()
        _sent_each(connection, ready.text, [_parameters(ready, values) for values in rows])

    def _prepared(self, connection: Connection, values: Mapping[str, Any]) -> _Ready:
        key = (connection.dialect.name, *values)
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = self._compiled(connection, values)
        return ready

    def _compiled(self, connection: Connection, values: Mapping[str, Any]) -> _Ready:
        dialect = connection.dialect
        columns = list(values) if isinstance(self._statement, Insert) else None
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=columns)
        named = {name: bind for bind, name in compiled.bind_names.items()}
        order = compiled.positiontup if compiled.positional else list(named)
        binds = [named[name] for name in order]
        constants = {bind.key: bind.effective_value for bind in binds if bind.key not in values}
        columns_out = list(self._statement.exported_columns)
        converts = [
            (place, reader)
            for place, column in enumerate(columns_out)
            if (reader := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]
        made: Any = namedtuple("Row", [column.key for column in columns_out])  # type: ignore[misc]
        return _Ready(
            str(compiled),
            constants,
            _picker([bind.key for bind in binds]),
            tuple([(at, convert) for at, bind in enumerate(binds) if (convert := _written_by(bind.type, dialect))]),
            None if compiled.positional else tuple(order),
            partial(tuple.__new__, made),  # as its _make, without a frame a row
            dict(converts).get(0),
            tuple(converts),
        )


class HotAmong:
    """One statement about any number of values: it is run for some hundred of them at a time.

    `made` is given the places of the values and makes the statement of them.
    """

    __slots__ = ("_made", "_sized")

    def __init__(self, made: Callable[[Sequence[BindParameter[Any]]], _Statement]) -> None:
        self._made = made
        self._sized: dict[int, Hot] = {}

    def rows(self, connection: Connection, among: Iterable[Any], values: Mapping[str, Any] = _NO_VALUES) -> list[Any]:
        """All rows about these values, as named tuples; `values` are the statement's others."""
        found: list[Any] = []
        for hot, placed in self._parts(among, values):
            found += hot.rows(connection, placed)
        return found

    def tuples(self, connection: Connection, among: Iterable[Any]) -> list[tuple[Any, ...]]:
        """All rows about these values as the driver gives them, of columns that need no conversion."""
        found: list[tuple[Any, ...]] = []
        for hot, placed in self._parts(among, _NO_VALUES):
            found += hot.tuples(connection, placed)
        return found

    def run(self, connection: Connection, among: Iterable[Any], values: Mapping[str, Any] = _NO_VALUES) -> None:
        """Executes it for all of these values."""
        for hot, placed in self._parts(among, values):
            hot.run(connection, placed)

    def _parts(self, among: Iterable[Any], values: Mapping[str, Any]) -> Iterator[tuple[Hot, Mapping[str, Any]]]:
        wanted = list(among)
        for start in range(0, len(wanted), SIZES[-1]):
            part = wanted[start : start + SIZES[-1]]
            size = next(size for size in SIZES if size >= len(part))
            part += part[-1:] * (size - len(part))
            yield self._of(size), {**values, **dict(zip(_PLACES, part, strict=False))}

    def _of(self, size: int) -> Hot:
        if size not in self._sized:
            self._sized[size] = Hot(self._made([bindparam(place) for place in _PLACES[:size]]))
        return self._sized[size]


def plain(connection: Connection, text: str) -> None:
    """Executes a statement without values and rows (BEGIN, SAVEPOINT), written as the database has it.

    It begins no transaction by itself.
    """
    _sent(connection, text, ())


def _fetched(connection: Connection, ready: _Ready, values: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = _executed(connection, ready, values).fetchall()
    return found


def _executed(connection: Connection, ready: _Ready, values: Mapping[str, Any]) -> Any:
    if not connection.in_transaction():
        connection.begin()
    return _sent(connection, ready.text, _parameters(ready, values))


def _parameters(ready: _Ready, values: Mapping[str, Any]) -> Any:
    made = ready.pick({**ready.constants, **values} if ready.constants else values)
    if ready.binds:
        made = list(made)
        for place, convert in ready.binds:
            if made[place] is not None:
                made[place] = convert(made[place])
    return made if ready.names is None else dict(zip(ready.names, made, strict=True))


def _picker(keys: Sequence[str]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """What takes the values of these keys, in order, out of a mapping."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return lambda values: [values[key] for key in keys]


def _written_by(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    """What makes a value the driver's; of a time at once, as each post has eight; both drivers take octets as such."""
    if isinstance(kind, LargeBinary):
        return None
    return to_micros if isinstance(kind, Instant) else kind.dialect_impl(dialect).bind_processor(dialect)


def _sent(connection: Connection, text: str, parameters: Any) -> Any:
    """The cursor of what was executed, by the driver's own short way; errors as SQLAlchemy raises them."""
    raw: Any = connection.connection.dbapi_connection
    try:
        return raw.execute(text, parameters)
    except Exception as error:
        raise _told(connection, error, text, parameters) from error


def _sent_each(connection: Connection, text: str, rows: Sequence[Any]) -> None:
    raw: Any = connection.connection.dbapi_connection
    cursor = raw.cursor()
    try:
        cursor.executemany(text, rows)
    except Exception as error:
        raise _told(connection, error, text, rows) from error
    finally:
        cursor.close()


def _told(connection: Connection, error: Exception, text: str, parameters: Any) -> BaseException:
    """The driver's error as SQLAlchemy tells it; any other is raised as it is."""
    dialect: Any = connection.dialect
    if not isinstance(error, dialect.loaded_dbapi.Error):
        raise error
    lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    told: BaseException = DBAPIError.instance(
        text, parameters, error, dialect.loaded_dbapi.Error, connection_invalidated=lost, dialect=dialect
    )
    return told


def _row(ready: _Ready, found: Any) -> Any:
    found = list(found)
    for place, convert in ready.converts:
        found[place] = convert(found[place])
    return ready.row(found)
