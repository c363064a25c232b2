"""How numbers are written for people, and read as they write them. Rule of the room: the standard library only."""

import re
from typing import Literal, get_args

from powertheft.domain.errors import ChoiceError

Grouping = Literal["indian", "western"]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)

DAYS_A_MONTH = 365.25 / 12
"""Days of an average month: a use a day times these is a use a month."""

_NUMBER = re.compile(r"-?(\d+|\d{1,3}(,\d{2,3})*,\d{3})(\.\d+)?")
"""Digits, alone or in groups of two or three of which the last has three."""

_SIZES: dict[Grouping, tuple[tuple[int, str], ...]] = {
    "indian": ((10_000_000, "crore"), (100_000, "lakh")),
    "western": ((1_000_000_000, "billion"), (1_000_000, "million")),
}


MOST_DIGITS = 4
"""Digits of a per cent beyond which two likelihoods are alike."""


class _Style:
    """How this process groups digits: one utility's house, one style, set once where it is put together."""

    grouping: Grouping = "indian"


def group_as(grouping: Grouping) -> None:
    """Set how every number of this process is written from now on."""
    _Style.grouping = grouping


def grouping() -> Grouping:
    """Return how this process writes numbers."""
    return _Style.grouping


def grouped(number: float) -> str:
    """Write a whole number in groups: three digits, then pairs; in the western style threes throughout.

    Examples
    --------
    >>> grouped(123456.4), grouped(-1000), grouped(12)
    ('1,23,456', '-1,000', '12')
    """
    if _Style.grouping == "western":
        return f"{round(number):,}"
    sign = "-" if round(number) < 0 else ""
    digits = str(abs(round(number)))
    head, tail = digits[:-3], digits[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return sign + ",".join([*pairs, tail])


def amount(value: float, currency: str) -> str:
    """Write an amount; large ones in lakh and crore, in the western style in million and billion.

    Examples
    --------
    >>> amount(68700, "INR"), amount(12_400_000, "INR"), amount(-250_000, "INR"), amount(68700, "TND")
    ('Rs 68,700', 'Rs 1.2 crore', 'Rs -2.5 lakh', 'TND 68,700')
    """
    sign = "Rs" if currency == "INR" else currency
    # Nobody counts dinars in lakh: where a house groups the Indian way, other currencies are written out.
    for size, word in _SIZES[_Style.grouping] if currency == "INR" or _Style.grouping == "western" else ():
        if abs(value) >= size:
            return f"{sign} {value / size:.{0 if abs(value) >= 100 * size else 1}f} {word}"
    return f"{sign} {grouped(value)}"


def likelihoods(*chances: float) -> tuple[str, ...]:
    """Write probabilities as per cent, with as many digits as it takes to tell those apart that differ.

    Examples
    --------
    >>> likelihoods(0.62, 0.31), likelihoods(0.800, 0.498, 0.500), likelihoods(0.3, 0.3)
    (('62 %', '31 %'), ('80.0 %', '49.8 %', '50.0 %'), ('30 %', '30 %'))
    """
    ways = [tuple(f"{100 * chance:.{digits}f} %" for chance in chances) for digits in range(MOST_DIGITS + 1)]
    return next((written for written in ways if len(set(written)) == len(set(chances))), ways[0])


def written(value: float) -> str:
    """Write a number as one fills it in: every digit, nothing between them.

    Examples
    --------
    >>> written(12_500_000.25), written(900.0)
    ('12500000.25', '900')
    """
    return f"{value:.6f}".rstrip("0").rstrip(".")


def read_amount(written: str, *, column: str) -> float | None:
    """Read a number as people write it, None where nothing is written; what could be a decimal comma is refused.

    Examples
    --------
    >>> [read_amount(written, column="energy") for written in ("1,23,456", "850.5", " ")]
    [123456.0, 850.5, None]
    >>> read_amount("900,50", column="energy")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: column energy: 900,50 is no number. Write digits, with a point for parts: \
1,200 or 850.5.
    """
    bare = written.replace(" ", "")
    if not bare:
        return None
    if _NUMBER.fullmatch(bare):
        return float(bare.replace(",", ""))
    advice = "Write digits, with a point for parts: 1,200 or 850.5."
    raise ChoiceError(f"{written} is no number", column=column, advice=advice)
