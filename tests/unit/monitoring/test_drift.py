"""How far features and scores moved."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from powertheft.domain.spreads import CategorySpread, NumberSpread, Spreads
from powertheft.models.reference import describe
from powertheft.monitoring.drift import Drift, drifts, index_by_chance, score_drift
from powertheft.monitoring.spreads import spreads_like


def drift_of(before, now, *, rows=None) -> Drift:
    kind = "numbers" if isinstance(before, NumberSpread) else "categories"
    empty = NumberSpread((), (), 0.0)
    sizes = rows or [_rows(one) for one in (before, now)]
    first, second = (Spreads(size, empty, **{kind: {"x": one}}) for size, one in zip(sizes, (before, now), strict=True))
    return drifts(first, second)[0]


def _rows(spread) -> int:
    known = sum(spread.counts if isinstance(spread, NumberSpread) else [*spread.counts.values(), spread.others])
    return round(known / (1 - spread.share_missing))


def halves(first: int, second: int, missing: float = 0.0) -> NumberSpread:
    return NumberSpread((0.0, 1.0, 2.0), (first, second), missing)


def table(draws: np.random.Generator, rows: int) -> pl.DataFrame:
    """Features as we have them: level, mostly zero, flag, count, category with many levels; some values missing."""
    level = draws.lognormal(5, 1, rows)
    level[draws.random(rows) < 0.03] = np.nan
    return pl.DataFrame(
        {
            "level": level,
            "drops": np.where(draws.random(rows) < 0.9, 0.0, draws.gamma(1, 2, rows)),
            "flag": draws.random(rows) < 0.04,
            "visits": draws.poisson(1.5, rows),
            "section": draws.choice([f"s{place:03}" for place in range(200)], rows),
        },
        nan_to_null=True,
    )


def test_the_index_is_the_one_of_the_books():
    found = drift_of(halves(9_000, 1_000), halves(8_000, 2_000))
    assert found.psi == pytest.approx(0.1 * np.log(9 / 8) + 0.1 * np.log(2), abs=1e-12)
    assert found.jensen_shannon == pytest.approx(np.sqrt(0.01438), abs=1e-4)
    assert found.wasserstein == pytest.approx(0.1 / 0.3)


@pytest.mark.parametrize(
    ("now", "size"), [((5_000, 5_000), "none"), ((3_300, 6_700), "some"), ((2_000, 8_000), "large")]
)
def test_sizes_are_those_of_the_thresholds(now, size):
    assert drift_of(halves(5_000, 5_000), halves(*now)).size == size


def test_missing_values_are_a_bin_of_their_own():
    found = drift_of(halves(5_000, 5_000), halves(4_000, 4_000, 0.2))
    assert (found.size, found.share_missing_before, found.share_missing_now) == ("large", 0.0, 0.2)
    assert found.wasserstein == pytest.approx(0.0)


def test_a_feature_of_which_nothing_was_known_drifts_when_it_arrives():
    unknown = NumberSpread((), (), 0.99)
    assert drift_of(unknown, NumberSpread((), (), 0.1), rows=(5_000, 5_000)).size == "large"
    assert drift_of(unknown, unknown, rows=(5_000, 5_000)).size == "none"


def test_an_empty_bin_is_not_endless():
    found = drift_of(halves(10_000, 10_000), halves(20_000, 0))
    assert 1 < found.psi < 10
    assert found.size == "large"


def test_levels_move_and_new_ones_are_seen():
    before = CategorySpread({"Adyar": 5_000, "Guindy": 5_000}, 0, 0.0)
    assert drift_of(before, CategorySpread({"Adyar": 5_000, "Guindy": 5_000}, 0, 0.0)).psi == 0
    assert drift_of(before, CategorySpread({"Adyar": 4_000, "Guindy": 4_000}, 2_000, 0.0)).size == "large"
    assert drift_of(before, before).wasserstein is None


@pytest.mark.parametrize("rows", [60, 200, 300, 500, 1_000, 5_000])
def test_a_table_in_which_nothing_moved_does_not_drift(rows):
    """Also not a small one: each of 60 periods is of the same consumers as the reference, drawn anew."""
    draws = np.random.default_rng(rows)
    reference = describe(table(draws, 20_000), draws.normal(size=20_000))
    periods = [spreads_like(table(draws, rows), draws.normal(size=rows), reference) for _ in range(60)]
    false_alarms = sum(drifts(reference, period)[0].size != "none" for period in periods)
    assert false_alarms <= 2


def test_a_small_table_that_moved_a_lot_drifts():
    draws = np.random.default_rng(0)
    reference = describe(table(draws, 20_000), draws.normal(size=20_000))
    fewer = table(draws, 400).with_columns(pl.col("level") / 3)
    found = drifts(reference, spreads_like(fewer, draws.normal(size=400) + 1, reference))
    assert [one.name for one in found if one.size != "none"] == ["level"]
    assert score_drift(reference, spreads_like(fewer, draws.normal(size=400) + 1, reference)).size == "large"


def test_chance_is_what_draws_give():
    draws = np.random.default_rng(0)
    shares = np.full(10, 0.1)
    indices = [
        drift_of(
            NumberSpread(tuple(range(11)), tuple(draws.multinomial(5_000, shares).tolist()), 0.0),
            NumberSpread(tuple(range(11)), tuple(draws.multinomial(1_000, shares).tolist()), 0.0),
        ).psi
        for _ in range(3_000)
    ]
    assert np.mean(indices) == pytest.approx(9 * (1 / 5_000 + 1 / 1_000), rel=0.05)
    assert np.quantile(indices, 0.99) == pytest.approx(index_by_chance(10, 5_000, 1_000), rel=0.06)
    assert index_by_chance(10, 5_000, 1_000) == chi2.isf(0.01, 9) * (1 / 5_000 + 1 / 1_000)


def test_a_million_consumers_who_moved_a_little_do_not_drift():
    found = drift_of(halves(500_000, 500_000), halves(505_000, 495_000))
    assert found.psi > found.psi_by_chance
    assert found.size == "none"


COUNTS = st.lists(st.integers(0, 10_000), min_size=3, max_size=3).filter(lambda counts: sum(counts) > 0)


@settings(deadline=None)
@given(COUNTS, COUNTS, st.floats(0, 0.9), st.floats(0, 0.9))
def test_every_figure_is_finite_and_the_same_either_way_round(first, second, missing, lacking):
    one = NumberSpread((0.0, 1.0, 2.0, 3.0), tuple(first), round(missing, 6))
    other = NumberSpread((0.0, 1.0, 2.0, 3.0), tuple(second), round(lacking, 6))
    there, back = drift_of(one, other), drift_of(other, one)
    assert there.psi >= -1e-12
    assert 0 <= there.jensen_shannon <= 1 + 1e-9
    assert there.psi == pytest.approx(back.psi)
    assert there.wasserstein is None or (np.isfinite(there.wasserstein) and there.wasserstein >= 0)
    assert drift_of(one, one).psi == pytest.approx(0)


def test_what_cannot_be_compared_is_refused():
    bins, empty = halves(500, 500), NumberSpread((), (), 0.0)
    with pytest.raises(ValueError, match="same features: rise"):
        drifts(Spreads(1_000, empty, {"x": bins}), Spreads(1_000, empty, {"x": bins, "rise": bins}))
    with pytest.raises(ValueError, match="x: the two spreads are not of the same bins"):
        drift_of(bins, NumberSpread((0.0, 5.0, 9.0), (500, 500), 0.0))
    with pytest.raises(ValueError, match="no rows"):
        drift_of(bins, bins, rows=(1_000, 0))
