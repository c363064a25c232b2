"""Files on disk: the same to the byte, all or none, and never over somebody's own."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from powertheft.domain.errors import OutputError
from powertheft.simulation import simulate_utility

FILES = {
    "consumers.csv",
    "bills.csv",
    "inspections.csv",
    "payments.csv",
    "meter_events.csv",
    "transformer_readings.csv",
    "truth.csv",
    "truth_transformers.csv",
}
LIMITED = """
import resource, sys
from pathlib import Path
from powertheft.domain.errors import OutputError
from powertheft.simulation import simulate_utility
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    simulate_utility(Path(sys.argv[1]), consumers=2000, bills=8, seed=1)
except OutputError as error:
    print(error)
    sys.exit(2)
"""


def sums(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def simulate(folder: Path, *, seed: int = 1):
    return simulate_utility(folder, consumers=300, bills=8, seed=seed)


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    simulate(tmp_path / "first")
    simulate(tmp_path / "second")
    assert sums(tmp_path / "first") == sums(tmp_path / "second")
    assert set(sums(tmp_path / "first")) == FILES


def test_a_new_process_with_one_thread_writes_the_same_bytes(tmp_path):
    simulate(tmp_path / "here")
    code = "import sys; from pathlib import Path; from powertheft.simulation import simulate_utility as simulate; "
    code += "simulate(Path(sys.argv[1]), consumers=300, bills=8, seed=1)"
    command = [sys.executable, "-c", code, str(tmp_path / "there")]
    subprocess.run(command, check=True, env=os.environ | {"POLARS_MAX_THREADS": "1"})
    assert sums(tmp_path / "here") == sums(tmp_path / "there")


def test_files_hold_dates_as_a_billing_system_writes_them(tmp_path):
    summary = simulate(tmp_path / "out")
    bills = pl.read_csv(tmp_path / "out" / "bills.csv", schema_overrides={"BILL_DATE": pl.String})
    assert bills["BILL_DATE"].str.contains(r"^\d\d-\d\d-\d{4}$").all()
    events = pl.read_csv(tmp_path / "out" / "meter_events.csv")
    assert events["OCCURRED_AT"].str.contains(r"^\d\d-\d\d-\d{4} \d\d:\d\d$").all()
    assert summary.rows["bills"] == bills.height
    assert summary.seconds > 0


def test_an_earlier_simulation_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    simulate(tmp_path / "out", seed=1)
    before = sums(tmp_path / "out")
    simulate(tmp_path / "out", seed=2)
    assert sums(tmp_path / "out") != before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "out").mkdir()
    simulate(tmp_path / "out")
    assert set(sums(tmp_path / "out")) == FILES


@pytest.mark.parametrize("name", ["holiday.jpg", "bills.csv"])
def test_a_folder_with_files_of_ones_own_is_refused_and_left_alone(tmp_path, name):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_text("precious")
    with pytest.raises(OutputError, match=name):
        simulate(tmp_path / "mine")
    assert (tmp_path / "mine" / name).read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("precious")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        simulate(tmp_path / "out")
    with pytest.raises(OutputError, match="cannot be written here"):
        simulate(tmp_path / "out" / "deeper")
    assert (tmp_path / "out").read_text() == "precious"


def test_a_disk_that_fills_up_leaves_the_earlier_simulation_as_it_was(tmp_path):
    simulate(tmp_path / "out")
    before = sums(tmp_path / "out")
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "out")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2, run.stderr
    assert "cannot be written here (File too large)" in run.stdout
    assert sums(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
