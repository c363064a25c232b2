"""How near a rule is to one connection. Rule of the room: imports domain and features only."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import polars as pl

from powertheft.features.definition import Feature
from powertheft.rules.applying import apply_rules, written
from powertheft.rules.definition import Condition, Rule

Nearness = Literal["holds", "nearly", "no"]

NEAR = 0.25
"""Share of the threshold by which a number may miss it and still nearly hold (an assumption): 3 months are near 4."""

_DOWNWARD = ("below", "at most")


def nearness_of(rules: Sequence[Rule], numbers: pl.DataFrame) -> dict[str, Nearness]:
    """Say of one connection which rules hold, which nearly do, and which do not.

    Parameters
    ----------
    rules : sequence of Rule
        Rules whose features are all there.
    numbers : DataFrame, shape (1, n_features)
        The features that the rules compare, of the one connection.

    Returns
    -------
    dict of str to {"holds", "nearly", "no"}
        By the name of the rule. Nearly: each condition holds or misses its threshold by `NEAR` of it at most. What is
        missing, and a word that is not the one, are never near.

    Raises
    ------
    ValueError
        If it is not one connection.

    Examples
    --------
    >>> rules = [
    ...     Rule(name, "", "", 1.0, "practice", (Condition("zero_run_now", "at least", months),), ())
    ...     for name, months in (("short", 2.0), ("long", 4.0), ("longer", 9.0))
    ... ]
    >>> nearness_of(rules, pl.DataFrame({"zero_run_now": [3.0]}))
    {'short': 'holds', 'long': 'nearly', 'longer': 'no'}
    """
    if numbers.height != 1:
        msg = f"nearness is of one connection, not of {numbers.height}"
        raise ValueError(msg)
    holds, row = set(apply_rules(rules, numbers)["fired"][0]), numbers.row(0, named=True)
    return {
        rule.name: "holds"
        if rule.name in holds
        else "nearly"
        if all(_missed(condition, row.get(condition.feature)) <= NEAR for condition in rule.conditions)
        else "no"
        for rule in rules
    }


def _missed(condition: Condition, value: object) -> float:
    """Return by how much of its threshold a value misses a condition; 0 where it holds."""
    if condition.comparison == "one of":
        held = str(value).strip().lower() in {word.strip().lower() for word in condition.words}
        return 0.0 if held and value is not None else math.inf
    if not isinstance(value, (int, float)) or math.isnan(value):
        return math.inf
    over = value - condition.threshold
    missed = max(over if condition.comparison in _DOWNWARD else -over, 0.0)
    if condition.threshold == 0:
        return 0.0 if missed == 0 else math.inf
    return missed / abs(condition.threshold)


def values_here(rule: Rule, row: Mapping[str, object], known: Mapping[str, Feature]) -> str:
    """Return a connection's own values of what a rule compares, in the order of its conditions.

    Examples
    --------
    >>> from powertheft.features.catalogue import catalogue
    >>> rule = Rule("low", "", "", 1.0, "practice", (Condition("low_run", "at least", 6.0),), ())
    >>> values_here(rule, {"low_run": 5.0}, {feature.name: feature for feature in catalogue()})
    'low_run 5 months'
    """
    names = dict.fromkeys(condition.feature for condition in rule.conditions)
    return ", ".join(f"{name} {_here(row.get(name), known[name].unit)}" for name in names)


def _here(value: object, unit: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "not known"
    if not isinstance(value, (int, float)):
        return str(value)
    # A share of 0.019 is not 0.02, where that is the threshold.
    close = abs(value) < 1 and value != round(value)
    unit = "" if unit == "share" else unit
    return f"{value:.3g} {unit}".rstrip().replace("-", "−") if close else written(float(value), unit)
