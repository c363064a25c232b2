"""Whether new data came when due, and as much as usual. Rule of the room: arrays and counts in, frozen records out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Literal

from powertheft.evaluation.plain_records import to_plain

Timing = Literal["unknown", "on_time", "overdue"]
Volume = Literal["unknown", "usual", "few", "many"]

FEWEST_MONTHS = 3
"""Read months from which a rhythm can be told, and a usual volume."""
GRACE_DAYS = 15
"""After the last day of a read month, until its data is missed: reading, billing and export take as long."""
RECENT = 6
"""Read months that a volume is compared with where there are too few of the same season."""
SEASON = 1
"""Months either side of the same month a year before that are the same season."""
LEAST_BAND = 0.1
"""Of the usual volume either side: consumers come and go."""
BAND = 3.0
"""Robust standard deviations either side."""
DEVIATION = 1.4826
"""Standard deviations in a median absolute deviation, of a normal spread."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Whether the data of the last read month is there, and of the usual volume.

    Attributes
    ----------
    last_month : date or None
        First day of the last read month that came; None where none did.
    interval_months : int or None
        Usual distance of read months; None where fewer than three came.
    expected_month : date or None
        First day of the read month that is to come next.
    due_on : date or None
        Day by which it should be there.
    overdue_days : int
        Days since then; 0 where it is not due yet.
    timing : {"unknown", "on_time", "overdue"}
        The same in a word.
    rows : int
        Of the last read month.
    usual_rows, fewest_rows, most_rows : float or None
        Median of the months compared with, and the band that is usual; None where there are too few.
    compared_with : {"season", "recent", "nothing"}
        Whether these are the same season in years before, or the last months.
    volume : {"unknown", "usual", "few", "many"}
        Where the rows lie in that band.
    """

    last_month: date | None
    interval_months: int | None
    expected_month: date | None
    due_on: date | None
    overdue_days: int
    timing: Timing
    rows: int
    usual_rows: float | None
    fewest_rows: float | None
    most_rows: float | None
    compared_with: Literal["season", "recent", "nothing"]
    volume: Volume

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain numbers and words, days as text."""
        plain = to_plain(self)
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}


def judge_arrivals(months: Sequence[tuple[date, int]], *, today: date, grace_days: int = GRACE_DAYS) -> Arrivals:
    """Return whether data came when it was to be expected, and in the usual volume.

    Parameters
    ----------
    months : sequence of (date, int), shape (n_versions,)
        A day of the read month of each version, and its rows, in the order in which they came; of one month that came
        again the later counts.
    today : date
        The day on which it is judged.
    grace_days : int, default 15
        Days after the end of a read month until its data is missed.

    Returns
    -------
    Arrivals

    Raises
    ------
    ValueError
        If rows or days are below 0.

    Notes
    -----
    The usual distance is the median one, so one late month does not make a habit. A volume is compared with the same
    month of years before and those beside it, as bills of two-monthly districts differ by season; with the last six
    months where fewer than three of these are known. The band is three robust standard deviations (of the median
    absolute deviation), and at least a tenth of the median. Rows are to be those of the read month, not of all history.

    References
    ----------
    Rousseeuw & Croux (1993), https://doi.org/10.1080/01621459.1993.10476408

    Examples
    --------
    >>> came = [(date(2026, month, 1), 1_000) for month in (1, 3, 5)] + [(date(2026, 7, 1), 400)]
    >>> found = judge_arrivals(came, today=date(2026, 10, 25))
    >>> found.interval_months, found.expected_month.isoformat(), found.overdue_days, found.volume
    (2, '2026-09-01', 10, 'few')
    """
    if grace_days < 0 or any(rows < 0 for _, rows in months):
        msg = "rows and days must be at least 0"
        raise ValueError(msg)
    rows_of = {_number(day): rows for day, rows in months}
    if not rows_of:
        return Arrivals(None, None, None, None, 0, "unknown", 0, None, None, None, "nothing", "unknown")
    known = sorted(rows_of)
    last = known[-1]
    interval = _interval(known)
    due = None if interval is None else _first_day(last + interval + 1) + timedelta(days=grace_days - 1)
    overdue = 0 if due is None else max(0, (today - due).days)
    compared_with, others = _compared(rows_of, last)
    low, usual, high = _band(others)
    rows = rows_of[last]
    return Arrivals(
        last_month=_first_day(last),
        interval_months=interval,
        expected_month=None if interval is None else _first_day(last + interval),
        due_on=due,
        overdue_days=overdue,
        timing="unknown" if due is None else "overdue" if overdue else "on_time",
        rows=rows,
        usual_rows=usual,
        fewest_rows=low,
        most_rows=high,
        compared_with=compared_with,
        volume=_volume(rows, low, high),
    )


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _interval(known: Sequence[int]) -> int | None:
    if len(known) < FEWEST_MONTHS:
        return None
    return round(median(later - earlier for earlier, later in pairwise(known)))


def _compared(rows_of: dict[int, int], last: int) -> tuple[Literal["season", "recent", "nothing"], list[int]]:
    earlier = [month for month in rows_of if month < last]
    season = [month for month in earlier if last - month > SEASON and _apart(last, month) <= SEASON]
    if len(season) >= FEWEST_MONTHS:
        return "season", [rows_of[month] for month in season]
    recent = sorted(earlier)[-RECENT:]
    if len(recent) >= FEWEST_MONTHS:
        return "recent", [rows_of[month] for month in recent]
    return "nothing", []


def _apart(month: int, other: int) -> int:
    """Return how many months two are apart in the year, whatever the year."""
    distance = (month - other) % 12
    return min(distance, 12 - distance)


def _band(rows: Sequence[int]) -> tuple[float, float, float] | tuple[None, None, None]:
    if not rows:
        return None, None, None
    usual = float(median(rows))
    deviation = DEVIATION * median(abs(count - usual) for count in rows)
    reach = max(BAND * deviation, LEAST_BAND * usual)
    return max(0.0, usual - reach), usual, usual + reach


def _volume(rows: int, low: float | None, high: float | None) -> Volume:
    if low is None or high is None:
        return "unknown"
    return "few" if rows < low else "many" if rows > high else "usual"
