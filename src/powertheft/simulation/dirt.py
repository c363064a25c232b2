"""Rows as they should not be, a few of which every export holds.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import fields

import numpy as np
import polars as pl
from numpy.random import Generator

from powertheft.simulation.arrays import Integers
from powertheft.simulation.parameters import DirtParameters

UNKNOWN_STATUS = "X9"
ORPHAN_SECTION = "999"


def soiled(bills: pl.DataFrame, parameters: DirtParameters, random: Generator) -> pl.DataFrame:
    """Return bills with a few rows that cannot be: each kind at least once, no row soiled twice.

    Parameters
    ----------
    bills
        bills.csv as it should be.
    parameters
        Share of each kind.
    random
        The stream `dirt`.

    Returns
    -------
    pl.DataFrame
        With exact duplicates added behind their originals; KWH made negative; IR and FR exchanged; MTR_STATUS made
        an unknown code; SC_NO made one that no consumer has.

    Examples
    --------
    >>> bills = pl.DataFrame({"SC_NO": ["001-00001"] * 9, "KWH": [5] * 9, "IR": [10] * 9, "FR": [15] * 9,
    ...                       "MTR_STATUS": ["OK"] * 9})
    >>> dirty = soiled(bills, DirtParameters(), np.random.default_rng(0))
    >>> dirty.height, dirty.filter(pl.col("KWH") < 0).height, dirty.filter(pl.col("FR") < pl.col("IR")).height
    (10, 1, 1)
    """
    usable = np.flatnonzero(
        (bills["FR"] > bills["IR"]).fill_null(value=False).to_numpy() & (bills["KWH"] > 0).to_numpy()
    )
    counts = {item.name: _count(bills.height, getattr(parameters, item.name)) for item in fields(parameters)}
    rows = random.permutation(usable)[: sum(counts.values())]
    ends = np.cumsum(list(counts.values()))
    chosen = dict(zip(counts, np.split(rows, ends[:-1]), strict=True))
    row = pl.int_range(pl.len())
    exchanged = row.is_in(chosen["backwards"].tolist())
    dirty = bills.with_columns(
        pl.when(row.is_in(chosen["negative"].tolist())).then(-pl.col("KWH")).otherwise(pl.col("KWH")).alias("KWH"),
        pl.when(exchanged).then(pl.col("FR")).otherwise(pl.col("IR")).alias("IR"),
        pl.when(exchanged).then(pl.col("IR")).otherwise(pl.col("FR")).alias("FR"),
        pl.when(row.is_in(chosen["unknown_status"].tolist()))
        .then(pl.lit(UNKNOWN_STATUS))
        .otherwise(pl.col("MTR_STATUS"))
        .alias("MTR_STATUS"),
        pl.when(row.is_in(chosen["orphan"].tolist()))
        .then(pl.concat_str(pl.lit(ORPHAN_SECTION), pl.col("SC_NO").str.slice(3)))
        .otherwise(pl.col("SC_NO"))
        .alias("SC_NO"),
    )
    return dirty[_with_duplicates(bills.height, chosen["duplicate"])]


def _count(rows: int, share: float) -> int:
    return max(1, round(rows * share)) if share > 0 else 0


def _with_duplicates(rows: int, duplicates: Integers) -> Integers:
    return np.sort(np.concatenate([np.arange(rows), duplicates]))
