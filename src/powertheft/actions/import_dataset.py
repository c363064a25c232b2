"""Make an immutable version of a dataset from a utility's files. Rule of the room: compute nothing themselves.

Three passes, each in bounded memory: what only whole columns can tell (the plan), batch by batch into our columns with
pseudonyms (nothing personal is written after that), range by range of consumers in order, checked, into the version.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from powertheft import __version__
from powertheft.actions.house import House
from powertheft.actions.plan_import import ImportChoices, Plan, metadata_of, plan_import
from powertheft.actions.ports import NewVersion, RegisteredVersion
from powertheft.actions.progress import Progress, no_progress
from powertheft.datasets.partitioning import ROWS_A_PART, Partitioner
from powertheft.datasets.reading import Version
from powertheft.datasets.writing import write_version
from powertheft.domain.datasets import (
    Manifest,
    ManifestBase,
    PrivacyChoice,
    Recipe,
    SourceRecord,
    check_dataset_name,
)
from powertheft.domain.errors import ChoiceError, InputError
from powertheft.domain.profiles import Profile, TableMapping
from powertheft.domain.quality import QualityReport, Repair
from powertheft.domain.tables import SOURCE_ROW, TABLES, CanonicalTable, UnknownCode
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.privacy.thresholds import LONGEST_CODE
from powertheft.privacy.treating import Treatment, treated, vault_records
from powertheft.profiles.batches import cast_batch, exchange_notes, exchanged_dates, merge_unknown
from powertheft.profiles.ordering import in_order
from powertheft.profiles.serialising import profile_to_json
from powertheft.profiles.settling import present_tables
from powertheft.profiles.wide import rows_at_once
from powertheft.quality.checking import check_part
from powertheft.quality.merging import PartReport, merge_reports
from powertheft.quality.recipes import default_recipe
from powertheft.quality.summaries import merge_summaries, summary_from_json
from powertheft.sources.places import absolute
from powertheft.sources.tables import SourceTable, open_tables

CONSUMER = "consumer_id"
HEX_DIGITS = 8
LAST_ROW = 2**62

Data = Path | str | Sequence[Path | str]
Confirm = Callable[[Plan], bool]


@dataclass(frozen=True, slots=True)
class Imported:
    """The version that holds what was imported, whether it is new, the plan that was followed, what was found."""

    version: RegisteredVersion
    is_new: bool
    plan: Plan
    quality: QualityReport


@dataclass(slots=True)
class _Seen:
    """What the second pass notices of one table."""

    unknown: list[UnknownCode] = field(default_factory=list[UnknownCode])
    exchanged: dict[str, int] = field(default_factory=dict[str, int])
    rows: int = 0
    without_number: int = 0


def import_dataset(
    house: House,
    data: Data,
    *,
    name: str,
    choices: ImportChoices | None = None,
    confirm: Confirm = lambda _plan: True,
    progress: Progress = no_progress,
) -> Imported:
    """Import what is named as the next version of a dataset; where its content is that of the last one, none is made.

    `confirm` is shown the plan before anything is kept; where it says no, ChoiceError is raised and nothing is.
    """
    check_dataset_name(name)
    with house.scratch() as scratch:
        progress("looking at the files", 0.0)
        chosen = choices or ImportChoices()
        opened = open_tables(data, scratch=scratch / "sources")
        plan = plan_import(opened, choices=chosen, profiles=house.home.profiles)
        if not confirm(plan):
            raise ChoiceError("the import was not confirmed; nothing was kept", advice="Say --yes, or name a profile.")
        return follow_plan(house, plan, name=name, scratch=scratch, progress=progress)


def follow_plan(house: House, plan: Plan, *, name: str, scratch: Path, progress: Progress = no_progress) -> Imported:
    """Carry a plan out and register the version; where nothing has changed the folder goes again."""
    last = house.last_version(name)
    with house.new_version(name) as folder:
        with persons_kept_beside(house, plan):
            manifest, report = write_planned(
                house, plan, folder=house.home.datasets / folder, scratch=scratch, last=last, progress=progress
            )
        version, is_new = register(house, name, folder=folder, manifest=manifest)
    progress("imported", 1.0)
    return Imported(version, is_new, plan, report)


def write_planned(
    house: House,
    plan: Plan,
    *,
    folder: Path,
    scratch: Path,
    before: Version | None = None,
    last: Version | None = None,
    progress: Progress = no_progress,
) -> tuple[Manifest, QualityReport]:
    """Write the version folder of a plan, whole or not at all; with `before`, the new rows are added to that version's.

    With `last` the quality report says what has shifted since that version. Nothing is registered.
    """
    pseudonyms = Pseudonyms(house.key())
    mappings = present_tables(
        plan.profile, {name: table.frame for name, table in plan.tables.items()}, metadata_of(plan.tables)
    )
    rows = max((plan.tables[mapping.file].rows for mapping in mappings), default=0)
    rows += max(before.manifest.rows.values(), default=0) if before else 0
    partitioner = Partitioner(scratch / "parts", even_boundaries(rows))
    seen = {mapping.table: _cast(mapping, plan, pseudonyms=pseudonyms, partitioner=partitioner) for mapping in mappings}
    seen |= {name: _Seen() for name in before.tables if name not in seen} if before else {}
    progress("checking every row", 0.5)
    reports: list[PartReport] = []
    usual = default_recipe(seen)
    repairs = (*usual, *(step for step in plan.repairs if step not in usual))
    parts = _checked(_with_before(partitioner, before, scratch), plan, seen=seen, repairs=repairs, reports=reports)
    recipe = recipe_of(plan, repairs=repairs, key_id=pseudonyms.key_id, before=before)
    found: list[QualityReport] = []

    def base() -> ManifestBase:
        summary = merge_summaries(part.summary for part in reports)
        compared = summary_from_json(last.summary) if last else None
        found.append(merge_reports(reports, last=compared, summary=summary))
        return ManifestBase(recipe, found[0].to_json(), summary.to_json())

    manifest = write_version(folder, parts, manifest_base=base)
    return manifest, found[0]


def even_boundaries(rows: int, *, rows_a_part: int = ROWS_A_PART) -> tuple[str, ...]:
    """Return where parts begin: pseudonyms are spread evenly, so equal stretches of them are parts of equal size.

    Examples
    --------
    >>> even_boundaries(2_500_000)
    ('55555555', 'aaaaaaaa')
    """
    parts = -(-rows // rows_a_part)
    return tuple(f"{part * 16**HEX_DIGITS // parts:0{HEX_DIGITS}x}" for part in range(1, parts))


def _with_before(partitioner: Partitioner, before: Version | None, scratch: Path) -> Iterator[dict[str, pl.DataFrame]]:
    """Give the parts with the rows of the version that is added to; what only the one of them holds stays empty."""
    if before is None:
        yield from partitioner.parts()
        return
    old = Partitioner(scratch / "before", partitioner.boundaries)
    _add_before(before, old)
    for new, known in zip(partitioner.parts(), old.parts(), strict=True):
        yield {
            name: pl.concat([part[name] for part in (new, known) if name in part], how="diagonal_relaxed")
            for name in {**known, **new}
        }


def _add_before(before: Version, partitioner: Partitioner) -> None:
    for table, frame in before.tables.items():
        for batch in frame.collect_batches(maintain_order=True):
            # What is new comes first where both name a consumer.
            partitioner.add(
                table, batch.drop("sequence", strict=False).with_columns(pl.lit(LAST_ROW).alias(SOURCE_ROW))
            )


def _cast(mapping: TableMapping, plan: Plan, *, pseudonyms: Pseudonyms, partitioner: Partitioner) -> _Seen:
    """Take one table through the second pass: our columns, pseudonyms for numbers, nothing else of a person."""
    source, seen = plan.tables[mapping.file], _Seen()
    treatments = plan.treatments(mapping.file)
    names = {name: mapping.attribute_sources.get(name, name) for name in mapping.attributes}
    for batch in batches(source, mapping):
        made, unknown = cast_batch(mapping, batch, source.metadata, source.metadata.first_row + seen.rows)
        seen.rows += batch.height
        seen.unknown += [without_persons(code) for code in unknown]
        for column, count in exchanged_dates(mapping, made).items():
            seen.exchanged[column] = seen.exchanged.get(column, 0) + count
        if CONSUMER in made.columns:
            seen.without_number += made[CONSUMER].null_count()
            made = made.with_columns(pseudonyms.of(made[CONSUMER]))
        ours = {name: treatments[column] for name, column in names.items() if column in treatments}
        ours |= _treated_words(mapping, treatments)
        partitioner.add(mapping.table, treated(made, ours, pseudonyms))
    if seen.rows and seen.without_number == seen.rows:
        raise InputError(
            "holds no consumer's number at all",
            file=source.metadata.name,
            column=numbers_column(mapping),
            advice="Name the right column with --map consumer_id=COLUMN, or export it again.",
        )
    return seen


def _treated_words(mapping: TableMapping, treatments: Mapping[str, Treatment]) -> dict[str, Treatment]:
    """What becomes of our own columns of words, and of the position, where they are read from a personal column."""
    kinds = {column.name: column.kind for column in TABLES[mapping.table].columns}
    found = {mapped.target: treatments.get(source) for mapped in mapping.columns for source in mapped.sources}
    return {
        target: treatment
        for target, treatment in found.items()
        if treatment is not None
        # Places may look like addresses and names, and the profile knows better.
        if (kinds.get(target) == "category" and treatment.what not in {"address", "name", "person"})
        or (target == "position" and treatment.how == "round")
    }


def without_persons(code: UnknownCode) -> UnknownCode:
    """Return unknown words without those that may be a name or a number that slipped; their rows lead to them."""
    return replace(code, words=tuple(word for word in code.words if len(word) <= LONGEST_CODE))


def batches(source: SourceTable, mapping: TableMapping) -> Iterator[pl.DataFrame]:
    """Give the columns of a file that a table needs, a batch of rows at a time."""
    columns = source.frame.collect_schema().names()
    needed = {column for mapped in mapping.columns for column in mapped.sources}
    needed |= {mapping.attribute_sources.get(name, name) for name in mapping.attributes}
    wanted = columns if mapping.wide else [column for column in columns if column in needed]
    scan = source.frame.select(wanted)
    yield from scan.collect_batches(chunk_size=rows_at_once(mapping, columns), maintain_order=True)


def _checked(
    found: Iterator[Mapping[str, pl.DataFrame]],
    plan: Plan,
    *,
    seen: Mapping[str, _Seen],
    repairs: Sequence[Repair],
    reports: list[PartReport],
) -> Iterator[Mapping[str, pl.DataFrame]]:
    """Give the parts as they go into the version, and keep what was found in each."""
    for number, part in enumerate(found):
        tables = {name: _table(name, frame, plan, seen[name], first=number == 0) for name, frame in part.items()}
        checked, report = check_part(tables, plan.profile, present=seen, recipe=repairs)
        reports.append(report)
        yield {name: table.frame for name, table in checked.items()}


def _table(name: str, frame: pl.DataFrame, plan: Plan, seen: _Seen, *, first: bool) -> CanonicalTable[pl.DataFrame]:
    """One table of a part; what was noticed of the whole is told with the first."""
    mapping = plan.profile.table(name)
    ordered = in_order(frame, TABLES[name], has_own_sequence=bool(mapping and mapping.column("sequence")))
    attributes = dict(mapping.attributes) if mapping else {}
    file = plan.tables[mapping.file].metadata.name if mapping and mapping.file in plan.tables else name
    notes = (*plan.notes.get(name, ()), *exchange_notes(seen.exchanged)) if first else ()
    return CanonicalTable(name, ordered, file, attributes, merge_unknown(seen.unknown) if first else (), notes)


def recipe_of(plan: Plan, *, repairs: Sequence[Repair], key_id: str, before: Version | None = None) -> Recipe:
    """Return all that it takes to make the version again."""
    return Recipe(
        sources=tuple(
            SourceRecord(absolute(part.path), part.sha256, part.size, part.format, part.encoding)
            for table in plan.tables.values()
            for part in table.parts
        ),
        profile=profile_to_json(plan.profile),
        repairs=tuple(repair.to_json() for repair in repairs),
        privacy=tuple(
            PrivacyChoice(found.file, found.column, found.what, found.treatment.how, found.treatment.reason)
            for found in plan.personal
        ),
        key_id=key_id,
        code_version=__version__,
        choices={} if before is None else {"added_to": before.manifest.content_hash},
    )


def numbers_column(mapping: TableMapping) -> str:
    """Return the column of a file that holds the consumers' numbers."""
    mapped = mapping.column(CONSUMER)
    return mapped.sources[0] if mapped and mapped.sources else ""


@contextmanager
def persons_kept_beside(house: House, plan: Plan) -> Generator[None]:
    """Fill the vault on another core meanwhile; done at the end, or given up where what is beside it fails.

    The vault only gains by it: a number that leads to no dataset yet is found again by the next import.
    """
    given_up: list[bool] = []
    # Made here where it is the first time, or both sides would make one.
    house.key()
    with ThreadPoolExecutor(1) as beside:
        kept = beside.submit(keep_persons, house, plan, is_given_up=lambda: bool(given_up))
        try:
            yield
            kept.result()
        finally:
            given_up.append(True)


def keep_persons(house: House, plan: Plan, *, is_given_up: Callable[[], bool] = lambda: False) -> None:
    """Put what identifies a person into the vault: numbers, and the names, addresses and so on that were dropped."""
    vault = house.vault()
    pseudonyms = Pseudonyms(house.key())
    for mapping in _persons_tables(plan.profile):
        if mapping.file not in plan.tables:
            continue
        number = numbers_column(mapping)
        columns = {found.column: found.what for found in plan.personal if found.file == mapping.file}
        frame = plan.tables[mapping.file].frame.select(number, *(name for name in columns if name != number))
        for records in vault_records(frame.collect_batches(maintain_order=True), number, columns):
            if is_given_up():
                return
            numbers = pl.Series([record["number"] for record in records], dtype=pl.String)
            vault.put(pseudonyms.of(numbers).to_list(), records)


def _persons_tables(profile: Profile) -> list[TableMapping]:
    """The table with a row a consumer; where there is none, every table that names consumers."""
    naming = [table for table in profile.tables if table.column(CONSUMER)]
    masters = [table for table in naming if table.table == "consumers"]
    return masters or naming


def new_version(folder: Path, manifest: Manifest) -> NewVersion:
    """Return what the register is told of a version that was written."""
    return NewVersion(
        content_hash=manifest.content_hash,
        folder=folder.as_posix(),
        rows=manifest.rows,
        recipe=manifest.recipe.to_json(),
        key_id=manifest.recipe.key_id,
    )


def register(house: House, name: str, *, folder: Path, manifest: Manifest) -> tuple[RegisteredVersion, bool]:
    """Register a version that was written; where the last one has the same content, that one is returned."""
    new = new_version(folder, manifest)
    with house.store.begin(house.actor) as work:
        known = work.datasets.list_versions(name) if name in work.datasets.list_datasets() else ()
        if known and known[-1].content_hash == new.content_hash:
            return known[-1], False
        return work.datasets.add_version(name, new), True
