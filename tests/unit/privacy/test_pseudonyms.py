"""Pseudonyms: the same everywhere under one key, and nothing without it."""

import hmac
import random
import time
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from powertheft.privacy import pseudonyms
from powertheft.privacy.keys import Key
from powertheft.privacy.pseudonyms import PURPOSE, Pseudonyms

KEY = Key(bytes(range(32)))


def expected(value: str | None, kind: str = "consumer") -> str | None:
    """By the standard library's HMAC, which the code does not use."""
    if value is None:
        return None
    return hmac.digest(KEY.derived(PURPOSE), kind.encode() + b"\0" + value.encode(), "sha256").hex()[:32]


@settings(deadline=None)
@given(
    st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=100), max_size=20),
    st.sampled_from(["consumer", "meter"]),
)
def test_a_pseudonym_is_the_hmac_of_kind_and_value(values, kind):
    said = Pseudonyms(KEY).of(pl.Series("id", values, dtype=pl.String), kind)
    assert said.name == "id"
    assert said.dtype == pl.String
    assert said.to_list() == [expected(value, kind) for value in values]


def test_batches_say_what_the_whole_says_even_past_what_is_remembered(monkeypatch):
    numbers = pl.Series([f"04-{place % 700:04d}" for place in range(2_000)])
    whole = Pseudonyms(KEY).of(numbers)
    monkeypatch.setattr(pseudonyms, "MOST_KEPT", 150)
    for size in (1, 90, 400):
        forgetful = Pseudonyms(KEY)
        parts = [forgetful.of(numbers[start : start + size]) for start in range(0, len(numbers), size)]
        assert_series_equal(pl.concat(parts), whole)


def test_kinds_and_keys_have_nothing_in_common():
    numbers = pl.Series([str(place) for place in range(50)])
    names = [
        *Pseudonyms(KEY).of(numbers),
        *Pseudonyms(KEY).of(numbers, "meter"),
        *Pseudonyms(Key(bytes(32))).of(numbers),
    ]
    assert len(set(names)) == 150


@pytest.mark.parametrize("dtype", [pl.Int64, pl.UInt32, pl.Float64, pl.Categorical])
def test_a_number_has_one_pseudonym_however_a_file_types_it(dtype):
    as_text = pl.Series(["4123001", "4123002", None])
    typed = as_text.cast(pl.Int64).cast(dtype) if dtype != pl.Categorical else as_text.cast(dtype)
    assert Pseudonyms(KEY).of(typed).to_list() == Pseudonyms(KEY).of(as_text).to_list()


def test_order_and_likeness_of_numbers_do_not_show():
    names = Pseudonyms(KEY).of(pl.Series([f"04-123-{place:04d}" for place in range(1_000)]))
    assert not names.is_sorted()
    first_digits = names.str.slice(0, 1).value_counts()
    # Sixteen digits, about 62 each: chance alone goes beyond 100 once in a million draws.
    assert len(first_digits) == 16
    assert first_digits["count"].max() < 100


def test_a_million_consumers_take_seconds():
    numbers = pl.Series([f"04-123-{place:07d}" for place in random.Random(1).sample(range(10**7), 1_000_000)])
    best = min(_seconds(numbers) for _ in range(2))
    # Under 3 s on a free machine; the bound leaves room for others at work.
    assert best < 9


def _seconds(numbers: pl.Series) -> float:
    before = time.process_time()
    assert Pseudonyms(KEY).of(numbers).n_unique() == len(numbers)
    return time.process_time() - before


def test_several_threads_may_ask_apart_at_once():
    """As those of a frame do that is written in a stream."""
    shared = Pseudonyms(KEY)
    asked = [pl.Series([f"{thread}-{number % 900}" for number in range(4000)]) for thread in range(8)]
    with ThreadPoolExecutor(8) as threads:
        named = list(threads.map(shared.apart, asked))
    assert [names.to_list() for names in named] == [Pseudonyms(KEY).of(one).to_list() for one in asked]
