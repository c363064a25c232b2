"""A version of a dataset to take along, packed by a job. Rule of the room: compute nothing themselves."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from powertheft.actions.dataset_versions import export_version
from powertheft.actions.house import House
from powertheft.actions.progress import Progress, no_progress
from powertheft.domain.errors import InputError
from powertheft.domain.jobs import Job
from powertheft.settings import Home

FileFormat = Literal["csv", "parquet"]
_NAME = re.compile(r"\w[\w.-]*-\d+-(csv|parquet)\.zip|list-\d+-[0-9a-f]{8}\.xlsx")


def ask_for_download(house: House, reference: str, *, file_format: FileFormat) -> Job:
    """Ask for a version's tables as plain files in a .zip."""
    house.check("dataset.export")
    version = house.registered(reference)
    which = f"{version.dataset}@{version.number}"
    with house.begin() as work:
        arguments = {"dataset": which, "file_format": file_format}
        return work.jobs.enqueue("dataset.export", arguments, title=f"Pack {which} as {file_format.upper()}")


def make_download(house: House, reference: str, *, file_format: FileFormat, progress: Progress = no_progress) -> str:
    """Write the tables (pseudonyms, and no place that fewer than ten share) into a .zip; return its name."""
    house.check("dataset.export")
    name = f"{reference.replace('@', '-')}-{file_format}.zip"
    place = downloads_folder(house.home) / name
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with house.scratch() as scratch:
        progress("writing the tables", 0.0)
        files = export_version(house, reference, out=scratch / "tables", file_format=file_format)
        packed = scratch / name
        _pack(files, packed, progress)
        packed.replace(place)
    return name


def find_download(house: House, name: str) -> Path:
    """Return where a packed version, or a list's workbook, lies; it is there for a day."""
    house.check("dataset.export")
    place = downloads_folder(house.home) / name
    if not _NAME.fullmatch(name) or not place.is_file():
        advice = "Ask for it again on the page of the version or list."
        raise InputError("this download is no longer there", advice=advice)
    return place


def downloads_folder(home: Home) -> Path:
    """Return where files lie that jobs have made to be taken along."""
    return home.scratch / "downloads"


def _pack(files: Sequence[Path], place: Path, progress: Progress) -> None:
    # Parquet is packed already.
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for number, file in enumerate(files):
            progress(f"packing {file.name}", 0.5 + 0.5 * number / len(files))
            how = zipfile.ZIP_STORED if file.suffix == ".parquet" else zipfile.ZIP_DEFLATED
            archive.write(file, file.name, compress_type=how)
