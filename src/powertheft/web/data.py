"""Data: what is there, a version and all that is known of it. Rule of the room: one URL, one view, one template."""

from datetime import date
from pathlib import PurePath
from typing import cast

from flask import current_app, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext

from powertheft.actions.dataset_versions import compare_versions, delete_versions, list_versions, show_version
from powertheft.actions.download_dataset import FileFormat, ask_for_download, find_download
from powertheft.actions.ports import RegisteredVersion
from powertheft.actions.show_dataset import profile_of, quality_document
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.domain.quality import report_from_json
from powertheft.domain.tables import TABLES
from powertheft.web import data_words as words
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.data_blueprint import pages
from powertheft.web.data_new import open_uploads
from powertheft.web.data_words import Described, describe
from powertheft.web.formats import day
from powertheft.web.formats import number as format_number
from powertheft.web.forms import Form, Required, StringField
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

__all__ = ["pages"]
TABS = ("holds", "quality", "made", "compare")


class DeleteForm(Form):
    """Why a version is deleted."""

    reason = StringField(
        lazy_gettext("Why is it deleted?"),
        [Required],
        description=lazy_gettext("It stays in the audit trail."),
        render_kw={"maxlength": 200, "autocomplete": "off"},
    )


@pages.get("/")
@needs("dataset.read")
def index() -> Response:
    """Show every dataset by its last version."""
    house = current_house()
    with house.read() as work:
        counts = {name: len(work.datasets.list_versions(name)) for name in work.datasets.list_datasets()}
    datasets = [_described(version) for version in list_versions(house)]
    datasets.sort(key=lambda one: one.version.created_at, reverse=True)
    return render_page("data/index.html", datasets=datasets, counts=counts, uploads=open_uploads())


@pages.get("/sets/<name>")
@needs("dataset.read")
def dataset(name: str) -> Response:
    """Show the versions of a dataset."""
    versions = [_described(version) for version in reversed(list_versions(current_house(), name))]
    return render_page("data/dataset.html", name=name, versions=versions, form=DeleteForm())


@pages.get("/sets/<name>/<int:number>")
@needs("dataset.read")
def version(name: str, number: int) -> Response:
    """Show a version: what it holds, its quality, how it was made, or what is different from another."""
    house, tab = current_house(), request.args.get("show", "holds")
    registered, found = show_version(house, f"{name}@{number}")
    others = [one.number for one in list_versions(house, name) if one.number != number]
    against, lines = request.args.get("with", type=int) or max([n for n in others if n < number], default=None), ()
    if tab == "compare" and against in others:
        lines = compare_versions(house, f"{name}@{against}", f"{name}@{number}").in_words()
    return render_page(
        "data/version.html",
        part="shown",
        described=describe(registered, found.quality),
        manifest=found.manifest,
        profile=profile_of(found),
        recipe=found.manifest.recipe,
        columns={table: {c.name: c for c in TABLES[table].columns} for table in found.manifest.tables},
        findings=words.by_severity(report_from_json(found.quality).findings),
        tab=tab if tab in TABS else "holds",
        others=others,
        against=against,
        lines=lines,
        source_name=lambda place: PurePath(place.replace("\\", "/")).name,
        words=words,
        form=DeleteForm(),
    )


@pages.get("/sets/<name>/<int:number>/quality.html")
@needs("dataset.read")
def quality_to_print(name: str, number: int) -> Response:
    """Give the quality report as a page of its own, to print or to send."""
    text = quality_document(current_house(), f"{name}@{number}")
    answer = Response(text, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="quality-{number}.html"'
    return answer


@pages.post("/sets/<name>/<int:number>/download")
@needs("dataset.export")
def download(name: str, number: int) -> ResponseReturnValue:
    """Ask for a version as plain files."""
    wanted = request.form.get("format", "csv")
    if wanted not in {"csv", "parquet"}:
        raise ChoiceError(f"{wanted} is not a format of downloads", advice="There are csv and parquet.")
    job = ask_for_download(current_house(), f"{name}@{number}", file_format=cast(FileFormat, wanted))
    if current_actor().can("job.read"):
        return redirect(url_for("jobs.job", number=job.number))
    return redirect(url_for("data.version", name=name, number=number))


@pages.get("/downloads/<file>")
@needs("dataset.export")
def fetch(file: str) -> Response:
    """Send a download that was packed."""
    return send_file(find_download(current_house(), file), as_attachment=True, download_name=file)


@pages.post("/sets/<name>/delete")
@needs("dataset.delete")
def delete(name: str) -> ResponseReturnValue:
    """Delete a version, or without its number the whole dataset."""
    number = request.form.get("number", type=int)
    form = DeleteForm()
    reference = f"{name}@{number}" if number else name
    if not form.validate_on_submit() or not (form.reason.data or "").strip():
        return render_page("data/delete.html", name=name, number=number, form=form, status=422)
    gone = delete_versions(current_house(), reference, reason=form.reason.data or "")
    flash(gettext("%(reference)s is deleted. That it was there remains known.", reference=reference))
    left = [one.number for one in gone] and _is_there(name)
    return redirect(url_for("data.dataset", name=name) if left else url_for("data.index"))


@pages.app_template_filter("shown_value")
def shown_value(value: object) -> str:
    """Write an end of a column: a date as a day, a number in groups."""
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return format_number(value) if abs(value) >= 100 or value == int(value) else f"{value:.4g}"
    try:
        return day(date.fromisoformat(str(value)[:10]))
    except ValueError:
        return str(value)


@pages.app_template_global("next_step")
def next_step(endpoint: str, otherwise: str, dataset: str) -> str:
    """Return the address of a next step, of its group's first page where there is no such page."""
    return url_for(endpoint if endpoint in current_app.view_functions else otherwise, dataset=dataset)


def _is_there(name: str) -> bool:
    with current_house().read() as work:
        return name in work.datasets.list_datasets()


def _described(registered: RegisteredVersion) -> Described:
    try:
        _, found = show_version(current_house(), f"{registered.dataset}@{registered.number}")
    except UserError:
        # A version that cannot be read any more is still listed: its page says what is wrong with it.
        return Described(registered, None)
    return describe(registered, found.quality)
