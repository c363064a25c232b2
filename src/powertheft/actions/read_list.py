"""A screen of a ranked list, under filters, in an order; the same as a file. Rule of the room: compute nothing.

A list lies as Parquet in the order of its ranks, cut into groups of rows: of a million rows a screen and the totals
under its filters take some tens of milliseconds (benchmarks/pages.py), so nothing is kept beside it but totals.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from powertheft.actions.house import House
from powertheft.actions.ports import Scoring
from powertheft.actions.progress import Progress, no_progress
from powertheft.actions.promise import LEARNT_FROM
from powertheft.actions.scored_months import read_months
from powertheft.actions.scorings import LIST, TRANSFORMERS, get_scoring, scoring_folder
from powertheft.domain.errors import ChoiceError
from powertheft.domain.numbers import grouped
from powertheft.privacy.disclosure import blur_small_groups
from powertheft.reports.spreadsheets import write_pieces_as_csv, write_pieces_as_workbook
from powertheft.reports.writing import check_file_place

SHOWN = (
    "rank",
    "consumer_id",
    "probability",
    "expected_energy_kwh",
    "expected_amount",
    "reason_1",
    "category",
    "section",
    "last_visit",
)
"""Columns of a page unless others are asked for."""

PLACES = ("region", "district", "section", "feeder_id", "category")
WHERE = ("region", "district", "section", "feeder_id", "transformer_id")
KINDS = ("category", "tariff")
REASONS = ("reason_1", "reason_2", "reason_3")
ENERGY, AMOUNT = "expected_energy_kwh", "expected_amount"
MOST_ROWS = 1_000
MOST_CHOICES = 1_000
NEAR = 2_000
"""Rows from the top of an order within which the first are found without putting all in order."""

ROWS_A_PIECE = 50_000
"""Rows of a file that are in memory at once."""

ROWS_A_STEP = 5_000
"""Rows after which is said how far a file is."""

SPARK_MONTHS = 12
INTERNAL = frozenset({"raw_score"})
"""Columns that no page and no file shows: numbers without a unit that a reader would take for something else."""

FileFormat = Literal["csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class ListFilter:
    """What a row must be to be shown; what is None is not asked.

    `reason` are words that one of the reasons holds, `rule` the name of a rule that fires, `pseudonym` how the
    connection's begins; `not_visited_since` leaves out whoever was visited on that day or later; `learnt_from` asks
    for those that the model learnt from, or for those that it has not seen.
    """

    region: str | None = None
    district: str | None = None
    section: str | None = None
    feeder_id: str | None = None
    category: str | None = None
    amount_over: float | None = None
    energy_over: float | None = None
    probability_over: float | None = None
    reason: str | None = None
    rule: str | None = None
    not_visited_since: date | None = None
    pseudonym: str | None = None
    learnt_from: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return all(getattr(self, one.name) is None for one in fields(self))


NO_FILTER = ListFilter()


@dataclass(frozen=True, slots=True)
class Totals:
    """How many rows pass, what they are expected to be worth together, how many of them the model learnt from.

    `learnt_from` is None where that cannot be told: the model knows connections by other numbers (a key was rotated).
    """

    rows: int
    energy_kwh: float | None
    amount: float | None
    learnt_from: int | None


@dataclass(frozen=True, slots=True)
class ListPage:
    """A screen of rows, how many there are under the filter, and what they are expected to be worth together.

    `rows` hold the columns that were asked for, in order, days as days; `months` the use of the last twelve months of
    each row [kWh a day, None where nothing is known], for the small picture beside it. `all_rows` counts the list,
    `learnt_from` those under the filter that the model was fitted to, so that their likelihoods flatter.
    """

    scoring: Scoring
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    months: tuple[tuple[float | None, ...], ...]
    offset: int
    limit: int
    total: int
    all_rows: int
    learnt_from: int | None
    energy_kwh: float | None
    amount: float | None
    currency: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Exported:
    """A file with the rows under a filter: where it lies, how many rows, and of how many the place was emptied."""

    path: Path
    rows: int
    blurred: int


@dataclass(frozen=True, slots=True)
class _Order:
    """By which column the rows are put in order."""

    column: str = "rank"
    descending: bool = False


def read_page(
    house: House,
    number: int | None = None,
    *,
    filters: ListFilter = NO_FILTER,
    offset: int = 0,
    limit: int = 50,
    sort: str = "rank",
    descending: bool = False,
    columns: Sequence[str] = SHOWN,
) -> ListPage:
    """Return a screen of a scoring's list, of the last scoring where no number is given."""
    house.check("list.read")
    scoring = get_scoring(house, number)
    folder = scoring_folder(house, scoring)
    there = list_columns_of(folder)
    shown = tuple(name for name in columns if name in there)
    _check_asked(there, sort=sort, offset=offset, limit=limit)
    rows = _rows(folder, filters, _Order(sort, descending), offset=offset, limit=limit, columns=shown)
    totals = totals_of(folder, filters)
    ranks = rows["rank"].to_numpy()
    currency = str(scoring.details["currency"])
    return ListPage(
        scoring,
        shown,
        tuple(rows.select(shown).iter_rows(named=True)),
        tuple(_known(row[-SPARK_MONTHS:]) for row in read_months(folder, ranks)),
        offset,
        limit,
        totals.rows,
        scoring.rows,
        totals.learnt_from,
        totals.energy_kwh,
        totals.amount,
        currency,
        _sentence(totals, scoring.rows, currency=currency),
    )


def list_columns(house: House, number: int | None = None) -> tuple[str, ...]:
    """Return the columns that a list can show."""
    house.check("list.read")
    return list_columns_of(scoring_folder(house, get_scoring(house, number)))


def list_choices(house: House, number: int | None = None) -> Mapping[str, tuple[tuple[str, int], ...]]:
    """Return the words that each filter of a list offers, with how many rows have them, the most frequent first."""
    house.check("list.read")
    scoring = get_scoring(house, number)
    folder = scoring_folder(house, scoring)
    asked = tuple(str(name) for name in scoring.details.get("rules_asked", ()))
    return {**_place_choices(folder), "rule": tuple((name, _rule_count(folder, name)) for name in asked)}


def read_transformer_page(
    house: House, number: int | None = None, *, offset: int = 0, limit: int = 50, section: str | None = None
) -> tuple[tuple[Mapping[str, Any], ...], int]:
    """Return transformers by unexplained energy, and how many there are; none where the data do not allow it."""
    house.check("list.read")
    folder = scoring_folder(house, get_scoring(house, number))
    found = pl.scan_parquet(folder / TRANSFORMERS)
    if "transformer_id" not in found.collect_schema():
        return (), 0
    there = list_columns_of(folder)
    if {"section", "transformer_id"} <= set(there):
        found = found.join(_sections_of(folder), on="transformer_id", how="left", maintain_order="left")
        found = found if section is None else found.filter(pl.col("section") == section)
    elif section is not None:
        raise ChoiceError("these data name no sections", advice="Leave the section out.")
    whole = found.collect()
    return tuple(whole.slice(offset, limit).iter_rows(named=True)), whole.height


def read_area_page(house: House, number: int | None = None, *, by: str = "section") -> tuple[Mapping[str, Any], ...]:
    """Return areas by what their connections are expected to be worth together; small ones without figures."""
    house.check("list.read")
    folder = scoring_folder(house, get_scoring(house, number))
    if by not in PLACES or by not in list_columns_of(folder):
        raise ChoiceError(f"the list does not know {by}", advice=f"Choose one of: {', '.join(PLACES)}.")
    return _areas(folder, by)


def export_list(
    house: House,
    number: int | None = None,
    *,
    out: Path,
    file_format: FileFormat = "csv",
    filters: ListFilter = NO_FILTER,
    sort: str = "rank",
    descending: bool = False,
    columns: Sequence[str] | None = None,
    progress: Progress = no_progress,
) -> Exported:
    """Write the rows under a filter as a file for others to read, by pseudonym.

    Unless columns are chosen, the last two say which dataset version was scored by which model version.
    Places, and kinds of supply in a place, that fewer than the smallest group of the whole list share are emptied.
    """
    house.check("dataset.export")
    check_file_place(out)
    scoring = get_scoring(house, number)
    folder = scoring_folder(house, scoring)
    there = list_columns_of(folder)
    wanted = tuple(there if columns is None else (name for name in columns if name in there))
    _check_asked(there, sort=sort, offset=0, limit=1)
    ranks, blurred = _ordered_ranks(folder, filters, _Order(sort, descending)), list[int]()
    pieces = _told_of(_pieces(folder, ranks, wanted=wanted, blurred=blurred), len(ranks), progress)
    if columns is None:
        made_of = {"dataset": pl.lit(scoring.dataset), "model": pl.lit(scoring.model)}
        pieces = (piece.with_columns(**made_of) for piece in pieces)
    write = write_pieces_as_csv if file_format == "csv" else write_pieces_as_workbook
    write(out, pieces)
    with house.begin() as work:
        details = {"format": file_format, "rows": len(ranks), "filters": _told(filters)}
        work.audit.record("list.exported", f"scoring {scoring.number}", details)
    return Exported(out, len(ranks), sum(blurred))


def check_order(house: House, scoring: Scoring, sort: str) -> None:
    """Refuse an order that a list does not have, before anything is begun."""
    house.check("list.read")
    _check_asked(list_columns_of(scoring_folder(house, scoring)), sort=sort, offset=0, limit=1)


def rank_of(folder: Path, consumer_id: str) -> int:
    """Return where a connection stands on a list; refuse one that is not there."""
    found = pl.scan_parquet(folder / LIST).filter(pl.col("consumer_id") == consumer_id).select("rank").collect()
    if found.is_empty():
        raise ChoiceError(
            f"{consumer_id} is not on this list", advice="Take the connection from the list, or another list."
        )
    return int(found["rank"][0])


@lru_cache(maxsize=16)
def list_columns_of(folder: Path) -> tuple[str, ...]:
    """Return the columns that the list in a folder can show; a scoring never changes."""
    return tuple(name for name in pl.scan_parquet(folder / LIST).collect_schema() if name not in INTERNAL)


def _check_asked(there: Sequence[str], *, sort: str, offset: int, limit: int) -> None:
    if sort not in there:
        raise ChoiceError(f"the list has no column {sort}", advice=f"Choose one of: {', '.join(there)}.")
    if not (offset >= 0 and 1 <= limit <= MOST_ROWS):
        raise ChoiceError(f"a page has 1 to {MOST_ROWS:,} rows", advice="Ask for fewer, or export the list.")


def _rows(
    folder: Path, filters: ListFilter, order: _Order, *, offset: int, limit: int, columns: Sequence[str]
) -> pl.DataFrame:
    wanted = _with_rank(columns, order.column)
    found = _asked(folder, filters)
    if order.column == "rank" and not order.descending:
        return found.select(wanted).slice(offset, limit).collect()
    if offset + limit <= NEAR:
        by, directions = [order.column, "rank"], [order.descending, False]
        return found.select(wanted).sort(by, descending=directions, nulls_last=True).slice(offset, limit).collect()
    ranks = pl.DataFrame({"rank": _ordered_ranks(folder, filters, order)[offset : offset + limit]})
    rows = pl.scan_parquet(folder / LIST).filter(pl.col("rank").is_in(ranks["rank"].to_list())).select(wanted)
    return ranks.join(rows.collect(), on="rank", how="left", maintain_order="left")


@lru_cache(maxsize=4)
def _ordered_ranks(folder: Path, filters: ListFilter, order: _Order) -> np.ndarray:
    """Return the ranks of all rows in an order, for who leafs far down: kept, since a million take half a second."""
    found = _asked(folder, filters).select(list(dict.fromkeys(["rank", order.column]))).collect()
    # By rank they are in order already, so a stable sort leaves equals by rank.
    ordered = found.sort(order.column, descending=order.descending, nulls_last=True, maintain_order=True)
    return ordered["rank"].to_numpy()


def _with_rank(columns: Sequence[str], sort: str) -> list[str]:
    return list(dict.fromkeys([*columns, sort, "rank"]))


@lru_cache(maxsize=256)
def totals_of(folder: Path, filters: ListFilter) -> Totals:
    """Return how many rows pass, what they are expected to be worth, and how many the model learnt from.

    A scoring never changes.
    """
    sums = [
        pl.when(pl.col(name).count() > 0).then(pl.col(name).filter(pl.col(name) > 0).sum()).alias(name)
        for name in (ENERGY, AMOUNT)
    ]
    learnt = pl.when((pl.col(LEARNT_FROM).count() > 0) | (pl.len() == 0)).then(pl.col(LEARNT_FROM).sum())
    return Totals(*_asked(folder, filters).select(pl.len(), *sums, learnt.alias(LEARNT_FROM)).collect().row(0))


def _asked(folder: Path, filters: ListFilter) -> pl.LazyFrame:
    found = pl.scan_parquet(folder / LIST)
    there = list_columns_of(folder)
    for column in PLACES:
        word = getattr(filters, column)
        if word is not None:
            if column not in there:
                raise ChoiceError(f"these data have no {column}", advice="Leave that filter out.")
            found = found.filter(pl.col(column) == word)
    least = {"probability": filters.probability_over, AMOUNT: filters.amount_over, ENERGY: filters.energy_over}
    for column, over in least.items():
        found = found if over is None else found.filter(pl.col(column) > over)
    if filters.rule is not None:
        found = found.filter(_fires(filters.rule))
    if filters.reason is not None:
        words = filters.reason.casefold()
        found = found.filter(
            pl.any_horizontal(pl.col(name).str.to_lowercase().str.contains(words, literal=True) for name in REASONS)
        )
    if filters.not_visited_since is not None:
        found = found.filter(pl.col("last_visit").is_null() | (pl.col("last_visit") < filters.not_visited_since))
    if filters.learnt_from is not None:
        found = found.filter(pl.col(LEARNT_FROM) == filters.learnt_from)
    if filters.pseudonym is not None:
        start = filters.pseudonym.strip().casefold().replace("-", "")
        found = found.filter(pl.col("consumer_id").str.starts_with(start))
    return found


def _fires(rule: str) -> pl.Expr:
    """Whether a rule is among those that hold, which are written one after the other."""
    among = pl.concat_str(pl.lit(", "), "rules", pl.lit(","))
    return pl.col("rules").is_not_null() & among.str.contains(f", {rule},", literal=True)


@lru_cache(maxsize=16)
def _place_choices(folder: Path) -> Mapping[str, tuple[tuple[str, int], ...]]:
    there = list_columns_of(folder)
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for column in PLACES:
        if column in there:
            counted = pl.scan_parquet(folder / LIST).drop_nulls(column).group_by(column).len()
            frequent = counted.sort(["len", column], descending=[True, False]).head(MOST_CHOICES).collect()
            found[column] = tuple((str(word), int(count)) for word, count in frequent.iter_rows())
    return found


@lru_cache(maxsize=512)
def _rule_count(folder: Path, rule: str) -> int:
    return int(pl.scan_parquet(folder / LIST).filter(_fires(rule)).select(pl.len()).collect().item())


@lru_cache(maxsize=4)
def _section_frame(folder: Path) -> pl.DataFrame:
    """The section of each transformer: that of the most of its connections."""
    listed = pl.scan_parquet(folder / LIST).drop_nulls(["transformer_id", "section"])
    counted = listed.group_by("transformer_id", "section").len().sort("transformer_id", "len", "section")
    return counted.unique("transformer_id", keep="last").select("transformer_id", "section").collect()


def _sections_of(folder: Path) -> pl.LazyFrame:
    return _section_frame(folder).lazy()


@lru_cache(maxsize=16)
def _areas(folder: Path, by: str) -> tuple[Mapping[str, Any], ...]:
    expected = {name: pl.col(name).filter(pl.col(name) > 0).sum() for name in (ENERGY, AMOUNT)}
    found = (
        pl.scan_parquet(folder / LIST)
        .drop_nulls(by)
        .group_by(by)
        .agg(connections=pl.len(), expected_finds=pl.col("probability").sum(), **expected)
        .sort([AMOUNT, ENERGY, by], descending=[True, True, False])
        .collect()
    )
    return tuple(found.iter_rows(named=True))


def _pieces(folder: Path, ranks: np.ndarray, *, wanted: Sequence[str], blurred: list[int]) -> Iterator[pl.DataFrame]:
    """Give the rows of some ranks, in their order, as others may read them; set down how many lost their place."""
    shown = _shown_places(folder, wanted)
    for first in range(0, max(len(ranks), 1), ROWS_A_PIECE):
        some = pl.DataFrame({"rank": ranks[first : first + ROWS_A_PIECE]}, schema={"rank": pl.Int64})
        near = pl.col("rank").is_between(some["rank"].min(), some["rank"].max())
        listed = pl.scan_parquet(folder / LIST).filter(near).select(_with_rank(wanted, "rank"))
        rows = some.join(listed.collect(), on="rank", how="left", maintain_order="left")
        given = rows
        if shown is not None:
            kept = rows.drop(name for name in shown.columns if name != "rank")
            known = kept.join(shown, on="rank", how="left", maintain_order="left")
            given = known.with_columns(pl.col(pl.Categorical).cast(pl.String))
        blurred.append(_emptied(rows, given, wanted))
        yield given.select(wanted)


def _told_of(pieces: Iterator[pl.DataFrame], rows: int, progress: Progress) -> Iterator[pl.DataFrame]:
    """Give pieces on, in parts after which is said how far the file is, and where a job that is called off stops."""
    done = 0
    for piece in pieces:
        if piece.is_empty():
            yield piece  # its columns are the head of a file without rows
        for part in piece.iter_slices(ROWS_A_STEP):
            progress("writing the rows", done / max(rows, 1))
            yield part
            done += part.height


def _shown_places(folder: Path, wanted: Sequence[str]) -> pl.DataFrame | None:
    """Return places and kinds of all ranks as others may read them: empty where too few of the whole list share one.

    Squads go by places, so a small kind in a place costs its kind and not the place; what a filter leaves over is no
    group by itself.
    """
    places, kinds = ([name for name in names if name in wanted] for names in (WHERE, KINDS))
    if not places and not kinds:
        return None
    listed = pl.scan_parquet(folder / LIST).select("rank", *places, *kinds)
    # Numbered words: of a million rows the texts themselves would take a gigabyte.
    whole = listed.with_columns(pl.col(pl.String).cast(pl.Categorical)).collect()
    for place in places:
        whole = blur_small_groups(whole, [place], "rank")
    if kinds:
        singled = blur_small_groups(whole, [*places, *kinds], "rank")
        whole = whole.with_columns(singled.select(kinds).iter_columns())
    return whole.select("rank", *places, *kinds)


def _emptied(rows: pl.DataFrame, given: pl.DataFrame, wanted: Sequence[str]) -> int:
    places = [name for name in (*WHERE, *KINDS) if name in wanted]
    if not places:
        return 0
    gone = pl.any_horizontal(rows[name].is_not_null() & given[name].is_null() for name in places)
    return int(pl.select(gone.sum()).item())


def _told(filters: ListFilter) -> dict[str, Any]:
    """Return the filters for the audit trail; of a pseudonym only that one was asked for."""
    told = {one.name: getattr(filters, one.name) for one in fields(filters)}
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}
    return {name: True if name == "pseudonym" else value for name, value in plain.items() if value is not None}


def _known(values: np.ndarray) -> tuple[float | None, ...]:
    return tuple(round(float(value), 3) if np.isfinite(value) else None for value in values)


def _sentence(totals: Totals, every: int, *, currency: str) -> str:
    energy, amount = totals.energy_kwh, totals.amount
    found = f"{grouped(totals.rows)} of {grouped(every)} connections"
    if totals.rows == 0:
        return f"None of the {grouped(every)} connections fits these filters."
    if energy is None:
        return f"{found}; what they are worth cannot be told from these data."
    worth = f"; together an expected {grouped(energy)} kWh of the last 12 months are on no bill"
    return f"{found}{worth}." if amount is None else f"{found}{worth}, worth {currency} {grouped(amount)}."
