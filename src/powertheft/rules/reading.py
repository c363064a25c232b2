"""From the TOML of rules to the rules. Rule of the room: a rule is data, never code; imports domain and features only.

The built-in list is rules.toml in this folder. A user's own file has the same form; see docs/rules.md.
"""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import cast

from powertheft.domain.errors import ChoiceError, InputError
from powertheft.features.definition import Feature
from powertheft.rules.definition import SIGNS, Comparison, Condition, Rule

BUILT_IN = "rules.toml"
FILE_KEYS = ("built_in", "rules")
RULE_KEYS = ("name", "title", "points_at", "weight", "source", "conditions", "says")
CONDITION_KEYS = ("feature", "is", "threshold", "words")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
HEAVIEST = 10.0
"""Greatest weight of a rule: what is ten times a hint."""

Table = Mapping[str, object]


def read_rules(path: Path | None, known: Sequence[Feature]) -> tuple[Rule, ...]:
    """Return the built-in rules, and those of a user's file after them; one of the same name takes the other's place.

    Parameters
    ----------
    path : Path or None
        A user's file; `built_in = false` at its top leaves the built-in rules out.
    known : sequence of Feature
        Features that a rule may name.

    Raises
    ------
    InputError
        If the file cannot be read, or a rule lacks a key or has one that means nothing.
    ChoiceError
        If a rule names a feature or a comparison that there is not.

    Examples
    --------
    >>> from powertheft.features.catalogue import catalogue
    >>> [rule.name for rule in read_rules(None, catalogue())][:2]
    ['year-on-year-fall', 'half-year-fall']
    """
    text = files("powertheft.rules").joinpath(BUILT_IN).read_text("utf-8")
    features = {feature.name: feature for feature in known}
    _, built_in = parse_rules(text, file=BUILT_IN, known=features)
    if path is None:
        return built_in
    with_built_in, own = parse_rules(_text_of(path), file=str(path), known=features)
    replaced = {rule.name: rule for rule in own}
    kept = [replaced.pop(rule.name, rule) for rule in built_in] if with_built_in else []
    return (*kept, *(rule for rule in own if rule.name in replaced))


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError("no such file of rules", file=path, advice="Check the path for a slip.") from error
    except UnicodeDecodeError as error:
        raise InputError("is not text in UTF-8", file=path, advice="Save it as UTF-8.") from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path, advice="Check your rights.") from error


def parse_rules(text: str, *, file: str, known: Mapping[str, Feature]) -> tuple[bool, tuple[Rule, ...]]:
    """Return whether the built-in rules are wanted too, and the rules that a TOML text states."""
    try:
        document: Table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\(at line (\d+)", str(error))
        what = f"is not valid TOML: {re.sub(r' *[(]at .*', '', str(error)).lower()}"
        row = int(line[1]) if line else None
        raise InputError(what, file=file, row=row, advice="Correct that line.") from error
    _check_keys(document, FILE_KEYS, where="the file", file=file)
    with_built_in = document.get("built_in", True)
    if not isinstance(with_built_in, bool):
        raise _fault("the file", "built_in is neither true nor false", file, "Write it as built_in = false.")
    tables = _tables(document, "rules", where="the file", file=file)
    rules = tuple(_rule(table, number, file=file, known=known) for number, table in enumerate(tables, start=1))
    _check_once([rule.name for rule in rules], file)
    return with_built_in, rules


def _rule(table: Table, number: int, *, file: str, known: Mapping[str, Feature]) -> Rule:
    where = f"rule {number}"
    name = _words(table, "name", where=where, file=file)
    if not NAME.fullmatch(name):
        raise _fault(where, f"{name!r} is no name", file, 'Use small letters and hyphens: name = "sudden-fall".')
    where = f"rule {name}"
    _check_keys(table, RULE_KEYS, where=where, file=file)
    weight = _number(table, "weight", where=where, file=file)
    if not 0 < weight <= HEAVIEST:
        advice = f"Write a number above 0 and up to {HEAVIEST:g}, such as weight = 2."
        raise _fault(where, f"weight cannot be {weight:g}", file, advice)
    conditions = _conditions(table, where=where, file=file, known=known)
    return Rule(
        name=name,
        title=_words(table, "title", where=where, file=file),
        points_at=_words(table, "points_at", where=where, file=file),
        weight=weight,
        source=_words(table, "source", where=where, file=file),
        conditions=conditions,
        says=_says(table, where=where, file=file, known=known) or (conditions[0].feature,),
    )


def _conditions(table: Table, *, where: str, file: str, known: Mapping[str, Feature]) -> tuple[Condition, ...]:
    tables = _tables(table, "conditions", where=where, file=file)
    return tuple(
        _condition(one, where=f"{where}, condition {number}", file=file, known=known)
        for number, one in enumerate(tables, start=1)
    )


def _condition(table: Table, *, where: str, file: str, known: Mapping[str, Feature]) -> Condition:
    _check_keys(table, CONDITION_KEYS, where=where, file=file)
    feature = _feature(_words(table, "feature", where=where, file=file), where=where, file=file, known=known)
    comparison = _words(table, "is", where=where, file=file)
    if comparison not in SIGNS:
        advice = _near(comparison, SIGNS) or f"Choose from {', '.join(SIGNS)}."
        raise ChoiceError(f"{where}: is cannot be {comparison!r}", file=file, advice=advice)
    if (comparison == "one of") != (feature.kind == "category"):
        advice = 'Write is = "one of" and words = ["..."].' if feature.kind == "category" else "Compare with a number."
        raise ChoiceError(f"{where}: {feature.name} is a {feature.kind}", file=file, advice=advice)
    spare = "threshold" if comparison == "one of" else "words"
    if spare in table:
        raise _fault(where, f"{spare} means nothing with {comparison!r}", file, "Take it out.")
    if comparison == "one of":
        return Condition(feature.name, comparison, words=_list(table, "words", where=where, file=file, least=1))
    threshold = _number(table, "threshold", where=where, file=file)
    return Condition(feature.name, cast("Comparison", comparison), threshold)


def _says(table: Table, *, where: str, file: str, known: Mapping[str, Feature]) -> tuple[str, ...]:
    names = _list(table, "says", where=where, file=file)
    return tuple(_feature(name, where=where, file=file, known=known).name for name in names)


def _feature(name: str, *, where: str, file: str, known: Mapping[str, Feature]) -> Feature:
    if name not in known:
        advice = _near(name, known) or "See them all with: powertheft features."
        raise ChoiceError(f"{where}: there is no feature {name!r}", file=file, advice=advice)
    return known[name]


def _near(word: str, choices: Collection[str]) -> str:
    near = get_close_matches(word, sorted(choices), n=1)
    return f"Did you mean {near[0]}?" if near else ""


def _fault(where: str, what: str, file: str, advice: str) -> InputError:
    return InputError(f"{where}: {what}", file=file, advice=advice)


def _check_keys(table: Table, allowed: Sequence[str], *, where: str, file: str) -> None:
    for key in table:
        if key not in allowed:
            advice = _near(key, allowed) or f"Choose from {', '.join(allowed)}."
            raise _fault(where, f"the key {key} is not known here", file, advice)


def _check_once(names: Sequence[str], file: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise _fault(f"rule {name}", "is described twice", file, "Keep one of the two, or give it another name.")


def _words(table: Table, key: str, *, where: str, file: str) -> str:
    value = table.get(key)
    if value is None:
        raise _fault(where, f"the key {key} is missing", file, f'Add {key} = "...".')
    if not isinstance(value, str) or not value.strip():
        raise _fault(where, f"{key} is not a text", file, f'Write it as {key} = "...".')
    return value.strip()


def _number(table: Table, key: str, *, where: str, file: str) -> float:
    value = table.get(key)
    if value is None:
        raise _fault(where, f"the key {key} is missing", file, f"Add {key} = 1.")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise _fault(where, f"{key} is not a number", file, f"Write it as {key} = 1.")
    return float(value)


def _list(table: Table, key: str, *, where: str, file: str, least: int = 0) -> tuple[str, ...]:
    value = table.get(key, [])
    words = cast("list[object]", value) if isinstance(value, list) else [None]
    if len(words) < least or not all(isinstance(word, str) for word in words):
        raise _fault(where, f"{key} is not a list of texts", file, f'Write it as {key} = ["...", "..."].')
    return tuple(str(word) for word in words)


def _tables(table: Table, key: str, *, where: str, file: str) -> tuple[Table, ...]:
    value = table.get(key, [])
    rows = cast("list[object]", value) if isinstance(value, list) else [None]
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        form = "[[rules]]" if key == "rules" else 'conditions = [{ feature = "...", is = "below", threshold = 0.5 }]'
        raise _fault(where, f"has no {key}, or none that can be read", file, f"Write each as {form}.")
    return tuple(cast("Table", row) for row in rows)
