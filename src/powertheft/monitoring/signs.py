"""Signs of life in the bills: what any two seasons should have in common. Rule of the room: numbers in, records out.

Features look back over years, so they drift while a history grows, though nothing happens. A sign is read from the
last bill of each connection alone, and is compared with the same months of the year before, out of the same data.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from powertheft.monitoring.drift import (
    FEWEST_ROWS,
    LARGE_DRIFT,
    SOME_DRIFT,
    DriftSize,
    population_stability_index,
)

DAYS_OF_A_BILL = 100
"""A connection whose last bill is older has none now."""

DAYS_OF_A_YEAR = 365
BINS = 10
SMALLEST_SHARE = 1e-3
PRICE_EDGES = (0.5, 0.8, 0.95, 1.05, 1.2, 1.5)
"""Of an amount over what the tariff asks for: the middle bin is a bill at its price."""

FLAG_EDGES = (0.5,)
SignName = Literal["use", "price", "nothing_used", "estimated", "new_meter"]
EDGES: dict[SignName, tuple[float, ...] | None] = {
    "use": None,
    "price": PRICE_EDGES,
    "nothing_used": FLAG_EDGES,
    "estimated": FLAG_EDGES,
    "new_meter": FLAG_EDGES,
}
"""Bins of each sign; None for tenths of the year before."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SignChange:
    """How a sign of the bills differs from the same season a year before.

    Attributes
    ----------
    name : str
        One of `EDGES`.
    before, now : float
        Mean of a flag (a share), else the median.
    psi : float
        Population stability index of its bins.
    size : {"none", "some", "large"}
    connections_before, connections_now : int
        With a bill in either season.
    """

    name: SignName
    before: float
    now: float
    psi: float
    size: DriftSize
    connections_before: int
    connections_now: int


def read_signs(readings: pl.DataFrame, *, on: date) -> pl.DataFrame:
    """Return the signs of every connection with a bill in the 100 days until a day.

    Parameters
    ----------
    readings : DataFrame
        Canonical readings; where there is a column `price_ratio` (the amount of a bill over what its tariff asks for),
        it is the sign of the price.
    on : date
        The day; nothing later is read.

    Returns
    -------
    DataFrame
        consumer_id, and the signs: use [kWh/day] of the last bill, price (a ratio), and as 0 or 1 whether nothing was
        used, the bill was estimated, and the meter is another one than a year before.

    Examples
    --------
    >>> bills = pl.DataFrame({
    ...     "consumer_id": ["a", "a"], "meter_id": ["1", "2"], "read_on": [date(2025, 1, 1), date(2026, 1, 1)],
    ...     "energy": [50.0, 0.0], "period_days": [50, 60], "is_estimated": [False, True],
    ... })
    >>> read_signs(bills, on=date(2026, 1, 31)).row(0)
    ('a', 0.0, None, 1.0, 1.0, 1.0)
    """
    until = readings.filter(pl.col("read_on") <= on)
    if "commodity" in until.columns:
        until = until.filter(pl.col("commodity").fill_null("electricity") != "gas")
    age = (pl.lit(on) - pl.col("read_on")).dt.total_days()
    last = until.filter(age < DAYS_OF_A_BILL).sort("consumer_id", "read_on").group_by("consumer_id").last()
    year = until.filter(age.is_between(DAYS_OF_A_YEAR - DAYS_OF_A_BILL, DAYS_OF_A_YEAR + DAYS_OF_A_BILL))
    meters = _column(year, "meter_id", pl.String()).alias("meter_before")
    before = year.sort("consumer_id", "read_on").select("consumer_id", meters).group_by("consumer_id").first()
    joined = last.join(before, on="consumer_id", how="left")
    days = pl.when(pl.col("period_days") > 0).then(pl.col("period_days"))
    return joined.sort("consumer_id").select(
        "consumer_id",
        use=pl.col("energy") / days,
        price=_column(joined, "price_ratio", pl.Float64()),
        nothing_used=(pl.col("energy") <= 0).cast(pl.Float64),
        estimated=_column(joined, "is_estimated", pl.Boolean()).cast(pl.Float64),
        new_meter=(_column(joined, "meter_id", pl.String()) != pl.col("meter_before")).cast(pl.Float64),
    )


def compare_signs(before: pl.DataFrame, now: pl.DataFrame) -> tuple[SignChange, ...]:
    """Return how each sign that both seasons have has changed, in their order.

    Parameters
    ----------
    before, now : DataFrame
        Of `read_signs`, a year apart.

    Returns
    -------
    tuple of SignChange
        Without the signs that fewer than 200 connections of a season have.

    References
    ----------
    N. Siddiqi, Credit Risk Scorecards (2006), Wiley: the population stability index and its limits.

    Examples
    --------
    >>> quiet = pl.DataFrame({"consumer_id": [str(i) for i in range(400)], "use": [float(i) for i in range(400)]})
    >>> [(change.name, change.size) for change in compare_signs(quiet, quiet.with_columns(pl.col("use") * 2))]
    [('use', 'large')]
    """
    changes: list[SignChange] = []
    for name, edges in EDGES.items():
        if name not in before.columns or name not in now.columns:
            continue
        first, second = (frame[name].drop_nulls().to_numpy().astype(np.float64) for frame in (before, now))
        if min(first.size, second.size) < FEWEST_ROWS:
            continue
        psi = _stability_index(first, second, edges)
        size: DriftSize = "large" if psi >= LARGE_DRIFT else "some" if psi >= SOME_DRIFT else "none"
        typical = np.mean if edges == FLAG_EDGES else np.median
        changes.append(
            SignChange(name, float(typical(first)), float(typical(second)), psi, size, first.size, second.size)
        )
    return tuple(changes)


def _column(frame: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype=dtype)


def _stability_index(before: FloatArray, now: FloatArray, edges: tuple[float, ...] | None) -> float:
    cuts = np.array(edges) if edges is not None else np.unique(np.quantile(before, np.arange(1, BINS) / BINS))
    counts = (
        np.bincount(np.searchsorted(cuts, values, side="right"), minlength=len(cuts) + 1).astype(np.float64)
        for values in (before, now)
    )
    return population_stability_index(*counts, smallest=SMALLEST_SHARE)
