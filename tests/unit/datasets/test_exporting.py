"""An export is a folder of plain files, whole or not there."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from tests.unit.datasets.conftest import Parts, made

from powertheft.datasets.exporting import export
from powertheft.domain.errors import OutputError


def test_a_csv_export_holds_every_row_and_missing_values_as_empty_cells(tmp_path: Path, parts: Parts) -> None:
    files = export(made(tmp_path / "1", parts), tmp_path / "out")
    assert [path.name for path in files] == ["consumers.csv", "readings.csv"]
    assert (tmp_path / "out" / "readings.csv").read_text("utf-8").splitlines() == [
        "consumer_id,commodity,meter_id,read_on,sequence,energy",
        "a,electricity,,2024-01-01,0,10.0",
        "a,electricity,,2024-01-03,0,",
        "b,electricity,,2024-01-01,0,7.5",
        "c,electricity,,2024-01-02,0,0.0",
    ]


def test_a_parquet_export_is_one_file_a_table(tmp_path: Path, parts: Parts) -> None:
    version = made(tmp_path / "1", parts)
    export(version, tmp_path / "out", file_format="parquet")
    assert pl.read_parquet(tmp_path / "out" / "readings.parquet").equals(version.tables["readings"].collect())


def test_what_is_suppressed_is_not_written(tmp_path: Path, parts: Parts) -> None:
    def no_sections(table: str, frame: pl.LazyFrame) -> pl.LazyFrame:
        return frame.drop("section") if table == "consumers" else frame

    export(made(tmp_path / "1", parts), tmp_path / "out", suppress=no_sections)
    assert (tmp_path / "out" / "consumers.csv").read_text("utf-8") == "consumer_id\na\nb\nc\n"


def test_an_export_does_not_write_over_a_folder(tmp_path: Path, parts: Parts) -> None:
    version = made(tmp_path / "1", parts)
    export(version, tmp_path / "out")
    with pytest.raises(OutputError, match="is there already"):
        export(version, tmp_path / "out", file_format="parquet")
    assert not list((tmp_path / "out").glob("*.parquet"))


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
import polars as pl
from powertheft.datasets.exporting import export
from powertheft.datasets.reading import read_version
from powertheft.datasets.writing import write_version
from powertheft.domain.datasets import ManifestBase, Recipe
from powertheft.domain.errors import OutputError
folder = Path(sys.argv[1])
frame = pl.select(consumer_id=pl.int_range(200_000).cast(pl.String), position=pl.int_range(200_000).cast(pl.String))
base = ManifestBase(Recipe((), {}), {})
write_version(folder / "good", [{"consumers": frame}], manifest_base=lambda: base)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
for act in (
    lambda: write_version(folder / "new", [{"consumers": frame}], manifest_base=lambda: base),
    lambda: export(read_version(folder / "good"), folder / "new"),
    lambda: export(read_version(folder / "good"), folder / "new", file_format="parquet"),
):
    try:
        act()
    except OutputError as error:
        print(error.what)
print(sorted(path.name for path in folder.iterdir()))
"""


def test_where_the_disk_is_full_it_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    # A limit on the size of files is refused by the system as a full disk is: while the bytes are written.
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["the disk is full"] * 3 + ["['good']"], done.stderr
