"""Reading a TOML table with messages that say where it stands. Rule of the room: a utility is data, never code."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

from powertheft.domain.errors import ProfileError


def nearest(word: str, choices: Collection[str]) -> str:
    """Return the choice that is most like a misspelt word, or "" where none is."""
    folded = {choice.casefold(): choice for choice in choices}
    matches = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[matches[0]] if matches else ""


def choice_advice(word: str, choices: Collection[str]) -> str:
    """Return advice that names the likeliest choice, or all of them."""
    likely = nearest(word, choices)
    return f"Did you mean {likely}?" if likely else f"Choose from {', '.join(choices)}."


@dataclass(frozen=True, slots=True)
class Entry:
    """A table of a profile, and where it stands in which file."""

    values: Mapping[str, object]
    where: str
    file: str | None

    def fault(self, what: str, advice: str) -> ProfileError:
        """Return an error that leads to this entry."""
        return ProfileError(f"{self.where}: {what}" if self.where else what, file=self.file, advice=advice)

    def check_keys(self, allowed: Collection[str]) -> None:
        """Refuse a key that means nothing here."""
        unknown = next((key for key in self.values if key not in allowed), None)
        if unknown is not None:
            raise self.fault(f"the key {unknown} is not known here", choice_advice(unknown, allowed))

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        value = self.values.get(key, default)
        if value is None:
            raise self.fault(f"the key {key} is missing", f'Add {key} = "...".')
        if not isinstance(value, str):
            raise self.fault(f"{key} is not a text", f'Write it as {key} = "...".')
        return value

    def choice(self, key: str, choices: Collection[str], default: str | None = None) -> str:
        """Return a text that is one of the choices."""
        value = self.text(key, default)
        if value not in choices:
            raise self.fault(f"{key} cannot be {value!r}", choice_advice(value, choices))
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where the key is absent; numbers are taken as they are written."""
        value = self.values.get(key, ())
        words = cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else (None,)
        if not all(isinstance(word, (str, int, float)) and not isinstance(word, bool) for word in words):
            raise self.fault(f"{key} is not a list of texts", f'Write it as {key} = ["...", "..."].')
        return tuple(str(word) for word in words)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.fault(f"{key} is neither true nor false", f"Write it as {key} = true.")
        return value

    def number(self, key: str) -> float | None:
        """Return a number, None where the key is absent."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.fault(f"{key} is not a number", f"Write it as {key} = 1.")
        return float(value)

    def table(self, key: str) -> "Entry":
        """Return the table under a key, empty where it is absent."""
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            raise self.fault(f"{key} is not a table", f"Write it as [{key}] with a line for each entry.")
        where = f"{self.where}, {key}" if self.where else key
        return Entry(cast("Mapping[str, object]", value), where, self.file)

    def tables(self, key: str) -> tuple["Entry", ...]:
        """Return the tables of a list of tables, none where it is absent."""
        value = self.values.get(key, ())
        rows = cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else (None,)
        if not all(isinstance(row, Mapping) for row in rows):
            raise self.fault(f"{key} is not a list of tables", f"Write each as [[{key}]].")
        return tuple(
            Entry(cast("Mapping[str, object]", row), f"{key} {number}", self.file)
            for number, row in enumerate(rows, start=1)
        )
