"""Outcomes from a file: what a squad wrote down without a network, a row a visit. Rule of the room: compute nothing.

The columns are those of the cases' own file, so that it can be filled in and brought back. A row names its case by the
number, or the connection by the utility's number or pseudonym. What can be recorded is recorded, and each other row is
told by its line; brought once more, a row that is recorded already changes nothing, so a mended file can come whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from powertheft.actions.house import EVERY, House
from powertheft.actions.inspections import WAITING, case_for, find_faults
from powertheft.actions.ports import UnitOfWork
from powertheft.actions.watch_request import ask_to_watch
from powertheft.domain.errors import ChoiceError, InputError, UserError
from powertheft.domain.inspections import Case, Finding, absent_case
from powertheft.domain.numbers import read_amount
from powertheft.domain.outcomes import OUTCOMES
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.sources.tables import SourceTable, open_tables

MOST_ROWS = 5_000
CASE, CONNECTION, OUTCOME, DAY = "case", "consumer_id", "outcome", "inspected_on"
ENERGY, AMOUNT, NOTE = "energy_assessed", "amount_assessed", "note"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    CASE: ("case", "case number", "case no"),
    CONNECTION: ("consumer_id", "connection", "service connection", "sc_no", "consumer number"),
    OUTCOME: ("outcome", "finding", "result"),
    DAY: ("inspected_on", "day of the visit", "visited on", "date"),
    ENERGY: ("energy_assessed", "energy not billed (kwh)", "energy"),
    AMOUNT: ("amount_assessed", "amount assessed", "amount"),
    NOTE: ("note", "remarks"),
}
"""How a column may be called, beside the name that the cases' own file gives it."""

FORMS = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d %b %Y")
WORDS = {**{name.replace("_", " "): name for name in OUTCOMES}, "tampered meter": "tamper"}
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not recorded: its line in the file, what is wrong with it, and what to do."""

    line: int
    what: str
    advice: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of a file: cases recorded (or that would be), rows refused, how many without an outcome or known."""

    recorded: tuple[int, ...]
    refused: tuple[RefusedRow, ...]
    empty: int
    known: int


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    words: Mapping[str, str]
    pseudonym: str


@dataclass(slots=True)
class _Book:
    """The cases that wait, by connection, and in which line a case was named first."""

    waiting: Mapping[str, Case]
    lines: dict[int, int]


def bring_outcomes(house: House, file: Path, *, only_check: bool = False) -> Brought:
    """Record the outcomes of a file, all those that can be; or only say what would become of them."""
    house.check("inspection.record")
    rows = _read(house, file)
    told = [row for row in rows if row.words.get(OUTCOME)]
    refused, recorded, known = list[RefusedRow](), list[int](), 0
    with house.read() if only_check else house.begin() as work:
        waits = [one for one in work.inspections.list_cases(states=WAITING, last=EVERY) if case_for(house, one)]
        book = _Book({one.consumer_id: one for one in waits}, {})
        for row in told:
            try:
                case, finding = _finding(house, work, row, book)
            except UserError as error:
                refused.append(RefusedRow(row.line, error.what, error.advice))
                continue
            if case.state in WAITING and not only_check:
                work.inspections.change_case(case.number, "be recorded", finding=finding)
            recorded += [case.number] if case.state in WAITING else []
            known += case.state not in WAITING
        if recorded and not only_check:
            ask_to_watch(work)
    return Brought(tuple(recorded), tuple(refused), len(rows) - len(told), known)


def _read(house: House, file: Path) -> list[_Row]:
    """Read the rows as words; of a connection's number only its pseudonym goes on."""
    with house.scratch() as folder:
        tables = open_tables(file, scratch=folder)
        if len(tables) != 1:
            raise InputError("holds several sheets", file=file.name, advice="Keep the one with the outcomes.")
        frame = tables[0].frame.collect()
    names = _columns(frame, file)
    if frame.height > MOST_ROWS:
        raise InputError(f"has more than {MOST_ROWS} rows", file=file.name, advice="Bring it in several parts.")
    words = {name: frame[column].cast(pl.String).fill_null("").to_list() for name, column in names.items()}
    pseudonyms = _pseudonyms(house, frame, names)
    return [
        _Row(
            _line(tables[0], place), {name: column[place].strip() for name, column in words.items()}, pseudonyms[place]
        )
        for place in range(frame.height)
    ]


def _line(table: SourceTable, place: int) -> int:
    return table.place_of(place)[1]


def _columns(frame: pl.DataFrame, file: Path) -> dict[str, str]:
    """Return which column of the file is which of ours."""
    there = {name.strip().casefold(): name for name in reversed(frame.columns)}
    found = {ours: there[word] for ours, words in COLUMNS.items() for word in reversed(words) if word in there}
    missing = [name for name in (OUTCOME, DAY) if name not in found]
    if CASE not in found and CONNECTION not in found:
        missing.append(f"{CASE} or {CONNECTION}")
    if missing:
        advice = "Take the file of the cases (CSV or Excel, under Inspections), fill it in, and bring it back."
        raise InputError(f"has no column {', no column '.join(missing)}", file=file.name, advice=advice)
    return found


def _pseudonyms(house: House, frame: pl.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Return of every row the connection's pseudonym: what is one already stays, a number becomes one."""
    if CONNECTION not in names:
        return [""] * frame.height
    given = frame[names[CONNECTION]]
    made = Pseudonyms(house.key()).of(given.str.strip_chars() if given.dtype == pl.String else given).fill_null("")
    return made.to_list()


def _finding(house: House, work: UnitOfWork, row: _Row, book: _Book) -> tuple[Case, Finding]:
    """Return the case of a row and what the visit found; raises what is wrong with it first."""
    case = _case(house, work, row, book)
    first = book.lines.setdefault(case.number, row.line)
    if first != row.line:
        raise ChoiceError(f"it is of case {case.number}, as line {first} is", advice="Keep one of the two.")
    finding = Finding(
        _outcome(row.words[OUTCOME]),
        _day(row.words[DAY]),
        energy_assessed=read_amount(row.words.get(ENERGY, ""), column=ENERGY),
        amount_assessed=read_amount(row.words.get(AMOUNT, ""), column=AMOUNT),
        note=row.words.get(NOTE, ""),
    )
    if len(finding.note) > LONGEST_NOTE:
        raise ChoiceError(f"the note has more than {LONGEST_NOTE} characters", advice="Shorten it.")
    if case.state not in WAITING:
        _check_known(case, finding)
        return case, finding
    for fault in find_faults(house, work, case.number, finding):
        raise fault
    return case, finding


def _case(house: House, work: UnitOfWork, row: _Row, book: _Book) -> Case:
    number = row.words.get(CASE, "").removesuffix(".0")
    if number:
        if not number.isdecimal() or len(number) > 9:
            raise ChoiceError("its case is no number", advice="Write the number of the case, as the sheet has it.")
        return _own(house, work, int(number))
    # As the cases' own file names it, or as the utility does.
    found = book.waiting.get(row.words.get(CONNECTION, "")) or book.waiting.get(row.pseudonym)
    if found is None:
        what = "no case of this connection waits for an outcome"
        raise ChoiceError(what, advice="See that the number is written as in the data, or give the case's number.")
    return found


def _own(house: House, work: UnitOfWork, number: int) -> Case:
    case = work.inspections.get_case(number)
    if not case_for(house, case):
        raise absent_case(number)
    if case.state in {"proposed", "withdrawn"}:
        what = f"case {number} is with nobody" if case.state == "proposed" else f"case {number} is withdrawn"
        raise ChoiceError(what, advice="Hand it out first.")
    return case


def _check_known(case: Case, finding: Finding) -> None:
    """Refuse a row that says something else than what is recorded: a correction needs its reason."""
    before = case.finding
    parts = (OUTCOME, DAY, ENERGY, AMOUNT)
    if before is None or any(getattr(before, name) != getattr(finding, name) for name in parts):
        what = f"case {case.number} is {case.state} already, with another outcome, day or amount"
        ended = case.state == "closed"
        advice = "A closed case changes no more." if ended else "Correct it on its page, and say why."
        raise ChoiceError(what, advice=advice)


def _outcome(words: str) -> str:
    name = WORDS.get(" ".join(words.casefold().replace("_", " ").split()))
    if name is None:
        advice = f"Write one of: {', '.join(sorted(WORDS.keys() - {'tamper'}))}."
        raise ChoiceError(f"{words[:40]!r} is no outcome", advice=advice)
    return name


def _day(words: str) -> date:
    bare = words.removesuffix(" 00:00:00.000000").removesuffix(" 00:00:00").removesuffix("T00:00:00")
    for form in FORMS:
        try:
            return datetime.strptime(bare, form).date()
        except ValueError:
            continue
    what = f"{words[:40]!r} is no day" if words else "the day of the visit is missing"
    raise ChoiceError(what, advice="Write it as 2026-03-31 or 31-03-2026.")
