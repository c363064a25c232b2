"""How fast the looks of Explore open on data of a million connections: `python -m benchmarks exploring`.

The data are simulated, imported and added up as a job would; then one person opens every look, all data and parts of
them, with all of its plots.
"""

import argparse
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from benchmarks.load import Browser, Clicks, Served, give_accounts, print_report
from benchmarks.pages import bench_house, export_utility
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.prepare_exploration import prepare_exploration
from powertheft.web.explore_plots import LOOKS

BILLS, TIMES = 8, 8
CONNECTIONS = 12


def make_house(root: Path, consumers: int) -> None:
    """Import the export of a made-up utility, and add it up for the looks."""
    export_utility(root, consumers=consumers, bills=BILLS)
    with bench_house(root) as house:
        begun = time.perf_counter()
        import_dataset(house, root / "export", name="bills")
        imported = time.perf_counter()
        prepare_exploration(house, "bills")
        added_up = time.perf_counter()
        print(f"imported in {imported - begun:.0f} s, added up in {added_up - imported:.0f} s", flush=True)
        give_accounts(house)


def addresses(root: Path) -> list[tuple[str, str]]:
    """Return what is opened: each look of all data, of one category, of half a year, and some connections."""
    with bench_house(root) as house:
        consumers = house.version("bills").tables["consumers"].select("consumer_id", "category").collect()
    category = consumers["category"].mode().sort()[0]
    parts = {"": {}, ", a category": {"category": category}, ", from a month on": {"from": "2025-06"}}
    asked = [
        (f"{look}{words}", f"/explore/bills/1/{look}?{urlencode(part)}")
        for look in LOOKS
        if look != "connection"
        for words, part in parts.items()
    ]
    some = consumers.sample(CONNECTIONS, seed=1)["consumer_id"]
    return asked + [("connection", f"/explore/bills/1/connection?consumer={one}") for one in some]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks exploring", description=__doc__)
    parser.add_argument("--consumers", type=int, default=1_000_000)
    parser.add_argument("--house", type=Path, help="a folder that keeps the house for the next time")
    options, _ = parser.parse_known_args()
    with ExitStack() as stack:
        root = options.house or Path(stack.enter_context(TemporaryDirectory()))
        if not (root / "home").is_dir():
            make_house(root, options.consumers)
        wanted = addresses(root)
        with Served(root / "home") as (port, _process):
            person, clicks = Browser(port, "analyst-1"), Clicks()
            person.sign_in()
            for _ in range(TIMES):
                for name, address in wanted:
                    clicks.open(person, name, address)
            print_report(clicks.seen, clicks.failures)


if __name__ == "__main__":
    main()
