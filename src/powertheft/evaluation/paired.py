"""Whether one list is better than another. Rule of the room: arrays in, frozen records out; domain only.

Both lists are judged on the same consumers and on the same resamples of them: what the two find alike cancels, and
differences show that the intervals of either alone would hide.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import ChoiceError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import check_labels
from powertheft.evaluation.intervals import CONFIDENCE
from powertheft.evaluation.measures import FloatArray, RankedList, Tally, found_within, pr_auc, rank, roc_auc, tally
from powertheft.evaluation.plain_records import to_plain

PAIRED_MEASURES: tuple[str, ...] = ("roc_auc", "pr_auc", "precision_at_capacity", "lift_at_capacity")
PAIRED_RESAMPLES = 2000
POWER = 0.80
"""How often a difference of the detectable size would be shown."""
DETECTABLE = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2) + NormalDist().inv_cdf(POWER)
"""The same in standard errors of the difference: 2.80."""
SURE = 0.05
DECIDING = "pr_auc"
"""The measure that says which list is better: it judges the whole list, and its top most."""

Side = Literal["first", "second"]


@dataclass(frozen=True, slots=True)
class PairedMeasure:
    """A measure of both lists, the first less the second, and what chance could do.

    Attributes
    ----------
    first, second, difference : float
        Of either list, and the first less the second.
    low, high : float
        95 % interval of the difference.
    p_value : float
        Two-sided, of no difference.
    detectable : float
        The smallest difference that so many consumers would have shown four times in five.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p_value: float
    detectable: float


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """How two lists of the same consumers compare.

    Attributes
    ----------
    consumers, rows : int
        Different consumers judged, and their rows.
    measures : dict of str to PairedMeasure
        By the names of `PAIRED_MEASURES`.
    capacity, visits : str, int
        The squads' capacity in words, and as a number of visits on this list.
    seed, resamples : int
        Of the bootstrap.
    """

    consumers: int
    rows: int
    measures: dict[str, PairedMeasure]
    capacity: str
    visits: int
    seed: int
    resamples: int

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries and numbers; None where a number is undefined."""
        return to_plain(self)


@dataclass(frozen=True, slots=True)
class SharedPlaces:
    """The first places of two lists: how many rows stand on both, and how much theft both or only one of them finds."""

    visits: int
    shared: int
    found_by_both: int
    found_by_first_only: int
    found_by_second_only: int


def compare_paired(
    consumer_ids: Iterable[object],
    labels: npt.NDArray[Any],
    first: npt.NDArray[Any],
    second: npt.NDArray[Any],
    *,
    measures: Sequence[str] = PAIRED_MEASURES,
    capacity: Capacity,
    seed: int,
    resamples: int = PAIRED_RESAMPLES,
    weights: npt.NDArray[Any] | None = None,
) -> PairedComparison:
    """Return by how much the first list is better than the second, and whether chance could do the same.

    Parameters
    ----------
    consumer_ids : iterable of str, shape (n_rows,)
        Numbers of the connections; none of them used in fitting either model.
    labels : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    first, second : ndarray of float, shape (n_rows,)
        Raw scores of the two models; higher is more suspicious.
    measures : sequence of str, default `PAIRED_MEASURES`
        Which measures to compare.
    capacity : Capacity
        What the squads can visit.
    seed : int
        Seed of the draws.
    resamples : int, default 2000
        Number of draws.
    weights : ndarray of float, shape (n_rows,), optional
        For how many connections each row stands: one over its chance of being visited. The capacity is then that of
        all that they stand for.

    Returns
    -------
    PairedComparison

    Raises
    ------
    LabelError
        If nothing can be judged by the labels.
    ChoiceError
        If a measure is not one of `PAIRED_MEASURES`.
    ValueError
        If `resamples` is below 2, or a weight is not a finite number above 0.

    Notes
    -----
    Consumers are drawn with replacement, all rows of one together. The p-value is twice the smaller share of resamples
    in which the difference is at most, or at least, nothing, counted with one more on each side (Davison & Hinkley):
    it is never 0, and 1 for equal lists. It says nothing of another draw of the training data.

    The detectable difference is 2.80 standard errors, which are those of the resamples: at a true difference of that
    size four of five draws of as many consumers have a p-value under 0.05 (Bloom, the minimum detectable effect).

    References
    ----------
    Bloom (1995), Minimum detectable effects, https://doi.org/10.1177/0193841X9501900504

    Davison & Hinkley (1997), Bootstrap Methods and their Application, https://doi.org/10.1017/CBO9780511802843

    Examples
    --------
    >>> found = np.tile([1, 0], 50)
    >>> compared = compare_paired(range(100), found, found + 0.0, np.zeros(100), capacity=Capacity(count=5), seed=0)
    >>> compared.measures["roc_auc"]
    PairedMeasure(first=1.0, second=0.5, difference=0.5, low=0.5, high=0.5, p_value=0.0009995..., detectable=0.0)
    """
    check_resamples(resamples)
    for measure in measures:
        _check_measure(measure)
    truth, numbers = check_labels(labels), list(consumer_ids)
    stands_for = _check_weights(weights, len(truth))
    # A ranking carries each row's weight along in the place of its probability.
    lists = [rank(numbers, truth, raw, stands_for) for raw in (first, second)]
    visits = capacity.visits(round(float(stands_for.sum())))
    drawn = np.empty((resamples, 2, len(measures)))
    for row, counts in enumerate(draw_consumers(lists[0].n_consumers, seed=seed, resamples=resamples)):
        for side, listed in enumerate(lists):
            drawn[row, side] = _values(listed, counts, measures, visits=visits)
    ones = np.ones(lists[0].n_consumers)
    values = np.array([_values(listed, ones, measures, visits=visits) for listed in lists])
    return PairedComparison(
        consumers=lists[0].n_consumers,
        rows=len(truth),
        measures={name: _paired(values[:, i], drawn[:, :, i]) for i, name in enumerate(measures)},
        capacity=str(capacity),
        visits=visits,
        seed=seed,
        resamples=resamples,
    )


def better_list(compared: PairedComparison, measure: str = DECIDING) -> Side | None:
    """Return which list is better by a measure, None where chance could have made the difference.

    Parameters
    ----------
    compared : PairedComparison
        Of two lists.
    measure : str, default "pr_auc"
        One measure decides: of several, one would differ by chance more often than its p-value says.

    Returns
    -------
    {"first", "second"} or None

    Examples
    --------
    >>> found = np.tile([1, 0], 50)
    >>> better_list(compare_paired(range(100), found, np.zeros(100), found, capacity=Capacity(count=5), seed=0))
    'second'
    """
    seen = compared.measures[measure]
    if seen.p_value >= SURE or not seen.difference:
        return None
    return "first" if seen.difference > 0 else "second"


def shared_places(
    consumer_ids: Iterable[object],
    labels: npt.NDArray[Any],
    first: npt.NDArray[Any],
    second: npt.NDArray[Any],
    *,
    visits: int,
) -> SharedPlaces:
    """Return how many of the first places of two lists are taken by the same rows, and what was found there.

    Parameters
    ----------
    consumer_ids : iterable of str, shape (n_rows,)
        Numbers of the connections; they break ties.
    labels : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    first, second : ndarray of float, shape (n_rows,)
        Raw scores of the two models.
    visits : int
        How many places are looked at.

    Returns
    -------
    SharedPlaces

    Examples
    --------
    >>> shared_places("abcd", np.array([1, 1, 0, 0]), np.array([4, 3, 2, 1]), np.array([4, 1, 3, 2]), visits=2)
    SharedPlaces(visits=2, shared=1, found_by_both=1, found_by_first_only=1, found_by_second_only=0)
    """
    truth, numbers = np.asarray(labels), list(consumer_ids)
    rows = np.arange(len(truth), dtype=np.float64)
    # A ranking carries each row's position along in the place of its probability.
    tops = [set(rank(numbers, truth, raw, rows).probabilities[:visits].astype(int).tolist()) for raw in (first, second)]

    def found(places: set[int]) -> int:
        return int(truth[sorted(places)].sum())

    both = tops[0] & tops[1]
    return SharedPlaces(
        visits=len(tops[0]),
        shared=len(both),
        found_by_both=found(both),
        found_by_first_only=found(tops[0] - both),
        found_by_second_only=found(tops[1] - both),
    )


def draw_consumers(consumers: int, *, seed: int, resamples: int) -> Iterator[FloatArray]:
    """Yield how often each consumer stands in each bootstrap resample.

    Examples
    --------
    >>> [counts.sum() for counts in draw_consumers(7, seed=0, resamples=2)]
    [np.float64(7.0), np.float64(7.0)]
    """
    draws = np.random.default_rng(seed)
    for _ in range(resamples):
        yield np.bincount(draws.integers(0, consumers, consumers), minlength=consumers).astype(np.float64)


def check_resamples(resamples: int) -> None:
    """Refuse a number of resamples that shows no spread."""
    if resamples < 2:
        msg = f"resamples must be at least 2, not {resamples}"
        raise ValueError(msg)


def precision_at(tallied: Tally, visits: float) -> float:
    """Return the share of thieves in the first `visits` places of a list, by weight.

    Examples
    --------
    >>> precision_at(tally(rank("abc", np.array([1, 0, 1]), np.array([3.0, 2.0, 1.0]), np.zeros(3))), 2)
    0.5
    """
    places = min(float(visits), float(tallied.seen[-1]))
    return found_within(tallied, int(visits)) / places if places else float("nan")


def percentile_interval(drawn: FloatArray) -> tuple[float, float]:
    """Return the 95 % percentile interval of a measure's resamples; not a number where none of them is defined."""
    finite = drawn[np.isfinite(drawn)]
    if len(finite) == 0:
        return float("nan"), float("nan")
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(finite, [tail, 1 - tail])
    return float(low), float(high)


def _check_weights(weights: npt.NDArray[Any] | None, rows: int) -> FloatArray:
    if weights is None:
        return np.ones(rows)
    stands_for = np.asarray(weights, dtype=np.float64)
    if stands_for.shape != (rows,) or not (np.isfinite(stands_for) & (stands_for > 0)).all():
        msg = f"there must be {rows} weights, each a finite number above 0"
        raise ValueError(msg)
    return stands_for


def _check_measure(measure: str) -> None:
    if measure not in PAIRED_MEASURES:
        msg = f"there is no measure {measure!r} to compare two lists by"
        raise ChoiceError(msg, advice=f"Choose among: {', '.join(PAIRED_MEASURES)}")


def _values(listed: RankedList, counts: FloatArray, measures: Sequence[str], *, visits: int) -> list[float]:
    drawn = tally(listed, counts[listed.consumers] * listed.probabilities)
    functions: dict[str, Callable[[], float]] = {
        "roc_auc": lambda: roc_auc(drawn),
        "pr_auc": lambda: pr_auc(drawn),
        "precision_at_capacity": lambda: precision_at(drawn, visits),
        "lift_at_capacity": lambda: _lift_at(drawn, visits),
    }
    return [functions[name]() for name in measures]


def _lift_at(tallied: Tally, visits: int) -> float:
    base = float(tallied.found[-1]) / float(tallied.seen[-1])
    return precision_at(tallied, visits) / base if base else float("nan")


def _paired(values: FloatArray, drawn: FloatArray) -> PairedMeasure:
    difference = drawn[:, 0] - drawn[:, 1]
    finite = difference[np.isfinite(difference)]
    low, high = percentile_interval(finite)
    below, above = int((finite <= 0).sum()), int((finite >= 0).sum())
    return PairedMeasure(
        first=float(values[0]),
        second=float(values[1]),
        difference=float(values[0] - values[1]),
        low=low,
        high=high,
        p_value=min(1.0, 2 * (1 + min(below, above)) / (1 + len(finite))),
        detectable=DETECTABLE * float(finite.std()) if len(finite) else float("nan"),
    )
