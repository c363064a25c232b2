"""Datasets, audit events and high-water marks, in each of the databases."""

import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from powertheft.actions.ports import HighWaterMark, NewVersion
from powertheft.domain.errors import ChoiceError, InputError
from powertheft.store.work import SqlStore, open_store

VERSION = NewVersion(
    "a" * 64, "datasets/steg/1", {"readings": 3}, {"sources": [{"place": "மின்.csv", "bytes": 4}]}, "0123abcd"
)


def test_a_version_is_known_as_it_was_added_also_to_who_opens_the_database_later(store, address):
    before = datetime.now(UTC)
    with store.begin("ana") as work:
        added = work.datasets.add_version("steg", VERSION)
    with open_store(address) as later, later.begin("ben") as work:
        found = work.datasets.get_version("steg")
    assert found == added
    assert (found.dataset, found.number, found.created_by, found.deleted_at) == ("steg", 1, "ana", None)
    assert NewVersion(found.content_hash, found.folder, found.rows, found.recipe, found.key_id) == VERSION
    assert before - timedelta(seconds=1) <= found.created_at <= datetime.now(UTC)


def test_versions_are_numbered_from_one_in_each_dataset_and_names_differ_by_their_letters(store):
    with store.begin("ana") as work:
        numbers = [work.datasets.add_version(name, VERSION).number for name in ("a", "a", "A", "a_", "ä", "a")]
        assert numbers == [1, 2, 1, 1, 1, 3]
        assert work.datasets.list_datasets() == sorted(["a", "A", "a_", "ä"])


def test_a_number_is_never_given_again_and_a_deleted_version_is_remembered(store):
    with store.begin("ana") as work:
        for _ in range(2):
            work.datasets.add_version("steg", VERSION)
        gone = work.datasets.delete_version("steg", 2, reason="a consumer asked for it")
        assert gone.deleted_at is not None
        assert gone.recipe == VERSION.recipe
        assert work.datasets.get_version("steg").number == 1
        assert work.datasets.add_version("steg", VERSION).number == 3
        assert [version.number for version in work.datasets.list_versions("steg")] == [1, 3]
        assert [version.number for version in work.datasets.list_versions("steg", with_deleted=True)] == [1, 2, 3]
        for number in (2, 4):
            with pytest.raises(ChoiceError, match=f"has no version {number}. Its versions are: 1, 3"):
                work.datasets.get_version("steg", number)
            with pytest.raises(ChoiceError, match=f"has no version {number}"):
                work.datasets.delete_version("steg", number, reason="")
        event = work.audit.list_events(action="dataset.version.deleted")[0]
        assert (event.subject, event.details) == ("steg@2", {"reason": "a consumer asked for it"})


def test_a_dataset_that_is_not_there_is_said_with_those_that_are(store):
    with store.begin("ana") as work:
        with pytest.raises(ChoiceError, match=r"there is no dataset called x\. Import one"):
            work.datasets.get_version("x")
        work.datasets.add_version("steg", VERSION)
        with pytest.raises(ChoiceError, match=r"there is no dataset called x\. There are: steg"):
            work.datasets.get_version("x")


@pytest.mark.parametrize("name", ["", " steg", "steg@2", "a/b", "..", "-x", ".hidden", "a b", "steg\n", "x" * 101])
def test_a_name_that_is_no_folder_or_holds_an_at_sign_is_refused(store, name):
    with store.begin("ana") as work, pytest.raises(ChoiceError, match="a dataset cannot be called"):
        work.datasets.add_version(name, VERSION)


def test_a_large_recipe_and_a_large_count_survive(store):
    recipe = {"profile": ["column " * 20] * 2_000}
    with store.begin("ana") as work:
        work.datasets.add_version("steg", replace(VERSION, recipe=recipe, rows={"readings": 5 * 10**9}))
    with store.begin("ana") as work:
        found = work.datasets.get_version("steg", 1)
        assert (found.recipe, found.rows) == (recipe, {"readings": 5 * 10**9})


def test_events_are_told_newest_first_and_by_action_and_subject(store):
    with store.begin("ana") as work:
        first = work.audit.record("vault.looked", "c1", {"reason": "visit"})
        second = work.audit.record("vault.looked", "c2")
        third = work.audit.record("key.rotated", "c1")
    with store.begin("ben") as work:
        assert work.audit.list_events() == [third, second, first]
        assert work.audit.list_events(action="vault.looked") == [second, first]
        assert work.audit.list_events(subject="c1", last=1) == [third]
        with pytest.raises(ValueError, match="at most"):
            work.audit.record("x", "y" * 201)


def test_a_mark_moves_once_for_two_that_saw_the_same(store):
    source = "postgresql://reader@billing/ledger#select " + "column, " * 300
    with store.begin("ana") as work:
        assert work.marks.get_mark(source) is None
        work.marks.advance(source, {"bill": 10}, version="steg@1", seen=None)
    with store.begin("ana") as work:
        seen = work.marks.get_mark(source)
        moved = work.marks.advance(source, {"bill": 20}, version="steg@2", seen=seen)
        assert moved == work.marks.get_mark(source)
    for late in (None, seen):
        with pytest.raises(ChoiceError, match="another collection"):
            add_and_advance(store, source, late)
    with store.begin("ana") as work:
        assert work.marks.get_mark(source) == moved
        assert work.datasets.list_datasets() == []
        work.marks.forget(source)
        assert work.marks.get_mark(source) is None


def add_and_advance(store: SqlStore, source: str, seen: HighWaterMark | None) -> None:
    with store.begin("ben") as work:
        work.datasets.add_version("steg", VERSION)
        work.marks.advance(source, {"bill": 15}, version="steg@3", seen=seen)


ADDING = textwrap.dedent("""
    import sys
    from powertheft.actions.ports import NewVersion
    from powertheft.store.work import open_store
    with open_store(sys.argv[1]) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(20):
            with store.begin("worker") as work:
                print(work.datasets.add_version("steg", NewVersion("a" * 64, "f", {}, {}, "k")).number)
""")


def started(script: str, address: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_processes_that_open_a_new_database_and_add_versions_at_once_get_a_number_each(address):
    workers = [started(ADDING, address) for _ in range(3)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    said = [worker.communicate("go\n")[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert sorted(int(number) for numbers in said for number in numbers) == list(range(1, 61))


DYING = textwrap.dedent("""
    import sys
    from powertheft.actions.ports import NewVersion
    from powertheft.store.work import open_store
    store = open_store(sys.argv[1])
    with store.begin("worker") as work:
        work.datasets.add_version("steg", NewVersion("b" * 64, "f", {}, {}, "k"))
        work.marks.advance("folder", {}, version="steg@2", seen=None)
        print("in the middle", flush=True)
        sys.stdin.readline()
""")


def test_a_process_that_is_killed_in_the_middle_leaves_nothing_and_blocks_nobody(store, address):
    with store.begin("ana") as work:
        work.datasets.add_version("steg", VERSION)
    worker = started(DYING, address)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "in the middle\n"
    worker.kill()
    worker.communicate()
    with store.begin("ana") as work:
        assert work.datasets.get_version("steg").content_hash == "a" * 64
        assert work.marks.get_mark("folder") is None
        assert work.datasets.add_version("steg", VERSION).number == 2


def test_who_reads_sees_what_was_committed_last_while_somebody_writes(store):
    with store.begin("ana") as work:
        work.datasets.add_version("steg", VERSION)
    with store.begin("ana") as work:
        work.datasets.add_version("steg", VERSION)
        with store.read("ben") as seen:
            assert [version.number for version in seen.datasets.list_versions("steg")] == [1]
    with store.read("ben") as seen:
        assert [version.number for version in seen.datasets.list_versions("steg")] == [1, 2]


def test_what_only_reads_cannot_write_to_a_file(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'powertheft.db'}") as store:
        with pytest.raises(InputError), store.read("ana") as work:
            work.datasets.add_version("steg", VERSION)
        with store.begin("ana") as work:
            work.datasets.add_version("steg", VERSION)
