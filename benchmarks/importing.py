"""How long an import takes (checks, mapping, privacy, Parquet), against Polars taking the same CSV to Parquet."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

ROWS, BILLS = 4_000_000, 20
PROFILE = """
name = "ledger"
title = "A ledger of bills"
currency = "INR"
date_formats = ["%d-%m-%Y"]
label_scope = "inspected"
[[tables]]
table = "readings"
file = "bills"
required = true
[tables.columns]
consumer_id = "SC_NO"
meter_id = "METER_NO"
read_on = "READ_DATE"
energy = { source = "UNITS", minimum = 0 }
period_days = { source = "DAYS", minimum = 1, maximum = 400 }
previous_index = { source = "IR", minimum = 0 }
current_index = { source = "FR", minimum = 0 }
meter_status = { source = "STATUS", valid = ["OK", "DF", "BT"] }
is_estimated = { source = "EST", codes = { Y = "true", N = "false" } }
amount = "AMOUNT"
[tables.attributes]
SECTION = "category"
"""


def write_ledger(path: Path, rows: int, seed: int = 1) -> None:
    """Write bills of rows / 20 consumers, in the order in which a ledger is written: month by month."""
    draws, consumers = np.random.default_rng(seed), rows // BILLS
    with path.open("wb") as file:
        for bill in range(BILLS):
            used = draws.gamma(2.0, 90.0, consumers).round().astype(np.int64)
            before = 1000 + bill * 200 + np.arange(consumers) % 97
            frame = pl.DataFrame(
                {
                    "SC_NO": np.char.add("04-", (10_000_000 + np.arange(consumers)).astype(str)),
                    "METER_NO": 700_000 + np.arange(consumers),
                    "READ_DATE": f"{1 + bill % 28:02d}-{1 + 2 * bill % 12:02d}-{2018 + bill // 6}",
                    "UNITS": used,
                    "DAYS": draws.integers(55, 66, consumers),
                    "IR": before,
                    "FR": before + used,
                    "STATUS": draws.choice(["OK", "OK", "OK", "DF", "BT"], consumers),
                    "EST": draws.choice(["Y", "N", "N", "N"], consumers),
                    "AMOUNT": (used * 4.7).round(2),
                    "SECTION": np.char.add("S", (np.arange(consumers) % 90).astype(str)),
                    "NAME": "A Kannan",
                }
            )
            frame.write_csv(file, include_header=bill == 0)


def measured(*command: str) -> tuple[float, float]:
    """Run a command; return its seconds and its peak memory in GB."""
    # What was written before is on disk first, so that neither command shares the machine with that.
    os.sync()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = resource_wait(process)
    if status:
        sys.exit(f"failed: {' '.join(command)[:80]}")
    return time.perf_counter() - start, usage.ru_maxrss / 1e6


def resource_wait(process: "subprocess.Popen[bytes]") -> tuple[int, int, resource.struct_rusage]:
    return os.wait4(process.pid, 0)


def main() -> None:
    for rows in (ROWS, 4 * ROWS):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            write_ledger(place / "bills.csv", rows)
            (place / "ledger.toml").write_text(PROFILE)
            plain = "import sys, polars as pl; pl.scan_csv(sys.argv[1]).sink_parquet(sys.argv[2])"
            peer, peer_memory = measured(
                sys.executable, "-c", plain, f"{place / 'bills.csv'}", f"{place / 'plain.parquet'}"
            )
            ours, memory = measured(
                sys.executable, "-c", "from powertheft.bootstrap import main; main()",
                "dataset", "import", f"{place / 'bills.csv'}", "--name", "bills", "--home", f"{place / 'home'}",
                "--profile", f"{place / 'ledger.toml'}",
            )  # fmt: skip
        print(f"import of {rows:,} rows: {ours:.1f} s, {memory:.2f} GB; peer, Polars CSV to Parquet: {peer:.1f} s, "
              f"{peer_memory:.2f} GB; {ours / peer:.1f} times as long", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
