"""What a header says: its words, their meanings, its unit, and which of our columns that names.

Rule of the room: a utility is described in data, never in code; the words stand in words.toml.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache

from powertheft.profiles.words import words

_MIXED = re.compile(r"([kKM])(Wh|WH|W|VAh|VAH|VArh|VARH|VA)(?![a-zH])")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_RUN = re.compile(r"[a-z]+|\d+|[\u0900-\u0dff\u200c\u200d]+|[\u0600-\u06ff]+|[\u3400-\u9fff]+")
_BRACKET = re.compile(r"[(\[{]([^)\]}]*)[)\]}]")
_COUNT = re.compile(r"\s*(no|nos|num|number|count|total)\W*\s*of\b", re.IGNORECASE)
_OTHER_SCRIPT = "\u0900"
_MANY = frozenset({"many"})
UNKNOWN_WORD, STRANGE_WORD, DIGITS, SAME_WORD = 0.8, 0.72, 0.97, 0.97
MISSPELT_WORD, SHORTENED_WORD, LEAST_MISSPELT = 0.93, 0.82, 5
LEAST_SHORTENED = 0.4


@dataclass(frozen=True, slots=True)
class Pattern:
    """Concepts that together name one of our columns, and how sure that is; `target` "" for none of ours."""

    target: str
    needs: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of words.toml: their meanings, what is said by the way, and the patterns."""

    meanings: Mapping[str, frozenset[str]]
    fillers: frozenset[str]
    patterns: tuple[Pattern, ...]
    tables: Mapping[str, frozenset[str]]
    unit_targets: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Header:
    """A header's words with their meanings, and the unit that it states ("" for none)."""

    text: str
    words: tuple[tuple[str, frozenset[str]], ...]
    unit: str = ""


@cache
def vocabulary() -> Vocabulary:
    """Return the words that headers are made of."""
    document = words()
    meanings: dict[str, set[str]] = {}
    for concept, said in document["concepts"].items():
        for word in said:
            meanings.setdefault(plain(word), set()).add(concept)
    patterns = tuple(
        Pattern(entry["target"], tuple(needs.split()), score)
        for entry in document["names"]
        for score, needs in entry["patterns"]
    )
    return Vocabulary(
        {word: frozenset(concepts) for word, concepts in meanings.items()},
        frozenset(plain(word) for word in document["fillers"]),
        patterns,
        {table: frozenset(plain(word) for word in said) for table, said in document["tables"].items()},
        {concept: tuple(targets) for concept, targets in document["unit_concepts"].items()},
    )


def plain(text: str) -> str:
    """Return a text in small letters, Latin ones without accents."""
    text = unicodedata.normalize("NFKC", text).casefold()
    letters: list[str] = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        letters.append(parts[0] if parts[0] < "\u0250" else letter)
    return unicodedata.normalize("NFC", "".join(letters))


@cache
def read_header(text: str) -> Header:
    """Return the words of a header: split at humps, marks and where two words of ours were written as one."""
    unit, bare = _unit(text)
    bare = _MIXED.sub(lambda match: f" {match.group(0).lower()} ", bare)
    whole = "".join(_RUN.findall(plain(bare)))
    if whole in vocabulary().meanings:
        return Header(text, _with_unit([whole], unit), unit)
    found = [word for run in _RUN.findall(plain(_HUMP.sub(" ", bare))) for word in _split(run)]
    if len(found) > 1 and any(len(word) == 1 and word.isalpha() for word in found):
        found = _joined(found)
    left = [word for word in found if word not in vocabulary().fillers or _is_meant(word, found)]
    said = _with_unit(left or found, unit)
    if _COUNT.match(text):
        # How many consumers there are is no consumer's number.
        said = tuple((word, _MANY if "consumer" in concepts else concepts) for word, concepts in said)
    return Header(text, said, unit)


def _is_meant(word: str, every: Sequence[str]) -> bool:
    return len(every) == 1 or (word in vocabulary().meanings and len(word) > 1 and word != "power")


def _with_unit(said: Sequence[str], unit: str) -> tuple[tuple[str, frozenset[str]], ...]:
    every = [*said, *([unit] if unit and unit not in said and unit in vocabulary().meanings else [])]
    return tuple((word, _meanings(word)) for word in every)


def unit_of(header: Header) -> tuple[str, float]:
    """Return the unit of ours that a header states, and the factor from its own; "" where it states none."""
    units: Mapping[str, tuple[str, float]] = words()["units"]
    stated = header.unit or next((word for word, _ in reversed(header.words) if word in units), "")
    unit, factor = units.get(stated, ("", 1.0))
    return unit, factor


def _unit(text: str) -> tuple[str, str]:
    units: Mapping[str, object] = words()["units"]
    for match in _BRACKET.finditer(text):
        inside = plain(match.group(1)).strip(" .")
        if inside in units or inside.rstrip("s") in units or re.fullmatch(r"[dmyhs/:. -]+", inside):
            unit = inside if inside in units else ""
            return unit, text.replace(match.group(0), " ")
    return "", text


def _joined(found: Sequence[str]) -> list[str]:
    """Put a single letter and what follows it together where that is a word of ours: s c no is sc no, a/c is ac."""
    joined: list[str] = []
    for word in found:
        last = joined[-1] if joined else ""
        is_one_of_both = len(last) == 1 or (len(word) == 1 and len(last) == 2)
        if is_one_of_both and last.isalpha() and word.isalpha():
            both = last + word
            if both in vocabulary().meanings:
                joined[-1] = both
                continue
        joined.append(word)
    return joined


@cache
def _split(run: str) -> tuple[str, ...]:
    known = vocabulary()
    if run.isdigit() or run in known.meanings or run in known.fillers:
        return (run,)
    pieces = _pieces(run)
    if pieces:
        return pieces
    return (run,)


def _pieces(run: str) -> tuple[str, ...]:
    """Return the fewest words of ours that a run of letters is made of, none where it is not."""
    known, other = vocabulary(), run >= _OTHER_SCRIPT
    shortest = 1 if other else 2
    best: dict[int, tuple[str, ...]] = {0: ()}
    for end in range(1, len(run) + 1):
        for begin in range(max(0, end - 16), end - shortest + 1):
            if begin not in best or not (
                run[begin:end] in known.meanings or (other and run[begin:end] in known.fillers)
            ):
                continue
            found = (*best[begin], run[begin:end])
            if end not in best or len(found) < len(best[end]):
                best[end] = found
    found = best.get(len(run), ())
    return found if len(found) <= max(1, len(run) // 2) else ()


@cache
def _meanings(word: str) -> frozenset[str]:
    known = vocabulary().meanings
    if word in known:
        return known[word]
    if word >= _OTHER_SCRIPT:
        # Tamil words take endings: the stem carries the meaning.
        stems = [stem for stem in known if len(stem) >= 4 and word.startswith(stem)]
        longer = [stem for stem in known if len(word) >= 4 and stem.startswith(word)]
        return known[max(stems, key=len) if stems else min(longer, key=len)] if stems or longer else frozenset()
    if word.endswith("s") and word[:-1] in known:
        return known[word[:-1]]
    close = _misspelt(word)
    return known[close] if close else _shortened(word)


@cache
def _misspelt(word: str) -> str:
    """Return the word that this one is, but for a letter or two; "" where there is none."""
    if len(word) < LEAST_MISSPELT:
        return ""
    long = [one for one in vocabulary().meanings if len(one) >= LEAST_MISSPELT]
    return next(iter(get_close_matches(word, long, n=1, cutoff=0.84)), "")


@cache
def _shortened(word: str) -> frozenset[str]:
    """Return the meanings of the word that this is short for: its first letter, then some of the others in order."""
    if len(word) < 3 or not word.isalpha():
        return frozenset()
    known = vocabulary().meanings
    longer = [one for one in known if len(one) >= 5 and one.isascii() and one[0] == word[0] and _is_within(word, one)]
    best = min(longer, key=len, default="")
    return known[best] if best and len(word) / len(best) >= LEAST_SHORTENED else frozenset()


def _is_within(word: str, longer: str) -> bool:
    letters = iter(longer)
    return all(letter in letters for letter in word)


def _certainty(word: str) -> float:
    """Return how sure a word's meanings are: less where it is misspelt or short for another."""
    known = vocabulary().meanings
    if word in known or word >= _OTHER_SCRIPT or word[:-1] in known:
        return 1.0
    return MISSPELT_WORD if _misspelt(word) else SHORTENED_WORD


@cache
def score_names(header: Header) -> Mapping[str, float]:
    """Return how well a header names each of our columns ("" for what is none of ours), the best first.

    What stands in brackets may explain (Theft (Y/N)) or only add: the header is read with and without it.
    """
    bare = _BRACKET.sub(" ", header.text).strip()
    readings = [header, *([replace(read_header(bare), unit=header.unit)] if bare and bare != header.text else [])]
    scores: dict[str, float] = {}
    for pattern in vocabulary().patterns:
        score = max(_score(reading, pattern) for reading in readings)
        if score > scores.get(pattern.target, 0.0):
            scores[pattern.target] = score
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def _score(header: Header, pattern: Pattern) -> float:
    used = _matched(header.words, pattern.needs)
    if used is None:
        return 0.0
    score = pattern.score * min((_certainty(header.words[place][0]) for place in used), default=1.0)
    own = {concept for place in used for concept in header.words[place][1]} & set(pattern.needs)
    for place, (word, concepts) in enumerate(header.words):
        if place in used:
            continue
        if word.isdigit():
            score *= DIGITS
        elif any(pattern.target in vocabulary().unit_targets.get(concept, ()) for concept in concepts):
            score *= 1.0
        elif concepts & own:
            score *= SAME_WORD
        else:
            score *= STRANGE_WORD if concepts else UNKNOWN_WORD
    return score


def _matched(words: Sequence[tuple[str, frozenset[str]]], needs: Sequence[str]) -> frozenset[int] | None:
    """Return the words that stand for the concepts, one each; None where one is missing."""
    if not needs:
        return frozenset()
    for place, (_, concepts) in enumerate(words):
        if needs[0] in concepts:
            others = [word if number != place else ("", frozenset[str]()) for number, word in enumerate(words)]
            rest = _matched(others, needs[1:])
            if rest is not None:
                return rest | {place}
    return None
