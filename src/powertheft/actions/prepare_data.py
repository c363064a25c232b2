"""Read files, bring them into canonical tables, check them. Rule of the room: put the rooms together."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from powertheft.actions.labels_of_house import OutcomesTold, TaughtVersion
from powertheft.actions.progress import Progress, no_progress
from powertheft.datasets.reading import Version
from powertheft.domain.errors import ChoiceError, InputError, LabelError
from powertheft.domain.files import FileMetadata
from powertheft.domain.profiles import Profile, TableMapping
from powertheft.domain.quality import Preview, QualityReport, Repair, report_from_json
from powertheft.domain.tables import SOURCE_ROW, CanonicalTable
from powertheft.labels.fold_names import content_names
from powertheft.labels.labelling import labelled_consumers
from powertheft.profiles.adapting import adapt_profile
from powertheft.profiles.canonical import canonical_tables
from powertheft.profiles.loading import load_profile
from powertheft.profiles.serialising import profile_from_json, profile_to_json
from powertheft.profiles.settling import settle_profile
from powertheft.quality.checking import check_tables
from powertheft.quality.mending import preview
from powertheft.sources.files import ANY, locate, read_files
from powertheft.sources.memory import read_frame

if TYPE_CHECKING:  # it brings scikit-learn, 100 MB, which who only looks at data does without
    from powertheft.models.bundle import Bundle

Data = Path | Sequence[Path] | Mapping[str, Any] | Version
"""A folder, the files themselves, frames (pandas, Polars, Arrow) by the name of the file that they stand for, or a
version of a dataset."""

Files = dict[str, tuple[pl.DataFrame, FileMetadata]]
PROFILE_FILE = "profile.json"
WHEN = ("read_on", "paid_on", "start", "occurred_at")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Canonical tables that passed the quality checks, the settled profile they were read through, and the report.

    `labels` has a row a consumer whose outcome is known: consumer_id, label, as_of, outcome, is_dated. `known_by` is
    the key of the consumers' pseudonyms, empty where they are the numbers that the files give. `previews` say what the
    steps that were asked about would do; none of them is taken. `told` says what of it cases of the house have found.
    """

    profile: Profile
    tables: dict[str, pl.DataFrame]
    labels: pl.DataFrame
    quality: QualityReport
    known_by: str = ""
    previews: tuple[Preview, ...] = ()
    told: OutcomesTold | None = None


def prepare_data(
    data: Data,
    *,
    profile: Profile,
    mapping: Mapping[str, str] | None = None,
    repairs: Sequence[Repair] = (),
    progress: Progress = no_progress,
) -> Prepared:
    """Read the data through a profile, and repair or set aside by named rules what cannot be."""
    if isinstance(data, Version):
        return _prepared_before(data, repairs)
    words = adapt_profile(profile, mapping or {})
    progress("reading the files", 0.0)
    files = _frames(data, words) if isinstance(data, Mapping) else _files(data, words)
    words = settle_profile(words, files)
    progress("bringing them into our tables", 0.4)
    tables = canonical_tables(words, files)
    del files
    progress("checking every row", 0.7)
    _check_numbers(words, tables)
    checked, report = check_tables(tables, words)
    progress("data are ready", 1.0)
    frames = {name: table.frame.drop(SOURCE_ROW) for name, table in checked.items()}
    shown = tuple(preview(repairs, checked, words))
    return Prepared(words, frames, labelled_consumers(checked), report, previews=shown)


def _prepared_before(version: Version, repairs: Sequence[Repair]) -> Prepared:
    """Return what an import has brought into our tables and checked."""
    if repairs:
        raise ChoiceError(
            "a version of a dataset is never changed, so no step is shown on it",
            advice="Import its files again with --repair, or check the files themselves.",
        )
    profile = profile_from_json(version.profile)
    frames = {name: frame.collect() for name, frame in version.tables.items()}
    tables = {name: CanonicalTable(name, frame, version.folder.name, {}) for name, frame in frames.items()}
    report, known_by = report_from_json(version.quality), version.manifest.recipe.key_id
    told = version.told if isinstance(version, TaughtVersion) else None
    return Prepared(profile, frames, labelled_consumers(tables), report, known_by, told=told)


def fold_names(prepared: Prepared, consumer_ids: np.ndarray) -> np.ndarray:
    """Return the names that folds and ties go by: the utility's numbers; of a dataset what the consumers' rows hold.

    A pseudonym must decide nothing: another key would give other folds, another order, and other figures.
    """
    if not prepared.known_by:
        return consumer_ids
    return np.array(content_names(prepared.tables, consumer_ids.tolist()))


def check_rows_are_left(prepared: Prepared) -> None:
    """Refuse to go on where none of the rows of a table that must be there can be used; `check` shows them instead."""
    for count in prepared.quality.tables:
        mapping = prepared.profile.table(count.table)
        if count.rows_used or mapping is None or not mapping.required:
            continue
        rule = max(count.reasons, key=lambda name: count.reasons[name])
        found = next(finding for finding in prepared.quality.of_rule(rule) if finding.table == count.table)
        dates = [source for name in WHEN for source in _sources(mapping, name)] if "date" in rule else []
        others = sorted({other.file for other in prepared.quality.tables if other.file != count.file})
        raise InputError(
            f"none of its {count.rows_in:,} rows can be used. {found.meaning}",
            file=count.file,
            column=dates[0] if dates else None,
            advice=f"Check that it is of the same export as {', '.join(others)}, and that the profile fits.",
        )


def check_outcomes_are_known(prepared: Prepared) -> None:
    """Refuse labels of which not one word is known, naming the words."""
    strange = [f for f in prepared.quality.of_rule("unknown_code") if (f.table, f.column) == ("inspections", "outcome")]
    if prepared.labels.is_empty() and strange:
        raise LabelError(
            f"none of the outcomes is a word that the profile knows: {strange[0].detail}",
            file=strange[0].file,
            advice="Add your words to the profile's codes for outcome.",
        )


def _check_numbers(profile: Profile, tables: Mapping[str, CanonicalTable[pl.DataFrame]]) -> None:
    """Refuse a file whose column of consumers' numbers is empty from top to bottom."""
    for name, table in tables.items():
        frame, mapping = table.frame, profile.table(name)
        if "consumer_id" in frame.columns and frame["consumer_id"].null_count() == frame.height and mapping:
            raise InputError(
                "holds no consumer's number at all",
                file=table.file,
                column=_sources(mapping, "consumer_id")[0],
                advice="Name the right column with --map consumer_id=COLUMN, or export it again.",
            )


def _sources(mapping: TableMapping, column: str) -> tuple[str, ...]:
    mapped = mapping.column(column)
    return mapped.sources if mapped else ()


def profile_for(data: Data, name_or_path: str | None, bundle: "Bundle | None" = None) -> Profile:
    """Return a profile; where it leaves columns open, the one that was settled when the model was trained.

    A version of a dataset knows its own.
    """
    if isinstance(data, Version):
        return profile_from_json(data.profile)
    if name_or_path is None:
        raise ChoiceError("files need a profile that says what their columns are", advice="Name one: --profile tneb.")
    asked = load_profile(name_or_path)
    if bundle is None or bundle.profile != asked.name or not any(table.keep_others for table in asked.tables):
        return asked
    return profile_from_json(json.loads(bundle.attachments[PROFILE_FILE]))


def profile_attachment(profile: Profile) -> dict[str, bytes]:
    """Return the settled profile as a file for the bundle."""
    return {PROFILE_FILE: json.dumps(profile_to_json(profile), ensure_ascii=False).encode()}


def _files(data: Path | Sequence[Path], profile: Profile) -> Files:
    wanted = profile.files()
    required = [file for file, needed in wanted.items() if needed]
    optional = [file for file, needed in wanted.items() if not needed]
    return read_files(locate(data, required, optional=optional, profile=profile.name))


def _frames(data: Mapping[str, Any], profile: Profile) -> Files:
    if len(data) == 1 and profile.tables[0].file == ANY:
        # A profile of one file reads it under any name.
        ((name, frame),) = data.items()
        return {ANY: read_frame(frame, name)}
    return {name: read_frame(frame, name) for name, frame in data.items()}
