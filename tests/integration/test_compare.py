"""Two models on the same consumers, as a user sees it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from powertheft import library
from tests.integration.conftest import World, write_table
from tests.integration.refusals import Place, Places

THRIFTY = ("--profile", "table", "--threads", 1, "--folds", 1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A model of all columns and a poor one of the same training, and how they compare on others."""

    place: Place
    good: Path
    poor: Path
    out: str
    found: dict[str, Any]
    page: str


@pytest.fixture(scope="module")
def pair(places: Places, world: World) -> Iterator[Pair]:
    made = places.make()
    place = next(made)
    poor, figures, page = place.root / "poor", place.root / "figures.json", place.root / "page.html"
    # Home or shop says nothing of theft, the other columns together say all.
    run = place.run("train", world.table, "--out", poor, "--features", "kind", *THRIFTY)
    assert run.code == 0, run.err
    run = place.run(
        "compare", world.table_model, poor, world.other_table, "--profile", "table", "--capacity", "10%",
        "--json", figures, "--page", page,
    )  # fmt: skip
    assert run.code == 0, run.err
    yield Pair(place, world.table_model, poor, run.out, json.loads(figures.read_text()), page.read_text())
    next(made, None)


def test_the_better_one_is_named_first_and_figures_bear_it_out(pair: Pair) -> None:
    assert pair.out.splitlines()[0] == "A is better."
    assert (pair.found["verdict"], pair.found["better"]) == ("A is better", "A")
    measures = pair.found["paired"]["measures"]
    assert list(measures) == ["roc_auc", "pr_auc", "precision_at_capacity", "lift_at_capacity"]
    deciding = measures["pr_auc"]
    assert 0 < deciding["low"] <= deciding["difference"] <= deciding["high"]
    assert deciding["p_value"] < 0.05
    assert deciding["detectable"] < deciding["difference"]
    assert measures["precision_at_capacity"]["first"] == pytest.approx(
        pair.found["a"]["evaluation"]["measures"]["precision_at_capacity"]["value"]
    )


def test_all_of_it_is_said_in_words(pair: Pair) -> None:
    assert "PR-AUC decides: A 1.000, B 0." in pair.out
    assert "four times in five" in pair.out
    assert re.search(r"Of the first 30 places the lists share \d+, \d+ of them theft; of the \d+ that only A", pair.out)
    assert "of consumers, in none" in pair.out or "serves" in pair.out
    for heading in ("could have shown", "95 % interval", "difference"):
        assert heading in pair.out
    top = pair.found["top_places"]
    assert top["places"] == 30
    assert top["theft_found_by_both"] <= top["shared"] <= top["places"]


def test_exchanged_the_other_letter_is_better_by_as_much(pair: Pair, world: World) -> None:
    turned = library.compare(world.other_table, profile="table", models=(pair.poor, pair.good), capacity="10%")
    assert turned["verdict"] == "B is better"
    for name, seen in turned["paired"]["measures"].items():
        assert seen["difference"] == pytest.approx(-pair.found["paired"]["measures"][name]["difference"])
    assert turned["top_places"]["theft_found_by_b_only"] == pair.found["top_places"]["theft_found_by_a_only"]


def test_the_page_is_whole_and_names_no_consumer(pair: Pair) -> None:
    assert pair.page.startswith("<!doctype html>")
    assert pair.page.rstrip().endswith("</html>")
    assert "A is better." in pair.page
    outside = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", pair.page)
    assert pair.page.count("data:image/png;base64,") == 2
    assert not re.search(r"<script|https?://|<link|(?<!#)\bc\d{5}\b", outside)


def test_models_alike_are_not_told_apart(place: Place, world: World) -> None:
    """The same training once more: no difference, and what so many consumers could have shown."""
    run = place.run("train", world.table, "--out", "again", "--seed", 1, "--threads", 1, *THRIFTY)
    assert run.code == 0, run.err
    run = place.run("compare", world.table_model, "again", world.other_table, "--profile", "table")
    assert run.code == 0, run.err
    assert run.out.splitlines()[0] == "No difference can be shown with 300 consumers."
    assert "These 300 consumers would have shown" in run.out


def test_whoever_one_of_them_was_fitted_to_is_left_out(place: Place, pair: Pair, world: World) -> None:
    """Trained on 400 consumers; of the 500 here the first 400 are those."""
    write_table(place.root / "both.csv", range(500))
    run = place.run("compare", pair.good, pair.poor, place.root / "both.csv", "--profile", "table")
    assert run.code == 0, run.err
    assert "100 consumers" in run.out
    assert "Left out: 400 consumers that were used in fitting one of them." in run.out


def test_it_is_refused_where_nobody_is_left_that_neither_has_seen(place: Place, pair: Pair, world: World) -> None:
    place.refused(
        "compare", pair.good, pair.poor, world.table, "--profile", "table", says=("nobody is left", "came later")
    )


def test_it_is_refused_where_too_few_of_a_kind_are_left(place: Place, pair: Pair) -> None:
    """Twenty consumers of whom every third is a thief: seven."""
    write_table(place.root / "few.csv", range(400, 420))
    place.refused("compare", pair.good, pair.poor, place.root / "few.csv", "--profile", "table", says=("at 6", "10"))


def test_a_model_is_not_compared_with_itself_nor_with_what_is_none(place: Place, pair: Pair, world: World) -> None:
    words = (world.other_table, "--profile", "table")
    place.refused("compare", pair.good, pair.good, *words, says=("same folder",))
    place.refused("compare", pair.good, "nowhere", *words, says=("nowhere",))
    place.refused("compare", world.model, pair.good, *words, says=("column",))


def test_models_of_other_features_and_files_are_compared_on_what_both_know(place: Place, world: World) -> None:
    """Bills: a model of all features against one of a single family."""
    run = place.run(
        "train", world.export, "--profile", "tneb", "--out", "b", "--features", "level", "--threads", 1, "--folds", 1
    )
    assert run.code == 0, run.err
    run = place.run("compare", world.model, "b", world.others, "--profile", "tneb", "--json", "c.json")
    assert run.code == 0, run.err
    found = json.loads((place.work / "c.json").read_text())
    assert found["paired"]["consumers"] == 200
    assert found["a"]["features"] > found["b"]["features"]
    assert {group["segment"] for group in found["segments"]} >= {"consumption"}
