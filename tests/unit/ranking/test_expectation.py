"""How much a connection should have used. Expected values are worked out by hand on flat histories."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.panel.monthly import MonthlyPanel
from powertheft.ranking.expectation import (
    CATEGORY_EXCESS,
    HOURS,
    LOAD_EXCESS,
    MINIMUM_GROUP,
    SPREAD,
    Expectation,
    expected_use,
    load_factors,
)

NAN = float("nan")
YEAR = 365.25


def expectation(
    history: list[float] | np.ndarray, *, peers: float = NAN, load: float = NAN, quantile: float | None = None
) -> Expectation:
    """The expectation of one consumer who has nobody of its own category beside it."""
    energy = np.atleast_2d(np.asarray(history, dtype=np.float32))
    options = {} if quantile is None else {"quantile": quantile}
    return expected_use(
        MonthlyPanel(energy, np.array([600])),
        np.full(energy.shape, peers),
        sanctioned_load=np.array([load]),
        category=np.array(["I-A"]),
        **options,
    )


def crowd(daily: float, *, load: float, count: int = MINIMUM_GROUP, first: list[float] | None = None) -> Expectation:
    """A category of consumers with the same use and load; the first may have a history of its own."""
    energy = np.full((count, 24), daily, dtype=np.float32)
    if first is not None:
        energy[0] = first
    return expected_use(
        MonthlyPanel(energy, np.full(count, 600)),
        np.full(energy.shape, NAN),
        sanctioned_load=np.full(count, load),
        category=np.full(count, "V"),
    )


def test_the_own_best_year_is_expected_where_nothing_else_is_known() -> None:
    found = expectation([10.0] * 12 + [4.0] * 12)
    assert found.expected_daily.tolist() == [10.0]
    assert found.billed_daily.tolist() == [4.0]
    assert found.unbilled_kwh == pytest.approx([6 * YEAR])
    assert found.expected_kwh - found.billed_kwh == pytest.approx(found.unbilled_kwh)


def test_old_theft_shows_against_neighbours_though_not_against_the_own_past() -> None:
    steady = [2.0] * 72
    assert expectation(steady).unbilled_kwh.tolist() == [0.0]
    # Of two comparisons (2 and 10), the quantile 0.75 lies three quarters of the way up: 8.
    assert expectation(steady, peers=10.0).unbilled_kwh == pytest.approx([6 * YEAR])


def test_the_load_speaks_through_what_the_category_makes_of_its_load() -> None:
    # Twenty connections of 5 kW: nineteen use 24 kWh a day (a load factor of 0.2), one has always used 4.
    found = crowd(24.0, load=5.0, first=[4.0] * 24)
    assert found.expected_daily[0] == pytest.approx(4 + 0.75 * 20)
    assert found.expected_daily[1] == pytest.approx(24.0)


def test_three_comparisons_give_the_middle_of_the_upper_two() -> None:
    energy = np.full((20, 24), 24.0, dtype=np.float32)
    energy[0] = 4.0
    found = expected_use(
        MonthlyPanel(energy, np.full(20, 600)),
        np.full(energy.shape, 10.0),
        sanctioned_load=np.full(20, 5.0),
        category=np.full(20, "V"),
    )
    # Own 4, neighbours 10, load 24: halfway between 10 and 24.
    assert found.expected_daily[0] == pytest.approx(17.0)
    assert found.low_daily[0] == pytest.approx(4.0)
    assert found.high_daily[0] == pytest.approx(24 * (1 + SPREAD))


def test_the_interval_goes_beyond_a_single_comparison() -> None:
    found = expectation([10.0] * 12 + [1.0] * 12)
    assert found.low_daily == pytest.approx([10 * (1 - SPREAD)])
    assert found.high_daily == pytest.approx([10 * (1 + SPREAD)])
    assert found.unbilled_low_kwh == pytest.approx([(10 * (1 - SPREAD) - 1) * YEAR])
    assert found.unbilled_high_kwh == pytest.approx([(10 * (1 + SPREAD) - 1) * YEAR])


def test_a_higher_quantile_expects_more() -> None:
    low, high = (expectation([2.0] * 24, peers=10.0, quantile=quantile) for quantile in (0.25, 1.0))
    assert (low.expected_daily.item(), high.expected_daily.item()) == pytest.approx((4.0, 10.0))


def test_a_young_history_is_counted_over_its_own_days() -> None:
    found = expectation([NAN] * 18 + [3.0] * 6, peers=7.0)
    assert found.days.tolist() == [6 * 30.4375]
    assert found.unbilled_kwh == pytest.approx([0.75 * 4 * 6 * 30.4375])


def test_the_last_twelve_observed_months_count_though_others_lie_between() -> None:
    history = [9.0] * 12 + [NAN, 3.0] * 12
    found = expectation(history)
    assert found.billed_daily.tolist() == [3.0]
    assert found.days == pytest.approx([YEAR])


def test_neighbours_are_compared_in_the_same_months_only() -> None:
    energy = np.array([[1.0] * 12 + [NAN] * 6 + [1.0] * 6], dtype=np.float32)
    peers = np.array([[5.0] * 12 + [900.0] * 6 + [5.0] * 6])
    found = expected_use(
        MonthlyPanel(energy, np.array([600])),
        peers,
        sanctioned_load=np.array([NAN]),
        category=np.array([None], dtype=object),
        quantile=1.0,
    )
    assert found.expected_daily.tolist() == [5.0]


def test_a_consumer_without_any_bill_has_no_expectation() -> None:
    found = expectation([NAN] * 24, peers=5.0, load=2.0)
    for values in (found.billed_daily, found.expected_daily, found.unbilled_kwh, found.unbilled_high_kwh):
        assert np.isnan(values).all()


def test_a_consumer_that_nothing_can_be_compared_with_has_no_expectation() -> None:
    found = expectation([NAN] * 20 + [3.0] * 4)
    assert found.billed_daily.tolist() == [3.0]
    assert np.isnan(found.expected_daily).all()


def test_one_absurd_bill_does_not_lead_to_an_absurd_expectation() -> None:
    history = [5.0] * 36
    history[10:14] = [5000.0] * 4
    # Four months cut to three times a regular one: (8 x 5 + 4 x 15) / 12.
    assert expectation(history).expected_daily == pytest.approx([100 / 12])


def test_a_season_is_no_misreading() -> None:
    season = [4.0] * 9 + [11.0] * 3
    found = expectation(season * 2 + [1.0] * 12)
    assert found.expected_daily == pytest.approx([np.mean(season)])


def test_nothing_is_expected_that_the_load_could_not_take() -> None:
    found = crowd(10.0, load=2.0, first=[900.0] * 12 + [10.0] * 12)
    assert found.high_daily[0] == pytest.approx(2.0 * HOURS * LOAD_EXCESS)
    assert found.expected_daily[0] <= 2.0 * HOURS * LOAD_EXCESS


def test_what_was_billed_is_never_cut() -> None:
    found = crowd(10.0, load=2.0, first=[900.0] * 24)
    assert found.billed_daily[0] == found.expected_daily[0] == 900.0
    assert found.unbilled_kwh[0] == 0.0


def test_without_a_load_a_year_of_misreadings_is_held_against_the_category() -> None:
    found = crowd(10.0, load=NAN, first=[50_000.0] * 12 + [10.0] * 12)
    assert found.expected_daily[0] == pytest.approx(10.0 * CATEGORY_EXCESS)


@pytest.mark.parametrize("load", [0.0, -1.0, NAN])
def test_a_load_that_cannot_be_is_no_load(load: float) -> None:
    assert expectation([3.0] * 24, load=load).expected_daily.tolist() == [3.0]


def test_a_small_category_learns_its_load_factor_from_all() -> None:
    daily = np.concatenate([np.full(30, 12.0), np.full(5, 2.4)])
    category = np.array(["V"] * 30 + ["VI"] * 5)
    factors = load_factors(daily, load=np.full(35, 1.0), category=category)
    assert factors == pytest.approx(np.full(35, 0.5))


def test_a_large_category_has_a_load_factor_of_its_own() -> None:
    daily = np.concatenate([np.full(30, 12.0), np.full(20, 2.4)])
    category = np.array(["V"] * 30 + ["IV"] * 20)
    factors = load_factors(daily, load=np.full(50, 1.0), category=category)
    assert factors == pytest.approx(np.array([0.5] * 30 + [0.1] * 20))


def test_no_load_factor_is_above_one_nor_learnt_from_a_handful() -> None:
    assert load_factors(np.full(20, 99.0), load=np.ones(20), category=np.full(20, "V")).tolist() == [1.0] * 20
    assert np.isnan(load_factors(np.full(19, 9.0), load=np.ones(19), category=np.full(19, "V"))).all()


def random_case(seed: int) -> tuple[MonthlyPanel, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    energy = (random.gamma(2.0, 4.0, (60, 30)) * 10 ** random.choice([0, 0, 0, 3], (60, 30))).astype(np.float32)
    energy[random.random(energy.shape) < 0.3] = np.nan
    energy[0] = np.nan
    peers = np.where(random.random(energy.shape) < 0.2, np.nan, random.gamma(2.0, 4.0, energy.shape))
    load = np.where(random.random(60) < 0.3, np.nan, random.gamma(2.0, 1.0, 60))
    category = random.choice(np.array(["I-A", "V", None], dtype=object), 60)
    return MonthlyPanel(energy, np.full(60, 600)), peers, load, category


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_the_expectation_lies_in_its_interval_and_never_below_the_bills(seed: int, quantile: float) -> None:
    panel, peers, load, category = random_case(seed)
    found = expected_use(panel, peers, sanctioned_load=load, category=category, quantile=quantile)
    known = np.isfinite(found.expected_daily)
    assert known.sum() > 30
    assert (found.billed_daily <= found.low_daily)[known].all()
    assert (found.low_daily <= found.expected_daily)[known].all()
    assert (found.expected_daily <= found.high_daily)[known].all()
    assert (found.unbilled_low_kwh[known] >= 0).all()
    most = np.fmax(found.billed_daily, np.where(load > 0, load * HOURS * LOAD_EXCESS, np.inf))
    assert (found.high_daily <= most)[known].all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_the_order_of_the_consumers_does_not_matter(seed: int) -> None:
    panel, peers, load, category = random_case(seed)
    straight = expected_use(panel, peers, sanctioned_load=load, category=category).unbilled_kwh
    turned = expected_use(
        MonthlyPanel(panel.energy[::-1], panel.last_month[::-1]),
        peers[::-1],
        sanctioned_load=load[::-1],
        category=category[::-1],
    )
    np.testing.assert_array_equal(straight[::-1], turned.unbilled_kwh)
