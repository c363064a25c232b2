"""A second opinion on why a consumer is on the list, by LIME's method. Rule of the room: how far two agree is told too.

The method is written out here: the package lime brings scikit-image and its train for pictures that nobody asks for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import spearmanr
from threadpoolctl import ThreadpoolController

from powertheft.domain.errors import ChoiceError
from powertheft.models.classifier import FloatArray

Score = Callable[[pl.DataFrame], FloatArray]

SAMPLES = 4_000
"""Invented consumers around the one explained."""

KERNEL_WIDTH = 0.75
"""Distance at which a sample's weight is exp(-1/2), in units of the root of the number of features (lime's own)."""

RIDGE = 1.0
"""Penalty on the squares of the weights (lime's own)."""

QUARTILES = (0.25, 0.5, 0.75)
TOP = 5

_THREADS = ThreadpoolController()
"""A second thread halves 12 ms where nobody else is at work; where others are, the two wait for each other for 100."""

MISSING, UNSEEN = -1, -2
"""Numbers of the quarter of a value that is missing, and of a level that none of the others has."""


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """What a simple model around one consumer says.

    Attributes
    ----------
    features : tuple of str
        Names, in the order of the table.
    weights : tuple of float
        What it adds to the score that the feature is as it is (in the same quarter of all consumers, or of the same
        level), rather than as with anybody.
    fit : float
        Share of the variance of the scores around the consumer that the simple model explains, 1 at best. A low one
        says that this second opinion is worth little.
    """

    features: tuple[str, ...]
    weights: tuple[float, ...]
    fit: float

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, texts and numbers."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two methods agree on one consumer.

    Attributes
    ----------
    top : int
        How many features of each are compared: those of the greatest size.
    in_common : tuple of str
        Features that are among the top of both, in the first one's order.
    share_in_common : float
        Their share of `top`, 0 to 1.
    share_of_signs : float
        Share of the first one's top features that move the score the same way in the second, 0 to 1.
    rank_correlation : float or None
        Spearman's, of the two over all features that either has among its top; None where it is not defined.
    sentence : str
        The same in words.
    """

    top: int
    in_common: tuple[str, ...]
    share_in_common: float
    share_of_signs: float
    rank_correlation: float | None
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, texts and numbers."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """Invented consumers with their scores, around whom anyone is explained: the costly part, the same for everybody.

    Attributes
    ----------
    edges : ndarray of float, shape (n_features, 3)
        Between which values the quarters of each feature lie; infinite where there are fewer.
    levels : mapping of int to mapping of str to int
        By the place of a feature that is a category: its levels, numbered.
    quarters : ndarray of int, shape (n_samples, n_features)
        Where each invented consumer lies.
    scores : ndarray of float, shape (n_samples,)
        What the model says of each.
    """

    edges: FloatArray
    levels: Mapping[int, Mapping[str, int]]
    quarters: np.ndarray
    scores: FloatArray

    def quarters_of(self, consumer: pl.DataFrame) -> np.ndarray:
        """Return where one consumer lies, shape (n_features,)."""
        row = consumer.row(0)
        numbers = np.array([_number(value) for value in row])
        found = np.where(np.isfinite(numbers), (self.edges < numbers[:, None]).sum(axis=1), MISSING)
        for place, levels in self.levels.items():
            found[place] = MISSING if row[place] is None else levels.get(str(row[place]), UNSEEN)
        return found


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def surroundings(score: Score, background: pl.DataFrame, *, samples: int = SAMPLES, seed: int = 0) -> Surroundings:
    """Invent consumers from the values of others and ask the model of them, once for all who are explained by it.

    Parameters
    ----------
    score : callable
        From a table of shape (n, n_features) to raw scores (or probabilities) of shape (n,).
    background : DataFrame, shape (n_others, n_features)
        Consumers from whom values are drawn; the order of the rows does not matter.
    samples : int, default 4000
        Invented consumers; less than ten times the number of features makes a poor opinion.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    Surroundings

    Raises
    ------
    ValueError
        If there is no background, or less than one sample.
    """
    if background.height == 0 or samples < 1:
        msg = f"surroundings take others, of {background.height}, and one sample at least, of {samples}"
        raise ValueError(msg)
    draws = np.random.default_rng(seed)
    columns: list[pl.Series] = []
    edges = np.full((background.width, len(QUARTILES)), np.inf)
    levels: dict[int, dict[str, int]] = {}
    quarters = np.empty((samples, background.width), dtype=np.int16)
    for place, others in enumerate(background.iter_columns()):
        # Sorted, so that the draws do not hang on the order of the rows.
        ordered = others.sort()
        drawn = draws.integers(others.len(), size=samples)
        columns.append(ordered.gather(drawn))
        if ordered.dtype.is_numeric() or ordered.dtype == pl.Boolean:
            own, known = _edges(ordered)
            edges[place, : len(own)] = own
        else:
            levels[place], known = _levels(ordered)
        quarters[:, place] = known[drawn]
    scores = np.asarray(score(pl.DataFrame(columns)), dtype=np.float64)
    return Surroundings(edges, levels, quarters, scores)


def _edges(others: pl.Series) -> tuple[FloatArray, np.ndarray]:
    """Return between which values the quarters lie, and in which of them each value does, or that it is missing."""
    numbers = others.cast(pl.Float64).to_numpy()
    known = numbers[np.isfinite(numbers)]
    edges = np.unique(np.quantile(known, QUARTILES)) if len(known) else np.empty(0)
    return edges, np.where(np.isfinite(numbers), np.searchsorted(edges, numbers, side="left"), MISSING)


def _levels(others: pl.Series) -> tuple[dict[str, int], np.ndarray]:
    """Return the levels of a category, numbered, and which each is of, or that it is missing."""
    words = others.cast(pl.String)
    levels = {str(level): number for number, level in enumerate(words.drop_nulls().unique(maintain_order=True))}
    return levels, np.array([MISSING if word is None else levels[word] for word in words])


def opinion_within(around: Surroundings, consumer: pl.DataFrame, *, score: float) -> SecondOpinion:
    """Fit a simple model to the scores around one consumer, whose own score counts among them.

    Parameters
    ----------
    around : Surroundings
        Of the same model and the same features.
    consumer : DataFrame, shape (1, n_features)
        The one to be explained.
    score : float
        What the model says of it.

    Returns
    -------
    SecondOpinion

    Raises
    ------
    ValueError
        If there is not exactly one consumer.

    Notes
    -----
    See `second_opinion`.
    """
    if consumer.height != 1:
        msg = f"a second opinion takes one consumer, not {consumer.height}"
        raise ValueError(msg)
    is_same = np.ones((len(around.scores) + 1, consumer.width), dtype=np.bool_)
    np.equal(around.quarters, around.quarters_of(consumer), out=is_same[1:])
    distances = consumer.width - is_same.sum(axis=1)
    width = KERNEL_WIDTH * np.sqrt(consumer.width)
    closeness = np.exp(-distances / (2 * width**2))
    with _THREADS.limit(limits=1, user_api="blas"):
        weights, fit = _ridge(is_same.astype(np.float64), np.r_[score, around.scores], closeness)
    return SecondOpinion(tuple(consumer.columns), tuple(weights.tolist()), fit)


def second_opinion(
    score: Score, consumer: pl.DataFrame, *, background: pl.DataFrame, samples: int = SAMPLES, seed: int = 0
) -> SecondOpinion:
    """Fit a simple model to the scores around one consumer.

    Parameters
    ----------
    score, background, seed
        See `surroundings`, which whoever explains several consumers makes once.
    consumer : DataFrame, shape (1, n_features)
        The one to be explained.
    samples : int, default 4000
        Invented consumers, the one itself among them.

    Returns
    -------
    SecondOpinion

    Raises
    ------
    ValueError
        If there is not exactly one consumer, no background, or fewer than two samples.

    Notes
    -----
    Each value of a sample is drawn from the background by itself. A sample's feature counts as the consumer's where
    the value is in the same quarter of the background (a category: of the same level; missing with missing). A ridge
    regression of the scores on these, weighted by exp(-d² / 2w²) with d the root of the number of features that differ
    and w = 0.75 sqrt(n_features), gives the weights. Unlike lime nothing is chosen beforehand: every feature has one.

    References
    ----------
    Ribeiro, Singh & Guestrin (2016), https://doi.org/10.1145/2939672.2939778

    Examples
    --------
    >>> draws = np.random.default_rng(0)
    >>> others = pl.DataFrame({"fall": draws.normal(size=400), "load": draws.normal(size=400)})
    >>> fallen = pl.DataFrame({"fall": [2.0], "load": [0.0]})
    >>> opinion = second_opinion(lambda table: table["fall"].to_numpy(), fallen, background=others)
    >>> [round(weight) for weight in opinion.weights]
    [2, 0]
    """
    if consumer.height != 1 or background.height == 0 or samples < 2:
        msg = f"a second opinion takes one consumer of {consumer.height}, others, and two samples at least"
        raise ValueError(msg)
    around = surroundings(score, background.select(consumer.columns), samples=samples - 1, seed=seed)
    return opinion_within(around, consumer, score=float(np.asarray(score(consumer))[0]))


def _ridge(features: FloatArray, scores: FloatArray, closeness: FloatArray) -> tuple[FloatArray, float]:
    share = closeness / closeness.sum()
    root = np.sqrt(closeness)
    off = scores - share @ scores
    # Centred and weighted in place: the matrix is most of what a second opinion costs.
    features -= share @ features
    features *= root[:, None]
    weights = np.linalg.solve(features.T @ features + RIDGE * np.eye(features.shape[1]), features.T @ (root * off))
    whole = float(closeness @ off**2)
    left = root * off - features @ weights
    # Scores that are all alike are explained by no feature at all.
    return weights, 1.0 - float(left @ left) / whole if whole > 0 else 1.0


def agreement(first: Sequence[float], second: Sequence[float], *, names: Sequence[str], top: int = TOP) -> Agreement:
    """Compare what two methods say of the features of one consumer.

    Parameters
    ----------
    first, second : sequence of float, length n_features
        What each feature adds to the score by one method and by the other, such as a row of contributions and the
        weights of a `SecondOpinion`; their units may differ.
    names : sequence of str, length n_features
        The features.
    top : int, default 5
        How many of the strongest features of each are compared; features that add nothing do not count.

    Returns
    -------
    Agreement

    Raises
    ------
    ValueError
        If the lengths differ.
    ChoiceError
        If `top` is less than 1.

    Examples
    --------
    >>> found = agreement([0.9, -0.4, 0.1, 0.0], [0.5, 0.3, 0.0, 0.1], names=["fall", "load", "age", "phase"], top=2)
    >>> found.sentence
    'The two methods name 2 of 2 features alike, and agree on the direction of 1 of 2.'
    """
    if not len(first) == len(second) == len(names):
        msg = f"{len(first)} and {len(second)} figures for {len(names)} features"
        raise ValueError(msg)
    if top < 1:
        msg = f"the number of features to compare is {top}"
        raise ChoiceError(msg, advice="Choose 1 or more.")
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    ours, theirs = _strongest(one, top), _strongest(other, top)
    count = max(len(ours), len(theirs))
    common = tuple(names[place] for place in ours if place in set(theirs))
    alike = sum(bool(np.sign(one[place]) == np.sign(other[place])) for place in ours)
    either = sorted({*ours, *theirs})
    return Agreement(
        count,
        common,
        len(common) / count if count else 1.0,
        alike / len(ours) if ours else 1.0,
        _rank_correlation(one[either], other[either]),
        _in_words(len(common), count, alike=alike, ours=len(ours)),
    )


def _strongest(figures: FloatArray, top: int) -> list[int]:
    order = np.argsort(-np.abs(figures), kind="stable")[:top]
    return [int(place) for place in order if figures[place] != 0]


def _rank_correlation(one: FloatArray, other: FloatArray) -> float | None:
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    found: Any = spearmanr(one, other)
    return float(found.statistic)


def _in_words(common: int, count: int, *, alike: int, ours: int) -> str:
    if count == 0:
        return "Neither method names a feature."
    named = f"The two methods name {common} of {count} {'feature' if count == 1 else 'features'} alike"
    return f"{named}, and agree on the direction of {alike} of {ours}."
