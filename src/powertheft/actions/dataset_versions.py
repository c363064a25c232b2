"""List, show, compare, export and delete dataset versions. Rule of the room: compute nothing themselves."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

from powertheft.actions.explored_sums import forget_exploration
from powertheft.actions.house import House, split_reference
from powertheft.actions.ports import RegisteredVersion
from powertheft.datasets.comparing import diff
from powertheft.datasets.exporting import export
from powertheft.datasets.reading import Version, remove_version
from powertheft.domain.differences import Difference
from powertheft.domain.errors import ChoiceError
from powertheft.domain.quality import report_from_json
from powertheft.privacy.disclosure import blur_small_groups, without_marks
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.reports.quality_page import write_quality_page
from powertheft.reports.writing import check_file_place

PLACES = ("category", "tariff", "region", "district", "section", "feeder_id", "transformer_id", "position")


def list_versions(house: House, name: str | None = None) -> list[RegisteredVersion]:
    """Return the versions of one dataset, or the last of each."""
    house.check("dataset.read")
    with house.read() as work:
        if name is not None:
            work.datasets.get_version(name)  # refuses a dataset that is not there
            return list(work.datasets.list_versions(name))
        return [work.datasets.list_versions(dataset)[-1] for dataset in work.datasets.list_datasets()]


def show_version(
    house: House, reference: str, *, verify: bool = False, page: Path | None = None
) -> tuple[RegisteredVersion, Version]:
    """Return a version as the register knows it and as it lies on disk; with `verify` after every byte was checked.

    Its quality report is written to `page`, if a place was named.
    """
    house.check("dataset.read")
    if page is not None:
        check_file_place(page)
    registered, version = house.registered(reference), house.version(reference, verify=verify)
    if page is not None:
        title = f"Quality of {registered.dataset}@{registered.number}"
        write_quality_page(page, report_from_json(version.quality), title=title, made_on=date.today())
    return registered, version


def compare_versions(house: House, before: str, after: str) -> Difference:
    """Return what changed from one version to another."""
    house.check("dataset.read")
    return diff(house.version(before), house.version(after))


def export_version(
    house: House, reference: str, *, out: Path, file_format: Literal["csv", "parquet"] = "csv"
) -> tuple[Path, ...]:
    """Write a version's tables as plain files, for others to read.

    Places that fewer than the smallest group share are emptied, meters get pseudonyms, and of the day of connection the
    year is left: a utility's own list of meters would else lead back to the consumers.
    """
    house.check("dataset.export")
    registered = house.registered(reference)
    pseudonyms = Pseudonyms(house.key())

    def given_away(table: str, frame: pl.LazyFrame) -> pl.LazyFrame:
        return _without_small_groups(table, without_marks(frame, pseudonyms))

    files = export(house.version(reference), out, file_format=file_format, suppress=given_away)
    with house.begin() as work:
        details = {"format": file_format, "tables": sorted(registered.rows)}
        work.audit.record("dataset.version.exported", f"{registered.dataset}@{registered.number}", details)
    return files


def _without_small_groups(table: str, frame: pl.LazyFrame) -> pl.LazyFrame:
    columns = [name for name in PLACES if name in frame.collect_schema()]
    if table != "consumers" or not columns:
        return frame
    return blur_small_groups(frame.collect(), columns, "consumer_id").lazy()


def delete_versions(house: House, reference: str, *, reason: str) -> Sequence[RegisteredVersion]:
    """Delete NAME@number, or with NAME all versions: rows and files; that they were there remains known."""
    house.check("dataset.delete")
    name, number = split_reference(reference)
    if not reason.strip():
        raise ChoiceError("a deletion needs a reason", advice="Say --reason, in a few words.")
    with house.begin() as work:
        work.datasets.get_version(name, number)  # refuses what is not there
        numbers = [number] if number is not None else [one.number for one in work.datasets.list_versions(name)]
        gone = [work.datasets.delete_version(name, each, reason=reason) for each in numbers]

    for version in gone:
        # Registered as deleted first: a folder that is left by a crash is nobody's, and the next command removes it.
        if house.folder_of(version).exists():
            remove_version(house.folder_of(version))
        forget_exploration(house, version)
    return gone
