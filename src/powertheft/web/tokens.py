"""Tokens: keys by which programs act for oneself. Rule of the room: one URL, one view, one template."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from wtforms import SelectField
from wtforms.fields import choices as wtforms_choices

from powertheft.actions import tokens
from powertheft.domain.errors import ChoiceError
from powertheft.domain.permissions import Permission
from powertheft.web.access import current_actor, needs, signed_in
from powertheft.web.forms import Choices, Form, Required, StringField
from powertheft.web.rendering import render_page
from powertheft.web.services import services
from powertheft.web.words import lazy_gettext

pages = Blueprint("tokens", __name__, url_prefix="/settings/tokens")

# The stubs are older than WTForms 3.3.
SelectChoice: Any = wtforms_choices.SelectChoice  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]

SCOPE_WORDS: dict[Permission, str] = {
    "dataset.read": lazy_gettext("see datasets and features"),
    "dataset.import": lazy_gettext("upload and import data"),
    "dataset.export": lazy_gettext("take datasets and lists along as files"),
    "dataset.delete": lazy_gettext("delete datasets and lists"),
    "person.reveal": lazy_gettext("look up who a connection is"),
    "model.read": lazy_gettext("see models and judge them"),
    "model.train": lazy_gettext("train models, save feature sets"),
    "model.promote": lazy_gettext("promote and retire models"),
    "model.delete": lazy_gettext("delete models"),
    "score.run": lazy_gettext("make ranked lists"),
    "list.read": lazy_gettext("read ranked lists and why a connection is on them"),
    "inspection.read": lazy_gettext("see cases"),
    "inspection.assign": lazy_gettext("propose, assign and close cases"),
    "inspection.record": lazy_gettext("record what visits found"),
    "job.read": lazy_gettext("see the work in the background"),
    "job.cancel": lazy_gettext("call off work in the background"),
    "schedule.change": lazy_gettext("set up work that comes again"),
    "account.manage": lazy_gettext("invite people and give roles"),
    "setting.change": lazy_gettext("see the settings of this machine"),
    "key.rotate": lazy_gettext("renew the key of the pseudonyms"),
    "audit.read": lazy_gettext("read the audit trail"),
    "rule.write": lazy_gettext("write rules"),
    "feedback.write": lazy_gettext("say what was right and wrong"),
    "alert.settle": lazy_gettext("acknowledge and resolve alerts"),
    "metrics.read": lazy_gettext("read the service's figures, for Prometheus"),
}
"""What each scope means, in the order in which they are offered."""

LIVES = {
    "7": lazy_gettext("a week"),
    "30": lazy_gettext("a month"),
    "90": lazy_gettext("three months"),
    "366": lazy_gettext("a year"),
}


class TokenForm(Form):
    """A token that is to be."""

    name = StringField(
        lazy_gettext("Which program uses it"),
        [Required],
        description=lazy_gettext("Such as: nightly import. It stands in the list, so that you know what to revoke."),
        render_kw={"autocomplete": "off", "maxlength": 100},
    )
    days = SelectField(
        lazy_gettext("How long it lives"), choices=[SelectChoice(*one) for one in LIVES.items()], default="90"
    )
    scopes = Choices(
        lazy_gettext("What it may do"),
        validate_choice=False,
        description=lazy_gettext("As little as the program needs. What your roles lose, it loses too."),
    )


@pages.get("/")
@signed_in
def index() -> Response:
    """Show one's own tokens."""
    found, now = tokens.list_tokens(services().store, current_actor()), datetime.now(UTC)
    opened = [token for token in found if token.is_open(now)]
    return render_page("tokens/index.html", opened=opened, gone=len(found) - len(opened), words=SCOPE_WORDS)


@pages.get("/everybody")
@needs("account.manage")
def everybody() -> Response:
    """Show the tokens of all, to revoke what nobody knows."""
    found, now = tokens.list_tokens(services().store, current_actor(), everybody=True), datetime.now(UTC)
    opened = [token for token in found if token.is_open(now)]
    return render_page("tokens/everybody.html", opened=opened, words=SCOPE_WORDS)


@pages.route("/make", methods=["GET", "POST"])
@signed_in
def make() -> ResponseReturnValue:
    """Make a token, and show its key this once."""
    form, meanings = TokenForm(), _offered()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_page("tokens/make.html", form=form, meanings=meanings, status=status)
    wish = tokens.NewToken(form.name.data or "", form.scopes.data or [], int(form.days.data))
    try:
        key, token = tokens.make_token(services().store, current_actor(), wish)
    except ChoiceError as error:
        form.blame(error)
        return render_page("tokens/make.html", form=form, meanings=meanings, status=422)
    return render_page("tokens/key.html", key=key, token=token)


@pages.post("/<int:number>/revoke")
@signed_in
def revoke(number: int) -> ResponseReturnValue:
    """Make a token useless."""
    gone = tokens.revoke_token(services().store, current_actor(), number)
    flash(gettext("The token %(name)s opens nothing any more.", name=gone.name))
    own = gone.owner == current_actor().name
    return redirect(url_for("tokens.index" if own else "tokens.everybody"))


def _offered() -> dict[str, tuple[str, str]]:
    """Return what one's roles allow, each with its meaning."""
    allowed = tokens.scopes_for(current_actor())
    told = {scope: str(meaning) for scope, meaning in SCOPE_WORDS.items() if scope in allowed}
    return {scope: (words[:1].upper() + words[1:], scope) for scope, words in told.items()}
