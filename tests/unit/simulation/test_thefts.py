"""Who steals and how it shows in the bills."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from powertheft.simulation.parameters import TAMIL_NADU, Parameters
from powertheft.simulation.thefts import KINDS, Thefts
from powertheft.simulation.utility import HonestUtility, draw_honest_utility, tempt


def parameters_of_one_kind(kind: str) -> Parameters:
    none = dict.fromkeys(KINDS, 0.0)
    return replace(TAMIL_NADU, thefts=replace(TAMIL_NADU.thefts, **none | {kind: 1.0}, give_up=0.0, share=0.1))


@contextmanager
def thieves_of(kind: str) -> Iterator[tuple[HonestUtility, Thefts]]:
    parameters = parameters_of_one_kind(kind)
    honest = draw_honest_utility(consumers=2000, bills=18, seed=4, parameters=parameters)
    yield honest, tempt(honest, parameters)


def of_kind(thefts: Thefts, kind: str) -> np.ndarray:
    return thefts.kind == KINDS.index(kind)


def test_a_direct_tap_steals_a_steady_share_from_the_first_bill_on():
    with thieves_of("direct_tap") as (_, thefts):
        rows = of_kind(thefts, "direct_tap")
        assert rows.sum() == 200
        assert thefts.before_history[rows].all()
        assert (thefts.stolen[rows] > 0.15).all()
        assert (thefts.stolen[rows].std(axis=1) < 0.1).all()


def test_a_step_steals_nothing_before_its_day_and_a_steady_share_after():
    with thieves_of("step") as (honest, thefts):
        rows = of_kind(thefts, "step") & ~thefts.before_history
        ends = honest.bounds[thefts.who][:, 1:] <= thefts.start[:, None]
        begins = honest.bounds[thefts.who][:, :-1] >= thefts.start[:, None]
        assert rows.sum() > 100
        assert (thefts.stolen[rows][ends[rows]] == 0.0).all()
        assert (thefts.stolen[rows][begins[rows]] > 0.2).all()


def test_a_ramp_grows_by_five_to_ten_points_a_bill():
    with thieves_of("ramp") as (_, thefts):
        grows = np.diff(thefts.stolen[of_kind(thefts, "ramp")], axis=1)
        running = (grows > 0.0).sum(axis=1) >= 4
        assert running.sum() > 100
        typical = np.median(np.where(grows > 0.0, grows, np.nan)[running, 2:], axis=1)
        assert ((np.isnan(typical)) | ((typical > 0.03) & (typical < 0.12))).all()


def test_a_stuck_meter_counts_nothing_at_all():
    with thieves_of("stuck_meter") as (_, thefts):
        rows = of_kind(thefts, "stuck_meter")
        assert thefts.stolen[rows].max(axis=1) == pytest.approx(1.0)


def test_zero_lasts_for_some_bills_and_ends():
    with thieves_of("zero") as (_, thefts):
        empty = (thefts.stolen[of_kind(thefts, "zero")] == 1.0).sum(axis=1)
        assert empty.max() <= 6
        assert np.median(empty) >= 1


def test_a_cap_keeps_the_bill_under_six_tenths_of_the_highest():
    with thieves_of("cap") as (honest, thefts):
        rows = of_kind(thefts, "cap") & thefts.before_history
        use = honest.use[thefts.who[rows]]
        billed = use * (1.0 - thefts.stolen[rows])
        assert rows.sum() > 10
        assert (billed <= 0.6 * use.max(axis=1, keepdims=True) + 1e-6).all()


def test_seasonal_theft_happens_in_the_hot_months_only():
    with thieves_of("seasonal") as (honest, thefts):
        rows = of_kind(thefts, "seasonal")
        cooling = honest.seasons.cooling[honest.population.transformer[thefts.who[rows]]]
        assert honest.population.air_conditioned[thefts.who[rows]].all()
        assert (thefts.stolen[rows][cooling <= 0.55] == 0.0).all()
        assert (thefts.stolen[rows][cooling > 0.55] > 0.0).any()


def test_misuse_of_a_tariff_raises_the_use_and_steals_no_energy():
    with thieves_of("tariff_misuse") as (_, thefts):
        rows = of_kind(thefts, "tariff_misuse")
        assert (thefts.stolen[rows] == 0.0).all()
        assert (thefts.use_factor[rows].max(axis=1) > 1.5).all()


def test_only_metered_consumers_steal_from_their_meter(frames):
    unmetered = frames["bills"].filter(frames["bills"]["MTR_STATUS"] == "NM")["SC_NO"].unique()
    thieves = frames["truth"].filter(frames["truth"]["STEALS"] == "Y")["SC_NO"]
    assert not set(unmetered) & set(thieves)


def test_what_is_stolen_and_what_is_billed_add_up_to_the_use(frames, clean_bills):
    never_caught = frames["truth"].filter(pl.col("KIND") == "direct_tap", pl.col("CAUGHT") == "N")
    billed = clean_bills.group_by("SC_NO").agg(pl.col("KWH").sum())
    sums = never_caught.join(billed, on="SC_NO").select("KWH", "KWH_STOLEN").sum()
    share_stolen = sums["KWH_STOLEN"].item() / (sums["KWH_STOLEN"].item() + sums["KWH"].item())
    low, high = TAMIL_NADU.thefts.tap_stolen
    assert low < share_stolen < high
