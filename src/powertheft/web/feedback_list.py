"""What users say is wrong or of no use, and the list of it. Rule of the room: one URL, one view, one template."""

from collections.abc import Mapping
from typing import Any, cast
from zlib import crc32

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from powertheft.actions.feedback import (
    answer_feedback,
    get_feedback,
    list_feedback,
    say,
    say_of_case,
    say_of_reason,
)
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.domain.feedback import LONGEST_WORDS, Feedback, FeedbackAct, FeedbackKind, FeedbackState
from powertheft.web.access import account, current_actor, current_house, needs, safe_way
from powertheft.web.forms import Form
from powertheft.web.rendering import render_page, wants_part
from powertheft.web.words import lazy_gettext

pages = Blueprint("feedback", __name__, url_prefix="/feedback")

STATE_WORDS: Mapping[str, tuple[str, str]] = {
    "open": (lazy_gettext("open"), "warn"),
    "done": (lazy_gettext("done"), "good"),
    "declined": (lazy_gettext("declined"), "off"),
}
KIND_WORDS: Mapping[str, str] = {
    "reason_wrong": lazy_gettext("This reason is wrong"),
    "not_useful": lazy_gettext("Not useful"),
    "something_else": lazy_gettext("Something else"),
}
ACTS: Mapping[str, FeedbackAct] = {"done": "be done", "decline": "be declined", "reopen": "be opened again"}
ABOUT = ("subject", "title", "link", "reason", "scoring", "connection", "case")
"""What the link beside a reason, a plot or a page says it is about; it goes along with the form."""


class SayForm(Form):
    """What is wrong with it."""

    kind = SelectField(
        lazy_gettext("What is it?"),
        choices=lambda: [(name, str(words)) for name, words in KIND_WORDS.items() if name != "reason_wrong"],
        validate_choice=False,
    )
    words = TextAreaField(
        lazy_gettext("What is wrong with it, or what would help?"),
        [Length(max=LONGEST_WORDS)],
        description=lazy_gettext("A sentence helps whoever mends it. No names, addresses or phone numbers."),
        render_kw={"rows": 3, "maxlength": LONGEST_WORDS},
    )


class AnswerForm(Form):
    """What became of it."""

    words = TextAreaField(
        lazy_gettext("Your answer"),
        [Length(max=LONGEST_WORDS)],
        description=lazy_gettext("Whoever said it reads this."),
        render_kw={"rows": 3, "maxlength": LONGEST_WORDS},
    )


def may_say() -> bool:
    """Return whether who is signed in may say what is wrong: macros ask, which know no person."""
    found = account()
    return found is not None and found.actor().can("feedback.write")


@pages.get("/")
@needs("feedback.write")
def index() -> Response:
    """Show what was said, newest first: that which is still open, unless one asks for another state."""
    state, kind = request.args.get("state", "open"), request.args.get("kind", "")
    states: list[FeedbackState] = [cast(FeedbackState, state)] if state in STATE_WORDS else []
    wanted = cast(FeedbackKind, kind) if kind in KIND_WORDS else None
    tabs = [
        (words, url_for("feedback.index", state=name, kind=kind), name == state)
        for name, (words, _) in STATE_WORDS.items()
    ]
    return render_page(
        "feedback/index.html",
        part="list",
        said=list_feedback(current_house(), states=states, kind=wanted),
        tabs_of_states=[*tabs, (gettext("All"), url_for("feedback.index", state="all", kind=kind), not states)],
        state=state,
        kind=kind,
        **_words(),
    )


@pages.get("/<int:number>")
@needs("feedback.write")
def one(number: int) -> Response:
    """Show what was said, of what, and the answer."""
    return _page(number, AnswerForm(formdata=None))


@pages.post("/<int:number>/<word>")
@needs("rule.write")
def answer(number: int, word: str) -> ResponseReturnValue:
    """Answer it: done, declined, or open again."""
    form, act = AnswerForm(), ACTS.get(word)
    if act is None:
        abort(404)
    if not form.validate_on_submit():
        return _page(number, form, status=422)
    try:
        answer_feedback(current_house(), number, act, words=form.words.data or "")
    except UserError as error:
        form.blame(error)
        return _page(number, form, status=422)
    flash(gettext("Answered: whoever said it sees this."))
    return redirect(url_for("feedback.one", number=number))


@pages.route("/say", methods=["GET", "POST"])
@needs("feedback.write")
def say_it() -> ResponseReturnValue:
    """Ask what is wrong with a reason, a plot or a page, and set it down."""
    form, about = SayForm(), {name: request.values.get(name, "") for name in ABOUT}
    if not form.is_submitted():
        return _form_page(form, about)
    if not form.validate():
        return _form_page(form, about, status=422)
    try:
        said = _say(about, cast(FeedbackKind, form.kind.data or "not_useful"), form.words.data or "")
    except UserError as error:
        form.blame(error)
        return _form_page(form, about, status=422)
    if wants_part():
        return make_response(render_template("feedback/thanks.html", said=said))
    flash(gettext("Thank you. It is on the list, and the answer will stand there."))
    return redirect(safe_way(str(said.details.get("link", ""))))


def _say(about: Mapping[str, str], kind: FeedbackKind, words: str) -> Feedback:
    house = current_house()
    if about["case"]:
        return say_of_case(house, _number(about["case"]), about["reason"], words=words)
    if about["reason"]:
        return say_of_reason(house, _number(about["scoring"]), about["connection"], about["reason"], words=words)
    return say(house, kind, about["subject"], words=words, details=about)


def _number(written: str) -> int:
    if not written.isdecimal() or len(written) > 9:
        raise ChoiceError(f"{written!r} is no number", advice="Use the link beside what it is about.")
    return int(written)


def _form_page(form: SayForm, about: Mapping[str, str], *, status: int = 200) -> Response:
    kept = {name: value for name, value in about.items() if value}
    # Several forms may be open on one page: each has fields of its own.
    own = f"{crc32(repr(kept).encode()):x}"
    form.words.id, form.kind.id = f"words-{own}", f"kind-{own}"
    return render_page("feedback/say.html", part="form", status=status, form=form, about=kept, **_words())


def _page(number: int, form: AnswerForm, *, status: int = 200) -> Response:
    try:
        found = get_feedback(current_house(), number)
    except ChoiceError:
        abort(404)
    return render_page(
        "feedback/one.html",
        status=status,
        one=found,
        form=form,
        can_answer=current_actor().can("rule.write"),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"state_words": STATE_WORDS, "kind_words": KIND_WORDS}
