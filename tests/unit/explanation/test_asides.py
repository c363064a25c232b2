"""What rules say beside a model: after its own reasons, under their mark, on nothing that was told before."""

import numpy as np
import polars as pl
import pytest

from powertheft.explanation.reasons import Aside, reasons
from powertheft.features.catalogue import catalogue

KNOWN = {feature.name: feature for feature in catalogue()}
SEEN = [KNOWN[name] for name in ("largest_drop", "same_season_ratio_12m", "region")]
NUMBERS = {
    "as_of_date": 17970.0,
    "drop_before": 412.0,
    "drop_after": 115.0,
    "drop_age": 8.0,
    "use_12m": 115.0,
    "use_all": 300.0,
    "same_season_ratio_12m": 0.28,
    "same_season_now_12m": 115.0,
    "same_season_before_12m": 412.0,
    "index_gap_min": -400.0,
    "low_run": 7.0,
    "category": "hut",
}
YEAR = Aside("Rule fall", (KNOWN["same_season_ratio_12m"],), "Fell: 0.28", KNOWN["same_season_ratio_12m"])
BACK = Aside("Rule back", (), "Set back: −400 kWh", KNOWN["index_gap_min"])
HUT = Aside("Rule hut", (), "A hut: hut", KNOWN["category"])
OWN = Aside("Rule own", (), "Hardly used: 7 months", KNOWN["low_run"])


def told(
    contributions: tuple[float, ...], asides: list[Aside], *others: dict[str, object], count: int = 3
) -> list[str]:
    (found,) = reasons(
        contributions=np.array([contributions]),
        features=SEEN,
        numbers=pl.DataFrame([NUMBERS]),
        otherwise=[pl.DataFrame([{**NUMBERS, **other}]) for other in others],
        asides=[asides],
        count=count,
    )
    return [reason for reason in found if reason]


def test_a_rule_speaks_after_the_model_and_under_its_mark() -> None:
    first, second = told((1.0, -1.0, 0.0), [YEAR])
    assert first.startswith("Use fell around")
    assert second.startswith("Rule fall: used 72 % less than in the same months a year before")


def test_the_model_speaks_as_it_does_without_rules() -> None:
    alone, beside = told((1.0, 0.5, 0.0), []), told((1.0, 0.5, 0.0), [YEAR, BACK])
    assert beside[: len(alone)] == alone
    assert len(alone) == 2


def test_no_more_is_told_than_is_asked_for() -> None:
    assert len(told((1.0, 0.5, 0.0), [BACK, OWN, HUT])) == 3
    assert told((1.0, 0.5, 0.0), [BACK], count=2) == told((1.0, 0.5, 0.0), [], count=2)


def test_what_was_told_by_the_model_or_by_another_rule_is_not_told_again() -> None:
    assert not [reason for reason in told((1.0, 0.5, 0.0), [YEAR]) if reason.startswith("Rule")]
    twice = told((0.0, 0.0, 0.0), [YEAR, Aside("Rule again", YEAR.features, YEAR.plainly, YEAR.compared)])
    assert [reason.split(":")[0] for reason in twice] == ["Rule fall"]


def test_of_two_clauses_the_one_that_is_news_is_told() -> None:
    both = Aside("Rule both", (KNOWN["same_season_ratio_12m"], KNOWN["largest_drop"]), "", KNOWN["largest_drop"])
    (_, second) = told((1.0, 0.0, 0.0), [both])
    assert second.startswith("Rule both: used 72 % less")
    assert "fell around" not in second


def test_a_rule_that_speaks_for_a_feature_without_a_sentence_is_silent() -> None:
    assert told((0.0, 0.0, 0.0), [Aside(BACK.mark, (KNOWN["index_gap_min"],), BACK.plainly, BACK.compared)]) == []


def test_a_rule_that_speaks_for_no_feature_says_its_own() -> None:
    assert told((0.0, 0.0, 0.0), [BACK, OWN, HUT]) == [
        "Rule back: set back: −400 kWh", "Rule own: hardly used: 7 months", "Rule hut: a hut: hut",
    ]  # fmt: skip


def test_a_sentence_that_is_silent_stays_so() -> None:
    # Nothing notable: use is what it was a year before, whatever threshold a user has set.
    assert told((0.0, 0.0, 0.0), [YEAR], dict.fromkeys(NUMBERS)) == []
    (found,) = reasons(
        contributions=np.zeros((1, 3)),
        features=SEEN,
        numbers=pl.DataFrame([{**NUMBERS, "same_season_ratio_12m": 0.99, "same_season_now_12m": 410.0}]),
        asides=[[YEAR]],
    )
    assert not any(found)


@pytest.mark.parametrize(
    ("aside", "other"),
    [(YEAR, {"same_season_before_12m": 200.0}), (BACK, {"index_gap_min": -100.0}), (OWN, {"low_run": None})],
)
def test_what_another_reading_of_the_bills_does_not_bear_out_is_not_told(
    aside: Aside, other: dict[str, object]
) -> None:
    assert len(told((0.0, 0.0, 0.0), [aside], {})) == 1
    assert told((0.0, 0.0, 0.0), [aside], {}, other) == []


def test_a_model_that_cannot_speak_leaves_the_word_to_the_rules() -> None:
    silent = [feature for feature in catalogue() if not feature.sentence][:2]
    numbers = pl.DataFrame([NUMBERS, NUMBERS])
    found = reasons(contributions=np.ones((2, 2)), features=silent, numbers=numbers, asides=[[BACK], []])
    assert found == [("Rule back: set back: −400 kWh", "", ""), ("", "", "")]
