"""Whom a list serves badly."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import LabelError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.measures import rank, roc_auc, tally
from powertheft.evaluation.segments import UNKNOWN_GROUP, bands_of, compare_segments, measure_segments


def calibrated(size, *, seed=0):
    draws = np.random.default_rng(seed)
    raw = draws.normal(-1.5, 1.5, size)
    chance = 1 / (1 + np.exp(-raw))
    return (draws.random(size) < chance).astype(int), raw, chance, draws


def judge(labels, raw, chance, names, **more):
    return measure_segments(
        range(len(labels)), labels, raw, chance, segments={"part": names}, capacity=Capacity(share=0.1), **more
    )


def test_groups_that_are_alike_are_all_served_well():
    for seed in range(5):
        labels, raw, chance, draws = calibrated(3_000, seed=seed)
        names = [f"region {k}" for k in draws.integers(0, 4, 3_000)]
        found = judge(labels, raw, chance, names)
        assert [g.words for g in found] == ["Served as well as everybody, within chance."] * 4
        assert sum(g.consumers for g in found) == 3_000


def test_a_group_whose_thieves_are_told_at_random_is_served_badly():
    labels, raw, chance, draws = calibrated(4_000)
    names = np.where(np.arange(4_000) < 800, "shops", "homes").tolist()
    mixed = draws.permutation(800)
    raw[:800], chance[:800] = raw[mixed], chance[mixed]
    homes, shops = judge(labels, raw, chance, names)
    assert (homes.group, homes.is_served_badly) == ("homes", False)
    assert shops.is_served_badly
    assert "told from others worse" in shops.words
    assert "promise" not in shops.words
    assert shops.roc_auc.value == pytest.approx(0.5, abs=0.06)


def test_a_group_with_twice_the_thieves_promised_is_served_badly():
    labels, raw, chance, _ = calibrated(4_000)
    names = np.where(np.arange(4_000) < 1_000, "rural", "town").tolist()
    rural = judge(labels, raw, np.where(np.arange(4_000) < 1_000, chance / 2, chance), names)[1]
    assert rural.is_served_badly
    assert "more thefts than the probabilities promise" in rural.words
    assert rural.observed_over_predicted.value == pytest.approx(labels[:1_000].sum() / (chance[:1_000].sum() / 2))


def test_figures_of_a_group_are_those_of_its_own_rows():
    labels, raw, chance, _ = calibrated(500)
    names = ["a" if i % 3 else "b" for i in range(500)]
    group = judge(labels, raw, chance, names, resamples=10)[1]
    rows = np.arange(0, 500, 3)
    assert (group.group, group.consumers, group.thieves) == ("b", 167, labels[rows].sum())
    assert group.base_rate == pytest.approx(labels[rows].mean())
    assert group.roc_auc.value == roc_auc(tally(rank(rows, labels[rows], raw[rows], chance[rows])))
    listed = np.intersect1d(np.argsort(-raw)[:50], rows)
    assert (group.on_list, group.precision_on_list) == (len(listed), pytest.approx(labels[listed].mean()))


def test_small_groups_and_groups_of_one_kind_are_not_judged():
    labels, raw, chance, _ = calibrated(1_000)
    honest = np.flatnonzero(labels == 0)[:60]
    names = np.array(["large"] * 1_000, dtype=object)
    names[honest] = "honest"
    names[np.flatnonzero(labels == 1)[:20]] = None
    large, only_honest, unknown = judge(labels, raw, chance, names.tolist(), resamples=20)
    assert large.is_judged
    assert unknown.group == UNKNOWN_GROUP
    assert unknown.words == "Too small to judge: 20 consumers, 20 of them thefts (50 and 10 are needed)."
    assert not only_honest.is_judged
    assert np.isnan(only_honest.roc_auc.value)
    assert json.loads(json.dumps(only_honest.to_json(), allow_nan=False))["roc_auc"]["value"] is None


def test_rows_of_one_consumer_count_once():
    labels, raw, chance, _ = calibrated(200)
    numbers = np.repeat(np.arange(100), 2)
    found = measure_segments(
        numbers, labels, raw, chance, segments={"all": ["x"] * 200}, capacity=Capacity(count=5), resamples=10
    )
    assert (found[0].consumers, found[0].thieves) == (100, len(np.unique(numbers[labels == 1])))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["a", "b", None]), min_size=4, max_size=40), st.data())
def test_groups_part_the_list_without_a_rest(names, data):
    size = len(names)
    labels = np.array(data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size)))
    labels[:2] = 0, 1
    raw = np.array(data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)), dtype=float)
    found = judge(labels, raw, np.full(size, 0.5), names, resamples=3)
    assert sum(g.consumers for g in found) == size
    assert sum(g.thieves for g in found) == labels.sum()
    assert sum(g.on_list for g in found) == Capacity(share=0.1).visits(size)


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), max_size=30), st.integers(1, 5))
def test_bands_keep_the_order_of_the_numbers(values, bands):
    named = bands_of(np.array(values), bands)
    assert [name is None for name in named] == np.isnan(values).tolist()
    in_order = [named[i] for i in np.argsort(values, kind="stable") if named[i] is not None]
    changes = sum(one != other for one, other in zip(in_order[1:], in_order[:-1], strict=True))
    assert changes == max(0, len(set(in_order)) - 1) <= bands - 1


def test_what_cannot_be_judged_is_refused():
    labels, raw, chance, _ = calibrated(50)
    with pytest.raises(ValueError, match="part has 49 values for 50 rows"):
        judge(labels, raw, chance, ["a"] * 49)
    with pytest.raises(LabelError, match="no theft"):
        judge(0 * labels, raw, chance, ["a"] * 50)
    with pytest.raises(ValueError, match="at least 2"):
        judge(labels, raw, chance, ["a"] * 50, resamples=1)


def test_a_few_thieves_too_many_may_be_chance():
    # Fourteen thieves where ten were promised: 1.4, but a count of 14 has a standard deviation of 3.7.
    labels, raw, chance, _ = calibrated(2_000)
    rows = np.arange(100)
    labels[rows], chance[rows] = 0, 0.1
    labels[:14], raw[:14] = 1, 3.0
    names = np.where(np.arange(2_000) < 100, "hamlet", "town").tolist()
    hamlet = judge(labels, raw, chance, names)[1]
    assert (hamlet.group, hamlet.is_judged, hamlet.is_served_badly) == ("hamlet", True, False)
    assert hamlet.observed_over_predicted.value == pytest.approx(1.4)


def test_the_list_that_ranks_one_group_at_random_is_worse_there_and_nowhere_else():
    labels, raw, _, draws = calibrated(3_000)
    names = np.where(np.arange(3_000) < 900, "shops", "homes").tolist()
    other = raw.copy()
    other[:900] = draws.permutation(other[:900])
    homes, shops = compare_segments(range(3_000), labels, raw, other, segments={"category": names})
    assert (homes.group, homes.worse, homes.roc_auc.difference) == ("homes", None, 0)
    assert (shops.group, shops.worse) == ("shops", "second")
    assert (shops.consumers, shops.thieves) == (900, labels[:900].sum())
    turned = compare_segments(range(3_000), labels, other, raw, segments={"category": names})[1]
    assert turned.worse == "first"


def test_lists_that_are_alike_are_worse_in_no_group_of_many():
    """Twenty data sets of twelve groups: at one standard per group a dozen would be called worse."""
    worse = 0
    for seed in range(20):
        labels, raw, _, draws = calibrated(2_400, seed=seed)
        names = [f"section {k}" for k in draws.integers(0, 12, 2_400)]
        lists = (raw + draws.normal(size=2_400) for _ in range(2))
        found = compare_segments(range(2_400), labels, *lists, segments={"section": names}, resamples=100)
        assert len(found) == 12
        worse += sum(group.worse is not None for group in found)
    assert worse <= 4


def test_groups_too_small_to_be_told_from_chance_are_not_compared():
    labels, raw, _, _ = calibrated(500)
    names = ["town"] * 460 + ["mill"] * 40
    assert [g.group for g in compare_segments(range(500), labels, raw, raw, segments={"part": names})] == ["town"]
    with pytest.raises(ValueError, match="3 values for 500 rows"):
        compare_segments(range(500), labels, raw, raw, segments={"part": ["town"] * 3})
