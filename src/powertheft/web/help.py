"""Help: how the way goes, and what the words mean. Rule of the room: one URL, one view, one template."""

from flask import Blueprint, request
from flask.wrappers import Response

from powertheft.web.access import signed_in
from powertheft.web.glossary import find_words
from powertheft.web.rendering import render_page

pages = Blueprint("help", __name__, url_prefix="/help")


@pages.get("/")
@signed_in
def index() -> Response:
    """Show the way through the house."""
    return render_page("help/index.html")


@pages.get("/words")
@signed_in
def words() -> Response:
    """Show the glossary, all of it or what is looked for."""
    wanted = request.args.get("q", "")
    return render_page("help/words.html", part="found", wanted=wanted, words=find_words(wanted))
