"""Every error as a problem document (RFC 9457): what is wrong, where, what to do. Rule of the room: here alone.

A defect of ours is told by its reference number and nothing else; the log has the lines of code for it.
"""

import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from apiflask import APIFlask, HTTPError
from flask import Response, jsonify
from werkzeug.exceptions import HTTPException, NotFound, SecurityError

from powertheft.api.services import reference_number
from powertheft.domain.errors import AccessError, ChoiceError, InputError, StateError, UserError
from powertheft.logs import tell_defect

LOG = logging.getLogger("powertheft.api")
MEDIA_TYPE = "application/problem+json"
KINDS: Mapping[type[UserError], HTTPStatus] = {AccessError: HTTPStatus.FORBIDDEN, StateError: HTTPStatus.CONFLICT}
TOLD_HEADERS = frozenset({"allow", "retry-after", "www-authenticate"})

WORDS: Mapping[int, tuple[str, str]] = {
    400: ("the request cannot be read", "Send JSON as the reference of the API shows it."),
    401: (
        "no token that can be used came with the request",
        "Send the header `Authorization: Bearer pt_...`; make a token under Settings, Tokens.",
    ),
    403: ("this is not open to anybody", "See the reference of the API for what is."),
    404: ("there is nothing under this address", "See the reference of the API; what it named may have been deleted."),
    405: ("this address does not take this method", "The header Allow names those that it takes."),
    413: ("more was sent than is taken at once", "Send less, or a file in several parts."),
    415: ("this content type is not taken", "Send JSON with `Content-Type: application/json`."),
    416: ("this part cannot be given", "Ask for the whole."),
    429: ("too many requests came in a short time", "Wait as many seconds as the header Retry-After says."),
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What is wrong, where, and what to do (RFC 9457).",
    "required": ["type", "title", "status", "detail", "reference"],
    "properties": {
        "type": {"type": "string", "description": "The kind of error; about:blank where the status says all."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong."},
        "advice": {"type": "string", "description": "What to do."},
        "file": {"type": "string"},
        "row": {"type": "integer"},
        "field": {"type": "string", "description": "The field of the request, or the column of the file."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "reference": {"type": "string", "description": "What this request is called in the log."},
    },
}


def install(application: APIFlask) -> None:
    """Answer every error with a problem document."""
    application.register_error_handler(UserError, refuse)
    application.register_error_handler(HTTPError, refuse_fields)
    application.register_error_handler(HTTPException, answer_http)
    application.register_error_handler(Exception, admit_defect)


@contextmanager
def absent_is_not_found() -> Generator[None, None, None]:
    """Say 404 where what an address names is not there; elsewhere in a request the same error is a wrong choice."""
    try:
        yield
    except (ChoiceError, InputError) as error:
        raise NotFound(f"{error.what}\n{error.advice}") from error


def refuse(error: UserError) -> Response:
    """Tell an error that a person can mend."""
    status = KINDS.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    kind = type(error).__name__.removesuffix("Error").lower()
    where = {"file": error.file, "row": error.row, "field": error.column}
    return _problem(status, error.what, advice=error.advice, kind=kind, **where)


def refuse_fields(error: HTTPError) -> Response:
    """Tell which fields of a request are not as they should be."""
    found: dict[str, Any] = error.detail if isinstance(error.detail, dict) else {}
    told = [
        {"field": field, "detail": sentence}
        for fields in found.values()
        for field, sentences in fields.items()
        for sentence in sentences
    ]
    advice = "Correct the fields that `errors` names."
    return _problem(error.status_code, "the request is not as it should be", advice=advice, kind="fields", errors=told)


def answer_http(error: HTTPException) -> Response:
    """Tell what HTTP says, in words."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    what, advice = WORDS.get(status, ("the request was refused", "See the reference of the API."))
    if isinstance(error, SecurityError):
        what, advice = "powertheft is not served under this name", "POWERTHEFT_HOSTS lists those that it answers to."
    elif isinstance(error, NotFound) and "\n" in (error.description or ""):
        what, _, advice = str(error.description).partition("\n")
    response = _problem(status, what, advice=advice)
    response.headers.extend({name: value for name, value in error.get_headers() if name.casefold() in TOLD_HEADERS})
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="powertheft"'
    return response


def admit_defect(error: Exception) -> Response:
    """Tell a defect of ours by its number; the log has the lines of code, never the values in them."""
    tell_defect(LOG, error, request_id=reference_number())
    what = "this is a defect of powertheft, not a mistake of yours"
    advice = f"Tell your administrator the number {reference_number()}: the log has it."
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, what, advice=advice)


def _problem(status: int, what: str, *, advice: str = "", kind: str = "", **more: Any) -> Response:
    told = {
        "type": f"urn:powertheft:problem:{kind}" if kind else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": what[:1].upper() + what[1:],
        "advice": advice,
        "reference": reference_number(),
        **more,
    }
    response = jsonify({name: value for name, value in told.items() if value not in ("", None)})
    response.status_code = int(status)
    response.mimetype = MEDIA_TYPE
    return response
