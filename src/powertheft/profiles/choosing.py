"""Which table a file is. Rule of the room: a utility is described in data, never in code."""

import re
from collections.abc import Mapping, Sequence

from powertheft.domain.tables import TABLES
from powertheft.profiles.evidence import Facts
from powertheft.profiles.headers import plain, read_header, vocabulary

# What a table's columns are worth as signs of it; all others are worth less, because several tables have them.
SIGNS: dict[str, dict[str, float]] = {
    "consumers": {"sanctioned_load": 1.2, "connected_on": 1.2, "category": 0.8, "tariff": 0.7, "phase": 0.8, "transformer_id": 0.6, "feeder_id": 0.6, "region": 0.5, "district": 0.5, "section": 0.5, "position": 0.6},
    "readings": {"previous_index": 2.5, "current_index": 2.5, "energy": 2.0, "read_on": 2.0, "period_days": 1.2, "meter_status": 1.0, "reading_code": 1.0, "is_estimated": 1.0, "amount": 1.0, "maximum_demand": 0.8, "power_factor": 0.6, "export_energy": 0.8, "meter_id": 0.4, "commodity": 0.8},
    "intervals": {"start": 3.0, "energy": 2.0},
    "inspections": {"inspected_on": 3.0, "outcome": 2.0, "energy_assessed": 2.5, "amount_assessed": 2.5, "drawn_by": 1.5, "inclusion_probability": 2.0},
    "payments": {"paid_on": 3.0, "amount": 1.0, "paid_amount": 2.5, "arrears": 1.5, "disconnected_on": 2.0, "reconnected_on": 2.0},
    "transformer_readings": {"energy_supplied": 3.0, "energy_unmetered": 2.5, "transformer_id": 1.5, "read_on": 1.2, "period_days": 0.5},
    "events": {"occurred_at": 3.0, "event_code": 3.0, "duration": 1.5},
}  # fmt: skip
WHEN = {
    "readings": "read_on", "intervals": "start", "inspections": "inspected_on", "payments": "paid_on", "events": "occurred_at",
    "transformer_readings": "read_on", "consumers": "connected_on",
}  # fmt: skip
DAILY = 1.5
FEW = 6
Scores = Mapping[str, Mapping[str, float]]


def choose_table(
    stem: str, names: Scores, facts: Mapping[str, Facts], *, shape: str = "long", gap: float | None = None
) -> tuple[str, float, str]:
    """Return the table that a file is, how sure that is, and what speaks for it."""
    points = {
        table: _points(table, names) + _by_stem(stem, table) + _by_values(table, names, facts) for table in TABLES
    }
    if gap is not None:
        points["intervals"] += 2.5 if gap <= DAILY and len(names) <= FEW else -1.5
        points["readings"] += -1.5 if gap <= DAILY else 1.0
    if shape == "wide":
        points["intervals"] += 6.0
    ranked = sorted(points, key=lambda table: -points[table])
    first, second = ranked[0], ranked[1]
    lead = points[first] - max(points[second], 0.0)
    sure = min(0.99, 0.5 + lead / 6) if points[first] > 0 else 0.2
    seen = sorted(
        {
            target
            for scores in names.values()
            for target, score in scores.items()
            if score >= 0.6 and target in SIGNS[first]
        }
    )
    return first, sure, f"columns: {', '.join(seen[:6]) or 'none that tells'}"


def _points(table: str, names: Scores) -> float:
    best: dict[str, float] = {}
    for scores in names.values():
        top = max(scores.values(), default=0.0)
        for target, score in scores.items():
            # A column speaks for what it most likely is, and hardly for what it could be as well.
            counted = score if score >= top - 0.05 else 0.0
            best[target] = max(best.get(target, 0.0), counted)
    points = sum(weight * best.get(target, 0.0) for target, weight in SIGNS[table].items())
    when = best.get("when", 0.0)
    if table != "consumers" and best.get(WHEN[table], 0.0) < 0.5:
        points += when - (1.0 if when == 0.0 else 0.0)
    keys = {"transformer_id"} if table == "transformer_readings" else {"consumer_id"}
    if not any(best.get(key, 0.0) >= 0.5 for key in keys):
        others = {"meter_id"} if table in {"readings", "intervals", "events"} else set[str]()
        points -= 0.8 if any(best.get(key, 0.0) >= 0.5 for key in others) else 2.0
    if table == "transformer_readings" and best.get("consumer_id", 0.0) >= 0.8:
        points -= 4.0
    return points


def _by_stem(stem: str, table: str) -> float:
    words = {word for word, _ in read_header(stem).words} | set(re.findall(r"[^\W\d_]+", plain(stem)))
    return 1.5 if words & vocabulary().tables[table] else 0.0


def _by_values(table: str, names: Scores, facts: Mapping[str, Facts]) -> float:
    consumer = _first(names, "consumer_id")
    points = 0.0
    if consumer and facts[consumer].present > 3:
        repeats = facts[consumer].unlike < 0.98
        if table == "consumers":
            points += -4.0 if repeats else 1.0
        elif table in {"readings", "intervals", "events"}:
            points += 0.5 if repeats else -0.5
    timed = [name for name, fact in facts.items() if fact.sort == "datetime"]
    few = len(names) <= FEW
    if table == "intervals":
        points += (2.0 if timed and few else -1.0) + (0.0 if few else -2.0)
    if table == "events":
        points += 0.5 if timed else -0.5
        points -= 3.0 if not _first(names, "event_code") else 0.0
    if table == "inspections" and not (_first(names, "outcome") or _first(names, "inspected_on")):
        points -= 3.0
    if table == "payments" and not (_first(names, "paid_on") or _first(names, "paid_amount")):
        points -= 1.5
    return points


def _first(names: Scores, target: str) -> str:
    found: Sequence[str] = [name for name, scores in names.items() if scores.get(target, 0.0) >= 0.6]
    return max(found, key=lambda name: names[name][target]) if found else ""
