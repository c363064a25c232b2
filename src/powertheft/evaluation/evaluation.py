"""The judgement of a list against what was found. Rule of the room: arrays in, frozen records out; domain only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import LabelError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.cutoffs import ConfusionMatrix, CutoffKind, check_cutoff_kind, choose_cutoff
from powertheft.evaluation.intervals import RESAMPLES, bootstrap_intervals
from powertheft.evaluation.measures import (
    RankedList,
    Tally,
    all_measures,
    confusion_counts,
    found_within,
    rank,
    tally,
)
from powertheft.evaluation.plain_records import to_plain

CALIBRATION_BINS = 20
SMALLEST_BIN = 50
CURVE_POINTS = 60


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Consumers of similar probability: how many, the mean probability, and the share that were thieves."""

    count: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What the first `visits` places of the list hold."""

    visits: int
    found: int
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good a list is.

    Attributes
    ----------
    consumers, rows, positives : int
        Different consumers judged, their rows, and how many rows were theft.
    base_rate : float
        Share of thieves: what visits at random would find.
    measures : dict of str to Measure
        By the names of `measures.MEASURES`.
    capacity : str
        The squads' capacity as it was given, in words.
    visits : int
        The same as a number of visits on this list.
    cutoff_kind, cutoff : str, float
        How the cut-off was chosen, and the probability that it is.
    cutoff_chosen_here : bool
        True where the cut-off was fitted to the very outcomes it is judged by, which flatters it.
    confusion : ConfusionMatrix
        At the cut-off.
    calibration : tuple of CalibrationBin
        From the lowest probability to the highest.
    calibration_error : float
        Expected calibration error: mean distance of predicted and observed over those bins.
    calibration_at_capacity : float
        Thieves found within capacity, over the number that the probabilities promise (1 is right).
    top_of_list : tuple of CurvePoint
        The list from its top, at growing numbers of visits.
    seed, resamples : int
        Of the bootstrap.
    """

    consumers: int
    rows: int
    positives: int
    base_rate: float
    measures: dict[str, Measure]
    capacity: str
    visits: int
    cutoff_kind: CutoffKind
    cutoff: float
    cutoff_chosen_here: bool
    confusion: ConfusionMatrix
    calibration: tuple[CalibrationBin, ...]
    calibration_error: float
    calibration_at_capacity: float
    top_of_list: tuple[CurvePoint, ...]
    seed: int
    resamples: int

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries, lists, numbers and words; None where a number is undefined.

        Examples
        --------
        >>> import json
        >>> score = np.linspace(0, 1, 100)
        >>> seen = evaluate_scores(
        ...     consumer_ids=[str(i) for i in range(100)], labels=(score > 0.8).astype(int), raw_scores=score,
        ...     probabilities=score, capacity=Capacity(share=0.1), resamples=10)
        >>> json.loads(json.dumps(seen.to_json()))["measures"]["precision_at_capacity"]
        {'value': 1.0, 'low': 1.0, 'high': 1.0}
        """
        return to_plain(self)


def evaluate_scores(
    *,
    consumer_ids: Iterable[object],
    labels: npt.NDArray[Any],
    raw_scores: npt.NDArray[Any],
    probabilities: npt.NDArray[Any],
    capacity: Capacity,
    cutoff: str = "f1",
    seed: int = 0,
    resamples: int = RESAMPLES,
    chosen_cutoff: float | None = None,
) -> Evaluation:
    """Return how good the scores are on consumers whose outcome is known.

    Parameters
    ----------
    consumer_ids : iterable of str, shape (n_rows,)
        Numbers of the connections; none of them used in fitting.
    labels : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    raw_scores, probabilities : ndarray of float, shape (n_rows,)
        Uncalibrated scores, which rank, and calibrated probabilities.
    capacity : Capacity
        What the squads can visit.
    cutoff : {"f1", "capacity", "value"}, default "f1"
        How `chosen_cutoff` was chosen, or is to be chosen here without it; one by value has to be given.
    seed : int, default 0
        Seed of the bootstrap.
    resamples : int, default 200
        Draws of the bootstrap.
    chosen_cutoff : float, optional
        The cut-off that the model brings. Without it one is fitted to these outcomes, and the result says so.

    Returns
    -------
    Evaluation

    Raises
    ------
    LabelError
        If there is no outcome, a label that is neither 0 nor 1, or outcomes of one kind only.
    ChoiceError
        If `cutoff` is none of these, or by value and not given.

    Notes
    -----
    Holds for consumers drawn as these were. Inspected consumers are not a random sample of all; figures from them
    describe lists of the same kind.

    Examples
    --------
    >>> evaluate_scores(consumer_ids=["a", "b"], labels=np.array([0, 0]), raw_scores=np.zeros(2),
    ...                 probabilities=np.zeros(2), capacity=Capacity(count=1))
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.LabelError: all 2 known outcomes are honest: there is no theft to tell them from. ...
    """
    cutoff_kind = check_cutoff_kind(cutoff)
    labels = check_labels(labels)
    line = chosen_cutoff
    if line is None:
        line = choose_cutoff(labels, np.asarray(probabilities), np.asarray(raw_scores), kind=cutoff, capacity=capacity)
    ranked = rank(consumer_ids, labels, raw_scores, probabilities)
    counted = tally(ranked)
    visits = capacity.visits(len(labels))
    values = all_measures(counted, cutoff=line, visits=visits)
    ends = bootstrap_intervals(ranked, cutoff=line, visits=visits, seed=seed, resamples=resamples)
    bins = calibration_table(ranked)
    return Evaluation(
        consumers=ranked.n_consumers,
        rows=len(labels),
        positives=int(labels.sum()),
        base_rate=float(labels.mean()),
        measures={name: Measure(value, *ends[name]) for name, value in values.items()},
        capacity=str(capacity),
        visits=visits,
        cutoff_kind=cutoff_kind,
        cutoff=line,
        cutoff_chosen_here=chosen_cutoff is None,
        confusion=ConfusionMatrix(*(round(count) for count in confusion_counts(counted, line))),
        calibration=bins,
        calibration_error=sum(b.count * abs(b.predicted - b.observed) for b in bins) / len(labels),
        calibration_at_capacity=_found_over_promised(counted, visits),
        top_of_list=top_of_list(counted),
        seed=seed,
        resamples=resamples,
    )


def check_labels(labels: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the labels as integers, or refuse those that nothing can be judged by.

    Raises
    ------
    LabelError
        If there is no outcome, a label that is neither 0 nor 1, or outcomes of one kind only.

    Examples
    --------
    >>> check_labels(np.array([]))
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.LabelError: no consumer has a known outcome. Give inspection results, or only score.
    """
    values = np.asarray(labels)
    if values.size == 0:
        msg = "no consumer has a known outcome"
        raise LabelError(msg, advice="Give inspection results, or only score.")
    if not np.isin(values, (0, 1)).all():
        msg = "an outcome is neither 0 (honest) nor 1 (theft)"
        raise LabelError(msg, advice="Leave out consumers whose outcome is not known.")
    if values.min() == values.max():
        kind, other = ("theft", "honest consumer") if values[0] else ("honest", "theft")
        msg = f"all {values.size} known outcomes are {kind}: there is no {other} to tell them from"
        raise LabelError(msg, advice="Give inspection results of both kinds: with theft found, and with none.")
    return values.astype(np.int64)


def calibration_table(ranked: RankedList) -> tuple[CalibrationBin, ...]:
    """Return predicted and observed shares in bins of equal count, from the lowest probability to the highest.

    Parameters
    ----------
    ranked : RankedList
        The judged consumers.

    Returns
    -------
    tuple of CalibrationBin
        20 bins; fewer where they would hold under 50 consumers.

    Examples
    --------
    >>> score = np.linspace(0.01, 0.99, 100)
    >>> [b.count for b in calibration_table(rank(range(100), np.tile([0, 1], 50), score, score))]
    [50, 50]
    """
    order = np.argsort(ranked.probabilities, kind="stable")
    bins = max(1, min(CALIBRATION_BINS, len(order) // SMALLEST_BIN))
    return tuple(
        CalibrationBin(
            count=len(part),
            predicted=float(ranked.probabilities[part].mean()),
            observed=float(ranked.labels[part].mean()),
        )
        for part in np.array_split(order, bins)
    )


def top_of_list(tallied: Tally) -> tuple[CurvePoint, ...]:
    """Return what growing numbers of visits find, at up to 60 points that lie densest at the top.

    Examples
    --------
    >>> top_of_list(tally(rank("ab", np.array([1, 0]), np.array([2.0, 1.0]), np.array([0.9, 0.1]))))[0]
    CurvePoint(visits=1, found=1, precision=1.0, recall=1.0)
    """
    total, thieves = len(tallied.seen), float(tallied.found[-1])
    points = np.unique(np.geomspace(1, total, CURVE_POINTS).round().astype(int))
    found = tallied.found[points - 1]
    return tuple(
        CurvePoint(visits=int(k), found=int(f), precision=float(f / k), recall=float(f / thieves))
        for k, f in zip(points, found, strict=True)
    )


def _found_over_promised(tallied: Tally, visits: int) -> float:
    promised = float(tallied.ranked.probabilities[:visits].sum())
    return found_within(tallied, visits) / promised if promised else float("nan")
