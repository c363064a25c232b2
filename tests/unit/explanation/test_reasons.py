"""Which sentences a consumer gets, and in which order."""

import time

import numpy as np
import polars as pl
import pytest

from powertheft.explanation.reasons import needed_numbers, reasons
from powertheft.features.catalogue import catalogue
from powertheft.features.definition import Feature

AS_OF = 17970.0  # 15 March 2019
KNOWN = {feature.name: feature for feature in catalogue()}
SEEN = [
    KNOWN[name]
    for name in ("region", "same_season_ratio_12m", "same_season_ratio_6m", "largest_drop", "meters", "index_mean")
]
NUMBERS = pl.DataFrame(
    {
        "as_of_date": [AS_OF],
        "same_season_now_12m": [115.0],
        "same_season_before_12m": [412.0],
        "same_season_now_6m": [100.0],
        "same_season_before_6m": [400.0],
        "drop_age": [13.0],
        "drop_before": [500.0],
        "drop_after": [100.0],
        "use_all": [300.0],
        "meters": [2.0],
        "newest_meter_age": [31.0],
        "exchanges_sum": [1.0],
    }
)
YEAR = "Used 72 % less than in the same months a year before: 412 kWh a month, now 115 (12 months to Mar 2019)"
HALF = "Used 75 % less than in the same months a year before: 400 kWh a month, now 100 (6 months to Mar 2019)"
DROP = "Use fell around Feb 2018: 500 kWh a month in the six months before, 100 in the six from then"
METER = "Another meter than before, on the bills since Feb 2019 (an exchange may itself follow a visit)"


def told(*contributions: float, count: int = 3, numbers: pl.DataFrame = NUMBERS) -> tuple[str, ...]:
    return reasons(contributions=np.array([contributions]), features=SEEN, numbers=numbers, count=count)[0]


def test_reasons_come_in_the_order_of_what_their_themes_contribute() -> None:
    assert told(0.0, 0.3, 0.2, 0.4, 0.1, 0.0) == (YEAR, DROP, METER)
    assert told(0.0, 0.1, 0.2, 0.4, 0.6, 0.0) == (METER, DROP, HALF)


def test_a_theme_speaks_once_through_its_strongest_feature() -> None:
    assert told(0.0, 0.2, 0.3, 0.0, 0.0, 0.0) == (HALF, "", "")


def test_what_lowers_the_score_is_no_reason() -> None:
    assert told(0.0, -0.3, -0.2, -0.4, 0.1, 0.0) == (METER, "", "")
    # The theme lowers the score although one of its features raises it.
    assert told(0.0, 0.1, -0.5, 0.2, 0.0, 0.0) == (DROP, "", "")


def test_a_fact_of_the_registry_is_no_reason_however_much_it_weighs() -> None:
    assert told(9.0, 0.1, 0.0, 0.0, 0.0, 0.0) == (YEAR, "", "")


def test_a_feature_with_nothing_to_say_leaves_the_word_to_the_next_of_its_theme() -> None:
    unchanged = NUMBERS.with_columns(same_season_now_12m=pl.lit(405.0))
    assert told(0.0, 0.9, 0.1, 0.0, 0.0, 0.0, numbers=unchanged) == (HALF, "", "")


def test_reasons_are_never_invented_to_fill_the_columns() -> None:
    assert told(0.0, 0.0, 0.0, 0.0, 0.0, 0.0) == ("", "", "")
    assert told(0.0, 0.1, 0.0, 0.2, 0.3, 0.0, count=1) == (METER,)
    assert told(0.0, 0.1, 0.0, 0.2, 0.3, 0.0, count=5) == (METER, DROP, YEAR, "", "")


def test_numbers_that_are_empty_or_absent_silence_a_sentence() -> None:
    empty = NUMBERS.with_columns(drop_before=pl.lit(None, dtype=pl.Float32))
    assert told(0.0, 0.0, 0.0, 0.4, 0.1, 0.0, numbers=empty) == (METER, "", "")
    assert told(0.0, 0.0, 0.0, 0.4, 0.1, 0.0, numbers=NUMBERS.drop("drop_before")) == (METER, "", "")
    assert told(0.0, 0.0, 0.0, 0.4, 0.1, 0.0, numbers=NUMBERS.select(pl.lit(1.0).alias("none"))) == ("", "", "")


def read_otherwise(**numbers: float | None) -> tuple[str, ...]:
    """Reasons where another reading of the bills gives other numbers."""
    other = NUMBERS.with_columns(pl.lit(value, dtype=pl.Float64).alias(name) for name, value in numbers.items())
    contributions = np.array([[0.0, 0.3, 0.2, 0.4, 0.1, 0.0]])
    return reasons(contributions=contributions, features=SEEN, numbers=NUMBERS, otherwise=[NUMBERS, other])[0]


def test_a_number_that_hangs_on_how_the_bills_are_read_is_not_told() -> None:
    assert read_otherwise() == (YEAR, DROP, METER)
    assert read_otherwise(same_season_before_12m=380.0, drop_before=560.0) == (YEAR, DROP, METER)
    # 412 against 340, 500 against 600: more than 15 % apart.
    assert read_otherwise(same_season_before_12m=340.0) == (HALF, DROP, METER)
    assert read_otherwise(drop_before=600.0) == (YEAR, METER, "")


def test_what_another_reading_does_not_tell_at_all_is_not_told() -> None:
    assert read_otherwise(drop_before=None) == (YEAR, METER, "")
    # The year before the fall was as low: by that reading it is the season's.
    assert read_otherwise(drop_year_before=105.0) == (YEAR, METER, "")


def test_features_of_a_file_without_sentences_give_empty_reasons() -> None:
    own = [Feature("ROOMS", "attribute", "", "Rooms", frozenset({"consumers.ROOMS"}), KNOWN["region"].computation)]
    found = reasons(contributions=np.ones((2, 1)), features=own, numbers=pl.DataFrame({"ROOMS": [1.0, 2.0]}))
    assert found == [("", "", "")] * 2


def test_shapes_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match=r"contributions are \(1, 2\), for 1 consumers and 6 features"):
        reasons(contributions=np.ones((1, 2)), features=SEEN, numbers=NUMBERS)


def test_needed_numbers_are_those_that_the_sentences_quote() -> None:
    assert needed_numbers([KNOWN["region"]]) == frozenset()
    assert {"as_of_date", "same_season_now_12m", "same_season_before_12m"} <= needed_numbers(SEEN)


def test_reasons_of_ten_thousand_consumers_take_seconds() -> None:
    features = list(catalogue())
    draws = np.random.default_rng(0)
    rows = 10_000
    contributions = draws.normal(size=(rows, len(features)))
    names = sorted(needed_numbers(features) - {"as_of_date"})
    numbers = pl.DataFrame({name: draws.gamma(1.0, 20.0, rows) for name in names}).with_columns(as_of_date=AS_OF)
    start = time.perf_counter()
    found = reasons(contributions=contributions, features=features, numbers=numbers)
    assert time.perf_counter() - start < 20
    assert len(found) == rows
    assert sum(map(bool, found[0])) == 3
