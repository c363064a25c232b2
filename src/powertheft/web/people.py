"""Users and roles. Rule of the room: one URL, one view, one template."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext

from powertheft.actions import accounts
from powertheft.domain.accounts import Account
from powertheft.domain.errors import ChoiceError
from powertheft.web.access import current_actor, needs
from powertheft.web.forms import Choices, Form
from powertheft.web.rendering import render_page
from powertheft.web.services import services
from powertheft.web.words import lazy_gettext

pages = Blueprint("people", __name__, url_prefix="/people")

ROLE_WORDS: dict[str, tuple[str, str]] = {
    "analyst": (lazy_gettext("Analyst"), lazy_gettext("brings data, trains models, makes lists")),
    "inspector": (lazy_gettext("Inspector"), lazy_gettext("sees the own cases and records what was found")),
    "manager": (lazy_gettext("Manager"), lazy_gettext("decides on models and lists, may look up who a connection is")),
    "auditor": (lazy_gettext("Auditor"), lazy_gettext("reads everything that was done, changes nothing")),
    "administrator": (lazy_gettext("Administrator"), lazy_gettext("invites people, gives roles, sets up")),
}


class RolesForm(Form):
    """Which roles somebody has."""

    roles = Choices(
        lazy_gettext("Roles"),
        choices=list(ROLE_WORDS),  # pyright: ignore[reportArgumentType]  the stubs are older than WTForms 3.3
        description=lazy_gettext("Somebody may have several."),
    )


@pages.get("/")
@needs("audit.read")
def index() -> Response:
    """Show everybody with an account, and open invitations."""
    people, links = accounts.list_accounts(services().store, current_actor())
    return render_page("people/index.html", people=people, links=links, role_words=ROLE_WORDS)


@pages.route("/invite", methods=["GET", "POST"])
@needs("account.manage")
def invite() -> Response:
    """Make a one-time link for somebody new."""
    form = RolesForm()
    if not form.is_submitted():
        return render_page("people/invite.html", form=form, role_words=ROLE_WORDS)
    try:
        token = accounts.invite(services().store, current_actor(), form.roles.data or [])
    except ChoiceError as error:
        form.blame(error)
        return render_page("people/invite.html", form=form, role_words=ROLE_WORDS, status=422)
    address = url_for("session.join", token=token, _external=True)
    return render_page("people/link.html", address=address, account=None)


@pages.get("/<name>")
@needs("audit.read")
def person(name: str) -> Response:
    """Show one account, to whoever manages it or audits who may do what."""
    found = _known(name)
    return _account(found, RolesForm(data={"roles": sorted(found.roles)}))


@pages.post("/<name>")
@needs("account.manage")
def change(name: str) -> ResponseReturnValue:
    """Give an account other roles."""
    found, form = _known(name), RolesForm()
    try:
        accounts.change_roles(services().store, current_actor(), name, form.roles.data or [])
    except ChoiceError as error:
        form.blame(error)
        return _account(found, form, status=422)
    flash(gettext("The roles of %(name)s are changed.", name=found.full_name))
    return _back_to(name)


@pages.post("/<name>/deactivate")
@needs("account.manage")
def deactivate(name: str) -> ResponseReturnValue:
    """Close an account."""
    accounts.set_active(services().store, current_actor(), _known(name).name, active=False)
    return _said(gettext("The account is closed and its sessions have ended."), name)


@pages.post("/<name>/activate")
@needs("account.manage")
def activate(name: str) -> ResponseReturnValue:
    """Open a closed account again."""
    accounts.set_active(services().store, current_actor(), _known(name).name, active=True)
    return _said(gettext("The account is open again."), name)


@pages.post("/<name>/password")
@needs("account.manage")
def new_password(name: str) -> Response:
    """Make a one-time link by which somebody sets a new password."""
    found = _known(name)
    token = accounts.renew_password(services().store, current_actor(), found.name)
    address = url_for("session.join", token=token, _external=True)
    return render_page("people/link.html", address=address, account=found)


@pages.post("/links/<int:number>/withdraw")
@needs("account.manage")
def withdraw(number: int) -> ResponseReturnValue:
    """Make an open link useless."""
    accounts.withdraw_link(services().store, current_actor(), number)
    flash(gettext("The link can no longer be used."))
    return redirect(url_for("people.index"))


def _account(found: Account, form: RolesForm, *, status: int = 200) -> Response:
    return render_page("people/person.html", form=form, found=found, role_words=ROLE_WORDS, status=status)


def _known(name: str) -> Account:
    found = accounts.read_account(services().store, current_actor(), name)
    if found is None:
        abort(404)
    return found


def _said(words: str, name: str) -> ResponseReturnValue:
    flash(words)
    return _back_to(name)


def _back_to(name: str) -> ResponseReturnValue:
    # Who has just closed their own account, or given the role away, may not see the page any more.
    own = name == current_actor().name
    return redirect(url_for("overview.index") if own else url_for("people.person", name=name))
