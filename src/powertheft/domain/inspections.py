"""The life of a case: a connection that is to be visited. Rule of the room: the standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from powertheft.domain.errors import ChoiceError
from powertheft.domain.outcomes import OUTCOMES
from powertheft.domain.states import next_state

Json = Mapping[str, Any]
CaseState = Literal["proposed", "assigned", "started", "recorded", "closed", "withdrawn"]
CaseAct = Literal[
    "be assigned", "be started", "be recorded", "be corrected", "be closed", "be withdrawn", "be proposed again"
]
DrawnBy = Literal["list", "random"]

TRANSITIONS: Mapping[CaseState, Mapping[CaseAct, CaseState]] = {
    "proposed": {"be assigned": "assigned", "be withdrawn": "withdrawn"},
    # Assigned again is handed to somebody else; a squad without a network records what it never said it had started.
    "assigned": {
        "be assigned": "assigned",
        "be started": "started",
        "be recorded": "recorded",
        "be withdrawn": "withdrawn",
    },
    "started": {"be assigned": "assigned", "be recorded": "recorded", "be withdrawn": "withdrawn"},
    "recorded": {"be corrected": "started", "be closed": "closed"},
    "closed": {},
    "withdrawn": {"be proposed again": "proposed"},
}

OPEN: frozenset[CaseState] = frozenset({"proposed", "assigned", "started", "recorded"})
"""States of a case that somebody still has to do something about: a connection has one such case at most."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a visit found; energy in kWh, photos by the names of their files."""

    outcome: str
    inspected_on: date
    energy_assessed: float | None = None
    amount_assessed: float | None = None
    note: str = ""
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewCase:
    """A connection that is to be visited, by its pseudonym in the dataset; `about` is what the list says of it.

    `inclusion_probability` is the chance that this draw had of choosing it: 1 from the top of the list.
    """

    dataset: str
    consumer_id: str
    drawn_by: DrawnBy
    inclusion_probability: float
    scoring: int | None = None
    rank: int | None = None
    about: Json = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Case:
    """One case as the book knows it; `finding` is there once it is recorded."""

    number: int
    dataset: str
    consumer_id: str
    drawn_by: DrawnBy
    inclusion_probability: float
    scoring: int | None
    rank: int | None
    about: Json
    state: CaseState
    assigned_to: str | None
    planned_on: date | None
    finding: Finding | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One step of a case's history."""

    at: datetime
    actor: str
    act: str
    state: CaseState
    details: Json


def next_case_state(number: int, *, state: CaseState, act: CaseAct) -> CaseState:
    """Return where an act leads a case.

    Examples
    --------
    >>> next_case_state(3, state="started", act="be recorded")
    'recorded'
    >>> next_case_state(3, state="closed", act="be assigned")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.StateError: case 3 is closed, so it cannot be assigned. Nothing more can be done with it.
    """
    return next_state(TRANSITIONS, f"case {number}", state=state, act=act)


def absent_case(number: int) -> ChoiceError:
    """Return the refusal of a case that is not there, or that is not to be known to be there: the same words."""
    return ChoiceError(f"there is no case {number}", advice="Look for it in the list of cases.")


def faults_of(finding: Finding, *, today: date, handed_out_on: date) -> list[ChoiceError]:
    """Return everything that cannot be of what a visit found, each by its column.

    Examples
    --------
    >>> march = date(2026, 3, 12)
    >>> odd = Finding("theft", date(2026, 2, 1), energy_assessed=-3)
    >>> [fault.column for fault in faults_of(odd, today=march, handed_out_on=march)]
    ['inspected_on', 'energy_assessed']
    """
    day, told, faults = finding.inspected_on, "inspected_on", list[ChoiceError]()
    if day > today:
        what = f"the visit of {_day(day)} is in the future"
        faults.append(ChoiceError(what, column=told, advice="Give the day that it was made."))
    elif day < handed_out_on:
        what = f"the visit of {_day(day)} is before the case was handed out, on {_day(handed_out_on)}"
        advice = "Give the day of the visit that this case asked for; an earlier visit comes in with the data."
        faults.append(ChoiceError(what, column=told, advice=advice))
    amounts = {"energy_assessed": finding.energy_assessed, "amount_assessed": finding.amount_assessed}
    for name, value in amounts.items():
        if value is not None and not 0 <= value < float("inf"):
            advice = "Give a number of 0 or more, or leave it out."
            faults.append(ChoiceError(f"{value:.15g} is no amount", column=name, advice=advice))
    return faults


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def check_outcome(outcome: str) -> None:
    """Refuse a word that is no outcome of an inspection."""
    if outcome not in OUTCOMES:
        advice = f"Choose one of: {', '.join(sorted(OUTCOMES))}."
        raise ChoiceError(f"an inspection cannot end in {outcome!r}", advice=advice)


def check_chance(inclusion_probability: float) -> None:
    """Refuse what is no probability of being drawn: a case that could not be drawn was not."""
    if not 0 < inclusion_probability <= 1:
        msg = f"the chance of being drawn is {inclusion_probability}"
        raise ChoiceError(msg, advice="Give a number above 0 and at most 1.")
