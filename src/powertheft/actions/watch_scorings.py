"""Watch a model at each list it makes: what it sees, what it says, how good the list should be. Rule: compute nothing.

A list is compared with that of the same season a year before, of the same model: bills of May differ from bills of
December. Where there was none yet, the reference of the model lends its figures, but nobody is told: it is of inspected
connections, from whom everybody differs from the first day.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.bundle_files import CALIBRATION, REFERENCE
from powertheft.actions.house import EVERY, House, split_reference
from powertheft.actions.ports import Scoring
from powertheft.actions.scorings import LIST, SPREADS, scoring_folder
from powertheft.actions.show_model import read_report
from powertheft.domain.errors import ChoiceError
from powertheft.domain.inspections import Case
from powertheft.domain.numbers import DAYS_A_MONTH
from powertheft.domain.outcomes import INCONCLUSIVE, POSITIVE
from powertheft.domain.spreads import Spreads
from powertheft.domain.watches import Reading, WatchName, days_off_a_year, unknown_reading
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.measures import rank, roc_auc, tally
from powertheft.features.steady import is_steady
from powertheft.monitoring.drift import LARGE_DRIFT, Drift, drifts, score_drift
from powertheft.monitoring.estimated_performance import EstimatedPerformance, PastError, estimate_error
from powertheft.monitoring.estimated_performance import estimate_performance as estimate

SEASON_DAYS = 45
"""Days by which a list may miss being a year older."""

YEAR = timedelta(days=365)
MOST_FEATURES = 40
MOST_FALL = 0.05
"""Of ROC-AUC, below the first list of the same model, from which an estimate has moved."""

FEWEST_OUTCOMES, FEWEST_OF_EACH = 100, 10
"""Visits of a list, and finds and honest ones among them, from which its true ROC-AUC says something."""

CAPACITY, SEED, DRAWS = Capacity.parse("1%"), 6, 100


@dataclass(frozen=True, slots=True)
class _Made:
    """A list as it is compared: when it is of, its spreads, the scoring."""

    scoring: Scoring
    as_of: date
    spreads: Spreads | None


@dataclass(frozen=True, slots=True)
class _Yardstick:
    """What a list is compared with, and whether it is of the same season."""

    spreads: Spreads
    details: Mapping[str, Any]
    is_season: bool


def watch_scoring(house: House, scoring: Scoring, *, cases: Sequence[Case] = ()) -> list[Reading]:
    """Return what is to be said of a list and of the model that made it; `cases` are those whose outcome is known."""
    house.check("model.read")
    made = _made(house, scoring)
    folder = _bundle(house, scoring)
    if made is None or folder is None:
        return []
    with house.read() as work:
        others = [one for one in work.scorings.list_scorings(last=EVERY) if _is_alike(one, scoring)]
    against = _yardstick(house, made, others, folder)
    visited: dict[int, list[Case]] = {}
    for case in cases:
        visited.setdefault(case.scoring or 0, []).append(case)
    known = (_compared(house, one, visited[one.number]) for one in reversed(others) if one.number in visited)
    pairs = [pair for pair in known if pair is not None]
    at_random = _found_at_random(made, cases)
    return [*_drift(made, against), *_estimated(house, made, against, folder=folder, pairs=pairs, at_random=at_random)]


def subject_of(scoring: Scoring) -> str:
    """Return what a list's readings are of: the model version, on a dataset of whichever version."""
    return f"{scoring.model}/{split_reference(scoring.dataset)[0]}"


def _is_alike(one: Scoring, other: Scoring) -> bool:
    return subject_of(one) == subject_of(other)


def _bundle(house: House, scoring: Scoring) -> Path | None:
    """Return where the model lies, None where it is deleted."""
    try:
        with house.read() as work:
            return house.home.models / work.models.get_version(*split_reference(scoring.model)).folder
    except ChoiceError:
        return None


def _made(house: House, scoring: Scoring) -> _Made | None:
    as_of = _as_of(house, scoring)
    return None if as_of is None else _Made(scoring, as_of, _spreads(house, scoring))


def _as_of(house: House, scoring: Scoring) -> date | None:
    """Return the day that a list is of, None where its files are gone."""
    place = scoring_folder(house, scoring) / LIST
    if not place.is_file():
        return None
    found = pl.scan_parquet(place).select(pl.col("as_of").max()).collect().item()
    return found if isinstance(found, date) else scoring.created_at.date()


def _spreads(house: House, scoring: Scoring) -> Spreads | None:
    place = scoring_folder(house, scoring) / SPREADS
    return Spreads.from_json(json.loads(place.read_text("utf-8"))) if place.is_file() else None


def _yardstick(house: House, made: _Made, others: Sequence[Scoring], folder: Path) -> _Yardstick:
    dated = [(one, day) for one in others if (day := _as_of(house, one)) is not None and day < made.as_of]
    near = [(days_off_a_year(made.as_of, day), one, day) for one, day in dated]
    for _, scoring, day in sorted((one for one in near if one[0] <= SEASON_DAYS), key=lambda one: one[0]):
        spreads = _spreads(house, scoring)
        if spreads is not None:
            details = {"compared_with": "year_before", "list": scoring.number, "of": day.isoformat()}
            return _Yardstick(spreads, details, is_season=True)
    return _Yardstick(_reference(folder), {"compared_with": "reference"}, is_season=False)


def _reference(folder: Path) -> Spreads:
    return Spreads.from_json(json.loads((folder / REFERENCE).read_text("utf-8")))


def _drift(made: _Made, against: _Yardstick) -> Iterator[Reading]:
    subject, now = subject_of(made.scoring), datetime.now(UTC)
    if made.spreads is None:
        for watch in ("input_drift", "score_drift"):
            yield unknown_reading(watch, subject, made.as_of, why="no_counts", at=now, list=made.scoring.number)
        return
    found = drifts(against.spreads, made.spreads)
    told = [one for one in found if is_steady(one.name)]
    worst = max((one.psi for one in told), default=0.0)
    details = {
        "list_now": made.scoring.number,
        **against.details,
        "features": [{**one.to_json(), "told": is_steady(one.name)} for one in found[:MOST_FEATURES]],
        "looked_at": len(found),
        "drifted": sum(one.size != "none" for one in found),
        "drifted_told": sum(one.size != "none" for one in told),
    }
    has_moved = any(one.size == "large" for one in told)
    yield _judged("input_drift", made, against, value=worst, has_moved=has_moved, details=details)
    scores = score_drift(against.spreads, made.spreads)
    details = {"list_now": made.scoring.number, **against.details, "drift": scores.to_json()}
    yield _judged("score_drift", made, against, value=scores.psi, has_moved=scores.size == "large", details=details)


def _judged(
    watch: WatchName, made: _Made, against: _Yardstick, *, value: float, has_moved: bool, details: Mapping[str, Any]
) -> Reading:
    state = ("moved" if has_moved else "quiet") if against.is_season else "unknown"
    why = {} if against.is_season else {"why": "no_year_before"}
    return Reading(
        watch, subject_of(made.scoring), made.as_of, datetime.now(UTC), state, value, made.scoring.rows,
        high=LARGE_DRIFT, details={**details, **why},
    )  # fmt: skip


def _estimated(
    house: House,
    made: _Made,
    against: _Yardstick,
    *,
    folder: Path,
    pairs: Sequence[Mapping[str, Any]],
    at_random: int,
) -> Iterator[Reading]:
    listed = pl.read_parquet(scoring_folder(house, made.scoring) / LIST, columns=["probability", "raw_score"])
    if listed.is_empty():
        return
    knots = json.loads((folder / CALIBRATION).read_text("utf-8"))["knots"]
    past = estimate_error([one["estimated"] for one in pairs], [one["true"] for one in pairs])
    found = _estimate(
        listed,
        knots=(knots[0], knots[-1]),
        drift=_season_drift(made, against),
        past=past,
        learnt=int(read_report(house, made.scoring.model).judged["positives"]),
        at_random=at_random,
        months_old=_months_old(house, made.scoring),
    )
    first = _first(house, made)
    yield _estimate_reading(made, found, first=first, past=past, pairs=pairs)


def _months_old(house: House, scoring: Scoring) -> float:
    """Return how old the model of a list was when it made it."""
    with house.read() as work:
        version = work.models.get_version(*split_reference(scoring.model))
    return (scoring.created_at - version.created_at).days / DAYS_A_MONTH


def _found_at_random(made: _Made, cases: Sequence[Case]) -> int:
    """Return how many thefts visits drawn at random on the same data found since a year before a list."""
    since, (dataset, _) = made.as_of - YEAR, split_reference(made.scoring.dataset)
    drawn = (one.finding for one in cases if (one.drawn_by, one.dataset) == ("random", dataset))
    return sum(one is not None and one.outcome in POSITIVE and one.inspected_on >= since for one in drawn)


def _season_drift(made: _Made, against: _Yardstick) -> Drift | None:
    return None if made.spreads is None or not against.is_season else score_drift(against.spreads, made.spreads)


def _estimate(
    listed: pl.DataFrame,
    *,
    knots: tuple[float, float],
    drift: Drift | None = None,
    past: PastError | None = None,
    learnt: int | None = None,
    at_random: int | None = None,
    months_old: float | None = None,
) -> EstimatedPerformance:
    return estimate(
        listed["probability"].to_numpy(),
        listed["raw_score"].to_numpy(),
        capacity=CAPACITY,
        calibrated=knots,
        thefts_learnt=learnt,
        found_at_random=at_random,
        months_old=months_old,
        score_drift=drift,
        past=past,
        seed=SEED,
        draws=DRAWS,
    )


def _first(house: House, made: _Made) -> float | None:
    """Return what was estimated of the first list of this model on these data."""
    with house.read() as work:
        history = work.watches.list_history("estimated_performance", subject=subject_of(made.scoring))
    earlier = [one for one in history if one.period < made.as_of and one.value is not None]
    return min(earlier, key=lambda one: one.period).value if earlier else None


def _estimate_reading(
    made: _Made,
    found: EstimatedPerformance,
    *,
    first: float | None,
    past: PastError | None,
    pairs: Sequence[Mapping[str, Any]],
) -> Reading:
    area = found.measures["roc_auc"].value
    is_known = bool(np.isfinite(area)) and not found.warns
    has_moved = is_known and first is not None and area < first - MOST_FALL
    details = {**found.to_json(), "list_now": made.scoring.number, "compared": list(pairs)}
    details |= {"past": None if past is None else past.to_json()} | ({} if is_known else {"why": "doubts"})
    return Reading(
        "estimated_performance", subject_of(made.scoring), made.as_of, datetime.now(UTC),
        "unknown" if not is_known else "moved" if has_moved else "quiet",
        area if np.isfinite(area) else None, made.scoring.rows,
        low=None if first is None else first - MOST_FALL, expected=first, details=details,
    )  # fmt: skip


def _compared(house: House, scoring: Scoring, cases: Sequence[Case]) -> dict[str, Any] | None:
    """Return the ROC-AUC that was estimated of the connections of a list that were visited, and their true one."""
    visited = {
        one.consumer_id: one.finding.outcome in POSITIVE
        for one in cases
        if one.finding is not None and one.finding.outcome not in INCONCLUSIVE
    }
    found = sum(visited.values())
    if len(visited) < FEWEST_OUTCOMES or min(found, len(visited) - found) < FEWEST_OF_EACH:
        return None
    rows = (
        pl.scan_parquet(scoring_folder(house, scoring) / LIST)
        .select("consumer_id", "probability", "raw_score")
        .filter(pl.col("consumer_id").is_in(list(visited)))
        .collect()
    )
    if rows.height < FEWEST_OUTCOMES:
        return None
    labels = np.array([visited[one] for one in rows["consumer_id"]], dtype=np.int64)
    chances, raw = rows["probability"].to_numpy(), rows["raw_score"].to_numpy()
    # Knots beyond all scores: what is doubtful of so few rows is not asked here.
    promised = _estimate(rows, knots=(float(raw.min()), float(raw.max())))
    true = roc_auc(tally(rank(rows["consumer_id"], labels, raw, chances)))
    return {
        "list": scoring.number,
        "visits": rows.height,
        "found": int(labels.sum()),
        "estimated": promised.measures["roc_auc"].value,
        "true": float(true),
    }
