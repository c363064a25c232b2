"""How often theft was found in an area at a time, as columns of a fitted model.

Rule of the room: the scikit-learn contract. What is learnt from outcomes is learnt in the fit, and for the consumers of
the fit from others alone.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator

from powertheft.models.preprocessing import FloatMatrix

Area = tuple[str, str, str]
"""Feature of an area, feature of a date [days since 1970] and how fine it is taken ("month" or "day"), both of them
empty where the area stands alone."""

FOLDS = 5
DAYS_OF = {"month": 30.4375, "day": 1.0}
FEW = 5_000
"""Consumers up to which each is looked up by itself: a table of all groups costs more than that."""
_KEY, _THEFT, _COUNT = "key", "theft", "count"


class AreaEncoder(BaseEstimator):
    """Share of theft among consumers of an area, and of an area and month or day, drawn towards the mean where few are.

    Parameters
    ----------
    areas : tuple of (str, str, str)
        Each an area's feature, a date's feature and "month" or "day"; the latter two empty for the area alone.
    trust : float, default 10
        As many consumers at the mean are added to each group.
    seed : int
        Of the folds.

    Attributes
    ----------
    shares_ : list of dict of str to float
        Share by group, for each of the areas.
    mean_ : float
        Share of theft of all.

    Notes
    -----
    The consumers of the fit are given shares that were learnt without the fifth that they are in, or each would be
    told its own outcome. Others are given those of all. Connections of one area that were first billed, or connected,
    on one day are of one reading round or one new street: neighbours, where no map is at hand.

    References
    ----------
    Micci-Barreca (2001), https://doi.org/10.1145/507533.507538

    Examples
    --------
    >>> table = pl.DataFrame({"region": ["a"] * 50 + ["b"] * 50})
    >>> encoder = AreaEncoder(areas=(("region", "", ""),)).fit(table, np.repeat([0, 1], 50))
    >>> encoder.transform(pl.DataFrame({"region": ["a", "b", "c"]})).ravel().round(2).tolist()
    [0.08, 0.92, 0.5]
    """

    shares_: list[dict[str, float]]
    mean_: float

    def __init__(self, *, areas: tuple[Area, ...] = (), trust: float = 10.0, seed: int = 0) -> None:
        self.areas: tuple[Area, ...] = areas
        self.trust: float = trust
        self.seed: int = seed

    @property
    def features_(self) -> list[str]:
        """The feature that each column's contribution is told of."""
        return [date or area for area, date, _ in self.areas]

    def fit(self, X: pl.DataFrame, is_theft: npt.NDArray[np.int64]) -> "AreaEncoder":
        """Learn the shares of all groups from a table of shape (n_consumers, n_features)."""
        self.mean_ = float(np.mean(is_theft))
        self.shares_ = [self._shares(_keys(X, area), is_theft, self.mean_) for area in self.areas]
        return self

    def fit_transform(self, X: pl.DataFrame, is_theft: npt.NDArray[np.int64]) -> FloatMatrix:
        """Learn the shares, and return for each consumer those of the others, of shape (n_consumers, n_areas)."""
        self.fit(X, is_theft)
        fold = np.random.default_rng(self.seed).permutation(len(is_theft)) % FOLDS
        columns: list[npt.NDArray[np.float64]] = []
        for area in self.areas:
            keys, column = _keys(X, area), np.empty(len(is_theft))
            for out in range(FOLDS):
                inside, outside = np.flatnonzero(fold != out), np.flatnonzero(fold == out)
                mean = float(np.mean(is_theft[inside]))
                shares = self._shares(keys[inside], is_theft[inside], mean)
                column[outside] = _looked_up(keys[outside], shares, mean)
            columns.append(column)
        return np.column_stack(columns)

    def transform(self, X: pl.DataFrame) -> FloatMatrix:
        """Return the shares of each consumer's groups, of shape (n_consumers, n_areas)."""
        learnt = zip(self.areas, self.shares_, strict=True)
        return np.column_stack([_looked_up(_keys(X, area), shares, self.mean_) for area, shares in learnt])

    def _shares(self, keys: pl.Series, is_theft: npt.NDArray[np.int64], mean: float) -> dict[str, float]:
        groups = pl.DataFrame({_KEY: keys, _THEFT: is_theft}).drop_nulls(_KEY).group_by(_KEY)
        counts = groups.agg(pl.col(_THEFT).sum(), pl.len().alias(_COUNT)).sort(_KEY)
        drawn = (pl.col(_THEFT) + self.trust * mean) / (pl.col(_COUNT) + self.trust)
        return dict(counts.select(_KEY, drawn).iter_rows())


def _keys(X: pl.DataFrame, of: Area) -> pl.Series:
    """Return each consumer's group, missing where the area is."""
    area, date, step = of
    key = pl.col(area).cast(pl.String)
    if date:
        when = (pl.col(date).cast(pl.Float64) / DAYS_OF[step]).floor().cast(pl.Int64, strict=False)
        key = pl.concat_str(key, pl.lit(" "), when.cast(pl.String).fill_null("never"))
    return X.select(key.alias(_KEY)).to_series()


def _looked_up(keys: pl.Series, shares: dict[str, float], mean: float) -> npt.NDArray[np.float64]:
    if not shares:
        return np.full(len(keys), mean)
    if len(keys) <= FEW:
        return np.array([shares.get(key, mean) for key in keys.to_list()], dtype=np.float64)
    found = keys.replace_strict(list(shares), list(shares.values()), default=mean, return_dtype=pl.Float64)
    return found.to_numpy()
