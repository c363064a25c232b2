"""Who is held out, by consumer, by neighbourhood and in time."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from powertheft.actions.hold_out import FOLDS, check_split, check_split_fits, parts_of
from powertheft.actions.training_report import Labelled
from powertheft.domain.errors import ChoiceError, LabelError

COUNT = 400


def labelled(**about: Sequence[object]) -> Labelled:
    """Consumers of whom every third is a thief."""
    numbers = np.array([f"C{place}" for place in range(COUNT)])
    labels = (np.arange(COUNT) % 3 == 0).astype(np.int8)
    return Labelled(numbers, numbers, pl.DataFrame({"x": np.zeros(COUNT)}), labels, pl.DataFrame(about))


def test_all_folds_of_small_data_are_held_out_in_turn() -> None:
    parts = parts_of(labelled(), split="consumer", asked=None)
    assert parts.judged == FOLDS
    assert parts.is_seen.all()
    assert parts.words == "5 of 5"


def test_one_fold_is_held_out_where_one_is_asked_for() -> None:
    parts = parts_of(labelled(), split="consumer", asked=1)
    assert (parts.fold[parts.is_seen] == 0).all()
    assert 0.1 < parts.is_seen.mean() < 0.3


def test_neighbours_are_held_out_together_by_their_transformer() -> None:
    """Ten to a transformer; the section, which is one for all, is not asked."""
    transformers = [f"T{place // 10}" for place in range(COUNT)]
    parts = parts_of(labelled(transformer_id=transformers, section=["S"] * COUNT), split="neighbourhood", asked=None)
    frame = pl.DataFrame({"transformer": transformers, "fold": parts.fold})
    assert frame.group_by("transformer").agg(pl.col("fold").n_unique())["fold"].max() == 1


def test_the_section_stands_in_where_no_transformer_is_known() -> None:
    sections = [f"S{place // 10}" for place in range(COUNT)]
    parts = parts_of(labelled(transformer_id=[None] * COUNT, section=sections), split="neighbourhood", asked=None)
    frame = pl.DataFrame({"section": sections, "fold": parts.fold})
    assert frame.group_by("section").agg(pl.col("fold").n_unique())["fold"].max() == 1


def test_the_latest_fifth_of_the_outcomes_is_held_out_in_time() -> None:
    """One outcome a day, in order: the last 80 of 400."""
    days = [date(2024, 1, 1) + timedelta(days=place) for place in range(COUNT)]
    parts = parts_of(labelled(outcome_on=days), split="time", asked=None)
    assert np.flatnonzero(parts.is_seen).tolist() == list(range(320, 400))
    assert parts.judged == 1
    assert "20%" in parts.words


def test_undated_outcomes_are_refused_before_anything_is_computed() -> None:
    labels = pl.DataFrame({"as_of": [date(2024, 1, 1), None]})
    with pytest.raises(LabelError, match="1 of 2 has none"):
        check_split_fits("time", labels, None)


def test_neighbourhoods_need_a_column_that_names_them() -> None:
    with pytest.raises(ChoiceError, match="transformer_id"):
        check_split_fits("neighbourhood", pl.DataFrame(), pl.DataFrame({"category": ["home"]}))


@pytest.mark.parametrize(("split", "folds"), [("street", None), ("consumer", 6), ("consumer", 0), ("time", 2)])
def test_what_is_not_on_offer_is_refused(split: str, folds: int | None) -> None:
    with pytest.raises(ChoiceError):
        check_split(split, folds)


def test_a_part_with_outcomes_of_one_kind_is_refused() -> None:
    """All thieves are late."""
    days = [date(2024, 1, 1) + timedelta(days=place) for place in range(COUNT)]
    known = labelled(outcome_on=days)
    late = Labelled(known.consumer_ids, known.fold_names, known.features, np.arange(COUNT) >= 350, known.about)
    with pytest.raises(LabelError, match="both kinds"):
        parts_of(late, split="time", asked=None)
