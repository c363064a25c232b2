"""Jobs: what works in the background. Rule of the room: one URL, one view, one template."""

from flask import Blueprint
from flask.wrappers import Response

from powertheft.web.access import needs
from powertheft.web.rendering import render_page

pages = Blueprint("jobs", __name__, url_prefix="/jobs")


@pages.get("/")
@needs("job.read")
def index() -> Response:
    """Show the first page of the group."""
    return render_page("jobs/index.html")
