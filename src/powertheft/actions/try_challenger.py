"""Try a challenger: begin, look at what its own choices found, end. Rule of the room: put the rooms together.

Champion and challenger take turns in choosing visits (`shared_visits`). A look comes with every `fewest_visits` more
conclusive visits of each model: looking whenever one likes would find a lucky day sooner or later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from powertheft.actions.house import EVERY, House, split_reference
from powertheft.actions.loop_ports import Policy
from powertheft.actions.mirror_models import ask_for_mirror
from powertheft.actions.ports import UnitOfWork
from powertheft.actions.trial_steps import begin_in, call_for_decision, champion_of, end_in
from powertheft.domain.errors import ChoiceError, StateError
from powertheft.domain.inspections import Case
from powertheft.domain.outcomes import label_of
from powertheft.domain.promotion import PromotionPolicy, check_policy, policy_from_json
from powertheft.domain.rates import wilson_interval
from powertheft.domain.trials import CHOSEN_BY, TRIAL, Chooser, Trial, TrialAct
from powertheft.monitoring.trials import Choices, TrialVerdict, judge_trial

PROMOTION = "promotion/"
KNOWN = ("recorded", "closed")
ELSEWHERE = "-"
"""Section of a connection of which the data name none."""

UNDECIDED = PromotionPolicy()
"""What a trial is looked at by where nobody has written a policy: it says, and decides nothing."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What one model's choices had found by a day."""

    day: date
    who: Chooser
    visits: int
    found: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a trial stands.

    `has_policy` says whether a written policy decides; else a person does. `random` are the finds and conclusive visits
    of the random quota since the trial began, `waiting` its visits that have no outcome yet, `next_look_at` the visits
    of each model at which the policy looks next (None after its last look), `moments` how the finds added up.
    """

    trial: Trial
    policy: PromotionPolicy
    has_policy: bool
    champion: Choices
    challenger: Choices
    random: tuple[int, int]
    waiting: int
    verdict: TrialVerdict
    next_look_at: int | None
    moments: tuple[Moment, ...]

    @property
    def is_due(self) -> bool:
        """Return whether there are enough visits for the policy's next look."""
        fewest = min(self.champion.visits, self.challenger.visits)
        return self.next_look_at is not None and fewest >= self.next_look_at


def begin_trial(house: House, challenger: str, *, reason: str) -> Trial:
    """Let a version challenge the champion of its model on visits that are shared out between the two."""
    house.check("model.promote")
    _check_reason(reason)
    name, number = split_reference(challenger)
    if number is None:
        raise ChoiceError(f"{challenger} does not say which version", advice=f"Write {name}@2 for the second one.")
    with house.begin() as work:
        trial = begin_in(work, work.models.get_version(name, number), reason=reason)
        ask_for_mirror(work, house.tracker, trial.challenger)
        return trial


def end_trial(house: House, number: int, act: TrialAct, *, reason: str) -> Trial:
    """Promote the challenger of a trial, give it up (it retires), or stop the trial (it stays as it is)."""
    house.check("model.promote")
    _check_reason(reason)
    with house.begin() as work:
        ended = end_in(work, work.trials.get_trial(number), act, reason=reason)
        ask_for_mirror(work, house.tracker, ended.challenger)
        return ended


def list_trials(house: House, model: str | None = None, *, last: int = 100) -> Sequence[Trial]:
    """Return the last trials, newest first."""
    house.check("model.read")
    with house.read() as work:
        if model is not None:
            work.models.get_version(model)  # refuses a model that is not there
        return work.trials.list_trials(model=model, last=last)


def get_trial(house: House, number: int) -> Trial:
    """Return one trial."""
    house.check("model.read")
    with house.read() as work:
        return work.trials.get_trial(number)


def look_at_trial(house: House, trial: Trial) -> Standing:
    """Say where a trial stands and what its policy would do now; nothing is counted as a look."""
    house.check("model.read")
    with house.read() as work:
        return standing_of(work, trial)


def standing_of(work: UnitOfWork, trial: Trial) -> Standing:
    """Return the same within a transaction."""
    written = read_promotion(work, trial.model)
    policy = written or UNDECIDED
    cases = cases_of(work, trial)
    known = [case for case in cases if case.state in KNOWN and _label(case) is not None]
    champion, challenger = (_choices(known, who) for who in ("champion", "challenger"))
    look = trial.looks + 1
    random = [_label(case) or 0 for case in known if case.drawn_by == "random"]
    return Standing(
        trial=trial,
        policy=policy,
        has_policy=written is not None,
        champion=champion,
        challenger=challenger,
        random=(sum(random), len(random)),
        waiting=sum(case.state in {"proposed", "assigned", "started"} for case in cases),
        verdict=judge_trial(champion, challenger, policy, look=min(look, policy.looks)),
        next_look_at=policy.fewest_visits * look if look <= policy.looks else None,
        moments=_moments(known),
    )


def mind_trial(work: UnitOfWork, trial: Trial) -> Trial:
    """Take the policy's next look at a trial, if it is due, and do what it decides; a person decides without one."""
    seen = standing_of(work, trial)
    if not seen.is_due:
        return trial
    verdict = seen.verdict
    told = {
        "look": trial.looks + 1,
        "decision": verdict.decision,
        "champion": [seen.champion.found, seen.champion.visits],
        "challenger": [seen.challenger.found, seen.challenger.visits],
        "p_value": verdict.p_value,
        "detectable": verdict.detectable,
        "worst_section": verdict.worst_section,
    }
    looked = work.trials.note_look(trial, told)
    if verdict.decision == "go on":
        return looked
    words = in_words(seen)
    if not seen.has_policy:
        call_for_decision(work, looked, words)
        return looked
    act: TrialAct = "be promoted" if verdict.decision == "promote" else "be given up"
    return end_in(work, looked, act, reason=f"by the policy, at look {looked.looks}: {words}")


def mind_trials(house: House) -> int:
    """Take every look that is due, each as the one who wrote the policy or began the trial; return how many."""
    house.check("model.promote")
    with house.read() as work:
        running = work.trials.list_trials(states=["running"], last=EVERY)
        policies = {one.name: one for one in work.policies.list_policies(PROMOTION)} if running else {}
        due = [trial for trial in running if standing_of(work, trial).is_due]
    for trial in due:
        with house.store.begin(_who(policies.get(f"{PROMOTION}{trial.model}"), trial)) as work:
            again = work.trials.get_trial(trial.number)
            if again.state == "running" and mind_trial(work, again).state != "running":
                ask_for_mirror(work, house.tracker, again.challenger)
    return len(due)


def in_words(seen: Standing) -> str:
    """Return what both models' choices found, for a reason or an alert."""
    one, other = seen.challenger, seen.champion
    return (
        f"{one.found} of {one.visits} visits that {seen.trial.challenger} chose found theft, {other.found} of "
        f"{other.visits} that {seen.trial.champion} chose (p = {seen.verdict.p_value:.3g})"
    )


def cases_of(work: UnitOfWork, trial: Trial) -> list[Case]:
    """Return the cases that were drawn in a trial, the oldest first."""
    lists = {
        one.number
        for one in work.scorings.list_scorings(last=EVERY, with_deleted=True)
        if one.model in {trial.champion, trial.challenger, *trial.before}
    }
    found = [case for number in sorted(lists) for case in work.inspections.list_cases(scoring=number, last=EVERY)]
    return sorted((case for case in found if case.about.get(TRIAL) == trial.number), key=lambda case: case.number)


def read_promotion(work: UnitOfWork, model: str) -> PromotionPolicy | None:
    """Return the policy by which a model's challengers are promoted; None where a person decides."""
    written = work.policies.get_policy(f"{PROMOTION}{model}")
    return policy_from_json(written) if written else None


def get_promotion(house: House, model: str) -> PromotionPolicy | None:
    """Return the same for who may read models."""
    house.check("model.read")
    with house.read() as work:
        work.models.get_version(model)  # refuses a model that is not there
        return read_promotion(work, model)


def keep_promotion(house: House, model: str, policy: PromotionPolicy | None) -> Policy:
    """Set down by which policy challengers are promoted; with None a person decides from now on."""
    house.check("model.promote")
    if policy is not None:
        check_policy(policy)
    with house.begin() as work:
        work.models.get_version(model)  # refuses a model that is not there
        running = work.trials.get_running(model)
        if running is not None and running.looks:
            what = f"the trial of {running.challenger} was looked at already, by the policy as it is"
            raise StateError(what, advice="End the trial first: a policy that is changed on the way promotes on noise.")
        return work.policies.keep_policy(f"{PROMOTION}{model}", {} if policy is None else policy.to_json())


def can_be_tried(house: House, model: str) -> Sequence[str]:
    """Return the versions of a model that could challenge its champion; none where it has no champion."""
    house.check("model.read")
    with house.read() as work:
        champion = champion_of(work, model)
        versions = work.models.list_versions(model)
    return [one.reference for one in reversed(versions) if champion and one.state != "champion"]


def _who(policy: Policy | None, trial: Trial) -> str:
    return policy.changed_by if policy is not None and policy.content else trial.begun_by


def _label(case: Case) -> int | None:
    return None if case.finding is None else label_of(case.finding.outcome)


def _choices(known: Sequence[Case], who: str) -> Choices:
    its = [case for case in known if case.drawn_by == "list" and case.about.get(CHOSEN_BY) == who]
    sections = dict[str, tuple[int, int]]()
    for case in its:
        name = str(case.about.get("section", ELSEWHERE))
        visits, found = sections.get(name, (0, 0))
        sections[name] = visits + 1, found + (_label(case) or 0)
    return Choices(len(its), sum(_label(case) or 0 for case in its), sections)


def _moments(known: Sequence[Case]) -> tuple[Moment, ...]:
    """Return how the finds of both added up, a moment a day and model."""
    so_far: dict[Any, Moment] = {}
    made: dict[tuple[date, str], Moment] = {}
    dated = [(case.finding.inspected_on, case) for case in known if case.finding is not None]
    for day, case in sorted(dated, key=lambda one: (one[0], one[1].number)):
        who = case.about.get(CHOSEN_BY)
        if case.drawn_by != "list" or who not in {"champion", "challenger"}:
            continue
        last = so_far.get(who, Moment(day, who, 0, 0, 0.0, 1.0))
        visits, found = last.visits + 1, last.found + (_label(case) or 0)
        low, high = wilson_interval(found, visits)
        so_far[who] = made[day, who] = replace(last, day=day, visits=visits, found=found, low=low, high=high)
    return tuple(made.values())


def _check_reason(reason: str) -> None:
    if not reason.strip():
        advice = "Say why, in a few words; it stays in the audit trail."
        raise ChoiceError("this needs a reason", advice=advice, column="reason")
