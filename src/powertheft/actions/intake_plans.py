"""What the files of an intake are: the proposal, what somebody changes in it, and the plan that follows.

The files are opened once, by a job; their first rows are kept beside them, and every change is planned on those.

Rule of the room: put the rooms together, compute nothing themselves.
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import polars as pl

from powertheft.actions import intakes
from powertheft.actions.house import House
from powertheft.actions.intakes import ALONG, HEADS, LEFT_OUT, MAPPING, PLAN, PROPOSAL, Intake
from powertheft.actions.known_profiles import known_profiles
from powertheft.actions.plan_import import HEAD_ROWS, Plan, plan_import
from powertheft.actions.ports import Json
from powertheft.actions.progress import Progress, no_progress
from powertheft.actions.read_table import treatments_of
from powertheft.domain.errors import InputError, ProfileError, UserError
from powertheft.domain.files import FileMetadata
from powertheft.domain.profiles import ColumnMapping, Profile, TableMapping
from powertheft.domain.tables import SOURCE_ROW, TABLES, Column
from powertheft.privacy.personal import find_personal
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.privacy.treating import treated
from powertheft.profiles.adapting import adapt_profile
from powertheft.profiles.batches import cast_batch
from powertheft.profiles.entries import choice_advice
from powertheft.profiles.proposing import propose
from powertheft.profiles.recognising import recognise
from powertheft.profiles.serialising import profile_from_json, profile_to_json
from powertheft.profiles.suggesting import suggest
from powertheft.profiles.suggestion import Alternative, ColumnSuggestion, FileSuggestion, Suggestion
from powertheft.profiles.wide import columns_of
from powertheft.profiles.writing import profile_to_toml
from powertheft.reports.writing import write_json, write_text
from powertheft.sources.files import ANY
from powertheft.sources.tables import SourceTable, open_tables

SHOWN = 10
"""Rows of a file that are shown, the first ones and ones drawn at random."""
PREVIEWED = 5
EXAMPLES = 3
LONGEST = 60
_ROW = "\x00row"
_IDENTIFYING = ("consumer_id", "meter_id")


@dataclass(frozen=True, slots=True)
class Proposal:
    """The tables as they were opened (on their first rows), and what they are taken for.

    `profile` is a known layout that fits, `suggestion` a mapping where there is none; `how` says which. `personal` are
    the columns of each table that identify people, and what they hold.
    """

    tables: tuple[SourceTable, ...]
    how: str
    profile: Profile | None
    suggestion: Suggestion | None
    personal: Mapping[str, Mapping[str, str]]


def propose_intake(house: House, token: str, progress: Progress = no_progress) -> int:
    """Open the files, keep their first rows, and find out what they are; return how many tables there are."""
    house.check("dataset.import")
    intake = intakes.get(house, token)
    folder = intakes.folder_of(house, token)
    intakes.forget(folder)
    (folder / HEADS).mkdir()
    progress("opening the files", 0.0)
    with house.scratch() as scratch:
        opened = open_tables(intakes.files_of(house, intake), scratch=scratch / "sources")
        heads: dict[str, pl.DataFrame] = {}
        for number, table in enumerate(opened):
            progress(f"reading {table.metadata.name}", 0.5 + 0.3 * number / len(opened))
            heads[table.stem] = table.frame.head(HEAD_ROWS).collect()
            heads[table.stem].write_parquet(folder / HEADS / f"{number}.parquet")
            _drawn(table).write_parquet(folder / HEADS / f"{number}-drawn.parquet")
    progress("finding out what the columns are", 0.8)
    profile, how, suggestion = _layout(heads, intake, house.home.profiles)
    progress("looking for what identifies people", 0.95)
    personal = {stem: {one.column: one.what for one in find_personal(head)} for stem, head in heads.items()}
    told = {
        "tables": [{"stem": t.stem, "parts": [asdict(part) for part in t.parts], "notes": t.notes} for t in opened],
        "how": how,
        "profile": profile_to_json(profile) if profile else None,
        "suggestion": _plain(asdict(suggestion)) if suggestion else None,
        "personal": personal,
    }
    write_json(folder / PROPOSAL, told)
    plan_intake(house, token)
    return len(opened)


def plan_intake(house: House, token: str) -> Json:
    """Plan the import as it was chosen so far, and keep the plan in words; what hinders it is in it."""
    house.check("dataset.import")
    intake = intakes.get(house, token)
    folder = intakes.folder_of(house, token)
    proposal = read_proposal(house, intake)
    told: dict[str, Any] = {"how": proposal.how, "personal": [], "notes": [], "preview": [], "problem": None}
    told["files"] = []
    (folder / MAPPING).unlink(missing_ok=True)
    try:
        suggestion = _edited(proposal.suggestion, intake.columns) if proposal.suggestion else None
        told["files"] = [_said_of(one, proposal, intake, suggestion=suggestion) for one in proposal.tables]
        profile = _profile(proposal, suggestion, intake)
        told |= {"profile": profile.name, "title": profile.title}
        told["files"] = [
            _said_of(one, proposal, intake, suggestion=suggestion, profile=profile) for one in proposal.tables
        ]
        write_text(folder / MAPPING, profile_to_toml(profile))
        plan = head_plan(house, intake)
        told["personal"] = [
            {**asdict(found), "how": found.treatment.how, "reason": found.treatment.reason} for found in plan.personal
        ]
        told["notes"] = list(dict.fromkeys(note for notes in plan.notes.values() for note in notes))
        told["preview"] = _preview(plan, Pseudonyms(house.key()))
    except UserError as error:
        where = {"file": Path(error.file).name if error.file else "", "row": error.row, "column": error.column}
        told["problem"] = {"what": error.what, "advice": error.advice, **where}
    write_json(folder / PLAN, _plain(told))
    return told


def read_plan(house: House, intake: Intake) -> Json | None:
    """Return the plan as it was kept, None where the files were not looked at yet."""
    house.check("dataset.import")
    path = intakes.folder_of(house, intake.token) / PLAN
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def head_plan(house: House, intake: Intake) -> Plan:
    """Return the plan on the first rows that were kept."""
    house.check("dataset.import")
    opened, choices = read_proposal(house, intake).tables, intakes.choices_of(house, intake)
    return plan_import(opened, choices=choices, profiles=house.home.profiles)


def full_plan(house: House, intake: Intake, scratch: Path) -> Plan:
    """Return the plan on the whole files, as the import follows it."""
    house.check("dataset.import")
    opened = open_tables(intakes.files_of(house, intake), scratch=scratch / "sources")
    return plan_import(opened, choices=intakes.choices_of(house, intake), profiles=house.home.profiles)


def rows_of(house: House, intake: Intake, *, revealed: bool = False) -> list[dict[str, Any]]:
    """Return the first rows of each table and some at random; what identifies people shows its form only.

    Whoever may look people up can have the values: that look is recorded.
    """
    house.check("dataset.import")
    if revealed:
        house.check("person.reveal")
        with house.begin() as work:
            work.audit.record("dataset.upload.revealed", f"upload {intake.token}", {"files": sorted(intake.sizes)})
    proposal = read_proposal(house, intake)
    hidden = {} if revealed else _hidden(proposal, read_plan(house, intake))
    heads = intakes.folder_of(house, intake.token) / HEADS
    found: list[dict[str, Any]] = []
    for number, table in enumerate(proposal.tables):
        secret = hidden.get(table.stem, {})
        first = pl.read_parquet(heads / f"{number}.parquet", n_rows=SHOWN)
        drawn = pl.read_parquet(heads / f"{number}-drawn.parquet")
        entry: dict[str, Any] = {
            "stem": table.stem,
            "rows": table.rows,
            "columns": first.columns[:LONGEST],
            "hidden": secret,
        }
        places = [table.place_of(row)[1] for row in range(first.height)]
        entry["first"] = _cells(first, places, secret)
        places = [table.place_of(int(row))[1] for row in drawn[_ROW]]
        entry["drawn"] = _cells(drawn.drop(_ROW), places, secret)
        found.append(entry)
    return found


def masked(text: str) -> str:
    """Return the form of a value and nothing of what it says.

    Examples
    --------
    >>> masked("Kumar R, 98401-12345")
    'Xxxxx X, 99999-99999'
    """
    return "".join("9" if c.isdigit() else "X" if c.isupper() else "x" if c.isalpha() else c for c in text)


def options_for(file: Json) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what a column of a file can be: our columns, by table, each with what it means."""
    homes = [file["table"], *(name for name in ("consumers", "inspections", *TABLES) if name != file["table"])]
    seen: set[str] = set()
    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for name in dict.fromkeys(homes):
        fresh = [column for column in TABLES[name].columns if column.name not in seen and column.name != "sequence"]
        seen |= {column.name for column in fresh}
        groups.append((name, [(one.name, _in_short(one)) for one in fresh]))
    return groups


def _in_short(column: Column) -> str:
    words = column.meaning.partition(";")[0].partition(" (")[0]
    return f"{words[:1].upper()}{words[1:]}{f' [{column.unit}]' if column.unit else ''}"


def layouts(house: House) -> list[tuple[str, str]]:
    """Return the layouts that are known: name and title."""
    house.check("dataset.import")
    return [(profile.name, profile.title) for profile in known_profiles(house.home.profiles)]


def read_proposal(house: House, intake: Intake) -> Proposal:
    """Return what was found when the files were opened."""
    house.check("dataset.import")
    folder = intakes.folder_of(house, intake.token)
    if not (folder / PROPOSAL).is_file():
        raise InputError("the files were not looked at yet", advice="Go back to the files and press Next.")
    told = json.loads((folder / PROPOSAL).read_text("utf-8"))
    tables = tuple(
        SourceTable(
            one["stem"],
            pl.scan_parquet(folder / HEADS / f"{number}.parquet", glob=False),
            tuple(map(_metadata, one["parts"])),
            tuple(one["notes"]),
        )
        for number, one in enumerate(told["tables"])
    )
    profile = profile_from_json(told["profile"]) if told["profile"] else None
    suggestion = _suggestion(told["suggestion"]) if told["suggestion"] else None
    return Proposal(tables, told["how"], profile, suggestion, told["personal"])


def _layout(
    heads: Mapping[str, pl.DataFrame], intake: Intake, profiles: Path
) -> tuple[Profile | None, str, Suggestion | None]:
    known = known_profiles(profiles)
    if intake.layout not in {"", "propose"}:
        named = next((one for one in known if one.name == intake.layout), None)
        if named is None:
            raise ProfileError(
                f"there is no layout {intake.layout}", advice=choice_advice(intake.layout, [one.name for one in known])
            )
        return named, "named", None
    found = recognise({stem: head.columns for stem, head in heads.items()}, known) if not intake.layout else None
    if found is not None:
        return found, "recognised", None
    return None, "suggested", suggest(heads, kinds=intake.kinds)


def _profile(proposal: Proposal, suggestion: Suggestion | None, intake: Intake) -> Profile:
    if suggestion is not None:
        return propose(suggestion, "suggested")
    profile = cast(Profile, proposal.profile)
    for table in proposal.tables:
        schema = table.frame.collect_schema()
        for source, target in intake.columns.get(table.stem, {}).items():
            if source in schema:
                profile = _with_column(profile, table.stem, source, target, is_text=schema[source] == pl.String)
    return profile


def _with_column(profile: Profile, stem: str, source: str, target: str, *, is_text: bool) -> Profile:
    """Return a known layout with a person's word for one column of one file."""
    own = [table for table in profile.tables if _is_of(table, stem)]
    if not own:
        return profile
    bare = {table.table: _without(table, source) for table in own}
    profile = replace(profile, tables=tuple(bare.get(table.table, table) for table in profile.tables))
    if target == ALONG:
        first = bare[own[0].table]
        along = replace(first, attributes={**first.attributes, source: "category" if is_text else "number"})
        return replace(profile, tables=tuple(along if t.table == along.table else t for t in profile.tables))
    if target == LEFT_OUT:
        return profile
    homes = [table.table for table in own if TABLES[table.table].column(target)]
    return adapt_profile(profile, {f"{homes[0]}.{target}" if homes else target: source})


def _without(table: TableMapping, source: str) -> TableMapping:
    bare = [
        replace(
            mapped,
            sources=tuple(one for one in mapped.sources if one != source),
            any_of=tuple(one for one in mapped.any_of if one.casefold() != source.casefold()),
        )
        for mapped in table.columns
    ]
    along = {name: k for name, k in table.attributes.items() if table.attribute_sources.get(name, name) != source}
    kept = tuple(mapped for mapped in bare if mapped.sources or mapped.any_of)
    sources = {name: one for name, one in table.attribute_sources.items() if name in along}
    return replace(table, columns=kept, attributes=along, attribute_sources=sources)


def _is_of(table: TableMapping, stem: str) -> bool:
    return table.file == ANY or table.file.casefold() == stem.casefold()


def _edited(suggestion: Suggestion, columns: Mapping[str, Mapping[str, str]]) -> Suggestion:
    for stem, told in columns.items():
        for source, target in told.items():
            if target not in {ALONG, LEFT_OUT}:
                suggestion = suggestion.with_target(stem, source, target)
    files = tuple(
        replace(file, columns=tuple(_aside(one, columns.get(file.stem, {}).get(one.source)) for one in file.columns))
        for file in suggestion.files
    )
    return replace(suggestion, files=files)


def _aside(column: ColumnSuggestion, said: str | None) -> ColumnSuggestion:
    if said not in {ALONG, LEFT_OUT}:
        return column
    kind = None if said == LEFT_OUT else column.kind or "category"
    return replace(column, target="", table="", kind=kind, confidence=1.0, evidence=("a person said so",))


def _said_of(
    table: SourceTable,
    proposal: Proposal,
    intake: Intake,
    *,
    suggestion: Suggestion | None,
    profile: Profile | None = None,
) -> dict[str, Any]:
    """Say what a file is and what each of its columns is."""
    names = table.frame.collect_schema().names()
    head = table.frame.head(200).collect()
    file = suggestion.file(table.stem) if suggestion else None
    own = [one for one in (profile.tables if profile else ()) if _is_of(one, table.stem)]
    wide = set(file.wide_columns if file else [name for one in own if one.wide for name in columns_of(one.wide, names)])
    said = intake.columns.get(table.stem, {})
    columns: list[dict[str, Any]] = []
    for name in (one for one in names if one not in wide):
        entry = _of_suggestion(file.column(name)) if file else _of_profile(own, name, proposal)
        personal = proposal.personal.get(table.stem, {}).get(name, "")
        secret = bool(personal) or entry["target"] in _IDENTIFYING
        columns.append(
            {"source": name, **entry, "personal": personal, "examples": _examples(head[name], secret=secret)}
            | ({"said": True} if name in said else {})
        )
    kinds = [one.table for one in own] or ([file.table] if file else [])
    return {
        "stem": table.stem,
        "names": [part.name for part in table.parts],
        "rows": table.rows,
        "table": kinds[0] if kinds else "readings",
        "tables": list(dict.fromkeys(kinds)),
        "used": bool(kinds),
        "confidence": file.confidence if file else None,
        "evidence": "; ".join(file.evidence) if file else "",
        "columns": columns,
        "wide": len(wide),
    }


def _of_suggestion(column: ColumnSuggestion | None) -> dict[str, Any]:
    if column is None:
        return {"target": LEFT_OUT, "confidence": None, "evidence": ""}
    target = column.target or (ALONG if column.kind else LEFT_OUT)
    others = [other.target for other in column.alternatives if other.target != column.target]
    words = "; ".join(column.evidence)
    return {
        "target": target,
        "confidence": column.confidence,
        "evidence": words,
        "others": others,
        "factor": column.factor,
    }


def _of_profile(own: Sequence[TableMapping], name: str, proposal: Proposal) -> dict[str, Any]:
    layout = proposal.profile.name if proposal.profile else ""
    for table in own:
        mapped = next((one for one in table.columns if _reads(one, name)), None)
        if mapped:
            evidence = f"the layout {layout} reads it so"
            return {"target": mapped.target, "confidence": 1.0, "evidence": evidence, "factor": mapped.factor}
        if name in {table.attribute_sources.get(one, one) for one in table.attributes}:
            return {"target": ALONG, "confidence": 1.0, "evidence": f"the layout {layout} keeps it beside"}
    if any(table.keep_others for table in own):
        return {"target": ALONG, "confidence": 1.0, "evidence": f"the layout {layout} keeps every other column"}
    return {"target": LEFT_OUT, "confidence": None, "evidence": f"the layout {layout} does not read it" if own else ""}


def _reads(mapped: ColumnMapping, name: str) -> bool:
    if mapped.sources:
        return name in mapped.sources
    return name.casefold() in {one.casefold() for one in mapped.any_of}


def _examples(column: pl.Series, *, secret: bool) -> list[str]:
    values = column.drop_nulls().unique(maintain_order=True).head(EXAMPLES).to_list()
    texts = [_text(value) for value in values]
    return list(dict.fromkeys(masked(text) for text in texts)) if secret else texts


def _text(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _hidden(proposal: Proposal, plan: Json | None) -> dict[str, dict[str, str]]:
    """Return the columns of each table whose values are not shown, and what they hold."""
    hidden = {stem: dict(columns) for stem, columns in proposal.personal.items()}
    for file in plan["files"] if plan else ():
        ours = {one["source"]: one["target"] for one in file["columns"] if one["target"] in _IDENTIFYING}
        words = {"consumer_id": "number of the connection", "meter_id": "number of the meter"}
        own = hidden.setdefault(file["stem"], {})
        own |= {source: words[target] for source, target in ours.items() if source not in own}
    return hidden


def _cells(frame: pl.DataFrame, places: Sequence[int], secret: Mapping[str, str]) -> list[dict[str, Any]]:
    names = frame.columns[:LONGEST]
    rows = frame.select(names).rows()
    return [
        {
            "row": place,
            "cells": [
                masked(_text(value)) if name in secret else _text(value) for name, value in zip(names, row, strict=True)
            ],
        }
        for place, row in zip(places, rows, strict=True)
    ]


def _drawn(table: SourceTable) -> pl.DataFrame:
    """Return rows at random, the same each time, with the place of each from 0."""
    picked = sorted(random.Random(table.rows).sample(range(table.rows), min(SHOWN, table.rows)))
    numbered = table.frame.with_row_index(_ROW)
    return numbered.filter(pl.col(_ROW).is_in(picked)).collect(engine="streaming").sort(_ROW)


def _preview(plan: Plan, pseudonyms: Pseudonyms) -> list[dict[str, Any]]:
    """Return a few rows as they will be kept, and cast the first rows to see whether they can be."""
    shown: list[dict[str, Any]] = []
    for mapping in plan.profile.tables:
        source = plan.tables.get(mapping.file)
        if source is None:
            continue
        head = source.frame.head(PREVIEWED if mapping.wide else HEAD_ROWS).collect()
        made, _ = cast_batch(mapping, head, source.metadata, source.metadata.first_row)
        made = made.head(PREVIEWED)
        if "consumer_id" in made.columns:
            made = made.with_columns(pseudonyms.numbered(made["consumer_id"]).names)
        kept = treated(made, treatments_of(mapping, plan), pseudonyms).drop(SOURCE_ROW, strict=False)
        if "meter_id" in kept.columns:
            kept = kept.with_columns(pl.col("meter_id").cast(pl.String).map_elements(masked, return_dtype=pl.String))
        rows = [[_text(value) for value in row] for row in kept.rows()]
        shown.append({"table": mapping.table, "columns": kept.columns, "rows": rows})
    return shown


def _metadata(told: Mapping[str, Any]) -> FileMetadata:
    lists: dict[str, Any] = {"columns": tuple(told["columns"]), "parts": tuple(map(_metadata, told["parts"]))}
    return FileMetadata(**{**told, **lists})


def _suggestion(told: Mapping[str, Any]) -> Suggestion:
    return Suggestion(tuple(map(_file, told["files"])))


def _file(told: Mapping[str, Any]) -> FileSuggestion:
    lists: dict[str, Any] = {name: tuple(told[name]) for name in ("evidence", "wide_columns")}
    lists["columns"] = tuple(map(_column, told["columns"]))
    return FileSuggestion(**{**told, **lists})


def _column(told: Mapping[str, Any]) -> ColumnSuggestion:
    lists: dict[str, Any] = {name: tuple(told[name]) for name in ("evidence", "formats")}
    lists["alternatives"] = tuple(Alternative(**one) for one in told["alternatives"])
    lists["words"] = frozenset(told["words"])
    return ColumnSuggestion(**{**told, **lists})


def _plain(value: Any) -> Any:
    """Return plain JSON values: of a set a list in order."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, cast("frozenset[Any]", value)))
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in cast("list[Any]", value)]
    return value
