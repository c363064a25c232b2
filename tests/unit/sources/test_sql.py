"""Tables and queries of databases: SQLite, and real servers of PostgreSQL and MariaDB."""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

import polars as pl
import pytest
import sqlalchemy as sa

from powertheft.domain.errors import InputError
from powertheft.sources.sql import DRIVERS
from powertheft.sources.tables import open_tables

ROWS = 120_000
"""More than two batches of 50,000."""


@pytest.fixture
def database(tmp_path: Path) -> str:
    connection = sqlite3.connect(tmp_path / "ledger.db")
    connection.execute("create table bills (sc_no text, kwh real, bill_no integer, mixed)")
    rows = [("007", 1.5, 1, "x"), (" 008 ", 2.0, None, 3), ("", None, 3, None)]
    connection.executemany("insert into bills values (?, ?, ?, ?)", rows)
    connection.commit()
    connection.close()
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def table(server: str) -> Iterator[tuple[str, str]]:
    """A table on the server with a row of every kind of value, and the address of the server."""
    name = f"bills_{uuid4().hex[:12]}"
    url = sa.make_url(server)
    engine = sa.create_engine(url.set(drivername=DRIVERS[url.drivername]))
    columns = (
        "(sc_no numeric(12, 0), kwh numeric(12, 2), bill_date date, at timestamp, name varchar(40), is_hand smallint)"
    )
    insert = sa.text(f"insert into {name} values (:sc, 1.25, '2025-06-30', '2025-06-30 10:00:00', ' Kumar ', 1)")
    with engine.begin() as connection:
        connection.execute(sa.text(f"create table {name} {columns}"))
        connection.execute(insert, [{"sc": 40000000000 + number} for number in range(3)])
    yield server, name
    with engine.begin() as connection:
        connection.execute(sa.text(f"drop table {name}"))
    engine.dispose()


def test_a_table_keeps_the_types_of_the_database(table: tuple[str, str], scratch: Path) -> None:
    server, name = table
    (read,) = open_tables(f"{server}#{name}", scratch=scratch)
    frame = read.frame.collect()
    expected = (40000000000, 1.25, date(2025, 6, 30), datetime(2025, 6, 30, 10), "Kumar", 1)
    assert frame.row(0) == expected
    assert frame.schema.dtypes() == [pl.Int64, pl.Float64, pl.Date, pl.Datetime("us"), pl.String, pl.Int64]
    assert read.place_of(2) == (f"test#{name}", 3)


def test_a_query_takes_parameters_as_a_high_water_mark_needs(table: tuple[str, str], scratch: Path) -> None:
    server, name = table
    query = f"{server}#select sc_no, kwh from {name} where sc_no > :mark order by sc_no"
    (read,) = open_tables(query, scratch=scratch, parameters={"mark": 40000000000})
    assert read.frame.collect()["sc_no"].to_list() == [40000000001, 40000000002]
    assert read.stem == "query"


def test_a_query_of_many_rows_streams_in_batches(server: str, scratch: Path) -> None:
    numbers = f"generate_series(1, {ROWS}) as s(n)" if server.startswith("postgres") else f"seq_1_to_{ROWS} as s(n)"
    if not server.startswith("postgres"):
        numbers = f"(select seq as n from seq_1_to_{ROWS}) as s"
    (read,) = open_tables(f"{server}#select n, n * 2 as m from {numbers}", scratch=scratch)
    assert len(read.staged) == 3
    assert read.rows == ROWS
    assert read.frame.select(pl.col("n").sum()).collect().item() == ROWS * (ROWS + 1) // 2


def test_a_query_can_change_nothing(table: tuple[str, str], scratch: Path) -> None:
    server, name = table
    query = f"with gone as (delete from {name} returning *) select * from gone"
    with pytest.raises(InputError, match="does not answer the query"):
        open_tables(f"{server}#{query}", scratch=scratch)
    assert open_tables(f"{server}#{name}", scratch=scratch)[0].rows == 3


def test_a_password_reaches_no_message(server: str, scratch: Path) -> None:
    secret = server.replace("root@", "nobody:Secret-42@")
    with pytest.raises(InputError, match="does not let us in") as caught:
        open_tables(f"{secret}#bills", scratch=scratch)
    assert "Secret-42" not in str(caught.value)
    assert "nobody:***@" in str(caught.value)


def test_sqlite_values_of_several_types_become_text(database: str, scratch: Path) -> None:
    (read,) = open_tables(f"{database}#bills", scratch=scratch)
    assert read.frame.collect().rows() == [("007", 1.5, 1, "x"), ("008", 2.0, None, "3"), (None, None, 3, None)]


def test_the_only_table_needs_no_name(database: str, scratch: Path) -> None:
    assert open_tables(database, scratch=scratch)[0].stem == "bills"


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("#nothing", "has no table nothing"),
        ("#select nothing from bills", "does not answer the query"),
        ("#select * from bills where sc_no = 'x'", "holds no rows"),
        ("#select sc_no, kwh as sc_no from bills", "two columns of this name"),
        ("#select x'00ff' as picture", "holds bytes"),
    ],
)
def test_what_a_database_cannot_answer_is_said(database: str, scratch: Path, place: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        open_tables(database + place, scratch=scratch)
    assert caught.value.advice
    assert not list(scratch.iterdir())


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path, scratch: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        open_tables(f"sqlite:///{tmp_path / 'none.db'}#bills", scratch=scratch)
    assert not (tmp_path / "none.db").exists()
