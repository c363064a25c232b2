"""What is said of monthly series. Expected values are worked out by hand on series that a person would draw."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.panel import kernels
from powertheft.panel.monthly import PERIODS, MonthlyPanel

JANUARY_2020 = 600
NAN = float("nan")

KERNELS: dict[str, Callable[[MonthlyPanel], np.ndarray]] = {
    "recent": kernels.recent(12),
    "same_season_ratio": kernels.same_season_ratio(12),
    "same_season_use": kernels.same_season_use(12, 12),
    "same_season_loss": kernels.same_season_loss,
    "same_season_least": kernels.same_season_least,
    "same_season_worst_age": kernels.same_season_worst_age,
    "half_year_ratio": kernels.half_year_ratio(24),
    "season_strength": kernels.season_strength,
    "autocorrelation": kernels.autocorrelation(12),
    "slope": kernels.slope(24),
    "variation": kernels.variation(24),
    "best_daily": kernels.best_daily,
    "best_age": kernels.best_age,
    "recent_to_best": kernels.recent_to_best,
    "recent_to_all": kernels.recent_to_all(12),
    "largest_drop": kernels.largest_drop,
    "largest_rise": kernels.largest_rise,
    "halvings": kernels.halvings,
    "longest_zero_run": kernels.longest_zero_run,
    "zero_run_now": kernels.zero_run_now,
    "longest_low_run": kernels.longest_low_run,
    "low_run_now": kernels.low_run_now,
    "low_share": kernels.low_share,
    "step_ratio": kernels.step_ratio,
    "step_before": kernels.step_before,
    "step_after": kernels.step_after,
    "step_age": kernels.step_age,
    "step_strength": kernels.step_strength,
}


def panel_of(*series: list[float], last_month: int = JANUARY_2020 - 1) -> MonthlyPanel:
    """Series of any length, filled up at the front with months that nobody observed."""
    values = np.full((len(series), PERIODS), np.nan, dtype=np.float32)
    for row, months in enumerate(series):
        values[row, PERIODS - len(months) :] = months
    return MonthlyPanel(values, np.full(len(series), last_month))


def value(kernel: Callable[[MonthlyPanel], np.ndarray], series: list[float], **options: int) -> float:
    return float(kernel(panel_of(series, **options))[0])


def test_recent_use_is_the_mean_of_the_last_months_and_needs_three_of_them() -> None:
    assert value(kernels.recent(6), [9.0, *[2.0] * 4, NAN, 5.0]) == pytest.approx(13 / 5)
    assert np.isnan(value(kernels.recent(6), [9.0, 9.0, 9.0, 9.0, NAN, NAN, NAN, 2.0, NAN, 2.0]))
    assert value(kernels.recent(1), [4.0]) == 4.0


def test_the_same_season_is_compared_over_months_that_both_years_observe() -> None:
    # The year before: 10 in each month; now 4, but the month that is missing now had 1000 a year before.
    before = [10.0] * 11 + [1000.0]
    now = [4.0] * 11 + [NAN]
    assert value(kernels.same_season_ratio(12), before + now) == pytest.approx(0.4)
    assert value(kernels.same_season_use(12, 0), before + now) == pytest.approx(4.0)
    assert value(kernels.same_season_use(12, 12), before + now) == pytest.approx(10.0)


def test_the_lag_chooses_the_year_that_is_compared_with() -> None:
    history = [20.0] * 12 + [10.0] * 12 + [5.0] * 12
    assert value(kernels.same_season_ratio(12), history) == pytest.approx(0.5)
    assert value(kernels.same_season_ratio(12, lag=24), history) == pytest.approx(0.25)


def test_a_consumer_of_twelve_months_has_no_season_to_compare_with() -> None:
    assert np.isnan(value(kernels.same_season_ratio(12), [5.0] * 12))
    assert np.isnan(value(kernels.same_season_loss, [5.0] * 12))


def test_a_ratio_to_next_to_nothing_is_unknown_rather_than_huge() -> None:
    assert np.isnan(value(kernels.same_season_ratio(12), [0.01] * 12 + [8.0] * 12))


def test_the_loss_against_the_year_before_is_in_kilowatt_hours() -> None:
    # 2 kWh a day less in each of 12 months: 2 x 365.25.
    assert value(kernels.same_season_loss, [10.0] * 12 + [8.0] * 12) == pytest.approx(-730.5)


def test_the_worst_half_year_is_found_with_its_age() -> None:
    # Two years at 10, six months at 2, six more at 10: the ratio is least for the six at 2, which ended 6 months ago.
    history = [10.0] * 24 + [2.0] * 6 + [10.0] * 6
    assert value(kernels.same_season_least, history) == pytest.approx(0.2)
    assert value(kernels.same_season_worst_age, history) == 6.0


def test_a_half_year_is_set_against_the_same_months_a_year_before_and_no_others() -> None:
    # Of the last half year April to June are not billed; a year before they were the high months.
    before = [100.0] * 9 + [300.0] * 3
    short = [*before, *[100.0] * 6, 40.0, 40.0, 40.0, NAN, NAN, NAN]
    # What is quoted of six months is of all six: a year before they were months of 100.
    assert value(kernels.same_season_worst_use(12), short) == 100.0
    assert value(kernels.same_season_worst_use(0), short) == pytest.approx((3 * 100 + 3 * 40) / 6)
    whole = [*before, *[100.0] * 6, 40.0, 40.0, 40.0, 120.0, 120.0, 120.0]
    assert value(kernels.same_season_worst_use(12), whole) == pytest.approx((3 * 100 + 3 * 300) / 6)
    assert value(kernels.same_season_worst_use(0), whole) == pytest.approx((3 * 40 + 3 * 120) / 6)


def test_the_mean_of_a_year_is_quoted_only_where_ten_months_are_observed() -> None:
    assert value(kernels.use_over(12), [5.0] * 10 + [NAN] * 2) == 5.0
    assert np.isnan(value(kernels.use_over(12), [5.0] * 9 + [NAN] * 3))


def test_summer_runs_from_april_to_september_whatever_month_the_panel_ends_in() -> None:
    calendar = (np.arange(24) + 5) % 12  # a panel of 24 months that ends in May
    series = [6.0 if 3 <= month <= 8 else 2.0 for month in calendar]
    assert value(kernels.half_year_ratio(24), series, last_month=JANUARY_2020 + 4) == pytest.approx(3.0)


def test_a_purely_seasonal_series_is_wholly_explained_by_the_month() -> None:
    season = [float(5 + month % 4) for month in range(12)]
    assert value(kernels.season_strength, season * 3) == pytest.approx(1.0)
    assert value(kernels.season_strength, [1.0] * 12 + [3.0] * 12) == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(value(kernels.season_strength, season))
    assert np.isnan(value(kernels.season_strength, [2.0] * 36))


def test_a_season_shows_as_correlation_with_the_year_before() -> None:
    season = [1.0, 2.0, 4.0, 8.0, 9.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
    assert value(kernels.autocorrelation(12), season * 2) == pytest.approx(1.0)
    assert value(kernels.autocorrelation(6), season * 2) < 0
    assert np.isnan(value(kernels.autocorrelation(12), season + season[:-1]))


def test_correlation_is_that_of_numpy_over_the_cells_that_both_observe() -> None:
    random = np.random.default_rng(5)
    first, second = random.normal(size=(2, 1, 30))
    first[0, 4] = second[0, 9] = np.nan
    both = np.isfinite(first[0]) & np.isfinite(second[0])
    expected = np.corrcoef(first[0][both], second[0][both])[0, 1]
    assert kernels.correlation(first, second, minimum=12)[0] == pytest.approx(expected)
    assert np.isnan(kernels.correlation(first, second, minimum=29)[0])


def test_a_series_without_spread_correlates_with_nothing() -> None:
    assert np.isnan(kernels.correlation(np.ones((1, 20)), np.arange(20.0)[None, :], minimum=12)[0])


def test_the_slope_is_the_rise_in_a_month_also_where_months_are_missing() -> None:
    line = [2.0 + 0.5 * month for month in range(24)]
    line[7] = line[8] = NAN
    assert value(kernels.slope(24), line) == pytest.approx(0.5, rel=1e-5)
    assert np.isnan(value(kernels.slope(24), [1.0, 2.0]))


def test_variation_is_the_standard_deviation_over_the_mean() -> None:
    series = [1.0, 3.0] * 12
    assert value(kernels.variation(24), series) == pytest.approx(0.5)


def test_the_best_year_is_found_and_the_present_set_against_it() -> None:
    history = [4.0] * 12 + [10.0] * 12 + [2.0] * 12
    assert value(kernels.best_daily, history) == pytest.approx(10.0)
    assert value(kernels.best_age, history) == 12.0
    assert value(kernels.recent_to_best, history) == pytest.approx(0.2)
    assert value(kernels.recent_to_all(12), history) == pytest.approx(2.0 / (16 / 3))


def test_a_year_with_fewer_than_six_observed_months_cannot_be_the_best() -> None:
    assert np.isnan(value(kernels.best_daily, [10.0] * 5))
    assert value(kernels.best_daily, [10.0] * 6) == pytest.approx(10.0)


def test_the_largest_drop_and_rise_compare_half_years() -> None:
    history = [10.0] * 12 + [1.0] * 6 + [10.0] * 12
    assert value(kernels.largest_drop, history) == pytest.approx(0.1)
    assert value(kernels.largest_rise, history) == pytest.approx(10.0)


def test_halvings_count_the_months_under_half_of_the_half_year_before() -> None:
    assert value(kernels.halvings, [10.0] * 12 + [4.0] + [10.0] * 5) == 1.0
    assert value(kernels.halvings, [10.0] * 18) == 0.0


def test_runs_of_zero_pass_over_what_is_not_observed() -> None:
    history = [5.0, 0.0, 0.0, NAN, 0.0, 5.0, 5.0, 0.0, 0.0]
    assert value(kernels.longest_zero_run, history) == 3.0
    assert value(kernels.zero_run_now, history) == 2.0
    assert value(kernels.zero_run_now, [0.0, 0.0, 5.0]) == 0.0


def test_low_months_are_those_under_a_quarter_of_the_own_median() -> None:
    history = [8.0] * 10 + [1.0] * 3 + [8.0] * 2 + [1.9, 2.1]
    assert value(kernels.longest_low_run, history) == 3.0
    assert value(kernels.low_run_now, [8.0] * 10 + [1.0, 1.9]) == 2.0
    assert value(kernels.low_run_now, history) == 0.0
    assert value(kernels.low_share, history) == pytest.approx(4 / 17)


def test_nobody_who_hardly_uses_anything_is_called_low() -> None:
    assert value(kernels.low_share, [0.04] * 10 + [0.0] * 2) == 0.0


def test_one_step_is_found_where_it_is() -> None:
    history = [10.0] * 20 + [3.0] * 10
    assert value(kernels.step_before, history) == pytest.approx(10.0)
    assert value(kernels.step_after, history) == pytest.approx(3.0)
    assert value(kernels.step_ratio, history) == pytest.approx(0.3)
    assert value(kernels.step_age, history) == 10.0
    assert value(kernels.step_strength, history) == pytest.approx(1.0)


def test_months_that_are_missing_do_not_hide_a_step() -> None:
    history = [10.0] * 8 + [NAN] * 4 + [10.0] * 8 + [3.0] * 3 + [NAN] * 2 + [3.0] * 5
    assert value(kernels.step_ratio, history) == pytest.approx(0.3)
    assert value(kernels.step_age, history) == 10.0


def test_a_step_needs_twelve_months_and_four_on_either_side() -> None:
    assert np.isnan(value(kernels.step_ratio, [10.0] * 6 + [3.0] * 5))
    # Three months at the end are too few for a level: the cut is put a month early.
    assert value(kernels.step_age, [10.0] * 20 + [3.0] * 3) == 4.0


def test_the_step_is_the_one_that_least_squares_chooses() -> None:
    random = np.random.default_rng(11)
    series = random.gamma(4.0, 2.0, 40) * np.where(np.arange(40) < 25, 1.0, 0.5)
    series = series.astype(np.float32).astype(np.float64)

    def squares(cut: int) -> float:
        parts = series[:cut], series[cut:]
        return float(sum(((part - part.mean()) ** 2).sum() for part in parts))

    best = min(range(4, 37), key=squares)
    assert value(kernels.step_age, series.tolist()) == 40 - best
    strength = 1 - squares(best) / float(((series - series.mean()) ** 2).sum())
    assert value(kernels.step_strength, series.tolist()) == pytest.approx(strength, rel=1e-4)


@pytest.mark.parametrize("name", KERNELS)
def test_nothing_is_said_of_a_consumer_without_bills(name: str) -> None:
    said = KERNELS[name](panel_of([NAN]))
    assert said.shape == (1,)
    # A count of what never happened is none.
    assert said[0] == 0.0 if name == "halvings" else np.isnan(said[0])


@pytest.mark.parametrize("name", KERNELS)
def test_a_row_says_the_same_whoever_stands_beside_it(name: str) -> None:
    random = np.random.default_rng(3)
    values = random.gamma(2.0, 4.0, (6, PERIODS)).astype(np.float32)
    values[random.random(values.shape) < 0.15] = np.nan
    last_month = random.integers(590, 602, 6)
    together = KERNELS[name](MonthlyPanel(values, last_month))
    alone = [KERNELS[name](MonthlyPanel(values[[row]], last_month[[row]]))[0] for row in range(6)]
    np.testing.assert_array_equal(together, alone)


SCALE_FREE = (
    "same_season_ratio",
    "same_season_least",
    "half_year_ratio",
    "variation",
    "recent_to_best",
    "largest_drop",
)


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 20.0))
@settings(max_examples=20, deadline=None)
def test_ratios_do_not_depend_on_how_much_somebody_uses(seed: int, factor: float) -> None:
    random = np.random.default_rng(seed)
    values = random.gamma(4.0, 5.0, (4, PERIODS)).astype(np.float32) + 1
    values[random.random(values.shape) < 0.1] = np.nan
    last_month = np.full(4, JANUARY_2020)
    for name in SCALE_FREE:
        small = KERNELS[name](MonthlyPanel(values, last_month))
        large = KERNELS[name](MonthlyPanel((values * np.float32(factor)).astype(np.float32), last_month))
        np.testing.assert_allclose(small, large, rtol=1e-4, err_msg=name)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_shares_and_strengths_stay_between_none_and_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = (random.gamma(1.0, 5.0, (8, PERIODS)) * (random.random((8, PERIODS)) > 0.2)).astype(np.float32)
    values[random.random(values.shape) < 0.3] = np.nan
    panel = MonthlyPanel(values, np.full(8, JANUARY_2020))
    for name in ("low_share", "season_strength", "step_strength"):
        said = KERNELS[name](panel)
        known = said[np.isfinite(said)]
        assert ((known >= 0) & (known <= 1 + 1e-5)).all(), name
