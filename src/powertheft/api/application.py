"""The API and what stands around every answer. Rule of the room: knows the use cases, never the store."""

import logging
import time
from importlib.metadata import version
from typing import Any, cast

from apiflask import APIFlask
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from powertheft.api import (
    access,
    accounts,
    alerts,
    datasets,
    document,
    errors,
    features,
    feedback,
    inspections,
    intakes,
    jobs,
    limits,
    models,
    monitoring,
    reference,
    rules,
    schedules,
    scorings,
    system,
    trials,
)
from powertheft.api.services import ApiServices, keep_services, reference_number, services
from powertheft.api.shapes import MOST
from powertheft.logs import begin_request, known_method, request_number, tell

LOG = logging.getLogger("powertheft.api")
PLACE = "/api/v1"
"""Where the API stands under the address of the pages."""

LARGEST_BODY = 1 << 20
JSON = "application/json"
BLUEPRINTS = (
    datasets.pages,
    intakes.pages,
    features.pages,
    jobs.pages,
    models.pages,
    trials.pages,
    scorings.pages,
    inspections.pages,
    rules.pages,
    monitoring.pages,
    schedules.pages,
    alerts.pages,
    feedback.pages,
    accounts.pages,
    system.pages,
)
"""Every group of operations, in the order of the work."""


class NumberConverter(IntegerConverter):
    """A number in an address: from 1 to the largest that every database takes."""

    def __init__(self, map: Map) -> None:  # noqa: A002  werkzeug's word
        super().__init__(map, min=1, max=MOST)


def create_api(services: ApiServices) -> APIFlask:
    """Return the API, put together with what it needs."""
    application = APIFlask(
        "powertheft.api",
        title="powertheft",
        version=version("powertheft"),
        docs_path=None,  # pyright: ignore[reportArgumentType]  None leaves its page out, which loads from elsewhere
        spec_path="/openapi.json",
        json_errors=False,
        static_folder=None,  # pyright: ignore[reportArgumentType]  None leaves it out, as in Flask itself
    )
    _configure(application, services)
    keep_services(application, services)
    application.before_request(_begin)
    limiter = limits.install(application, requests=services.requests_a_minute, refusals=services.refusals_a_minute)
    access.guard(application)
    application.before_request(check_body)
    application.after_request(_finish)
    errors.install(application)
    application.url_map.converters["number"] = NumberConverter
    for blueprint in BLUEPRINTS:
        application.register_blueprint(blueprint)
    application.register_blueprint(reference.pages)
    access.public(application.view_functions["openapi.spec"])
    limiter.exempt(system.healthz)
    application.spec_processor(lambda found: document.complete(application, cast("dict[str, Any]", found)))
    return application


def check_body() -> None:
    """Refuse a body of another kind than the view reads, before it is read."""
    view = current_app.view_functions.get(request.endpoint or "")
    told: dict[str, Any] = getattr(view, "_spec", {})
    raw = (told.get("extensions") or {}).get("x-body")
    wanted = JSON if told.get("body") is not None else raw
    if wanted is None or request.method not in {"POST", "PUT", "PATCH"}:
        return
    if request.mimetype != wanted:
        raise UnsupportedMediaType
    if wanted == JSON:
        try:
            request.get_json(force=True)
        except RecursionError as error:  # lists within lists, deeper than anybody means
            raise BadRequest from error


def _configure(application: Flask, services: ApiServices) -> None:
    application.config.update(
        TRUSTED_HOSTS=list(services.settings.hosts) or None,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        SERVERS=[{"url": PLACE}],
        DESCRIPTION=document.ABOUT,
        AUTO_OPERATION_ID=True,
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
    )
    if services.settings.https:
        # One server before us ends the encryption and says who called, under which name.
        application.wsgi_app = ProxyFix(application.wsgi_app, x_for=1, x_proto=1, x_host=1)


def _begin() -> None:
    g.reference_number = request_number(request.headers.get("X-Request-Id"))
    begin_request(g.reference_number)
    g.begun = time.perf_counter()


def _finish(response: Response) -> Response:
    if "begun" not in g:  # a host that is not ours is refused before anything of ours runs
        _begin()
    headers = response.headers
    headers["X-Request-Id"] = reference_number()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if services().settings.https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    headers.setdefault("Cache-Control", "no-store")
    _tell(response)
    return response


def _tell(response: Response) -> None:
    """Count the request and write its line: its rule and not its path, which may name a connection."""
    route = f"{PLACE}{request.url_rule.rule if request.url_rule else '/(nothing)'}"
    took = time.perf_counter() - g.begun
    services().count(route, request.method, response.status_code, took)
    # Not who: how many scopes tells a token from none.
    scopes = len(g.token.scopes) if "token" in g else 0
    method, status, took_ms = known_method(request.method), response.status_code, round(1000 * took)
    tell(LOG, "request", method=method, route=route, status=status, scopes=scopes, duration_ms=took_ms)
