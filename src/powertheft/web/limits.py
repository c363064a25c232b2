"""How often somebody may try. Rule of the room: knows the use cases, never the store."""

import hashlib

from flask import request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(key_func=get_remote_address)
TRIES_OF_ADDRESS = "20 per minute; 200 per hour"
TRIES_OF_NAME = "10 per 5 minutes; 40 per hour"


def tried_name() -> str:
    """Return which name is being tried, in a form that can stand in a memory."""
    return hashlib.sha256(request.form.get("name", "").strip().casefold().encode()).hexdigest()
