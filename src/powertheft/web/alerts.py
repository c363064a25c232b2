"""Alerts: what calls for somebody, and whom to tell when. Rule of the room: one URL, one view, one template."""

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length

from powertheft.actions.alerts import (
    answer_alert,
    ask_for_test,
    get_alert,
    keep_alert_policy,
    list_alerts,
    show_alert_policy,
)
from powertheft.domain.alerts import UNSETTLED, Alert, AlertAct, AlertPolicy, AlertState, QuietHours, Severity
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.forms import Choices, Form
from powertheft.web.rendering import render_page
from powertheft.web.settings_blueprint import pages as settings_pages
from powertheft.web.words import lazy_gettext

pages = Blueprint("alerts", __name__, url_prefix="/alerts")

STATE_WORDS: Mapping[str, tuple[str, str]] = {
    "open": (lazy_gettext("open"), "warn"),
    "acknowledged": (lazy_gettext("seen"), ""),
    "resolved": (lazy_gettext("resolved"), "good"),
}
SEVERITY_WORDS: Mapping[str, tuple[str, str]] = {
    "critical": (lazy_gettext("critical"), "bad"),
    "warning": (lazy_gettext("warning"), "warn"),
    "information": (lazy_gettext("information"), ""),
}
SEVERITY_CHOICES: Mapping[Severity, str] = {
    "critical": lazy_gettext("critical: somebody should look at once"),
    "warning": lazy_gettext("warning: somebody should look this week"),
    "information": lazy_gettext("information: good to know"),
}
EVENT_WORDS: Mapping[str, str] = {
    "alert.raised": lazy_gettext("found"),
    "alert.acknowledged": lazy_gettext("seen"),
    "alert.resolved": lazy_gettext("resolved"),
    "alert.told": lazy_gettext("message sent"),
}
ACTS: Mapping[str, AlertAct] = {"acknowledge": "be acknowledged", "resolve": "be resolved"}
TIME = {"type": "time", "required": True}


class AnswerForm(Form):
    """A word why."""

    reason = StringField(
        lazy_gettext("Why, or what is being done"),
        [Length(max=1000)],
        description=lazy_gettext("A sentence that others read in its history. No names or numbers of customers."),
        render_kw={"maxlength": 1000, "autocomplete": "off"},
    )


class PolicyForm(Form):
    """Whom to tell when."""

    told = Choices(
        lazy_gettext("Told outside the application"),
        choices=lambda: [(name, str(words)) for name, words in SEVERITY_CHOICES.items()],
    )
    begin = StringField(lazy_gettext("Quiet from"), [InputRequired()], render_kw=TIME)
    end = StringField(lazy_gettext("Quiet until"), [InputRequired()], render_kw=TIME)
    through = Choices(
        lazy_gettext("Goes out in the quiet hours too"),
        choices=lambda: [(name, str(words)) for name, words in SEVERITY_CHOICES.items()],
    )
    zone = StringField(
        lazy_gettext("Time zone"),
        description=lazy_gettext("As in Asia/Kolkata; empty for that of the machine."),
        render_kw={"autocomplete": "off", "spellcheck": "false", "maxlength": 60},
    )
    repeat_after_days = IntegerField(
        lazy_gettext("Told again after so many days, while nobody has seen it"),
        [InputRequired()],
        description=lazy_gettext("0: never again."),
        render_kw={"min": 0, "max": 366},
    )

    def policy(self) -> AlertPolicy:
        """Return what the form says."""
        quiet = QuietHours(
            (self.begin.data or "").strip(),
            (self.end.data or "").strip(),
            tuple(cast("list[Severity]", self.through.data or [])),
            (self.zone.data or "").strip(),
        )
        return AlertPolicy(
            tuple(cast("list[Severity]", self.told.data or [])), quiet, int(self.repeat_after_days.data or 0)
        )


@pages.get("/")
@needs("job.read")
def index() -> Response:
    """Show what calls for somebody, the worst first, and what did."""
    state = request.args.get("state", "")
    wanted: list[AlertState] = [cast(AlertState, state)] if state in STATE_WORDS else []
    found = list_alerts(current_house(), states=wanted)
    tabs = [(gettext("All"), url_for("alerts.index"), not wanted)]
    tabs += [(words, url_for("alerts.index", state=name), name == state) for name, (words, _) in STATE_WORDS.items()]
    return render_page(
        "alerts/index.html", part="list", alerts=found, tabs_of_states=tabs, filtered=bool(wanted), **_words()
    )


@pages.get("/<int:number>")
@needs("job.read")
def alert(number: int) -> Response:
    """Show one alert: what, since when, how bad, what to do, and what became of it."""
    return _page(number, AnswerForm(formdata=None))


@pages.post("/<int:number>/<word>")
@needs("alert.settle")
def answer(number: int, word: str) -> ResponseReturnValue:
    """Acknowledge an alert or resolve it."""
    form = AnswerForm()
    act = ACTS.get(word)
    if act is None:
        form.blame(ChoiceError(f"{word!r} is nothing to do with an alert", advice="Use one of the buttons."))
        return _page(number, form, status=422)
    if not form.validate_on_submit():
        return _page(number, form, status=422)
    try:
        done = answer_alert(current_house(), number, act, reason=form.reason.data or "")
    except UserError as error:
        form.blame(error)
        return _page(number, form, status=422)
    flash(_said(done))
    return redirect(url_for("alerts.alert", number=number))


@settings_pages.route("/alerts", methods=["GET", "POST"])
@needs("setting.change")
def alerts() -> ResponseReturnValue:
    """Say of which alerts people are told outside the application, and when not."""
    policy, kinds = show_alert_policy(current_house())
    form = PolicyForm(data=_plain(policy))
    if form.validate_on_submit():
        try:
            keep_alert_policy(current_house(), form.policy())
        except UserError as error:
            form.blame(error)
        else:
            flash(gettext("Done: messages follow this from now on."))
            return redirect(url_for("settings.alerts"))
    return render_page("alerts/settings.html", form=form, kinds=kinds, status=422 if form.is_submitted() else 200)


@settings_pages.post("/alerts/test")
@needs("setting.change")
def test_message() -> ResponseReturnValue:
    """Have a test message sent; the job says whether it arrived."""
    job = ask_for_test(current_house())
    if current_actor().can("job.read"):
        return redirect(url_for("jobs.job", number=job.number))
    flash(gettext("A test message is on its way."))
    return redirect(url_for("settings.alerts"))


def _page(number: int, form: AnswerForm, *, status: int = 200) -> Response:
    try:
        found = get_alert(current_house(), number)
    except ChoiceError:
        abort(404)
    return render_page(
        "alerts/alert.html",
        alert=found.alert,
        history=found.history,
        form=form,
        can_answer=current_actor().can("alert.settle") and found.alert.state in UNSETTLED,
        event_words=EVENT_WORDS,
        status=status,
        **_words(),
    )


def _said(done: Alert) -> str:
    if done.state == "acknowledged":
        return gettext("Set down as seen. It stays here until its cause is gone.")
    return gettext("Resolved. If its cause is found again, it is a new alert.")


def _words() -> dict[str, Any]:
    return {"state_words": STATE_WORDS, "severity_words": SEVERITY_WORDS}


def _plain(policy: AlertPolicy) -> dict[str, object]:
    quiet = policy.quiet
    return {
        "told": list(policy.told),
        "begin": quiet.begin,
        "end": quiet.end,
        "through": list(quiet.through),
        "zone": quiet.zone,
        "repeat_after_days": policy.repeat_after_days,
    }
