"""From the TOML of a profile to the profile. Rule of the room: a utility is described in data, never in code."""

from collections.abc import Mapping
from typing import cast, get_args

from powertheft.domain.errors import ProfileError
from powertheft.domain.outcomes import OUTCOMES
from powertheft.domain.profiles import ColumnMapping, LabelScope, Profile, TableMapping, WideColumns
from powertheft.domain.tables import SOURCE_ROW, TABLES, Column, Kind, Table
from powertheft.domain.tariffs import Tariff, tariffs_from_tables
from powertheft.profiles.entries import Entry, choice_advice
from powertheft.profiles.numbers import style_of

PROFILE_KEYS = (
    "name", "title", "currency", "date_formats", "label_scope", "tariff_column", "notes", "tables", "tariffs",
)  # fmt: skip
TABLE_KEYS = ("table", "file", "required", "keep_others", "columns", "attributes", "wide")
COLUMN_KEYS = (
    "source", "sources", "any_of", "factor", "minimum", "maximum", "codes", "valid", "day_month_swapped",
    "number_style", "date_format",
)  # fmt: skip
ATTRIBUTE_KEYS = ("source", "kind", "style")
WIDE_KEYS = ("formats", "value", "at", "day", "factor", "number_style", "date_format")
KINDS: tuple[str, ...] = get_args(Kind)
# Key columns that a table can do without: they are filled with what their absence means.
OPTIONAL_KEYS = frozenset({"commodity", "meter_id", "sequence", "inspected_on"})
# Columns whose words are ours alone, whatever the utility calls them.
VOCABULARY = {"outcome": OUTCOMES, "drawn_by": frozenset({"list", "random", "other"})}


def parse_profile(document: Mapping[str, object], *, file: str | None = None) -> Profile:
    """Return the profile that a TOML document states; raise ProfileError with the place of the first fault."""
    entry = Entry(document, "", file)
    entry.check_keys(PROFILE_KEYS)
    tables = tuple(_parse_table(table) for table in entry.tables("tables"))
    if not tables:
        raise entry.fault("the profile describes no table", "Add at least one [[tables]].")
    _check_once(entry, [table.table for table in tables])
    formats = entry.texts("date_formats")
    if any("%" not in form for form in formats):
        raise entry.fault("a date format needs percent codes", 'Write it as date_formats = ["%d/%m/%Y"].')
    return Profile(
        name=entry.text("name"),
        title=entry.text("title"),
        currency=entry.text("currency", ""),
        date_formats=formats,
        label_scope=cast("LabelScope", entry.choice("label_scope", get_args(LabelScope))),
        tables=tables,
        tariffs=_parse_tariffs(entry),
        tariff_column=entry.choice("tariff_column", [c.name for c in TABLES["consumers"].columns], "category"),
        notes=entry.text("notes", ""),
    )


def _parse_tariffs(entry: Entry) -> tuple[Tariff, ...]:
    try:
        return tariffs_from_tables([table.values for table in entry.tables("tariffs")])
    except ProfileError as error:
        raise ProfileError(error.what, file=entry.file, advice=error.advice) from error


def _check_once(entry: Entry, names: list[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise entry.fault(f"the table {twice} is described twice", "Keep one of the two.")


def _parse_table(entry: Entry) -> TableMapping:
    entry.check_keys(TABLE_KEYS)
    table = TABLES[entry.choice("table", TABLES)]
    entry = Entry(entry.values, f"{entry.where} ({table.name})", entry.file)
    columns_entry = entry.table("columns")
    columns = tuple(_parse_column(columns_entry, target, table) for target in columns_entry.values)
    wide = _parse_wide(entry.table("wide"), table) if "wide" in entry.values else None
    melted = {wide.value, wide.at} if wide else set[str]()
    _check_needed(entry, table, {column.target for column in columns} | melted)
    kinds, sources, styles = _parse_attributes(entry.table("attributes"), table)
    return TableMapping(
        table=table.name,
        file=entry.text("file"),
        required=entry.flag("required", default=True),
        columns=columns,
        attributes=kinds,
        keep_others=entry.flag("keep_others"),
        attribute_sources=sources,
        attribute_styles=styles,
        wide=wide,
    )


def _parse_wide(entry: Entry, table: Table) -> WideColumns:
    entry.check_keys(WIDE_KEYS)
    formats = entry.texts("formats")
    if not formats or any("%" not in form for form in formats):
        raise entry.fault("needs the formats of its columns' names", 'Write it as formats = ["%m/%d/%Y"].')
    dates = [column.name for column in table.columns if column.kind in {"date", "datetime"}]
    numbers = [column.name for column in table.columns if column.kind == "number"]
    return WideColumns(
        formats=formats,
        value=entry.choice("value", numbers),
        at=entry.choice("at", dates),
        day=entry.text("day", ""),
        factor=1.0 if (factor := entry.number("factor")) is None else factor,
        number_style=_parse_style(entry, "number_style"),
        date_format=_parse_format(entry, "date_format"),
    )


def _parse_style(entry: Entry, key: str) -> str:
    text = entry.text(key, "")
    if text:
        try:
            style_of(text)
        except ValueError as error:
            raise entry.fault(
                f"{key} is not a style of numbers", 'Write it as "1,23,456.78" or "Rs. 1.234,56".'
            ) from error
    return text


def _parse_format(entry: Entry, key: str) -> str:
    text = entry.text(key, "")
    if text and "%" not in text:
        raise entry.fault("a date format needs percent codes", f'Write it as {key} = "%d/%m/%Y".')
    return text


def _check_needed(entry: Entry, table: Table, targets: set[str]) -> None:
    needed = [name for name in table.key if name not in OPTIONAL_KEYS]
    needed += ["outcome"] if table.name == "inspections" else []
    missing = next((name for name in needed if name not in targets), None)
    if missing:
        raise entry.fault(f"the column {missing} is missing", f'Add {missing} = "the name it has in the file".')


def _parse_column(columns: Entry, target: str, table: Table) -> ColumnMapping:
    column = table.column(target)
    if column is None:
        names = [known.name for known in table.columns]
        advice = choice_advice(target, names) + " A column of another name goes under attributes."
        raise columns.fault(f"{target} is not a column of the table {table.name}", advice)
    value = columns.values[target]
    if isinstance(value, str):
        return ColumnMapping(target, (value,))
    entry = columns.table(target)
    entry.check_keys(COLUMN_KEYS)
    mapping = ColumnMapping(
        target=target,
        sources=_parse_sources(entry),
        factor=1.0 if (factor := entry.number("factor")) is None else factor,
        codes=_parse_codes(entry),
        valid=frozenset(entry.texts("valid")),
        minimum=entry.number("minimum"),
        maximum=entry.number("maximum"),
        any_of=entry.texts("any_of"),
        day_month_swapped=entry.values.get("day_month_swapped") is True,
        number_style=_parse_style(entry, "number_style"),
        date_format=_parse_format(entry, "date_format"),
    )
    _check_sense(entry, mapping, column)
    return mapping


def _parse_sources(entry: Entry) -> tuple[str, ...]:
    given = [key for key in ("source", "sources", "any_of") if key in entry.values]
    if not given or {"source", "sources"} <= set(given):
        raise entry.fault("needs one of source, sources and any_of", 'Write it as { source = "..." }.')
    return (entry.text("source"),) if "source" in given else entry.texts("sources")


def _parse_codes(entry: Entry) -> dict[str, str]:
    codes = entry.table("codes")
    wrong = next((word for word, ours in codes.values.items() if not isinstance(ours, (str, int, float))), None)
    if wrong is not None:
        raise codes.fault(f"the code {wrong} stands for no single word", 'Write it as { "1" = "theft" }.')
    return {word: str(ours) for word, ours in codes.values.items()}


def _check_sense(entry: Entry, mapping: ColumnMapping, column: Column) -> None:
    is_number = column.kind in {"number", "integer"}
    for_numbers = [key for key in ("factor", "minimum", "maximum") if key in entry.values]
    if len(mapping.sources) > 1:
        for_numbers.append("sources")
    if for_numbers and not is_number:
        raise entry.fault(f"{for_numbers[0]} is for numbers, and this is a {column.kind}", f"Remove {for_numbers[0]}.")
    if "day_month_swapped" in entry.values and column.kind != "date":
        raise entry.fault(f"day_month_swapped is for dates, and this is a {column.kind}", "Remove day_month_swapped.")
    vocabulary = frozenset({"true", "false"}) if column.kind == "boolean" else VOCABULARY.get(column.name)
    foreign = next((word for word in mapping.codes.values() if vocabulary and word not in vocabulary), None)
    if vocabulary and foreign is not None:
        raise entry.fault(f"the codes lead to {foreign!r}", choice_advice(foreign, sorted(vocabulary)))


def _parse_attributes(entry: Entry, table: Table) -> tuple[dict[str, Kind], dict[str, str], dict[str, str]]:
    kinds: dict[str, Kind] = {}
    sources: dict[str, str] = {}
    styles: dict[str, str] = {}
    for name, value in entry.values.items():
        if table.column(name) or name == SOURCE_ROW:
            raise entry.fault(f"{name} is a name of ours", "Put it under columns, or choose another name.")
        if isinstance(value, str):
            kinds[name] = cast("Kind", entry.choice(name, KINDS))
            continue
        attribute = entry.table(name)
        attribute.check_keys(ATTRIBUTE_KEYS)
        kinds[name] = cast("Kind", attribute.choice("kind", KINDS))
        sources[name] = attribute.text("source", name)
        dated = kinds[name] in {"date", "datetime"}
        if style := (_parse_format if dated else _parse_style)(attribute, "style"):
            styles[name] = style
    return kinds, {name: source for name, source in sources.items() if source != name}, styles
