"""What a simulation holds, in numbers.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from powertheft.simulation.findings import FINDINGS, NO_ACCESS, POSITIVE_FINDINGS

POSITIVE_WORDS = tuple(FINDINGS[place] for place in POSITIVE_FINDINGS)


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What a simulated utility holds.

    `rows` counts rows by table; `thefts` counts consumers who steal at any time, `thefts_at_end` those who do in the
    last bill, `thefts_before_history` those who did before the first; `innocent_drops` counts consumers with an honest
    reason for a fall (disconnections aside, which the ledger shows); `hits` are visits that found theft, `hit_rate`
    is their share of the visits that saw anything; energies are in kWh.
    """

    rows: Mapping[str, int]
    consumers: int
    bills: int
    first_bill: date
    last_bill: date
    thefts: int
    thefts_by_kind: Mapping[str, int]
    thefts_before_history: int
    thefts_at_end: int
    energy_stolen: int
    energy_hooked: int
    innocent_drops: int
    inspections: int
    consumers_inspected: int
    hits: int
    hit_rate: float
    seconds: float


def summarise(frames: Mapping[str, pl.DataFrame], *, seconds: float) -> SimulationSummary:
    """Return what the frames of a simulation hold.

    Parameters
    ----------
    frames
        As `simulate_frames` returns them.
    seconds
        How long it took.

    Returns
    -------
    SimulationSummary
        Counted on the frames, not on what was planned.

    Examples
    --------
    >>> from powertheft.simulation.utility import simulate_frames
    >>> summarise(simulate_frames(consumers=1000, bills=8, seed=1), seconds=0.5).thefts
    42
    """
    truth, visits, bills = frames["truth"], frames["inspections"], frames["bills"]
    thieves = truth.filter(pl.col("STEALS") == "Y")
    kinds = thieves.group_by("KIND").len().sort("KIND")
    hits = visits.filter(pl.col("FINDING").is_in(POSITIVE_WORDS)).height
    saw = visits.filter(pl.col("FINDING") != FINDINGS[NO_ACCESS]).height
    days = bills["BILL_DATE"].unique().sort()
    cause = pl.col("INNOCENT_CAUSE")
    return SimulationSummary(
        rows={name: frame.height for name, frame in frames.items()},
        consumers=truth.height,
        bills=bills.height,
        first_bill=days[0],
        last_bill=days[-1],
        thefts=thieves.height,
        thefts_by_kind=dict(kinds.iter_rows()),
        thefts_before_history=thieves.filter(pl.col("BEFORE_HISTORY") == "Y").height,
        thefts_at_end=truth.filter(pl.col("STEALS_AT_END") == "Y").height,
        energy_stolen=int(truth["KWH_STOLEN"].sum()),
        energy_hooked=int(frames["truth_transformers"]["HOOKED_KWH"].sum()),
        innocent_drops=truth.filter(cause.is_not_null() & (cause != "disconnected")).height,
        inspections=visits.height,
        consumers_inspected=visits["SC_NO"].n_unique(),
        hits=hits,
        hit_rate=hits / saw if saw else 0.0,
        seconds=seconds,
    )
