"""Where a connection is, to about a kilometre: enough to plan a route, too little to find a door.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

import polars as pl

from powertheft.privacy.thresholds import POSITION_DECIMALS

_PAIR = r"(-?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)"


def rounded_position(latitude: pl.Expr, longitude: pl.Expr) -> pl.Expr:
    """Return `latitude,longitude` in degrees with two decimals, missing where either is missing or impossible."""
    both = [_degrees(latitude, 90), _degrees(longitude, 180)]
    return pl.concat_str(both, separator=",", ignore_nulls=False)


def rounded_text(position: pl.Expr) -> pl.Expr:
    """Return the same of positions written into one cell (`11.01234, 76.95678`); anything else becomes missing."""
    found = [position.str.extract(rf"^\s*\(?{_PAIR}\)?\s*$", group).cast(pl.Float64, strict=False) for group in (1, 2)]
    return rounded_position(*found)


def _degrees(value: pl.Expr, most: int) -> pl.Expr:
    number = value.cast(pl.Float64, strict=False)
    scale = 10**POSITION_DECIMALS
    hundredths = pl.when(number.abs() <= most).then((number * scale).round()).cast(pl.Int64)
    sign = pl.when(hundredths < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    part = (hundredths.abs() % scale).cast(pl.String).str.zfill(POSITION_DECIMALS)
    return pl.concat_str([sign + (hundredths.abs() // scale).cast(pl.String), part], separator=".")
