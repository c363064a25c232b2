"""A model version for its reader: its report as it was written, the model not loaded. Rule of the room: no fits."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from powertheft.actions.bundle_files import (
    ATTACHMENTS,
    LOOKED_AT_FILE,
    MANIFEST,
    MANIFEST_SUM,
    PROFILE_FILE,
    REPORT_FILE,
)
from powertheft.actions.house import House
from powertheft.actions.model_versions import get_model_version, model_folder
from powertheft.actions.ports import ModelVersion
from powertheft.domain.errors import BundleError, ChoiceError

KEPT = 16
"""Reports that a process remembers, so that a page is not read from disk each time."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelReport:
    """A model version and what its bundle says of it; `looked_at` is None where no page was drawn in training."""

    version: ModelVersion
    figures: Mapping[str, Any]
    looked_at: Mapping[str, Any] | None
    features: tuple[str, ...]
    options: Mapping[str, Any]
    cutoffs: Mapping[str, float]
    libraries: Mapping[str, str]
    profile: Mapping[str, Any]

    @property
    def basis(self) -> str:
        """Return whose figures come first: those of the features known before a visit, where there are any."""
        return "knowable_only" if self.figures["knowable_only"] is not None else "held_out"

    @property
    def judged(self) -> Mapping[str, Any]:
        """Return the evaluation that comes first."""
        return self.figures[self.basis]

    @property
    def points(self) -> Mapping[str, Any] | None:
        """Return the points of its curves; None of a bundle that was written before they were kept."""
        return self.figures.get("points", {}).get(self.basis)

    @property
    def label_scope(self) -> str:
        """Return whether outcomes cover everybody or only those inspected."""
        return str(self.profile.get("label_scope", "inspected"))

    @property
    def currency(self) -> str:
        """Return the currency of the data."""
        return str(self.profile.get("currency") or "")


def read_report(house: House, reference: str) -> ModelReport:
    """Read the report of a model version."""
    house.check("model.read")
    version = get_model_version(house, reference)
    folder = model_folder(house, version)
    if not (folder / MANIFEST).is_file():
        msg = f"the files of {version.reference} are missing"
        raise BundleError(msg, advice="Copy the home folder again from where it was saved, or train the model again.")
    told = _read_bundle(folder, (folder / MANIFEST).stat().st_mtime_ns)
    return ModelReport(version=version, **told)


@lru_cache(maxsize=KEPT)
def _read_bundle(folder: Path, _changed: int) -> dict[str, Any]:
    content = (folder / MANIFEST).read_bytes()
    if (folder / MANIFEST_SUM).read_bytes().split()[0].decode() != hashlib.sha256(content).hexdigest():
        msg = f"the model is damaged: {MANIFEST} is not as it was written"
        raise BundleError(msg, advice="Copy the folder again from where it was made, or train the model again.")
    manifest = json.loads(content)
    return {
        "figures": manifest["figures"],
        "looked_at": _attachment(folder, LOOKED_AT_FILE),
        "features": tuple(column["name"] for column in manifest["schema"]),
        "options": manifest["options"],
        "cutoffs": manifest["cutoffs"],
        "libraries": manifest["versions"],
        "profile": _attachment(folder, PROFILE_FILE) or {},
    }


def _attachment(folder: Path, name: str) -> dict[str, Any] | None:
    place = folder / ATTACHMENTS / name
    return json.loads(place.read_text("utf-8")) if place.is_file() else None


def read_report_page(house: House, reference: str) -> str:
    """Return the report as one page of HTML, as it was drawn in training."""
    house.check("model.read")
    version = get_model_version(house, reference)
    place = model_folder(house, version) / ATTACHMENTS / REPORT_FILE
    if not place.is_file():
        raise ChoiceError(f"{version.reference} was trained without a page", advice="Read its report here instead.")
    return place.read_text("utf-8")


def pack_bundle(house: House, reference: str) -> bytes:
    """Return a version's whole folder as a zip file; `powertheft score --model` reads it once it is unpacked."""
    house.check("model.read")
    version = get_model_version(house, reference)
    folder = model_folder(house, version)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for place in sorted(folder.rglob("*")):
            if place.is_file():
                inside = Path(f"{version.model}-{version.number}") / place.relative_to(folder)
                archive.write(place, inside.as_posix())
    return packed.getvalue()
