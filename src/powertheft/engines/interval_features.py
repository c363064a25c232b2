"""Interval readings, part by part: features of intervals and use by month. Rule of the room: engines never define.

Half-hours of a year are twenty thousand numbers a consumer, so only a part of the consumers is laid out at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from powertheft.domain.errors import InputError
from powertheft.features.definition import Feature, OfIntervals
from powertheft.features.interval_definition import HISTORY
from powertheft.panel.intervals import (
    DAY_MINUTES,
    LONGEST_DAY_GAP,
    IntervalPanel,
    IntervalReadings,
    interval_panels,
)
from powertheft.panel.monthly import PERIODS
from powertheft.panel.monthly_intervals import monthly_of_intervals

PART = 2_500_000
"""Readings taken from the table at once: 124 consumers with 420 days of half-hours."""

CHUNK = 128
"""Consumers laid out on days and slots at once."""

AGREED = 0.9
"""Share of a consumer's gaps between readings that are alike, from which its meter has an interval of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class OfIntervalReadings:
    """What intervals tell of each consumer: features by name, and use by month (n_consumers, n_periods) [kWh/day]."""

    features: dict[str, np.ndarray]
    months: np.ndarray


def read_intervals(
    intervals: pl.DataFrame, features: Sequence[Feature], cases: pl.DataFrame, *, asked: np.ndarray
) -> OfIntervalReadings:
    """Compute what is made of intervals.

    Parameters
    ----------
    intervals : DataFrame
        consumer_id, start and energy [kWh], in any order.
    features : sequence of Feature
        What to compute; those that do not read intervals are passed over.
    cases : DataFrame
        consumer_id and as_of, a row a consumer; nothing later is read.
    asked : ndarray of bool, shape (n_consumers,)
        Whose use by month is wanted beside the features; the intervals of others are read for features only.

    Returns
    -------
    OfIntervalReadings
        NaN where a consumer has no intervals, or too few to say anything.

    Raises
    ------
    InputError
        If the commonest time between readings does not divide a day.
    """
    of_intervals = [feature for feature in features if isinstance(feature.computation, OfIntervals)]
    found = OfIntervalReadings(
        {feature.name: np.full(cases.height, np.nan) for feature in of_intervals},
        np.full((cases.height, PERIODS), np.nan, dtype=np.float32),
    )
    wanted = cases.with_row_index("row").filter(pl.Series(asked) | pl.lit(bool(of_intervals)))
    if intervals.is_empty() or wanted.is_empty():
        return found
    minutes = _minutes(intervals, wanted, rows=cases.height)
    for part in _parts(intervals, wanted):
        of_part = minutes[part["row"].to_numpy()]
        for length in np.unique(of_part).tolist():
            _read(part.filter(pl.Series(of_part == length)), length, features=of_intervals, into=found)
    return found


def compute_interval_features(panel: IntervalPanel, features: Sequence[Feature]) -> dict[str, np.ndarray]:
    """Return the values of features of intervals by name, (n_units,); their functions are called once each.

    Raises
    ------
    ValueError
        If one of the features does not read intervals.
    """
    found: dict[str, np.ndarray] = {}
    values: dict[object, Mapping[str, np.ndarray]] = {}
    for feature in features:
        computation = feature.computation
        if not isinstance(computation, OfIntervals):
            msg = f"{feature.name} does not read intervals"
            raise ValueError(msg)
        if computation.function not in values:
            values[computation.function] = computation.function(panel)
        found[feature.name] = values[computation.function][feature.name]
    return found


def _read(part: pl.DataFrame, minutes: int, *, features: Sequence[Feature], into: OfIntervalReadings) -> None:
    """Fill in what the readings of one part of the consumers tell; all have intervals of the same length."""
    consumers = part.select("row", "last_day").unique("row", maintain_order=True)
    rows, last_day = consumers["row"].to_numpy(), consumers["last_day"].to_numpy()
    own = part["row"].rle_id().cast(pl.Int64).to_numpy()
    readings = IntervalReadings(own, part["minute"].to_numpy(), part["energy"].to_numpy(), minutes)
    into.months[rows] = monthly_of_intervals(readings, last_day, periods=PERIODS)
    if not features:
        return
    for some, panel in interval_panels(readings, last_day, days=HISTORY, chunk=CHUNK):
        for name, values in compute_interval_features(panel, features).items():
            into.features[name][rows[some]] = values


def _parts(intervals: pl.DataFrame, wanted: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Give the consumers' readings up to their as-of dates: row, last_day, minute and energy, in order of row."""
    runs = _runs(intervals)
    if runs["consumer_id"].n_unique() < runs.height:
        # A consumer's readings lie apart; only then are they all put in order.
        intervals = intervals.sort("consumer_id")
        runs = _runs(intervals)
    placed = runs.join(wanted, on="consumer_id", how="left", maintain_order="left").with_columns(
        pl.col("row").cast(pl.Int64).fill_null(-1),
        last_day=pl.col("as_of").cast(pl.Int32).cast(pl.Int64).fill_null(0),
        part=(pl.col("length").cum_sum() - 1) // PART,
    )
    for stretch in placed.partition_by("part", maintain_order=True):
        lengths = stretch["length"].to_numpy()
        rows = intervals.slice(int(stretch["first"][0]), int(lengths.sum())).select(
            row=pl.Series(np.repeat(stretch["row"].to_numpy(), lengths)),
            last_day=pl.Series(np.repeat(stretch["last_day"].to_numpy(), lengths)),
            minute=pl.col("start").cast(pl.Datetime("us")).dt.epoch("s") // 60,
            energy=pl.col("energy").cast(pl.Float64).fill_null(float("nan")),
        )
        known = rows.filter((pl.col("row") >= 0) & (pl.col("minute") // DAY_MINUTES <= pl.col("last_day")))
        if known.height:
            yield known.sort("row", "minute")


def _runs(intervals: pl.DataFrame) -> pl.DataFrame:
    """Return whose readings follow each other where: consumer_id, first and length."""
    runs = intervals["consumer_id"].rle().struct.unnest().rename({"len": "length", "value": "consumer_id"})
    length = pl.col("length").cast(pl.Int64)
    return runs.select("consumer_id", length=length, first=length.cum_sum() - length)


def _minutes(intervals: pl.DataFrame, wanted: pl.DataFrame, *, rows: int) -> np.ndarray:
    """Return the length of each consumer's intervals, (rows,) [minutes].

    It is the commonest of all consumers unless nearly all gaps of one's own are of another length: a meter that loses
    many readings has long gaps, and not long intervals.
    """
    parts = [_gaps(part) for part in _parts(intervals, wanted)]
    gaps = pl.concat(parts) if parts else pl.DataFrame(schema={"row": pl.Int64, "gap": pl.Int64, "count": pl.Int64})
    if gaps.is_empty():
        return np.full(rows, DAY_MINUTES)
    commonest = int(gaps.group_by("gap").agg(pl.col("count").sum()).sort("count", "gap")["gap"][-1])
    if DAY_MINUTES % commonest:
        raise InputError(
            f"intervals: most readings are {commonest} minutes apart, which does not divide a day",
            advice="Add them up to hours or days before, or check the dates and times.",
        )
    share = pl.col("count") / pl.col("count").sum().over("row")
    own = gaps.filter(share >= AGREED).filter(DAY_MINUTES % pl.col("gap") == 0)
    minutes = np.full(rows, commonest)
    minutes[own["row"].to_numpy()] = own["gap"].to_numpy()
    return minutes


def _gaps(part: pl.DataFrame) -> pl.DataFrame:
    """Count each consumer's gaps between neighbouring readings by their length; half a day and more are a day."""
    gap = pl.col("minute") - pl.col("minute").shift(1)
    a_day = gap > LONGEST_DAY_GAP * DAY_MINUTES
    between = part.select(
        "row",
        gap=pl.when(pl.col("row") == pl.col("row").shift(1)).then(pl.when(a_day).then(DAY_MINUTES).otherwise(gap)),
    )
    counted = between.filter(pl.col("gap") > 0).group_by("row", "gap").len("count")
    return counted.select("row", pl.col("gap").cast(pl.Int64), pl.col("count").cast(pl.Int64))
