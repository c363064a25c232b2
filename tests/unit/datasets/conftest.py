"""A small dataset, made up, in two parts."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from powertheft.datasets.reading import Version, read_version
from powertheft.datasets.writing import write_version
from powertheft.domain.datasets import ManifestBase, PrivacyChoice, Recipe, SourceRecord

Parts = Sequence[Mapping[str, pl.DataFrame]]

RECIPE = Recipe(
    sources=(SourceRecord("export/bills.csv", "ab" * 32, 1_234, "csv", "utf-8"),),
    profile={"name": "tneb", "tables": [{"table": "readings"}]},
    repairs=({"name": "drop", "table": "readings", "column": "", "parameters": {}},),
    privacy=(PrivacyChoice("bills", "Name", "name", "drop"), PrivacyChoice("bills", "SC No", "number", "pseudonymise")),
    key_id="0123abcd",
    code_version="0.1.0",
)


def readings(rows: Sequence[tuple[str, int, float | None]], **more: Sequence[object]) -> pl.DataFrame:
    """Bills from (consumer, day of January 2024, energy), in the order given."""
    return pl.DataFrame(
        {
            "consumer_id": pl.Series([row[0] for row in rows], dtype=pl.String),
            "commodity": pl.Series(["electricity"] * len(rows), dtype=pl.String),
            "meter_id": pl.Series([None] * len(rows), dtype=pl.String),
            "read_on": pl.Series([date(2024, 1, row[1]) for row in rows], dtype=pl.Date),
            "sequence": pl.Series([0] * len(rows), dtype=pl.Int64),
            "energy": pl.Series([row[2] for row in rows], dtype=pl.Float64),
            **more,
        }
    )


def consumers(**sections: str) -> pl.DataFrame:
    """The master: a section a consumer."""
    return pl.DataFrame({"consumer_id": list(sections), "section": list(sections.values())})


@pytest.fixture
def parts() -> Parts:
    return (
        {"readings": readings([("a", 1, 10.0), ("a", 3, None), ("b", 1, 7.5)]), "consumers": consumers(a="N", b="S")},
        {"readings": readings([("c", 2, 0.0)]), "consumers": consumers(c="S")},
    )


def made(folder: Path, parts: Parts, recipe: Recipe = RECIPE) -> Version:
    """A version of these parts, written and read."""
    write_version(folder, parts, manifest_base=lambda: ManifestBase(recipe, {"findings": []}))
    return read_version(folder, verify=True)
