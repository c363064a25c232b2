"""New consumers counted in the bins of a reference."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import InputError
from powertheft.domain.spreads import CategorySpread, NumberSpread, Spreads
from powertheft.models.reference import describe, describe_number
from powertheft.monitoring.drift import drifts
from powertheft.monitoring.spreads import counts_like, spreads_like

VALUES = st.one_of(st.floats(-1e6, 1e6), st.integers(0, 3).map(float), st.just(float("nan")), st.just(float("inf")))


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=300))
def test_the_consumers_of_the_reference_counted_anew_are_the_reference(values):
    column = np.array(values)
    reference = describe_number(column)
    counted = counts_like(pl.Series(column), reference)
    assert counted.share_missing == reference.share_missing
    # Where all but a few had one value, those few are counted apart.
    assert counted.counts == reference.counts or sum(counted.counts) == reference.counts[0]


@settings(deadline=None)
@given(st.lists(VALUES, min_size=40, max_size=300), st.lists(VALUES, max_size=300))
def test_every_new_value_is_counted_once(values, new):
    reference = describe_number(np.array(values))
    counted = counts_like(pl.Series(new, dtype=pl.Float64), reference)
    known = np.isfinite(np.array(new, dtype=float)).sum()
    assert sum(counted.counts) == (known if reference.counts else 0)
    assert len(counted.edges) == (len(counted.counts) + 1 if counted.counts else 0)


def test_counting_is_that_of_numpy_over_many_blocks():
    draws = np.random.default_rng(0)
    edges = tuple(np.linspace(-1, 1, 21).tolist())
    values = draws.normal(size=70_001).round(1)
    counted = counts_like(pl.Series(values), NumberSpread(edges, (20,) * 20, 0.0))
    expected = np.bincount(np.searchsorted(edges[1:-1], values, side="right"), minlength=20)
    assert counted.counts == tuple(expected.tolist())


@pytest.mark.parametrize("values", [[True, True, False, None], [1, 1, 0, None], [1.0, 1.0, 0.0, float("nan")]])
def test_flags_and_whole_numbers_are_numbers(values):
    counted = counts_like(pl.Series(values, strict=False), NumberSpread((0.0, 1.0, 1.0), (20, 20), 0.0))
    assert (counted.counts, counted.share_missing) == ((1, 2), 0.25)


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["Adyar", "Guindy", "Tambaram"])])
def test_a_level_that_the_reference_does_not_know_is_among_the_others(dtype):
    sections = pl.Series(["Adyar", "Adyar", "Tambaram", None], dtype=dtype)
    counted = counts_like(sections, CategorySpread({"Adyar": 30, "Guindy": 30}, 5, 0.0))
    assert counted == CategorySpread({"Adyar": 2, "Guindy": 0}, 1, 0.25)


def test_who_leaves_a_value_that_all_had_is_seen():
    reference = describe(pl.DataFrame({"tariff_step": np.full(3_000, 1 / 3)}), np.zeros(3_000))
    same = spreads_like(pl.DataFrame({"tariff_step": np.full(3_000, np.float32(1 / 3))}), np.zeros(3_000), reference)
    moved = spreads_like(pl.DataFrame({"tariff_step": np.arange(3_000) % 2}), np.zeros(3_000), reference)
    assert drifts(reference, same)[0].size == "none"
    assert drifts(reference, moved)[0].size == "large"
    assert drifts(same, moved)[0].size == "large"


def test_a_table_may_hold_more_but_not_less():
    bins = NumberSpread((0.0, 1.0), (20,), 0.0)
    reference = Spreads(20, bins, {"drop": bins}, {})
    rides_along = pl.DataFrame({"consumer_id": ["a"], "drop": [0.5]})
    assert list(spreads_like(rides_along, np.zeros(1), reference).numbers) == ["drop"]
    with pytest.raises(InputError, match="column drop: is missing"):
        spreads_like(pl.DataFrame({"rise": [0.5]}), np.zeros(1), reference)
    with pytest.raises(InputError, match="column drop: holds String where the reference has numbers"):
        spreads_like(pl.DataFrame({"drop": ["a bit"]}), np.zeros(1), reference)
    with pytest.raises(ValueError, match="2 scores for 1 rows"):
        spreads_like(rides_along, np.zeros(2), reference)
