"""The words of the field, as the documents explain them. Rule of the room: knows the use cases, never the store.

In a checkout they are read from docs/glossary.md; a wheel has the same file beside this module.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

PLACES = (Path(__file__).with_name("glossary.md"), Path(__file__).parents[3] / "docs" / "glossary.md")
_LINE = re.compile(r"- \*\*(?P<word>.+?)\*\*(?: \((?P<names>[^)]*)\))?: (?P<meaning>.+)")
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, its names in the code and in tables, and what it means."""

    word: str
    names: tuple[str, ...]
    meaning: str

    @property
    def anchor(self) -> str:
        """Return what an address can point at."""
        return re.sub(r"[^a-z0-9]+", "-", self.word.casefold()).strip("-")

    @property
    def shown(self) -> Markup:
        """Return the meaning with the names of code set apart."""
        return Markup(_CODE.sub(r"<code>\1</code>", str(escape(self.meaning))))


@cache
def words() -> tuple[Word, ...]:
    """Return all words in the order of the alphabet."""
    text = next(place for place in PLACES if place.is_file()).read_text("utf-8")
    return tuple(_word(found) for found in map(_LINE.fullmatch, text.splitlines()) if found)


def find_words(wanted: str) -> tuple[Word, ...]:
    """Return the words that have what is looked for in their name or meaning, those that begin with it first."""
    key = wanted.strip().casefold()
    hits = [word for word in words() if key in f"{word.word} {' '.join(word.names)} {word.meaning}".casefold()]
    return tuple(sorted(hits, key=lambda word: not word.word.casefold().startswith(key)))


def _word(found: re.Match[str]) -> Word:
    names = tuple(_CODE.findall(found["names"] or ""))
    return Word(found["word"], names, _LINK.sub(r"\1", found["meaning"]))
