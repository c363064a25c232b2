"""Which rules fire, what they add up to, and how they speak. Rule of the room: imports domain and features only.

A rule speaks with the sentence of the feature that it looks at, so that a list by rules and a list by a model use the
same words and units. What is missing fires nothing.
"""

import math
from collections.abc import Mapping, Sequence

import polars as pl

from powertheft.features.definition import Feature
from powertheft.features.sentences import figure
from powertheft.rules.definition import Condition, Rule


def features_of(rules: Sequence[Rule]) -> frozenset[str]:
    """Return the names of the features that the rules compare.

    Examples
    --------
    >>> rule = Rule("low", "Low", "", 1.0, "practice", (Condition("to_peers_12m", "below", 0.3),), ("to_peers_12m",))
    >>> features_of([rule])
    frozenset({'to_peers_12m'})
    """
    return frozenset(condition.feature for rule in rules for condition in rule.conditions)


def numbers_of(rules: Sequence[Rule], known: Sequence[Feature]) -> frozenset[str]:
    """Return the names of the features that the rules compare, and of those whose values their sentences quote."""
    said = {name for rule in rules for name in rule.says}
    quoted = {number for f in known if f.name in said and f.sentence for number in f.sentence.numbers}
    return features_of(rules) | said | quoted


def asked(rules: Sequence[Rule], offered: Sequence[Feature]) -> tuple[Rule, ...]:
    """Return the rules all of whose features the data offer, those that they tell of too."""
    names = {feature.name for feature in offered}
    return tuple(rule for rule in rules if features_of([rule]) | set(rule.says) <= names)


def apply_rules(rules: Sequence[Rule], features: pl.DataFrame) -> pl.DataFrame:
    """Ask every rule of every consumer.

    Parameters
    ----------
    rules : sequence of Rule
        Rules whose features are all there.
    features : DataFrame, shape (n_consumers, n_features)
        The features that `features_of` names, in the units of the catalogue.

    Returns
    -------
    DataFrame, shape (n_consumers, 2)
        `fired`, the names of the rules that fire, heaviest first, and `points`, the sum of their weights.

    Raises
    ------
    ColumnNotFoundError
        If a feature that a rule compares is not there (polars).

    Notes
    -----
    Points are added up although rules overlap: that two rules see the same fall makes it no surer, only plainer.

    Examples
    --------
    >>> low = Rule("low", "Low", "", 2.0, "practice", (Condition("to_peers_12m", "below", 0.3),), ("to_peers_12m",))
    >>> apply_rules([low], pl.DataFrame({"to_peers_12m": [0.1, 0.9, None]})).to_dicts()
    [{'fired': ['low'], 'points': 2.0}, {'fired': [], 'points': 0.0}, {'fired': [], 'points': 0.0}]
    """
    nobody = pl.Series("fired", [[]] * features.height, dtype=pl.List(pl.String))
    if not rules:
        return pl.DataFrame([nobody, pl.Series("points", [0.0] * features.height, dtype=pl.Float64)])
    heaviest = by_weight(rules)
    holds = [holds_where(rule.conditions) for rule in heaviest]
    names = [pl.when(hold).then(pl.lit(rule.name)) for rule, hold in zip(heaviest, holds, strict=True)]
    points = [pl.when(hold).then(rule.weight).otherwise(0.0) for rule, hold in zip(heaviest, holds, strict=True)]
    return features.select(fired=pl.concat_list(names).list.drop_nulls(), points=pl.sum_horizontal(points))


def by_weight(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules heaviest first; those that weigh the same keep their order."""
    return tuple(sorted(rules, key=lambda rule: -rule.weight))


def holds_where(conditions: Sequence[Condition]) -> pl.Expr:
    """Return whether all conditions hold, over a frame of the features that they compare.

    Examples
    --------
    >>> low = Condition("to_peers_12m", "below", 0.3)
    >>> pl.DataFrame({"to_peers_12m": [0.1, 0.9, None]}).select(holds_where([low])).to_series().to_list()
    [True, False, False]
    """
    return pl.all_horizontal(_holds(condition) for condition in conditions)


def _holds(condition: Condition) -> pl.Expr:
    column = pl.col(condition.feature)
    if condition.comparison == "one of":
        words = [word.strip().lower() for word in condition.words]
        held = column.cast(pl.String).str.strip_chars().str.to_lowercase().is_in(words)
        return held.fill_null(value=False)
    # NaN would count as greater than every number. Features come in single precision: so is 0.3, on either side.
    value = column.cast(pl.Float32).fill_nan(None)
    threshold = pl.lit(condition.threshold, dtype=pl.Float32)
    held = {
        "below": value < threshold,
        "at most": value <= threshold,
        "at least": value >= threshold,
        "above": value > threshold,
    }[condition.comparison]
    return held.fill_null(value=False)


def tell_rules(
    rules: Sequence[Rule], fired: Sequence[Sequence[str]], numbers: pl.DataFrame, *, known: Sequence[Feature]
) -> list[tuple[str, ...]]:
    """Put the rules that fired into words, with each consumer's own numbers.

    Parameters
    ----------
    rules : sequence of Rule
        The rules that were applied.
    fired : sequence of sequence of str, length n_rows
        Names of the rules that fired for each of the rows.
    numbers : DataFrame, shape (n_rows, n_features)
        The features that `numbers_of` names, as far as the data have them.
    known : sequence of Feature
        Definitions of the features, for their sentences and units.

    Returns
    -------
    list of tuple of str
        For each row its reasons, heaviest rule first; none is told twice.

    Notes
    -----
    Where the feature's sentence has nothing to say, the rule's title and the number that it compares are told.

    Examples
    --------
    >>> rule = Rule("low", "Hardly used", "", 1.0, "practice", (Condition("low_run", "at least", 6.0),), ("low_run",))
    >>> from powertheft.features.catalogue import catalogue
    >>> tell_rules([rule], [["low"], []], pl.DataFrame({"low_run": [7.0, 0.0]}), known=catalogue())
    [('Hardly used: 7 months (longest run of months under a quarter of the own median)',), ()]
    """
    spoken = {rule.name: rule for rule in rules}
    features = {feature.name: feature for feature in known}
    told: list[tuple[str, ...]] = []
    for names, row in zip(fired, _rows(numbers), strict=True):
        clauses: list[str] = []
        reasons = [_said(spoken[name], row, features, clauses) for name in names]
        told.append(tuple(filter(None, reasons)))
    return told


def _said(rule: Rule, row: Mapping[str, object], features: Mapping[str, Feature], told: list[str]) -> str:
    """Return what a rule adds to the clauses that were told before, and note it there; "" where that is nothing."""
    values = {name: float(value) for name, value in row.items() if isinstance(value, (int, float))}
    sentences = [features[name].sentence for name in rule.says]
    clauses = [clause for sentence in sentences if sentence and (clause := sentence.say(values))]
    clauses = clauses or [title_and_number(rule, row, features)]
    fresh = [clause for clause in dict.fromkeys(clauses) if clause not in told]
    told += fresh
    return "; ".join(clause if place == 0 else clause[0].lower() + clause[1:] for place, clause in enumerate(fresh))


def compared_first(rule: Rule) -> str:
    """Return the name of the feature whose number is told beside a rule's title."""
    return (*rule.says, rule.conditions[0].feature)[0]


def title_and_number(rule: Rule, row: Mapping[str, object], features: Mapping[str, Feature]) -> str:
    """Return what a rule says where no sentence speaks for it: its title, and the number that it looks at.

    Examples
    --------
    >>> from powertheft.features.catalogue import catalogue
    >>> rule = Rule("low", "Hardly used", "", 1.0, "practice", (Condition("low_run", "at least", 6.0),), ())
    >>> title_and_number(rule, {"low_run": 7.0}, {feature.name: feature for feature in catalogue()})
    'Hardly used: 7 months (longest run of months under a quarter of the own median)'
    """
    return f"{rule.title}: {_number(compared_first(rule), row, features)}"


def _number(name: str, row: Mapping[str, object], features: Mapping[str, Feature]) -> str:
    feature, value = features[name], row.get(name)
    meaning = f"{feature.meaning[0].lower()}{feature.meaning[1:]}"
    if not isinstance(value, (int, float)):
        return f"{meaning}: {'not known' if value is None else value}"
    return f"{written(float(value), feature.unit)} ({meaning})"


def written(plain: float, unit: str) -> str:
    """Write a feature's number with its unit.

    Examples
    --------
    >>> written(0.283, ""), written(-1400.0, "kWh"), written(7.0, "months")
    ('0.28', '−1,400 kWh', '7 months')
    """
    # Shares and ratios live below one: a single decimal would hide them.
    digits = f"{abs(plain):.2f}" if abs(plain) < 9.95 and plain != round(plain) else figure(abs(plain))
    return f"{'−' if plain < 0 else ''}{digits} {unit}".rstrip()


def _rows(numbers: pl.DataFrame) -> list[dict[str, object]]:
    """Return each row's values; a number that is missing is NaN, as sentences expect."""
    plain = numbers.with_columns(pl.selectors.numeric().cast(pl.Float64).fill_null(math.nan))
    return plain.to_dicts() if plain.width else [{} for _ in range(numbers.height)]
