"""A small utility's feature table, and every algorithm in a size that trains in a moment."""

import numpy as np
import polars as pl
import pytest

from powertheft.models.registry import ALGORITHMS, make_estimator

# One thread each: two that wait for one another on a busy machine take seconds for what is a moment's work.
QUICK = {
    "lightgbm": {"threads": 1, "trees": 25, "learning_rate": 0.1, "leaves": 8, "feature_share": 0.8},
    "xgboost": {"threads": 1, "trees": 25, "learning_rate": 0.1, "leaves": 8, "feature_share": 0.8},
    "random-forest": {"threads": 1, "trees": 25},
    "logistic-regression": {"threads": 1},
    "svm": {"threads": 1},
    "svm-rbf": {"sample": 600},
    "mlp": {"threads": 1, "layers": (8,), "batch": 64, "learning_rate": 0.01, "epochs": 6},
    "blend": {"threads": 1, "members": ("lightgbm", "xgboost")},
    "catboost": {"threads": 1, "trees": 25, "learning_rate": 0.1, "depth": 4},
    "wide-deep": {"threads": 1, "layers": (8,), "batch": 64, "learning_rate": 0.01, "epochs": 6},
}


def feature_table(size=1_200, seed=0):
    """Return a table with heavy tails, gaps and categories, its labels and consumer numbers."""
    draws = np.random.default_rng(seed)
    drop = draws.normal(size=size)
    energy = np.exp(draws.normal(5, 2.5, size))
    demand = np.where(draws.random(size) < 0.3, np.nan, draws.gamma(2, 4, size))
    district = draws.choice(["North", "South", "East", "Far"], size, p=[0.5, 0.3, 0.19, 0.01])
    phase = draws.choice(np.array(["one", "three", None], dtype=object), size, p=[0.6, 0.3, 0.1])
    log_odds = -2.2 + 1.5 * drop - 0.3 * (np.log(energy) - 5) + 0.8 * (district == "South") + 0.6 * np.isnan(demand)
    table = pl.DataFrame(
        {
            "drop": drop,
            "mean_energy": energy,
            "district": district,
            "demand": pl.Series(demand).fill_nan(None),
            "zero_bills": draws.poisson(0.5, size),
            "phase": pl.Series(phase.tolist(), dtype=pl.Categorical),
        }
    )
    labels = (draws.random(size) < 1 / (1 + np.exp(-log_odds))).astype(int)
    return table, labels, np.array([f"04-{i:05d}" for i in range(size)])


@pytest.fixture(scope="session")
def table():
    return feature_table()[0]


@pytest.fixture(scope="session")
def labels():
    return feature_table()[1]


@pytest.fixture(scope="session")
def numbers():
    return feature_table()[2]


@pytest.fixture(scope="session")
def fitted(table, labels):
    """Every algorithm, fitted once."""
    return {name: make_estimator(name, seed=3, **QUICK[name]).fit(table, labels) for name in ALGORITHMS}


@pytest.fixture(params=list(ALGORITHMS))
def algorithm(request):
    return request.param
