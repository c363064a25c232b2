"""What a draw from a list is expected to confirm, without flattery. Rule of the room: compute nothing themselves."""

from dataclasses import dataclass

import polars as pl

from powertheft.actions.show_model import ModelReport
from powertheft.ranking.promise import HeldOutList, confirmations

LEARNT_FROM = "used_in_fitting"
PLACE = "learnt_place"


@dataclass(frozen=True, slots=True)
class Promise:
    """How many of the visits are expected to confirm, how many of them the model learnt from, and how these count.

    `learnt_from` is None where that cannot be told. `is_held_out` says whether they count as held-out connections did
    at the same place; else they count nothing, since nothing is known of such.
    """

    expected_finds: float
    learnt_from: int | None
    is_held_out: bool


def with_places(listed: pl.DataFrame) -> pl.DataFrame:
    """Return a whole list, best first, with the place of each row among those that the model learnt from."""
    if LEARNT_FROM not in listed.columns:
        listed = listed.with_columns(pl.lit(None, dtype=pl.Boolean).alias(LEARNT_FROM))
    return listed.with_columns(pl.col(LEARNT_FROM).fill_null(value=False).cum_sum().alias(PLACE))


def promise_of(chosen: pl.DataFrame, *, learnt: int, report: ModelReport | None) -> Promise:
    """Return what visits to some rows of a list are expected to confirm.

    `learnt` counts those that the model learnt from on the whole list; `report` is the model's, None where it is gone.
    """
    is_known = chosen[LEARNT_FROM].null_count() == 0
    was_learnt = chosen[LEARNT_FROM].fill_null(value=False).to_numpy()
    held_out = _held_out(report)
    chances = confirmations(
        chosen["probability"].to_numpy(),
        was_learnt=was_learnt,
        place=chosen[PLACE].to_numpy(),
        learnt=learnt,
        held_out=held_out,
    )
    return Promise(float(chances.sum()), int(was_learnt.sum()) if is_known else None, held_out is not None)


def _held_out(report: ModelReport | None) -> HeldOutList | None:
    """Return what visits found among connections that were kept from the model, where its report tells it."""
    points = None if report is None else report.points
    return None if points is None else HeldOutList(points["visits"]["visits"], points["visits"]["found"])
