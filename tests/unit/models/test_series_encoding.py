"""Series as grids beside the ordinary matrix."""

import numpy as np
import polars as pl

from powertheft.domain.series import DAYS, MONTHS
from powertheft.models.series_encoding import SeriesEncoder

SETTINGS = {"missing": "fill", "tails": "compress", "scaling": "standard"}


def months(size=200, seed=0):
    draws = np.random.default_rng(seed)
    use = draws.gamma(2.0, 4.0, (size, MONTHS.count))
    use[draws.random(use.shape) < 0.2] = np.nan
    table = pl.DataFrame(use, schema=list(MONTHS.columns), nan_to_null=True)
    return table.with_columns(load=pl.Series(draws.normal(size=size)), region=pl.lit("north"))


def test_a_grid_has_a_year_a_row_the_newest_month_first_and_a_mark_where_it_is_missing():
    table = months()
    encoder = SeriesEncoder(**SETTINGS)
    (grid,) = encoder.fit(table).grids_
    cells = grid.of(encoder.transform(table))
    assert cells.shape == (200, 3, 12, 2)
    for name, row, column in (("month_01_use", 0, 0), ("month_12_use", 0, 11), ("month_36_use", 2, 11)):
        is_missing = table[name].is_null().to_numpy()
        np.testing.assert_array_equal(cells[:, row, column, 1], is_missing)
        assert (cells[is_missing, row, column, 0] == 0).all()
        # Within a consumer more use is a greater value.
    own, told = table.select(MONTHS.columns).to_numpy()[7], cells[7, :, :, 0].ravel()
    known = np.isfinite(own)
    np.testing.assert_array_equal(np.argsort(own[known]), np.argsort(told[known]))


def test_a_grid_tells_the_shape_of_use_and_not_its_size():
    table = months()
    encoder = SeriesEncoder(**SETTINGS).fit(table)
    larger = table.with_columns(pl.col(MONTHS.columns) * 100)
    (grid,) = encoder.grids_
    np.testing.assert_allclose(grid.of(encoder.transform(larger)), grid.of(encoder.transform(table)), atol=1e-5)


def test_a_consumer_without_any_use_is_laid_out_too():
    table = months()
    encoder = SeriesEncoder(**SETTINGS).fit(table)
    (grid,) = encoder.grids_
    nothing = table.head(2).with_columns(pl.lit(value).alias(name) for name in MONTHS.columns for value in [0.0])
    unknown = table.head(2).with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in MONTHS.columns)
    assert np.isfinite(encoder.transform(nothing)).all()
    assert (grid.of(encoder.transform(nothing))[..., 1] == 0).all()
    assert (grid.of(encoder.transform(unknown))[..., 1] == 1).all()


def test_every_cell_and_its_mark_belong_to_the_month_that_they_tell():
    table = months().select("load", *reversed(MONTHS.columns))
    encoder = SeriesEncoder(**SETTINGS)
    matrix = encoder.fit_transform(table)
    (grid,) = encoder.grids_
    assert len(encoder.feature_of_column_) == matrix.shape[1] == grid.end
    names = [table.columns[feature] for feature in encoder.feature_of_column_[grid.first : grid.end]]
    assert names == [*MONTHS.columns, *MONTHS.columns]


def test_a_series_that_lacks_a_month_is_read_as_ordinary_numbers():
    encoder = SeriesEncoder(**SETTINGS).fit(months().drop("month_07_use"))
    assert encoder.grids_ == []


def test_months_and_days_stand_beside_each_other():
    days = pl.DataFrame(np.ones((200, DAYS.count)), schema=list(DAYS.columns))
    table = pl.concat([days, months()], how="horizontal")
    encoder = SeriesEncoder(**SETTINGS)
    matrix = encoder.fit_transform(table)
    first, second = encoder.grids_
    assert first.of(matrix).shape == (200, 3, 12, 2)
    assert second.of(matrix).shape == (200, 26, 7, 2)
    assert second.end == matrix.shape[1]
