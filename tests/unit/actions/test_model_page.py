"""What a model's page is told of its data and choices."""

from pathlib import Path

import polars as pl

from powertheft.actions.model_page import told_data
from powertheft.actions.train_model import TrainingChoices, told_choices


def test_where_data_came_from_is_told_without_the_folders_above() -> None:
    assert told_data(Path("/home/somebody/export")) == "files of export"
    assert told_data([Path("/home/somebody/bills.csv"), Path("/srv/consumers.csv")]) == "files bills.csv, consumers.csv"
    assert told_data({"bills": pl.DataFrame()}) == "files bills"


def test_choices_that_differ_are_told_and_the_usual_ones() -> None:
    told = told_choices(TrainingChoices(folds=2))
    assert told == {"seed": 0, "capacity": "1%", "cutoff": "f1", "folds": 2, "split": "consumer"}
