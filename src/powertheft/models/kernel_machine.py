"""A support vector machine with a radial kernel, on a sample. Rule of the room: the scikit-learn contract."""

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from sklearn.svm import SVC

from powertheft.models.classifier import ClassWeight, FloatArray, ScoreKind, TheftClassifier
from powertheft.models.preprocessing import Encoding, FeatureEncoder, FloatMatrix, Scaling

CACHE_MB = 400
ROWS_AT_ONCE = 2_000
SMALLEST_WEIGHT = 1e-12


class KernelMachineClassifier(TheftClassifier):
    """Support vector machine with a radial kernel (RBF), learnt from a sample.

    Parameters
    ----------
    strength : float, default 1
        Trust in the data over the penalty (scikit-learn's C).
    reach : float, default 1
        How fast likeness fades, as a multiple of one over the number of columns (scikit-learn's gamma is
        `reach` / n_columns).
    sample : int, default 4000
        Consumers that are learnt from at most: of both kinds, half each as far as there are so many.
    encoding, scaling, class_weight, seed, threads
        See `TheftClassifier`. Thieves as a whole weigh as much as the honest. One thread is used.

    Attributes
    ----------
    machine_ : sklearn.svm.SVC
        The fitted machine.

    Notes
    -----
    The time to fit grows with the square of the sample, so all consumers are out of reach; which are drawn depends on
    the seed and their number alone. The raw score is the decision value; it is not in log-odds.

    References
    ----------
    Chang & Lin (2011), https://doi.org/10.1145/1961189.1961199

    Examples
    --------
    >>> X = np.arange(80.0).reshape(-1, 1)
    >>> model = KernelMachineClassifier().fit(X, np.abs(X.ravel() - 40) < 15)
    >>> raw = model.raw_scores(X)
    >>> bool(raw[40] > 0 > raw[0])
    True
    """

    has_own_contributions: ClassVar[bool] = False
    score_kind: ClassVar[ScoreKind] = "decision value"

    machine_: SVC

    def __init__(
        self,
        *,
        strength: float = 1.0,
        reach: float = 1.0,
        sample: int = 4000,
        encoding: Encoding = "one-hot",
        scaling: Scaling = "standard",
        class_weight: ClassWeight = "balanced",
        seed: int = 0,
        threads: int = 2,
    ) -> None:
        self.strength: float = strength
        self.reach: float = reach
        self.sample: int = sample
        self.encoding: Encoding = encoding
        self.scaling: Scaling = scaling
        self.class_weight: ClassWeight = class_weight
        self.seed: int = seed
        self.threads: int = threads

    def _encoder(self) -> FeatureEncoder:
        return FeatureEncoder(
            encoding=self.encoding, scaling=self.scaling, missing="fill", tails="compress", dtype="float64"
        )

    def _learn(self, matrix: FloatMatrix, is_theft: npt.NDArray[np.int64], weights: FloatArray | None) -> None:
        usable = np.flatnonzero(weights > SMALLEST_WEIGHT) if weights is not None else np.arange(len(is_theft))
        rows = _drawn(usable, is_theft[usable], most=self.sample, seed=self.seed)
        machine = SVC(C=self.strength, gamma=self.reach / matrix.shape[1], cache_size=CACHE_MB)
        given: Any = None if weights is None else weights[rows]
        self.machine_ = machine.fit(matrix[rows], is_theft[rows], sample_weight=given)

    def _score(self, matrix: FloatMatrix) -> FloatArray:
        # By products of matrices: the library's own loop takes ten times as long.
        machine: Any = self.machine_
        vectors, weights = machine.support_vectors_, machine.dual_coef_[0]
        squares, gamma = (vectors**2).sum(axis=1), self.reach / matrix.shape[1]
        scores = np.empty(len(matrix))
        for start in range(0, len(matrix), ROWS_AT_ONCE):
            part = matrix[start : start + ROWS_AT_ONCE]
            distance = (part**2).sum(axis=1)[:, None] + squares - 2 * part @ vectors.T
            scores[start : start + len(part)] = np.exp(-gamma * np.maximum(distance, 0.0)) @ weights
        return scores + float(machine.intercept_[0])


def _drawn(
    rows: npt.NDArray[np.intp], is_theft: npt.NDArray[np.int64], *, most: int, seed: int
) -> npt.NDArray[np.intp]:
    """Return at most so many rows in their order, half of each kind as far as there are so many."""
    if len(rows) <= most:
        return rows
    draws = np.random.default_rng(seed)
    thieves, honest = rows[is_theft == 1], rows[is_theft == 0]
    of_thieves = min(len(thieves), max(most // 2, most - len(honest)))
    chosen = (draws.choice(thieves, of_thieves, replace=False), draws.choice(honest, most - of_thieves, replace=False))
    return np.sort(np.concatenate(chosen))
