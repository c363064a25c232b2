"""What an import would do, before it does it: tables, profile, personal data. Rule of the room: compute nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from powertheft.actions.known_profiles import known_profiles
from powertheft.domain.errors import ChoiceError, ProfileError
from powertheft.domain.files import FileMetadata
from powertheft.domain.profiles import Profile, TableMapping
from powertheft.domain.quality import Repair
from powertheft.domain.tables import TABLES
from powertheft.privacy.personal import PersonalColumn, find_personal
from powertheft.privacy.remarks import REMARKS, is_free_text, share_of_remarks
from powertheft.privacy.treating import Treatment, check_treatment, proposed
from powertheft.profiles.adapting import adapt_profile
from powertheft.profiles.loading import load_profile
from powertheft.profiles.proposing import propose
from powertheft.profiles.recognising import recognise
from powertheft.profiles.settling import settle_lazily
from powertheft.profiles.styles import Notes
from powertheft.profiles.suggesting import suggest
from powertheft.profiles.suggestion import Suggestion
from powertheft.quality.recipes import check_recipe
from powertheft.sources.files import ANY
from powertheft.sources.tables import SourceTable

HEAD_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """What the user says of an import; what is left open is recognised or proposed.

    `keep` gives the reason for each personal column that stays as it is; `drop` and `pseudonymise` name columns;
    `repairs` are steps that mend rows beyond those that every import takes.
    """

    profile: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    keep: Mapping[str, str] = field(default_factory=dict[str, str])
    drop: tuple[str, ...] = ()
    pseudonymise: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class Personal:
    """A column of a file that identifies people, how that was found, and what becomes of it."""

    file: str
    column: str
    what: str
    how_found: str
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class Plan:
    """The tables by the names that the profile gives their files, the settled profile, and what is personal in them.

    `how` says where the profile comes from: "named", "recognised" or "suggested"; `suggestion` is there for the last.
    `unsettled` is the profile before the files decided what it leaves open.
    """

    tables: Mapping[str, SourceTable]
    profile: Profile
    how: str
    personal: tuple[Personal, ...]
    notes: Mapping[str, tuple[str, ...]]
    suggestion: Suggestion | None = None
    repairs: tuple[Repair, ...] = ()
    unsettled: Profile | None = None

    def treatments(self, file: str) -> dict[str, Treatment]:
        """Return what becomes of the personal columns of one file."""
        return {found.column: found.treatment for found in self.personal if found.file == file}


def plan_import(
    opened: Sequence[SourceTable], *, choices: ImportChoices, profiles: Path, held: Collection[str] = ()
) -> Plan:
    """Say what an import of opened tables would do; `profiles` is the folder of confirmed profiles.

    `held` are the tables of the version that is added to: they need not come again.
    """
    check_recipe(choices.repairs)
    heads = {table.stem: table.frame.head(HEAD_ROWS).collect() for table in opened}
    profile, how, suggestion = _profile_of(heads, choices, known_profiles(profiles))
    profile = adapt_profile(profile, choices.mapping)
    needed = tuple(replace(table, required=table.required and table.table not in held) for table in profile.tables)
    profile = replace(profile, tables=needed)
    tables = _named(opened, profile)
    settled, notes = _settled(profile, tables, every_row=False)
    personal = _personal_columns(tables, heads, choices=choices, profile=settled)
    said = {"": tuple(note for table in opened for note in table.notes), **notes}
    return Plan(tables, settled, how, personal, said, suggestion, choices.repairs, profile)


def settled_by_every_row(plan: Plan) -> Plan:
    """Return the plan with formats and styles that every row agrees with, where the first rows were trusted before."""
    if plan.unsettled is None:
        return plan
    settled, notes = _settled(plan.unsettled, plan.tables, every_row=True)
    return replace(plan, profile=settled, notes={**plan.notes, **notes})


def _settled(profile: Profile, tables: Mapping[str, SourceTable], *, every_row: bool) -> tuple[Profile, Notes]:
    frames = {name: table.frame for name, table in tables.items()}
    return settle_lazily(profile, frames, metadata_of(tables), every_row=every_row)


def metadata_of(tables: Mapping[str, SourceTable]) -> dict[str, FileMetadata]:
    """Return what is known of each table as if it were one file."""
    return {name: table.metadata for name, table in tables.items()}


def _profile_of(
    heads: Mapping[str, pl.DataFrame], choices: ImportChoices, known: Sequence[Profile]
) -> tuple[Profile, str, Suggestion | None]:
    if choices.profile is not None:
        return (
            next((one for one in known if one.name == choices.profile), None) or load_profile(choices.profile),
            "named",
            None,
        )
    found = recognise({stem: head.columns for stem, head in heads.items()}, known)
    if found is not None:
        return found, "recognised", None
    suggestion = suggest(heads, profiles=known)
    return propose(suggestion, "suggested"), "suggested", suggestion


def _named(opened: Sequence[SourceTable], profile: Profile) -> dict[str, SourceTable]:
    """Return the tables by the names that the profile gives their files."""
    found: dict[str, SourceTable] = {}
    for file in profile.files():
        matches = [table for table in opened if file == ANY or table.stem.casefold() == file.casefold()]
        if len(matches) > 1:
            names = ", ".join(table.metadata.name for table in matches)
            raise ProfileError(
                f"the profile {profile.name} reads one file for {file}, and there are {len(matches)}: {names}",
                advice="Give the file itself instead of its folder.",
            )
        if matches:
            found[file] = matches[0]
    return found


def _personal_columns(
    tables: Mapping[str, SourceTable],
    heads: Mapping[str, pl.DataFrame],
    *,
    choices: ImportChoices,
    profile: Profile,
) -> tuple[Personal, ...]:
    found = {
        (name, column.column): column for name, table in tables.items() for column in find_personal(heads[table.stem])
    }
    found = {**_remarks(tables, heads, profile), **found}
    asked = {*choices.keep, *choices.drop, *choices.pseudonymise}
    columns = {(name, column) for name, table in tables.items() for column in heads[table.stem].columns}
    strange = asked - {column for _, column in columns}
    if strange:
        raise ChoiceError(f"there is no column {min(strange)} in the files", advice="Name it as the file does.")
    ours = {(table.file, source) for table in profile.tables for source in _identifying(table)}
    wanted = sorted(({place for place in columns if place[1] in asked} | set(found)) - ours)
    return tuple(_decided(name, column, found.get((name, column)), choices) for name, column in wanted)


def _remarks(
    tables: Mapping[str, SourceTable], heads: Mapping[str, pl.DataFrame], profile: Profile
) -> dict[tuple[str, str], PersonalColumn]:
    """The columns of free text among those that would be read as codes, whatever stands in them."""
    along = [
        (mapping.file, column)
        for mapping in profile.tables
        for column in _read_as_codes(mapping)
        if mapping.file in tables and column in heads[tables[mapping.file].stem].columns
    ]
    texts = {(file, column): heads[tables[file].stem][column] for file, column in along}
    return {
        place: PersonalColumn(place[1], REMARKS, "values", share_of_remarks(text))
        for place, text in texts.items()
        if is_free_text(text)
    }


def _read_as_codes(mapping: TableMapping) -> list[str]:
    kinds = {column.name: column.kind for column in TABLES[mapping.table].columns}
    ours = [mapped for mapped in mapping.columns if not mapped.codes and not mapped.valid]
    along = [
        mapping.attribute_sources.get(name, name) for name, kind in mapping.attributes.items() if kind == "category"
    ]
    return along + [source for mapped in ours if kinds.get(mapped.target) == "category" for source in mapped.sources]


def _identifying(table: TableMapping) -> tuple[str, ...]:
    """The columns that are pseudonymised whatever anybody says: the consumer's number."""
    mapped = table.column("consumer_id")
    return mapped.sources if mapped else ()


def _decided(file: str, column: str, found: PersonalColumn | None, choices: ImportChoices) -> Personal:
    what = found.what if found else "named by the user"
    treatment = proposed(what)
    if column in choices.keep:
        treatment = Treatment(what, "keep", choices.keep[column])
    elif column in choices.pseudonymise:
        treatment = Treatment(what, "pseudonymise")
    elif column in choices.drop:
        treatment = Treatment(what, "drop")
    check_treatment(column, treatment)
    return Personal(file, column, what, found.how if found else "user", treatment)
