"""Which table a file is. Rule of the room: a utility is described in data, never in code."""

import re
from collections.abc import Mapping, Sequence

from powertheft.domain.tables import TABLES
from powertheft.profiles.evidence import Facts
from powertheft.profiles.headers import plain, read_header, vocabulary
from powertheft.profiles.words import words

# The date of a row, in each table.
WHEN = {
    "readings": "read_on",
    "intervals": "start",
    "inspections": "inspected_on",
    "payments": "paid_on",
    "events": "occurred_at",
    "transformer_readings": "read_on",
    "consumers": "connected_on",
}
DAILY = 1.5
LIKELY = 0.6
HINT, MOST_HINTS = 0.7, 2.0
FEW = 6
Scores = Mapping[str, Mapping[str, float]]


def signs_of(table: str) -> Mapping[str, float]:
    """Return what each of our columns is worth as a sign of a table."""
    return words()["signs"][table]


def choose_table(
    stem: str, names: Scores, facts: Mapping[str, Facts], *, shape: str = "long", gap: float | None = None
) -> tuple[str, float, str]:
    """Return the table that a file is, how sure that is, and what speaks for it."""
    points = {
        table: _points(table, names) + _by_stem(stem, table) + _by_values(table, names, facts) + _by_hints(table, names)
        for table in TABLES
    }
    if gap is not None:
        # In step within the day are meters alone; once a day, a file of few columns.
        points["intervals"] += 6.0 if gap < 1 else 2.5 if gap <= DAILY and len(names) <= FEW else -1.5
        points["events"] -= 4.0 if gap < 1 else 0.0
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
            if score >= 0.6 and target in signs_of(first)
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
    points = sum(weight * best.get(target, 0.0) for target, weight in signs_of(table).items())
    when = best.get("when", 0.0)
    if table != "consumers" and best.get(WHEN[table], 0.0) < 0.5:
        points += when - (1.0 if when == 0.0 else 0.0)
    keys = {"transformer_id"} if table == "transformer_readings" else {"consumer_id"}
    if not any(best.get(key, 0.0) >= 0.5 for key in keys):
        others = {"meter_id"} if table in {"readings", "intervals", "events"} else set[str]()
        points -= 0.8 if any(best.get(key, 0.0) >= 0.5 for key in others) else 3.5
    if table == "transformer_readings" and best.get("consumer_id", 0.0) >= 0.8:
        points -= 4.0
    return points


def _by_stem(stem: str, table: str) -> float:
    said = {word for word, _ in read_header(stem).words} | set(re.findall(r"[^\W\d_]+", plain(stem)))
    return 1.5 if said & vocabulary().tables[table] else 0.0


def _by_hints(table: str, names: Scores) -> float:
    hints: Sequence[str] = words()["hints"].get(table, ())
    told = {word for name in names for word, _ in read_header(name).words if word in hints}
    return min(MOST_HINTS, HINT * len(told))


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
    found: Sequence[str] = [name for name, scores in names.items() if scores.get(target, 0.0) >= LIKELY]
    return max(found, key=lambda name: names[name][target]) if found else ""
