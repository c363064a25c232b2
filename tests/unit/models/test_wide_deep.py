"""A network that reads grids: what it learns from them, and what its file may hold."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from powertheft.domain.series import DAYS, MONTHS
from powertheft.explanation.contributions import explain
from powertheft.models.registry import ALGORITHMS, make_estimator, reads_series
from powertheft.models.serialisation import estimator_from_files, estimator_to_files

QUICK = {"threads": 1, "layers": (8,), "filters": (4, 3), "deep_layer": 8, "batch": 64, "learning_rate": 0.01}
FILE = "network.keras"


def utility(size=900, seed=0):
    """Thieves fell by half for six months somewhere in three years, which no single month tells."""
    draws = np.random.default_rng(seed)
    use = draws.gamma(2.0, 4.0, size)[:, None] * draws.normal(1.0, 0.1, (size, MONTHS.count))
    is_theft = draws.random(size) < 0.3
    start = draws.integers(0, MONTHS.count - 6, size)
    months = np.arange(MONTHS.count)
    fell = (months >= start[:, None]) & (months < start[:, None] + 6) & is_theft[:, None]
    use[fell] *= 0.5
    use[draws.random(use.shape) < 0.1] = np.nan
    table = pl.DataFrame(use, schema=list(MONTHS.columns), nan_to_null=True)
    return table.with_columns(region=pl.Series(draws.choice(["north", "south"], size))), is_theft.astype(int)


@pytest.fixture(scope="module")
def table():
    return utility()[0]


@pytest.fixture(scope="module")
def labels():
    return utility()[1]


@pytest.fixture(scope="module")
def model(table, labels):
    return make_estimator("wide-deep", seed=3, epochs=12, **QUICK).fit(table, labels)


def test_only_a_network_of_grids_is_given_series_unasked():
    assert [name for name in ALGORITHMS if reads_series(name)] == ["wide-deep"]


def test_a_fall_is_found_wherever_it_lies(model):
    table, labels = utility(600, seed=1)
    assert roc_auc_score(labels, model.raw_scores(table)) > 0.9


def test_scores_are_those_of_keras_itself(model, table, tmp_path):
    import keras  # late: an extra

    path = tmp_path / FILE
    path.write_bytes(model.native_files()[FILE])
    network = keras.saving.load_model(path, safe_mode=True)
    inputs = [part.astype(np.float32) for part in model.network_.split(model.transformed(table))]
    said = network(inputs).numpy().ravel()
    np.testing.assert_allclose(said, model.raw_scores(table), atol=1e-4)


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "relu", "kernel": 2},
        {"activation": "tanh", "kernel": 4, "filters": (3,)},
        {"filters": (), "layers": ()},
        {"areas": (("region", "", ""),)},
    ],
)
def test_columns_add_up_to_the_score_and_the_file_says_the_same_whatever_is_set(settings, table, labels):
    model = make_estimator("wide-deep", seed=3, epochs=2, **{**QUICK, **settings}).fit(table, labels)
    matrix, raw = model.transformed(table), model.raw_scores(table)
    reference = matrix[:1].astype(np.float64)
    columns = model.multipliers(matrix[:40], reference) * (matrix[:40] - reference)
    np.testing.assert_allclose(columns.sum(axis=1), raw[:40] - raw[0], atol=1e-9)
    again = estimator_from_files("wide-deep", estimator_to_files(model))
    np.testing.assert_array_equal(again.raw_scores(table), raw)


def test_days_are_read_as_weeks_beside_the_months(table, labels):
    # Thieves use nothing on every seventh day of the last half year: a column of the grid of days.
    draws = np.random.default_rng(5)
    use = draws.gamma(4.0, 2.0, (len(labels), DAYS.count))
    use[:, 3::7] *= np.where(labels == 1, 0.0, 1.0)[:, None]
    both = table.with_columns(pl.Series(name, column) for name, column in zip(DAYS.columns, use.T, strict=True))
    model = make_estimator("wide-deep", seed=3, epochs=3, **QUICK).fit(both, labels)
    assert [grid.series for grid in model.network_.grids] == [MONTHS, DAYS]
    assert roc_auc_score(labels, model.raw_scores(both)) > 0.95
    found = explain(model, both.head(20), background=both)
    np.testing.assert_allclose(found.base_value + found.values.sum(axis=1), model.raw_scores(both.head(20)), atol=1e-9)
    again = estimator_from_files("wide-deep", estimator_to_files(model))
    np.testing.assert_array_equal(again.raw_scores(both), model.raw_scores(both))


AGAIN = """
import sys
import numpy as np, polars as pl
from powertheft.models.registry import make_estimator
table, labels = pl.read_parquet(sys.argv[1]), np.load(sys.argv[2])
model = make_estimator("wide-deep", seed=3, epochs=12, **eval(sys.argv[3])).fit(table, labels)
np.save(sys.argv[4], model.raw_scores(table))
"""


def test_another_process_learns_the_same_to_the_byte_of_its_scores_and_says_nothing(model, table, labels, tmp_path):
    table.write_parquet(tmp_path / "table.parquet")
    np.save(tmp_path / "labels.npy", labels)
    names = [str(tmp_path / "table.parquet"), str(tmp_path / "labels.npy"), repr(QUICK), str(tmp_path / "raw.npy")]
    command = [sys.executable, "-W", "error", "-c", AGAIN, *names]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    assert (told.stdout, told.stderr) == ("", "")
    np.testing.assert_array_equal(np.load(tmp_path / "raw.npy"), model.raw_scores(table))


def test_fits_beside_each_other_are_as_alone(model, table, labels):
    from multiprocessing.pool import ThreadPool

    with ThreadPool(3) as pool:
        fitted = pool.map(
            lambda seed: make_estimator("wide-deep", seed=seed, epochs=12, **QUICK).fit(table, labels), (1, 3, 3)
        )
    for one in fitted[1:]:
        np.testing.assert_array_equal(one.raw_scores(table), model.raw_scores(table))
    assert (fitted[0].raw_scores(table) != model.raw_scores(table)).any()


def test_it_draws_nothing_from_what_the_process_draws(model, table, labels):
    state = np.random.get_state()[1].copy()
    again = make_estimator("wide-deep", seed=3, epochs=12, **QUICK).fit(table, labels)
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    np.testing.assert_array_equal(again.raw_scores(table), model.raw_scores(table))


def test_it_stops_when_the_inner_split_gets_no_better(table, labels):
    model = make_estimator("wide-deep", seed=3, epochs=200, patience=2, **{**QUICK, "learning_rate": 0.05})
    model.fit(table, labels)
    assert len(model.losses_) < 200
    assert np.argmin(model.losses_) == len(model.losses_) - 3


def changed(content, change):
    """Return a network's file with another configuration."""
    packed = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(json.loads(data)) if name == "config.json" else data)
    return packed.getvalue()


def lambda_for_flatten(config):
    return json.dumps(config).replace('"Flatten"', '"Lambda"')


def another_name(config):
    return json.dumps(config).replace("month_dense", "other_dense")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda content: changed(content, lambda_for_flatten), "asks for Lambda"),
        (lambda content: changed(content, another_name), "other layers: .*other_dense"),
        (lambda content: b"not a zip", r"no \.keras file"),
    ],
)
def test_a_file_that_holds_anything_else_is_refused(spoil, says, model):
    files = estimator_to_files(model)
    with pytest.raises(ValueError, match=says):
        estimator_from_files("wide-deep", {**files, FILE: spoil(files[FILE])})


ABSENT = """
import sys
sys.modules["keras"] = None
from powertheft.domain.errors import ChoiceError
from powertheft.models.registry import estimator_class
try:
    estimator_class("wide-deep")
except ChoiceError as error:
    print(error)
"""


def test_where_keras_is_not_installed_it_says_what_to_install():
    told = subprocess.run([sys.executable, "-c", ABSENT], check=True, capture_output=True, text=True, timeout=60)
    assert "wide-deep is an extra that is not installed. Install it with: pip install 'powertheft[deep]'" in told.stdout
