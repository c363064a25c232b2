"""Rows in the order of their key. Rule of the room: a utility is described in data, never in code.

Rows that share a key are ordered by what they hold, so that neither the order of a file's rows nor the order or names
of its columns changes anything that follows.
"""

from dataclasses import dataclass

import polars as pl

from powertheft.domain.tables import SOURCE_ROW, Table

# As many hexadecimal digits as fit into a whole number of 64 bits with a sign.
HEX_DIGITS = 15


def in_order(frame: pl.DataFrame, table: Table, *, has_own_sequence: bool = False) -> pl.DataFrame:
    """Return rows sorted by the table's key; those that share it are numbered, unless the file numbers them itself."""
    columns = {series.name: series for series in frame.get_columns()}
    del frame
    keys = [name for name in table.key if name in columns]
    ranked = _guessed(columns, keys) or _sorted(columns, keys)
    order, repeated, ready = ranked.order, ranked.repeated, ranked.keys
    if repeated.any():
        order = _order_ties(columns, order, repeated, keys=keys)
    # One column after the other, each let go once it is in order: the whole table need not fit in memory twice.
    ordered = pl.DataFrame([_take(name, columns, ready, order) for name in list(columns)])
    if "sequence" not in table.key or has_own_sequence:
        return ordered
    return ordered.insert_column(len(keys), _number_repeats(repeated))


def _take(name: str, columns: dict[str, pl.Series], ready: dict[str, pl.Series], order: pl.Series) -> pl.Series:
    column = columns.pop(name)
    return (ready.pop(name) if name in ready else column.gather(order)).alias(name)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Where the rows stood that are now in order, which of them repeat the key of the one above, and the keys."""

    order: pl.Series
    repeated: pl.Series
    keys: dict[str, pl.Series]


def _sorted(columns: dict[str, pl.Series], keys: list[str]) -> _Ranked:
    rows = pl.DataFrame({name: columns[name] for name in keys}).with_row_index("position").sort(keys)
    repeated = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in keys)
    repeated = rows.select(repeated & (pl.int_range(pl.len()) > 0)).to_series()
    return _Ranked(rows["position"], repeated, {name: rows[name] for name in keys})


def _guessed(columns: dict[str, pl.Series], keys: list[str]) -> _Ranked | None:
    """Return the order that follows from the consumers alone, if it is the order of all keys.

    It is so where a ledger is written month by month, or consumer by consumer; and consumers are fast to order by the
    number that their pseudonyms begin with.
    """
    first = columns[keys[0]]
    if first.dtype != pl.String or not first.len() or len(first[0] or "") <= HEX_DIGITS:
        return None
    begins = first.str.slice(0, HEX_DIGITS).str.to_integer(base=16, strict=False)
    if begins.null_count() > first.null_count():
        return None
    order = begins.arg_sort()
    begins = begins.gather(order)
    rows = pl.DataFrame({name: columns[name].gather(order) for name in keys})
    tied = (begins.eq_missing(begins.shift(1)) & (pl.int_range(len(begins), eager=True) > 0)).alias("tied")
    for name in keys:
        tied = _tied_if_rising(rows[name], tied, is_first=name == keys[0])
        if tied is None:
            return None
    return _Ranked(order, tied, {name: rows[name] for name in keys})


def _tied_if_rising(column: pl.Series, tied: pl.Series, *, is_first: bool) -> pl.Series | None:
    """Return which of the rows that were tied with the one above still are, None where one should be above it."""
    here, above = pl.col(column.name), pl.col(column.name).shift(1)
    frame = pl.DataFrame({column.name: column, "tied": tied})
    if is_first:
        # Numbers that pseudonyms begin with are the same only if the pseudonyms are.
        still = frame.select(pl.col("tied") & here.eq_missing(above)).to_series().alias("tied")
        return still if still.equals(tied) else None
    if column.null_count() == column.len() or (not column.has_nulls() and (column == column.first()).all()):
        return tied
    # What is missing comes first, as where Polars sorts.
    lower = (here < above).fill_null(value=False) | (here.is_null() & above.is_not_null())
    seen = frame.select((pl.col("tied") & lower).any().alias("lower"), pl.col("tied") & here.eq_missing(above))
    return None if seen.item(0, "lower") else seen["tied"]


def _order_ties(columns: dict[str, pl.Series], order: pl.Series, repeated: pl.Series, *, keys: list[str]) -> pl.Series:
    tied = repeated | repeated.shift(-1, fill_value=False)
    positions = order.filter(tied)
    # By name, because the order of a file's columns must not decide.
    others = sorted(set(columns) - {*keys, SOURCE_ROW})
    rows = pl.DataFrame({name: column.gather(positions) for name, column in columns.items()})
    rows = rows.with_columns(positions.alias("position")).sort([*keys, *others, SOURCE_ROW])
    return order.clone().scatter(tied.arg_true(), rows["position"])


def _number_repeats(repeated: pl.Series) -> pl.Series:
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    first = pl.when(~pl.col("repeated")).then(place).forward_fill()
    return repeated.alias("repeated").to_frame().select((place - first).alias("sequence")).to_series()
