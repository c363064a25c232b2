"""What all estimators of the room share: reading a feature table, labels and weights, scores and contributions.

Rule of the room: the scikit-learn contract (no logic in `__init__`, fitted attributes end in `_`).
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_sample_weight as check_sample_weight,  # pyright: ignore[reportPrivateUsage] its rule has no public name
)
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from powertheft.models.area_encoding import Area, AreaEncoder
from powertheft.models.preprocessing import Encoding, FeatureEncoder, FloatMatrix, Scaling

FeatureTable = pl.DataFrame | npt.NDArray[Any]
FloatArray = npt.NDArray[np.float64]
ClassWeight = Literal["balanced", "none"] | Mapping[Any, float]
ScoreKind = Literal["log-odds", "probability", "decision value"]


class TheftClassifier(ClassifierMixin, BaseEstimator):
    """An estimator of theft: fitted preprocessing, then one learner. Subclasses are one module each.

    Parameters
    ----------
    encoding : {"ordinal", "one-hot"}
        How categories become numbers, see `FeatureEncoder`.
    scaling : {"standard", "min-max", "robust", "none"}
        Scale of the numbers, see `FeatureEncoder`.
    class_weight : {"balanced", "none"} or mapping of class to weight
        Weight of the two classes in fitting; "balanced" lets the thieves as a whole weigh as much as the honest.
    seed : int
        Seed of everything that is drawn.
    threads : int
        Threads to use.

    Attributes
    ----------
    classes_ : ndarray, shape (2,)
        The two labels, the one for theft last.
    encoder_ : FeatureEncoder
        The fitted preprocessing.
    has_own_contributions : bool
        Whether `contributions` is exact and the estimator's own.
    score_kind : str
        What a raw score is: log-odds, a probability or a decision value.
    reads_series : bool
        Whether use period by period is among its features where the user names none.
    native_attributes : tuple of str
        Fitted attributes that are kept in files of the learner's own format.
    """

    has_own_contributions: ClassVar[bool] = True
    native_attributes: ClassVar[tuple[str, ...]] = ()
    score_kind: ClassVar[ScoreKind] = "log-odds"
    reads_series: ClassVar[bool] = False

    encoding: Encoding
    scaling: Scaling
    class_weight: ClassWeight
    seed: int
    threads: int

    areas: tuple[Area, ...] = ()
    areas_: AreaEncoder | None = None

    classes_: npt.NDArray[Any]
    encoder_: FeatureEncoder
    n_features_in_: int

    @abstractmethod
    def _encoder(self) -> FeatureEncoder:
        """Return the unfitted preprocessing that suits the learner."""

    @abstractmethod
    def _learn(self, matrix: FloatMatrix, is_theft: npt.NDArray[np.int64], weights: FloatArray | None) -> None:
        """Fit the learner to an encoded matrix of shape (n_consumers, n_columns)."""

    @abstractmethod
    def _score(self, matrix: FloatMatrix) -> FloatArray:
        """Return raw scores of an encoded matrix, shape (n_consumers,)."""

    def fit(self, X: FeatureTable, y: npt.ArrayLike | None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from a feature table.

        Parameters
        ----------
        X : DataFrame or ndarray of shape (n_consumers, n_features)
            Features only.
        y : array of shape (n_consumers,)
            1 for theft, 0 for honest (or any two labels, the greater one being theft).
        sample_weight : array of shape (n_consumers,), optional
            Weight of each consumer, on top of the class weight.

        Raises
        ------
        ValueError
            If there are not exactly two classes, or the lengths differ.
        """
        if y is None:
            msg = f"{type(self).__name__} requires y to be passed, but the target y is None"
            raise ValueError(msg)
        self.encoder_ = self._encoder()
        matrix = self.encoder_.fit_transform(X)
        self.n_features_in_ = self.encoder_.n_features_in_
        if hasattr(self.encoder_, "feature_names_in_"):
            self.feature_names_in_ = self.encoder_.feature_names_in_
        labels = self._check_labels(y, len(matrix))
        is_theft = (labels == self.classes_[1]).astype(np.int64)
        self.areas_ = self._area_encoder() if isinstance(X, pl.DataFrame) else None
        if self.areas_ is not None and isinstance(X, pl.DataFrame):
            matrix = self._joined(matrix, self.areas_.fit_transform(X, is_theft))
        self._learn(matrix, is_theft, self._weights(labels, sample_weight, matrix))
        return self

    def raw_scores(self, X: FeatureTable) -> FloatArray:
        """Return the uncalibrated scores, of shape (n_consumers,); higher is more suspicious."""
        return self._score(self.transformed(X))

    def predict_proba(self, X: FeatureTable) -> FloatArray:
        """Return uncalibrated probabilities of both classes, of shape (n_consumers, 2)."""
        raw = self.raw_scores(X)
        chance = raw if self.score_kind == "probability" else log_odds_to_probability(raw)
        return np.column_stack([1 - chance, chance])

    def predict(self, X: FeatureTable) -> npt.NDArray[Any]:
        """Return the likelier class of each consumer, of shape (n_consumers,), before calibration."""
        is_likelier = self.predict_proba(X)[:, 1] > 0.5
        return self.classes_[is_likelier.astype(np.int64)]

    def transformed(self, X: FeatureTable) -> FloatMatrix:
        """Return the matrix that the learner sees, of shape (n_consumers, n_columns)."""
        check_is_fitted(self, "encoder_")
        matrix = self.encoder_.transform(X)
        if self.areas_ is None or not isinstance(X, pl.DataFrame):
            return matrix
        return self._joined(matrix, self.areas_.transform(X))

    def contributions(self, X: FeatureTable) -> FloatArray:
        """Return what each feature adds to the raw score, of shape (n_consumers, n_features).

        With `base_value_` each row adds up to its raw score.

        Raises
        ------
        ValueError
            If the estimator has no contributions of its own; the explanation room derives them then.
        """
        if not self.has_own_contributions:
            msg = f"{type(self).__name__} has no contributions of its own"
            raise ValueError(msg)
        return self.sum_by_feature(self._contribute(self.transformed(X)))

    def sum_by_feature(self, by_column: npt.NDArray[Any]) -> FloatArray:
        """Return figures a column of the matrix, of shape (n, n_columns), summed onto the features: (n, n_features)."""
        summed = np.zeros((self.n_features_in_, len(by_column)))
        np.add.at(summed, self.feature_of_column_, by_column.T)
        return summed.T

    @property
    def feature_of_column_(self) -> npt.NDArray[np.int64]:
        """Which feature each column of the encoded matrix comes from, of shape (n_columns,)."""
        own = self.encoder_.feature_of_column_
        if self.areas_ is None:
            return own
        place = {name: index for index, name in enumerate(self.encoder_.kinds_)}
        return np.concatenate([own, [place[name] for name in self.areas_.features_]])

    @staticmethod
    def _joined(matrix: FloatMatrix, areas: FloatMatrix) -> FloatMatrix:
        return np.ascontiguousarray(np.hstack([matrix, areas.astype(matrix.dtype)]))

    @property
    def base_value_(self) -> float:
        """The raw score that contributions start from."""
        msg = f"{type(self).__name__} has no contributions of its own"
        raise AttributeError(msg)

    def native_files(self) -> dict[str, bytes]:
        """Return the files that hold `native_attributes`, by name; everything else goes through skops."""
        return {}

    def read_native_files(self, files: Mapping[str, bytes]) -> None:
        """Set `native_attributes` from the files that `native_files` wrote, or check what skops has read.

        Raises
        ------
        ValueError
            If a file does not hold what it should.
        """

    def _contribute(self, matrix: FloatMatrix) -> npt.NDArray[Any]:
        """Return contributions by column of the encoded matrix, of shape (n_consumers, n_columns)."""
        raise NotImplementedError  # asked only where `has_own_contributions`; those classes have their own

    def _area_encoder(self) -> AreaEncoder | None:
        return AreaEncoder(areas=self.areas, seed=self.seed) if self.areas else None

    def _check_labels(self, y: npt.ArrayLike, rows: int) -> npt.NDArray[Any]:
        labels = column_or_1d(y, warn=True)
        check_consistent_length(labels, np.empty(rows))
        if labels.dtype.kind == "f" and not np.isfinite(labels).all():
            msg = "Input y contains NaN or infinity."
            raise ValueError(msg)
        check_classification_targets(labels)
        kind = type_of_target(labels, input_name="y", raise_unknown=True)
        if kind != "binary":
            msg = f"Only binary classification is supported. The type of the target is {kind}."
            raise ValueError(msg)
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            msg = f"Classifier can't train when only one class is present: {self.classes_[0]}"
            raise ValueError(msg)
        return labels

    def _weights(
        self, labels: npt.NDArray[Any], sample_weight: npt.ArrayLike | None, matrix: FloatMatrix
    ) -> FloatArray | None:
        of_class = None if self.class_weight == "none" else compute_sample_weight(self.class_weight, labels)
        if sample_weight is None:
            return of_class
        given = check_sample_weight(sample_weight, matrix, dtype=np.float64, ensure_non_negative=True)
        counted = labels[given > 0]
        if len(np.unique(counted)) < 2:
            msg = "Classifier can't train when only one class has a weight above 0"
            raise ValueError(msg)
        return given if of_class is None else given * of_class

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags


def log_odds_to_probability(raw: FloatArray) -> FloatArray:
    """Return probabilities of log-odds without overflow.

    Examples
    --------
    >>> log_odds_to_probability(np.array([-800.0, 0.0, 800.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    small = np.exp(-np.abs(raw))
    return np.where(raw >= 0, 1.0, small) / (1.0 + small)
