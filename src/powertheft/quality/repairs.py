"""The steps that mend a table, by name. Rule of the room: no row disappears unsaid.

A step works on one series (a meter of a consumer) at a time, so that it does the same to a part as to the whole.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from powertheft.domain.quality import RULE, Repair
from powertheft.quality.repairing import PERIOD, days_from_dates
from powertheft.quality.scene import Scene

Step = Callable[[Scene, pl.Series, Repair], pl.DataFrame]
SUMMED = ("energy", "amount", "export_energy", "energy_supplied", "energy_unmetered")
INDICES = ("previous_index", "current_index")
MOST_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class RepairKind:
    """A kind of step: what it does in plain words, its parameters with what they mean, and how.

    `fills` says that without a rule it mends what is missing, `drops` that rows may go.
    """

    name: str
    meaning: str
    step: Step
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    fills: bool = False
    drops: bool = False


def drop(scene: Scene, mask: pl.Series, repair: Repair) -> pl.DataFrame:
    """Take the rows out."""
    del repair
    return scene.frame.filter(~mask)


def mark_missing(scene: Scene, mask: pl.Series, repair: Repair) -> pl.DataFrame:
    """Take the values out, leave the rows."""
    return _where(scene, mask, repair.column, pl.lit(None))


def clip(scene: Scene, mask: pl.Series, repair: Repair) -> pl.DataFrame:
    """Bring values to the nearest that can be."""
    low, high = repair.parameters.get("minimum"), repair.parameters.get("maximum")
    return _where(scene, mask, repair.column, pl.col(repair.column).clip(low, high))


def rescale(scene: Scene, mask: pl.Series, repair: Repair) -> pl.DataFrame:
    """Multiply values by a factor."""
    return _where(scene, mask, repair.column, pl.col(repair.column) * repair.parameters["factor"])


def carry_forward(scene: Scene, mask: pl.Series, repair: Repair) -> pl.DataFrame:
    """Put the last value of the same meter before in the place."""
    known = pl.when(~mask).then(pl.col(repair.column)).alias("known")
    frame = scene.frame.select(scene.series, known)
    filled = frame.select(pl.col("known").forward_fill(limit=_most(repair)).over("series")).to_series()
    return _where(scene, mask, repair.column, pl.lit(filled))


def interpolate(scene: Scene, mask: pl.Series, repair: Repair) -> pl.DataFrame:
    """Put a straight line between the values before and after of the same meter in the place, a day at a time."""
    frame = _daily(scene, mask, repair.column)
    line = pl.col("value").interpolate_by("day").over("series")
    lines = frame.with_columns(line.alias("line"), short=_run_length(mask, scene) <= _most(repair))
    filled = lines.select(pl.when("short").then(pl.col("line") * pl.col("days"))).to_series()
    return _where(scene, mask, repair.column, pl.lit(filled))


def same_season_fill(scene: Scene, mask: pl.Series, repair: Repair) -> pl.DataFrame:
    """Put the use a day of the same month a year before in the place, else of the year after."""
    month = pl.col("day").dt.year().cast(pl.Int32) * 12 + pl.col("day").dt.month().cast(pl.Int32)
    frame = _daily(scene, mask, repair.column).with_columns(month.alias("month"))
    asked = frame.filter(mask)
    known = frame.drop_nulls("value").filter(pl.col("series").is_in(asked["series"].unique().implode()))
    known = known.group_by("series", "month").agg(pl.col("value").mean())
    for name, months in (("before", 12), ("after", -12)):
        there = known.select("series", pl.col("month") + months, pl.col("value").alias(name))
        asked = asked.join(there, on=["series", "month"], how="left", maintain_order="left")
    filled = asked.select(pl.coalesce("before", "after") * pl.col("days")).to_series()
    values = scene.frame[repair.column].scatter(mask.arg_true(), filled)
    return scene.frame.with_columns(values)


def merge_duplicates(scene: Scene, mask: pl.Series, repair: Repair) -> pl.DataFrame:
    """Make one row of the rows that share a key: the last of them, or their sum."""
    del mask
    repeated = scene.repeated
    last = ~repeated.shift(-1, fill_value=False)
    if repair.parameters.get("keep", "last") == "first":
        return scene.frame.filter(~repeated)
    if repair.parameters.get("keep", "last") == "last":
        return scene.frame.filter(last)
    bill = (~repeated).cum_sum().alias("bill").set_sorted()
    names = [name for name in SUMMED if scene.has(name)]
    known = [pl.when(pl.col(n).is_not_null().any()).then(pl.col(n).sum()).over("bill").alias(n) for n in names]
    return scene.frame.with_columns(bill).with_columns(known).drop("bill").filter(last)


def unroll_register(scene: Scene, mask: pl.Series, repair: Repair) -> pl.DataFrame:
    """Count a register on after its full turn, so that it never falls: the turns so far are added to every index."""
    del repair
    digits = (pl.col("previous_index") + 1).log10().ceil()
    turn = pl.when(mask).then(pl.lit(10.0).pow(digits)).otherwise(0.0)
    frame = scene.frame.with_columns(scene.series, turn.alias("turn"))
    frame = frame.with_columns(pl.col("turn").cum_sum().over("series").alias("turns"))
    previous = pl.col("previous_index") + pl.col("turns") - pl.col("turn")
    unrolled = frame.with_columns(previous, pl.col("current_index") + pl.col("turns"))
    return unrolled.drop("series", "turn", "turns")


def period_from_dates(scene: Scene, mask: pl.Series, repair: Repair) -> pl.DataFrame:
    """Put the days since the bill before of the same meter in the place, or nothing."""
    del repair
    return scene.frame.with_columns(days_from_dates(scene, mask).alias(PERIOD))


def _where(scene: Scene, mask: pl.Series, column: str, value: pl.Expr) -> pl.DataFrame:
    return scene.frame.with_columns(pl.when(mask).then(value).otherwise(pl.col(column)).alias(column))


def _most(repair: Repair) -> int:
    return int(repair.parameters.get("most_in_a_row", MOST_IN_A_ROW))


def _daily(scene: Scene, mask: pl.Series, column: str) -> pl.DataFrame:
    """Return series, day, days and value of every row: a total over a period as its value a day."""
    dated = next(name for name in ("read_on", "start", "paid_on", "occurred_at") if scene.has(name))
    is_total = column in SUMMED and scene.has(PERIOD)
    days = pl.col(PERIOD) if is_total else pl.lit(1.0)
    value = pl.when(~mask).then(pl.col(column) / days)
    return scene.frame.select(scene.series, pl.col(dated).alias("day"), days.alias("days"), value.alias("value"))


def _run_length(mask: pl.Series, scene: Scene) -> pl.Series:
    """Return for every row how many rows of its series in a row the mask has there."""
    goes_on = mask & mask.shift(1, fill_value=False) & scene.follows
    run = (~goes_on).cum_sum().alias("run").set_sorted()
    return run.to_frame().select(pl.len().over("run")).to_series()


REPAIRS: dict[str, RepairKind] = {
    kind.name: kind
    for kind in (
        RepairKind("drop", "Set the rows aside.", drop, drops=True),
        RepairKind("mark_missing", "Read the values as missing; the rows stay.", mark_missing),
        RepairKind(
            "clip",
            "Bring values to the nearest that can be.",
            clip,
            {"minimum": "the least that can be", "maximum": "the most that can be"},
        ),
        RepairKind("rescale", "Multiply the values.", rescale, {"factor": "what they are multiplied by"}),
        RepairKind(
            "interpolate",
            "Fill with a straight line, a day at a time, between the bills before and after of the same meter.",
            interpolate,
            {"most_in_a_row": f"longer holes stay open ({MOST_IN_A_ROW})"},
            fills=True,
        ),
        RepairKind(
            "same_season_fill",
            "Fill with the use a day of the same month a year before, else a year after, of the same meter.",
            same_season_fill,
            fills=True,
        ),
        RepairKind(
            "carry_forward",
            "Fill with the last value before of the same meter.",
            carry_forward,
            {"most_in_a_row": f"longer holes stay open behind so many ({MOST_IN_A_ROW})"},
            fills=True,
        ),
        RepairKind(
            "merge_duplicates",
            "Make one row of several bills of one day.",
            merge_duplicates,
            {"keep": "last (as it stands), first, or sum (energy and amounts added up)"},
            drops=True,
        ),
        RepairKind("unroll_register", "Count the register on after its full turn.", unroll_register),
        RepairKind(
            "period_from_dates",
            "Use the days since the bill before of the same meter as the period, or nothing.",
            period_from_dates,
        ),
    )
}

# What these mend without being told.
OWN_RULE = {"merge_duplicates": "rebilled_day", "unroll_register": "rollover"}
"""The rule of a step that mends one thing only."""

CONDITIONS = (RULE, "below", "above")
"""The parameters by which every step can be told its rows: those of a rule, or by their value."""
