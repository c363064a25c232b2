"""The second list: transformers by energy that nobody accounts for.

Rule of the room: imports domain and panel only. A hook without an account leaves no bill, so no list of consumers finds
it; this one does.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from powertheft.panel.balance import TransformerMonths

LIST_MONTHS = 12
"""Known months that the list adds up, the newest of each transformer."""

MINIMUM_MONTHS = 3
"""Known months under which a transformer is not listed: reading dates that lie apart would decide (an assumption)."""


def unexplained_energy(transformer_ids: Sequence[str], months: TransformerMonths) -> pl.DataFrame:
    """List the transformers by the energy of their last 12 known months that nothing explains.

    Parameters
    ----------
    transformer_ids : sequence of str, length n_transformers
        Numbers of the transformers, in the order of the rows of `months`.
    months : TransformerMonths
        What `panel.balance.monthly_balance` returned.

    Returns
    -------
    DataFrame
        transformer_id; supplied_kwh = billed_kwh + unmetered_kwh + technical_loss_kwh + unexplained_kwh;
        unexplained_share of the supply; consumers in the newest of those months; months that were added up. Most
        unexplained energy first, equals by number.

    Notes
    -----
    Left out: transformers with fewer than `MINIMUM_MONTHS` known months. Below 0 where more was billed than was
    supplied: then consumers are assigned to the wrong transformer, or its meter runs slow.

    Examples
    --------
    >>> flat = np.full((2, 4), 10.0) * np.array([[1.0], [2.0]])
    >>> months = TransformerMonths(0, flat, flat * 0.8, flat * 0, flat * 0.04, flat * 0.16, np.full((2, 4), 30))
    >>> unexplained_energy(["T1", "T2"], months).select("transformer_id", "unexplained_kwh", "months").rows()
    [('T2', 384.0, 4), ('T1', 192.0, 4)]
    """
    known = np.isfinite(months.unexplained)
    chosen = known & (np.cumsum(known[:, ::-1], axis=1)[:, ::-1] <= LIST_MONTHS)
    days = _days_of_months(months.first_month, known.shape[1])
    newest = known.shape[1] - 1 - np.argmax(chosen[:, ::-1], axis=1)
    table = pl.DataFrame(
        {
            "transformer_id": list(transformer_ids),
            "supplied_kwh": _total(months.supplied, chosen, days),
            "billed_kwh": _total(months.billed, chosen, days),
            "unmetered_kwh": _total(months.unmetered, chosen, days),
            "technical_loss_kwh": _total(months.technical, chosen, days),
            "unexplained_kwh": _total(months.unexplained, chosen, days),
            "consumers": months.consumers[np.arange(len(newest)), newest].astype(np.int64),
            "months": chosen.sum(axis=1),
        }
    )
    share = pl.when(pl.col("supplied_kwh") > 0).then(pl.col("unexplained_kwh") / pl.col("supplied_kwh"))
    return (
        table.filter(pl.col("months") >= MINIMUM_MONTHS)
        .with_columns(unexplained_share=share)
        .sort(["unexplained_kwh", "transformer_id"], descending=[True, False])
    )


def _days_of_months(first: int, count: int) -> np.ndarray:
    starts = np.arange(first, first + count + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return np.diff(starts)


def _total(daily: np.ndarray, chosen: np.ndarray, days: np.ndarray) -> np.ndarray:
    return np.where(chosen, daily * days, 0.0).sum(axis=1)
