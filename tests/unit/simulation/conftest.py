"""Simulated utilities that several tests of this room look at."""

from collections.abc import Mapping

import polars as pl
import pytest

from powertheft.simulation import simulate_frames

CONSUMERS = 12_000
BILLS = 18


@pytest.fixture(scope="session")
def frames() -> Mapping[str, pl.DataFrame]:
    """One utility, large enough for shares to settle."""
    return simulate_frames(consumers=CONSUMERS, bills=BILLS, seed=11)


@pytest.fixture(scope="session")
def clean_bills(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Bills of metered consumers in order, without the rows that were soiled on purpose."""
    return (
        frames["bills"]
        .unique(maintain_order=True)
        .filter(
            pl.col("FR").is_not_null(),
            pl.col("KWH") >= 0,
            pl.col("FR") >= pl.col("IR"),
            pl.col("MTR_STATUS") != "X9",
            pl.col("SC_NO").str.starts_with("999").not_(),
        )
        .sort("SC_NO", "BILL_DATE")
    )
