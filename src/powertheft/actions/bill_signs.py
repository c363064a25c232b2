"""Signs of life in the bills of a utility, against the same season a year before. Rule of the room: compute nothing."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from powertheft.domain.profiles import Profile
from powertheft.monitoring.signs import DAYS_OF_A_BILL, DAYS_OF_A_YEAR, SignChange, compare_signs, read_signs
from powertheft.ranking.pricing import amounts_asked


def signs_of(tables: Mapping[str, pl.DataFrame], profile: Profile, *, on: date) -> tuple[SignChange, ...]:
    """Return how the bills until a day differ from those of the same season a year before; nothing without bills."""
    if "readings" not in tables:
        return ()
    before = on - timedelta(days=DAYS_OF_A_YEAR)
    first = before - timedelta(days=DAYS_OF_A_YEAR + 2 * DAYS_OF_A_BILL)
    bills = _priced(tables["readings"].filter(pl.col("read_on") > first), tables, profile)
    return compare_signs(read_signs(bills, on=before), read_signs(bills, on=on))


def _priced(bills: pl.DataFrame, tables: Mapping[str, pl.DataFrame], profile: Profile) -> pl.DataFrame:
    """Add what each bill costs over what its tariff asks for, where a tariff says so."""
    consumers, column = tables.get("consumers"), profile.tariff_column
    if not profile.tariffs or "amount" not in bills.columns or consumers is None or column not in consumers.columns:
        return bills
    known = bills.join(consumers.select("consumer_id", tariff_word=column), on="consumer_id", how="left")
    asked = amounts_asked(
        energy=known["energy"].cast(pl.Float64).to_numpy(),
        days=known["period_days"].cast(pl.Float64).to_numpy(),
        category=known["tariff_word"].cast(pl.String).to_numpy(),
        read_on=known["read_on"].to_numpy(),
        tariffs=profile.tariffs,
    )
    price = pl.col("amount") / pl.when(pl.col("asked") > 0).then(pl.col("asked"))
    return known.with_columns(asked=pl.Series(asked, nan_to_null=True)).with_columns(price_ratio=price)
