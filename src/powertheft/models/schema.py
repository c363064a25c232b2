"""What a feature table holds: numbers and categories. Rule of the room: the scikit-learn contract."""

from typing import Literal

import polars as pl

from powertheft.domain.errors import InputError

FeatureKind = Literal["number", "category"]
KIND_WORDS: dict[FeatureKind, str] = {"number": "numbers", "category": "categories (text)"}


def kind_of(dtype: pl.DataType) -> FeatureKind | None:
    """Return whether a column holds numbers or categories, None where it is neither.

    Examples
    --------
    >>> kind_of(pl.Float64()), kind_of(pl.Boolean()), kind_of(pl.String()), kind_of(pl.Date())
    ('number', 'number', 'category', None)
    """
    if dtype.is_numeric() or isinstance(dtype, pl.Boolean | pl.Null):
        return "number"
    return "category" if isinstance(dtype, pl.String | pl.Categorical | pl.Enum) else None


def feature_kinds(X: pl.DataFrame) -> dict[str, FeatureKind]:
    """Return the kind of every feature, in the table's order.

    Raises
    ------
    InputError
        If a column holds neither numbers nor text.

    Examples
    --------
    >>> feature_kinds(pl.DataFrame({"mean_energy": [1.5], "district": ["North"]}))
    {'mean_energy': 'number', 'district': 'category'}
    """
    kinds: dict[str, FeatureKind] = {}
    for name, dtype in X.schema.items():
        kind = kind_of(dtype)
        if kind is None:
            msg = f"holds {dtype}, which no model can use as it is"
            raise InputError(msg, column=name, advice="Give numbers or text, or leave the column out.")
        kinds[name] = kind
    return kinds
