"""From visits to labels."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import LabelError
from powertheft.domain.outcomes import NEGATIVE, OUTCOMES, POSITIVE
from powertheft.domain.profiles import ColumnMapping, Profile, TableMapping
from powertheft.domain.tables import CanonicalTable
from powertheft.labels.labelling import check_labels, labelled_consumers

Visit = tuple[str, date | None, str | None]
OUTCOME = ColumnMapping("outcome", ("FINDING",))
PROFILE = Profile("own", "", "INR", (), "inspected", (TableMapping("inspections", "visits", False, (OUTCOME,)),))


def inspections(*visits: Visit) -> dict[str, CanonicalTable[pl.DataFrame]]:
    schema = {"consumer_id": pl.String, "inspected_on": pl.Date, "outcome": pl.String}
    frame = pl.DataFrame(visits, schema=schema, orient="row").with_row_index("source_row", offset=2)
    frame = frame.sort("consumer_id", "inspected_on", "outcome").with_columns(
        pl.int_range(pl.len()).over("consumer_id", "inspected_on").alias("sequence")
    )
    return {"inspections": CanonicalTable("inspections", frame, "visits.csv", {})}


def labels_of(*visits: Visit) -> dict[str, tuple[int, date | None]]:
    frame = labelled_consumers(inspections(*visits))
    return {row["consumer_id"]: (row["label"], row["as_of"]) for row in frame.iter_rows(named=True)}


def test_the_label_is_as_of_the_day_before_the_visit() -> None:
    assert labels_of(("a", date(2020, 3, 1), "theft")) == {"a": (1, date(2020, 2, 29))}


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_each_outcome_has_its_label(outcome: str) -> None:
    expected = [1] if outcome in POSITIVE else [0] if outcome in NEGATIVE else []
    assert labelled_consumers(inspections(("a", date(2020, 1, 1), outcome)))["label"].to_list() == expected


def test_the_latest_visit_that_found_something_out_counts() -> None:
    assert labels_of(
        ("a", date(2019, 1, 1), "theft"),
        ("a", date(2020, 1, 2), "normal"),
        ("a", date(2021, 1, 1), "no_access"),
        ("a", date(2022, 1, 1), None),
    ) == {"a": (0, date(2020, 1, 1))}


def test_of_two_visits_on_one_day_theft_counts() -> None:
    day = date(2020, 1, 2)
    assert labels_of(("a", day, "vacant"), ("a", day, "tamper"), ("a", day, "normal")) == {"a": (1, date(2020, 1, 1))}


def test_a_dated_visit_counts_before_an_undated_one() -> None:
    assert labels_of(("a", None, "theft"), ("a", date(2020, 1, 2), "normal")) == {"a": (0, date(2020, 1, 1))}


def test_an_undated_label_has_no_as_of_date_and_says_so() -> None:
    frame = labelled_consumers(inspections(("a", None, "theft"), ("b", date(2020, 1, 2), "normal")))
    assert frame.select("consumer_id", "outcome", "is_dated", "as_of").rows() == [
        ("a", "theft", False, None),
        ("b", "normal", True, date(2020, 1, 1)),
    ]


def test_nobody_is_labelled_without_an_outcome() -> None:
    assert labels_of(("a", date(2020, 1, 1), None), ("b", None, None), ("c", date(2020, 1, 1), "no_access")) == {}


def test_without_inspections_the_frame_is_empty_but_has_its_columns() -> None:
    assert labelled_consumers({}).schema == labelled_consumers(inspections(("a", None, "theft"))).schema
    assert labelled_consumers({}).is_empty()


DAYS = st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2020, 1, 5)))
VISITS = st.lists(st.tuples(st.sampled_from("abc"), DAYS, st.sampled_from([None, *sorted(OUTCOMES)])), min_size=1)


@settings(max_examples=60, deadline=None)
@given(visits=VISITS)
def test_one_label_a_consumer_and_the_same_in_any_order(visits: list[Visit]) -> None:
    frame = labelled_consumers(inspections(*visits))
    assert frame.equals(labelled_consumers(inspections(*reversed(visits))))
    assert frame["consumer_id"].is_unique().all()
    conclusive = {name for name, _, outcome in visits if outcome in POSITIVE | NEGATIVE}
    assert set(frame["consumer_id"]) == conclusive
    assert all((row["outcome"] in POSITIVE) == row["label"] for row in frame.iter_rows(named=True))


def test_no_labels_are_refused_with_where_they_are_looked_for() -> None:
    with pytest.raises(
        LabelError, match=r"no inspection outcomes .* column FINDING of the file visits; .* --map outcome"
    ):
        check_labels(labelled_consumers({}), PROFILE)


def test_a_profile_that_describes_no_inspections_says_so() -> None:
    profile = Profile("bare", "", "", (), "inspected", ())
    with pytest.raises(LabelError, match="The profile bare describes no inspections"):
        check_labels(labelled_consumers({}), profile)


@pytest.mark.parametrize(
    ("outcome", "tally"), [("theft", "2 say theft and 0 say honest"), ("vacant", "0 say theft and 2 say honest")]
)
def test_one_class_only_is_refused_with_the_count(outcome: str, tally: str) -> None:
    frame = labelled_consumers(inspections(("a", None, outcome), ("b", None, outcome)))
    with pytest.raises(LabelError, match=f"all of one kind .{tally}"):
        check_labels(frame, PROFILE)


def test_too_few_of_a_kind_are_refused_and_enough_are_not() -> None:
    visits = [(f"t{n}", None, "theft") for n in range(49)] + [(f"h{n}", None, "normal") for n in range(60)]
    frame = labelled_consumers(inspections(*visits))
    with pytest.raises(LabelError, match="49 say theft and 60 say honest, and at least 50 of each are needed"):
        check_labels(frame, PROFILE, at_least=50)
    check_labels(frame, PROFILE, at_least=49)
    check_labels(frame, PROFILE)
