"""A model on disk: a folder whose every byte is accounted for. Rule of the room: the scikit-learn contract.

    manifest.json       sums of all other files, versions, schema, settings, recipe of the features, figures
    manifest.sha256     the sum of the manifest itself
    estimator.skops, booster.*, network.keras    the estimator (serialisation.py)
    calibration.json, reference.json, used_consumers.bin
    golden.json         invented consumers and what the model said of them when it was written
    attachments/        whatever the caller adds

No file runs code when it is read. Sums guard against damage and mix-ups; they do not say who made the bundle.
"""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import Distribution, version
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import polars as pl

from powertheft.domain.errors import BundleError, OutputError
from powertheft.domain.spreads import Spreads
from powertheft.models.calibration import Calibration
from powertheft.models.contract import conform
from powertheft.models.folders import check_writable, read_folder, write_folder
from powertheft.models.membership import Membership
from powertheft.models.reference import draw_table
from powertheft.models.schema import FeatureKind
from powertheft.models.serialisation import estimator_from_files, estimator_to_files
from powertheft.models.training import FittedModel

FORMAT = "powertheft model bundle"
FORMAT_VERSION = 1
GOLDEN_ROWS = 32
GIT_SECONDS = 10
GOLDEN_TOLERANCE = 1e-6
LIBRARIES = ("powertheft", "numpy", "polars", "scikit-learn", "lightgbm", "xgboost-cpu", "skops")
EXTRA_LIBRARIES = ("catboost", "keras", "tensorflow-cpu")

MANIFEST, MANIFEST_SUM = "manifest.json", "manifest.sha256"
_ATTACHMENTS = "attachments/"
_RETRAIN = "Copy the whole folder again from where it was made, or train the model again."


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A model as it was read from disk, with all that was written beside it.

    Attributes
    ----------
    path : Path
        The folder.
    model : FittedModel
        Ready to score.
    used : Membership
        Recognises the consumers that it was fitted to.
    known_by : str
        What its consumers are known by: "" for the numbers of a utility's own files, else the key of their pseudonyms.
    profile : str
        Name of the profile whose data it was fitted to.
    recipe : mapping
        How its features are computed, as the caller gave it.
    figures : mapping
        Its held-out evaluation, as the caller gave it.
    created_at : str
        When it was written (ISO 8601, UTC).
    versions : mapping of str to str
        Libraries that it was written with.
    attachments : mapping of str to bytes
        Further files, as the caller gave them.
    """

    path: Path
    model: FittedModel
    used: Membership
    known_by: str
    profile: str
    recipe: Mapping[str, Any]
    figures: Mapping[str, Any]
    created_at: str
    versions: Mapping[str, str]
    attachments: Mapping[str, bytes]


def library_versions() -> dict[str, str]:
    """Return the version of each library that a model may hang on, of extras where they are installed."""
    extras = [library for library in EXTRA_LIBRARIES if any(Distribution.discover(name=library))]
    return {library: version(library) for library in (*LIBRARIES, *extras)}


@cache
def source_commit() -> str:
    """Return the commit of the checkout that runs, with -dirty where files differ from it; "" where it is none."""
    checkout, git = Path(__file__).parents[3], which("git")
    if git is None or not (checkout / ".git").exists():
        return ""
    command = (git, "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=GIT_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.stdout.strip()


def write_bundle(
    path: Path,
    model: FittedModel,
    *,
    consumer_ids: Iterable[object],
    known_by: str = "",
    profile: str,
    recipe: Mapping[str, Any],
    figures: Mapping[str, Any],
    attachments: Mapping[str, bytes] | None = None,
    created_at: datetime | None = None,
) -> None:
    """Write a model as a folder, all of it or nothing.

    Parameters
    ----------
    path : Path
        The folder. A model bundle that is already there is replaced; anything else is left alone.
    model : FittedModel
        What to write.
    consumer_ids : iterable of str
        Numbers of all consumers used in fitting; only keyed hashes of them are kept.
    known_by : str, default ""
        The key of their pseudonyms, where the numbers are not the utility's own.
    profile : str
        Name of the profile whose data it was fitted to.
    recipe, figures : mapping
        How the features are computed, and the held-out evaluation: anything that JSON can hold.
    attachments : mapping of str to bytes, optional
        Further files by name (letters, digits, dot, dash, underscore).
    created_at : datetime, optional
        Now, unless given.

    Raises
    ------
    OutputError
        If something else is in that place, or it cannot be written to; nothing is left behind then.
    """
    check_bundle_place(path)
    files = {
        **estimator_to_files(model.estimator),
        "calibration.json": _encoded(model.calibration.to_json()),
        "reference.json": _encoded(model.reference.to_json()),
        "golden.json": _encoded(_golden(model)),
        "used_consumers.bin": Membership.of(consumer_ids).to_bytes(),
        **{_attachment_name(name): content for name, content in (attachments or {}).items()},
    }
    manifest = _encoded(
        {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "created_at": (created_at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
            "versions": library_versions(),
            "commit": source_commit(),
            "algorithm": model.algorithm,
            "options": dict(model.options),
            "seed": model.seed,
            "schema": [{"name": name, "kind": kind} for name, kind in model.kinds.items()],
            "cutoffs": dict(model.cutoffs),
            "known_by": known_by,
            "profile": profile,
            "recipe": dict(recipe),
            "figures": dict(figures),
            "sha256": {name: _sum(content) for name, content in sorted(files.items())},
        }
    )
    write_folder(path, {**files, MANIFEST: manifest, MANIFEST_SUM: _sum_line(manifest)})


def read_bundle(path: Path) -> Bundle:
    """Return the model of a folder, after every sum has been checked and before anything of it is used.

    Parameters
    ----------
    path : Path
        The folder.

    Returns
    -------
    Bundle

    Raises
    ------
    BundleError
        If it is not a model bundle, a byte of it has changed, a file is missing or too many, it was written by a
        newer version, or it does not say the same here as where it was made.
    """
    files = dict(read_folder(path, (MANIFEST, MANIFEST_SUM)))
    manifest = _checked_manifest(path, files)
    _check_sums(path, files, manifest["sha256"])
    try:
        model = _model(manifest, files)
    except (ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
        made_with = ", ".join(f"{name} {number}" for name, number in manifest["versions"].items())
        msg = f"the model cannot be loaded here; it was made with {made_with}"
        raise BundleError(msg, file=path, advice="Install those versions, or train the model again.") from error
    _check_golden(path, model, json.loads(files["golden.json"]))
    return Bundle(
        path=path,
        model=model,
        used=Membership.from_bytes(files["used_consumers.bin"]),
        known_by=manifest["known_by"],
        profile=manifest["profile"],
        recipe=manifest["recipe"],
        figures=manifest["figures"],
        created_at=manifest["created_at"],
        versions=manifest["versions"],
        attachments={
            name.removeprefix(_ATTACHMENTS): content for name, content in files.items() if name.startswith(_ATTACHMENTS)
        },
    )


def check_contract(X: pl.DataFrame, bundle: Bundle) -> pl.DataFrame:
    """Return the features that the bundle's model needs, in its order; see `contract.conform`.

    Raises
    ------
    BundleError
        If a feature is missing, or holds another kind of value.
    """
    return conform(X, bundle.model.kinds)


def check_bundle_place(path: Path) -> None:
    """Refuse a place where something other than a model bundle is, before hours of work go into a new one.

    Raises
    ------
    OutputError
        If a file, or a folder that is neither empty nor a model bundle, is there.

    Examples
    --------
    >>> check_bundle_place(Path("/"))
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.OutputError: /: is a folder that holds something other than a model. Choose another ...
    """
    try:
        if path.exists() and not path.is_dir():
            msg = "is a file, and a model is a folder"
            raise OutputError(msg, file=path, advice="Choose another place for the model.")
        if path.exists() and any(path.iterdir()) and not _is_bundle(path):
            msg = "is a folder that holds something other than a model"
            raise OutputError(msg, file=path, advice="Choose another place for the model.")
    except PermissionError as error:
        msg = "cannot be looked into"
        raise OutputError(msg, file=path, advice="Choose a place that you may write to.") from error
    check_writable(path)


def _is_bundle(path: Path) -> bool:
    """Return whether the folder is a bundle of ours and nothing besides: what somebody added is not ours to replace."""
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        present = {found.relative_to(path).as_posix() for found in path.rglob("*") if not found.is_dir()}
    except (OSError, ValueError):
        return False
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return False
    return present <= {MANIFEST, MANIFEST_SUM, *manifest.get("sha256", {})}


def _checked_manifest(path: Path, files: Mapping[str, bytes]) -> dict[str, Any]:
    content = files[MANIFEST]
    if files[MANIFEST_SUM] != _sum_line(content):
        raise _damaged(path, MANIFEST)
    manifest = json.loads(content)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        msg = "is not a model bundle"
        raise BundleError(msg, file=path, advice="Name the folder that `powertheft train` wrote.")
    if manifest["format_version"] > FORMAT_VERSION:
        msg = f"was written by a newer powertheft ({manifest['versions']['powertheft']})"
        raise BundleError(msg, file=path, advice="Update powertheft, or train the model again with this version.")
    return manifest


def _check_sums(path: Path, files: Mapping[str, bytes], sums: Mapping[str, str]) -> None:
    found = set(files) - {MANIFEST, MANIFEST_SUM}
    for name in sorted(set(sums) - found):
        msg = f"the model bundle is not complete: {name} is missing"
        raise BundleError(msg, file=path, advice=_RETRAIN)
    for name in sorted(found - set(sums)):
        msg = f"the model bundle holds a file that does not belong to it: {name}"
        raise BundleError(msg, file=path, advice="Move that file elsewhere.")
    for name, expected in sums.items():
        if _sum(files[name]) != expected:
            raise _damaged(path, name)


def _damaged(path: Path, name: str) -> BundleError:
    msg = f"the model bundle is damaged: {name} is not as it was written"
    return BundleError(msg, file=path, advice=_RETRAIN)


def _model(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> FittedModel:
    return FittedModel(
        algorithm=manifest["algorithm"],
        options=manifest["options"],
        seed=manifest["seed"],
        estimator=estimator_from_files(manifest["algorithm"], files),
        calibration=Calibration.from_json(json.loads(files["calibration.json"])),
        kinds={column["name"]: column["kind"] for column in manifest["schema"]},
        cutoffs=manifest["cutoffs"],
        reference=Spreads.from_json(json.loads(files["reference.json"])),
    )


def _golden(model: FittedModel) -> dict[str, Any]:
    inputs = draw_table(model.reference, model.kinds, rows=GOLDEN_ROWS, seed=model.seed)
    table = _golden_table(inputs, model.kinds)
    raw = model.raw_scores(table)
    return {
        "inputs": inputs,
        "raw_scores": raw.tolist(),
        "probabilities": model.calibration.probabilities(raw).tolist(),
    }


def _golden_table(inputs: Mapping[str, list[Any]], kinds: Mapping[str, FeatureKind]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            name: pl.Series(name, values, dtype=pl.Float64 if kinds[name] == "number" else pl.String)
            for name, values in inputs.items()
        }
    )


def _check_golden(path: Path, model: FittedModel, golden: Mapping[str, Any]) -> None:
    raw = model.raw_scores(_golden_table(golden["inputs"], model.kinds))
    said = {"raw_scores": raw, "probabilities": model.calibration.probabilities(raw)}
    for name, values in said.items():
        expected = np.array(golden[name])
        off = np.abs(values - expected) / np.maximum(1.0, np.abs(expected))
        if not (off <= GOLDEN_TOLERANCE).all():
            msg = f"the model does not say here what it said where it was made ({name} off by {off.max():.1g})"
            raise BundleError(
                msg, file=path, advice="Install the versions that its manifest.json names, or train the model again."
            )


def _attachment_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
        msg = f"an attachment cannot be called {name!r}"
        raise ValueError(msg)
    return _ATTACHMENTS + name


def _encoded(data: Mapping[str, Any]) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sum_line(manifest: bytes) -> bytes:
    return f"{_sum(manifest)}  {MANIFEST}\n".encode()
