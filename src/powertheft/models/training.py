"""Fitting an estimator and the calibration of its scores. Rule of the room: the scikit-learn contract.

Calibration and cut-offs are learnt from scores of consumers that were left out of the fit that scored them (three
inner folds); then the estimator is fitted once more, to all. The order of the rows plays no part.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from powertheft.domain.errors import LabelError
from powertheft.domain.spreads import Spreads
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.cutoffs import FITTED_KINDS, choose_cutoff
from powertheft.evaluation.evaluation import check_labels
from powertheft.evaluation.splits import inner_folds, texts_of
from powertheft.models.calibration import Calibration, fit_calibration
from powertheft.models.classifier import FloatArray, TheftClassifier
from powertheft.models.reference import describe
from powertheft.models.registry import make_estimator
from powertheft.models.schema import FeatureKind, feature_kinds

FEWEST_OF_A_KIND = 50
INNER_FOLDS = 3
NOBODY = -1
"""Number of no fold: a fit without it is a fit to all."""

DEFAULT_CAPACITY = Capacity(share=0.01)

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of the whole that is done, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """A fitted estimator with all that is needed to score consumers.

    Attributes
    ----------
    algorithm : str
        Name in the registry.
    options : mapping
        Settings that were given (the others are the algorithm's defaults).
    seed : int
        Seed of the fit.
    estimator : TheftClassifier
        The estimator, fitted to all consumers it was given.
    calibration : Calibration
        From its raw scores to probabilities.
    kinds : mapping of str to {"number", "category"}
        The features, in the order of contributions.
    cutoffs : mapping of str to float
        Probability from which a consumer counts as suspected, by the way it was chosen ("f1", "capacity").
    reference : Spreads
        Spread of features and out-of-fold scores among the consumers fitted.
    """

    algorithm: str
    options: Mapping[str, Any]
    seed: int
    estimator: TheftClassifier
    calibration: Calibration
    kinds: Mapping[str, FeatureKind]
    cutoffs: Mapping[str, float]
    reference: Spreads

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features, in the order of contributions."""
        return tuple(self.kinds)

    @property
    def base_value(self) -> float:
        """The raw score that contributions start from."""
        return self.estimator.base_value_

    def raw_scores(self, X: pl.DataFrame) -> FloatArray:
        """Return uncalibrated scores, of shape (n_consumers,); rank by these."""
        return self.estimator.raw_scores(X)

    def probabilities(self, X: pl.DataFrame) -> FloatArray:
        """Return the probability of theft, of shape (n_consumers,)."""
        return self.calibration.probabilities(self.raw_scores(X))

    def contributions(self, X: pl.DataFrame) -> FloatArray:
        """Return what each feature adds to the raw score, of shape (n_consumers, n_features).

        Raises
        ------
        ValueError
            If the estimator has none of its own (`estimator.has_own_contributions`).
        """
        return self.estimator.contributions(X)


def fit_calibrated(
    algorithm: str,
    X: pl.DataFrame,
    y: npt.NDArray[Any],
    *,
    consumer_ids: Iterable[object],
    seed: int,
    threads: int = 2,
    options: Mapping[str, Any] | None = None,
    capacity: Capacity = DEFAULT_CAPACITY,
    fewest: int = FEWEST_OF_A_KIND,
    weights: npt.NDArray[Any] | None = None,
    progress: Progress | None = None,
) -> FittedModel:
    """Return a model fitted to all given consumers, calibrated on inner folds of them.

    Parameters
    ----------
    algorithm : str
        Name in the registry.
    X : DataFrame, shape (n_rows, n_features)
        Features only.
    y : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    consumer_ids : iterable of str, shape (n_rows,)
        Numbers of the connections; rows of one consumer are never split over folds.
    seed : int
        The same seed gives the same model.
    threads : int, default 2
        Threads to use.
    options : mapping, optional
        Settings of the estimator, see `registry.make_estimator`.
    capacity : Capacity, default 1 %
        For the cut-off by capacity.
    fewest : int, default 50
        Consumers of either kind that are needed; a held-out fit may make do with fewer than its whole.
    weights : ndarray of float, shape (n_rows,), optional
        How much each outcome counts, above 0; all alike without.
    progress : callable, optional
        Told what is being done and the share that is done.

    Returns
    -------
    FittedModel

    Raises
    ------
    LabelError
        If outcomes are absent, of one kind only, or fewer than `fewest` of a kind.
    ChoiceError
        If the algorithm or an option does not exist.

    Notes
    -----
    Scores of inner fits, which see two thirds of the consumers, stand in for those of the full fit.

    Examples
    --------
    >>> draws = np.random.default_rng(0)
    >>> X = pl.DataFrame({"drop": draws.normal(size=900)})
    >>> y = (X["drop"].to_numpy() + draws.normal(size=900) > 1.5).astype(int)
    >>> numbers = [f"consumer {i}" for i in range(900)]
    >>> model = fit_calibrated("lightgbm", X, y, consumer_ids=numbers, seed=0, threads=1, options={"trees": 20})
    >>> chance = model.probabilities(pl.DataFrame({"drop": [-2.0, 2.0]}))
    >>> bool(chance[0] < 0.2 < 0.5 < chance[1])
    True
    """
    numbers = np.asarray(texts_of(consumer_ids), dtype=np.str_)
    if not len(numbers) == len(y) == X.height:
        msg = f"lengths differ: {X.height} rows, {len(y)} labels, {len(numbers)} consumers"
        raise ValueError(msg)
    labels = check_enough_labels(numbers, y, fewest=fewest)
    kinds, given = feature_kinds(X), dict(options or {})
    order = np.argsort(numbers, kind="stable")
    table, labels, numbers = X[order], labels[order], numbers[order]
    counts = None if weights is None else np.asarray(weights, dtype=np.float64)[order]
    tell = progress or _tell_nobody

    # Fits beside each other share nothing to wait for; threads within a fit do (measured: 1.3 to 1.9 times as long).
    at_once = min(threads, INNER_FOLDS + 1)

    raw = np.empty(len(labels))
    folds = inner_folds(numbers, labels, folds=INNER_FOLDS, seed=seed)

    def fit_without(fold: int) -> TheftClassifier:
        out = folds == fold
        estimator = make_estimator(algorithm, seed=seed, threads=threads // at_once, **given)
        estimator.fit(table.filter(~out), labels[~out], None if counts is None else counts[~out])
        if out.any():
            raw[out] = estimator.raw_scores(table.filter(out))
        return estimator

    # The longest first: the one that leaves nobody out, which is the model.
    fits = (NOBODY, *range(INNER_FOLDS))
    with ThreadPool(at_once) as pool:
        fitted: list[TheftClassifier] = []
        for estimator in pool.imap(fit_without, fits):
            fitted.append(estimator)
            tell(f"fitted {len(fitted)} of {len(fits)} times", len(fitted) / len(fits))
    estimator = fitted[0].set_params(threads=threads)
    calibration = fit_calibration(raw, labels, counts)
    chances = calibration.probabilities(raw)
    return FittedModel(
        algorithm=algorithm,
        options=given,
        seed=seed,
        estimator=estimator,
        calibration=calibration,
        kinds=kinds,
        cutoffs={kind: choose_cutoff(labels, chances, raw, kind=kind, capacity=capacity) for kind in FITTED_KINDS},
        reference=describe(table, raw),
    )


def check_enough_labels(
    consumer_ids: npt.NDArray[np.str_], y: npt.NDArray[Any], *, fewest: int = FEWEST_OF_A_KIND
) -> npt.NDArray[np.int64]:
    """Return the labels as integers, or refuse those that nothing can be learnt from.

    Raises
    ------
    LabelError
        If outcomes are absent, of one kind only, or of fewer than `fewest` consumers of either kind.

    Examples
    --------
    >>> check_enough_labels(np.array(["a", "b", "c"]), np.array([1, 0, 0]))
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.LabelError: theft was found at 1 consumer only; learning needs at least 50. ...
    """
    labels = check_labels(y)
    for kind, words in ((1, "theft was found"), (0, "an honest outcome is known")):
        count = len(np.unique(consumer_ids[labels == kind]))
        if count < fewest:
            msg = f"{words} at {count} consumer{'' if count == 1 else 's'} only; learning needs at least"
            raise LabelError(
                f"{msg} {fewest}",
                advice="Add inspection results of more years or districts, and rank by rules until there are enough.",
            )
    return labels


def _tell_nobody(_what: str, _share: float) -> None:
    """Take the place of a progress bar where nobody looks."""
