"""Where a utility stands: loss, recovery, hit rate, what is worth a visit, what waits. Rule of the room: no fits.

What nobody can know yet is said in words, never as a nought.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import polars as pl

from powertheft.actions.explored_sums import BALANCE, BILLS, read_sums
from powertheft.actions.house import EXPLORATIONS, House, split_reference
from powertheft.actions.ports import ModelVersion, Scoring, UnitOfWork
from powertheft.actions.read_list import ListFilter, totals_of
from powertheft.actions.scorings import TRANSFORMERS, scoring_folder, usual_list
from powertheft.actions.show_model import read_report
from powertheft.domain.errors import PowertheftError
from powertheft.domain.inspections import Case
from powertheft.domain.jobs import Job
from powertheft.domain.numbers import grouped
from powertheft.domain.outcomes import INCONCLUSIVE, POSITIVE

WEEKS = 8
WEEKS_SHOWN = 26
RECENT_FAILURES = timedelta(days=7)
MOST_CASES = 50_000
MOST_JOBS = 50
MOST_MONTHS = 36
FEWEST_VISITS = 10
"""Visits with a finding from which a hit rate is more than a word about luck."""

NextStep = Literal[
    "import data", "train a model", "score a dataset", "choose visits", "hand out cases", "look at cases"
]


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures at the top: its value, None where it is not known, and what it is, or why not, in words."""

    value: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that waits for somebody: what, how many, and the kind and name of the page that deals with it."""

    what: str
    count: int
    page: Literal["jobs", "inspections", "models", "predictions", "data"]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """The overview; parts that the actor may not see are None.

    `loss` is a share, `recovered` an amount in `currency`, `hit_rate` and `random_hit_rate` shares of visits. `weeks`
    has a row a week, `months` one a month of the energy balance with what cases recovered.
    """

    loss: Figure | None
    loss_change: float | None
    recovered: Figure | None
    recovered_energy: float | None
    hit_rate: Figure | None
    random_hit_rate: Figure | None
    worth: Figure | None
    worth_amount: float | None
    currency: str
    weeks: tuple[Mapping[str, Any], ...]
    months: tuple[Mapping[str, Any], ...]
    attention: tuple[Attention, ...]
    jobs: tuple[Job, ...]
    next_step: NextStep
    scoring: Scoring | None


@dataclass(frozen=True, slots=True)
class _Registers:
    """What the registers hold, read in one transaction."""

    datasets: Mapping[str, int]
    scorings: Sequence[Scoring]
    models: Sequence[ModelVersion]
    cases: Sequence[Case]
    jobs: Sequence[Job]
    failed: Sequence[Job]


def show_overview(house: House, *, today: date | None = None) -> Overview:
    """Return where the utility stands as far as the actor may know."""
    house.check("job.read")
    with house.read() as work:
        found = _read(house, work)
    day = today or datetime.now(UTC).date()
    newest = usual_list(found.scorings, found.models)
    sees_cases, sees_lists = house.actor.can("inspection.read"), house.actor.can("list.read")
    currency = "" if newest is None else str(newest.details["currency"])
    loss, change = _loss(house, found.scorings) if sees_lists else (None, None)
    recovered, energy = _recovered(found.cases, day, currency)
    worth, amount = _worth(house, newest) if sees_lists and house.actor.can("model.read") else (None, None)
    return Overview(
        loss,
        change,
        recovered if sees_cases else None,
        energy if sees_cases else None,
        _hit_rate(found.cases, day, "list") if sees_cases else None,
        _hit_rate(found.cases, day, "random") if sees_cases else None,
        worth,
        amount,
        currency,
        _weeks(found.cases, day) if sees_cases else (),
        _months(house, newest, found.cases) if sees_lists else (),
        tuple(_attention(house, found, day)),
        tuple(found.jobs),
        _next_step(found),
        newest,
    )


def _read(house: House, work: UnitOfWork) -> _Registers:
    can = house.actor.can
    names = work.datasets.list_datasets() if can("dataset.read") else ()
    since = datetime.now(UTC) - RECENT_FAILURES
    failed = work.jobs.list_jobs(states=("failed",), last=MOST_JOBS)
    return _Registers(
        {name: work.datasets.get_version(name).number for name in names},
        [one for one in work.scorings.list_scorings(last=100) if not one.is_shadow] if can("list.read") else (),
        work.models.list_versions() if can("model.read") else (),
        work.inspections.list_cases(last=MOST_CASES) if can("inspection.read") else (),
        work.jobs.list_jobs(states=("running", "queued"), last=MOST_JOBS),
        [job for job in failed if job.ended_at is not None and job.ended_at >= since],
    )


def _loss(house: House, scorings: Sequence[Scoring]) -> tuple[Figure, float | None]:
    """Return the share of what transformers supplied that nothing explains, and how that moved since the last list."""
    if not scorings:
        return Figure(None, "Unknown: no dataset has been scored yet."), None
    name, _ = split_reference(scorings[0].dataset)
    alike = [one for one in scorings if split_reference(one.dataset)[0] == name]
    shares = [_loss_of(house, one) for one in alike[:2]]
    if shares[0] is None:
        return Figure(None, "Unknown: these data do not tell what transformers supplied."), None
    change = None if len(shares) < 2 or shares[1] is None else shares[0] - shares[1]
    return Figure(shares[0], "of the energy supplied is on no bill, and no technical loss explains it"), change


def _loss_of(house: House, scoring: Scoring) -> float | None:
    place = scoring_folder(house, scoring) / TRANSFORMERS
    listed = pl.scan_parquet(place)
    if "unexplained_kwh" not in listed.collect_schema():
        return None
    supplied, unexplained = listed.select(pl.col("supplied_kwh", "unexplained_kwh").sum()).collect().row(0)
    return unexplained / supplied if supplied else None


def _recovered(cases: Sequence[Case], day: date, currency: str) -> tuple[Figure, float | None]:
    finds = [
        one.finding
        for one in cases
        if one.finding is not None and one.finding.outcome in POSITIVE and one.finding.inspected_on.year == day.year
    ]
    if not finds:
        return Figure(None, f"Unknown: no find has been recorded in {day.year}."), None
    amounts = [one.amount_assessed for one in finds if one.amount_assessed is not None]
    energies = [one.energy_assessed for one in finds if one.energy_assessed is not None]
    energy = sum(energies) if energies else None
    if not amounts:
        return Figure(None, f"Unknown: no find of {day.year} has an amount yet."), energy
    told = f"{currency} assessed in {len(amounts)} of {len(finds)} finds of {day.year}".strip()
    return Figure(sum(amounts), told), energy


def _hit_rate(cases: Sequence[Case], day: date, drawn_by: str) -> Figure:
    since = day - timedelta(weeks=WEEKS)
    found = judged_visits(cases, drawn_by, since=since, until=day)
    what = "from the list" if drawn_by == "list" else "drawn at random"
    if not found:
        return Figure(None, f"Unknown: no visit {what} has a finding in the last {WEEKS} weeks.")
    hits = sum(found)
    few = ", too few to tell" if len(found) < FEWEST_VISITS else ""
    return Figure(hits / len(found), f"{hits} of {len(found)} visits {what} in the last {WEEKS} weeks{few}")


def judged_visits(cases: Sequence[Case], drawn_by: str, *, since: date, until: date) -> list[bool]:
    """Return of each visit with a finding whether it found theft; who could not get in found nothing out."""
    return [
        one.finding.outcome in POSITIVE
        for one in cases
        if one.finding is not None
        and one.drawn_by == drawn_by
        and one.finding.outcome not in INCONCLUSIVE
        and since < one.finding.inspected_on <= until
    ]


def _weeks(cases: Sequence[Case], day: date) -> tuple[Mapping[str, Any], ...]:
    """Return visits and finds of the last half year by week, weeks from Monday."""
    monday = day - timedelta(days=day.weekday())
    rows: list[dict[str, Any]] = []
    for back in reversed(range(WEEKS_SHOWN)):
        first = monday - timedelta(weeks=back)
        row: dict[str, Any] = {"week": first}
        for drawn_by in ("list", "random"):
            found = judged_visits(cases, drawn_by, since=first - timedelta(days=1), until=first + timedelta(days=6))
            row |= {f"{drawn_by}_visits": len(found), f"{drawn_by}_finds": sum(found)}
        rows.append(row)
    begun = next((place for place, row in enumerate(rows) if row["list_visits"] + row["random_visits"]), len(rows))
    return tuple(rows[begun:])


def _worth(house: House, scoring: Scoring | None) -> tuple[Figure, float | None]:
    if scoring is None:
        return Figure(None, "Unknown: no dataset has been scored yet."), None
    try:
        cutoff = read_report(house, scoring.model).cutoffs["f1"]
    except PowertheftError:
        return Figure(None, f"Unknown: {scoring.model} is not there any more."), None
    totals = totals_of(scoring_folder(house, scoring), ListFilter(probability_over=cutoff))
    count, amount = totals.rows, totals.amount
    return Figure(count, f"connections at or above the cut-off of {scoring.model}, of {grouped(scoring.rows)}"), amount


def _months(house: House, scoring: Scoring | None, cases: Sequence[Case]) -> tuple[Mapping[str, Any], ...]:
    """Return the energy balance by month with what finds assessed; only of data that have been explored."""
    if scoring is None:
        return ()
    try:
        registered = house.registered(scoring.dataset)
    except PowertheftError:
        return ()
    folder = house.home.path / EXPLORATIONS / registered.folder
    if not (folder / BILLS).is_dir():
        return ()
    balance = read_sums(folder, BILLS, BALANCE)
    if balance.is_empty():
        return ()
    recovered: dict[date, float] = {}
    for one in cases:
        if one.finding is not None and one.finding.outcome in POSITIVE and one.finding.energy_assessed is not None:
            month = one.finding.inspected_on.replace(day=1)
            recovered[month] = recovered.get(month, 0.0) + one.finding.energy_assessed
    rows = balance.tail(MOST_MONTHS).with_columns(share=pl.col("unexplained") / pl.col("supplied"))
    return tuple({**row, "recovered": recovered.get(row["month"])} for row in rows.iter_rows(named=True))


def _attention(house: House, found: _Registers, day: date) -> list[Attention]:
    """Return what waits for somebody, the most pressing first."""
    overdue = [
        one for one in found.cases if one.state in {"assigned", "started"} and one.planned_on and one.planned_on < day
    ]
    proposed = [one for one in found.cases if one.state == "proposed"]
    asked = [
        Attention("failed jobs", len(found.failed), "jobs"),
        Attention("outcomes overdue", len(overdue), "inspections"),
    ]
    if house.actor.can("inspection.assign"):
        asked.append(Attention("cases that nobody has", len(proposed), "inspections"))
    asked += [
        Attention("to compare with the champion", 1, "models", one.reference) for one in _challenging(found.models)
    ]
    newest = {split_reference(one.dataset)[0]: split_reference(one.dataset)[1] or 0 for one in reversed(found.scorings)}
    asked += [
        Attention("newer data that are not scored", 1, "predictions", f"{name}@{number}")
        for name, number in found.datasets.items()
        if house.actor.can("score.run") and name in newest and number > newest[name]
    ]
    return [one for one in asked if one.count]


def _challenging(models: Sequence[ModelVersion]) -> list[ModelVersion]:
    """Return candidates and challengers that came after their model's champion."""
    champions = {one.model: one.number for one in models if one.state == "champion"}
    waiting = [one for one in models if one.state in {"candidate", "challenger"} and one.model in champions]
    return [one for one in waiting if one.number > champions[one.model]]


def _next_step(found: _Registers) -> NextStep:
    if not found.datasets and not found.scorings:
        return "import data"
    if not found.models and not found.scorings:
        return "train a model"
    if not found.scorings:
        return "score a dataset"
    states = {one.state for one in found.cases}
    if "proposed" in states:
        return "hand out cases"
    return "look at cases" if states & {"assigned", "started", "recorded"} else "choose visits"
