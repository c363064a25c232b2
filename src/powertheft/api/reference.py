"""The reference of the API as a page, made of its own document; nothing is loaded from elsewhere. Rule: no use case."""

import re
from pathlib import Path
from typing import Any, cast

from apiflask import APIFlask
from flask import Blueprint, Response, current_app, render_template
from markupsafe import Markup, escape

from powertheft.api.access import public

pages = Blueprint("reference", __name__, template_folder="templates")
STYLE = Path(__file__).parent / "templates" / "reference.css"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@pages.get("/")
@public
def index() -> Response:
    """Show every operation by group: scope, what comes in, what goes out."""
    document = cast("dict[str, Any]", cast(APIFlask, current_app).spec)
    page = render_template(
        "reference.html", document=document, groups=groups_of(document), fields=Fields(document), marked=marked
    )
    return Response(page, headers={"Content-Security-Policy": POLICY})


@pages.get("/reference.css")
@public
def style() -> Response:
    """Return the style of the page."""
    return Response(STYLE.read_text("utf-8"), mimetype="text/css", headers={"Cache-Control": "max-age=3600"})


def marked(text: str) -> Markup:
    """Return a sentence with what stands between backticks as code.

    Examples
    --------
    >>> marked("The `next` of <it>")
    Markup('The <code>next</code> of &lt;it&gt;')
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def groups_of(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations of a document by their tag, in the order of its paths."""
    found: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            scopes = [scope for one in operation.get("security", []) for scope in one["token"]]
            entry = {**operation, "path": path, "method": method.upper(), "scopes": scopes}
            found.setdefault(operation["tags"][0], []).append(entry)
    return {tag: entries for tag, entries in found.items() if entries}


class Fields:
    """The fields of a schema of the document, each in words: name, what it can be, whether it must be there."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas: dict[str, Any] = document["components"]["schemas"]

    def of(self, schema: dict[str, Any]) -> list[tuple[str, str, bool]]:
        """Return the fields of a schema, and the fields of those that are objects themselves, as outer.inner."""
        whole = self._resolved(schema)
        needed = whole.get("required", [])
        found: list[tuple[str, str, bool]] = []
        for name, one in whole.get("properties", {}).items():
            found.append((name, self.words(one), name in needed))
            found += [(f"{name}.{inner}", words, False) for inner, words, _ in self.of(one)] if "$ref" in one else []
        return found

    def meaning(self, schema: dict[str, Any]) -> str:
        """Return what a schema's own sentence says."""
        return str(self._resolved(schema).get("description", ""))

    def words(self, schema: dict[str, Any]) -> str:
        """Return what a value can be."""
        kind = self._kind(schema)
        default = schema.get("default")
        return kind if default in (None, "", [], {}) or "$ref" in schema else f"{kind}; {default} unless said"

    def _kind(self, schema: dict[str, Any]) -> str:
        if "$ref" in schema:
            return "object"
        if "enum" in schema:
            return " | ".join(map(str, schema["enum"]))
        if "anyOf" in schema:
            return " or ".join(self._kind(one) for one in schema["anyOf"])
        kind = str(schema.get("type", "anything"))
        if kind == "array":
            return f"list of {self._kind(schema.get('items', {}))}"
        unit = f" ({schema['format']})" if "format" in schema else ""
        return f"{kind}{unit}"

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in schema:
            return self._schemas[schema["$ref"].rsplit("/", 1)[-1]]
        return schema
