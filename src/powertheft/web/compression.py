"""Answers in text travel packed. Rule of the room: knows the use cases, never the store."""

import gzip

from flask import Flask, Response, request

PACKED = {
    "application/geo+json",
    "application/json",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
}
SMALLEST = 1024
LEVEL = 5


def install(application: Flask) -> None:
    """Pack what is text, not tiny, and not sent in a stream."""
    application.after_request(_pack)


def can_pack(response: Response) -> bool:
    """Return whether this answer becomes shorter and its reader can unpack it."""
    return (
        response.mimetype in PACKED
        and "gzip" in request.accept_encodings
        and "Content-Encoding" not in response.headers
        and not response.is_streamed
        and not response.direct_passthrough
        and response.status_code not in {204, 206, 304}
    )


def _pack(response: Response) -> Response:
    if not can_pack(response):
        return response
    plain = response.get_data()
    if len(plain) >= SMALLEST:
        response.set_data(gzip.compress(plain, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
    return response
