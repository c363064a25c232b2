"""Help: the way, what each page is for, what the words mean. Rule of the room: one URL, one view, one template."""

from collections.abc import Mapping

from flask import Blueprint, request
from flask.wrappers import Response

from powertheft.web.access import signed_in
from powertheft.web.frame import BELOW, MAIN, entries
from powertheft.web.glossary import find_words
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

pages = Blueprint("help", __name__, url_prefix="/help")


PURPOSES: Mapping[str, tuple[str, str]] = {
    "overview": (
        lazy_gettext("Where do we stand, and what do I do next?"),
        lazy_gettext(
            "Loss, what was recovered, how many visits find theft, what is worth a visit; what waits for you."
        ),
    ),
    "data": (
        lazy_gettext("What do we have, and how good is it?"),
        lazy_gettext(
            "Bring in ledgers, readings and inspection results; every import is a version that never changes."
        ),
    ),
    "explore": (
        lazy_gettext("What do the data look like?"),
        lazy_gettext(
            "Consumption, missing readings, energy balance, features, a map, and one connection's whole history."
        ),
    ),
    "features": (
        lazy_gettext("What does a model see of a connection?"),
        lazy_gettext(
            "Each number with its meaning, how it is spread, whether it may give the answer away; sets to choose."
        ),
    ),
    "models": (
        lazy_gettext("How good is a model, and which one do we use?"),
        lazy_gettext("Train, read the report, compare two, say which one makes the lists."),
    ),
    "predictions": (
        lazy_gettext("Which connections are worth a visit, and why?"),
        lazy_gettext(
            "Lists with reasons in words; a page for each connection, with what would have to be different; the rules "
            "that squads go by."
        ),
    ),
    "inspections": (
        lazy_gettext("Who goes where, and what was found?"),
        lazy_gettext("Choose this week's visits, hand them out, record outcomes on the phone or print sheets."),
    ),
    "monitoring": (
        lazy_gettext("Has anything moved?"),
        lazy_gettext(
            "What is watched in the data, the model and what visits find: its history, what it says, what to do."
        ),
    ),
    "jobs": (
        lazy_gettext("What is at work?"),
        lazy_gettext("Imports, training and lists run in the background: how far, how long, cancel, try again."),
    ),
    "help": (
        lazy_gettext("How does this go?"),
        lazy_gettext("The way from a file to a find, what each page is for, and what the words mean."),
    ),
    "settings": (
        lazy_gettext("Who am I here, and what is set?"),
        lazy_gettext("Password and theme; for administrators people, schedules and the audit trail."),
    ),
}
"""The question that each group of pages answers, and what is found there."""


@pages.get("/pages")
@signed_in
def purposes() -> Response:
    """Show what each page is for, of those that one may see."""
    shown = [(entry, *PURPOSES[entry.group]) for entry in (*entries(MAIN), *entries(BELOW))]
    return render_page("help/pages.html", shown=shown)


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
