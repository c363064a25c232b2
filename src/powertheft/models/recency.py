"""How fast an outcome grows old. Rule of the room: the scikit-learn contract.

Once theft has moved, outcomes of before teach what no longer holds; where nothing has moved they teach as much as the
newest. Which of the two it is, the newest outcomes say themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import log_loss

from powertheft.models.registry import make_estimator

HALF_LIVES: tuple[float | None, ...] = (None, 6.0, 3.0)
"""Months after which an outcome counts half; None: never less."""

NEWEST = 2.0
"""Months whose outcomes judge: one billing cycle."""

FEWEST_OF_A_KIND = 25
"""Outcomes of either kind among the newest below which they judge nothing."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recency:
    """After how many months an outcome counts half (None: it never counts less), and why.

    `losses` are the mean log-losses of the newest outcomes by the half-lives tried, `judged` how many those outcomes
    were; both are empty where there were too few.
    """

    half_life: float | None
    judged: int = 0
    losses: tuple[tuple[float | None, float], ...] = ()


def recency_weights(months_ago: npt.NDArray[Any], half_life: float | None) -> FloatArray | None:
    """Return how much each outcome counts, None where all count alike.

    Examples
    --------
    >>> recency_weights(np.array([0.0, 3.0, 6.0]), 3.0).tolist()
    [1.0, 0.5, 0.25]
    """
    return None if half_life is None else 0.5 ** (np.asarray(months_ago, dtype=np.float64) / half_life)


def choose_half_life(
    algorithm: str,
    X: pl.DataFrame,
    y: npt.NDArray[Any],
    months_ago: npt.NDArray[Any],
    *,
    seed: int,
    threads: int = 2,
    options: Mapping[str, Any] | None = None,
) -> Recency:
    """Choose how fast outcomes grow old: as a model of the earlier ones foretells the newest best.

    Parameters
    ----------
    algorithm : str
        Name in the registry.
    X : DataFrame, shape (n_rows, n_features)
        Features only.
    y : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    months_ago : ndarray of float, shape (n_rows,)
        Age of each outcome in months, 0 for the newest.
    seed : int
        Of the fits.
    threads : int, default 2
        Threads to use.
    options : mapping, optional
        Settings of the estimator, see `registry.make_estimator`.

    Returns
    -------
    Recency

    Notes
    -----
    The newest are those of the last two months; each half-life is tried on all that came before. The measure is the
    mean log-loss of the uncalibrated probabilities, which knows more of a hundred outcomes than their order does.

    Examples
    --------
    >>> draws = np.random.default_rng(0)
    >>> reading, ago = draws.normal(size=3000), draws.uniform(0, 24, 3000)
    >>> stolen = np.where(ago > 8, reading < -0.5, reading > 0.5).astype(int)
    >>> X = pl.DataFrame({"reading": reading})
    >>> choose_half_life("lightgbm", X, stolen, ago, seed=0, threads=1, options={"trees": 40}).half_life
    3.0
    """
    ages, labels = np.asarray(months_ago, dtype=np.float64), np.asarray(y)
    is_new = ages < NEWEST
    if min(_fewest(labels[is_new]), _fewest(labels[~is_new])) < FEWEST_OF_A_KIND:
        return Recency(None)
    earlier, newest = X.filter(~is_new), X.filter(is_new)

    def loss(half_life: float | None) -> float:
        estimator = make_estimator(algorithm, seed=seed, threads=max(1, threads // len(HALF_LIVES)), **(options or {}))
        estimator.fit(earlier, labels[~is_new], recency_weights(ages[~is_new], half_life))
        chance = np.clip(estimator.predict_proba(newest)[:, 1], 1e-6, 1 - 1e-6)
        return float(log_loss(labels[is_new], chance, labels=[0, 1]))

    with ThreadPool(min(threads, len(HALF_LIVES))) as pool:
        losses = tuple(zip(HALF_LIVES, pool.map(loss, HALF_LIVES), strict=True))
    best, _ = min(losses, key=lambda one: one[1])
    return Recency(best, int(is_new.sum()), losses)


def _fewest(labels: npt.NDArray[Any]) -> int:
    return int(min((labels == 1).sum(), (labels == 0).sum()))
