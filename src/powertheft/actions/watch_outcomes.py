"""Watch what visits find: against the promise, at random, by band and segment, and what it was worth.

Every month of the last two years is judged anew, since outcomes come late. The hit rate is that of a model's lists,
whichever of its versions chose a visit: one version alone seldom makes lists for long enough. Rule of the room: compute
nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import sqrt
from typing import Any

import numpy as np

from powertheft.actions.house import House, split_reference
from powertheft.actions.ports import Scoring
from powertheft.domain.inspections import Case
from powertheft.domain.outcomes import INCONCLUSIVE, POSITIVE
from powertheft.domain.watches import Reading, WatchName, unknown_reading
from powertheft.monitoring.hit_rate import (
    FEWEST_VISITS,
    SURE,
    WINDOW,
    VisitMonth,
    judge_hit_rate,
    weighted_rate,
)
from powertheft.monitoring.promises import FEWEST_VISITS as FEWEST_IN_BAND
from powertheft.monitoring.promises import Promised, by_band, by_segment
from powertheft.monitoring.recovery import FEWEST_FINDS, judge_recovery

MONTHS = 24
YEAR, HALF_YEAR = 12, 6
"""Months of visits that bands and segments are judged by, and the random quota."""

FEWEST_RANDOM = 30
"""Conclusive visits drawn at random below which they are not set beside the list."""

SEGMENTS = ("section", "category")
Z = 1.96


@dataclass(frozen=True, slots=True)
class Visit:
    """A conclusive visit: its month, whether it found theft, what which version promised, and how it was drawn."""

    month: date
    found: bool
    promised: float | None
    drawn_by: str
    chance: float
    about: Mapping[str, Any]
    version: str = ""


def watch_outcomes(house: House, cases: Sequence[Case], scorings: Mapping[int, Scoring]) -> list[Reading]:
    """Return what the outcomes so far say: of each model, of the quota, and of what was recovered."""
    house.check("inspection.read")
    by_model: dict[str, list[Visit]] = {}
    by_version: dict[str, list[Visit]] = {}
    by_dataset: dict[str, list[Visit]] = {}
    for case in cases:
        scoring = scorings.get(case.scoring or 0)
        visit = _visit(case, scoring.model if scoring else "")
        if visit is None:
            continue
        by_dataset.setdefault(case.dataset, []).append(visit)
        if scoring is not None and visit.promised is not None:
            by_version.setdefault(scoring.model, []).append(visit)
            if visit.drawn_by == "list":
                by_model.setdefault(split_reference(scoring.model)[0], []).append(visit)
    return [
        *(reading for model, visits in sorted(by_model.items()) for reading in _hit_rates(model, visits)),
        *(reading for version, visits in sorted(by_version.items()) for reading in _of_version(version, visits)),
        *(reading for dataset, visits in sorted(by_dataset.items()) for reading in _quota(dataset, visits)),
        *_recovered(cases),
    ]


def _visit(case: Case, version: str) -> Visit | None:
    finding = case.finding
    if finding is None or finding.outcome in INCONCLUSIVE:
        return None
    return Visit(
        finding.inspected_on.replace(day=1), finding.outcome in POSITIVE, case.about.get("probability"),
        case.drawn_by, case.inclusion_probability, case.about, version,
    )  # fmt: skip


def _of_version(version: str, visits: Sequence[Visit]) -> Iterator[Reading]:
    listed = [one for one in visits if one.drawn_by == "list"]
    yield from _by_month(visits, YEAR, lambda month, known: _calibration(version, month, known))
    yield from _by_month(listed, YEAR, lambda month, known: _segments(version, month, known))


def _by_month(
    visits: Sequence[Visit], window: int, judge: Callable[[date, Sequence[Visit]], Reading]
) -> Iterator[Reading]:
    """Judge each of the last months that has visits by those of the months until then."""
    for month in sorted({one.month for one in visits})[-MONTHS:]:
        yield judge(month, [one for one in visits if 0 <= _months_between(one.month, month) < window])


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _hit_rates(model: str, visits: Sequence[Visit]) -> Iterator[Reading]:
    months = sorted({one.month for one in visits})
    counted = [_counted([one for one in visits if one.month == month]) for month in months]
    for place in range(max(0, len(months) - MONTHS), len(months)):
        window = months[max(0, place + 1 - WINDOW) : place + 1]
        of_versions = _of_versions([one for one in visits if one.month in window])
        yield _hit_rate(model, months[place], counted[: place + 1], of_versions)


def _counted(visits: Sequence[Visit]) -> VisitMonth:
    """Count a month's visits, in the name of the version that chose most of them."""
    chosen = _of_versions(visits)
    # Of as many each, the older one: it is the champion of a trial.
    most = max(chosen, key=lambda version: chosen[version][1])
    return VisitMonth(len(visits), sum(one.found for one in visits), sum(one.promised or 0.0 for one in visits), most)


def _of_versions(visits: Sequence[Visit]) -> dict[str, list[int]]:
    """Return by version how many of the visits that it chose found theft, and how many they were."""
    counts: dict[str, list[int]] = {}
    for one in visits:
        found, all_of_it = counts.get(one.version, (0, 0))
        counts[one.version] = [found + one.found, all_of_it + 1]
    return dict(sorted(counts.items(), key=lambda one: split_reference(one[0])[1] or 0))


def _hit_rate(
    model: str, month: date, months: Sequence[VisitMonth], of_versions: Mapping[str, Sequence[int]]
) -> Reading:
    verdict, at, newest = judge_hit_rate(months), datetime.now(UTC), months[-1]
    rate = verdict.found / verdict.visits if verdict.visits else None
    details = {
        "found": verdict.found, "expected_finds": verdict.expected, "deviation": verdict.deviation,
        "interval": [verdict.low, verdict.high], "months": min(len(months), WINDOW),
        "month": {"visits": newest.visits, "found": newest.found, "promised": newest.promised},
        "versions": dict(of_versions),
    }  # fmt: skip
    expected = verdict.expected / verdict.visits if verdict.visits else None
    if verdict.state == "unknown":
        why = {"why": "few", "needed": FEWEST_VISITS, "of": "visits", "months_needed": WINDOW}
        return Reading(
            "hit_rate", model, month, at, "unknown", rate, verdict.visits, expected=expected, details={**details, **why}
        )
    state = "moved" if verdict.state == "fallen" else "quiet"
    low = _lowest(expected or 0.0, verdict.visits, least=verdict.least)
    return Reading("hit_rate", model, month, at, state, rate, verdict.visits, low, None, expected, details)


def _lowest(expected: float, visits: int, *, least: float) -> float:
    """Return about where a hit rate is told: so far below what was to be expected, and surely so."""
    share = min(expected, 1.0)
    by_chance = expected - SURE * sqrt(max(share * (1 - share), 1e-9) / visits)
    return max(0.0, min(by_chance, (1 - least) * expected))


def _calibration(model: str, month: date, visits: Sequence[Visit]) -> Reading:
    promised, found = _arrays(visits)
    bands = by_band(promised, found)
    return _of_parts("calibration", model, month, bands, visits=len(visits))


def _segments(model: str, month: date, visits: Sequence[Visit]) -> Reading:
    parts = list[Promised]()
    for name in SEGMENTS:
        known = [one for one in visits if one.about.get(name)]
        if known:
            promised, found = _arrays(known)
            parts += by_segment([str(one.about[name]) for one in known], promised, found)
    return _of_parts("segments", model, month, parts, visits=len(visits))


def _arrays(visits: Sequence[Visit]) -> tuple[np.ndarray, np.ndarray]:
    promised = np.array([one.promised for one in visits], dtype=np.float64)
    return promised, np.array([one.found for one in visits], dtype=np.bool_)


def _of_parts(watch: WatchName, model: str, month: date, parts: Sequence[Promised], *, visits: int) -> Reading:
    told = [
        {"name": one.name, "visits": one.visits, "found": one.found, "promised": one.promised, "low": one.low,
         "high": one.high, "moved": one.has_moved, "enough": one.is_enough}
        for one in parts
    ]  # fmt: skip
    enough, at = [one for one in parts if one.is_enough], datetime.now(UTC)
    if not enough:
        return unknown_reading(
            watch, model, month, why="few", at=at, counted=visits, needed=FEWEST_IN_BAND, of="visits of a part",
            parts=told,
        )  # fmt: skip
    worst = max(enough, key=lambda one: (one.has_moved, abs(one.rate - one.promised)))
    if watch == "segments":
        worst = min(enough, key=lambda one: (not one.has_moved, one.rate - one.promised))
    value = worst.rate if watch == "segments" else abs(worst.rate - worst.promised)
    state = "moved" if worst.has_moved else "quiet"
    expected = worst.promised if watch == "segments" else None
    details = {"parts": told, "worst": worst.name}
    return Reading(watch, model, month, at, state, value, visits, expected=expected, details=details)


def _quota(dataset: str, visits: Sequence[Visit]) -> Iterator[Reading]:
    if any(one.drawn_by == "random" for one in visits):
        yield from _by_month(visits, HALF_YEAR, lambda month, known: _quota_rate(dataset, month, known))


def _quota_rate(dataset: str, month: date, visits: Sequence[Visit]) -> Reading:
    drawn = [one for one in visits if one.drawn_by == "random"]
    listed = [one for one in visits if one.drawn_by == "list"]
    chances = np.array([one.chance for one in drawn], dtype=np.float64)
    rate, error = weighted_rate(np.array([one.found for one in drawn], dtype=np.bool_), chances)
    hits, at = sum(one.found for one in listed), datetime.now(UTC)
    of_list = hits / len(listed) if listed else None
    details: dict[str, Any] = {
        "random_found": sum(one.found for one in drawn),
        "list_visits": len(listed),
        "list_found": hits,
    }
    if len(drawn) < FEWEST_RANDOM or len(listed) < FEWEST_VISITS or of_list is None:
        value = rate if drawn else None
        why = {"why": "few", "needed": FEWEST_RANDOM, "of": "visits at random", "list_needed": FEWEST_VISITS}
        return Reading(
            "quota_rate", dataset, month, at, "unknown", value, len(drawn), expected=of_list, details={**details, **why}
        )
    details["interval"] = [max(0.0, rate - Z * error), min(1.0, rate + Z * error)]
    state = "moved" if rate >= of_list else "quiet"
    return Reading("quota_rate", dataset, month, at, state, rate, len(drawn), high=of_list, details=details)


def _recovered(cases: Sequence[Case]) -> Iterator[Reading]:
    """Return by dataset and month what finds assessed, and whether each of them assesses less than it did."""
    months: dict[tuple[str, date], list[Case]] = {}
    for case in cases:
        if case.finding is not None and case.finding.outcome in POSITIVE:
            months.setdefault((case.dataset, case.finding.inspected_on.replace(day=1)), []).append(case)
    for (dataset, month), finds in sorted(months.items()):
        near = [(_months_between(other, month), own) for (name, other), own in months.items() if name == dataset]
        recent = [case for ago, own in near if 0 <= ago < WINDOW for case in own]
        before = [case for ago, own in near if WINDOW <= ago < WINDOW + YEAR for case in own]
        yield _recovered_in(dataset, month, finds, (_energies(recent), _energies(before)))


def _recovered_in(dataset: str, month: date, finds: Sequence[Case], energies: tuple[np.ndarray, np.ndarray]) -> Reading:
    own, verdict, at = _energies(finds), judge_recovery(*energies), datetime.now(UTC)
    amounts = [one.finding.amount_assessed for one in finds if one.finding and one.finding.amount_assessed is not None]
    currency = next((one.about["currency"] for one in finds if one.about.get("currency")), "")
    details: dict[str, Any] = {
        "finds": len(finds), "amount": sum(amounts) if amounts else None, "with_amount": len(amounts),
        "with_energy": own.size, "currency": currency,
    }  # fmt: skip
    value = float(own.sum()) if own.size else None
    if not own.size and not amounts:
        return unknown_reading(
            "recovered_value", dataset, month, why="no_amounts", at=at, counted=len(finds), **details
        )
    if verdict.state == "unknown":
        few = {"why": "few", "needed": FEWEST_FINDS, "of": "finds", **details}
        counted = int(min(one.size for one in energies))
        return Reading("recovered_value", dataset, month, at, "unknown", value, counted, details=few)
    details |= {"typical": verdict.typical, "typical_before": verdict.before}
    state = "moved" if verdict.state == "fallen" else "quiet"
    return Reading("recovered_value", dataset, month, at, state, value, int(energies[0].size), details=details)


def _energies(finds: Sequence[Case]) -> np.ndarray:
    """Return the energy that each find assessed, where one was written down [kWh]."""
    assessed = (one.finding.energy_assessed for one in finds if one.finding is not None)
    return np.array([energy for energy in assessed if energy is not None], dtype=np.float64)
