"""Series of use laid out as grids, beside the ordinary matrix of a model. Rule of the room: the scikit-learn contract.

What is filled in or scaled is so for one model only.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from powertheft.domain.series import SERIES, Series
from powertheft.models.preprocessing import FeatureEncoder, FloatMatrix

LITTLE_USE = 0.05
"""Use [kWh/day] under which a consumer's own level is no measure of anything."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where a series stands in the matrix: its values from `first` on, then as many marks of what is missing."""

    series: Series
    first: int

    @property
    def end(self) -> int:
        """The column after its last."""
        return self.first + 2 * self.series.count

    def of(self, matrix: FloatMatrix) -> FloatMatrix:
        """Return the grids of a matrix, of shape (n_consumers, rows, inner, 2): values, and 1 where missing."""
        shape = (len(matrix), 2, self.series.rows, self.series.inner)
        return matrix[:, self.first : self.end].reshape(shape).transpose(0, 2, 3, 1)


class SeriesEncoder(FeatureEncoder):
    """A `FeatureEncoder` that adds, after the ordinary columns, every whole series relative to its consumer's level.

    A series of which a column is not in the table is read as ordinary numbers only.

    Attributes
    ----------
    series_ : list of str
        Periods of the series that were found.
    centre_, spread_ : list of float
        Mean and deviation of each series' values, on the logarithmic scale.

    Notes
    -----
    A value is the signed logarithm of 1 + use over the median of the consumer's own use above nothing; what is missing
    is the mean and has its mark. All periods of a series share one scale: a filter reads them alike.

    References
    ----------
    Zheng et al. (2018), https://doi.org/10.1109/TII.2017.2785963

    Examples
    --------
    >>> table = pl.DataFrame({name: [4.0, None] for name in SERIES[0].columns})
    >>> encoder = SeriesEncoder(missing="fill").fit(table)
    >>> grid = encoder.grids_[0].of(encoder.transform(table))
    >>> grid.shape, grid[:, 0, 0, 1].tolist()
    ((2, 3, 12, 2), [0.0, 1.0])
    """

    series_: list[str]
    centre_: list[float]
    spread_: list[float]
    ordinary_: int

    def fit_transform(self, X: pl.DataFrame | FloatMatrix, y: object = None, **fit_params: object) -> FloatMatrix:
        """Learn from a table and return its matrix, of shape (n_consumers, n_columns)."""
        matrix = super().fit_transform(X, y, **fit_params)
        self.ordinary_ = matrix.shape[1]
        self.series_ = [series.period for series in SERIES if {*series.columns} <= {*self.numbers_}]
        self.centre_, self.spread_ = [], []
        place = {name: number for number, name in enumerate(self.kinds_)}
        for grid in self.grids_:
            relative = _relative(self._use(X, grid.series))
            known = relative[np.isfinite(relative)]
            self.centre_.append(float(known.mean()) if known.size else 0.0)
            self.spread_.append((float(known.std()) if known.size else 0.0) or 1.0)
            features = [place[name] for name in grid.series.columns]
            self.feature_of_column_ = np.concatenate([self.feature_of_column_, features, features])
        return self._with_grids(matrix, X)

    def transform(self, X: pl.DataFrame | FloatMatrix) -> FloatMatrix:
        """Return the matrix of a table, of shape (n_consumers, n_columns)."""
        return self._with_grids(super().transform(X), X)

    @property
    def grids_(self) -> list[Grid]:
        """Where the series stand in the matrix."""
        grids: list[Grid] = []
        first = self.ordinary_
        for series in SERIES:
            if series.period in self.series_:
                grids.append(Grid(series, first))
                first = grids[-1].end
        return grids

    def _with_grids(self, matrix: FloatMatrix, X: pl.DataFrame | FloatMatrix) -> FloatMatrix:
        parts = [matrix]
        for grid, centre, spread in zip(self.grids_, self.centre_, self.spread_, strict=True):
            relative = _relative(self._use(X, grid.series))
            is_missing = ~np.isfinite(relative)
            values = np.where(is_missing, 0.0, (relative - centre) / spread)
            parts.append(np.hstack([values, is_missing]).astype(self.dtype))
        return np.ascontiguousarray(np.hstack(parts)) if len(parts) > 1 else matrix

    def _use(self, X: pl.DataFrame | FloatMatrix, series: Series) -> npt.NDArray[np.float64]:
        """Use by period, (n_consumers, count); NaN where missing."""
        if isinstance(X, pl.DataFrame):
            use = X.select(pl.col(series.columns).cast(pl.Float64)).to_numpy(writable=True)
        else:
            places = [self.numbers_.index(name) for name in series.columns]
            use = np.asarray(X, dtype=np.float64)[:, places]
        use[~np.isfinite(use)] = np.nan
        return use


def _relative(use: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Use over the consumer's own level on a signed logarithmic scale, (n_consumers, count); NaN where missing."""
    level = _median(np.where(use > LITTLE_USE, use, np.nan))
    return np.copysign(np.log1p(np.abs(use) / level[:, None]), use)


def _median(use: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Median of what is known of each row; 1 kWh a day where nothing is."""
    ordered = np.sort(use, axis=1)
    count = np.isfinite(use).sum(axis=1)
    rows, last = np.arange(len(use)), np.maximum(count - 1, 0)
    middle = (ordered[rows, last // 2] + ordered[rows, (last + 1) // 2]) / 2
    return np.where(count > 0, middle, 1.0)
