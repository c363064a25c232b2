"""How a column writes its numbers. Rule of the room: a utility is described in data, never in code.

A column has one style, shown by an example of it: "Rs. 1,23,456.78" is a column with that sign before every number and
Indian grouping. What several styles could mean is settled by the whole column; one stray cell makes no style.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from powertheft.profiles.values import MISSING
from powertheft.profiles.words import listed

PLAIN = "1234.5"
# A text column whose every value is a whole number written as a float: "17.0" is the number 17.
POINT_ZERO = "17.0"
# Example of the style -> what a value of it looks like, what separates groups, what stands for the decimal point.
_SIGN = r"^[+-]?"
_SPACE = r"[ \x{00A0}\x{202F}\x{2009}]"
SHAPES: dict[str, tuple[str, str, str]] = {
    "1,23,456.78": (_SIGN + r"(?:\d+|\d{1,2}(?:,\d{2})*,\d{3})(?:\.\d*)?$", ",", "."),
    "123,456.78": (_SIGN + r"(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?$", ",", "."),
    "1.234,56": (_SIGN + r"(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?$", ".", ","),
    "1 234.56": (_SIGN + rf"(?:\d+|\d{{1,3}}(?:{_SPACE}\d{{3}})+)(?:\.\d*)?$", _SPACE, "."),
    "1 234,56": (_SIGN + rf"(?:\d+|\d{{1,3}}(?:{_SPACE}\d{{3}})+)(?:,\d*)?$", _SPACE, ","),
    "1'234.56": (_SIGN + r"(?:\d+|\d{1,3}(?:['\x{2019}]\d{3})+)(?:\.\d*)?$", r"['\x{2019}]", "."),
}  # fmt: skip
# A number below a thousand has no group, so what starts with a nought has none either: 0,123 is a fraction.
NOUGHT_GROUP = r"^[+-]?0\d*{group}\d{{3}}"
# Fewer cells than this that show a style are slips, unless they are all there is.
LEAST_SHOWN = 2
_AFFIX = re.compile(r"^([^\d+-]*)[+-]?[\d.,' \u00a0\u202f\u2009\u2019]*\d[.,]?([^\d]*)$")


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """A style of numbers: what stands before and after every one, and the example of their shape."""

    shape: str
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The style as a profile states it."""
        return f"{self.before} {self.shape} {self.after}".strip()

    def bare(self, column: pl.Expr) -> pl.Expr:
        """Return the texts without what stands around their numbers; missing where it does not."""
        before, after = re.escape(self.before), re.escape(self.after)
        if not (before or after):
            return column
        return column.str.extract(rf"(?i)^\s*{before}\s*([+-]?\d.*?)\s*{after}\s*$", 1)

    def cast(self, column: pl.Expr) -> pl.Expr:
        """Return texts as numbers, missing where they are not of this style."""
        bare = self.bare(column)
        if self.shape in {PLAIN, POINT_ZERO}:
            return bare.cast(pl.Float64, strict=False)
        pattern, group, point = SHAPES[self.shape]
        digits = bare.str.replace_all(group, "", literal=len(group) == 1)
        digits = digits if point == "." else digits.str.replace(point, ".", literal=True)
        return pl.when(bare.str.contains(pattern)).then(digits).cast(pl.Float64, strict=False)

    def fits(self, column: pl.Expr) -> pl.Expr:
        """Return whether texts are of this style."""
        bare = self.bare(column)
        if self.shape in {PLAIN, POINT_ZERO}:
            return bare.cast(pl.Float64, strict=False).is_not_null()
        pattern, group, _ = SHAPES[self.shape]
        nought = NOUGHT_GROUP.format(group=group if len(group) > 1 else re.escape(group))
        return bare.str.contains(pattern) & ~bare.str.contains(nought)

    def shown(self, column: pl.Expr) -> pl.Expr:
        """Return whether texts of this style could not be plain numbers."""
        return self.fits(column) & column.cast(pl.Float64, strict=False).is_null()


def style_of(text: str) -> NumberStyle:
    """Return the style that a profile states; raise ValueError where there is none like it."""
    for shape in (*SHAPES, PLAIN, POINT_ZERO):
        before, found, after = text.partition(shape)
        if found and not re.search(r"\d", before + after):
            return NumberStyle(shape, before.strip(), after.strip())
    raise ValueError(text)


def candidates(words: Sequence[str]) -> tuple[NumberStyle, ...]:
    """Return the styles that a few values may be written in: plain first, then with what stands around them."""
    before, after = _around(words)
    shapes = (PLAIN, *SHAPES)
    if before or after:
        return (NumberStyle(PLAIN), *(NumberStyle(shape, before, after) for shape in shapes))
    return tuple(NumberStyle(shape) for shape in shapes)


def _around(words: Sequence[str]) -> tuple[str, str]:
    for word in words:
        if word in MISSING or not (match := _AFFIX.match(word)):
            continue
        before, after = match.group(1).strip(), match.group(2).strip()
        known = all(part.casefold() in listed("affixes", "known") for part in (before, after) if part)
        return (before, after) if known else ("", "")
    return "", ""
