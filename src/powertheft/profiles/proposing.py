"""A confirmed suggestion as a profile. Rule of the room: a utility is described in data, never in code."""

from collections.abc import Iterator, Mapping, Sequence

from powertheft.domain.errors import ProfileError
from powertheft.domain.profiles import ColumnMapping, LabelScope, Profile, TableMapping, WideColumns
from powertheft.domain.tables import TABLES, Kind
from powertheft.profiles.choosing import WHEN
from powertheft.profiles.dates import FAMILIAR
from powertheft.profiles.loading import load_profile
from powertheft.profiles.parsing import OPTIONAL_KEYS
from powertheft.profiles.suggestion import ColumnSuggestion, FileSuggestion, Suggestion
from powertheft.profiles.values import FALSE, TRUE
from powertheft.profiles.words import coded, words


def propose(suggestion: Suggestion, name: str, *, title: str = "", currency: str = "") -> Profile:
    """Return the profile that a suggestion makes; raise ProfileError where a column that must be there is not."""
    apart = {file.table for file in suggestion.files}
    tables: list[TableMapping] = []
    for file in suggestion.files:
        for table in _tables(file, apart):
            if any(other.table == table.table for other in tables):
                raise ProfileError(
                    f"two files look like {table.table}", file=table.file, advice="Import them one after the other."
                )
            tables.append(table)
    formats = dict.fromkeys(form for file in suggestion.files for column in file.columns for form in column.formats)
    return Profile(
        name=name,
        title=title or f"{name}: proposed and confirmed",
        currency=currency,
        date_formats=tuple(formats) or FAMILIAR,
        label_scope=_scope(tables),
        tables=tuple(tables),
    )


def _tables(file: FileSuggestion, apart: set[str]) -> Iterator[TableMapping]:
    main = _table(file, file.table, required=True)
    yield main
    if file.table not in {"consumers", "transformer_readings"} and "consumers" not in apart:
        beside = [column for column in file.columns if column.table == "consumers" and column.target != "consumer_id"]
        if beside or file.shape == "wide":
            yield _table(file, "consumers", required=True)
    labelled = any(column.target == "outcome" for column in file.columns)
    if labelled and file.table != "inspections" and "inspections" not in apart:
        yield _table(file, "inspections", required=False)


def _table(file: FileSuggestion, table: str, *, required: bool) -> TableMapping:
    own = [column for column in file.columns if _belongs(column, table) and column.source not in file.wide_columns]
    wide = _wide(file, own) if file.shape == "wide" and table == file.table else None
    if wide:
        own = [column for column in own if column.target not in {wide.at, wide.value}]
    targets = list(dict.fromkeys(column.target for column in own))
    columns = tuple(_mapping(target, [one for one in own if one.target == target]) for target in targets)
    _check_keys(file, table, {*targets, *((wide.at, wide.value) if wide else ())})
    beside = _beside(file, table) if table == file.table else {}
    sources = {name: source for name, (source, _) in beside.items() if name != source}
    kinds: dict[str, Kind] = {name: kind for name, (_, kind) in beside.items()}
    return TableMapping(table, file.stem, required, columns, kinds, attribute_sources=sources, wide=wide)


def _beside(file: FileSuggestion, table: str) -> dict[str, tuple[str, Kind]]:
    """Return the columns that ride along; one that is called like a column of ours is called otherwise."""
    named: dict[str, Kind] = {
        column.source: column.kind for column in file.columns if not column.target and column.kind
    }
    ours = TABLES[table]
    return {
        f"{name}_in_file" if ours.column(name) or name == "source_row" else name: (name, kind)
        for name, kind in named.items()
    }


def _belongs(column: ColumnSuggestion, table: str) -> bool:
    if not column.target:
        return False
    return column.table == table or column.target == "consumer_id"


def _mapping(target: str, columns: Sequence[ColumnSuggestion]) -> ColumnMapping:
    words = frozenset(word for column in columns for word in column.words)
    return ColumnMapping(
        target, tuple(column.source for column in columns), factor=columns[0].factor, codes=_codes(target, words)
    )


def _codes(target: str, words: frozenset[str]) -> dict[str, str]:
    if target == "outcome":
        return _finding_codes(words)
    known = coded(target)
    if target == "drawn_by":
        return {word: known.get(word, "other") for word in sorted(words)}
    if target == "is_estimated" and words <= {*TRUE, *FALSE}:
        return {}
    return {word: known[word] for word in sorted(words) if word in known}


def _finding_codes(found: frozenset[str]) -> dict[str, str]:
    label = load_profile("table").table("inspections")
    outcome = label.column("outcome") if label else None
    codes = (dict(outcome.codes) if outcome else {}) | coded("outcome")
    parts: Mapping[str, str] = words()["findings"]
    told = ((word, next((ours for part, ours in parts.items() if part in word), "")) for word in sorted(found))
    return codes | {word: ours for word, ours in told if ours and word not in codes}


def _wide(file: FileSuggestion, own: Sequence[ColumnSuggestion]) -> WideColumns:
    if not file.wide_form:
        raise ProfileError(
            "its columns are numbered or named after months without a year, so their dates are not known",
            file=file.stem,
            advice="Name them after dates, such as 2024-01-31, or give one row a reading.",
        )
    at = WHEN[file.table]
    day = next((column.source for column in own if column.target == at), "")
    return WideColumns((file.wide_form,), "energy", at, day=day if "%d" not in file.wide_form else "")


def _check_keys(file: FileSuggestion, table: str, targets: set[str]) -> None:
    needed = [name for name in TABLES[table].key if name not in OPTIONAL_KEYS]
    needed += ["outcome"] if table == "inspections" else []
    missing = next((name for name in needed if name not in targets), None)
    if missing:
        names = ", ".join(column.source for column in file.columns[:12])
        raise ProfileError(
            f"no column of the file is likely to be the {missing} of {table}",
            file=file.stem,
            advice=f"Name it: --map {missing}=COLUMN, with one of {names}.",
        )


def _scope(tables: Sequence[TableMapping]) -> LabelScope:
    labels = next((table for table in tables if table.table == "inspections"), None)
    return "everybody" if labels and labels.column("inspected_on") is None else "inspected"
