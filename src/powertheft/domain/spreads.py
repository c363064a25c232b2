"""How values are spread, as counts that single nobody out. Rule of the room: standard library only; pure functions.

A spread holds no row and no value of one consumer. Those of a model version are made in `models.reference`, where bins
and categories of fewer than 20 consumers are merged; later ones count new consumers in the same bins (`monitoring`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class NumberSpread:
    """Spread of a number: how many consumers lie in each bin, and the share with no value.

    The first and last bin are open: they also hold what lies beyond their outer edge. A value on an inner edge belongs
    to the bin above it.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    share_missing: float


@dataclass(frozen=True, slots=True)
class CategorySpread:
    """Spread of a category: consumers of each level of at least 20, of all others together, and the share missing."""

    counts: Mapping[str, int]
    others: int
    share_missing: float


@dataclass(frozen=True, slots=True)
class Spreads:
    """Spread of every feature and of the raw scores among so many rows.

    Examples
    --------
    >>> spreads = Spreads(rows=40, scores=NumberSpread((0.0, 1.0), (40,), 0.0))
    >>> Spreads.from_json(spreads.to_json()) == spreads
    True
    """

    rows: int
    scores: NumberSpread
    numbers: Mapping[str, NumberSpread] = field(default_factory=dict[str, NumberSpread])
    categories: Mapping[str, CategorySpread] = field(default_factory=dict[str, CategorySpread])

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries and lists."""
        return {
            "rows": self.rows,
            "scores": _number_to_json(self.scores),
            "numbers": {name: _number_to_json(number) for name, number in self.numbers.items()},
            "categories": {
                name: {"counts": dict(item.counts), "others": item.others, "share_missing": item.share_missing}
                for name, item in self.categories.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the spreads that `to_json` wrote."""
        return cls(
            rows=int(data["rows"]),
            scores=_number_from_json(data["scores"]),
            numbers={name: _number_from_json(item) for name, item in data["numbers"].items()},
            categories={
                name: CategorySpread(dict(item["counts"]), int(item["others"]), float(item["share_missing"]))
                for name, item in data["categories"].items()
            },
        )


def _number_to_json(number: NumberSpread) -> dict[str, Any]:
    return {"edges": list(number.edges), "counts": list(number.counts), "share_missing": number.share_missing}


def _number_from_json(data: Mapping[str, Any]) -> NumberSpread:
    return NumberSpread(
        edges=tuple(float(edge) for edge in data["edges"]),
        counts=tuple(int(count) for count in data["counts"]),
        share_missing=float(data["share_missing"]),
    )
