"""From a ranked list to cases, and what becomes of them. Rule of the room: put the rooms together, compute nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.house import EVERY, House, split_reference
from powertheft.actions.ports import Scoring, UnitOfWork
from powertheft.actions.promise import LEARNT_FROM, Promise, promise_of, with_places
from powertheft.actions.scorings import LIST, scoring_folder
from powertheft.actions.shared_visits import SCORING, Sharing, draw_alone, draw_in_turns, sharing_of
from powertheft.actions.show_model import ModelReport, read_report
from powertheft.actions.watch_request import ask_to_watch
from powertheft.domain.errors import ChoiceError, PowertheftError
from powertheft.domain.inspections import OPEN, Case, CaseState, CaseStep, Finding, NewCase, absent_case, faults_of
from powertheft.domain.outcomes import label_of
from powertheft.domain.trials import CHOSEN_BY, TRIAL
from powertheft.ranking.recovered import RecoveredPart, recovered_part

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
    `sharing` is the trial whose champion and challenger take turns, `by_challenger` how many the challenger chose.
    `recovered` is the part of the expected amounts that finds were assessed at until now, None where there are few.
    """

    scoring: Scoring
    visits: int
    random: int
    passed_over: int
    promise: Promise
    energy_kwh: float | None
    amount: float | None
    sections: tuple[tuple[str, int], ...]
    sharing: Sharing | None = None
    by_challenger: int = 0
    recovered: RecoveredPart | None = None


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

    Connections with an open case are not in the draw. While a trial runs, its two models take turns in choosing.
    """
    house.check("inspection.assign")
    found = _scoring(house, scoring)
    name, _ = split_reference(found.dataset)
    # Read before the transaction that others wait for: a list may have a million rows.
    source = _source(house, found, section)
    with house.begin() as work:
        chosen = _drawn(work, source, visits=visits, random_share=random_share, seed=seed)
        trial = source.sharing.trial.number if source.sharing and source.sharing.challenger else None
        return work.inspections.propose([_case(row, name, found, trial) for row in chosen.iter_rows(named=True)])


def preview_cases(
    house: House, scoring: int, *, visits: int, random_share: float = 0.1, section: str | None = None, seed: int = 0
) -> WeekPlan:
    """Say what `propose_cases` would open for the same choices."""
    house.check("inspection.assign")
    found = _scoring(house, scoring)
    kept = ["rank", "consumer_id", "probability", LEARNT_FROM, ENERGY, AMOUNT, "section"]
    source = _source(house, found, section, kept)
    with house.read() as work:
        passed = source.lists[0].filter(pl.col("consumer_id").is_in(_taken(work, source))).height
        chosen = _drawn(work, source, visits=visits, random_share=random_share, seed=seed)
        name, _ = split_reference(found.dataset)
        known = work.inspections.list_cases(states=["recorded", "closed"], dataset=name, last=EVERY)
    places = chosen["section"].drop_nulls() if "section" in chosen.columns else pl.Series([], dtype=pl.String)
    counted = places.value_counts().sort(["count", "section"], descending=[True, False]) if places.len() else None
    return WeekPlan(
        found,
        chosen.height,
        int(chosen["is_random"].sum()),
        passed,
        _promise(house, source, chosen),
        _sum_of(chosen, ENERGY),
        _sum_of(chosen, AMOUNT),
        tuple((str(name), int(count)) for name, count in counted.iter_rows()) if counted is not None else (),
        source.sharing,
        int((chosen[CHOSEN_BY] == "challenger").sum()),
        _recovered(known),
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """What is drawn from: a list, and during a trial the challenger's beside it; `learnt` counts on whole lists."""

    scorings: tuple[Scoring, ...]
    lists: tuple[pl.DataFrame, ...]
    learnt: tuple[int, ...]
    sharing: Sharing | None


def _source(house: House, scoring: Scoring, section: str | None, columns: Sequence[str] | None = None) -> _Source:
    sharing = sharing_of(house, scoring)
    both = (scoring,)
    if sharing is not None and sharing.challenger is not None:
        both = (sharing.champion, sharing.challenger)
    whole = [with_places(_read(house, one, columns)) for one in both]
    return _Source(
        both,
        tuple(_of_section(listed, section) for listed in whole),
        tuple(int(listed[LEARNT_FROM].sum() or 0) for listed in whole),
        sharing,
    )


def _read(house: House, scoring: Scoring, columns: Sequence[str] | None) -> pl.DataFrame:
    scanned = pl.scan_parquet(scoring_folder(house, scoring) / LIST)
    there = scanned.collect_schema().names()
    return scanned.select([name for name in there if columns is None or name in columns]).collect()


def _promise(house: House, source: _Source, chosen: pl.DataFrame) -> Promise:
    """Add up what each list promises of the visits that it gives."""
    parts = [
        promise_of(chosen.filter(pl.col(SCORING) == one.number), learnt=learnt, report=_report_of(house, one))
        for one, learnt in zip(source.scorings, source.learnt, strict=True)
    ]
    told = [part.learnt_from for part in parts if part.learnt_from is not None]
    return Promise(
        sum(part.expected_finds for part in parts),
        sum(told) if len(told) == len(parts) else None,
        all(part.is_held_out for part in parts),
    )


def _report_of(house: House, scoring: Scoring) -> ModelReport | None:
    try:
        return read_report(house, scoring.model)
    except PowertheftError:
        # The model is gone, or is not for this actor to read.
        return None


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


def faults_of_finding(house: House, number: int, finding: Finding) -> list[ChoiceError]:
    """Return everything that keeps what a visit found from being recorded, so that it can be said at once."""
    house.check("inspection.record")
    with house.read() as work:
        return find_faults(house, work, number, finding)


def find_faults(house: House, work: UnitOfWork, number: int, finding: Finding) -> list[ChoiceError]:
    """Return the same within a transaction that is open."""
    house.check("inspection.record")
    case = work.inspections.get_case(number)
    _check_own(house, case)
    handed = (step.at for step in work.inspections.list_history(number) if step.act == "be assigned")
    moment = next(handed, case.created_at)
    # Whichever day it was first, here or in the store's time: a visit of that same evening is no mistake.
    handed_out_on = min(moment.date(), moment.astimezone().date())
    return faults_of(finding, today=date.today(), handed_out_on=handed_out_on)


def record_finding(house: House, number: int, finding: Finding) -> Case:
    """Set down what a visit found."""
    house.check("inspection.record")
    with house.begin() as work:
        for fault in find_faults(house, work, number, finding):
            raise fault
        recorded = work.inspections.change_case(number, "be recorded", finding=finding)
        ask_to_watch(work)
        return recorded


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
    consumer_begins: str | None = None,
    scoring: int | None = None,
    last: int = 1000,
) -> Sequence[Case]:
    """Return the last cases, newest first, of connections that begin so; whoever only visits sees the own ones."""
    house.check("inspection.read")
    whose = assigned_to if _sees_all(house) else house.actor.name
    with house.read() as work:
        return work.inspections.list_cases(
            states=states, assigned_to=whose, consumer_begins=consumer_begins, scoring=scoring, last=last
        )


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
    """Return cases by the day that is planned, then by place: region to section, feeder and transformer."""

    def place(case: Case) -> tuple[Any, ...]:
        where = (
            str(case.about.get(name, "")) for name in ("region", "district", "section", "feeder_id", "transformer_id")
        )
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


def case_for(house: House, case: Case) -> bool:
    """Return whether a case is to be seen: by whoever plans or reads lists each one, by an inspector the own ones."""
    house.check("inspection.read")
    return _sees_all(house) or case.assigned_to == house.actor.name


def _sees_all(house: House) -> bool:
    return house.actor.can("inspection.assign") or house.actor.can("list.read")


def _check_own(house: House, case: Case) -> None:
    # In the words of a case that is not there: else whoever tries numbers learns how many there are.
    if not case_for(house, case):
        raise absent_case(case.number)


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


def _drawn(work: UnitOfWork, source: _Source, *, visits: int, random_share: float, seed: int) -> pl.DataFrame:
    """Return the rows that are to be visited, how each was drawn and with what chance, and whose choice it was."""
    taken = _taken(work, source)
    first, *others = (listed.filter(~pl.col("consumer_id").is_in(taken)) for listed in source.lists)
    how: dict[str, Any] = {"visits": visits, "random_share": random_share, "seed": seed}
    if source.sharing is None or not others:
        return draw_alone(first, source.scorings[0], **how)
    return draw_in_turns(first, others[0], source.sharing, **how)


def _taken(work: UnitOfWork, source: _Source) -> list[str]:
    """Return the connections that cannot be drawn: with an open case, or set aside on this list."""
    name, _ = split_reference(source.scorings[0].dataset)
    opened = work.inspections.list_cases(states=sorted(OPEN), dataset=name, last=EVERY)
    gone = [
        case
        for one in source.scorings
        for case in work.inspections.list_cases(states=["withdrawn"], scoring=one.number, last=EVERY)
    ]
    return [case.consumer_id for case in (*opened, *(one for one in gone if one.about.get(SET_ASIDE)))]


def _recovered(cases: Sequence[Case]) -> RecoveredPart | None:
    """Compare what finds were assessed at with what their lists expected of them."""
    finds = [
        (case.finding.amount_assessed, case.about.get(AMOUNT))
        for case in cases
        if case.finding is not None and label_of(case.finding.outcome) == 1
    ]
    told = np.array(finds, dtype=np.float64).reshape(-1, 2)
    return recovered_part(told[:, 0], told[:, 1])


def _sum_of(rows: pl.DataFrame, column: str) -> float | None:
    if column not in rows.columns or not rows[column].count():
        return None
    return float(rows[column].clip(lower_bound=0).sum())


def _case(row: dict[str, Any], dataset: str, scoring: Scoring, trial: int | None = None) -> NewCase:
    about = {name: row[name] for name in ABOUT if row.get(name) is not None}
    told = {"currency": scoring.details.get("currency"), CHOSEN_BY: row.get(CHOSEN_BY), TRIAL: trial}
    return NewCase(
        dataset=dataset,
        consumer_id=row["consumer_id"],
        drawn_by="random" if row["is_random"] else "list",
        inclusion_probability=row["chance"],
        scoring=row.get(SCORING, scoring.number),
        rank=row["rank"],
        about={**about, **{name: value for name, value in told.items() if value is not None}},
    )
