"""Opening the database: its address, its connection, its migrations.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import contextlib
import os
import sqlite3
from collections.abc import Generator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from powertheft.domain.errors import ChoiceError, InputError
from powertheft.store.tables import VERSION_TABLE

HEAD = "0005"
MIGRATIONS = Path(__file__).parent / "migrations"
# Seconds that one process waits for another that is writing.
PATIENCE = 60
READING = "powertheft_reading"
"""The option of an engine whose transactions only read."""

AT_ONCE = 10
"""Connections to a file that are kept open: as many as answer at once, and some."""

DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}

_LOCK = 7_207_316_154


def open_engine(address: str) -> sa.Engine:
    """Return an engine on a database that has today's tables, made or brought up to date if it had not."""
    url = _url(address)
    if url.drivername.startswith("sqlite"):
        _prepare_file(url)
    engine = _engine(url)
    try:
        if revision_of(engine) != HEAD:
            _migrate(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        raise refusal(url, error) from None
    except BaseException:
        engine.dispose()
        raise
    return engine


def refusal(url: sa.URL, error: SQLAlchemyError) -> InputError:
    """Return what to tell a user of a database that does not do as asked: no password, and no value of a row."""
    told = getattr(error, "orig", None) or error
    # The number that PostgreSQL or MariaDB gives its error: what its manual explains. Its text may quote a row.
    number = getattr(told, "sqlstate", None) or next((part for part in told.args[:1] if isinstance(part, int)), None)
    reason = type(told).__name__ if number is None else f"{type(told).__name__}, {number}"
    msg = f"the database cannot be used ({reason})"
    advice = "See that it runs, that the address in POWERTHEFT_DATABASE is right and that you may write to it."
    return InputError(msg, file=url.render_as_string(hide_password=True), advice=advice)


def _url(address: str) -> sa.URL:
    try:
        url = sa.make_url(address)
        kind = url.drivername.partition("+")[0]
        if kind not in DRIVERS:
            raise ArgumentError(kind)
        # The driver is ours to choose: the one that is installed.
        return url.set(drivername=DRIVERS[kind])
    except (ArgumentError, ValueError):
        # Not "from error": the address may hold a password.
        msg = "POWERTHEFT_DATABASE is not the address of a database"
        advice = "Write sqlite:////folder/file.db, postgresql://user@host/database or mariadb://user@host/database."
        raise ChoiceError(msg, advice=advice) from None


def _prepare_file(url: sa.URL) -> None:
    if url.database and url.database != ":memory:":
        path = Path(url.database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        except OSError as error:
            msg = f"the database cannot be opened ({error.strerror})"
            raise InputError(msg, file=path, advice="Choose a home that you may write to.") from error


def _engine(url: sa.URL) -> sa.Engine:
    if url.drivername != DRIVERS["sqlite"]:
        # On MariaDB's own default a transaction does not see what others committed since it began.
        return sa.create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, hide_parameters=True)
    engine = sa.create_engine(url, connect_args={"timeout": PATIENCE}, hide_parameters=True, pool_size=AT_ONCE)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own idea of when a transaction begins leaves reads and tables outside of it: we begin it.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # Who reads sees what was committed last, while somebody writes. A file that is in use just now is left as it is.
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: sa.Connection) -> None:
    reads = READING in connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA query_only = {int(reads)}")
    # Immediate: two writers wait for each other at the beginning, where nothing is lost by waiting.
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def revision_of(engine: sa.Engine) -> str | None:
    """Return which step of the migrations a database has reached, None where it has no tables of ours."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(VERSION_TABLE):
            return None
        return connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE)))


def _migrate(engine: sa.Engine) -> None:
    # Late: Alembic takes a quarter of a second, and a database is brought up to date once.
    from alembic.command import upgrade
    from alembic.config import Config
    from alembic.util import CommandError

    with engine.begin() as connection, _alone(connection):
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        try:
            upgrade(config, "head")
        except CommandError as error:
            msg = "the database was written by a newer powertheft"
            raise InputError(msg, file=_shown(engine), advice="Update powertheft, or use another database.") from error


@contextlib.contextmanager
def _alone(connection: sa.Connection) -> Generator[None]:
    """Let one process at a time change the tables; SQLite's transaction is already alone."""
    kind = connection.dialect.name
    if kind == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    if kind not in {"mysql", "mariadb"}:
        yield
        return
    connection.execute(sa.select(sa.func.get_lock(f"powertheft {_LOCK}", PATIENCE)))
    try:
        yield
    finally:
        connection.execute(sa.select(sa.func.release_lock(f"powertheft {_LOCK}")))


def _shown(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
