"""Stories change what they say, from the day they say, and nothing before."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from powertheft.domain.errors import ChoiceError
from powertheft.simulation.stories import STORIES, DearerTariff, NewMethod, RollOut, story_of
from powertheft.simulation.utility import simulate_frames

BEGINS = date(2026, 1, 1)


def frames(**changes):
    story = replace(STORIES["still"], **changes)
    return simulate_frames(consumers=1500, bills=12, seed=4, parameters=story.parameters, story=story)


@pytest.fixture(scope="module")
def still():
    return frames()


def before(bills):
    return bills.filter(pl.col("BILL_DATE") < BEGINS).sort("SC_NO", "BILL_DATE")


def test_a_dearer_tariff_raises_what_a_kilowatt_hour_costs_and_lowers_what_is_used(still):
    changed = frames(dearer_tariff=DearerTariff(begins=BEGINS, price=1.35))
    # All but a few thieves, who take what they steal from the whole of their use.
    same = before(changed["bills"])["KWH"] == before(still["bills"])["KWH"]
    assert same.mean() > 0.995
    later = [
        one["bills"].filter(pl.col("BILL_DATE") > BEGINS + timedelta(days=70)).sort("SC_NO", "BILL_DATE")
        for one in (still, changed)
    ]
    joined = later[0].join(later[1], on=["SC_NO", "BILL_DATE"]).filter(pl.col("KWH") > 300)
    assert 0.80 < (joined["KWH_right"].sum() / joined["KWH"].sum()) < 0.97
    dearer = joined.filter(pl.col("KWH") == pl.col("KWH_right"), pl.col("AMOUNT_RS") > 0)
    ratio = (dearer["AMOUNT_RS_right"] / dearer["AMOUNT_RS"]).to_numpy()
    assert np.allclose(ratio, 1.35, atol=1e-3)


def test_a_roll_out_replaces_the_meters_it_says(still):
    changed = frames(roll_out=RollOut(begins=BEGINS, months=3, share=1.0))
    smart = [one["consumers"]["SMART_METER"].eq("Y").sum() for one in (still, changed)]
    assert smart[0] < 0.5 * 1500
    assert smart[1] > 0.95 * 1500
    replaced = changed["bills"].filter(pl.col("MTR_STATUS") == "MC")
    share = (
        replaced.filter(pl.col("BILL_DATE").is_between(BEGINS, BEGINS + timedelta(days=170))).height / replaced.height
    )
    assert share > 0.8


def test_theft_moves_to_others_who_keep_the_door_locked(still):
    changed = frames(new_method=NewMethod(begins=BEGINS, months=1))
    thefts = [one["truth"].filter(pl.col("KIND").is_not_null()) for one in (still, changed)]
    new = sorted(set(thefts[1]["SC_NO"]) - set(thefts[0]["SC_NO"]))
    late = changed["bills"].filter(pl.col("BILL_DATE") > BEGINS + timedelta(days=95))
    locked = (late["READ_CODE"] == "DL").to_numpy()
    of_new = late["SC_NO"].is_in(new).to_numpy()
    assert len(new) > 20
    assert locked[of_new].mean() > 0.25
    assert locked[~of_new].mean() < 0.10


def test_the_same_seed_gives_the_same_story(still):
    again = frames()
    assert all(again[name].equals(still[name]) for name in still)


def test_there_is_no_other_story():
    with pytest.raises(ChoiceError, match="still, changing"):
        story_of("boring")


def test_the_changes_of_the_story_come_in_the_years_that_it_says():
    """Five years of bills that end in August 2026: the third year begins in September 2023."""
    begins = STORIES["changing"].begins()
    assert date(2023, 9, 1) <= begins["new_method"] < date(2024, 9, 1)
    assert date(2024, 9, 1) <= begins["dearer_tariff"] < date(2025, 9, 1)
    assert date(2025, 9, 1) <= begins["roll_out"] < date(2026, 9, 1)
