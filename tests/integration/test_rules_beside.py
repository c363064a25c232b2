"""Rules beside a model, a rule as a form, and what rules find, as a user sees it."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from powertheft import library
from powertheft.actions.try_rules import try_rules
from powertheft.domain.errors import ChoiceError
from tests.integration.conftest import World
from tests.integration.desks import Desk
from tests.integration.refusals import Place, cells_of

RULED = ["rules", "rules_count", "points", "anomaly"]
FORM = {
    "name": "much-used",
    "feature": "use_12m",
    "comparison": "above",
    "threshold": "300",
    "sentence": "Uses more than a household does",
    "source": "circular 12",
    "weight": "10",
}
WORDS = [word for name, text in FORM.items() for word in ("--is" if name == "comparison" else f"--{name}", text)]
STRANGE = """
[[rules]]
name = "of-another"
title = "Their code"
points_at = "Theirs."
weight = 1
source = "practice"
conditions = [{ feature = "their_code_9_share", is = "above", threshold = 0.5 }]
"""


@pytest.fixture(scope="module")
def scored(world: World) -> pl.DataFrame:
    return library.score(world.others, profile="tneb", model=world.model, explain=1_000)


class TestTheListOfAModel:
    def test_it_says_which_rules_hold_as_the_list_by_rules_does(self, world: World, scored: pl.DataFrame) -> None:
        assert set(RULED) <= set(scored.columns)
        ruled = library.rank(world.others, profile="tneb").select("consumer_id", "rules", "points", "anomaly")
        both = scored.select("consumer_id", *RULED).join(ruled, on="consumer_id", suffix="_alone")
        assert both.height == scored.height
        for column in ("rules", "points", "anomaly"):
            assert both[column].equals(both[f"{column}_alone"], null_equal=True), column
        named = both["rules"].str.split(", ").list.len().fill_null(0)
        assert named.equals(both["rules_count"].cast(named.dtype))
        assert both.filter(pl.col("rules_count") > 0).height > 20

    def test_rules_change_no_score_and_no_place(self, world: World, scored: pl.DataFrame, tmp_path: Path) -> None:
        ours = library.write_rule(rules=tmp_path / "ours.toml", **FORM)
        other = library.score(world.others, profile="tneb", model=world.model, rules=ours, explain=0)
        for column in ("consumer_id", "probability", "raw_score", "anomaly"):
            assert scored[column].equals(other[column]), column
        assert other["rules"].str.contains("much-used").sum() > 0

    def test_a_rule_is_told_under_its_mark_after_the_model_where_it_holds(self, scored: pl.DataFrame) -> None:
        told = 0
        for row in scored.iter_rows(named=True):
            reasons = [row[f"reason_{place}"] for place in (1, 2, 3) if row[f"reason_{place}"]]
            marked = [bool(re.match(r"Rule [a-z-]+: ", reason)) for reason in reasons]
            assert marked == sorted(marked)
            names = [reason.split(":")[0].removeprefix("Rule ") for reason in reasons if reason.startswith("Rule ")]
            assert set(names) <= set((row["rules"] or "").split(", "))
            told += len(names)
        assert told > 10

    def test_the_command_takes_own_rules_and_says_how_many_were_asked(self, place: Place, world: World) -> None:
        ours, out = place.root / "ours.toml", place.root / "ranked.csv"
        library.write_rule(rules=ours, **FORM)
        ended = place.run(
            "score", world.others, "--profile", "tneb", "--model", world.model, "--out", out, "--rules", ours
        )
        assert ended.code == 0, ended.err
        assert re.search(r"\d+ rules were asked of each beside the model", ended.out)
        ranked = pl.read_csv(out)
        assert ranked.columns[8:12] == RULED
        spoken = ranked.filter(pl.any_horizontal(pl.col("^reason_.$").str.starts_with("Rule much-used: ")))
        assert spoken.height > 0
        words = " ".join(text for text in spoken.select("^reason_.$").row(0) if text)
        assert "Rule much-used: uses more than a household does: " in words

    def test_a_file_that_is_none_is_refused_before_the_data_are_read(self, place: Place, world: World) -> None:
        ours, out = place.root / "ours.toml", place.root / "ranked.csv"
        ours.write_text("[[rules]]\nname = = 1\n", "utf-8")
        words = ("score", world.others, "--profile", "tneb", "--model", world.model, "--out")
        place.refused(*words, out, "--rules", ours, says=("ours.toml", "row 2", "not valid TOML"))
        place.refused(*words, ours, "--rules", ours, says=("among what",))


class TestOneConnection:
    def test_every_rule_is_told_by_how_near_it_is_with_threshold_and_source(
        self, place: Place, world: World, scored: pl.DataFrame
    ) -> None:
        one = scored.filter(pl.col("rules_count") > 0)["consumer_id"][0]
        words = ("explain", world.others, "--profile", "tneb", "--model", world.model, "--consumer", one)
        ended = place.run(*words, "--json", place.root / "one.json")
        assert ended.code == 0, ended.err
        told = json.loads((place.root / "one.json").read_text("utf-8"))["rules"]
        every = [*told["fired"], *told["nearly"], *told["others"]]
        assert len(every) == told["asked"] == len({rule["rule"] for rule in every})
        assert [rule["rule"] for rule in told["fired"]] == scored.filter(pl.col("consumer_id") == one)["rules"][
            0
        ].split(", ")
        assert all(rule["fires"] and rule["here"] and rule["source"] for rule in every)
        for rule in (*told["fired"], *told["nearly"]):
            assert f"fires: {rule['fires']}; here: {rule['here']}" in ended.out
            assert f"source: {rule['source']}" in ended.out
        assert all(rule["rule"] in ended.out for rule in told["others"])

    def test_the_library_gives_them_as_frames(self, world: World, scored: pl.DataFrame) -> None:
        told = library.explain(world.others, profile="tneb", model=world.model, consumer=scored["consumer_id"][0])
        for part in ("fired", "nearly", "others"):
            assert told["rules"][part].columns == ["rule", "weight", "in_words", "fires", "here", "may_mean", "source"]


class TestAForm:
    def test_a_rule_is_written_into_the_home_folder_and_asked_from_then_on(self, desk: Desk) -> None:
        assert "much-used" not in desk.run("rules").out
        said = desk.run("rules", "add", *WORDS).out
        assert f"The rule much-used is in {desk.home / 'rules.toml'}" in said
        listed = desk.run("rules").out
        assert "much-used (weight 10): Uses more than a household does" in listed
        assert "20 rules." in listed
        out = desk.place.root / "ranked.csv"
        desk.run("rank", "bills", "--out", out)
        assert pl.read_csv(out)["rules"].str.contains("much-used").sum() > 0
        assert "the built-in rules are asked" in desk.run("rules", "remove", "much-used").out
        assert "much-used" not in desk.run("rules").out

    def test_what_is_wrong_is_said_field_by_field(self, empty_desk: Desk) -> None:
        words = [{"use_12m": "use_21m", "above": "abov", "300": "1,5"}.get(word, word) for word in WORDS]
        says = ("feature: ", "Did you mean use_12m", "comparison: ", "Did you mean above?", "threshold: ", "1.5")
        empty_desk.refused("rules", "add", *words, says=says)
        assert not (empty_desk.home / "rules.toml").exists()

    def test_a_name_that_is_taken_is_replaced_on_demand_only(self, empty_desk: Desk) -> None:
        empty_desk.run("rules", "add", *WORDS)
        empty_desk.refused("rules", "add", *WORDS, says=("name: ", "has a rule much-used"))
        empty_desk.run("rules", "add", *[{"300": "400"}.get(word, word) for word in WORDS], "--replace")
        assert "fires      use_12m > 400" in empty_desk.run("rules").out

    def test_a_rule_that_is_not_there_cannot_be_taken_out(self, empty_desk: Desk) -> None:
        empty_desk.refused("rules", "remove", "much-used", says=("has no rule 'much-used'", "none yet"))
        empty_desk.run("rules", "add", *WORDS)
        empty_desk.refused("rules", "remove", "much-use", says=("Did you mean much-used?",))
        empty_desk.refused("rules", "remove", "register-stuck", says=("It is built in",))

    def test_what_a_user_wrote_by_hand_stays(self, place: Place) -> None:
        ours = place.root / "ours.toml"
        ours.write_text(f"# By hand.\n{STRANGE}", "utf-8")
        assert place.run("rules", "add", *WORDS, "--rules", ours).code == 0
        assert place.run("rules", "remove", "much-used", "--rules", ours).code == 0
        assert ours.read_text("utf-8").rstrip() == f"# By hand.\n{STRANGE}".rstrip()

    def test_the_library_says_what_a_form_lacks(self, tmp_path: Path) -> None:
        place = tmp_path / "ours.toml"
        with pytest.raises(ChoiceError, match=r"no field 'limit'.*threshold"):
            library.write_rule(rules=place, **FORM, limit="1")
        with pytest.raises(ChoiceError, match=r"lacks its source"):
            library.write_rule(rules=place, **{name: text for name, text in FORM.items() if name != "source"})
        assert library.write_rule(rules=place, **FORM) == place
        assert library.remove_rule("much-used", rules=place) is False
        assert not place.exists()


class TestAFile:
    def test_a_good_one_is_called_so(self, place: Place) -> None:
        ours = place.root / "ours.toml"
        library.write_rule(rules=ours, **{**FORM, "name": "register-stuck"})
        said = place.run("rules", "check", ours).out
        assert "1 rules, and all of them can be asked" in said
        assert "take the place of built-in ones: register-stuck" in said

    def test_every_rule_with_a_fault_is_named(self, place: Place) -> None:
        ours = place.root / "ours.toml"
        ours.write_text(STRANGE + STRANGE.replace("of-another", "heavy").replace("weight = 1", "weight = 99"), "utf-8")
        ended = place.run("rules", "check", ours)
        assert ended.code == 2
        assert "rule of-another, condition 1: there is no feature 'their_code_9_share'" in ended.out
        assert "rule heavy: weight cannot be 99" in ended.out
        assert "2 of 2 rules cannot be asked" in ended.err

    def test_in_the_home_folder_a_rule_for_other_columns_is_not_asked_and_said(self, desk: Desk) -> None:
        (desk.home / "rules.toml").write_text(STRANGE, "utf-8")
        said = desk.run("rank", "bills", "--out", desk.place.root / "ranked.csv").out
        assert "Not asked: of-another; the data lack their_code_9_share." in said


class TestWhatRulesFind:
    def test_each_rule_is_counted_with_its_hit_rate(self, place: Place, world: World) -> None:
        ours = place.root / "ours.toml"
        library.write_rule(rules=ours, **{**FORM, "name": "anybody", "comparison": "at least", "threshold": "0"})
        ended = place.run(
            "rules", "try", world.export, "--profile", "tneb", "--rules", ours, "--json", place.root / "t.json"
        )
        assert ended.code == 0, ended.err
        found = json.loads((place.root / "t.json").read_text("utf-8"))
        rows = {row["rule"]: row for row in found["rules"]}
        inspections = cells_of(world.export / "inspections.csv")
        thefts = sum("THEFT" in row for row in inspections[1:])
        assert (found["visited"], found["found"]) == (len(inspections) - 1, thefts)
        # A rule that holds for all with bills of a year finds what visits find.
        assert rows["anybody"]["visited"] > 0.8 * found["visited"]
        assert rows["anybody"]["lift"] == pytest.approx(1, abs=0.1)
        for row in rows.values():
            if row["visited"]:
                assert row["hit_rate"] == pytest.approx(row["found"] / row["visited"])
                assert row["low"] <= row["hit_rate"] <= row["high"]
        assert rows["any of them"]["holds"] >= max(
            row["holds"] for row in rows.values() if row["rule"] != "any of them"
        )
        assert "no random sample" in ended.out
        assert "as of the day before" in ended.out

    def test_today_is_that_of_the_list_by_rules(self, world: World) -> None:
        tried = library.try_rules(world.others, profile="tneb")
        ruled = library.rank(world.others, profile="tneb")["rules"].fill_null("").str.split(", ")
        for row in tried.filter(pl.col("rule") != "any of them").iter_rows(named=True):
            assert row["holds"] == ruled.list.contains(row["rule"]).sum()

    def test_what_was_done_after_a_visit_is_not_held_against_it(self, world: World) -> None:
        # The rule sees findings of visits; those of the one visit itself are of after.
        frames = {path.stem: pl.read_csv(path, infer_schema=False) for path in world.export.glob("*.csv")}
        rates = try_rules(frames, profile="tneb").rates["theft-found-before"]
        assert rates.holds > 0
        assert rates.visited == 0

    def test_without_outcomes_nothing_is_said_of_them(self, place: Place, world: World) -> None:
        export = place.copy(world.export)
        (export / "inspections.csv").unlink()
        ended = place.run("rules", "try", export, "--profile", "tneb")
        assert ended.code == 0, ended.err
        assert "have no outcomes of visits" in ended.out

    def test_data_of_which_no_rule_can_be_asked_are_refused(self, place: Place, world: World) -> None:
        says = ("none of the rules can be asked", "readings.energy")
        place.refused("rules", "try", world.table, "--profile", "table", says=says)
