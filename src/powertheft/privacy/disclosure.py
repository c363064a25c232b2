"""What may leave the house: no figure and no place that so few share that it points at one of them.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

from collections.abc import Sequence

import polars as pl

from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.privacy.thresholds import SMALLEST_GROUP

METER, CONNECTED = "meter_id", "connected_on"


def suppress_small_groups(
    frame: pl.DataFrame, by: Sequence[str], counts: str, *, smallest: int = SMALLEST_GROUP
) -> pl.DataFrame:
    """Empty all but the groups' names in rows of a table of figures that stand for fewer than `smallest` consumers.

    A row alone in being emptied could be had back from the total, so the next smallest is emptied with it.
    """
    hidden = _hidden(frame.get_column(counts), smallest)
    figures = [name for name in frame.columns if name not in by]
    return frame.with_columns(pl.when(~hidden).then(pl.col(name)).alias(name) for name in figures)


def blur_small_groups(
    frame: pl.DataFrame, by: Sequence[str], person: str, *, smallest: int = SMALLEST_GROUP
) -> pl.DataFrame:
    """Empty the columns `by` (place, tariff, ...) of rows whose combination fewer than `smallest` persons share."""
    groups = frame.group_by(by, maintain_order=True).agg(pl.col(person).n_unique().alias("persons"))
    groups = groups.with_columns(_hidden(groups.get_column("persons"), smallest).alias("hidden"))
    marked = frame.join(groups, on=list(by), how="left", nulls_equal=True, maintain_order="left")
    emptied = (pl.when(~pl.col("hidden")).then(pl.col(name)).alias(name) for name in by)
    return marked.with_columns(emptied).select(frame.columns)


def without_marks(frame: pl.LazyFrame, pseudonyms: Pseudonyms) -> pl.LazyFrame:
    """Replace what marks a consumer in other lists too: meters get pseudonyms, of days of connection years are left."""
    columns = frame.collect_schema()
    if METER in columns:
        named = pl.col(METER).map_batches(
            lambda numbers: pseudonyms.apart(numbers, "meter"), return_dtype=pl.String, is_elementwise=True
        )
        frame = frame.with_columns(named)
    return frame.with_columns(pl.col(CONNECTED).dt.truncate("1y")) if CONNECTED in columns else frame


def _hidden(counts: pl.Series, smallest: int) -> pl.Series:
    """Return which rows to hide: the small ones, and the next larger until what is hidden is no small group itself."""
    order = counts.fill_null(0).arg_sort()
    ordered = counts.fill_null(0).gather(order).cast(pl.Int64)
    hidden = ordered < smallest
    if hidden.any():
        before = ordered.cum_sum() - ordered
        hidden = hidden | (before < smallest) | (pl.Series(range(len(ordered))) < 2)
    return pl.DataFrame({"place": order, "hidden": hidden}).sort("place").get_column("hidden")
