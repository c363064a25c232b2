"""How long it takes to see what moved: 1,000,000 consumers of 100 features against 100,000 a year before.

The peer is what one writes at first: for each column quantiles of the raw values of before, pandas.cut of both, and
scipy's distances. Each runs in a process of its own, so that its peak of memory is its own.
"""

import resource
import time
from multiprocessing import get_context

import numpy as np
import pandas as pd
import polars as pl
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from powertheft.domain.spreads import Spreads
from powertheft.models.reference import describe
from powertheft.monitoring.drift import drifts
from powertheft.monitoring.spreads import spreads_like

CONSUMERS, BEFORE, FEATURES = 1_000_000, 100_000, 100
MOVED = (0, 1, 4, 5, 8)
"""Features whose values are twice what they were."""
SECONDS, GIGABYTES = 20.0, 2.0
"""Limits of issue 6, on two cores."""


def drawn(rows: int, seed: int, *, moved: tuple[int, ...] = ()) -> pl.DataFrame:
    """Half of the features lognormal, a quarter mostly zero, a quarter categories; gaps; some doubled."""
    draws = np.random.default_rng(seed)
    columns: dict[str, pl.Series] = {}
    for place in range(FEATURES):
        name = f"feature_{place:03}"
        if place % 4 == 3:
            levels = draws.integers(0, 12, rows).astype(np.uint32)
            columns[name] = pl.Series(name, levels).cast(pl.String)
            continue
        values = draws.lognormal(3, 1, rows)
        if place % 4 == 2:
            values[draws.random(rows) < 0.9] = 0.0
        values[draws.random(rows) < 0.05] = np.nan
        columns[name] = pl.Series(name, values * (2 if place in moved else 1), nan_to_null=True)
    return pl.DataFrame(columns)


def ours(before: Spreads, now: pl.DataFrame) -> list[str]:
    found = drifts(before, spreads_like(now, now["feature_000"].fill_null(0.0).to_numpy(), before))
    return [one.name for one in found if one.size != "none"]


def peer(before: pl.DataFrame, now: pl.DataFrame) -> list[str]:
    found: list[str] = []
    for name in now.columns:
        earlier, later = before[name].to_pandas(), now[name].to_pandas()
        if before[name].dtype == pl.String:
            first, second = (column.value_counts(normalize=True, dropna=False) for column in (earlier, later))
        else:
            edges = np.unique(earlier.quantile(np.linspace(0, 1, 21)).to_numpy())
            edges[[0, -1]] = -np.inf, np.inf
            first, second = (
                pd.cut(column, edges).value_counts(normalize=True, dropna=False) for column in (earlier, later)
            )
            wasserstein_distance(earlier.dropna(), later.dropna())
        shares = pd.concat([first, second], axis=1).fillna(0.0).clip(lower=1e-4).to_numpy()
        jensenshannon(shares[:, 0], shares[:, 1])
        if ((shares[:, 0] - shares[:, 1]) * np.log(shares[:, 0] / shares[:, 1])).sum() >= 0.1:
            found.append(name)
    return found


def measured(kind: str) -> tuple[float, float, float, list[str]]:
    """Seconds, gigabytes at the peak, gigabytes before, and what drifted."""
    before, now = drawn(BEFORE, 1), drawn(CONSUMERS, 2, moved=MOVED)
    reference = describe(before, before["feature_000"].fill_null(0.0).to_numpy())
    held = _peak()
    start = time.perf_counter()
    found = ours(reference, now) if kind == "ours" else peer(before, now)
    return time.perf_counter() - start, _peak(), held, found


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main() -> None:
    print(f"{CONSUMERS:,} consumers of {FEATURES} features, {BEFORE:,} before, {len(MOVED)} of them doubled")
    for kind in ("ours", "peer"):
        with get_context("spawn").Pool(1) as process:
            seconds, peak, held, found = process.apply(measured, (kind,))
        print(
            f"{kind:5} {seconds:6.2f} s, peak {peak:.2f} GB, of it {held:.2f} GB before; {len(found)} drifted",
            flush=True,
        )
        if kind == "ours":
            print(f"      limits {SECONDS:.0f} s and {GIGABYTES:.0f} GB: {seconds < SECONDS and peak < GIGABYTES}")
