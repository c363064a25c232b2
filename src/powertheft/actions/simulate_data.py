"""Make up a utility. Rule of the room: compute nothing themselves."""

from pathlib import Path

import polars as pl

from powertheft.actions.progress import Progress, no_progress
from powertheft.simulation.summary import SimulationSummary
from powertheft.simulation.utility import simulate_frames, simulate_utility


def simulate_data(
    directory: Path, *, consumers: int, bills: int, seed: int, progress: Progress = no_progress
) -> SimulationSummary:
    """Write the export of a utility that does not exist, in the layout of the profile tneb."""
    return simulate_utility(directory, consumers=consumers, bills=bills, seed=seed, progress=progress)


def simulate_in_memory(*, consumers: int, bills: int, seed: int) -> dict[str, pl.DataFrame]:
    """Return the same export as frames, by the name of the file that each stands for."""
    return simulate_frames(consumers=consumers, bills=bills, seed=seed)
