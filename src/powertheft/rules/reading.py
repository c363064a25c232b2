"""From the TOML of rules to the rules. Rule of the room: a rule is data, never code; imports domain and features only.

The built-in list is rules.toml in this folder. A user's own file has the same form; see docs/rules.md.
"""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import cast

from powertheft.domain.errors import ChoiceError, InputError, UserError
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


@dataclass(frozen=True, slots=True)
class HomeRules:
    """The file of the home folder, which nobody has named: it may hold rules for the columns of several utilities."""

    path: Path


OwnRules = Path | HomeRules
"""A file that was named, all of whose rules must mean something here, or that of the home folder."""


def read_rules(own: OwnRules | None, known: Sequence[Feature]) -> tuple[Rule, ...]:
    """Return the built-in rules, and those of a user's file after them; one of the same name takes the other's place.

    Parameters
    ----------
    own : Path, HomeRules or None
        A user's file; `built_in = false` at its top leaves the built-in rules out. Of the home folder's file rules that
        name a feature which is not known here are left out; see `rules_of_others`.
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
    if own is None:
        return built_in
    with_built_in, found = _parsed(own, features)
    replaced = {rule.name: rule for rule in found}
    kept = [replaced.pop(rule.name, rule) for rule in built_in] if with_built_in else []
    return (*kept, *(rule for rule in found if rule.name in replaced))


def _parsed(own: OwnRules, known: Mapping[str, Feature]) -> tuple[bool, tuple[Rule, ...]]:
    if isinstance(own, Path):
        return parse_rules(text_of(own), file=str(own), known=known)
    file = str(own.path)
    document, tables = _document(text_of(own.path), file=file)
    here = [(number, table) for number, table in enumerate(tables, start=1) if not _strange(table, known)]
    rules = tuple(_rule(table, number, file=file, known=known) for number, table in here)
    _check_once([rule.name for rule in rules], file)
    return _with_built_in(document, file), rules


def rules_of_others(own: OwnRules | None, known: Sequence[Feature]) -> dict[str, tuple[str, ...]]:
    """Return the rules of the home folder's file that these data have no feature for, each with the features' names."""
    if not isinstance(own, HomeRules):
        return {}
    features = {feature.name: feature for feature in known}
    _, tables = _document(text_of(own.path), file=str(own.path))
    return {str(table.get("name")): strange for table in tables if (strange := _strange(table, features))}


def _strange(table: Table, known: Mapping[str, Feature]) -> tuple[str, ...]:
    """Return the names of features in a rule's table that are not known; what is malformed is for the reader to say."""
    parts, said = table.get("conditions"), table.get("says")
    conditions = cast("list[object]", parts) if isinstance(parts, list) else []
    named = [cast("Table", part).get("feature") for part in conditions if isinstance(part, Mapping)]
    named += cast("list[object]", said) if isinstance(said, list) else []
    return tuple(sorted({name for name in named if isinstance(name, str) and name.strip() not in known}))


def text_of(path: Path) -> str:
    """Return the text of a file of rules."""
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
    document, tables = _document(text, file=file)
    with_built_in = _with_built_in(document, file)
    rules = tuple(_rule(table, number, file=file, known=known) for number, table in enumerate(tables, start=1))
    _check_once([rule.name for rule in rules], file)
    return with_built_in, rules


def faults_of(text: str, *, file: str, known: Mapping[str, Feature]) -> tuple[UserError, ...]:
    """Return what is wrong with each rule of a TOML text: the first fault of every rule that has one.

    Examples
    --------
    >>> for fault in faults_of('[[rules]]\\nname = "Low"', file="ours.toml", known={}):
    ...     print(fault)
    ours.toml: rule 1: 'Low' is no name. Use small letters and hyphens: name = "sudden-fall".
    """
    document, tables = _document(text, file=file)
    _with_built_in(document, file)
    found: list[UserError] = []
    for number, table in enumerate(tables, start=1):
        try:
            _rule(table, number, file=file, known=known)
        except UserError as fault:
            found.append(fault)
    if not found:
        _check_once([str(table["name"]).strip() for table in tables], file)
    return tuple(found)


def names_of(text: str, *, file: str) -> tuple[str, ...]:
    """Return the names in a text of rules, whatever else is wrong with them."""
    _, tables = _document(text, file=file)
    return tuple(str(table.get("name", "")).strip() for table in tables)


def _document(text: str, *, file: str) -> tuple[Table, tuple[Table, ...]]:
    try:
        document: Table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\(at line (\d+)", str(error))
        what = f"is not valid TOML: {re.sub(r' *[(]at .*', '', str(error)).lower()}"
        row = int(line[1]) if line else None
        raise InputError(what, file=file, row=row, advice="Correct that line.") from error
    _check_keys(document, FILE_KEYS, where="the file", file=file)
    return document, _tables(document, "rules", where="the file", file=file)


def _with_built_in(document: Table, file: str) -> bool:
    with_built_in = document.get("built_in", True)
    if not isinstance(with_built_in, bool):
        raise _fault("the file", "built_in is neither true nor false", file, "Write it as built_in = false.")
    return with_built_in


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
    said = _says(table, where=where, file=file, known=known)
    return Rule(
        name=name,
        title=_words(table, "title", where=where, file=file),
        points_at=_words(table, "points_at", where=where, file=file),
        weight=weight,
        source=_words(table, "source", where=where, file=file),
        conditions=conditions,
        says=said if "says" in table else _speaking(conditions[0].feature, known),
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
        advice = nearest(comparison, SIGNS) or f"Choose from {', '.join(SIGNS)}."
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


def _speaking(name: str, known: Mapping[str, Feature]) -> tuple[str, ...]:
    return (name,) if known[name].sentence else ()


def _says(table: Table, *, where: str, file: str, known: Mapping[str, Feature]) -> tuple[str, ...]:
    names = _list(table, "says", where=where, file=file)
    return tuple(_feature(name, where=where, file=file, known=known).name for name in names)


def _feature(name: str, *, where: str, file: str, known: Mapping[str, Feature]) -> Feature:
    if name not in known:
        advice = nearest(name, known) or "See them all with: powertheft features."
        raise ChoiceError(f"{where}: there is no feature {name!r}", file=file, advice=advice)
    return known[name]


def nearest(word: str, choices: Collection[str]) -> str:
    """Return the question whether another word was meant, "" where none is near.

    Examples
    --------
    >>> nearest("use_21m", ["use_12m", "load_use"]), nearest("xyz", ["use_12m"])
    ('Did you mean use_12m?', '')
    """
    near = get_close_matches(word, sorted(choices), n=1)
    return f"Did you mean {near[0]}?" if near else ""


def _fault(where: str, what: str, file: str, advice: str) -> InputError:
    return InputError(f"{where}: {what}", file=file, advice=advice)


def _check_keys(table: Table, allowed: Sequence[str], *, where: str, file: str) -> None:
    for key in table:
        if key not in allowed:
            advice = nearest(key, allowed) or f"Choose from {', '.join(allowed)}."
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
