"""Values that cannot be, and what they become. Rule of the room: no row disappears unsaid.

Each function returns the frame with the values repaired, and which rows that were.
"""

import polars as pl

from powertheft.quality.scene import Hit, Scene

# Columns with a rule of their own.
ENERGIES = ("energy", "energy_supplied", "energy_unmetered")
PERIOD = "period_days"

Repaired = tuple[pl.DataFrame, list[Hit]]


def unknown_code(scene: Scene) -> Repaired:
    """Words that the profile's code list does not hold; the profile has already left them out."""
    hits = [
        Hit(code.count, code.rows, code.column, f"such as {', '.join(repr(word) for word in code.words)}")
        for code in scene.table.unknown_codes
    ]
    return scene.frame, hits


def negative_energy(scene: Scene) -> Repaired:
    """Energy below zero, or below what the profile says it can be."""
    below = {name: pl.col(name) < (scene.bounds(name)[0] or 0.0) for name in ENERGIES if scene.has(name)}
    return _to_missing(scene, below)


def missing_period(scene: Scene) -> Repaired:
    """Periods that are not stated: the days since the bill before instead, where these can be."""
    frame = scene.frame
    if PERIOD not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias(PERIOD))
    return _period_from_dates(scene, frame, frame[PERIOD].is_null())


def impossible_period(scene: Scene) -> Repaired:
    """Periods that cannot be: the days since the bill before instead, where these can be."""
    return _period_from_dates(scene, scene.frame, scene.mask(~_can_be(PERIOD, scene)))


def impossible_value(scene: Scene) -> Repaired:
    """Numbers outside what the profile says they can be."""
    outside: dict[str, pl.Expr] = {}
    for column in scene.mapping.columns if scene.mapping else ():
        name = column.target
        minimum = None if name in ENERGIES else column.minimum
        if name == PERIOD or not scene.has(name) or (minimum is None and column.maximum is None):
            continue
        too_low = pl.lit(value=False) if minimum is None else pl.col(name) < minimum
        outside[name] = too_low if column.maximum is None else too_low | (pl.col(name) > column.maximum)
    return _to_missing(scene, outside)


def _to_missing(scene: Scene, conditions: dict[str, pl.Expr]) -> Repaired:
    hits = [found for name, condition in conditions.items() for found in scene.hits(condition, column=name)]
    mended = (
        pl.when(conditions[found.column].fill_null(value=False)).then(None).otherwise(found.column).alias(found.column)
        for found in hits
    )
    return scene.frame.with_columns(mended), hits


def _can_be(name: str, scene: Scene) -> pl.Expr:
    minimum, maximum = scene.bounds(PERIOD)
    return (pl.col(name) > 0) & pl.col(name).is_between(minimum or 0.0, float("inf") if maximum is None else maximum)


def _period_from_dates(scene: Scene, frame: pl.DataFrame, mask: pl.Series) -> Repaired:
    if not mask.any():
        return frame, []
    follows = scene.repeats([key for key in scene.key if key != "read_on"])
    gap = (pl.col("read_on") - pl.col("read_on").shift(1)).dt.total_days().cast(pl.Float64)
    dated = frame.with_columns(mask.alias("mask"), follows.alias("follows"), gap.alias("gap"))
    derived = pl.when(pl.col("follows") & _can_be("gap", scene)).then("gap")
    dated = dated.with_columns(pl.when("mask").then(derived).otherwise(PERIOD).alias(PERIOD))
    mended = int(dated[PERIOD].filter(mask).is_not_null().sum())
    detail = f"{mended:,} have the days since the bill before instead, {int(mask.sum()) - mended:,} have none"
    return dated.drop("mask", "follows", "gap"), scene.hits(mask, column=PERIOD, detail=detail)
