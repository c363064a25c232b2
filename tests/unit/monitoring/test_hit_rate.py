"""A list that finds less than it promised is told, and luck is not."""

import numpy as np
import pytest

from powertheft.monitoring.hit_rate import VisitMonth, judge_hit_rate, weighted_rate


def months_of(rates, *, visits=80, promised=0.3, seed=0):
    """Months whose visits find theft with a given chance each, while the model promises another."""
    draws = np.random.default_rng(seed)
    return [VisitMonth(visits, int(draws.binomial(visits, rate)), visits * promised) for rate in rates]


def test_a_rate_that_falls_by_half_is_told_within_two_billing_cycles():
    months = months_of([0.3] * 12 + [0.12] * 4)
    told = [judge_hit_rate(months[:end]).state for end in range(1, len(months) + 1)]
    assert set(told[3:12]) == {"quiet"}
    assert "fallen" in told[12:]


def test_a_model_that_always_promised_too_much_is_measured_by_what_it_found_before():
    """Half of the promise is found in every month: that is a matter of calibration, not of a change."""
    months = months_of([0.15] * 16)
    assert judge_hit_rate(months).state == "quiet"


def test_a_young_model_is_held_to_its_promise_once_it_is_broken_by_half():
    assert judge_hit_rate(months_of([0.1] * 4)).state == "fallen"
    assert judge_hit_rate(months_of([0.22] * 4)).state == "quiet"


def test_nothing_is_said_of_a_handful_of_visits():
    verdict = judge_hit_rate([VisitMonth(5, 0, 2.0)] * 8)
    assert verdict.state == "unknown"
    assert verdict.low == 0.0


def test_a_utility_in_which_nothing_changes_is_told_less_than_once_a_year():
    """Binomial visits at one rate, 200 histories of five years, a model that is a tenth too confident."""
    alarms = 0
    for seed in range(200):
        months, was_fallen = months_of([0.27] * 60, visits=70, promised=0.30, seed=seed), False
        for end in range(4, 61):
            fallen = judge_hit_rate(months[:end]).state == "fallen"
            alarms += fallen and not was_fallen
            was_fallen = fallen
    assert alarms / (200 * 5) < 0.25


def test_without_a_visit_the_rate_may_be_anything():
    verdict = judge_hit_rate([])
    assert (verdict.state, verdict.low, verdict.high) == ("unknown", 0.0, 1.0)


def test_the_quota_tells_the_rate_of_all_where_chances_differ():
    """Two bands, 1 of 10 drawn from the first and 1 of 100 from the second; 20 % and 2 % steal: 3.64 % of all."""
    draws = np.random.default_rng(5)
    rates = []
    for _ in range(300):
        first, second = draws.random(100) < 0.2, draws.random(100) < 0.02
        found, chance = np.concatenate([first, second]), np.repeat([0.1, 0.01], 100)
        rates.append(weighted_rate(found, chance)[0])
    assert np.mean(rates) == pytest.approx((1000 * 0.2 + 10000 * 0.02) / 11000, abs=0.002)


def test_the_error_of_the_quota_is_as_large_as_its_estimates_spread():
    draws = np.random.default_rng(6)
    found = draws.random((400, 60)) < 0.1
    told = [weighted_rate(row, np.full(60, 0.02)) for row in found]
    assert np.mean([error for _, error in told]) == pytest.approx(np.std([rate for rate, _ in told]), rel=0.1)


def test_a_chance_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        weighted_rate(np.array([True]), np.array([0.0]))
