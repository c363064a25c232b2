"""How long each model takes to fit and how well it ranks, beside a rule of thumb, on one held-out fold.

The rule of thumb ranks by the fall against the same months a year before. Figures on simulated theft say nothing of
real theft; they compare models, on data that anybody can make again.
"""

import time

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from powertheft.actions.feature_recipe import choose_recipe
from powertheft.actions.prepare_data import prepare_data, profile_for
from powertheft.actions.simulate_data import simulate_in_memory
from powertheft.actions.train_model import labelled_features
from powertheft.domain.series import MONTHS
from powertheft.evaluation.splits import fold_of
from powertheft.models.registry import ALGORITHMS, make_estimator, reads_series

CONSUMERS, BILLS = 50_000, 18
RULE = "same_season_ratio_12m"


def main() -> None:
    prepared = prepare_data(
        simulate_in_memory(consumers=CONSUMERS, bills=BILLS, seed=2), profile=profile_for({}, "tneb")
    )
    labelled = labelled_features(prepared, choose_recipe(prepared.tables, with_series=True))
    held_out = fold_of(labelled.consumer_ids) == 0
    known, judged = labelled.part(~held_out), labelled.part(held_out)
    print(
        f"{known.labels.size:,} inspected consumers fitted, {judged.labels.size:,} judged, "
        f"{judged.labels.mean():.1%} theft, {known.features.width} features"
    )
    fall = -judged.features[RULE].fill_null(1.0).to_numpy()
    _tell("rule of thumb (fall on a year before)", 0.0, judged.labels, fall)
    for name in ALGORITHMS:
        features = known.features if reads_series(name) else known.features.drop(MONTHS.columns)
        start = time.perf_counter()
        model = make_estimator(name, seed=0).fit(features, known.labels)
        seconds = time.perf_counter() - start
        _tell(name, seconds, judged.labels, model.raw_scores(judged.features))


def _tell(name: str, seconds: float, labels: np.ndarray, scores: np.ndarray) -> None:
    area, precision = roc_auc_score(labels, scores), average_precision_score(labels, scores)
    print(f"{name:40s} {seconds:6.1f} s   ROC-AUC {area:.3f}   PR-AUC {precision:.3f}", flush=True)
