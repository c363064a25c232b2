"""The checks of the leakage audit. Rule of the room: arrays in, frozen records out; a callable where it must refit.

A leak is knowledge that a model has when it is judged and would not have when it is used. Each check plants itself
where such knowledge has been seen to come from, and returns what it found in words and numbers.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from powertheft.evaluation.measures import FloatArray, IntArray, rank, roc_auc, tally
from powertheft.evaluation.plain_records import to_plain
from powertheft.evaluation.splits import BoolArray, texts_of

Severity = Literal["ok", "look", "leak"]

QUESTIONABLE: tuple[str, ...] = ("not-knowable", "registry", "exposure")
# Without questionable features: a loss beyond either, and beyond chance, is worth a look.
LOSS_OF_ROC_AUC = 0.05
LOSS_OF_PR_AUC = 0.10
# A single feature: so good that it is a leak, or so far above all others that it is worth a look.
TOO_GOOD = 0.90
LEADER = 0.80
LEAD = 0.15
LEADERS = 3
BINS = 32
# A single value that only thieves have.
PURE = 0.95
PURE_ROWS = 10
PURE_SHARE_OF_THIEVES = 0.10
# A column that numbers the consumers.
NEARLY_UNIQUE = 0.95
EVEN_STEPS = 0.50
EVEN_SPREAD = 0.05
NEIGHBOURS = 5
ORDER_TELLS = 0.60
ORDER_BEYOND_SHAPE = 0.05
# Rows that stand on both sides.
RARE_SHARE = 0.001
RARE_VALUES = 3
DUPLICATED = 0.005
FEWEST_DUPLICATES = 10
AGREEING = 0.95
# Beyond chance, in standard errors.
STANDARD_ERRORS = 3.0
# Of many columns that are looked at, the chance that one of them is told by chance alone.
FALSE_ALARM = 0.01


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good a model was on rows that it had not learnt from."""

    roc_auc: float
    pr_auc: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AuditData:
    """What the audit looks at.

    Attributes
    ----------
    features : mapping of str to ndarray of float, each of shape (n_rows,)
        Not a number where missing; words as codes.
    labels : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    consumer_ids : sequence of str, shape (n_rows,)
        Numbers of the connections, or their pseudonyms.
    folds : ndarray of int, shape (n_rows,)
        Each fold was judged by a model that learnt from the others. For one split: 1 judged, 0 learnt from.
    judge : callable
        Fits on the named features and the labels given to it, by the same folds, and returns a `Judgement`. It must
        use no other labels.
    flags : mapping of str to collection of str
        Flags of the features that have one: not-knowable, registry, exposure.
    categorical : frozenset of str
        Features whose numbers are codes.
    seed : int
        Of the permutations.
    """

    features: Mapping[str, FloatArray]
    labels: IntArray
    consumer_ids: Sequence[object]
    folds: IntArray
    judge: Callable[[tuple[str, ...], IntArray], Judgement]
    flags: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    categorical: frozenset[str] = frozenset()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    name : str
        Of the check.
    severity : {"ok", "look", "leak"}
        Nothing, something that a person should look at, or knowledge that the model would not have.
    sentence : str
        The same in words, with numbers.
    features : tuple of str
        The features concerned, the worst first.
    figures : dict of str to float
        The numbers behind it.
    """

    name: str
    severity: Severity
    sentence: str
    features: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict[str, float])

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries and numbers; None where a number is undefined."""
        return to_plain(self)


def audit_questionable(data: AuditData) -> Finding:
    """Judge again without features that are not knowable before an inspection, from the registry, or exposure.

    Notes
    -----
    A loss means that the figures rest on those features, not that they are wrong; which of them will be there when the
    list is used, a person must say. The loss must exceed 0.05 of ROC-AUC, or 0.10 of PR-AUC, and two standard errors
    of a ROC-AUC of that size (Hanley & McNeil).

    References
    ----------
    Hanley & McNeil (1982), https://doi.org/10.1148/radiology.143.1.7063747

    Examples
    --------
    >>> data = AuditData(features={"age": np.zeros(400), "new meter": np.zeros(400)}, labels=np.tile([0, 0, 0, 1], 100),
    ...                  consumer_ids=range(400), folds=np.arange(400) // 80, flags={"new meter": {"not-knowable"}},
    ...                  judge=lambda names, labels: Judgement(0.9 if "new meter" in names else 0.6, 0.5))
    >>> audit_questionable(data).features
    ('new meter',)
    """
    names = tuple(data.features)
    flagged = {flag: [name for name in names if flag in data.flags.get(name, ())] for flag in QUESTIONABLE}
    left_out = {flag: frozenset(found) for flag, found in flagged.items() if found}
    if not left_out:
        return Finding("questionable", "ok", "No feature is marked as not knowable, registry or exposure.")
    if len(left_out) > 1:
        left_out["all of these"] = frozenset().union(*left_out.values())
    whole = data.judge(names, data.labels)
    figures = {"roc_auc": whole.roc_auc, "pr_auc": whole.pr_auc}
    said: list[str] = []
    concerned: list[str] = []
    for flag, found in left_out.items():
        without = _judge_without(data, found)
        figures |= {f"roc_auc without {flag}": without.roc_auc, f"pr_auc without {flag}": without.pr_auc}
        said.append(f"without {flag} {without.roc_auc:.3f} and {without.pr_auc:.3f}")
        if _rests_on(whole, without, data.labels):
            concerned += [name for name in names if name in found and name not in concerned]
    start = f"ROC-AUC {whole.roc_auc:.3f} and PR-AUC {whole.pr_auc:.3f}"
    severity: Severity = "look" if concerned else "ok"
    end = "; the figures rest on those features" if concerned else ""
    return Finding("questionable", severity, f"{start}; {', '.join(said)}{end}.", tuple(concerned), figures)


def audit_single_features(data: AuditData) -> Finding:
    """Look for a feature that is too good alone, or has a value that only thieves have.

    Notes
    -----
    Each feature ranks the rows by the share of thieves in its bin, learnt from the other folds: 32 bins of equal count,
    or one for each code; what is missing is a bin of its own. So its direction does not matter, and a gap can tell.

    Examples
    --------
    >>> labels = np.tile([0, 0, 0, 1], 100)
    >>> data = AuditData(features={"seal": np.where(labels, np.nan, 1.0)}, labels=labels, consumer_ids=range(400),
    ...                  folds=np.arange(400) // 80, judge=lambda names, labels: Judgement(0.5, 0.25))
    >>> audit_single_features(data).sentence
    'Single features that say nearly all alone, with a ROC-AUC of 0.9 or more: seal 1.000.'
    """
    alone = {name: single_roc_auc(data, name) for name in data.features}
    ordered = sorted(alone, key=lambda name: (-alone[name], name))
    if not ordered:
        return Finding("single features", "ok", "There is no feature to look at.")
    figures = {name: alone[name] for name in ordered[:LEADERS]}
    too_good = [name for name in ordered if alone[name] >= TOO_GOOD]
    if too_good:
        listed = ", ".join(f"{name} {alone[name]:.3f}" for name in too_good[:LEADERS])
        sentence = f"Single features that say nearly all alone, with a ROC-AUC of {TOO_GOOD:g} or more: {listed}."
        return Finding("single features", "leak", sentence, tuple(too_good), figures)
    leading = _leaders(ordered, alone, lead=max(LEAD, 4 * _hanley_mcneil(0.5, data.labels)))
    if leading:
        following = ordered[len(leading)]
        sentence = (
            f"{_listed(leading)} stands far above every other feature: ROC-AUC {alone[leading[-1]]:.3f} alone, "
            f"and {following}, the next, {alone[following]:.3f}."
        )
        return Finding("single features", "look", sentence, tuple(leading), figures)
    pure = [name for name, values in data.features.items() if _has_pure_value(values, data.labels)]
    if pure:
        sentence = (
            f"A value of {_listed(pure)} is held only where theft was found, and in one such case in ten or more."
        )
        return Finding("single features", "look", sentence, tuple(pure), figures)
    sentence = f"No feature is too good alone: the best, {ordered[0]}, has a ROC-AUC of {alone[ordered[0]]:.3f}."
    return Finding("single features", "ok", sentence, (), figures)


def audit_identities(data: AuditData) -> Finding:
    """Look for a column that numbers the consumers and whose order tells thieves.

    Notes
    -----
    Nearly every row must have a value of its own. A leak is then either a running number (whole numbers in even steps,
    or spread evenly over their range) in whose order thieves lie together, or any column in whose order the five rows
    on each side tell more than 32 bins do: short runs of one outcome, as in files that were put together from parts.
    A code for nearly every row is worth a look in any case. Constants are named and do no harm.
    """
    constants: list[str] = []
    tell: list[str] = []
    codes: list[str] = []
    figures: dict[str, float] = {}
    # One row a consumer: two rows of one lie together whatever the column says.
    beyond = _beyond_chance(len(data.features))
    firsts = np.unique(np.asarray(texts_of(list(data.consumer_ids)), dtype=np.str_), return_index=True)[1]
    for name, column in data.features.items():
        values, labels = column[firsts], data.labels[firsts]
        known = np.isfinite(values)
        if len(np.unique(column)) <= 1:
            constants.append(name)
        elif _is_nearly_unique(values):
            order = _neighbour_roc_auc(values[known], labels[known])
            if _order_tells(order, single_roc_auc(data, name), values[known], labels[known], beyond=beyond):
                tell.append(name)
                figures[name] = order
            elif name in data.categorical:
                codes.append(name)
    note = f" Constant: {_listed(constants)}." if constants else ""
    if tell:
        sentence = (
            f"In the order of {_listed(tell)} thefts lie together ({figures[tell[0]]:.3f} by the neighbours' ROC-AUC)"
        )
        return Finding("identities", "leak", f"{sentence}, as if it numbered them.{note}", tuple(tell), figures)
    if codes:
        sentence = f"{_listed(codes)} has a code of its own for nearly every consumer.{note}"
        return Finding("identities", "look", sentence, tuple(codes), figures)
    sentence = f"No column numbers the consumers in an order that tells thefts.{note}"
    return Finding("identities", "ok", sentence, tuple(constants))


def audit_both_sides(data: AuditData) -> Finding:
    """Look for consumers, and for rows that are the same, in more than one fold.

    Notes
    -----
    Rows count as the same where all features agree and at least three of the values are rare (held by at most one row
    in a thousand): short or empty histories agree by chance. A leak is a consumer in two folds, or more than one row
    in 200 with a double across the split whose outcome is the same too, 95 times in a hundred and beyond chance.

    Examples
    --------
    >>> data = AuditData(features={}, labels=np.array([0, 1, 1]), consumer_ids=["a", "b", "a"],
    ...                  folds=np.array([0, 0, 1]), judge=lambda names, labels: Judgement(0.5, 0.25))
    >>> audit_both_sides(data).sentence
    '1 consumer is learnt from and judged on.'
    """
    numbers = np.unique(np.asarray(texts_of(list(data.consumer_ids)), dtype=np.str_), return_inverse=True)[1]
    crossing = int(_in_several_folds(numbers, data.folds)[1].sum())
    doubled, agreement = _doubles(data)
    figures = {"consumers": float(crossing), "rows": float(doubled.sum()), "agreement": agreement}
    if crossing:
        sentence = f"{crossing:,} {'consumer is' if crossing == 1 else 'consumers are'} learnt from and judged on."
        return Finding("both sides", "leak", sentence, (), figures)
    share, count = float(doubled.mean()), int(doubled.sum())
    told = f"{count:,} rows ({100 * share:.2g} %) have a double across the split"
    if share <= DUPLICATED or count < FEWEST_DUPLICATES:
        rest = f"; {told}." if count else " and no row has a double across the split."
        return Finding("both sides", "ok", f"No consumer is learnt from and judged on{rest}", (), figures)
    rate = float(data.labels.mean())
    by_chance = rate**2 + (1 - rate) ** 2
    error = math.sqrt(by_chance * (1 - by_chance) / count)
    # Where thieves are few most doubles agree by chance, so that alone shows nothing.
    agree = agreement >= AGREEING and agreement > by_chance + STANDARD_ERRORS * error
    severity: Severity = "leak" if agree else "look"
    sentence = f"{told}, and {100 * agreement:.0f} % of these have its outcome ({100 * by_chance:.0f} % by chance)."
    return Finding("both sides", severity, sentence, (), figures)


def audit_permuted(data: AuditData) -> Finding:
    """Judge again on labels that were dealt out anew: nothing can be known of these.

    Notes
    -----
    The standard error is that of the mean, weighted by their rows, of the judged folds' rank sums under no difference:
    of two folds 0 and 1 only the rows of 1 are judged, and chance among these is larger than among all. What lies
    beyond three of them is dealt twice more, and the mean must still lie beyond: folds that differ in their share of
    thieves lean a little to one side.

    Examples
    --------
    >>> data = AuditData(features={}, labels=np.tile([0, 0, 0, 1], 100), consumer_ids=range(400),
    ...                  folds=np.arange(400) // 80, judge=lambda names, labels: Judgement(0.9, 0.8))
    >>> audit_permuted(data).severity
    'leak'
    """
    draws = np.random.default_rng(data.seed)
    names = tuple(data.features)
    error = _error_of_chance(data)
    found = [data.judge(names, draws.permutation(data.labels)).roc_auc]
    if abs(found[0] - 0.5) > STANDARD_ERRORS * error:
        found += [data.judge(names, draws.permutation(data.labels)).roc_auc for _ in range(2)]
    mean = float(np.mean(found))
    is_leak = abs(mean - 0.5) > STANDARD_ERRORS * error
    sentence = (
        f"On permuted outcomes ROC-AUC is {mean:.3f}, where 0.5 give or take {STANDARD_ERRORS * error:.3f} is chance"
    )
    end = ": the judgement itself knows the outcomes." if is_leak else "."
    return Finding(
        "permuted labels", "leak" if is_leak else "ok", sentence + end, (), {"roc_auc": mean, "standard_error": error}
    )


def single_roc_auc(data: AuditData, name: str) -> float:
    """Return how well one feature alone ranks the rows, by shares of thieves that were learnt from the other folds.

    Notes
    -----
    Rows of each fold are ranked among themselves, and the folds averaged by their pairs of thief and honest row.
    """
    bins = _bins(data.features[name], is_categorical=name in data.categorical)
    total = pairs = 0.0
    for learn, judge in _sides(data.folds):
        rate = float(data.labels[learn].mean()) if learn.any() else 0.5
        size = int(bins.max()) + 1
        rows = np.bincount(bins[learn], minlength=size)
        thieves = np.bincount(bins[learn], weights=data.labels[learn], minlength=size)
        score = ((thieves + rate) / (rows + 1))[bins[judge]]
        value, weight = _roc_auc_and_pairs(score, data.labels[judge])
        total, pairs = total + value * weight, pairs + weight
    return total / pairs if pairs else 0.5


def _judge_without(data: AuditData, left_out: frozenset[str]) -> Judgement:
    rest = tuple(name for name in data.features if name not in left_out)
    # With nothing left to learn from, a list is in chance order.
    return data.judge(rest, data.labels) if rest else Judgement(0.5, float(data.labels.mean()))


def _rests_on(whole: Judgement, without: Judgement, labels: IntArray) -> bool:
    lost = whole.roc_auc - without.roc_auc
    noise = 2 * _hanley_mcneil(whole.roc_auc, labels)
    return lost > max(LOSS_OF_ROC_AUC, noise) or (whole.pr_auc - without.pr_auc > LOSS_OF_PR_AUC and lost > noise)


def _hanley_mcneil(area: float, labels: IntArray) -> float:
    thieves = int(labels.sum())
    honest = len(labels) - thieves
    two_thieves, two_honest = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (thieves - 1) * (two_thieves - area**2) + (honest - 1) * (two_honest - area**2)
    return math.sqrt(max(spread, 0.0) / (thieves * honest))


def _sides(folds: IntArray) -> Iterator[tuple[BoolArray, BoolArray]]:
    parts = np.unique(folds)
    # Of two parts 0 and 1 only the second is judged, but a feature may be looked at both ways.
    for part in parts:
        judge = folds == part
        yield (~judge if len(parts) > 1 else judge), judge


def _bins(values: FloatArray, *, is_categorical: bool) -> IntArray:
    known = np.isfinite(values)
    place = np.zeros(len(values), dtype=np.int64)
    if not known.any():
        return place
    if is_categorical:
        place[known] = 1 + np.unique(values[known], return_inverse=True)[1]
        return place
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, BINS + 1)[1:-1]))
    # Both sides of an edge that is itself a common value are bins of their own: nothing and little are not the same.
    place[known] = (
        1 + np.searchsorted(edges, values[known], side="left") + np.searchsorted(edges, values[known], side="right")
    )
    return place


def _roc_auc_and_pairs(score: FloatArray, labels: IntArray) -> tuple[float, float]:
    thieves = float(labels.sum())
    pairs = thieves * (len(labels) - thieves)
    if not pairs:
        return 0.5, 0.0
    return roc_auc(tally(rank(np.arange(len(labels)), labels, score, score))), pairs


def _leaders(ordered: list[str], alone: dict[str, float], *, lead: float) -> list[str]:
    for size in range(1, min(LEADERS, len(ordered) - 1) + 1):
        last, following = alone[ordered[size - 1]], alone[ordered[size]]
        if last >= LEADER and last - following >= lead:
            return ordered[:size]
    return []


def _has_pure_value(values: FloatArray, labels: IntArray) -> bool:
    # What is missing is one value: NaN is equal to itself here.
    which, counts = np.unique(values, return_inverse=True, return_counts=True)[1:]
    thieves = np.bincount(which, weights=labels)
    pure = (counts >= PURE_ROWS) & (thieves >= PURE * counts) & (thieves >= PURE_SHARE_OF_THIEVES * labels.sum())
    return bool(pure.any()) and float(labels.mean()) < 0.5


def _is_nearly_unique(values: FloatArray) -> bool:
    known = values[np.isfinite(values)]
    return len(known) > max(2 * NEIGHBOURS, len(values) / 2) and len(np.unique(known)) >= NEARLY_UNIQUE * len(known)


def _neighbour_roc_auc(values: FloatArray, labels: IntArray) -> float:
    in_order = labels[np.argsort(values, kind="stable")]
    window = np.ones(2 * NEIGHBOURS + 1)
    window[NEIGHBOURS] = 0
    # Beyond the ends stands the share of thieves, so that a row at an end is not its own neighbour.
    padded = np.pad(in_order.astype(np.float64), NEIGHBOURS, constant_values=float(labels.mean()))
    return _roc_auc_and_pairs(np.convolve(padded, window, mode="valid"), in_order)[0]


def _error_of_chance(data: AuditData) -> float:
    """Return the standard error of the ROC-AUC of permuted labels, on the rows that are judged."""
    parts, counts = np.unique(data.folds, return_counts=True)
    rows = (counts[-1:] if parts.tolist() == [0, 1] else counts).astype(np.float64)
    # Dealt anew, each fold has about as large a share of thieves as the whole.
    pairs = rows**2 * float(data.labels.mean()) * (1 - float(data.labels.mean()))
    return math.sqrt(float(((rows / rows.sum()) ** 2 * (rows + 1) / (12 * pairs)).sum()))


def _beyond_chance(columns: int) -> float:
    """Return how many standard errors one of so many columns is hardly ever off by chance."""
    return max(STANDARD_ERRORS, NormalDist().inv_cdf(1 - FALSE_ALARM / max(columns, 1)))


def _order_tells(order: float, shape: float, values: FloatArray, labels: IntArray, *, beyond: float) -> bool:
    chance = beyond * _hanley_mcneil(0.5, labels) if 0 < labels.sum() < len(labels) else 1.0
    if order >= max(ORDER_TELLS, 0.5 + chance) and order >= shape + ORDER_BEYOND_SHAPE + chance:
        return True
    return order >= 0.5 + chance + 0.02 and _is_running_number(np.sort(values))


def _is_running_number(ordered: FloatArray) -> bool:
    steps = np.diff(ordered)
    scale = float(np.median(steps)) or 1.0
    even = float((np.abs(steps - scale) <= 1e-6 * scale).mean()) >= EVEN_STEPS
    place = (ordered - ordered[0]) / (ordered[-1] - ordered[0])
    spread = float(np.abs(place - np.linspace(0, 1, len(place))).max()) <= EVEN_SPREAD
    # A percentile has even steps too, and is none: numbers of connections are whole.
    return bool((ordered == np.round(ordered)).all()) and (even or spread)


def _in_several_folds(numbers: IntArray, folds: IntArray) -> tuple[BoolArray, BoolArray]:
    """Return for each row, and for each number, whether the number stands in more than one fold."""
    size = int(numbers.max()) + 1
    lowest, highest = np.full(size, np.iinfo(np.int64).max), np.full(size, np.iinfo(np.int64).min)
    np.minimum.at(lowest, numbers, folds)
    np.maximum.at(highest, numbers, folds)
    several = lowest != highest
    return several[numbers], several


def _doubles(data: AuditData) -> tuple[BoolArray, float]:
    """Return which rows have a double in another fold, and how often the two have the same outcome."""
    mixed = np.zeros(len(data.labels), dtype=np.uint64)
    rare = np.zeros(len(data.labels), dtype=np.int64)
    for values in data.features.values():
        distinct, which, counts = np.unique(values, return_inverse=True, return_counts=True)
        mixed = _mix(mixed ^ which.astype(np.uint64))
        most = max(2, int(RARE_SHARE * len(values)))
        rare += (counts <= most)[which] & np.isfinite(distinct)[which]
    numbers = np.unique(mixed, return_inverse=True)[1].astype(np.int64)
    doubled = _in_several_folds(numbers, data.folds)[0] & (rare >= RARE_VALUES)
    if not doubled.any():
        return doubled, float("nan")
    rows, thieves = np.bincount(numbers), np.bincount(numbers, weights=data.labels)
    same = np.where(data.labels == 1, thieves[numbers] - 1, (rows - thieves)[numbers] - 1)
    agreement = same[doubled] / (rows[numbers][doubled] - 1)
    return doubled, float(agreement.mean())


def _mix(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    # The finaliser of splitmix64 (Steele et al., https://doi.org/10.1145/2660193.2660195): overflow is meant.
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:LEADERS])
    more = len(names) - LEADERS
    return f"{shown} and {more} more" if more > 0 else shown
