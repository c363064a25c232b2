"""Opening the database: its migrations, its refusals, and no password in any of them."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
import time

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from powertheft.actions.ports import NewVersion
from powertheft.domain.errors import ChoiceError, InputError
from powertheft.store import opening
from powertheft.store.opening import open_engine
from powertheft.store.tables import VERSION_TABLE, metadata
from powertheft.store.work import open_store


def test_the_migrations_end_in_the_tables_that_the_code_reads(address):
    engine = open_engine(address)
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_head_that_the_code_names_is_the_last_step():
    scripts = ScriptDirectory(str(opening.MIGRATIONS))
    assert scripts.get_heads() == [opening.HEAD]


def test_an_open_database_is_opened_again_without_alembic(address):
    open_store(address).close()
    script = textwrap.dedent("""
        import sys
        from powertheft.store.work import open_store
        open_store(sys.argv[1]).close()
        print('alembic' in sys.modules)
    """)
    said = subprocess.run([sys.executable, "-c", script, address], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_a_database_of_a_newer_powertheft_is_left_alone(address):
    engine = open_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(InputError, match="written by a newer powertheft"):
        open_engine(address)


def test_a_migration_that_is_killed_is_taken_up_again(address):
    script = textwrap.dedent("""
        import sys
        print("begun", flush=True)
        from powertheft.store.work import open_store
        open_store(sys.argv[1])
    """)
    for wait in (0.3, 0.5, 0.6, 0.7, 0.8):
        process = subprocess.Popen([sys.executable, "-c", script, address], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    with open_store(address) as store, store.begin("ana") as work:
        assert work.datasets.list_datasets() == []


def test_a_step_that_was_half_taken_can_be_taken_again(address):
    """As MariaDB leaves it, which commits after every statement: the tables are there, the step is not noted."""
    engine = open_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE high_water_marks")
        connection.exec_driver_sql(f"DELETE FROM {VERSION_TABLE}")
    engine.dispose()
    engine = open_engine(address)
    with engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) == {*metadata.tables, VERSION_TABLE}
    engine.dispose()


def stepped(engine: sa.Engine, to: str) -> set[str]:
    """Take the steps down or up to a revision, and return the tables that are there then."""
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(opening.MIGRATIONS))
        (command.upgrade if to == "head" else command.downgrade)(config, to)
    with engine.connect() as connection:
        return set(sa.inspect(connection).get_table_names())


def test_the_steps_are_taken_back_and_forward_again_and_what_was_there_before_them_stays(address):
    with open_store(address) as store, store.begin("ana") as work:
        work.datasets.add_version("steg", NewVersion("a" * 64, "steg/1", {"readings": 3}, {}, "0123abcd"))
        work.jobs.enqueue("dataset.collect", {}, title="Collect")
    engine = open_engine(address)
    first = {"datasets", "dataset_versions", "audit_events", "high_water_marks", VERSION_TABLE}
    assert stepped(engine, "0001") == first
    assert stepped(engine, "head") == {*metadata.tables, VERSION_TABLE}
    engine.dispose()
    with open_store(address) as store, store.begin("ana") as work:
        assert work.datasets.list_datasets() == ["steg"]
        assert work.jobs.list_jobs() == []


def test_the_file_is_private_and_its_folder_is_made(tmp_path):
    open_store(f"sqlite:///{tmp_path}/a/b/c.db").close()
    assert stat.S_IMODE((tmp_path / "a/b/c.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hello",
        "oracle://me:secret@host/db",
        "http://me:secret@host",
        "sqlite//:x",
        "postgresql://me:secret@host:port/x",
    ],
)
def test_what_is_no_address_of_ours_is_refused_without_its_password(address):
    with pytest.raises(ChoiceError, match="is not the address of a database") as caught:
        open_engine(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["postgresql://me:secret@127.0.0.1:1/x", "mysql://me:secret@127.0.0.1:1/x", "mariadb://me:secret@127.0.0.1:1/x"],
)
def test_a_server_that_does_not_answer_is_said_without_its_password(address):
    with pytest.raises(InputError, match="the database cannot be used") as caught:
        open_engine(address)
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "letter.db").write_bytes(b"dear customer " * 100)
    with pytest.raises(InputError, match="the database cannot be used"):
        open_engine(f"sqlite:///{tmp_path}/letter.db")
    with pytest.raises(InputError, match="the database cannot be opened"):
        open_engine(f"sqlite:///{tmp_path}/letter.db/below.db")
