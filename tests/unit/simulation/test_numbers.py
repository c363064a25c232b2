"""The small pieces: drawing, periods, seasons, names, dirt."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from powertheft.simulation.circumstances import Circumstances, drawn_from_network
from powertheft.simulation.consumption import COOLING, period_mean
from powertheft.simulation.cycles import share_of_period
from powertheft.simulation.dirt import soiled
from powertheft.simulation.parameters import CATEGORIES, DirtParameters
from powertheft.simulation.streams import ASPECTS, chosen, random_streams

WEIGHTS = st.one_of(st.just(0.0), st.floats(1e-3, 5.0))


def test_streams_differ_from_each_other_and_a_new_one_at_the_end_changes_none():
    first = [stream.random() for stream in random_streams(7).values()]
    assert len(set(first)) == len(ASPECTS)
    children = np.random.SeedSequence(7).spawn(len(ASPECTS) + 1)
    assert [np.random.Generator(np.random.PCG64(child)).random() for child in children[:-1]] == first


@given(arrays(np.float64, st.integers(1, 40), elements=WEIGHTS), st.integers(-3, 50), st.integers(0, 2**32))
def test_drawing_takes_no_more_than_asked_and_none_without_a_chance(weights, count, seed):
    drawn = chosen(np.random.default_rng(seed), weights, count)
    assert len(drawn) == max(0, min(count, int((weights > 0).sum())))
    assert len(set(drawn.tolist())) == len(drawn)
    assert (weights[drawn] > 0).all()


def test_drawing_prefers_the_heavier_in_proportion():
    random = np.random.default_rng(0)
    first = [int(chosen(random, np.array([1.0, 3.0]), 1)[0]) for _ in range(4000)]
    assert np.mean(first) == pytest.approx(0.75, abs=0.03)


@given(st.floats(-200, 600), st.floats(0, 400))
def test_shares_of_periods_add_up_to_the_days_between(start, length):
    bounds = np.array([[0, 60, 121, 180, 300]])
    share = share_of_period(bounds, np.array([start]), np.array([start + length]))
    inside = max(0.0, min(300.0, start + length) - max(0.0, start))
    assert float((share * np.diff(bounds)).sum()) == pytest.approx(inside, abs=1e-6)
    assert ((share >= 0.0) & (share <= 1.0 + 1e-12)).all()


def test_the_mean_of_a_season_over_a_year_is_the_mean_of_its_months():
    year = np.array([[0, 365 * 3 + 366]])
    assert period_mean(COOLING, year).item() == pytest.approx(np.mean(COOLING), abs=0.01)


def test_may_is_hot_and_december_is_not():
    day = [
        np.datetime64(text, "D").astype(np.int64) for text in ("2025-05-01", "2025-05-31", "2025-12-01", "2025-12-31")
    ]
    assert period_mean(COOLING, np.array([day[:2]])).item() > 0.9
    assert period_mean(COOLING, np.array([day[2:]])).item() < 0.2


def test_a_roof_covers_at_most_its_share_of_the_use_and_the_rest_is_fed_in():
    cell = np.ones((1, 1))
    nothing = 0.0 * cell
    sunny = Circumstances(cell, nothing, nothing > 0, nothing, 1000.0 * cell, np.array([True]), {})
    drawn, fed_in = drawn_from_network(400.0 * cell, sunny)
    assert (drawn.item(), fed_in.item()) == (pytest.approx(220.0), pytest.approx(820.0))


def test_shares_of_the_categories_add_up_to_one():
    assert sum(category.urban_share for category in CATEGORIES) == pytest.approx(1.0)
    assert sum(category.rural_share for category in CATEGORIES) == pytest.approx(1.0)


def test_each_kind_of_dirt_is_there_in_its_share(frames):
    bills = frames["bills"]
    consumers = frames["consumers"]["SC_NO"].implode()
    parameters = DirtParameters()
    clean = bills.height - round(bills.height * parameters.duplicate)
    found = {
        "duplicate": bills.height - bills.unique().height,
        "negative": bills.filter(pl.col("KWH") < 0).height,
        "backwards": bills.filter(pl.col("FR") < pl.col("IR")).height,
        "unknown_status": bills.filter(pl.col("MTR_STATUS") == "X9").height,
        "orphan": bills.filter(~pl.col("SC_NO").is_in(consumers)).height,
    }
    for kind, count in found.items():
        assert count == pytest.approx(clean * getattr(parameters, kind), abs=1.0), kind


def test_a_utility_may_be_spotless():
    none = DirtParameters(duplicate=0.0, negative=0.0, backwards=0.0, unknown_status=0.0, orphan=0.0)
    bills = pl.DataFrame({"SC_NO": ["a"], "KWH": [5], "IR": [10], "FR": [15], "MTR_STATUS": ["OK"]})
    assert soiled(bills, none, np.random.default_rng(0)).equals(bills)


def test_names_and_telephone_numbers_are_invented(frames):
    consumers = frames["consumers"]
    assert consumers["PHONE"].str.starts_with("00000-").all()
    assert consumers["SC_NO"].n_unique() == consumers.height
    meters = frames["bills"].unique().filter(pl.col("SC_NO").str.starts_with("999").not_()).drop_nulls("METER_NO")
    assert meters.group_by("METER_NO").agg(pl.col("SC_NO").n_unique())["SC_NO"].max() == 1
