"""The age of an outcome in training: asked for, refused, told in words."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from powertheft.actions.outcome_age import check_half_life, settle_half_life, weights_by_age
from powertheft.actions.training_report import Labelled
from powertheft.domain.errors import ChoiceError

FIT = {"algorithm": "logistic-regression", "seed": 0, "threads": 1, "options": {}}


def known(*, dated: bool = True, size: int = 900) -> Labelled:
    """One outcome a day, the last of them on 31 March 2026, by a reading that tells theft."""
    draws = np.random.default_rng(1)
    reading = draws.normal(size=size)
    labels = (draws.random(size) < 1 / (1 + np.exp(-2 * reading))).astype(int)
    names = np.array([f"{place:04d}" for place in range(size)])
    days = [date(2026, 3, 31) - timedelta(days=size - 1 - place) for place in range(size)]
    about = pl.DataFrame({"outcome_on": days, "is_dated": [dated] * size})
    return Labelled(names, names, pl.DataFrame({"reading": reading}), labels, about)


def test_a_number_of_months_halves_an_outcome_of_that_age():
    months, said = settle_half_life("6", known(), **FIT)
    assert (months, said) == (6.0, "An outcome counts half after 6 months.")
    weights = weights_by_age(months, known())
    assert weights is not None
    assert weights[-1] == 1.0
    assert weights[-1 - 365] == pytest.approx(0.25, abs=0.002)
    assert weights_by_age(None, known()) is None


def test_left_to_the_newest_outcomes_the_report_says_what_was_tried():
    months, said = settle_half_life("auto", known(size=2000), **FIT)
    assert months is None
    assert said.startswith(
        "All outcomes count alike: so the outcomes before them foretold the newest 61 best (log-loss 0."
    )
    assert "with 6 months" in said
    assert "with 3 months" in said
    few = settle_half_life("auto", known(size=40), **FIT)
    assert few[0] is None
    assert "too few" in few[1]


def test_outcomes_without_a_date_have_no_age():
    assert settle_half_life("auto", known(dated=False), **FIT) == (None, "All outcomes count alike: some have no date.")
    with pytest.raises(ChoiceError, match="outcomes without a date have no age") as refused:
        settle_half_life("6", known(dated=False), **FIT)
    assert refused.value.column == "half_life"
    assert settle_half_life(None, known(dated=False), **FIT) == (None, "")


@pytest.mark.parametrize("asked", ["soon", "0", "-3", "1000", float("nan")])
def test_what_is_no_number_of_months_is_refused_before_any_work(asked):
    with pytest.raises(ChoiceError) as refused:
        check_half_life(asked)
    assert refused.value.column == "half_life"
