"""Live through years of a made-up utility with the loop, or without it. Rule of the room: compute nothing themselves.

What watches, trains, tries and promotes here are the functions that do so in a utility's home, too.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from powertheft.actions.bill_signs import signs_of
from powertheft.actions.loop_learning import (
    PROFILE,
    Learnt,
    MonthTable,
    first_lessons,
    month_table,
    scores_with_hindsight,
    without_tables,
)
from powertheft.actions.progress import Progress, no_progress
from powertheft.domain.promotion import PromotionPolicy, check_policy
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.measures import rank, roc_auc, tally
from powertheft.models.training import FittedModel
from powertheft.monitoring.estimated_performance import estimate_performance
from powertheft.monitoring.hit_rate import WINDOW, HitRateVerdict, VisitMonth, judge_hit_rate
from powertheft.monitoring.trials import Choices, added_up, judge_trial, take_turns
from powertheft.ranking.drawing import draw_visits
from powertheft.simulation.living import LivingUtility, is_theft
from powertheft.simulation.stories import Story

RANDOM_SHARE = 0.1
SEARCHING_SHARE = 0.3
"""Of the visits, drawn at random while the list finds less than it should: only they meet what no list knows yet."""

REST_MONTHS = 24
"""A connection is not visited again before."""

LOOKS = 2
"""At a trial, a month apart: what is no better in two months of visits makes room for the next trial."""

YEAR = 12
"""Months whose finds at random say whether probabilities hold for those whom nobody chose."""

MONTHS_IN_A_ROW = 2
"""Months that a sign must have moved before it is told: one billing cycle."""

HIT_RATE = "hit_rate"
NEVER = -1000


@dataclass(frozen=True, slots=True)
class Alarm:
    """What was told, in which month of the rehearsal it began, and in which it ended (None: it is open)."""

    cause: str
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class RehearsedMonth:
    """One month: what visits found, what was promised, and what only the simulation knows.

    `listed` counts visits from lists, `visits` those of them that were conclusive. Rates are shares: `hit_rate` and
    `promised` of `visits`, `true_rate` of those who steal among `listed`, `hindsight` the same for as many at the top
    of the list of a model that knows all outcomes of the five years, `stealing` of all connections. ROC-AUCs are of the
    champion's list of all connections.
    """

    month: date
    listed: int
    visits: int
    hit_rate: float
    promised: float
    true_rate: float
    stealing: float
    estimated_roc_auc: float
    estimate_warns: bool
    true_roc_auc: float
    champion: int
    challenger: int | None
    hindsight: float | None = None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal to its end: its months, its alarms, and when which model was trained, promoted or given up."""

    story: Story
    seed: int
    consumers: int
    with_loop: bool
    months: tuple[RehearsedMonth, ...]
    alarms: tuple[Alarm, ...]
    steps: tuple[tuple[int, str, int], ...]


@dataclass(slots=True, eq=False)
class _Visited:
    """The visits of one month; `known` are those whose conclusive outcome has come."""

    month: int
    champion: int
    frame: pl.DataFrame
    features: pl.DataFrame
    promised: np.ndarray
    by_challenger: np.ndarray
    sections: np.ndarray
    known: np.ndarray


@dataclass(slots=True, eq=False)
class _Loop:
    """Where the loop stands: who chooses, who challenges, what was visited and told."""

    learnt: Learnt
    champion: FittedModel
    policy: PromotionPolicy
    threads: int
    with_loop: bool = True
    number: int = 1
    models: int = 1
    challenger: FittedModel | None = None
    challenger_number: int | None = None
    tried_since: int = 0
    looks: int = 0
    thefts_learnt: int = 0
    challenger_learnt: int = 0
    visited: list[_Visited] = field(default_factory=list[_Visited])
    alarms: list[Alarm] = field(default_factory=list[Alarm])
    steps: list[tuple[int, str, int]] = field(default_factory=list[tuple[int, str, int]])
    moved_for: dict[str, int] = field(default_factory=dict[str, int])
    quiet_for: dict[str, int] = field(default_factory=dict[str, int])
    last_visit: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


def rehearse_loop(
    story: Story,
    *,
    consumers: int,
    seed: int,
    with_loop: bool = True,
    with_hindsight: bool = True,
    policy: PromotionPolicy | None = None,
    threads: int = 2,
    progress: Progress = no_progress,
) -> Rehearsal:
    """Live through a story month by month: list, visit, learn, watch, train, try, promote.

    Without the loop the first model makes all lists.
    """
    chosen = policy or PromotionPolicy(looks=LOOKS)
    check_policy(chosen)
    utility = LivingUtility(story, consumers=consumers, seed=seed)
    learnt = first_lessons(utility)
    loop = _Loop(learnt, learnt.train(threads=threads), chosen, threads, with_loop)
    loop.last_visit, loop.thefts_learnt = np.full(consumers, NEVER), learnt.thefts
    months: list[RehearsedMonth] = []
    kept: list[MonthTable] = []
    candidates: list[np.ndarray] = []
    truths: list[np.ndarray] = []
    for number, month in enumerate(utility.months):
        progress(f"{month:%B %Y}", number / len(utility.months))
        utility.live_until(month)
        table = month_table(utility, learnt.recipe)
        _learn(loop, utility.today - timedelta(days=story.label_delay))
        _watch(loop, number, table)
        if with_loop:
            _try(loop, number)
            _train(loop, number)
        able = utility.can_be_visited()[table.places] & (number - loop.last_visit[table.places] > REST_MONTHS)
        truth = utility.stealing()[table.places]
        months.append(_visit(loop, utility, table, able=able, truth=truth, number=number))
        if with_hindsight:
            kept.append(without_tables(table))
            candidates.append(able)
            truths.append(truth)
    _learn(loop, date.max)
    if with_hindsight:
        progress("looking back", 1.0)
        scores = scores_with_hindsight(learnt, kept, threads=threads)
        rates = [
            _rate_on_top(raw, able, truth, visits=month.listed)
            for raw, able, truth, month in zip(scores, candidates, truths, months, strict=True)
        ]
        months = [replace(month, hindsight=rate) for month, rate in zip(months, rates, strict=True)]
    return Rehearsal(story, seed, consumers, with_loop, tuple(months), tuple(loop.alarms), tuple(loop.steps))


def _learn(loop: _Loop, until: date) -> None:
    """Take in the outcomes that have become known; a closed door teaches nothing."""
    for visited in loop.visited:
        come = (visited.frame["inspected_on"] <= until).to_numpy() & _conclusive(visited)
        rows = np.flatnonzero(come & ~visited.known)
        visited.known = come
        if rows.size:
            labels = is_theft(visited.frame["finding"])[rows].astype(np.int64)
            consumers = visited.frame["consumer"].to_numpy()[rows]
            loop.learnt.add(visited.features[rows], labels, consumers, month=visited.month)


def _conclusive(visited: _Visited) -> np.ndarray:
    return (visited.frame["finding"] != "NO ACCESS").to_numpy()


def _watch(loop: _Loop, number: int, table: MonthTable) -> None:
    """Judge the hit rate and the bills, and open or close alarms."""
    verdict = verdict_of_lists(loop)
    _tell(loop, number, HIT_RATE, moved=verdict.state == "fallen", at_once=True)
    for change in signs_of(table.prepared.tables, PROFILE, on=table.month):
        _tell(loop, number, f"bills: {change.name}", moved=change.size != "none", at_once=False)


def verdict_of_lists(loop: _Loop) -> HitRateVerdict:
    """Judge what the lists found, each visit by the promise of the model that chose it."""
    months: list[VisitMonth] = []
    for visited in loop.visited:
        rows = visited.known & ~visited.frame["is_random"].to_numpy()
        found = is_theft(visited.frame["finding"])[rows]
        if rows.any():
            promised = float(visited.promised[rows].sum())
            months.append(VisitMonth(int(rows.sum()), int(found.sum()), promised, str(visited.champion)))
    return judge_hit_rate(months)


def _tell(loop: _Loop, number: int, cause: str, *, moved: bool, at_once: bool) -> None:
    loop.moved_for[cause] = loop.moved_for.get(cause, 0) + 1 if moved else 0
    is_open = _is_open(loop, cause)
    if moved and not is_open and (at_once or loop.moved_for[cause] >= MONTHS_IN_A_ROW):
        loop.alarms.append(Alarm(cause, number))
    loop.quiet_for[cause] = 0 if moved else loop.quiet_for.get(cause, 0) + 1
    if is_open and loop.quiet_for[cause] >= (WINDOW if cause == HIT_RATE else 1):
        loop.alarms = [
            replace(alarm, until=number) if alarm.cause == cause and alarm.until is None else alarm
            for alarm in loop.alarms
        ]


def _try(loop: _Loop, number: int) -> None:
    """Look at the trial of a challenger, and promote it, go on or give up."""
    if loop.challenger is None:
        return
    parts = [visited for visited in loop.visited if visited.month >= loop.tried_since]
    champion, challenger = (added_up([_choices(part, who) for part in parts]) for who in (False, True))
    if min(champion.visits, challenger.visits) < loop.policy.fewest_visits:
        return
    loop.looks += 1
    verdict = judge_trial(champion, challenger, loop.policy, look=loop.looks)
    if verdict.decision == "promote":
        loop.champion, loop.number = loop.challenger, loop.challenger_number or loop.number
        loop.thefts_learnt = loop.challenger_learnt
        loop.steps.append((number, "promoted", loop.number))
    elif verdict.decision == "give up":
        loop.steps.append((number, "given up", loop.challenger_number or 0))
    if verdict.decision != "go on":
        loop.challenger, loop.challenger_number = None, None


def _choices(visited: _Visited, by_challenger: bool) -> Choices:
    rows = visited.known & ~visited.frame["is_random"].to_numpy() & (visited.by_challenger == by_challenger)
    found = is_theft(visited.frame["finding"])
    sections = {
        str(name): (
            int((rows & (visited.sections == name)).sum()),
            int((rows & found & (visited.sections == name)).sum()),
        )
        for name in np.unique(visited.sections[rows])
    }
    return Choices(int(rows.sum()), int((rows & found).sum()), sections)


def _train(loop: _Loop, number: int) -> None:
    """Train the next challenger, each month after the first.

    In the middle of a trial it takes the place of the challenger before it, and the trial goes on.
    """
    if number == 0:
        return
    loop.models += 1
    if loop.challenger is None:
        loop.looks, loop.tried_since = 0, number
    loop.challenger = loop.learnt.train(threads=loop.threads)
    loop.challenger_learnt = loop.learnt.thefts
    loop.challenger_number = loop.models
    loop.steps.append((number, "trained", loop.models))


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Whom to visit, as rows of the month's table in the order of their places, how each was chosen, and how likely the
    model that chose said theft was there.
    """

    rows: np.ndarray
    is_random: np.ndarray
    by_challenger: np.ndarray
    chance: np.ndarray
    promised: np.ndarray


def _visit(
    loop: _Loop, utility: LivingUtility, table: MonthTable, *, able: np.ndarray, truth: np.ndarray, number: int
) -> RehearsedMonth:
    """Make the list, visit whom it and the quota choose, and say how good it was."""
    raw = loop.champion.raw_scores(table.features)
    probability = loop.champion.calibration.probabilities(raw)
    drawn = _draw(loop, table, (raw, probability), able=able, visits=utility.visits_a_month, number=number)
    places = table.places[drawn.rows]
    frame = utility.visit(places, is_random=drawn.is_random, chance=drawn.chance)
    loop.last_visit[places] = number
    sections = table.prepared.tables["consumers"].sort("consumer_id")["section"].cast(pl.String).to_numpy()
    visited = _Visited(
        number,
        loop.number,
        frame,
        table.features[drawn.rows],
        drawn.promised,
        drawn.by_challenger,
        sections[drawn.rows],
        known=np.zeros(len(places), dtype=np.bool_),
    )
    loop.visited.append(visited)
    listed = _conclusive(visited) & ~drawn.is_random
    estimate = estimate_performance(
        probability,
        raw,
        capacity=Capacity(count=utility.visits_a_month),
        calibrated=_calibrated(loop.champion),
        thefts_learnt=loop.thefts_learnt,
        found_at_random=_found_at_random(loop, number),
        seed=0,
        draws=20,
    )
    names = [str(place) for place in table.places]
    return RehearsedMonth(
        month=table.month,
        listed=int((~drawn.is_random).sum()),
        visits=int(listed.sum()),
        hit_rate=float(is_theft(frame["finding"])[listed].mean()),
        promised=float(visited.promised[listed].mean()),
        true_rate=float(truth[drawn.rows[~drawn.is_random]].mean()),
        stealing=float(truth.mean()),
        estimated_roc_auc=estimate.measures["roc_auc"].value,
        estimate_warns=estimate.warns or _is_open(loop),
        true_roc_auc=roc_auc(tally(rank(names, truth.astype(np.int64), raw, probability))),
        champion=loop.number,
        challenger=loop.challenger_number,
    )


def _found_at_random(loop: _Loop, number: int) -> int:
    """Return how many thefts visits drawn at random found in the year before a month, as far as is known."""
    lately = (visited for visited in loop.visited if number - visited.month <= YEAR)
    return sum(
        int((is_theft(one.frame["finding"]) & one.known & one.frame["is_random"].to_numpy()).sum()) for one in lately
    )


def _draw(
    loop: _Loop,
    table: MonthTable,
    champion: tuple[np.ndarray, np.ndarray],
    *,
    able: np.ndarray,
    visits: int,
    number: int,
) -> _Drawn:
    """Take the top of the list, shared out where there is a challenger, and some at random below it.

    `champion` are its scores and probabilities of all rows.
    """
    searching = loop.with_loop and _is_open(loop, HIT_RATE)
    share = SEARCHING_SHARE if searching else RANDOM_SHARE
    listed = _ordered(champion[0], able)
    draw = draw_visits(len(listed), visits=visits, random_share=share, seed=number)
    top, random = listed[draw.places[~draw.is_random]], listed[draw.places[draw.is_random]]
    by_challenger, promised = np.zeros(len(table.places), dtype=np.bool_), champion[1]
    if loop.challenger is not None:
        other = loop.challenger.raw_scores(table.features)
        top, second = take_turns(listed, _ordered(other, able), visits=len(top))
        by_challenger[top[second]] = True
        promised = np.where(by_challenger, loop.challenger.calibration.probabilities(other), promised)
        random = random[~np.isin(random, top)]
    chance = np.ones(len(table.places))
    chance[listed[draw.places]] = draw.inclusion_probability
    rows = np.concatenate([top, random])
    rows = rows[np.argsort(table.places[rows])]
    is_random = np.isin(rows, random)
    return _Drawn(rows, is_random, by_challenger[rows], np.where(is_random, chance[rows], 1.0), promised[rows])


def _is_open(loop: _Loop, cause: str | None = None) -> bool:
    """Whether an alarm is open, of any cause or of one."""
    return any(alarm.until is None and cause in {None, alarm.cause} for alarm in loop.alarms)


def _ordered(raw: np.ndarray, able: np.ndarray) -> np.ndarray:
    """Rows that can be visited, the most suspicious first."""
    rows = np.flatnonzero(able)
    return rows[np.argsort(-raw[rows], kind="stable")]


def _rate_on_top(raw: np.ndarray, able: np.ndarray, truth: np.ndarray, *, visits: int) -> float:
    return float(truth[_ordered(raw, able)[:visits]].mean())


def _calibrated(model: FittedModel) -> tuple[float, float]:
    knots = model.calibration.knots
    return float(knots[0]), float(knots[-1])
