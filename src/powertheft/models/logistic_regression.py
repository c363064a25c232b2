"""Logistic regression: one weight a feature, added up to log-odds. Rule of the room: the scikit-learn contract."""

from sklearn.linear_model import LogisticRegression

from powertheft.models.linear import LinearTheftClassifier


class RegressionClassifier(LinearTheftClassifier):
    """Logistic regression with a quadratic penalty.

    Parameters
    ----------
    strength : float, default 0.001
        Trust in the data over the penalty (scikit-learn's C).
    tolerance : float, default 1e-4
        Slope at which the search ends.
    iterations : int, default 1000
        Steps at most.
    encoding, scaling, class_weight, seed, threads
        See `TheftClassifier`. Thieves as a whole weigh as much as the honest.

    Notes
    -----
    Fitted by L-BFGS. It gets by with few steps because heavy tails are compressed and columns scaled beforehand; with
    `scaling="none"` it takes several times as many.

    References
    ----------
    Cox (1958), https://doi.org/10.1111/j.2517-6161.1958.tb00292.x

    Examples
    --------
    >>> import numpy as np
    >>> X = np.arange(80.0).reshape(-1, 1)
    >>> model = RegressionClassifier(strength=1).fit(X, X.ravel() > 40)
    >>> bool(np.allclose(model.contributions(X).sum(axis=1) + model.base_value_, model.raw_scores(X)))
    True
    """

    def _solver(self) -> LogisticRegression:
        return LogisticRegression(C=self.strength, solver="lbfgs", tol=self.tolerance, max_iter=self.iterations)
