"""Steps of a trial within a transaction: begin, have the challenger score, end. Rule of the room: compute nothing.

Apart from what judges a trial, so that who changes a model's state need not load what compares two.
"""

from powertheft.actions.alerts import raise_alert, settle_alert
from powertheft.actions.house import EVERY, split_reference
from powertheft.actions.ports import Json, ModelVersion, Scoring, UnitOfWork
from powertheft.domain.alerts import UNSETTLED
from powertheft.domain.errors import ChoiceError, StateError
from powertheft.domain.jobs import Job
from powertheft.domain.trials import Trial, TrialAct

MOST_OPEN = 1000
SHADOW = "shadow"
"""In a scoring's details: made to be compared, and no list that anybody plans by."""


def begin_in(work: UnitOfWork, challenger: ModelVersion, *, reason: str, details: Json | None = None) -> Trial:
    """Begin the trial of a version in a transaction, and ask for its list of what the champion has scored."""
    champion = champion_of(work, challenger.model)
    if champion is None:
        what = f"{challenger.model} has no champion to be compared with"
        raise StateError(what, advice="Promote the first version yourself.")
    if champion.reference == challenger.reference:
        raise StateError(f"{champion.reference} is the champion itself", advice="Choose another version.")
    last = last_list(work, champion.reference)
    if last is None:
        what = f"{champion.reference} has made no list yet, so no visits can be shared out"
        raise ChoiceError(what, advice="Make a list with it first.")
    if challenger.state != "challenger":
        work.models.change_state(challenger.model, challenger.number, "challenge", reason=reason)
    trial = work.trials.begin_trial(
        challenger.model,
        champion=champion.reference,
        challenger=challenger.reference,
        details={"why": reason, **(details or {})},
    )
    ask_for_shadow(work, trial, last)
    return trial


def renew_in(work: UnitOfWork, trial: Trial, challenger: ModelVersion, *, reason: str) -> Trial:
    """Have a newer version take the challenger's place in a trial that goes on; the one before it retires.

    What the one before has found goes on counting: the newer one was taught the same, and what came since.
    """
    work.models.change_state(challenger.model, challenger.number, "challenge", reason=reason)
    renewed = work.trials.renew_trial(trial, challenger.reference)
    _, number = split_reference(trial.challenger)
    work.models.change_state(trial.model, number or 0, "be retired", reason=f"{challenger.reference} took its place")
    last = last_list(work, trial.champion)
    if last is not None:
        ask_for_shadow(work, renewed, last)
    return renewed


def waits_for_a_person(work: UnitOfWork, trial: Trial) -> bool:
    """Return whether a trial has called for somebody to decide."""
    unsettled = work.alerts.list_alerts(states=UNSETTLED, last=MOST_OPEN)
    return any(alert.cause == cause_of(trial) for alert in unsettled)


def ask_for_shadow(work: UnitOfWork, trial: Trial, scoring: Scoring) -> Job | None:
    """Ask for the challenger's list of what the champion has scored, unless it is there or on its way."""
    made = (one for one in work.scorings.list_scorings(last=EVERY) if one.dataset == scoring.dataset)
    if any(one.model == trial.challenger for one in made):
        return None
    return _ask_to_score(work, scoring, model=trial.challenger, shadow=True)


def ask_for_list(work: UnitOfWork, trial: Trial) -> Job | None:
    """Ask for the new champion's own list of what the one before has scored last: its shadow is nobody's plan."""
    last = last_list(work, trial.champion)
    return None if last is None else _ask_to_score(work, last, model=trial.challenger, shadow=False)


def _ask_to_score(work: UnitOfWork, scoring: Scoring, *, model: str, shadow: bool) -> Job | None:
    arguments = {
        "dataset": scoring.dataset,
        "model": model,
        "rank_by": scoring.details.get("rank_by", "probability"),
        "explain": scoring.details.get("explained", 500),
        **({SHADOW: True} if shadow else {}),
    }
    waiting = work.jobs.list_jobs(states=["queued", "running"], last=MOST_OPEN)
    if any(job.kind == "model.score" and dict(job.arguments) == arguments for job in waiting):
        return None
    return work.jobs.enqueue("model.score", arguments, title=f"Score {scoring.dataset} with {model}")


def shadow_what_was_scored(work: UnitOfWork, scoring: Scoring) -> None:
    """Where a champion on trial has made a list, have the challenger make the same."""
    trial = work.trials.get_running(split_reference(scoring.model)[0])
    if trial is not None and trial.champion == scoring.model:
        ask_for_shadow(work, trial, scoring)


def end_in(work: UnitOfWork, trial: Trial, act: TrialAct, *, reason: str) -> Trial:
    """End a trial with what follows for its challenger: champion, retired, or as it was where the trial was stopped."""
    model, number = trial.model, split_reference(trial.challenger)[1] or 0
    ended = work.trials.end_trial(trial.number, act, reason=reason)
    if act == "be promoted":
        work.models.change_state(model, number, "be promoted", reason=reason)
        ask_for_list(work, trial)
        tell_promoted(work, trial.challenger, reason)
    elif act == "be given up":
        work.models.change_state(model, number, "be retired", reason=reason)
    settle_alert(work, cause=cause_of(trial))
    return ended


def end_trial_of(work: UnitOfWork, version: ModelVersion, *, reason: str) -> None:
    """End the trial that a version's change of state has decided, in the transaction of the change.

    The challenger that was promoted has won, the one that was retired is given up; where another version was promoted
    or the champion is gone, there is nobody to compare with.
    """
    trial = work.trials.get_running(version.model)
    if trial is None:
        return
    act = _act_for(trial, version)
    if act is not None:
        work.trials.end_trial(trial.number, act, reason=reason)
        settle_alert(work, cause=cause_of(trial))
    if act == "be promoted":
        ask_for_list(work, trial)


def _act_for(trial: Trial, version: ModelVersion) -> TrialAct | None:
    if version.reference != trial.challenger:
        return "be stopped" if version.state == "champion" or version.reference == trial.champion else None
    if version.deleted_at is not None:
        return "be stopped"
    if version.state == "champion":
        return "be promoted"
    return "be given up" if version.state == "retired" else None


def champion_of(work: UnitOfWork, model: str) -> ModelVersion | None:
    """Return the champion of a model."""
    return next((one for one in work.models.list_versions(model) if one.state == "champion"), None)


def last_list(work: UnitOfWork, reference: str) -> Scoring | None:
    """Return the newest list that a version has made."""
    return next((one for one in work.scorings.list_scorings(last=EVERY) if one.model == reference), None)


def cause_of(trial: Trial) -> str:
    """Return the cause under which a trial calls for somebody."""
    return f"trial/{trial.model}"


def call_for_decision(work: UnitOfWork, trial: Trial, words: str) -> None:
    """Tell people that a trial has something to say."""
    details = {"what": words, "how_bad": "", "trial": trial.number}
    raise_alert(work, cause=cause_of(trial), rule="trial", details=details, link=f"/models/{trial.model}/trial")


def tell_promoted(work: UnitOfWork, reference: str, reason: str) -> None:
    """Tell people that another version makes the lists."""
    name, _ = split_reference(reference)
    details = {"what": f"{reference} makes the lists now: {reason}", "how_bad": ""}
    raise_alert(work, cause=f"promotion/{reference}", rule="promotion", details=details, link=f"/models/{name}/trial")
