"""How unusual a connection is, without any label. Rule of the room: imports domain and features only.

Unusual is not stolen: a vacant house is rare too. It is a second opinion beside the rules, and an indication.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from powertheft.features.definition import Feature

SIZELESS = frozenset({"", "share", "months"})
"""Units of features that say how a connection behaves and not how large it is: large is not unusual in our sense."""

OUTCOMES = "history"
"""The family of features made of what visits found: labels by another name."""

TREES = 200
NOTHING_KNOWN = 0.5


def anomaly_features(offered: Sequence[Feature]) -> tuple[Feature, ...]:
    """Return what the anomaly is judged by: numbers without size, known before a visit, and no outcome among them.

    Examples
    --------
    >>> from powertheft.features.catalogue import catalogue
    >>> names = {feature.name for feature in anomaly_features(catalogue())}
    >>> {"same_season_ratio_12m", "zero_run_now"} <= names, names & {"findings", "bill_max", "meters", "category"}
    (True, set())
    """
    return tuple(
        feature
        for feature in offered
        if feature.kind == "number"
        and feature.unit in SIZELESS
        and feature.family != OUTCOMES
        and not feature.flags & {"not-knowable", "registry", "exposure"}
    )


def anomaly_scores(features: pl.DataFrame, *, order: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return how unusual each consumer is among the others, by an isolation forest.

    Parameters
    ----------
    features : DataFrame, shape (n_consumers, n_features)
        Numbers of any unit; each is replaced by its place among the consumers, so that one wild value does not rule,
        and a missing one stands in the middle.
    order : ndarray of int, shape (n_consumers,)
        The order in which consumers are drawn, so that a pseudonym decides nothing.
    seed : int, default 0
        Same seed, same result.

    Returns
    -------
    ndarray, shape (n_consumers,)
        From 0, the least unusual, to 1, the most; 0.5 for all where nothing is known.

    References
    ----------
    Liu, Ting & Zhou 2008, "Isolation Forest", 10.1109/ICDM.2008.17.

    Examples
    --------
    >>> features = pl.DataFrame({"ratio": [1.0, 1.1, 0.9, 1.0, 0.02], "run": [0.0, 0.0, 0.0, None, 9.0]})
    >>> anomaly_scores(features, order=np.arange(5)).argmax().item()
    4
    """
    places = _places(features)[order]
    varied = places[:, np.ptp(places, axis=0) > 0] if len(places) else places
    if not varied.size:
        return np.full(features.height, NOTHING_KNOWN)
    from sklearn.ensemble import IsolationForest  # late: scikit-learn takes a second that listing rules need not pay

    forest = IsolationForest(n_estimators=TREES, random_state=seed, n_jobs=1).fit(varied)
    unusual = np.empty(features.height)
    unusual[order] = -forest.score_samples(varied)
    return among_others(unusual)


def _places(features: pl.DataFrame) -> np.ndarray:
    """Each number's place among its column's, from 0 to 1; the middle where it is missing."""
    known = features.select(pl.all().cast(pl.Float64).fill_nan(None))
    places = known.select(
        ((pl.all().rank("average") - 1) / (pl.all().count() - 1).clip(lower_bound=1)).fill_null(NOTHING_KNOWN)
    )
    return places.to_numpy().astype(np.float32)


def among_others(values: np.ndarray) -> np.ndarray:
    """Return the share of the other consumers that each one exceeds, ties counted half.

    Examples
    --------
    >>> among_others(np.array([3.0, 8.0, 3.0])).tolist()
    [0.25, 1.0, 0.25]
    """
    if len(values) < 2:
        return np.full(len(values), NOTHING_KNOWN)
    places = pl.Series(values).rank("average").to_numpy()
    return (places - 1) / (len(values) - 1)
