"""Explore: what a dataset looks like. Rule of the room: one URL, one view, one template."""

from flask import Blueprint
from flask.wrappers import Response

from powertheft.web.access import needs
from powertheft.web.rendering import render_page

pages = Blueprint("explore", __name__, url_prefix="/explore")


@pages.get("/")
@needs("dataset.read")
def index() -> Response:
    """Show the first page of the group."""
    return render_page("explore/index.html")
