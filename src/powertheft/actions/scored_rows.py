"""What a scoring keeps of every connection, so that a page about one computes nothing of the others again.

In `rows/` lies a row a connection in the order of the list: the features as the model, the rules and the reasons read
them (float32), and the months of the panel; cut into files by rank, so that one row costs the reading of a few
thousand. `recent.npy` holds the last three years of use of all, for the rows beside it. `typical.parquet` holds the
features of connections at even steps of the list, which a second opinion compares one with; `offered.json` what the
data offered to the catalogue.

Rule of the room: put the rooms together, compute nothing.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl

from powertheft.actions.feature_recipe import FeatureRecipe, recipe_from_json
from powertheft.actions.scored_months import RECENT, RECENT_MONTHS, ROWS
from powertheft.engines.local import FeatureTable
from powertheft.features.catalogue import Columns
from powertheft.panel.monthly import PERIODS, MonthlyPanel

TYPICAL, OFFERED = "typical.parquet", "offered.json"
RANKS_A_FILE, ROWS_A_GROUP = 20_000, 1_000
MOST_TYPICAL = 2_000
MONTHS = ("months_used", "months_neighbours", "months_supplied", "months_lost")
ABOUT = ("rank", "consumer_id", "as_of", "last_month", *MONTHS)


def write_rows(folder: Path, table: FeatureTable, order: Sequence[int] | np.ndarray, *, columns: Columns) -> None:
    """Write the rows of a feature table in the order of the list; some tens of thousands at once are copied."""
    places = np.asarray(order, dtype=np.int64)
    (folder / ROWS).mkdir()
    for first in range(0, len(places), RANKS_A_FILE):
        part = places[first : first + RANKS_A_FILE]
        frame = _months_of(table, part).with_columns(table.features[part].iter_columns())
        ranked = frame.with_columns(rank=pl.int_range(first + 1, first + len(part) + 1, dtype=pl.Int64))
        ranked.write_parquet(_file_of(folder, first + 1), row_group_size=ROWS_A_GROUP)
    np.save(folder / RECENT, table.panel.energy[places, -RECENT_MONTHS:].astype(np.float32), allow_pickle=False)
    typical = np.unique(np.linspace(0, max(len(places) - 1, 0), min(MOST_TYPICAL, len(places))).astype(np.int64))
    table.features[places[typical]].write_parquet(folder / TYPICAL)
    offered = FeatureRecipe(columns, tuple(table.features.columns)).to_json()
    (folder / OFFERED).write_text(json.dumps(offered, ensure_ascii=False), "utf-8")


def read_row(folder: Path, rank: int) -> FeatureTable:
    """Return the one row of a rank, as the engine computed it."""
    first = (rank - 1) // RANKS_A_FILE * RANKS_A_FILE + 1
    row = pl.scan_parquet(_file_of(folder, first)).slice(rank - first, 1).collect()
    return _table_of(row)


@lru_cache(maxsize=4)
def read_typical(folder: Path) -> pl.DataFrame:
    """Return the features of typical connections; a scoring never changes."""
    return pl.read_parquet(folder / TYPICAL)


@lru_cache(maxsize=4)
def read_offered(folder: Path) -> FeatureRecipe:
    """Return what the data offered, and which features the rows hold."""
    return recipe_from_json(json.loads((folder / OFFERED).read_text("utf-8")))


def _file_of(folder: Path, first: int) -> Path:
    return folder / ROWS / f"from-{first:09}.parquet"


def _months_of(table: FeatureTable, part: np.ndarray) -> pl.DataFrame:
    panel = table.panel
    months: Mapping[str, np.ndarray | None] = dict(
        zip(MONTHS, (panel.energy, table.neighbours, panel.supplied, panel.lost), strict=True)
    )
    return pl.DataFrame(
        {
            "rank": np.zeros(len(part), dtype=np.int64),
            "consumer_id": table.consumer_ids[part],
            "as_of": table.as_of[part],
            "last_month": panel.last_month[part],
            **{name: _packed(values, part) for name, values in months.items()},
        }
    )


def _packed(values: np.ndarray | None, part: np.ndarray) -> pl.Series:
    kind = pl.Array(pl.Float32, PERIODS)
    if values is None:
        return pl.Series([None], dtype=kind).new_from_index(0, len(part))
    return pl.Series(values[part].astype(np.float32), dtype=kind)


def _table_of(row: pl.DataFrame) -> FeatureTable:
    used, neighbours, supplied, lost = (
        None if row[name].null_count() else row[name].to_numpy().astype(np.float32) for name in MONTHS
    )
    unknown = np.full((row.height, PERIODS), np.nan, dtype=np.float32)
    panel = MonthlyPanel(unknown if used is None else used, row["last_month"].to_numpy(), supplied, lost)
    return FeatureTable(
        row["consumer_id"].to_numpy(),
        row["as_of"].to_numpy(),
        row.drop(ABOUT),
        panel,
        unknown if neighbours is None else neighbours,
    )
