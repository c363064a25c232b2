"""From a ranked list to cases, and what becomes of them. Rule of the room: put the rooms together, compute nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from powertheft.actions.house import EVERY, House, split_reference
from powertheft.actions.ports import Scoring, UnitOfWork
from powertheft.actions.scorings import LIST, scoring_folder
from powertheft.domain.errors import AccessError, ChoiceError
from powertheft.domain.inspections import OPEN, Case, CaseState, CaseStep, Finding, NewCase
from powertheft.domain.outcomes import label_of
from powertheft.ranking.drawing import draw_visits

ABOUT = (
    "probability",
    "expected_energy_kwh",
    "expected_amount",
    "reason_1",
    "reason_2",
    "reason_3",
    "rules",
    "category",
    "region",
    "district",
    "section",
    "feeder_id",
    "transformer_id",
)
"""What a case takes from the list, so that it can be read after the list is gone."""

ENERGY, AMOUNT = "expected_energy_kwh", "expected_amount"
SET_ASIDE = "set_aside"
INSPECTOR = "inspector"
WAITING: tuple[CaseState, ...] = ("assigned", "started")


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """What a draw would give: visits, those drawn at random, what they are expected to find; nothing is opened yet.

    `passed_over` counts connections that have an open case or were set aside; `sections` says where the visits lie.
    """

    scoring: Scoring
    visits: int
    random: int
    passed_over: int
    expected_finds: float
    energy_kwh: float | None
    amount: float | None
    sections: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """How many cases stand where, and of the visits that found something out, how many found an indication confirmed.

    `listed` and `random` are (finds, visits that found something out): only the second says what visits at random find.
    """

    to_assign: int
    on_the_way: int
    overdue: int
    to_close: int
    listed: tuple[int, int]
    random: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Inspector:
    """Somebody whom cases can be handed to, and how many wait with them."""

    name: str
    full_name: str
    waiting: int


def propose_cases(
    house: House, scoring: int, *, visits: int, random_share: float = 0.1, section: str | None = None, seed: int = 0
) -> Sequence[Case]:
    """Open the cases of a week: the top of a scoring's list, some drawn at random below; of one section, if named.

    Connections with an open case are not in the draw.
    """
    house.check("inspection.assign")
    found = _scoring(house, scoring)
    name, _ = split_reference(found.dataset)
    # Read before the transaction that others wait for: a list may have a million rows.
    whole = _of_section(pl.read_parquet(scoring_folder(house, found) / LIST), section)
    with house.begin() as work:
        chosen = _drawn(work, found, whole, visits=visits, random_share=random_share, seed=seed)
        return work.inspections.propose([_case(row, name, found) for row in chosen.iter_rows(named=True)])


def preview_cases(
    house: House, scoring: int, *, visits: int, random_share: float = 0.1, section: str | None = None, seed: int = 0
) -> WeekPlan:
    """Say what `propose_cases` would open for the same choices."""
    house.check("inspection.assign")
    found = _scoring(house, scoring)
    kept = ["rank", "consumer_id", "probability", ENERGY, AMOUNT, "section"]
    scanned = pl.scan_parquet(scoring_folder(house, found) / LIST)
    there = scanned.collect_schema().names()
    whole = _of_section(scanned.select([name for name in kept if name in there]).collect(), section)
    with house.read() as work:
        passed = whole.filter(pl.col("consumer_id").is_in(_taken(work, found))).height
        chosen = _drawn(work, found, whole, visits=visits, random_share=random_share, seed=seed)
    places = chosen["section"].drop_nulls() if "section" in there else pl.Series([], dtype=pl.String)
    counted = places.value_counts().sort(["count", "section"], descending=[True, False]) if places.len() else None
    return WeekPlan(
        found,
        chosen.height,
        int(chosen["is_random"].sum()),
        passed,
        float(chosen["probability"].sum()),
        _sum_of(chosen, ENERGY),
        _sum_of(chosen, AMOUNT),
        tuple((str(name), int(count)) for name, count in counted.iter_rows()) if counted is not None else (),
    )


def open_case(house: House, scoring: int, consumer_id: str) -> Case:
    """Open a case of one connection of a list; where it has an open one, that is returned."""
    house.check("inspection.assign")
    found = _scoring(house, scoring)
    name, _ = split_reference(found.dataset)
    new = _case(_row_of(house, found, consumer_id), name, found)
    with house.begin() as work:
        opened = work.inspections.propose([new])
        return opened[0] if opened else work.inspections.list_cases(dataset=name, consumer_id=consumer_id, last=1)[0]


def set_aside(house: House, scoring: int, consumer_id: str, *, why: str) -> Case:
    """Say that a connection of a list needs no visit, and why: it is passed over until the next list.

    It becomes a case that is withdrawn with the reason, so that its history tells it and `propose_again` undoes it.
    """
    house.check("inspection.assign")
    if not why.strip():
        raise ChoiceError("no reason is given", column="why", advice="Say what you know of it, in a few words.")
    found = _scoring(house, scoring)
    name, _ = split_reference(found.dataset)
    new = _case(_row_of(house, found, consumer_id), name, found)
    with house.begin() as work:
        opened = work.inspections.propose([replace(new, about={**new.about, SET_ASIDE: True})])
        if not opened:
            msg = "this connection has an open case"
            raise ChoiceError(msg, column="why", advice="Withdraw the case instead, with the same reason.")
        return work.inspections.change_case(opened[0].number, "be withdrawn", note=why.strip())


def assign_cases(house: House, numbers: Sequence[int], *, to: str, planned_on: date | None = None) -> Sequence[Case]:
    """Hand cases to an inspector: all of them, or none where one cannot be."""
    house.check("inspection.assign")
    if not to.strip():
        raise ChoiceError("nobody is named", advice="Say who is to go.")
    with house.begin() as work:
        return [
            work.inspections.change_case(number, "be assigned", assigned_to=to, planned_on=planned_on)
            for number in numbers
        ]


def start_case(house: House, number: int) -> Case:
    """Say that the visit has begun."""
    house.check("inspection.record")
    with house.begin() as work:
        _check_own(house, work.inspections.get_case(number))
        return work.inspections.change_case(number, "be started")


def record_finding(house: House, number: int, finding: Finding) -> Case:
    """Set down what a visit found."""
    house.check("inspection.record")
    _check_finding(finding)
    with house.begin() as work:
        _check_own(house, work.inspections.get_case(number))
        return work.inspections.change_case(number, "be recorded", finding=finding)


def correct_finding(house: House, number: int, *, note: str) -> Case:
    """Open what was recorded once more; what was found stays until it is recorded again."""
    house.check("inspection.record")
    with house.begin() as work:
        _check_own(house, work.inspections.get_case(number))
        return work.inspections.change_case(number, "be corrected", note=note)


def close_case(house: House, number: int) -> Case:
    """Close a recorded case: nothing of it changes any more."""
    house.check("inspection.assign")
    with house.begin() as work:
        return work.inspections.change_case(number, "be closed")


def withdraw_case(house: House, number: int, *, note: str) -> Case:
    """Take a case back before anything is recorded, with the reason; `propose_again` undoes it."""
    house.check("inspection.assign")
    if not note.strip():
        raise ChoiceError("no reason is given", column="note", advice="Say why, in a few words.")
    with house.begin() as work:
        return work.inspections.change_case(number, "be withdrawn", note=note)


def propose_again(house: House, number: int) -> Case:
    """Undo a withdrawal."""
    house.check("inspection.assign")
    with house.begin() as work:
        return work.inspections.change_case(number, "be proposed again")


def list_cases(
    house: House,
    *,
    states: Sequence[CaseState] = (),
    assigned_to: str | None = None,
    scoring: int | None = None,
    last: int = 1000,
) -> Sequence[Case]:
    """Return the last cases, newest first; whoever only visits sees the own ones."""
    house.check("inspection.read")
    whose = assigned_to if _sees_all(house) else house.actor.name
    with house.read() as work:
        return work.inspections.list_cases(states=states, assigned_to=whose, scoring=scoring, last=last)


def cases_of_consumer(house: House, dataset: str, consumer_id: str) -> Sequence[Case]:
    """Return all cases of a connection, newest first; `dataset` is NAME or NAME@number."""
    house.check("list.read")
    with house.read() as work:
        return work.inspections.list_cases(dataset=split_reference(dataset)[0], consumer_id=consumer_id)


def count_cases(house: House, cases: Sequence[Case], *, today: date | None = None) -> CaseFigures:
    """Add up cases that were listed."""
    house.check("inspection.read")
    day = today or date.today()
    states = Counter(case.state for case in cases)
    late = [case for case in cases if case.state in WAITING and case.planned_on is not None and case.planned_on < day]
    return CaseFigures(
        states["proposed"],
        sum(states[state] for state in WAITING),
        len(late),
        states["recorded"],
        _finds(cases, "list"),
        _finds(cases, "random"),
    )


def in_route_order(cases: Sequence[Case]) -> list[Case]:
    """Return cases by the day that is planned, then by section, feeder and transformer."""

    def place(case: Case) -> tuple[Any, ...]:
        where = (str(case.about.get(name, "")) for name in ("district", "section", "feeder_id", "transformer_id"))
        return (case.planned_on or date.max, *where, case.rank or 0, case.number)

    return sorted(cases, key=place)


def list_inspectors(house: House) -> Sequence[Inspector]:
    """Return who can be sent to a case: active accounts with the role, by name."""
    house.check("inspection.assign")
    with house.read() as work:
        people = [one for one in work.accounts.list_accounts() if one.is_active and INSPECTOR in one.roles]
        given = work.inspections.list_cases(states=WAITING, last=EVERY)
    waiting = Counter(case.assigned_to for case in given)
    return [Inspector(one.name, one.full_name, waiting[one.name]) for one in people]


def get_case(house: House, number: int) -> Case:
    """Return one case; whoever only visits may ask for the own ones."""
    house.check("inspection.read")
    with house.read() as work:
        found = work.inspections.get_case(number)
    _check_own(house, found)
    return found


def list_history(house: House, number: int) -> Sequence[CaseStep]:
    """Return the steps of a case in their order."""
    house.check("inspection.read")
    with house.read() as work:
        _check_own(house, work.inspections.get_case(number))
        return work.inspections.list_history(number)


def _sees_all(house: House) -> bool:
    return house.actor.can("inspection.assign") or house.actor.can("list.read")


def _check_own(house: House, case: Case) -> None:
    if not _sees_all(house) and case.assigned_to != house.actor.name:
        msg = f"case {case.number} is not one of {house.actor.name}'s"
        raise AccessError(msg, advice="Ask whoever assigns the cases.")


def _check_finding(finding: Finding) -> None:
    if finding.inspected_on > date.today():
        raise ChoiceError("the visit is in the future", column="inspected_on", advice="Give the day that it was made.")
    for name in ("energy_assessed", "amount_assessed"):
        value = getattr(finding, name)
        if value is not None and not 0 <= value < float("inf"):
            raise ChoiceError(
                f"{value} is no amount", column=name, advice="Give a number of 0 or more, or leave it out."
            )


def _of_section(listed: pl.DataFrame, section: str | None) -> pl.DataFrame:
    if section is None:
        return listed
    if "section" not in listed.columns:
        raise ChoiceError("these data name no sections", advice="Leave the section out.")
    return listed.filter(pl.col("section") == section)


def _finds(cases: Sequence[Case], drawn_by: str) -> tuple[int, int]:
    found = [case.finding.outcome for case in cases if case.finding is not None and case.drawn_by == drawn_by]
    labels = [label for outcome in found if (label := label_of(outcome)) is not None]
    return sum(labels), len(labels)


def _scoring(house: House, number: int) -> Scoring:
    with house.read() as work:
        return work.scorings.get_scoring(number)


def _row_of(house: House, scoring: Scoring, consumer_id: str) -> dict[str, Any]:
    rows = pl.scan_parquet(scoring_folder(house, scoring) / LIST).filter(consumer_id=consumer_id).collect()
    if not rows.height:
        raise ChoiceError(f"{consumer_id} is not in list {scoring.number}", advice="Take one that is.")
    return {**rows.row(0, named=True), "is_random": False, "chance": 1.0}


def _drawn(
    work: UnitOfWork, scoring: Scoring, whole: pl.DataFrame, *, visits: int, random_share: float, seed: int
) -> pl.DataFrame:
    """Return the rows that are to be visited, how each was drawn and with what chance."""
    listed = whole.filter(~pl.col("consumer_id").is_in(_taken(work, scoring)))
    draw = draw_visits(listed.height, visits=visits, random_share=random_share, seed=seed)
    return listed[draw.places.tolist()].with_columns(
        is_random=pl.Series(draw.is_random, dtype=pl.Boolean), chance=pl.Series(draw.inclusion_probability)
    )


def _taken(work: UnitOfWork, scoring: Scoring) -> list[str]:
    """Return the connections that cannot be drawn: with an open case, or set aside on this list."""
    name, _ = split_reference(scoring.dataset)
    opened = work.inspections.list_cases(states=sorted(OPEN), dataset=name, last=EVERY)
    gone = work.inspections.list_cases(states=["withdrawn"], scoring=scoring.number, last=EVERY)
    return [case.consumer_id for case in (*opened, *(one for one in gone if one.about.get(SET_ASIDE)))]


def _sum_of(rows: pl.DataFrame, column: str) -> float | None:
    if column not in rows.columns or not rows[column].count():
        return None
    return float(rows[column].clip(lower_bound=0).sum())


def _case(row: dict[str, Any], dataset: str, scoring: Scoring) -> NewCase:
    about = {name: row[name] for name in ABOUT if row.get(name) is not None}
    currency = scoring.details.get("currency")
    return NewCase(
        dataset=dataset,
        consumer_id=row["consumer_id"],
        drawn_by="random" if row["is_random"] else "list",
        inclusion_probability=row["chance"],
        scoring=scoring.number,
        rank=row["rank"],
        about=about if currency is None else {**about, "currency": currency},
    )
