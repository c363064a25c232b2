"""The names that folds go by say nothing of who, and are the same under any number."""

import polars as pl

from powertheft.labels.fold_names import content_names

BILLS = pl.DataFrame(
    {
        "consumer_id": ["a", "a", "b", "b", "c"],
        "read_on": ["2024-01-01", "2024-03-01", "2024-01-01", "2024-03-01", "2024-01-01"],
        "energy": [10.0, 20.0, 10.0, 20.5, None],
        "meter_status": ["OK"] * 5,
    }
)
MASTER = pl.DataFrame({"consumer_id": ["a", "b"], "category": ["home", None], "region": ["north", "north"]})


def test_other_names_and_another_order_of_rows_change_nothing() -> None:
    renamed = BILLS.with_columns(pl.col("consumer_id").replace({"a": "z9", "b": "k1", "c": "q7"}))
    assert content_names({"readings": renamed.reverse()}, ["z9", "k1", "q7"]) == content_names(
        {"readings": BILLS}, ["a", "b", "c"]
    )


def test_consumers_with_other_bills_have_other_words_and_those_without_share_one() -> None:
    words = content_names({"readings": BILLS}, ["a", "b", "c", "nobody", "none"])
    assert len(set(words)) == 4
    assert words[3] == words[4]


def test_a_files_own_columns_may_be_called_anything() -> None:
    strange = BILLS.rename({"energy": "rows"}).with_columns(pl.lit(1.0).alias("0"), pl.lit(2).alias("word"))
    assert len(set(content_names({"readings": strange}, ["a", "b", "c"]))) == 3


def test_without_bills_the_list_of_consumers_tells() -> None:
    assert content_names({"consumers": MASTER}, ["b", "a"]) == ["|north", "home|north"]
