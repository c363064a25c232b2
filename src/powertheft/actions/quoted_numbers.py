"""The numbers that reasons quote, and with doubtful bills read otherwise. Rule of the room: compute nothing."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from powertheft.actions.prepare_data import Prepared
from powertheft.engines.local import FeatureTable, features_otherwise
from powertheft.explanation.reasons import needed_numbers
from powertheft.features.catalogue import catalogue, lacking
from powertheft.features.definition import Feature
from powertheft.panel.other_readings import as_stated, since_reading_before, without_unread


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
    again = [feature for feature in catalogue() if feature.name in quoted]
    if "readings" not in prepared.tables or not again:
        return []
    return [
        features_otherwise(prepared.tables, table, rows, features=again, follow=follow)
        for follow in (as_stated, since_reading_before, without_unread)
    ]
