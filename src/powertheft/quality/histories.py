"""What does not fit into a meter's own history of bills. Rule of the room: no row disappears unsaid."""

import polars as pl

from powertheft.quality.scene import Hit, Scene

# A bill may start or end so many days, or this part of its period, away from where the bill before ended.
SLACK_DAYS, SLACK_SHARE = 10, 0.25
# A step between two intervals longer than so many of the consumer's usual ones is a hole.
HOLE_STEPS = 1.5
ESTIMATED_IN_A_ROW = 3
STILL_IN_A_ROW = 4
INDEX_TOLERANCE = 1.0
HOURS = 24.0
INDICES = ("previous_index", "current_index")
PERIOD = "period_days"


def gap(scene: Scene) -> list[Hit]:
    """Bills that leave days before them that no bill of the meter covers."""
    return _bills(scene, pl.col("since") - pl.col(PERIOD))


def overlapping_bill(scene: Scene) -> list[Hit]:
    """Bills that cover days which the bill before of the same meter covers too."""
    return _bills(scene, pl.when(pl.col("since") > 0).then(pl.col(PERIOD) - pl.col("since")))


def missing_interval(scene: Scene) -> list[Hit]:
    """Intervals before which others are missing, by the step that the consumer's intervals usually have."""
    step = (pl.col("start") - pl.col("start").shift(1)).dt.total_seconds()
    steps = scene.frame.select(scene.series, pl.when(scene.follows).then(step).alias("step"))
    usual = pl.col("step").median().over("series")
    frame = steps.select(found=pl.col("step") > HOLE_STEPS * usual, missing=(pl.col("step") / usual).round() - 1)
    found = frame["found"].fill_null(value=False)
    missing = int(frame["missing"].filter(found).sum() or 0)
    return scene.hits(found, column="start", detail="{missing} intervals", amounts={"missing": missing})


def estimated_reading(scene: Scene) -> list[Hit]:
    """Bills that were estimated, or written at a locked door."""
    return scene.hits(pl.col("is_estimated"), column="is_estimated") if scene.has("is_estimated") else []


def estimated_for_long(scene: Scene) -> list[Hit]:
    """Several estimated bills of one meter in a row."""
    if not scene.has("is_estimated"):
        return []
    return scene.hits(_in_a_row(scene, pl.col("is_estimated"), ESTIMATED_IN_A_ROW), column="is_estimated")


def stuck_register(scene: Scene) -> list[Hit]:
    """Registers that had moved and stand still over several bills in a row."""
    if not scene.has(*INDICES):
        return []
    still = (pl.col("current_index") == pl.col("previous_index")) & (pl.col("current_index") > 0)
    return scene.hits(_in_a_row(scene, still, STILL_IN_A_ROW), column="current_index")


def register_break(scene: Scene) -> list[Hit]:
    """Bills that begin at another index than the one where the bill before of the same meter ended."""
    if not scene.has(*INDICES):
        return []
    jump = (pl.col("previous_index") - pl.col("current_index").shift(1)).abs() > INDEX_TOLERANCE
    found = scene.mask(jump) & scene.follows & ~scene.repeated
    return scene.hits(found, column="previous_index")


def bill_before_connection(scene: Scene) -> list[Hit]:
    """Bills before the day on which the consumer was connected."""
    consumers = scene.other("consumers")
    if consumers is None or "connected_on" not in consumers.columns:
        return []
    days = consumers.select("consumer_id", "connected_on").drop_nulls()
    known = scene.frame.select("consumer_id").join(days, on="consumer_id", how="left", maintain_order="left")
    return scene.hits(scene.frame["read_on"] < known["connected_on"], column="read_on")


def above_sanctioned_load(scene: Scene) -> list[Hit]:
    """Bills whose energy would need more than the sanctioned load day and night."""
    consumers = scene.other("consumers")
    if consumers is None or "sanctioned_load" not in consumers.columns or not scene.has("energy", PERIOD):
        return []
    loads = consumers.select("consumer_id", "sanctioned_load").drop_nulls().filter(pl.col("sanctioned_load") > 0)
    known = scene.frame.select("consumer_id").join(loads, on="consumer_id", how="left", maintain_order="left")
    most = known["sanctioned_load"] * scene.frame[PERIOD] * HOURS
    return scene.hits((scene.frame["energy"] > most) & (scene.frame["commodity"] == "electricity"), column="energy")


def reconnected_before_disconnected(scene: Scene) -> list[Hit]:
    """Reconnections that lie before the disconnection."""
    if not scene.has("reconnected_on", "disconnected_on"):
        return []
    return scene.hits(pl.col("reconnected_on") < pl.col("disconnected_on"), column="reconnected_on")


def _bills(scene: Scene, days: pl.Expr) -> list[Hit]:
    """Return the bills with so many days too few or twice, and how many days that is together."""
    if not scene.has(PERIOD):
        return []
    if "since" not in scene.kept:
        since = pl.when(scene.follows).then((pl.col("read_on") - pl.col("read_on").shift(1)).dt.total_days())
        scene.kept["since"] = scene.frame.select(PERIOD, since=since)
    slack = pl.max_horizontal(pl.lit(float(SLACK_DAYS)), pl.col(PERIOD) * SLACK_SHARE)
    frame = scene.kept["since"].select(days=days, found=(days > slack).fill_null(value=False))
    amounts = {"days": int(frame["days"].filter(frame["found"]).round().sum() or 0)}
    return scene.hits(frame["found"], column=PERIOD, detail="{days} days", amounts=amounts)


def _in_a_row(scene: Scene, condition: pl.Expr, least: int) -> pl.Series:
    """Return the rows of runs of at least so many rows of one series where the condition holds."""
    holds = scene.mask(condition)
    goes_on = holds & holds.shift(1, fill_value=False) & scene.follows
    run = (~goes_on).cum_sum().alias("run").set_sorted()
    return holds & (run.to_frame().select(pl.len().over("run")).to_series() >= least)
