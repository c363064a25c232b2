"""What would have been: bills that are changed, and what comes of it."""

import json
from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np
import polars as pl
import pytest

from powertheft.actions.feature_recipe import choose_recipe
from powertheft.actions.prepare_data import prepare_data, profile_for
from powertheft.actions.simulate_data import simulate_in_memory
from powertheft.domain.errors import ChoiceError
from powertheft.engines.local import compute_features
from powertheft.explanation.what_if import (
    STEPS,
    had_been_as_a_year_before,
    had_been_times,
    one_by_one,
    smallest_change,
)

DAYS = pl.date_range(date(2016, 1, 1), date(2018, 12, 1), "2mo", eager=True)  # 18 bills of two months


def bills(*recent: float, usual: float = 200.0) -> pl.DataFrame:
    """A ledger with a register that runs on, and two meters: the second from the tenth bill on."""
    energy = np.array([usual] * (18 - len(recent)) + list(recent))
    current = np.concatenate([1000 + energy[:9].cumsum(), energy[9:].cumsum()])
    return pl.DataFrame(
        {
            "consumer_id": "c",
            "commodity": "electricity",
            "meter_id": ["1"] * 9 + ["2"] * 9,
            "read_on": DAYS,
            "energy": energy,
            "period_days": 60.0,
            "previous_index": current - energy,
            "current_index": current,
            "amount": 5 * energy,
        }
    )


def use(frame: pl.DataFrame, last: int = 6) -> pl.DataFrame:
    return frame.select(pl.col("energy").filter(pl.col("commodity") == "electricity").tail(last).mean())


def chance(features: pl.DataFrame) -> np.ndarray:
    return 1 - features["energy"].to_numpy() / 250


RECENT = one_by_one(use)


class Kept:
    """A computation that keeps what it was asked."""

    def __init__(self) -> None:
        self.versions: list[pl.DataFrame] = []
        self.calls = 0

    def __call__(self, versions: Sequence[pl.DataFrame]) -> pl.DataFrame:
        self.versions += versions
        self.calls += 1
        return RECENT(versions)


def test_the_last_bills_take_the_use_of_a_year_before() -> None:
    found = had_been_as_a_year_before(bills(*[20.0] * 6), compute=RECENT, score=chance)
    assert (found.bills, found.energy_before, found.energy_after) == (6, 120.0, 1200.0)
    assert (found.before, found.after) == (pytest.approx(0.92), pytest.approx(0.2))
    assert found.sentence == "Had the last six bills been as a year before, 92 % would be 20 %."
    assert json.loads(json.dumps(found.to_json()))["bills"] == 6


def test_a_year_before_counts_by_the_day() -> None:
    ledger = bills(*[20.0] * 6)
    halved = ledger.with_columns(period_days=pl.when(pl.col("read_on") >= date(2018, 1, 1)).then(30.0).otherwise(60.0))
    # 200 kWh in 60 days are 100 kWh in 30.
    assert had_been_as_a_year_before(halved, compute=RECENT, score=chance).energy_after == pytest.approx(600.0)


def test_bills_that_say_no_days_cover_the_time_since_the_one_before() -> None:
    plain = bills(*[20.0] * 6).select("read_on", "energy", commodity=pl.lit("electricity"))
    found = had_been_as_a_year_before(plain, compute=RECENT, score=chance)
    # The same months have the same days, but for none of them.
    assert found.energy_after == pytest.approx(1200.0)


def test_only_bills_with_one_of_a_year_before_are_changed() -> None:
    assert had_been_as_a_year_before(bills(), compute=RECENT, score=chance, bills=30).bills == 12
    with pytest.raises(ChoiceError, match="do not reach a year back"):
        had_been_as_a_year_before(bills().head(4), compute=RECENT, score=chance)


def test_registers_and_amounts_go_with_the_energy() -> None:
    kept = Kept()
    had_been_times(bills(*[20.0] * 6), 3.0, compute=kept, score=chance, bills=6)
    before, after = kept.versions
    assert after["energy"].to_list() == [200.0] * 12 + [60.0] * 6
    rose = (after["current_index"] - after["previous_index"]).to_numpy()
    np.testing.assert_allclose(rose, after["energy"].to_numpy())
    own = after.filter(pl.col("meter_id") == "2")
    np.testing.assert_allclose(own["previous_index"].to_numpy()[1:], own["current_index"].to_numpy()[:-1])
    assert after["amount"].to_list() == (5 * after["energy"]).to_list()
    unchanged = [name for name in before.columns if name not in {"energy", "amount", "previous_index", "current_index"}]
    assert after.select(unchanged).equals(before.select(unchanged))
    assert before.equals(bills(*[20.0] * 6))


def test_a_register_behind_a_transformer_runs_on_by_its_own_unit() -> None:
    ledger = bills(*[20.0] * 6)
    slow = ledger.with_columns(current_index=pl.col("previous_index") + pl.col("energy") / 40)
    kept = Kept()
    had_been_times(slow, 2.0, compute=kept, score=chance, bills=1)
    last = kept.versions[1][-1]
    assert (last["current_index"] - last["previous_index"]).item() == pytest.approx(40 / 40)


def test_other_commodities_and_bills_without_energy_stay_as_they_are() -> None:
    gas = bills()[-1].with_columns(commodity=pl.lit("gas"), energy=7.0)
    empty = bills()[-1].with_columns(energy=pl.lit(None, dtype=pl.Float64), read_on=date(2018, 12, 1))
    kept = Kept()
    found = had_been_times(pl.concat([bills(), gas, empty]), 0.5, compute=kept, score=chance, bills=1)
    assert (found.energy_before, found.energy_after) == (200.0, 100.0)
    assert found.sentence.startswith("Had the last bill been 50 % of what was billed, ")
    changed = kept.versions[1]
    assert changed.filter(pl.col("commodity") == "gas")["energy"].to_list() == [7.0]
    assert changed["energy"].null_count() == 1


def test_the_smallest_change_is_the_window_that_takes_the_least() -> None:
    kept = Kept()
    found = smallest_change(bills(*[20.0] * 6), cutoff=0.6, compute=kept, score=chance)
    assert found is not None
    # 0.6 is passed at a mean of 100 over six bills: 480 kWh more. Over the last three alone they would be of
    # 180 each, which adds as much; over twelve, half of the rise falls on bills that the score does not read.
    assert found.energy_added == pytest.approx(480, rel=0.02)
    assert found.bills in {3, 6}
    assert found.after < 0.6 <= found.before
    assert found.ceiling == pytest.approx(200 / 60 * 365.25 / 12)
    assert found.level_after < found.ceiling
    assert "59.9 %, under 60.0 %" in found.sentence
    assert kept.calls == 4
    assert len(kept.versions) <= 1 + 3 * 3 * STEPS
    json.dumps(found.to_json())


def test_bills_of_nothing_are_raised_by_the_day() -> None:
    found = smallest_change(bills(*[0.0] * 6), cutoff=0.6, compute=RECENT, score=chance)
    assert found is not None
    assert found.factor is None or found.bills == 12
    assert found.after < 0.6


def test_neighbours_may_show_that_more_is_plausible() -> None:
    low = bills(*[50.0] * 18)
    assert smallest_change(low, cutoff=0.6, compute=RECENT, score=chance) is None
    found = smallest_change(low, cutoff=0.6, compute=RECENT, score=chance, neighbours=3.0)
    assert found is not None
    # A mean of 100 over six bills of 50.
    assert found.energy_added == pytest.approx(300.0, rel=0.02)
    assert found.ceiling == pytest.approx(3 * 365.25 / 12)


def test_where_nothing_plausible_does_it_there_is_none() -> None:
    assert smallest_change(bills(*[20.0] * 6), cutoff=0.1, compute=RECENT, score=chance) is None
    assert smallest_change(bills().head(2), cutoff=0.1, compute=RECENT, score=chance) is None


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ChoiceError, match="under 99 % as it is"):
        smallest_change(bills(*[20.0] * 6), cutoff=0.99, compute=RECENT, score=chance)
    with pytest.raises(ChoiceError, match="0 of 18 bills"):
        had_been_times(bills(), 2.0, compute=RECENT, score=chance, bills=0)
    with pytest.raises(ChoiceError, match="the factor is -1"):
        had_been_times(bills(), -1.0, compute=RECENT, score=chance)
    with pytest.raises(ValueError, match="of several consumers"):
        had_been_times(bills().with_columns(consumer_id=pl.col("meter_id")), 2.0, compute=RECENT, score=chance)
    with pytest.raises(ValueError, match=r"2 versions of the bills gave scores of shape \(1,\)"):
        had_been_times(bills(), 2.0, compute=RECENT, score=lambda _features: np.ones(1))


@cache
def simulated() -> dict[str, pl.DataFrame]:
    return dict(
        prepare_data(simulate_in_memory(consumers=100, bills=18, seed=2), profile=profile_for({}, "tneb")).tables
    )


def test_the_engine_sees_bills_that_agree_with_their_registers() -> None:
    tables = simulated()
    features = [feature for feature in choose_recipe(tables).features() if feature.name == "use_12m"]
    table = compute_features(tables, features)
    for consumer in table.consumer_ids[:10]:
        own = tables["readings"].filter(pl.col("consumer_id") == consumer)
        alone = tables["consumers"].filter(pl.col("consumer_id") == consumer)

        def again(readings: pl.DataFrame, alone: pl.DataFrame = alone) -> pl.DataFrame:
            return compute_features({"consumers": alone, "readings": readings}, features).features

        # The last seven bills cover the year: twice the energy, twice the use.
        found = had_been_times(
            own, 2.0, bills=7, compute=one_by_one(again), score=lambda use: use["use_12m"].to_numpy()
        )
        assert found.after == pytest.approx(2 * found.before, rel=1e-4), consumer
