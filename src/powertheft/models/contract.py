"""What a model demands of a feature table. Rule of the room: the scikit-learn contract."""

from collections.abc import Mapping

import polars as pl

from powertheft.domain.errors import BundleError
from powertheft.models.schema import KIND_WORDS, FeatureKind, kind_of

_NAMED = 8


def conform(X: pl.DataFrame, kinds: Mapping[str, FeatureKind]) -> pl.DataFrame:
    """Return the columns that a model was fitted to, in its order; refuse a table that lacks or mistypes one.

    Parameters
    ----------
    X : DataFrame
        Feature table; columns in any order, further ones are left out.
    kinds : mapping of str to {"number", "category"}
        The features that the model was fitted to.

    Returns
    -------
    DataFrame

    Raises
    ------
    BundleError
        If a feature is missing, or holds text where the model learnt from numbers, or numbers where from text.

    Examples
    --------
    >>> conform(pl.DataFrame({"district": [3], "energy": ["many"]}), {"energy": "number", "district": "category"})
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.BundleError: 2 features do not hold what the model learnt from: energy (numbers, ...
    """
    schema = X.schema  # read once: a frame makes it anew, with every column, each time it is asked
    missing = [name for name in kinds if name not in schema]
    if missing:
        raise BundleError(
            f"the table lacks {_count(missing)} that the model needs: {_listed(missing)}",
            column=missing[0] if len(missing) == 1 else None,
            advice="Check the profile's column names, or train a model without them (--without).",
        )
    found = {name: kind_of(schema[name]) for name in kinds}
    # A column without a single value has no kind of its own.
    mistyped = [name for name in kinds if found[name] != kinds[name] and schema[name] != pl.Null]
    if mistyped:
        told = [f"{name} ({KIND_WORDS[kinds[name]]}, here {_words(schema[name])})" for name in mistyped]
        raise BundleError(
            f"{_count(mistyped)} {'does' if len(mistyped) == 1 else 'do'} not hold what the model learnt from: "
            f"{_listed(told)}",
            column=mistyped[0] if len(mistyped) == 1 else None,
            advice="Use the profile and the kind of file that the model was trained with.",
        )
    return X.select(_retyped(name, schema[name], kind) for name, kind in kinds.items())


def _retyped(name: str, dtype: pl.DataType, kind: FeatureKind) -> pl.Expr:
    if dtype != pl.Null:
        return pl.col(name)
    return pl.col(name).cast(pl.Float64 if kind == "number" else pl.String)


def _words(dtype: pl.DataType) -> str:
    kind = kind_of(dtype)
    return KIND_WORDS[kind] if kind else str(dtype)


def _count(names: list[str]) -> str:
    return "1 feature" if len(names) == 1 else f"{len(names)} features"


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
