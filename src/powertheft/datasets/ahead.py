"""The next piece made while this one is written. Rule of the room: a version never changes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")


def one_ahead(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Give the pieces in their order, each while the next is being made on another core; one more is in memory.

    Examples
    --------
    >>> list(one_ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """

    def following() -> list[Piece]:
        return [piece for piece in (next(pieces, None),) if piece is not None]

    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(following)
        while found := coming.result():
            coming = beside.submit(following)
            yield from found
