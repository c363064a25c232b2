"""What a quality check found and what was done about it, as data. Rule of the room: the standard library only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
Action = Literal["set aside", "repaired", "shown"]
Dimension = Literal["completeness", "validity", "consistency", "uniqueness", "plausibility", "timeliness"]

DIMENSIONS: Mapping[Dimension, str] = {
    "completeness": "Is everything there that should be?",
    "validity": "Can each value be at all?",
    "consistency": "Do the values agree with each other?",
    "uniqueness": "Is everything there once only?",
    "plausibility": "Is it likely, by its own history and by the rest?",
    "timeliness": "Is it of the right time, and is nothing late?",
}

RULE = "rule"
"""The parameter of a repair that names the rule whose rows it mends."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One step that mends a table, as it is kept in a dataset's recipe.

    `column` "" is every column that the rule points at. Of the parameters, `rule` names the rule whose rows are mended;
    the others are those of the step.
    """

    name: str
    table: str
    column: str = ""
    parameters: Mapping[str, str | float] = field(default_factory=dict[str, str | float])

    def to_json(self) -> dict[str, Any]:
        """Return the step as plain JSON values.

        Examples
        --------
        >>> Repair("clip", "readings", "energy", {"maximum": 900}).to_json()
        {'name': 'clip', 'table': 'readings', 'column': 'energy', 'parameters': {'maximum': 900}}
        """
        return _plain(asdict(self))


def repair_from_json(content: Mapping[str, Any]) -> Repair:
    """Return the step that plain JSON values stand for."""
    return Repair(content["name"], content["table"], content.get("column", ""), dict(content.get("parameters", {})))


@dataclass(frozen=True, slots=True)
class AppliedRepair:
    """A step that was taken, and how many rows it changed and set aside."""

    repair: Repair
    rows_changed: int
    rows_set_aside: int


@dataclass(frozen=True, slots=True)
class Example:
    """One row before and after a repair: the column's value, or what became of the row."""

    row: int
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a step would do: to how many rows, to which part of the table, and to some of them in full."""

    repair: Repair
    file: str
    rows_changed: int
    rows_set_aside: int
    share: float
    examples: tuple[Example, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the preview as plain JSON values."""
        return _plain(asdict(self))


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found in one table (or one column of it), and what was done about it.

    `count` are rows, `share` is their part of the table's rows. `example_rows` are rows of the file as a person counts
    them; numbers of consumers are never shown. `repairs` are the steps that can mend it.
    """

    rule: str
    table: str
    column: str
    file: str
    severity: Severity
    action: Action
    count: int
    share: float
    example_rows: tuple[int, ...]
    meaning: str
    effect: str
    detail: str = ""
    dimension: Dimension = "plausibility"
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableCount:
    """The rows of one table: all that came in were either used or set aside, each for one reason."""

    table: str
    file: str
    rows_in: int
    rows_used: int
    rows_set_aside: int
    reasons: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What a column of the rows used holds: how many rows lack it, its least and greatest (dates as text, no words)."""

    name: str
    kind: str
    missing: int
    least: str | float | None = None
    greatest: str | float | None = None


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What a table holds that is used: rows, consumers, columns, bills a year and outcomes (each where it has them)."""

    table: str
    rows: int
    consumers: int
    columns: tuple[ColumnFacts, ...]
    years: Mapping[str, int] = field(default_factory=dict[str, int])
    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What came in, what is used, what was found, and which steps were taken.

    `checked` are the rules that were run, as "table.rule".
    """

    profile: str
    tables: tuple[TableCount, ...]
    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    notes: tuple[str, ...] = ()
    repairs: tuple[AppliedRepair, ...] = ()
    facts: tuple[TableFacts, ...] = ()
    in_full: bool = True

    def of_rule(self, rule: str) -> tuple[Finding, ...]:
        """Return the findings of one rule."""
        return tuple(finding for finding in self.findings if finding.rule == rule)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return _plain(asdict(self))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(entry) for entry in value]
    return value


def report_from_json(content: Mapping[str, Any]) -> QualityReport:
    """Return the report that `to_json` wrote."""
    return QualityReport(
        profile=content["profile"],
        tables=tuple(TableCount(**one) for one in content["tables"]),
        findings=tuple(_finding(one) for one in content["findings"]),
        checked=tuple(content["checked"]),
        notes=tuple(content["notes"]),
        repairs=tuple(_applied(one) for one in content["repairs"]),
        facts=tuple(_facts(one) for one in content["facts"]),
        in_full=content["in_full"],
    )


def _finding(content: Mapping[str, Any]) -> Finding:
    values: dict[str, Any] = dict(content)
    values |= {"example_rows": tuple(content["example_rows"]), "repairs": tuple(content["repairs"])}
    return Finding(**values)


def _applied(content: Mapping[str, Any]) -> AppliedRepair:
    return AppliedRepair(repair_from_json(content["repair"]), content["rows_changed"], content["rows_set_aside"])


def _facts(content: Mapping[str, Any]) -> TableFacts:
    values: dict[str, Any] = {**content, "columns": tuple(ColumnFacts(**column) for column in content["columns"])}
    return TableFacts(**values)
