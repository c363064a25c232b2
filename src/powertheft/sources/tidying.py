"""What every reader does with text. Rule of the room: rename nothing."""

import polars as pl
import polars.selectors as cs


def tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with text trimmed, empty text missing, and dictionary-coded text as text."""
    coded = cs.by_dtype(pl.Categorical) | cs.enum()
    frame = frame.with_columns(coded.cast(pl.String)).with_columns(cs.string().str.strip_chars())
    return without_empty_text(frame)


def without_empty_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with empty text missing; only columns that have some are copied, and few do."""
    empty = [column.name for column in frame.select(cs.string()) if (column.str.len_bytes() == 0).any()]
    return frame.with_columns(pl.col(name).replace("", None) for name in empty)
