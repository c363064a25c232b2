"""Use month by month and day by day, and who is given it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from powertheft.actions.feature_recipe import choose_recipe
from powertheft.domain.series import DAYS, MONTHS, SERIES, Series
from powertheft.engines.local import compute_features
from powertheft.features.catalogue import catalogue
from powertheft.features.series import FAMILY, definitions, use_by_day
from powertheft.panel.intervals import IntervalPanel

Tables = dict[str, pl.DataFrame]


@pytest.mark.parametrize("series", SERIES)
def test_the_features_of_a_series_are_the_cells_of_its_grid(series: Series) -> None:
    told = [feature.name for feature in definitions() if feature.name.startswith(f"{series.period}_")]
    assert told == list(series.columns)
    assert len(told) == series.rows * series.inner


def test_days_are_told_from_the_newest_back_and_only_where_they_are_observed() -> None:
    # Two hundred days of two half days; day 199, the newest, used 2 x 199, and half of the day before is missing.
    energy = np.repeat(np.arange(200.0)[None, :, None], 2, axis=2)
    energy[0, 198, 1] = np.nan
    told = use_by_day(IntervalPanel(energy, np.array([0])))
    assert list(told) == list(DAYS.columns)
    assert told["day_001_use"].tolist() == [398.0]
    assert np.isnan(told["day_002_use"]).all()
    assert told["day_182_use"].tolist() == [2 * (199 - 181)]


def test_the_engine_computes_days_of_half_hours_and_reads_nothing_after_the_date() -> None:
    start = datetime(2020, 1, 1)
    half_hours = [start + timedelta(minutes=30 * number) for number in range(48 * 30)]
    energy = [1.0 + moment.day for moment in half_hours]
    tables = {"intervals": pl.DataFrame({"consumer_id": "H1", "start": half_hours, "energy": energy})}
    as_of = pl.DataFrame({"consumer_id": ["H1"], "as_of": [date(2020, 1, 10)]})
    days = [feature for feature in definitions() if feature.name in DAYS.columns]
    row = compute_features(tables, days, as_of=as_of).features.row(0, named=True)
    # Day 10 used 48 x 11; the tenth day back is the first of the year, and before it nothing is known.
    assert (row["day_001_use"], row["day_010_use"], row["day_011_use"]) == (48 * 11, 48 * 2, None)


def test_series_are_given_to_a_model_that_reads_them_and_to_who_asks(utility: Tables) -> None:
    periods = {*MONTHS.columns, *DAYS.columns}
    plain = choose_recipe(utility)
    assert not periods & {*plain.names}
    assert {*choose_recipe(utility, with_series=True).names} == {*plain.names} | periods
    assert {*choose_recipe(utility, only=[FAMILY]).names} == periods
    assert choose_recipe(utility, only=["month_05_use"]).names == ("month_05_use",)
    assert choose_recipe(utility, with_series=True, without=[FAMILY]) == plain


def test_others_get_the_features_that_they_had(utility: Tables) -> None:
    every = [feature.name for feature in catalogue(choose_recipe(utility).columns) if feature.family != FAMILY]
    assert list(choose_recipe(utility).names) == every


def test_no_month_is_a_reason(make_utility: Callable[[int], Tables]) -> None:
    assert not [feature for feature in definitions() if feature.sentence]
    table = compute_features(make_utility(3), [f for f in definitions() if f.name in MONTHS.columns]).features
    # Bills of two months that were spread: of any month somebody is known, and nobody's use is negative.
    assert min(table.select(pl.all().min()).row(0)) >= 0
