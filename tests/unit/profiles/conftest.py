"""A small export in the layout of STEG, made here, and how it is read."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from powertheft.domain.files import FileMetadata

Files = dict[str, tuple[pl.DataFrame, FileMetadata]]


def as_file(frame: pl.DataFrame, name: str, first_row: int = 2) -> tuple[pl.DataFrame, FileMetadata]:
    return frame, FileMetadata(name, "csv", frame.height, tuple(frame.columns), first_row, 1)


@pytest.fixture(scope="session")
def one_file() -> Callable[..., Files]:
    """Make a mapping with a single file of the columns given."""

    def make(stem: str, columns: dict[str, list[object]], **types: pl.DataType) -> Files:
        return {stem: as_file(pl.DataFrame(columns, schema_overrides=types, strict=False), f"{stem}.csv")}

    return make


@pytest.fixture(scope="session")
def clients() -> pl.DataFrame:
    number = range(40)
    return pl.DataFrame(
        {
            "disrict": [str(60 + n % 3) for n in number],
            "client_id": [f"client_{n}" for n in number],
            "client_catg": ["11" if n % 5 else "12" for n in number],
            "region": [str(101 + n % 4) for n in number],
            "creation_date": [f"{1 + n % 28:02d}/{1 + n % 12:02d}/{1980 + n}" for n in number],
            "target": ["1.0" if n % 9 == 0 else "0.0" for n in number],
        }
    )


@pytest.fixture(scope="session")
def invoices() -> pl.DataFrame:
    """Bills of 40 clients, some of one day (so that their order has to come from what they hold)."""
    random = np.random.default_rng(7)
    rows = []
    for client in range(40):
        for bill in range(12):
            day = date(2010, 1, 5) + timedelta(days=120 * (bill - bill % 5 // 4))
            energy = random.integers(0, 900, 4)
            start = int(random.integers(0, 90_000))
            rows.append(
                (
                    f"client_{client}",
                    day.isoformat(),
                    str(10 + client % 2),
                    str(5000 + client),
                    str(random.integers(0, 6)),
                    str(random.choice([203, 5, 207])),
                    str(random.integers(6, 10)),
                    "1",
                    *(str(slab) for slab in energy),
                    str(start),
                    str(start + int(energy.sum())),
                    "4",
                    "GAZ" if client % 3 == 0 else "ELEC",
                )
            )
    return pl.DataFrame(rows, schema=INVOICE_COLUMNS, orient="row")


INVOICE_COLUMNS = [
    "client_id",
    "invoice_date",
    "tarif_type",
    "counter_number",
    "counter_statue",
    "counter_code",
    "reading_remarque",
    "counter_coefficient",
    "consommation_level_1",
    "consommation_level_2",
    "consommation_level_3",
    "consommation_level_4",
    "old_index",
    "new_index",
    "months_number",
    "counter_type",
]


@pytest.fixture(scope="session")
def export(clients: pl.DataFrame, invoices: pl.DataFrame) -> Files:
    return {"client": as_file(clients, "client.csv"), "invoice": as_file(invoices, "invoice.csv")}


@pytest.fixture
def bills_profile(tmp_path: Path) -> Callable[[str], str]:
    """Write a profile with one readings table of the columns given (TOML lines), and return its path."""

    def write(columns: str = "", attributes: str = "") -> str:
        path = tmp_path / "own.toml"
        path.write_text(
            f"""
name = "own"
title = "Bills only"
date_formats = ["%Y-%m-%d", "%d/%m/%Y"]
label_scope = "inspected"
[[tables]]
table = "readings"
file = "bills"
[tables.columns]
consumer_id = "id"
read_on = "day"
{columns}
[tables.attributes]
{attributes}
"""
        )
        return str(path)

    return write
