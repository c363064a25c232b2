"""Who may see which page: every view says it, or nobody sees it. Rule of the room: knows the use cases only.

A view is marked with one of `@needs("permission")`, `@signed_in` (anybody with an account) and `@public` (anybody). The
mark is looked at before each request, wherever among the decorators it stands; a view without one is refused.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import Security, UserDatastore, UserMixin
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from powertheft.actions.accounts import find_session
from powertheft.actions.house import House
from powertheft.domain.accounts import Account
from powertheft.domain.permissions import Actor, Permission, check_can
from powertheft.web.services import services

PUBLIC = "public"
SIGNED_IN = "signed in"
_MARK = "powertheft_access"
AnyView = TypeVar("AnyView", bound=Callable[..., ResponseReturnValue])


def needs(permission: Permission) -> Callable[[AnyView], AnyView]:
    """Mark a view that asks for a permission."""
    return lambda view: _mark(view, permission)


def signed_in(view: AnyView) -> AnyView:
    """Mark a view that everybody with an account may see."""
    return _mark(view, SIGNED_IN)


def public(view: AnyView) -> AnyView:
    """Mark a view that everybody may see."""
    return _mark(view, PUBLIC)


def access_of(view: Callable[..., object]) -> str | None:
    """Return a view's mark, None where it has none."""
    return getattr(view, _MARK, None)


def may_open(link: str) -> bool:
    """Return whether who is signed in may open a page of ours, by its path: a link that is refused helps nobody."""
    path = urlsplit(link).path
    try:
        endpoint, _ = current_app.url_map.bind("localhost").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    mark = access_of(current_app.view_functions[endpoint])
    return mark in {PUBLIC, SIGNED_IN} or (mark is not None and current_actor().can(cast(Permission, mark)))


class SignedIn(UserMixin):
    """An account as Flask-Security wants to see it."""

    fs_uniquifier = ""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.active = account.is_active
        self.fs_uniquifier = account.session_key
        self.password = account.password_hash
        self.roles = []


class SessionAccounts(UserDatastore):
    """Where Flask-Security looks up whose session a cookie is; roles are ours and not asked for."""

    def __init__(self) -> None:
        super().__init__(SignedIn, cast(Any, None))

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> SignedIn | None:  # noqa: ARG002 theirs
        """Return whose session this is."""
        account = find_session(services().store, wanted["fs_uniquifier"])
        return None if account is None else SignedIn(account)


def guard(application: Flask) -> None:
    """Set up sessions, and refuse every request that its view's mark does not allow."""
    Security(application, SessionAccounts(), register_blueprint=False)
    application.before_request(check_access)


def check_access() -> ResponseReturnValue | None:
    """Let a request pass, send it to the page for signing in, or refuse it."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None
    mark = access_of(view)
    if mark == PUBLIC:
        return None
    if mark is None:
        abort(403)
    found = account()
    if found is None:
        return _to_sign_in()
    g.roles = len(found.roles)
    if mark != SIGNED_IN:
        check_can(current_actor(), cast(Permission, mark))
    return None


def account() -> Account | None:
    """Return who is signed in."""
    found: object = current_user
    return found.account if isinstance(found, SignedIn) and found.active else None


def current_actor() -> Actor:
    """Return who acts; only views that ask for an account may call it."""
    found = account()
    if found is None:
        abort(403)
    return found.actor()


def current_house() -> House:
    """Return the house as who is signed in sees it."""
    if "house" not in g:
        g.house = services().house_for(current_actor())
    return cast(House, g.house)


def safe_way(way: str | None) -> str:
    """Return where to go on to: a path on this server, else the first page."""
    parts = urlsplit(way or "")
    local = bool(way) and not parts.scheme and not parts.netloc and parts.path.startswith("/")
    return cast(str, way) if local and not cast(str, way).startswith(("//", "/\\")) else url_for("overview.index")


def _to_sign_in() -> ResponseReturnValue:
    way = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for("session.sign_in", next=way if way and way != "/" else None)
    if request.headers.get("HX-Request"):
        response = make_response("", 204)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target)


def _mark(view: AnyView, mark: str) -> AnyView:
    setattr(view, _MARK, mark)
    return view
