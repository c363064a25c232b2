"""Medians of neighbours, checked against NumPy's own median of the rows that the definition names."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.panel.groups import MINIMUM_GROUP, peer_medians
from powertheft.panel.monthly import MonthlyPanel


def panel_of(values: np.ndarray, last_month: np.ndarray | None = None) -> MonthlyPanel:
    months = np.full(len(values), 600) if last_month is None else last_month
    return MonthlyPanel(values.astype(np.float32), months.astype(np.int64))


def by_definition(panel: MonthlyPanel, codes: np.ndarray) -> np.ndarray:
    """Median over the members of the group with a value in the same absolute month, cell by cell."""
    rows, periods = panel.energy.shape
    absolute = panel.last_month[:, None] - np.arange(periods - 1, -1, -1)[None, :]
    found = np.full(panel.energy.shape, np.nan)
    for row in range(rows):
        members = codes == codes[row]
        if codes[row] < 0 or members.sum() < MINIMUM_GROUP:
            continue
        for column in range(periods):
            same = members[:, None] & (absolute == absolute[row, column]) & np.isfinite(panel.energy)
            if same.sum() >= MINIMUM_GROUP:
                found[row, column] = np.median(panel.energy[same])
    return found


def test_twenty_neighbours_give_a_median_and_nineteen_do_not() -> None:
    values = np.arange(20.0)[:, None]
    assert peer_medians(panel_of(values), [np.zeros(20)])[0, 0] == 9.5
    assert np.isnan(peer_medians(panel_of(values[:19]), [np.zeros(19)])).all()


def test_a_month_in_which_fewer_than_twenty_are_observed_is_unknown() -> None:
    values = np.ones((20, 2))
    values[3, 0] = np.nan
    medians = peer_medians(panel_of(values), [np.zeros(20)])
    np.testing.assert_array_equal(medians[5], [np.nan, 1.0])


def test_a_small_group_widens_to_the_next() -> None:
    values = np.concatenate([np.full(25, 1.0), np.full(5, 9.0)])[:, None]
    narrow = np.concatenate([np.zeros(25), np.ones(5)])
    medians = peer_medians(panel_of(values), [narrow, np.zeros(30)])[:, 0]
    # The 25 have a group of their own (1); the five look at all thirty, of whom most use 1.
    assert medians.tolist() == [1.0] * 30
    apart = peer_medians(panel_of(np.where(values == 1.0, 1.0, 9.0)), [narrow])[:, 0]
    assert np.isnan(apart[25:]).all()


def test_a_row_without_a_group_has_no_neighbours() -> None:
    codes = np.zeros(22)
    codes[0] = -1
    medians = peer_medians(panel_of(np.ones((22, 1))), [codes])
    assert np.isnan(medians[0, 0])
    assert medians[1, 0] == 1.0


def test_rows_without_a_group_are_not_neighbours_of_each_other() -> None:
    assert np.isnan(peer_medians(panel_of(np.ones((30, 2))), [np.full(30, -1)])).all()


def test_neighbours_with_other_last_months_are_compared_in_the_same_calendar_month() -> None:
    # Half of the rows end a month earlier; in every absolute month everybody uses that month's number.
    last_month = np.where(np.arange(40) % 2 == 0, 600, 599)
    values = last_month[:, None] - np.arange(2, -1, -1)[None, :]
    medians = peer_medians(panel_of(values, last_month), [np.zeros(40)])
    np.testing.assert_array_equal(medians, values.astype(np.float32))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_the_medians_are_those_of_the_definition(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = np.where(random.random((60, 5)) < 0.1, np.nan, random.gamma(2.0, 3.0, (60, 5)))
    panel = panel_of(values, random.integers(598, 601, 60))
    codes = random.integers(-1, 2, 60)
    np.testing.assert_allclose(peer_medians(panel, [codes]), by_definition(panel, codes), rtol=1e-6)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_what_others_use_after_a_rows_last_month_is_never_read(seed: int) -> None:
    random = np.random.default_rng(seed)
    last_month = np.where(np.arange(50) < 5, 600, 602)
    values = random.gamma(2.0, 3.0, (50, 6))
    changed = values.copy()
    changed[5:, -2:] += 100.0
    codes = [np.zeros(50)]
    before, after = (peer_medians(panel_of(table, last_month), codes) for table in (values, changed))
    np.testing.assert_array_equal(before[:5], after[:5])
