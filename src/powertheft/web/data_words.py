"""What a dataset version is, in the words of its pages. Rule of the room: knows the use cases, never the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext

from powertheft.actions.ports import RegisteredVersion
from powertheft.domain.outcomes import POSITIVE
from powertheft.domain.quality import Finding, QualityReport, Repair, TableFacts, report_from_json
from powertheft.web.formats import number
from powertheft.web.words import lazy_gettext

MUCH_SET_ASIDE = 0.05
GRADES = {"error": 0, "warning": 1, "note": 2}
KINDS = {"error": "bad", "warning": "warn", "note": ""}
GRADE_WORDS = {"error": lazy_gettext("error"), "warning": lazy_gettext("warning"), "note": lazy_gettext("note")}
TABLE_WORDS: Mapping[str, str] = {
    "consumers": lazy_gettext("connections"),
    "readings": lazy_gettext("bills and readings"),
    "intervals": lazy_gettext("meter intervals"),
    "inspections": lazy_gettext("inspections"),
    "payments": lazy_gettext("payments"),
    "transformer_readings": lazy_gettext("transformer readings"),
    "events": lazy_gettext("meter events"),
}
REPAIR_WORDS: Mapping[str, str] = {
    "drop": lazy_gettext("Set these rows aside"),
    "mark_missing": lazy_gettext("Read the values as missing"),
    "clip": lazy_gettext("Bring the values into bounds"),
    "rescale": lazy_gettext("Multiply the values"),
    "interpolate": lazy_gettext("Fill with a straight line between the bills before and after"),
    "same_season_fill": lazy_gettext("Fill with the same season a year before"),
    "carry_forward": lazy_gettext("Fill with the last value before"),
    "merge_duplicates": lazy_gettext("Make one row of several bills of one day"),
    "unroll_register": lazy_gettext("Count the register on after its full turn"),
    "period_from_dates": lazy_gettext("Take the days since the bill before as the period"),
}
TREATMENT_WORDS: Mapping[str, str] = {
    "drop": lazy_gettext("left out"),
    "pseudonymise": lazy_gettext("replaced by a pseudonym"),
    "round": lazy_gettext("rounded to about 1 km"),
    "keep": lazy_gettext("kept"),
}
MEASURED = ("readings", "intervals")


@dataclass(frozen=True, slots=True)
class Described:
    """A version as a list shows it; what is not known is None."""

    version: RegisteredVersion
    report: QualityReport | None
    consumers: int | None = None
    readings: int | None = None
    first: date | None = None
    last: date | None = None
    outcomes: int = 0
    irregular: int = 0

    @property
    def reference(self) -> str:
        """Return how a person names it."""
        return f"{self.version.dataset}@{self.version.number}"

    @property
    def quality(self) -> tuple[str, str]:
        """Return the quality in a word, and the kind of tag that shows it."""
        return ("–", "off") if self.report is None else quality_word(self.report)

    @property
    def labels(self) -> str:
        """Return what is known of theft, in words."""
        if not self.outcomes:
            return gettext("none")
        words = gettext("%(irregular)s of %(outcomes)s visits", irregular=number(self.irregular), outcomes="%s")
        return words.replace("%s", number(self.outcomes))


def describe(version: RegisteredVersion, quality: Mapping[str, Any]) -> Described:
    """Return what a list says of a version."""
    report = report_from_json(quality)
    facts = {fact.table: fact for fact in report.facts}
    measured = next((facts[name] for name in MEASURED if name in facts), None)
    first, last = _ends(measured)
    outcomes = facts["inspections"].words.get("outcome", {}) if "inspections" in facts else {}
    consumers = facts.get("consumers", measured)
    return Described(
        version,
        report,
        consumers=(consumers.consumers or consumers.rows) if consumers else None,
        readings=measured.rows if measured else None,
        first=first,
        last=last,
        outcomes=sum(outcomes.values()),
        irregular=sum(count for word, count in outcomes.items() if word in POSITIVE),
    )


def quality_word(report: QualityReport) -> tuple[str, str]:
    """Return the quality in a word, and the kind of tag that shows it."""
    rows_in = sum(count.rows_in for count in report.tables)
    aside = sum(count.rows_set_aside for count in report.tables)
    if not rows_in or aside == rows_in:
        return gettext("not usable"), "bad"
    if aside / rows_in > MUCH_SET_ASIDE:
        return gettext("poor"), "bad"
    if any(finding.severity != "note" for finding in report.findings):
        return gettext("fair"), ""
    return gettext("good"), "good"


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, the gravest first."""
    return sorted(findings, key=lambda finding: (GRADES[finding.severity], -finding.count))


def verdict(report: QualityReport) -> str:
    """Say in a sentence how good the data are and where to look first."""
    rows_in, used = (sum(getattr(count, name) for count in report.tables) for name in ("rows_in", "rows_used"))
    if not used:
        return gettext("No row can be used.")
    if used == rows_in:
        start = gettext("All %(rows)s rows can be used.", rows=number(used))
    else:
        start = gettext(
            "%(used)s of %(rows)s rows can be used; %(aside)s are set aside.",
            used=number(used),
            rows=number(rows_in),
            aside=number(rows_in - used),
        )
    grave = [finding for finding in by_severity(report.findings) if finding.severity != "note"]
    if not grave:
        return f"{start} {gettext('Nothing grave was found.')}"
    where = place_of(grave[0])
    return f"{start} {gettext('Look first at %(where)s: %(meaning)s', where=where, meaning=grave[0].meaning)}"


def place_of(finding: Finding) -> str:
    """Return where a finding is: the table, and its column where it is one column's."""
    table = str(TABLE_WORDS.get(finding.table, finding.table))
    return f"{table}, {plain(finding.column)}" if finding.column else table


def plain(name: str) -> str:
    """Return a name of a column in words.

    Examples
    --------
    >>> plain("sanctioned_load")
    'sanctioned load'
    """
    return name.replace("_", " ")


def repair_words(repair: Repair) -> str:
    """Say what a step does, and to what."""
    what = str(REPAIR_WORDS.get(repair.name, plain(repair.name)))
    told = ", ".join(
        plain(value) if isinstance(value, str) else f"{plain(key)} {value:g}"
        for key, value in repair.parameters.items()
    )
    where = f"{TABLE_WORDS.get(repair.table, repair.table)}{', ' + plain(repair.column) if repair.column else ''}"
    return f"{what} ({where}{'; ' + told if told else ''})"


def _ends(fact: TableFacts | None) -> tuple[date | None, date | None]:
    dated = [c for c in fact.columns if c.kind in {"date", "datetime"} and c.least is not None] if fact else []
    if not dated:
        return None, None
    return date.fromisoformat(str(dated[0].least)[:10]), date.fromisoformat(str(dated[0].greatest)[:10])
