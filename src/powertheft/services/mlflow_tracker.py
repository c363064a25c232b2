"""MLflow as experiment tracker: a run for each training, a version for each of ours, aliases for where it stands.

The bundle is logged as files, through no flavour: nothing of it is a pickle. The address is said to the client alone;
MLFLOW_TRACKING_URI and whatever else MLflow reads of the environment decide nothing.

Rule of the room: implements ports of actions; the only place of mlflow and apprise.
"""

import os
import re
import shutil
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from powertheft.actions.loop_ports import Standing, Training
from powertheft.domain.errors import OutputError

if TYPE_CHECKING:  # it takes seconds to load, and the pages only ask where it is
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

OURS = "powertheft."
KEY = f"{OURS}bundle"
"""The tag by which a training is found again: the name of its folder, which no other house has."""

EMPTIED = f"{OURS}emptied"
"""The tag of a run whose files are gone. A server keeps it until `mlflow gc` runs there: more we cannot do."""

QUIET: Mapping[str, str] = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # Else it asks a server that does not answer for minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
}
"""How MLflow behaves here; read when it is loaded. What the user has set goes before the last two."""

TRIES = 3
MOST = 100
LONGEST = 500
"""Parameters in one request, and letters in one value: what servers of any age take."""

THEIRS = frozenset({"mlflow", "sqlalchemy", "alembic", "requests", "urllib3"})
_OUR_ALIASES = re.compile(r"candidate|challenger|champion|retired|at-\d+")
_SECRET = re.compile(r"//[^/@\s]*@")


class MlflowTracker:
    """Implements `ExperimentTracker` on a database or an MLflow server; files go to `files` where there is no server.

    A database is opened, and MLflow loaded, when the first is asked of it.
    """

    def __init__(self, address: str, files: Path) -> None:
        self._address = address
        self._files = files

    @property
    def place(self) -> str:
        """Return where it is, without a password."""
        return _SECRET.sub("//…@", self._address)

    @property
    def opened_by(self) -> str:
        """Return what to type, or which address to open, to look at it."""
        return self.place if self._is_server() else f"mlflow ui --backend-store-uri '{self.place}'"

    def list_trainings(self, model: str) -> Mapping[str, bool]:
        """Return the trainings of a model that anything is left of, by key, and whether each is complete."""
        with self._asking() as client:
            known = _versions(client, model)
            runs = [(run.data.tags[KEY], _is_complete(run)) for run in _runs(client, model)]
            found = dict.fromkeys([*known, *(key for key, _ in runs)], False)
            # Two runs of one key: two machines have added it at once. Neither counts, so that one takes their place.
            once = [key for key, _ in runs]
            return found | {key: is_whole and key in known and once.count(key) == 1 for key, is_whole in runs}

    def add_training(self, training: Training) -> None:
        """Add a training with its files, in place of what there is of it."""
        with self._asking() as client:
            self._delete(client, training.model, training.key)
            begun = int(training.created_at.timestamp() * 1000)
            run = client.create_run(
                self._experiment(client, training.model),
                start_time=begun,
                tags=_tags(training),
                run_name=training.reference,
            )
            _log_numbers(client, run.info.run_id, training, at=begun)
            client.log_artifacts(run.info.run_id, str(training.bundle), "bundle")
            if training.report is not None:
                client.log_artifact(run.info.run_id, str(training.report))
            self._register(client, training, run)
            client.set_terminated(run.info.run_id, "FINISHED", end_time=begun)

    def set_standings(self, model: str, standings: Mapping[str, Standing]) -> int:
        """Bring the versions of a model to where they stand, by key; return how many stood elsewhere."""
        with self._asking() as client:
            known = {key: version for key, version in _versions(client, model).items() if key in standings}
            aliases = _aliases(client, model)
            moved = {
                key: standings[key]
                for key, version in known.items()
                if aliases.get(str(version.version), frozenset()) != standings[key].aliases
                or not _prefixed(standings[key].facts).items() <= version.tags.items()
            }
            # Taken away first: a name that has gone to another version must not be taken from that.
            for key in moved:
                for alias in aliases.get(str(known[key].version), frozenset()) - standings[key].aliases:
                    client.delete_registered_model_alias(model, alias)
            for key, standing in moved.items():
                _stand(client, known[key], standing)
            return len(moved)

    def delete_training(self, model: str, key: str) -> str:
        """Delete a training, its version and its files for good; return what somebody else must do for that, if any."""
        with self._asking() as client:
            is_for_good = self._delete(client, model, key)
        if is_for_good:
            return ""
        return "the files are gone; the server keeps its run as deleted until `mlflow gc` runs there"

    def _delete(self, client: "MlflowClient", model: str, key: str) -> bool:
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository  # late: MLflow is heavy

        for version in _all_versions(client, model):
            if version.tags.get(KEY) == key:
                for tag in version.tags:  # they would outlive it
                    client.delete_model_version_tag(model, str(version.version), tag)
                client.delete_model_version(model, str(version.version))
                if not _all_versions(client, model):
                    client.delete_registered_model(model)
        is_for_good = True
        for run in _runs(client, model):
            if run.data.tags[KEY] == key:
                get_artifact_repository(run.info.artifact_uri or "", tracking_uri=self._address).delete_artifacts()
                is_for_good = self._delete_run(client, model, run) and is_for_good
        return is_for_good

    def _delete_run(self, client: "MlflowClient", model: str, run: "Run") -> bool:
        """Delete a run, for good where the database is ours to ask; return whether it is for good."""
        if self._is_server():
            if run.info.lifecycle_stage != "active":
                client.restore_run(run.info.run_id)  # nothing can be written to one that is marked as deleted
            client.set_tag(run.info.run_id, EMPTIED, "true")
            client.delete_run(run.info.run_id)
            return False
        # What `mlflow gc` does, which has no other way in: the interface only marks a run as deleted.
        client._tracking_client.store._hard_delete_run(run.info.run_id)  # pyright: ignore[reportPrivateUsage]
        # Also where the home folder has been moved since, and the run names a place that is no more.
        shutil.rmtree(self._files / model / run.info.run_id, ignore_errors=True)
        return True

    def _experiment(self, client: "MlflowClient", model: str) -> str:
        found = client.get_experiment_by_name(model)
        place = None if self._is_server() else (self._files / model).as_uri()
        if found is None:
            return client.create_experiment(model, artifact_location=place)
        if place and found.artifact_location.startswith("file:") and found.artifact_location != place:
            msg = f"the experiment {model} keeps its files in {found.artifact_location}, not in this home folder"
            advice = (
                f"If the home folder was moved, delete {self._files} and the database beside it: both are made anew."
            )
            raise OutputError(msg, file=self.place, advice=advice)
        if found.lifecycle_stage != "active":
            client.restore_experiment(found.experiment_id)
        return found.experiment_id

    def _register(self, client: "MlflowClient", training: Training, run: "Run") -> None:
        if not _has_model(client, training.model):
            client.create_registered_model(training.model)
        client.create_model_version(
            training.model,
            source=f"{run.info.artifact_uri}/bundle",
            run_id=run.info.run_id,
            tags={KEY: training.key, **_prefixed(training.facts)},
            description=f"{training.reference}: {_said(training)}",
        )

    def _is_server(self) -> bool:
        return self._address.startswith(("http://", "https://"))

    @contextmanager
    def _asking(self) -> Generator["MlflowClient"]:
        """Give a client; whatever it raises, and what is below it, says that the tracker did not do what it should."""
        for name, value in QUIET.items():
            if name.startswith("MLFLOW_HTTP"):
                os.environ.setdefault(name, value)
            else:
                os.environ[name] = value
        try:
            with warnings.catch_warnings():
                # It uses what SQLAlchemy will drop one day: its makers' business, and no line for our users' log.
                warnings.simplefilter("ignore")
                yield _client(self._address)
        except Exception as error:
            if not isinstance(error, OSError) and type(error).__module__.partition(".")[0] not in THEIRS:
                raise
            said = _SECRET.sub("//…@", str(error).partition("\n")[0])[:300]
            advice = (
                "No model and no list is touched by it. See that it runs and that POWERTHEFT_TRACKING names it, then "
                "have the job done again, or run `powertheft tracking sync`: whatever is missing is made up for."
            )
            msg = f"the experiment tracker at {self.place} does not do what was asked ({type(error).__name__}: {said})"
            raise OutputError(msg, advice=advice) from error


def _client(address: str) -> "MlflowClient":
    from mlflow import MlflowClient  # late: it takes seconds and 135 MB, and most processes never need it
    from mlflow.store.db import utils  # pyright: ignore[reportMissingTypeStubs]  it has none

    # A database that does not answer would be tried for minutes, longer each time.
    utils.MAX_RETRY_COUNT = TRIES
    return MlflowClient(tracking_uri=address, registry_uri=address)


def _said(training: Training) -> str:
    return f"{training.parameters['algorithm']} on {training.parameters['dataset']}"


def _tags(training: Training) -> dict[str, str]:
    theirs = {
        "mlflow.user": training.created_by,
        "mlflow.source.name": "powertheft",
        "mlflow.source.git.commit": training.commit.partition("-")[0],
        "mlflow.note.content": _said(training),
    }
    return {KEY: training.key, **_prefixed(training.facts), **{name: value for name, value in theirs.items() if value}}


def _prefixed(facts: Mapping[str, str]) -> dict[str, str]:
    return {f"{OURS}{name}": value for name, value in facts.items() if value}


def _log_numbers(client: "MlflowClient", run_id: str, training: Training, *, at: int) -> None:
    from mlflow.entities import Metric, Param  # late, as above

    # The dataset is a parameter and no "input": rows of inputs outlive their run, whatever deletes it.
    parameters = [Param(name, value[:LONGEST]) for name, value in training.parameters.items()]
    for first in range(0, len(parameters), MOST):
        client.log_batch(run_id, params=parameters[first : first + MOST])
    client.log_batch(run_id, metrics=[Metric(name, value, at, 0) for name, value in training.measures.items()])


def _stand(client: "MlflowClient", version: "ModelVersion", standing: Standing) -> None:
    for name, value in _prefixed(standing.facts).items():
        client.set_model_version_tag(version.name, str(version.version), name, value)
        client.set_tag(version.run_id or "", name, value)
    for alias in standing.aliases:
        client.set_registered_model_alias(version.name, alias, str(version.version))


def _versions(client: "MlflowClient", model: str) -> dict[str, "ModelVersion"]:
    """Return the versions of a model that are ours, by key."""
    return {one.tags[KEY]: one for one in _all_versions(client, model) if KEY in one.tags}


def _all_versions(client: "MlflowClient", model: str) -> Sequence["ModelVersion"]:
    return _pages(client.search_model_versions, filter_string=f"name = '{model}'")


def _runs(client: "MlflowClient", model: str) -> Sequence["Run"]:
    """Return the runs of a model that are ours, those too that somebody else has marked as deleted."""
    from mlflow.entities import ViewType  # late, as above

    experiment = client.get_experiment_by_name(model)
    if experiment is None:
        return []
    found = _pages(client.search_runs, experiment_ids=[experiment.experiment_id], run_view_type=ViewType.ALL)
    return [run for run in found if KEY in run.data.tags and EMPTIED not in run.data.tags]


def _pages(search: Any, **wanted: Any) -> list[Any]:
    """Return everything that a search finds, page by page."""
    found = search(**wanted)
    rows = list(found)
    while found.token:
        found = search(**wanted, page_token=found.token)
        rows += found
    return rows


def _is_complete(run: "Run") -> bool:
    return run.info.lifecycle_stage == "active" and run.info.status == "FINISHED"


def _has_model(client: "MlflowClient", model: str) -> bool:
    return bool(client.search_registered_models(filter_string=f"name = '{model}'"))


def _aliases(client: "MlflowClient", model: str) -> dict[str, frozenset[str]]:
    """Return our names for each version, by the number that MLflow has given it; names of the users' own are theirs."""
    found: dict[str, frozenset[str]] = {}
    if _has_model(client, model):
        theirs_and_ours = client.get_registered_model(model).aliases.items()
        for alias, number in ((one, number) for one, number in theirs_and_ours if _OUR_ALIASES.fullmatch(one)):
            found[str(number)] = found.get(str(number), frozenset()) | {alias}
    return found
