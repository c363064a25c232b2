"""A file's own further columns as features. Rule of the room: a feature is a definition, never a script.

What these columns mean is unknown, so their flags are careful: a word that rides along with bills or with the
consumer master counts as registry, and how it changed over time as something that a visit may have caused.
"""

from collections.abc import Mapping, Sequence

import narwhals as nw

from powertheft.domain.tables import Kind
from powertheft.features.aggregates import Quantity, aggregates, different
from powertheft.features.definition import Aggregate, Feature, Flag, Lookup
from powertheft.features.derived import days_since_epoch
from powertheft.features.windows import ALL, COMMODITIES, LAST, YEAR

FAMILY = "attribute"
REGISTRY: frozenset[Flag] = frozenset({"registry"})
CHANGED: frozenset[Flag] = frozenset({"registry", "not-knowable"})
NUMBERS = frozenset({"number", "integer", "boolean"})
CODES = frozenset({"category", "text"})


def consumer_attribute(column: str, kind: Kind, *, beside_bills: bool = False) -> Feature:
    """Define the feature that is a further column of the consumer master; registry where bills tell of behaviour."""

    def expression() -> nw.Expr:
        if kind in {"date", "datetime"}:
            return days_since_epoch(column)
        return nw.col(column) if kind in CODES else nw.col(column).cast(nw.Float64)

    unit = "days since 1970" if kind in {"date", "datetime"} else ""
    return Feature(
        column,
        FAMILY,
        unit,
        f"Column {column} of the file",
        frozenset({f"consumers.{column}"}),
        Lookup(expression),
        # In a table of one row a consumer and nothing else the further columns are the behaviour itself.
        REGISTRY if beside_bills else frozenset[Flag](),
        kind="category" if kind in CODES else "number",
    )


def reading_number(column: str) -> tuple[Feature, ...]:
    """Define the features of a further numeric column of the bills."""
    quantity = Quantity(column, column, column, "", (f"readings.{column}",))
    return (
        *aggregates(FAMILY, quantity, statistics=("mean", "std", "max", "min")),
        *aggregates(FAMILY, quantity, statistics=("mean",), windows=(YEAR,)),
        *aggregates(FAMILY, quantity, statistics=("max",), windows=(LAST,)),
    )


def reading_category(
    column: str, levels: Sequence[str], *, flags: frozenset[Flag] = REGISTRY, changed: frozenset[Flag] = CHANGED
) -> tuple[Feature, ...]:
    """Define the features of a column of codes: its last word, how many, and the share of frequent ones."""
    needs = frozenset({f"readings.{column}"})
    return tuple(
        feature
        for commodity in COMMODITIES
        for feature in (
            _last(column, commodity, needs=needs, flags=flags),
            _distinct(column, commodity, needs=needs, flags=changed),
            *(_share(column, level, commodity=commodity, needs=needs, flags=changed) for level in levels),
        )
    )


def frequent_levels(counts: Mapping[str, int], *, share: float = 0.01, most: int = 15) -> tuple[str, ...]:
    """Return the words that make up at least `share` of the rows, most frequent first, ties by word.

    Examples
    --------
    >>> frequent_levels({"a": 90, "b": 10, "c": 0}, share=0.05)
    ('a', 'b')
    """
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(word for word, count in ranked[:most] if total and count >= share * total)


def _named(commodity: str, needs: frozenset[str]) -> tuple[str, str, frozenset[str]]:
    if commodity == "gas":
        return "gas_", " (gas)", needs | {"readings.commodity"}
    return "", "", needs


def _last(column: str, commodity: str, *, needs: frozenset[str], flags: frozenset[Flag]) -> Feature:
    prefix, words, needs = _named(commodity, needs)

    def expression() -> nw.Expr:
        return LAST.of(nw.col(column), commodity).max()

    return Feature(
        f"{prefix}{column}_last",
        FAMILY,
        "",
        f"{column} on the last bill{words}",
        needs,
        Aggregate(expression),
        flags,
        kind="category",
    )


def _distinct(column: str, commodity: str, *, needs: frozenset[str], flags: frozenset[Flag]) -> Feature:
    prefix, words, needs = _named(commodity, needs)

    def expression() -> nw.Expr:
        return different(ALL.of(nw.col(column), commodity))

    return Feature(
        f"{prefix}{column}_different",
        FAMILY,
        "",
        f"Number of different {column}{words}",
        needs,
        Aggregate(expression),
        flags,
    )


def _share(column: str, level: str, *, commodity: str, needs: frozenset[str], flags: frozenset[Flag]) -> Feature:
    prefix, words, needs = _named(commodity, needs)

    def expression() -> nw.Expr:
        return ALL.of((nw.col(column) == level).cast(nw.Float64), commodity).mean()

    return Feature(
        f"{prefix}{column}_{level}_share",
        FAMILY,
        "share",
        f"Share of bills with {column} {level}{words}",
        needs,
        Aggregate(expression),
        flags,
    )
