"""Files that are one table (a month each), told by their names and their columns. Rule of the room: rename nothing."""

import re
from collections.abc import Sequence

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_PIECE = rf"(?:\(?\d+\)?|q[1-4]|fy\d+|part|{'|'.join(MONTHS)})"
_TAIL = re.compile(rf"(?:[ _.\-]+{_PIECE}\d*)+$")
_ATOM = re.compile(r"\d+|[^\W\d_]+|[\W_]+")


def base_of(stem: str) -> str:
    """Return a file's stem without the number, date or month at its end; all of it where nothing else is left."""
    folded = stem.casefold()
    base = _TAIL.sub("", folded)
    return base or folded


def order_of(name: str) -> list[tuple[int, int, str]]:
    """Return a key that orders names as a person does: numbers by value, months by the calendar."""
    key: list[tuple[int, int, str]] = []
    for atom in _ATOM.findall(name.casefold()):
        number = int(atom) if atom.isdigit() and atom.isascii() else MONTHS.get(atom)
        key.append((0, number, "") if number is not None else (1, 0, atom))
    return key


def are_one_table(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two files have at least half of their columns in common."""
    one, other = {name.casefold() for name in some}, {name.casefold() for name in others}
    return 2 * len(one & other) >= max(len(one), len(other))
