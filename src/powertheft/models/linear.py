"""What the two linear estimators share: one weight a column, and exact contributions.

Rule of the room: the scikit-learn contract.
"""

from abc import abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from powertheft.models.classifier import ClassWeight, FloatArray, TheftClassifier
from powertheft.models.preprocessing import Encoding, FeatureEncoder, FloatMatrix, Scaling


class LinearTheftClassifier(TheftClassifier):
    """A weighted sum of columns: raw score = base value + sum of coefficient x (value - mean value).

    Attributes
    ----------
    coefficients_ : ndarray of float, shape (n_columns,)
        Weight of each column of `transformed(X)`.
    means_ : ndarray of float, shape (n_columns,)
        Mean of each column over the consumers of the fit.
    intercept_ : float
        Raw score where every column is 0.
    """

    strength: float
    tolerance: float
    iterations: int

    coefficients_: FloatArray
    means_: FloatArray
    intercept_: float
    n_iter_: int

    def __init__(
        self,
        *,
        strength: float = 0.001,
        tolerance: float = 1e-4,
        iterations: int = 1000,
        encoding: Encoding = "one-hot",
        scaling: Scaling = "standard",
        class_weight: ClassWeight = "balanced",
        seed: int = 0,
        threads: int = 2,
    ) -> None:
        self.strength = strength
        self.tolerance = tolerance
        self.iterations = iterations
        self.encoding: Encoding = encoding
        self.scaling: Scaling = scaling
        self.class_weight: ClassWeight = class_weight
        self.seed: int = seed
        self.threads: int = threads

    @property
    def base_value_(self) -> float:
        """Raw score of a consumer who is average in every column."""
        return float(self.intercept_ + self.means_ @ self.coefficients_)

    @abstractmethod
    def _solver(self) -> Any:
        """Return the unfitted scikit-learn estimator."""

    def _encoder(self) -> FeatureEncoder:
        return FeatureEncoder(
            encoding=self.encoding, scaling=self.scaling, missing="fill", tails="compress", dtype="float64"
        )

    def _learn(self, matrix: FloatMatrix, is_theft: npt.NDArray[np.int64], weights: FloatArray | None) -> None:
        solved = self._solver().fit(matrix, is_theft, sample_weight=weights)
        self.coefficients_ = np.asarray(solved.coef_, dtype=np.float64).ravel()
        self.intercept_ = float(solved.intercept_[0])
        self.means_ = matrix.mean(axis=0)
        self.n_iter_ = int(np.max(solved.n_iter_))

    def _score(self, matrix: FloatMatrix) -> FloatArray:
        return matrix @ self.coefficients_ + self.intercept_

    def _contribute(self, matrix: FloatMatrix) -> FloatArray:
        return (matrix - self.means_) * self.coefficients_
