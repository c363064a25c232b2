"""Addresses of data that are no files here: databases and buckets. Rule of the room: rename nothing.

What is secret in an address (its password) is shown nowhere: `shown` is what messages and metadata hold.
"""

import re

SQL = ("sqlite", "postgresql", "postgres", "mysql", "mariadb")
BUCKETS = ("s3",)
_SECRET = re.compile(r"(?<=://)([^/@:#?]*):([^#]*)@")
_QUERY_SECRET = re.compile(r"(?i)([?&][^=&#]*(?:password|passwd|secret|token)[^=&#]*=)[^&#]*")


def scheme_of(place: str) -> str:
    """Return the scheme of an address in small letters without its driver; empty where it is a path."""
    before, mark, _ = place.partition("://")
    return before.partition("+")[0].casefold() if mark and before.replace("+", "").isalnum() else ""


def is_database(place: str) -> bool:
    """Whether a place is the address of a database."""
    return scheme_of(place) in SQL


def shown(address: str) -> str:
    """Return an address as it may be shown: without password, and with a query instead of its words."""
    place, mark, fragment = address.partition("#")
    place = _QUERY_SECRET.sub(r"\1***", _SECRET.sub(r"\1:***@", place + "#")[:-1])
    if mark and is_query(fragment):
        fragment = "query"
    return f"{place}{mark}{fragment}"


def is_query(fragment: str) -> bool:
    """Whether what follows the # is a query and not the name of a table."""
    words = fragment.strip().casefold().split(None, 1)
    return len(words) > 1 and words[0] in {"select", "with"}
