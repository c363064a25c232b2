"""From a feature table to the matrix that an estimator sees, as a fitted part of the model.

Rule of the room: the scikit-learn contract; domain, evaluation. Columns are known by name, so their order does not
matter. Nothing here is ever done to the data itself: what is filled in or scaled is so for one model only.
"""

from collections.abc import Callable
from typing import Any, Literal, Self, cast

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from powertheft.models.schema import FeatureKind, feature_kinds

Encoding = Literal["ordinal", "one-hot"]
Scaling = Literal["standard", "min-max", "robust", "none"]
FloatMatrix = npt.NDArray[np.floating[Any]]

RARE_LEVEL = 20
MOST_LEVELS = 60
TAIL_DEVIATIONS = 8.0
RARE_SHARE = 0.001
SMALLEST_UNIT = 1e-30
"""Typical size under which a feature is nothing but rounding: in units of less, a plain number overflows."""
_UNSEEN = -1.0


class TailCompressor(TransformerMixin, BaseEstimator):
    """Bring heavy-tailed numbers onto a signed logarithmic scale, each in units of its own typical size.

    Consumption spans 1e-3 to 1e6 kWh; a linear model or a network that sees it as it is fits the largest consumers
    only. Missing values stay missing. Values beyond those seen in fitting, or beyond 8 standard deviations, count as
    the nearest one within.

    Attributes
    ----------
    unit_ : ndarray of float, shape (n_features,)
        Median size of each feature's values other than zero.
    low_, high_ : ndarray of float, shape (n_features,)
        Bounds on the logarithmic scale.

    Examples
    --------
    >>> X = np.array([[0.0], [-1.0], [1.0], [1e6]])
    >>> TailCompressor().fit_transform(X).ravel().round(3).tolist()
    [0.0, -0.693, 0.693, 13.816]
    """

    unit_: npt.NDArray[np.float64]
    low_: npt.NDArray[np.float64]
    high_: npt.NDArray[np.float64]

    def fit(self, X: FloatMatrix, y: object = None) -> Self:  # noqa: ARG002 the contract of transformers
        """Learn each feature's typical size and bounds from X of shape (n_consumers, n_features)."""
        self.unit_ = np.array([_typical_size(column) for column in X.T], dtype=np.float64)
        compressed = self._compress(X)
        bounds = np.array([_bounds(column) for column in compressed.T], dtype=np.float64).reshape(-1, 2)
        self.low_, self.high_ = bounds[:, 0].copy(), bounds[:, 1].copy()
        return self

    def transform(self, X: FloatMatrix) -> FloatMatrix:
        """Return X of shape (n_consumers, n_features) on the logarithmic scale, within the bounds."""
        return np.clip(self._compress(X), self.low_, self.high_)

    def _compress(self, X: FloatMatrix) -> FloatMatrix:
        size = np.abs(X)
        size /= self.unit_
        return np.copysign(np.log1p(size, out=size), X, out=size)


class FeatureEncoder(TransformerMixin, BaseEstimator):
    """Turn a feature table into a matrix of numbers: missing values, categories, heavy tails, scale.

    Parameters
    ----------
    encoding : {"ordinal", "one-hot"}, default "ordinal"
        Categories as the number of their level in the order of the alphabet (one not seen in fitting counts as
        missing), or as one column a level (levels of fewer than `rare_level` consumers are pooled, and so are all
        but the 60 commonest; one not seen in fitting counts as rare).
    scaling : {"standard", "min-max", "robust", "none"}, default "none"
        Scale of the numbers: mean 0 and deviation 1, or from 0 to 1, or median 0 and middle half 1, or as they are.
    missing : {"keep", "fill"}, default "keep"
        Leave missing values to the estimator, or fill in the median and add a column that says where it was missing.
    tails : {"keep", "compress"}, default "keep"
        Leave heavy tails, or bring numbers onto a signed logarithmic scale first (see `TailCompressor`).
    rare_level : int, default 20
        Number of consumers below which a category's level is pooled with other rare ones.
    dtype : {"float32", "float64"}, default "float32"
        Precision of the matrix.

    Attributes
    ----------
    feature_names_in_ : ndarray of str, shape (n_features,)
        Names of the features, in the order of the table that was fitted.
    kinds_ : dict of str to {"number", "category"}
        Kind of each feature.
    feature_of_column_ : ndarray of int, shape (n_columns,)
        Which feature each column of the matrix comes from. Features that are missing together share one column for
        that, which belongs to the first of them.

    Notes
    -----
    Infinite values count as missing. An array of plain numbers may take the place of the table; its columns are then
    known by place.

    Examples
    --------
    >>> table = pl.DataFrame({"district": ["North", "South", None], "energy": [120.0, None, 80.0]})
    >>> FeatureEncoder().fit(table).transform(table.select("energy", "district"))
    array([[120.,   0.],
           [ nan,   1.],
           [ 80.,  nan]], dtype=float32)
    """

    n_features_in_: int
    feature_names_in_: npt.NDArray[np.object_]
    kinds_: dict[str, FeatureKind]
    numbers_: list[str]
    levels_: dict[str, list[str]]
    feature_of_column_: npt.NDArray[np.int64]
    compressor_: TailCompressor | None
    imputer_: SimpleImputer | None
    indicator_: MissingIndicator | None
    distinct_: npt.NDArray[np.int64]
    scaler_: StandardScaler | MinMaxScaler | RobustScaler | None
    one_hot_: OneHotEncoder | None

    def __init__(
        self,
        *,
        encoding: Encoding = "ordinal",
        scaling: Scaling = "none",
        missing: Literal["keep", "fill"] = "keep",
        tails: Literal["keep", "compress"] = "keep",
        rare_level: int = RARE_LEVEL,
        dtype: Literal["float32", "float64"] = "float32",
    ) -> None:
        self.encoding: Encoding = encoding
        self.scaling: Scaling = scaling
        self.missing: Literal["keep", "fill"] = missing
        self.tails: Literal["keep", "compress"] = tails
        self.rare_level: int = rare_level
        self.dtype: Literal["float32", "float64"] = dtype

    def fit(self, X: pl.DataFrame | FloatMatrix, y: object = None) -> Self:  # noqa: ARG002 the contract of transformers
        """Learn levels, fillings and scales from a table of shape (n_consumers, n_features)."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: pl.DataFrame | FloatMatrix, y: object = None, **fit_params: object) -> FloatMatrix:  # noqa: ARG002 the same
        """Learn from a table and return its matrix, of shape (n_consumers, n_columns)."""
        self._learn_columns(X)
        numbers, codes = self._read(X)
        parts, features = [*self._fit_numbers(numbers)], [*self._features_of_numbers()]
        categories, of_categories = self._fit_categories(codes)
        self.feature_of_column_ = np.concatenate([*features, of_categories]).astype(np.int64)
        return self._join([*parts, categories])

    def transform(self, X: pl.DataFrame | FloatMatrix) -> FloatMatrix:
        """Return the matrix of a table, of shape (n_consumers, n_columns).

        Raises
        ------
        ValueError
            If a feature that was fitted is not in the table.
        """
        check_is_fitted(self, "feature_of_column_")
        numbers, codes = self._read(X)
        return self._join([*self._transform_numbers(numbers), self._transform_categories(codes)])

    def sum_by_feature(self, by_column: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return figures a column, of shape (n, n_columns), summed back onto the features: (n, n_features)."""
        summed = np.zeros((self.n_features_in_, len(by_column)))
        np.add.at(summed, self.feature_of_column_, by_column.T)
        return summed.T

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        if tags.transformer_tags is not None:
            tags.transformer_tags.preserves_dtype = []
        return tags

    def _learn_columns(self, X: pl.DataFrame | FloatMatrix) -> None:
        if isinstance(X, pl.DataFrame):
            self.kinds_ = feature_kinds(X)
            self.n_features_in_ = len(self.kinds_)
            self.feature_names_in_ = np.array(list(self.kinds_), dtype=object)
        else:
            self._check_array(X, reset=True)
            names = getattr(self, "feature_names_in_", [f"x{place}" for place in range(self.n_features_in_)])
            self.kinds_ = {str(name): "number" for name in names}
        self.numbers_ = [name for name, kind in self.kinds_.items() if kind == "number"]
        self.levels_ = (
            {name: _levels(X[name]) for name, kind in self.kinds_.items() if kind == "category"}
            if isinstance(X, pl.DataFrame)
            else {}
        )

    def _check_array(self, X: FloatMatrix, *, reset: bool) -> FloatMatrix:
        checked: Any = validate_data(
            self,
            cast("Any", X),
            reset=reset,
            ensure_all_finite="allow-nan",
            ensure_min_samples=2 if reset else 1,
            dtype=self.dtype,
            order="C",
        )
        return checked

    def _read(self, X: pl.DataFrame | FloatMatrix) -> tuple[FloatMatrix, FloatMatrix]:
        """Return numbers (missing: NaN) and level numbers (missing: NaN, unseen: -1) by the fitted names."""
        if not isinstance(X, pl.DataFrame):
            checked = self._check_array(X, reset=False)
            return checked, np.empty((len(checked), 0), dtype=self.dtype)
        given = set(X.columns)
        absent = [name for name in self.kinds_ if name not in given]
        if absent:
            msg = f"features are missing from the table: {', '.join(absent)}"
            raise ValueError(msg)
        precision = pl.Float32 if self.dtype == "float32" else pl.Float64
        numbers = self._matrix(X.select(pl.col(self.numbers_).cast(precision)))
        numbers[~np.isfinite(numbers)] = np.nan
        codes = X.select(_codes(name, levels, precision) for name, levels in self.levels_.items())
        return numbers, self._matrix(codes)

    def _matrix(self, columns: pl.DataFrame) -> FloatMatrix:
        if columns.width == 0:
            return np.empty((columns.height, 0), dtype=self.dtype)
        return columns.to_numpy(order="c", writable=True)

    def _fit_numbers(self, numbers: FloatMatrix) -> list[FloatMatrix]:
        self.compressor_ = TailCompressor().fit(numbers) if self.tails == "compress" else None
        self.indicator_ = self.imputer_ = self.scaler_ = None
        self.distinct_ = np.empty(0, dtype=np.int64)
        values = self.compressor_.transform(numbers) if self.compressor_ else numbers
        if self.missing == "fill" and self.numbers_:
            self.indicator_ = MissingIndicator(features="missing-only", error_on_new=False).fit(values)
            self.distinct_ = _distinct_columns(cast("npt.NDArray[np.bool_]", self.indicator_.transform(values)))
            self.imputer_ = SimpleImputer(strategy="median", keep_empty_features=True).fit(values)
            values = cast("FloatMatrix", self.imputer_.transform(values))
        if self.scaling != "none" and self.numbers_:
            self.scaler_ = _SCALERS[self.scaling]().fit(values)
        return self._transform_numbers(numbers)

    def _transform_numbers(self, numbers: FloatMatrix) -> list[FloatMatrix]:
        values = self.compressor_.transform(numbers) if self.compressor_ else numbers
        parts: list[FloatMatrix] = []
        if self.indicator_ is not None and self.imputer_ is not None:
            parts = [self.indicator_.transform(values)[:, self.distinct_].astype(self.dtype)]
            values = cast("FloatMatrix", self.imputer_.transform(values))
        if self.scaler_ is not None:
            values = cast("FloatMatrix", self.scaler_.transform(values))
        return [values, *parts]

    def _features_of_numbers(self) -> list[npt.NDArray[np.int64]]:
        place = {name: index for index, name in enumerate(self.kinds_)}
        numbers = np.array([place[name] for name in self.numbers_], dtype=np.int64)
        if self.indicator_ is None:
            return [numbers]
        return [numbers, numbers[self.indicator_.features_[self.distinct_]]]

    def _fit_categories(self, codes: FloatMatrix) -> tuple[FloatMatrix, npt.NDArray[np.int64]]:
        place = {name: index for index, name in enumerate(self.kinds_)}
        features = np.array([place[name] for name in self.levels_], dtype=np.int64)
        self.one_hot_ = None
        if self.encoding == "one-hot" and self.levels_:
            self.one_hot_ = OneHotEncoder(
                handle_unknown="infrequent_if_exist",
                min_frequency=self.rare_level,
                max_categories=MOST_LEVELS,
                sparse_output=False,
                dtype=cast("Any", np.dtype(self.dtype).type),
            ).fit(codes)
            widths = [_width(self.one_hot_, column) for column in range(len(features))]
            features = np.repeat(features, widths)
        return self._transform_categories(codes), features

    def _transform_categories(self, codes: FloatMatrix) -> FloatMatrix:
        if self.one_hot_ is not None:
            return cast("FloatMatrix", self.one_hot_.transform(codes))
        known = np.where(codes == _UNSEEN, np.nan, codes)
        # An unknown level is a level of its own where nothing may be missing.
        return np.nan_to_num(known, nan=_UNSEEN) if self.missing == "fill" else known

    def _join(self, parts: list[FloatMatrix]) -> FloatMatrix:
        filled = [part for part in parts if part.shape[1]]
        return np.ascontiguousarray(np.hstack(filled) if len(filled) > 1 else filled[0], dtype=self.dtype)


_SCALERS: dict[Scaling, Callable[[], StandardScaler | MinMaxScaler | RobustScaler]] = {
    "standard": StandardScaler,
    "min-max": lambda: MinMaxScaler(clip=True),
    "robust": RobustScaler,
}


def _typical_size(column: FloatMatrix) -> float:
    sizes = np.abs(column[np.isfinite(column) & (column != 0)])
    return max(float(np.median(sizes)), SMALLEST_UNIT) if len(sizes) else 1.0


def _bounds(column: FloatMatrix) -> tuple[float, float]:
    known = column[np.isfinite(column)]
    if len(known) == 0:
        return 0.0, 0.0
    low, high = float(known.min()), float(known.max())
    # A few absurd values must not widen the bounds that are to keep them in.
    first = np.quantile(known, RARE_SHARE, method="lower")
    last = np.quantile(known, 1 - RARE_SHARE, method="higher")
    usual = known[(known >= first) & (known <= last)]
    middle, reach = float(usual.mean()), TAIL_DEVIATIONS * float(usual.std())
    return (max(low, middle - reach), min(high, middle + reach)) if reach else (low, high)


def _levels(column: pl.Series) -> list[str]:
    return column.cast(pl.String).drop_nulls().unique().sort().to_list()


def _codes(name: str, levels: list[str], precision: type[pl.Float32 | pl.Float64]) -> pl.Expr:
    text = pl.col(name).cast(pl.String)
    numbers = text.replace_strict(levels, list(range(len(levels))), default=_UNSEEN, return_dtype=precision)
    return pl.when(text.is_null()).then(float("nan")).otherwise(numbers).cast(precision).alias(name)


def _distinct_columns(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the places of the columns that differ from all before them."""
    packed = np.packbits(flags, axis=0).T
    seen = {row.tobytes(): place for place, row in reversed(list(enumerate(packed)))}
    return np.array(sorted(seen.values()), dtype=np.int64)


def _width(one_hot: OneHotEncoder, column: int) -> int:
    rare = one_hot.infrequent_categories_[column]
    return len(one_hot.categories_[column]) - (0 if rare is None else len(rare) - 1)
