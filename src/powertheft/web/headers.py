"""What every answer carries: its number, and what a browser must not do. Rule of the room: knows the use cases only."""

import logging
import secrets
import time

from flask import Flask, Response, g, request

from powertheft.web.services import request_id, services

LOG = logging.getLogger("powertheft.web")


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
    g.request_id = secrets.token_hex(5)
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
    _log(response)
    return response


def _log(response: Response) -> None:
    # The rule, not the path: a path may name a connection.
    rule = request.url_rule.rule if request.url_rule else "(no page)"
    took = 1000 * (time.perf_counter() - g.begun)
    LOG.info("%s %s %s %d %.0f ms", request_id(), request.method, rule, response.status_code, took)
