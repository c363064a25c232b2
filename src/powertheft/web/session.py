"""Coming in and going: invitation, sign in, sign out. Rule of the room: one URL, one view, one template."""

from datetime import UTC, datetime
from functools import cache

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import hash_password, login_user, logout_user, verify_password

from powertheft.actions import accounts
from powertheft.domain.accounts import Account, AccountLink
from powertheft.domain.errors import ChoiceError
from powertheft.web.access import SignedIn, account, current_actor, public, safe_way, signed_in
from powertheft.web.forms import Form, PasswordField, Required, StringField, name_field, new_password_field
from powertheft.web.limits import TRIES_OF_ADDRESS, TRIES_OF_NAME, limiter, tried_name
from powertheft.web.rendering import render_page
from powertheft.web.services import services
from powertheft.web.words import lazy_gettext

pages = Blueprint("session", __name__)


class SignInForm(Form):
    """Name and password."""

    name = name_field()
    password = PasswordField(
        lazy_gettext("Password"), [Required], render_kw={"autocomplete": "current-password", "maxlength": 200}
    )


class JoinForm(Form):
    """What a new person says of themselves."""

    full_name = StringField(
        lazy_gettext("Your name"),
        [Required],
        description=lazy_gettext("As colleagues know it; it stands beside what you do."),
        render_kw={"autocomplete": "name", "maxlength": 100},
    )
    name = name_field()
    password = new_password_field(lazy_gettext("Password"))


class NewPasswordForm(Form):
    """A new password for an account that is there."""

    password = new_password_field(lazy_gettext("New password"))


@pages.route("/sign-in", methods=["GET", "POST"])
@public
@limiter.limit(TRIES_OF_ADDRESS, methods=["POST"])
@limiter.limit(TRIES_OF_NAME, key_func=tried_name, methods=["POST"])
def sign_in() -> ResponseReturnValue:
    """Sign in with name and password."""
    way = request.args.get("next")
    if account() is not None:
        return redirect(safe_way(way))
    form = SignInForm()
    if not form.validate_on_submit():
        return render_page("session/sign_in.html", form=form, status=422 if form.is_submitted() else 200)
    found = _check_password(form.name.data or "", form.password.data or "")
    if found is None:
        what = gettext("Name and password do not belong together")
        form.blame(ChoiceError(what, advice=gettext("An administrator can give you a link for a new password.")))
        return render_page("session/sign_in.html", form=form, status=422)
    _begin_session(found)
    return redirect(safe_way(way))


@pages.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End this session."""
    accounts.note_sign_out(services().store, current_actor())
    logout_user()
    session.clear()
    flash(gettext("You are signed out."))
    return redirect(url_for("session.sign_in"))


@pages.route("/join/<token>", methods=["GET", "POST"])
@public
@limiter.limit(TRIES_OF_ADDRESS)
def join(token: str) -> ResponseReturnValue:
    """Follow a one-time link: to a new account, or to a new password."""
    link = accounts.find_link(services().store, token)
    if link is None or not link.is_open(datetime.now(UTC)):
        return render_page("session/closed.html", status=410)
    form = NewPasswordForm() if link.account else JoinForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_page("session/join.html", form=form, link=link, status=status)
    try:
        found = _follow(token, link, form)
    except ChoiceError as error:
        form.blame(error)
        return render_page("session/join.html", form=form, link=link, status=422)
    _begin_session(found)
    flash(gettext("Welcome, %(name)s.", name=found.full_name))
    return redirect(url_for("overview.index"))


def _follow(token: str, link: AccountLink, form: Form) -> Account:
    store = services().store
    if link.account:
        return accounts.replace_password(store, token, form["password"].data, hash_password)
    person = accounts.NewPerson(form["name"].data, form["full_name"].data, form["password"].data)
    return accounts.join(store, token, person, hash_password)


def _check_password(name: str, password: str) -> Account | None:
    store = services().store
    found = accounts.find_account(store, name)
    # As much work where nobody has the name: how long an answer takes tells nothing.
    fits = verify_password(password, found.password_hash if found else _some_hash())
    if found is None:
        return None
    if not fits or not found.is_active:
        accounts.note_refusal(store, found)
        return None
    return found


@cache
def _some_hash() -> str:
    return hash_password("nobody has this password")


def _begin_session(found: Account) -> None:
    """Begin a new session; nothing of the one before stays in it."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(accounts.note_sign_in(services().store, found)))
