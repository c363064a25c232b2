"""How long the use cases behind the pages take on a list of a million connections.

A utility of some thousands is made up, trained on and scored; its list, and what the scoring keeps of each connection,
are laid out again and again under new pseudonyms until there are a million rows, as scoring a million would leave them.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl

from powertheft.actions.ask_about_consumer import ask_second_opinion, ask_what_if, ask_why
from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.model_versions import train_version
from powertheft.actions.ports import NewScoring
from powertheft.actions.read_list import ListFilter, export_list, list_choices, read_page
from powertheft.actions.score_version import ROWS_A_GROUP as LIST_GROUP
from powertheft.actions.score_version import score_version
from powertheft.actions.scored_months import read_months
from powertheft.actions.scored_rows import RANKS_A_FILE, ROWS, ROWS_A_GROUP, read_row
from powertheft.actions.scorings import LIST, scoring_folder
from powertheft.actions.show_consumer import show_consumer
from powertheft.actions.simulate_data import simulate_data
from powertheft.actions.train_model import TrainingChoices
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import read_home
from powertheft.store.work import open_store

CONSUMERS = int(os.environ.get("POWERTHEFT_BENCH_PAGES", "1000000"))
SMALL = 8_000
SECTIONS = 300
TIMES = 9


def main() -> None:
    with tempfile.TemporaryDirectory() as place, large_house(Path(place)) as (house, number):
        print(f"{CONSUMERS:,} connections; median and worst of {TIMES} after a first one [ms]")
        _lists(house, number)
        _connection(house, house.home.scorings / "s-large", number)
        _files(house, Path(place), number)


def export_utility(root: Path, *, consumers: int, bills: int) -> None:
    """Write the export of a made-up utility below a folder, without its truth."""
    simulate_data(root / "export", consumers=consumers, bills=bills, seed=3)
    for name in ("truth.csv", "truth_transformers.csv"):
        (root / "export" / name).unlink()


@contextmanager
def bench_house(root: Path) -> Generator[House, None, None]:
    """Open the house below a folder, made where it is not there, as one who may do everything."""
    home = read_home(root / "home", environment={})
    home.make()
    with open_store(home.database) as store:
        yield House(home, store, Actor("bench", PERMISSIONS))


@contextmanager
def large_house(root: Path) -> Generator[tuple[House, int], None, None]:
    """Make a house with a list of a million connections below a folder; return it with the number of the list."""
    export_utility(root, consumers=SMALL, bills=24)
    with bench_house(root) as house:
        import_dataset(house, root / "export", name="bills")
        train_version(house, "bills", model="theft", choices=TrainingChoices(folds=1))
        own = score_version(house, "bills", model="theft", explain=500)
        _enlarge(scoring_folder(house, own), house.home.scorings / "s-large")
        large = NewScoring("s-large", own.dataset, own.model, CONSUMERS, own.details)
        with house.begin() as work:
            number = work.scorings.add_scoring(large).number
        yield house, number


def _enlarge(source: Path, target: Path) -> None:
    """Lay a scoring out as one of a million: every row again and again, each time as somebody else."""
    draws = np.random.default_rng(0)
    (target / ROWS).mkdir(parents=True)
    for name in ("transformers.parquet", "typical.parquet", "offered.json"):
        shutil.copy(source / name, target / name)
    listed = pl.read_parquet(source / LIST)
    places = np.sort(np.arange(CONSUMERS) % listed.height)
    # The first of each kind keeps its name, so that its bills are found.
    is_first = np.r_[True, places[1:] != places[:-1]]
    names = [f"{one:016x}{other:016x}" for one, other in draws.integers(0, 2**63, (CONSUMERS, 2)).tolist()]
    large = listed[places].with_columns(
        rank=pl.int_range(1, CONSUMERS + 1, dtype=pl.Int64),
        consumer_id=pl.when(pl.Series(is_first)).then("consumer_id").otherwise(pl.Series(names)),
        section=pl.when(pl.Series(is_first))
        .then("section")
        .otherwise(pl.Series([f"{number:03} section" for number in draws.integers(0, SECTIONS, CONSUMERS)])),
        transformer_id=pl.when(pl.Series(is_first))
        .then("transformer_id")
        .otherwise(pl.Series([f"T{number:05}" for number in draws.integers(0, CONSUMERS // 60, CONSUMERS)])),
    )
    large.write_parquet(target / LIST, row_group_size=LIST_GROUP)
    months = np.load(source / "recent.npy")
    np.save(target / "recent.npy", months[places])
    rows = pl.read_parquet(source / ROWS / "*.parquet")
    for first in range(0, CONSUMERS, RANKS_A_FILE):
        some = rows[places[first : first + RANKS_A_FILE]]
        ranked = some.with_columns(rank=pl.int_range(first + 1, first + some.height + 1, dtype=pl.Int64))
        ranked.write_parquet(target / ROWS / f"from-{first + 1:09}.parquet", row_group_size=ROWS_A_GROUP)
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    print(f"the scoring's folder: {size / 1e6:,.0f} MB, of which the list {(target / LIST).stat().st_size / 1e6:,.0f}")


def _lists(house: House, number: int) -> None:
    # Totals are kept by filter: another one each time is what the first person to ask waits for.
    amounts = iter(np.linspace(10, 5000, 10 * TIMES).tolist())
    sections = iter([f"{number:03} section" for number in range(SECTIONS)])
    starts = iter([f"{number:02x}" for number in range(256)])
    _time("first page", lambda: read_page(house, number))
    _time("page 10,000", lambda: read_page(house, number, offset=500_000 % CONSUMERS))
    _time("a section and its total", lambda: read_page(house, number, filters=ListFilter(section=next(sections))))
    _time("amount over, and its total", lambda: read_page(house, number, filters=ListFilter(amount_over=next(amounts))))
    _time("a rule fires", lambda: read_page(house, number, filters=ListFilter(rule="lasting-step-down")))
    _time("search by pseudonym", lambda: read_page(house, number, filters=ListFilter(pseudonym=next(starts))))
    _time("by amount", lambda: read_page(house, number, sort="expected_amount", descending=True))
    _time(
        "by amount, page 10,000", lambda: read_page(house, number, sort="expected_amount", offset=500_000 % CONSUMERS)
    )
    _time("words of the filters", lambda: list_choices(house, number))


def _connection(house: House, folder: Path, number: int) -> None:
    listed = pl.scan_parquet(folder / LIST).select("rank", "consumer_id").collect()
    own = set(house.version("bills").tables["consumers"].select("consumer_id").collect()["consumer_id"])
    named = listed.filter(pl.col("consumer_id").is_in(list(own)))
    others = iter(named["consumer_id"].gather_every(37).to_list())
    ranks = iter(np.random.default_rng(1).integers(1, CONSUMERS, 100).tolist())
    some = np.random.default_rng(2).integers(1, CONSUMERS, 500)
    _time("one row of the features", lambda: read_row(folder, next(ranks)))
    _time("months of 500 neighbours", lambda: read_months(folder, some))
    _time("a connection's page", lambda: show_consumer(house, next(others), number))
    again = named["consumer_id"][0]
    _time("the same again", lambda: show_consumer(house, again, number))
    _time("why, of others", lambda: ask_why(house, next(others), number))
    _time("second opinion", lambda: ask_second_opinion(house, again, number))
    _time("what if, a slider moved", lambda: ask_what_if(house, again, number, factor=2.0))
    feature = next(
        step["feature"] for step in ask_why(house, again, number).waterfall["steps"] if isinstance(step["value"], float)
    )
    _time("what if, another value", lambda: ask_what_if(house, again, number, features={feature: 1.0}))


def _files(house: House, root: Path, number: int) -> None:
    for file_format, filters in (("csv", ListFilter()), ("xlsx", ListFilter(section="007 section"))):
        began = time.perf_counter()
        done = export_list(house, number, out=root / f"list.{file_format}", file_format=file_format, filters=filters)  # pyright: ignore[reportArgumentType]  # one of the two words
        print(f"  {f'{file_format} of {done.rows:,} rows':34} {time.perf_counter() - began:8.1f} s")


def _time(what: str, do: Callable[[], object]) -> None:
    do()
    spent: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        do()
        spent.append(1000 * (time.perf_counter() - began))
    print(f"  {what:34} {statistics.median(spent):8.0f} {max(spent):8.0f}", flush=True)


if __name__ == "__main__":
    main()
