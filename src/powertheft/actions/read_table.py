"""The second pass of an import: a table's rows, batch by batch, into our columns with pseudonyms for numbers.

Nothing personal is written after it. Rule of the room: compute nothing themselves.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from powertheft.actions.keep_persons import CONSUMER, Keeper, numbers_column
from powertheft.actions.plan_import import Plan
from powertheft.actions.progress import Progress, no_progress
from powertheft.datasets.partitioning import Partitioner
from powertheft.domain.errors import InputError
from powertheft.domain.profiles import TableMapping
from powertheft.domain.tables import TABLES, UnknownCode
from powertheft.domain.threads import beside
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.privacy.thresholds import LONGEST_CODE
from powertheft.privacy.treating import Treatment, treated
from powertheft.profiles.batches import cast_batch, cast_consumers, exchanged_dates
from powertheft.profiles.wide import rows_at_once
from powertheft.sources.tables import SourceTable


@dataclass(slots=True)
class Seen:
    """What the second pass notices of one table."""

    unknown: list[UnknownCode] = field(default_factory=list[UnknownCode])
    exchanged: dict[str, int] = field(default_factory=dict[str, int])
    rows: int = 0
    without_number: int = 0


def read_table(
    mapping: TableMapping,
    plan: Plan,
    partitioner: Partitioner,
    *,
    pseudonyms: Pseudonyms,
    keeper: Keeper | None = None,
    progress: Progress = no_progress,
) -> Seen:
    """Take one table through the second pass: our columns, pseudonyms for numbers, nothing else of a person.

    The keeper, if there is one, hears who they are.
    """
    source, seen = plan.tables[mapping.file], Seen()
    ours = treatments_of(mapping, plan)
    with beside(partitioner.add) as add:
        for batch in batches(source, mapping, also=keeper.columns(mapping) if keeper else ()):
            progress(f"reading {source.metadata.name}", min(seen.rows / max(source.rows, 1), 1.0))
            first_row = source.metadata.first_row + seen.rows
            made, unknown = cast_batch(mapping, batch, source.metadata, first_row)
            seen.rows += batch.height
            seen.unknown += [without_persons(code) for code in unknown]
            for column, count in exchanged_dates(mapping, made).items():
                seen.exchanged[column] = seen.exchanged.get(column, 0) + count
            if CONSUMER in made.columns:
                seen.without_number += made[CONSUMER].null_count()
                consumers = pseudonyms.numbered(made[CONSUMER])
                made = made.with_columns(consumers.names)
                if keeper and mapping.wide:
                    consumers = pseudonyms.numbered(cast_consumers(mapping, batch, source.metadata, first_row))
                if keeper:
                    keeper.hear(mapping, batch, consumers)
            add(mapping.table, treated(made, ours, pseudonyms))
    if seen.rows and seen.without_number == seen.rows:
        raise InputError(
            "holds no consumer's number at all",
            file=source.metadata.name,
            column=numbers_column(mapping),
            advice="Name the right column with --map consumer_id=COLUMN, or export it again.",
        )
    return seen


def treatments_of(mapping: TableMapping, plan: Plan) -> dict[str, Treatment]:
    """Return what becomes of a table's columns, by the names that they have once they are ours."""
    treatments = plan.treatments(mapping.file)
    sources = {name: mapping.attribute_sources.get(name, name) for name in mapping.attributes}
    ours = {name: treatments[column] for name, column in sources.items() if column in treatments}
    return ours | _treated_words(mapping, treatments)


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


def batches(source: SourceTable, mapping: TableMapping, *, also: Collection[str] = ()) -> Iterator[pl.DataFrame]:
    """Give the columns of a file that a table needs, and others that are asked for, a batch of rows at a time."""
    columns = source.frame.collect_schema().names()
    needed = {*also, *(column for mapped in mapping.columns for column in mapped.sources)}
    needed |= {mapping.attribute_sources.get(name, name) for name in mapping.attributes}
    wanted = columns if mapping.wide else [column for column in columns if column in needed]
    scan = source.frame.select(wanted)
    yield from scan.collect_batches(chunk_size=rows_at_once(mapping, columns), maintain_order=True)
