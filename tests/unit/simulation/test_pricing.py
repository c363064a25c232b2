"""Amounts of bills against published figures, and against the domain's own price()."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powertheft.domain.errors import ProfileError
from powertheft.domain.tariffs import price, tariffs_from_tables
from powertheft.simulation.consumers import TARIFFS
from powertheft.simulation.pricing import PriceBook, profile_tariffs

BOOK = PriceBook(profile_tariffs())


def amount(energy: float, *, tariff: str = "I-A", on: str = "2026-01-15", days: int = 61) -> float:
    day = np.array([np.datetime64(on, "D").astype(np.int64)])
    category = np.array([TARIFFS.index(tariff)])
    return float(BOOK.amounts(category, day, np.array([float(energy)]), np.array([days]))[0])


@pytest.mark.parametrize(
    ("energy", "published"), [(200, 225), (300, 675), (400, 1125), (500, 1725), (800, 4550), (900, 5550)]
)
def test_domestic_bills_of_2022_are_as_published(energy, published):
    assert amount(energy, on="2023-05-01") == published


@pytest.mark.parametrize(
    ("energy", "by_hand"),
    [(100, 0), (250, 235 + 50 * 4.70), (500, 235 + 940 + 630), (501, 300 * 4.70 + 100 * 6.30 + 8.40)],
)
def test_domestic_bills_of_2025_on_the_slabs_of_the_order(energy, by_hand):
    assert amount(energy) == pytest.approx(by_hand)


def test_a_bill_is_priced_on_the_version_in_force_on_its_day():
    assert amount(200, on="2025-06-30") == 225
    assert amount(200, on="2025-07-01") == 235


def test_a_bill_over_two_periods_is_two_bills():
    assert amount(400, days=122) == 2 * amount(200)


def test_huts_and_farms_are_supplied_free():
    assert amount(900, tariff="I-B") == 0.0
    assert amount(900, tariff="IV") == 0.0


@given(st.floats(0, 5000), st.sampled_from(TARIFFS))
def test_amounts_agree_with_the_domain(energy, tariff):
    current = max((t for t in profile_tariffs() if tariff in t.categories), key=lambda version: version.valid_from)
    schedule = next(schedule for schedule in current.schedules if energy <= schedule.total_up_to)
    assert amount(energy, tariff=tariff) == pytest.approx(price(schedule, energy), abs=0.011)


TABLE = {
    "categories": ["I-A"],
    "valid_from": date(2025, 7, 1),
    "period_days": 60.875,
    "schedules": [{"total_up_to": 500, "slabs": [[100, 0.0], [500, 2.0]]}],
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"categories": []}, "needs categories"),
        ({"valid_from": "2025-07-01"}, "needs valid_from: a date"),
        ({"period_days": -1}, "period_days needs a number above zero"),
        ({"schedules": []}, "needs schedules"),
        ({"schedules": [{"total_up_to": 500, "slabs": [[500, 2.0], [100, 0.0]]}]}, "do not rise"),
        ({"schedules": [{"total_up_to": 900, "slabs": [[500, 2.0]]}]}, "its last slab ends at 500"),
        ({"schedules": [{"total_up_to": 500, "slabs": [[500]]}]}, "a slab is not"),
        ({"schedules": [{"slabs": [[500, 2.0]]}]}, "total_up_to needs a number above zero"),
        ({"rates": 3}, "unknown key 'rates'"),
    ],
)
def test_a_tariff_that_cannot_be_is_refused_by_name(change, said):
    with pytest.raises(ProfileError, match=said):
        tariffs_from_tables([TABLE | change])


def test_a_tariff_is_read_as_it_is_written():
    tariff = tariffs_from_tables([TABLE])[0]
    assert tariff.categories == ("I-A",)
    assert price(tariff.schedules[0], 300) == 400.0
