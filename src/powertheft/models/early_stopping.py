"""When a network has learnt enough. Rule of the room: the scikit-learn contract."""

import numpy as np
import numpy.typing as npt

from powertheft.models.classifier import FloatArray, log_odds_to_probability

_LEAST_CHANCE = 1e-12


def inner_split(is_theft: npt.NDArray[np.int64], *, share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Return which consumers are only watched, so many of each class, of shape (n_consumers,).

    Examples
    --------
    >>> int(inner_split(np.repeat([0, 1], 50), share=0.1, seed=0).sum())
    10
    """
    draws = np.random.default_rng(seed)
    inner = np.zeros(len(is_theft), dtype=np.bool_)
    for kind in (0, 1):
        members = draws.permutation(np.flatnonzero(is_theft == kind))
        inner[members[: int(share * len(members))]] = True
    return inner


def weighted_log_loss(raw: FloatArray, is_theft: npt.NDArray[np.int64], weights: FloatArray) -> float:
    """Return the mean log-loss of log-odds of shape (n_consumers,), by weight.

    Examples
    --------
    >>> round(weighted_log_loss(np.zeros(2), np.array([0, 1]), np.ones(2)), 4)
    0.6931
    """
    chance = np.clip(log_odds_to_probability(np.where(is_theft == 1, raw, -raw)), _LEAST_CHANCE, None)
    return float(-(weights @ np.log(chance)) / weights.sum())
