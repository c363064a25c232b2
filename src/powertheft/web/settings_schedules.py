"""Settings: work that comes again. Rule of the room: one URL, one view, one template."""

from collections.abc import Mapping
from typing import Any, cast

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import SelectField
from wtforms.fields import choices as wtforms_choices

from powertheft.actions.house import House
from powertheft.actions.schedules import add_schedule, list_schedules, remove_schedule
from powertheft.actions.work_jobs import NEEDED
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.domain.jobs import JobKind
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.forms import Form, StringField
from powertheft.web.rendering import render_page
from powertheft.web.schedule_words import RHYTHMS, WEEKDAYS, cron_of, in_words
from powertheft.web.settings_blueprint import pages
from powertheft.web.words import lazy_gettext

KINDS: Mapping[JobKind, str] = {
    "dataset.collect": lazy_gettext("Collect what is new at the utility's places"),
    "model.train": lazy_gettext("Train the next version of a model"),
    "house.watch": lazy_gettext("Watch what has moved"),
}
"""What may come again."""

# The stubs are older than WTForms 3.3.
SelectChoice: Any = wtforms_choices.SelectChoice  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
HOURS = [SelectChoice(str(hour), f"{hour:02}:00") for hour in range(24)]
NIGHT = "2"


def _choices(words: Mapping[Any, str]) -> list[Any]:
    return [SelectChoice(value, label) for value, label in words.items()]


class ScheduleForm(Form):
    """What comes again, and when."""

    kind = SelectField(lazy_gettext("What is done"), choices=_choices(KINDS))
    rhythm = SelectField(lazy_gettext("How often"), choices=_choices(RHYTHMS), default="day")
    weekday = SelectField(lazy_gettext("On which day"), choices=_choices(WEEKDAYS))
    hour = SelectField(lazy_gettext("At what time (of this machine)"), choices=HOURS, default=NIGHT)
    dataset = SelectField(lazy_gettext("Trained on"), validate_choice=False)
    model = StringField(
        lazy_gettext("Name of the model"), default="theft", render_kw={"autocomplete": "off", "maxlength": 60},
    )  # fmt: skip


@pages.route("/schedules", methods=["GET", "POST"])
@needs("schedule.change")
def schedules() -> ResponseReturnValue:
    """Show what comes again, and add to it."""
    house, form = current_house(), _form(current_house())
    if form.validate_on_submit():
        try:
            added = _add(house, form)
        except UserError as error:
            form.blame(error)
        else:
            flash(gettext("Done: %(title)s, %(when)s.", title=added[0], when=added[1]))
            return redirect(url_for("settings.schedules"))
    found = [(one, in_words(one.cron)) for one in list_schedules(house)] if current_actor().can("job.read") else []
    can_add = bool(form.kind.choices)
    return render_page(
        "settings/schedules.html",
        form=form,
        schedules=found,
        can_add=can_add,
        kinds=KINDS,
        status=422 if form.is_submitted() else 200,
    )


@pages.post("/schedules/<int:number>/remove")
@needs("schedule.change")
def unschedule(number: int) -> ResponseReturnValue:
    """Let something come no more; it can be added again at any time."""
    remove_schedule(current_house(), number)
    flash(gettext("It comes no more. Jobs that it has started go on."))
    return redirect(url_for("settings.schedules"))


def _form(house: House) -> ScheduleForm:
    form = ScheduleForm()
    form.kind.choices = _choices({kind: words for kind, words in KINDS.items() if house.actor.can(NEEDED[kind])})
    names: list[str] = []
    if house.actor.can("dataset.read"):
        with house.read() as work:
            names = list(work.datasets.list_datasets())
    form.dataset.choices = [SelectChoice(name, name) for name in names]
    return form


def _add(house: House, form: ScheduleForm) -> tuple[str, str]:
    """Add what the form says; return it in words."""
    kind = cast(JobKind, form.kind.data)
    title, arguments = gettext("Collect what is new"), dict[str, Any]()
    if kind == "house.watch":
        title = gettext("Watch what has moved")
    if kind == "model.train":
        dataset, model = form.dataset.data or "", (form.model.data or "").strip()
        if not dataset:
            raise ChoiceError("there is no dataset yet", advice="Bring in data first.", column="dataset")
        _check_name(model)
        title = gettext("Train %(model)s on the newest %(dataset)s", model=model, dataset=dataset)
        arguments = {"dataset": dataset, "model": model, "choices": {}}
    cron = cron_of(form.rhythm.data, hour=int(form.hour.data), weekday=form.weekday.data)
    add_schedule(house, kind, cron=cron, title=title, arguments=arguments)
    return title, in_words(cron)


def _check_name(model: str) -> None:
    try:
        check_dataset_name(model)
    except UserError as error:
        raise ChoiceError(error.what, advice=error.advice, column="model") from error
