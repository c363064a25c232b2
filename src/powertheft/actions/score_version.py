"""Score a version of a dataset and keep the lists. Rule of the room: put the rooms together."""

import json
from pathlib import Path

from powertheft.actions.house import House, split_reference
from powertheft.actions.known_rules import own_rules
from powertheft.actions.labels_of_house import with_outcomes
from powertheft.actions.ports import NewScoring, Scoring
from powertheft.actions.progress import Progress, no_progress
from powertheft.actions.score_consumers import ScoredList, score_consumers
from powertheft.actions.scored_rows import write_rows
from powertheft.actions.scorings import LIST, SPREADS, TRANSFORMERS
from powertheft.actions.trial_steps import SHADOW, shadow_what_was_scored
from powertheft.actions.watch_request import ask_to_watch
from powertheft.domain.folders import new_folder

# A page reads a screen of rows: a whole list in one group of rows would be read whole.
ROWS_A_GROUP = 20_000


def score_version(
    house: House,
    dataset: str,
    *,
    model: str,
    rank_by: str = "probability",
    explain: int = 500,
    shadow: bool = False,
    progress: Progress = no_progress,
) -> Scoring:
    """Rank the connections of a dataset version; the list and the transformers stay in the house, by pseudonym.

    A `shadow` is made by a challenger to be compared with the champion's; nobody is to plan by it.
    """
    house.check("score.run")
    registered = house.registered(dataset)
    with house.read() as work:
        version = work.models.get_version(*split_reference(model))
    scored = score_consumers(
        with_outcomes(house, dataset),
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
                **({SHADOW: True} if shadow else {}),
                "rules_asked": list(scored.asked),
                "rules_not_asked": {name: list(lacks) for name, lacks in scored.not_asked.items()},
            },
        )
        with house.begin() as work:
            scoring = work.scorings.add_scoring(new)
            shadow_what_was_scored(work, scoring)
            ask_to_watch(work)
            house.settle(work, {"scoring": scoring.number})
    return scoring


def _write(place: Path, scored: ScoredList) -> None:
    with new_folder(place) as folder:
        scored.ranked.write_parquet(folder / LIST, row_group_size=ROWS_A_GROUP)
        scored.transformers.write_parquet(folder / TRANSFORMERS)
        (folder / SPREADS).write_text(json.dumps(scored.spreads.to_json(), ensure_ascii=False), "utf-8")
        write_rows(folder, scored.table, scored.order, columns=scored.columns)
