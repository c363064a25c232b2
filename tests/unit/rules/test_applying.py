"""Which rules fire for numbers whose answers are known, and how they speak."""

import polars as pl
import pytest

from powertheft.features.catalogue import catalogue
from powertheft.rules.applying import apply_rules, asked, numbers_of, tell_rules
from powertheft.rules.definition import Comparison, Condition, Rule
from powertheft.rules.reading import read_rules

KNOWN = catalogue()
BUILT_IN = {rule.name: rule for rule in read_rules(None, KNOWN)}
AS_OF = 17970.0  # 15 March 2019
YEAR = "Used 72 % less than in the same months a year before: 412 kWh a month, now 115 (12 months to Mar 2019)"

# For each built-in rule: numbers under which it fires, read off its own words, and one change that stops it.
CASES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "year-on-year-fall": (
        {"same_season_ratio_12m": 0.49, "same_season_before_12m": 50.0},
        {"same_season_ratio_12m": 0.5},
    ),
    "half-year-fall": (
        {"same_season_ratio_6m": 0.4, "same_season_before_6m": 80.0, "same_season_ratio_12m": 0.7},
        {"same_season_ratio_12m": 0.4},
    ),
    "lasting-step-down": (
        {"step_size": 0.3, "step_strength": 0.3, "step_before": 200.0, "season_strength": 0.1},
        {"season_strength": 0.5},
    ),
    "no-use-at-a-used-supply": ({"zero_run_now": 4.0, "median_use": 120.0}, {"zero_run_now": 3.0}),
    "hardly-any-use-for-long": ({"low_run_now": 6.0, "median_use": 120.0}, {"median_use": 10.0}),
    "register-stuck": (
        {"index_difference_max_12m": 0.0, "index_difference_max": 300.0, "estimated_mean_12m": 0.0},
        {"estimated_mean_12m": 1.0},
    ),
    "register-set-back": ({"index_gap_min": -400.0, "index_gap_max": 0.0}, {"index_gap_max": 400.0}),
    "register-ahead-of-bills": ({"index_gap_max": 60.0, "index_gap_min": 0.0}, {"index_gap_max": 40.0}),
    "not-read-three-times": ({"estimated_sum_last3": 3.0, "estimated_mean": 0.4}, {"estimated_mean": 1.0}),
    "far-below-neighbours": ({"to_peers_12m": 0.29, "peers_daily_12m": 3.0}, {"to_peers_12m": 0.31}),
    "fell-behind-neighbours": ({"fall_against_peers": 0.3, "relative_best": 1.1}, {"relative_best": 0.2}),
    "load-hardly-used": ({"load_use": 0.01, "category": " Commercial"}, {"category": "DOMESTIC"}),
    "more-than-the-load": ({"load_use": 0.6}, {"load_use": 0.59}),
    "theft-found-before": ({"findings": 1.0}, {"findings": 0.0}),
    "tamper-events-recent": ({"tamper_recency": 183.0}, {"tamper_recency": 184.0}),
    "tamper-events-repeated": ({"tamper_events": 3.0}, {"tamper_events": 2.0}),
    "reconnected-without-use": ({"reconnections": 1.0, "zero_run_now": 2.0}, {"reconnections": 0.0}),
    "low-behind-a-lossy-transformer": ({"transformer_loss_share": 0.12, "to_peers_12m": 0.3}, {"to_peers_12m": 0.9}),
    "falls-as-the-transformer-loses": (
        {"transformer_loss_likeness": -0.5, "same_season_ratio_12m": 0.6},
        {"transformer_loss_likeness": 0.5},
    ),
}


def fires(rule: Rule, values: dict[str, object]) -> bool:
    return apply_rules([rule], pl.DataFrame([values]))["points"].item() > 0


def test_every_built_in_rule_has_its_case() -> None:
    assert set(CASES) == set(BUILT_IN)


@pytest.mark.parametrize("name", CASES)
def test_a_built_in_rule_fires_where_it_says_and_not_beside_it_or_where_a_number_is_missing(name: str) -> None:
    rule, (values, change) = BUILT_IN[name], CASES[name]
    assert fires(rule, values)
    assert not fires(rule, values | change)
    for missing in values:
        assert not fires(rule, values | {missing: None}), missing


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("below", [True, False, False, False, False]),
        ("at most", [True, True, False, False, False]),
        ("at least", [False, True, True, False, False]),
        ("above", [False, False, True, False, False]),
    ],
)
def test_a_comparison_holds_at_its_threshold_as_its_words_say(comparison: Comparison, expected: list[bool]) -> None:
    rule = Rule("r", "R", "", 1.0, "practice", (Condition("load_use", comparison, 0.3),), ("load_use",))
    # 0.3 as the engine gives it (float32), one step below and above, missing, and no number.
    values = pl.Series("load_use", [0.29999, 0.3, 0.30001, None, float("nan")], dtype=pl.Float32)
    assert (apply_rules([rule], values.to_frame())["points"] > 0).to_list() == expected


def test_points_are_the_weights_of_what_fires_and_names_come_heaviest_first() -> None:
    rules = [BUILT_IN[name] for name in ("tamper-events-recent", "more-than-the-load", "tamper-events-repeated")]
    features = pl.DataFrame({"tamper_recency": [20.0, 900.0], "load_use": [0.7, 0.7], "tamper_events": [5.0, 0.0]})
    assert apply_rules(rules, features).to_dicts() == [
        {"fired": ["tamper-events-repeated", "tamper-events-recent", "more-than-the-load"], "points": 6.0},
        {"fired": ["more-than-the-load"], "points": 1.0},
    ]


def test_without_rules_nobody_has_points() -> None:
    assert apply_rules([], pl.DataFrame({"load_use": [0.7, 0.1]})).to_dicts() == [{"fired": [], "points": 0.0}] * 2


def test_a_rule_is_asked_only_where_all_its_features_are_offered() -> None:
    offered = [feature for feature in KNOWN if feature.name in {"load_use", "tamper_events"}]
    assert [rule.name for rule in asked(list(BUILT_IN.values()), offered)] == [
        "more-than-the-load",
        "tamper-events-repeated",
    ]


def told(names: list[str], values: dict[str, object]) -> tuple[str, ...]:
    rules = [BUILT_IN[name] for name in names]
    (reasons,) = tell_rules(rules, [names], pl.DataFrame([values]), known=KNOWN)
    return reasons


YEAR_ON_YEAR = {
    "as_of_date": AS_OF,
    "same_season_ratio_12m": 0.28,
    "same_season_now_12m": 115.0,
    "same_season_before_12m": 412.0,
}


def test_a_rule_speaks_with_the_sentence_of_its_feature_and_the_consumers_own_numbers() -> None:
    assert told(["year-on-year-fall"], YEAR_ON_YEAR) == (YEAR,)
    assert set(YEAR_ON_YEAR) <= numbers_of([BUILT_IN["year-on-year-fall"]], KNOWN)


def test_without_a_sentence_the_title_and_the_number_with_its_unit_are_told() -> None:
    assert told(["register-set-back"], {"index_gap_min": -1400.0}) == (
        "The register starts lower than it ended on the bill before, on the same meter: −1,400 kWh (least gap from the "
        "last register to the next bill's first over the whole history)",
    )
    assert told(["more-than-the-load"], {"load_use": 0.654}) == (
        "Use above 60 % of what the sanctioned load could take day and night: 0.65 share (use in the last 12 months "
        "over what the sanctioned load could take)",
    )


def test_what_two_rules_would_both_say_is_told_once() -> None:
    both = YEAR_ON_YEAR | {"transformer_loss_likeness": -0.5}
    assert told(["year-on-year-fall", "falls-as-the-transformer-loses"], both) == (
        YEAR,
        "When less is billed here, more of the transformer's energy is on no bill (correlation −0.50 over 36 months to "
        "Mar 2019)",
    )


def test_a_rule_of_two_features_says_both() -> None:
    both = YEAR_ON_YEAR | {"transformer_loss_likeness": -0.5}
    (reason,) = told(["falls-as-the-transformer-loses"], both)
    assert reason.endswith(f"to Mar 2019); u{YEAR[1:]}")
