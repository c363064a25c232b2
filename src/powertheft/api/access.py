"""Who may ask for what: every view names the scope that it takes, or nobody gets an answer.

A request carries a token (`Authorization: Bearer pt_...`) and nothing else opens the API: cookies of the pages are not
looked at, so no other site can ask in somebody's name. The token's owner acts, and the use case checks once more.

Rule of the room: knows the use cases only.
"""

import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, abort, current_app, g, request
from werkzeug.exceptions import Unauthorized

from powertheft.actions.house import House
from powertheft.actions.tokens import find_bearer
from powertheft.api.services import services
from powertheft.domain.errors import AccessError
from powertheft.domain.permissions import Actor, Permission
from powertheft.domain.tokens import Token

PUBLIC, ANY_TOKEN = "public", "any token"
_MARK = "powertheft_scope"
AnyView = TypeVar("AnyView", bound=Callable[..., Any])


def needs(scope: Permission) -> Callable[[AnyView], AnyView]:
    """Mark a view that takes a token with this scope."""
    return lambda view: _mark(view, scope)


def any_token(view: AnyView) -> AnyView:
    """Mark a view that every token opens."""
    return _mark(view, ANY_TOKEN)


def public(view: AnyView) -> AnyView:
    """Mark a view that answers everybody."""
    return _mark(view, PUBLIC)


def scope_of(view: Callable[..., object]) -> str | None:
    """Return a view's mark, None where it has none."""
    return getattr(view, _MARK, None)


def guard(application: Flask) -> None:
    """Refuse every request that its view's mark does not allow."""
    application.before_request(check_access)


def check_access() -> None:
    """Find out who asks, and let the request pass or refuse it."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return
    scope = scope_of(view)
    if scope == PUBLIC:
        return
    if scope is None:
        abort(403)
    token, actor = _bearer()
    g.token, g.house = token, services().house_for(actor)
    if scope != ANY_TOKEN:
        _check_scope(token, actor, cast(Permission, scope))
    # A name in the address never holds such a character; PostgreSQL would not take one.
    if any(unicodedata.category(char) == "Cc" for word in (request.view_args or {}).values() for char in str(word)):
        abort(404)


def current_house() -> House:
    """Return the house as the token's owner sees it, with no more than the token allows."""
    return cast(House, g.house)


def current_token() -> Token:
    """Return the token that this request carries."""
    return cast(Token, g.token)


def _bearer() -> tuple[Token, Actor]:
    given = request.authorization
    found = None
    if given is not None and given.type == "bearer" and given.token:
        found = find_bearer(services().store, given.token)
    if found is None:
        raise Unauthorized
    return found


def _check_scope(token: Token, actor: Actor, scope: Permission) -> None:
    if scope not in token.scopes:
        advice = f"Make a token with this scope under Settings, Tokens; this one is {token.name!r}."
        raise AccessError(f"this token has not the scope {scope}", advice=advice)
    services().house_for(actor).check(scope)


def _mark(view: AnyView, mark: str) -> AnyView:
    setattr(view, _MARK, mark)
    return view
