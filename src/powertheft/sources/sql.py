"""Tables and queries of databases; the only place of SQLAlchemy here. Rule of the room: rename nothing."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy import exc

from powertheft.domain.files import FileMetadata
from powertheft.sources.addresses import is_query
from powertheft.sources.limits import BATCH_ROWS, MOST_COLUMNS
from powertheft.sources.opened import Found, Opened, tidied

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
SINGLE: dict[type, pl.DataType] = {
    bool: pl.Boolean(),
    int: pl.Int64(),
    float: pl.Float64(),
    date: pl.Date(),
    str: pl.String(),
}
CONNECT = {"postgresql": {"connect_timeout": 10}, "mysql": {"connect_timeout": 10}}


def open_sql(found: Found, address: str) -> Opened:
    """Stream a table or a query into Parquet in scratch: `postgresql://host/db#table` or `...#select ...`."""
    place, _, fragment = address.partition("#")
    with _connected(found, place) as connection:
        statement, name = _statement(found, connection, fragment)
        with _refusing(found):
            result = connection.execution_options(stream_results=True, max_row_buffer=BATCH_ROWS).execute(
                statement, found.parameters
            )
            parts, kinds, rows = _write(found, result)
    if not rows:
        raise found.refusal("holds no rows", "Check the name of the table, or the conditions of the query.")
    frame = pl.concat([_as_kinds(pl.scan_parquet(path, glob=False), kinds) for path in parts])
    size = sum(path.stat().st_size for path in parts)
    metadata = FileMetadata(f"{found.label.partition('#')[0]}#{name}", "sql", rows, tuple(kinds), 1, size)
    return Opened(tidied(frame), metadata, staged=tuple(parts))


@contextmanager
def _connected(found: Found, place: str) -> Generator[sa.Connection, None, None]:
    try:
        url = sa.make_url(place)
        url = url.set(drivername=DRIVERS.get(url.drivername.partition("+")[0], url.drivername))
    except (exc.ArgumentError, ValueError) as error:
        raise found.refusal(
            "is no address of a database", "Write it as postgresql://user@host/database#table."
        ) from error
    if url.get_backend_name() == "sqlite":
        url = _read_only(found, url)
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=CONNECT.get(url.get_backend_name(), {}))
    try:
        with _refusing(found, connecting=True):
            connection = engine.connect()
        with connection:
            _forbid_writing(connection)
            yield connection
    finally:
        engine.dispose()


def _forbid_writing(connection: sa.Connection) -> None:
    """Let no query change anything, whatever it says; SQLite is opened for reading alone already."""
    if connection.dialect.name == "postgresql":
        connection.execution_options(postgresql_readonly=True)
    elif connection.dialect.name == "mysql":
        connection.execute(sa.text("SET SESSION TRANSACTION READ ONLY"))
        connection.rollback()


def _read_only(found: Found, url: sa.URL) -> sa.URL:
    path = Path(url.database or "")
    if not url.database or not path.is_file():
        raise found.refusal("no such file", "Check the path for a slip: sqlite:///folder/file.db#table.")
    return url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})


def _statement(found: Found, connection: sa.Connection, fragment: str) -> tuple[Any, str]:
    if is_query(fragment):
        return sa.text(fragment.strip().rstrip(";")), "query"
    with _refusing(found):
        inspector = sa.inspect(connection)
        names = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
    wanted = fragment.strip()
    if not wanted and len(names) == 1:
        wanted = names[0]
    if not wanted:
        raise found.refusal("does not say which table", f"Add # and a table, or a query; there is {_some(names)}.")
    schema, _, name = wanted.rpartition(".")
    if not schema and wanted not in names:
        same = [table for table in names if table.casefold() == wanted.casefold()]
        if len(same) != 1:
            raise found.refusal(f"has no table {wanted}", f"There is {_some(names)}.")
        name = same[0]
    return sa.select(sa.text("*")).select_from(sa.table(name, schema=schema or None)), name


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (" and more" if len(names) > 20 else "") if names else "no table at all"


@contextmanager
def _refusing(found: Found, *, connecting: bool = False) -> Generator[None, None, None]:
    """Say in our words what a database refused: its own may hold a value of a row, or the address."""
    try:
        yield
    except exc.NoSuchModuleError as error:
        raise found.refusal(
            "is a database of a kind that is not read here", "There is PostgreSQL, MariaDB, SQLite."
        ) from error
    except (exc.DBAPIError, exc.SQLAlchemyError) as error:
        if found.name.casefold().startswith("sqlite") and not isinstance(error, exc.OperationalError):
            what = "is a database that is damaged, or no SQLite database"
            raise found.refusal(what, "Copy it again, in full.") from error
        if connecting:
            advice = "Check host, port, database, user and password, and that the server runs."
            raise found.refusal("does not let us in", advice) from error
        advice = "Check the names in the query, and that you may read the table."
        raise found.refusal("does not answer the query", advice) from error


def _write(found: Found, result: sa.CursorResult[Any]) -> tuple[list[Path], dict[str, pl.DataType], int]:
    names = [str(name).strip() for name in list(result.keys())]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise found.refusal(
            "there are two columns of this name", "Give one of them another name with AS.", column=twice
        )
    if len(names) > MOST_COLUMNS:
        raise found.refusal(f"has more than {MOST_COLUMNS:,} columns", "Name the columns you need in a query.")
    parts: list[Path] = []
    kinds: dict[str, pl.DataType] = {name: pl.Null() for name in names}
    rows = 0
    while batch := result.fetchmany(BATCH_ROWS):
        columns = list(zip(*batch, strict=True))
        frame = pl.DataFrame([_series(found, name, column) for name, column in zip(names, columns, strict=True)])
        kinds = {name: common_kind(kinds[name], frame.schema[name]) for name in names}
        path = found.scratch.new(".parquet")
        with found.scratch.writing():
            frame.write_parquet(path, compression="zstd")
        parts.append(path)
        rows += len(batch)
    return parts, kinds, rows


def _series(found: Found, name: str, column: Sequence[Any]) -> pl.Series:
    types = set(map(type, column)) - {type(None)}
    if types & {dict, list, tuple, set}:
        raise found.refusal("holds lists or objects, not single values", "Leave it out in a query.", column=name)
    if types & {bytes, bytearray, memoryview}:
        raise found.refusal("holds bytes, not values", "Leave it out in a query.", column=name)
    if types == {datetime}:
        # The wall clock of the database's session: bills and meters are dated by it.
        return _made(name, column, lambda value: value.replace(tzinfo=None), pl.Datetime("us"))
    if types <= {Decimal, int, float} and Decimal in types:
        whole = float not in types and all(_is_whole(value) for value in column)
        return _made(name, column, int if whole else float, pl.Int64() if whole else pl.Float64())
    if types == {int, float}:
        return _made(name, column, float, pl.Float64())
    kind = SINGLE.get(next(iter(types))) if len(types) == 1 else None
    return _made(name, column, _text, pl.String()) if kind is None and types else _plain(name, column, kind)


def _plain(name: str, column: Sequence[Any], kind: pl.DataType | None) -> pl.Series:
    try:
        return pl.Series(name, column, dtype=kind or pl.Null())
    except (OverflowError, TypeError):  # a whole number of more than 64 bits
        return _made(name, column, str, pl.String())


def _made(name: str, column: Sequence[Any], make: Callable[[Any], Any], kind: pl.DataType) -> pl.Series:
    try:
        return pl.Series(name, [None if value is None else make(value) for value in column], dtype=kind)
    except (OverflowError, TypeError):
        return pl.Series(name, [None if value is None else str(value) for value in column], dtype=pl.String)


def _is_whole(value: Any) -> bool:
    """Whether a value is a whole number, and written without a point, as the numbers of consumers are."""
    return not isinstance(value, Decimal) or value.as_tuple().exponent == 0


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)


def common_kind(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    """Return the kind that holds the values of both."""
    if other in (one, pl.Null()):
        return one
    if one == pl.Null:
        return other
    if {one, other} == {pl.Int64(), pl.Float64()}:
        return pl.Float64()
    if {one, other} == {pl.Date(), pl.Datetime("us")}:
        return pl.Datetime("us")
    return pl.String()


def _as_kinds(frame: pl.LazyFrame, kinds: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    return frame.select(pl.col(name).cast(kind if kind != pl.Null else pl.String) for name, kind in kinds.items())
