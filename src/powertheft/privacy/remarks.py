"""Columns of free text, in which anything may be written of anybody: a name, a telephone, what a neighbour said.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

import polars as pl

REMARKS = "remarks"
WORDS_OF_A_REMARK = 4
SHARE_OF_REMARKS = 0.2


def share_of_remarks(texts: pl.Series) -> float:
    """Return the share of a column's values that are sentences rather than codes: of four words or more.

    Examples
    --------
    >>> share_of_remarks(pl.Series(["IN USE", None, "ask for Selvi next door"]))
    0.5
    """
    values = texts.drop_nulls()
    if texts.dtype != pl.String or values.is_empty():
        return 0.0
    words = values.str.count_matches(r"\S+")
    return int((words >= WORDS_OF_A_REMARK).sum()) / len(values)


def is_free_text(texts: pl.Series) -> bool:
    """Whether so many values are sentences that the column is no list of codes."""
    return share_of_remarks(texts) >= SHARE_OF_REMARKS
