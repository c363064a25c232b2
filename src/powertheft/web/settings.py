"""Settings: one's own account and theme, and this machine's. Rule of the room: one URL, one view, one template."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from flask_security import hash_password, login_user, verify_password

from powertheft.actions.accounts import change_password
from powertheft.actions.show_settings import show_settings, smallest_group
from powertheft.domain.errors import ChoiceError
from powertheft.web import settings_audit, settings_schedules
from powertheft.web.access import SignedIn, account, current_actor, current_house, public, safe_way, signed_in
from powertheft.web.forms import Form, PasswordField, Required, new_password_field
from powertheft.web.frame import THEME_COOKIE, THEMES
from powertheft.web.limits import TRIES_OF_ADDRESS, limiter
from powertheft.web.rendering import render_page
from powertheft.web.services import services
from powertheft.web.settings_blueprint import pages
from powertheft.web.static_files import YEAR
from powertheft.web.words import lazy_gettext

__all__ = ["pages", "settings_audit", "settings_schedules"]

ORIGINS = {
    "environment": lazy_gettext("set in the environment"),
    "file": lazy_gettext("read from a file"),
    "command": lazy_gettext("named at the start (--home)"),
    "default": lazy_gettext("as it comes"),
}


class PasswordForm(Form):
    """A new password, and the old one to show that it is oneself."""

    old_password = PasswordField(
        lazy_gettext("Password until now"), [Required], render_kw={"autocomplete": "current-password"}
    )
    password = new_password_field(lazy_gettext("New password"))


@pages.get("/")
@signed_in
def index() -> Response:
    """Show one's account and what can be set."""
    told = show_settings(current_house()) if current_actor().can("setting.change") else ()
    return render_page("settings/index.html", told=told, origins=ORIGINS, smallest_group=smallest_group())


@pages.route("/password", methods=["GET", "POST"])
@signed_in
@limiter.limit(TRIES_OF_ADDRESS, methods=["POST"])
def password() -> ResponseReturnValue:
    """Change one's own password; sessions elsewhere end."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return render_page("settings/password.html", form=form, status=422 if form.is_submitted() else 200)
    person = account()
    if person is None or not verify_password(form.old_password.data or "", person.password_hash):
        form.blame(
            ChoiceError("is not your password", advice="Write the one you signed in with.", column="old_password")
        )
        return render_page("settings/password.html", form=form, status=422)
    try:
        changed = change_password(services().store, current_actor(), form.password.data or "", hash_password)
    except ChoiceError as error:
        form.blame(error)
        return render_page("settings/password.html", form=form, status=422)
    login_user(SignedIn(changed))
    flash(gettext("Your password is changed. Sessions on other devices have ended."))
    return redirect(url_for("settings.index"))


@pages.post("/theme")
@public
def theme() -> ResponseReturnValue:
    """Set the theme of this browser."""
    chosen = request.form.get("theme", "")
    response = redirect(safe_way(request.form.get("next")))
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=services().settings.https
        )
    return response
