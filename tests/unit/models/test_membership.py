"""Which consumers a model was fitted to, without their numbers."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import BundleError
from powertheft.models.membership import Membership

NUMBERS = st.sets(st.text(max_size=10), max_size=30)


@settings(deadline=None)
@given(NUMBERS, NUMBERS)
def test_it_recognises_those_and_only_those(used, others):
    membership = Membership.from_bytes(Membership.of(used).to_bytes())
    asked = sorted(used | others)
    assert membership.was_used(asked).tolist() == [number in used for number in asked]


def test_the_file_gives_no_number_away_and_no_order():
    numbers = [f"04-123-{i:03d}" for i in range(50)]
    written = Membership.of(numbers, key=b"k" * 32).to_bytes()
    assert not any(number.encode() in written for number in numbers)
    assert Membership.of(reversed(numbers), key=b"k" * 32).to_bytes() == written
    assert Membership.of(numbers).to_bytes() != Membership.of(numbers).to_bytes()


def test_a_file_that_is_something_else_is_refused():
    good = Membership.of(["a", "b"]).to_bytes()
    for bad in (b"", b"something else", good[:-1], good[:30]):
        with pytest.raises(BundleError, match="cannot be read"):
            Membership.from_bytes(bad)


def test_a_hundred_thousand_consumers_take_a_moment():
    numbers = np.array([f"train_Client_{i}" for i in range(100_000)])
    start = time.process_time()
    assert Membership.of(numbers).was_used(numbers).all()
    assert time.process_time() - start < 3
