"""The energy balance of transformers, month by month. Rule of the room: NumPy in, NumPy out; no names of columns."""

from dataclasses import dataclass, replace

import numpy as np

from powertheft.panel.monthly import MeterReadings, MonthlyPanel, month_of, monthly_energy

TECHNICAL_LOSS = 0.04
"""Share of the supply that low-tension lines and services lose between a transformer's meter and its consumers' (an
assumption; the whole network's energy not billed, theft included, is 9.9 % in Tamil Nadu: DOMAIN.md)."""

KNOWN_AFTER = 3
"""Months from the start of a month until its balance may be seen: bi-monthly bills that cover it are read by then."""

OBSERVED_SHARE = 0.9
"""Share of a transformer's consumers whose bills must cover a month for its balance to be known (an assumption)."""

CLOSED_AFTER = 12
"""Months without a bill after which a connection no longer counts among its transformer's (an assumption)."""


@dataclass(frozen=True, slots=True, eq=False)
class TransformerMonths:
    """The balance of every transformer in every calendar month that its meters tell of.

    Attributes
    ----------
    first_month : int
        Calendar month of the first column, counted from January 1970 as 0.
    supplied, billed, unmetered, technical, unexplained : ndarray, shape (n_transformers, n_months)
        Mean energy [kWh/day]; the first is the sum of the others. NaN where the month is not known.
    consumers : ndarray of int, shape (n_transformers, n_months)
        Connections that the month's bills should cover.
    """

    first_month: int
    supplied: np.ndarray
    billed: np.ndarray
    unmetered: np.ndarray
    technical: np.ndarray
    unexplained: np.ndarray
    consumers: np.ndarray


def monthly_balance(
    supply: MeterReadings,
    bills: MeterReadings,
    *,
    transformer: np.ndarray,
    connected_month: np.ndarray,
    unmetered: MeterReadings | None = None,
) -> TransformerMonths:
    """Set what each transformer supplied against what its consumers were billed.

    Parameters
    ----------
    supply : MeterReadings
        Readings of the transformers' meters; `row` numbers transformers from 0.
    bills : MeterReadings
        Electricity bills of all consumers, also of those whom nobody asks about; `row` numbers consumers from 0.
    transformer : ndarray of int, shape (n_consumers,)
        Transformer of each consumer; -1 where it is not known or not metered.
    connected_month : ndarray, shape (n_consumers,)
        Calendar month of connection, counted from January 1970 as 0; NaN counts as connected from the start.
    unmetered : MeterReadings, optional
        Street light and other known use without a bill, with the rows of `supply`.

    Returns
    -------
    TransformerMonths
        The months from the first to the last that any of the `supply` covers.

    Notes
    -----
    A reading counts only for months that began less than `KNOWN_AFTER` months before it was taken: whoever looks from
    a later month than those has read nothing from the future. So bills of more than two months leave their first
    months unknown. A connection counts from the month in which it was connected until `CLOSED_AFTER` months after its
    last bill. Where at least `OBSERVED_SHARE` of a month's connections are observed, what they were billed is scaled
    up to all of them; elsewhere the month is unknown. Assumes even use within a bill, a technical loss of
    `TECHNICAL_LOSS` of the supply, and consumers who are assigned to the right transformer: a wrong one moves its use
    from one balance to another, so a month may be unexplained by less than nothing.

    Examples
    --------
    >>> one = np.array([0])
    >>> supply = MeterReadings(one, np.array([31]), np.array([31.0]), np.array([3100.0]))
    >>> bills = MeterReadings(one, np.array([59]), np.array([59.0]), np.array([4720.0]))
    >>> months = monthly_balance(supply, bills, transformer=one, connected_month=np.array([np.nan]))
    >>> [float(part[0, 0]) for part in (months.supplied, months.billed, months.technical, months.unexplained)]
    [100.0, 80.0, 4.0, 16.0]
    """
    first, last = _span(supply)
    size = int(max(transformer.max(initial=-1), supply.row.max(initial=-1))) + 1
    supplied = _by_month(supply, rows=size, first=first, last=last)
    billed, consumers = _billed(bills, transformer, connected_month, transformers=size, first=first, last=last)
    without_bill = np.zeros_like(supplied)
    if unmetered is not None:
        # Where nobody wrote down what the street light took, it is taken to be nothing rather than the month unknown.
        without_bill = np.nan_to_num(_by_month(unmetered, rows=size, first=first, last=last))
    technical = supplied * TECHNICAL_LOSS
    unexplained = supplied - billed - without_bill - technical
    parts = (supplied, billed, without_bill, technical, unexplained)
    known = np.where(np.isfinite(unexplained), np.stack(parts), np.nan)
    return TransformerMonths(first, known[0], known[1], known[2], known[3], known[4], consumers)


def transformer_balance(panel: MonthlyPanel, months: TransformerMonths, transformer: np.ndarray) -> MonthlyPanel:
    """Give each row of a panel its transformer's balance, as far as it could be seen at the row's as-of date.

    Parameters
    ----------
    panel : MonthlyPanel
        The rows.
    months : TransformerMonths
        What `monthly_balance` returned.
    transformer : ndarray of int, shape (n_rows,)
        Transformer of each row; -1 where it is not known.

    Returns
    -------
    MonthlyPanel
        With `supplied` and `lost` (the unexplained energy) [kWh/day]; NaN where not known, so also in the last
        `KNOWN_AFTER` columns.

    Examples
    --------
    >>> flat = np.full((1, 12), 10.0)
    >>> months = TransformerMonths(0, flat, flat * 0.8, flat * 0, flat * 0.04, flat * 0.16, np.ones((1, 12)))
    >>> panel = MonthlyPanel(np.ones((1, 5), dtype=np.float32), np.array([8]))
    >>> transformer_balance(panel, months, np.array([0])).supplied.tolist()
    [[10.0, 10.0, nan, nan, nan]]
    """
    periods = panel.energy.shape[1]
    age = np.arange(periods - 1, -1, -1)
    column = panel.last_month[:, None] - age[None, :] - months.first_month
    seen = (transformer >= 0)[:, None] & (age >= KNOWN_AFTER)[None, :]
    seen &= (column >= 0) & (column < months.supplied.shape[1])
    if not seen.any():
        unknown = np.full(panel.energy.shape, np.nan, dtype=np.float32)
        return replace(panel, supplied=unknown, lost=unknown.copy())
    place = (np.where(seen, transformer[:, None], 0), np.where(seen, column, 0))
    supplied = np.where(seen, months.supplied[place], np.nan).astype(np.float32)
    lost = np.where(seen, months.unexplained[place], np.nan).astype(np.float32)
    return replace(panel, supplied=supplied, lost=lost)


def _span(supply: MeterReadings) -> tuple[int, int]:
    """First and last calendar month that the readings tell of; one month where they tell of none."""
    usable = np.isfinite(supply.days) & (supply.days >= 1) & np.isfinite(supply.energy)
    if not usable.any():
        return 0, 0
    end, days = supply.end[usable], supply.days[usable]
    first = np.maximum(_first_open_month(end), month_of(end - days.round().astype(np.int64)))
    return int(first.min()), int(month_of(end - 1).max())


def _first_open_month(end: np.ndarray) -> np.ndarray:
    """First month that a reading on that day still counts for."""
    return month_of(end - 1) - (KNOWN_AFTER - 1)


def _by_month(readings: MeterReadings, *, rows: int, first: int, last: int) -> np.ndarray:
    """Mean energy [kWh/day] of each row in each month from first to last, from what was read in time."""
    opened = _first_open_month(readings.end).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    covered = np.where(readings.days >= 1, readings.days, np.nan)
    days = np.minimum(covered, (readings.end - opened).astype(np.float64))
    energy = readings.energy * (days / covered)
    newest = np.full(rows, last, dtype=np.int64)
    return monthly_energy(MeterReadings(readings.row, readings.end, days, energy), newest, periods=last - first + 1)


def _billed(
    bills: MeterReadings,
    transformer: np.ndarray,
    connected_month: np.ndarray,
    *,
    transformers: int,
    first: int,
    last: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Energy billed to all consumers of each transformer [kWh/day], and how many they are, by month."""
    energy = _by_month(bills, rows=transformer.size, first=first, last=last)
    observed = np.isfinite(energy)
    counted = _connected(observed, connected_month, first=first)
    consumers = _sum_by(counted, transformer, transformers)
    seen = _sum_by(observed & counted, transformer, transformers)
    total = _sum_by(np.where(observed & counted, energy, 0.0), transformer, transformers)
    known = (seen > 0) & (seen >= OBSERVED_SHARE * consumers)
    billed = np.where(known, total * consumers / np.maximum(seen, 1), np.nan)
    return billed, consumers.astype(np.int64)


def _connected(observed: np.ndarray, connected_month: np.ndarray, *, first: int) -> np.ndarray:
    """Whether each connection counts in each month, by what is known in that month."""
    column = np.arange(observed.shape[1])
    since = np.where(np.isfinite(connected_month), connected_month - first, -1)
    last_seen = np.maximum.accumulate(np.where(observed, column, -1), axis=1)
    closed = (last_seen >= 0) & (column - last_seen >= CLOSED_AFTER)
    # A bill proves a connection, whatever the master says of its date.
    return ((column >= since[:, None]) & ~closed) | observed


def _sum_by(values: np.ndarray, codes: np.ndarray, size: int) -> np.ndarray:
    """Sum the rows of each code; rows with code -1 belong to none."""
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    total = np.zeros((size, values.shape[1]))
    if order.size:
        present, starts = np.unique(codes[order], return_index=True)
        total[present] = np.add.reduceat(values[order].astype(np.float64), starts, axis=0)
    return total
