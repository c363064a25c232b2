"""From a source's code words to ours. Rule of the room: a utility is described in data, never in code."""

from collections.abc import Mapping

import polars as pl

from powertheft.domain.profiles import ColumnMapping
from powertheft.domain.tables import UnknownCode
from powertheft.profiles.values import Place, look_up, to_words, without_point_zero

# "true" in one export is "1" in the next.
ALIASES = {"true": "1", "false": "0", "1": "true", "0": "false"}
EXAMPLE_ROWS = 3
EXAMPLE_WORDS = 3
LONGEST_WORD = 20


def translate(
    series: pl.Series, mapping: ColumnMapping, *, place: Place, vocabulary: frozenset[str] = frozenset()
) -> tuple[pl.Series, UnknownCode | None]:
    """Return a column in our words, and what the code list does not hold (set to missing).

    A word of our own `vocabulary`, of `valid`, or that a code leads to, stays as it is.
    """
    words = without_point_zero(to_words(series, place))
    known = {word: word for word in (*vocabulary, *mapping.codes.values(), *mapping.valid)} | dict(mapping.codes)
    found = words.drop_nulls().unique().to_list()
    ours = _lookup(found, known)
    translated = look_up(words, ours, pl.String())
    if len(ours) == len(found):
        return translated, None
    return translated, _unknown(words, translated, mapping.target, place)


def _lookup(found: list[str], known: Mapping[str, str]) -> dict[str, str]:
    folded = {word.casefold(): ours for word, ours in known.items()}
    ours: dict[str, str] = {}
    for word in found:
        plain = word.casefold()
        match = known.get(word) or folded.get(plain) or folded.get(ALIASES.get(plain, ""))
        if match is not None:
            ours[word] = match
    return ours


def _unknown(words: pl.Series, translated: pl.Series, target: str, place: Place) -> UnknownCode:
    unknown = words.is_not_null() & translated.is_null()
    counts = words.filter(unknown).value_counts(name="count").sort(["count", words.name], descending=[True, False])
    examples = tuple(str(word)[:LONGEST_WORD] for word in counts[words.name].head(EXAMPLE_WORDS))
    rows = tuple(int(index) + place.first_row for index in unknown.arg_true().head(EXAMPLE_ROWS))
    return UnknownCode(target, int(unknown.sum()), rows, examples)
