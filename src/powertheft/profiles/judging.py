"""How well a column's values go with what its name says. Rule of the room: a utility is data, never code."""

from powertheft.domain.tables import TABLES, Kind
from powertheft.profiles.evidence import Facts, looks_like_code
from powertheft.profiles.headers import read_header
from powertheft.profiles.words import listed

KINDS: dict[str, Kind] = {column.name: column.kind for table in TABLES.values() for column in table.columns}
PERSONAL = frozenset({"person", "address", "phone", "coordinate"})
MOST_UNLIKE, MOST_CODES, MANY, SMALL_INDEX = 0.9, 0.8, 20, 20
MANY_CODES = frozenset({"transformer_id", "feeder_id", "position"})
# Columns whose words are known: their list in words.toml, what they are, and what is left of a name where they are not.
WORDS = {
    "phase": ("phases", "one and three", 0.5),
    "outcome": ("labels", "words of a finding", 0.75),
    "commodity": ("commodities", "electricity and gas", 0.35),
    "meter_status": ("states", "words of a meter's state", 0.85),
}
IDS = frozenset({"consumer_id", "meter_id"})


def _known(name: str) -> frozenset[str]:
    return frozenset(listed("values", name))


def judge(target: str, facts: Facts) -> tuple[float, str]:
    """Return a factor for what the name says (1: the values go with it; over 1: they speak for it), and why."""
    if facts.sort == "empty" or not target:
        return (0.97, "values: none in the head of the file") if target else (1.0, "")
    kind = KINDS.get(target)
    if kind in {"date", "datetime"}:
        return _judge_date(facts)
    if target in IDS:
        return _judge_identity(target, facts)
    if kind in {"number", "integer"}:
        return _judge_number(target, facts)
    if kind == "boolean":
        return _judge_truth(facts)
    return _judge_code(target, facts)


def kind_beside(name: str, facts: Facts) -> Kind | None:
    """Return what a column that is none of ours rides along as; None where it would identify, or number the rows."""
    words = read_header(name).words
    if facts.sort == "empty" or facts.counts_rows or any(concepts & PERSONAL for _, concepts in words):
        return None
    if facts.is_dated:
        return "date"
    if facts.sort == "number":
        return "category" if any(word[:1] == "0" and word[1:2].isdigit() for word in facts.words) else "number"
    return "category" if facts.unlike < MOST_UNLIKE else None


def _judge_truth(facts: Facts) -> tuple[float, str]:
    fits = facts.distinct <= 4 and facts.words <= _known("estimates")
    return (1.02, f"values: {facts.distinct} words of yes and no") if fits else (0.55, "values: not yes or no")


def _judge_date(facts: Facts) -> tuple[float, str]:
    if facts.is_dated:
        return 1.02, f"values: {'times' if facts.sort == 'datetime' else 'dates'}" + _form(facts)
    if facts.sort == "number" and facts.whole and facts.low >= 190001 and facts.high <= 210012:
        return 0.9, "values: years and months"
    return 0.2, "values: no dates"


def _form(facts: Facts) -> str:
    return f" ({facts.formats[0]})" if facts.formats else ""


def _judge_identity(target: str, facts: Facts) -> tuple[float, str]:
    said = f"values: {facts.distinct:,} of {facts.present:,} differ"
    if facts.is_dated or (facts.sort == "number" and not facts.whole and facts.style == "1234.5" and facts.high > 1):
        return 0.15, "values: dates or fractions, not numbers of anything"
    if facts.counts_rows:
        return 0.35, "values: they number the rows"
    if facts.present > MANY and facts.distinct <= 3 and facts.longest <= 2:
        return 0.4, said
    return (1.02 if facts.longest >= 3 or target == "meter_id" else 1.0), said


# What is a number of each column: least, most, whole; what goes with it; what does not.
RANGES: dict[str, tuple[float, float, bool, float, float]] = {
    "power_factor": (0, 1.001, False, 1.03, 0.4),
    "inclusion_probability": (0, 1, False, 1.02, 0.3),
    "period_days": (0, 400, True, 1.02, 0.5),
}


def _judge_number(target: str, facts: Facts) -> tuple[float, str]:
    if facts.sort != "number":
        return 0.2, "values: not numbers"
    said = f"values: {'whole ' if facts.whole else ''}numbers{'' if facts.low < 0 else ', none below nought'}"
    if target in RANGES:
        least, most, whole, good, bad = RANGES[target]
        fits = least <= facts.low and facts.high <= most and (facts.whole or not whole)
        return (good, f"values: numbers from {least:g} to {most:g}") if fits else (bad, said)
    if facts.counts_rows:
        return 0.4, "values: they number the rows"
    if target in {"previous_index", "current_index"} and (facts.low < 0 or facts.high <= SMALL_INDEX):
        return 0.6, said
    return 1.0, said


def _judge_code(target: str, facts: Facts) -> tuple[float, str]:
    said = f"values: {facts.distinct:,} different in {facts.present:,}"
    if facts.is_dated:
        return 0.2, "values: dates"
    if target in WORDS:
        return _judge_words(target, facts, said)
    if facts.sort == "number" and not facts.whole:
        return 0.4, "values: fractions, not codes"
    many = facts.present > MANY and facts.unlike > MOST_CODES
    return (0.6 if many and target not in MANY_CODES else 1.0), said


def _judge_words(target: str, facts: Facts, said: str) -> tuple[float, str]:
    listed_as, meaning, otherwise = WORDS[target]
    known = _known(listed_as)
    fits = (
        bool(facts.words & known)
        if target in {"outcome", "meter_status"}
        else bool(facts.words) and facts.words <= known
    )
    if fits:
        return 1.03, f"values: {meaning}"
    return (1.0 if target == "meter_status" and looks_like_code(facts) else otherwise), said
