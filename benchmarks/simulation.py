"""How long a made-up utility of 100,000 consumers takes, against merely drawing and writing as many numbers."""

import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from powertheft.actions.simulate_data import simulate_data

CONSUMERS, BILLS = 100_000, 18


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        summary = simulate_data(Path(folder) / "utility", consumers=CONSUMERS, bills=BILLS, seed=1)
        ours = time.perf_counter() - start
        start = time.perf_counter()
        drawn = np.random.default_rng(1).normal(size=(CONSUMERS * BILLS, 10)).round(2)
        pl.DataFrame(drawn).write_csv(Path(folder) / "drawn.csv")
        peer = time.perf_counter() - start
    print(f"simulate {CONSUMERS:,} consumers x {BILLS} bills, {sum(summary.rows.values()):,} rows: {ours:.1f} s")
    print(f"peer, the same number of bills drawn as 10 normal columns and written by Polars: {peer:.1f} s")
