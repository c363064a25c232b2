"""Search: cases, connections, data, models, pages, words. Rule of the room: one URL, one view, one template.

A kind of thing that can be found is one function in `FINDERS`, from what is looked for to its hits; whoever may not see
it finds none, without a word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.wrappers import Response
from flask_babel import gettext

from powertheft.actions import find_by_name
from powertheft.domain.permissions import Permission
from powertheft.domain.pseudonyms import short_pseudonym
from powertheft.web.access import current_actor, current_house, signed_in
from powertheft.web.formats import number, per_cent
from powertheft.web.frame import BELOW, MAIN, entries
from powertheft.web.glossary import find_words
from powertheft.web.inspections_words import STATE_WORDS
from powertheft.web.models_blueprint import STATE_WORDS as MODEL_STATE_WORDS
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
    shown = {name: find for name, (asks, find) in FINDERS.items() if asks is None or current_actor().can(asks)}
    found = {name: find(wanted)[:MOST] for name, find in shown.items()} if wanted else {}
    return render_page("search/index.html", part="found", wanted=wanted, found=found)


def find_cases(wanted: str) -> Sequence[Hit]:
    """Find cases by their number, or by how their connection begins."""
    return [
        Hit(
            gettext("Case %(number)s", number=case.number),
            url_for("inspections.case", number=case.number),
            gettext(
                "connection %(name)s, %(state)s",
                name=short_pseudonym(case.consumer_id),
                state=str(STATE_WORDS[case.state][0]),
            ),
        )
        for case in find_by_name.find_cases(current_house(), wanted, most=MOST)
    ]


def find_connections(wanted: str) -> Sequence[Hit]:
    """Find connections of the newest lists by how their pseudonym begins."""
    return [
        Hit(
            short_pseudonym(found.consumer_id),
            url_for("predictions.connection", number=found.scoring.number, consumer_id=found.consumer_id),
            gettext(
                "rank %(rank)s of list %(number)s, %(share)s likely: %(places)s",
                rank=number(found.rank),
                number=found.scoring.number,
                share=per_cent(found.probability),
                places=", ".join(found.places) or found.scoring.dataset,
            ),
        )
        for found in find_by_name.find_connections(current_house(), wanted, most=MOST)
    ]


def find_datasets(wanted: str) -> Sequence[Hit]:
    """Find datasets by their name."""
    found = find_by_name.find_datasets(current_house(), wanted, most=MOST)
    return [Hit(name, url_for("data.dataset", name=name)) for name in found]


def find_models(wanted: str) -> Sequence[Hit]:
    """Find versions of models by their name."""
    return [
        Hit(
            found.reference,
            url_for("models.report", reference=found.reference),
            gettext(
                "%(algorithm)s, %(state)s", algorithm=found.algorithm, state=str(MODEL_STATE_WORDS[found.state][0])
            ),
        )
        for found in find_by_name.find_models(current_house(), wanted, most=MOST)
    ]


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


FINDERS: dict[str, tuple[Permission | None, Callable[[str], Sequence[Hit]]]] = {
    lazy_gettext("Cases"): ("inspection.read", find_cases),
    lazy_gettext("Connections"): ("list.read", find_connections),
    lazy_gettext("Datasets"): ("dataset.read", find_datasets),
    lazy_gettext("Models"): ("model.read", find_models),
    lazy_gettext("Pages"): (None, find_pages),
    lazy_gettext("Words"): (None, find_meanings),
}
"""What finds each kind of thing, and what one must be allowed to do to be shown any of it."""
