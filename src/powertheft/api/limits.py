"""How often a program may ask. Rule of the room: knows the use cases only."""

import hashlib

from flask import Flask, Response, request
from flask_limiter import ApplicationLimit, Limiter
from flask_limiter.util import get_remote_address


def install(application: Flask, *, requests: int, refusals: int) -> Limiter:
    """Count requests of a minute by token, and refused ones by address; each process counts for itself."""
    return Limiter(
        key_func=get_remote_address,
        app=application,
        application_limits=[
            ApplicationLimit(f"{requests} per minute", key_function=asking, scope="asked"),
            ApplicationLimit(
                f"{refusals} per minute", key_function=get_remote_address, deduct_when=was_refused, scope="refused"
            ),
        ],
        storage_uri="memory://",
        headers_enabled=True,
        retry_after="delta-seconds",
    )


def asking() -> str:
    """Return who asks, in a form that can stand in a memory."""
    given = request.headers.get("Authorization")
    return hashlib.sha256(given.encode("utf-8", "replace")).hexdigest() if given else get_remote_address()


def was_refused(response: Response) -> bool:
    """Return whether a request came without a token that can be used."""
    return response.status_code == 401
