"""The lists that were made: find them, read them, delete one. Rule of the room: compute nothing.

Making one is apart (score_version), so that who reads a list need not load what computes it.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from powertheft.actions.house import EVERY, House
from powertheft.actions.ports import ModelVersion, Scoring
from powertheft.domain.errors import ChoiceError
from powertheft.domain.folders import remove_folder

LIST, TRANSFORMERS, SPREADS = "list.parquet", "transformers.parquet", "spreads.json"


def list_scorings(house: House, *, last: int = 100) -> Sequence[Scoring]:
    """Return the last scorings, newest first."""
    house.check("list.read")
    with house.read() as work:
        return work.scorings.list_scorings(last=last)


def get_scoring(house: House, number: int | None = None) -> Scoring:
    """Return one scoring; where no number is given the one that people plan by (usual_list)."""
    house.check("list.read")
    with house.read() as work:
        if number is None:
            planned = usual_list(work.scorings.list_scorings(last=EVERY), work.models.list_versions())
            number = None if planned is None else planned.number
        return work.scorings.get_scoring(number)


def usual_list(scorings: Sequence[Scoring], versions: Sequence[ModelVersion]) -> Scoring | None:
    """Return the list that people plan by: the newest of a champion, which after a roll-back is not the newest of all.

    Where no champion has made one it is the newest; None where there is none but shadows.
    """
    planned = [one for one in scorings if not one.is_shadow]
    used = {one.reference for one in versions if one.state == "champion"}
    return next((one for one in planned if one.model in used), planned[0] if planned else None)


def read_list(house: House, number: int | None = None) -> pl.LazyFrame:
    """Return the ranked list of a scoring, by rank, to be scanned."""
    house.check("list.read")
    return pl.scan_parquet(scoring_folder(house, get_scoring(house, number)) / LIST)


def read_transformers(house: House, number: int | None = None) -> pl.LazyFrame:
    """Return the transformers of a scoring by unexplained energy; without a row where the data do not allow it."""
    house.check("list.read")
    return pl.scan_parquet(scoring_folder(house, get_scoring(house, number)) / TRANSFORMERS)


def delete_scoring(house: House, number: int, *, reason: str) -> Scoring:
    """Delete the lists of a scoring; that it was there remains known, and so do the cases that came of it."""
    house.check("dataset.delete")
    if not reason.strip():
        raise ChoiceError("a deletion needs a reason", advice="Say why, in a few words.")
    with house.begin() as work:
        gone = work.scorings.delete_scoring(number, reason=reason)
    # Registered as deleted first: a folder that is left by a crash is nobody's, and the next command removes it.
    if scoring_folder(house, gone).exists():
        remove_folder(scoring_folder(house, gone))
    return gone


def scoring_folder(house: House, scoring: Scoring) -> Path:
    """Return where the lists of a scoring lie: below the home, wherever that has been moved to."""
    return house.home.scorings / scoring.folder
