"""A profile as TOML, to be saved and changed by hand. Rule of the room: a utility is data, never code."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from powertheft.domain.profiles import Profile
from powertheft.profiles.serialising import profile_to_json

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def profile_to_toml(profile: Profile) -> str:
    """Return the profile as a TOML document; loading it gives back an equal profile."""
    document = profile_to_json(profile)
    tables = cast("Sequence[Mapping[str, object]]", document.pop("tables"))
    tariffs = cast("Sequence[Mapping[str, object]]", document.pop("tariffs"))
    lines = [f"{key} = {_value(value)}" for key, value in document.items() if value not in ("", [])]
    lines += [f'{key} = ""' for key in ("name", "title") if document[key] == ""]
    for table in tables:
        lines += _table(table)
    for tariff in tariffs:
        lines += _tariff(tariff)
    return "\n".join(lines) + "\n"


def _table(table: Mapping[str, object]) -> list[str]:
    columns = cast("Sequence[Mapping[str, object]]", table["columns"])
    attributes = cast("Mapping[str, Mapping[str, str]]", table["attributes"])
    lines = ["", "[[tables]]"]
    lines += [f"{key} = {_value(table[key])}" for key in ("table", "file", "required")]
    lines += ["keep_others = true"] if table["keep_others"] else []
    if columns:
        lines.append("[tables.columns]")
        lines += [f"{_key(str(column['target']))} = {_column(column)}" for column in columns]
    if attributes:
        lines.append("[tables.attributes]")
        lines += [f"{_key(name)} = {_attribute(name, entry)}" for name, entry in attributes.items()]
    if "wide" in table:
        lines.append("[tables.wide]")
        wide = cast("Mapping[str, object]", table["wide"])
        lines += [f"{key} = {_value(value)}" for key, value in wide.items()]
    return lines


def _column(column: Mapping[str, object]) -> str:
    entry = {key: value for key, value in column.items() if key != "target" and value != []}
    sources = cast("Sequence[str]", entry.get("sources", ()))
    if len(sources) == 1 and "any_of" not in entry:
        del entry["sources"]
        entry = {"source": sources[0], **entry}
    if set(entry) == {"source"}:
        return _value(entry["source"])
    return _value(entry or {"any_of": []})


def _attribute(name: str, entry: Mapping[str, str]) -> str:
    left = {key: value for key, value in entry.items() if key != "source" or value != name}
    return _value(left["kind"] if set(left) == {"kind"} else left)


def _tariff(tariff: Mapping[str, object]) -> list[str]:
    schedules = cast("Sequence[Mapping[str, object]]", tariff["schedules"])
    lines = ["", "[[tariffs]]", f"categories = {_value(tariff['categories'])}"]
    lines += [f"valid_from = {date.fromisoformat(str(tariff['valid_from']))}"]
    lines += [f"period_days = {_value(tariff['period_days'])}"]
    for schedule in schedules:
        slabs = cast("Sequence[Sequence[object]]", schedule["slabs"])
        endless = [[math.inf if end is None else end, rate] for end, rate in slabs]
        total = schedule["total_up_to"]
        lines += ["[[tariffs.schedules]]", f"total_up_to = {_value(math.inf if total is None else total)}"]
        lines += [f"slabs = {_value(endless)}"]
    return lines


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else _text(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value)
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in entries.items()) + " }"
    return "[" + ", ".join(_value(one) for one in cast("Sequence[object]", value)) + "]"


def _text(text: str) -> str:
    def letter(one: str) -> str:
        if one in _ESCAPES:
            return _ESCAPES[one]
        return f"\\u{ord(one):04x}" if ord(one) < 0x20 or ord(one) == 0x7F else one

    return '"' + "".join(letter(one) for one in text) + '"'
