"""Champion and challenger: trials, how they stand, and the two policies. Rule of the room: knows the use cases only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from powertheft.actions import compare_shadow, retrain, try_challenger
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.shapes import (
    MOST,
    Asked,
    Name,
    Number,
    Paging,
    Part,
    Plain,
    Reason,
    Reference,
    Told,
    Why,
    nothing,
    part_of,
    plain,
)
from powertheft.domain.promotion import PromotionPolicy
from powertheft.domain.retraining import RetrainingPolicy
from powertheft.domain.trials import Trial, TrialAct, TrialState

pages = APIBlueprint("trials", __name__, tag="Trials")


class TrialTold(Told):
    """A trial: who challenges whom, and how far it is. `details` hold what each look saw, and how it ended; `before`
    are the challengers that the one now took over from.
    """

    number: int
    model: str
    champion: str
    challenger: str
    state: TrialState
    looks: int
    details: Plain
    begun_at: datetime
    begun_by: str
    ended_at: datetime | None
    before: list[str]


class TrialPart(Part):
    """Trials, newest first."""

    items: list[TrialTold]


class TrialsAsked(Paging):
    """Which trials: of one model, or all."""

    model: Name | None = None


class BeginAsked(Asked):
    """Let a version, as NAME@2, challenge the champion of its model on visits that are shared out."""

    challenger: Reference
    reason: Reason


class FoundTold(Told):
    """What the conclusive visits of one model's choice found; sections as [visits, found]."""

    visits: int
    found: int
    by_section: dict[str, list[int]]


class StandingTold(Told):
    """Where a trial stands. `decision` is what its policy would do at a look now; without one a person decides."""

    trial: TrialTold
    has_policy: bool
    champion: FoundTold
    challenger: FoundTold
    random_found: int
    random_visits: int
    waiting: int
    decision: str
    difference: float | None
    p_value: float
    detectable: float | None
    worst_section: str | None
    next_look_at: int | None
    is_due: bool


class ShadowTold(Told):
    """How both would have ranked the outcomes since `since`; in `compared` the challenger is the first."""

    since: str
    left_out_because_used_in_fitting: int
    random: Plain
    every: Plain


class PromotionAsked(Asked):
    """When a challenger is promoted by itself; what would promote on noise is refused."""

    better_by: Annotated[float, Field(ge=-1, le=1)] = 0.02
    p_value: Annotated[float, Field(ge=0, le=1)] = 0.05
    worst_section: Annotated[float, Field(ge=0, le=1)] = 0.25
    fewest_visits: Annotated[int, Field(ge=0, le=MOST)] = 40
    looks: Annotated[int, Field(ge=0, le=1_000)] = 4


class RetrainingAsked(Asked):
    """When a model is trained anew by itself: so long after the last training, on open alerts, with new outcomes."""

    months: Annotated[int | None, Field(ge=0, le=1_000)] = 12
    alerts: Annotated[tuple[Name, ...], Field(max_length=20)] = ()
    outcomes: Annotated[int | None, Field(ge=0, le=MOST)] = 300
    begin_trial: bool = True


class PolicyTold(Told):
    """A policy; null where a person decides."""

    policy: Plain | None


@pages.get("/trials")
@needs("model.read")
@pages.input(TrialsAsked, location="query")
@pages.output(TrialPart)
def list_trials(query_data: TrialsAsked) -> Mapping[str, Any]:
    """List the trials."""
    with absent_is_not_found():
        found = try_challenger.list_trials(current_house(), query_data.model, last=MOST)
    return part_of([_told(one) for one in found], query_data)


@pages.post("/trials")
@needs("model.promote")
@pages.input(BeginAsked)
@pages.output(TrialTold, status_code=201)
def begin_trial(json_data: BeginAsked) -> dict[str, Any]:
    """Begin a trial; the challenger scores what the champion has scored."""
    return _told(try_challenger.begin_trial(current_house(), json_data.challenger, reason=json_data.reason))


@pages.get("/trials/<number:number>")
@needs("model.read")
@pages.output(StandingTold)
def look_at_trial(number: Number) -> dict[str, Any]:
    """Look at a trial; this does not count as a look of its policy."""
    seen = try_challenger.look_at_trial(current_house(), _known(number))
    verdict = plain({name: getattr(seen.verdict, name) for name in seen.verdict.__slots__})
    return {
        **verdict,
        "trial": _told(seen.trial),
        "has_policy": seen.has_policy,
        "champion": _found(seen.champion),
        "challenger": _found(seen.challenger),
        "random_found": seen.random[0],
        "random_visits": seen.random[1],
        "waiting": seen.waiting,
        "next_look_at": seen.next_look_at,
        "is_due": seen.is_due,
    }


@pages.get("/trials/<number:number>/shadow")
@needs("model.read")
@pages.output(ShadowTold)
def compare_in_shadow(number: Number) -> dict[str, Any]:
    """Compare both models on the outcomes since they were trained, each weighed by its chance of being visited."""
    return plain(compare_shadow.compare_in_shadow(current_house(), _known(number)).to_json())


@pages.post("/trials/<number:number>/promote")
@needs("model.promote")
@pages.input(Why)
@pages.output(TrialTold)
def promote(number: Number, json_data: Why) -> dict[str, Any]:
    """Make the challenger the champion."""
    return _ended(number, "be promoted", json_data)


@pages.post("/trials/<number:number>/give-up")
@needs("model.promote")
@pages.input(Why)
@pages.output(TrialTold)
def give_up(number: Number, json_data: Why) -> dict[str, Any]:
    """Retire the challenger."""
    return _ended(number, "be given up", json_data)


@pages.post("/trials/<number:number>/stop")
@needs("model.promote")
@pages.input(Why)
@pages.output(TrialTold)
def stop(number: Number, json_data: Why) -> dict[str, Any]:
    """End a trial and change nothing else."""
    return _ended(number, "be stopped", json_data)


@pages.get("/models/<name>/promotion")
@needs("model.read")
@pages.output(PolicyTold)
def get_promotion(name: str) -> dict[str, Any]:
    """Look at the policy by which challengers are promoted."""
    with absent_is_not_found():
        found = try_challenger.get_promotion(current_house(), name)
    return {"policy": None if found is None else found.to_json()}


@pages.put("/models/<name>/promotion")
@needs("model.promote")
@pages.input(PromotionAsked)
@pages.output(PolicyTold)
def keep_promotion(name: str, json_data: PromotionAsked) -> dict[str, Any]:
    """Set down when a challenger is promoted by itself."""
    policy = PromotionPolicy(**json_data.model_dump())
    _check_there(name)
    return {"policy": try_challenger.keep_promotion(current_house(), name, policy).content}


@pages.delete("/models/<name>/promotion")
@needs("model.promote")
@pages.output({}, status_code=204)
def drop_promotion(name: str) -> ResponseReturnValue:
    """Let a person decide from now on."""
    _check_there(name)
    try_challenger.keep_promotion(current_house(), name, None)
    return nothing()


@pages.get("/models/<name>/retraining")
@needs("model.read")
@pages.output(PolicyTold)
def get_retraining(name: str) -> dict[str, Any]:
    """Look at the policy by which a model is trained anew."""
    with absent_is_not_found():
        found = retrain.get_retraining(current_house(), name)
    return {"policy": None if found is None else found.to_json()}


@pages.put("/models/<name>/retraining")
@needs("model.promote")
@pages.input(RetrainingAsked)
@pages.output(PolicyTold)
def keep_retraining(name: str, json_data: RetrainingAsked) -> dict[str, Any]:
    """Set down when a model is trained anew by itself."""
    policy = RetrainingPolicy(**json_data.model_dump())
    _check_there(name)
    return {"policy": retrain.keep_retraining(current_house(), name, policy).content}


@pages.delete("/models/<name>/retraining")
@needs("model.promote")
@pages.output({}, status_code=204)
def drop_retraining(name: str) -> ResponseReturnValue:
    """Train only when somebody asks, from now on."""
    _check_there(name)
    retrain.keep_retraining(current_house(), name, None)
    return nothing()


def _check_there(name: str) -> None:
    with absent_is_not_found():
        retrain.get_retraining(current_house(), name)


def _known(number: int) -> Trial:
    with absent_is_not_found():
        return try_challenger.get_trial(current_house(), number)


def _ended(number: int, act: TrialAct, why: Why) -> dict[str, Any]:
    _known(number)
    return _told(try_challenger.end_trial(current_house(), number, act, reason=why.reason))


def _found(choices: try_challenger.Choices) -> dict[str, Any]:
    sections = {name: list(pair) for name, pair in choices.by_section.items()}
    return {"visits": choices.visits, "found": choices.found, "by_section": sections}


def _told(trial: Trial) -> dict[str, Any]:
    told = {name: getattr(trial, name) for name in TrialTold.model_fields}
    return {**told, "details": plain(trial.details), "before": list(trial.before)}
