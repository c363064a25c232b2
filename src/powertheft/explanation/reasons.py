"""The few sentences that say why a consumer is on the list. Rule of the room: domain, panel, features and models only.

A reason is an indication, not a proof: it states what the bills show, and the model's contributions decide which of
the things that they show are told.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from powertheft.features.definition import Feature, Sentence
from powertheft.features.sentences import theme_of

REASONS = 3

ALIKE = 0.15
"""Share of the greater by which a number may differ from one reading of the bills to another and still be told (an
assumption: bills that state 122 days are of 105 to 130)."""

NEARLY = 0.05
"""Difference below which two numbers are alike, however small they are."""


@dataclass(frozen=True, slots=True)
class Aside:
    """What somebody else than the model says of a consumer, such as a rule of the squads.

    `mark` says who speaks. The sentences of `features` are told, and nothing where they are silent, as where several
    meters are billed at once; without features it is `plainly`, whose number is that of `compared`.
    """

    mark: str
    features: tuple[Feature, ...]
    plainly: str
    compared: Feature


def needed_numbers(features: Sequence[Feature]) -> frozenset[str]:
    """Return the names of all features whose values the sentences of these features quote.

    Examples
    --------
    >>> from powertheft.features.catalogue import catalogue
    >>> drop = [feature for feature in catalogue() if feature.name == "largest_drop"]
    >>> sorted(needed_numbers(drop))[:4]
    ['as_of_date', 'drop_after', 'drop_age', 'drop_before']
    """
    return frozenset(name for feature in features if feature.sentence for name in feature.sentence.numbers)


def reasons(
    *,
    contributions: np.ndarray,
    features: Sequence[Feature],
    numbers: pl.DataFrame,
    otherwise: Sequence[pl.DataFrame] = (),
    asides: Sequence[Sequence[Aside]] = (),
    count: int = REASONS,
) -> list[tuple[str, ...]]:
    """Put into words what raises each consumer's score most.

    Parameters
    ----------
    contributions : ndarray, shape (n_consumers, n_features)
        What each feature adds to the model's raw score.
    features : sequence of Feature
        The features that the model saw, in the order of the contributions.
    numbers : DataFrame
        Values of the features that `needed_numbers` names, one row a consumer; one that is absent counts as missing.
    otherwise : sequence of DataFrame
        The same values from the same bills read in other ways. A sentence is told only if all of them tell it too, with
        numbers that differ by less than `ALIKE`: what hangs on how a doubtful bill is taken is no reason.
    asides : sequence of sequence of Aside
        For each consumer what else speaks of it, the weightiest first; nothing where it is empty.
    count : int, default 3
        Reasons a consumer at most.

    Returns
    -------
    list of tuple of str
        For each consumer `count` sentences, strongest first; empty ones where fewer can be said.

    Raises
    ------
    ValueError
        If the shapes do not belong together.

    Notes
    -----
    A theme (such as "the same season a year before" or "exchanges of the meter") weighs what its features contribute
    together, and gives one sentence at most: that of its strongest feature which raises the score by itself and has
    something notable to say. A feature without a sentence is never a reason, whatever it contributes.

    Asides come after what the model says, where it has fewer reasons than `count`, each under its mark and with its
    numbers checked in the same way. One is silent on a theme that was told before, be it by the model or by an aside.

    Examples
    --------
    >>> from powertheft.features.catalogue import catalogue
    >>> seen = [feature for feature in catalogue() if feature.name in {"largest_drop", "region"}]
    >>> numbers = pl.DataFrame({"as_of_date": [17226.0], "drop_before": [412.0], "drop_after": [115.0],
    ...                         "drop_age": [8.0], "use_12m": [120.0], "use_all": [300.0]})
    >>> reasons(contributions=np.array([[0.4, 2.0]]), features=seen, numbers=numbers, count=1)
    [('Use fell around Jul 2016: 412 kWh a month in the six months before, 115 in the six from then',)]
    """
    if contributions.shape != (numbers.height, len(features)):
        msg = f"contributions are {contributions.shape}, for {numbers.height} consumers and {len(features)} features"
        raise ValueError(msg)
    spoken = [place for place, feature in enumerate(features) if feature.sentence]
    chosen = [features[place] for place in spoken]
    further = list(asides) or [()] * numbers.height
    needed = needed_numbers(chosen) | _numbers_of({aside for several in further for aside in several})
    readings = list(zip(*(_rows(frame, needed) for frame in (numbers, *otherwise)), strict=True))
    told: list[dict[str, str]] = [{} for _ in readings]
    if spoken:
        weights = _Weights.of(np.asarray(contributions, dtype=np.float64)[:, spoken], chosen)
        told = [_told(weights, chosen, row=row, readings=each, count=count) for row, each in enumerate(readings)]
    whole = [
        (*said.values(), *_aside(several, each, told=frozenset(said), count=count - len(said)))
        for said, several, each in zip(told, further, readings, strict=True)
    ]
    return [(*said, *("",) * (count - len(said))) for said in whole]


def sayings(features: Sequence[Feature], numbers: pl.DataFrame) -> dict[str, str]:
    """Return which feature says what of the one consumer of `numbers`: sentences to names of features.

    Examples
    --------
    >>> from powertheft.features.catalogue import catalogue
    >>> numbers = pl.DataFrame({"as_of_date": [17226.0], "drop_before": [412.0], "drop_after": [115.0],
    ...                         "drop_age": [8.0], "use_12m": [120.0], "use_all": [300.0]})
    >>> said = sayings([feature for feature in catalogue() if feature.name == "largest_drop"], numbers)
    >>> said["Use fell around Jul 2016: 412 kWh a month in the six months before, 115 in the six from then"]
    'largest_drop'
    """
    spoken = [(feature.name, feature.sentence) for feature in features if feature.sentence]
    (row,) = _rows(numbers, needed_numbers(features))
    return {said: name for name, sentence in reversed(spoken) if (said := sentence.say(row))}


@dataclass(frozen=True, slots=True)
class _Weights:
    """Of each consumer: features strongest first with their contributions, and the weights of the themes."""

    themes: tuple[str, ...]
    order: np.ndarray
    alone: np.ndarray
    theme: np.ndarray
    together: np.ndarray

    @classmethod
    def of(cls, contributions: np.ndarray, features: Sequence[Feature]) -> "_Weights":
        themes, codes = np.unique([theme_of(feature) for feature in features], return_inverse=True)
        together = contributions @ np.eye(len(themes))[codes]
        # Themes by their weight, within a theme the strongest feature first.
        order = np.lexsort((-contributions, -together[:, codes]), axis=1)
        return cls(tuple(map(str, themes)), order, contributions, codes, together)


def _told(
    weights: _Weights, features: Sequence[Feature], *, row: int, readings: Sequence[Mapping[str, float]], count: int
) -> dict[str, str]:
    """Return what the model says of one consumer, by theme."""
    told: dict[str, str] = {}
    for place in weights.order[row, :]:
        theme = weights.themes[weights.theme[place]]
        if len(told) == count or weights.together[row, weights.theme[place]] <= 0:
            break
        spoken = features[place].sentence
        if theme in told or weights.alone[row, place] <= 0 or spoken is None:
            continue
        said = spoken.say(readings[0])
        if said and _is_borne_out(spoken, readings):
            told[theme] = said
    return told


def _aside(
    asides: Sequence[Aside], readings: Sequence[Mapping[str, float]], *, told: frozenset[str], count: int
) -> list[str]:
    """Return what others say of one consumer, on themes of which nothing was told."""
    said: list[str] = []
    themes = set(told)
    for aside in asides:
        fresh = [feature for feature in aside.features or (aside.compared,) if theme_of(feature) not in themes]
        if len(said) < count and fresh and (words := _words_of(aside, fresh, readings)):
            themes |= set(map(theme_of, fresh))
            said.append(f"{aside.mark}: {words[0].lower()}{words[1:]}")
    return said


def _words_of(aside: Aside, fresh: Sequence[Feature], readings: Sequence[Mapping[str, float]]) -> str:
    """Return what an aside says of the features that are news, "" where a reading of the bills does not bear it out."""
    if aside.features:
        sentences = [feature.sentence for feature in fresh if feature.sentence]
        spoken = [(sentence, said) for sentence in sentences if (said := sentence.say(readings[0]))]
        clauses = [said for sentence, said in spoken if _is_borne_out(sentence, readings)]
        return "; ".join(
            clause if not place else clause[0].lower() + clause[1:] for place, clause in enumerate(clauses)
        )
    if aside.compared not in fresh:
        return ""
    # A word does not hang on how bills are read.
    numbers = [] if aside.compared.kind == "category" else [aside.compared.name]
    return aside.plainly if all(_are_alike(numbers, readings[0], other) for other in readings[1:]) else ""


def _is_borne_out(spoken: Sentence, readings: Sequence[Mapping[str, float]]) -> bool:
    """Whether every other reading of the bills tells the sentence too, with about the same numbers."""
    return all(
        spoken.say(other) is not None and _are_alike(spoken.quoted, readings[0], other) for other in readings[1:]
    )


def _are_alike(names: Sequence[str], values: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether numbers are about the same in two readings of the bills; one that is missing is like no other."""
    there = [name for name in names if name in values]
    return all(math.isclose(values[name], other[name], rel_tol=ALIKE, abs_tol=NEARLY) for name in there)


def _numbers_of(asides: Collection[Aside]) -> frozenset[str]:
    spoken = needed_numbers([feature for aside in asides for feature in aside.features])
    return spoken | {aside.compared.name for aside in asides}


def _rows(numbers: pl.DataFrame, needed: frozenset[str]) -> list[dict[str, float]]:
    """Return each row's numbers; what is missing or no number is NaN."""
    there = sorted(needed & set(numbers.columns))
    plain = numbers.select(pl.col(name).cast(pl.Float64, strict=False).fill_null(math.nan) for name in there)
    return plain.to_dicts() if there else [{} for _ in range(numbers.height)]
