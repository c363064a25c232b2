"""The order of the list. Expected orders are written out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import ChoiceError
from powertheft.ranking.order import rank

NAN = float("nan")


def order(
    by: str,
    *,
    probability: list[float],
    raw: list[float] | None = None,
    ids: list[str] | None = None,
    energy: list[float] | None = None,
    amount: list[float] | None = None,
) -> list[int]:
    count = len(probability)
    return rank(
        probability=np.array(probability),
        raw_score=np.array(raw or probability),
        consumer_id=np.array(ids or [f"{number:03d}" for number in range(count)], dtype=object),
        expected_energy=np.array(energy or [NAN] * count),
        expected_amount=np.array(amount or [NAN] * count),
        by=by,
    ).tolist()


def test_the_likeliest_come_first() -> None:
    assert order("probability", probability=[0.1, 0.9, 0.5]) == [1, 2, 0]


def test_equal_probabilities_are_ordered_by_the_uncalibrated_score() -> None:
    assert order("probability", probability=[0.5, 0.5, 0.5], raw=[-1.0, 3.0, 2.0]) == [1, 2, 0]


def test_equal_scores_are_ordered_by_the_number_of_the_connection_as_text() -> None:
    assert order("probability", probability=[0.5] * 3, ids=["20", "3", "100"]) == [2, 0, 1]


def test_a_small_chance_of_much_money_goes_before_a_great_chance_of_little() -> None:
    values = {"probability": [0.9, 0.2], "energy": [100.0, 100.0], "amount": [100.0, 5000.0]}
    assert order("recovery", **values) == [1, 0]
    assert order("probability", **values) == [0, 1]


def test_consumers_without_an_amount_come_after_those_with_one() -> None:
    # The second has no tariff but much energy; the third has nothing at all.
    found = order("recovery", probability=[0.1, 0.9, 0.8], energy=[1.0, 90_000.0, NAN], amount=[0.01, NAN, NAN])
    assert found == [0, 1, 2]


def test_without_any_tariff_the_list_is_by_energy() -> None:
    assert order("recovery", probability=[0.9, 0.5, 0.4], energy=[10.0, 1000.0, NAN]) == [1, 0, 2]


def test_free_supply_is_worth_nothing_and_is_then_ordered_by_probability() -> None:
    found = order("recovery", probability=[0.2, 0.9, 0.1], energy=[500.0] * 3, amount=[0.0, 0.0, 10.0])
    assert found == [2, 1, 0]


def test_a_consumer_without_a_probability_comes_last() -> None:
    assert order("probability", probability=[NAN, 0.1, 0.9]) == [2, 1, 0]
    assert order("recovery", probability=[NAN, 0.1, 0.9], amount=[9e9, 1.0, 1.0]) == [2, 1, 0]


def test_another_word_is_refused_with_the_words_on_offer() -> None:
    with pytest.raises(ChoiceError, match=r"cannot rank by 'money'\. Choose probability or recovery\."):
        order("money", probability=[0.5])


def test_an_empty_list_has_an_empty_order() -> None:
    assert order("recovery", probability=[]) == []


numbers = st.one_of(st.just(NAN), st.sampled_from([0.0, 1.0, 50.0]), st.floats(0, 1e6))


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.integers(0, 3), numbers, numbers), min_size=1, max_size=30),
    st.sampled_from(["probability", "recovery"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_every_consumer_has_one_place_that_does_not_depend_on_the_order_of_the_rows(
    rows: list[tuple[float, int, float, float]], by: str, random: object
) -> None:
    chance, raw, energy, amount = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    ids = np.array([f"C{number}" for number in range(len(rows))])
    shuffled = np.array(random.sample(range(len(rows)), len(rows)))  # type: ignore[attr-defined]  # hypothesis's Random

    def listed(rows_: np.ndarray) -> list[str]:
        places = rank(
            probability=chance[rows_],
            raw_score=raw[rows_],
            consumer_id=ids[rows_],
            expected_energy=energy[rows_],
            expected_amount=amount[rows_],
            by=by,
        )
        return ids[rows_][places].tolist()

    straight = listed(np.arange(len(rows)))
    assert sorted(straight) == sorted(ids.tolist())
    assert straight == listed(shuffled)
