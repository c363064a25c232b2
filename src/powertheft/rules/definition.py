"""What a rule is. Rule of the room: a rule is data, never code; imports domain and features only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Comparison = Literal["below", "at most", "at least", "above", "one of"]

SIGNS: Mapping[Comparison, str] = {"below": "<", "at most": "≤", "at least": "≥", "above": ">", "one of": "is"}
"""Every comparison there is, and how a threshold is written with it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One feature against its threshold: a number, or for "one of" some words, capitals or not."""

    feature: str
    comparison: Comparison
    threshold: float = 0.0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a squad: it fires where all its conditions hold, and then adds `weight` points.

    `points_at` is what it may mean, in words that a squad reads. `says` names the features whose sentences are told
    when it fires; `source` is a law, a standard, a paper with its DOI, or practice.
    """

    name: str
    title: str
    points_at: str
    weight: float
    source: str
    conditions: tuple[Condition, ...]
    says: tuple[str, ...]


def threshold_of(condition: Condition) -> str:
    """Return a condition as it is shown to a reader.

    Examples
    --------
    >>> threshold_of(Condition("same_season_ratio_12m", "below", 0.5))
    'same_season_ratio_12m < 0.5'
    >>> threshold_of(Condition("category", "one of", words=("commercial", "industry")))
    'category is commercial or industry'
    """
    value = " or ".join(condition.words) if condition.words else f"{condition.threshold:g}"
    return f"{condition.feature} {SIGNS[condition.comparison]} {value}"
