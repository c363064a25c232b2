"""How a quality report is shown on a terminal. Rule of the room: options in, words out."""

from collections.abc import Sequence

from powertheft.cli.display import grouped, per_cent, say, show_table
from powertheft.domain.quality import AppliedRepair, Finding, Preview, QualityReport, Repair

ORDER = {"error": 0, "warning": 1, "note": 2}
EXAMPLES = 3


def show_quality(report: QualityReport) -> None:
    """Print what came in, what is used, what was found, and what became of it."""
    columns = [("table", "left"), ("file", "left"), ("rows in", "right"), ("used", "right"), ("set aside", "right")]
    rows = [
        [count.table, count.file, *map(grouped, (count.rows_in, count.rows_used, count.rows_set_aside))]
        for count in report.tables
    ]
    show_table("Every row is used or set aside", columns, rows)
    findings = sorted(report.findings, key=lambda finding: (ORDER[finding.severity], -finding.count))
    columns = [
        ("grade", "left"),
        ("rows", "right"),
        ("share", "right"),
        ("where", "left"),
        ("what, and what we did", "left"),
    ]
    show_table(f"\nWhat was found ({len(report.checked)} checks)", columns, [_row(finding) for finding in findings])
    if not findings:
        say("Nothing to complain of.")
    for note in report.notes:
        say(f"Note: {note}")


def show_previews(previews: Sequence[Preview]) -> None:
    """Print what steps would do: how many rows each touches, and some of them before and after."""
    if not previews:
        return
    columns = [("step", "left"), ("changes", "right"), ("sets aside", "right"), ("share", "right"), ("so", "left")]
    rows = [
        [
            _words(shown.repair),
            grouped(shown.rows_changed),
            grouped(shown.rows_set_aside),
            per_cent(shown.share, 2),
            "; ".join(f"row {one.row} {one.column}: {one.before} to {one.after}" for one in shown.examples[:EXAMPLES]),
        ]
        for shown in previews
    ]
    show_table("\nWhat the steps would do, one after the other; none is taken by this command", columns, rows)


def show_steps(steps: Sequence[AppliedRepair]) -> None:
    """Print the steps that were taken and what each did."""
    columns = [("step", "left"), ("changed", "right"), ("set aside", "right")]
    rows = [[_words(done.repair), grouped(done.rows_changed), grouped(done.rows_set_aside)] for done in steps]
    if rows:
        show_table("\nSteps that were taken", columns, rows)


def _words(repair: Repair) -> str:
    place = f"{repair.table}.{repair.column}" if repair.column else repair.table
    return " ".join([repair.name, place, *(f"{key}={value}" for key, value in repair.parameters.items())])


def _row(finding: Finding) -> list[str]:
    examples = ", ".join(map(str, finding.example_rows))
    words = [f"{finding.meaning} {finding.effect}"]
    words += [finding.detail] if finding.detail else []
    words += [f"For example rows {examples} of {finding.file}."] if examples else []
    where = f"{finding.table}.{finding.column}" if finding.column else finding.table
    share = per_cent(finding.share, 2 if finding.share < 0.1 else 0)
    return [finding.severity, grouped(finding.count), share, where, " ".join(words)]
