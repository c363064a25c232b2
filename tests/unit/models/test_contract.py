"""What a model demands of a feature table."""

import polars as pl
import pytest

from powertheft.domain.errors import BundleError
from powertheft.models.contract import conform

KINDS = {"energy": "number", "district": "category", "demand": "number"}
GOOD = pl.DataFrame({"energy": [1.5], "district": ["North"], "demand": [3]})


def test_order_and_further_columns_do_not_matter():
    given = GOOD.select(["demand", "district", "energy"]).with_columns(extra=pl.lit(1))
    assert conform(given, KINDS).equals(GOOD)


def test_missing_features_are_named():
    with pytest.raises(BundleError, match="lacks 1 feature that the model needs: demand"):
        conform(GOOD.drop("demand"), KINDS)
    with pytest.raises(BundleError, match="lacks 2 features that the model needs: energy, demand"):
        conform(GOOD.select("district"), KINDS)


def test_a_long_list_of_missing_features_is_cut_short():
    kinds = {f"feature {i}": "number" for i in range(30)}
    with pytest.raises(BundleError, match="feature 7 and 22 more"):
        conform(GOOD, kinds)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pl.lit("many").alias("energy"), r"energy \(numbers, here categories \(text\)\)"),
        (pl.lit(3).alias("district"), r"district \(categories \(text\), here numbers\)"),
        (pl.date(2020, 1, 1).alias("demand"), r"demand \(numbers, here Date\)"),
    ],
)
def test_mistyped_features_are_named_with_what_they_hold(column, words):
    with pytest.raises(BundleError, match=words) as refused:
        conform(GOOD.with_columns(column), KINDS)
    assert refused.value.column
    assert refused.value.advice


def test_a_feature_without_a_single_value_is_merely_missing_everywhere():
    empty = conform(GOOD.with_columns(energy=None, district=None), KINDS)
    assert empty.schema == {"energy": pl.Float64, "district": pl.String, "demand": pl.Int64}
