"""The numbers that reasons quote, and with doubtful bills read otherwise. Rule of the room: compute nothing."""

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import cache

import numpy as np
import polars as pl

from powertheft.actions.prepare_data import Prepared
from powertheft.engines.local import FeatureTable, features_otherwise
from powertheft.explanation.reasons import needed_numbers
from powertheft.features.catalogue import catalogue, lacking
from powertheft.features.definition import Feature
from powertheft.panel.other_readings import as_stated, since_reading_before, without_unread
from powertheft.panel.registers import MeterBills, Registers

OTHER_READINGS = (as_stated, since_reading_before, without_unread)


def with_quoted(seen: Sequence[Feature], prepared: Prepared) -> tuple[Feature, ...]:
    """Return the model's features, and those whose numbers the reasons quote."""
    names = {feature.name for feature in seen}
    offered = frozenset(f"{name}.{column}" for name, frame in prepared.tables.items() for column in frame.columns)
    quoted = needed_numbers(seen) - names
    return (*seen, *(f for f in catalogue() if f.name in quoted and not lacking(f, offered)))


def quoted_otherwise(
    prepared: Prepared,
    table: FeatureTable,
    rows: np.ndarray,
    *,
    features: Sequence[Feature],
    compared: frozenset[str] = frozenset(),
) -> list[pl.DataFrame]:
    """Compute the numbers that reasons quote again, with the bills read in the other ways that a person might.

    `compared` names further ones: what rules compare.
    """
    quoted = (needed_numbers(features) | compared) & set(table.features.columns)
    again = [feature for feature in _every() if feature.name in quoted]
    if "readings" not in prepared.tables or not again:
        return []
    # Side by side in one pass: of one connection, putting the expressions together is most of the work.
    count, names = len(rows), table.consumer_ids[rows]
    told_apart = np.array([f"{name}/{way}" for way in range(len(OTHER_READINGS)) for name in names], dtype=object)
    own = prepared.tables["readings"].filter(pl.col("consumer_id").is_in(names.tolist()))
    bills = [own.with_columns(pl.col("consumer_id") + f"/{way}") for way in range(len(OTHER_READINGS))]
    found = features_otherwise(
        {"readings": pl.concat(bills)},
        _repeated(table, rows, told_apart),
        np.arange(len(told_apart)),
        features=again,
        follow=_each_in_its_way,
    )
    return [found.slice(way * count, count) for way in range(len(OTHER_READINGS))]


@cache
def _every() -> tuple[Feature, ...]:
    """Return all features that there are: to define them takes longer than to compute a few for one connection."""
    return catalogue()


def _repeated(table: FeatureTable, rows: np.ndarray, names: np.ndarray) -> FeatureTable:
    """Return some rows once for every other reading, under names that tell the readings apart."""
    again = np.tile(rows, len(OTHER_READINGS))
    panel = table.panel
    repeated = replace(
        panel,
        energy=panel.energy[again],
        last_month=panel.last_month[again],
        supplied=None if panel.supplied is None else panel.supplied[again],
        lost=None if panel.lost is None else panel.lost[again],
    )
    return FeatureTable(names, table.as_of[again], table.features[again], repeated, table.neighbours[again])


def _each_in_its_way(bills: MeterBills) -> Registers:
    """Read the same bills, which come once for every reading one after the other, each time in another way."""
    count = len(bills.row) // len(OTHER_READINGS)
    parts: list[Registers] = []
    for way, follow in enumerate(OTHER_READINGS):
        own = slice(way * count, (way + 1) * count)
        parts.append(follow(MeterBills(*(getattr(bills, one.name)[own] for one in fields(MeterBills)))))
    return Registers(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Registers)))
