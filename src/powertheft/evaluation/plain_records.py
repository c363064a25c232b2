"""Records of the evaluation as plain JSON values. Rule of the room: arrays in, frozen records out; domain only."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def to_plain(record: "DataclassInstance") -> dict[str, Any]:
    """Return a record as dictionaries, lists, numbers and words; None where a number is undefined.

    Examples
    --------
    >>> from powertheft.evaluation.evaluation import Measure
    >>> to_plain(Measure(0.5, float("nan"), float("inf")))
    {'value': 0.5, 'low': None, 'high': None}
    """
    return {name: _without_nan(value) for name, value in asdict(record).items()}


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
