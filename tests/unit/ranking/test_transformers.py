"""The list of transformers. Expected values: days of the calendar times a flat daily energy."""

import numpy as np
import pytest

from powertheft.panel.balance import TransformerMonths
from powertheft.ranking.transformers import LIST_MONTHS, MINIMUM_MONTHS, unexplained_energy

JANUARY_2023 = 636
NAN = float("nan")


def months_of(*supplied: list[float], billed: float = 0.8, consumers: list[int] | None = None) -> TransformerMonths:
    """Months of transformers that bill a share of their supply and lose 4 % of it; NaN is an unknown month."""
    supply = np.array(supplied)
    count = np.full(supply.shape, 50) if consumers is None else np.tile(consumers, (len(supplied), 1))
    return TransformerMonths(
        JANUARY_2023, supply, supply * billed, supply * 0.01, supply * 0.04, supply * (0.95 - billed), count
    )


def test_the_energies_are_those_of_the_calendar_days_and_add_up() -> None:
    # January to March 2023: 90 days at 100 kWh.
    row = unexplained_energy(["T1"], months_of([100.0] * 3)).row(0, named=True)
    assert row["supplied_kwh"] == pytest.approx(9000)
    assert row["billed_kwh"] == pytest.approx(7200)
    assert row["unmetered_kwh"] == pytest.approx(90)
    assert row["technical_loss_kwh"] == pytest.approx(360)
    assert row["unexplained_kwh"] == pytest.approx(1350)
    assert row["unexplained_share"] == pytest.approx(0.15)
    assert (row["consumers"], row["months"]) == (50, 3)


def test_the_most_unexplained_energy_comes_first_and_equals_by_number() -> None:
    table = unexplained_energy(["T3", "T1", "T2", "T9"], months_of([9.0] * 3, [5.0] * 3, [5.0] * 3, [80.0] * 3))
    assert table["transformer_id"].to_list() == ["T9", "T3", "T1", "T2"]


def test_the_last_twelve_known_months_count_and_unknown_ones_are_passed_over() -> None:
    supply = [1000.0] * 4 + [10.0] * 6 + [NAN] * 2 + [10.0] * 6 + [NAN]
    row = unexplained_energy(["T1"], months_of(supply, consumers=list(range(19)))).row(0, named=True)
    assert row["months"] == LIST_MONTHS
    # May to October 2023 and January to June 2024 (a leap year): 184 + 182 days at 10 kWh.
    assert row["supplied_kwh"] == pytest.approx(3660)
    assert row["consumers"] == 17


def test_a_transformer_with_hardly_a_known_month_is_not_listed() -> None:
    supply = [[50.0] * (MINIMUM_MONTHS - 1) + [NAN] * 3, [50.0] * MINIMUM_MONTHS + [NAN] * 2]
    table = unexplained_energy(["few", "enough"], months_of(*supply))
    assert table["transformer_id"].to_list() == ["enough"]


def test_more_billed_than_supplied_is_shown_as_less_than_nothing_at_the_end() -> None:
    negative = months_of([100.0] * 3, billed=1.2)
    assert unexplained_energy(["T1"], negative)["unexplained_share"].to_list() == pytest.approx([-0.25])


def test_a_transformer_that_supplies_nothing_has_no_share() -> None:
    assert unexplained_energy(["T1"], months_of([0.0] * 3))["unexplained_share"].to_list() == [None]


def test_no_transformers_give_an_empty_table_with_the_same_columns() -> None:
    nothing = np.empty((0, 3))
    months = TransformerMonths(0, nothing, nothing, nothing, nothing, nothing, nothing.astype(np.int64))
    table = unexplained_energy([], months)
    assert table.height == 0
    assert table.columns == unexplained_energy(["T1"], months_of([1.0] * 3)).columns
