"""What a quality check found, as data. Rule of the room: the standard library only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
Action = Literal["set aside", "repaired", "shown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found in one table (or one column of it), and what was done about it.

    `count` are rows, `share` is their part of the table's rows. `example_rows` are rows of the file as a person counts
    them; numbers of consumers are never shown.
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
class QualityReport:
    """What came in, what is used, what was found. `checked` are the rules that were run, as "table.rule"."""

    profile: str
    tables: tuple[TableCount, ...]
    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    notes: tuple[str, ...] = ()

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
