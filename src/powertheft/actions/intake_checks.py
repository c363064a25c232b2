"""The check of an intake before it is imported: every row is read as the import will, and nothing of it is kept.

Rule of the room: put the rooms together, compute nothing themselves.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import polars as pl

from powertheft.actions import intakes
from powertheft.actions.house import House
from powertheft.actions.import_dataset import write_planned
from powertheft.actions.intake_plans import full_plan, head_plan, read_plan
from powertheft.actions.intakes import QUALITY, Intake
from powertheft.actions.plan_import import Plan
from powertheft.actions.ports import Json
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.save_profile import save_plan_profile
from powertheft.actions.work_jobs import enqueue_import
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import ChoiceError, OutputError, UserError
from powertheft.domain.files import FileMetadata
from powertheft.domain.jobs import Job
from powertheft.domain.quality import RULE, Finding, Preview, QualityReport, Repair
from powertheft.profiles.canonical import canonical_tables
from powertheft.quality.checking import check_tables
from powertheft.quality.mending import preview
from powertheft.quality.recipes import check_recipe
from powertheft.quality.repairs import REPAIRS
from powertheft.reports.writing import write_json

PREVIEW_ROWS, PREVIEW_CELLS = 200_000, 4_000_000
MOST_PREVIEWS = 40
TOLD: Mapping[str, tuple[str, ...]] = {"clip": ("minimum", "maximum"), "rescale": ("factor",)}
"""The numbers that a repair must be told before it can be tried."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A repair that could mend what a rule found: what it does, and the numbers that it must be told, in words."""

    repair: Repair
    meaning: str
    numbers: Mapping[str, str]


def check_intake(house: House, token: str, progress: Progress = no_progress) -> QualityReport:
    """Read every row as the import will, say what was found, and show what each repair would do."""
    house.check("dataset.import")
    intake = intakes.get(house, token)
    with house.scratch() as scratch:
        progress("opening the files", 0.0)
        plan = full_plan(house, intake, scratch)
        told = part_of(progress, 0.1, 0.85)
        _, report = write_planned(house, plan, folder=scratch / "draft", scratch=scratch, progress=told)
        progress("trying out repairs on the first rows", 0.85)
        offered = [offer.repair for finding in report.findings for offer in offers(finding) if not offer.numbers]
        previews, rows = _previews(plan, intake.repairs, offered)
    kept = {"report": report.to_json(), "previews": [one.to_json() for one in previews], "rows": rows}
    write_json(intakes.folder_of(house, token) / QUALITY, kept)
    return report


def read_check(house: House, intake: Intake) -> Json | None:
    """Return what the check found, None where there was none since the last change."""
    house.check("dataset.import")
    path = intakes.folder_of(house, intake.token) / QUALITY
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def offers(finding: Finding) -> list[Offer]:
    """Return the repairs that an import does not make unasked and that could mend what was found."""
    if finding.action != "shown":
        return []
    found: list[Offer] = []
    # What is wrong with an estimate is the energy, not the mark that says so.
    column = "energy" if finding.column == "is_estimated" else finding.column
    for name in finding.repairs:
        kind = REPAIRS[name]
        numbers = {one: kind.parameters[one] for one in TOLD.get(name, ())}
        step = Repair(name, finding.table, column, {RULE: finding.rule})
        with suppress(ChoiceError):
            check_recipe([replace(step, parameters={**step.parameters, **dict.fromkeys(numbers, 1.0)})])
            found.append(Offer(step, kind.meaning, numbers))
    return found


def confirm_intake(house: House, token: str, *, name: str, save_as: str = "") -> Job:
    """Ask for the import as it was chosen; the mapping is saved under a name of its own where one is given."""
    house.check("dataset.import")
    intake = intakes.get(house, token)
    if "import" in intake.jobs:
        with house.read() as work:
            asked = work.jobs.get_job(intake.jobs["import"])
        if asked.state in {"queued", "running", "done"}:
            return asked
    _check_name(name, "name")
    plan = read_plan(house, intake)
    if plan is None or plan["problem"]:
        raise ChoiceError("the columns are not settled yet", advice="Go back to Columns and mend what is said there.")
    if save_as and save_as != intake.save_as:
        _check_name(save_as, "save_as")
        try:
            save_plan_profile(house, head_plan(house, intake), save_as)
        except OutputError as error:
            raise ChoiceError(
                "there is a layout of this name", column="save_as", advice="Choose another name."
            ) from error
    job = enqueue_import(house, intakes.files_of(house, intake), name=name, choices=intakes.choices_of(house, intake))
    intakes.note_import(house, token, job, name=name, save_as=save_as)
    return job


def _check_name(name: str, column: str) -> None:
    try:
        check_dataset_name(name)
    except ChoiceError as error:
        raise ChoiceError(error.what, column=column, advice=error.advice) from error


def _previews(plan: Plan, chosen: Sequence[Repair], offered: Sequence[Repair]) -> tuple[list[Preview], int]:
    """Return what each step would do to the first rows, and how many rows of a table that are at most."""
    files: dict[str, tuple[pl.DataFrame, FileMetadata]] = {}
    for mapping in plan.profile.tables:
        source = plan.tables.get(mapping.file)
        if source is not None and mapping.file not in files:
            width = len(source.metadata.columns) if mapping.wide else 1
            rows = min(PREVIEW_ROWS, max(1, PREVIEW_CELLS // width))
            files[mapping.file] = source.frame.head(rows).collect(), source.metadata
    most = max((frame.height for frame, _ in files.values()), default=0)
    shown: list[Preview] = []
    with suppress(UserError):
        checked, _ = check_tables(canonical_tables(plan.profile, files), plan.profile)
        steps = [*chosen, *(step for step in offered if step not in chosen)]
        for step in steps[:MOST_PREVIEWS]:
            with suppress(UserError):
                shown += preview([step], checked, plan.profile)
    return shown, most
