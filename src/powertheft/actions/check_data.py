"""Say what is wrong with a utility's files. Rule of the room: compute nothing themselves."""

from collections.abc import Mapping

from powertheft.actions.prepare_data import Data, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress
from powertheft.domain.quality import QualityReport


def check_data(
    data: Data, *, profile: str | None, mapping: Mapping[str, str] | None = None, progress: Progress = no_progress
) -> QualityReport:
    """Return the quality report of the data: what was found, and what became of it."""
    return prepare_data(data, profile=profile_for(data, profile), mapping=mapping, progress=progress).quality
