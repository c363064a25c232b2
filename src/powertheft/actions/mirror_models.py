"""Mirror every model version in the experiment tracker: our tables are the truth, and whatever it lacks is made up for.

Asked for in the transaction that changes a version, done by a worker afterwards: a tracker that does not answer fails
that job and nothing else. Rule of the room: put the rooms together, compute nothing.
"""

import fcntl
import json
import math
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from powertheft.actions.bundle_files import ATTACHMENTS, MANIFEST, REPORT_FILE
from powertheft.actions.house import EVERY, House, split_reference
from powertheft.actions.loop_ports import ExperimentTracker, Standing, Training
from powertheft.actions.ports import AuditEvent, ModelVersion, UnitOfWork
from powertheft.actions.progress import Progress, no_progress
from powertheft.domain.errors import BundleError, ChoiceError

LOCK = "tracking.lock"
BASES = {"held_out": "held_out", "knowable_only": "knowable"}
"""Whose figures are mirrored, and what they are called there: of all features, and of those known before a visit."""

CHANGED = "model.version.changed"


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What was done to the mirror: which versions were added, deleted, and how many only stood elsewhere.

    `left` says what somebody else must do where a deletion is not for good yet.
    """

    added: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    changed: int = 0
    left: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**asdict(self), "added": list(self.added), "deleted": list(self.deleted)}


@dataclass(frozen=True, slots=True)
class Tracking:
    """Where trainings are mirrored, and how that is looked at."""

    place: str
    opened_by: str


def ask_for_mirror(work: UnitOfWork, tracker: ExperimentTracker | None, reference: str) -> None:
    """Queue the mirroring in the transaction that has changed a version, if there is a mirror."""
    if tracker is not None:
        work.jobs.enqueue("model.mirror", {}, title=f"Mirror {reference} in MLflow")


def where_tracking(house: House) -> Tracking | None:
    """Return where trainings are mirrored, None where they are not."""
    house.check("model.read")
    return None if house.tracker is None else Tracking(house.tracker.place, house.tracker.opened_by)


def mirror_models(house: House, *, progress: Progress = no_progress) -> Mirrored:
    """Add what the tracker lacks, delete there what is deleted here, and set where each version stands."""
    house.check("model.read")
    if house.tracker is None:
        advice = "Leave POWERTHEFT_TRACKING out for a database in the home folder, or name one or an MLflow server."
        raise ChoiceError("trainings are not mirrored: POWERTHEFT_TRACKING is off", advice=advice)
    with house.read() as work:
        versions = work.models.list_versions(with_deleted=True)
        standings = _standings(versions, work.audit.list_events(action=CHANGED, last=EVERY))
    models = sorted({version.model for version in versions})
    done, missing = Mirrored(), list[str]()
    with _alone(house):
        for place, model in enumerate(models):
            progress(f"mirroring {model}", place / len(models))
            of_model = [version for version in versions if version.model == model]
            done = _mirror_model(house, house.tracker, of_model, done=done, missing=missing, standings=standings)
    if missing:
        msg = f"the files of {', '.join(missing)} are missing; all other versions are mirrored"
        raise BundleError(msg, advice="Copy the home folder again from where it was saved, or delete the version.")
    return done


def _mirror_model(
    house: House,
    tracker: ExperimentTracker,
    versions: Sequence[ModelVersion],
    *,
    done: Mirrored,
    missing: list[str],
    standings: Mapping[str, Standing],
) -> Mirrored:
    model = versions[0].model
    there = tracker.list_trainings(model)
    added, deleted, left = list(done.added), list(done.deleted), done.left
    for version in versions:
        if version.deleted_at is not None:
            if version.folder in there:
                left = tracker.delete_training(model, version.folder) or left
                deleted.append(version.reference)
        elif not there.get(version.folder):
            if not (_bundle(house, version) / MANIFEST).is_file():
                missing.append(version.reference)
                continue
            tracker.add_training(_training(house, version))
            added.append(version.reference)
    stand = {
        version.folder: standings[version.reference]
        for version in versions
        if version.deleted_at is None and version.reference not in missing
    }
    changed = tracker.set_standings(model, stand) if stand else 0
    return Mirrored(tuple(added), tuple(deleted), done.changed + changed, left)


def _training(house: House, version: ModelVersion) -> Training:
    bundle = _bundle(house, version)
    manifest = json.loads((bundle / MANIFEST).read_text("utf-8"))
    report = bundle / ATTACHMENTS / REPORT_FILE
    code, commit = manifest["versions"].get("powertheft", ""), manifest.get("commit", "")
    return Training(
        model=version.model,
        reference=version.reference,
        key=version.folder,
        bundle=bundle,
        report=report if report.is_file() else None,
        created_at=version.created_at,
        created_by=version.created_by,
        commit=commit,
        parameters=_parameters(version, manifest),
        measures=_measures(manifest["figures"]),
        facts={
            "version": version.reference,
            "dataset": version.dataset,
            "content_hash": _content_hash(house, version.dataset),
            "code": code,
            "commit": commit,
            "trained_by": version.created_by,
            "trained_at": version.created_at.isoformat(timespec="seconds"),
        },
    )


def _parameters(version: ModelVersion, manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return what was chosen: the kind of model, what was asked for in training, settings that differ, the seed."""
    options = {f"setting.{name}": value for name, value in manifest["options"].items()}
    chosen = {
        "algorithm": version.algorithm,
        "dataset": version.dataset,
        **version.choices,
        **options,
        "seed": manifest["seed"],
    }
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in chosen.items()}


def _measures(figures: Mapping[str, Any]) -> dict[str, float]:
    """Return every figure on connections that it had not seen, with its interval, and how many there were."""
    found: dict[str, float | None] = {}
    for basis, called in BASES.items():
        judged = figures[basis] or {}
        for name, measure in judged.get("measures", {}).items():
            found |= {f"{called}/{name}": measure["value"]}
            found |= {f"{called}/{name}.{end}": measure.get(end) for end in ("low", "high")}
        found |= {f"{called}/{name}": judged[name] for name in ("consumers", "positives") if name in judged}
    return {name: float(value) for name, value in found.items() if value is not None and math.isfinite(value)}


def _content_hash(house: House, reference: str) -> str:
    """Return the hash of a dataset version, also of one that is deleted by now."""
    name, number = split_reference(reference)
    with house.read() as work:
        known = work.datasets.list_versions(name, with_deleted=True)
    return next((version.content_hash for version in known if version.number == number), "")


def _standings(versions: Sequence[ModelVersion], events: Sequence[AuditEvent]) -> dict[str, Standing]:
    """Return where each version stands that is there, by reference; of several in one state the newest has its name."""
    newest = {(one.model, one.state): one.number for one in versions if one.deleted_at is None}
    changes = _last_changes(events)
    return {
        one.reference: Standing(
            # MLflow numbers versions itself; by this name each is found under the number that it has here.
            frozenset({f"at-{one.number}", *([one.state] if newest[one.model, one.state] == one.number else [])}),
            {"state": one.state, **_why(changes.get(one.reference))},
        )
        for one in versions
        if one.deleted_at is None
    }


def _last_changes(events: Sequence[AuditEvent]) -> dict[str, AuditEvent]:
    """Return what brought each version to where it is: its own last step, or that of the one that replaced it."""
    found: dict[str, AuditEvent] = {}
    for event in events:  # the newest first
        model = event.subject.partition("@")[0]
        for reference in (event.subject, *(f"{model}@{number}" for number in event.details.get("replaced", ()))):
            found.setdefault(reference, event)
    return found


def _why(event: AuditEvent | None) -> dict[str, str]:
    if event is None:
        return {}
    at = event.at.isoformat(timespec="seconds")
    return {"state_by": event.actor, "state_at": at, "state_reason": str(event.details.get("reason", ""))}


def _bundle(house: House, version: ModelVersion) -> Path:
    return house.home.models / version.folder


@contextmanager
def _alone(house: House) -> Generator[None]:
    """Let nobody else on this machine mirror the same house meanwhile: a training would come twice, or half."""
    with (house.home.path / LOCK).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
