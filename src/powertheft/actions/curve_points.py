"""Points of a report's curves, few enough for a page: the list by visits, and by cut-off. Rule of the room: no fits.

All of it is counted on the held-out consumers, whose outcome is known; nothing of one consumer is in it.
"""

from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.hold_out import HeldOut
from powertheft.actions.training_report import Labelled
from powertheft.evaluation.measures import Tally, confusion_counts, rank, tally
from powertheft.labels.labelling import UNKNOWN

MOST_POINTS = 200
"""Points of a curve; as many as a page draws, and a slider has places, at most."""

DIGITS = 6


def points_of(labelled: Labelled, held_out: HeldOut) -> dict[str, Any]:
    """Return the curves of held-out consumers as columns of numbers."""
    rows = held_out.rows
    return curve_points(
        labelled.fold_names[rows], labelled.labels[rows], held_out.raw_scores, probabilities=held_out.probabilities
    )


def curve_points(
    consumer_ids: np.ndarray, labels: np.ndarray, raw_scores: np.ndarray, *, probabilities: np.ndarray
) -> dict[str, Any]:
    """Return what growing numbers of visits find and promise, and what stands above and below each cut-off.

    Examples
    --------
    >>> score = np.array([0.9, 0.6, 0.2])
    >>> made = curve_points(np.array(["a", "b", "c"]), np.array([1, 0, 1]), score, probabilities=score)
    >>> made["visits"]["found"], made["cutoffs"]["suspected"], made["cutoffs"]["found"]
    ([1, 1, 2], [3, 2, 1], [2, 1, 1])
    """
    tallied = tally(rank(consumer_ids, labels, raw_scores, probabilities))
    return {
        "consumers": len(labels),
        "positives": int(labels.sum()),
        "visits": _by_visits(tallied),
        "cutoffs": _by_cutoff(tallied),
    }


def _by_visits(tallied: Tally) -> dict[str, list[float]]:
    total = len(tallied.seen)
    places = np.unique(np.geomspace(1, total, MOST_POINTS).round().astype(int))
    promised = np.cumsum(tallied.ranked.probabilities)
    return {
        "visits": places.tolist(),
        "found": tallied.found[places - 1].round().astype(int).tolist(),
        "promised": promised[places - 1].round(2).tolist(),
    }


def _by_cutoff(tallied: Tally) -> dict[str, list[float]]:
    chances = np.unique(tallied.ranked.probabilities)
    if len(chances) > MOST_POINTS:
        chances = np.unique(np.quantile(chances, np.linspace(0, 1, MOST_POINTS), method="nearest"))
    lines = np.unique(np.floor(chances * 10**DIGITS) / 10**DIGITS)  # rounded down: who stands on it stays above
    counted = [confusion_counts(tallied, float(line)) for line in lines]
    return {
        "cutoff": lines.tolist(),
        "suspected": [round(hits + false) for hits, false, _, _ in counted],
        "found": [round(hits) for hits, _, _, _ in counted],
    }


def practice_of(labelled: Labelled) -> dict[str, Any]:
    """Return what visits have found until now, in all and by why they were made, and what a find was assessed at."""
    about, labels = labelled.about, labelled.labels
    drawn = about["drawn_by"].to_list() if "drawn_by" in about.columns else []
    kinds = sorted({kind for kind in drawn if kind is not None})
    by = {kind: _hits(labels[np.array([one == kind for one in drawn])]) for kind in kinds}
    return {
        **_hits(labels),
        "by": by,
        "energy_a_find": _mean_of_finds(labelled, "energy_assessed"),
        "amount_a_find": _mean_of_finds(labelled, "amount_assessed"),
    }


def _hits(labels: np.ndarray) -> dict[str, int]:
    return {"visits": int(labels.size), "found": int((labels == 1).sum())}


def _mean_of_finds(labelled: Labelled, column: str) -> float | None:
    if column not in labelled.about.columns:
        return None
    told = labelled.about[column].cast(pl.Float64).to_numpy()
    found = told[(labelled.labels == 1) & (np.nan_to_num(told) > 0)]
    return float(found.mean()) if found.size else None


def visits_of(inspections: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return of each consumer with a label why the visit was made and what a find was assessed at, as far as told."""
    wanted = [name for name in ("drawn_by", "energy_assessed", "amount_assessed") if name in inspections.columns]
    visits = inspections.filter(pl.col("outcome").is_not_null()).join(
        outcomes.filter(pl.col("label") != UNKNOWN).select("consumer_id", "outcome"),
        on=["consumer_id", "outcome"],
        how="inner",
    )
    return (
        visits.sort("consumer_id", "inspected_on", nulls_last=False)
        .unique("consumer_id", keep="last", maintain_order=True)
        .select("consumer_id", *wanted)
    )
