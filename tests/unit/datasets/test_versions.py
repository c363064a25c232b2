"""A version comes back as it was written."""

from pathlib import Path

import polars as pl

from tests.unit.datasets.conftest import RECIPE, Parts, made


def test_a_version_comes_back_as_it_was_written(tmp_path: Path, parts: Parts) -> None:
    version = made(tmp_path / "1", parts)
    assert version.manifest.recipe == RECIPE
    assert version.manifest.rows == {"consumers": 3, "readings": 4}
    for table in ("consumers", "readings"):
        assert version.tables[table].collect().equals(pl.concat([part[table] for part in parts]))
