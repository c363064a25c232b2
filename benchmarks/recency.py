"""Do the newest outcomes know how fast older ones grow old? Two stories of a made-up utility, by the truth.

Every month the newest model makes the list, nine in ten visits go to its top and one is drawn at random, and next month
their outcomes are learnt. At some months a model of each half-life is judged by who steals at the top of its list.
"""

import argparse
import time

import numpy as np
import polars as pl

from powertheft.actions.loop_learning import ALGORITHM, Learnt, MonthTable, first_lessons, month_table
from powertheft.models.recency import HALF_LIVES, choose_half_life, recency_weights
from powertheft.models.registry import make_estimator
from powertheft.ranking.drawing import draw_visits
from powertheft.simulation.living import LivingUtility, is_theft
from powertheft.simulation.stories import STORIES

MONTHS = (12, 15, 18, 21, 24, 27)
RESTS = 24


def ages_of(learnt: Learnt) -> np.ndarray:
    return np.repeat(max(learnt.months) - np.array(learnt.months, dtype=np.float64), [*map(len, learnt.labels)])


def order(learnt: Learnt, half_life: float | None, table: MonthTable, able: np.ndarray, *, threads: int) -> np.ndarray:
    """Return the rows that can be visited, in the order of a model taught with that half-life."""
    estimator = make_estimator(ALGORITHM, seed=0, threads=threads)
    weights = recency_weights(ages_of(learnt), half_life)
    estimator.fit(pl.concat(learnt.features), np.concatenate(learnt.labels), weights)
    rows = np.flatnonzero(able)
    return rows[np.argsort(-estimator.raw_scores(table.features.filter(able)), kind="stable")]


def live(story: str, *, consumers: int, seed: int, threads: int) -> None:
    utility = LivingUtility(STORIES[story], consumers=consumers, seed=seed)
    learnt, last = first_lessons(utility), np.full(consumers, -RESTS - 1)
    for number, month in enumerate(utility.months[: max(MONTHS) + 1]):
        utility.live_until(month)
        table = month_table(utility, learnt.recipe)
        able = utility.can_be_visited()[table.places] & (number - last[table.places] > RESTS)
        known, labels = pl.concat(learnt.features), np.concatenate(learnt.labels)
        chosen = choose_half_life(ALGORITHM, known, labels, ages_of(learnt), seed=0, threads=threads)
        if number in MONTHS:
            truth, visits = utility.stealing()[table.places], utility.visits_a_month
            tops = {months: order(learnt, months, table, able, threads=threads)[:visits] for months in HALF_LIVES}
            told = ", ".join(f"{months or 'none'} {truth[top].mean():.0%}" for months, top in tops.items())
            print(f"{story}, {month:%B %Y}: half-life {told}; chosen: {chosen.half_life or 'none'}", flush=True)
        listed = order(learnt, chosen.half_life, table, able, threads=threads)
        draw = draw_visits(len(listed), visits=utility.visits_a_month, random_share=0.1, seed=number)
        by_place = np.argsort(table.places[listed[draw.places]])
        rows, places = listed[draw.places][by_place], table.places[listed[draw.places]][by_place]
        frame = utility.visit(places, is_random=draw.is_random[by_place], chance=draw.inclusion_probability[by_place])
        last[places] = number
        seen = (frame["finding"] != "NO ACCESS").to_numpy()
        learnt.add(
            table.features[rows[seen]], is_theft(frame["finding"])[seen].astype(np.int64), places[seen], month=number
        )


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks recency")
    asked.add_argument("--consumers", type=int, default=16_000)
    asked.add_argument("--seed", type=int, default=2)
    asked.add_argument("--threads", type=int, default=2)
    options, _ = asked.parse_known_args()
    for story in ("changing", "still"):
        begun = time.perf_counter()
        live(story, consumers=options.consumers, seed=options.seed, threads=options.threads)
        print(f"{story}: {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
