"""What a model looks at, over all consumers."""

import json

import numpy as np
import polars as pl
import pytest

from powertheft.explanation.whole_model import (
    MOST_CONSUMERS,
    MOST_POINTS,
    SMALLEST_GROUP,
    WholeModel,
    whole_model,
)

ROWS = 3_000
DRAWS = np.random.default_rng(5)
FALL = DRAWS.normal(size=ROWS)
REGION = DRAWS.choice(["north", "south", "rare"], ROWS, p=[0.6, 0.399, 0.001])
TABLE = pl.DataFrame({"fall": FALL, "region": REGION, "load": [None] * 50 + [3.0] * (ROWS - 50)})
VALUES = np.column_stack([2 * FALL, np.where(REGION == "south", 1.0, -1.0), np.full(ROWS, 0.1)])
FAMILIES = {"fall": "change", "load": "contract"}


def seen(most: int = 20) -> WholeModel:
    return whole_model(VALUES, TABLE, families=FAMILIES, most=most)


def test_importance_is_the_mean_size_and_shares_add_up_to_one() -> None:
    features = seen().features
    assert [row.feature for row in features] == ["fall", "region", "load"]
    assert features[0].mean_size == pytest.approx(np.abs(2 * FALL).mean())
    assert features[1].mean_size == pytest.approx(1.0)
    assert sum(row.share for row in features) == pytest.approx(1.0)
    assert [(row.family, row.features) for row in seen().families] == [("change", 1), ("attribute", 1), ("contract", 1)]


def test_a_swarm_has_the_colour_of_the_rank_and_at_most_two_thousand_points() -> None:
    fall, region, load = seen().swarms
    assert len(fall.contributions) == len(fall.quantiles) == MOST_CONSUMERS
    # The contribution is twice the value, so the ranks of both are the same; the quantiles run from 0 to 1.
    assert np.array_equal(np.argsort(fall.contributions), np.argsort(fall.quantiles, kind="stable"))
    known = [quantile for quantile in fall.quantiles if quantile is not None]
    assert 0 <= min(known) < 0.01
    assert 0.99 < max(known) <= 1
    assert set(region.quantiles) == {None}
    # All that are known are alike: half the way. What is missing has no colour.
    assert set(load.quantiles) == {0.5, None}


def test_the_points_of_a_swarm_do_not_hang_on_the_order_of_the_rows() -> None:
    order = DRAWS.permutation(ROWS)
    other = whole_model(VALUES[order], TABLE[order], families=FAMILIES)
    assert sorted(other.swarms[0].contributions) == sorted(seen().swarms[0].contributions)


def test_dependence_follows_the_value_with_its_band() -> None:
    fall = seen().dependences[0]
    assert len(fall.points) == MOST_POINTS
    assert sum(point.consumers for point in fall.points) == ROWS
    for point in fall.points[1:-1]:
        assert point.mean == pytest.approx(2 * float(point.value), abs=0.1)
        assert point.low <= point.mean <= point.high


def test_levels_of_few_consumers_are_not_shown() -> None:
    region = seen().dependences[1]
    assert region.kind == "category"
    assert [(point.value, round(point.mean, 6)) for point in region.points] == [("north", -1.0), ("south", 1.0)]


def test_missing_values_have_a_point_of_their_own() -> None:
    load = seen().dependences[2]
    assert load.missing is not None
    assert load.missing.consumers == 50
    assert [point.consumers for point in load.points] == [ROWS - 50]
    assert seen().dependences[0].missing is None


def test_no_point_stands_for_fewer_than_the_smallest_group() -> None:
    values = np.array([0.0] * 95 + [1.0, 2.0, 3.0, 4.0, 5.0])
    found = whole_model(values[:, None], pl.DataFrame({"count": values}), families={})
    assert all(point.consumers >= SMALLEST_GROUP for point in found.dependences[0].points)
    assert sum(point.consumers for point in found.dependences[0].points) == 100
    few = whole_model(np.ones((4, 1)), pl.DataFrame({"count": ["a", "b", "c", "d"]}), families={})
    assert few.dependences[0].points == ()


def test_only_the_strongest_are_drawn_and_all_of_it_is_json() -> None:
    found = seen(most=1)
    assert len(found.features) == 3
    assert [swarm.feature for swarm in found.swarms] == ["fall"]
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["dependences"][0]["points"][0]["consumers"] > 0


def test_a_table_without_consumers_is_seen_as_nothing() -> None:
    found = whole_model(np.empty((0, 3)), TABLE.clear(), families={})
    assert [row.share for row in found.features] == [0.0, 0.0, 0.0]
    json.dumps(found.to_json(), allow_nan=False)


def test_what_does_not_belong_together_is_refused() -> None:
    with pytest.raises(ValueError, match=r"contributions are \(3000, 2\), the table is \(3000, 3\)"):
        whole_model(VALUES[:, :2], TABLE, families={})
    with pytest.raises(ValueError, match="a contribution is no number"):
        whole_model(VALUES * np.nan, TABLE, families={})
