"""The names that folds go by. Rule of the room: not inspected is unknown, never honest.

A utility's own number says the same in every export. A pseudonym does not: under another key the folds would be other
ones, and so would every figure. Consumers of a dataset are therefore drawn by what their bills say.
"""

from collections.abc import Mapping, Sequence

import polars as pl

CONSUMER = "consumer_id"
THOUSANDTHS = 1000
BILLED: Sequence[tuple[str, str]] = (("readings", "read_on"), ("intervals", "start"), ("payments", "paid_on"))
"""Tables that tell consumers apart, and their dates; the first that is there is taken."""


def content_names(tables: Mapping[str, pl.DataFrame], consumer_ids: Sequence[str]) -> list[str]:
    """Return for each consumer a word made of what its rows hold: how many, from when to when, and their sums.

    Two consumers with the same rows have the same word, and so share a fold. Sums are of whole thousandths: the order
    of the rows plays no part.

    Examples
    --------
    >>> bills = pl.DataFrame({"consumer_id": ["a", "a"], "read_on": ["2024-01-01", "2024-03-01"], "energy": [1.5, 2.0]})
    >>> content_names({"readings": bills}, ["a", "b"])
    ['2|2024-01-01|2024-03-01|3500', '0']
    """
    found = next(((tables[name], date) for name, date in BILLED if name in tables), None)
    if found is None:
        consumers = tables["consumers"]
        return _words(consumers, sorted(set(consumers.columns) - {CONSUMER}), consumer_ids)
    frame, date = found
    numbers = sorted(name for name, kind in frame.schema.items() if kind.is_numeric() and name != "sequence")
    sums = [(pl.col(name) * THOUSANDTHS).round().cast(pl.Int64, strict=False).sum() for name in numbers]
    told = (pl.len(), pl.col(date).min(), pl.col(date).max(), *sums)
    # By place: a file's own column may have any name.
    summed = frame.group_by(CONSUMER).agg(one.alias(f"{place}") for place, one in enumerate(told))
    return _words(summed, [f"{place}" for place in range(len(told))], consumer_ids)


def _words(told: pl.DataFrame, columns: Sequence[str], consumer_ids: Sequence[str]) -> list[str]:
    word = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in columns], separator="|").alias("word")
    asked = pl.DataFrame({CONSUMER: list(consumer_ids)})
    joined = asked.join(told.select(CONSUMER, word), on=CONSUMER, how="left", maintain_order="left")
    return joined["word"].fill_null("0").to_list()
