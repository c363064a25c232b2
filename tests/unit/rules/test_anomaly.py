"""Who is unusual, and what may not decide it."""

import numpy as np
import polars as pl

from powertheft.features.catalogue import catalogue
from powertheft.rules.anomaly import anomaly_features, anomaly_scores
from powertheft.rules.order import order_of

RNG = np.random.default_rng(3)
FEATURES = pl.DataFrame({name: RNG.normal(1.0, 0.1, 200) for name in ("a", "b", "c", "d")}).with_columns(
    # The last consumer alone is at the edge of every number.
    pl.when(pl.int_range(pl.len()) == 199).then(5.0).otherwise(pl.all()).name.keep()
)
ORDER = np.arange(200)


def test_who_is_at_the_edge_of_every_number_is_the_most_unusual() -> None:
    scores = anomaly_scores(FEATURES, order=ORDER)
    assert scores.argmax() == 199
    assert (scores.min(), scores.max()) == (0.0, 1.0)


def test_how_far_out_a_number_lies_does_not_matter_only_its_place() -> None:
    wild = FEATURES.with_columns(pl.when(pl.col("a") == 5.0).then(1e12).otherwise("a").alias("a"))
    np.testing.assert_array_equal(anomaly_scores(FEATURES, order=ORDER), anomaly_scores(wild, order=ORDER))


def test_the_same_seed_gives_the_same_and_another_seed_another() -> None:
    once, again = (anomaly_scores(FEATURES, order=ORDER, seed=1) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert (once != anomaly_scores(FEATURES, order=ORDER, seed=2)).any()


def test_the_order_of_the_rows_decides_nothing() -> None:
    mixed = RNG.permutation(200)
    scores = anomaly_scores(FEATURES[mixed], order=np.argsort(mixed))
    np.testing.assert_array_equal(scores, anomaly_scores(FEATURES, order=ORDER)[mixed])


def test_missing_values_stand_in_the_middle_and_nothing_known_says_nothing() -> None:
    holes = FEATURES.with_columns(pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise("a").alias("a"))
    assert np.isfinite(anomaly_scores(holes, order=ORDER)).all()
    nothing = pl.DataFrame({"a": [None, None, None]}, schema={"a": pl.Float32})
    assert anomaly_scores(nothing, order=np.arange(3)).tolist() == [0.5, 0.5, 0.5]
    assert anomaly_scores(pl.DataFrame({"a": [2.0]}), order=np.arange(1)).tolist() == [0.5]


def test_no_outcome_no_registry_and_nothing_that_a_visit_may_have_caused_is_looked_at() -> None:
    looked_at = anomaly_features(catalogue())
    assert len(looked_at) > 50
    assert not [f.name for f in looked_at if f.family == "history" or any("inspections." in need for need in f.needs)]
    assert not [f.name for f in looked_at if f.flags & {"registry", "not-knowable", "exposure"}]
    assert not [f.name for f in looked_at if f.unit.startswith(("kWh", "currency"))]


def test_the_list_goes_by_the_places_of_points_and_anomaly_then_points_then_number() -> None:
    points = np.array([0.0, 4.0, 2.0, 0.0, 0.0])
    anomaly = np.array([1.0, 0.25, 0.75, 0.25, 0.25])
    # Places of the points are 0.25, 1, 0.75, 0.25, 0.25 and the sums 1.25, 1.25, 1.5, 0.5, 0.5: of the two that are
    # equal the one with points comes first, of the two that are alike in everything the lesser number.
    order = order_of(points=points, anomaly=anomaly, consumer_id=np.array(["a", "b", "c", "e", "d"]))
    assert order.tolist() == [2, 1, 0, 4, 3]
