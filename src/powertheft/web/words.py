"""The language of the pages. Rule of the room: knows the use cases, never the store.

All words of a page go through gettext: `_("...")` in a template, `gettext` or `lazy_gettext` of flask_babel in a view.
`make words` gathers them; a translation is translations/<language>/LC_MESSAGES/messages.po.
"""

from collections.abc import Callable
from typing import cast

import flask_babel
from flask import Flask, request
from flask_babel import Babel, get_locale

ENGLISH = "en"

# Looks like text to all that take it, and is looked up when it is shown.
lazy_gettext = cast(Callable[..., str], flask_babel.lazy_gettext)


def install(application: Flask) -> None:
    """Let gettext answer in the language that the browser asks for, if we have it."""
    application.config.setdefault("BABEL_DEFAULT_LOCALE", ENGLISH)
    known: list[str] = []
    babel = Babel(application, locale_selector=lambda: request.accept_languages.best_match(known) or ENGLISH)
    with application.app_context():
        known += map(str, babel.list_translations())
    application.add_template_global(get_locale, "get_locale")
