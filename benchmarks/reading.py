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
    readings = prepare_data(data, profile=profile_for(profile)).tables["readings"].sort("read_on")
    out.mkdir(parents=True)
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
