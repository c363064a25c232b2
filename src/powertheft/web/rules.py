"""Rules: which are asked, for whom they hold; write one, take one out.

Rule of the room: one URL, one view, one template.

They stand under Predictions: a list asks every rule of every connection, and tells of those that hold.
"""

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from wtforms import BooleanField, SelectField, StringField

from powertheft.actions.dataset_versions import list_versions
from powertheft.actions.keep_rules import add_house_rule, check_house_rule, list_house_rules, remove_house_rule
from powertheft.actions.rule_trials import RulesShown, datasets_of_lists, rule_features, show_rules, try_form
from powertheft.actions.work_jobs import enqueue_trial
from powertheft.actions.write_rule import RuleForm
from powertheft.domain.errors import UserError
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.forms import Form
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

COMPARISON_WORDS: dict[str, str] = {
    "below": lazy_gettext("is below"),
    "at most": lazy_gettext("is at most"),
    "at least": lazy_gettext("is at least"),
    "above": lazy_gettext("is above"),
    "one of": lazy_gettext("is one of these words"),
}
WEIGHT_WORDS: dict[str, str] = {
    "1": lazy_gettext("1: a hint beside others"),
    "2": lazy_gettext("2: worth a look"),
    "3": lazy_gettext("3: a squad would go for this alone"),
}


class WriteForm(Form):
    """A rule of one condition, as it is typed; what is wrong with it says the use case."""

    sentence = StringField(
        lazy_gettext("What it says"),
        description=lazy_gettext("Told with the number wherever it holds: Uses less than a third of the neighbours."),
        render_kw={"maxlength": 300, "autocomplete": "off"},
    )
    may_mean = StringField(
        lazy_gettext("What it points at"),
        description=lazy_gettext(
            "What that may mean to a squad, and what else it may be: a bypass, or an empty house."
        ),
        render_kw={"maxlength": 300, "autocomplete": "off"},
    )
    feature = StringField(
        lazy_gettext("Feature"),
        description=lazy_gettext("Type a part of its name or meaning, and choose."),
        render_kw={"list": "features", "autocomplete": "off", "spellcheck": "false", "maxlength": 100},
    )
    comparison = SelectField(
        lazy_gettext("Comparison"),
        choices=lambda: [(name, str(words)) for name, words in COMPARISON_WORDS.items()],
        validate_choice=False,
    )
    threshold = StringField(
        lazy_gettext("Threshold"),
        description=lazy_gettext("A number in the unit of the feature, or words with commas between them."),
        render_kw={"autocomplete": "off", "maxlength": 300},
    )
    weight = SelectField(
        lazy_gettext("Weight"),
        choices=lambda: [(value, str(words)) for value, words in WEIGHT_WORDS.items()],
        default="2",
        validate_choice=False,
    )
    source = StringField(
        lazy_gettext("Source"),
        description=lazy_gettext("A law, a standard, a paper with its DOI, or: practice."),
        default="practice",
        render_kw={"maxlength": 300, "autocomplete": "off"},
    )
    name = StringField(
        lazy_gettext("Name"),
        description=lazy_gettext("Small letters and hyphens; lists and files call it so: far-below-neighbours."),
        render_kw={"maxlength": 100, "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    replace = BooleanField(lazy_gettext("Put it in the place of our rule of this name"))

    def told(self) -> RuleForm:
        """Return the rule as it was typed."""
        names = ("name", "feature", "comparison", "threshold", "sentence", "source", "weight", "may_mean")
        return RuleForm(**{name: self[name].data or "" for name in names})


@needs("model.read")
def rules() -> Response:
    """Show every rule, with for how many it holds and what visits found there."""
    offered = _datasets()
    shown = show_rules(current_house(), _dataset(offered))
    own = [one for one in shown.rules if one.is_own]
    built_in = [one for one in shown.rules if not one.is_own]
    return render_page(
        "rules/index.html", part="rules", shown=shown, own=own, built_in=built_in, datasets=offered, **_figures(shown)
    )


@needs("rule.write")
def new() -> ResponseReturnValue:
    """Write a rule; what is wrong with it stands beside its fields."""
    form = WriteForm()
    if not form.is_submitted():
        return _form_page(form)
    form.validate()
    if request.form.get("act") == "try":
        return _form_page(form)
    told, replace = form.told(), bool(form.replace.data)
    faults = check_house_rule(current_house(), told, replace=replace)
    for fault in faults:
        what = f"{fault.what[:1].upper()}{fault.what[1:]}"
        form[fault.field].errors = [*form[fault.field].errors, f"{what}. {fault.advice}"]
    if faults or form.errors:
        return _form_page(form, status=422)
    made = add_house_rule(current_house(), told, replace=replace)
    flash(gettext("%(name)s is written. The next list asks it.", name=made["name"]))
    return redirect(url_for("predictions.rules", dataset=_dataset(_datasets())))


@needs("rule.write")
def trial() -> Response:
    """Say for how many connections what is being typed would hold."""
    return _form_page(WriteForm(request.args, meta={"csrf": False}))


@needs("rule.write")
def remove(name: str) -> ResponseReturnValue:
    """Ask once more, then take a rule of the house out."""
    found = next((one for one in show_rules(current_house(), "").rules if one.rule.name == name and one.is_own), None)
    if found is None:
        abort(404)
    if request.method == "GET":
        return render_page("rules/remove.html", one=found)
    try:
        remove_house_rule(current_house(), name)
    except UserError as error:
        flash(f"{error.what[:1].upper()}{error.what[1:]}. {error.advice}")
        return redirect(url_for("predictions.rules"))
    is_back = any(one["name"] == name for one in list_house_rules(current_house()))
    flash(
        gettext("%(name)s is taken out; the built-in rule of this name is asked again.", name=name)
        if is_back
        else gettext("%(name)s is taken out. Lists that were made before keep what it said.", name=name)
    )
    return redirect(url_for("predictions.rules"))


@needs("dataset.read")
def measure() -> ResponseReturnValue:
    """Have every rule tried on a dataset in the background, each connection seen as before its visit."""
    job = enqueue_trial(current_house(), request.form.get("dataset", ""))
    if current_actor().can("job.read"):
        return redirect(url_for("jobs.job", number=job.number))
    return redirect(url_for("predictions.rules", dataset=job.arguments["dataset"]))


def add_rules(pages: Blueprint) -> None:
    """Put the views under the lists' addresses."""
    pages.add_url_rule("/rules/", view_func=rules)
    pages.add_url_rule("/rules/new", endpoint="new_rule", view_func=new, methods=["GET", "POST"])
    pages.add_url_rule("/rules/try", endpoint="try_rule", view_func=trial)
    pages.add_url_rule("/rules/measure", endpoint="measure_rules", view_func=measure, methods=["POST"])
    pages.add_url_rule("/rules/<name>/remove", endpoint="remove_rule", view_func=remove, methods=["GET", "POST"])


def _form_page(form: WriteForm, *, status: int = 200) -> Response:
    offered = _datasets()
    dataset, told = _dataset(offered), form.told()
    tried = try_form(current_house(), told, dataset) if told.feature.strip() else None
    values: dict[str, Any] = {
        "form": form,
        "features": rule_features(),
        "datasets": offered,
        "dataset": dataset,
        "tried": tried,
        "asks_to_replace": bool(form.replace.data) or "replace" in " ".join(form.name.errors or ()),
    }
    return render_page("rules/new.html", part="trial", status=status, **values)


def _figures(shown: RulesShown) -> dict[str, Any]:
    """Return how many connections there are and how many visits, as the list or the trial says."""
    told = shown.trial.result if shown.trial else None
    connections = shown.scoring.rows if shown.scoring else (told or {}).get("connections")
    asked = frozenset(shown.scoring.details.get("rules_asked", ())) if shown.scoring else frozenset[str]()
    return {"connections": connections, "told": told, "asked": asked}


def _datasets() -> list[str]:
    """Return the dataset versions that rules can be looked at on: those with a list first."""
    house, actor = current_house(), current_actor()
    listed = datasets_of_lists(house) if actor.can("list.read") else ()
    last = [f"{one.dataset}@{one.number}" for one in list_versions(house)] if actor.can("dataset.read") else []
    return list(dict.fromkeys((*listed, *last)))


def _dataset(offered: list[str]) -> str:
    wanted = request.values.get("dataset", "")
    return wanted if wanted in offered else offered[0] if offered else ""
