"""What the visits of this house have found, as outcomes beside those of a dataset. Rule of the room: compute nothing.

A version of a dataset never changes; what was recorded since stands in the store. Whoever learns, judges or scores
reads both: outcomes become labels by the rules of `labels`, and the day before the visit is the as-of date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import polars as pl

from powertheft.actions.house import EVERY, House
from powertheft.datasets.reading import Version
from powertheft.domain.inspections import Case, CaseState
from powertheft.domain.numbers import grouped
from powertheft.domain.outcomes import label_of
from powertheft.labels.labelling import LABELS

KNOWN: tuple[CaseState, ...] = ("recorded", "closed")
"""A case that is being corrected teaches nothing until it is recorded again."""

INSPECTIONS = "inspections"
WHO = ("consumers", "readings", "intervals")
DAY = ["consumer_id", "inspected_on"]
SCHEMA: dict[str, Any] = {
    "consumer_id": pl.String,
    "inspected_on": pl.Date,
    "sequence": pl.Int64,
    "outcome": pl.String,
    "energy_assessed": pl.Float64,
    "amount_assessed": pl.Float64,
    "drawn_by": pl.String,
    "inclusion_probability": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class OutcomesTold:
    """Where the outcomes come from: all of them, those of this house's cases, and how the two agree.

    `known_before` counts those of cases that the data hold already, `conflicts` days on which data and case say
    different things of a connection (both are kept), `elsewhere` cases of connections that are not in these data.
    `recorded` counts the cases with a conclusive outcome: by it is told later how many came since.
    """

    outcomes: int
    from_cases: int
    known_before: int
    conflicts: int
    elsewhere: int
    recorded: int = 0

    @property
    def in_words(self) -> str:
        """Return the same as a sentence or two.

        Examples
        --------
        >>> OutcomesTold(1200, 30, 4, 1, 0).in_words
        'Of 1,200 outcomes 30 are from cases of this house (4 more of them were in the data already). On 1 day data \
and case say different things of a connection: both are kept, and of one day theft counts.'
        """
        before = f" ({grouped(self.known_before)} more of them were in the data already)" if self.known_before else ""
        said = f"Of {grouped(self.outcomes)} outcomes {grouped(self.from_cases)} are from cases of this house{before}."
        if self.conflicts:
            days = "1 day" if self.conflicts == 1 else f"{grouped(self.conflicts)} days"
            said += (
                f" On {days} data and case say different things of a connection: both are kept, and of one day theft "
                "counts."
            )
        if self.elsewhere:
            said += f" {grouped(self.elsewhere)} are of connections that these data do not hold, and teach nothing."
        return said

    def to_json(self) -> dict[str, int]:
        """Return the same as plain data."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True, eq=False)
class TaughtVersion(Version):
    """A version of a dataset with the outcomes of the house beside its own."""

    told: OutcomesTold


def with_outcomes(house: House, reference: str) -> Version:
    """Read a version of a dataset with what the cases of that dataset, of whichever version, have found until now."""
    version = house.version(reference)
    cases = recorded_cases(house, house.registered(reference).dataset)
    if not cases:
        return version
    own = version.tables[INSPECTIONS].collect() if INSPECTIONS in version.tables else pl.DataFrame(schema=SCHEMA)
    joined, told = _joined(own, _rows(cases), _connections(version.tables))
    told = replace(told, recorded=conclusive(cases))
    parts: dict[str, Any] = {one.name: getattr(version, one.name) for one in fields(Version)}
    parts["tables"] = {**version.tables, INSPECTIONS: joined.lazy()}
    return TaughtVersion(**parts, told=told)


def recorded_cases(house: House, dataset: str | None = None) -> list[Case]:
    """Return the cases whose outcome is known, of one dataset or of all, the oldest first."""
    with house.read() as work:
        found = work.inspections.list_cases(states=KNOWN, dataset=dataset, last=EVERY)
    return [case for case in reversed(found) if case.finding is not None]


def conclusive(cases: Sequence[Case]) -> int:
    """Return how many cases found theft out, or that there is none."""
    return sum(case.finding is not None and label_of(case.finding.outcome) is not None for case in cases)


def _rows(cases: Sequence[Case]) -> pl.DataFrame:
    told = [
        {
            "consumer_id": case.consumer_id,
            "drawn_by": case.drawn_by,
            "inclusion_probability": case.inclusion_probability,
            **{name: getattr(case.finding, name) for name in SCHEMA if hasattr(case.finding, name)},
        }
        for case in cases
    ]
    return pl.DataFrame(told, schema=SCHEMA).sort(DAY, maintain_order=True)


def _connections(tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    there = [tables[name].select("consumer_id") for name in WHO if name in tables]
    return pl.concat(there).unique().collect() if there else pl.DataFrame(schema={"consumer_id": pl.String})


def _joined(own: pl.DataFrame, found: pl.DataFrame, connections: pl.DataFrame) -> tuple[pl.DataFrame, OutcomesTold]:
    """Return the outcomes of both, each once, and what there was of either."""
    here = found.join(connections, on="consumer_id", how="semi", maintain_order="left")
    same = [*DAY, "outcome"]
    new = here.join(own.select(same), on=same, how="anti", maintain_order="left")
    days = own.select(*DAY, label=_label()).join(new.select(*DAY, other=_label()), on=DAY)
    conflicts = days.filter(pl.col("label") != pl.col("other")).unique(DAY).height
    # After whatever the data hold of that day, so that the key stays one.
    last = own["sequence"].fill_null(0).to_list() if "sequence" in own.columns else []
    numbered = new.with_columns(sequence=max(last, default=0) + 1 + pl.int_range(pl.len()).over(DAY))
    joined = pl.concat([own, numbered.select(_typed(own))], how="diagonal_relaxed").sort(*DAY, "sequence")
    told = OutcomesTold(
        outcomes=joined["outcome"].count(),
        from_cases=new.height,
        known_before=here.height - new.height,
        conflicts=conflicts,
        elsewhere=found.height - here.height,
    )
    return joined, told


def _label() -> pl.Expr:
    return pl.col("outcome").replace_strict(LABELS, default=None, return_dtype=pl.Int8)


def _typed(own: pl.DataFrame) -> list[pl.Expr]:
    """The columns of a case in the types that the data have them in."""
    return [pl.col(name).cast(own.schema[name] if name in own.columns else kind) for name, kind in SCHEMA.items()]
