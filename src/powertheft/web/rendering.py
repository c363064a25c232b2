"""A whole page, or the part of it that htmx asks for. Rule of the room: one URL, one view, one template."""

from typing import Any

from flask import Flask, current_app, make_response, render_template, request
from flask.wrappers import Response
from jinja2.runtime import Macro

PARTS = ("icons", "page", "feedback", "forms", "tables", "saying", "figures")


def install(application: Flask) -> None:
    """Let every template, and every block of one, use the macros of templates/parts without importing them."""
    environment = application.jinja_env
    for name in PARTS:
        module = environment.get_template(f"parts/{name}.html").module
        for macro, value in vars(module).items():
            if isinstance(value, Macro):
                environment.globals[macro] = value


def wants_part() -> bool:
    """Return whether htmx asks for a part; what it asks for as a whole page (history, links) it gets whole."""
    return request.headers.get("HX-Request-Type") == "partial"


def render_page(template: str, *, part: str | None = None, status: int = 200, **values: Any) -> Response:
    """Return the page, or only its block `part` where htmx asks for a part and the view has one.

    Words of `flash` ride along with a part, into the corner where they are read.
    """
    if part is None or not wants_part():
        return make_response(render_template(template, **values), status)
    return make_response(
        render_block(template, part, **values) + render_template("parts/toasts.html", oob=True), status
    )


def render_block(template: str, block: str, **values: Any) -> str:
    """Return one block of a template, with what every template knows."""
    current_app.update_template_context(values)
    found = current_app.jinja_env.get_template(template)
    return "".join(found.blocks[block](found.new_context(values)))
