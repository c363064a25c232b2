"""Contributions of a model of which only the scores are known. Rule of the room: every row adds up, whatever it costs.

From a typical consumer to the one explained, one feature after another is set to what it is in the latter; the score's
step at each is that feature's. Steps along a walk add up to the difference of the two scores exactly, so averages over
walks do too: chance is in how the sum is shared out, never in the sum.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from powertheft.models.classifier import FloatArray

Score = Callable[[pl.DataFrame], FloatArray]

ROWS_AT_ONCE = 50_000
"""Rows of a table that is scored in one call: some tens of megabytes at a hundred features."""


def sampled_shapley(score: Score, X: pl.DataFrame, *, references: pl.DataFrame, seed: int = 0) -> FloatArray:
    """Share out the differences between consumers' scores and those of typical consumers.

    Parameters
    ----------
    score : callable
        From a table of shape (n, n_features) to raw scores of shape (n,), row by row.
    X : DataFrame, shape (n_consumers, n_features)
        The consumers.
    references : DataFrame, shape (n_references, n_features)
        Typical consumers with the same columns, one at least.
    seed : int, default 0
        Seed of the orders in which features are set.

    Returns
    -------
    ndarray, shape (n_consumers, n_features)
        In the unit of the scores. Each row adds up to its score less the references' mean score.

    Raises
    ------
    ValueError
        If there is no reference, or the columns differ.

    Notes
    -----
    Each reference gets one order and its reverse, which cancels much of the chance; the orders are the same for all
    consumers, so nobody's contributions depend on who stands beside him. It takes
    2 x n_references x (n_features - 1) scores a consumer. Features that move together are treated as if they did not.

    References
    ----------
    Štrumbelj & Kononenko (2014), https://doi.org/10.1007/s10115-013-0679-x
    Mitchell, Cooper, Frank & Holmes (2022), Sampling permutations for Shapley value estimation, JMLR 23(43)

    Examples
    --------
    >>> double = lambda table: 2.0 * table["fall"].to_numpy() + table["load"].to_numpy()
    >>> others = pl.DataFrame({"fall": [0.0, 2.0], "load": [5.0, 5.0]})
    >>> sampled_shapley(double, pl.DataFrame({"fall": [3.0], "load": [1.0]}), references=others)
    array([[ 4., -4.]])
    """
    if references.height == 0 or references.columns != X.columns:
        msg = "there must be references, with the columns of the consumers"
        raise ValueError(msg)
    draws = np.random.default_rng(seed)
    stacked = pl.concat([X, references], how="vertical_relaxed")
    own, others = score(X), score(references)
    total = np.zeros((X.height, X.width))
    for place in range(references.height):
        order = draws.permutation(X.width)
        for walk in (order, order[::-1]):
            for rows in _batches(X.height, X.width):
                mixed = _mixed(stacked, rows, other=X.height + place, walk=walk)
                between = score(mixed).reshape(len(rows), X.width - 1) if X.width > 1 else np.empty((len(rows), 0))
                ends = np.full(len(rows), others[place]), own[rows]
                total[np.ix_(rows, walk)] += np.diff(np.column_stack([ends[0], between, ends[1]]), axis=1)
    return total / (2 * references.height)


def _batches(height: int, width: int) -> Iterator[npt.NDArray[np.int64]]:
    size = max(1, ROWS_AT_ONCE // max(width - 1, 1))
    for start in range(0, height, size):
        yield np.arange(start, min(start + size, height))


def _mixed(
    stacked: pl.DataFrame, rows: npt.NDArray[np.int64], *, other: int, walk: npt.NDArray[np.int64]
) -> pl.DataFrame:
    """Return, for each row, the stops between `other` and it: after 1, 2, ... all but one of the walk's features."""
    stop_of = np.empty(len(walk), dtype=np.int64)
    stop_of[walk] = np.arange(len(walk))
    own, stops = np.repeat(rows, len(walk) - 1), np.tile(np.arange(len(walk) - 1), len(rows))
    return pl.DataFrame(
        [
            column.gather(np.where(stops >= stop_of[place], own, other))
            for place, column in enumerate(stacked.iter_columns())
        ]
    )
