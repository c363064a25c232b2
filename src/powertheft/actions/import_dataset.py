"""Make an immutable version of a dataset from a utility's files. Rule of the room: compute nothing themselves.

Three passes, each in bounded memory: what only whole columns can tell (the plan), batch by batch into our columns with
pseudonyms (nothing personal is written after that), range by range of consumers in order, checked, into the version.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from powertheft import __version__
from powertheft.actions.house import House
from powertheft.actions.keep_persons import Keeper, persons_kept
from powertheft.actions.plan_import import ImportChoices, Plan, metadata_of, plan_import, settled_by_every_row
from powertheft.actions.ports import NewVersion, RegisteredVersion
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.read_table import Seen, read_table
from powertheft.actions.watch_request import ask_to_watch
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
from powertheft.domain.profiles import TableMapping
from powertheft.domain.quality import QualityReport, Repair
from powertheft.domain.tables import SOURCE_ROW, TABLES, CanonicalTable
from powertheft.domain.threads import ahead
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.profiles.batches import exchange_notes, merge_unknown
from powertheft.profiles.ordering import in_order
from powertheft.profiles.serialising import profile_to_json
from powertheft.profiles.settling import present_tables
from powertheft.quality.checking import Tables, check_part
from powertheft.quality.merging import PartReport, merge_reports
from powertheft.quality.overlapping import with_repairs_known
from powertheft.quality.recipes import default_recipe
from powertheft.quality.summaries import merge_summaries, summary_from_json
from powertheft.sources.places import absolute
from powertheft.sources.tables import open_tables

CONSUMER = "consumer_id"
HEX_DIGITS = 8
LAST_ROW = 2**62
PARTS_AT_ONCE = 2

Data = Path | str | Sequence[Path | str]
Confirm = Callable[[Plan], bool]


@dataclass(frozen=True, slots=True)
class Imported:
    """The version that holds what was imported, whether it is new, the plan that was followed, what was found."""

    version: RegisteredVersion
    is_new: bool
    plan: Plan
    quality: QualityReport


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
    house.check("dataset.import")
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
        with persons_kept(house, plan) as keeper:
            place = house.home.datasets / folder
            manifest, report = write_planned(
                house, plan, folder=place, scratch=scratch, last=last, keeper=keeper, progress=progress
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
    keeper: Keeper | None = None,
    progress: Progress = no_progress,
) -> tuple[Manifest, QualityReport]:
    """Write the version folder of a plan, whole or not at all; with `before`, the new rows are added to that version's.

    With `last` the quality report says what has shifted since that version. Nothing is registered.
    """
    pseudonyms = Pseudonyms(house.key())
    plan, partitioner, seen = _read(
        plan, pseudonyms, scratch=scratch, before=before, keeper=keeper, progress=part_of(progress, 0.0, 0.5)
    )
    seen |= {name: Seen() for name in before.tables if name not in seen} if before else {}
    progress("checking every row", 0.5)
    reports: list[PartReport] = []
    usual = default_recipe(seen)
    repairs = (*usual, *(step for step in plan.repairs if step not in usual))
    read = _with_before(partitioner, before, scratch)
    parts = _checked(
        read, partitioner.count, plan, seen=seen, repairs=repairs, reports=reports, is_added_to=before is not None
    )
    recipe = recipe_of(plan, repairs=repairs, key_id=pseudonyms.key_id, before=before)
    found: list[QualityReport] = []

    def base() -> ManifestBase:
        summary = merge_summaries(part.summary for part in reports)
        compared = summary_from_json(last.summary) if last else None
        found.append(merge_reports(reports, last=compared, summary=summary))
        return ManifestBase(recipe, found[0].to_json(), summary.to_json())

    manifest = write_version(folder, _told(parts, partitioner.count, progress), manifest_base=base)
    return manifest, found[0]


def _told(
    parts: Iterator[Mapping[str, pl.DataFrame]], count: int, progress: Progress
) -> Iterator[Mapping[str, pl.DataFrame]]:
    for number, part in enumerate(parts):
        progress("checking every row", 0.5 + 0.5 * number / max(count, 1))
        yield part


def _read(
    plan: Plan,
    pseudonyms: Pseudonyms,
    *,
    scratch: Path,
    before: Version | None,
    keeper: Keeper | None,
    progress: Progress,
) -> tuple[Plan, Partitioner, dict[str, Seen]]:
    """Take every table through the second pass; the plan comes back, with other styles where the heads misled it."""
    rows = max((plan.tables[mapping.file].rows for mapping in _mappings(plan)), default=0)
    rows += max(before.manifest.rows.values(), default=0) if before else 0
    for attempt in ("parts", "parts again"):
        partitioner = Partitioner(scratch / attempt, even_boundaries(rows))
        try:
            seen = {
                mapping.table: read_table(
                    mapping, plan, partitioner, pseudonyms=pseudonyms, keeper=keeper, progress=told
                )
                for mapping, told in _stretches(_mappings(plan), plan, progress)
            }
        except InputError:
            thorough = settled_by_every_row(plan)
            if thorough.profile == plan.profile:
                raise
            plan = thorough
            continue
        return plan, partitioner, seen
    raise AssertionError("the same plan twice")  # its second attempt returns or raises


def _stretches(
    mappings: Sequence[TableMapping], plan: Plan, progress: Progress
) -> Iterator[tuple[TableMapping, Progress]]:
    """Give each table with its stretch of the progress, as long as it has rows."""
    rows = [max(plan.tables[mapping.file].rows, 1) for mapping in mappings]
    before = 0
    for mapping, its in zip(mappings, rows, strict=True):
        yield mapping, part_of(progress, before / sum(rows), (before + its) / sum(rows))
        before += its


def _mappings(plan: Plan) -> tuple[TableMapping, ...]:
    frames = {name: table.frame for name, table in plan.tables.items()}
    return present_tables(plan.profile, frames, metadata_of(plan.tables))


def even_boundaries(rows: int, *, rows_a_part: int = ROWS_A_PART) -> tuple[str, ...]:
    """Return where parts begin: pseudonyms are spread evenly, so equal stretches of them are parts of equal size.

    Examples
    --------
    >>> even_boundaries(1_250_000)
    ('55555555', 'aaaaaaaa')
    """
    parts = -(-rows // rows_a_part)
    return tuple(f"{part * 16**HEX_DIGITS // parts:0{HEX_DIGITS}x}" for part in range(1, parts))


def _with_before(
    partitioner: Partitioner, before: Version | None, scratch: Path
) -> Callable[[int], dict[str, pl.DataFrame]]:
    """Return what reads a part with the rows of the version added to; what only the one of them holds stays empty."""
    if before is None:
        return partitioner.take
    old = Partitioner(scratch / "before", partitioner.boundaries)
    _add_before(before, old)

    def read(number: int) -> dict[str, pl.DataFrame]:
        new, known = partitioner.take(number), old.take(number)
        return {
            name: pl.concat([part[name] for part in (new, known) if name in part], how="diagonal_relaxed")
            for name in {**known, **new}
        }

    return read


def _add_before(before: Version, partitioner: Partitioner) -> None:
    for table, frame in before.tables.items():
        for batch in frame.collect_batches(maintain_order=True):
            # What is new comes first where both name a consumer.
            partitioner.add(
                table, batch.drop("sequence", strict=False).with_columns(pl.lit(LAST_ROW).alias(SOURCE_ROW))
            )


def _checked(
    read: Callable[[int], Mapping[str, pl.DataFrame]],
    count: int,
    plan: Plan,
    *,
    seen: Mapping[str, Seen],
    repairs: Sequence[Repair],
    reports: list[PartReport],
    is_added_to: bool,
) -> Iterator[Mapping[str, pl.DataFrame]]:
    """Give the parts as they go into the version, and keep what was found in each; the next are checked meanwhile."""

    def check(number: int) -> tuple[Tables, PartReport]:
        part = read(number)
        tables = {name: _table(name, frame, plan, seen[name], first=number == 0) for name, frame in part.items()}
        if is_added_to:
            tables = with_repairs_known(tables, plan.profile, known_row=LAST_ROW, recipe=repairs)
        return check_part(tables, plan.profile, present=seen, recipe=repairs)

    for checked, report in ahead(check, range(count), workers=PARTS_AT_ONCE):
        reports.append(report)
        yield {name: table.frame for name, table in checked.items()}


def _table(name: str, frame: pl.DataFrame, plan: Plan, seen: Seen, *, first: bool) -> CanonicalTable[pl.DataFrame]:
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
    with house.begin() as work:
        known = list(work.datasets.list_versions(name)) if name in work.datasets.list_datasets() else []
        is_new = not known or known[-1].content_hash != new.content_hash
        version = work.datasets.add_version(name, new) if is_new else known[-1]
        house.settle(work, {"dataset": f"{version.dataset}@{version.number}", "is_new": is_new})
        if is_new:
            ask_to_watch(work)
    return version, is_new
