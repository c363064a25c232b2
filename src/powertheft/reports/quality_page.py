"""The quality report as a page that can be printed. Rule of the room: show what it is given.

It computes nothing but its picture. One file: no script, nothing from outside.
Rows are shown by their number in the file, never by a consumer.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from pathlib import Path

from powertheft.domain.numbers import grouped
from powertheft.domain.quality import (
    DIMENSIONS,
    RULE,
    AppliedRepair,
    ColumnFacts,
    Dimension,
    Finding,
    Preview,
    QualityReport,
    Repair,
    TableCount,
    TableFacts,
)
from powertheft.reports.page_tables import table
from powertheft.reports.quality_style import STYLE
from powertheft.reports.writing import write_text

GRADES = {"error": 0, "warning": 1, "note": 2}
ACCENT, QUIET, MISSING = "#0b7285", "#cbd2d9", "#c77700"
BAR = 110
# A bar of rows grows by the same length for every ten times as many; this many is its full length.
MOST_ROWS = 1e7
YEARS_WIDTH, YEARS_HEIGHT = 960, 120
MOST_EXAMPLES = 6


def write_quality_page(
    path: Path, report: QualityReport, *, title: str, made_on: date, previews: Sequence[Preview] = ()
) -> None:
    """Write the page of a report, and of what further repairs would do."""
    text = quality_page(report, title=title, made_on=made_on, previews=previews)
    write_text(path, text)


def quality_page(report: QualityReport, *, title: str, made_on: date, previews: Sequence[Preview] = ()) -> str:
    """Return the page of a report as HTML."""
    parts = [
        _head(report, title, made_on),
        _came_in(report),
        _dimensions(report),
        _findings(report),
        _steps(report.repairs),
        _previews(previews),
        _columns(report.facts),
        _checked(report),
        _notes(report.notes),
    ]
    footer = "Rows are numbered as in the file, its heading counted. A finding is about data, not about people."
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body>{''.join(parts)}<footer>{footer}</footer></body></html>\n"
    )


def _head(report: QualityReport, title: str, made_on: date) -> str:
    rows_in, used = (sum(getattr(count, name) for count in report.tables) for name in ("rows_in", "rows_used"))
    grades = [finding.severity for finding in report.findings]
    errors, warnings = grades.count("error"), grades.count("warning")
    mended = sum(done.rows_changed for done in report.repairs)
    figures = [
        _figure(grouped(used), "rows used" if used < rows_in else "rows used: all of them", "good"),
        _figure(grouped(rows_in - used), "rows set aside", ""),
        _figure(grouped(mended), "rows repaired", ""),
        _figure(
            f"{errors} + {warnings}", "errors and warnings", "error" if errors else "warning" if warnings else "good"
        ),
    ]
    extent = "all rules were run" if report.in_full else "the rules that run at every import were run"
    return (
        f"<header><h1>{escape(title)}</h1><p class=quiet>Quality of the data, {made_on:%d %B %Y}. "
        f"Read through the profile <code>{escape(report.profile)}</code>; {extent}: {len(report.checked)} checks."
        "</p></header>"
        f"<p class=verdict>{escape(_verdict(report, rows_in, used))}</p><div class=figures>{''.join(figures)}</div>"
    )


def _verdict(report: QualityReport, rows_in: int, used: int) -> str:
    if not rows_in or not used:
        return "No row can be used."
    worst = sorted((f for f in report.findings if f.severity == "error"), key=lambda finding: -finding.count)
    start = _sentence(f"{_per_cent(used / rows_in)} of the rows can be used")
    if not report.findings:
        return f"{start} Nothing was found to complain of."
    if not worst:
        return f"{start} No errors were found; the warnings below say what to keep in mind."
    first = worst[0]
    where = f"{first.table}.{first.column}" if first.column else first.table
    return (
        f"{start} Look first at {where}: {grouped(first.count)} row{'' if first.count == 1 else 's'}. {first.meaning}"
    )


def _figure(number: str, words: str, kind: str) -> str:
    return f'<div class="figure {kind}"><b>{escape(number)}</b><small>{escape(words)}</small></div>'


def _came_in(report: QualityReport) -> str:
    facts = {fact.table: fact for fact in report.facts}
    rows = [_came_in_row(count, facts.get(count.table)) for count in report.tables]
    heading = ("table", "file", "#rows in", "#used", "#set aside", "why", "#consumers", "from", "to")
    words = [_words(fact) for fact in report.facts]
    return (
        "<h2>What came in</h2><p class=quiet>Every row is used or set aside, each for one reason.</p>"
        f"{table(heading, rows)}{''.join(words)}{''.join(_years(fact) for fact in report.facts)}"
    )


def _came_in_row(count: TableCount, fact: TableFacts | None) -> list[str]:
    reasons = ", ".join(f"{grouped(rows)} {reason.replace('_', ' ')}" for reason, rows in count.reasons.items())
    dated = [c for c in fact.columns if c.kind in {"date", "datetime"} and c.least is not None] if fact else []
    ends = (str(dated[0].least)[:10], str(dated[0].greatest)[:10]) if dated else ("", "")
    numbers = [grouped(number) for number in (count.rows_in, count.rows_used, count.rows_set_aside)]
    consumers = grouped(fact.consumers) if fact and fact.consumers else ""
    return [count.table, count.file, *numbers, reasons, consumers, *ends]


def _words(fact: TableFacts) -> str:
    lines: list[str] = []
    for column, counts in fact.words.items():
        total = sum(counts.values()) or 1
        parts = sorted(counts.items(), key=lambda pair: -pair[1])
        shares = ", ".join(
            f"{word.replace('_', ' ')} {_per_cent(count / total)} ({grouped(count)})" for word, count in parts
        )
        lines.append(f"<p><b>{escape(fact.table)}, {escape(column)}:</b> {escape(shares)}.</p>")
    return "".join(lines)


def _years(fact: TableFacts) -> str:
    if len(fact.years) < 2:
        return ""
    first, last = (int(year) for year in (min(fact.years), max(fact.years)))
    counts = [fact.years.get(str(year), 0) for year in range(first, last + 1)]
    most, step = max(counts), YEARS_WIDTH / len(counts)
    every = max(1, math.ceil(44 / step))
    bars: list[str] = []
    for place, count in enumerate(counts):
        height = count / most * YEARS_HEIGHT
        x, middle = place * step, (place + 0.5) * step
        words = f"{first + place}: {grouped(count)}"
        bars.append(
            f'<rect x="{x + step * 0.1:.1f}" y="{YEARS_HEIGHT + 14 - height:.1f}" width="{step * 0.8:.1f}" '
            f'height="{height:.1f}" fill="{ACCENT}"><title>{words}</title></rect>'
        )
        if place % every == 0:
            bars.append(_svg_text(middle, YEARS_HEIGHT + 28, str(first + place)))
        if count == most or (every == 1 and count):
            bars.append(_svg_text(middle, YEARS_HEIGHT + 10 - height, grouped(count)))
    return (
        "<h3>From when are the bills?</h3>"
        f'<svg viewBox="0 0 {YEARS_WIDTH} {YEARS_HEIGHT + 34}" width="100%" role="img" aria-label="bills a year">'
        f"{''.join(bars)}</svg>"
    )


def _svg_text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" fill="#52606d" text-anchor="middle">{escape(words)}</text>'


def _dimensions(report: QualityReport) -> str:
    boxes = [_dimension(name, question, report.findings) for name, question in DIMENSIONS.items()]
    return f"<h2>Six questions</h2><div class=dimensions>{''.join(boxes)}</div>"


def _dimension(name: Dimension, question: str, findings: Iterable[Finding]) -> str:
    own = [finding for finding in findings if finding.dimension == name]
    worst = min((finding.severity for finding in own), key=lambda grade: GRADES[grade], default=None)
    counts = ", ".join(
        f"{number} {grade}{'s' if number > 1 else ''}"
        for grade in GRADES
        if (number := sum(finding.severity == grade for finding in own))
    )
    mark = (
        f"<p style='margin-top:5px'>{_grade(worst)} {counts}</p>"
        if worst
        else "<p style='margin-top:5px'>nothing found</p>"
    )
    return f"<div class=dimension><b>{name}</b><p class=quiet>{escape(question)}</p>{mark}</div>"


def _findings(report: QualityReport) -> str:
    if not report.findings:
        return "<h2>What was found</h2><p>Nothing to complain of.</p>"
    rows = [_finding_row(f) for f in sorted(report.findings, key=lambda f: (GRADES[f.severity], -f.count))]
    heading = ("", "#rows", "share", "where", "what it means, and what becomes of it")
    return (
        "<h2>What was found</h2><p class=quiet>The gravest first. "
        "A bar is longer by the same step for every ten times as many rows.</p>"
        f"{table(heading, rows, plain=False)}"
    )


def _finding_row(finding: Finding) -> list[str]:
    where = f"{finding.table}<br>{escape(finding.column)}" if finding.column else finding.table
    share = _per_cent(finding.share)
    length = math.log10(max(1, finding.count)) / math.log10(MOST_ROWS)
    tail = [finding.detail] if finding.detail else []
    tail += [f"Rows {', '.join(map(grouped, finding.example_rows))}."] if finding.example_rows else []
    tail += [f"Can be mended by: {', '.join(finding.repairs).replace('_', ' ')}."] if finding.repairs else []
    words = f"<p><b>{escape(finding.meaning)}</b></p><p>{escape(finding.effect)}</p>"
    words += f"<p><small>{escape(' '.join(_sentence(one) for one in tail))}</small></p>" if tail else ""
    bar = f"{share}{_bar(min(1.0, length), ACCENT)}"
    return [
        _grade(finding.severity),
        grouped(finding.count),
        bar,
        f"<code>{where}</code>",
        f"<div class=what>{words}</div>",
    ]


def _grade(severity: str) -> str:
    return f'<span class="grade {severity}">{severity}</span>'


def _steps(repairs: Iterable[AppliedRepair]) -> str:
    done = [step for step in repairs if step.rows_changed or step.rows_set_aside]
    if not done:
        return "<h2>Steps taken</h2><p>No row had to be repaired or set aside.</p>"
    rows = [[*_step_words(one.repair), grouped(one.rows_changed), grouped(one.rows_set_aside)] for one in done]
    heading = ("step", "where", "which rows", "#rows changed", "#rows set aside")
    words = "They are part of the recipe; nothing else was changed."
    return f"<h2>Steps taken</h2><p class=quiet>{words}</p>{table(heading, rows)}"


def _previews(previews: Sequence[Preview]) -> str:
    if not previews:
        return ""
    rows: list[list[str]] = []
    for one in previews:
        examples = [
            f"row {grouped(e.row)}{', ' + e.column if e.column else ''}: {e.before} → {e.after}"
            for e in one.examples[:MOST_EXAMPLES]
        ]
        step = [escape(words) for words in _step_words(one.repair)]
        touched = f"{grouped(one.rows_changed)}<br><small>{_per_cent(one.share)}</small>"
        rows.append([*step, touched, grouped(one.rows_set_aside), "<br>".join(map(escape, examples))])
    heading = ("step", "where", "which rows", "#rows changed", "#set aside", "before and after")
    return (
        "<h2>What further steps would do</h2><p class=quiet>Nothing of this was done yet.</p>"
        f"{table(heading, rows, plain=False)}"
    )


def _step_words(repair: Repair) -> list[str]:
    where = f"{repair.table}, {repair.column}" if repair.column else repair.table
    others = {name: value for name, value in repair.parameters.items() if name != RULE}
    told = [str(repair.parameters[RULE]).replace("_", " ")] if RULE in repair.parameters else []
    told += [f"{name.replace('_', ' ')} {value}" for name, value in others.items()]
    return [repair.name.replace("_", " "), where, ", ".join(told)]


def _columns(facts: Sequence[TableFacts]) -> str:
    parts = [_missing(fact) for fact in facts if fact.rows]
    return f"<h2>How full are the columns?</h2><div class=pair>{''.join(parts)}</div>" if parts else ""


def _missing(fact: TableFacts) -> str:
    rows = [
        [f"<code>{escape(column.name)}</code>", _full_bar(column, fact.rows), escape(_range(column))]
        for column in fact.columns
    ]
    heading = ("column", "rows that have it", "from … to")
    return f"<div><h3>{escape(fact.table)}</h3>{table(heading, rows, plain=False)}</div>"


def _full_bar(column: ColumnFacts, rows: int) -> str:
    share = 1 - column.missing / rows
    return f"{_per_cent(share)}{_bar(share, ACCENT, MISSING)}"


def _range(column: ColumnFacts) -> str:
    ends = (column.least, column.greatest)
    if any(end is None for end in ends):
        return ""
    return " … ".join(end[:10] if isinstance(end, str) else f"{end:,.6g}" for end in ends if end is not None)


def _checked(report: QualityReport) -> str:
    found = {(finding.table, finding.rule) for finding in report.findings}
    clean: dict[str, list[str]] = {}
    for check in report.checked:
        table, rule = check.split(".", 1)
        if (table, rule) not in found:
            clean.setdefault(table, []).append(rule.replace("_", " "))
    lines = [f"<p><b>{escape(table)}:</b> {escape(', '.join(rules))}.</p>" for table, rules in clean.items()]
    return f"<h2>Checked, and nothing found</h2>{''.join(lines)}" if lines else ""


def _notes(notes: Sequence[str]) -> str:
    return f"<h2>Notes</h2>{''.join(f'<p>{escape(note)}</p>' for note in notes)}" if notes else ""


def _bar(share: float, colour: str, rest: str = "") -> str:
    behind = f'<rect width="{BAR}" height="7" fill="{rest}"/>' if rest else ""
    front = f'<rect width="{share * BAR:.1f}" height="7" fill="{colour}"/>'
    return f'<svg width="{BAR}" height="7" aria-hidden="true">{behind}{front}</svg>'


def _per_cent(share: float) -> str:
    if share in {0.0, 1.0}:
        return f"{share * 100:.0f} %"
    if share < 0.0001:
        return "under 0.01 %"
    if share > 0.9999:
        return "over 99.99 %"
    return f"{share * 100:.2f} %" if share < 0.1 or share > 0.99 else f"{share * 100:.0f} %"


def _sentence(words: str) -> str:
    begun = words[:1].upper() + words[1:]
    return begun if begun.endswith(".") else f"{begun}."
