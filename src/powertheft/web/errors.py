"""Every error as a page: what is wrong, where, what to do. Rule of the room: errors become pages here alone."""

import logging
from http import HTTPStatus

from flask import Flask, Response, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from powertheft.domain.errors import AccessError, StateError, UserError
from powertheft.logs import tell_defect
from powertheft.web.rendering import render_block, wants_part
from powertheft.web.services import request_id

LOG = logging.getLogger("powertheft.web")
TEMPLATE = "errors/error.html"


def install(application: Flask) -> None:
    """Answer every error with a page."""
    application.register_error_handler(UserError, refuse)
    application.register_error_handler(CSRFError, refuse_form)
    application.register_error_handler(HTTPException, answer_http)
    application.register_error_handler(Exception, admit_defect)


def status_of(error: UserError) -> int:
    """Return the number of HTTP that says what kind of error it is."""
    kinds: dict[type[UserError], HTTPStatus] = {AccessError: HTTPStatus.FORBIDDEN, StateError: HTTPStatus.CONFLICT}
    return kinds.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY)


def refuse(error: UserError) -> Response:
    """Show an error that a person can mend."""
    where = ", ".join(
        part
        for part in (
            error.file or "",
            gettext("row %(row)s", row=error.row) if error.row is not None else "",
            gettext("column %(column)s", column=error.column) if error.column else "",
        )
        if part
    )
    title = gettext("Not allowed") if isinstance(error, AccessError) else gettext("This did not work")
    return _page(status_of(error), title, error.what[:1].upper() + error.what[1:], where=where, advice=error.advice)


def refuse_form(_: CSRFError) -> Response:
    """Show that a form is too old to be trusted."""
    what = gettext("The page was opened before you signed in or out, so its form is not accepted.")
    return _page(HTTPStatus.BAD_REQUEST, gettext("Please send it again"), what, advice=gettext("Reload the page."))


def answer_http(error: HTTPException) -> Response:
    """Show what HTTP says, in words."""
    if isinstance(error, SecurityError):
        # Called by a name that is not ours: there is no address that a page could be built for.
        words = gettext("powertheft is not served under this name. POWERTHEFT_HOSTS lists those that it answers to.")
        return Response(words, HTTPStatus.BAD_REQUEST, mimetype="text/plain")
    status = error.code or 500
    title, what, advice = _http_words().get(
        status, (gettext("This did not work"), gettext("The server refused the request."), gettext("Go back one page."))
    )
    response = _page(status, title, what, advice=advice)
    for name, value in error.get_headers():
        if name.casefold() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def admit_defect(error: Exception) -> Response:
    """Show a defect of ours by its number; the log has the lines of code, never the values in them."""
    tell_defect(LOG, error, request_id=request_id())
    what = gettext("This is a defect of powertheft, not a mistake of yours. Nothing you entered elsewhere is lost.")
    advice = gettext("Tell your administrator the number %(number)s: the log has it.", number=request_id())
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, gettext("Something broke here"), what, advice=advice)


def _http_words() -> dict[int, tuple[str, str, str]]:
    return {
        400: (gettext("Not understood"), gettext("The request was not complete."), gettext("Reload the page.")),
        403: (
            gettext("Not allowed"),
            gettext("Your roles do not include this page."),
            gettext("Ask an administrator for the role."),
        ),
        404: (
            gettext("There is no such page"),
            gettext("The address leads nowhere; what it named may have been deleted."),
            gettext("Start again from the navigation or the search."),
        ),
        405: (gettext("Not understood"), gettext("This address is not opened so."), gettext("Go back one page.")),
        413: (
            gettext("Too large"),
            gettext("More was sent than this page takes."),
            gettext("Send less, or in several parts."),
        ),
        429: (
            gettext("Too many tries"),
            gettext("Somebody tried this too often in a short time."),
            gettext("Wait five minutes, then try again."),
        ),
    }


def _page(status: int, title: str, what: str, *, where: str = "", advice: str = "") -> Response:
    values = {
        "title": title,
        "what": what,
        "where": where,
        "advice": advice,
        "status": int(status),
        "number": request_id(),
    }
    if wants_part() or request.headers.get("HX-Request"):
        # Whatever part was asked for: an error is read where the page's content is.
        response = Response(render_block(TEMPLATE, "content", **values), status)
        response.headers["HX-Retarget"] = "#content"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    return Response(render_template(TEMPLATE, **values), status)
