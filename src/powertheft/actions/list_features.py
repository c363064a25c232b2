"""List the catalogue for a reader. Rule of the room: compute nothing themselves."""

from typing import Any

from powertheft.domain.profiles import Profile
from powertheft.features.catalogue import Columns, catalogue
from powertheft.profiles.loading import load_profile


def list_features(profile: str | None = None) -> list[dict[str, Any]]:
    """Return name, family, unit, meaning, kind and flags of every feature, or of those a profile's columns allow."""
    columns = None if profile is None else profile_columns(load_profile(profile))
    return [
        {
            "name": feature.name,
            "family": feature.family,
            "unit": feature.unit,
            "meaning": feature.meaning,
            "kind": feature.kind,
            "flags": sorted(feature.flags),
        }
        for feature in catalogue(columns)
    ]


def profile_columns(profile: Profile) -> Columns:
    """Return what a profile's columns offer; of attributes, the frequent words are known once a file is read."""
    levels = {
        column.target: sorted(column.valid) for table in profile.tables for column in table.columns if column.valid
    }
    canonical = {f"{table.table}.{column.target}" for table in profile.tables for column in table.columns}
    wide = [(table.table, table.wide) for table in profile.tables if table.wide]
    canonical |= {f"{name}.{column}" for name, days in wide for column in (days.value, days.at)}
    attributes = {table.table: dict(table.attributes) for table in profile.tables}
    return Columns(frozenset(canonical), attributes.get("consumers", {}), attributes.get("readings", {}), levels)
