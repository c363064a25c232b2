"""How well a column's values go with what its name says. Rule of the room: a utility is data, never code."""

from powertheft.domain.tables import TABLES, Kind
from powertheft.profiles.evidence import Facts, looks_like_code
from powertheft.profiles.headers import read_header

KINDS: dict[str, Kind] = {column.name: column.kind for table in TABLES.values() for column in table.columns}
PERSONAL = frozenset({"person", "address", "phone", "coordinate"})
MOST_UNLIKE = 0.9
IDS = frozenset({"consumer_id", "meter_id"})
PHASES = frozenset({"1", "2", "3", "single", "three", "1p", "3p", "1ph", "3ph", "1-ph", "3-ph", "single phase", "three phase", "i", "iii", "s", "t", "mono", "tri", "ஒருமுனை", "மும்முனை", "1.0", "3.0", "single-phase", "three-phase", "1-phase", "3-phase", "1 phase", "3 phase", "sp", "tp", "monophase", "triphase"})  # fmt: skip
LABELS = frozenset({"0", "1", "yes", "no", "y", "n", "true", "false", "theft", "normal", "fraud", "honest", "tamper", "misuse", "vacant", "0.0", "1.0", "no theft", "ok", "bypass", "meter defect", "no access", "billing error", "genuine", "clean", "thief", "oui", "non", "malpractice", "unauthorised use"})  # fmt: skip
STATES = frozenset({"ok", "df", "mc", "nm", "working", "defective", "faulty", "burnt", "stuck", "stopped", "normal", "mnr", "dead", "running", "good", "bad", "not working", "burned", "replaced"})  # fmt: skip
ESTIMATES = frozenset({"y", "n", "yes", "no", "0", "1", "true", "false", "a", "e", "actual", "estimated", "act", "est", "assessed", "t", "f", "oui", "non", "o", "average", "avg", "reading", "provisional", "r"})  # fmt: skip
COMMODITIES = frozenset({"elec", "electricity", "gas", "gaz", "e", "g", "electric", "water", "power"})


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
        fits = facts.distinct <= 4 and facts.words <= ESTIMATES
        return (1.02, f"values: {facts.distinct} words of yes and no") if fits else (0.55, "values: not yes or no")
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
    if facts.present > 20 and facts.distinct <= 3 and facts.longest <= 2:
        return 0.4, said
    return (1.02 if facts.longest >= 3 or target == "meter_id" else 1.0), said


def _judge_number(target: str, facts: Facts) -> tuple[float, str]:
    if facts.sort != "number":
        return 0.2, "values: not numbers"
    said = f"values: numbers from {facts.low:g} to {facts.high:g}"
    if target == "power_factor":
        return (1.03, said) if facts.low >= 0 and facts.high <= 1.001 else (0.4, said)
    if target == "inclusion_probability":
        return (1.02, said) if facts.low >= 0 and facts.high <= 1 else (0.3, said)
    if target == "period_days":
        return (1.02, said) if facts.whole and facts.low >= 0 and facts.high <= 400 else (0.5, said)
    if facts.counts_rows:
        return 0.4, "values: they number the rows"
    if target in {"previous_index", "current_index"}:
        return (1.0, said) if facts.low >= 0 and facts.high > 20 else (0.6, said)
    return 1.0, said


def _judge_code(target: str, facts: Facts) -> tuple[float, str]:
    said = f"values: {facts.distinct:,} different in {facts.present:,}"
    if facts.is_dated:
        return 0.2, "values: dates"
    if target == "phase":
        return (1.03, "values: one and three") if facts.words and facts.words <= PHASES else (0.5, said)
    if target == "outcome":
        return (1.03, "values: words of a finding") if facts.words & LABELS else (0.75, said)
    if target == "commodity":
        return (1.03, "values: electricity and gas") if facts.words and facts.words <= COMMODITIES else (0.35, said)
    if target == "meter_status":
        return (1.03 if facts.words & STATES else 1.0 if looks_like_code(facts) else 0.85), said
    if facts.sort == "number" and not facts.whole:
        return 0.4, "values: fractions, not codes"
    if target not in {"transformer_id", "feeder_id", "position"} and facts.present > 20 and facts.unlike > 0.8:
        return 0.6, said
    return 1.0, said
