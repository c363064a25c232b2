"""Whom a list serves badly: measures group by group. Rule of the room: arrays in, frozen records out; domain only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import Measure, check_labels
from powertheft.evaluation.intervals import CONFIDENCE, RESAMPLES
from powertheft.evaluation.measures import FloatArray, RankedList, rank, roc_auc, tally
from powertheft.evaluation.paired import (
    DETECTABLE,
    PairedMeasure,
    Side,
    check_resamples,
    compare_paired,
    draw_consumers,
    percentile_interval,
)
from powertheft.evaluation.plain_records import to_plain
from powertheft.evaluation.splits import BoolArray

SMALLEST_GROUP = 50
FEWEST_THIEVES = 10
WORSE_ROC_AUC = 0.05
CALIBRATED = (0.8, 1.25)
UNKNOWN_GROUP = "unknown"


@dataclass(frozen=True, slots=True)
class SegmentGroup:
    """How well the list serves one group of consumers.

    Attributes
    ----------
    segment, group : str
        What the consumers were parted by, and the part; `UNKNOWN_GROUP` where it is not known.
    consumers, thieves : int
        Different consumers of the group, and how many of them had any theft.
    base_rate : float
        Share of theft among their rows.
    roc_auc : Measure
        Within the group; not a number where it has no thief or nobody else.
    on_list : int
        Rows of the group within the squads' capacity, on the list of everybody.
    precision_on_list : float
        Share of theft among those; not a number where there is none.
    observed_over_predicted : Measure
        Thieves over the number that the probabilities promise; 1 is right.
    is_judged : bool
        Whether the group is large enough to be told from chance.
    is_served_badly : bool
        Whether it ranks worse than everybody does, or its probabilities are wrong.
    words : str
        Why.
    """

    segment: str
    group: str
    consumers: int
    thieves: int
    base_rate: float
    roc_auc: Measure
    on_list: int
    precision_on_list: float
    observed_over_predicted: Measure
    is_judged: bool
    is_served_badly: bool
    words: str

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries and numbers; None where a number is undefined."""
        return to_plain(self)


@dataclass(frozen=True, slots=True)
class PairedGroup:
    """How two lists serve one group of consumers.

    Attributes
    ----------
    segment, group : str
        What the consumers were parted by, and the part.
    consumers, thieves : int
        Different consumers of the group, and how many of them had any theft.
    roc_auc : PairedMeasure
        Of both lists within the group.
    worse : {"first", "second"} or None
        The list that serves it worse than the other, beyond chance among as many groups as were looked at.
    """

    segment: str
    group: str
    consumers: int
    thieves: int
    roc_auc: PairedMeasure
    worse: Side | None

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries and numbers; None where a number is undefined."""
        return to_plain(self)


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    numbers: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    raw: FloatArray
    probabilities: FloatArray
    is_on_list: BoolArray
    overall: float
    seed: int
    resamples: int


def measure_segments(
    consumer_ids: Iterable[object],
    labels: npt.NDArray[Any],
    raw_scores: npt.NDArray[Any],
    probabilities: npt.NDArray[Any],
    *,
    segments: Mapping[str, Sequence[str | None]],
    capacity: Capacity,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[SegmentGroup, ...]:
    """Return how well the list serves each group of each segment, with a warning where it serves one badly.

    Parameters
    ----------
    consumer_ids : iterable of str, shape (n_rows,)
        Numbers of the connections; none of them used in fitting.
    labels : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    raw_scores, probabilities : ndarray of float, shape (n_rows,)
        Uncalibrated scores, which rank, and calibrated probabilities.
    segments : mapping of str to sequence of str or None, each of shape (n_rows,)
        By the name of the segment (category, region, ...) the group of each row; see `bands_of` for numbers.
    capacity : Capacity
        What the squads can visit, of the list of everybody.
    seed : int, default 0
        Seed of the bootstrap.
    resamples : int, default 200
        Draws of the bootstrap, of consumers within each group.

    Returns
    -------
    tuple of SegmentGroup
        Segments in the order given, their groups from the largest to the smallest.

    Raises
    ------
    LabelError
        If nothing can be judged by the labels.
    ValueError
        If a segment has not as many values as there are rows, or `resamples` is below 2.

    Notes
    -----
    A group is served badly where the upper end of its ROC-AUC lies more than 0.05 below the value of everybody, or its
    observed over predicted is outside 0.8 to 1.25 and its interval excludes 1. Of many groups one in twenty crosses the
    second line's interval by chance alone. Under 50 consumers or 10 thieves nothing is said.

    Examples
    --------
    >>> score = np.linspace(0, 1, 40)
    >>> seen = measure_segments(range(40), (score > 0.5).astype(int), score, score, capacity=Capacity(count=4),
    ...                         segments={"category": ["home"] * 30 + [None] * 10}, resamples=10)
    >>> [(part.group, part.words) for part in seen][1]
    ('unknown', 'Too small to judge: 10 consumers, 10 of them thefts (50 and 10 are needed).')
    """
    check_resamples(resamples)
    truth = check_labels(labels)
    ranked = rank(consumer_ids := list(consumer_ids), truth, raw_scores, probabilities)
    rows = np.arange(len(truth), dtype=np.float64)
    # The same ranking carries each row's position along in the place of its probability.
    order = rank(consumer_ids, truth, raw_scores, rows).probabilities.astype(np.int64)
    numbers, is_on_list = np.empty(len(truth), dtype=np.int64), np.zeros(len(truth), dtype=np.bool_)
    numbers[order], is_on_list[order[: capacity.visits(len(truth))]] = ranked.consumers, True
    raw, chances = (np.asarray(values, dtype=np.float64) for values in (raw_scores, probabilities))
    judged = _Judged(numbers, truth, raw, chances, is_on_list, roc_auc(tally(ranked)), seed, resamples)
    return tuple(group for segment, names in segments.items() for group in _groups_of(segment, names, judged))


def compare_segments(
    consumer_ids: Iterable[object],
    labels: npt.NDArray[Any],
    first: npt.NDArray[Any],
    second: npt.NDArray[Any],
    *,
    segments: Mapping[str, Sequence[str | None]],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[PairedGroup, ...]:
    """Return how two lists serve each group of each segment that is large enough to be judged.

    Parameters
    ----------
    consumer_ids : iterable of str, shape (n_rows,)
        Numbers of the connections; none of them used in fitting either model.
    labels : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    first, second : ndarray of float, shape (n_rows,)
        Raw scores of the two models.
    segments : mapping of str to sequence of str or None, each of shape (n_rows,)
        By the name of the segment the group of each row.
    seed : int, default 0
        Seed of the bootstrap.
    resamples : int, default 200
        Draws of the bootstrap, of consumers within each group.

    Returns
    -------
    tuple of PairedGroup
        Segments in the order given, their groups from the largest to the smallest.

    Raises
    ------
    LabelError
        If nothing can be judged by the labels.
    ValueError
        If a segment has not as many values as there are rows, or `resamples` is below 2.

    Notes
    -----
    A list is worse where the difference lies beyond as many standard errors as one of so many groups hardly ever does
    by chance (Bonferroni, 5 % for all together). A group has at least 50 consumers, 10 of them thieves and 10 not.

    Examples
    --------
    >>> found, homes = np.tile([1, 0, 0, 0], 50), ["home"] * 100 + ["shop"] * 100
    >>> shops_at_random = np.where(np.arange(200) < 100, found, np.sin(np.arange(200)))
    >>> seen = compare_segments(range(200), found, found, shops_at_random, segments={"category": homes})
    >>> [(part.group, part.worse) for part in seen]
    [('home', None), ('shop', 'second')]
    """
    truth, numbers = (
        check_labels(labels),
        np.unique(np.asarray(list(consumer_ids), dtype=np.str_), return_inverse=True)[1],
    )
    parts: list[tuple[str, str, npt.NDArray[np.int64]]] = []
    for segment, names in segments.items():
        for group, rows in _parts(segment, names, len(truth)):
            kinds = [len(np.unique(numbers[rows][truth[rows] == kind])) for kind in (0, 1)]
            if len(np.unique(numbers[rows])) >= SMALLEST_GROUP and min(kinds) >= FEWEST_THIEVES:
                parts.append((segment, group, rows))
    found: list[PairedGroup] = []
    for segment, group, rows in parts:
        seen = compare_paired(
            numbers[rows],
            truth[rows],
            np.asarray(first)[rows],
            np.asarray(second)[rows],
            measures=("roc_auc",),
            capacity=Capacity(count=1),
            seed=seed,
            resamples=resamples,
        )
        measure, thieves = seen.measures["roc_auc"], len(np.unique(numbers[rows][truth[rows] == 1]))
        found.append(PairedGroup(segment, group, seen.consumers, thieves, measure, _worse(measure, of=len(parts))))
    return tuple(found)


def _worse(measure: PairedMeasure, *, of: int) -> Side | None:
    beyond = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2 / of) * measure.detectable / DETECTABLE
    if abs(measure.difference) <= beyond:
        return None
    return "second" if measure.difference > 0 else "first"


def bands_of(values: npt.NDArray[Any], bands: int = 4, *, unit: str = "") -> list[str | None]:
    """Return which of some bands of about equal count each number lies in, in words; None where it is missing.

    Examples
    --------
    >>> bands_of(np.array([1.0, 2.0, 3.0, 40.0, np.nan]), 2, unit="kWh")
    ['1 to 2.5 kWh', '1 to 2.5 kWh', '2.5 to 40 kWh', '2.5 to 40 kWh', None]
    """
    numbers = np.asarray(values, dtype=np.float64)
    known = numbers[np.isfinite(numbers)]
    if len(known) == 0:
        return [None] * len(numbers)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bands + 1)))
    place = np.searchsorted(edges[1:-1], numbers, side="right")
    ends = edges if len(edges) > 1 else np.repeat(edges, 2)
    names = [f"{low:.4g} to {high:.4g} {unit}".strip() for low, high in pairwise(ends)]
    return [names[i] if np.isfinite(number) else None for i, number in zip(place, numbers, strict=True)]


def _groups_of(segment: str, names: Sequence[str | None], judged: _Judged) -> list[SegmentGroup]:
    return [_group(segment, group, rows, judged) for group, rows in _parts(segment, names, len(judged.labels))]


def _parts(segment: str, names: Sequence[str | None], rows: int) -> list[tuple[str, npt.NDArray[np.int64]]]:
    """Return the groups of a segment, the largest first, and the rows of each."""
    if len(names) != rows:
        msg = f"segment {segment} has {len(names)} values for {rows} rows"
        raise ValueError(msg)
    texts = np.asarray([UNKNOWN_GROUP if name is None else str(name) for name in names], dtype=np.str_)
    groups, which, counts = np.unique(texts, return_inverse=True, return_counts=True)
    largest_first = np.argsort(-counts, kind="stable")
    return [(str(groups[i]), np.flatnonzero(which == i)) for i in largest_first]


def _group(segment: str, group: str, rows: npt.NDArray[np.int64], judged: _Judged) -> SegmentGroup:
    labels, numbers, listed = judged.labels[rows], judged.numbers[rows], rows[judged.is_on_list[rows]]
    consumers, thieves = len(np.unique(numbers)), len(np.unique(numbers[labels == 1]))
    ranked = rank(numbers, labels, judged.raw[rows], judged.probabilities[rows])
    auc, ratio = _with_intervals(ranked, judged)
    is_judged = consumers >= SMALLEST_GROUP and thieves >= FEWEST_THIEVES
    complaints = _complaints(auc, ratio, judged.overall) if is_judged else []
    return SegmentGroup(
        segment=segment,
        group=group,
        consumers=consumers,
        thieves=thieves,
        base_rate=float(labels.mean()),
        roc_auc=auc,
        on_list=len(listed),
        precision_on_list=float(judged.labels[listed].mean()) if len(listed) else float("nan"),
        observed_over_predicted=ratio,
        is_judged=is_judged,
        is_served_badly=bool(complaints),
        words=_words(complaints, is_judged=is_judged, consumers=consumers, thieves=thieves),
    )


def _with_intervals(ranked: RankedList, judged: _Judged) -> tuple[Measure, Measure]:
    drawn = np.empty((judged.resamples, 2))
    for row, counts in enumerate(draw_consumers(ranked.n_consumers, seed=judged.seed, resamples=judged.resamples)):
        drawn[row] = _auc_and_ratio(ranked, counts)
    auc, ratio = _auc_and_ratio(ranked, np.ones(ranked.n_consumers))
    return Measure(auc, *percentile_interval(drawn[:, 0])), Measure(ratio, *percentile_interval(drawn[:, 1]))


def _auc_and_ratio(ranked: RankedList, counts: FloatArray) -> tuple[float, float]:
    drawn = tally(ranked, counts[ranked.consumers])
    promised = float(drawn.weights @ ranked.probabilities)
    return roc_auc(drawn), float(drawn.found[-1]) / promised if promised else float("nan")


def _complaints(auc: Measure, ratio: Measure, overall: float) -> list[str]:
    complaints: list[str] = []
    if auc.high < overall - WORSE_ROC_AUC:
        complaints.append(
            f"thefts are told from others worse than elsewhere (ROC-AUC {auc.value:.3f}, at most {auc.high:.3f}, "
            f"against {overall:.3f} for everybody)"
        )
    if not CALIBRATED[0] <= ratio.value <= CALIBRATED[1] and not ratio.low <= 1 <= ratio.high:
        direction = "more" if ratio.value > 1 else "fewer"
        complaints.append(
            f"there are {direction} thefts than the probabilities promise ({ratio.value:.2f} found for each promised, "
            f"{ratio.low:.2f} to {ratio.high:.2f})"
        )
    return complaints


def _words(complaints: list[str], *, is_judged: bool, consumers: int, thieves: int) -> str:
    if not is_judged:
        needed = f"({SMALLEST_GROUP} and {FEWEST_THIEVES} are needed)"
        return f"Too small to judge: {consumers:,} consumers, {thieves:,} of them thefts {needed}."
    if not complaints:
        return "Served as well as everybody, within chance."
    return f"Served badly: {'; and '.join(complaints)}."
