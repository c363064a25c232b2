"""Train: three choices, and everything else with a default. Rule of the room: one URL, one view, one template."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from wtforms import BooleanField, RadioField, SelectField, StringField

from powertheft.actions.estimate_training import TrainingEstimate, estimate_training
from powertheft.actions.feature_sets import FeatureSet, get_feature_set, list_feature_sets
from powertheft.actions.model_versions import list_models
from powertheft.actions.work_jobs import enqueue_train
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.web.access import current_house, needs
from powertheft.web.forms import Form
from powertheft.web.models_blueprint import CUTOFF_WORDS, dataset_choices, fill_in, words_of
from powertheft.web.rendering import render_page, wants_part
from powertheft.web.words import lazy_gettext

if TYPE_CHECKING:  # what trains takes 250 MB to load, and only this page needs it
    from powertheft.actions.list_models import Setting
    from powertheft.actions.train_model import TrainingChoices

KNOWABLE, EVERYTHING, OF_SET = "knowable", "all", "set:"
NOT_KNOWABLE = ("not-knowable",)
SETTING = "set-"
DEFAULT_NAME = "theft"
DEFAULT_ALGORITHM = "lightgbm"
HALF_LIVES: Mapping[str, str] = {
    "": lazy_gettext("count as much as new ones"),
    "auto": lazy_gettext("count less, as fast as the newest outcomes ask for"),
    "12": lazy_gettext("count half after a year"),
    "6": lazy_gettext("count half after six months"),
    "3": lazy_gettext("count half after three months"),
}
SPLITS: Mapping[str, str] = {
    "consumer": lazy_gettext("by connection: a fifth of them at a time is kept apart"),
    "neighbourhood": lazy_gettext("by neighbourhood: whole transformers or sections are kept apart"),
    "time": lazy_gettext("by time: learns from earlier visits, judged on the latest"),
}


class TrainingForm(Form):
    """What a training may be told; only data, features and algorithm have to be chosen."""

    dataset = SelectField(lazy_gettext("Data"), validate_choice=False)
    features = RadioField(lazy_gettext("Features"), default=KNOWABLE, validate_choice=False)
    algorithm = RadioField(lazy_gettext("Kind of model"), default=DEFAULT_ALGORITHM, validate_choice=False)
    name = StringField(
        lazy_gettext("Name of the model"),
        default=DEFAULT_NAME,
        description=lazy_gettext("Each training makes the next version under this name."),
        render_kw={"list": "names", "autocomplete": "off"},
    )
    split = SelectField(
        lazy_gettext("Kept apart to judge by"),
        choices=lambda: words_of(SPLITS),
        default="consumer",
        validate_choice=False,
    )
    capacity = StringField(
        lazy_gettext("What the squads can visit"),
        default="1%",
        description=lazy_gettext("A share of the list (1%) or a number of visits (250)."),
    )
    cutoff = SelectField(
        lazy_gettext("Cut-off"), choices=lambda: words_of(CUTOFF_WORDS), default="f1", validate_choice=False
    )
    visit_cost = StringField(
        lazy_gettext("What a visit costs"),
        description=lazy_gettext("In the currency of the data; with the next it says how many visits pay."),
        render_kw={"inputmode": "decimal"},
    )
    value_found = StringField(
        lazy_gettext("What a found theft brings"),
        description=lazy_gettext("The utility's average assessment, for example 68700."),
        render_kw={"inputmode": "decimal"},
    )
    tune = StringField(
        lazy_gettext("Minutes to search for better settings"),
        description=lazy_gettext("Empty: the defaults. 10 minutes are a good search for 100,000 connections."),
        render_kw={"inputmode": "decimal"},
    )
    half_life = SelectField(
        lazy_gettext("Older outcomes"),
        choices=lambda: words_of(HALF_LIVES),
        default="",
        description=lazy_gettext("Where theft has moved, what was found before teaches what no longer holds."),
        validate_choice=False,
    )
    without_cases = BooleanField(
        lazy_gettext("Learn from the data alone, and not from what visits planned here have found since")
    )
    learning_curve = BooleanField(lazy_gettext("Also say whether more outcomes would help (takes a few more fits)"))


@dataclass(slots=True)
class SettingField:
    """A setting of the chosen kind of model, what was entered, and what is wrong with it."""

    setting: "Setting"
    value: str
    trouble: str = ""


@needs("model.train")
def new() -> ResponseReturnValue:
    """Ask for what a training needs, and start it."""
    form = _form()
    if not form.is_submitted():
        return _page(form, _settings(form))
    settings = _settings(form)
    choices = _choices(form, settings)
    if choices is None:
        return _page(form, settings, status=422)
    try:
        job = enqueue_train(current_house(), form.dataset.data or "", model=form.name.data or "", choices=choices)
    except UserError as error:
        form.blame(error)
        return _page(form, settings, status=422)
    return redirect(url_for("models.work", number=job.number))


def _form() -> TrainingForm:
    """Return the form; what the address says is chosen, as one comes from a dataset's or a feature set's page."""
    form = TrainingForm() if request.method == "POST" else TrainingForm(formdata=request.args)
    datasets = dataset_choices()
    form.dataset.choices = dict(datasets)
    for field in (form.features, form.algorithm, form.name, form.split, form.capacity, form.cutoff):
        fill_in(field)
    if not form.dataset.data and datasets:
        form.dataset.data = datasets[-1][0]
    return form


def _page(form: TrainingForm, settings: list[SettingField], *, status: int = 200) -> Response:
    from powertheft.actions.list_models import absent_library  # late, as above
    from powertheft.actions.list_models import list_models as list_algorithms

    advanced = (form.name, form.split, form.capacity, form.cutoff, form.visit_cost, form.value_found, form.tune)
    return render_page(
        "models/new.html",
        part="depending",
        status=status,
        form=form,
        settings=settings,
        sets=list_feature_sets(current_house()),
        algorithms=[(name, words, absent_library(name)) for name, words in list_algorithms()],
        names=list_models(current_house()),
        estimate=_estimate(form),
        is_advanced_wrong=any(one.trouble for one in settings) or any(field.errors for field in advanced),
        knowable=KNOWABLE,
        everything=EVERYTHING,
        oob=wants_part(),
    )


def _settings(form: TrainingForm) -> list[SettingField]:
    from powertheft.actions.list_models import settings_of  # late, as above

    algorithm = form.algorithm.data or DEFAULT_ALGORITHM
    entered = request.form if request.method == "POST" else request.args
    try:
        known = settings_of(algorithm)
    except ChoiceError as error:
        _say(form, "algorithm", error)
        return []
    found: list[SettingField] = []
    for one in known:
        value = entered.get(f"{SETTING}{one.name}", "").strip()
        field = SettingField(one, value)
        if value and value != one.default:
            field.trouble = _trouble(algorithm, one.name, value)
        found.append(field)
    return found


def _trouble(algorithm: str, name: str, value: str) -> str:
    from powertheft.actions.list_models import check_setting  # late, as above

    try:
        check_setting(algorithm, name, value)
    except ChoiceError as error:
        return f"{error.what}. {error.advice}"
    return ""


def _estimate(form: TrainingForm) -> TrainingEstimate | None:
    if not form.dataset.data:
        return None
    try:
        tune = _number(form.tune.data)
        algorithm = form.algorithm.data or DEFAULT_ALGORITHM
        return estimate_training(current_house(), form.dataset.data, algorithm=algorithm, tune=tune)
    except (UserError, ValueError):
        return None


def _choices(form: TrainingForm, settings: list[SettingField]) -> "TrainingChoices | None":
    """Return what was chosen, None where something is wrong; what is wrong is said beside its field."""
    from powertheft.actions.train_model import TrainingChoices  # late, as above

    told: dict[str, Any] = {}
    for name in ("visit_cost", "value_found", "tune"):
        told[name] = _amount(form, name)
    plain = ("algorithm", "split", "capacity", "cutoff", "learning_curve", "without_cases")
    told |= {name: getattr(form, name).data for name in plain}
    told["half_life"] = form.half_life.data or None
    changed = (one for one in settings if one.value and one.value != one.setting.default)
    told["settings"] = tuple(f"{one.setting.name}={one.value}" for one in changed)
    told |= _features(form)
    _check_each(form, told)
    if any(one.trouble for one in settings) or form.errors:
        return None
    return TrainingChoices(**told)


def _check_each(form: TrainingForm, told: Mapping[str, Any]) -> None:
    """Check each choice by itself, so that what is wrong can be said beside its field."""
    from powertheft.actions.train_model import TrainingChoices  # late, as above

    plain = TrainingChoices()
    for name in ("split", "capacity", "tune", "algorithm", "half_life"):
        _try(form, name, replace(plain, **{name: told[name]}))
    amounts = {name: told[name] for name in ("visit_cost", "value_found")}
    given = [name for name, value in amounts.items() if value is not None]
    if len(given) == 1:
        _try(form, "value_found" if given == ["visit_cost"] else "visit_cost", replace(plain, **amounts))
    else:
        _try(form, "cutoff", replace(plain, cutoff=told["cutoff"], **amounts))
    try:
        check_dataset_name(form.name.data or "")
    except ChoiceError as error:
        _say(form, "name", ChoiceError("this cannot be the name of a model", advice=error.advice))
    if not form.dataset.data:
        _say(form, "dataset", ChoiceError("there is no data to learn from", advice="Bring in data first."))


def _try(form: TrainingForm, name: str, choices: "TrainingChoices") -> None:
    from powertheft.actions.train_model import check_choices  # late, as above

    try:
        check_choices(choices)
    except UserError as error:
        _say(form, name, error)


def _say(form: TrainingForm, name: str, error: UserError) -> None:
    form.blame(ChoiceError(error.what, advice=_in_words(error.advice), column=name))


def _in_words(advice: str) -> str:
    """Return an advice without the options of the command line, which a page has not."""
    for option, words in (("--visit-cost", "what a visit costs"), ("--value-found", "what a found theft brings")):
        advice = advice.replace(option, words)
    return advice


def _amount(form: TrainingForm, name: str) -> float | None:
    text = getattr(form, name).data
    try:
        return _number(text)
    except ValueError:
        _say(form, name, ChoiceError(f"{text!r} is no number", advice="Write digits, with a point for parts."))
        return None


def _number(text: str | None) -> float | None:
    cleaned = (text or "").replace(",", "").strip()
    return float(cleaned) if cleaned else None


def _features(form: TrainingForm) -> dict[str, Any]:
    chosen = form.features.data or KNOWABLE
    if chosen == KNOWABLE:
        return {"without": NOT_KNOWABLE}
    if not chosen.startswith(OF_SET):
        return {}
    try:
        found: FeatureSet = get_feature_set(current_house(), chosen.removeprefix(OF_SET))
    except ChoiceError as error:
        _say(form, "features", error)
        return {}
    return {"features": found.features}
