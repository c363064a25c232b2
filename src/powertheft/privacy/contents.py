"""What personal values look like: for each kind, which of a column's values could be one.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

import re
from collections.abc import Iterable

import numpy as np
import polars as pl

from powertheft.privacy.words import words

MAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z]{2,})+|\b[A-Za-z0-9._-]{3,}@[a-z]{3,}\b"
# Written as only telephone numbers are: with the country, or a mobile's ten digits in two halves.
PHONE_AS_WRITTEN = r"(?:^|[^\d])(?:\+91|0091)[ -]?[6-9]\d{4}[ -]?\d{5}(?:[^\d]|$)|^0?[6-9]\d{4}[ -]\d{5}$"
PHONE_BARE = r"^(?:0|91)?[6-9]\d{9}$"
LANDLINE = r"^(?:\+91[ -]?)?\(?0\d{2,4}\)?[ -]\d{6,8}$"
PAN = r"\b[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]\b"
GST_NUMBER = r"\b\d{2}[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]\b"
AADHAAR_GROUPED = r"\b[2-9]\d{3}([ -])\d{4}[ -]\d{4}\b"
_DEGREES = r"-?\d{1,3}\.\d{3,}"
POSITION = rf"^\s*\(?{_DEGREES}\s*[,; ]\s*{_DEGREES}\)?\s*$|\d{{1,3}}°\s?\d{{1,2}}['′]"

_MULTIPLIED = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ]
)
_FIRST_PERMUTATION = np.array([1, 5, 7, 6, 2, 8, 3, 0, 9, 4])
AADHAAR_DIGITS = 12


def passes_verhoeff(numbers: pl.Series) -> pl.Series:
    """Return which numbers, all of the same length in digits, end in their check digit after Verhoeff (1969).

    >>> passes_verhoeff(pl.Series(["2363", "2364"])).to_list()
    [True, False]
    """
    digits = np.array([[int(digit) for digit in number[::-1]] for number in numbers.to_list()], dtype=np.int64)
    if not len(digits):
        return pl.Series([], dtype=pl.Boolean)
    check, permutation = np.zeros(len(digits), dtype=np.int64), np.arange(10)
    for place in range(digits.shape[1]):
        check = _MULTIPLIED[check, permutation[digits[:, place]]]
        permutation = _FIRST_PERMUTATION[permutation]
    return pl.Series(check == 0)


def aadhaar_numbers(texts: pl.Series) -> tuple[int, int]:
    """Return how many values could be an Aadhaar number by their twelve digits, and of these how many by the last."""
    digits = texts.str.replace_all(r"[ -]", "")
    could = digits.filter(digits.str.contains(r"^[2-9]\d{11}$"))
    return len(could), int(passes_verhoeff(could).sum())


def names_of_people(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return which values hold a given name or a title, and which have an initial before or after one other word."""
    known = words()
    lower = texts.str.to_lowercase()
    ruled_out = lower.str.contains(r"\d") | lower.str.contains(_any_word(known.network | known.places))
    # Places are called after people: Krishnapuram, Gandhi Nagar.
    ruled_out |= lower.str.contains(rf"(?:{'|'.join(sorted(known.places))})\b")
    title = lower.str.contains(_any_word(known.titles))
    given = lower.str.contains(_any_word(known.given_names))
    one_word = r"(?:[A-Z][a-z]{3,}|[A-Z]{4,}|[\u0B80-\u0BFF]{3,})"
    initial = r"(?:[A-Z]|[\u0B80-\u0BFF]{1,2})"
    initials = texts.str.contains(
        rf"^(?:{initial}\.? ?){{1,3}}(?: |\.){one_word}$|^{one_word}[ .]+(?:{initial}\.?\s?){{1,3}}$"
    )
    return (title | given) & ~ruled_out, initials & ~ruled_out


def addresses(texts: pl.Series) -> pl.Series:
    """Return which values have two words of an address, or one and the number of a door."""
    known = words()
    lower = texts.str.to_lowercase()
    count = lower.str.count_matches(_any_word(known.address))
    door = lower.str.contains(r"(?:^|[\s,.])\d{1,4}[a-z]?(?:[/-]\d{1,4}[a-z]?)*(?:[,\s]|$)")
    return ((count >= 2) | ((count == 1) & door)) & ~lower.str.contains(_any_word(known.network))


def degrees_between(texts: pl.Series, low: float, high: float) -> pl.Series:
    """Return which values are numbers with at least four decimals in a range."""
    exact = texts.str.contains(r"^-?\d{1,3}\.\d{4,}$")
    return exact & texts.cast(pl.Float64, strict=False).is_between(low, high).fill_null(value=False)


def _any_word(listed: Iterable[str]) -> str:
    # \b does not know where a Tamil word ends that ends in a vowel sign, so words end at spaces and signs here.
    entries = "|".join(re.escape(word).replace(r"\ ", " ") for word in sorted(listed, key=len, reverse=True))
    return rf"(?:^|[\s,.;:()/-])(?:{entries})(?:[\s,.;:()-]|$)"
