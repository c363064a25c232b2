"""A version of a dataset as its page shows it. Rule of the room: compute nothing themselves."""

from datetime import date

from powertheft.actions.dataset_versions import show_version
from powertheft.actions.house import House
from powertheft.datasets.reading import Version
from powertheft.domain.profiles import Profile
from powertheft.domain.quality import report_from_json
from powertheft.profiles.serialising import profile_from_json
from powertheft.reports.quality_page import quality_page


def profile_of(version: Version) -> Profile:
    """Return the profile that a version was read through."""
    return profile_from_json(version.profile)


def quality_document(house: House, reference: str) -> str:
    """Return the quality report of a version as a page of its own, to print or to send."""
    house.check("dataset.read")
    registered, found = show_version(house, reference)
    title = f"Quality of {registered.dataset}@{registered.number}"
    return quality_page(report_from_json(found.quality), title=title, made_on=date.today())
