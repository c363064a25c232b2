"""Datasets: versions, what is in them, what changed, what is wrong with them. Rule of the room: use cases only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from apiflask import APIBlueprint, FileSchema
from flask import send_file
from flask.typing import ResponseReturnValue

from powertheft.actions import dataset_versions
from powertheft.actions.download_dataset import ask_for_download, find_download
from powertheft.actions.ports import RegisteredVersion
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.once import ONCE, JobAnswer, JobTold, ask
from powertheft.api.shapes import Asked, Number, Paging, Part, Plain, Told, Why, nothing, part_of, plain

pages = APIBlueprint("datasets", __name__, tag="Datasets")


class VersionTold(Told):
    """A version of a dataset: it never changes."""

    dataset: str
    number: int
    reference: str
    content_hash: str
    rows: dict[str, int]
    created_at: datetime
    created_by: str


class VersionWhole(VersionTold):
    """A version with its tables, each column with its type, and the recipe that makes it again."""

    tables: Plain
    recipe: Plain
    summary: Plain


class VersionPart(Part):
    """Versions."""

    items: list[VersionTold]


class BetweenAsked(Asked):
    """Which two versions of the dataset."""

    before: Number
    after: Number


class ExportAsked(Asked):
    """What the files are to be."""

    file_format: Literal["csv", "parquet"] = "csv"


@pages.get("/datasets")
@needs("dataset.read")
@pages.input(Paging, location="query")
@pages.output(VersionPart)
def list_datasets(query_data: Paging) -> Mapping[str, Any]:
    """List the datasets, each by its last version."""
    return part_of([_told(one) for one in dataset_versions.list_versions(current_house())], query_data)


@pages.get("/datasets/<name>/versions")
@needs("dataset.read")
@pages.input(Paging, location="query")
@pages.output(VersionPart)
def list_versions(name: str, query_data: Paging) -> Mapping[str, Any]:
    """List the versions of a dataset."""
    with absent_is_not_found():
        found = dataset_versions.list_versions(current_house(), name)
    return part_of([_told(one) for one in found], query_data)


@pages.get("/datasets/<name>/versions/<number:number>")
@needs("dataset.read")
@pages.output(VersionWhole)
def show_version(name: str, number: int) -> dict[str, Any]:
    """Show a version: tables, columns, recipe."""
    with absent_is_not_found():
        registered, version = dataset_versions.show_version(current_house(), _reference(name, number))
    tables = {
        table: {"rows": record.rows, "columns": {column.name: column.type for column in record.columns}}
        for table, record in version.manifest.tables.items()
    }
    more = {"tables": tables, "recipe": plain(registered.recipe), "summary": plain(version.summary)}
    return {**_told(registered), **more}


@pages.get("/datasets/<name>/versions/<number:number>/quality")
@needs("dataset.read")
@pages.output({}, description="The report: tables, findings, repairs, years.")
def show_quality(name: str, number: int) -> Any:
    """Read a version's quality report."""
    with absent_is_not_found():
        _, version = dataset_versions.show_version(current_house(), _reference(name, number))
    return plain(version.quality)


@pages.get("/datasets/<name>/difference")
@needs("dataset.read")
@pages.input(BetweenAsked, location="query")
@pages.output({}, description="What was added, removed and changed, in numbers and words.")
def show_difference(name: str, query_data: BetweenAsked) -> Any:
    """Say what changed from one version to another."""
    before, after = (_reference(name, number) for number in (query_data.before, query_data.after))
    with absent_is_not_found():
        return plain(dataset_versions.compare_versions(current_house(), before, after).to_json())


@pages.delete("/datasets/<name>/versions/<number:number>")
@needs("dataset.delete")
@pages.input(Why, location="query")
@pages.output({}, status_code=204)
def delete_version(name: str, number: int, query_data: Why) -> ResponseReturnValue:
    """Delete a version: rows and files; that it was there remains known."""
    with absent_is_not_found():
        dataset_versions.delete_versions(current_house(), _reference(name, number), reason=query_data.reason)
    return nothing()


@pages.post("/datasets/<name>/versions/<number:number>/exports")
@needs("dataset.export")
@pages.doc(extensions=ONCE)
@pages.input(ExportAsked)
@pages.output(JobTold, status_code=202)
def export_version(name: str, number: int, json_data: ExportAsked) -> JobAnswer:
    """Ask for a version's tables as files in a .zip; the result names the download.

    Places that fewer than ten connections share are emptied; connections go by pseudonym.
    """
    reference = _reference(name, number)
    with absent_is_not_found():
        return ask(lambda house: ask_for_download(house, reference, file_format=json_data.file_format))


@pages.get("/downloads/<name>")
@needs("dataset.export")
@pages.output(FileSchema(), content_type="application/octet-stream", description="The .zip, or the workbook of a list.")
def download(name: str) -> ResponseReturnValue:
    """Fetch what an export has packed; it is there for a day."""
    with absent_is_not_found():
        place = find_download(current_house(), name)
    return send_file(place, mimetype="application/octet-stream", as_attachment=True, download_name=name)


def _reference(name: str, number: int) -> str:
    return f"{name}@{number}"


def _told(version: RegisteredVersion) -> dict[str, Any]:
    values = {name: getattr(version, name) for name in VersionTold.model_fields if name != "reference"}
    return {**values, "reference": _reference(version.dataset, version.number)}
