"""Each repair by a small example, what its preview says, and what may not be asked of it."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest

from powertheft.domain.errors import ChoiceError
from powertheft.domain.profiles import Profile
from powertheft.domain.quality import Repair, repair_from_json
from powertheft.domain.tables import CanonicalTable
from powertheft.quality.checking import check_tables
from powertheft.quality.mending import apply, preview
from powertheft.quality.recipes import default_recipe
from powertheft.quality.repairs import REPAIRS
from powertheft.quality.rules import REPAIRING, SETTING_ASIDE, SHOWING, SHOWING_OF_ALL

Make = Callable[..., CanonicalTable[pl.DataFrame]]
TODAY = date(2024, 1, 1)
FIRST = date(2020, 1, 31)


def bills(make: Make, height: int, **columns: list) -> CanonicalTable[pl.DataFrame]:
    """Bills of one meter, 30 days apart."""
    days = [FIRST + timedelta(days=30 * n) for n in range(height)]
    return make("readings", {"consumer_id": ["a"] * height, "meter_id": ["m"] * height, "read_on": days} | columns)


def mended(profile: Profile, table: CanonicalTable[pl.DataFrame], *steps: Repair) -> pl.DataFrame:
    return apply(steps, {table.name: table}, profile, today=TODAY)[0][table.name].frame


def step(name: str, column: str = "energy", **parameters: str | float) -> Repair:
    return Repair(name, "readings", column, parameters)


def test_drop_takes_rows_out_and_numbers_the_others_again(table: Make, profile: Profile) -> None:
    made = bills(table, 3, read_on=[FIRST] * 3, energy=[1.0, 99.0, 2.0])
    frame = mended(profile, made, step("drop", above=50))
    assert frame.select("energy", "sequence").rows() == [(1.0, 0), (2.0, 1)]


def test_mark_missing_clip_and_rescale_change_only_the_rows_that_they_are_told(table: Make, profile: Profile) -> None:
    made = bills(table, 4, energy=[5.0, 70.0, None, 2.0])
    assert mended(profile, made, step("mark_missing", above=50))["energy"].to_list() == [5.0, None, None, 2.0]
    assert mended(profile, made, step("clip", minimum=3, maximum=60))["energy"].to_list() == [5.0, 60.0, None, 3.0]
    assert mended(profile, made, step("rescale", factor=0.5, below=5))["energy"].to_list() == [5.0, 70.0, None, 1.0]


def test_interpolate_goes_by_the_use_a_day_and_never_beyond_the_meter_or_long_holes(
    table: Make, profile: Profile
) -> None:
    energy = [30.0, None, 90.0, None, 30.0, None, None, 60.0]
    made = bills(
        table,
        8,
        meter_id=["m"] * 4 + ["n"] * 4,
        energy=energy,
        period_days=[30.0, 10.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0],
    )
    frame = mended(profile, made, step("interpolate", most_in_a_row=1))
    # 1 and 3 kWh a day around it: 2 a day over 10 days. The last of m has nothing behind it, the hole of n is too long.
    assert frame["energy"].to_list() == [30.0, 20.0, 90.0, None, 30.0, None, None, 60.0]
    frame = mended(profile, made, step("interpolate", most_in_a_row=2))
    assert frame["energy"].to_list()[4:] == pytest.approx([30.0, 40.0, 50.0, 60.0])


def test_same_season_fill_takes_the_month_of_the_year_before_else_after(table: Make, profile: Profile) -> None:
    days = [date(2020, 5, 1), date(2020, 8, 1), date(2021, 5, 1), date(2021, 8, 1), date(2021, 9, 1)]
    made = bills(
        table, 5, read_on=days, energy=[60.0, None, None, 310.0, None], period_days=[30.0, 31.0, 60.0, 31.0, 30.0]
    )
    # 2 kWh a day in May 2020, for 60 days; 10 a day in August 2021, for 31 days.
    assert mended(profile, made, step("same_season_fill"))["energy"].to_list() == [60.0, 310.0, 120.0, 310.0, None]


def test_carry_forward_stays_within_the_meter_and_its_reach(table: Make, profile: Profile) -> None:
    made = bills(table, 5, meter_id=["m"] * 4 + ["n"], current_index=[7.0, None, None, None, None])
    frame = mended(profile, made, step("carry_forward", "current_index", most_in_a_row=2))
    assert frame["current_index"].to_list() == [7.0, 7.0, 7.0, None, None]


@pytest.mark.parametrize(("keep", "left"), [("last", [(3.0, 30.0)]), ("first", [(1.0, 10.0)]), ("sum", [(4.0, 30.0)])])
def test_merge_duplicates_leaves_one_row_of_a_day(table: Make, profile: Profile, keep: str, left: list) -> None:
    made = bills(table, 2, read_on=[FIRST] * 2, energy=[1.0, 3.0], current_index=[10.0, 30.0])
    frame = mended(profile, made, Repair("merge_duplicates", "readings", "", {"keep": keep}))
    assert frame.select("energy", "current_index").rows() == left
    assert frame["sequence"].to_list() == [0]


def test_unroll_register_counts_on_after_a_full_turn(table: Make, profile: Profile) -> None:
    made = bills(
        table, 4, meter_id=["m"] * 3 + ["n"], energy=[8.0, 7.0, 5.0, 4.0], previous_index=[90.0, 98.0, 5.0, 0.0],
        current_index=[98.0, 5.0, 10.0, 4.0],
    )  # fmt: skip
    frame = mended(profile, made, Repair("unroll_register", "readings"))
    assert frame.select("previous_index", "current_index").rows() == [(90, 98), (98, 105), (105, 110), (0, 4)]
    assert frame.columns == made.frame.columns


def test_a_rule_tells_a_repair_its_rows(table: Make, profile: Profile) -> None:
    made = bills(table, 9, energy=[60.0] * 8 + [60_000.0], period_days=[30.0] * 9)
    frame = mended(profile, made, step("rescale", rule="unit_slip", factor=0.001))
    assert frame["energy"].to_list() == [60.0] * 9


def test_a_preview_says_what_would_be_touched_and_shows_rows_not_consumers(table: Make, profile: Profile) -> None:
    made = bills(table, 4, consumer_id=["SECRET"] * 4, energy=[5.0, 70.0, 80.0, 2.0])
    steps = [step("clip", maximum=60), step("drop", below=3), step("mark_missing", above=999)]
    first, second, third = preview(steps, {"readings": made}, profile, today=TODAY)
    assert (first.rows_changed, first.rows_set_aside, first.share) == (2, 0, 0.5)
    assert [(one.row, one.before, one.after) for one in first.examples] == [(3, "70", "60"), (4, "80", "60")]
    assert (second.rows_changed, second.rows_set_aside) == (0, 1)
    assert [(one.row, one.before, one.after) for one in second.examples] == [(5, "used", "set aside")]
    assert (third.rows_changed, third.examples) == (0, ())
    assert "SECRET" not in str([first.to_json(), second.to_json()])
    assert made.frame["energy"].to_list() == [5.0, 70.0, 80.0, 2.0]


def test_what_every_command_does_is_named_in_the_default_recipe_and_listed(table: Make, profile: Profile) -> None:
    made = bills(table, 3, consumer_id=["a", "a", None], energy=[-1.0, 1.0, 1.0], period_days=[30.0, 9000.0, 30.0])
    recipe = default_recipe(["readings"])
    assert Repair("mark_missing", "readings", "", {"rule": "negative_energy"}) in recipe
    assert Repair("drop", "readings", "", {"rule": "missing_consumer"}) in recipe
    tables, report = check_tables({"readings": made}, profile, today=TODAY)
    assert [(one.repair.name, one.rows_changed, one.rows_set_aside) for one in report.repairs] == [
        ("drop", 0, 1),
        ("mark_missing", 1, 0),
        ("period_from_dates", 1, 0),
    ]
    assert all(one.repair in recipe for one in report.repairs)
    again, same = check_tables({"readings": made}, profile, today=TODAY, recipe=recipe)
    assert same == report
    assert again["readings"].frame.equals(tables["readings"].frame)


def test_a_recipe_without_a_repair_shows_what_it_leaves_alone(table: Make, profile: Profile) -> None:
    made = bills(table, 2, energy=[-1.0, 1.0], period_days=[30.0, 30.0])
    tables, report = check_tables({"readings": made}, profile, today=TODAY, recipe=())
    assert tables["readings"].frame["energy"].to_list() == [-1.0, 1.0]
    assert [(finding.rule, finding.action) for finding in report.findings] == [("negative_energy", "shown")]


def test_rows_that_an_agreed_step_drops_are_counted_with_their_reason(table: Make, profile: Profile) -> None:
    made = bills(table, 3, previous_index=[0.0, 90.0, 9.0], current_index=[90.0, 9.0, 20.0], energy=[90.0, 5.0, 11.0])
    recipe = (*default_recipe(["readings"]), step("drop", "", rule="index_backwards"))
    tables, report = check_tables({"readings": made}, profile, today=TODAY, recipe=recipe)
    assert tables["readings"].frame.height == 2
    assert dict(report.tables[0].reasons) == {"index_backwards": 1}
    (finding,) = report.of_rule("index_backwards")
    assert (finding.action, finding.effect, finding.example_rows) == ("set aside", "The row is set aside.", (3,))


def test_a_step_comes_back_from_json() -> None:
    clip = step("clip", maximum=9.5)
    assert repair_from_json(clip.to_json()) == clip


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Repair("mend", "readings"), "there is no repair 'mend'"),
        (Repair("drop", "bills", "", {"rule": "gap"}), "there is no table 'bills'"),
        (Repair("drop", "readings", "", {"rule": "orphans"}), "no rule 'orphans' points at rows of readings"),
        (Repair("drop", "consumers", "", {"rule": "gap"}), "no rule 'gap' points at rows of consumers"),
        (step("clip"), "needs a minimum or a maximum"),
        (step("rescale", below=3), "needs a factor that is a number"),
        (step("drop", most=3, below=1), "has no parameter 'most'"),
        (step("drop"), "must be told its rows"),
        (step("mark_missing", ""), "must be told its rows"),
        (step("clip", "power_factor", maximum=1), "readings has no column power_factor"),
        (Repair("drop", "payments", "amount", {"below": 0}), "the data have no table payments"),
    ],
)
def test_what_no_step_can_do_is_refused(table: Make, profile: Profile, wrong: Repair, words: str) -> None:
    with pytest.raises(ChoiceError, match=words):
        apply([wrong], {"readings": bills(table, 2, energy=[1.0, 2.0])}, profile)


def test_every_rule_and_repair_that_is_named_exists() -> None:
    rules = [*SETTING_ASIDE, *REPAIRING, *SHOWING, *SHOWING_OF_ALL]
    assert len({rule.name for rule in rules}) == len(rules) >= 20
    assert {name for rule in rules for name in rule.repairs} <= set(REPAIRS)
    assert {kind.name for kind in REPAIRS.values()} == set(REPAIRS)
    assert {rule.dimension for rule in rules} == {
        "completeness", "validity", "consistency", "uniqueness", "plausibility", "timeliness",
    }  # fmt: skip
    for rule in rules:
        assert rule.meaning.endswith(".")
        assert rule.effect.endswith(".")
