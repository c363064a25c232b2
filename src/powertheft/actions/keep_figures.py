"""Keep figures in a file of the user's choice. Rule of the room: put the rooms together, compute nothing themselves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from powertheft.domain.errors import OutputError
from powertheft.reports.writing import check_file_place, write_json


def check_place(path: Path | None, *inputs: Path) -> None:
    """Refuse a place that cannot be written, or that holds what is read, before any work is done."""
    if path is None:
        return
    check_file_place(path)
    place = path.resolve()
    for source in inputs:
        read = source.resolve()
        # What lies in a folder that is read may be one of its files; a new file beside them is harmless.
        if place == read or (path.exists() and place.is_relative_to(read)):
            raise OutputError("is among what is read", file=path, advice="Name another place for the result.")


def keep_figures(path: Path | None, figures: Mapping[str, Any]) -> None:
    """Write figures as JSON, if a place for them was named."""
    if path is not None:
        write_json(path, figures)
