"""A dataset version as it lies on disk. Rule of the room: a version never changes, and is there whole or not at all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from powertheft.datasets.types import schema_of
from powertheft.datasets.writing import (
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    MANIFEST_SUM,
    PROFILE,
    QUALITY,
    SUMMARY,
    sum_line,
    sum_of,
)
from powertheft.domain.datasets import Manifest, manifest_from_json
from powertheft.domain.errors import InputError
from powertheft.domain.folders import all_of, remove_folder

_RESTORE = "Take the version from a backup, or rebuild it with `powertheft dataset rebuild`."


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version: its manifest, and its tables to be scanned, each in the order of its key."""

    folder: Path
    manifest: Manifest
    tables: Mapping[str, pl.LazyFrame]
    profile: Mapping[str, Any]
    quality: Mapping[str, Any]
    summary: Mapping[str, Any]


def read_version(folder: Path, *, verify: bool = False) -> Version:
    """Return the version that lies in a folder; with `verify`, after the sum of every file has been checked.

    Raises InputError where it is not one, is not complete, was written by a newer powertheft, or a byte has changed.
    """
    manifest = read_manifest(folder)
    _check_files(folder, manifest)
    if verify:
        for name, expected in manifest.sha256.items():
            _check_sum(folder, name, expected)
    tables = {
        table: pl.scan_parquet([folder / name for name in record.files], schema=schema_of(record.columns), glob=False)
        for table, record in manifest.tables.items()
    }
    profile, quality, summary = (_small_file(folder, manifest, name) for name in (PROFILE, QUALITY, SUMMARY))
    return Version(folder, manifest, tables, profile, quality, summary)


def read_manifest(folder: Path) -> Manifest:
    """Return what a version says of itself, after the manifest's own sum has been checked."""
    content, line = _content(folder, MANIFEST), _content(folder, MANIFEST_SUM)
    if line != sum_line(content):
        raise _damaged(folder, MANIFEST)
    document = json.loads(content)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError("is not a dataset version", file=folder, advice="Name a folder that an import wrote.")
    if document["format_version"] > FORMAT_VERSION:
        msg = f"was written by a newer powertheft ({document['versions']['powertheft']})"
        raise InputError(msg, file=folder, advice="Update powertheft.")
    return manifest_from_json(document)


def read_consumer(version: Version, consumer_id: str) -> dict[str, pl.DataFrame]:
    """Return everything that a version holds of one consumer, a frame a table that knows consumers."""
    return {
        table: frame.filter(pl.col("consumer_id") == consumer_id).collect()
        for table, frame in version.tables.items()
        if "consumer_id" in frame.collect_schema()
    }


def remove_version(folder: Path) -> None:
    """Remove a version's folder, its name at once; refuse a folder that is none."""
    read_manifest(folder)
    remove_folder(folder)


def _check_files(folder: Path, manifest: Manifest) -> None:
    expected = {*manifest.sha256, MANIFEST, MANIFEST_SUM}
    try:
        found = {path.relative_to(folder).as_posix() for path in all_of(folder) if not path.is_dir()}
    except OSError as error:
        raise _unreadable(folder, error) from error
    for name in sorted(expected - found):
        raise InputError(f"the dataset version is not complete: {name} is missing", file=folder, advice=_RESTORE)
    for name in sorted(found - expected):
        msg = f"the dataset version holds a file that does not belong to it: {name}"
        raise InputError(msg, file=folder, advice="Move that file elsewhere.")


def _check_sum(folder: Path, name: str, expected: str) -> None:
    try:
        found = sum_of(folder / name)
    except OSError as error:
        raise _unreadable(folder / name, error) from error
    if found != expected:
        raise _damaged(folder, name)


def _small_file(folder: Path, manifest: Manifest, name: str) -> dict[str, Any]:
    _check_sum(folder, name, manifest.sha256.get(name, ""))
    return json.loads(_content(folder, name))


def _content(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        what = "is not a dataset version" if folder.exists() else "there is no dataset version here"
        raise InputError(what, file=folder, advice="Name a folder that an import wrote.") from error
    except OSError as error:
        raise _unreadable(folder / name, error) from error


def _damaged(folder: Path, name: str) -> InputError:
    msg = f"the dataset version is damaged: {name} is not as it was written"
    return InputError(msg, file=folder, advice=_RESTORE)


def _unreadable(path: Path, error: OSError) -> InputError:
    msg = f"cannot be read ({error.strerror})"
    return InputError(msg, file=path, advice="Ask for permission to read it, or take it from a backup.")
