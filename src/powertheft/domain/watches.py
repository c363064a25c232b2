"""What is watched, and what a series of readings says. Rule of the room: the standard library only; pure functions.

A reading is what one watch made of one thing (its subject: a dataset, a model) in one period. Whether somebody is told
hangs on so many periods in a row, so that one odd month wakes nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import takewhile
from typing import Any, Literal, get_args

from powertheft.domain.alerts import Severity

Json = Mapping[str, Any]
WatchName = Literal[
    "data_quality",
    "data_arrival",
    "data_volume",
    "bill_signs",
    "input_drift",
    "score_drift",
    "estimated_performance",
    "hit_rate",
    "quota_rate",
    "calibration",
    "segments",
    "recovered_value",
]
WatchState = Literal["quiet", "moved", "unknown"]
Group = Literal["data", "model", "visits"]
Worse = Literal["up", "down", "either"]
Unknown = Literal["few", "no_dates", "no_year_before", "no_counts", "doubts", "no_history", "no_amounts"]

WATCH_NAMES: tuple[WatchName, ...] = get_args(WatchName)
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True, slots=True)
class Watch:
    """One thing watched: its group, its name, what is said once it has moved, the unit of its value, which way is bad.

    `told_after` is how many periods in a row it must have moved until somebody is told, by the alert rule of `rule`; 0
    for what is only shown.
    """

    group: Group
    title: str
    moved: str
    unit: str
    worse: Worse
    told_after: int
    severity: Severity
    rule: str


WATCHES: Mapping[WatchName, Watch] = {
    "data_quality": Watch(
        "data",
        "Quality of the data",
        "More rows were set aside than usual",
        "share of rows set aside",
        "up",
        1,
        "warning",
        "data_quality",
    ),
    "data_arrival": Watch(
        "data", "Data that are due", "Data are overdue", "days overdue", "up", 1, "warning", "data_arrival"
    ),
    "data_volume": Watch(
        "data",
        "Bills of the last billing cycle",
        "Far more or fewer bills came than usual",
        "bills",
        "either",
        1,
        "warning",
        "data_volume",
    ),
    "bill_signs": Watch(
        "data",
        "Signs in the bills",
        "The bills differ from those of the same season a year before",
        "population stability index",
        "up",
        2,
        "warning",
        "bill_signs",
    ),
    "input_drift": Watch(
        "model",
        "What the model sees",
        "What the model sees differs from the same season a year before",
        "population stability index",
        "up",
        2,
        "warning",
        "input_drift",
    ),
    "score_drift": Watch(
        "model",
        "What the model says",
        "Scores differ from the same season a year before",
        "population stability index",
        "up",
        2,
        "warning",
        "score_drift",
    ),
    "estimated_performance": Watch(
        "model",
        "How good a list should be",
        "The list should be worse than the first one of this model",
        "ROC-AUC",
        "down",
        2,
        "warning",
        "estimated_performance",
    ),
    # Its own window is of four months already: it is told at once.
    "hit_rate": Watch(
        "visits",
        "Hit rate of the list",
        "Visits from the list find less than was to be expected",
        "share of visits",
        "down",
        1,
        "critical",
        "hit_rate",
    ),
    "quota_rate": Watch(
        "visits",
        "Visits drawn at random",
        "Visits drawn at random find as much as the list does",
        "share of connections",
        "up",
        2,
        "critical",
        "hit_rate",
    ),
    "calibration": Watch(
        "visits",
        "What was promised",
        "Likelihoods do not hold what they promise",
        "largest difference",
        "up",
        2,
        "warning",
        "calibration",
    ),
    "segments": Watch(
        "visits",
        "Sections and categories",
        "A section or category finds less than was promised",
        "lowest hit rate",
        "down",
        2,
        "warning",
        "segment",
    ),
    # Its own window is of four months, too.
    "recovered_value": Watch(
        "visits", "Energy assessed", "Finds assess less than they did", "kWh", "down", 1, "warning", "value_recovered"
    ),
}
"""All there are, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a watch made of a subject in a period.

    `low` and `high` are the limits within which it is quiet, `expected` what was to be expected; `counted` are the
    rows, connections or visits that it rests on. An unknown one says in `details` why, and how much it would need.
    """

    watch: WatchName
    subject: str
    period: date
    at: datetime
    state: WatchState
    value: float | None
    counted: int
    low: float | None = None
    high: float | None = None
    expected: float | None = None
    details: Json = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subject of a watch stands: its newest reading, since when it is so, and for how many periods in a row.

    `is_told` says that it has moved for long enough to be told to somebody.
    """

    newest: Reading
    since: date
    in_a_row: int
    is_told: bool


def standing_of(readings: Sequence[Reading]) -> Standing:
    """Return where the subject of these readings stands; they are of one subject, in any order, and at least one.

    What is unknown for a period neither ends nor lengthens a row of what moved.

    Examples
    --------
    >>> def reading(month, state):
    ...     return Reading("bill_signs", "bills/use", date(2026, month, 1), datetime(2026, month, 2), state, 0.3, 900)
    >>> found = standing_of([reading(1, "quiet"), reading(2, "moved"), reading(3, "unknown"), reading(4, "moved")])
    >>> found.since.isoformat(), found.in_a_row, found.is_told
    ('2026-02-01', 2, True)
    >>> standing_of([reading(1, "quiet"), reading(2, "moved")]).is_told
    False
    """
    ordered = sorted(readings, key=lambda one: one.period, reverse=True)
    newest = ordered[0]
    if newest.state == "unknown":
        row = list(takewhile(lambda one: one.state == "unknown", ordered))
    else:
        known = [one for one in ordered if one.state != "unknown"]
        row = list(takewhile(lambda one: one.state == newest.state, known))
    told_after = WATCHES[newest.watch].told_after
    is_told = newest.state == "moved" and 0 < told_after <= len(row)
    return Standing(newest, row[-1].period, len(row), is_told)


def cause_of(reading: Reading) -> str:
    """Return the name of the cause that alerts of this watch and subject are raised and settled under.

    Examples
    --------
    >>> cause_of(Reading("hit_rate", "theft@1", date(2026, 3, 1), datetime(2026, 3, 2), "moved", 0.1, 80))
    'watch/hit_rate/theft@1'
    """
    return f"watch/{reading.watch}/{reading.subject}"


def in_numbers(reading: Reading) -> str:
    """Return a reading as numbers with their unit, for who reads it outside of the pages.

    Examples
    --------
    >>> in_numbers(Reading("hit_rate", "theft@1", date(2026, 3, 1), datetime(2026, 3, 2), "moved", 0.1, 80, low=0.3))
    '0.1 share of visits, limit 0.3, of 80 counted'
    """
    limits = [f"{limit:.4g}" for limit in (reading.low, reading.high) if limit is not None]
    limited = f", limit {' to '.join(limits)}" if limits else ""
    expected = "" if reading.expected is None else f", expected {reading.expected:.4g}"
    value = "unknown" if reading.value is None else f"{reading.value:.4g} {WATCHES[reading.watch].unit}"
    return f"{value}{limited}{expected}, of {reading.counted} counted"


def unknown_reading(
    watch: WatchName, subject: str, period: date, *, why: Unknown, at: datetime, counted: int = 0, **details: Any
) -> Reading:
    """Return the reading of what cannot be told, with the reason; `needed` among the details is how much it takes."""
    return Reading(watch, subject, period, at, "unknown", None, counted, details={"why": why, **details})


def quiet_since(standings: Sequence[Standing]) -> date | None:
    """Return since when nothing has moved, None while something has or nothing is known.

    Examples
    --------
    >>> quiet_since([]) is None
    True
    """
    known = [one for one in standings if one.newest.state != "unknown"]
    if not known or any(one.newest.state == "moved" for one in known):
        return None
    return max(one.since for one in known)


def days_off_a_year(first: date, second: date) -> int:
    """Return by how many days two days miss being a year apart.

    Examples
    --------
    >>> days_off_a_year(date(2026, 3, 1), date(2025, 3, 11))
    10
    """
    return abs(abs((first - second).days) - 365)
