"""How often theft was found in an area at a time, as columns of a fitted model.

Rule of the room: the scikit-learn contract. What is learnt from outcomes is learnt in the fit, and for the consumers of
the fit from others alone.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator

from powertheft.models.preprocessing import FloatMatrix

FOLDS = 5
DAYS_A_MONTH = 30.4375
_KEY, _THEFT, _COUNT = "key", "theft", "count"


class AreaEncoder(BaseEstimator):
    """Share of theft among consumers of one area, and of one area and month, drawn towards the mean where few are.

    Parameters
    ----------
    pairs : tuple of (str, str)
        Area's and date's feature; an empty date stands for the area alone.
    trust : float, default 10
        As many consumers at the mean are added to each group.
    seed : int
        Of the folds.

    Attributes
    ----------
    shares_ : list of dict of str to float
        Share by group, for each pair.
    mean_ : float
        Share of theft of all.

    Notes
    -----
    The consumers of the fit are given shares that were learnt without the fifth that they are in, or each would be
    told its own outcome. Others are given those of all.

    References
    ----------
    Micci-Barreca (2001), https://doi.org/10.1145/507533.507538

    Examples
    --------
    >>> table = pl.DataFrame({"region": ["a"] * 50 + ["b"] * 50})
    >>> encoder = AreaEncoder(pairs=(("region", ""),)).fit(table, np.repeat([0, 1], 50))
    >>> encoder.transform(pl.DataFrame({"region": ["a", "b", "c"]})).ravel().round(2).tolist()
    [0.08, 0.92, 0.5]
    """

    shares_: list[dict[str, float]]
    mean_: float

    def __init__(self, *, pairs: tuple[tuple[str, str], ...] = (), trust: float = 10.0, seed: int = 0) -> None:
        self.pairs: tuple[tuple[str, str], ...] = pairs
        self.trust: float = trust
        self.seed: int = seed

    @property
    def features_(self) -> list[str]:
        """The feature that each column's contribution is told of."""
        return [date or area for area, date in self.pairs]

    def fit(self, X: pl.DataFrame, is_theft: npt.NDArray[np.int64]) -> "AreaEncoder":
        """Learn the shares of all groups from a table of shape (n_consumers, n_features)."""
        self.mean_ = float(np.mean(is_theft))
        self.shares_ = [self._shares(_keys(X, pair), is_theft, self.mean_) for pair in self.pairs]
        return self

    def fit_transform(self, X: pl.DataFrame, is_theft: npt.NDArray[np.int64]) -> FloatMatrix:
        """Learn the shares, and return for each consumer those of the others, of shape (n_consumers, n_pairs)."""
        self.fit(X, is_theft)
        fold = np.random.default_rng(self.seed).permutation(len(is_theft)) % FOLDS
        columns: list[npt.NDArray[np.float64]] = []
        for pair in self.pairs:
            keys, column = _keys(X, pair), np.empty(len(is_theft))
            for out in range(FOLDS):
                inside, outside = np.flatnonzero(fold != out), np.flatnonzero(fold == out)
                mean = float(np.mean(is_theft[inside]))
                shares = self._shares(keys[inside], is_theft[inside], mean)
                column[outside] = _looked_up(keys[outside], shares, mean)
            columns.append(column)
        return np.column_stack(columns)

    def transform(self, X: pl.DataFrame) -> FloatMatrix:
        """Return the shares of each consumer's groups, of shape (n_consumers, n_pairs)."""
        pairs = zip(self.pairs, self.shares_, strict=True)
        return np.column_stack([_looked_up(_keys(X, pair), shares, self.mean_) for pair, shares in pairs])

    def _shares(self, keys: pl.Series, is_theft: npt.NDArray[np.int64], mean: float) -> dict[str, float]:
        groups = pl.DataFrame({_KEY: keys, _THEFT: is_theft}).drop_nulls(_KEY).group_by(_KEY)
        counts = groups.agg(pl.col(_THEFT).sum(), pl.len().alias(_COUNT)).sort(_KEY)
        drawn = (pl.col(_THEFT) + self.trust * mean) / (pl.col(_COUNT) + self.trust)
        return dict(counts.select(_KEY, drawn).iter_rows())


def _keys(X: pl.DataFrame, pair: Sequence[str]) -> pl.Series:
    """Return each consumer's group, missing where the area is."""
    area, date = pair
    key = pl.col(area).cast(pl.String)
    if date:
        month = (pl.col(date).cast(pl.Float64) / DAYS_A_MONTH).floor().cast(pl.Int64, strict=False)
        key = pl.concat_str(key, pl.lit(" "), month.cast(pl.String).fill_null("never"))
    return X.select(key.alias(_KEY)).to_series()


def _looked_up(keys: pl.Series, shares: dict[str, float], mean: float) -> npt.NDArray[np.float64]:
    if not shares:
        return np.full(len(keys), mean)
    found = keys.replace_strict(list(shares), list(shares.values()), default=mean, return_dtype=pl.Float64)
    return found.to_numpy()
