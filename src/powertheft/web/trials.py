"""Champion and challenger: the trial, and the two policies. Rule of the room: one URL, one view, one template."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from wtforms import SelectField

from powertheft.actions.compare_shadow import compare_in_shadow
from powertheft.actions.model_versions import list_model_versions, list_models
from powertheft.actions.retrain import get_retraining, keep_retraining
from powertheft.actions.try_challenger import (
    Moment,
    Standing,
    begin_trial,
    can_be_tried,
    end_trial,
    get_promotion,
    keep_promotion,
    list_trials,
    look_at_trial,
)
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.domain.promotion import PromotionPolicy
from powertheft.domain.retraining import CAUSES, RetrainingPolicy
from powertheft.domain.trials import Trial, TrialAct
from powertheft.web.access import current_house, needs
from powertheft.web.chart_parts import Chart, Trace, axis, band, chart, empty_chart, line, share
from powertheft.web.forms import BooleanField, Choices, Form, Required, StringField
from powertheft.web.models_report import send_plot
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

TRIAL_WORDS: Mapping[str, tuple[str, str]] = {
    "running": (lazy_gettext("running"), ""),
    "promoted": (lazy_gettext("promoted"), "good"),
    "given up": (lazy_gettext("given up"), "off"),
    "stopped": (lazy_gettext("stopped"), "off"),
}
DECISION_WORDS: Mapping[str, str] = {
    "promote": lazy_gettext("promote the challenger"),
    "go on": lazy_gettext("go on"),
    "give up": lazy_gettext("give the challenger up"),
}
CAUSE_WORDS: Mapping[str, tuple[str, str]] = {
    "hit_rate": (lazy_gettext("The hit rate fell"), lazy_gettext("visits find less than was promised")),
    "bill_signs": (lazy_gettext("Signs in the bills"), lazy_gettext("bills look like another kind of theft")),
    "score_drift": (lazy_gettext("Scores moved"), lazy_gettext("the list is another one than a year before")),
    "input_drift": (lazy_gettext("What the model reads moved"), lazy_gettext("a tariff, meters, a way of billing")),
    "estimated_performance": (lazy_gettext("Expected to do worse"), lazy_gettext("told without outcomes")),
    "calibration": (lazy_gettext("Likelihoods do not hold"), lazy_gettext("they promise too much or too little")),
    "segment": (lazy_gettext("Worse in one part of the network"), lazy_gettext("of sections or kinds of supply")),
}
ACTS: Mapping[str, TrialAct] = {"promote": "be promoted", "give-up": "be given up", "stop": "be stopped"}
PER_CENT = 100
MOST_MOMENTS = 400
MILLISECONDS_A_DAY, DAYS_OF_A_WEEK = 86_400_000, 7


class EndForm(Form):
    """Why a trial is begun or ended."""

    challenger = SelectField(lazy_gettext("Challenger"), validate_choice=False)
    reason = StringField(
        lazy_gettext("Reason"),
        [Required],
        description=lazy_gettext("A few words; they stay on record."),
        render_kw={"maxlength": 500},
    )


class PromotionForm(Form):
    """When a challenger is promoted without a person."""

    better_by = StringField(
        lazy_gettext("Better by at least"),
        description=lazy_gettext("In visits of a hundred that find theft: 2 for two more."),
        render_kw={"inputmode": "decimal"},
    )
    p_value = StringField(
        lazy_gettext("Chance of an error"),
        description=lazy_gettext("How often a challenger that is no better may be promoted: 0.05 is once in twenty."),
        render_kw={"inputmode": "decimal"},
    )
    worst_section = StringField(
        lazy_gettext("No section worse by more than"),
        description=lazy_gettext("In visits of a hundred, where each model made 20 or more there."),
        render_kw={"inputmode": "decimal"},
    )
    fewest_visits = StringField(
        lazy_gettext("Visits between two looks"),
        description=lazy_gettext("Visits with a finding that each of the two has chosen."),
        render_kw={"inputmode": "numeric"},
    )
    looks = StringField(
        lazy_gettext("Looks"),
        description=lazy_gettext("After the last one the trial ends. More looks ask for a larger difference at each."),
        render_kw={"inputmode": "numeric"},
    )


class RetrainingForm(Form):
    """When a model is trained anew without a person."""

    months = StringField(
        lazy_gettext("Months since the last training"),
        description=lazy_gettext("Empty: age alone is no reason."),
        render_kw={"inputmode": "numeric"},
    )
    outcomes = StringField(
        lazy_gettext("New outcomes since the last training"),
        description=lazy_gettext("Empty: their number is no reason."),
        render_kw={"inputmode": "numeric"},
    )
    alerts = Choices(lazy_gettext("Open alerts"), choices={one: one for one in CAUSES})
    begin_trial = BooleanField(lazy_gettext("Begin a trial with what was trained"))


@needs("model.read")
def trial(model: str) -> ResponseReturnValue:
    """Show a model's champion and challenger, and how their trial stands."""
    return _page(model)


@needs("model.promote")
def begin(model: str) -> ResponseReturnValue:
    """Begin a trial."""
    form = EndForm()
    form.challenger.choices = {one: one for one in can_be_tried(current_house(), model)}
    if not form.validate_on_submit():
        return _page(model, {"begin": form}, status=422)
    try:
        begun = begin_trial(current_house(), form.challenger.data or "", reason=form.reason.data or "")
    except UserError as error:
        form.blame(error)
        return _page(model, {"begin": form}, status=422)
    flash(gettext("The trial of %(model)s has begun: the next plans share their visits out.", model=begun.challenger))
    return redirect(url_for("models.trial", model=model))


@needs("model.promote")
def end(model: str) -> ResponseReturnValue:
    """End the trial that runs: promote, give up, stop."""
    form, act = EndForm(), ACTS.get(request.form.get("act", ""))
    if act is None:
        raise ChoiceError("nothing is called so", advice="Go back and use the buttons of the page.")
    running = _running(list_trials(current_house(), model))
    if running is None:
        abort(404)
    if not form.validate_on_submit():
        return _page(model, {"end": form}, status=422)
    ended = end_trial(current_house(), running.number, act, reason=form.reason.data or "")
    flash(gettext("The trial of %(model)s is %(state)s.", model=ended.challenger, state=TRIAL_WORDS[ended.state][0]))
    return redirect(url_for("models.trial", model=model))


@needs("model.promote")
def promotion(model: str) -> ResponseReturnValue:
    """Set down when a challenger is promoted by itself, or take that back."""
    form = PromotionForm()
    if "take-back" in request.form:
        return _kept(model, form, "promotion", lambda: keep_promotion(current_house(), model, None))
    numbers = {
        "better_by": _number(form, "better_by", per=PER_CENT),
        "p_value": _number(form, "p_value"),
        "worst_section": _number(form, "worst_section", per=PER_CENT),
        "fewest_visits": _number(form, "fewest_visits", whole=True),
        "looks": _number(form, "looks", whole=True),
    }
    if any(value is None for value in numbers.values()):
        for name, value in numbers.items():
            if value is None and not form[name].errors:
                form[name].errors = [gettext("Please fill this in.")]
        return _page(model, {"promotion": form}, status=422)
    policy = PromotionPolicy(**{name: value for name, value in numbers.items() if value is not None})  # pyright: ignore
    return _kept(model, form, "promotion", lambda: keep_promotion(current_house(), model, policy))


@needs("model.promote")
def retraining(model: str) -> ResponseReturnValue:
    """Set down when a model is trained anew by itself, or take that back."""
    form = RetrainingForm()
    if "take-back" in request.form:
        return _kept(model, form, "retraining", lambda: keep_retraining(current_house(), model, None))
    months, outcomes = (_number(form, name, whole=True) for name in ("months", "outcomes"))
    if form.errors:
        return _page(model, {"retraining": form}, status=422)
    policy = RetrainingPolicy(
        None if months is None else int(months),
        tuple(form.alerts.data or ()),
        None if outcomes is None else int(outcomes),
        bool(form.begin_trial.data),
    )
    return _kept(model, form, "retraining", lambda: keep_retraining(current_house(), model, policy))


@needs("model.read")
def trial_plot(model: str) -> ResponseReturnValue:
    """Send the plot of the last trial."""
    last = next(iter(list_trials(current_house(), model)), None)
    return send_plot(None if last is None else rates(look_at_trial(current_house(), last)))


def rates(seen: Standing) -> Chart:
    """Draw what share of either model's visits found theft, as the outcomes came, with 95 % intervals."""
    title = gettext("Whose visits find more?")
    if not seen.moments:
        return empty_chart(title, gettext("No visit of the trial has a finding yet."))
    names = (("champion", seen.trial.champion), ("challenger", seen.trial.challenger))
    traces = [
        trace
        for place, (who, name) in enumerate(names)
        for trace in _rates_of(name, [one for one in seen.moments if one.who == who][-MOST_MOMENTS:], place)
    ]
    days = [one.day for one in seen.moments]
    # In the first week the axis would name the same day again and again.
    of_days: dict[str, Any] = {"dtick": MILLISECONDS_A_DAY} if (max(days) - min(days)).days < DAYS_OF_A_WEEK else {}
    sides = (
        axis(gettext("day of the visit"), scale="date", tickformat="%-d %b", **of_days),
        axis(gettext("visits that find theft"), scale="share", range=[0, 1.02]),
    )
    rows = [
        {"day": one.day, "model": _name(seen.trial, one.who), "found": one.found, "visits": one.visits}
        for one in seen.moments
    ]
    return chart(title, _answer(seen), traces, axes=sides, table=rows)


def _rates_of(name: str, its: Sequence[Moment], place: int) -> list[Trace]:
    """Draw one model's rates with their interval: a band, or of a single day, which has no breadth, a bar."""
    days, rates = [one.day for one in its], [one.found / one.visits for one in its]
    hover = [gettext("%(name)s: %(found)s of %(visits)s", name=name, found=one.found, visits=one.visits) for one in its]
    drawn = line(name, days, rates, hover, place=place, mode="lines+markers")
    drawn["marker"] = {"symbol": ("circle", "square")[place]}
    if len(its) == 1:
        above, below = its[0].high - rates[0], rates[0] - its[0].low
        drawn["error_y"] = {"type": "data", "symmetric": False, "array": [above], "arrayminus": [below]}
        return [drawn]
    ends = [one.low for one in its], [one.high for one in its]
    return [*band(gettext("%(name)s, 95 %% interval", name=name), days, *ends, place=place), drawn]


def _answer(seen: Standing) -> str:
    one, other = seen.challenger, seen.champion
    if not one.visits or not other.visits:
        return gettext("Only one of the two has visits with a finding yet.")
    return gettext(
        "%(new)s: %(new_rate)s of %(new_visits)s visits; %(old)s: %(old_rate)s of %(old_visits)s.",
        new=seen.trial.challenger,
        new_rate=share(one.found / one.visits),
        new_visits=one.visits,
        old=seen.trial.champion,
        old_rate=share(other.found / other.visits),
        old_visits=other.visits,
    )


def _name(of: Trial, who: str) -> str:
    return of.challenger if who == "challenger" else of.champion


def _page(model: str, forms: Mapping[str, Form] | None = None, *, status: int = 200) -> Response:
    house, given = current_house(), dict(forms or {})
    if model not in list_models(house):
        abort(404)
    trials = list_trials(house, model)
    running = _running(trials)
    last = running or next(iter(trials), None)
    seen = None if last is None else look_at_trial(house, last)
    candidates = can_be_tried(house, model)
    begin_form = given.get("begin") or EndForm(formdata=None)
    challenger: Any = begin_form["challenger"]
    challenger.choices = {one: one for one in candidates}
    written = get_promotion(house, model)
    kept = get_retraining(house, model)
    return render_page(
        "models/trial.html",
        status=status,
        model=model,
        versions=[one for one in list_model_versions(house, model) if one.state in {"champion", "challenger"}],
        running=running,
        trials=trials,
        seen=seen,
        answer=None if seen is None else rates(seen),
        shadow=None if last is None else compare_in_shadow(house, last),
        candidates=candidates,
        begin_form=begin_form,
        end_form=given.get("end") or EndForm(formdata=None),
        promotion=written,
        promotion_form=given.get("promotion") or _promotion_form(written or PromotionPolicy()),
        retraining=kept,
        retraining_form=given.get("retraining") or _retraining_form(kept or RetrainingPolicy()),
        cause_words=CAUSE_WORDS,
        trial_words=TRIAL_WORDS,
        decision_words=DECISION_WORDS,
        opened=next(iter(given), None),
    )


def _promotion_form(policy: PromotionPolicy) -> PromotionForm:
    form = PromotionForm(formdata=None)
    for name in ("better_by", "worst_section"):
        form[name].data = f"{PER_CENT * getattr(policy, name):g}"
    for name in ("p_value", "fewest_visits", "looks"):
        form[name].data = f"{getattr(policy, name):g}"
    return form


def _retraining_form(policy: RetrainingPolicy) -> RetrainingForm:
    form = RetrainingForm(formdata=None)
    form.months.data = "" if policy.months is None else str(policy.months)
    form.outcomes.data = "" if policy.outcomes is None else str(policy.outcomes)
    form.alerts.data, form.begin_trial.data = list(policy.alerts), policy.begin_trial
    return form


def _kept(model: str, form: Form, name: str, keep: Callable[[], object]) -> ResponseReturnValue:
    try:
        keep()
    except UserError as error:
        form.blame(error)
        return _page(model, {name: form}, status=422)
    flash(gettext("Kept."))
    return redirect(url_for("models.trial", model=model))


def _number(form: Form, name: str, *, per: float = 1, whole: bool = False) -> float | None:
    """Return the number in a field; None where it is empty, or is none, which is then said beside it."""
    text = (form[name].data or "").replace(",", "").replace("%", "").strip()
    try:
        return (int(text) if whole else float(text) / per) if text else None
    except ValueError:
        form[name].errors = [gettext("Write digits, with a point for parts.")]
        return None


def _running(trials: Sequence[Trial]) -> Trial | None:
    return next((one for one in trials if one.state == "running"), None)
