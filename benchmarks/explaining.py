"""How long it takes to say why: reasons of 10,000 consumers of a booster, beside the booster's own contributions.

The numbers are drawn, not billed: trees that split noise are deeper than those of real bills, so this is the dear case.
"""

import time

import numpy as np
import polars as pl

from powertheft.explanation.contributions import explain
from powertheft.explanation.reasons import needed_numbers, reasons
from powertheft.features.catalogue import catalogue
from powertheft.features.definition import Feature
from powertheft.models.boosted_lightgbm import LightGBMClassifier

CONSUMERS, FEATURES, TREES, THREADS = 10_000, 100, 400, 2
FITTED = 20_000
LIMIT = 10.0
"""Seconds that issue 4 allows for the reasons of 10,000 consumers on two cores."""


def chosen_features() -> list[Feature]:
    """Numbers of the catalogue, those that speak first."""
    numbers = [feature for feature in catalogue() if feature.kind == "number"]
    return sorted(numbers, key=lambda feature: feature.sentence is None)[:FEATURES]


def drawn(features: list[Feature], rows: int, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """A table of drawn numbers with gaps, and labels that hang on a few of them."""
    draws = np.random.default_rng(seed)
    matrix = draws.gamma(1.0, 20.0, (rows, len(features))).astype(np.float32)
    risk = 0.05 * (matrix[:, 0] - matrix[:, 1]) + 0.001 * matrix[:, 2] * matrix[:, 3] - 3.0
    matrix[draws.random(matrix.shape) < 0.1] = np.nan
    table = pl.DataFrame({feature.name: matrix[:, place] for place, feature in enumerate(features)}, nan_to_null=True)
    return table, (draws.random(rows) < 1 / (1 + np.exp(-risk))).astype(np.int64)


def main() -> None:
    features = chosen_features()
    known, labels = drawn(features, FITTED, 1)
    model = LightGBMClassifier(trees=TREES, threads=THREADS).fit(known, labels)
    table, _ = drawn(features, CONSUMERS, 2)
    matrix = model.transformed(table)
    start = time.perf_counter()
    own = np.asarray(model.booster_.predict(matrix, pred_contrib=True, num_threads=THREADS))
    peer = time.perf_counter() - start
    start = time.perf_counter()
    found = explain(model, table, background=table)
    contributed = time.perf_counter() - start
    absent = sorted(needed_numbers(features) - set(table.columns) - {"as_of_date"})
    more = np.random.default_rng(3).gamma(1.0, 20.0, (CONSUMERS, len(absent)))
    numbers = table.with_columns(pl.Series(name, more[:, place]) for place, name in enumerate(absent))
    start = time.perf_counter()
    said = reasons(contributions=found.values, features=features, numbers=numbers.with_columns(as_of_date=17970.0))
    worded = time.perf_counter() - start
    off = np.abs(found.base_value + found.values.sum(axis=1) - model.raw_scores(table)).max()
    print(f"{CONSUMERS:,} consumers, {FEATURES} features, {TREES} trees of {model.leaves} leaves, {THREADS} threads")
    print(f"the booster's own contributions   {peer:6.2f} s")
    print(f"contributions by our one door     {contributed:6.2f} s")
    print(f"they differ by {np.abs(found.values - own[:, :-1]).max():.0e}, sums from raw scores by {off:.0e}")
    print(
        f"reasons in words                  {worded:6.2f} s, {sum(row[0] != '' for row in said):,} consumers have one"
    )
    total = contributed + worded
    print(f"together                          {total:6.2f} s, limit {LIMIT:.0f} s: {total < LIMIT}")
