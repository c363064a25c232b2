"""Values that cannot be. Rule of the room: no row disappears unsaid.

Each function returns the rows at which the recipe's step is pointed; the steps themselves stand in `repairs`.
"""

import polars as pl

from powertheft.quality.scene import Hit, Scene

# Columns with a rule of their own.
ENERGIES = ("energy", "energy_supplied", "energy_unmetered")
PERIOD = "period_days"
PERIOD_DETAIL = "{mended} have the days since the bill before instead, {left} have none"


def unknown_code(scene: Scene) -> list[Hit]:
    """Words that the profile's code list does not hold; the profile has already left them out."""
    return [Hit(code.count, code.rows, code.column, words=code.words) for code in scene.table.unknown_codes]


def negative_energy(scene: Scene) -> list[Hit]:
    """Energy below zero, or below what the profile says it can be."""
    names = [name for name in ENERGIES if scene.has(name)]
    below = {name: pl.col(name) < (scene.bounds(name)[0] or 0.0) for name in names}
    return [found for name, condition in below.items() for found in scene.hits(condition, column=name)]


def missing_period(scene: Scene) -> list[Hit]:
    """Periods that are not stated."""
    if not scene.has(PERIOD):
        return _periods(scene, pl.repeat(value=True, n=scene.frame.height, dtype=pl.Boolean, eager=True))
    return _periods(scene, scene.frame[PERIOD].is_null())


def impossible_period(scene: Scene) -> list[Hit]:
    """Periods that cannot be."""
    return _periods(scene, scene.mask(~_can_be(PERIOD, scene))) if scene.has(PERIOD) else []


def impossible_value(scene: Scene) -> list[Hit]:
    """Numbers outside what the profile says they can be."""
    hits: list[Hit] = []
    for column in scene.mapping.columns if scene.mapping else ():
        name = column.target
        minimum = None if name in ENERGIES else column.minimum
        if name == PERIOD or not scene.has(name) or (minimum is None and column.maximum is None):
            continue
        too_low = pl.lit(value=False) if minimum is None else pl.col(name) < minimum
        outside = too_low if column.maximum is None else too_low | (pl.col(name) > column.maximum)
        hits += scene.hits(outside, column=name)
    return hits


def days_from_dates(scene: Scene, mask: pl.Series) -> pl.Series:
    """Return the period of each row, where the mask is set as the days since the bill before or nothing."""
    frame = scene.frame if scene.has(PERIOD) else scene.frame.with_columns(pl.lit(None, pl.Float64).alias(PERIOD))
    gap = (pl.col("read_on") - pl.col("read_on").shift(1)).dt.total_days().cast(pl.Float64)
    dated = frame.select("read_on", PERIOD, mask.alias("mask"), scene.follows.alias("follows"), gap.alias("gap"))
    derived = pl.when(pl.col("follows") & _can_be("gap", scene)).then("gap")
    return dated.select(pl.when("mask").then(derived).otherwise(PERIOD).alias(PERIOD)).to_series()


def _can_be(name: str, scene: Scene) -> pl.Expr:
    minimum, maximum = scene.bounds(PERIOD)
    return (pl.col(name) > 0) & pl.col(name).is_between(minimum or 0.0, float("inf") if maximum is None else maximum)


def _periods(scene: Scene, mask: pl.Series) -> list[Hit]:
    if not mask.any():
        return []
    mended = int(days_from_dates(scene, mask).filter(mask).is_not_null().sum())
    amounts = {"mended": mended, "left": int(mask.sum()) - mended}
    return scene.hits(mask, column=PERIOD, detail=PERIOD_DETAIL, amounts=amounts)
