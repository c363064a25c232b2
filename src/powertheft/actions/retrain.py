"""Train a model anew because its policy says so, and let what was trained challenge. Rule of the room: compute nothing.

Whether a model is due is cheap to say and is asked with each pass of the schedule. A cause (so long since version 3,
this alert, so many outcomes since version 3) leads to one training, whoever asks and however often: the key of the
cause is taken in the transaction that queues the job.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from powertheft.actions.house import EVERY, House, split_reference
from powertheft.actions.labels_of_house import KNOWN, conclusive
from powertheft.actions.loop_ports import Policy
from powertheft.actions.mirror_models import ask_for_mirror
from powertheft.actions.model_versions import train_version
from powertheft.actions.ports import Json, ModelVersion, UnitOfWork
from powertheft.actions.progress import Progress, no_progress
from powertheft.actions.trial_steps import begin_in, champion_of, last_list, renew_in, waits_for_a_person
from powertheft.domain.alerts import UNSETTLED, Alert
from powertheft.domain.jobs import Job
from powertheft.domain.retraining import BY_THE_NEWEST, RetrainingPolicy, check_retraining, retraining_from_json
from powertheft.domain.trials import Trial

if TYPE_CHECKING:
    from powertheft.actions.train_model import TrainingChoices

RETRAINING = "retraining/"
MONTHS_A_YEAR = 12
MOST_ALERTS = 1000
SECONDS_BETWEEN = 60.0
"""Between two looks of one worker at whether anything is due."""


_LOOKED: dict[Path, datetime] = {}
"""When this process looked last: the schedule is passed every second, and nothing here is due by the second."""


def mind_models(house: House, now: datetime) -> list[Job]:
    """Take the looks at trials that are due, and queue the trainings that are; once a minute at most."""
    house.check("model.promote")
    before = _LOOKED.get(house.home.path)
    if before is not None and 0 <= (now - before).total_seconds() < SECONDS_BETWEEN:
        return []
    _LOOKED[house.home.path] = now
    _mind_trials(house)
    return queue_retraining(house, now)


def queue_retraining(house: House, now: datetime) -> list[Job]:
    """Queue a training of each model whose policy gives a reason that has not led to one yet."""
    house.check("model.promote")
    with house.read() as work:
        policies = [one for one in work.policies.list_policies(RETRAINING) if one.content]
        due = [one for one in policies if _next_cause(work, one, now) is not None]
    queued: list[Job] = []
    for policy in due:
        # As the one who wrote the policy.
        with house.store.begin(policy.changed_by) as work:
            job = _queue(work, policy, now)
        queued += [] if job is None else [job]
    return queued


def retrain_version(
    house: House,
    dataset: str,
    *,
    model: str,
    choices: "TrainingChoices",
    cause: str,
    begin_trial: bool = True,
    progress: Progress = no_progress,
) -> ModelVersion:
    """Train the next version; in the transaction that registers it, it challenges the champion and its trial begins."""
    house.check("model.promote")

    def settle(work: UnitOfWork, result: Json) -> None:
        house.settle(work, result)
        name, number = split_reference(result["model"])
        _challenge(house, work, work.models.get_version(name, number), cause=cause, begin_trial=begin_trial)

    inside = house.for_job(house.actor, settle)
    return train_version(inside, dataset, model=model, choices=choices, progress=progress)


def read_retraining(work: UnitOfWork, model: str) -> RetrainingPolicy | None:
    """Return when a model is trained anew by itself; None where a person asks for it."""
    written = work.policies.get_policy(f"{RETRAINING}{model}")
    return retraining_from_json(written) if written else None


def get_retraining(house: House, model: str) -> RetrainingPolicy | None:
    """Return the same for who may read models."""
    house.check("model.read")
    with house.read() as work:
        work.models.get_version(model)  # refuses a model that is not there
        return read_retraining(work, model)


def keep_retraining(house: House, model: str, policy: RetrainingPolicy | None) -> Policy:
    """Set down when a model is trained anew; with None a person asks for it from now on."""
    house.check("model.promote")
    if policy is not None:
        check_retraining(policy)
    with house.begin() as work:
        work.models.get_version(model)  # refuses a model that is not there
        return work.policies.keep_policy(f"{RETRAINING}{model}", {} if policy is None else policy.to_json())


def outcomes_since(work: UnitOfWork, version: ModelVersion) -> int:
    """Return how many conclusive outcomes of visits there are more than when a version was trained."""
    name, _ = split_reference(version.dataset)
    known = conclusive(work.inspections.list_cases(states=KNOWN, dataset=name, last=EVERY))
    return known - int(version.figures.get("outcomes", {}).get("recorded", 0))


def _queue(work: UnitOfWork, policy: Policy, now: datetime) -> Job | None:
    found = _next_cause(work, policy, now)
    if found is None:
        return None
    key, words = found
    if not work.asked.reserve(_hash(key), _hash(words)):
        return None
    model = policy.name.removeprefix(RETRAINING)
    champion = work.models.get_version(model)
    name, _ = split_reference(champion.dataset)
    newest = work.datasets.get_version(name)
    arguments = {
        "dataset": f"{name}@{newest.number}",
        "model": model,
        # What has moved since, the newest outcomes know.
        "choices": {"half_life": BY_THE_NEWEST, "algorithm": champion.algorithm, **champion.choices},
        "cause": words,
        "begin_trial": retraining_from_json(policy.content).begin_trial,
    }
    job = work.jobs.enqueue("model.retrain", arguments, title=f"Train {model} anew: {words}")
    work.asked.settle(_hash(key), job.number)
    return job


def _next_cause(work: UnitOfWork, policy: Policy, now: datetime) -> tuple[str, str] | None:
    """Return the first cause to train anew that has not led to a training: its key, and what it is in words."""
    model = policy.name.removeprefix(RETRAINING)
    champion = champion_of(work, model)
    running, wanted = work.trials.get_running(model), retraining_from_json(policy.content)
    if champion is None:
        return None
    if running is not None and not (wanted.begin_trial and _can_be_renewed(work, running, champion)):
        return None
    last = work.models.list_versions(model)[-1]
    for key, words in _causes(work, wanted, (champion, last), now):
        if work.asked.get_asked(_hash(key)) is None:
            return key, words
    return None


def _can_be_renewed(work: UnitOfWork, trial: Trial, champion: ModelVersion) -> bool:
    """Return whether a new training may take the challenger's place.

    Not while a person is asked to decide on it, nor where the challenger is of another kind than what would be trained:
    somebody wants to know how that does.
    """
    challenger = work.models.get_version(*split_reference(trial.challenger))
    is_alike = (challenger.algorithm, _own(challenger)) == (champion.algorithm, _own(champion))
    return is_alike and not waits_for_a_person(work, trial)


def _own(version: ModelVersion) -> Json:
    """Return the choices of a version that a training anew leaves as they are."""
    return {name: choice for name, choice in version.choices.items() if name != "half_life"}


def _causes(
    work: UnitOfWork, policy: RetrainingPolicy, versions: tuple[ModelVersion, ModelVersion], now: datetime
) -> Sequence[tuple[str, str]]:
    champion, last = versions
    found = [
        (f"retrain/{last.model}/alert/{alert.number}", f"an alert of {alert.rule.replace('_', ' ')} is open")
        for alert in work.alerts.list_alerts(states=UNSETTLED, last=MOST_ALERTS)
        if alert.rule in policy.alerts and _is_about(alert, champion) and alert.since >= last.created_at
    ]
    if policy.months is not None and _months_between(last.created_at, now) >= policy.months:
        found.append((f"retrain/{last.reference}/months", f"{last.reference} is {policy.months} months old"))
    if policy.outcomes is not None:
        new = outcomes_since(work, last)
        if new >= policy.outcomes:
            found.append((f"retrain/{last.reference}/outcomes", f"{new} outcomes came since {last.reference}"))
    return found


def _is_about(alert: Alert, champion: ModelVersion) -> bool:
    """Whether an alert speaks of a model or of the dataset that it was trained on: its cause names them."""
    names = {champion.model, split_reference(champion.dataset)[0]}
    return any(part.partition("@")[0] in names for part in alert.cause.split("/"))


def _challenge(house: House, work: UnitOfWork, version: ModelVersion, *, cause: str, begin_trial: bool) -> None:
    """Let a version challenge: in the trial that runs, else in one that begins where the champion has made a list.

    A trial that is not to be renewed may have begun while it was trained: then it waits, a challenger without one.
    """
    champion, reason = champion_of(work, version.model), f"trained anew: {cause}"
    if champion is None or champion.reference == version.reference:
        return
    running = work.trials.get_running(version.model)
    if begin_trial and running is not None and _can_be_renewed(work, running, champion):
        renew_in(work, running, version, reason=reason)
        ask_for_mirror(work, house.tracker, running.challenger)
    elif begin_trial and running is None and last_list(work, champion.reference):
        begin_in(work, version, reason=reason)
    else:
        work.models.change_state(version.model, version.number, "challenge", reason=reason)


def _months_between(before: date, after: date) -> int:
    whole = MONTHS_A_YEAR * (after.year - before.year) + after.month - before.month
    return whole - (after.day < before.day)


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def _mind_trials(house: House) -> None:
    from powertheft.actions.try_challenger import mind_trials  # late: it brings SciPy, and most houses have no trial

    with house.read() as work:
        any_runs = bool(work.trials.list_trials(states=["running"], last=1))
    if any_runs:
        mind_trials(house)
