"""A list as a workbook to take along, made by a job. Rule of the room: compute nothing themselves."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from powertheft.actions.download_dataset import downloads_folder
from powertheft.actions.house import House
from powertheft.actions.progress import Progress, no_progress
from powertheft.actions.read_list import NO_FILTER, ListFilter, check_order, export_list
from powertheft.actions.scorings import get_scoring
from powertheft.domain.jobs import Job

MARK = 8
"""Signs that tell the files of one list under other filters apart."""


@dataclass(frozen=True, slots=True)
class ListAsked:
    """Which rows of which list, in which order."""

    scoring: int
    filters: ListFilter = NO_FILTER
    sort: str = "rank"
    descending: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data.

        Examples
        --------
        >>> ListAsked.from_json(ListAsked(3, ListFilter(not_visited_since=date(2026, 5, 1))).to_json()).filters
        ListFilter(..., not_visited_since=datetime.date(2026, 5, 1), ...)
        """
        filters = {name: value for name, value in asdict(self.filters).items() if value is not None}
        since = self.filters.not_visited_since
        dated = filters if since is None else {**filters, "not_visited_since": since.isoformat()}
        return {"scoring": self.scoring, "filters": dated, "sort": self.sort, "descending": self.descending}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "ListAsked":
        """Return what plain data stand for."""
        filters = dict(told["filters"])
        if "not_visited_since" in filters:
            filters["not_visited_since"] = date.fromisoformat(filters["not_visited_since"])
        return cls(told["scoring"], ListFilter(**filters), told["sort"], told["descending"])


def ask_for_list(house: House, asked: ListAsked) -> Job:
    """Ask for the rows of a list under filters as an Excel workbook."""
    house.check("dataset.export")
    scoring = get_scoring(house, asked.scoring)
    check_order(house, scoring, asked.sort)
    with house.begin() as work:
        return work.jobs.enqueue("list.export", asked.to_json(), title=f"Write list {scoring.number} as Excel")


def make_list_download(house: House, asked: ListAsked, *, progress: Progress = no_progress) -> str:
    """Write the workbook, by pseudonym and without places that few share; return its name."""
    house.check("dataset.export")
    told = json.dumps(asked.to_json(), sort_keys=True).encode()
    name = f"list-{asked.scoring}-{hashlib.sha256(told).hexdigest()[:MARK]}.xlsx"
    place = downloads_folder(house.home) / name
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with house.scratch() as scratch:
        made = scratch / name
        export_list(
            house,
            asked.scoring,
            out=made,
            file_format="xlsx",
            filters=asked.filters,
            sort=asked.sort,
            descending=asked.descending,
            progress=progress,
        )
        made.replace(place)
    return name
