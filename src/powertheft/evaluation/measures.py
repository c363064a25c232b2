"""The measures of a ranked list, weighted so that a bootstrap resample is one more pass.

Rule of the room: arrays in, frozen records out; domain only. Consumers are ranked by the raw score, ties broken by
the consumer's number; the two areas (ROC-AUC, PR-AUC) treat tied scores as one step, so that no order among equals
can make them look better or worse.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from powertheft.evaluation.splits import texts_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

TOP_OF_LIST = 100

MEASURES: dict[str, str] = {
    "accuracy": "share of consumers judged rightly at the cut-off",
    "precision": "share of thefts among those above the cut-off",
    "recall": "share of the thefts that are above the cut-off",
    "f1": "harmonic mean of precision and recall at the cut-off",
    "roc_auc": "chance that a theft ranks above an honest consumer",
    "pr_auc": "average precision over all thefts (area under the precision-recall curve)",
    "ap_at_100": "theft-only average precision of the first 100 (thefts only, not averaged with normals)",
    "precision_at_capacity": "share of thefts among the visits that the squads can make",
    "recall_at_capacity": "share of all thefts found with those visits",
    "lift_at_capacity": "precision at capacity over the share of thefts among all",
    "brier": "mean squared error of the probability",
}


@dataclass(frozen=True, slots=True, eq=False)
class RankedList:
    """Judged consumers from the highest raw score to the lowest.

    Attributes
    ----------
    labels, probabilities : ndarray of float, shape (n_rows,)
        Outcome (1 theft, 0 honest) and probability, in rank order.
    steps : ndarray of int, shape (n_steps,)
        Last position of each run of tied raw scores.
    consumers : ndarray of int, shape (n_rows,)
        Which consumer each row belongs to, from 0 to `n_consumers` - 1.
    n_consumers : int
        Number of different consumers.
    """

    labels: FloatArray
    probabilities: FloatArray
    steps: IntArray
    consumers: IntArray
    n_consumers: int


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """A ranked list with a weight on each row: the list itself (all ones), or one resample of it.

    `seen` and `found` hold the weight, and the weight of thieves, down to each position.
    """

    ranked: RankedList
    weights: FloatArray
    seen: FloatArray
    found: FloatArray


def rank(
    consumer_ids: Iterable[object],
    labels: npt.NDArray[Any],
    raw_scores: npt.NDArray[Any],
    probabilities: npt.NDArray[Any],
) -> RankedList:
    """Return the consumers in the order of the list.

    Parameters
    ----------
    consumer_ids : iterable of str, shape (n_rows,)
        Numbers of the connections; they break ties, in the order of their text.
    labels : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    raw_scores : ndarray of float, shape (n_rows,)
        Uncalibrated scores; higher is more suspicious.
    probabilities : ndarray of float, shape (n_rows,)
        Calibrated probabilities.

    Returns
    -------
    RankedList

    Raises
    ------
    ValueError
        If the lengths differ, or a score or probability is missing.

    Examples
    --------
    >>> rank(["b", "a", "c"], np.array([0, 1, 0]), np.array([2.0, 2.0, 9.0]), np.array([0.2, 0.2, 0.9])).labels
    array([0., 1., 0.])
    """
    numbers = np.asarray(texts_of(consumer_ids), dtype=np.str_)
    raw = np.asarray(raw_scores, dtype=np.float64)
    chances = np.asarray(probabilities, dtype=np.float64)
    if not len(numbers) == len(labels) == len(raw) == len(chances):
        msg = (
            f"lengths differ: {len(numbers)} ids, {len(labels)} labels, {len(raw)} scores, {len(chances)} probabilities"
        )
        raise ValueError(msg)
    if not (np.isfinite(raw).all() and np.isfinite(chances).all()):
        msg = "every raw score and probability must be a finite number"
        raise ValueError(msg)
    unique, consumers = np.unique(numbers, return_inverse=True)
    order = np.lexsort((consumers, -raw))
    ordered = raw[order]
    steps = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    return RankedList(
        labels=np.asarray(labels, dtype=np.float64)[order],
        probabilities=chances[order],
        steps=steps.astype(np.int64),
        consumers=consumers[order].astype(np.int64),
        n_consumers=len(unique),
    )


def tally(ranked: RankedList, weights: FloatArray | None = None) -> Tally:
    """Return the running sums of a list, of weight one each or of the weights of one resample.

    Examples
    --------
    >>> ranked = rank("abc", np.array([1, 0, 1]), np.array([3.0, 2.0, 1.0]), np.array([0.9, 0.5, 0.1]))
    >>> tally(ranked).found
    array([1., 1., 2.])
    """
    weights = np.ones(len(ranked.labels)) if weights is None else weights
    return Tally(ranked, weights, np.cumsum(weights), np.cumsum(weights * ranked.labels))


def roc_auc(tallied: Tally) -> float:
    """Return the chance that a thief ranks above an honest consumer, ties counting one half.

    Examples
    --------
    >>> roc_auc(tally(rank("abcd", np.array([1, 0, 1, 0]), np.array([4.0, 3.0, 3.0, 1.0]), np.full(4, 0.5))))
    0.875
    """
    steps = tallied.ranked.steps
    thieves = np.append(0.0, tallied.found[steps])
    honest = np.append(0.0, (tallied.seen - tallied.found)[steps])
    return _ratio(float(np.trapezoid(thieves, honest)), float(thieves[-1] * honest[-1]))


def pr_auc(tallied: Tally) -> float:
    """Return average precision: the mean, over all thieves, of the precision at each one's place.

    Examples
    --------
    >>> pr_auc(tally(rank("abcd", np.array([1, 0, 1, 0]), np.array([4.0, 3.0, 2.0, 1.0]), np.full(4, 0.5))))
    0.8333333333333333
    """
    steps = tallied.ranked.steps
    thieves, seen = tallied.found[steps], tallied.seen[steps]
    precision = np.divide(thieves, seen, out=np.zeros_like(thieves), where=seen > 0)
    return _ratio(float(np.diff(thieves, prepend=0.0) @ precision), float(thieves[-1]))


def average_precision_at(tallied: Tally, top: int = TOP_OF_LIST) -> float:
    """Return thief-only AP@k: the mean, over the thieves in the first k, of the precision at each one's rank.

    Parameters
    ----------
    tallied : Tally
        The list; a row of weight w stands on it w times.
    top : int, default 100
        k, the length of the top of the list.

    Returns
    -------
    float
        Between 0 and 1; 0 where the first k hold no thief.

    Notes
    -----
    Thieves only: the code published with the paper averages this with the same figure for the top k normals, which
    reads higher.

    References
    ----------
    Zheng et al. (2018), https://doi.org/10.1109/TII.2017.2785963

    Examples
    --------
    >>> average_precision_at(tally(rank("abc", np.array([1, 0, 1]), np.array([3.0, 2.0, 1.0]), np.full(3, 0.5))), 3)
    0.8333333333333333
    """
    rows = int(np.searchsorted(tallied.seen, top)) + 1
    copies = tallied.weights[:rows].astype(np.int64)
    hits = np.repeat(tallied.ranked.labels[:rows], copies)[:top]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(hits @ precision / hits.sum()) if hits.any() else 0.0


def found_within(tallied: Tally, visits: int) -> float:
    """Return the number of thieves among the first `visits` places of the list.

    Examples
    --------
    >>> found_within(tally(rank("abc", np.array([1, 0, 1]), np.array([3.0, 2.0, 1.0]), np.full(3, 0.5))), 2)
    1.0
    """
    last = min(int(np.searchsorted(tallied.seen, visits)), len(tallied.seen) - 1)
    # The last row may stand on a resampled list more often than there are visits left.
    surplus = max(0.0, float(tallied.seen[last]) - visits)
    return float(tallied.found[last]) - surplus * float(tallied.ranked.labels[last])


def confusion_counts(tallied: Tally, cutoff: float) -> tuple[float, float, float, float]:
    """Return true positives, false positives, false negatives and true negatives at a probability.

    Examples
    --------
    >>> ranked = rank("abc", np.array([1, 0, 1]), np.array([3.0, 2.0, 1.0]), np.array([0.9, 0.5, 0.1]))
    >>> confusion_counts(tally(ranked), 0.5)
    (1.0, 1.0, 1.0, 0.0)
    """
    flagged = tallied.weights * (tallied.ranked.probabilities >= cutoff)
    chosen, hits = float(flagged.sum()), float(flagged @ tallied.ranked.labels)
    total, thieves = float(tallied.seen[-1]), float(tallied.found[-1])
    return hits, chosen - hits, thieves - hits, total - chosen - thieves + hits


def brier(tallied: Tally) -> float:
    """Return the mean squared difference between probability and outcome.

    Examples
    --------
    >>> brier(tally(rank("ab", np.array([1, 0]), np.array([2.0, 1.0]), np.array([0.5, 0.5]))))
    0.25
    """
    error = tallied.ranked.probabilities - tallied.ranked.labels
    return _ratio(float(tallied.weights @ (error * error)), float(tallied.seen[-1]))


def all_measures(tallied: Tally, *, cutoff: float, visits: int) -> dict[str, float]:
    """Return every measure of the list by name.

    Parameters
    ----------
    tallied : Tally
        The list or a resample of it.
    cutoff : float
        Probability from which a consumer counts as suspected.
    visits : int
        Visits that the squads can make.

    Returns
    -------
    dict of str to float
        In the order of `MEASURES`; not a number where a resample has no thief or nobody else.

    Examples
    --------
    >>> ranked = rank("abc", np.array([1, 0, 1]), np.array([3.0, 2.0, 1.0]), np.array([0.9, 0.5, 0.1]))
    >>> all_measures(tally(ranked), cutoff=0.5, visits=1)["lift_at_capacity"]
    1.5
    """
    hits, false_alarms, missed, cleared = confusion_counts(tallied, cutoff)
    total, thieves = float(tallied.seen[-1]), float(tallied.found[-1])
    at_capacity = found_within(tallied, visits)
    precision_at_capacity = _ratio(at_capacity, min(float(visits), total))
    return {
        "accuracy": _ratio(hits + cleared, total),
        "precision": _ratio(hits, hits + false_alarms, when_empty=0.0),
        "recall": _ratio(hits, hits + missed),
        "f1": _ratio(2 * hits, 2 * hits + false_alarms + missed, when_empty=0.0),
        "roc_auc": roc_auc(tallied),
        "pr_auc": pr_auc(tallied),
        "ap_at_100": average_precision_at(tallied),
        "precision_at_capacity": precision_at_capacity,
        "recall_at_capacity": _ratio(at_capacity, thieves),
        "lift_at_capacity": _ratio(precision_at_capacity * total, thieves),
        "brier": brier(tallied),
    }


def _ratio(part: float, whole: float, *, when_empty: float = float("nan")) -> float:
    return part / whole if whole else when_empty
