"""Searching settings: never worse than the defaults, inside the training consumers, and gone on with."""

import pytest

from powertheft.domain.errors import ChoiceError
from powertheft.models.tuning import tune

SMALL = {"trees": 50, "bins": 15}


def test_what_is_found_is_never_worse_than_the_defaults_on_the_inner_folds(table, labels, numbers):
    told = []
    found = tune(
        "lightgbm", table, labels, consumer_ids=numbers, minutes=0.05, seed=1, threads=1, options=SMALL,
        progress=lambda what, share: told.append((what, share)),
    )  # fmt: skip
    assert found.pr_auc >= found.default_pr_auc
    assert found.trials >= 1
    assert set(found.settings) == {"learning_rate", "leaves", "smallest_leaf", "feature_share", "row_share"}
    assert told[0][0] == "trying settings 1"
    assert all(0 <= share <= 1 for _, share in told)


def test_a_search_that_was_stopped_is_gone_on_with(table, labels, numbers, tmp_path):
    def search():
        return tune(
            "lightgbm", table, labels, consumer_ids=numbers, minutes=0, seed=1, threads=1, options=SMALL,
            kept_in=tmp_path / "search",
        )  # fmt: skip

    first, second = search(), search()
    assert (first.trials, second.trials) == (1, 2)
    assert second.default_pr_auc == first.default_pr_auc


def test_the_first_trial_is_the_defaults(table, labels, numbers):
    found = tune("lightgbm", table, labels, consumer_ids=numbers, minutes=0, seed=1, threads=1, options=SMALL)
    assert found.settings == {
        "learning_rate": 0.03, "leaves": 31, "smallest_leaf": 40, "feature_share": 0.1, "row_share": 0.8,
    }  # fmt: skip


def test_where_there_is_nothing_to_tune_that_is_said(table, labels, numbers):
    with pytest.raises(ChoiceError, match="blend has nothing to tune"):
        tune("blend", table, labels, consumer_ids=numbers, minutes=1, seed=0)
