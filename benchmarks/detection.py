"""How well theft is found on STEG, against what others do, on the same split of clients.

Clients are split by SHA-256 of their number modulo five; a model is fitted without each fold in turn (the first alone
with --folds 1) and judged on the clients left out. Peers are fitted to the same clients and judged on the same.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from lightgbm import LGBMClassifier
from sklearn.ensemble import IsolationForest

from powertheft.actions.feature_recipe import areas_to_learn, choose_recipe
from powertheft.actions.prepare_data import prepare_data, profile_for
from powertheft.actions.train_model import NOT_LIVED, labelled_features
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import evaluate_scores
from powertheft.evaluation.splits import fold_of
from powertheft.features.series import FAMILY as SERIES
from powertheft.models.registry import make_estimator

STEG = Path("../shared/data/steg")
FOLDS = 5
Score = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From the rows to learn from and the rows to judge to scores of the latter."""


def plain_aggregates(ids: np.ndarray, *, encoded: bool) -> pl.DataFrame:
    """Mean, deviation, least and greatest of every column of a client's invoices; words as codes, if `encoded`."""
    bills, clients = pl.read_parquet(STEG / "invoice.parquet"), pl.read_csv(STEG / "client.csv")
    words = [
        name for name, kind in bills.schema.items() if kind == pl.String and name not in {"client_id", "invoice_date"}
    ]
    codes = [pl.col(name).cast(pl.Categorical).to_physical() for name in words] if encoded else []
    bills = bills.with_columns(*codes)
    if not encoded:
        bills = bills.drop(words)
    numbers = [name for name, kind in bills.schema.items() if kind.is_numeric()]
    made = ("mean", "std", "min", "max")
    told = [getattr(pl.col(name), word)().alias(f"{name} {word}") for name in numbers for word in made]
    bills = bills.group_by("client_id").agg(pl.len().alias("invoices"), *told)
    kept = clients.select(
        "client_id", "client_catg", "region", "disrict",
        pl.col("creation_date").str.to_date("%d/%m/%Y").cast(pl.Int32).alias("created"),
    )  # fmt: skip
    names = pl.DataFrame({"client_id": ids})
    return names.join(bills, on="client_id", how="left", maintain_order="left").join(
        kept if encoded else kept.select("client_id"), on="client_id", how="left", maintain_order="left"
    ).drop("client_id")  # fmt: skip


def ours(table: pl.DataFrame, labels: np.ndarray, algorithm: str, **options: Any) -> Score:
    def score(learn: np.ndarray, judge: np.ndarray) -> np.ndarray:
        model = make_estimator(algorithm, seed=0, **options).fit(table[learn], labels[learn])
        return model.raw_scores(table[judge])

    return score


def boosted_on(table: pl.DataFrame, labels: np.ndarray, make: Callable[[], Any]) -> Score:
    matrix = table.cast(pl.Float64).to_numpy()

    def score(learn: np.ndarray, judge: np.ndarray) -> np.ndarray:
        model = make().fit(matrix[learn], labels[learn])
        return model.predict_proba(matrix[judge])[:, 1]

    return score


def forest_of_isolation(table: pl.DataFrame) -> Score:
    matrix = table.select(pl.col(pl.Float32, pl.Float64)).fill_nan(None)
    matrix = matrix.select(pl.all().fill_null(pl.all().median()).fill_null(0.0)).to_numpy()

    def score(learn: np.ndarray, judge: np.ndarray) -> np.ndarray:
        return (
            -IsolationForest(n_estimators=300, random_state=0, n_jobs=2).fit(matrix[learn]).score_samples(matrix[judge])
        )

    return score


def fall(table: pl.DataFrame) -> Score:
    """The rule of thumb: who fell most against the same season a year before (over 50 % first)."""
    ratio = table["same_season_ratio_12m"].fill_null(1.0).to_numpy()
    return lambda _learn, judge: -ratio[judge]


def catboost_by_defaults() -> Any:
    from catboost import CatBoostClassifier  # late: an extra

    return CatBoostClassifier(iterations=1000, verbose=0, random_seed=0, thread_count=2, allow_writing_files=False)


def main() -> None:
    folds = int(sys.argv[sys.argv.index("--folds") + 1]) if "--folds" in sys.argv else 1
    prepared = prepare_data(STEG, profile=profile_for(STEG, "steg"), mapping=None)
    recipe = choose_recipe(prepared.tables, with_series=True)
    known = labelled_features(prepared, recipe)
    areas = areas_to_learn(recipe.features())
    series = [feature.name for feature in recipe.features() if feature.family == SERIES]
    lived = [feature.name for feature in recipe.features() if not feature.flags & {*NOT_LIVED}]
    G, y, ids = known.features.select(lived), known.labels, known.fold_names.astype(str)
    X, K = known.features.drop(series), G.drop(series)
    del prepared
    simple, encoded = plain_aggregates(ids, encoded=False), plain_aggregates(ids, encoded=True)
    runs: dict[str, Score] = {
        "knowable only: lightgbm": ours(K, y, "lightgbm"),
        "knowable only: blend": ours(K, y, "blend"),
        "knowable only: wide-deep (an extra)": ours(G, y, "wide-deep"),
        "knowable only: isolation forest": forest_of_isolation(K),
        "knowable only: fall of over 50 %": fall(K),
        "all: boosting on plain aggregates": boosted_on(
            simple, y, lambda: LGBMClassifier(n_estimators=400, learning_rate=0.05, num_leaves=31, verbose=-1, n_jobs=2)
        ),
        "all: lightgbm": ours(X, y, "lightgbm", areas=areas),
        "all: blend": ours(X, y, "blend", areas=areas),
        "all: CatBoost on label-encoded aggregates": boosted_on(encoded, y, catboost_by_defaults),
    }
    fold = fold_of(ids, FOLDS)
    print(f"{len(y):,} clients, {folds} of {FOLDS} folds held out in turn\n")
    print("| list | ROC-AUC | PR-AUC | precision in the top 1 % | seconds |\n|---|---|---|---|---|", flush=True)
    for name, score in runs.items():
        start, scores = time.perf_counter(), np.full(len(y), np.nan)
        for out in range(folds):
            raw = score(np.flatnonzero(fold != out), np.flatnonzero(fold == out))
            # Scores of different fits need not share a scale; places within a fold do.
            scores[fold == out] = np.argsort(np.argsort(raw)) / len(raw) if folds > 1 else raw
        seen = fold < folds
        judged = evaluate_scores(
            consumer_ids=ids[seen], labels=y[seen], raw_scores=scores[seen], probabilities=np.clip(scores[seen], 0, 1),
            capacity=Capacity(share=0.01), resamples=200,
        )  # fmt: skip
        told = [judged.measures[m] for m in ("roc_auc", "pr_auc", "precision_at_capacity")]
        cells = [f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})" for one in told]
        print(f"| {name} | {' | '.join(cells)} | {time.perf_counter() - start:.0f} |", flush=True)


if __name__ == "__main__":
    main()
