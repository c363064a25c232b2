"""What looks wrong but is used as it is. Rule of the room: no row disappears unsaid.

Each function returns the rows that it points at.
"""

from datetime import date

import polars as pl

from powertheft.quality.repairing import ENERGIES
from powertheft.quality.scene import Hit, Scene

BEGINNING = date(1950, 1, 1)
# Registers are whole numbers, and bills are rounded: below both of these nothing is said.
INDEX_TOLERANCE = 1.0
INDEX_TOLERANCE_SHARE = 0.01
INDICES = ("previous_index", "current_index")


def rebilled_day(scene: Scene) -> list[Hit]:
    """Rows that share their key with another and differ in the rest."""
    return scene.hits(scene.repeated)


def rollover(scene: Scene) -> list[Hit]:
    """Registers that went past their last digit: what is missing to the next power of ten was billed."""
    if not scene.has(*INDICES, "energy"):
        return []
    backwards, rolls_over = _backwards(scene)
    return scene.hits(backwards & rolls_over, column="current_index")


def index_backwards(scene: Scene) -> list[Hit]:
    """Registers that run backwards within one bill and have not gone past their last digit."""
    if not scene.has(*INDICES):
        return []
    backwards, rolls_over = _backwards(scene)
    return scene.hits(backwards & ~rolls_over, column="current_index")


def index_against_energy(scene: Scene) -> list[Hit]:
    """Bills whose energy is not the difference of the register."""
    if not scene.has(*INDICES, "energy"):
        return []
    differs = ~_agrees(pl.col("current_index") - pl.col("previous_index"))
    return scene.hits(differs & (pl.col("current_index") >= pl.col("previous_index")), column="energy")


def missing_energy(scene: Scene) -> list[Hit]:
    """Rows without energy."""
    names = [name for name in ENERGIES if scene.has(name)]
    return [found for name in names for found in scene.hits(pl.col(name).is_null(), column=name)]


def future_date(scene: Scene) -> list[Hit]:
    """Dates after today."""
    return [found for name in _dates(scene) for found in scene.hits(_day(name) > scene.today, column=name)]


def ancient_date(scene: Scene) -> list[Hit]:
    """Dates before 1950."""
    return [found for name in _dates(scene) for found in scene.hits(_day(name) < BEGINNING, column=name)]


def consumer_without_bill(scene: Scene) -> list[Hit]:
    """Consumers without a bill."""
    bills = scene.owners("readings")
    if bills is None:
        return []
    asked, billed = scene.frame.get_column("consumer_id"), bills.get_column("consumer_id")
    return scene.hits(asked.is_not_null() & ~asked.is_in(billed.implode()), column="consumer_id")


def missing_outcome(scene: Scene) -> list[Hit]:
    """Inspections without an outcome that is known."""
    return scene.hits(pl.col("outcome").is_null(), column="outcome")


def undated_inspection(scene: Scene) -> list[Hit]:
    """Inspections without a date."""
    return scene.hits(pl.col("inspected_on").is_null(), column="inspected_on")


def inspection_before_bills(scene: Scene) -> list[Hit]:
    """Inspections before, or on the day of, the consumer's first bill."""
    readings = scene.other("readings")
    if readings is None or scene.frame["inspected_on"].null_count() == scene.frame.height:
        return []
    who = readings["consumer_id"].ne_missing(readings["consumer_id"].shift(1)).cast(pl.UInt32).cum_sum()
    bills = readings.select("consumer_id", "read_on", who.alias("who").set_sorted()).group_by("who")
    first = bills.agg(pl.col("consumer_id").first(), pl.col("read_on").min().alias("first"))
    joined = scene.frame.join(first, on="consumer_id", how="left", maintain_order="left")
    early = joined.select((pl.col("inspected_on") <= pl.col("first")).fill_null(value=False)).to_series()
    return scene.hits(early, column="inspected_on")


def _backwards(scene: Scene) -> tuple[pl.Series, pl.Series]:
    """Return which registers end lower than they began, and which of them by a full turn that was billed."""
    if "backwards" not in scene.kept:
        backwards = scene.mask(pl.col("current_index") < pl.col("previous_index"))
        turned = pl.repeat(value=False, n=scene.frame.height, dtype=pl.Boolean, eager=True)
        if scene.has("energy"):
            digits = (pl.col("previous_index") + 1).log10().ceil()
            turn = pl.lit(10.0).pow(digits) - pl.col("previous_index") + pl.col("current_index")
            found = scene.frame.filter(backwards).select(_agrees(turn).fill_null(value=False)).to_series()
            turned = turned.scatter(backwards.arg_true().filter(found), values=True)
        scene.kept["backwards"] = backwards, turned
    return scene.kept["backwards"]


def _agrees(difference: pl.Expr) -> pl.Expr:
    tolerance = pl.max_horizontal(pl.lit(INDEX_TOLERANCE), pl.col("energy").abs() * INDEX_TOLERANCE_SHARE)
    return (difference - pl.col("energy")).abs() <= tolerance


def _dates(scene: Scene) -> list[str]:
    return [name for name, dtype in scene.frame.schema.items() if isinstance(dtype, (pl.Date, pl.Datetime))]


def _day(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Date)
