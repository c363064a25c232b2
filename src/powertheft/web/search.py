"""Search: datasets, pages, words. Rule of the room: one URL, one view, one template.

A kind of thing that can be found is one function in `FINDERS`, from what is looked for to its hits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.wrappers import Response

from powertheft.web.access import current_actor, current_house, signed_in
from powertheft.web.frame import BELOW, MAIN, entries
from powertheft.web.glossary import find_words
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

pages = Blueprint("search", __name__, url_prefix="/search")
MOST = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: what it is called, where it leads, and a line about it."""

    title: str
    address: str
    line: str = ""


@pages.get("/")
@signed_in
def index() -> Response:
    """Show what was found."""
    wanted = request.args.get("q", "").strip()
    found = {title: find(wanted)[:MOST] for title, find in FINDERS.items()} if wanted else {}
    return render_page("search/index.html", part="found", wanted=wanted, found=found)


def find_datasets(wanted: str) -> Sequence[Hit]:
    """Find datasets by their name."""
    actor = current_actor()
    if not actor.can("dataset.read"):
        return []
    with current_house().store.read(actor.name) as work:
        names = work.datasets.list_datasets()
    return [Hit(name, url_for("data.index")) for name in names if wanted.casefold() in name.casefold()]


def find_pages(wanted: str) -> Sequence[Hit]:
    """Find entries of the navigation."""
    shown = [*entries(MAIN), *entries(BELOW)]
    return [
        Hit(str(entry.label), url_for(entry.endpoint))
        for entry in shown
        if wanted.casefold() in str(entry.label).casefold()
    ]


def find_meanings(wanted: str) -> Sequence[Hit]:
    """Find words of the glossary."""
    return [
        Hit(word.word, url_for("help.words", q=word.word, _anchor=word.anchor), word.meaning)
        for word in find_words(wanted)
    ]


FINDERS: dict[str, Callable[[str], Sequence[Hit]]] = {
    lazy_gettext("Datasets"): find_datasets,
    lazy_gettext("Pages"): find_pages,
    lazy_gettext("Words"): find_meanings,
}
