"""A house on an empty home with an actor who may do everything, and one in which a small utility has been scored."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.model_versions import train_version
from powertheft.actions.score_version import score_version
from powertheft.actions.simulate_data import simulate_data
from powertheft.actions.train_model import TrainingChoices
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import read_home
from powertheft.store.work import open_store


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    home = read_home(tmp_path / "home", environment={})
    home.make()
    with open_store(home.database) as store:
        yield House(home, store, Actor("ana", PERMISSIONS))


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with a small made-up utility that was imported as bills, trained on as theft and scored as list 1.

    Everybody who steals was found out, and 240 honest connections were visited: the simulation's own squads find too
    few to learn from.
    """
    root = tmp_path_factory.mktemp("scored")
    simulate_data(root / "export", consumers=2000, bills=18, seed=5)
    _visit(root / "export")
    home = read_home(root / "home", environment={})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("ana", PERMISSIONS))
        import_dataset(house, root / "export", name="bills")
        choices = TrainingChoices(folds=1, threads=1, settings=("trees=60",))
        train_version(house, "bills", model="theft", choices=choices)
        score_version(house, "bills", model="theft", explain=10)
        yield house


def _visit(export: Path) -> None:
    truth = pl.read_csv(export / "truth.csv", infer_schema=False)
    stealing = pl.col("STEALS_AT_END") == "Y"
    found = truth.filter(stealing).with_columns(FINDING=pl.lit("THEFT"))
    honest = truth.filter(pl.col("STEALS") == "N").gather_every(4).head(240).with_columns(FINDING=pl.lit("NORMAL"))
    header = pl.read_csv(export / "inspections.csv", infer_schema=False).clear()
    visits = pl.concat([found, honest]).select(
        "SC_NO", "FINDING", INSP_DATE=pl.lit("10-08-2026"), DRAWN_BY=pl.lit("SQUAD")
    )
    pl.concat([header, visits], how="diagonal").write_csv(export / "inspections.csv")
    for name in ("truth.csv", "truth_transformers.csv"):
        (export / name).unlink()
