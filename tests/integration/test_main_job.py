"""The main job as its users do it: an export in, a model and its report, a ranked and explained list out."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal

from powertheft import library
from powertheft.domain.errors import ChoiceError
from powertheft.features.catalogue import catalogue
from tests.integration.measured import Run, powertheft
from tests.integration.warm import Ended

ASKED_COLUMNS = [
    "rank", "consumer_id", "probability", "expected_energy_kwh", "expected_amount", "reason_1", "reason_2", "reason_3",
]  # fmt: skip
CONSUMERS, BILLS, SEED = 6_000, 12, 3
IN_THE_DEMO = 7_000
"""With fewer there are too few thieves found to learn from."""

Command = Callable[..., Ended]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """What `powertheft demo` leaves behind and prints."""
    folder = tmp_path_factory.mktemp("demo")
    run = powertheft("demo", "--no-serve", "--consumers", IN_THE_DEMO, "--home", folder / "home", folder=folder)
    assert run.code == 0, run.err
    return folder / "home", run


@pytest.fixture(scope="module")
def export(command: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of another made-up utility."""
    folder = tmp_path_factory.mktemp("utility")
    run = command(
        "simulate", folder / "export", "--consumers", CONSUMERS, "--bills", BILLS, "--seed", SEED, folder=folder
    )
    assert run.code == 0, run.err
    return folder / "export"


def train(command: Command, export: Path, out: Path, *options: object, profile: object = "tneb") -> Ended:
    return command(
        "train", export, "--profile", profile, "--out", out, "--folds", 1, *options, folder=out.parent
    )  # fmt: skip


def score(
    command: Command, data: Path, model: Path, out: Path, *options: object, profile: object = "tneb"
) -> pl.DataFrame:
    run = command(
        "score", data, "--profile", profile, "--model", model, "--out", out, *options, folder=out.parent
    )  # fmt: skip
    assert run.code == 0, run.err
    return pl.read_csv(out, infer_schema_length=None)


@pytest.fixture(scope="module")
def model(command: Command, export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model") / "model"
    run = train(command, export, out)
    assert run.code == 0, run.err
    return out


@pytest.fixture(scope="module")
def listed(command: Command, export: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ranked list of that utility, its first 30 connections explained."""
    out = tmp_path_factory.mktemp("list") / "ranked.csv"
    score(command, export, model, out, "--explain", 30)
    return out


def read(ranked: Path) -> pl.DataFrame:
    return pl.read_csv(ranked, infer_schema_length=None)


def test_the_demo_ends_with_the_list_the_measures_and_where_all_is(demo: tuple[Path, Run]) -> None:
    home, run = demo
    assert "ROC-AUC" in run.out
    assert "knowable only" in run.out
    assert "Worth a visit first" in run.out
    for place in ("data", "model", "ranked.csv", "ranked.transformers.csv", "report.json", "card.png"):
        assert (home / place).exists()
        assert str(home / place) in run.out.replace("\n", "")
    assert (home / "card.png").read_bytes().startswith(b"\x89PNG")


def test_the_list_holds_every_connection_once_in_order_with_the_columns_that_were_asked(
    demo: tuple[Path, Run],
) -> None:
    ranked = pl.read_csv(demo[0] / "ranked.csv", infer_schema_length=None)
    assert ranked.columns[: len(ASKED_COLUMNS)] == ASKED_COLUMNS
    assert ranked["rank"].to_list() == list(range(1, IN_THE_DEMO + 1))
    assert ranked["consumer_id"].n_unique() == IN_THE_DEMO
    assert ranked["probability"].is_sorted(descending=True)
    assert ranked["probability"].is_between(0, 1, closed="none").all()
    known = ranked.drop_nulls("expected_amount")
    assert known.height > 0.9 * IN_THE_DEMO
    assert (known["expected_amount"] >= 0).all()


def test_reasons_stand_for_as_many_as_asked_and_differ_within_a_row(listed: Path) -> None:
    ranked = read(listed)
    reasons = ranked.select("reason_1", "reason_2", "reason_3")
    assert reasons[30:].null_count().row(0) == (CONSUMERS - 30,) * 3
    assert reasons[:30]["reason_1"].null_count() <= 1
    for row in reasons[:30].iter_rows():
        said = [reason for reason in row if reason]
        assert len(set(said)) == len(said)
        assert all("thie" not in reason.lower() for reason in said)


def test_the_true_thieves_stand_near_the_top(export: Path, listed: Path) -> None:
    """The simulation knows who steals; only connections that no visit had taught the model are looked at."""
    ranked = read(listed).filter(~pl.col("used_in_fitting"))
    truth = pl.read_csv(export / "truth.csv", infer_schema=False).filter(pl.col("STEALS_AT_END") == "Y")
    stealing = ranked.with_columns(
        steals=pl.col("consumer_id").is_in(truth["SC_NO"].implode())
    )["steals"]  # fmt: skip
    assert stealing.head(200).mean() > 2.5 * stealing.mean()


def test_recovery_ranks_by_probability_times_worth(command: Command, export: Path, model: Path, tmp_path: Path) -> None:
    ranked = score(command, export, model, tmp_path / "ranked.csv", "--rank-by", "recovery", "--explain", 0)
    worth = (ranked["probability"] * ranked["expected_amount"]).drop_nulls()
    # Amounts in the file are whole rupees: neighbours may swap within a rupee.
    assert (worth.diff().drop_nulls() <= 1.0).all()
    assert worth[0] > worth.median() * 5


def test_transformers_stand_beside_the_list_by_unexplained_energy(listed: Path) -> None:
    transformers = pl.read_csv(listed.with_name("ranked.transformers.csv"))
    assert transformers["unexplained_kwh"].is_sorted(descending=True)
    balance = transformers["billed_kwh"] + transformers["unmetered_kwh"] + transformers["technical_loss_kwh"]
    np.testing.assert_allclose(balance + transformers["unexplained_kwh"], transformers["supplied_kwh"], rtol=1e-6)


def test_without_outcomes_in_what_is_scored_and_with_columns_in_another_order_the_list_is_the_same(
    command: Command, export: Path, model: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for file in export.glob("*.csv"):
        if file.stem in {"consumers", "bills", "payments", "meter_events", "transformer_readings"}:
            frame = pl.read_csv(file, infer_schema=False)
            mixed = frame.select(sorted(frame.columns, reverse=True)).sample(fraction=1.0, shuffle=True, seed=1)
            mixed.write_parquet(other / f"{file.stem}.parquet")
    without = [feature.name for feature in catalogue() if feature.family == "history"]
    plain = tmp_path / "plain"
    assert train(command, export, plain, "--without", "history").code == 0
    first = score(command, export, plain, tmp_path / "first.csv", "--explain", 20)
    second = score(command, other, plain, tmp_path / "second.csv", "--explain", 20)
    # Visits themselves, and rules on what they found, are told where they are known.
    of_visits = ("last_visit", "last_outcome", "rules", "rules_count", "points")
    own = pl.col("^reason_.*$")
    of_the_model = pl.when(~own.str.starts_with("Rule ")).then(own)
    assert_frame_equal(*(one.drop(of_visits).with_columns(of_the_model) for one in (first, second)))
    # Of each connection the last visit of the file.
    days = pl.read_csv(export / "inspections.csv", infer_schema=False).select(
        pl.col("SC_NO").alias("consumer_id"), pl.col("INSP_DATE").str.to_date("%d-%m-%Y").alias("day")
    )
    last = dict(days.group_by("consumer_id").agg(pl.col("day").max().cast(pl.String)).rows())
    told = first.select("consumer_id", pl.col("last_visit").cast(pl.String)).drop_nulls()
    assert dict(told.rows()) == {number: day for number, day in last.items() if day is not None}
    assert second["last_visit"].null_count() == second.height
    schema = json.loads((plain / "manifest.json").read_text())["schema"]
    assert not {column["name"] for column in schema} & {*without}


def test_a_choice_of_features_is_honoured_in_the_model(command: Command, export: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    run = train(command, export, out, "--features", "season,peers,MF", "--without", "registry,not-knowable")
    assert run.code == 0, run.err
    names = {column["name"] for column in json.loads((out / "manifest.json").read_text())["schema"]}
    flags = {feature.name: feature.flags for feature in catalogue()}
    families = {feature.name: feature.family for feature in catalogue()}
    own = {name for name in names if name.startswith("MF_")}
    assert own
    assert {families[name] for name in names - own} == {"season", "peers"}
    assert not [name for name in names - own if flags[name] & {"registry", "not-knowable"}]


def test_the_same_seed_gives_the_same_model_to_the_byte_of_its_scores(
    command: Command, export: Path, listed: Path, tmp_path: Path
) -> None:
    again, ranked = tmp_path / "again", tmp_path / "ranked.csv"
    assert train(command, export, again, "--threads", 1).code == 0
    score(command, export, again, ranked, "--explain", 30)
    assert ranked.read_bytes() == listed.read_bytes()


def test_judging_a_model_on_its_own_consumers_is_refused(
    command: Command, export: Path, model: Path, tmp_path: Path
) -> None:
    run = command("evaluate", export, "--profile", "tneb", "--model", model, folder=tmp_path)
    assert run.code == 2
    assert "used in fitting" in run.err


def test_the_library_says_the_same_as_the_command_in_the_frames_it_was_given(
    export: Path, model: Path, listed: Path
) -> None:
    by_command = read(listed)
    files = ("consumers", "bills", "inspections", "payments", "meter_events", "transformer_readings")
    frames = {name: pl.read_csv(export / f"{name}.csv", infer_schema=False) for name in files}
    pandas = library.score(
        {name: frame.to_pandas() for name, frame in frames.items()}, profile="tneb", model=model, explain=10
    )
    arrow = library.score(
        {name: frame.to_arrow() for name, frame in frames.items()}, profile="tneb", model=str(model), explain=10
    )
    polars = library.score(frames, profile="tneb", model=model, explain=10)
    assert isinstance(pandas, pd.DataFrame)
    assert isinstance(arrow, pa.Table)
    assert isinstance(polars, pl.DataFrame)
    for ranked in (polars, pl.from_pandas(pandas), pl.from_arrow(arrow)):
        assert isinstance(ranked, pl.DataFrame)
        assert ranked["consumer_id"].to_list() == by_command["consumer_id"].to_list()
        np.testing.assert_allclose(ranked["probability"], by_command["probability"], rtol=1e-12)
        assert ranked["reason_1"][:10].to_list() == by_command["reason_1"][:10].to_list()


def test_the_library_trains_and_judges_as_the_command_does(export: Path, tmp_path: Path) -> None:
    report = library.train(
        export, profile="tneb", out=tmp_path / "model", algorithm="logistic-regression", features="season", folds=1
    )
    assert report["held_out"]["measures"]["roc_auc"]["value"] > 0.55
    other = library.simulate(consumers=CONSUMERS, bills=12, seed=11)
    judged = library.evaluate(other, profile="tneb", model=tmp_path / "model", capacity=50)
    assert judged["evaluation"]["visits"] == 50
    with pytest.raises(ChoiceError, match="train has no choice 'trees'"):
        library.train(export, profile="tneb", out=tmp_path / "other", trees=3)
