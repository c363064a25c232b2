"""A utility that is lived through answers whom one visits, and shows nothing before its day."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from powertheft.simulation.living import LivingUtility, is_theft
from powertheft.simulation.stories import STORIES

SHORT = replace(STORIES["still"], bills=14, loop_from=9)


@pytest.fixture
def utility():
    return LivingUtility(SHORT, consumers=1200, seed=3)


def test_nothing_is_shown_that_lies_ahead_and_nothing_of_the_truth(utility):
    frames = utility.frames()
    assert not [name for name in frames if "truth" in name]
    for name, column in (("bills", "BILL_DATE"), ("payments", "PAID_ON"), ("meter_events", "OCCURRED_AT")):
        assert frames[name][column].cast(pl.Date).max() <= utility.today


def test_what_was_billed_stays_as_it_was_while_time_goes_on(utility):
    columns = ["SC_NO", "BILL_DATE", "DAYS", "KWH", "IR", "FR", "READ_CODE", "AMOUNT_RS"]
    first = utility.frames()["bills"].select(columns)
    utility.live_until(utility.months[2])
    later = utility.frames()["bills"].select(columns)
    assert later.height > first.height
    assert first.join(later, on=columns, how="semi", nulls_equal=True).height == first.height


def test_each_month_the_sections_whose_turn_it_is_get_a_bill(utility):
    utility.live_until(utility.months[1])
    before = utility.frames()["bills"].height
    utility.live_until(utility.months[2])
    new = utility.frames()["bills"].height - before
    assert 0 < new < 1200


def test_outcomes_are_shown_once_their_delay_is_over(utility):
    known = utility.frames()["inspections"].height
    places = np.flatnonzero(utility.can_be_visited())[:30]
    found = utility.visit(places, is_random=np.zeros(30, dtype=bool), chance=np.ones(30))
    assert found["inspected_on"].min() > utility.today
    assert utility.frames()["inspections"].height == known
    utility.live_until(utility.today + timedelta(days=60))
    assert utility.frames()["inspections"].height == known + 30


def test_whoever_is_found_stealing_stops(utility):
    places = np.flatnonzero(utility.stealing() & utility.can_be_visited())
    found = utility.visit(places, is_random=np.zeros(len(places), dtype=bool), chance=np.ones(len(places)))
    caught = found["consumer"].to_numpy()[is_theft(found["finding"])]
    assert len(caught) > 0.6 * len(places)
    utility.live_until(utility.today + timedelta(days=75))
    assert utility.stealing()[caught].mean() < 0.1


def test_the_same_seed_and_the_same_visits_give_the_same_years():
    told = []
    for _ in range(2):
        utility = LivingUtility(SHORT, consumers=600, seed=5)
        places = np.flatnonzero(utility.can_be_visited())[:10]
        utility.visit(places, is_random=np.zeros(10, dtype=bool), chance=np.ones(10))
        utility.live_until(utility.months[3])
        told.append(utility.frames())
    assert all(told[0][name].equals(told[1][name]) for name in told[0])
