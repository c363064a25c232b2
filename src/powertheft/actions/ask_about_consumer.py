"""What the model is asked about one connection of a scoring. Rule of the room: put the rooms together, compute nothing.

A page shows what the scoring keeps first (show_consumer), and asks these afterwards, each by itself: contributions,
a second opinion, and what would be otherwise.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.consumer_page import ConsumerWhy, WhatIfAnswer
from powertheft.actions.explain_consumer import (
    DIGITS,
    Case,
    Versions,
    level_of,
    opinion_told,
    reasons_told,
    rules_around,
    waterfall_of,
    what_if_of,
)
from powertheft.actions.house import House
from powertheft.actions.scored_case import ScoredCase, contributions_of, read_case, surroundings_of
from powertheft.actions.scorings import get_scoring
from powertheft.actions.show_consumer import listed_reasons
from powertheft.domain.errors import ChoiceError
from powertheft.domain.numbers import DAYS_A_MONTH, grouped, likelihoods
from powertheft.explanation.second_opinion import opinion_within
from powertheft.explanation.what_if import had_been_times, had_used_in_months

STEPS = 12
"""Contributions that are told one by one; the rest are added up."""

LARGE = 100
"""From here on a value is told without parts."""


def ask_why(house: House, consumer_id: str, number: int | None = None) -> ConsumerWhy:
    """Return why a connection stands where it does: reasons, what raised and lowered its score, rules."""
    house.check("list.read")
    scored = _scored(house, consumer_id, number)
    parts = contributions_of(scored)
    told = listed_reasons(scored)
    return ConsumerWhy(
        reasons_told(scored.case, parts, scored.rules) if told is None else told,
        waterfall_of(scored.case, parts, steps=STEPS),
        rules_around(scored.case, scored.rules, known=scored.features),
    )


def ask_second_opinion(house: House, consumer_id: str, number: int | None = None) -> Mapping[str, Any]:
    """Return what a simple model around the connection names, and how far it agrees with the contributions."""
    house.check("list.read")
    scored = _scored(house, consumer_id, number)
    case = scored.case
    own = case.seen[case.rows]
    score = float(case.bundle.model.raw_scores(own)[0])
    return opinion_told(opinion_within(surroundings_of(scored), own, score=score), contributions_of(scored))


def ask_smallest_change(
    house: House, consumer_id: str, number: int | None = None, *, cutoff: str = "f1"
) -> Mapping[str, Any]:
    """Return what would be had the last bills been as a year before, and the least change that would clear it."""
    house.check("list.read")
    scored = _scored(house, consumer_id, number)
    cutoffs = scored.case.bundle.model.cutoffs
    if cutoff not in cutoffs:
        raise ChoiceError(f"the model has no cut-off {cutoff}", advice=f"Choose one of: {', '.join(cutoffs)}.")
    return what_if_of(scored.case, scored.case.features, cutoffs[cutoff])


def ask_what_if(
    house: House,
    consumer_id: str,
    number: int | None = None,
    *,
    months: Mapping[str, float] | None = None,
    factor: float | None = None,
    bills: int = 6,
    features: Mapping[str, float | None] | None = None,
) -> WhatIfAnswer:
    """Return the likelihood with other use in some months ("2026-03": kWh), or with the last bills times a factor.

    `features` are then set to other values, whatever the bills say.
    """
    house.check("list.read")
    case, otherwise = _scored(house, consumer_id, number).case, dict(features or {})
    _check_features(case, otherwise)
    readings = case.prepared.tables.get("readings", pl.DataFrame())
    if (months or factor is not None) and readings.is_empty():
        raise ChoiceError("there are no bills that could have been others", advice="Change a feature instead.")

    def score(versions: pl.DataFrame) -> np.ndarray:
        # The first version is the connection as it is: it keeps its own values.
        changed = versions.with_columns(_set(versions, name, value) for name, value in otherwise.items())
        return case.probabilities(changed)

    if months:
        answer = had_used_in_months(readings, _added(case, months), compute=Versions(case, case.features), score=score)
    elif factor is not None:
        answer = had_been_times(readings, factor, compute=Versions(case, case.features), score=score, bills=bills)
    else:
        own = case.table.features[case.rows]
        before, after = score(pl.concat([own, own])).tolist()
        return _answer(case, before, after, _sentence(case, otherwise, before, after))
    return _answer(case, answer.before, answer.after, _both(case, otherwise, answer.sentence))


def _scored(house: House, consumer_id: str, number: int | None) -> ScoredCase:
    house.check("list.read")
    return read_case(house, get_scoring(house, number), consumer_id)


def _answer(case: Case, before: float, after: float, sentence: str) -> WhatIfAnswer:
    told = level_of(after, case.bundle.model.cutoffs)
    return WhatIfAnswer(round(before, DIGITS), round(after, DIGITS), told["level"], told["level_in_words"], sentence)


def _sentence(case: Case, otherwise: Mapping[str, float | None], before: float, after: float) -> str:
    now, then = likelihoods(before, after)
    if not otherwise:
        return f"Nothing was changed: {now}."
    return f"With {_values(case, otherwise)}, {now} would be {then}."


def _both(case: Case, otherwise: Mapping[str, float | None], sentence: str) -> str:
    """Say with which values the bills were changed, where some were."""
    if not otherwise:
        return sentence
    bills, _, likely = sentence.rpartition(", ")
    return f"{bills}, and {_values(case, otherwise)}, {likely}"


def _values(case: Case, otherwise: Mapping[str, float | None]) -> str:
    """Say what was set, as "“meter exchanges” 0 instead of 2"."""
    known, own = {feature.name: feature for feature in case.features}, case.table.features
    told = [
        f"“{known[name].meaning}” {_figure(value)} instead of {_figure(own[name][case.row])}"
        for name, value in otherwise.items()
    ]
    return " and ".join(told)


def _figure(value: float | None) -> str:
    if value is None or not np.isfinite(value):
        return "not known"
    return grouped(value) if abs(value) >= LARGE else f"{value:.3g}"


def _check_features(case: Case, otherwise: Mapping[str, float | None]) -> None:
    known = {feature.name: feature for feature in case.features}
    for name, value in otherwise.items():
        if name not in known or known[name].kind == "category":
            raise ChoiceError(f"{name} is no number that the model reads", advice="Take one of the contributions.")
        if value is not None and not np.isfinite(value):
            raise ChoiceError(f"{value} is no value for {name}", advice="Give a number.")


def _set(versions: pl.DataFrame, name: str, value: float | None) -> pl.Expr:
    new = pl.lit(value, dtype=versions.schema[name])
    return pl.when(pl.int_range(pl.len()) == 0).then(pl.col(name)).otherwise(new).alias(name)


def _added(case: Case, months: Mapping[str, float]) -> dict[date, float]:
    """Return by month what is added to the use that is known of it [kWh/day]."""
    use, last = case.table.panel.energy[case.row], int(case.table.panel.last_month[case.row])
    added: dict[date, float] = {}
    for word, energy in months.items():
        if not np.isfinite(energy) or energy < 0:
            raise ChoiceError(f"{energy} is no use of a month", advice="Give kWh, 0 or more.")
        try:
            month = np.datetime64(word, "M")
        except ValueError as error:
            raise ChoiceError(f"{word} is no month", advice="Write it as 2026-03.") from error
        back = last - int(month.astype(np.int64))
        if not (0 <= back < len(use)) or not np.isfinite(use[-1 - back]):
            raise ChoiceError(f"nothing is known of {word}", advice="Choose a month that has a bill.")
        added[month.astype("datetime64[D]").astype(date)] = energy / DAYS_A_MONTH - float(use[-1 - back])
    return added
