"""The reports of parts, made into one. Rule of the room: no row disappears unsaid."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from powertheft.domain.numbers import grouped
from powertheft.domain.quality import (
    RULE,
    Action,
    AppliedRepair,
    ColumnFacts,
    Finding,
    QualityReport,
    Repair,
    TableCount,
    TableFacts,
)
from powertheft.domain.tables import TABLES, UnknownCode
from powertheft.quality.repairs import OWN_RULE
from powertheft.quality.rules import REPAIRING, SETTING_ASIDE, SHOWING, SHOWING_OF_ALL, Rule
from powertheft.quality.scene import EXAMPLES, Hit, Scene
from powertheft.quality.summaries import Summary, TableSummary, merge_summaries
from powertheft.quality.wholes import Whole

ACTIONS: Mapping[Action, int] = {"set aside": 0, "repaired": 1, "shown": 2}
RULES: Mapping[str, Rule[Any]] = {rule.name: rule for rule in (*SETTING_ASIDE, *REPAIRING, *SHOWING, *SHOWING_OF_ALL)}
_PLACES = {name: place for place, name in enumerate(RULES)}
_TABLES = {name: place for place, name in enumerate(TABLES)}

Place = tuple[Action, str, str, str]
"""What was done, by which rule, in which table, in which column."""


@dataclass
class Log:
    """What has been found and done so far in a part."""

    hits: dict[Place, Hit] = field(default_factory=dict[Place, Hit])
    checked: dict[tuple[str, str], Action] = field(default_factory=dict[tuple[str, str], Action])
    reasons: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    repairs: list[AppliedRepair] = field(default_factory=list[AppliedRepair])

    def add(self, rule: Rule[Any], hits: Sequence[Hit], *, table: str, action: Action) -> None:
        """Note what a rule found; which rows it were is not kept."""
        self.checked[rule.name, table] = action
        for found in hits:
            place = action, rule.name, table, found.column
            self.hits[place] = merge_hits([*([self.hits[place]] if place in self.hits else []), found])

    def set_aside_by(self, step: Repair, scene: Scene, gone: pl.Series) -> None:
        """Note rows that an agreed step set aside, with its rule, or itself, as the reason."""
        name, table = str(step.parameters.get(RULE, OWN_RULE.get(step.name, step.name))), scene.table.name
        (hit,) = scene.hits(gone)
        self.reasons[table][name] = self.reasons[table].get(name, 0) + hit.count
        place: Place = "set aside", name, table, ""
        self.hits[place] = merge_hits([*([self.hits[place]] if place in self.hits else []), hit])


@dataclass(frozen=True, slots=True)
class PartReport:
    """What the check of one part found, before it is merged with the others."""

    profile: str
    tables: tuple[TableCount, ...]
    log: Log
    summary: Summary
    notes: tuple[str, ...]
    today: date
    in_full: bool
    recipe: tuple[Repair, ...] = ()


def merge_reports(
    parts: Iterable[PartReport], *, last: Summary | None = None, summary: Summary | None = None
) -> QualityReport:
    """Return the report of all parts: the same as that of one check of everything.

    `last` is the summary of the last version; `summary` that of all parts, where it was merged already.
    """
    parts = list(parts)
    whole = merge_summaries(part.summary for part in parts) if summary is None else summary
    counts = _merge_counts(parts)
    found = _found(parts, whole, last)
    return QualityReport(
        parts[0].profile,
        tuple(counts.values()),
        tuple(_finding(place, found.hits[place], counts[place[2]]) for place in sorted(found.hits, key=_order)),
        tuple(f"{table}.{rule}" for rule, table in sorted(found.checked, key=lambda at: _order_checked(found, at))),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        _merge_repairs(parts),
        tuple(_facts(name, whole) for name in counts if name in whole.tables),
        parts[0].in_full,
    )


def _found(parts: Sequence[PartReport], whole: Summary, last: Summary | None) -> Log:
    found = Log()
    for place in dict.fromkeys(place for part in parts for place in part.log.hits):
        found.hits[place] = merge_hits([part.log.hits[place] for part in parts if place in part.log.hits])
    for part in parts:
        found.checked |= part.log.checked
    for rule, table, hits in _found_in_all(whole, last, parts[0].today, in_full=parts[0].in_full):
        found.add(rule, hits, table=table, action="shown")
    return found


def _order(place: Place) -> tuple[int, int, int, int, str]:
    action, rule, table, column = place
    names = [one.name for one in TABLES[table].columns]
    position = names.index(column) if column in names else len(names)
    return ACTIONS[action], _TABLES[table], _PLACES.get(rule, -1), position, column


def _order_checked(found: Log, key: tuple[str, str]) -> tuple[int, int, int]:
    return ACTIONS[found.checked[key]], _TABLES[key[1]], _PLACES[key[0]]


def merge_hits(hits: Sequence[Hit]) -> Hit:
    """Return several parts' hits of one rule in one column as one."""
    rows = tuple(sorted(row for hit in hits for row in hit.rows)[:EXAMPLES])
    names = dict.fromkeys(name for hit in hits for name in hit.amounts)
    amounts = {name: sum(hit.amounts.get(name, 0) for hit in hits) for name in names}
    words = tuple(dict.fromkeys(word for hit in hits for word in hit.words))[:EXAMPLES]
    return replace(hits[0], count=sum(hit.count for hit in hits), rows=rows, amounts=amounts, words=words, mask=None)


def merge_unknown_codes(codes: Iterable[UnknownCode]) -> tuple[UnknownCode, ...]:
    """Return the unknown codes of several batches of one table as one a column."""
    merged: dict[str, UnknownCode] = {}
    for code in codes:
        before = merged.get(code.column, UnknownCode(code.column, 0, (), ()))
        rows = tuple(sorted({*before.rows, *code.rows})[:EXAMPLES])
        words = tuple(dict.fromkeys((*before.words, *code.words)))[:EXAMPLES]
        merged[code.column] = UnknownCode(code.column, before.count + code.count, rows, words)
    return tuple(merged.values())


def _found_in_all(
    summary: Summary, last: Summary | None, today: date, *, in_full: bool
) -> Iterable[tuple[Rule[Any], str, list[Hit]]]:
    for table in summary.tables:
        for rule in SHOWING_OF_ALL:
            if table in rule.tables and (rule.at_import or in_full):
                yield rule, table, rule.check(Whole(table, summary, last, today))


def _merge_counts(parts: Sequence[PartReport]) -> dict[str, TableCount]:
    merged: dict[str, TableCount] = {}
    for name in TABLES:
        counts = [count for part in parts for count in part.tables if count.table == name]
        if not counts:
            continue
        reasons = dict.fromkeys((reason for count in counts for reason in count.reasons), 0)
        for reason in reasons:
            reasons[reason] = sum(count.reasons.get(reason, 0) for count in counts)
        rows_in, rows_used = sum(count.rows_in for count in counts), sum(count.rows_used for count in counts)
        in_order = dict(sorted(reasons.items(), key=lambda reason: _PLACES.get(reason[0], len(_PLACES))))
        merged[name] = TableCount(name, counts[0].file, rows_in, rows_used, rows_in - rows_used, in_order)
    return merged


def _merge_repairs(parts: Sequence[PartReport]) -> tuple[AppliedRepair, ...]:
    merged: dict[str, AppliedRepair] = {}
    for done in (done for part in parts for done in part.log.repairs):
        key = repr(done.repair)
        before = merged.get(key, AppliedRepair(done.repair, 0, 0))
        merged[key] = AppliedRepair(
            done.repair, before.rows_changed + done.rows_changed, before.rows_set_aside + done.rows_set_aside
        )
    return tuple(sorted(merged.values(), key=lambda done: _order_steps(parts[0].recipe, done.repair)))


def _order_steps(recipe: Sequence[Repair], step: Repair) -> tuple[int, int, int]:
    if step in recipe:
        return recipe.index(step), 0, 0
    return -1, _TABLES[step.table], _PLACES.get(str(step.parameters.get(RULE)), -1)


def _finding(place: Place, hit: Hit, count: TableCount) -> Finding:
    action, name, table, column = place
    rule = RULES.get(name)
    words = f"such as {', '.join(repr(word) for word in hit.words)}" if hit.words else ""
    return Finding(
        rule=name,
        table=table,
        column=column,
        file=count.file,
        severity=rule.severity if rule else "note",
        action=action,
        count=hit.count,
        share=hit.count / max(1, count.rows_in),
        example_rows=hit.rows,
        meaning=rule.meaning if rule else "A step of the recipe points at the row.",
        effect=rule.effect if (rule and action != "set aside") or rule in SETTING_ASIDE else "The row is set aside.",
        detail=words or hit.detail.format(**{name: grouped(amount) for name, amount in hit.amounts.items()}),
        dimension=rule.dimension if rule else "validity",
        repairs=rule.repairs if rule else (),
    )


def _facts(name: str, summary: Summary) -> TableFacts:
    table = summary.tables[name]
    columns = tuple(
        ColumnFacts(column, one.kind, one.missing, _bound(one.least, one.kind), _bound(one.greatest, one.kind))
        for column, one in table.columns.items()
    )
    return TableFacts(name, table.rows, table.consumers, columns, _years(name, summary), _word_counts(name, table))


def _bound(value: Any, kind: str) -> str | float | None:
    if kind in {"date", "datetime"} and value is not None:
        return value.isoformat()
    return value if kind in {"number", "integer"} else None


def _years(name: str, summary: Summary) -> dict[str, int]:
    days = summary.tally("readings.read_on") if name == "readings" else None
    if days is None:
        return {}
    counts = days.group_by(pl.col("read_on").dt.year().alias("year")).agg(pl.col("count").sum()).sort("year")
    return {str(year): count for year, count in counts.iter_rows()}


def _word_counts(name: str, table: TableSummary) -> dict[str, dict[str, int]]:
    shown = {"inspections": "outcome", "readings": "commodity"}
    column = table.columns.get(shown.get(name, ""))
    return {shown[name]: dict(column.bins)} if column is not None and column.bins is not None else {}
