"""A worker that is killed at any moment loses nothing and doubles nothing.

Real processes, really killed (SIGKILL), at moments spread over the whole of an import, a training and a scoring.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from powertheft.actions import work_jobs
from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.model_versions import (
    get_model_version,
    list_model_versions,
    model_folder,
    train_version,
)
from powertheft.actions.ports import NewScoring
from powertheft.actions.retrain import keep_retraining, queue_retraining
from powertheft.actions.scorings import get_scoring, read_list
from powertheft.actions.train_model import TrainingChoices
from powertheft.actions.try_challenger import list_trials
from powertheft.bootstrap import Container
from powertheft.domain.jobs import Job
from powertheft.domain.retraining import RetrainingPolicy
from powertheft.models.bundle import read_bundle
from tests.integration.conftest import write_outcomes
from tests.integration.warm import Warm

ROUNDS = 20 if os.environ.get("POWERTHEFT_PROVE") else 3
LEASE = 1
CONSUMERS, LABELLED = 250, 200
THRIFTY = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "POLARS_MAX_THREADS": "1"}
Ask = Callable[[House, int], Job]
Check = Callable[[House, Job], None]


@pytest.fixture(scope="module")
def killed_home(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """A home beside a small utility, with a dataset and a model of it to begin from."""
    folder = tmp_path_factory.mktemp("kills")
    utility = folder / "utility"
    ended = warm.run(
        "simulate", utility, "--consumers", CONSUMERS, "--bills", 8, "--seed", 5, folder=folder, scratch=folder
    )
    assert ended.code == 0, ended.err
    for name in ("truth.csv", "truth_transformers.csv"):
        (utility / name).unlink()
    write_outcomes(utility, range(LABELLED))
    return folder / "home"


@pytest.fixture
def house(killed_home: Path) -> Iterator[House]:
    with Container().open_house(killed_home) as opened:
        yield opened


def started(home: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from powertheft.bootstrap import main; main()"]
    asked = ["worker", "--lease", str(LEASE), "--home", str(home)]
    return subprocess.Popen([*command, *asked], env={**os.environ, **THRIFTY}, stdout=subprocess.DEVNULL)


def wait_for(house: House, number: int, *states: str) -> Job:
    until = time.monotonic() + 120
    while (job := work_jobs.get_job(house, number)).state not in states:
        assert time.monotonic() < until, job
        time.sleep(0.05)
    return job


def wait_for_the_end(house: House, job: Job) -> Job:
    done = wait_for(house, job.number, "done", "failed")
    assert done.state == "done", (done.message, done.advice)
    return done


def seconds_of(done: Job) -> float:
    assert done.started_at is not None
    assert done.ended_at is not None
    return (done.ended_at - done.started_at).total_seconds()


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def killed_again_and_again(house: House, ask: Ask, check: Check, *, moments: random.Random) -> None:
    process = started(house.home.path)
    try:
        length = seconds_of(wait_for_the_end(house, ask(house, 0)))
        for one in range(ROUNDS):
            job = ask(house, one + 1)
            # In each round another part of the work.
            after = length * (one + moments.random()) / ROUNDS
            wait_for(house, job.number, "running", "done")
            time.sleep(after)
            kill(process)
            process = started(house.home.path)
            done = wait_for_the_end(house, job)
            print(f"{job.kind}: killed after {after:.2f} of {length:.2f} s, done at attempt {done.attempt}")
            check(house, done)
    finally:
        kill(process)


def events_of(house: House, action: str, subject: str) -> int:
    with house.begin() as work:
        return len(work.audit.list_events(action=action, subject=subject))


def left_in(folder: Path) -> list[str]:
    """Return what lies in a folder, once the worker has taken away the mark of a folder that it has just registered."""
    until = time.monotonic() + 10
    while any(folder.glob(".*.pending")) and time.monotonic() < until:
        time.sleep(0.05)
    return sorted(path.name for path in folder.iterdir())


def ask_for_import(house: House, one: int) -> Job:
    return work_jobs.enqueue_import(house, [house.home.path.parent / "utility"], name=f"bills{one}")


def check_import(house: House, done: Job) -> None:
    assert done.result is not None
    name = done.arguments["name"]
    assert done.result["dataset"] == f"{name}@1"
    with house.begin() as work:
        (version,) = work.datasets.list_versions(name, with_deleted=True)
    house.version(name, verify=True)
    assert left_in(house.home.datasets / name) == [Path(version.folder).name]
    assert events_of(house, "dataset.version.added", f"{name}@1") == 1


def ask_for_retraining(house: House, one: int) -> Job:
    """Let a champion with a list be old enough that its policy asks for a training."""
    model = f"again{one}"
    choices = TrainingChoices(algorithm="logistic-regression", threads=1, folds=1)
    version = train_version(house, "bills0", model=model, choices=choices)
    with house.begin() as work:
        work.models.change_state(model, 1, "be promoted", reason="first")
        work.scorings.add_scoring(NewScoring(f"s-{model}", "bills0@1", version.reference, 3, {}))
    keep_retraining(house, model, RetrainingPolicy(months=1, alerts=(), outcomes=None))
    queued = [job for job in queue_retraining(house, datetime.now(UTC) + timedelta(days=40)) if model in job.title]
    assert len(queued) == 1
    return queued[0]


def check_retraining(house: House, done: Job) -> None:
    model = done.arguments["model"]
    assert done.result == {"model": f"{model}@2"}
    assert [one.number for one in list_model_versions(house, model)] == [1, 2]
    [trial] = list_trials(house, model)
    assert (trial.champion, trial.challenger, trial.state) == (f"{model}@1", f"{model}@2", "running")
    assert len(left_in(house.home.models / model)) == 2
    assert events_of(house, "model.version.added", f"{model}@2") == 1
    shadows = [job for job in work_jobs.list_jobs(house) if job.arguments.get("model") == trial.challenger]
    assert [job.kind for job in shadows] == ["model.score"]


def ask_for_training(house: House, one: int) -> Job:
    choices = TrainingChoices(algorithm="logistic-regression", threads=1, folds=1)
    return work_jobs.enqueue_train(house, "bills0", model=f"lists{one}", choices=choices)


def check_training(house: House, done: Job) -> None:
    assert done.result is not None
    name = done.arguments["model"]
    assert done.result["model"] == f"{name}@1"
    with house.begin() as work:
        assert len(work.models.list_versions(name, with_deleted=True)) == 1
    version = get_model_version(house, name)
    read_bundle(model_folder(house, version))
    assert left_in(house.home.models / name) == [Path(version.folder).name]
    assert events_of(house, "model.version.added", f"{name}@1") == 1


def ask_for_scoring(house: House, _one: int) -> Job:
    return work_jobs.enqueue_score(house, "bills0", model="lists0", explain=20)


def check_scoring(house: House, done: Job) -> None:
    assert done.result is not None
    with house.begin() as work:
        known = work.scorings.list_scorings(with_deleted=True)
        finished = [job for job in work.jobs.list_jobs(states=["done"]) if job.kind == "model.score"]
    assert len(known) == len(finished)
    assert get_scoring(house).number == done.result["scoring"]
    assert read_list(house).collect().height == CONSUMERS
    assert left_in(house.home.scorings) == sorted(one.folder for one in known)


@pytest.mark.prove
@pytest.mark.timeout(7200)
def test_work_whose_worker_is_killed_is_done_once(house: House) -> None:
    seed = int(os.environ.get("POWERTHEFT_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"POWERTHEFT_SEED={seed}")
    moments = random.Random(seed)
    killed_again_and_again(house, ask_for_import, check_import, moments=moments)
    killed_again_and_again(house, ask_for_training, check_training, moments=moments)
    killed_again_and_again(house, ask_for_scoring, check_scoring, moments=moments)


@pytest.mark.prove
@pytest.mark.timeout(7200)
def test_a_model_is_trained_anew_once_though_its_worker_is_killed(house: House) -> None:
    seed = int(os.environ.get("POWERTHEFT_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"POWERTHEFT_SEED={seed}")
    import_dataset(house, house.home.path.parent / "utility", name="bills0")
    killed_again_and_again(house, ask_for_retraining, check_retraining, moments=random.Random(seed))


def test_a_worker_that_the_system_asks_to_end_gives_its_job_back(house: House) -> None:
    process = started(house.home.path)
    imported = work_jobs.enqueue_import(house, [house.home.path.parent / "utility"], name="bills")
    wait_for_the_end(house, imported)
    job = work_jobs.enqueue_train(house, "bills", model="given-back", choices=TrainingChoices(threads=1))
    wait_for(house, job.number, "running")
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    back = work_jobs.get_job(house, job.number)
    assert (back.state, back.attempt) == ("queued", 0)
    assert not (house.home.models / "given-back").exists()
    work_jobs.cancel_job(house, job.number)
