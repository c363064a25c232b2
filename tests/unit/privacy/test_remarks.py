"""Columns of free text are told from columns of codes; expected answers by reading the columns."""

import polars as pl
import pytest

from powertheft.privacy.remarks import is_free_text, share_of_remarks


@pytest.mark.parametrize(
    "texts",
    [
        ["ask for Selvi next door", "house locked since the flood", None],
        ["OK", "OK", "call 98400 11111 before noon", "OK"],
    ],
)
def test_sentences_are_free_text(texts: list[str | None]) -> None:
    assert is_free_text(pl.Series(texts))


@pytest.mark.parametrize(
    "texts",
    [
        ["LT I A", "LT II B", "HT III"],
        ["Low Tension Domestic", "Public Lighting"],
        ["OK"] * 9 + ["ask for Selvi next door"],
        [None, None],
        [],
    ],
)
def test_codes_and_what_is_empty_are_not(texts: list[str | None]) -> None:
    assert not is_free_text(pl.Series(texts, dtype=pl.String))


def test_the_share_is_of_what_is_there() -> None:
    assert share_of_remarks(pl.Series([None, "a b c d", "x", None])) == 0.5


def test_numbers_are_no_remarks() -> None:
    assert not is_free_text(pl.Series([1.0, 2.0]))
