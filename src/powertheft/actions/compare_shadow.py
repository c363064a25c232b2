"""Champion and challenger on the outcomes that came after both were trained. Rule of the room: compute nothing.

Both have scored the same data, as of a day before those visits. A visit stands for one connection over its chance of
being drawn; the visits at random come first, since nobody's list chose them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.house import EVERY, House, split_reference
from powertheft.actions.labels_of_house import recorded_cases
from powertheft.actions.ports import Scoring
from powertheft.actions.promise import LEARNT_FROM
from powertheft.actions.scorings import LIST, scoring_folder
from powertheft.domain.inspections import Case
from powertheft.domain.outcomes import label_of
from powertheft.domain.trials import Trial
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.paired import PairedComparison, compare_paired

FEWEST = 5
"""Visits that found theft, and that found none, below which two lists are not compared."""

RESAMPLES = 500
MEASURES = ("precision_at_capacity", "pr_auc", "roc_auc")
VISITS = 60
"""The visits from the top of either list that precision is told of."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The outcomes of one kind of visits, and how both lists compare on them: None where there are too few."""

    visits: int
    found: int
    compared: PairedComparison | None


@dataclass(frozen=True, slots=True)
class ShadowComparison:
    """The same of the random quota, and of all visits; `since` is the day after which both models were trained.

    In `compared` the challenger is the first list. `learnt` counts the outcomes that are left out because a model was
    fitted to the connection.
    """

    since: date
    random: Outcomes
    every: Outcomes
    learnt: int

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data."""
        told = {
            name: {
                "visits": one.visits,
                "found": one.found,
                "compared": None if one.compared is None else one.compared.to_json(),
            }
            for name, one in (("random", self.random), ("every", self.every))
        }
        return {"since": self.since.isoformat(), "left_out_because_used_in_fitting": self.learnt, **told}


def compare_in_shadow(house: House, trial: Trial) -> ShadowComparison:
    """Compare the two models of a trial on the outcomes that came after both were trained."""
    house.check("model.read")
    with house.read() as work:
        both = [work.models.get_version(*split_reference(one)) for one in (trial.challenger, trial.champion)]
        scorings = work.scorings.list_scorings(last=EVERY)
    since = max(one.created_at for one in both).date()
    name, _ = split_reference(both[0].dataset)
    newest = [
        case
        for case in recorded_cases(house, name)
        if case.finding is not None
        and case.finding.inspected_on >= since
        and label_of(case.finding.outcome) is not None
    ]
    rows = _scored(house, newest, trial, scorings)
    fresh = rows.filter(~pl.col("learnt"))
    return ShadowComparison(
        since,
        _outcomes(fresh.filter(pl.col("drawn_by") == "random")),
        _outcomes(fresh),
        rows.height - fresh.height,
    )


def _scored(house: House, cases: Sequence[Case], trial: Trial, scorings: Sequence[Scoring]) -> pl.DataFrame:
    """Return a row an outcome with the raw scores of both, from lists of the data that the visit was planned on."""
    planned = {one.number: one.dataset for one in scorings}
    told = [
        {
            "consumer_id": case.consumer_id,
            "dataset": planned.get(case.scoring or 0),
            "label": label_of(case.finding.outcome),
            "drawn_by": case.drawn_by,
            "weight": 1 / case.inclusion_probability,
        }
        for case in cases
        if case.finding is not None
    ]
    shape: dict[str, Any] = {
        "consumer_id": pl.String, "dataset": pl.String, "label": pl.Int64, "drawn_by": pl.String, "weight": pl.Float64
    }  # fmt: skip
    rows = pl.DataFrame(told, schema=shape)
    parts = [
        _with_scores(house, rows, dataset, trial=trial, scorings=scorings)
        for dataset in rows["dataset"].drop_nulls().unique()
    ]
    there = [part for part in parts if part is not None]
    empty = rows.head(0).with_columns(
        pl.lit(0.0).alias("challenger"), pl.lit(0.0).alias("champion"), learnt=pl.lit(value=False)
    )
    # The last outcome of a connection counts, as in training.
    return pl.concat([empty, *there], how="vertical_relaxed").unique("consumer_id", keep="last", maintain_order=True)


def _with_scores(
    house: House, rows: pl.DataFrame, dataset: str, *, trial: Trial, scorings: Sequence[Scoring]
) -> pl.DataFrame | None:
    found = rows.filter(pl.col("dataset") == dataset)
    for who, model in (("challenger", trial.challenger), ("champion", trial.champion)):
        made = next((one for one in scorings if (one.model, one.dataset) == (model, dataset)), None)
        if made is None:
            return None
        wanted = pl.scan_parquet(scoring_folder(house, made) / LIST).select(
            "consumer_id", pl.col("raw_score").alias(who), pl.col(LEARNT_FROM).fill_null(value=False).alias(f"of_{who}")
        )
        among = wanted.filter(pl.col("consumer_id").is_in(found["consumer_id"].to_list())).collect()
        found = found.join(among, on="consumer_id", how="inner", maintain_order="left")
    learnt = found.with_columns(learnt=pl.col("of_challenger") | pl.col("of_champion"))
    return learnt.drop("of_challenger", "of_champion")


def _outcomes(rows: pl.DataFrame) -> Outcomes:
    visits, found = rows.height, int(rows["label"].sum())
    if min(found, visits - found) < FEWEST:
        return Outcomes(visits, found, None)
    columns = ("consumer_id", "label", "challenger", "champion", "weight")
    return Outcomes(visits, found, _compared(*(tuple(rows[name].to_list()) for name in columns)))


@lru_cache(maxsize=8)
def _compared(*columns: tuple[Any, ...]) -> PairedComparison:
    """Compare two lists; kept, since a page is looked at more often than an outcome comes."""
    who, labels, challenger, champion, weights = columns
    return compare_paired(
        who,
        np.array(labels),
        np.array(challenger),
        np.array(champion),
        measures=MEASURES,
        capacity=Capacity(count=VISITS),
        seed=0,
        resamples=RESAMPLES,
        weights=np.array(weights),
    )
