"""A utility without labels: its rules are listed, and its connections ranked, as a user sees it."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from powertheft.actions.known_rules import list_rules
from powertheft.actions.rank_by_rules import rank_by_rules
from powertheft.actions.simulate_data import simulate_in_memory
from powertheft.domain.errors import ChoiceError
from tests.integration.conftest import World
from tests.integration.desks import Desk
from tests.integration.refusals import Place, cells_of, write_cells

COLUMNS = ["rank", "consumer_id", "points", "anomaly", "reason_1", "reason_2", "reason_3", "rules", "as_of"]
CONSUMERS, BILLS = 3_000, 18
SEEDS = (907, 908)
"""Not looked at while thresholds were chosen; those were 101, 102 and 103."""

OURS = """
[[rules]]
name = "much-used"
title = "Uses more than a household does"
points_at = "More is connected than was sanctioned."
weight = 10
source = "practice"
conditions = [{ feature = "use_12m", is = "above", threshold = 1000 }]
"""


def rank(place: Place, data: Path, out: Path, *options: object) -> pl.DataFrame:
    ended = place.run("rank", data, "--profile", "tneb", "--out", out, *options)
    assert ended.code == 0, ended.err
    return pl.read_csv(out)


class TestTheList:
    def test_everybody_is_ranked_by_points_and_anomaly_with_the_rules_in_words(
        self, place: Place, world: World
    ) -> None:
        ranked = rank(place, world.export, place.root / "ranked.csv")
        numbers = {row[0] for row in cells_of(world.export / "consumers.csv")[1:]}
        assert ranked.columns == COLUMNS
        assert ranked["rank"].to_list() == list(range(1, len(numbers) + 1))
        assert set(ranked["consumer_id"]) == numbers
        assert ranked["anomaly"].is_between(0, 1).all()
        total = (ranked["points"].rank("average") - 1) / (ranked.height - 1) + ranked["anomaly"]
        assert (total.diff().drop_nulls() < 1e-9).all()
        spoken = ranked.filter(pl.col("points") > 0)
        assert spoken.height > 20
        assert spoken["reason_1"].is_not_null().all()
        assert spoken["rules"].str.len_chars().min() > 3
        assert ranked.filter(pl.col("points") == 0)["rules"].is_null().all()

    def test_the_same_data_give_the_same_list_to_the_byte(self, place: Place, world: World) -> None:
        once, again = place.root / "once.csv", place.root / "again.csv"
        rank(place, world.export, once)
        rank(place, world.export, again)
        assert once.read_bytes() == again.read_bytes()

    def test_reasons_end_where_explain_says(self, place: Place, world: World) -> None:
        ranked = rank(place, world.export, place.root / "ranked.csv", "--explain", 3)
        assert ranked["reason_1"].is_not_null().to_list() == [True] * 3 + [False] * (ranked.height - 3)

    def test_own_rules_count_beside_the_built_in_ones(self, place: Place, world: World) -> None:
        ours = place.root / "ours.toml"
        ours.write_text(OURS, "utf-8")
        ranked = rank(place, world.export, place.root / "ranked.csv", "--rules", ours)
        fired = ranked.filter(pl.col("rules").str.contains("much-used"))
        assert fired.height > 0
        assert (fired["points"] >= 10).all()
        assert fired["reason_1"].str.contains("Uses more than a household does|kWh a month").all()

    def test_what_data_lack_is_not_asked_and_said(self, place: Place, world: World) -> None:
        export = place.copy(world.export)
        for name in ("meter_events", "transformer_readings", "payments"):
            (export / f"{name}.csv").unlink()
        ended = place.run("rank", export, "--profile", "tneb", "--out", place.root / "ranked.csv")
        assert ended.code == 0, ended.err
        assert "Not asked: tamper-events-repeated; the data lack events.event_code." in ended.out
        assert "Not asked: reconnected-without-use; the data lack payments.reconnected_on." in ended.out
        assert "indication, not proof" in ended.out


class TestLabels:
    def test_outcomes_without_a_date_change_nothing(self, place: Place, world: World) -> None:
        # The profile table has a label for everybody, of no date: theft and honest are exchanged.
        other = place.root / "other.csv"
        header, *rows = cells_of(world.table)
        write_cells(other, [header, *([row[0], str(1 - int(row[1])), *row[2:]] for row in rows)])
        lists = [place.root / "one.csv", place.root / "two.csv"]
        for data, out in zip((world.table, other), lists, strict=True):
            ended = place.run("rank", data, "--profile", "table", "--out", out)
            assert ended.code == 0, ended.err
        assert lists[0].read_bytes() == lists[1].read_bytes()

    def test_what_visits_found_is_seen_by_the_one_rule_that_asks_for_it(self, place: Place, world: World) -> None:
        export = place.copy(world.export)
        header, *rows = cells_of(export / "inspections.csv")
        turned = {"THEFT": "NORMAL", "NORMAL": "THEFT"}
        write_cells(export / "inspections.csv", [header, *([turned.get(cell, cell) for cell in row] for row in rows)])
        before = rank(place, world.export, place.root / "before.csv").sort("consumer_id")
        after = rank(place, export, place.root / "after.csv").sort("consumer_id")
        assert before["anomaly"].equals(after["anomaly"])
        found = [
            frame["rules"].fill_null("").str.contains("theft-found-before").cast(pl.Float64)
            for frame in (before, after)
        ]
        assert not found[0].equals(found[1])
        assert (before["points"] - 2 * found[0]).equals(after["points"] - 2 * found[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_utility_without_labels_is_ranked_better_than_by_chance(seed: int) -> None:
    frames = simulate_in_memory(consumers=CONSUMERS, bills=BILLS, seed=seed)
    truth = frames.pop("truth").select(consumer_id="SC_NO", steals=pl.col("STEALS_AT_END") == "Y")
    frames.pop("truth_transformers")
    # No visit has been made yet: what a utility begins with.
    del frames["inspections"]
    ranked = rank_by_rules(frames, profile="tneb", explain=0).ranked
    listed = ranked.join(truth, on="consumer_id", how="left", maintain_order="left")["steals"]
    lift = listed.head(CONSUMERS // 20).mean() / listed.mean()
    print(f"seed {seed}: lift {lift:.2f} in the top 5 %, base rate {listed.mean():.3f}")
    assert lift > 1.5


class TestDatasets:
    def test_a_pseudonym_decides_nothing(self, desk: Desk, utility: Path) -> None:
        plain, hidden, shown = (desk.place.root / f"{name}.csv" for name in ("plain", "hidden", "shown"))
        desk.run("rank", utility, "--profile", "tneb", "--out", plain)
        desk.run("rank", "bills", "--out", hidden)
        desk.run("rank", "bills", "--out", shown, "--reveal", "first squads")
        one, other = (pl.read_csv(path) for path in (plain, hidden))
        assert not set(one["consumer_id"]) & set(other["consumer_id"])
        assert set(pl.read_csv(shown)["consumer_id"]) == set(one["consumer_id"])
        # Rows are known by what they hold: only the order of those that are alike in everything may differ.
        columns = ["points", "rules", "reason_1", "reason_2"]
        assert_frame_equal(one.select(columns).sort(columns), other.select(columns).sort(columns))


class TestRefusals:
    def test_an_unknown_feature_is_named_with_the_nearest_one(self, place: Place, world: World) -> None:
        ours = place.root / "ours.toml"
        ours.write_text(OURS.replace("use_12m", "use_21m"), "utf-8")
        says = ("ours.toml", "rule much-used", "'use_21m'", "Did you mean use_12m?")
        out = place.root / "ranked.csv"
        place.refused("rank", world.export, "--profile", "tneb", "--out", out, "--rules", ours, says=says)
        place.refused("rules", "--rules", ours, says=says)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", ("the file", "no rules")),
            ("[[rules]]\nname = = 1\n", ("row 2", "not valid TOML")),
            (OURS.replace("weight = 10", "weight = 100"), ("much-used", "weight cannot be 100")),
        ],
    )
    def test_a_file_of_rules_that_is_none(self, place: Place, world: World, text: str, says: tuple[str, ...]) -> None:
        ours = place.root / "ours.toml"
        ours.write_text(text, "utf-8")
        place.refused("rules", "--rules", ours, says=("ours.toml", *says))
        out = place.root / "ranked.csv"
        place.refused("rank", world.export, "--profile", "tneb", "--out", out, "--rules", ours, says=says)

    def test_a_list_is_not_written_over_the_rules_that_it_comes_from(self, place: Place, world: World) -> None:
        ours = place.root / "ours.toml"
        ours.write_text(OURS, "utf-8")
        place.refused("rank", world.export, "--profile", "tneb", "--out", ours, "--rules", ours, says=("among what",))

    def test_a_place_that_is_not_there_and_an_option_that_means_nothing(self, place: Place, world: World) -> None:
        words = ("rank", world.export, "--profile", "tneb", "--out")
        place.refused(*words, place.root / "no" / "ranked.csv", says=("folder does not exist",))
        place.refused(*words, "ranked.csv", "--explain", -1, says=("--explain", "-1"))
        place.refused(*words, "ranked.csv", "--reveal", "squads", says=("--reveal is for datasets",))
        place.refused("rank", world.export, "--out", "ranked.csv", says=("profile",))


def test_data_that_nothing_can_be_asked_of_are_refused() -> None:
    frame = pl.DataFrame({"consumer_id": ["a", "b"], "label": [0, 1], "kind": ["home", "shop"]})
    with pytest.raises(ChoiceError, match=r"nothing that a rule or the anomaly score could look at.*Give bills"):
        rank_by_rules({"t": frame}, profile="table")


class TestTheRules:
    def test_they_are_listed_with_all_that_a_squad_asks(self, place: Place) -> None:
        ended = place.run("rules")
        assert ended.code == 0, ended.err
        assert "year-on-year-fall (weight 3): Use fell by more than half" in ended.out
        assert "fires      same_season_ratio_12m < 0.5 and same_season_before_12m ≥ 50" in ended.out
        assert "needs      readings.energy" in ended.out
        assert "10.1109/TPWRD.2009.2030890" in ended.out
        assert "indication, not proof" in ended.out

    def test_the_page_tells_them_as_they_are(self) -> None:
        page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
        rows = [
            f"| `{rule['name']}`: {rule['title']} | {rule['weight']} | {rule['fires']} | {rule['points_at']} | "
            f"{rule['source']} |"
            for rule in list_rules()
        ]
        assert [line for line in page.splitlines() if line.startswith("| `") and line.count("|") == 6] == rows
        assert f"{len(rows)} rules." in page
