"""Score a version of a dataset and keep the lists; read them. Rule of the room: put the rooms together."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from powertheft.actions.house import House, split_reference
from powertheft.actions.ports import NewScoring, Scoring
from powertheft.actions.progress import Progress, no_progress
from powertheft.actions.rules_beside import own_rules
from powertheft.actions.score_consumers import ScoredList, score_consumers
from powertheft.actions.scored_rows import write_rows
from powertheft.domain.errors import ChoiceError
from powertheft.domain.folders import new_folder, remove_folder

LIST, TRANSFORMERS = "list.parquet", "transformers.parquet"
# A page reads a screen of rows: a whole list in one group of rows would be read whole.
ROWS_A_GROUP = 20_000


def score_version(
    house: House,
    dataset: str,
    *,
    model: str,
    rank_by: str = "probability",
    explain: int = 500,
    progress: Progress = no_progress,
) -> Scoring:
    """Rank the connections of a dataset version; the list and the transformers stay in the house, by pseudonym."""
    house.check("score.run")
    registered = house.registered(dataset)
    with house.read() as work:
        version = work.models.get_version(*split_reference(model))
    scored = score_consumers(
        house.version(dataset),
        profile=None,
        model=house.home.models / version.folder,
        rank_by=rank_by,
        explain=explain,
        rules=own_rules(None, house.home.path),
        progress=progress,
    )
    with house.new_scoring() as folder:
        _write(house.home.scorings / folder, scored)
        new = NewScoring(
            folder=folder.as_posix(),
            dataset=f"{registered.dataset}@{registered.number}",
            model=version.reference,
            rows=scored.ranked.height,
            details={
                "rank_by": rank_by,
                "explained": min(explain, scored.ranked.height),
                "currency": scored.currency,
                "rules_asked": list(scored.asked),
                "rules_not_asked": {name: list(lacks) for name, lacks in scored.not_asked.items()},
            },
        )
        with house.begin() as work:
            scoring = work.scorings.add_scoring(new)
            house.settle(work, {"scoring": scoring.number})
    return scoring


def list_scorings(house: House, *, last: int = 100) -> Sequence[Scoring]:
    """Return the last scorings, newest first."""
    house.check("list.read")
    with house.read() as work:
        return work.scorings.list_scorings(last=last)


def get_scoring(house: House, number: int | None = None) -> Scoring:
    """Return one scoring, the last where no number is given."""
    house.check("list.read")
    with house.read() as work:
        return work.scorings.get_scoring(number)


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


def _write(place: Path, scored: ScoredList) -> None:
    with new_folder(place) as folder:
        scored.ranked.write_parquet(folder / LIST, row_group_size=ROWS_A_GROUP)
        scored.transformers.write_parquet(folder / TRANSFORMERS)
        write_rows(folder, scored.table, scored.order, columns=scored.columns)
