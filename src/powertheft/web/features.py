"""Features: the catalogue and sets of it. Rule of the room: one URL, one view, one template."""

from flask import Blueprint
from flask.wrappers import Response

from powertheft.web.access import needs
from powertheft.web.rendering import render_page

pages = Blueprint("features", __name__, url_prefix="/features")


@pages.get("/")
@needs("dataset.read")
def index() -> Response:
    """Show the first page of the group."""
    return render_page("features/index.html")
