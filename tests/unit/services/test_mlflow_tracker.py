"""Trainings in MLflow, as its own client reads them back: each once, with what it was made of, until it is deleted."""

import shutil
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.mirror_models import mirror_models, where_tracking
from powertheft.actions.model_versions import (
    change_model_version,
    delete_model_version,
    get_model_version,
    model_folder,
    train_version,
)
from powertheft.actions.plan_import import ImportChoices
from powertheft.actions.show_model import read_report
from powertheft.actions.show_settings import show_settings
from powertheft.actions.train_model import TrainingChoices
from powertheft.bootstrap import Container
from powertheft.domain.errors import BundleError, ChoiceError, OutputError
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.worker import work_once
from powertheft.services.mlflow_tracker import MlflowTracker
from powertheft.settings import read_home, read_tracking
from powertheft.store.work import open_store

QUICK = TrainingChoices(algorithm="logistic-regression", capacity="10%", threads=1, seed=7)


def write_table(path: Path) -> Path:
    """One row a consumer: who uses little is often a thief."""
    lines = ["consumer_id,label,usage,seen_on"]
    for one in range(320):
        theft = one % 4 == 0
        usage = 60 + one * 37 % 60 if theft else 75 + one * 53 % 80
        lines.append(f"c{one:04},{theft:d},{usage},2025-{one * 5 % 7 + 1:02}-15")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A home whose two versions of a model were trained while a tracker was set, and that no worker has seen."""
    there = tmp_path_factory.mktemp("tracked")
    home = read_home(there / "a home" / "of 100%", {})
    home.make()
    with open_store(home.database) as store:
        tracker = MlflowTracker(read_tracking(home, {}), home.tracked_files)
        house = House(home, store, Actor("ben", PERMISSIONS), tracker=tracker)
        import_dataset(
            house, [write_table(there / "people.csv")], name="people", choices=ImportChoices(profile="table")
        )
        for _ in range(2):
            train_version(house, "people", model="theft", choices=QUICK)
        tracker.list_trainings("theft")  # an empty database with its tables, which takes seconds each time
    return there / "a home"


@pytest.fixture
def house(tmp_path, trained) -> Iterator[House]:
    shutil.copytree(trained, tmp_path / "a home")
    home = read_home(tmp_path / "a home" / "of 100%", {})
    with open_store(home.database) as store:
        tracker = MlflowTracker(read_tracking(home, {}), home.tracked_files)
        yield House(home, store, Actor("ana", PERMISSIONS), tracker=tracker)


def work(house: House) -> list:
    """Do what is queued until all is mirrored, and return the jobs that mirror, the last first."""
    while any(job.state == "queued" for job in mirroring(house)):
        work_once(house, worker="w1")
    return mirroring(house)


def mirroring(house: House) -> list:
    with house.read() as opened:
        return [job for job in opened.jobs.list_jobs() if job.kind == "model.mirror"]


@pytest.fixture
def client(house):
    address = read_tracking(house.home, {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's own
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=address, registry_uri=address)


def runs(client, model: str = "theft"):
    experiment = client.get_experiment_by_name(model)
    return sorted(client.search_runs([experiment.experiment_id], run_view_type=3), key=lambda run: run.info.run_name)


def test_every_training_is_a_run_with_what_it_was_made_of(house, client):
    jobs = work(house)
    assert [job.state for job in jobs] == ["done", "done"]
    assert {one for job in jobs for one in job.result["added"]} == {"theft@1", "theft@2"}
    first, second = runs(client)
    assert (first.info.run_name, second.info.run_name) == ("theft@1", "theft@2")
    assert first.info.status == "FINISHED"
    assert first.data.params["algorithm"] == "logistic-regression"
    assert first.data.params["capacity"] == "10%"
    assert first.data.params["seed"] == "7"
    tags = first.data.tags
    version, data = get_model_version(house, "theft@1"), house.registered("people@1")
    assert tags["powertheft.version"] == "theft@1"
    assert tags["powertheft.dataset"] == "people@1"
    assert tags["powertheft.content_hash"] == data.content_hash
    assert tags["powertheft.code"] == "0.1.0"
    assert tags["powertheft.trained_by"] == tags["mlflow.user"] == "ben"
    assert first.data.params["dataset"] == "people@1"
    told, judged = version.figures["all_features"]["pr_auc"], read_report(house, "theft@1").figures["held_out"]
    assert first.data.metrics["held_out/pr_auc"] == told["value"]
    assert first.data.metrics["held_out/pr_auc.low"] == told["low"]
    assert first.data.metrics["held_out/brier"] == judged["measures"]["brier"]["value"]
    assert first.data.metrics["held_out/consumers"] == judged["consumers"]


def test_the_code_of_a_training_is_that_which_trained_it(house, client):
    work(house)
    checkout = Path(__file__).parents[3]
    if not (checkout / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no checkout")
    head = subprocess.run(["git", "-C", checkout, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    tags = runs(client)[0].data.tags
    assert tags["powertheft.commit"].removesuffix("-dirty") == tags["mlflow.source.git.commit"] == head.stdout.strip()


def test_the_bundle_and_its_report_are_artifacts_as_they_are_here(house, client, tmp_path):
    work(house)
    run = runs(client)[0]
    assert {one.path for one in client.list_artifacts(run.info.run_id)} == {"bundle", "report.html"}
    fetched = Path(client.download_artifacts(run.info.run_id, "bundle", str(tmp_path)))
    here = model_folder(house, get_model_version(house, "theft@1"))
    files = {path.relative_to(here): path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert {path.relative_to(fetched): path.read_bytes() for path in fetched.rglob("*") if path.is_file()} == files
    assert not [path for path in files if path.suffix in {".pkl", ".pickle", ".joblib"}]


def test_aliases_and_tags_say_where_each_version_stands_and_why(house, client):
    change_model_version(house, "theft@1", "be promoted", reason="the first")
    change_model_version(house, "theft@2", "be promoted", reason="finds more")
    work(house)
    champion = client.get_model_version_by_alias("theft", "champion")
    assert champion.tags["powertheft.version"] == "theft@2"
    assert champion.tags["powertheft.state_reason"] == "finds more"
    assert champion.tags["powertheft.state_by"] == "ana"
    before = client.get_model_version_by_alias("theft", "at-1")
    assert before.tags["powertheft.state"] == "retired"
    assert before.tags["powertheft.state_reason"] == "finds more"
    assert client.get_run(before.run_id).data.tags["powertheft.state"] == "retired"

    change_model_version(house, "theft@1", "be promoted", reason="roll back")
    work(house)
    assert client.get_model_version_by_alias("theft", "champion").tags["powertheft.version"] == "theft@1"
    assert client.get_model_version_by_alias("theft", "retired").tags["powertheft.version"] == "theft@2"
    assert "candidate" not in client.get_registered_model("theft").aliases


def test_twice_is_once_and_a_name_of_the_users_own_stays(house, client):
    work(house)
    client.set_registered_model_alias("theft", "ours", "1")
    before = [(run.info.run_id, run.data.tags, run.data.metrics) for run in runs(client)]
    again = mirror_models(house)
    assert (again.added, again.deleted, again.changed) == ((), (), 0)
    assert [(run.info.run_id, run.data.tags, run.data.metrics) for run in runs(client)] == before
    assert len(client.search_model_versions("name = 'theft'")) == 2
    assert client.get_registered_model("theft").aliases["ours"] in {"1", 1}


def test_what_a_killed_worker_left_half_done_is_done_anew(house, client):
    work(house)
    half = runs(client)[0]
    client.update_run(half.info.run_id, status="RUNNING")
    assert mirror_models(house).added == ("theft@1",)
    whole = runs(client)
    assert [run.info.run_name for run in whole] == ["theft@1", "theft@2"]
    assert whole[0].info.run_id != half.info.run_id
    assert client.get_model_version_by_alias("theft", "at-1").run_id == whole[0].info.run_id
    assert not list(house.home.tracked_files.rglob(half.info.run_id))


def test_deleted_means_deleted_artifacts_too(house, client):
    change_model_version(house, "theft@2", "be promoted", reason="best")
    work(house)
    gone, kept = runs(client)
    bundle = model_folder(house, get_model_version(house, "theft@1"))
    delete_model_version(house, "theft@1", reason="learnt from wrong outcomes")
    assert work(house)[0].result["deleted"] == ["theft@1"]
    assert not bundle.exists()
    assert [run.info.run_id for run in runs(client)] == [kept.info.run_id]
    assert not list(house.home.tracked_files.rglob(f"*{gone.info.run_id}*"))
    assert [one.tags["powertheft.version"] for one in client.search_model_versions("name = 'theft'")] == ["theft@2"]
    left = rows_with(house.home.tracking, gone.info.run_id, "theft@1", "theft/" + bundle.name)
    # MLflow keeps that it gave the number 1 once, with everything else of it redacted.
    assert [(table, "REDACTED-RUN-ID" in row) for table, row in left] == [("model_versions", True)]

    change_model_version(house, "theft@2", "be retired", reason="nobody uses it")
    delete_model_version(house, "theft@2", reason="nobody uses it")
    work(house)
    assert runs(client) == []
    assert not client.search_registered_models()
    assert not [path for path in house.home.tracked_files.rglob("*") if path.is_file()]


def rows_with(database: Path, *words: str) -> list[tuple[str, tuple]]:
    """Return every row of a database that holds one of the words."""
    with sqlite3.connect(database) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [(table, row) for table in tables for row in opened.execute(f'SELECT * FROM "{table}"')]
    opened.close()
    return [(table, row) for table, row in rows if any(word in str(cell) for cell in row for word in words)]


def test_what_was_deleted_before_it_was_mirrored_never_comes_there(house, client):
    delete_model_version(house, "theft@1", reason="wrong")
    work(house)
    assert [run.info.run_name for run in runs(client)] == ["theft@2"]


def test_a_tracker_that_does_not_answer_fails_its_job_alone(house):
    away = replace(house, tracker=MlflowTracker("http://ana:hidden@127.0.0.1:1", house.home.tracked_files))
    change_model_version(away, "theft@1", "be promoted", reason="best")
    jobs = work(away)
    assert {job.state for job in jobs} == {"failed"}
    assert "127.0.0.1:1 does not do what was asked" in jobs[0].message
    assert "hidden" not in jobs[0].message + jobs[0].advice
    assert "made up for" in jobs[0].advice
    assert get_model_version(house, "theft").state == "champion"
    # Mended: the next job makes up for all of it.
    assert mirror_models(house).added == ("theft@1", "theft@2")


def test_a_version_whose_files_are_missing_is_named_and_the_others_are_mirrored(house, client):
    shutil.rmtree(model_folder(house, get_model_version(house, "theft@1")))
    with pytest.raises(BundleError, match="the files of theft@1 are missing"):
        mirror_models(house)
    assert [run.info.run_name for run in runs(client)] == ["theft@2"]


def test_of_a_home_that_was_moved_the_mirror_is_not_written_elsewhere(house, tmp_path):
    work(house)
    shutil.move(house.home.path, tmp_path / "moved")
    home = read_home(tmp_path / "moved", {})
    with open_store(home.database) as store:
        tracker = MlflowTracker(read_tracking(home, {}), home.tracked_files)
        moved = House(home, store, house.actor, tracker=tracker)
        delete_model_version(moved, "theft@1", reason="wrong")
        assert mirror_models(moved).deleted == ("theft@1",)
        assert len(list(home.tracked_files.glob("theft/*"))) == 1
        train_version(moved, "people", model="theft", choices=QUICK)
        with pytest.raises(OutputError, match="not in this home folder"):
            mirror_models(moved)
        home.tracking.unlink()
        shutil.rmtree(home.tracked_files)
        # Under another name: MLflow holds a database open under the one it was given, as long as the process lives.
        afresh = replace(moved, tracker=MlflowTracker(f"{read_tracking(home, {})}?a=1", home.tracked_files))
        assert mirror_models(afresh).added == ("theft@2", "theft@3")


def test_off_is_off(house):
    off = replace(house, tracker=None)
    change_model_version(off, "theft@1", "be promoted", reason="best")
    assert len(mirroring(off)) == 2  # those of the trainings, which were asked for before
    assert where_tracking(off) is None
    with pytest.raises(ChoiceError, match="POWERTHEFT_TRACKING is off"):
        mirror_models(off)


def test_the_default_is_a_database_in_the_home_folder_and_a_setting_goes_before_it(tmp_path, monkeypatch):
    monkeypatch.delenv("POWERTHEFT_TRACKING")
    with Container().open_house(tmp_path / "home") as house:
        assert where_tracking(house).place == f"sqlite:///{tmp_path}/home/tracking.db"
    (tmp_path / "address").write_text("https://ana:hidden@mlflow.example\n", "utf-8")
    monkeypatch.setenv("POWERTHEFT_TRACKING_FILE", str(tmp_path / "address"))
    with Container().open_house(tmp_path / "home") as house:
        assert where_tracking(house).place == "https://…@mlflow.example"
    monkeypatch.delenv("POWERTHEFT_TRACKING_FILE")
    monkeypatch.setenv("POWERTHEFT_TRACKING", "ftp://ana:hidden@mlflow.example")
    with pytest.raises(ChoiceError, match="is no address") as refused:
        read_tracking(read_home(tmp_path / "home"))
    assert "hidden" not in str(refused.value)


def test_settings_show_where_it_is_without_the_password(house):
    away = replace(house, tracker=MlflowTracker("https://ana:hidden@mlflow.example", house.home.tracked_files))
    told = [
        next(one for one in show_settings(of, environment) if one.setting.name == "tracking")
        for of, environment in (
            (house, {}),
            (away, {"POWERTHEFT_TRACKING": "https://ana:hidden@mlflow.example"}),
            (replace(house, tracker=None), {"POWERTHEFT_TRACKING": "off"}),
        )
    ]
    assert [one.origin for one in told] == ["default", "environment", "environment"]
    assert [one.value for one in told] == [house.tracker.place, "https://…@mlflow.example", "off"]


def test_asking_where_it_is_loads_no_mlflow(house):
    told = where_tracking(house)
    assert told is not None
    assert told.opened_by == f"mlflow ui --backend-store-uri '{read_tracking(house.home, {})}'"
    script = (
        "import sys; from pathlib import Path; from powertheft.services.mlflow_tracker import MlflowTracker;"
        "MlflowTracker('sqlite:///x.db', Path('x')).opened_by; sys.exit('mlflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
