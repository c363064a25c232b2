"""Recorded outcomes as a file: for a spreadsheet, or as labels of the next import. Rule of the room: compute nothing.

Labels have the columns of the canonical table `inspections`, with how each visit was drawn and its chance: without
them no rate can be estimated, and a model would learn its own beliefs. An import knows connections by the utility's own
numbers, so whoever wants to bring the outcomes back in has to look them up; without that they go by pseudonym.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from powertheft.actions.house import House
from powertheft.actions.labels_of_house import SCHEMA, recorded_cases
from powertheft.actions.read_list import FileFormat
from powertheft.actions.reveal_consumers import numbers_of
from powertheft.domain.errors import ChoiceError
from powertheft.domain.inspections import Case
from powertheft.reports.spreadsheets import write_rows_as_csv, write_rows_as_workbook

CASES: dict[str, Any] = {
    "case": pl.Int64,
    "state": pl.String,
    "dataset": pl.String,
    "consumer_id": pl.String,
    "scoring": pl.Int64,
    "rank": pl.Int64,
    "probability": pl.Float64,
    "expected_energy_kwh": pl.Float64,
    "expected_amount": pl.Float64,
    "region": pl.String,
    "district": pl.String,
    "section": pl.String,
    "feeder_id": pl.String,
    "transformer_id": pl.String,
    "assigned_to": pl.String,
    "planned_on": pl.Date,
    **{name: kind for name, kind in SCHEMA.items() if name not in {"consumer_id", "sequence"}},
    "note": pl.String,
}


@dataclass(frozen=True, slots=True)
class Labels:
    """A file of labels: where it lies, how many outcomes, and whether they go by the utility's own numbers."""

    path: Path
    outcomes: int
    has_numbers: bool


def list_labelled(house: House) -> dict[str, int]:
    """Return the datasets whose cases have an outcome, with how many."""
    house.check("inspection.assign")
    counted: dict[str, int] = {}
    for case in recorded_cases(house):
        counted[case.dataset] = counted.get(case.dataset, 0) + 1
    return counted


def export_labels(house: House, dataset: str, *, out: Path, reason: str | None = None) -> Labels:
    """Write what was found at the connections of a dataset as a CSV of the table `inspections`.

    With a `reason` connections go by the utility's own numbers, as an import wants them; that look is recorded.
    """
    house.check("dataset.export")
    found = recorded_cases(house, dataset)
    if not found:
        raise ChoiceError(f"nothing is recorded yet for {dataset}", advice="Record what the visits have found first.")
    pseudonyms = [case.consumer_id for case in found]
    numbers = numbers_of(house, pseudonyms, reason=reason) if reason is not None else {}
    rows = [{**_label(case), "consumer_id": numbers.get(case.consumer_id, case.consumer_id)} for case in found]
    frame = pl.DataFrame(rows, schema=SCHEMA).sort("consumer_id", "inspected_on", maintain_order=True)
    numbered = frame.with_columns(sequence=pl.int_range(pl.len()).over("consumer_id", "inspected_on"))
    write_rows_as_csv(out, numbered)
    with house.begin() as work:
        work.audit.record("labels.exported", dataset, {"outcomes": len(rows), "with_numbers": reason is not None})
    return Labels(out, len(rows), reason is not None)


def export_cases(house: House, cases: Sequence[Case], *, out: Path, file_format: FileFormat = "csv") -> Path:
    """Write cases as a spreadsheet, by pseudonym."""
    house.check("dataset.export")
    frame = pl.DataFrame([_row(case) for case in cases], schema=CASES)
    writer = write_rows_as_csv if file_format == "csv" else write_rows_as_workbook
    writer(out, frame)
    with house.begin() as work:
        work.audit.record("cases.exported", "cases", {"format": file_format, "rows": len(cases)})
    return out


def _label(case: Case) -> dict[str, Any]:
    finding = case.finding
    told = {} if finding is None else {name: getattr(finding, name) for name in SCHEMA if hasattr(finding, name)}
    return {**told, "drawn_by": case.drawn_by, "inclusion_probability": case.inclusion_probability}


def _row(case: Case) -> dict[str, Any]:
    own = {name: getattr(case, name) for name in CASES if hasattr(case, name)}
    about = {name: case.about[name] for name in CASES if name in case.about}
    note = case.finding.note if case.finding else None
    return {**about, **_label(case), **own, "case": case.number, "note": note}
