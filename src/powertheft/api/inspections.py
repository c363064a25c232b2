"""Inspections: propose, assign, start, record; whoever only visits sees the own cases. Rule: use cases only."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import Field

from powertheft.actions import inspections
from powertheft.actions.house import EVERY
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.shapes import MOST, Asked, Number, Paging, Part, Plain, Reason, Text, Told, Word, part_of, plain
from powertheft.domain.inspections import Case, CaseState, DrawnBy, Finding, check_outcome

pages = APIBlueprint("inspections", __name__, url_prefix="/inspections", tag="Inspections")

Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2199, 12, 31))]
Amount = Annotated[float | None, Field(ge=0, le=1e12)]


class FindingTold(Told):
    """What a visit found; energy in kWh."""

    outcome: str
    inspected_on: date
    energy_assessed: float | None
    amount_assessed: float | None
    note: str
    photos: list[str]


class CaseTold(Told):
    """A connection that is to be visited, by its pseudonym; how it was drawn and with what chance."""

    number: int
    dataset: str
    consumer_id: str
    drawn_by: DrawnBy
    inclusion_probability: float
    scoring: int | None
    rank: int | None
    about: Plain
    state: CaseState
    assigned_to: str | None
    planned_on: date | None
    finding: FindingTold | None
    created_at: datetime
    created_by: str


class CasePart(Part):
    """Cases, newest first."""

    items: list[CaseTold]


class StepTold(Told):
    """One step of a case's history."""

    at: datetime
    actor: str
    act: str
    state: CaseState
    details: Plain


class StepPart(Part):
    """Steps in their order."""

    items: list[StepTold]


class CasesAsked(Paging):
    """Which cases."""

    state: CaseState | None = None
    assigned_to: Word | None = None
    scoring: Number | None = None


class DrawAsked(Asked):
    """A week's cases of a list: how many visits, and what share of them at random below the top."""

    scoring: Number
    visits: Annotated[int, Field(ge=1, le=100_000)]
    random_share: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    section: Word | None = None
    seed: Annotated[int, Field(ge=0, le=MOST)] = 0


class OneAsked(Asked):
    """One connection of a list."""

    scoring: Number
    consumer: Word


class AssignAsked(Asked):
    """Who is to go where, and on which day."""

    numbers: Annotated[list[Number], Field(min_length=1, max_length=1_000)]
    to: Word
    planned_on: Day | None = None


class OutcomeAsked(Asked):
    """What the visit found; energy in kWh, the amount in the currency of the data."""

    outcome: Word
    inspected_on: Day
    energy_assessed: Amount = None
    amount_assessed: Amount = None
    note: Text = ""


class NoteAsked(Asked):
    """Why; it stays in the case's history."""

    note: Reason


@pages.get("")
@needs("inspection.read")
@pages.input(CasesAsked, location="query")
@pages.output(CasePart)
def list_cases(query_data: CasesAsked) -> Mapping[str, Any]:
    """List the cases, newest first."""
    found = inspections.list_cases(
        current_house(),
        states=[] if query_data.state is None else [query_data.state],
        assigned_to=query_data.assigned_to,
        scoring=query_data.scoring,
        last=min(query_data.place() + query_data.limit + 1, EVERY),
    )
    return part_of([_told(case) for case in found], query_data)


@pages.post("/draws")
@needs("inspection.assign")
@pages.input(DrawAsked)
@pages.output(CasePart, status_code=201)
def propose_cases(json_data: DrawAsked) -> dict[str, Any]:
    """Open the cases of a week: the top of a list, and some drawn at random; open ones are not in the draw."""
    choices = json_data.model_dump(exclude={"scoring"})
    found = inspections.propose_cases(current_house(), json_data.scoring, **choices)
    return {"items": [_told(case) for case in found]}


@pages.post("")
@needs("inspection.assign")
@pages.input(OneAsked)
@pages.output(CaseTold, status_code=201)
def open_case(json_data: OneAsked) -> dict[str, Any]:
    """Open a case of one connection; where it has an open one, that is the answer."""
    return _told(inspections.open_case(current_house(), json_data.scoring, json_data.consumer))


@pages.post("/assignments")
@needs("inspection.assign")
@pages.input(AssignAsked)
@pages.output(CasePart)
def assign_cases(json_data: AssignAsked) -> dict[str, Any]:
    """Hand cases to an inspector: all of them, or none where one cannot be."""
    wanted = json_data
    found = inspections.assign_cases(current_house(), wanted.numbers, to=wanted.to, planned_on=wanted.planned_on)
    return {"items": [_told(case) for case in found]}


@pages.get("/<number:number>")
@needs("inspection.read")
@pages.output(CaseTold)
def get_case(number: int) -> dict[str, Any]:
    """Look at a case."""
    with absent_is_not_found():
        return _told(inspections.get_case(current_house(), number))


@pages.get("/<number:number>/history")
@needs("inspection.read")
@pages.output(StepPart)
def list_history(number: int) -> dict[str, Any]:
    """Read what became of a case."""
    with absent_is_not_found():
        found = inspections.list_history(current_house(), number)
    parts = StepTold.model_fields
    return {"items": [{name: plain(getattr(step, name)) for name in parts} for step in found]}


@pages.post("/<number:number>/start")
@needs("inspection.record")
@pages.output(CaseTold)
def start_case(number: int) -> dict[str, Any]:
    """Say that the visit has begun."""
    with absent_is_not_found():
        return _told(inspections.start_case(current_house(), number))


@pages.post("/<number:number>/outcome")
@needs("inspection.record")
@pages.input(OutcomeAsked)
@pages.output(CaseTold)
def record_outcome(number: int, json_data: OutcomeAsked) -> dict[str, Any]:
    """Set down what the visit found."""
    check_outcome(json_data.outcome)
    house = current_house()
    with absent_is_not_found():
        inspections.get_case(house, number)
    return _told(inspections.record_finding(house, number, Finding(**json_data.model_dump())))


@pages.post("/<number:number>/correct")
@needs("inspection.record")
@pages.input(NoteAsked)
@pages.output(CaseTold)
def correct_outcome(number: int, json_data: NoteAsked) -> dict[str, Any]:
    """Open what was recorded once more, and say why."""
    with absent_is_not_found():
        return _told(inspections.correct_finding(current_house(), number, note=json_data.note))


@pages.post("/<number:number>/close")
@needs("inspection.assign")
@pages.output(CaseTold)
def close_case(number: int) -> dict[str, Any]:
    """Close a recorded case: nothing of it changes any more."""
    with absent_is_not_found():
        return _told(inspections.close_case(current_house(), number))


@pages.post("/<number:number>/withdraw")
@needs("inspection.assign")
@pages.input(NoteAsked)
@pages.output(CaseTold)
def withdraw_case(number: int, json_data: NoteAsked) -> dict[str, Any]:
    """Take a case back before anything is recorded."""
    with absent_is_not_found():
        return _told(inspections.withdraw_case(current_house(), number, note=json_data.note))


@pages.post("/<number:number>/propose")
@needs("inspection.assign")
@pages.output(CaseTold)
def propose_again(number: int) -> dict[str, Any]:
    """Undo a withdrawal."""
    with absent_is_not_found():
        return _told(inspections.propose_again(current_house(), number))


def _told(case: Case) -> dict[str, Any]:
    return {**{name: getattr(case, name) for name in CaseTold.model_fields}, "about": plain(case.about)}
