"""Monitoring: what has moved since. Rule of the room: one URL, one view, one template."""

from flask import Blueprint
from flask.wrappers import Response

from powertheft.web.access import needs
from powertheft.web.rendering import render_page

pages = Blueprint("monitoring", __name__, url_prefix="/monitoring")


@pages.get("/")
@needs("model.read")
def index() -> Response:
    """Show the first page of the group."""
    return render_page("monitoring/index.html")
