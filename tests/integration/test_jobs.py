"""The whole way in the background: import, train, judge, score, explain, a list's top becomes a case."""

import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from powertheft.actions import inspections, scorings, work_jobs
from powertheft.actions.download_dataset import ask_for_download
from powertheft.actions.model_versions import change_model_version, list_model_versions
from powertheft.actions.train_model import TrainingChoices
from powertheft.bootstrap import Container
from powertheft.jobs.worker import work_on
from tests.integration.conftest import write_outcomes
from tests.integration.warm import Warm

CONSUMERS = 300


@pytest.fixture
def folder(tmp_path: Path, warm: Warm) -> Path:
    """Two exports of a small utility: the outcomes of some of its consumers, and of the others."""
    first = tmp_path / "first"
    ended = warm.run(
        "simulate", first, "--consumers", CONSUMERS, "--bills", 8, "--seed", 5, folder=tmp_path, scratch=tmp_path
    )
    assert ended.code == 0, ended.err
    for name in ("truth.csv", "truth_transformers.csv"):
        (first / name).unlink()
    shutil.copytree(first, tmp_path / "second")
    write_outcomes(first, range(200))
    write_outcomes(tmp_path / "second", range(200, CONSUMERS))
    return tmp_path


def test_the_whole_way_from_files_to_a_case_in_the_background(folder, warm):
    home = folder / "home"
    with Container().open_house(home) as house:

        def done(*jobs):
            # An import asks for the sums that looking at it needs.
            assert work_on(house, ending=Event(), once=True) >= len(jobs)
            ended = [work_jobs.get_job(house, job.number) for job in jobs]
            assert [job.state for job in ended] == ["done"] * len(jobs), [job.message for job in ended]
            return [job.result for job in ended]

        done(*(work_jobs.enqueue_import(house, [folder / name], name=name) for name in ("first", "second")))
        choices = TrainingChoices(algorithm="logistic-regression", threads=1, folds=1)
        training = work_jobs.enqueue_train(house, "first", model="lists", choices=choices)
        done(training)
        (version,) = list_model_versions(house)
        assert (version.reference, version.dataset, version.state) == ("lists@1", "first@1", "candidate")
        assert 0 <= version.figures["pr_auc"]["value"] <= 1
        change_model_version(house, "lists@1", "be promoted", reason="the first")

        judged, scored = done(
            work_jobs.enqueue_evaluate(house, "second", model="lists"),
            work_jobs.enqueue_score(house, "second", model="lists", explain=5),
        )
        assert judged["evaluation"]["measures"]
        listed = scorings.read_list(house, scored["scoring"]).collect()
        assert listed["rank"].to_list() == list(range(1, CONSUMERS + 1))
        assert scorings.read_transformers(house).collect().height
        top = listed["consumer_id"][0]
        (told,) = done(work_jobs.enqueue_explain(house, "second", model="lists", consumer=top))
        assert told["consumer_id"] == top
        assert inspections.propose_cases(house, 1, visits=20)[0].consumer_id == top

    ended = warm.run("jobs", "--home", home, folder=folder, scratch=folder)
    assert ended.code == 0
    assert "Score second@1 with lists@1" in ended.out
    ended = warm.run("jobs", "--home", home, "--cancel", 1, folder=folder, scratch=folder)
    assert ended.code == 2
    assert "job 1 is done, so it cannot be cancelled" in ended.err
    ended = warm.run("jobs", "--home", home, "--log", training.number, folder=folder, scratch=folder)
    assert "refitting on all labelled consumers" in ended.out


def test_a_short_job_is_done_while_a_long_one_runs(folder):
    """Two real workers, as `powertheft serve` starts them; the training is long enough to be passed."""
    home = folder / "home"
    with Container().open_house(home) as house:
        work_jobs.enqueue_import(house, [folder / "first"], name="first")
        work_on(house, ending=Event(), once=True)
        choices = TrainingChoices(algorithm="random-forest", threads=1, settings=("trees=2000",))
        training = work_jobs.enqueue_train(house, "first", model="lists", choices=choices)
        with worker_at(home), worker_at(home, "--only", "short"):
            wait_for(house, training.number, "running")
            export = ask_for_download(house, "first", file_format="csv")
            exported = wait_for(house, export.number, "done")
            beside = work_jobs.get_job(house, training.number)
            work_jobs.cancel_job(house, training.number)
        assert beside.state == "running", beside.message
        assert exported.result["download"]


@contextmanager
def worker_at(home: Path, *options: str):
    command = [sys.executable, "-c", "from powertheft.bootstrap import main; main()"]
    process = subprocess.Popen([*command, "worker", "--home", str(home), *options], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def wait_for(house, number: int, state: str):
    until = time.monotonic() + 60
    while (job := work_jobs.get_job(house, number)).state != state:
        assert job.state in {"queued", "running"}, (job.message, job.advice)
        assert time.monotonic() < until, job
        time.sleep(0.05)
    return job
