"""A linear support vector machine: one weight a feature, set by the hardest cases.

Rule of the room: the scikit-learn contract.
"""

from typing import Any, ClassVar, cast

from sklearn.svm import LinearSVC

from powertheft.models.classifier import ClassWeight, ScoreKind
from powertheft.models.linear import LinearTheftClassifier
from powertheft.models.preprocessing import Encoding, Scaling


class SupportVectorClassifier(LinearTheftClassifier):
    """Linear support vector machine with squared hinge loss.

    Parameters
    ----------
    strength : float, default 0.0001
        Trust in the data over the penalty (scikit-learn's C).
    tolerance : float, default 1e-4
        Slope at which the search ends.
    iterations : int, default 1000
        Steps at most.
    encoding, scaling, class_weight, seed, threads
        See `TheftClassifier`. Thieves as a whole weigh as much as the honest.

    Notes
    -----
    The raw score is the distance from the dividing plane; it is not in log-odds.

    References
    ----------
    Fan et al. (2008), LIBLINEAR: a library for large linear classification, JMLR 9, 1871-1874

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(80.0).reshape(-1, 1)
    >>> model = SupportVectorClassifier(strength=1).fit(X, X.ravel() > 40)
    >>> bool(model.raw_scores(X)[-1] > 0 > model.raw_scores(X)[0])
    True
    """

    score_kind: ClassVar[ScoreKind] = "decision value"

    def __init__(
        self,
        *,
        strength: float = 0.0001,
        tolerance: float = 1e-4,
        iterations: int = 1000,
        encoding: Encoding = "one-hot",
        scaling: Scaling = "standard",
        class_weight: ClassWeight = "balanced",
        seed: int = 0,
        threads: int = 2,
    ) -> None:
        super().__init__(
            strength=strength,
            tolerance=tolerance,
            iterations=iterations,
            encoding=encoding,
            scaling=scaling,
            class_weight=class_weight,
            seed=seed,
            threads=threads,
        )

    def _solver(self) -> LinearSVC:
        return LinearSVC(
            C=self.strength, loss="squared_hinge", dual=cast("Any", False), tol=self.tolerance, max_iter=self.iterations
        )
