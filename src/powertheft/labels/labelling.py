"""One label a consumer. Rule of the room: not inspected is unknown, never honest."""

from collections.abc import Mapping

import polars as pl

from powertheft.domain.errors import LabelError
from powertheft.domain.outcomes import OUTCOMES, label_of
from powertheft.domain.profiles import Profile
from powertheft.domain.tables import CanonicalTable

SCHEMA: dict[str, pl.DataType] = {
    "consumer_id": pl.String(),
    "label": pl.Int8(),
    "as_of": pl.Date(),
    "outcome": pl.String(),
    "is_dated": pl.Boolean(),
}
UNKNOWN = -1
"""Label of a consumer whose outcome is not known, where labels are numbers."""

LABELS = {outcome: label_of(outcome) for outcome in sorted(OUTCOMES)}


def labelled_consumers(tables: Mapping[str, CanonicalTable[pl.DataFrame]]) -> pl.DataFrame:
    """Return one row a consumer with a label: 1 for theft in any form, 0 for an honest finding, sorted by consumer.

    The latest conclusive inspection counts, of several on one day one that found theft; an undated one only where there
    is no dated one. `as_of` is the day before the visit, missing where it has no date (then the last reading is meant).
    """
    if "inspections" not in tables:
        return pl.DataFrame(schema=SCHEMA)
    visits = tables["inspections"].frame
    label = pl.col("outcome").replace_strict(LABELS, default=None, return_dtype=pl.Int8).alias("label")
    conclusive = visits.with_columns(label).filter(pl.col("label").is_not_null() & pl.col("consumer_id").is_not_null())
    latest = conclusive.sort("consumer_id", "inspected_on", "label", "sequence", "outcome").unique(
        "consumer_id", keep="last", maintain_order=True
    )
    return latest.with_columns(
        pl.col("inspected_on").dt.offset_by("-1d").alias("as_of"),
        pl.col("inspected_on").is_not_null().alias("is_dated"),
    ).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def check_labels(labels: pl.DataFrame, profile: Profile, *, at_least: int = 1) -> None:
    """Raise LabelError where there are no labels, only one kind, or fewer than `at_least` of a kind."""
    if labels.is_empty():
        raise LabelError("there are no inspection outcomes to learn or judge from", advice=_where(profile))
    thefts = int((labels["label"] == 1).sum())
    honest = len(labels) - thefts
    tally = f"{thefts:,} say theft and {honest:,} say honest"
    if not thefts or not honest:
        what = f"the inspection outcomes are all of one kind ({tally})"
        raise LabelError(what, advice=f"Both kinds are needed to tell them apart. {_where(profile)}")
    if min(thefts, honest) < at_least:
        what = f"there are too few inspection outcomes: {tally}, and at least {at_least:,} of each are needed"
        raise LabelError(what, advice="Add the outcomes of more inspections: with so few, figures are luck.")


def _where(profile: Profile) -> str:
    table = profile.table("inspections")
    outcome = table.column("outcome") if table else None
    if table is None or outcome is None:
        return f"The profile {profile.name} describes no inspections: choose or write one that does."
    column = " or ".join(outcome.sources or outcome.any_of[:3])
    file = "the file" if table.file == "*" else f"the file {table.file}"
    return f"The profile {profile.name} reads the column {column} of {file}; name another with --map outcome=COLUMN."
