"""How many visits the squads can make."""

import pytest

from powertheft.domain.errors import ChoiceError
from powertheft.evaluation.capacity import Capacity


@pytest.mark.parametrize(
    ("written", "consumers", "visits"),
    [
        ("1%", 19_000, 190),
        ("1 %", 19_000, 190),
        ("0.01", 19_000, 190),
        (0.01, 19_000, 190),
        ("250", 19_000, 250),
        (250, 19_000, 250),
        ("1", 19_000, 1),
        ("100%", 19_000, 19_000),
        ("5%", 10, 1),
        ("250", 100, 100),
    ],
)
def test_a_capacity_is_read_as_a_person_means_it(written, consumers, visits):
    assert Capacity.parse(written).visits(consumers) == visits


@pytest.mark.parametrize("written", ["", "many", "%", "0", "-1", "-3%", "150%", "2.5", "nan", "inf", "1,5"])
def test_what_is_no_capacity_is_refused_with_an_example(written):
    with pytest.raises(ChoiceError, match=r"such as 1% or 0\.01"):
        Capacity.parse(written)


def test_a_capacity_says_itself_in_words():
    assert [str(Capacity.parse(written)) for written in ("1%", "0.005", "250")] == ["1 %", "0.5 %", "250 visits"]


def test_a_capacity_cannot_be_both_a_share_and_a_count():
    with pytest.raises(ChoiceError):
        Capacity(share=0.1, count=5)
    with pytest.raises(ChoiceError):
        Capacity()
