"""Nothing later than a row's as-of date is read, whatever a file holds."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.engines.local import compute_features
from powertheft.features.catalogue import catalogue

Tables = dict[str, pl.DataFrame]
DATES = {
    "readings": "read_on",
    "payments": "paid_on",
    "events": "occurred_at",
    "inspections": "inspected_on",
    "transformer_readings": "read_on",
    "intervals": "start",
}


def computed(tables: Tables, on: date) -> pl.DataFrame:
    as_of = tables["consumers"].select("consumer_id", as_of=pl.lit(on))
    return compute_features(tables, catalogue(), as_of=as_of).features


def later(frame: pl.DataFrame, column: str, on: date) -> pl.DataFrame:
    """The same rows again, each on a day after the as-of date."""
    return frame.with_columns(pl.lit(on).cast(frame.schema[column]).alias(column))


@given(seed=st.integers(0, 10_000), days=st.integers(1, 800))
@settings(max_examples=4, deadline=None)
def test_rows_after_the_as_of_date_change_no_feature(
    seed: int, days: int, make_utility: Callable[[int], Tables], today: date
) -> None:
    tables = make_utility(seed)
    added = {
        name: pl.concat([frame, later(frame, DATES[name], today + timedelta(days=days))]) if name in DATES else frame
        for name, frame in tables.items()
    }
    assert computed(added, today).equals(computed(tables, today))


@given(seed=st.integers(0, 10_000), back=st.integers(30, 700))
@settings(max_examples=4, deadline=None)
def test_the_past_looks_the_same_from_a_file_that_ends_then(
    seed: int, back: int, make_utility: Callable[[int], Tables], today: date
) -> None:
    tables = make_utility(seed)
    then = today - timedelta(days=back)
    known = {
        name: frame.filter(pl.col(DATES[name]).cast(pl.Date) <= then) if name in DATES else frame
        for name, frame in tables.items()
    }
    assert computed(tables, then).equals(computed(known, then))


def test_a_later_bill_of_one_house_is_not_read_although_another_house_is_seen_later(
    make_utility: Callable[[int], Tables], today: date
) -> None:
    tables = make_utility(3)
    early = today - timedelta(days=200)
    is_early = pl.col("consumer_id") == "H000"
    as_of = tables["consumers"].select(
        "consumer_id", as_of=pl.when(is_early).then(pl.lit(early)).otherwise(pl.lit(today))
    )
    # Neighbours and transformers are seen through other houses' bills as well.
    own = [feature for feature in catalogue() if feature.family not in {"peers", "balance"}]
    without = {**tables, "readings": tables["readings"].filter(~(is_early & (pl.col("read_on") > early)))}
    whole = compute_features(tables, own, as_of=as_of)
    cut = compute_features(without, own, as_of=as_of)
    assert whole.features.equals(cut.features)
