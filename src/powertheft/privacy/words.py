"""What personal columns are called: the words of words.toml, and how a header is compared with them.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\D)(?=\d)|(?<=\d)(?=\D)")


@dataclass(frozen=True, slots=True)
class Words:
    """The lists of words.toml, taken apart."""

    names: dict[str, tuple[tuple[str, ...], ...]]
    joined: dict[str, tuple[str, ...]]
    not_personal: frozenset[str]
    network_headers: frozenset[str]
    numbers_of_things: frozenset[str]
    strong: tuple[tuple[str, ...], ...]
    given_names: frozenset[str]
    titles: tuple[str, ...]
    address: tuple[str, ...]
    places: frozenset[str]
    network: frozenset[str]


@cache
def words() -> Words:
    """Return the words that are delivered with the package."""
    data: dict[str, Any] = tomllib.loads(files("powertheft.privacy").joinpath("words.toml").read_text(encoding="utf-8"))
    names, values = data["names"], data["values"]
    return Words(
        names={what: tuple(header_words(word) for word in lists["words"]) for what, lists in names.items()},
        joined={what: tuple(lists["joined"]) for what, lists in names.items()},
        not_personal=frozenset(data["not_personal"]["words"]),
        network_headers=frozenset(data["not_personal"]["network"]),
        numbers_of_things=frozenset(data["not_personal"]["numbers_of_things"]),
        strong=tuple(header_words(word) for word in data["not_personal"]["strong"]),
        given_names=frozenset(values["given_names"]),
        titles=tuple(values["titles"]),
        address=tuple(values["address"]),
        places=frozenset(values["places"]),
        network=frozenset(values["network"]),
    )


@cache
def header_words(header: str) -> tuple[str, ...]:
    """Return the words of a header in lower case: split at signs, digits and capitals (`custNameTA` is three).

    >>> header_words("Consumer_Name/முகவரி1")
    ('consumer', 'name', 'முகவரி', '1')
    """
    text = _CAMEL.sub(" ", unicodedata.normalize("NFC", header))
    # Tamil vowel signs are marks and not letters: they must not split a word.
    kept = (letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else " " for letter in text)
    return tuple("".join(kept).casefold().split())


def named_as(header: str) -> str | None:
    """Return what personal data a header promises, None where it promises none.

    >>> named_as("CONS_NAME"), named_as("FEEDER NAME"), named_as("மொபைல் MobNo")
    ('name', None, 'phone')
    """
    known, found = words(), header_words(header)
    is_strong = any(_follow(entry, found) for entry in known.strong)
    if not is_strong and not known.not_personal.isdisjoint(found):
        return None
    # Longer entries say more: "bank account" is no "account", "father name" no plain name.
    matches = [
        (len(entry), what) for what, entries in known.names.items() for entry in entries if _follow(entry, found)
    ]
    if matches:
        most = max(length for length, _ in matches)
        # Of several, the last speaks of the thing: "contact person e-mail" is an address of mail.
        return next(what for length, what in reversed(matches) if length == most)
    together = "".join(found)
    return next((what for what, entries in known.joined.items() if any(entry in together for entry in entries)), None)


def is_of_network(header: str) -> bool:
    """Return whether a header speaks of the network's places and things."""
    return not words().network_headers.isdisjoint(header_words(header))


def is_of_things(header: str) -> bool:
    """Return whether a header speaks of what is counted, measured or numbered by an office, run together or not."""
    found, listed = header_words(header), words().numbers_of_things
    together = "".join(found)
    return not listed.isdisjoint(found) or any(len(word) > 2 and word in together for word in listed)


def _follow(entry: Sequence[str], found: Sequence[str]) -> bool:
    return any(tuple(found[start : start + len(entry)]) == tuple(entry) for start in range(len(found) - len(entry) + 1))
