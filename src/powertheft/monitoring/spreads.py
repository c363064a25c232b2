"""New consumers counted in the bins of a reference. Rule of the room: arrays and counts in, frozen records out."""

import sys
from typing import overload

import numpy as np
import numpy.typing as npt
import polars as pl

from powertheft.domain.errors import InputError
from powertheft.domain.spreads import CategorySpread, NumberSpread, Spreads

DIGITS = 6
BLOCK = 16_384
"""Values compared with all edges while they are in the processor's cache."""
SAME = 2e-5
"""Values that differ by less than this share of them are one: edges of references are written with six digits."""

FloatArray = npt.NDArray[np.float64]


def is_constant(spread: NumberSpread) -> bool:
    """Return whether all consumers of a reference had one value, up to fewer than 20 of them.

    Examples
    --------
    >>> is_constant(NumberSpread((4.0, 4.0), (900,), 0.0)), is_constant(NumberSpread((4.0, 5.0), (900,), 0.0))
    (True, False)
    """
    if len(spread.counts) != 1:
        return False
    low, high = spread.edges
    return high - low <= SAME * max(abs(low), abs(high)) + sys.float_info.min


@overload
def counts_like(values: pl.Series, spread: NumberSpread) -> NumberSpread: ...
@overload
def counts_like(values: pl.Series, spread: CategorySpread) -> CategorySpread: ...
def counts_like(values: pl.Series, spread: NumberSpread | CategorySpread) -> NumberSpread | CategorySpread:
    """Return how many of the values lie in each bin of a spread, or have each of its levels.

    Parameters
    ----------
    values : Series, shape (n_consumers,)
        Numbers (or booleans) for a `NumberSpread`, text or categories for a `CategorySpread`.
    spread : NumberSpread or CategorySpread
        Whose bins are taken; its counts play no part.

    Returns
    -------
    NumberSpread or CategorySpread
        The same edges or levels, the new counts and the new share missing.

    Raises
    ------
    InputError
        If the values are not of the kind of the spread.

    Notes
    -----
    The first and last bin are open. Null, NaN and infinity are missing, as in the reference. A level that the reference
    does not name counts among the others. Where all consumers of the reference had one value, those who have another
    one are counted in a second bin, else nobody would see them. Unlike in a reference, a count may be of fewer than 20
    consumers, of whom it tells no more than in which of its bins they lie.

    Examples
    --------
    >>> counts_like(pl.Series([-3.0, 0.5, 1.0, 99.0, None]), NumberSpread((0.0, 1.0, 2.0), (20, 20), 0.0))
    NumberSpread(edges=(0.0, 1.0, 2.0), counts=(2, 2), share_missing=0.2)
    """
    return _numbers_like(values, spread) if isinstance(spread, NumberSpread) else _levels_like(values, spread)


def spreads_like(table: pl.DataFrame, raw_scores: npt.NDArray[np.float64], reference: Spreads) -> Spreads:
    """Return the spreads of a whole table and its scores, in the bins of a reference.

    Parameters
    ----------
    table : DataFrame, shape (n_consumers, n_columns)
        Every feature of the reference; other columns are left alone.
    raw_scores : ndarray of float, shape (n_consumers,)
        Raw scores of the same consumers.
    reference : Spreads
        Whose bins are taken, such as those of the consumers that a model was fitted to.

    Returns
    -------
    Spreads

    Raises
    ------
    InputError
        If the table lacks a feature of the reference, or holds it as another kind of values.
    ValueError
        If there are not as many scores as rows.

    Examples
    --------
    >>> bins = NumberSpread((0.0, 1.0, 2.0), (20, 20), 0.0)
    >>> spreads_like(pl.DataFrame({"drop": [0.5, 1.5, 1.5]}), np.zeros(3), Spreads(40, bins, {"drop": bins})).numbers
    {'drop': NumberSpread(edges=(0.0, 1.0, 2.0), counts=(1, 2), share_missing=0.0)}
    """
    if len(raw_scores) != table.height:
        msg = f"{len(raw_scores)} scores for {table.height} rows"
        raise ValueError(msg)
    for name in (*reference.numbers, *reference.categories):
        if name not in table.columns:
            raise InputError("is missing", column=name, advice="Make the features that the model was trained with.")
    return Spreads(
        rows=table.height,
        scores=counts_like(pl.Series("raw_score", raw_scores), reference.scores),
        numbers={name: counts_like(table[name], spread) for name, spread in reference.numbers.items()},
        categories={name: counts_like(table[name], spread) for name, spread in reference.categories.items()},
    )


def _numbers_like(values: pl.Series, spread: NumberSpread) -> NumberSpread:
    if not (values.dtype.is_numeric() or isinstance(values.dtype, pl.Boolean | pl.Null)):
        msg = f"holds {values.dtype} where the reference has numbers"
        raise InputError(msg, column=values.name, advice="Give the column as it was when the model was trained.")
    numbers = values.cast(pl.Float64).to_numpy()
    known = numbers[np.isfinite(numbers)]
    missing = round(1 - len(known) / max(1, len(numbers)), DIGITS)
    if is_constant(spread):
        low, high = spread.edges
        same = np.count_nonzero(np.abs(known - low) <= SAME * abs(low))
        return NumberSpread((low, high, high), (int(same), len(known) - int(same)), missing)
    if not spread.counts:
        return NumberSpread((), (), missing)
    above = _at_or_above(known, spread.edges[1:-1])
    counts = -np.diff([len(known), *above, 0])
    return NumberSpread(spread.edges, tuple(counts.tolist()), missing)


def _at_or_above(values: FloatArray, edges: tuple[float, ...]) -> list[int]:
    """Return how many values are at or above each edge; five times as fast as a search of each value's place."""
    total = np.zeros(len(edges), dtype=np.int64)
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        total += np.array([np.count_nonzero(block >= edge) for edge in edges], dtype=np.int64)
    return total.tolist()


def _levels_like(values: pl.Series, spread: CategorySpread) -> CategorySpread:
    if not isinstance(values.dtype, pl.String | pl.Categorical | pl.Enum | pl.Null):
        msg = f"holds {values.dtype} where the reference has categories"
        raise InputError(msg, column=values.name, advice="Give the column as it was when the model was trained.")
    counted = values.drop_nulls().value_counts(sort=False)
    found = dict(zip(counted[:, 0].cast(pl.String).to_list(), counted[:, 1].to_list(), strict=True))
    counts = {level: found.get(level, 0) for level in spread.counts}
    missing = round(values.null_count() / max(1, len(values)), DIGITS)
    return CategorySpread(counts, sum(found.values()) - sum(counts.values()), missing)
