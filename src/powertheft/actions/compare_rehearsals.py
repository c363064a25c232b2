"""A story with the loop and without it, side by side. Rule of the room: put the rooms together, compute nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.rehearse_loop import Rehearsal, rehearse_loop
from powertheft.domain.promotion import PromotionPolicy
from powertheft.reports.rehearsal import DrawnRehearsal, draw_rehearsal, write_rehearsal
from powertheft.simulation.stories import story_of

CHANGES = {
    "new_method": "theft moves to a new method",
    "dearer_tariff": "a dearer tariff",
    "roll_out": "new meters are rolled out",
}
SHORT = {"hit_rate": "hit rate", "bills: price": "price", "bills: new_meter": "new meters"}


@dataclass(frozen=True, slots=True)
class ComparedRehearsals:
    """The same years with the loop and without it, and where the picture and the table of months lie."""

    with_loop: Rehearsal
    without_loop: Rehearsal
    months: pl.DataFrame
    picture: Path | None = None
    table: Path | None = None


def compare_rehearsals(
    story: str,
    *,
    consumers: int,
    seed: int,
    out: Path | None = None,
    policy: PromotionPolicy | None = None,
    threads: int = 2,
    progress: Progress = no_progress,
) -> ComparedRehearsals:
    """Live through a story twice, and write what came of it into a folder."""
    told = story_of(story)
    first, second = (
        rehearse_loop(
            told,
            consumers=consumers,
            seed=seed,
            with_loop=with_loop,
            with_hindsight=with_loop,
            policy=policy,
            threads=threads,
            progress=part_of(progress, start, start + 0.5),
        )
        for with_loop, start in ((True, 0.0), (False, 0.5))
    )
    months = months_of(first, second)
    if out is None:
        return ComparedRehearsals(first, second, months)
    picture, table = write_rehearsal(draw_rehearsal(_drawn(first, second)), months, out=out)
    return ComparedRehearsals(first, second, months, picture, table)


def months_of(with_loop: Rehearsal, without_loop: Rehearsal) -> pl.DataFrame:
    """Return one row a month: the rates of both, of hindsight, and what the loop told and did."""
    told: dict[int, list[str]] = {}
    for alarm in with_loop.alarms:
        told.setdefault(alarm.since, []).append(f"alarm: {alarm.cause}")
        if alarm.until is not None:
            told.setdefault(alarm.until, []).append(f"over: {alarm.cause}")
    for month, step, number in with_loop.steps:
        told.setdefault(month, []).append(f"model {number} {step}")
    return pl.DataFrame(
        [
            {
                "month": month.month,
                "stealing": round(month.stealing, 4),
                "hit_rate": round(month.hit_rate, 4),
                "promised": round(month.promised, 4),
                "true_rate": round(month.true_rate, 4),
                "true_rate_without_loop": round(other.true_rate, 4),
                "true_rate_with_hindsight": None if month.hindsight is None else round(month.hindsight, 4),
                "roc_auc_estimated": round(month.estimated_roc_auc, 4),
                "roc_auc": round(month.true_roc_auc, 4),
                "champion": month.champion,
                "what_happened": "; ".join(told.get(place, [])) or None,
            }
            for place, (month, other) in enumerate(zip(with_loop.months, without_loop.months, strict=True))
        ]
    )


def _drawn(first: Rehearsal, second: Rehearsal) -> DrawnRehearsal:
    days = [month.month for month in first.months]
    hindsight = [month.hindsight for month in first.months if month.hindsight is not None]
    return DrawnRehearsal(
        months=days,
        with_loop=[month.true_rate for month in first.months],
        without_loop=[month.true_rate for month in second.months],
        hindsight=hindsight or None,
        changes={CHANGES[name]: day for name, day in first.story.begins().items()},
        alarms=[(days[alarm.since], SHORT.get(alarm.cause, alarm.cause)) for alarm in first.alarms],
        promotions=_promotions(first, days),
    )


def _promotions(rehearsal: Rehearsal, days: Sequence[date]) -> list[tuple[date, str]]:
    return [(days[month], str(number)) for month, step, number in rehearsal.steps if step == "promoted"]
