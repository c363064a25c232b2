"""How near a rule is to one connection, for numbers whose answers are known."""

import polars as pl
import pytest

from powertheft.features.catalogue import catalogue
from powertheft.rules.definition import Comparison, Condition, Rule
from powertheft.rules.nearness import nearness_of, values_here
from powertheft.rules.reading import read_rules

KNOWN = {feature.name: feature for feature in catalogue()}


def rule(*conditions: Condition) -> Rule:
    return Rule("one", "One", "", 1.0, "practice", conditions, ())


@pytest.mark.parametrize(
    ("comparison", "threshold", "value", "expected"),
    [
        ("below", 0.4, 0.39, "holds"),
        ("below", 0.4, 0.4, "nearly"),
        ("at most", 0.4, 0.5, "nearly"),
        ("at most", 0.4, 0.51, "no"),
        ("at least", 4.0, 3.0, "nearly"),
        ("at least", 4.0, 2.9, "no"),
        ("above", -50.0, -60.0, "nearly"),
        ("at most", 0.0, 0.1, "no"),
        ("at least", 4.0, None, "no"),
        ("at least", 4.0, float("nan"), "no"),
    ],
)
def test_a_quarter_of_the_threshold_is_near(
    comparison: Comparison, threshold: float, value: float | None, expected: str
) -> None:
    numbers = pl.DataFrame({"low_run": [value]}, schema={"low_run": pl.Float64})
    assert nearness_of([rule(Condition("low_run", comparison, threshold))], numbers) == {"one": expected}


def test_one_condition_that_is_far_makes_the_whole_rule_far() -> None:
    both = rule(Condition("low_run", "at least", 4.0), Condition("median_use", "at least", 50.0))
    assert nearness_of([both], pl.DataFrame({"low_run": [3.0], "median_use": [60.0]})) == {"one": "nearly"}
    assert nearness_of([both], pl.DataFrame({"low_run": [3.0], "median_use": [5.0]})) == {"one": "no"}


def test_another_word_is_never_near() -> None:
    shop = rule(Condition("category", "one of", words=("Commercial",)), Condition("low_run", "at least", 4.0))
    assert nearness_of([shop], pl.DataFrame({"category": ["commercial "], "low_run": [3.0]})) == {"one": "nearly"}
    assert nearness_of([shop], pl.DataFrame({"category": ["domestic"], "low_run": [9.0]})) == {"one": "no"}
    assert nearness_of([shop], pl.DataFrame({"category": [None], "low_run": [9.0]})) == {"one": "no"}


def test_it_is_said_of_one_connection_only() -> None:
    with pytest.raises(ValueError, match="of one connection, not of 2"):
        nearness_of([rule(Condition("low_run", "at least", 4.0))], pl.DataFrame({"low_run": [1.0, 2.0]}))


def test_the_values_of_every_built_in_rule_can_be_told() -> None:
    for one in read_rules(None, tuple(KNOWN.values())):
        names = {condition.feature for condition in one.conditions}
        values = {name: "shop" if KNOWN[name].kind == "category" else 0.283 for name in names}
        told = values_here(one, values, KNOWN)
        assert all(f"{name} shop" in told or f"{name} 0.283" in told for name in names)
        assert values_here(one, {}, KNOWN).count("not known") == len(names)


def test_a_value_beside_its_threshold_keeps_the_digit_that_parts_them() -> None:
    assert values_here(rule(Condition("load_use", "below", 0.02)), {"load_use": 0.0196}, KNOWN) == "load_use 0.0196"
    assert values_here(rule(Condition("low_run", "at least", 4.0)), {"low_run": 3.0}, KNOWN) == "low_run 3 months"
