"""Watch a dataset: its quality by version, whether bills came, as many as usual, and what they say.

Everything is read from the newest version but the quality, which each version keeps for itself.

Rule of the room: compute nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import polars as pl

from powertheft.actions.bill_signs import signs_of
from powertheft.actions.house import House
from powertheft.actions.ports import RegisteredVersion
from powertheft.datasets.reading import Version, read_version
from powertheft.domain.quality import QualityReport, report_from_json
from powertheft.domain.watches import Reading, unknown_reading
from powertheft.monitoring.arrivals import FEWEST_MONTHS, Arrivals, judge_arrivals
from powertheft.monitoring.drift import FEWEST_ROWS, SOME_DRIFT
from powertheft.monitoring.signs import DAYS_OF_A_BILL, DAYS_OF_A_YEAR, SignChange
from powertheft.profiles.serialising import profile_from_json

MOST_VERSIONS = 24
DAYS_OF_A_MONTH, LONGEST_CYCLE = 30.4, 6
MOST_MORE = 0.02
"""Share of rows set aside, or with an unknown code, by which a version may exceed the median of those before it."""

DATED = {"readings": "read_on", "intervals": "start"}
SIGN_COLUMNS = (
    "consumer_id", "commodity", "meter_id", "read_on", "energy", "period_days", "is_estimated", "amount",
)  # fmt: skip
TWO_YEARS = timedelta(days=2 * DAYS_OF_A_YEAR + 3 * DAYS_OF_A_BILL)


def watch_data(house: House, dataset: str, *, today: date | None = None) -> list[Reading]:
    """Return what is to be said of a dataset, from its newest version."""
    house.check("dataset.read")
    with house.read() as work:
        versions = list(work.datasets.list_versions(dataset))[-MOST_VERSIONS:]
    newest = read_version(house.folder_of(versions[-1]))
    return [
        *_quality(house, versions),
        *_arrivals(dataset, newest, today=today or datetime.now().astimezone().date(), versions=len(versions)),
        *_signs(dataset, newest),
    ]


def _quality(house: House, versions: list[RegisteredVersion]) -> Iterator[Reading]:
    """Judge each version by those before it; versions of one day are one reading."""
    before = list[Mapping[str, Any]]()
    for registered in versions:
        try:
            report = report_from_json(read_version(house.folder_of(registered)).quality)
        except KeyError:  # a version that an older powertheft wrote says less
            continue
        shares = _shares(report)
        usual = {name: _median([one[name] for one in before]) for name in ("set_aside", "unknown_codes")}
        limits = {name: MOST_MORE + (value or 0.0) for name, value in usual.items()}
        has_moved = bool(before) and any(shares[name] > limit for name, limit in limits.items())
        yield Reading(
            "data_quality",
            registered.dataset,
            registered.created_at.date(),
            datetime.now(UTC),
            "moved" if has_moved else "quiet" if before else "unknown",
            shares["set_aside"],
            shares["rows"],
            high=limits["set_aside"] if before else None,
            expected=usual["set_aside"],
            details={
                **shares,
                **({} if before else {"why": "no_history", "needed": 2}),
                "version": registered.number,
                "usual": usual,
                "limits": limits,
            },
        )
        before.append(shares)


def _shares(report: QualityReport) -> dict[str, Any]:
    rows = sum(table.rows_in for table in report.tables)
    aside = sum(table.rows_set_aside for table in report.tables)
    repaired = sum(one.rows_changed for one in report.repairs)
    unknown = sum(finding.count for finding in report.of_rule("unknown_code"))
    whole = max(rows, 1)
    return {
        "rows": rows,
        "set_aside": aside / whole,
        "repaired": repaired / whole,
        "unknown_codes": unknown / whole,
        "findings": len(report.findings),
    }


def _median(values: list[float]) -> float | None:
    return median(values) if values else None


def _arrivals(dataset: str, newest: Version, *, today: date, versions: int) -> Iterator[Reading]:
    months = _months(newest)
    found, now = judge_arrivals(months, today=today), datetime.now(UTC)
    told = {**found.to_json(), "months": [[day.isoformat(), rows] for day, rows in months[-48:]]}
    if found.last_month is None:
        for watch in ("data_arrival", "data_volume"):
            yield unknown_reading(watch, dataset, today, why="no_dates", at=now)
        return
    if versions == 1:
        # Data of the past that were brought in once are not overdue.
        yield unknown_reading("data_arrival", dataset, found.last_month, why="no_history", at=now, counted=found.rows)
    else:
        yield _arrival(dataset, found, told, now)
    if found.usual_rows is None:
        yield unknown_reading(
            "data_volume", dataset, found.last_month, why="few", at=now, counted=found.rows, needed=FEWEST_MONTHS + 1,
            of="months", **told,
        )  # fmt: skip
        return
    yield Reading(
        "data_volume", dataset, found.last_month, now, "quiet" if found.volume == "usual" else "moved",
        float(found.rows), found.rows, found.fewest_rows, found.most_rows, found.usual_rows, told,
    )  # fmt: skip


def _arrival(dataset: str, found: Arrivals, told: Mapping[str, Any], now: datetime) -> Reading:
    """Return whether the month that is to come next is overdue; its period is that month."""
    if found.expected_month is None:
        period = found.last_month or now.date()
        return unknown_reading(
            "data_arrival", dataset, period, why="few", at=now, counted=found.rows, needed=FEWEST_MONTHS, of="months"
        )
    state = "moved" if found.timing == "overdue" else "quiet"
    return Reading(
        "data_arrival", dataset, found.expected_month, now, state, float(found.overdue_days), found.rows, high=0.0,
        details=told,
    )  # fmt: skip


def _months(version: Version) -> list[tuple[date, int]]:
    """Return of each month the rows of the billing cycle that it ends: of bills, or of intervals.

    Where bills come every two months, half of the districts are read in even months and half in odd ones, and seldom
    do both have as many connections.
    """
    for table, column in DATED.items():
        if table in version.tables:
            month = pl.col(column).dt.truncate("1mo").cast(pl.Date)
            counted = version.tables[table].group_by(month.alias("month")).len().drop_nulls().sort("month").collect()
            cycle = _cycle(version) if table == "readings" else 1
            return list(counted.with_columns(pl.col("len").rolling_sum(cycle)).drop_nulls().iter_rows())
    return []


def _cycle(version: Version) -> int:
    """Return how many months a bill usually covers."""
    days = version.tables["readings"].select(pl.col("period_days").median()).collect().item()
    return 1 if days is None else min(max(round(days / DAYS_OF_A_MONTH), 1), LONGEST_CYCLE)


def _signs(dataset: str, newest: Version) -> Iterator[Reading]:
    if "readings" not in newest.tables:
        return
    on = newest.tables["readings"].select(pl.col("read_on").max()).collect().item()
    if on is None:
        return
    found = {change.name: change for change in signs_of(_tables(newest, on), profile_from_json(newest.profile), on=on)}
    for change in found.values():
        yield _sign(dataset, on, change)
    if "use" not in found:
        at = datetime.now(UTC)
        yield unknown_reading(
            "bill_signs", f"{dataset}/use", on, why="few", at=at, needed=FEWEST_ROWS, of="connections with a year"
        )


def _tables(newest: Version, on: date) -> dict[str, pl.DataFrame]:
    """Return what the signs need of the last two years and a half."""
    bills = newest.tables["readings"]
    there = [name for name in SIGN_COLUMNS if name in bills.collect_schema()]
    tables = {"readings": bills.select(there).filter(pl.col("read_on") > on - TWO_YEARS).collect()}
    consumers = newest.tables.get("consumers")
    tariff = profile_from_json(newest.profile).tariff_column
    if consumers is not None and tariff in consumers.collect_schema():
        tables["consumers"] = consumers.select("consumer_id", tariff).collect()
    return tables


def _sign(dataset: str, on: date, change: SignChange) -> Reading:
    return Reading(
        "bill_signs", f"{dataset}/{change.name}", on, datetime.now(UTC), "quiet" if change.size == "none" else "moved",
        change.psi, change.connections_now, high=SOME_DRIFT,
        details={
            "before": change.before, "now": change.now, "size": change.size,
            "connections_before": change.connections_before,
        },
    )  # fmt: skip
