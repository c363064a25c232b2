"""Overview: where we stand and what to do next. Rule of the room: one URL, one view, one template."""

from flask import Blueprint
from flask.wrappers import Response

from powertheft.web.access import current_actor, current_house, signed_in
from powertheft.web.rendering import render_page

pages = Blueprint("overview", __name__)


@pages.get("/")
@signed_in
def index() -> Response:
    """Show where we stand."""
    house, actor = current_house(), current_actor()
    datasets: list[str] = []
    if actor.can("dataset.read"):
        with house.store.begin(actor.name) as work:
            datasets = list(work.datasets.list_datasets())
    return render_page("overview/index.html", datasets=datasets)
