"""A utility that has meters' intervals and no bills: the main job by the commands, for hours and for days."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.integration.warm import Ended

HOUSES, DAYS, SHORT = 110, 250, 20
LAST = date(2024, 3, 31)
THIEVES = {f"h{place:03}" for place in range(0, HOUSES, 2)}
COMMON = ("--threads", 1, "--folds", 1)


def use_of(house: str, draws: np.random.Generator) -> np.ndarray:
    """Hourly use; a thief's meter shows a third of it in the last month, and nothing at night."""
    profile = 0.15 + 0.6 * np.exp(-0.5 * ((np.arange(24) - 19) / 2) ** 2)
    use = profile[None, :] * draws.gamma(6.0, draws.gamma(4, 0.3) / 6, (DAYS, 24))
    if house in THIEVES:
        use[-30:] /= 3
        use[-30:, :6] = 0.0
    return use.round(3)


@pytest.fixture(scope="module")
def houses() -> dict[str, np.ndarray]:
    draws = np.random.default_rng(5)
    used = {f"h{place:03}": use_of(f"h{place:03}", draws) for place in range(HOUSES)}
    # Of the last nobody knows what is usual: its meter is new.
    used[f"h{HOUSES - 1:03}"] = used[f"h{HOUSES - 1:03}"][-SHORT:]
    return used


@pytest.fixture(scope="module")
def hourly(houses: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hourly")
    parts = [
        pl.DataFrame({"meter_no": house, "kwh": use.ravel()}).with_columns(
            timestamp=pl.datetime_range(
                datetime(2024, 4, 1) - timedelta(days=len(use)), datetime(2024, 4, 1), "1h", closed="left", eager=True
            )
        )
        for house, use in houses.items()
    ]
    pl.concat(parts).write_parquet(folder / "intervals.parquet")
    found = ["theft" if house in THIEVES else "normal" for house in houses]
    visits = pl.DataFrame({"meter_no": list(houses), "inspected_on": date(2024, 4, 1), "outcome": found})
    visits.write_csv(folder / "inspections.csv")
    return folder


@pytest.fixture(scope="module")
def daily(houses: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as the State Grid's layout has it: a column a day, empty where a meter was not there yet."""
    days = [LAST - timedelta(days=back) for back in reversed(range(DAYS))]
    rows = [[None] * (DAYS - len(use)) + use.sum(axis=1).round(2).tolist() for use in houses.values()]
    grid = pl.DataFrame(rows, schema=[f"{day.month}/{day.day}/{day.year}" for day in days], orient="row")
    path = tmp_path_factory.mktemp("daily") / "days.csv"
    grid.insert_column(0, pl.Series("CONS_NO", list(houses))).insert_column(
        1, pl.Series("FLAG", [int(house in THIEVES) for house in houses])
    ).write_csv(path)
    return path


def listed(command: Callable[..., Ended], data: Path, profile: str, folder: Path) -> pl.DataFrame:
    trained = command("train", data, "--profile", profile, "--out", folder / "model", *COMMON, folder=folder)
    assert trained.code == 0, trained.err
    out = folder / "ranked.csv"
    scored = command(
        "score", data, "--profile", profile, "--model", folder / "model", "--out", out, "--rank-by", "recovery",
        folder=folder,
    )  # fmt: skip
    assert scored.code == 0, scored.err
    return pl.read_csv(out, infer_schema_length=None)


@pytest.fixture(scope="module")
def of_hours(
    command: Callable[..., Ended], hourly: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pl.DataFrame, Path]:
    folder = tmp_path_factory.mktemp("of_hours")
    return listed(command, hourly, "smart-meter", folder), folder


def test_hours_alone_make_a_list_with_energy_and_reasons(of_hours: tuple[pl.DataFrame, Path]) -> None:
    ranked, _ = of_hours
    assert ranked.height == HOUSES
    likely = ranked.sort("probability", descending=True).head(40)
    assert set(likely["consumer_id"]) <= THIEVES
    assert (likely["expected_energy_kwh"].fill_null(0) > 0).mean() > 0.9
    assert likely["reason_1"].null_count() == 0
    told = " ".join(likely["reason_1"].to_list() + likely["reason_2"].drop_nulls().to_list())
    assert "kWh a day in the last 4 weeks" in told or "No reading above" in told
    new = ranked.filter(pl.col("consumer_id") == f"h{HOUSES - 1:03}")
    assert new["probability"].is_not_null().all()


def test_a_connection_with_hours_alone_is_explained(
    of_hours: tuple[pl.DataFrame, Path], command: Callable[..., Ended], hourly: Path
) -> None:
    ranked, folder = of_hours
    first = ranked.sort("probability", descending=True)["consumer_id"][0]
    words = ("explain", hourly, "--profile", "smart-meter", "--model", folder / "model", "--consumer", first)
    ended = command(*words, folder=folder)
    assert ended.code == 0, ended.err
    assert "seen as of 2024-03-31" in ended.out
    assert "No month is measured in both years." in ended.out


def test_hours_alone_are_ranked_without_labels(command: Callable[..., Ended], hourly: Path, tmp_path: Path) -> None:
    out = tmp_path / "ruled.csv"
    ended = command("rank", hourly, "--profile", "smart-meter", "--out", out, folder=tmp_path)
    assert ended.code == 0, ended.err
    assert pl.read_csv(out).height == HOUSES


def test_days_alone_make_a_list_too(command: Callable[..., Ended], daily: Path, tmp_path: Path) -> None:
    ranked = listed(command, daily, "sgcc", tmp_path)
    assert set(ranked.sort("probability", descending=True)["consumer_id"].head(40)) <= THIEVES


def test_the_features_of_a_profile_of_intervals_are_listed(command: Callable[..., Ended], tmp_path: Path) -> None:
    for profile in ("smart-meter", "sgcc"):
        ended = command("features", "--profile", profile, folder=tmp_path)
        assert ended.code == 0, ended.err
        assert "interval_zero_hours" in ended.out
        assert "daily_use_max" not in ended.out


def test_intervals_of_a_dataset_make_the_same_list(
    of_hours: tuple[pl.DataFrame, Path], command: Callable[..., Ended], hourly: Path, tmp_path: Path
) -> None:
    ranked, _ = of_hours
    home = ("--home", tmp_path / "home")
    brought = command(
        "dataset", "import", hourly, "--profile", "smart-meter", "--name", "meters", *home, folder=tmp_path
    )
    assert brought.code == 0, brought.err
    model, out = tmp_path / "model", tmp_path / "ranked.csv"
    trained = command("train", "meters", "--out", model, *COMMON, *home, folder=tmp_path)
    assert trained.code == 0, trained.err
    scored = command("score", "meters", "--model", model, "--out", out, *home, folder=tmp_path)
    assert scored.code == 0, scored.err
    assert pl.read_csv(out).height == ranked.height
