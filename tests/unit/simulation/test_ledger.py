"""Registers, readings and their later correction, on small cases worked out by hand and on a whole utility."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest

from powertheft.simulation.consumers import Population
from powertheft.simulation.ledger import Ledger, Metering
from powertheft.simulation.meters import AVERAGED, LOCKED, MADE_UP, MISREAD, NORMAL
from powertheft.simulation.parameters import TAMIL_NADU
from powertheft.simulation.utility import draw_honest_utility, run_history, tempt


def one_consumer(*, multiplier: int = 1, connected: float = -1000.0, metered: bool = True) -> Population:
    zero, one = np.zeros(1), np.ones(1)
    return Population(
        category=np.array([0]),
        base_use=one,
        cooling=zero,
        irrigation=zero,
        business=zero,
        growth=zero,
        noise=zero,
        load=2.0 * one,
        phase=np.array([1]),
        connected=np.array([connected]),
        metered=np.array([metered]),
        smart_since=np.array([np.inf]),
        multiplier=np.array([multiplier]),
        payer=np.array([0]),
        locked=one,
        section=np.array([0]),
        transformer=np.array([0]),
        air_conditioned=np.array([False]),
    )


@dataclass
class Period:
    """One period of 60 days at one consumer's."""

    energy: float
    reading: int = NORMAL
    replaced: float = np.nan
    misread: float = 0.0
    guess: float = 0.5


def written(periods: list[Period], population: Population | None = None) -> list[tuple[int, int, int, int, int]]:
    """Return (initial, final, energy, old meter's energy, adjustment) of each bill; the register begins at 100."""
    population = population or one_consumer()
    ledger = Ledger(population, np.array([100.0]), np.array([0]), expected=np.array([1.0]), bills=len(periods))
    for bill, period in enumerate(periods):
        metering = Metering(
            energy=np.array([period.energy]),
            replaced=np.array([period.replaced]),
            reading=np.array([period.reading]),
            misread=np.array([period.misread]),
            guess=np.array([period.guess]),
            read_on=np.array([60 * (bill + 1)]),
        )
        ledger.write(bill, metering)
    columns = (ledger.initial, ledger.final, ledger.energy, ledger.old_energy, ledger.adjustment)
    return [tuple(int(column[0, bill]) for column in columns) for bill in range(len(periods))]


@pytest.fixture(scope="module")
def honest_history():
    parameters = replace(
        TAMIL_NADU,
        thefts=replace(TAMIL_NADU.thefts, share=0.0),
        visits=replace(TAMIL_NADU.visits, visits_share=0.0),
    )
    honest = draw_honest_utility(consumers=3000, bills=12, seed=9, parameters=parameters)
    history = run_history(honest, tempt(honest, parameters), parameters)
    return history.ledger, history


def test_a_read_bill_is_the_difference_of_the_register():
    assert written([Period(50), Period(70)]) == [(100, 150, 50, 0, 0), (150, 220, 70, 0, 0)]


def test_the_multiplying_factor_makes_the_register_advance_less():
    assert written([Period(50)], one_consumer(multiplier=10)) == [(100, 105, 50, 0, 0)]


def test_a_locked_door_is_billed_on_the_average_and_taken_off_the_next_bill():
    # Expected use is 1 kWh a day, so 60 for 60 days; the next reading covers 100 + 90, of which 60 are paid.
    assert written([Period(100, reading=LOCKED), Period(90)]) == [(100, 100, 60, 0, 60), (100, 290, 130, 0, -60)]


def test_more_estimated_than_used_is_carried_on_until_it_is_used_up():
    bills = written([Period(10, reading=LOCKED), Period(30), Period(50)])
    # 60 estimated; 40 counted by the second reading: 20 are still to be set off against the third.
    assert bills == [(100, 100, 60, 0, 60), (100, 140, 0, 0, -40), (140, 190, 30, 0, -20)]


def test_a_new_meter_starts_at_nought_and_the_old_ones_energy_is_on_the_bill():
    assert written([Period(80, replaced=0.25)]) == [(0, 60, 80, 20, 0)]


def test_a_defective_meter_is_billed_on_the_average_for_good():
    assert written([Period(0, reading=AVERAGED), Period(0)]) == [(100, 100, 60, 0, 60), (100, 100, 0, 0, 0)]


def test_a_digit_misread_too_low_comes_back_with_the_next_reading():
    assert written([Period(100, reading=MISREAD, misread=-0.9), Period(50)]) == [
        (100, 110, 10, 0, 0),
        (110, 250, 140, 0, 0),
    ]


def test_a_made_up_reading_hides_energy_until_somebody_reads_the_meter():
    bills = written([Period(100, reading=MADE_UP), Period(100, reading=MADE_UP), Period(100)])
    assert [bill[2] for bill in bills] == [30, 30, 240]


def test_a_connection_of_less_than_ten_days_is_billed_with_the_next_period():
    population = one_consumer(connected=55.0)
    ledger = Ledger(population, np.array([1.0]), np.array([0]), expected=np.array([1.0]), bills=2)
    for bill, energy in enumerate((5.0, 60.0)):
        nothing = np.zeros(1)
        ledger.write(
            bill,
            Metering(
                energy=np.array([energy]),
                replaced=np.array([np.nan]),
                reading=np.array([NORMAL]),
                misread=nothing,
                guess=nothing,
                read_on=np.array([60 * (bill + 1)]),
            ),
        )
    assert ledger.written.tolist() == [[False, True]]
    assert (int(ledger.energy[0, 1]), int(ledger.days[0, 1])) == (65, 65)


def test_without_a_meter_the_load_is_assessed_and_there_is_no_register():
    # 2 kW x 5.3 hours x 60 days.
    assert written([Period(999)], one_consumer(metered=False)) == [(-1, -1, 636, 0, 0)]


def test_every_bill_adds_up(clean_bills):
    parts = (pl.col("FR") - pl.col("IR")) * pl.col("MF") + pl.col("OLD_METER_KWH") + pl.col("ADJ_KWH")
    assert clean_bills.filter(pl.col("KWH") != parts).is_empty()


def test_each_register_goes_on_where_it_was_left(clean_bills, frames):
    bills = frames["bills"].unique(maintain_order=True).filter(pl.col("FR").is_not_null()).sort("SC_NO", "BILL_DATE")
    before = bills.with_columns(pl.col("FR", "METER_NO").shift(1).over("SC_NO").name.prefix("LAST_"))
    same_meter = before.filter(pl.col("LAST_METER_NO") == pl.col("METER_NO"))
    broken = same_meter.filter(pl.col("IR") != pl.col("LAST_FR"))
    # Soiled rows break it: those that run backwards with their followers, those before and after an orphan.
    assert broken.height <= 5 * 22
    assert same_meter.height > 100_000
    changed = clean_bills.filter(pl.col("MTR_STATUS") == "MC")
    assert changed.height > 100
    assert (changed["IR"] == 0).all()


def test_over_the_years_consumers_are_billed_what_their_meters_counted(honest_history):
    ledger, history = honest_history
    always_read = ~np.isin(history.reading, (LOCKED, AVERAGED, MISREAD)).any(axis=1) & ledger.population.metered
    counted = (history.use * (1.0 - history.lost)).sum(axis=1)
    billed = (ledger.energy * ledger.written).sum(axis=1)
    slack = 3 * ledger.population.multiplier + 1
    # The last bills of a made-up spell are still to come.
    settled = always_read & (history.reading[:, -1] == NORMAL) & ledger.written[:, -1]
    assert settled.sum() > 500
    assert (np.abs(counted - billed)[settled] <= slack[settled]).all()
