"""Sheets for people who judge reasons against the bills: listed connections, drawn at random, each on a page.

A reader marks every reason that the bills contradict, or that makes one expect what they do not show; readers wrote
none of the reasons, and see neither the code nor its documents. Print the sheets with

    python -m benchmarks.reading DATA --profile P --ranked ranked.csv --out DIR --seed S
"""

import csv
from pathlib import Path

import click
import numpy as np
import polars as pl

from powertheft.actions.prepare_data import prepare_data, profile_for

CONVENTIONS = """\
You have {connections} sheets, each a connection's bills and up to three reasons why it is on a list for inspection.
For every reason, write into verdicts.csv whether it misleads: whether the bills contradict it, or whether who reads it
would expect to see something in the bills that is not there. Rounded figures are right; a reason need not be important.

- Use is what passed the register, whether or not it was billed: where a bill begins above the bill before, the
  difference was used between them; where it begins below, it was billed before and taken back.
- Bills of nothing on a standing register before one that is high were not read: the high one holds their days too. The
  last bill of a meter that goes is often of nothing. A first bill from zero may hold the whole life of a register.
- Use of a month is spread evenly over the days of a bill. A day with several meters is the sum of them.
"""
"""What readers are told, word for word, so that two readings can be compared."""

SHOWN = {
    "read_on": "read on",
    "commodity": "of",
    "energy": "kWh",
    "period_days": "days",
    "meter_id": "meter",
    "previous_index": "register before",
    "current_index": "register now",
    "is_estimated": "estimated",
    "meter_status": "status",
    "reading_code": "reader's remark",
}
"""Columns of a bill that a reader sees, and what they are called there."""


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.option("--profile", required=True)
@click.option("--ranked", required=True, type=click.Path(path_type=Path, exists=True), help="List of powertheft score.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the sheets.")
@click.option("--top", default=500, show_default=True, help="Draw from the first so many of the list.")
@click.option("--connections", default=50, show_default=True)
@click.option("--seed", required=True, type=int, help="Another one for each reading.")
def main(*, data: Path, profile: str, ranked: Path, out: Path, top: int, connections: int, seed: int) -> None:
    listed = pl.read_csv(ranked, infer_schema=False).head(top)
    drawn = np.random.default_rng(seed).choice(listed.height, size=connections, replace=False)
    readings = prepare_data(data, profile=profile_for(data, profile)).tables["readings"].sort("read_on")
    out.mkdir(parents=True)
    (out / "how-to-read.txt").write_text(CONVENTIONS.format(connections=connections), encoding="utf-8")
    with (out / "verdicts.csv").open("w", newline="", encoding="utf-8") as verdicts:
        lines = csv.writer(verdicts)
        lines.writerow(["sheet", "reason", "misleads (yes or no)", "why"])
        for number, place in enumerate(sorted(drawn), start=1):
            row = listed.row(int(place), named=True)
            reasons = [row[f"reason_{place}"] for place in (1, 2, 3) if row[f"reason_{place}"]]
            lines.writerows([number, place, "", ""] for place in range(1, len(reasons) + 1))
            bills = readings.filter(pl.col("consumer_id") == row["consumer_id"])
            sheet = "\n".join(
                [*(f"{place}. {words}" for place, words in enumerate(reasons, start=1)), "", _table(bills)]
            )
            (out / f"{number:02}.txt").write_text(f"{sheet}\n", encoding="utf-8")
    print(f"{connections} sheets and verdicts.csv, to be filled in, are in {out}")


def _table(bills: pl.DataFrame) -> str:
    shown = bills.select(pl.col(name).alias(words) for name, words in SHOWN.items() if name in bills.columns)
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, tbl_hide_column_data_types=True, float_precision=0):
        return str(shown.with_columns(pl.col(pl.Float64).round(1)))


if __name__ == "__main__":
    main()
