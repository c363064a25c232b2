"""Whether more outcomes would help. Rule of the room: arrays in, frozen records out; a callable where it must refit."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import ChoiceError, LabelError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import check_labels
from powertheft.evaluation.measures import pr_auc, rank, roc_auc, tally
from powertheft.evaluation.paired import PairedMeasure, compare_paired
from powertheft.evaluation.plain_records import to_plain
from powertheft.evaluation.splits import BoolArray, fold_of, texts_of

SHARES: tuple[float, ...] = (0.1, 0.25, 0.5, 1.0)
SURE = 0.05

FitAndScore = Callable[[BoolArray, BoolArray], npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """What a model that learnt from a share of the consumers is worth, on the same others each time."""

    share: float
    consumers: int
    thieves: int
    roc_auc: float
    pr_auc: float


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """How good a model is, by how many outcomes it learnt from.

    Attributes
    ----------
    points : tuple of LearningPoint
        From the smallest share to the largest.
    judged : int
        Different consumers that every point was judged on.
    last_step : PairedMeasure
        ROC-AUC of the largest share against the one before it.
    still_helps : bool
        Whether that step is up, and beyond chance.
    sentence : str
        The same in words.
    """

    points: tuple[LearningPoint, ...]
    judged: int
    last_step: PairedMeasure
    still_helps: bool
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries and numbers; None where a number is undefined."""
        return to_plain(self)


def learning_curve(
    fit_and_score: FitAndScore,
    consumer_ids: Iterable[object],
    labels: npt.NDArray[Any],
    *,
    shares: Sequence[float] = SHARES,
    seed: int,
    judged: BoolArray | None = None,
) -> LearningCurve:
    """Return how much better the model gets with more consumers to learn from.

    Parameters
    ----------
    fit_and_score : callable
        Called with two masks of shape (n_rows,): rows to learn from, rows to score. Returns the scores of the latter.
    consumer_ids : iterable of str, shape (n_rows,)
        Numbers of the connections.
    labels : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    shares : sequence of float, default (0.1, 0.25, 0.5, 1.0)
        Shares of the consumers to learn from, at least two of them.
    seed : int
        Another seed gives other subsets.
    judged : ndarray of bool, shape (n_rows,), optional
        Rows that are judged and never learnt from; the first of five hash folds without it.

    Returns
    -------
    LearningCurve

    Raises
    ------
    ChoiceError
        If there are fewer than two different shares, or one is not above 0 and at most 1.
    LabelError
        If nothing can be judged by the labels, or a share is too small to hold outcomes of both kinds.

    Notes
    -----
    Subsets are nested, and a consumer's place in them depends on its number and the seed alone. The consumers judged
    are the same at every share, so the last step is compared in pairs.

    Examples
    --------
    >>> def score_at_random(learn, judge):
    ...     return np.random.default_rng(0).random(judge.sum())
    >>> curve = learning_curve(score_at_random, range(400), np.arange(400) % 2, shares=(0.5, 1.0), seed=0)
    >>> curve.still_helps, [point.consumers for point in curve.points]
    (False, [163, 335])
    """
    amounts = _check_shares(shares)
    truth, numbers = check_labels(labels), np.asarray(texts_of(consumer_ids), dtype=np.str_)
    held_out = fold_of(numbers) == 0 if judged is None else np.asarray(judged, dtype=np.bool_)
    place = _places(numbers.tolist(), seed)
    points: list[LearningPoint] = []
    scores: list[npt.NDArray[np.float64]] = []
    for amount in amounts:
        learn = ~held_out & (place < amount)
        _check_learners(truth[learn], amount)
        scores.append(np.asarray(fit_and_score(learn, held_out), dtype=np.float64))
        listed = tally(rank(numbers[held_out], check_labels(truth[held_out]), scores[-1], np.zeros(held_out.sum())))
        consumers, thieves = (len(np.unique(numbers[rows])) for rows in (learn, learn & (truth == 1)))
        points.append(LearningPoint(amount, consumers, thieves, roc_auc(listed), pr_auc(listed)))
    last = compare_paired(
        numbers[held_out],
        truth[held_out],
        scores[-1],
        scores[-2],
        measures=("roc_auc",),
        capacity=Capacity(count=1),
        seed=seed,
    )
    step = last.measures["roc_auc"]
    still_helps = step.difference > 0 and step.p_value < SURE
    return LearningCurve(tuple(points), last.consumers, step, still_helps, _sentence(points, step, still_helps))


def _check_shares(shares: Sequence[float]) -> list[float]:
    amounts = sorted({float(share) for share in shares})
    if len(amounts) < 2 or amounts[0] <= 0 or amounts[-1] > 1:
        msg = f"a learning curve cannot be drawn through the shares {', '.join(f'{share:g}' for share in shares)}"
        raise ChoiceError(msg, advice="Give at least two different shares above 0 and at most 1, such as 0.5 and 1.")
    return amounts


def _places(numbers: list[str], seed: int) -> npt.NDArray[np.float64]:
    digests = (hashlib.sha256(f"{seed}|{number}".encode()).digest() for number in numbers)
    return np.fromiter((int.from_bytes(digest[:6], "big") / 2**48 for digest in digests), dtype=np.float64)


def _check_learners(labels: npt.NDArray[np.int64], share: float) -> None:
    if len(np.unique(labels)) < 2:
        msg = f"a share of {share:g} of the consumers holds no outcomes of both kinds to learn from"
        raise LabelError(msg, advice="Begin the learning curve at a larger share.")


def _sentence(points: Sequence[LearningPoint], step: PairedMeasure, still_helps: bool) -> str:
    before, after = points[-2], points[-1]
    change = (
        f"from {before.consumers:,} to {after.consumers:,} consumers ROC-AUC went from {step.second:.3f} to "
        f"{step.first:.3f} (a change of {step.low:+.3f} to {step.high:+.3f}, p = {step.p_value:.2g})"
    )
    if still_helps:
        return f"More outcomes still help: {change}."
    return f"It is not shown that more outcomes would help: {change}."
