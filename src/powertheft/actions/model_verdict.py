"""What a list would do for squads, and a model in three sentences. Rule of the room: from figures that are there."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from powertheft.domain.numbers import grouped

ENOUGH_RANDOM = 50
"""Visits drawn at random at least before their hit rate says what visits at random find."""

WIDE = 0.5
"""Width of an interval, of its figure, from which the figure is said to be uncertain."""

OFF = 0.25
"""Distance of found over promised from 1 from which likelihoods are said to be off."""

PAYS = 2.0
"""Times the base rate down to which a list is said to be worth following."""


@dataclass(frozen=True, slots=True)
class Baselines:
    """Shares of visits that find theft without the model: made as until now, and drawn at random; None: not known."""

    practice: float | None
    random: float | None
    random_visits: int


def baselines(practice: Mapping[str, Any], *, label_scope: str) -> Baselines:
    """Return what visits find without the model.

    Where outcomes cover everybody nothing tells how visits are chosen today, and visits at random find the base rate;
    where they are those of visits, what these found is today's practice, and only those drawn at random tell of chance.

    Examples
    --------
    >>> visits = {"visits": 1000, "found": 40, "by": {"random": {"visits": 100, "found": 1}}}
    >>> baselines(visits, label_scope="inspected")
    Baselines(practice=0.0433..., random=0.01, random_visits=100)
    >>> baselines(visits, label_scope="everybody")
    Baselines(practice=None, random=0.04, random_visits=1000)
    """
    whole = _rate(practice)
    if label_scope == "everybody":
        return Baselines(None, whole, practice["visits"])
    drawn = practice["by"].get("random", {"visits": 0, "found": 0})
    chosen = {name: practice[name] - drawn[name] for name in ("visits", "found")}
    at_random = _rate(drawn) if drawn["visits"] >= ENOUGH_RANDOM else None
    return Baselines(_rate(chosen), at_random, drawn["visits"])


def _rate(counted: Mapping[str, int]) -> float | None:
    return counted["found"] / counted["visits"] if counted["visits"] else None


def finds_within(points: Mapping[str, Any], visits: int) -> float:
    """Return how many thefts the first visits of the list find, between the points of its curve in a straight line.

    Examples
    --------
    >>> finds_within({"visits": {"visits": [1, 10, 20], "found": [1, 5, 7]}}, 15)
    6.0
    """
    return between(points["visits"]["visits"], points["visits"]["found"], visits)


def between(places: Sequence[float], values: Sequence[float], wanted: float) -> float:
    """Return a value between the points of a curve."""
    after = bisect_right(places, wanted)
    if after == 0:
        return float(values[0])
    if after == len(places):
        return float(values[-1])
    share = (wanted - places[after - 1]) / (places[after] - places[after - 1])
    return values[after - 1] + share * (values[after] - values[after - 1])


def at_cutoff(points: Mapping[str, Any], cutoff: float) -> dict[str, int]:
    """Return the confusion matrix at the cut-off of the curve that is nearest from below.

    Examples
    --------
    >>> lines = {"cutoff": [0.1, 0.5], "suspected": [8, 2], "found": [3, 2]}
    >>> points = {"consumers": 10, "positives": 3, "cutoffs": lines}
    >>> at_cutoff(points, 0.6)
    {'place': 1, 'suspected': 2, 'found': 2, 'missed': 1, 'in_vain': 0, 'cleared': 7}
    """
    told = points["cutoffs"]
    place = max(bisect_right(told["cutoff"], cutoff + 1e-9) - 1, 0)
    suspected, found = told["suspected"][place], told["found"][place]
    missed, in_vain = points["positives"] - found, suspected - found
    cleared = points["consumers"] - suspected - missed
    return {
        "place": place,
        "suspected": suspected,
        "found": found,
        "missed": missed,
        "in_vain": in_vain,
        "cleared": cleared,
    }


def verdict(figures: Mapping[str, Any], *, basis: str, label_scope: str) -> tuple[str, str, str]:
    """Return how good a model is, at what capacity, and what to distrust: a sentence each."""
    judged = figures[basis]
    return _how_good(judged), _at_what_capacity(judged), _what_to_distrust(figures, basis, label_scope)


def _how_good(judged: Mapping[str, Any]) -> str:
    at, lift = judged["measures"]["precision_at_capacity"], judged["measures"]["lift_at_capacity"]["value"]
    times = f", {lift:.1f} times as many as visits without it" if lift is not None else ""
    return (
        f"Of 100 visits at the top of its list about {_count(at['value'])} find theft"
        f" (between {_count(at['low'])} and {_count(at['high'])}){times}, of which {_count(judged['base_rate'])} do."
    )


def _at_what_capacity(judged: Mapping[str, Any]) -> str:
    base, last = judged["base_rate"], None
    for point in judged["top_of_list"]:
        if point["precision"] >= PAYS * base:
            last = point
    visits, whole = judged["visits"], judged["consumers"]
    said = f"That is for the first {grouped(visits)} of {grouped(whole)} connections judged"
    if last is None or last["visits"] <= visits:
        return f"{said}; further down it finds less than twice what visits without it would."
    return (
        f"{said}; it finds at least twice as many as visits without it down to place {grouped(last['visits'])}, where "
        f"it has found {round(100 * last['recall'])} % of all theft."
    )


def _what_to_distrust(figures: Mapping[str, Any], basis: str, label_scope: str) -> str:
    audit, judged = figures["audit"], figures[basis]
    if audit["severity"] == "leak":
        return f"Do not use it yet: {audit['verdict']}"
    doubts = [doubt for doubt in _doubts(figures, judged, basis) if doubt]
    if label_scope == "inspected" and not doubts:
        doubts.append("it learnt from connections that somebody chose to visit, so others may differ")
    if audit["severity"] == "look":
        doubts.insert(0, "some of it may have been caused by visits: read what the audit says")
    if not doubts:
        return "Nothing stands out that should be distrusted; a likelihood is still an indication and not proof."
    return f"Distrust: {'; '.join(doubts[:3])}."


def _doubts(figures: Mapping[str, Any], judged: Mapping[str, Any], basis: str) -> list[str]:
    measure = judged["measures"]["pr_auc"]
    value, low, high = measure["value"], measure["low"], measure["high"]
    is_wide = low is not None and high is not None and (high - low) > WIDE * value
    groups = [one for one in figures["segments"][basis] or () if one["is_served_badly"]]
    selection = (figures["selection"] or {}).get(basis)
    tops = (figures["calibration"][basis] or {"observed_over_predicted": {}})["observed_over_predicted"]
    ratio = tops.get("5%")
    return [
        f"only {grouped(judged['positives'])} thefts were judged, so the figures may be off by a third or more"
        if is_wide
        else "",
        f"it serves {len(groups)} groups badly, first of all {groups[0]['segment']} {groups[0]['group']}"
        if len(groups) > 1
        else f"it serves {groups[0]['segment']} {groups[0]['group']} badly"
        if groups
        else "",
        f"at the top of the list {ratio:.2f} thefts are found for each that its likelihoods promise"
        if ratio is not None and abs(ratio - 1) > OFF
        else "",
        "those inspected differ much from all others"
        if selection and selection["effective_size"] < selection["rows"] / 2
        else "",
    ]


def _count(share: float | None) -> str:
    if share is None:
        return "an unknown number"
    hundredfold = 100 * share
    return f"{hundredfold:.1f}" if 0 < hundredfold < 9.5 else f"{hundredfold:.0f}"
