"""An empty database for each test: SQLite, and the PostgreSQL and MariaDB of this machine."""

import os
import secrets
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from powertheft.store.work import SqlStore, open_store

SERVERS = {
    "postgres": "postgresql+psycopg://root@127.0.0.1:5432/test",
    "mariadb": "mariadb+pymysql://root@127.0.0.1:3306/test",
}


@pytest.fixture(params=["sqlite", *SERVERS])
def address(request, tmp_path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'home' / 'powertheft.db'}"
        return
    server = sa.create_engine(SERVERS[request.param], isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    name = f"powertheft_{secrets.token_hex(4)}"
    try:
        _run(server, f"CREATE DATABASE {name}", request.param)
        yield server.url.set(database=name).render_as_string(hide_password=False)
        force = " WITH (FORCE)" if request.param == "postgres" else ""
        _run(server, f"DROP DATABASE {name}{force}", request.param)
    finally:
        server.dispose()


def _run(server: sa.Engine, statement: str, name: str) -> None:
    try:
        with server.connect() as connection:
            connection.exec_driver_sql(statement)
    except OperationalError as error:
        reason = f"no {name} answers on this machine ({type(error.orig).__name__})"
        if name in os.environ.get("POWERTHEFT_REQUIRE", "").split(","):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture
def store(address) -> Iterator[SqlStore]:
    with open_store(address) as opened:
        yield opened
