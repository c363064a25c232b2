"""What it changes that inspected consumers were chosen. Rule of the room: arrays in, frozen records out; domain only.

Squads go where they suspect, so figures from inspected consumers describe such consumers. Weighing each by the inverse
of its chance of being inspected describes everybody, as far as that chance depends on nothing but what it was
estimated from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import ChoiceError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import check_labels
from powertheft.evaluation.measures import FloatArray, Tally, pr_auc, rank, roc_auc, tally
from powertheft.evaluation.paired import precision_at
from powertheft.evaluation.plain_records import to_plain

CLIP = 10.0
FEW_EFFECTIVE = 0.3
NOTABLE_CHANGE = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class InspectionWeights:
    """How many consumers each inspected one stands for.

    Attributes
    ----------
    weights : ndarray of float, shape (n_rows,)
        Of mean 1.
    effective_size : float
        Rows of equal weight that would tell as much (Kish).
    clipped : int
        Rows whose weight was cut.
    """

    weights: FloatArray
    effective_size: float
    clipped: int


@dataclass(frozen=True, slots=True)
class WeightedMeasure:
    """A measure on the inspected as they are, and weighted for everybody."""

    inspected: float
    weighted: float


@dataclass(frozen=True, slots=True)
class WeightedMeasures:
    """What weighing for who gets inspected changes.

    Attributes
    ----------
    rows : int
        Judged rows.
    effective_size : float
        Rows of equal weight that would tell as much as the weighted ones.
    clipped : int
        Rows whose weight was cut.
    measures : dict of str to WeightedMeasure
        base_rate, roc_auc, pr_auc and precision_at_capacity.
    sentence : str
        The same in words.
    """

    rows: int
    effective_size: float
    clipped: int
    measures: dict[str, WeightedMeasure]
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries and numbers; None where a number is undefined."""
        return to_plain(self)


def inspection_weights(propensity: npt.NDArray[Any], *, clip: float = CLIP) -> InspectionWeights:
    """Return the weight of each inspected consumer: the inverse of its chance of being inspected.

    Parameters
    ----------
    propensity : ndarray of float, shape (n_rows,)
        Chance that each of the inspected was to be inspected, above 0 and at most 1; by a model that had not seen it.
    clip : float, default 10
        The highest weight, as a multiple of the median one; at least 1.

    Returns
    -------
    InspectionWeights

    Raises
    ------
    ChoiceError
        If `clip` is below 1.
    ValueError
        If there is no row, or a chance is not above 0 and at most 1.

    Notes
    -----
    Clipping trades a little bias for much less spread. Consumers of a kind that is never inspected are described by
    no weight.

    References
    ----------
    Glauner et al. (2017), Is Big Data Sufficient for a Reliable Detection of Non-Technical Losses?, arXiv:1702.03767,
    https://doi.org/10.48550/arXiv.1702.03767

    Shimodaira (2000), https://doi.org/10.1016/S0378-3758(00)00115-4

    Kish (1965), Survey Sampling, Wiley

    Examples
    --------
    >>> seen = inspection_weights(np.array([0.5, 0.5, 0.25, 0.25]))
    >>> seen.weights.round(3).tolist(), round(seen.effective_size, 2)
    ([0.667, 0.667, 1.333, 1.333], 3.6)
    """
    chances = np.asarray(propensity, dtype=np.float64)
    if not clip >= 1:
        msg = f"a clip of {clip:g} is below the median weight"
        raise ChoiceError(msg, advice="Give a number of at least 1, such as 10.")
    if chances.size == 0 or not ((chances > 0) & (chances <= 1)).all():
        msg = "every chance of being inspected must be above 0 and at most 1, and there must be one"
        raise ValueError(msg)
    inverse = 1 / chances
    highest = clip * float(np.median(inverse))
    weights = np.minimum(inverse, highest)
    weights = weights / weights.mean()
    return InspectionWeights(weights, effective_size(weights), int((inverse > highest).sum()))


def effective_size(weights: FloatArray) -> float:
    """Return Kish's effective sample size: the rows of equal weight that would tell as much.

    Examples
    --------
    >>> effective_size(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    return float(weights.sum() ** 2 / (weights @ weights))


def weighted_measures(
    consumer_ids: Iterable[object],
    labels: npt.NDArray[Any],
    raw_scores: npt.NDArray[Any],
    inspected: InspectionWeights,
    *,
    capacity: Capacity,
) -> WeightedMeasures:
    """Return the measures of a list of inspected consumers, weighted so that they speak of everybody.

    Parameters
    ----------
    consumer_ids : iterable of str, shape (n_rows,)
        Numbers of the connections; none of them used in fitting.
    labels : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    raw_scores : ndarray of float, shape (n_rows,)
        Uncalibrated scores, which rank.
    inspected : InspectionWeights
        Of the same rows.
    capacity : Capacity
        What the squads can visit. The weighted list is as long as the other, a row of weight w standing on it w times.

    Returns
    -------
    WeightedMeasures

    Raises
    ------
    LabelError
        If nothing can be judged by the labels.
    ValueError
        If there are not as many weights as rows.

    Notes
    -----
    Assumes that whether a consumer is inspected depends on theft only through what the chances were estimated from. A
    squad's tip from a neighbour breaks that.

    References
    ----------
    Glauner et al. (2017), https://doi.org/10.48550/arXiv.1702.03767

    Examples
    --------
    >>> weights = inspection_weights(np.array([0.5, 0.5, 0.25, 0.25]))
    >>> seen = weighted_measures("abcd", np.array([1, 0, 0, 1]), np.array([4.0, 3.0, 2.0, 1.0]), weights,
    ...                          capacity=Capacity(count=1))
    >>> seen.measures["base_rate"]
    WeightedMeasure(inspected=0.5, weighted=0.5)
    """
    truth, numbers = check_labels(labels), list(consumer_ids)
    # Ranked once more with the weights in the place of the probabilities, so that they come in the order of the list.
    ranked = rank(numbers, truth, raw_scores, inspected.weights)
    visits = capacity.visits(len(truth))
    plain = _measures(tally(ranked), visits)
    weighted = _measures(tally(ranked, ranked.probabilities), visits)
    measures = {name: WeightedMeasure(plain[name], weighted[name]) for name in plain}
    return WeightedMeasures(
        rows=len(truth),
        effective_size=inspected.effective_size,
        clipped=inspected.clipped,
        measures=measures,
        sentence=_sentence(measures, len(truth), inspected.effective_size),
    )


def _measures(tallied: Tally, visits: int) -> dict[str, float]:
    return {
        "base_rate": float(tallied.found[-1] / tallied.seen[-1]),
        "roc_auc": roc_auc(tallied),
        "pr_auc": pr_auc(tallied),
        "precision_at_capacity": precision_at(tallied, visits),
    }


def _sentence(measures: dict[str, WeightedMeasure], rows: int, effective: float) -> str:
    auc, at_capacity = measures["roc_auc"], measures["precision_at_capacity"]
    changes = (
        f"ROC-AUC is {auc.weighted:.3f} instead of {auc.inspected:.3f}, precision at capacity "
        f"{at_capacity.weighted:.3f} instead of {at_capacity.inspected:.3f}"
    )
    moved = max(abs(measure.weighted - measure.inspected) for measure in (auc, at_capacity))
    start = "Who gets inspected changes little" if moved < NOTABLE_CHANGE else "Who gets inspected matters"
    size = f"the {rows:,} inspected tell as much as {effective:,.0f} drawn at random"
    caution = "; too few to rely on the weighted figures" if effective < FEW_EFFECTIVE * rows else ""
    return f"{start}: weighted for everybody, {changes} ({size}{caution})."
