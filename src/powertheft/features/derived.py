"""Columns that readings gain before they are reduced. Rule of the room: Narwhals only, so that every engine can run it.

Readings arrive with `as_of` joined, later rows removed, and `commodity`, `sequence`, `meter_id`, `period_days`,
`previous_index` and `current_index` present (empty where a profile has none), and `settled_register`, `settled_days`
and `settled_energy`, what panel.registers makes of each bill. A series is one consumer's readings of one commodity in
order of date.
"""

from datetime import date

import narwhals as nw
from narwhals.typing import IntoDataFrameT

SERIES = ("consumer_id", "commodity")
ORDER = ("read_on", "sequence")
EPOCH = date(1970, 1, 1)

MINIMUM_DAILY = 0.1
"""Use [kWh/day] below which a ratio to it says nothing."""


SLIP = 1.0
"""Gap of the register between two bills that is only rounding."""


def days_since_epoch(column: str) -> nw.Expr:
    """Day number of a date column, counted from 1 January 1970."""
    return (nw.col(column) - nw.lit(EPOCH)).dt.total_minutes() / 1440


def derive_readings(readings: nw.DataFrame[IntoDataFrameT]) -> nw.DataFrame[IntoDataFrameT]:
    """Add what the aggregates read: daily use, changes between bills, register differences, exchanges, gaps."""
    ranked = readings.with_columns(
        read_day=days_since_epoch("read_on"),
        age_days=(nw.col("as_of") - nw.col("read_on")).dt.total_minutes() / 1440,
        one=nw.lit(1.0),
        index_used=nw.col("current_index") - nw.col("previous_index"),
        zero=(nw.col("energy") <= 0).cast(nw.Float64),
        is_zero=nw.col("energy") <= 0,
    ).with_columns(
        from_end=_over(nw.col("one").cum_sum(reverse=True)),
        from_start=_over(nw.col("one").cum_sum()),
        day_before=_over(nw.col("read_day").shift(1)),
        meter_before=_over(nw.col("meter_id").shift(1)),
        index_before=_over(nw.col("current_index").shift(1)),
    )
    return _with_extremes(_with_changes(_with_daily(ranked)))


def _with_daily(readings: nw.DataFrame[IntoDataFrameT]) -> nw.DataFrame[IntoDataFrameT]:
    gapped = readings.with_columns(
        gap_days=nw.col("read_day") - nw.col("day_before"),
        # Another number on a register that runs on is a slip of the pen.
        exchanged=(
            (nw.col("meter_id") != nw.col("meter_before"))
            & ~((nw.col("previous_index") == nw.col("index_before")) & (nw.col("index_before") > 0)).fill_null(
                value=False
            )
        ).cast(nw.Float64),
    ).with_columns(
        stated_period=nw.when(nw.col("period_days") >= 1)
        .then(nw.col("period_days"))
        .otherwise(nw.when(nw.col("gap_days") >= 1).then(nw.col("gap_days"))),
        settled_period=nw.when(nw.col("settled_days") >= 1).then(nw.col("settled_days")),
    )
    return gapped.with_columns(
        period=nw.coalesce(nw.col("settled_period"), nw.col("stated_period")),
        daily=nw.col("settled_energy") / nw.col("settled_period"),
    )


def _with_changes(readings: nw.DataFrame[IntoDataFrameT]) -> nw.DataFrame[IntoDataFrameT]:
    before = readings.with_columns(daily_before=_over(nw.col("daily").shift(1)))
    return before.with_columns(
        daily_ratio=nw.when(nw.col("daily_before") > MINIMUM_DAILY).then(nw.col("daily") / nw.col("daily_before")),
        daily_difference=nw.col("daily") - nw.col("daily_before"),
        index_gap=nw.when(nw.col("exchanged") == 0).then(nw.col("previous_index") - nw.col("index_before")),
        index_excess=nw.col("index_used") - nw.col("energy"),
        exchange_day=nw.when(nw.col("exchanged") == 1).then(nw.col("read_day")),
        period_excess=nw.col("stated_period") - nw.col("gap_days"),
        parallel=((nw.col("gap_days") == 0) & (nw.col("exchanged") == 1)).cast(nw.Float64),
        # A number of noughts is written where the number is not known.
        numbered=nw.when(nw.col("meter_id").str.strip_chars("0 ") != "").then(nw.col("meter_id")),
    ).pipe(_with_meters)


def _with_meters(readings: nw.DataFrame[IntoDataFrameT]) -> nw.DataFrame[IntoDataFrameT]:
    """Add the meter, and since when it is on the bills: a register keeps the number that it had first.

    Another number on a register that runs on is a slip of the pen, and a meter that never shows anything is none.
    """
    first = nw.col("numbered").first().over(*SERIES, "settled_register", order_by=list(ORDER))
    named = readings.with_columns(meter_of=nw.coalesce(first, nw.col("numbered")))
    shows = ((nw.col("current_index") > 0) | (nw.col("energy") > 0)).fill_null(value=True)
    return named.with_columns(
        known_meter=nw.when(shows).then(nw.col("meter_of")),
        first_bill=nw.col("read_day").min().over(*SERIES, "meter_of"),
    )


EXTREMES: dict[str, tuple[str, str]] = {
    "at_fall": ("steady_step", "min"),
    "at_climb": ("steady_step", "max"),
    "at_reading_gap": ("gap_days", "max"),
    "at_index_gap": ("index_gap", "max"),
    "at_index_excess": ("index_excess", "max"),
}
"""Flags of the bill where a column is at its least or greatest: flag -> (column, which)."""


def _with_extremes(readings: nw.DataFrame[IntoDataFrameT]) -> nw.DataFrame[IntoDataFrameT]:
    # Two bills of one meter on two days: what an exchange or a second meter does to use is no step of use.
    one_meter = (nw.col("gap_days") >= 1) & (nw.col("exchanged").fill_null(0.0) == 0)
    # Nor does a level follow from a bill that covers other days than those since the reading before.
    fits = nw.col("period_excess").abs() <= 0.4 * nw.col("gap_days")
    fitted = readings.with_columns(fits=fits.fill_null(value=True))
    # Nor from one that begins elsewhere than the bill before ended: a bill is missing, or the register was set.
    fitted = fitted.with_columns(fits=nw.col("fits") & (nw.col("index_gap").fill_null(0.0).abs() <= SLIP))
    steady = one_meter & nw.col("fits") & _over(nw.col("fits").shift(1))
    stepped = fitted.with_columns(steady_step=nw.when(steady).then(nw.col("daily_difference")))
    found = {flag: getattr(_ranked(column, which), which)().over(*SERIES) for flag, (column, which) in EXTREMES.items()}
    stepped = stepped.with_columns(meter_since=nw.when(~nw.col("known_meter").is_null()).then(nw.col("first_bill")))
    return stepped.with_columns(**found, newest_meter_since=nw.col("meter_since").max().over(*SERIES)).with_columns(
        *((_ranked(column, which) == nw.col(flag)).alias(flag) for flag, (column, which) in EXTREMES.items()),
        exchange_days=nw.col("read_day") - nw.col("newest_meter_since"),
    )


def _ranked(column: str, which: str) -> nw.Expr:
    """Order by value, and where two bills are alike by date: the later one is quoted."""
    later = nw.col("read_day") * (1e-9 if which == "max" else -1e-9)
    return nw.col(column) + later


def _over(expression: nw.Expr) -> nw.Expr:
    return expression.over(*SERIES, order_by=list(ORDER))
