"""The interval of a share is that of the literature."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powertheft.domain.rates import wilson_interval


@pytest.mark.parametrize(
    ("found", "visited", "low", "high"),
    [
        # Newcombe 1998, 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_the_literature(found: int, visited: int, low: float, high: float) -> None:
    assert wilson_interval(found, visited) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("found", "visited"), [(0, 0), (3, 2), (-1, 5)])
def test_what_is_no_share_is_refused(found: int, visited: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson_interval(found, visited)


@given(st.integers(0, 200), st.integers(1, 200))
def test_an_interval_holds_its_rate_and_stays_within_0_and_1(found: int, more: int) -> None:
    visits = found + more
    low, high = wilson_interval(found, visits)
    assert 0.0 <= low <= high <= 1.0
    assert low - 1e-12 <= found / visits <= high + 1e-12


@given(st.integers(1, 200), st.integers(0, 200))
def test_a_rate_of_all_or_none_is_held_by_its_end(found: int, more: int) -> None:
    assert wilson_interval(found, found)[1] == 1.0
    assert wilson_interval(0, found + more)[0] == 0.0


@given(st.integers(1, 200), st.integers(0, 200))
def test_the_surer_it_is_to_be_the_wider_it_is(found: int, more: int) -> None:
    narrow, wide = (wilson_interval(found, found + more, confidence=sure) for sure in (0.8, 0.99))
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]
