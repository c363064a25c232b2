"""A dataset version, written whole or not at all. Rule of the room: a version never changes.

manifest.json            content hash, tables with their columns and files, recipe, sum of every other file
manifest.sha256          the sum of the manifest itself
profile.json             the settled profile that the sources were read through
quality.json             the quality report of the whole
summary.json             counts of every column, which the next version is compared with
tables/<table>/part-00000.parquet, ...   the rows in the order of the table's key
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from powertheft.datasets.content import ContentHash
from powertheft.datasets.disk import system_errors
from powertheft.datasets.types import canonical_types, check_shape, content_types, schema_of
from powertheft.domain.datasets import ColumnRecord, Manifest, ManifestBase, TableRecord
from powertheft.domain.folders import new_folder
from powertheft.domain.tables import SOURCE_ROW
from powertheft.domain.threads import beside

FORMAT, FORMAT_VERSION = "powertheft dataset version", 1
MANIFEST, MANIFEST_SUM = "manifest.json", "manifest.sha256"
PROFILE, QUALITY, SUMMARY = "profile.json", "quality.json", "summary.json"
LIBRARIES = ("powertheft", "polars")
ROWS_A_GROUP = 131_072


@dataclass(slots=True, eq=False)
class _Tables:
    """The tables of a version while they are written, part by part."""

    folder: Path
    content: ContentHash = field(default_factory=ContentHash)
    columns: dict[str, tuple[ColumnRecord, ...]] = field(default_factory=dict[str, tuple[ColumnRecord, ...]])
    files: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def write_part(self, part: Mapping[str, pl.DataFrame]) -> None:
        for table in sorted(part):
            self.write(table, part[table])

    def write(self, table: str, frame: pl.DataFrame) -> None:
        frame = canonical_types(frame.drop(SOURCE_ROW, strict=False))
        if table not in self.columns:
            check_shape(table, frame)
            self.columns[table] = tuple(ColumnRecord(name, kind) for name, kind in content_types(frame).items())
            self.files[table] = []
        names = [column.name for column in self.columns[table]]
        # Both leave Python's lock alone most of the time.
        with ThreadPoolExecutor(1) as beside:
            hashed = beside.submit(self.content.update, table, frame)
            if frame.height:
                self._write_file(table, frame.select(names))
            hashed.result()

    def finish(self) -> dict[str, TableRecord]:
        rows = self.content.rows()
        for table in [table for table, files in self.files.items() if not files]:
            self._write_file(table, schema_of(self.columns[table]).to_frame())
        return {
            table: TableRecord(rows[table], self.columns[table], tuple(self.files[table])) for table in sorted(rows)
        }

    def _write_file(self, table: str, frame: pl.DataFrame) -> None:
        name = f"tables/{table}/part-{len(self.files[table]):05d}.parquet"
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path, compression="zstd", compression_level=1, row_group_size=ROWS_A_GROUP)
        self.files[table].append(name)


def write_version(
    folder: Path, parts: Iterable[Mapping[str, pl.DataFrame]], *, manifest_base: Callable[[], ManifestBase]
) -> Manifest:
    """Write a version from its parts: ranges of consumers in order, each table in the order of its key.

    `manifest_base` is asked after the last part, when the quality of the whole is known. Raises OutputError where it
    cannot be written, or something is in its place already; nothing is left behind then.
    """
    with new_folder(folder) as partial, system_errors():
        tables = _Tables(partial)
        with beside(tables.write_part) as write:
            for part in parts:
                write(part)
        records, base = tables.finish(), manifest_base()
        _write_json(partial / PROFILE, base.recipe.profile)
        _write_json(partial / QUALITY, base.quality)
        _write_json(partial / SUMMARY, base.summary)
        manifest = Manifest(
            content_hash=tables.content.hexdigest(),
            created_at=base.created_at or datetime.now(UTC).isoformat(timespec="seconds"),
            versions={library: version(library) for library in LIBRARIES},
            tables=records,
            sha256=_sums(partial),
            recipe=base.recipe,
        )
        _write_json(partial / MANIFEST, {"format": FORMAT, "format_version": FORMAT_VERSION, **manifest.to_json()})
        (partial / MANIFEST_SUM).write_bytes(sum_line((partial / MANIFEST).read_bytes()))
    return manifest


def sum_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sum_line(manifest: bytes) -> bytes:
    """Return what the file beside the manifest says of it."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


def _sums(folder: Path) -> dict[str, str]:
    files = sorted(found for found in folder.rglob("*") if found.is_file())
    return {found.relative_to(folder).as_posix(): sum_of(found) for found in files}


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")
