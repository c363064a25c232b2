"""Cases of every feature that reads the monthly panel: series as a person would draw them, values worked out by hand.

Series are [kWh/day] by month, oldest first, and end in December 2019 unless a case says otherwise; a gap is NAN.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from powertheft.domain.series import MONTHS
from powertheft.features.catalogue import catalogue
from powertheft.features.definition import Feature, Grouped, Kernel
from powertheft.panel.monthly import PERIODS, MonthlyPanel

NAN = float("nan")
MONTH = 30.4375
DECEMBER_2019 = 599


@dataclass(frozen=True)
class Case:
    own: list[float]
    expected: Mapping[str, float | None]
    peers: list[float] = field(default_factory=list)
    supplied: list[float] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)


# A year at 10, a year at 20 in the warm months (April to September) and 10 in the cold, then a year at a quarter of it.
WARM = [10.0] * 3 + [20.0] * 6 + [10.0] * 3
FALLEN = [10.0] * 12 + WARM + [value / 4 for value in WARM]
SAME_SEASON = Case(
    FALLEN,
    {
        "same_season_ratio_3m": 0.25,
        "same_season_now_3m": 2.5 * MONTH,
        "same_season_before_3m": 10 * MONTH,
        "same_season_ratio_6m": 0.25,
        "same_season_now_6m": 3.75 * MONTH,
        "same_season_before_6m": 15 * MONTH,
        "same_season_ratio_12m": 0.25,
        "same_season_now_12m": 3.75 * MONTH,
        "same_season_before_12m": 15 * MONTH,
        "same_season_ratio_2y": 0.375,
        "same_season_now_2y": 3.75 * MONTH,
        "same_season_before_2y": 10 * MONTH,
        "same_season_loss_12m": (3.75 - 15) * 12 * MONTH,
        "same_season_least": 0.25,
        # The first six months of the last year are as low as any later six: the earliest are named.
        "same_season_worst_age": 11 - 5,
        "same_season_worst_now": 3.75 * MONTH,
        "same_season_worst_before": 15 * MONTH,
        "summer_to_winter": (20 + 5) / (10 + 2.5),
        "summer_use": 12.5 * MONTH,
        "winter_use": 6.25 * MONTH,
        "summer_to_winter_older": (10 + 20 + 5) / (10 + 10 + 2.5),
        "calendar_swing": (10 + 20 + 5) / (10 + 10 + 2.5),
        "use_12m": 3.75 * MONTH,
        "use_6m": 3.75 * MONTH,
        "use_older": 10 * MONTH,
        "use_all": (10 + 15 + 3.75) / 3 * MONTH,
        "recent_6m_to_all": 3.75 / (28.75 / 3),
        "recent_12m_to_all": 3.75 / (28.75 / 3),
        "least_month": 2.5 * MONTH,
        "greatest_month": 20 * MONTH,
        "median_use": 10 * MONTH,
        # The first twelve months with all six warm ones end in September of the second year.
        "best_daily": 15,
        "best_age": 15,
        "best_year_use": 15 * MONTH,
        "best_year_age": 15,
        "recent_to_best": 0.25,
        "first_month_age": 35,
        "last_month_age": 0,
        "months_observed_12m": 12,
    },
)

# Twenty months at 10, ten at 3, with a gap in each.
STEP = Case(
    [10.0] * 8 + [NAN] + [10.0] * 11 + [3.0] * 4 + [NAN] + [3.0] * 5,
    {
        "step_size": 0.3,
        "step_strength": 1,
        "step_age": 10,
        "step_before": 10 * MONTH,
        "step_after": 3 * MONTH,
        "largest_drop": 0.3,
        "drop_before": 10 * MONTH,
        # The last six months in a row that are all observed begin two before the step.
        "drop_after": (2 * 10 + 4 * 3) / 6 * MONTH,
        "drop_age": 11,
        # 3 is under half of 10, 8.8, 7.7 and 6.5, the means of six months as the fall moves into them, and not of 5.3.
        "drops_over_half": 4,
        "zero_run": 0,
        "zero_run_now": 0,
        "zero_run_age": None,
        "low_run": 0,
        "low_run_now": 0,
        "low_run_age": None,
        "low_share": 0,
        "first_month_age": 29,
    },
)

# A year at 8, four months without use, a year at 8, two months at 1.
LOW = Case(
    [8.0] * 12 + [0.0] * 4 + [8.0] * 12 + [1.0] * 2,
    {
        "zero_run": 4,
        "zero_run_now": 0,
        "zero_run_age": 14,
        "low_run": 4,
        "low_run_now": 2,
        "low_run_age": 14,
        "low_share": 6 / 30,
        "median_use": 8 * MONTH,
    },
)
EMPTY_NOW = Case(
    [8.0] * 10 + [0.0] * 5 + [NAN], {"zero_run_now": 5, "zero_run": 5, "zero_run_age": 1, "last_month_age": 1}
)

RISE = Case(
    [2.0] * 12 + [8.0] * 12,
    {
        "largest_rise": 4,
        "rise_before": 2 * MONTH,
        "rise_after": 8 * MONTH,
        "rise_year_before": 2 * MONTH,
        "rise_age": 11,
    },
)
FALL = Case(
    [8.0] * 12 + [2.0] * 12,
    {"drop_before": 8 * MONTH, "drop_after": 2 * MONTH, "drop_year_before": 8 * MONTH, "drop_age": 11},
)

LINE = Case(
    [1.0 + month / 2 for month in range(72)],
    {"slope_6m": 0.5, "slope_12m": 0.5, "slope_24m": 0.5, "slope_all": 0.5, "autocorrelation_1": 1},
)
WAVE = Case(
    [1.0, 3.0] * 36,
    {"variation": 0.5, "variation_12m": 0.5, "autocorrelation_1": -1, "autocorrelation_12": 1, "season_strength": 1},
)

# Neighbours use 10 all year but for the warm months of the last two years: 20; the house falls from 20 to 5.
PEERS = Case(
    [20.0] * 24 + [5.0] * 12,
    {
        # The neighbours' mean of the last year is 15, of the last six months too; of all three years 40 / 3.
        "to_peers_12m": 5 / 15,
        "to_peers_6m": 5 / 15,
        "to_peers_all": 15 / (40 / 3),
        "peers_daily_12m": 15,
        "peers_daily_6m": 15,
        "peers_daily_all": 40 / 3,
        "own_change": 0.25,
        "peers_change": 1,
        "change_to_peers": 0.25,
        # Month by month: half and a quarter of the neighbours in turns; twice theirs first, and eleven months are
        # enough for a year to count.
        "relative_now": 0.375,
        "relative_best": 2,
        "relative_best_age": 25,
        "fall_against_peers": 0.1875,
        "peers_summer_to_winter": 2,
        "peers_swing": (10 + 20 + 20) / 30,
    },
    peers=[10.0] * 12 + WARM * 2,
)
UNLIKE_PEERS = Case([3.0, 1.0] * 18, {"likeness_to_peers": -1}, peers=[10.0, 30.0] * 18)

# What the transformer lost is known until three months ago: 10 of 100 two years ago, 20 of 100 since, while the house
# fell from 12 to 2.
BALANCE = Case(
    [12.0] * 24 + [2.0] * 15,
    {
        "transformer_loss_share": 0.2,
        "transformer_loss_before": 0.1,
        "transformer_loss_change": 0.1,
        "transformer_loss_likeness": -1,
        "transformer_loss_to_own": 10,
        "transformer_supplied": 100 * MONTH,
        "transformer_lost": 20 * MONTH,
    },
    supplied=[100.0] * 36 + [NAN] * 3,
    lost=[10.0] * 24 + [20.0] * 12 + [NAN] * 3,
)

# Forty months of 0.5, 1, 1.5 and so on: the newest is of 20, and the oldest four are no part of the series.
MONTH_BY_MONTH = Case(
    [(month + 1) / 2 for month in range(40)],
    {name: (40 - back) / 2 for back, name in enumerate(MONTHS.columns)},
)

CASES = {
    "month by month": MONTH_BY_MONTH,
    "same season": SAME_SEASON,
    "step": STEP,
    "low": LOW,
    "empty now": EMPTY_NOW,
    "rise": RISE,
    "fall": FALL,
    "line": LINE,
    "wave": WAVE,
    "peers": PEERS,
    "unlike peers": UNLIKE_PEERS,
    "balance": BALANCE,
}
FEATURES: dict[str, Feature] = {
    feature.name: feature for feature in catalogue() if isinstance(feature.computation, Kernel | Grouped)
}


def padded(series: list[float]) -> np.ndarray:
    return np.array([[NAN] * (PERIODS - len(series)) + series], dtype=np.float32)


def value(feature: Feature, case: Case) -> float | None:
    panel = MonthlyPanel(padded(case.own), np.array([DECEMBER_2019]), padded(case.supplied), padded(case.lost))
    if isinstance(feature.computation, Kernel):
        said = feature.computation.function(panel)
    else:
        assert isinstance(feature.computation, Grouped)
        said = feature.computation.function(panel, padded(case.peers))
    assert said.shape == (1,)
    return None if np.isnan(said[0]) else float(said[0])


@pytest.mark.parametrize(("title", "name"), [(title, name) for title, case in CASES.items() for name in case.expected])
def test_a_feature_of_months_is_what_a_pencil_gives(title: str, name: str) -> None:
    expected = CASES[title].expected[name]
    assert value(FEATURES[name], CASES[title]) == (expected if expected is None else pytest.approx(expected, rel=1e-5))


def test_every_feature_of_months_has_a_case() -> None:
    assert set(FEATURES) == {name for case in CASES.values() for name in case.expected}


@pytest.mark.parametrize("name", FEATURES)
def test_nothing_is_said_of_a_house_without_bills(name: str) -> None:
    # A count of what never happened is none.
    assert value(FEATURES[name], Case([], {})) == (0 if name in {"drops_over_half", "months_observed_12m"} else None)
