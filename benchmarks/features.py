"""How long the whole catalogue takes, against pandas computing plain aggregates of the same bills."""

import time

import pandas as pd
import polars as pl

from powertheft.actions.feature_recipe import choose_recipe
from powertheft.actions.prepare_data import prepare_data, profile_for
from powertheft.actions.simulate_data import simulate_in_memory
from powertheft.engines.local import compute_features

CONSUMERS, BILLS = 50_000, 18
PLAIN = ["mean", "std", "min", "max", "sum"]


def plain_aggregates(readings: pd.DataFrame) -> pd.DataFrame:
    """What most projects stop at: five statistics of four columns."""
    columns = ["energy", "period_days", "previous_index", "current_index"]
    return readings.groupby("consumer_id")[columns].agg(PLAIN)


def main() -> None:
    frames = simulate_in_memory(consumers=CONSUMERS, bills=BILLS, seed=1)
    prepared = prepare_data(frames, profile=profile_for({}, "tneb"))
    features = choose_recipe(prepared.tables).features()
    compute_features({name: frame.head(5_000) for name, frame in prepared.tables.items()}, features)  # compiles kernels
    start = time.perf_counter()
    table = compute_features(prepared.tables, features)
    ours = time.perf_counter() - start
    readings = prepared.tables["readings"].select(
        "consumer_id", pl.col("energy", "period_days", "previous_index", "current_index")
    )
    given = readings.to_pandas()
    start = time.perf_counter()
    plain = plain_aggregates(given)
    peer = time.perf_counter() - start
    count = table.features.width
    bills = prepared.tables["readings"].height
    print(
        f"{count} features of {CONSUMERS:,} consumers, {bills:,} bills: {ours:.1f} s, {1000 * ours / count:.0f} ms each"
    )
    print(
        f"peer, {plain.shape[1]} plain aggregates by pandas: {peer:.1f} s, {1000 * peer / plain.shape[1]:.0f} ms each"
    )
