"""A profile as JSON, for the bundle of a model. Rule of the room: a utility is described in data, never in code."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from powertheft.domain.profiles import ColumnMapping, Profile, TableMapping, WideColumns
from powertheft.domain.tariffs import Tariff
from powertheft.profiles.parsing import parse_profile


def profile_to_json(profile: Profile) -> dict[str, object]:
    """Return a profile as plain JSON values; `profile_from_json` gives back an equal profile."""
    return {
        "name": profile.name,
        "title": profile.title,
        "currency": profile.currency,
        "date_formats": list(profile.date_formats),
        "label_scope": profile.label_scope,
        "tariff_column": profile.tariff_column,
        "notes": profile.notes,
        "tables": [_table_to_json(table) for table in profile.tables],
        "tariffs": [_tariff_to_json(tariff) for tariff in profile.tariffs],
    }


def profile_from_json(document: Mapping[str, object]) -> Profile:
    """Return the profile that `profile_to_json` wrote; raise ProfileError where it has been changed for the worse."""
    tables = cast("Sequence[Mapping[str, object]]", document.get("tables", ()))
    tariffs = cast("Sequence[Mapping[str, object]]", document.get("tariffs", ()))
    toml = {
        **document,
        "tables": [_table_from_json(table) for table in tables],
        "tariffs": [_tariff_from_json(tariff) for tariff in tariffs],
    }
    return parse_profile(toml, file="profile of the model")


def _table_to_json(table: TableMapping) -> dict[str, object]:
    attributes = {name: _attribute_to_json(table, name) for name in table.attributes}
    wide = {} if table.wide is None else {"wide": _wide_to_json(table.wide)}
    return {
        "table": table.table,
        "file": table.file,
        "required": table.required,
        "keep_others": table.keep_others,
        # A list, because a JSON writer may sort the keys of an object and the order of columns is kept.
        "columns": [_column_to_json(column) for column in table.columns],
        "attributes": attributes,
        **wide,
    }


def _attribute_to_json(table: TableMapping, name: str) -> dict[str, str]:
    entry = {"source": table.attribute_sources.get(name, name), "kind": table.attributes[name]}
    style = table.attribute_styles.get(name)
    return entry | {"style": style} if style else entry


def _wide_to_json(wide: WideColumns) -> dict[str, object]:
    entry: dict[str, object] = {"formats": list(wide.formats), "value": wide.value, "at": wide.at}
    if wide.factor != 1.0:
        entry["factor"] = wide.factor
    texts = {"day": wide.day, "number_style": wide.number_style, "date_format": wide.date_format}
    return entry | {key: text for key, text in texts.items() if text}


def _column_to_json(column: ColumnMapping) -> dict[str, object]:
    entry: dict[str, object] = {"target": column.target, "any_of": list(column.any_of)}
    if column.sources:
        entry["sources"] = list(column.sources)
    if column.factor != 1.0:
        entry["factor"] = column.factor
    if column.codes:
        entry["codes"] = dict(column.codes)
    if column.valid:
        entry["valid"] = sorted(column.valid)
    if column.day_month_swapped:
        entry["day_month_swapped"] = True
    styles = {"number_style": column.number_style, "date_format": column.date_format}
    entry |= {key: style for key, style in styles.items() if style}
    bounds = {"minimum": column.minimum, "maximum": column.maximum}
    return entry | {key: bound for key, bound in bounds.items() if bound is not None}


def _tariff_to_json(tariff: Tariff) -> dict[str, object]:
    return {
        "categories": list(tariff.categories),
        "valid_from": tariff.valid_from.isoformat(),
        "period_days": tariff.period_days,
        "schedules": [
            {
                "total_up_to": _finite(schedule.total_up_to),
                "slabs": [[_finite(slab.up_to), slab.rate] for slab in schedule.slabs],
            }
            for schedule in tariff.schedules
        ],
    }


def _finite(bound: float) -> float | None:
    # JSON has no infinity; an end that is absent is one that never comes.
    return None if math.isinf(bound) else bound


def _table_from_json(table: Mapping[str, object]) -> dict[str, object]:
    columns = cast("Sequence[Mapping[str, object]]", table.get("columns", ()))
    entries = {
        str(column.get("target")): {key: value for key, value in column.items() if key != "target"}
        for column in columns
    }
    return {**table, "columns": entries}


def _tariff_from_json(tariff: Mapping[str, object]) -> dict[str, object]:
    schedules = cast("Sequence[Mapping[str, object]]", tariff.get("schedules", ()))
    return {
        **tariff,
        "valid_from": date.fromisoformat(str(tariff.get("valid_from"))),
        "schedules": [
            {
                "total_up_to": _unbounded(schedule.get("total_up_to")),
                "slabs": [
                    [_unbounded(end), rate] for end, rate in cast("Sequence[Sequence[object]]", schedule.get("slabs"))
                ],
            }
            for schedule in schedules
        ],
    }


def _unbounded(bound: object) -> object:
    return math.inf if bound is None else bound
