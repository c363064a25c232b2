"""Predictions: lists and single connections. Rule of the room: one URL, one view, one template."""

from flask import Blueprint
from flask.wrappers import Response

from powertheft.web.access import needs
from powertheft.web.rendering import render_page

pages = Blueprint("predictions", __name__, url_prefix="/predictions")


@pages.get("/")
@needs("list.read")
def index() -> Response:
    """Show the first page of the group."""
    return render_page("predictions/index.html")
