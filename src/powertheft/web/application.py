"""The application and what stands around every page. Rule of the room: knows the use cases, never the store."""

from datetime import timedelta

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from powertheft.actions.show_service import check_service, measure_service
from powertheft.web import (
    access,
    alerts,
    compression,
    data,
    errors,
    explore,
    features,
    feedback_list,
    formats,
    frame,
    headers,
    health,
    inspections,
    jobs,
    limits,
    measuring,
    models,
    monitoring,
    overview,
    people,
    predictions,
    rendering,
    search,
    session,
    settings,
    static_files,
    tokens,
    words,
)
from powertheft.web import help as help_pages
from powertheft.web.services import Services, keep_services

BLUEPRINTS = (
    overview.pages,
    data.pages,
    explore.pages,
    features.pages,
    models.pages,
    predictions.pages,
    inspections.pages,
    monitoring.pages,
    jobs.pages,
    alerts.pages,
    feedback_list.pages,
    help_pages.pages,
    settings.pages,
    tokens.pages,
    people.pages,
    session.pages,
    search.pages,
    health.pages,
)
"""Every group of pages."""

SESSION_LIFETIME = timedelta(hours=12)
LARGEST_FORM = 1 << 20
"""Bytes of a form; the view of an upload, which streams, sets `request.max_content_length` for itself."""


def create_application(services: Services) -> Flask:
    """Return the pages, put together with what they need."""
    application = Flask("powertheft.web", static_folder=None)
    _configure(application, services)
    keep_services(application, services)
    measuring.keep_meter(application, _make_meter(services))
    headers.install(application)
    CSRFProtect(application)
    words.install(application)
    limits.limiter.init_app(application)
    access.guard(application)
    formats.install(application)
    static_files.install(application)
    frame.install(application)
    application.add_template_global(feedback_list.may_say, "may_say")
    rendering.install(application)
    errors.install(application)
    compression.install(application)
    for blueprint in BLUEPRINTS:
        application.register_blueprint(blueprint)
    return application


def _make_meter(services: Services) -> measuring.Meter:
    house = health.house_of_service(services)
    return measuring.Meter(lambda: check_service(house), lambda: measure_service(house))


def _configure(application: Flask, services: Services) -> None:
    https = services.settings.https
    application.config.update(
        SECRET_KEY=services.settings.secret_key,
        SESSION_COOKIE_NAME="__Host-powertheft" if https else "powertheft",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        PREFERRED_URL_SCHEME="https" if https else "http",
        TRUSTED_HOSTS=list(services.settings.hosts) or None,
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=https,
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
        SECURITY_FLASH_MESSAGES=False,
        RATELIMIT_STORAGE_URI="memory://",
        RATELIMIT_HEADERS_ENABLED=True,
    )
    application.jinja_options = {**application.jinja_options, "trim_blocks": True, "lstrip_blocks": True}
    if https:
        # One server before us ends the encryption and says who called, under which name.
        application.wsgi_app = ProxyFix(application.wsgi_app, x_for=1, x_proto=1, x_host=1)
    health.install(application, services.settings.hosts)
