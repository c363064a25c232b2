"""Pictures of a dataset say what its rows say, under every filter, and never more than a few thousand figures."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from powertheft.actions.dataset_versions import delete_versions
from powertheft.actions.explore_dataset import (
    ExploreFilter,
    explore_choices,
    list_explored_features,
    show_balance,
    show_consumption,
    show_correlation,
    show_distribution,
    show_history,
    show_loss_by_month,
    show_map,
    show_missing,
    show_pair,
    show_use_distribution,
)
from powertheft.actions.explored_sums import MOST_INLINE, bin_edges, is_explored
from powertheft.actions.house import EXPLORATIONS, House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.plan_import import ImportChoices
from powertheft.actions.prepare_exploration import prepare_exploration
from powertheft.domain.errors import AccessError, ChoiceError
from powertheft.domain.permissions import ROLES, Actor
from powertheft.privacy.thresholds import SMALLEST_GROUP
from powertheft.web import explore_words as words

DOMESTIC = ExploreFilter(category="DOMESTIC")


@pytest.fixture(scope="module")
def bills(scored: House) -> pl.DataFrame:
    version = scored.version("bills")
    master = version.tables["consumers"].select("consumer_id", "category", "region", "section")
    return version.tables["readings"].join(master, on="consumer_id").collect()


def test_filters_offer_what_the_data_hold(scored, bills):
    choices = explore_choices(scored, "bills")
    assert choices["category"] == bills["category"].unique().sort().to_list()
    assert choices["first"] < choices["last"]


@pytest.mark.parametrize("filters", [ExploreFilter(), DOMESTIC], ids=["all", "domestic"])
def test_every_bill_with_an_energy_is_counted_once(scored, bills, filters):
    picture = show_use_distribution(scored, "bills", filters=filters)
    wanted = bills.filter(pl.col("energy").is_finite())
    wanted = wanted if filters.category is None else wanted.filter(pl.col("category") == filters.category)
    assert sum(picture["bills"]) == wanted.height


def test_the_median_use_is_right_to_the_width_of_a_bin(scored, bills):
    daily = bills.filter(pl.col("category") == "DOMESTIC").select(pl.col("energy") / pl.col("period_days").clip(1, 366))
    exact = float(daily.to_series().median())  # pyright: ignore[reportArgumentType]  # of numbers
    told = show_use_distribution(scored, "bills", filters=DOMESTIC)["told"]
    assert f"the middle one {told['middle']:.3g};" in words.bills_in_words({"told": told})
    assert told["middle"] == pytest.approx(exact, rel=10 ** (1 / 25) - 1)


def test_bins_follow_each_other_without_a_gap():
    edges = [bin_edges(number) for number in range(60)]
    assert [high for _, high in edges[:-1]] == pytest.approx([low for low, _ in edges[1:]])


def test_use_by_month_is_that_of_the_bills_of_the_month(scored, bills):
    picture = show_consumption(scored, "bills", filters=DOMESTIC)
    line = next(line for line in picture["groups"] if line["name"] == "DOMESTIC")
    point = line["points"][len(line["points"]) // 2]
    middle = pl.col("read_on") - pl.duration(days=(pl.col("period_days").clip(1, 366) / 2).cast(pl.Int64))
    month = bills.filter((pl.col("category") == "DOMESTIC") & (middle.dt.truncate("1mo") == point["when"]))
    daily = month.select(pl.col("energy") / pl.col("period_days").clip(1, 366)).to_series()
    assert point["bills"] == month.height
    assert point["median"] == pytest.approx(daily.median() * 365.25 / 12, rel=0.1)
    assert point["low"] <= point["median"] <= point["high"]


def test_months_of_the_year_are_at_most_twelve(scored):
    picture = show_consumption(scored, "bills", by="region", season=True)
    assert all(1 <= point["when"] <= 12 for line in picture["groups"] for point in line["points"])
    assert "most in" in words.consumption_in_words(picture)


def test_a_section_that_is_estimated_more_has_more_days_without_a_reading(scored, bills):
    picture = show_missing(scored, "bills")
    read = bills.group_by("section").agg(
        share=1
        - pl.col("period_days").filter(~pl.col("is_estimated").fill_null(value=False)).sum()
        / pl.col("period_days").sum()
    )
    worst = read.sort("share", descending=True)["section"][0]
    assert picture["sections"][0] == worst
    assert worst in words.missing_in_words(picture)
    shares = [share for row in picture["missing"] for share in row if share is not None]
    assert all(0 <= share <= 1 for share in shares)


def test_a_stretch_of_time_leaves_only_its_months(scored):
    filters = ExploreFilter(start=date(2025, 3, 15), end=date(2025, 8, 1))
    months = show_missing(scored, "bills", filters=filters)["months"]
    assert (min(months), max(months)) == (date(2025, 3, 1), date(2025, 8, 1))


def test_transformers_and_months_tell_the_same_loss_in_kind(scored):
    balance, months = show_balance(scored, "bills"), show_loss_by_month(scored, "bills")
    rows = balance["transformers"]
    assert [row["unexplained_kwh"] for row in rows] == sorted((row["unexplained_kwh"] for row in rows), reverse=True)
    for row in months["months"]:
        parts = sum(row[name] for name in ("billed", "unmetered", "technical", "unexplained"))
        assert parts == pytest.approx(row["supplied"], rel=1e-6)
    assert "unaccounted for" in words.loss_in_words(months)


def test_classes_of_a_feature_hold_everybody_who_has_a_value(scored):
    picture = show_distribution(scored, "bills", "use_12m")
    counts = picture["counts"]
    assert set(counts) == {"theft", "honest", "not inspected"}
    assert sum(map(sum, counts.values())) + picture["missing"] == picture["rows"] == 2000
    assert "The middle half of each lies between" in words.spread_in_words(picture)


def test_a_category_is_counted_by_its_words(scored):
    name = next(one["name"] for one in list_explored_features(scored, "bills") if one["kind"] == "category")
    assert "most frequent" in words.spread_in_words(show_distribution(scored, "bills", name))


def test_features_say_how_well_each_tells_theft_from_honest(scored):
    found = {one["name"]: one for one in list_explored_features(scored, "bills")}
    assert found["use_12m"]["meaning"]
    known = [one["higher"] for one in found.values() if one["higher"] is not None]
    assert max(abs(share - 0.5) for share in known) > 0.1
    assert all(0 <= one["missing"]["all"] <= 1 for one in found.values())


def test_a_map_of_two_features_hides_cells_of_few_and_keeps_the_base_rate(scored):
    data = show_pair(scored, "bills", "use_12m", "daily_use_max")
    counts = [count for row in data["inspected"] for count in row if count is not None]
    assert counts
    assert min(counts) >= SMALLEST_GROUP
    assert 0.1 < data["base_rate"] < 0.5


def test_rank_correlation_is_that_of_the_ranks(scored):
    picture = show_correlation(scored, "bills", ["use_12m", "daily_use_max", "daily_use_mean"])
    matrix = np.array(picture["correlation"])
    np.testing.assert_allclose(np.diag(matrix), 1.0, atol=1e-6)
    np.testing.assert_allclose(matrix, matrix.T)
    assert "go together most" in words.together_in_words(picture)


def test_places_of_few_connections_are_left_out(scored):
    picture = show_map(scored, "bills")
    assert picture["places"]
    assert all(place["connections"] >= SMALLEST_GROUP for place in picture["places"])
    total = sum(place["connections"] for place in picture["places"])
    assert total <= 2000
    assert total == 2000 or picture["left_out"]


def test_a_history_holds_all_of_one_connection_and_nothing_of_others(scored, bills):
    consumer = bills["consumer_id"][0]
    tables = show_history(scored, "bills", consumer)["tables"]
    assert len(tables["readings"]) == bills.filter(pl.col("consumer_id") == consumer).height
    with pytest.raises(ChoiceError, match="is not in bills"):
        show_history(scored, "bills", "0" * 32)


def test_a_connection_is_found_by_the_beginning_that_lists_show(scored, bills):
    consumer = bills["consumer_id"][0]
    written = f"{consumer[:4]}-{consumer[4:8]}".upper()
    assert show_history(scored, "bills", written) == show_history(scored, "bills", consumer)


def test_a_beginning_of_several_connections_asks_for_more_of_it(scored, bills):
    starts = bills.select(pl.col("consumer_id").unique().str.slice(0, 3)).to_series().value_counts(sort=True)
    start, count = starts.row(0)
    assert count > 1
    with pytest.raises(ChoiceError, match=f"begins the pseudonyms of {count} connections") as refused:
        show_history(scored, "bills", start)
    assert refused.value.advice == "Write more of it."


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda house: show_distribution(house, "bills", "nonsense"), "no feature nonsense"),
        (lambda house: show_pair(house, "bills", "use_12m", "use_12m"), "two different features"),
        (lambda house: show_correlation(house, "bills", ["use_12m"]), "1 features were named"),
    ],
    ids=["unknown", "twice the same", "one"],
)
def test_what_cannot_be_drawn_is_refused(scored, ask, says):
    with pytest.raises(ChoiceError, match=says):
        ask(scored)


def test_an_inspector_explores_nothing(scored):
    with pytest.raises(AccessError):
        show_map(scored.for_actor(Actor("ins", ROLES["inspector"])), "bills")


@pytest.fixture
def table(house: House, tmp_path) -> House:
    """A house with one row a consumer, and no bills."""
    rows = [f"c{one:03},{one % 3 == 0:d},{80 + one % 7}" for one in range(90)]
    (tmp_path / "consumers.csv").write_text("\n".join(["consumer_id,label,usage", *rows]) + "\n", "utf-8")
    import_dataset(house, tmp_path / "consumers.csv", name="table", choices=ImportChoices(profile="table"))
    return house


def test_data_without_bills_say_so_and_show_their_columns(table):
    assert "no bill" in words.bills_in_words(show_use_distribution(table, "table"))
    assert "do not tell" in words.transformers_in_words(show_balance(table, "table"))
    assert "no readings" in words.missing_in_words(show_missing(table, "table"))
    assert "no positions" in words.places_in_words(show_map(table, "table"))
    name = next(one["name"] for one in list_explored_features(table, "table") if "usage" in one["name"])
    assert show_distribution(table, "table", name)["rows"] == 90


def test_data_without_a_feature_offer_none(house, tmp_path):
    rows = "\n".join(f"c{one:03},{one % 2}" for one in range(30))
    (tmp_path / "consumers.csv").write_text(f"consumer_id,label\n{rows}\n", "utf-8")
    import_dataset(house, tmp_path / "consumers.csv", name="bare", choices=ImportChoices(profile="table"))
    assert list_explored_features(house, "bare") == ()


def test_of_large_data_the_sums_are_made_beforehand(table, monkeypatch):
    monkeypatch.setitem(MOST_INLINE, "bills", -1)
    assert not is_explored(table, "table")["bills"]
    with pytest.raises(ChoiceError, match="not added up yet"):
        show_use_distribution(table, "table")
    prepare_exploration(table, "table")
    assert is_explored(table, "table")["bills"]
    assert "no bill" in words.bills_in_words(show_use_distribution(table, "table"))


def test_sums_go_with_their_version(table):
    prepare_exploration(table, "table")
    folder = table.home.path / EXPLORATIONS / table.registered("table").folder
    assert folder.is_dir()
    delete_versions(table, "table", reason="a test")
    assert not folder.exists()
