"""Say what is wrong with a utility's files. Rule of the room: compute nothing themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from powertheft.actions.prepare_data import Data, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress
from powertheft.domain.quality import Preview, QualityReport, Repair
from powertheft.reports.quality_page import write_quality_page
from powertheft.reports.writing import check_file_place


@dataclass(frozen=True, slots=True)
class Checked:
    """The quality report of data, and what the steps that were asked about would do."""

    quality: QualityReport
    previews: tuple[Preview, ...]

    def to_json(self) -> dict[str, Any]:
        """Return both as plain data."""
        return {**self.quality.to_json(), "previews": [shown.to_json() for shown in self.previews]}


def check_data(
    data: Data,
    *,
    profile: str | None,
    mapping: Mapping[str, str] | None = None,
    repairs: Sequence[Repair] = (),
    page: Path | None = None,
    progress: Progress = no_progress,
) -> Checked:
    """Say what was found in the data and what became of it, and what further steps would do; none of them is taken."""
    if page is not None:
        check_file_place(page)
    words = profile_for(data, profile)
    prepared = prepare_data(data, profile=words, mapping=mapping, repairs=repairs, progress=progress)
    checked = Checked(prepared.quality, prepared.previews)
    if page is not None:
        title = f"Quality of the data ({words.name})"
        write_quality_page(page, checked.quality, title=title, made_on=date.today(), previews=checked.previews)
    return checked
