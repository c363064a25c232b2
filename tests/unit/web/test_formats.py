"""One setting says how a utility writes its numbers: on pages, in pictures and their scripts, on printed reports."""

from collections.abc import Iterator

import pytest

from powertheft.domain.numbers import group_as
from powertheft.features.sentences import count_of
from powertheft.web.formats import energy, money, number


@pytest.fixture
def western() -> Iterator[None]:
    group_as("western")
    yield
    group_as("indian")


def test_threes_and_millions_instead_of_lakhs(western):
    assert (number(12345678), energy(-123456.4)) == ("12,345,678", "-123,456 kWh")
    assert (money(12_400_000), money(250_000)) == ("Rs 12.4 million", "Rs 250,000")
    assert (money(3_200_000_000, "TND"), money(150_000_000, "TND")) == ("TND 3.2 billion", "TND 150 million")


def test_the_indian_way_is_what_one_gets_without_saying(sign_up):
    assert (number(12345678), money(12_400_000)) == ("1,23,45,678", "Rs 1.2 crore")
    assert 'data-numbers="en-IN"' in sign_up("ana").get("/").text


def test_scripts_of_a_page_learn_how_numbers_are_written(western, sign_up):
    assert 'data-numbers="en-GB"' in sign_up("ana").get("/").text


def test_sentences_of_reasons_follow(western):
    assert count_of(123456, "bill") == "123,456 bills"
