"""What a reader sees of a training: whether to trust it, what a utility would live, and the page to print."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import powertheft
from tests.integration.conftest import World
from tests.integration.refusals import Place
from tests.integration.warm import Ended

CONSUMERS, BILLS, SEED = 6_000, 12, 3
"""Enough for fifty thefts found."""

FEW = ("--features", "change,register,peers", "--folds", 1)
THEFTS = ["THEFT", "TAMPER", "MISUSE"]

Command = Callable[..., Ended]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training printed and left behind."""

    out: str
    report: dict[str, Any]
    page: str
    model: Path


@pytest.fixture(scope="module")
def export(command: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("utility")
    run = command(
        "simulate", folder / "export", "--consumers", CONSUMERS, "--bills", BILLS, "--seed", SEED, folder=folder
    )
    assert run.code == 0, run.err
    return folder / "export"


@pytest.fixture(scope="module")
def trained(command: Command, export: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("trained")
    page, figures, model = folder / "page.html", folder / "report.json", folder / "model"
    run = command(
        "train", export, "--profile", "tneb", "--out", model, "--page", page, "--json", figures,
        "--visit-cost", 500, "--value-found", 12_000, "--learning-curve", *FEW, folder=folder,
    )  # fmt: skip
    assert run.code == 0, run.err
    return Trained(run.out, json.loads(figures.read_text()), page.read_text(), model)


def test_the_verdict_of_the_audit_is_printed_first(trained: Trained) -> None:
    assert trained.out.startswith("Audit for leaks: ")
    assert "quick model" in trained.out.splitlines()[1]


def test_what_a_utility_would_live_comes_before_all_figures(trained: Trained) -> None:
    heading = next(line for line in trained.out.splitlines() if line.startswith("held-out consumers"))
    assert heading.index("knowable only") < heading.index("all ")
    keys = list(trained.report)
    assert keys[0] == "audit"
    assert keys.index("knowable_only") < keys.index("held_out")


def test_calibration_groups_selection_value_and_learning_are_told(trained: Trained) -> None:
    report = trained.report
    assert set(report["calibration"]["held_out"]["observed_over_predicted"]) == {"1%", "5%"}
    assert list(report["segments"]) == ["knowable_only", "held_out"]
    for groups in report["segments"].values():
        assert {"category", "history length", "consumption"} <= {g["segment"] for g in groups}
    # Somebody chose whom to inspect, so the inspected tell less than as many drawn at random.
    seen = report["selection"]["knowable_only"]
    assert 0 < seen["effective_size"] < seen["rows"]
    assert report["net_value"]["held_out"]["visits"] > 0
    assert [point["share"] for point in report["learning_curve"]["points"]] == [0.1, 0.25, 0.5, 1.0]


def test_whom_the_list_serves_badly_is_told_first_of_what_a_utility_would_live(trained: Trained) -> None:
    headings = [line for line in trained.out.splitlines() if line.startswith("Whom the list serves badly")]
    assert headings == [f"Whom the list serves badly ({of})" for of in ("knowable only", "all features")]
    knowable, every = trained.report["segments"].values()
    assert [group["group"] for group in knowable] == [group["group"] for group in every]
    assert [group["roc_auc"] for group in knowable] != [group["roc_auc"] for group in every]


def test_a_cut_off_by_value_follows_from_the_amounts_in_training_and_in_judging(place: Place, world: World) -> None:
    """At 1 a visit and 4 a theft found, visits pay from a likelihood of a quarter."""
    amounts = ("--cutoff", "value", "--visit-cost", 1, "--value-found", 4)
    trained, judged = place.root / "trained.json", place.root / "judged.json"
    run = place.run(
        "train", world.table, "--profile", "table", "--out", "model", "--threads", 1, "--folds", 1, *amounts,
        "--json", trained,
    )  # fmt: skip
    assert run.code == 0, run.err
    assert "At the cut-off 25.0 % (value" in run.out
    # The model that another training left, which knew of no amounts, is judged by them as well.
    run = place.run(
        "evaluate", world.other_table, "--profile", "table", "--model", world.table_model, *amounts, "--json", judged
    )
    assert run.code == 0, run.err
    seen = json.loads(judged.read_text())
    for evaluation in (json.loads(trained.read_text())["held_out"], seen["evaluation"]):
        assert (evaluation["cutoff_kind"], evaluation["cutoff"]) == ("value", 0.25)
        assert not evaluation["cutoff_chosen_here"]
    suspected = seen["evaluation"]["confusion"]["true_positive"] + seen["evaluation"]["confusion"]["false_positive"]
    assert seen["net_value"]["visits"] == suspected
    brought = seen["net_value"]["curve"]["best"]["realised_net"]
    assert brought == 4 * seen["evaluation"]["confusion"]["true_positive"] - suspected
    assert "Net value: " in run.out


@pytest.mark.parametrize(
    ("amounts", "says"),
    [
        ((), ("--visit-cost", "--value-found")),
        (("--visit-cost", 5), ("one is given",)),
        (("--visit-cost", 5, "--value-found", 5), ("no visit can pay",)),
    ],
)
def test_a_cut_off_by_value_wants_both_amounts(place: Place, world: World, amounts: tuple, says: tuple) -> None:
    words = ("--profile", "table", "--cutoff", "value", *amounts)
    place.refused("train", world.table, "--out", "model", *words, says=says)
    place.refused("evaluate", world.other_table, "--model", world.table_model, *words, says=says)


def test_the_page_is_whole_shows_all_parts_and_names_no_consumer(trained: Trained, export: Path) -> None:
    page = trained.page
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    for part in (
        "What it is", "How good the list is", "At the cut-off", "Whom it serves badly", "Who gets inspected",
        "How many visits pay", "Would more outcomes help?", "What it looks at", "The audit for leaks",
        "Limits of use", "What the measures mean", "not proof",
    ):  # fmt: skip
        assert part in page
    assert page.index("knowable only (") < page.index("all features (")
    assert page.index("<h3>With knowable only</h3>") < page.index("<h3>With all features</h3>")
    assert page.count("data:image/png;base64,") == 7
    outside = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", page)
    assert not re.search(r"<script|https?://|<link", outside)
    numbers = pl.read_csv(export / "consumers.csv", infer_schema=False)["SC_NO"].to_list()
    assert not [number for number in numbers if number in outside]


def test_the_model_keeps_its_page(trained: Trained) -> None:
    assert (trained.model / "attachments" / "report.html").read_text() == trained.page


def test_a_planted_leak_is_told_at_the_top(command: Command, export: Path, tmp_path: Path) -> None:
    """A column of the consumers that says what the visits found."""
    leaky = tmp_path / "export"
    leaky.mkdir()
    for file in export.glob("*.csv"):
        (leaky / file.name).write_bytes(file.read_bytes())
    visits = pl.read_csv(leaky / "inspections.csv", infer_schema=False)
    found = visits.filter(pl.col("FINDING").is_in(THEFTS))["SC_NO"].to_list()
    consumers = pl.read_csv(leaky / "consumers.csv", infer_schema=False)
    consumers.with_columns(CASE=pl.col("SC_NO").is_in(found).cast(pl.Int8)).write_csv(leaky / "consumers.csv")
    words = (Path(powertheft.__file__).parent / "profiles" / "tneb.toml").read_text()
    profile = tmp_path / "leaky.toml"
    profile.write_text(words.replace('SMART_METER = "category"', 'CASE = "category"\nSMART_METER = "category"'))
    run = command(
        "train", leaky, "--profile", profile, "--out", tmp_path / "model", "--features", "attribute,season",
        "--folds", 1, folder=tmp_path,
    )  # fmt: skip
    assert run.code == 0, run.err
    first = run.out.splitlines()[0]
    assert first.startswith("Audit for leaks: Do not trust these figures")
    assert "CASE" in first


@pytest.mark.parametrize("split", ["time", "neighbourhood"])
def test_whole_neighbourhoods_and_the_latest_can_be_held_out(
    command: Command, export: Path, tmp_path: Path, split: str
) -> None:
    run = command(
        "train", export, "--profile", "tneb", "--out", tmp_path / "model", "--split", split, "--json",
        tmp_path / "report.json", "--algorithm", "logistic-regression", "--features", "season", folder=tmp_path,
    )  # fmt: skip
    assert run.code == 0, run.err
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["split"] == split
    judged = report["held_out"]["consumers"] / report["labelled_consumers"]
    assert (0.2 <= judged < 0.35) if split == "time" else judged == 1


def test_undated_outcomes_cannot_be_split_in_time(place: Place, world: World) -> None:
    place.refused(
        "train", world.table, "--profile", "table", "--out", "model", "--split", "time", says=("date", "consumer")
    )


def test_a_table_without_places_has_no_neighbourhoods(place: Place, world: World) -> None:
    place.refused(
        "train",
        world.table,
        "--profile",
        "table",
        "--out",
        "model",
        "--split",
        "neighbourhood",
        says=("transformer_id",),
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--visit-cost", 5), ("--value-found",)),
        (("--visit-cost", -5, "--value-found", 9), ("amount of money",)),
        (("--split", "time", "--folds", 3), ("time",)),
        (("--page", "nowhere/page.html"), ("nowhere",)),
        (("--set", "trees=2"), ("trees=2", "50 to 5000")),
        (("--set", "tree=200"), ("no setting 'tree'", "trees")),
        (("--tune", 1, "--folds", 5), ("--folds",)),
        (("--tune", -1), ("minutes",)),
        (("--tune", 1, "--algorithm", "blend"), ("nothing to tune",)),
        (("--half-life", "soon"), ("count half after 'soon' months",)),
    ],
)
def test_what_does_not_go_together_is_refused(
    place: Place, world: World, options: tuple[object, ...], says: tuple[str, ...]
) -> None:
    place.refused("train", world.export, "--profile", "tneb", "--out", "model", *options, says=says)


def test_undated_outcomes_have_no_age(place: Place, world: World) -> None:
    place.refused(
        "train", world.table, "--profile", "table", "--out", "model", "--half-life", 6, says=("without a date",)
    )


def test_settings_are_honoured_and_a_search_says_what_it_found(command: Command, export: Path, tmp_path: Path) -> None:
    figures = tmp_path / "report.json"
    run = command(
        "train", export, "--profile", "tneb", "--out", tmp_path / "model", "--features", "change,peers",
        "--set", "trees=60", "--set", "bins=31", "--tune", 0, "--half-life", "auto", "--json", figures, folder=tmp_path,
    )  # fmt: skip
    assert run.code == 0, run.err
    report = json.loads(figures.read_text())
    assert report["held_out_folds"] == "1 of 5"
    (said,) = [note for note in report["notes"] if "settings were tried" in note]
    # One trial fits into no time, and that is the defaults.
    assert said.startswith("1 settings were tried")
    assert "leaves=31" in said
    assert any("count alike" in note or "counts half" in note for note in report["notes"])
    options = json.loads((tmp_path / "model" / "manifest.json").read_text())["options"]
    assert (options["trees"], options["bins"], options["leaves"]) == (60, 31, 31)
    assert (tmp_path / "model.search").exists()
