"""How much an outcome counts in training, by its age. Rule of the room: put the rooms together, compute nothing."""

from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.training_report import Labelled
from powertheft.domain.errors import ChoiceError
from powertheft.domain.numbers import DAYS_A_MONTH
from powertheft.domain.retraining import BY_THE_NEWEST
from powertheft.models.recency import Recency, choose_half_life, recency_weights

MOST_MONTHS = 120

HalfLife = str | float | None


def check_half_life(half_life: HalfLife) -> float | str | None:
    """Return the months after which an outcome counts half, "auto" or None (all count alike); refuse anything else.

    Raises
    ------
    ChoiceError
        With column half_life.

    Examples
    --------
    >>> check_half_life("6"), check_half_life(None), check_half_life("auto")
    (6.0, None, 'auto')
    """
    if half_life in {None, "", BY_THE_NEWEST}:
        return half_life or None
    try:
        months = float(half_life or 0)
    except ValueError:
        months = 0.0
    if not 0 < months <= MOST_MONTHS:
        what = f"an outcome cannot count half after {half_life!r} months"
        advice = f"Give a number up to {MOST_MONTHS}, {BY_THE_NEWEST!r} to have it chosen, or leave it out."
        raise ChoiceError(what, advice=advice, column="half_life")
    return months


def settle_half_life(half_life: HalfLife, known: Labelled, **fit: Any) -> tuple[float | None, str]:
    """Return the months after which an outcome counts half, and what the report says of it (nothing if not asked for).

    `known` are those who may be learnt from, `fit` what `choose_half_life` takes beside them.

    Raises
    ------
    ChoiceError
        If a number is given and outcomes have no dates.
    """
    asked, ages = check_half_life(half_life), _ages(known)
    if asked is None:
        return None, ""
    if asked != BY_THE_NEWEST:
        if ages is None:
            what = "outcomes without a date have no age"
            advice = "Leave the half-life out, or map the day of each inspection."
            raise ChoiceError(what, advice=advice, column="half_life")
        return float(asked), f"An outcome counts half after {float(asked):g} months."
    if ages is None:
        return None, "All outcomes count alike: some have no date."
    found = choose_half_life(X=known.features, y=known.labels, months_ago=ages, **fit)
    return found.half_life, _in_words(found)


def weights_by_age(half_life: float | None, known: Labelled) -> np.ndarray | None:
    """Return how much each outcome counts; None where all count alike."""
    ages = None if half_life is None else _ages(known)
    return None if ages is None else recency_weights(ages, half_life)


def _ages(known: Labelled) -> np.ndarray | None:
    """Return the age of each outcome in months, of the newest 0; None where some have no date."""
    if "outcome_on" not in known.about.columns or not known.about["is_dated"].fill_null(value=False).all():
        return None
    ago = known.about.select((pl.col("outcome_on").max() - pl.col("outcome_on")).dt.total_days())
    return ago.to_series().to_numpy() / DAYS_A_MONTH


def _in_words(found: Recency) -> str:
    if not found.judged:
        return "All outcomes count alike: the last two months hold too few to choose how fast older ones grow old."
    months, losses = found.half_life, dict(found.losses)
    others = ", ".join(
        f"{loss:.3f} {'where all count alike' if tried is None else f'with {tried:g} months'}"
        for tried, loss in losses.items()
        if tried != months
    )
    how = "All outcomes count alike" if months is None else f"An outcome counts half after {months:g} months"
    return (
        f"{how}: so the outcomes before them foretold the newest {found.judged} best "
        f"(log-loss {losses[months]:.3f}; {others})."
    )
