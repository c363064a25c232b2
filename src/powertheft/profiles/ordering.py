"""Rows in the order of their key. Rule of the room: a utility is described in data, never in code.

Rows that share a key are ordered by what they hold, so that neither the order of a file's rows nor the order or names
of its columns changes anything that follows.
"""

import polars as pl

from powertheft.domain.tables import SOURCE_ROW, Table

# As many hexadecimal digits as fit into a whole number of 64 bits with a sign.
HEX_DIGITS = 15


def in_order(frame: pl.DataFrame, table: Table, *, has_own_sequence: bool = False) -> pl.DataFrame:
    """Return rows sorted by the table's key; those that share it are numbered, unless the file numbers them itself."""
    columns = {series.name: series for series in frame.get_columns()}
    del frame
    keys = [name for name in table.key if name in columns]
    ranked = _ranked(pl.DataFrame({name: columns[name] for name in keys}).with_row_index("position"), keys)
    repeated = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in keys)
    repeated = ranked.select(repeated & (pl.int_range(pl.len()) > 0)).to_series()
    order = ranked["position"]
    del ranked
    if repeated.any():
        order = _order_ties(columns, order, repeated, keys=keys)
    # One column after the other, each let go once it is in order: the whole table need not fit in memory twice.
    ordered = pl.DataFrame([columns.pop(name).gather(order).alias(name) for name in list(columns)])
    if "sequence" not in table.key or has_own_sequence:
        return ordered
    return ordered.insert_column(len(keys), _number_repeats(repeated))


def _ranked(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return the keys of rows in order.

    A ledger is written month by month, or consumer by consumer: then the rows are in order once the consumers are, and
    those are fast to order by the number that their pseudonyms begin with. Where that is not so the rows are sorted.
    """
    first = rows.get_column(keys[0])
    if first.dtype == pl.String and first.len() and len(first[0] or "") > HEX_DIGITS:
        begins = first.str.slice(0, HEX_DIGITS).str.to_integer(base=16, strict=False)
        if begins.null_count() == first.null_count():
            guessed = rows.select(pl.all().gather(begins.arg_sort()))
            if not _has_descent(guessed, keys):
                return guessed
    return rows.sort(keys)


def _has_descent(rows: pl.DataFrame, keys: list[str]) -> bool:
    """Whether a row comes before the one above it; what is missing comes first, as where Polars sorts."""
    descends, ties = pl.lit(value=False), pl.lit(value=True)
    for name in keys:
        here, above = pl.col(name), pl.col(name).shift(1)
        lower = (here < above).fill_null(value=False) | (here.is_null() & above.is_not_null())
        descends |= ties & lower
        ties &= here.eq_missing(above)
    return bool(rows.select(descends.any()).item())


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
