"""The report of a training: figures of held-out consumers, as data. Rule of the room: compute nothing themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from powertheft.evaluation.audit import Audit
from powertheft.evaluation.evaluation import Evaluation
from powertheft.evaluation.learning_curve import LearningCurve
from powertheft.evaluation.segments import SegmentGroup
from powertheft.evaluation.selection import WeightedMeasures


@dataclass(frozen=True, slots=True)
class Labelled:
    """Consumers whose outcome is known: who, the names that folds and ties go by, their features, the outcome.

    `fold_names` are the utility's numbers, or where these are not known what the consumers' rows hold. `about` says of
    each where it is (as far as the consumers table has it), when its outcome was found, and how much history it has.
    """

    consumer_ids: np.ndarray
    fold_names: np.ndarray
    features: pl.DataFrame
    labels: np.ndarray
    about: pl.DataFrame = field(default_factory=pl.DataFrame)

    def part(self, chosen: np.ndarray) -> "Labelled":
        """Return the rows that are chosen, by a mask or by their places."""
        rows = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        about = self.about[rows] if self.about.width else self.about
        return Labelled(self.consumer_ids[rows], self.fold_names[rows], self.features[rows], self.labels[rows], about)


@dataclass(frozen=True, slots=True)
class AuditOfTraining:
    """What the leakage audit found, and how it was judged."""

    found: Audit
    judged_by: str

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data, the verdict first."""
        return {**self.found.to_json(), "judged_by": self.judged_by}


@dataclass(frozen=True, slots=True)
class Selection:
    """What it changes that inspected consumers were chosen, with the features that a utility would live and with all.

    `told_by` says from whom the chances of being inspected were learnt.
    """

    knowable: WeightedMeasures | None
    held_out: WeightedMeasures
    told_by: str

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return {
            "knowable_only": None if self.knowable is None else self.knowable.to_json(),
            "held_out": self.held_out.to_json(),
            "told_by": self.told_by,
        }


@dataclass(frozen=True, slots=True)
class Segments:
    """How each group of consumers is served, with the features that a utility would live and with all."""

    knowable: tuple[SegmentGroup, ...] | None
    held_out: tuple[SegmentGroup, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return {
            "knowable_only": None if self.knowable is None else [group.to_json() for group in self.knowable],
            "held_out": [group.to_json() for group in self.held_out],
        }


@dataclass(frozen=True, slots=True)
class Sections:
    """What else a report tells of the held-out fits; None where the data or the choices do not allow it."""

    calibration: Mapping[str, Any]
    segments: Segments
    learning_curve: LearningCurve | None
    net_value: Mapping[str, Any] | None
    selection: Selection | None
    points: Mapping[str, Any]
    practice: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return {
            "calibration": dict(self.calibration),
            "segments": self.segments.to_json(),
            "learning_curve": None if self.learning_curve is None else self.learning_curve.to_json(),
            "net_value": None if self.net_value is None else dict(self.net_value),
            "selection": None if self.selection is None else self.selection.to_json(),
            "points": dict(self.points),
            "practice": dict(self.practice),
        }


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training gives to its reader: whether to trust it, the figures that a utility would live, all figures."""

    algorithm: str
    audit: AuditOfTraining
    held_out: Evaluation
    knowable: Evaluation | None
    features: int
    knowable_features: int
    labelled: int
    positives: int
    split: str
    held_out_folds: str
    sections: Sections
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data; the measures are those of the held-out fit."""
        return {
            "audit": self.audit.to_json(),
            "algorithm": self.algorithm,
            "labelled_consumers": self.labelled,
            "positives": self.positives,
            "features": self.features,
            "knowable_features": self.knowable_features,
            "split": self.split,
            "held_out_folds": self.held_out_folds,
            "knowable_only": None if self.knowable is None else self.knowable.to_json(),
            "held_out": self.held_out.to_json(),
            **self.sections.to_json(),
            "notes": list(self.notes),
        }
