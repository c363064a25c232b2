"""What rules and the anomaly look at and say, alone or beside a model. Rule of the room: put the rooms together."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from powertheft.actions.feature_recipe import offered_columns
from powertheft.actions.known_rules import known_features
from powertheft.actions.prepare_data import Prepared
from powertheft.actions.quoted_numbers import quoted_otherwise
from powertheft.domain.errors import ChoiceError
from powertheft.engines.local import FeatureTable
from powertheft.explanation.reasons import REASONS, Aside, reasons
from powertheft.features.catalogue import Columns, catalogue, lacking
from powertheft.features.definition import Feature
from powertheft.rules.anomaly import anomaly_features, anomaly_scores
from powertheft.rules.applying import (
    apply_rules,
    asked,
    compared_first,
    features_of,
    numbers_of,
    title_and_number,
)
from powertheft.rules.definition import Rule
from powertheft.rules.reading import OwnRules, read_rules, rules_of_others


@dataclass(frozen=True, slots=True)
class RulesBeside:
    """The rules that data can answer, those that they cannot with what they lack, and the features that are looked at.

    `features` are those that the rules compare and quote, `judged` those that the anomaly is made of; `known` are all
    that a rule may name.
    """

    asked: tuple[Rule, ...]
    not_asked: Mapping[str, tuple[str, ...]]
    features: tuple[Feature, ...]
    judged: tuple[Feature, ...]

    def among(self, others: Iterable[Feature]) -> tuple[Feature, ...]:
        """Return other features, and those of the rules and the anomaly that are not among them."""
        found = {feature.name: feature for feature in others}
        for feature in (*self.features, *self.judged):
            found.setdefault(feature.name, feature)
        return tuple(found.values())


def check_form(own: OwnRules | None) -> None:
    """Refuse a file that is none of rules before hours go into data; which features there are is known after them."""
    with suppress(ChoiceError):
        read_rules(own, catalogue())


def rules_for(prepared: Prepared, own: OwnRules | None) -> RulesBeside:
    """Return the rules that the data can answer, with all that they and the anomaly look at."""
    return rules_of(offered_columns(prepared.tables), own)


def rules_of(columns: Columns, own: OwnRules | None) -> RulesBeside:
    """Return the same for data that were looked at before."""
    there, known = catalogue(columns), known_features(columns)
    every = read_rules(own, known)
    chosen = asked(every, there)
    names = numbers_of(chosen, there)
    offered = frozenset(need for feature in there for need in feature.needs) | columns.canonical
    needed = {feature.name: lacking(feature, offered) for feature in known}
    unasked = {
        rule.name: tuple(sorted({need for name in features_of([rule]) | set(rule.says) for need in needed[name]}))
        for rule in every
        if rule not in chosen
    }
    return RulesBeside(
        asked=chosen,
        not_asked=unasked | rules_of_others(own, known),
        features=tuple(feature for feature in there if feature.name in names),
        judged=anomaly_features(there),
    )


def anomaly_of(table: FeatureTable, judged: Sequence[Feature], known_as: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Return how unusual each consumer is among the others; NaN where there is nothing to judge by.

    A pseudonym decides nothing: which consumers a tree draws hangs on `known_as`, the names that folds go by.
    """
    if not judged:
        return np.full(len(table.consumer_ids), np.nan)
    numbers = table.features.select(feature.name for feature in judged)
    return anomaly_scores(numbers, order=np.argsort(known_as.astype(np.str_), kind="stable"), seed=seed)


def reasons_of(
    prepared: Prepared,
    table: FeatureTable,
    rows: np.ndarray,
    *,
    contributions: np.ndarray,
    features: Sequence[Feature],
    rules: RulesBeside,
) -> list[tuple[str, ...]]:
    """Return what the model says of some consumers, and where that is less than three reasons, the rules that hold.

    A rule speaks only if it holds however the bills are read, and its numbers are checked as the model's are.
    """
    own = table.features[rows]
    speaking = _firing(rules, own)
    said = {name for rule in speaking.asked for name in rule.says}
    # Reading bills in other ways is most of the work: only what can be told is computed again.
    raising = [feature for feature, worth in zip(features, contributions.T, strict=True) if (worth > 0).any()]
    quoting = (*raising, *(feature for feature in rules.features if feature.name in said and feature not in raising))
    compared = features_of(speaking.asked)
    otherwise = quoted_otherwise(prepared, table, rows, features=quoting, compared=compared)
    return reasons(
        contributions=contributions,
        features=features,
        numbers=own,
        otherwise=otherwise,
        asides=_asides(speaking, own, otherwise),
        count=REASONS,
    )


def _firing(rules: RulesBeside, numbers: pl.DataFrame) -> RulesBeside:
    """Return the rules that hold of somebody."""
    fired = {name for names in apply_rules(rules.asked, numbers)["fired"].to_list() for name in names}
    return replace(rules, asked=tuple(rule for rule in rules.asked if rule.name in fired))


def _asides(rules: RulesBeside, own: pl.DataFrame, otherwise: Sequence[pl.DataFrame]) -> list[list[Aside]]:
    spoken = {rule.name: rule for rule in rules.asked}
    known = {feature.name: feature for feature in rules.features}
    fired = [apply_rules(rules.asked, frame)["fired"].to_list() for frame in (own, *otherwise)]
    rows = own.select(list(known)).to_dicts() if known else [{} for _ in range(own.height)]
    return [
        [_aside(spoken[name], row, known) for name in found[0] if all(name in another for another in found[1:])]
        for row, found in zip(rows, zip(*fired, strict=True), strict=True)
    ]


def _aside(rule: Rule, row: Mapping[str, object], known: Mapping[str, Feature]) -> Aside:
    return Aside(
        mark=f"Rule {rule.name}",
        features=tuple(known[name] for name in rule.says),
        plainly=title_and_number(rule, row, known),
        compared=known[compared_first(rule)],
    )
