"""Thefts in half-hourly readings: what each leaves alone, and what it takes."""

import numpy as np
import pytest

from powertheft.simulation.interval_thefts import THEFTS, interval_theft

DAYS, SLOTS, ONSET = 60, 48, 15


def use_of(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    profile = 0.2 + 0.3 * np.exp(-0.5 * ((np.arange(SLOTS) - 37) / 4) ** 2)
    use = (profile[None, :] * random.gamma(4.0, 0.25, (DAYS, SLOTS))).round(3)
    use[50, 3:9] = np.nan
    use[55] = np.nan
    return use


def reported(kind: str, strength: float, *, seed: int = 5, onset: int = ONSET) -> np.ndarray:
    others = np.stack([use_of(1) * scale for scale in (0.2, 0.4, 0.6, 0.8, 2.0)])
    return interval_theft(kind, others=others)(use_of(1), np.random.default_rng(seed), strength, onset)


@pytest.mark.parametrize("kind", THEFTS)
def test_a_theft_is_pure_leaves_what_was_before_and_what_is_missing_and_is_never_negative(kind: str) -> None:
    use = use_of(1)
    for strength in THEFTS[kind].strengths:
        got = reported(kind, strength)
        np.testing.assert_array_equal(got, reported(kind, strength))
        np.testing.assert_array_equal(got[:ONSET], use[:ONSET])
        np.testing.assert_array_equal(np.isnan(got), np.isnan(use))
        assert np.nanmin(got) >= 0.0
        assert not np.array_equal(got[ONSET:], use[ONSET:], equal_nan=True)
    np.testing.assert_array_equal(use, use_of(1))


@pytest.mark.parametrize("kind", THEFTS)
def test_what_lowers_the_bill_lowers_it_more_with_strength_and_the_rest_keeps_it(kind: str) -> None:
    whole = slice(ONSET, 50)  # days without a gap, out of which nothing can move
    totals = [np.nansum(reported(kind, strength, seed=3)[whole]) for strength in THEFTS[kind].strengths]
    honest = np.nansum(use_of(1)[whole])
    if THEFTS[kind].lowers_the_bill:
        assert np.all(np.diff([honest, *totals]) < 0)
    else:
        assert totals == pytest.approx([honest] * 4)


def test_the_spell_of_h2_is_one_a_day() -> None:
    off = (reported("h2", 0.35, onset=0) == 0.0)[:20]
    assert (np.diff(off.astype(int), axis=1) == 1).sum(axis=1).max() <= 1
    assert (off.sum(axis=1) == 17).all()


def test_a_progressive_theft_only_grows() -> None:
    whole = slice(ONSET, 50)
    share = reported("progressive", 0.6)[whole].sum(axis=1) / use_of(1)[whole].sum(axis=1)
    assert np.all(np.diff(share) <= 1e-9)
    assert share[-1] == pytest.approx(0.4)


def test_daily_readings_are_stolen_from_too() -> None:
    daily = np.nansum(use_of(1), axis=1, keepdims=True)
    for kind in ("h1", "h3", "intermittent", "progressive", "excess"):
        got = interval_theft(kind)(daily, np.random.default_rng(2), 0.5, 0)
        assert got.shape == daily.shape
        assert got.sum() < daily.sum()


def test_an_unknown_kind_and_a_swap_without_others_are_refused() -> None:
    with pytest.raises(ValueError, match="there is no theft 'h7'"):
        interval_theft("h7")
    with pytest.raises(ValueError, match="needs the use of others"):
        interval_theft("swap")
