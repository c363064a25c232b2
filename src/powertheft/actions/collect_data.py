"""Collect what is new at a utility's own places, once. Rule of the room: compute nothing themselves.

A collection is an entry of HOME/collections.toml: a dataset, a place (folder, bucket or query) and a profile. What has
been collected is set down in the transaction that registers the version: after a crash in the middle the same is
collected again, into a version that nobody has seen.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from powertheft.actions.house import House
from powertheft.actions.import_dataset import new_version, write_planned
from powertheft.actions.keep_persons import persons_kept
from powertheft.actions.plan_import import ImportChoices, Plan, metadata_of, plan_import
from powertheft.actions.ports import HighWaterMark, RegisteredVersion
from powertheft.actions.progress import Progress, no_progress
from powertheft.actions.watch_request import ask_to_watch
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import InputError
from powertheft.profiles.settling import present_tables
from powertheft.sources.addresses import is_database, shown
from powertheft.sources.places import absolute
from powertheft.sources.tables import SourceTable, open_tables

COLLECTIONS = "collections.toml"
MARK = "mark"
_EXAMPLE = '[[collections]] with dataset = "bills", place = "/data/incoming" and profile = "tneb"'


@dataclass(frozen=True, slots=True)
class Collection:
    """Where new data of a dataset come from. A query says `:mark`; `mark` is the column that it is compared with."""

    dataset: str
    place: str
    profile: str
    mark: str = ""
    start: Any = None

    @property
    def source(self) -> str:
        """Return the place without a password: what the high-water mark is kept under."""
        return f"{self.dataset}: {shown(self.place)}"


@dataclass(frozen=True, slots=True)
class Collected:
    """What one collection came to: no version where nothing was new, and the new files that its profile cannot read."""

    collection: Collection
    version: RegisteredVersion | None
    unread: tuple[str, ...] = ()


def read_collections(home: Path) -> list[Collection]:
    """Return the collections that a home folder names."""
    path = home / COLLECTIONS
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise InputError("names no place to collect from", file=path, advice=f"Write {_EXAMPLE}.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError("cannot be read as TOML", file=path, advice=f"Write {_EXAMPLE}.") from error
    strange = min(set(document) - {"collections"}, default="")
    if strange or not document.get("collections"):
        what = f"says {strange!r}, which means nothing here" if strange else "names no place to collect from"
        raise InputError(what, file=path, advice=f"Write {_EXAMPLE}.")
    return [_collection(entry, path) for entry in cast("list[Mapping[str, Any]]", document["collections"])]


def _collection(entry: Mapping[str, Any], path: Path) -> Collection:
    known = set(Collection.__dataclass_fields__)
    strange, missing = set(entry) - known, {"dataset", "place", "profile"} - set(entry)
    if strange or missing:
        what = f"a collection knows no {min(strange)!r}" if strange else f"a collection lacks its {min(missing)}"
        raise InputError(what, file=path, advice=f"Write {_EXAMPLE}.")
    check_dataset_name(entry["dataset"])
    return Collection(**entry)


def collect_once(house: House, *, progress: Progress = no_progress) -> list[Collected]:
    """Collect every place once; each is whole or not collected at all."""
    house.check("dataset.import")
    return [_collect(house, collection, progress=progress) for collection in read_collections(house.home.path)]


def _collect(house: House, collection: Collection, *, progress: Progress) -> Collected:
    with house.read() as work:
        seen = work.marks.get_mark(collection.source)
    before = house.last_version(collection.dataset)
    with house.scratch() as scratch:
        found, mark = _what_is_new(collection, seen, scratch / "sources")
        if not found:
            return Collected(collection, None)
        held = before.tables if before else ()
        choices = ImportChoices(profile=collection.profile)
        plan = plan_import(found, choices=choices, profiles=house.home.profiles, held=held)
        unread = _unread(found, plan)
        names = tuple(sorted(table.metadata.name for table in unread))
        if len(unread) == len(found):
            return Collected(collection, None, names)
        if MARK not in mark:
            # What is not read is not seen: it is asked for again once the profile or its name is mended.
            passed = {absolute(part.path) for table in unread for part in table.parts}
            mark = {"files": {place: content for place, content in mark["files"].items() if place not in passed}}
        with house.new_version(collection.dataset) as folder:
            place = house.home.datasets / folder
            with persons_kept(house, plan) as keeper:
                manifest, _ = write_planned(
                    house, plan, folder=place, scratch=scratch, before=before, last=before, keeper=keeper,
                    progress=progress,
                )  # fmt: skip
            with house.begin() as work:
                version = work.datasets.add_version(collection.dataset, new_version(folder, manifest))
                reference = f"{version.dataset}@{version.number}"
                work.marks.advance(collection.source, mark, version=reference, seen=seen)
                ask_to_watch(work)
    return Collected(collection, version, names)


def _unread(found: Sequence[SourceTable], plan: Plan) -> list[SourceTable]:
    """Return the files of which the profile makes no table."""
    frames = {name: table.frame for name, table in plan.tables.items()}
    mappings = present_tables(plan.profile, frames, metadata_of(plan.tables))
    read = {part.path for mapping in mappings for part in plan.tables[mapping.file].parts}
    return [table for table in found if not any(part.path in read for part in table.parts)]


def _what_is_new(
    collection: Collection, seen: HighWaterMark | None, scratch: Path
) -> tuple[list[SourceTable], dict[str, Any]]:
    """Return the tables of what is new, and the mark that is reached once they are collected."""
    tables = _opened(collection, seen, scratch)
    if is_database(collection.place):
        return tables, {MARK: _highest(tables[0], collection.mark)} if tables else {}
    known = {} if seen is None else dict(seen.mark["files"])
    there = {absolute(part.path): part.sha256 for table in tables for part in table.parts}
    new = sorted(place for place, content in there.items() if known.get(place) != content)
    if len(new) < len(there):
        tables = open_tables(new, scratch=scratch / "new") if new else []
    return tables, {"files": {**known, **there}}


def _opened(collection: Collection, seen: HighWaterMark | None, scratch: Path) -> list[SourceTable]:
    try:
        return open_tables(collection.place, scratch=scratch, parameters=_parameters(collection, seen))
    except InputError as error:
        # An empty folder or an empty result is nothing new, and no fault.
        if "holds no" in error.what:
            return []
        raise


def _parameters(collection: Collection, seen: HighWaterMark | None) -> dict[str, Any]:
    if not is_database(collection.place):
        return {}
    return {MARK: collection.start if seen is None else seen.mark[MARK]}


def _highest(table: SourceTable, column: str) -> Any:
    if column not in table.frame.collect_schema():
        raise InputError(
            f"the query gives no column {column!r} to mark how far it has come",
            file=table.metadata.name,
            advice=f'Name the column that is compared with :mark as mark = "..." in {COLLECTIONS}.',
        )
    highest = table.frame.select(column).max().collect().item()
    return highest.isoformat() if isinstance(highest, (date, datetime)) else highest
