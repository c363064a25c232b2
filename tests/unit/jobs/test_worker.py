"""One pass of the worker: what is asked for is done, once; what fails says why; what is called off leaves nothing."""

import time
from dataclasses import replace
from threading import Event
from typing import get_args

import pytest

from powertheft.actions import work_jobs
from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.plan_import import ImportChoices
from powertheft.domain.errors import AccessError, InputError
from powertheft.domain.jobs import LANES, JobKind
from powertheft.domain.permissions import PERMISSIONS, ROLES, Actor
from powertheft.jobs import data_tasks, registry, worker
from powertheft.jobs.worker import work_on, work_once

ANA = Actor("ana", PERMISSIONS)
TABLE = ImportChoices(profile="table")


def once(house, **more):
    return work_once(house, worker="w1", **more)


def versions(house: House) -> list[str]:
    with house.begin() as work:
        names = work.datasets.list_datasets()
        return [f"{name}@{one.number}" for name in names for one in work.datasets.list_versions(name)]


@pytest.fixture
def told(monkeypatch):
    """Lets a test say what a job of a kind does."""

    def tell(task, kind: JobKind = "dataset.collect"):
        monkeypatch.setattr(worker, "find_task", lambda asked: {kind: task}[asked])

    return tell


def test_every_kind_of_job_has_its_task_and_says_what_one_must_be_allowed_to():
    kinds = set(get_args(JobKind))
    assert set(registry.TASKS) == set(work_jobs.NEEDED) == set(LANES) == kinds
    assert all(callable(registry.find_task(kind)) for kind in kinds)


def test_an_import_is_done_and_the_version_is_its_who_asked(house, table):
    work_jobs.enqueue_import(house.for_actor(ANA), [table], name="people", choices=TABLE)
    done = once(house)
    assert (done.state, done.result) == ("done", {"dataset": "people@1", "is_new": True})
    assert house.registered("people").created_by == "ana"
    assert [line.text for line in work_jobs.read_log(house, done.number)][1:] == [
        "looking at the files",
        "reading consumers.csv",
        "checking every row",
    ]


def test_the_same_import_twice_gives_one_version(house, table):
    for _ in range(2):
        work_jobs.enqueue_import(house, [table], name="people", choices=TABLE)
    once(house), once(house)
    assert versions(house) == ["people@1"]
    imports = [job for job in work_jobs.list_jobs(house) if job.kind == "dataset.import"]
    assert [job.result["is_new"] for job in imports] == [False, True]


def test_after_an_import_its_sums_are_added_up_once_so_that_nobody_waits_for_them(house, table):
    for _ in range(2):
        work_jobs.enqueue_import(house, [table], name="people", choices=TABLE)
    # Two imports, of which one brings something new; its sums; a look at what has moved.
    assert work_on(house, ending=Event(), once=True) == 4
    sums = [job for job in work_jobs.list_jobs(house) if job.kind == "dataset.explore"]
    assert [(job.state, job.arguments) for job in sums] == [("done", {"dataset": "people@1"})]


def test_an_import_that_was_lost_to_another_worker_asks_for_no_sums(house, table, monkeypatch):
    asked = work_jobs.enqueue_import(house, [table], name="people", choices=TABLE)
    monkeypatch.setattr(worker, "BEAT_SECONDS", 60)
    monkeypatch.setattr(
        data_tasks,
        "import_dataset",
        lambda *args, **more: (work_jobs.cancel_job(house, asked.number), import_dataset(*args, **more))[1],
    )
    once(house)
    assert versions(house) == []
    assert [job.kind for job in work_jobs.list_jobs(house)] == ["dataset.import"]


def test_a_users_error_is_told_with_what_to_do(house, tmp_path):
    work_jobs.enqueue_import(house, [tmp_path / "absent.csv"], name="people")
    failed = once(house)
    assert failed.state == "failed"
    assert "absent.csv" in failed.message
    assert failed.advice


def test_a_defect_is_told_as_one_and_its_words_are_not_in_the_log(house, told):
    def fail(_house, _arguments, _progress):
        raise ValueError("Mrs. Lakshmi used 12 kWh")

    told(fail)
    work_jobs.enqueue_collect(house)
    failed = once(house)
    assert (failed.state, failed.message) == ("failed", worker.DEFECT)
    log = [line.text for line in work_jobs.read_log(house, failed.number)]
    assert log[-1] == "ValueError"
    assert not any("Lakshmi" in line for line in log)


def test_a_job_that_is_called_off_stops_at_its_next_step_and_keeps_nothing(house, told, monkeypatch):
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.02)
    steps = []

    def work_long(_house, _arguments, progress):
        work_jobs.cancel_job(house, 1)
        for step in range(200):
            progress(f"step {step}", step / 200)
            steps.append(step)
            time.sleep(0.02)
        return {}

    told(work_long)
    work_jobs.enqueue_collect(house)
    assert once(house).state == "cancelled"
    assert len(steps) < 100


def test_an_import_that_was_called_off_registers_nothing_though_it_was_not_noticed_in_time(house, table, told):
    def import_late(asked, arguments, _progress):
        work_jobs.cancel_job(house, 1)
        return data_tasks.import_files(asked, arguments, lambda _what, _share: None)

    told(import_late, "dataset.import")
    work_jobs.enqueue_import(house, [table], name="people", choices=TABLE)
    assert once(house).state == "cancelled"
    assert versions(house) == []
    assert not (house.home.datasets / "people").exists()


def test_a_worker_that_is_told_to_end_gives_its_job_back(house, told):
    ending = Event()

    def work_long(_house, _arguments, progress):
        progress("beginning", 0.1)
        ending.set()
        progress("going on", 0.2)

    told(work_long)
    work_jobs.enqueue_collect(house)
    assert work_on(house, ending=ending) == 1
    back = work_jobs.get_job(house, 1)
    assert (back.state, back.attempt, back.doing) == ("queued", 0, "")


def test_ctrl_c_gives_the_job_back_too(house, told):
    def stopped(_house, _arguments, _progress):
        raise KeyboardInterrupt

    told(stopped)
    work_jobs.enqueue_collect(house)
    with pytest.raises(KeyboardInterrupt):
        once(house)
    assert work_jobs.get_job(house, 1).state == "queued"


def test_a_long_job_keeps_its_lease_and_another_worker_finds_nothing(house, told, monkeypatch):
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.05)
    found = []

    def work_long(_house, _arguments, progress):
        progress("fitting", 0.4)
        time.sleep(0.8)
        found.append(once(house))
        found.append(work_jobs.get_job(house, 1))
        return {}

    told(work_long)
    work_jobs.enqueue_collect(house)
    assert once(house, lease_seconds=0.4).state == "done"
    assert found[0] is None
    assert (found[1].progress, found[1].doing) == (0.4, "fitting")


def test_a_database_that_does_not_answer_for_a_moment_does_not_end_the_job(house, told, monkeypatch):
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.02)

    class Shaky:
        """The store, which refuses every other transaction of the thread that beats."""

        def begin(self, actor):
            if beats.append(actor) or len(beats) in {3, 4}:
                raise InputError("the database cannot be used")
            return house.store.begin(actor)

    beats = []

    def work_long(_house, _arguments, progress):
        for step in range(10):
            progress("fitting", step / 10)
            time.sleep(0.02)
        return {"fitted": True}

    told(work_long)
    work_jobs.enqueue_collect(house)
    assert once(replace(house, store=Shaky())).result == {"fitted": True}


def test_whoever_may_not_do_a_thing_may_not_ask_for_it_either(house, table):
    auditor = house.for_actor(Actor("ben", ROLES["auditor"]))
    with pytest.raises(AccessError):
        work_jobs.enqueue_import(auditor, [table], name="people")
    work_jobs.enqueue_import(house, [table], name="people")
    work_jobs.cancel_job(house, 1)
    with pytest.raises(AccessError, match="Bringing in data is for analysts"):
        work_jobs.retry_job(auditor, 1)
