"""From files to the canonical tables. Rule of the room: a utility is described in data, never in code.

A table comes out sorted by its key, and rows that share a key by what they hold, so that neither the order of a file's
rows nor the order or names of its columns changes anything that follows.
"""

import polars as pl

from powertheft.domain.files import FileMetadata
from powertheft.domain.profiles import Profile, TableMapping
from powertheft.domain.tables import TABLES, CanonicalTable
from powertheft.profiles.batches import TYPES, cast_batch, exchange_notes, exchanged_dates
from powertheft.profiles.ordering import in_order
from powertheft.profiles.settling import Files, is_present, settle
from powertheft.profiles.styles import settle_styles

__all__ = ["TYPES", "canonical_tables"]


def canonical_tables(profile: Profile, files: Files) -> dict[str, CanonicalTable[pl.DataFrame]]:
    """Return the canonical tables that a profile makes of the files read (file stem -> frame and metadata).

    A table that is not required is absent where its file, or its label column, is. Raises ProfileError where a named
    column is missing, InputError at the first cell that is not what its column should hold.
    """
    settled, notes = settle(profile, files)
    present = {table.table for table in settled.tables if is_present(table, files)}
    settled, doubts = settle_styles(settled, {stem: frame.lazy() for stem, (frame, _) in files.items()})
    return {
        table.table: _build(
            table,
            *files[table.file],
            notes=(*notes.get(table.table, ()), *doubts.get(table.table, ())),
            date_formats=profile.date_formats,
        )
        for table in settled.tables
        if table.table in present
    }


def _build(
    mapping: TableMapping,
    frame: pl.DataFrame,
    metadata: FileMetadata,
    *,
    notes: tuple[str, ...],
    date_formats: tuple[str, ...],
) -> CanonicalTable[pl.DataFrame]:
    table = TABLES[mapping.table]
    made, unknown = cast_batch(mapping, frame, metadata, metadata.first_row, date_formats=date_formats)
    notes = (*notes, *exchange_notes(exchanged_dates(mapping, made)))
    whole = [made]
    del made
    # Handed over, so that each column can be let go once it is in order.
    ordered = in_order(whole.pop(), table, has_own_sequence=mapping.column("sequence") is not None)
    return CanonicalTable(table.name, ordered, metadata.name, dict(mapping.attributes), unknown, notes)
