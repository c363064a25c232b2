"""Our own files: styles, scripts, fonts, the libraries. Rule of the room: knows the use cases, never the store.

All of them lie under one address with the hash of their contents: a style finds its fonts and a script its modules by
a relative path, and a browser may keep everything until something changes.
"""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, request, url_for

from powertheft.web.access import public
from powertheft.web.compression import LEVEL, PACKED, SMALLEST

FOLDER = Path(__file__).parent / "static"
VENDOR = FOLDER / "vendor"
PROBLEM = VENDOR / "problem.txt"
YEAR = 365 * 24 * 3600
TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


def install(application: Flask) -> None:
    """Serve the files, and let templates name one: `static_file("style/base.css")`."""
    application.add_url_rule("/static/<version>/<path:name>", "static", send)
    application.add_template_global(static_file, "static_file")


def is_complete() -> bool:
    """Return whether the front-end files of others are here."""
    return (VENDOR / "complete").is_file()


def static_file(name: str) -> str:
    """Return the address of a file."""
    return url_for("static", version=version(), name=name)


@cache
def version() -> str:
    """Return the hash of all files, once a process."""
    total = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(FOLDER).as_posix().encode())
            total.update(path.read_bytes())
    return total.hexdigest()[:12]


@public
def send(version: str, name: str) -> Response:
    """Send a file; an address of an older release gets today's, and is not kept."""
    path = (FOLDER / name).resolve()
    if not path.is_relative_to(FOLDER) or not path.is_file():
        abort(404)
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = kind in PACKED and "gzip" in request.accept_encodings and path.stat().st_size >= SMALLEST
    response = Response(_packed(path, path.stat().st_mtime_ns) if packed else path.read_bytes(), mimetype=kind)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if version == _current() else "no-cache"
    return response


def _current() -> str:
    return version()


@cache
def _packed(path: Path, changed: int) -> bytes:  # noqa: ARG001  a changed file is packed anew
    return gzip.compress(path.read_bytes(), LEVEL, mtime=0)
