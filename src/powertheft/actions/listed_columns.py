"""Columns of a list that a connection's page asks all rows for, kept in memory. Rule of the room: compute nothing.

A connection's page asks where it stands and who else is behind its transformer, in its section, its district. A list
lies as Parquet, and each such question would read it whole: a tenth of a second of a million rows, for everybody who
clicks. In memory the columns take some 100 MB a million, and an answer a few milliseconds.
"""

from functools import lru_cache
from pathlib import Path

import polars as pl

from powertheft.actions.scorings import LIST
from powertheft.domain.errors import ChoiceError

FEW_WORDS = ("category", "region", "district", "section", "transformer_id", "last_outcome")
"""Columns of few different words, which are kept once each."""

KEPT = ("rank", "consumer_id", "probability", "last_visit", "as_of", *FEW_WORDS)


@lru_cache(maxsize=2)
def read_columns(folder: Path) -> pl.DataFrame:
    """Return these columns of a list in the order of its ranks, those that it has; a scoring never changes."""
    listed = pl.scan_parquet(folder / LIST)
    there = listed.collect_schema().names()
    kept = listed.select(name for name in KEPT if name in there)
    return kept.with_columns(pl.col(name).cast(pl.Categorical) for name in FEW_WORDS if name in there).collect()


def rank_among(folder: Path, consumer_id: str) -> int:
    """Return where a connection stands on a list; refuse one that is not there."""
    columns = read_columns(folder)
    found = columns["rank"].filter(columns["consumer_id"] == consumer_id)
    if found.is_empty():
        advice = "Take the connection from the list, or another list."
        raise ChoiceError(f"{consumer_id} is not on this list", advice=advice)
    return int(found[0])
