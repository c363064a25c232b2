"""A week's visits shared out between champion and challenger. Rule of the room: put the rooms together.

The outcomes of visits that the champion chose flatter whoever disagrees with it, since all of them stood at its top. So
while a trial runs the two take turns, and each case remembers whose choice it was. The visits at random stay nobody's.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from powertheft.actions.house import EVERY, House, split_reference
from powertheft.actions.ports import Scoring, UnitOfWork
from powertheft.domain.trials import CHOSEN_BY, Chooser, Trial
from powertheft.monitoring.trials import take_turns
from powertheft.ranking.drawing import Draw, draw_visits

SCORING = "of_scoring"
"""In the rows of a draw: which list each stands on."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """A trial that runs and the newest lists of both models of the same data: None where the challenger has none yet.

    Where the challenger has no list of these data yet, all visits are the champion's choice and none counts.
    """

    trial: Trial
    champion: Scoring
    challenger: Scoring | None


def sharing_of(house: House, scoring: Scoring) -> Sharing | None:
    """Return with whom the visits of a list are shared; None where its model is in no trial."""
    with house.read() as work:
        trial = work.trials.get_running(split_reference(scoring.model)[0])
        if trial is None or trial.chooser(scoring.model) is None:
            return None
        lists = {who: _newest(work, of, scoring.dataset) for who, of in _both(trial).items()}
    champion, challenger = lists["champion"], lists["challenger"]
    if champion is None:
        return None
    return Sharing(trial, scoring if champion.model == scoring.model else champion, challenger)


def draw_alone(listed: pl.DataFrame, scoring: Scoring, *, visits: int, random_share: float, seed: int) -> pl.DataFrame:
    """Return the rows of one list that are to be visited, how each was drawn and with what chance."""
    draw = draw_visits(listed.height, visits=visits, random_share=random_share, seed=seed)
    return _told(listed[draw.places.tolist()], draw).with_columns(
        pl.lit(None, dtype=pl.String).alias(CHOSEN_BY), pl.lit(scoring.number).alias(SCORING)
    )


def draw_in_turns(
    listed: pl.DataFrame, other: pl.DataFrame, sharing: Sharing, *, visits: int, random_share: float, seed: int
) -> pl.DataFrame:
    """Return the same where champion (`listed`) and challenger (`other`) take turns in choosing from the top.

    Those at random are drawn below what both have chosen, by the champion's order. A connection that only one of the
    lists knows is left out.
    """
    if sharing.challenger is None:
        return draw_alone(listed, sharing.champion, visits=visits, random_share=random_share, seed=seed)
    own = listed.join(other.select("consumer_id"), on="consumer_id", how="semi", maintain_order="left")
    own = own.with_row_index("place")
    theirs = other.join(own.select("consumer_id", "place"), on="consumer_id", how="inner", maintain_order="left")
    draw = draw_visits(own.height, visits=visits, random_share=random_share, seed=seed)
    top = int((~draw.is_random).sum())
    taken, by_second = take_turns(np.arange(own.height), theirs["place"].to_numpy().astype(np.intp), visits=top)
    rest = np.setdiff1d(np.arange(own.height), taken)
    places = np.concatenate([taken, rest])[draw.places]
    who: list[Chooser | None] = ["challenger" if second else "champion" for second in by_second]
    who += [None] * (draw.places.size - top)
    told = _told(pl.DataFrame({"place": pl.Series(places, dtype=pl.UInt32)}), draw).with_columns(
        pl.Series(CHOSEN_BY, who, dtype=pl.String), turn=pl.int_range(pl.len())
    )
    theirs_told = told.filter(pl.col(CHOSEN_BY) == "challenger")
    own_told = told.filter(pl.col(CHOSEN_BY).is_null() | (pl.col(CHOSEN_BY) == "champion"))
    parts = [
        own_told.join(own, on="place").with_columns(pl.lit(sharing.champion.number).alias(SCORING)),
        theirs_told.join(theirs, on="place").with_columns(pl.lit(sharing.challenger.number).alias(SCORING)),
    ]
    return pl.concat(parts, how="diagonal_relaxed").sort("turn").drop("turn", "place")


def _both(trial: Trial) -> dict[Chooser, str]:
    return {"champion": trial.champion, "challenger": trial.challenger}


def _newest(work: UnitOfWork, model: str, dataset: str) -> Scoring | None:
    found = work.scorings.list_scorings(last=EVERY)
    return next((one for one in found if (one.model, one.dataset) == (model, dataset)), None)


def _told(rows: pl.DataFrame, draw: Draw) -> pl.DataFrame:
    return rows.with_columns(
        is_random=pl.Series(draw.is_random, dtype=pl.Boolean), chance=pl.Series(draw.inclusion_probability)
    )
