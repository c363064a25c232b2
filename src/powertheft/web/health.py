"""What machines ask of the service: does it answer, is it ready, its figures. Rule of the room: knows the use cases.

Nobody signs in here, and nothing of a person or a connection is told. /healthz says that the process answers, and asks
nothing else; /readyz also that what it needs is there. /metrics is open to this machine, else it takes a token.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, jsonify, request
from flask.wrappers import Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from powertheft.actions.accounts import HOUSE
from powertheft.actions.house import House
from powertheft.actions.show_service import check_service
from powertheft.actions.tokens import find_bearer
from powertheft.domain.permissions import Actor
from powertheft.web.access import public
from powertheft.web.limits import limiter
from powertheft.web.measuring import meter_of
from powertheft.web.services import Services, services

if TYPE_CHECKING:  # the shape of WSGI, which the standard library tells type checkers alone
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

pages = Blueprint("health", __name__)

SCOPE = "metrics.read"
PROBES = frozenset({"/healthz", "/readyz"})
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
"""What a server before this one adds: who asks is then not the one who connects."""


def house_of_service(found: Services) -> House:
    """Return the house as the service itself sees it: its figures and nothing else."""
    return found.house_for(Actor(HOUSE, frozenset({SCOPE})))


def install(application: Flask, hosts: tuple[str, ...]) -> None:
    """Let probes and programs with a token call by any name, as an address in a network of containers.

    Nothing in their answers is built from the name. The figures without a token keep to the names that browsers may
    call, so that no page of another site reads them through the browser of somebody on this machine.
    """
    inner = application.wsgi_app

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if hosts and (path in PROBES or (path == "/metrics" and environ.get("HTTP_AUTHORIZATION"))):
            environ["HTTP_HOST"] = hosts[0]
            environ.pop("HTTP_X_FORWARDED_HOST", None)
        return inner(environ, start_response)

    application.wsgi_app = answer


@pages.get("/healthz")
@public
@limiter.exempt
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@pages.get("/readyz")
@public
@limiter.exempt
def readyz() -> tuple[Response, int]:
    """Say whether database, home folder and queue are as the service needs them."""
    checks = check_service(house_of_service(services()))
    is_ready = all(one.is_good for one in checks)
    told = {one.name: {"status": "ok" if one.is_good else "failed", "says": one.words} for one in checks}
    return jsonify(status="ready" if is_ready else "not ready", checks=told), 200 if is_ready else 503


@pages.get("/metrics")
@public
@limiter.exempt
def metrics() -> Response:
    """Tell the figures, to this machine or to whoever has a token for them."""
    if refused := _refusal():
        return refused
    return Response(meter_of().told(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _refusal() -> Response | None:
    if "Authorization" not in request.headers:
        if _is_of_this_machine():
            return None
        return _refuse(401, "The figures are open to this machine alone; else send a token with the scope")
    given = request.authorization
    found = None
    if given is not None and given.type == "bearer" and given.token:
        found = find_bearer(services().store, given.token)
    if found is None:
        return _refuse(401, "No token that can be used came with the request; it needs the scope")
    return None if found[1].can(SCOPE) else _refuse(403, "This token, or its owner, has not the scope")


def _refuse(status: int, words: str) -> Response:
    told = f"{words} {SCOPE}: powertheft token make --name prometheus --scopes {SCOPE}\n"
    response = Response(told, status, mimetype="text/plain")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="powertheft"'
    return response


def _is_of_this_machine() -> bool:
    """Return whether a program of this machine asks, and for nobody else."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:  # a socket in a file, whose other end may be anybody's server
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback and not any(name in request.headers for name in FORWARDED)
