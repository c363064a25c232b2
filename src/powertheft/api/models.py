"""Models: their versions, figures, reports, and what becomes of them. Rule of the room: knows the use cases only."""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint, FileSchema
from flask import Response, send_file
from flask.typing import ResponseReturnValue

from powertheft.actions import model_versions, show_model
from powertheft.actions.ports import ModelVersion
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.shapes import Paging, Part, Plain, Told, Why, nothing, part_of, plain
from powertheft.domain.model_versions import ModelAct, ModelState

pages = APIBlueprint("models", __name__, url_prefix="/models", tag="Models")


class ModelTold(Told):
    """A version of a model: what it was fitted to, how, and the few figures that tell it from others."""

    model: str
    number: int
    reference: str
    state: ModelState
    dataset: str
    algorithm: str
    choices: Plain
    figures: Plain
    created_at: datetime
    created_by: str


class ModelPart(Part):
    """Versions of models, by name and rising number."""

    items: list[ModelTold]


class ReportTold(Told):
    """All figures of a version, and what it was made with."""

    reference: str
    figures: Plain
    features: list[str]
    options: Plain
    cutoffs: dict[str, float]
    libraries: dict[str, str]


@pages.get("")
@needs("model.read")
@pages.input(Paging, location="query")
@pages.output(ModelPart)
def list_models(query_data: Paging) -> Mapping[str, Any]:
    """List all versions of all models."""
    return part_of([_told(one) for one in model_versions.list_model_versions(current_house())], query_data)


@pages.get("/<name>/versions")
@needs("model.read")
@pages.input(Paging, location="query")
@pages.output(ModelPart)
def list_versions(name: str, query_data: Paging) -> Mapping[str, Any]:
    """List the versions of one model."""
    with absent_is_not_found():
        found = model_versions.list_model_versions(current_house(), name)
    return part_of([_told(one) for one in found], query_data)


@pages.get("/<name>/versions/<number:number>")
@needs("model.read")
@pages.output(ModelTold)
def get_version(name: str, number: int) -> dict[str, Any]:
    """Look at a version."""
    return _told(_known(name, number))


@pages.get("/<name>/versions/<number:number>/report")
@needs("model.read")
@pages.output(ReportTold)
def read_report(name: str, number: int) -> dict[str, Any]:
    """Read all figures of a version: held out, by segment, the audit, the curves' points."""
    found = show_model.read_report(current_house(), _known(name, number).reference)
    told = {part: plain(getattr(found, part)) for part in ("figures", "features", "options", "cutoffs", "libraries")}
    return {**told, "reference": found.version.reference}


@pages.get("/<name>/versions/<number:number>/report.html")
@needs("model.read")
@pages.output(FileSchema(type="string"), content_type="text/html", description="The page.")
def download_report(name: str, number: int) -> ResponseReturnValue:
    """Fetch the report as one page, as it was drawn in training."""
    reference = _known(name, number).reference
    with absent_is_not_found():
        page = show_model.read_report_page(current_house(), reference)
    # Its figures and styles are inline; nothing else may be loaded or run under our address.
    return Response(page, mimetype="text/html", headers={"Content-Security-Policy": "sandbox allow-scripts"})


@pages.get("/<name>/versions/<number:number>/bundle.zip")
@needs("model.read")
@pages.output(FileSchema(), content_type="application/zip", description="The folder of the version.")
def download_bundle(name: str, number: int) -> ResponseReturnValue:
    """Fetch the bundle: `powertheft score --model` reads it once it is unpacked."""
    packed = show_model.pack_bundle(current_house(), _known(name, number).reference)
    return send_file(
        io.BytesIO(packed), mimetype="application/zip", as_attachment=True, download_name=f"{name}-{number}.zip"
    )


@pages.post("/<name>/versions/<number:number>/challenge")
@needs("model.promote")
@pages.input(Why)
@pages.output(ModelTold)
def challenge(name: str, number: int, json_data: Why) -> dict[str, Any]:
    """Let a version challenge the champion."""
    return _changed(name, number, "challenge", json_data)


@pages.post("/<name>/versions/<number:number>/promote")
@needs("model.promote")
@pages.input(Why)
@pages.output(ModelTold)
def promote(name: str, number: int, json_data: Why) -> dict[str, Any]:
    """Make a version the champion; the one before it retires. Rolling back is promoting that one again."""
    return _changed(name, number, "be promoted", json_data)


@pages.post("/<name>/versions/<number:number>/retire")
@needs("model.promote")
@pages.input(Why)
@pages.output(ModelTold)
def retire(name: str, number: int, json_data: Why) -> dict[str, Any]:
    """Retire a version."""
    return _changed(name, number, "be retired", json_data)


@pages.delete("/<name>/versions/<number:number>")
@needs("model.delete")
@pages.input(Why, location="query")
@pages.output({}, status_code=204)
def delete_version(name: str, number: int, query_data: Why) -> ResponseReturnValue:
    """Delete a version that is not the champion."""
    with absent_is_not_found():
        model_versions.delete_model_version(current_house(), f"{name}@{number}", reason=query_data.reason)
    return nothing()


def _known(name: str, number: int) -> ModelVersion:
    with absent_is_not_found():
        return model_versions.get_model_version(current_house(), f"{name}@{number}")


def _changed(name: str, number: int, act: ModelAct, why: Why) -> dict[str, Any]:
    with absent_is_not_found():
        house, reference = current_house(), f"{name}@{number}"
        return _told(model_versions.change_model_version(house, reference, act, reason=why.reason))


def _told(version: ModelVersion) -> dict[str, Any]:
    values = {name: getattr(version, name) for name in ModelTold.model_fields}
    return {**values, "choices": plain(version.choices), "figures": plain(version.figures)}
