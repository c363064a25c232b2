"""Rows that cannot be used. Rule of the room: no row disappears unsaid.

Each function returns the mask of the rows that it sets aside.
"""

from datetime import date

import polars as pl

from powertheft.domain.tables import SOURCE_ROW
from powertheft.quality.scene import Scene

WHEN = ("read_on", "paid_on", "start", "occurred_at")
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)


def missing_consumer(scene: Scene) -> pl.Series:
    """Rows without the number of a consumer."""
    return scene.mask(pl.col("consumer_id").is_null())


def missing_transformer(scene: Scene) -> pl.Series:
    """Transformer readings without a transformer."""
    return scene.mask(pl.col("transformer_id").is_null())


def missing_date(scene: Scene) -> pl.Series:
    """Rows without the date that puts them in order."""
    return scene.mask(pl.any_horizontal(pl.col(name).is_null() for name in WHEN if scene.has(name)))


def impossible_date(scene: Scene) -> pl.Series:
    """Rows whose date is of another age: a place-holder such as 31-12-9999."""
    beyond = (~pl.col(name).cast(pl.Date).is_between(FIRST_DAY, LAST_DAY) for name in WHEN if scene.has(name))
    return scene.mask(pl.any_horizontal(beyond))


def orphan(scene: Scene) -> pl.Series:
    """Rows of a consumer who is not among the consumers."""
    consumers = scene.other("consumers")
    if consumers is None:
        return _nowhere(scene.frame)
    # A table is sorted by consumer: it is enough to ask once for each.
    asked = scene.frame.get_column("consumer_id")
    begins = asked.ne_missing(asked.shift(1))
    owners = asked.filter(begins)
    known = owners.is_in(consumers.get_column("consumer_id").implode())
    if known.all():
        return _nowhere(scene.frame)
    return ~known.gather(begins.cast(pl.UInt32).cum_sum().clip(1) - 1)


def duplicate_consumer(scene: Scene) -> pl.Series:
    """All but the first row of one consumer in the file."""
    return scene.mask(pl.col(SOURCE_ROW) > pl.col(SOURCE_ROW).min().over("consumer_id"))


def exact_duplicate(scene: Scene) -> pl.Series:
    """Rows that repeat another in every column."""
    repeated = scene.repeated
    if not repeated.any():
        return repeated
    tied = repeated | repeated.shift(-1, fill_value=False)
    apart = {SOURCE_ROW} if scene.has_own_sequence else {SOURCE_ROW, "sequence"}
    content = [name for name in scene.frame.columns if name not in apart]
    copies = ~scene.frame.filter(tied).select(pl.struct(content).is_first_distinct()).to_series()
    return _nowhere(scene.frame).scatter(tied.arg_true().filter(copies), values=True)


def _nowhere(frame: pl.DataFrame) -> pl.Series:
    return pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
