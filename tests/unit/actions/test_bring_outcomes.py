"""Outcomes from a file: what fits is recorded, every other row is told by its line, and nothing is recorded twice."""

from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from powertheft.actions import inspections
from powertheft.actions.bring_outcomes import Brought, bring_outcomes
from powertheft.actions.house import House
from powertheft.actions.inspection_outcomes import export_cases
from powertheft.domain.errors import InputError
from powertheft.domain.inspections import NewCase
from powertheft.domain.permissions import ROLES, Actor
from powertheft.privacy.pseudonyms import Pseudonyms

TODAY = date.today()
NUMBERS = [f"04-123-{number:03}" for number in range(1, 6)]


@pytest.fixture
def handed(house: House) -> House:
    """Five cases: 1 to 3 are with Ravi, 4 with Uma, 5 with nobody."""
    with house.begin() as work:
        work.inspections.propose([NewCase("bills", Pseudonyms(house.key()).one(one), "list", 1.0) for one in NUMBERS])
    inspections.assign_cases(house, [1, 2, 3], to="ravi")
    inspections.assign_cases(house, [4], to="uma")
    return house


@pytest.fixture
def bring(handed: House, tmp_path: Path):
    def bring(*lines: str, house: House = handed, **choices: bool) -> Brought:
        place = tmp_path / "outcomes.csv"
        place.write_text("\n".join(lines) + "\n", "utf-8")
        return bring_outcomes(house, place, **choices)

    return bring


def outcome_of(house: House, number: int) -> tuple[str, str | None]:
    case = inspections.get_case(house, number)
    return case.state, case.finding.outcome if case.finding else None


def test_rows_by_case_and_by_connection_are_recorded_in_words_as_people_write_them(handed, bring):
    brought = bring(
        "Case,Connection,Outcome,Date,Energy,Amount,Note",
        f'1,,Tampered meter,{TODAY:%d-%m-%Y},"1,250",,seal cut',
        f",{NUMBERS[1]},no access,{TODAY},,,",
    )
    assert (brought.recorded, brought.refused) == ((1, 2), ())
    finding = inspections.get_case(handed, 1).finding
    assert finding is not None
    assert (finding.outcome, finding.energy_assessed, finding.note) == ("tamper", 1250.0, "seal cut")
    assert outcome_of(handed, 2) == ("recorded", "no_access")
    assert [step.act for step in inspections.list_history(handed, 1)][-1] == "be recorded"


def test_each_row_that_does_not_fit_is_told_by_its_line_and_the_rest_is_recorded(handed, bring):
    early = TODAY - timedelta(days=3)
    brought = bring(
        "case,outcome,inspected_on,energy_assessed",
        f"1,theft,{TODAY},900",
        f"2,rain,{TODAY},",
        f"2,theft,{early},",
        "3,theft,soon,",
        f"3,theft,{TODAY},900.5.1",
        f"5,theft,{TODAY},",
        f"777,theft,{TODAY},",
        f"1,normal,{TODAY},",
        f"x,normal,{TODAY},",
    )
    told = {row.line: row.what for row in brought.refused}
    assert brought.recorded == (1,)
    assert set(told) == set(range(3, 11))
    for line, words in {
        3: "'rain' is no outcome", 4: "is of case 2, as line 3 is", 5: "'soon' is no day", 6: "is of case 3, as line 5",
        7: "case 5 is with nobody", 8: "there is no case 777", 9: "is of case 1, as line 2 is", 10: "case is no number",
    }.items():  # fmt: skip
        assert words in told[line]
    assert outcome_of(handed, 3) == ("assigned", None)


def test_a_day_before_the_case_was_handed_out_is_refused(bring):
    brought = bring("case,outcome,inspected_on", f"1,theft,{TODAY - timedelta(days=3)}")
    assert "before the case was handed out" in brought.refused[0].what


def test_a_mended_file_comes_whole_and_what_is_recorded_stays(handed, bring):
    first, second = f"1,theft,{TODAY}", f"2,rain,{TODAY}"
    bring("case,outcome,inspected_on", first, second)
    again = bring("case,outcome,inspected_on", first, second.replace("rain", "normal"), "3,,")
    assert (again.recorded, again.known, again.empty, again.refused) == ((2,), 1, 1, ())
    other = bring("case,outcome,inspected_on", first.replace("theft", "normal"))
    assert "case 1 is recorded already, with another outcome" in other.refused[0].what
    assert outcome_of(handed, 1) == ("recorded", "theft")


def test_only_checking_records_nothing(handed, bring):
    brought = bring("case,outcome,inspected_on", f"1,theft,{TODAY}", "2,rain,", only_check=True)
    assert (brought.recorded, [row.line for row in brought.refused]) == ((1,), [3])
    assert outcome_of(handed, 1) == ("assigned", None)


def test_an_inspector_brings_the_own_cases_only_and_learns_of_no_others(handed, bring):
    ravi = handed.for_actor(Actor("ravi", ROLES["inspector"]))
    lines = ("case,consumer_id,outcome,inspected_on", f"1,,theft,{TODAY}", f"4,,theft,{TODAY}", f"777,,theft,{TODAY}")
    brought = bring(*lines, f",{NUMBERS[3]},theft,{TODAY}", house=ravi)
    assert brought.recorded == (1,)
    assert [row.what for row in brought.refused] == [
        "there is no case 4", "there is no case 777", "no case of this connection waits for an outcome"
    ]  # fmt: skip
    assert outcome_of(handed, 4) == ("assigned", None)


def test_the_cases_own_workbook_comes_back_filled_in(handed, tmp_path):
    place = export_cases(handed, inspections.list_cases(handed), out=tmp_path / "cases.xlsx", file_format="xlsx")
    book = openpyxl.load_workbook(place)
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, columns["case"]).value in {1, 2}:
            sheet.cell(row, columns["outcome"]).value = "Normal"
            sheet.cell(row, columns["inspected_on"]).value = TODAY
    book.save(place)
    brought = bring_outcomes(handed, place)
    assert (set(brought.recorded), brought.empty, brought.refused) == ({1, 2}, 3, ())


def test_a_file_without_the_columns_says_which_and_where_to_get_them(bring):
    with pytest.raises(InputError, match="has no column outcome, no column case or consumer_id"):
        bring("inspected_on,meter", f"{TODAY},7")


def test_no_number_of_a_connection_stands_in_the_book_or_in_a_refusal(handed, bring, tmp_path):
    brought = bring("consumer_id,outcome,inspected_on", f"{NUMBERS[0]},theft,{TODAY}", f"99-999-999,theft,{TODAY}")
    assert brought.recorded == (1,)
    assert "99-999-999" not in str(brought.refused)
    kept = b"".join(file.read_bytes() for file in (tmp_path / "home").rglob("*") if file.is_file())
    assert NUMBERS[0].encode() not in kept
