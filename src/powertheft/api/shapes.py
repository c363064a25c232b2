"""What all answers and requests have in common: pages with a cursor, plain values. Rule of the room: no use case."""

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, TypeVar, cast

from flask import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from powertheft.domain.errors import ChoiceError

MOST = 2**31 - 1
"""The largest number that every database takes as one."""

MOST_ITEMS = 1_000
AnyT = TypeVar("AnyT")

Number = Annotated[int, Field(ge=1, le=MOST)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A name or a few words: one line."""

Text = Annotated[str, StringConstraints(max_length=4_000, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*\S[^\x00]*$")]
Reference = Annotated[str, StringConstraints(max_length=120, pattern=r"^\w[\w.-]*(@[0-9]{1,9})?$")]
"""NAME, or NAME@2 for one version."""

Name = Annotated[str, StringConstraints(max_length=100, pattern=r"^\w[\w.-]*$")]
Plain = dict[str, Any]


class Asked(BaseModel):
    """What comes in: a field that is unknown is a slip, and is said."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Told(BaseModel):
    """What goes out, read from the objects of the use cases by name."""

    model_config = ConfigDict(from_attributes=True)


class Paging(Asked):
    """Which part of a list: `cursor` is the `next` of the part before."""

    limit: Annotated[int, Field(ge=1, le=MOST_ITEMS)] = 100
    cursor: Annotated[str | None, Field(max_length=40)] = None

    def place(self) -> int:
        """Return where the part begins, 0 at the beginning."""
        return 0 if self.cursor is None else _place_of(self.cursor)


class Why(Asked):
    """A deletion says why; it stays in the audit trail."""

    reason: Reason


class Part(Told):
    """A part of a list; `next` is None at its end."""

    next: str | None = None


def cursor_at(place: int) -> str:
    """Return how a place in a list is told to a program, which is not to compute with it.

    Examples
    --------
    >>> cursor_at(100)
    'MTAw'
    """
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def part_of(found: Sequence[AnyT], asked: Paging) -> Mapping[str, Any]:
    """Return the part of a list that is asked for, and where the next one begins.

    Examples
    --------
    >>> part_of("abcde", Paging(limit=2, cursor=cursor_at(2)))
    {'items': ['c', 'd'], 'next': 'NA'}
    """
    end = asked.place() + asked.limit
    items = list(found[asked.place() : end])
    return {"items": items, "next": cursor_at(end) if end < len(found) else None}


def plain(value: Any) -> Any:
    """Return what JSON can hold: a number that is none becomes null, a day its ten characters.

    Examples
    --------
    >>> plain({"on": date(2026, 3, 1), "share": float("nan"), "of": (1, 2)})
    {'on': '2026-03-01', 'share': None, 'of': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in cast("Sequence[Any]", value)]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(one) for one in cast("frozenset[Any]", value))
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _place_of(cursor: str) -> int:
    try:
        place = int(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        place = -1
    if not 0 <= place <= MOST - MOST_ITEMS - 1:
        raise ChoiceError("is no cursor of ours", column="cursor", advice="Take `next` of the answer before, or none.")
    return place


def nothing() -> Response:
    """Return the answer that says that it is done."""
    return Response(status=204)
