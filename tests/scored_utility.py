"""A small made-up utility that was imported as `bills`, trained on as `theft` and scored as list 1, for tests of pages.

Everybody who steals was found out, and 240 honest connections were visited: the simulation's own squads find too few
to learn from.
"""

import shutil
from pathlib import Path

import polars as pl

from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.model_versions import train_version
from powertheft.actions.score_version import score_version
from powertheft.actions.simulate_data import simulate_data
from powertheft.actions.train_model import TrainingChoices


def make_scored(house: House, export: Path) -> None:
    """Fill an empty house."""
    house.home.make()
    simulate_data(export, consumers=2000, bills=18, seed=5)
    _visit(export)
    import_dataset(house, export, name="bills")
    train_version(
        house, "bills", model="theft", choices=TrainingChoices(folds=1, threads=1, settings=("trees=60",))
    )  # fmt: skip
    score_version(house, "bills", model="theft", explain=20)
    shutil.rmtree(export)


def _visit(export: Path) -> None:
    truth = pl.read_csv(export / "truth.csv", infer_schema=False)
    found = truth.filter(pl.col("STEALS_AT_END") == "Y").with_columns(FINDING=pl.lit("THEFT"))
    honest = truth.filter(pl.col("STEALS") == "N").gather_every(4).head(240).with_columns(FINDING=pl.lit("NORMAL"))
    header = pl.read_csv(export / "inspections.csv", infer_schema=False).clear()
    columns = ["SC_NO", "FINDING"]
    visits = pl.concat([found, honest]).select(*columns, INSP_DATE=pl.lit("10-08-2026"), DRAWN_BY=pl.lit("SQUAD"))
    pl.concat([header, visits], how="diagonal").write_csv(export / "inspections.csv")
    for name in ("truth.csv", "truth_transformers.csv"):
        (export / name).unlink()
