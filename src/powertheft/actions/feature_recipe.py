"""What a model was fed, kept in its bundle so that scoring computes the same. Rule of the room: compute nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from powertheft.domain.errors import BundleError
from powertheft.domain.tables import TABLES, Kind
from powertheft.features import series
from powertheft.features.attributes import CODES, NUMBERS, frequent_levels
from powertheft.features.catalogue import Columns, catalogue, choose, lacking
from powertheft.features.definition import Feature

if TYPE_CHECKING:  # it brings scikit-learn, 100 MB, which who only looks at data does without
    from powertheft.models.area_encoding import Area

CANONICAL_CODES = ("reading_code", "meter_status")
DATES = frozenset({"date", "datetime"})
AREAS = frozenset({"region", "district", "section", "feeder_id"})
FIRST_BILLS = ("reading_date_min", "gas_reading_date_min")
DAYS = "days since 1970"


@dataclass(frozen=True, slots=True)
class FeatureRecipe:
    """The columns that a file offered, and the names of the features taken from them."""

    columns: Columns
    names: tuple[str, ...]

    def features(self) -> tuple[Feature, ...]:
        """Return the definitions, in the order in which the model saw them."""
        known = {feature.name: feature for feature in catalogue(self.columns)}
        return tuple(known[name] for name in self.names)

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain data."""
        return {
            "canonical": sorted(self.columns.canonical),
            "consumer_attributes": dict(self.columns.consumer_attributes),
            "reading_attributes": dict(self.columns.reading_attributes),
            "levels": {name: list(words) for name, words in self.columns.levels.items()},
            "features": list(self.names),
        }


def recipe_from_json(plain: Mapping[str, Any]) -> FeatureRecipe:
    """Return the recipe that a bundle holds."""
    columns = Columns(
        frozenset(plain["canonical"]), plain["consumer_attributes"], plain["reading_attributes"], plain["levels"]
    )
    return FeatureRecipe(columns, tuple(plain["features"]))


def offered_columns(tables: Mapping[str, pl.DataFrame]) -> Columns:
    """Return what prepared tables offer to the catalogue, with the frequent words of their codes."""
    canonical = {
        f"{name}.{column}"
        for name, frame in tables.items()
        for column in frame.columns
        if TABLES[name].column(column) and not _is_empty(frame, column)
    }
    if "readings" in tables and not (tables["readings"]["commodity"] == "gas").any():
        # Every bill has a commodity; only where there is gas does it offer anything.
        canonical.discard("readings.commodity")
    readings = _attributes(tables, "readings")
    coded = [name for name, kind in readings.items() if kind in CODES]
    coded += [name for name in CANONICAL_CODES if f"readings.{name}" in canonical]
    levels = {name: _levels(tables["readings"], name) for name in coded}
    return Columns(frozenset(canonical), _attributes(tables, "consumers"), readings, levels)


def areas_to_learn(features: Iterable[Feature]) -> "tuple[Area, ...]":
    """Return the areas among features, alone and by dates, of which a model may learn the share of theft.

    Dates that tell how long somebody was observed are left out, since they are other dates when a list is made; but the
    day of the first bill stays what it was, and tells the reading round.
    """
    features = tuple(features)
    areas = [feature.name for feature in features if feature.name in AREAS and feature.kind == "category"]
    dates = [one.name for one in features if one.unit == DAYS and "exposure" not in one.flags]
    by_day = [*dates, *(one.name for one in features if one.name in FIRST_BILLS)]
    steps = [("", ""), *((date, "month") for date in dates), *((date, "day") for date in by_day)]
    return tuple((area, date, step) for area in areas for date, step in steps)


def _is_empty(frame: pl.DataFrame, column: str) -> bool:
    return frame.height > 0 and frame[column].null_count() == frame.height


def _attributes(tables: Mapping[str, pl.DataFrame], name: str) -> dict[str, Kind]:
    if name not in tables:
        return {}
    further = [column for column in tables[name].columns if TABLES[name].column(column) is None]
    return {column: kind_of(tables[name].schema[column]) for column in sorted(further)}


def kind_of(dtype: pl.DataType) -> Kind:
    """Return our word for a column's type."""
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_numeric():
        return "number"
    return "date" if dtype.is_temporal() else "category"


def _levels(readings: pl.DataFrame, column: str) -> tuple[str, ...]:
    counts = readings[column].drop_nulls().value_counts()
    return frequent_levels(dict(counts.iter_rows()))


def choose_recipe(
    tables: Mapping[str, pl.DataFrame],
    *,
    only: Iterable[str] = (),
    without: Iterable[str] = (),
    with_series: bool = False,
) -> FeatureRecipe:
    """Return the recipe of a user's choice from what the tables offer.

    Where the user names nothing, series are among it only for a model that reads them (`with_series`).
    """
    columns, only = offered_columns(tables), tuple(only)
    unread = () if only or with_series else (series.FAMILY,)
    chosen = choose(catalogue(columns), only=only, without=(*without, *unread))
    return FeatureRecipe(columns, tuple(feature.name for feature in chosen))


def check_recipe(recipe: FeatureRecipe, tables: Mapping[str, pl.DataFrame]) -> None:
    """Refuse data that lack, or hold in another kind, a column that the model was fitted with."""
    there = frozenset(f"{name}.{column}" for name, frame in tables.items() for column in frame.columns)
    absent = {need for feature in recipe.features() for need in lacking(feature, there)}
    # What is scored may have no outcomes at all: then no earlier visit is known.
    for need in sorted(need for need in absent if not need.startswith("inspections.")):
        table, _, column = need.partition(".")
        raise BundleError(
            f"the model was trained with the column {column} of the table {table}, which these data lack",
            advice="Give the same files and columns as in training, or train a model without it (--without).",
        )
    for need in sorted({need for feature in recipe.features() for need in feature.needs} & there):
        table, _, column = need.partition(".")
        _check_kind(recipe, need, kind_of(tables[table].schema[column]))


def _check_kind(recipe: FeatureRecipe, need: str, found: Kind) -> None:
    table, _, column = need.partition(".")
    attributes = {"consumers": recipe.columns.consumer_attributes, "readings": recipe.columns.reading_attributes}
    expected = attributes.get(table, {}).get(column)
    if expected is not None and _family(expected) != _family(found):
        raise BundleError(
            f"the column {column} held {expected}s in training and holds {found}s here",
            advice="Check that the column means the same as in the data that the model was trained on.",
        )


def _family(kind: Kind) -> str:
    if kind in NUMBERS:
        return "numbers"
    return "dates" if kind in DATES else "words"
