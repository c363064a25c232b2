"""Values that do not fit a consumer's own history. Rule of the room: no row disappears unsaid.

Never a global cut: what is much for a house is little for a factory.
"""

import polars as pl

from powertheft.quality.scene import Hit, Scene

# Hampel, F. R. (1974), The influence curve and its role in robust estimation, JASA 69,
# doi 10.1080/01621459.1974.10482962:
# so many scaled median deviations from the median; the scale makes the deviation that of a normal distribution.
HAMPEL_DEVIATIONS, HAMPEL_SCALE = 6.0, 1.4826
LEAST_BILLS = 8
# Below these nobody's use is steady: a part of the median, and kWh a day.
LEAST_DEVIATION_SHARE, LEAST_DEVIATION = 0.05, 0.1
# Wh for kWh is a factor of a thousand; use itself may have changed by up to two besides.
THOUSAND, DOUBLE = 1000.0, 2.0
# A factor is told from the register, exactly but for rounding.
FACTOR_TOLERANCE, LEAST_STEPS = 0.02, 20.0
INDICES = ("previous_index", "current_index")


def hampel_outlier(scene: Scene) -> list[Hit]:
    """Energy a day far away from the median of the meter's own bills, by their own median deviation."""
    own = _own_history(scene)
    if own is None:
        return []
    deviation = own.with_columns((pl.col("rate") - pl.col("median")).abs().alias("away"))
    scale = HAMPEL_SCALE * pl.col("away").median().over("series")
    least = pl.max_horizontal(pl.col("median").abs() * LEAST_DEVIATION_SHARE, pl.lit(LEAST_DEVIATION))
    far = pl.col("away") > HAMPEL_DEVIATIONS * pl.max_horizontal(scale, least)
    found = deviation.select(far & (pl.col("bills") >= LEAST_BILLS)).to_series()
    return scene.hits(found, column="energy")


def unit_slip(scene: Scene) -> list[Hit]:
    """Energy a day about a thousand times, or a thousandth of, the median of the meter's own bills."""
    own = _own_history(scene)
    if own is None:
        return []
    times = pl.col("rate") / pl.col("median")
    too_much = times.is_between(THOUSAND / DOUBLE, THOUSAND * DOUBLE)
    # A small whole number is an empty house; MWh that were written for kWh have a fraction.
    too_little = times.is_between(1 / THOUSAND / DOUBLE, DOUBLE / THOUSAND) & pl.col("is_broken")
    steady = (pl.col("median") > LEAST_DEVIATION) & (pl.col("bills") >= LEAST_BILLS)
    frame = own.select(too_much=too_much & steady, too_little=too_little & steady).fill_null(value=False)
    amounts = {"much": int(frame["too_much"].sum()), "little": int(frame["too_little"].sum())}
    detail = "{much} a thousand times too much, {little} a thousandth"
    return scene.hits(frame["too_much"] | frame["too_little"], column="energy", detail=detail, amounts=amounts)


def factor_slip(scene: Scene) -> list[Hit]:
    """Energy that is the register's difference times a factor that the meter's other bills do not have."""
    if not scene.has(*INDICES, "energy"):
        return []
    steps = pl.col("current_index") - pl.col("previous_index")
    ratio = pl.when((steps >= LEAST_STEPS) & (pl.col("energy") > 0)).then(pl.col("energy") / steps)
    frame = scene.frame.select(scene.series, ratio.alias("ratio"))
    own = frame.with_columns(pl.col("ratio").median().over("series").alias("usual"))
    off = pl.col("ratio") / pl.col("usual")
    power = pl.lit(10.0).pow(off.log10().round())
    by_ten = ((off / power - 1).abs() <= FACTOR_TOLERANCE) & (power != 1)
    without = ((pl.col("ratio") - 1).abs() <= FACTOR_TOLERANCE) & ((pl.col("usual") - 1).abs() > 2 * FACTOR_TOLERANCE)
    enough = pl.col("ratio").count().over("series") >= LEAST_BILLS
    return scene.hits(
        own.select((by_ten | (without & (pl.col("usual") >= DOUBLE))) & enough).to_series(), column="energy"
    )


def _own_history(scene: Scene) -> pl.DataFrame | None:
    """Return series, energy a day, its median over the series and how many bills have it."""
    if not scene.has("energy", "period_days"):
        return None
    if "own" not in scene.kept:
        rate = pl.when(pl.col("period_days") > 0).then(pl.col("energy") / pl.col("period_days")).alias("rate")
        frame = scene.frame.select(scene.series, rate, is_broken=pl.col("energy") != pl.col("energy").round())
        scene.kept["own"] = frame.with_columns(
            pl.col("rate").median().over("series").alias("median"), pl.col("rate").count().over("series").alias("bills")
        )
    return scene.kept["own"]
