"""How a pseudonym is written for people, and read back. Rule of the room: standard library only; pure functions."""

import re

SHORT = 8
FEWEST = 3
"""Digits of a pseudonym from which its beginning is looked for: of a million connections 250 begin alike."""

LONGEST = 32
_DIGITS = re.compile(rf"[0-9a-f]{{{FEWEST},{LONGEST}}}")


def short_pseudonym(pseudonym: str) -> str:
    """Return a pseudonym as lists show it.

    Examples
    --------
    >>> short_pseudonym("17f391ce" + 24 * "0")
    '17f3-91ce'
    """
    return f"{pseudonym[:4]}-{pseudonym[4:SHORT]}"


def pseudonym_start(text: str) -> str | None:
    """Return the beginning of a pseudonym that a person wrote, None where it cannot be one.

    Examples
    --------
    >>> pseudonym_start(" 17F3-91ce "), pseudonym_start("17"), pseudonym_start("Domestic")
    ('17f391ce', None, None)
    """
    start = re.sub(r"[\s‐-―-]", "", text).casefold()
    return start if _DIGITS.fullmatch(start) else None
