"""What the fitted consumers looked like, as counts that single nobody out."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.spreads import Spreads
from powertheft.models.reference import describe, describe_number, draw_table
from powertheft.models.schema import feature_kinds


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.integers(0, 3).map(float), st.just(float("nan"))), max_size=300))
def test_every_value_is_counted_once_in_a_bin_of_twenty_or_more(values):
    column = np.array(values, dtype=float)
    spread = describe_number(column)
    known = np.isfinite(column).sum()
    assert sum(spread.counts) == (known if known >= 20 else 0)
    assert all(count >= 20 for count in spread.counts)
    assert len(spread.counts) <= 20
    assert len(spread.edges) == (len(spread.counts) + 1 if spread.counts else 0)
    assert spread.share_missing == pytest.approx(1 - known / max(1, len(column)), abs=1e-6)


def test_the_largest_consumer_is_not_in_the_file():
    energy = np.append(np.random.default_rng(0).lognormal(5, 1, 2_000), 987_654.25)
    assert max(describe_number(energy).edges) < 10_000


def test_values_that_many_share_have_a_bin_of_their_own():
    """Else a flag, or a count that is mostly zero, would lie in one bin, and nobody would see it move."""
    draws = np.random.default_rng(0)
    flag = (draws.random(5_000) < 0.03).astype(float)
    assert describe_number(flag).counts == (int((flag == 0).sum()), int(flag.sum()))
    rare = (draws.random(50_000) < 0.002).astype(float)
    assert describe_number(rare).counts == (int((rare == 0).sum()), int(rare.sum()))
    mostly_zero = np.where(draws.random(5_000) < 0.96, 0.0, draws.lognormal(size=5_000))
    assert describe_number(mostly_zero).counts[0] == (mostly_zero == 0).sum()
    halves = np.where(draws.random(5_000) < 0.5, 1 / 3, draws.random(5_000))
    assert (halves == 1 / 3).sum() in describe_number(halves).counts


def test_a_single_other_value_is_not_told():
    assert describe_number(np.append(np.zeros(5_000), 123.5)).counts == (5_001,)


def test_levels_of_fewer_than_twenty_consumers_are_not_named():
    X = pl.DataFrame({"section": ["Adyar"] * 20 + ["Guindy"] * 19 + [None]})
    written = json.dumps(describe(X, np.zeros(40)).to_json())
    assert "Adyar" in written
    assert "Guindy" not in written


def test_nothing_is_lost_on_the_way_through_a_file(table):
    reference = describe(table, np.arange(table.height, dtype=float))
    assert Spreads.from_json(json.loads(json.dumps(reference.to_json()))) == reference


def test_invented_rows_have_the_spread_of_the_real_ones(table):
    reference = describe(table, np.zeros(table.height))
    drawn = pl.DataFrame(draw_table(reference, feature_kinds(table), rows=20_000, seed=0), strict=False)
    assert drawn["drop"].quantile(0.9) == pytest.approx(table["drop"].quantile(0.9), abs=0.1)
    assert drawn["demand"].null_count() / 20_000 == pytest.approx(table["demand"].null_count() / table.height, abs=0.02)
    assert (drawn["district"] == "North").mean() == pytest.approx((table["district"] == "North").mean(), abs=0.02)
