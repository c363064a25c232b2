"""How a use case says what it is doing. Rule of the room: put the rooms together, compute nothing themselves."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of the whole that is done, 0 to 1."""


def no_progress(_what: str, _share: float) -> None:
    """Say nothing."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """Return a progress whose 0 to 1 is the stretch from `start` to `end` of the whole."""
    return lambda what, share: progress(what, start + (end - start) * share)
