"""Make up a utility. Rule of the room: compute nothing themselves."""

from pathlib import Path

import polars as pl

from powertheft.actions.house import House
from powertheft.actions.import_dataset import Imported, import_dataset
from powertheft.actions.plan_import import ImportChoices
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.simulation.stories import BILLS_OF_A_YEAR, story_of
from powertheft.simulation.summary import SimulationSummary
from powertheft.simulation.utility import simulate_frames, simulate_utility

BILLS = 18
PROFILE = "tneb"
SIMULATED = "simulated-utility"
"""What the dataset of a made-up utility is called."""


def simulate_data(
    directory: Path,
    *,
    consumers: int,
    bills: int,
    seed: int,
    story: str | None = None,
    progress: Progress = no_progress,
) -> SimulationSummary:
    """Write the export of a utility that does not exist, in the layout of the profile tneb."""
    told = None if story is None else story_of(story)
    return simulate_utility(directory, consumers=consumers, bills=bills, seed=seed, progress=progress, story=told)


def bills_of(years: int) -> int:
    """Return how many two-month bills there are in so many years."""
    return years * BILLS_OF_A_YEAR


def simulate_in_memory(*, consumers: int, bills: int, seed: int) -> dict[str, pl.DataFrame]:
    """Return the same export as frames, by the name of the file that each stands for."""
    return simulate_frames(consumers=consumers, bills=bills, seed=seed)


def simulate_dataset(house: House, *, consumers: int, seed: int = 0, progress: Progress = no_progress) -> Imported:
    """Make up a utility and import its export, as a utility's own would be; the truth is left out."""
    house.check("dataset.import")
    with house.scratch() as scratch:
        export = scratch / "export"
        simulate_data(export, consumers=consumers, bills=BILLS, seed=seed, progress=part_of(progress, 0.0, 0.3))
        return import_export(house, export, progress=part_of(progress, 0.3, 1.0))


def import_export(house: House, export: Path, *, progress: Progress = no_progress) -> Imported:
    """Import the export of a made-up utility, without what only the simulation knows."""
    house.check("dataset.import")
    files = [file for file in sorted(export.glob("*.csv")) if not file.name.startswith("truth")]
    return import_dataset(house, files, name=SIMULATED, choices=ImportChoices(profile=PROFILE), progress=progress)
