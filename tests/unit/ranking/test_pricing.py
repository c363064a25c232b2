"""Prices of energy that was not billed, against the domain's own price() and against bills worked out by hand."""

from datetime import date
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.tariffs import Schedule, Slab, Tariff, price
from powertheft.ranking.pricing import DAYS_OF_YEAR, bill, category_words, price_difference, tariffs_on

ENDLESS = float("inf")
TWO_MONTHS = 60.875
# Domestic supply of Tamil Nadu from July 2025, as DOMAIN.md states it: another schedule holds above 500 units.
DOMESTIC = Tariff(
    ("I-A",),
    date(2025, 7, 1),
    TWO_MONTHS,
    (
        Schedule(500, (Slab(100, 0.0), Slab(200, 2.35), Slab(400, 4.70), Slab(500, 6.30))),
        Schedule(
            ENDLESS,
            (
                Slab(100, 0.0),
                Slab(400, 4.70),
                Slab(500, 6.30),
                Slab(600, 8.40),
                Slab(800, 9.45),
                Slab(1000, 10.50),
                Slab(ENDLESS, 11.55),
            ),
        ),
    ),
)
FREE = Tariff(("I-B", "IV"), date(2017, 8, 11), TWO_MONTHS, (Schedule(ENDLESS, (Slab(ENDLESS, 0.0),)),))
OLD_SHOP = Tariff(("V",), date(2017, 8, 11), TWO_MONTHS, (Schedule(ENDLESS, (Slab(ENDLESS, 8.0),)),))
SHOP = Tariff(("V",), date(2025, 7, 1), 30.4375, (Schedule(ENDLESS, (Slab(ENDLESS, 10.0),)),))
TARIFFS = (SHOP, DOMESTIC, FREE, OLD_SHOP)
TODAY = date(2026, 1, 1)


def difference(
    expected: list[float], billed: list[float], category: list[str | None], *, on: date = TODAY
) -> list[float]:
    return price_difference(
        expected_kwh=np.array(expected),
        billed_kwh=np.array(billed),
        category=np.array(category, dtype=object),
        on=on,
        tariffs=TARIFFS,
    ).tolist()


def test_a_year_is_priced_as_six_bills_of_two_months() -> None:
    # 400 units cost 100 x 2.35 + 200 x 4.70 = 1175; 200 units cost 235; six bills a year.
    assert difference([2400.0], [1200.0], ["I-A"]) == pytest.approx([6 * (1175 - 235)])


def test_crossing_500_units_brings_the_dearer_schedule_for_the_lower_slabs_too() -> None:
    # 500 units: 235 + 940 + 630 = 1805. 600 units: 300 x 4.70 + 630 + 840 = 2880.
    assert difference([3600.0], [3000.0], ["I-A"]) == pytest.approx([6 * (2880 - 1805)])


def test_free_supply_is_worth_nothing() -> None:
    assert difference([9000.0, 50.0], [100.0, 0.0], ["IV", "I-B"]) == [0.0, 0.0]


def test_without_a_tariff_of_the_category_the_amount_is_empty() -> None:
    assert np.isnan(difference([900.0, 900.0], [100.0, 100.0], ["VII", None])).all()


def test_without_any_tariff_the_amount_is_empty() -> None:
    amount = price_difference(
        expected_kwh=np.ones(2), billed_kwh=np.zeros(2), category=np.array(["V", "V"]), on=TODAY, tariffs=()
    )
    assert np.isnan(amount).all()


def test_the_tariff_of_the_day_counts() -> None:
    assert difference([100.0], [0.0], ["V"], on=date(2025, 6, 30)) == pytest.approx([800.0])
    assert difference([100.0], [0.0], ["V"], on=date(2025, 7, 1)) == pytest.approx([1000.0])
    assert np.isnan(difference([100.0], [0.0], ["V"], on=date(2017, 8, 10))).all()


def test_the_order_in_which_tariffs_are_written_does_not_matter() -> None:
    assert tariffs_on(TARIFFS, TODAY) == tariffs_on(TARIFFS[::-1], TODAY)


def test_energy_that_is_not_known_has_no_price() -> None:
    assert np.isnan(difference([np.nan, 100.0], [0.0, np.nan], ["V", "V"])).all()


def test_nobody_is_owed_money_for_having_used_more_than_expected() -> None:
    assert difference([100.0], [900.0], ["V"]) == [0.0]


def test_a_shorter_history_is_priced_over_its_own_days() -> None:
    # 121.75 days are two bills of two months: 400 units each instead of 200.
    amount = price_difference(
        expected_kwh=np.array([800.0]),
        billed_kwh=np.array([400.0]),
        category=np.array(["I-A"]),
        on=TODAY,
        tariffs=TARIFFS,
        days=np.array([2 * TWO_MONTHS]),
    )
    assert amount == pytest.approx([2 * (1175 - 235)])


def test_a_history_of_no_days_has_no_price() -> None:
    amount = price_difference(
        expected_kwh=np.zeros(1),
        billed_kwh=np.zeros(1),
        category=np.array(["V"]),
        on=TODAY,
        tariffs=TARIFFS,
        days=np.zeros(1),
    )
    assert np.isnan(amount).all()


def test_categories_may_come_as_text_objects_or_numbers() -> None:
    assert category_words(np.array(["I-A", "V"])).tolist() == ["I-A", "V"]
    assert category_words(np.array([11, 51])).tolist() == ["11", "51"]
    assert category_words(np.array([None, "V"], dtype=object)).tolist() == ["", "V"]


@st.composite
def rising_schedules(draw: st.DrawFn) -> tuple[Schedule, ...]:
    """Schedules under which more energy never costs less: each is at least as dear as the one before it."""
    count = draw(st.integers(1, 3))
    ends = sorted(draw(st.lists(st.integers(50, 2000), min_size=count, max_size=count, unique=True)))
    dearer = 0.0
    schedules: list[Schedule] = []
    for end in [*map(float, ends[:-1]), ENDLESS]:
        stops = sorted(draw(st.lists(st.integers(10, 1500), max_size=4, unique=True)))
        rates = draw(st.lists(st.floats(0, 5), min_size=len(stops) + 1, max_size=len(stops) + 1))
        slabs = tuple(
            Slab(stop, dearer + rate) for stop, rate in zip([*map(float, stops), ENDLESS], rates, strict=True)
        )
        schedules.append(Schedule(end, slabs))
        dearer = max(slab.rate for slab in slabs)
    return tuple(schedules)


energies = st.lists(st.floats(0, 30_000), min_size=1, max_size=12)


def price_of_one(schedules: tuple[Schedule, ...], energy: float) -> float:
    schedule = next((one for one in schedules if energy <= one.total_up_to), schedules[-1])
    return price(schedule, energy)


@given(rising_schedules(), energies)
@settings(max_examples=150, deadline=None)
def test_bills_are_those_of_the_domain_but_for_the_rounding_to_the_cent(
    schedules: tuple[Schedule, ...], energy: list[float]
) -> None:
    expected = [price_of_one(schedules, one) for one in energy]
    np.testing.assert_allclose(bill(schedules, np.array(energy)), expected, atol=0.0051, rtol=1e-9)


@given(rising_schedules(), energies, st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_differences_are_those_of_the_domain_consumer_by_consumer(
    schedules: tuple[Schedule, ...], expected: list[float], share: float
) -> None:
    tariff = Tariff(("X",), date(2020, 1, 1), TWO_MONTHS, schedules)
    amount = price_difference(
        expected_kwh=np.array(expected),
        billed_kwh=np.array(expected) * share,
        category=np.full(len(expected), "X"),
        on=TODAY,
        tariffs=[tariff],
    )
    periods = DAYS_OF_YEAR / TWO_MONTHS
    bills = [
        periods * max(0.0, price_of_one(schedules, one / periods) - price_of_one(schedules, one * share / periods))
        for one in expected
    ]
    # Six bills on either side, each rounded to the cent by the domain.
    np.testing.assert_allclose(amount, bills, atol=6 * 2 * 0.0051, rtol=1e-9)


@given(rising_schedules(), energies, st.floats(0, 5000))
@settings(max_examples=150, deadline=None)
def test_the_amount_is_never_negative_and_rises_with_the_expected_energy(
    schedules: tuple[Schedule, ...], expected: list[float], billed: float
) -> None:
    tariff = Tariff(("X",), date(2020, 1, 1), TWO_MONTHS, schedules)
    rising = np.sort(expected)
    amount = price_difference(
        expected_kwh=rising,
        billed_kwh=np.full(rising.shape, billed),
        category=np.full(rising.shape, "X"),
        on=TODAY,
        tariffs=[tariff],
    )
    assert (amount >= 0).all()
    assert (np.diff(amount) >= -1e-6 * np.abs(amount[1:])).all()


def test_a_schedule_that_is_cheaper_for_more_still_gives_nothing_negative() -> None:
    schedules = (Schedule(100, (Slab(100, 9.0),)), Schedule(ENDLESS, (Slab(ENDLESS, 1.0),)))
    tariff = Tariff(("X",), date(2020, 1, 1), DAYS_OF_YEAR, schedules)
    amount = price_difference(
        expected_kwh=np.array([101.0]),
        billed_kwh=np.array([99.0]),
        category=np.array(["X"]),
        on=TODAY,
        tariffs=[tariff],
    )
    assert amount.tolist() == [0.0]


def test_forty_thousand_consumers_are_priced_in_well_under_a_second() -> None:
    random = np.random.default_rng(0)
    billed = random.gamma(2.0, 900.0, 40_000)
    category = random.choice(np.array(["I-A", "V", "IV", None], dtype=object), 40_000)
    began = perf_counter()
    price_difference(expected_kwh=billed * 1.5, billed_kwh=billed, category=category, on=TODAY, tariffs=TARIFFS)
    assert perf_counter() - began < 0.8
