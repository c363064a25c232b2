"""Searching an algorithm's settings inside the training consumers. Rule of the room: the scikit-learn contract.

Every trial is judged on inner folds of the consumers that it may learn from, so what is held out stays unseen. A search
is kept in a file as it goes: asked again with the same file, it goes on where it was stopped.
"""

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import average_precision_score

from powertheft.domain.errors import ChoiceError
from powertheft.evaluation.splits import inner_folds
from powertheft.models.hyperparameters import Hyperparameter, hyperparameters
from powertheft.models.registry import make_estimator

INNER_FOLDS = 3
FIRST_TRIALS = 8
"""Trials that are drawn before the search follows what it has seen, and before any is given up half-way."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Tuned:
    """The best settings found, their mean PR-AUC on inner folds, that of the defaults, and how many were tried."""

    settings: Mapping[str, Any]
    pr_auc: float
    default_pr_auc: float
    trials: int
    given_up: int


def tune(
    algorithm: str,
    X: pl.DataFrame,
    y: npt.NDArray[Any],
    *,
    consumer_ids: npt.NDArray[Any],
    minutes: float,
    seed: int,
    threads: int = 2,
    options: Mapping[str, Any] | None = None,
    kept_in: Path | None = None,
    progress: Progress | None = None,
) -> Tuned:
    """Search the settings of an algorithm for so many minutes.

    Parameters
    ----------
    algorithm : str
        Name in the registry.
    X : DataFrame, shape (n_consumers, n_features)
        Features of the consumers that may be learnt from.
    y : ndarray of int, shape (n_consumers,)
        1 for theft, 0 for honest.
    consumer_ids : ndarray of str, shape (n_consumers,)
        Numbers of the connections; inner folds go by them.
    minutes : float
        Time after which no trial is begun [min]; at least the defaults are tried.
    seed : int
        Of folds, fits and search.
    threads : int, default 2
        Threads to use.
    options : mapping, optional
        Settings that are given and not searched.
    kept_in : Path, optional
        File of the search; one that is there is gone on with.
    progress : callable, optional
        Told the trial and the share of the time that is gone.

    Returns
    -------
    Tuned

    Raises
    ------
    ChoiceError
        If the algorithm has nothing to search.

    Notes
    -----
    Tree-structured Parzen estimator; a trial whose first folds are worse than the median of the others is given up. The
    defaults are the first trial, so what is found is never worse on the inner folds. How many trials fit into the
    minutes depends on the machine: to repeat a model, state the settings that were found.

    References
    ----------
    Akiba et al. (2019), Optuna, https://doi.org/10.1145/3292500.3330701
    """
    given = dict(options or {})
    searched = [one for one in hyperparameters(algorithm) if one.is_tuned and one.name not in given]
    if not searched:
        raise ChoiceError(f"{algorithm} has nothing to tune", advice="Tune lightgbm, xgboost or another single model.")
    folds = inner_folds(consumer_ids, y, folds=INNER_FOLDS, seed=seed)

    def judge(settings: Mapping[str, Any], report: Callable[[float, int], None]) -> float:
        values: list[float] = []
        for fold in range(INNER_FOLDS):
            out = folds == fold
            estimator = make_estimator(algorithm, seed=seed, threads=threads, **given, **settings)
            estimator.fit(X.filter(~out), y[~out])
            values.append(float(average_precision_score(y[out], estimator.raw_scores(X.filter(out)))))
            report(float(np.mean(values)), fold)
        return float(np.mean(values))

    return _search(searched, judge, minutes=minutes, seed=seed, kept_in=kept_in, progress=progress)


def _search(
    searched: list[Hyperparameter],
    judge: Callable[[Mapping[str, Any], Callable[[float, int], None]], float],
    *,
    minutes: float,
    seed: int,
    kept_in: Path | None,
    progress: Progress | None,
) -> Tuned:
    import optuna  # late: half a second, and few searches

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = _study(kept_in, seed)
    if not study.trials:
        study.enqueue_trial({one.name: one.default for one in searched})
    start = time.monotonic()

    def trial_of(trial: Any) -> float:
        gone = (time.monotonic() - start) / (60 * minutes) if minutes else 1.0
        if progress:
            progress(f"trying settings {trial.number + 1}", min(gone, 1.0))

        def report(value: float, step: int) -> None:
            trial.report(value, step)
            if step < INNER_FOLDS - 1 and trial.should_prune():
                raise optuna.TrialPruned

        return judge({one.name: _suggested(trial, one) for one in searched}, report)

    study.optimize(trial_of, n_trials=1)
    left = 60 * minutes - (time.monotonic() - start)
    if left > 0:
        study.optimize(trial_of, timeout=left)
    done = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    given_up = sum(trial.state.name == "PRUNED" for trial in study.trials)
    return Tuned(study.best_params, study.best_value, float(done[0].value or 0.0), len(study.trials), given_up)


def _study(kept_in: Path | None, seed: int) -> Any:
    import optuna  # late: the same

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        storage = None
        if kept_in is not None:
            from optuna.storages.journal import JournalFileBackend

            storage = optuna.storages.JournalStorage(JournalFileBackend(str(kept_in)))
        return optuna.create_study(
            study_name="powertheft",
            storage=storage,
            load_if_exists=True,
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=FIRST_TRIALS),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=FIRST_TRIALS),
        )


def _suggested(trial: Any, one: Hyperparameter) -> Any:
    if one.choices:
        return trial.suggest_categorical(one.name, one.choices)
    if one.kind == "whole number":
        return trial.suggest_int(one.name, int(one.low or 0), int(one.high or 0), log=one.in_steps_of_size)
    return trial.suggest_float(one.name, one.low, one.high, log=one.in_steps_of_size)
