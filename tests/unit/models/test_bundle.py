"""A model on disk."""

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer

from powertheft.domain.errors import BundleError, OutputError
from powertheft.models.bundle import check_bundle_place, check_contract, read_bundle, write_bundle
from powertheft.models.registry import ALGORITHMS
from powertheft.models.training import fit_calibrated

from .conftest import QUICK, feature_table

NOBODY = 65534


def train(algorithm):
    table, labels, numbers = feature_table(600, seed=4)
    options = {name: value for name, value in QUICK[algorithm].items() if name != "threads"}
    return fit_calibrated(algorithm, table, labels, consumer_ids=numbers, seed=6, threads=1, options=options)


def write(path, model, **more):
    told = {
        "consumer_ids": feature_table(600, seed=4)[2],
        "profile": "tneb",
        "recipe": {"families": ["level", "change"]},
        "figures": {"roc_auc": 0.87},
        "attachments": {"profile.json": b'{"name": "tneb"}'},
        **more,
    }
    write_bundle(path, model, **told)


@pytest.fixture(scope="module")
def models():
    return {name: train(name) for name in ALGORITHMS}


@pytest.fixture(scope="module")
def written(models, tmp_path_factory):
    """Return the folder with a bundle of every algorithm, by its name."""
    folder = tmp_path_factory.mktemp("bundles")
    for name, model in models.items():
        write(folder / name, model)
    return folder


@pytest.fixture
def bundle(written, tmp_path):
    """Return a bundle of the default algorithm that a test may spoil."""
    return shutil.copytree(written / "lightgbm", tmp_path / "model")


def resum(path):
    """Correct the sums after a change, as one who wanted to deceive would."""
    manifest = json.loads((path / "manifest.json").read_text())
    for name in manifest["sha256"]:
        manifest["sha256"][name] = hashlib.sha256((path / name).read_bytes()).hexdigest()
    rewrite_manifest(path, manifest)


def rewrite_manifest(path, manifest):
    content = json.dumps(manifest).encode()
    (path / "manifest.json").write_bytes(content)
    (path / "manifest.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")


SCORES = """
import sys
from pathlib import Path
import numpy as np, polars as pl
from powertheft.models.bundle import read_bundle
folder = Path(sys.argv[1])
table = pl.read_parquet(folder / "table.parquet")
for path in sorted(p for p in folder.iterdir() if p.is_dir()):
    model = read_bundle(path).model
    np.save(folder / f"{path.name}.npy", np.vstack([model.raw_scores(table), model.probabilities(table)]))
"""


def test_every_algorithm_says_the_same_in_a_new_process(models, written, tmp_path):
    table = feature_table(300, seed=9)[0]
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    table.write_parquet(tmp_path / "table.parquet")
    subprocess.run([sys.executable, "-W", "error", "-c", SCORES, str(tmp_path)], check=True, timeout=120)
    for name, model in models.items():
        raw, chance = np.load(tmp_path / f"{name}.npy")
        np.testing.assert_array_equal(raw, model.raw_scores(table))
        np.testing.assert_array_equal(chance, model.probabilities(table))


def test_contributions_survive_too(models, written):
    table = feature_table(50, seed=9)[0]
    for name, model in models.items():
        if model.estimator.has_own_contributions:
            again = read_bundle(written / name).model
            np.testing.assert_array_equal(again.contributions(table), model.contributions(table))
            assert again.base_value == model.base_value


def test_everything_that_was_written_is_read(models, tmp_path):
    model, made = models["lightgbm"], datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    write(tmp_path / "model", model, created_at=made)
    bundle = read_bundle(tmp_path / "model")
    assert (bundle.profile, bundle.recipe, bundle.figures) == (
        "tneb",
        {"families": ["level", "change"]},
        {"roc_auc": 0.87},
    )
    assert bundle.attachments == {"profile.json": b'{"name": "tneb"}'}
    assert bundle.created_at == "2026-03-01T12:30:00+00:00"
    assert bundle.versions["polars"] == pl.__version__
    for part in ("algorithm", "options", "seed", "calibration", "kinds", "cutoffs", "reference", "features"):
        assert getattr(bundle.model, part) == getattr(model, part)


def test_it_recognises_the_consumers_that_it_was_fitted_to(written):
    used = read_bundle(written / "svm").used
    assert used.was_used(["04-00000", "04-00599", "04-00600"]).tolist() == [True, True, False]


def test_the_contract_is_the_models(written):
    bundle, table = read_bundle(written / "lightgbm"), feature_table(10)[0]
    shuffled = table.select(reversed(table.columns)).with_columns(extra=pl.lit(1))
    assert check_contract(shuffled, bundle).equals(table)
    with pytest.raises(BundleError, match="lacks 1 feature that the model needs: drop"):
        check_contract(table.drop("drop"), bundle)


def test_one_byte_changed_anywhere_is_noticed(bundle):
    draws = np.random.default_rng(0)
    for path in sorted(found for found in bundle.rglob("*") if found.is_file()):
        content = path.read_bytes()
        for place in {0, len(content) - 1, *draws.integers(0, len(content), 6).tolist()}:
            changed = bytearray(content)
            changed[place] ^= 1 << int(draws.integers(8))
            path.write_bytes(changed)
            with pytest.raises(BundleError, match="is damaged: ") as refused:
                read_bundle(bundle)
            assert refused.value.advice
        path.write_bytes(content)
    read_bundle(bundle)


@pytest.mark.parametrize("name", ["estimator.skops", "used_consumers.bin", "attachments/profile.json"])
def test_a_missing_file_is_named(bundle, name):
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=f"not complete: {name} is missing"):
        read_bundle(bundle)


def test_a_file_too_many_is_named(bundle):
    (bundle / "attachments" / "extra.txt").write_text("hello")
    with pytest.raises(BundleError, match=r"does not belong to it: attachments/extra\.txt"):
        read_bundle(bundle)


def test_a_link_in_place_of_a_file_is_refused(bundle, tmp_path):
    (bundle / "calibration.json").rename(tmp_path / "elsewhere.json")
    (bundle / "calibration.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(BundleError, match=r"not a plain file: calibration\.json"):
        read_bundle(bundle)


def test_a_truncated_file_is_noticed(bundle):
    booster = bundle / "booster.txt"
    booster.write_bytes(booster.read_bytes()[:-100])
    with pytest.raises(BundleError, match=r"damaged: booster\.txt"):
        read_bundle(bundle)


def test_a_bundle_of_the_future_is_refused_with_its_version(bundle):
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["format_version"] = 99
    manifest["versions"]["powertheft"] = "9.9.9"
    rewrite_manifest(bundle, manifest)
    with pytest.raises(BundleError, match=r"newer powertheft \(9\.9\.9\)"):
        read_bundle(bundle)


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir(), lambda p: p.write_text("x")])
def test_what_is_not_a_bundle_is_refused(tmp_path, make):
    make(tmp_path / "model")
    with pytest.raises(BundleError, match=r"no model bundle here|is not a model bundle"):
        read_bundle(tmp_path / "model")


def test_a_model_that_says_something_else_than_where_it_was_made_is_refused(bundle):
    calibration = json.loads((bundle / "calibration.json").read_text())
    calibration["log_odds"] = [height + 1e-4 for height in calibration["log_odds"]]
    (bundle / "calibration.json").write_text(json.dumps(calibration))
    resum(bundle)
    with pytest.raises(BundleError, match="does not say here what it said where it was made"):
        read_bundle(bundle)


def test_a_bundle_that_asks_for_code_to_run_is_refused(bundle):
    (bundle / "estimator.skops").write_bytes(skops.io.dumps(FunctionTransformer(func=os.getcwd)))
    resum(bundle)
    with pytest.raises(BundleError, match="cannot be loaded here"):
        read_bundle(bundle)


def test_another_kind_of_estimator_is_refused(bundle, written):
    shutil.copy(written / "svm" / "estimator.skops", bundle / "estimator.skops")
    resum(bundle)
    with pytest.raises(BundleError, match="cannot be loaded here; it was made with powertheft"):
        read_bundle(bundle)


def test_a_forest_whose_branches_lead_out_of_the_tree_is_refused(written, tmp_path):
    path = shutil.copytree(written / "random-forest", tmp_path / "model")
    trusted = skops.io.get_untrusted_types(file=path / "estimator.skops")
    forest = skops.io.load(path / "estimator.skops", trusted=trusted)
    tree = forest.estimator_.estimators_[3].tree_
    state = tree.__getstate__()
    state["nodes"]["left_child"][0] = 10_000_000
    tree.__setstate__(state)
    (path / "estimator.skops").write_bytes(skops.io.dumps(forest))
    resum(path)
    with pytest.raises(BundleError, match="cannot be loaded here"):
        read_bundle(path)


def test_no_file_is_a_pickle(written):
    for path in (found for found in written.rglob("*") if found.is_file()):
        if path.suffix == ".skops":
            with zipfile.ZipFile(path) as archive:
                assert {name.rpartition(".")[2] for name in archive.namelist()} <= {"json", "npy"}
                for name in archive.namelist():
                    if name.endswith(".npy"):
                        np.load(archive.open(name), allow_pickle=False)
        elif path.suffix == ".keras":
            with zipfile.ZipFile(path) as archive:
                assert {name.rpartition(".")[2] for name in archive.namelist()} == {"json", "h5"}
        else:
            assert path.suffix in {".json", ".sha256", ".bin", ".txt", ".ubj", ".cbm"}


def test_a_network_that_was_changed_is_refused(written, tmp_path):
    path = shutil.copytree(written / "wide-deep", tmp_path / "network")
    content = bytearray((path / "network.keras").read_bytes())
    content[len(content) // 2] ^= 1
    (path / "network.keras").write_bytes(content)
    with pytest.raises(BundleError, match=r"network\.keras is not as it was written"):
        read_bundle(path)


def test_no_consumer_number_is_in_the_bundle(written):
    for path in (found for found in written.rglob("*") if found.is_file()):
        assert b"04-00" not in path.read_bytes()


def test_a_bundle_replaces_a_bundle(models, bundle):
    write(bundle, models["svm"])
    assert read_bundle(bundle).model.algorithm == "svm"
    assert not (bundle / "booster.txt").exists()
    assert [found.name for found in bundle.parent.iterdir()] == ["model"]


def test_anything_else_in_its_place_is_left_alone(models, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "meter.jpg").write_text("x")
    (tmp_path / "bills.csv").write_text("x")
    for name in ("photos", "bills.csv"):
        with pytest.raises(OutputError, match="Choose another place"):
            write(tmp_path / name, models["svm"])
    assert (tmp_path / "photos" / "meter.jpg").read_text() == "x"
    assert (tmp_path / "bills.csv").read_text() == "x"


def test_an_empty_folder_and_folders_that_are_not_there_yet_will_do(models, tmp_path):
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "new" / "newer" / "model"):
        check_bundle_place(path)
        write(path, models["svm"])
        assert read_bundle(path).model.algorithm == "svm"


@contextmanager
def unprivileged(folder):
    """Act as the user nobody where the tests run as root; elsewhere the folder's mode is enough."""
    folder.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        folder.chmod(0o755)


def test_without_permission_it_says_so_and_leaves_nothing(models):
    # Others cannot reach pytest's own folders, and what is above those is not ours to open.
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "locked"
        folder.mkdir()
        with unprivileged(folder), pytest.raises(OutputError, match="you may not write here"):
            write(folder / "deeper" / "model", models["svm"])
        assert list(folder.iterdir()) == []


@contextmanager
def largest_file(size):
    """Let no file grow beyond that many bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_the_old_bundle_stays_and_nothing_is_left_behind(models, bundle):
    with largest_file(5_000), pytest.raises(OutputError, match="the disk is full"):
        write(bundle, models["random-forest"])
    assert read_bundle(bundle).model.algorithm == "lightgbm"
    assert [found.name for found in bundle.parent.iterdir()] == ["model"]
    with largest_file(5_000), pytest.raises(OutputError, match="the disk is full"):
        write(bundle.parent / "new" / "model", models["random-forest"])
    assert [found.name for found in bundle.parent.iterdir()] == ["model"]


def test_an_attachment_cannot_climb_out_of_the_bundle(models, tmp_path):
    with pytest.raises(ValueError, match="cannot be called"):
        write(tmp_path / "model", models["svm"], attachments={"../evil.txt": b""})
    assert list(tmp_path.iterdir()) == []
