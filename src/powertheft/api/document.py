"""What the OpenAPI document says beyond what APIFlask reads from the views. Rule of the room: knows no use case."""

import re
from collections.abc import Iterator
from typing import Any

from apiflask import APIFlask

from powertheft.api.access import ANY_TOKEN, PUBLIC, scope_of
from powertheft.api.errors import MEDIA_TYPE, SCHEMA
from powertheft.api.once import HEADER
from powertheft.api.shapes import MOST

TOKEN = "token"
FAILURES = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500)
ABOUT = """\
The same use cases as the pages, for programs. Make a token under Settings, Tokens, or with `powertheft token make`, and
send it as `Authorization: Bearer pt_...`. A token acts for its owner and never may more than its owner's roles.

Lists come in parts: `next` of one answer is the `cursor` of the next request. Errors are problem documents (RFC 9457):
`detail` says what is wrong, `advice` what to do. Work in the background is a job: ask for it, then look at it until its
`state` is done. A request for a job may carry an `Idempotency-Key`: the same key gives the same job.

What a list says is an indication, not proof.
"""

KEY_PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A random word of yours: the same one gives the same job, however often the request is sent.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def complete(application: APIFlask, document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with scopes, problem documents, the key of requests and the bodies that are bytes."""
    components = document.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = SCHEMA
    components["responses"] = {
        "Problem": {
            "description": "What is wrong, where, and what to do.",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    components["securitySchemes"] = {TOKEN: {"type": "http", "scheme": "bearer", "bearerFormat": "pt_..."}}
    scopes = dict(_scopes(application))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete(operation, scopes[path, method.upper()])
    return document


def _scopes(application: APIFlask) -> Iterator[tuple[tuple[str, str], str]]:
    for rule in application.url_map.iter_rules():
        path = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
        for method in rule.methods or ():
            yield (path, method), scope_of(application.view_functions[rule.endpoint]) or ""


def _complete(operation: dict[str, Any], scope: str) -> None:
    for parameter in operation["parameters"]:
        parameter["schema"].pop("title", None)
        if parameter["in"] == "path":
            is_number = parameter["name"] == "number"
            text = {"type": "string", "minLength": 1, "maxLength": 200}
            parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": MOST} if is_number else text
    if scope not in {PUBLIC, ""}:
        operation["security"] = [{TOKEN: [] if scope == ANY_TOKEN else [scope]}]
        for status in FAILURES:
            operation["responses"].setdefault(str(status), {"$ref": "#/components/responses/Problem"})
    if operation.pop("x-asked-once", False):
        operation["parameters"].append(KEY_PARAMETER)
    body = operation.pop("x-body", None)
    if body:
        content = {body: {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": content}
    elif "requestBody" in operation:
        operation["requestBody"]["required"] = True
