"""What every answer carries: its number, and what a browser must not do. Rule of the room: knows the use cases only."""

import logging
import secrets
import time
from http import HTTPStatus

from flask import Flask, Response, g, request

from powertheft.logs import begin_request, known_method, request_number, tell
from powertheft.web.measuring import NOWHERE, meter_of
from powertheft.web.services import request_id, services

LOG = logging.getLogger("powertheft.web")
QUIET = frozenset({"health.healthz", "health.readyz", "health.metrics", "static"})
"""What answers many times a minute, or with every page: counted, and a line only where it does not go well."""


def install(application: Flask) -> None:
    """Number each request, and send the headers of security with each answer."""
    application.before_request(_begin)
    application.after_request(_finish)
    application.add_template_global(nonce, "nonce")


def nonce() -> str:
    """Return what this answer's own scripts and styles are known by."""
    return g.nonce


def policy() -> str:
    """Return what may be loaded: our own files, and nothing inline without this answer's nonce."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce()}'",
            f"style-src 'self' 'nonce-{nonce()}'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _begin() -> None:
    g.request_id = request_number(request.headers.get("X-Request-Id"))
    begin_request(g.request_id)
    g.nonce = secrets.token_urlsafe(16)
    g.begun = time.perf_counter()


def _finish(response: Response) -> Response:
    if "nonce" not in g:  # a host that is not ours is refused before anything of ours runs
        _begin()
    headers = response.headers
    headers["X-Request-Id"] = request_id()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if services().settings.https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if response.mimetype == "text/html":
        headers["Content-Security-Policy"] = policy()
        response.vary.update(("Cookie", "HX-Request", "HX-Request-Type"))
    headers.setdefault("Cache-Control", "no-store")
    _tell(response)
    return response


def _tell(response: Response) -> None:
    """Count the request and write its line: its rule and not its path, which may name a connection."""
    rule = request.url_rule.rule if request.url_rule else None
    status, took = response.status_code, time.perf_counter() - g.begun
    meter_of().note(rule, request.method, status, took)
    if request.endpoint in QUIET and status < HTTPStatus.BAD_REQUEST:
        return
    # Not who: how many roles tells somebody signed in from nobody.
    roles, method, took_ms = g.get("roles", 0), known_method(request.method), round(1000 * took)
    tell(LOG, "request", method=method, route=rule or NOWHERE, status=status, roles=roles, duration_ms=took_ms)
