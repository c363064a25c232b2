"""A rule as a form, and as text in a file of rules. Rule of the room: imports domain and features only.

What a person typed is judged field by field, so that a form can say beside each field what is wrong with it. The text
of the file that a user wrote by hand is kept as it is, with all comments: a rule is put after it, or cut out of it.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Any, cast

from powertheft.domain.errors import InputError
from powertheft.features.definition import Feature
from powertheft.rules.definition import SIGNS, Comparison, Condition
from powertheft.rules.reading import HEAVIEST, NAME, nearest

LONGEST = 300
"""Characters of a text in a form at most: a reason is read in a list."""

UNSAID = "An indication, which only a visit can check."
"""What a rule may mean, where the form does not say it."""

HEAD = "# Our own rules, asked after the built-in ones. What each key holds stands on the page docs/rules.md.\n\n"
BLOCK = re.compile(r"^[ \t]*\[\[[ \t]*rules[ \t]*\]\]", re.MULTILINE)
COMMENTS_ABOVE = re.compile(r"(?:^[ \t]*#[^\n]*\n)*\Z", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A rule of one condition, every field as it was typed; `threshold` holds words with commas for "one of".

    `sentence` is told with the number where the rule holds; `may_mean` is what that may mean to a squad.
    """

    name: str
    feature: str
    comparison: str
    threshold: str
    sentence: str
    source: str
    weight: str = "2"
    may_mean: str = ""


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one field of a form, and what to do."""

    field: str
    what: str
    advice: str

    def __str__(self) -> str:
        return f"{self.field}: {self.what}. {self.advice}"


def form_faults(form: RuleForm, *, known: Mapping[str, Feature], taken: frozenset[str]) -> tuple[FieldFault, ...]:
    """Judge every field of a form.

    Parameters
    ----------
    form : RuleForm
        What was typed.
    known : mapping of str to Feature
        Features that a rule may name.
    taken : frozenset of str
        Names of the rules that the file has already.

    Returns
    -------
    tuple of FieldFault
        In the order of the fields; empty where a rule can be made of it.

    Examples
    --------
    >>> from powertheft.features.catalogue import catalogue
    >>> form = RuleForm("much-used", "use_21m", "above", "1,5", "Uses much", "practice")
    >>> for fault in form_faults(form, known={f.name: f for f in catalogue()}, taken=frozenset()):
    ...     print(fault)
    feature: there is no feature 'use_21m'. Did you mean use_12m or use_6m? See all: powertheft features.
    threshold: '1,5' is no number. Write it with a point: 1.5.
    """
    feature = known.get(form.feature.strip())
    found = (
        _name_fault(form.name.strip(), taken),
        _feature_fault(form.feature.strip(), known),
        _comparison_fault(form.comparison.strip(), feature),
        _threshold_fault(form, feature),
        _text_fault("sentence", form.sentence, "Say in a few words what the rule sees."),
        _text_fault("source", form.source, "Name a law, a standard, a paper with its DOI, or write: practice."),
        _weight_fault(form.weight.strip()),
        _text_fault("may_mean", form.may_mean or UNSAID, "Say what it may mean, or leave it empty."),
    )
    return tuple(filter(None, found))


def _name_fault(name: str, taken: frozenset[str]) -> FieldFault | None:
    if not NAME.fullmatch(name):
        proposed = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "sudden-fall"
        return FieldFault("name", f"{name!r} is no name", f"Use small letters and hyphens: {proposed}.")
    if name in taken:
        return FieldFault("name", f"the file has a rule {name}", "Choose another, or replace that rule.")
    return None


def _feature_fault(name: str, known: Mapping[str, Feature]) -> FieldFault | None:
    if name in known:
        return None
    near = get_close_matches(name, sorted(known), n=3, cutoff=0.7)
    meant = f"Did you mean {' or '.join(filter(None, [', '.join(near[:-1]), near[-1]]))}? " if near else ""
    return FieldFault("feature", f"there is no feature {name!r}", f"{meant}See all: powertheft features.")


def _comparison_fault(comparison: str, feature: Feature | None) -> FieldFault | None:
    if comparison not in SIGNS:
        advice = nearest(comparison, SIGNS) or f"Choose from {', '.join(SIGNS)}."
        return FieldFault("comparison", f"cannot be {comparison!r}", advice)
    if feature is None or (comparison == "one of") == (feature.kind == "category"):
        return None
    numbers = ", ".join(sign for sign in SIGNS if sign != "one of")
    if feature.kind == "category":
        return FieldFault("comparison", f"cannot be {comparison!r}: {feature.name} is a word", "Choose: one of.")
    return FieldFault("comparison", f"cannot be 'one of': {feature.name} is a number", f"Choose from {numbers}.")


def _threshold_fault(form: RuleForm, feature: Feature | None) -> FieldFault | None:
    text = form.threshold.strip()
    if form.comparison.strip() == "one of":
        readable = _words(text) and text.isprintable()
        return None if readable else FieldFault("threshold", "names no word", "Write the words with commas: hut, shop.")
    if _number(text) is not None:
        return None
    unit = f" of {feature.unit}" if feature is not None and feature.unit else ""
    with_point = text.replace(",", ".")
    right = with_point if text.count(",") == 1 and _number(with_point) is not None else ""
    advice = f"Write it with a point: {right}." if right else f"Write a number{unit}, such as 0.5."
    return FieldFault("threshold", f"{text!r} is no number", advice)


def _text_fault(field: str, text: str, advice: str) -> FieldFault | None:
    if not text.strip():
        return FieldFault(field, "is empty", advice)
    if not text.strip().isprintable():
        return FieldFault(field, "has a line break or another sign that cannot be printed", "Write it in one line.")
    if len(text) > LONGEST:
        return FieldFault(field, f"is longer than {LONGEST} characters", "Say it shorter.")
    return None


def _weight_fault(text: str) -> FieldFault | None:
    weight = _number(text)
    if weight is not None and 0 < weight <= HEAVIEST:
        return None
    advice = f"Write a number above 0 and up to {HEAVIEST:g}: 3 a squad would go for this alone, 1 a hint."
    return FieldFault("weight", f"cannot be {text!r}", advice)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def form_condition(form: RuleForm) -> Condition:
    """Return the condition of a form whose feature, comparison and threshold are without faults.

    Examples
    --------
    >>> form_condition(RuleForm("", "use_12m", "above", " 150 ", "", ""))
    Condition(feature='use_12m', comparison='above', threshold=150.0, words=())
    """
    feature, comparison = form.feature.strip(), cast("Comparison", form.comparison.strip())
    if comparison == "one of":
        return Condition(feature, comparison, words=tuple(_words(form.threshold)))
    return Condition(feature, comparison, float(form.threshold))


def form_to_toml(form: RuleForm) -> str:
    """Return a form without faults as the table of a rule.

    Examples
    --------
    >>> print(form_to_toml(RuleForm("much-used", "use_12m", "above", "150", "Uses much", "practice")), end="")
    [[rules]]
    name = "much-used"
    title = "Uses much"
    points_at = "An indication, which only a visit can check."
    weight = 2
    source = "practice"
    conditions = [{ feature = "use_12m", is = "above", threshold = 150 }]
    says = []
    """
    comparison = form.comparison.strip()
    if comparison == "one of":
        against = f"words = [{', '.join(map(_quoted, _words(form.threshold)))}]"
    else:
        against = f"threshold = {_plain(form.threshold)}"
    lines = (
        "[[rules]]",
        f"name = {_quoted(form.name)}",
        f"title = {_quoted(form.sentence)}",
        f"points_at = {_quoted(form.may_mean.strip() or UNSAID)}",
        f"weight = {_plain(form.weight)}",
        f"source = {_quoted(form.source)}",
        f"conditions = [{{ feature = {_quoted(form.feature)}, is = {_quoted(comparison)}, {against} }}]",
        "says = []",
    )
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """Write a text of printable signs as TOML does, which is as JSON does."""
    return json.dumps(text.strip(), ensure_ascii=False)


def _plain(text: str) -> str:
    value = float(text)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def with_rule(text: str, table: str, *, file: str) -> str:
    """Return the text of a file of rules with a rule's table after all that it holds; "" is a file not there yet."""
    whole = f"{text.rstrip()}\n\n{table}" if text.strip() else f"{HEAD}{table}"
    before = _loaded(text, file) if text.strip() else {}
    expected = {**before, "rules": [*before.get("rules", []), *tomllib.loads(table)["rules"]]}
    return _checked(whole, expected, file)


def without_rule(text: str, name: str, *, file: str) -> str:
    """Return the text of a file of rules without the rule of that name, and the comments that stand right above it."""
    before = _loaded(text, file)
    tables = before.get("rules", [])
    starts = [match.start() - len(_comments_above(text[: match.start()])) for match in BLOCK.finditer(text)]
    place = next((place for place, table in enumerate(tables) if table.get("name") == name), None)
    if place is None or len(starts) != len(tables):
        raise _by_hand(file)
    rest = text[: starts[place]] + "".join(text[starts[place + 1] :] if place + 1 < len(starts) else "")
    kept = [table for number, table in enumerate(tables) if number != place]
    return _checked(rest, {**before, "rules": kept} if kept else _without_rules(before), file)


def _comments_above(text: str) -> str:
    found = COMMENTS_ABOVE.search(text)
    return found[0] if found else ""


def _without_rules(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "rules"}


def _loaded(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("is not valid TOML", file=file, advice="See where: powertheft rules check FILE.") from error


def _checked(text: str, expected: Mapping[str, Any], file: str) -> str:
    """Return a text that says what is expected and nothing else; refuse one that was written in another way."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _by_hand(file) from error
    if found != expected:
        raise _by_hand(file)
    return text


def _by_hand(file: str) -> InputError:
    what = "cannot be changed by powertheft without harm to what else it says"
    return InputError(
        what, file=file, advice="Write each rule under a line [[rules]] of its own, or change it by hand."
    )
