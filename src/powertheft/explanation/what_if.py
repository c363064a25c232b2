"""What the probability would be had the bills been others. Rule of the room: bills in, a record and a sentence out.

Energy is never changed alone: registers and amounts go with it, or the features would see a bill that contradicts its
own meter. Nothing here knows the engine; it is given as a callable.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from powertheft.domain.errors import ChoiceError
from powertheft.domain.numbers import DAYS_A_MONTH, likelihoods
from powertheft.features.sentences import figure, times
from powertheft.models.classifier import FloatArray

Score = Callable[[pl.DataFrame], FloatArray]
"""From features, one row a version, to probabilities of theft, shape (n_versions,)."""

Compute = Callable[[Sequence[pl.DataFrame]], pl.DataFrame]
"""From versions of one consumer's readings to their features, one row a version, in order."""

BILLS = 6
WINDOWS = (3, 6, 12)
"""Numbers of last bills among which the smallest change is looked for."""

STEPS = 8
"""Levels that are tried at once; each round narrows the change to an eighth."""

ROUNDS = 3

YEAR = 365
NEAR = 45
"""Days by which a bill of a year before may be off (an assumption: half of a quarter)."""

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
ELECTRICITY = "electricity"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One question and its answer.

    Attributes
    ----------
    bills : int
        How many of the last bills were changed.
    before, after : float
        Probability of theft with the bills as they are and as changed, 0 to 1.
    energy_before, energy_after : float
        What the changed bills state together [kWh].
    sentence : str
        The same in words.
    """

    bills: int
    before: float
    after: float
    energy_before: float
    energy_after: float
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return plain texts and numbers."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SmallestChange:
    """The least energy that would have to be added to the last bills for the probability to fall under a cut-off.

    Attributes
    ----------
    bills : int
        How many of the last bills are changed.
    factor : float or None
        By which their energy is multiplied; None where there is none to multiply.
    level_before, level_after, ceiling : float
        Mean use over those bills as they are and as changed, and the most that was thought plausible [kWh/month].
    energy_added : float
        [kWh]
    before, after, cutoff : float
        Probabilities of theft, 0 to 1; `after` is under the cut-off.
    sentence : str
        The same in words.
    """

    bills: int
    factor: float | None
    level_before: float
    level_after: float
    ceiling: float
    energy_added: float
    before: float
    after: float
    cutoff: float
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return plain texts and numbers."""
        return asdict(self)


def one_by_one(compute_features: Callable[[pl.DataFrame], pl.DataFrame]) -> Compute:
    """Turn what computes the features of one version of the readings into what computes those of several.

    An engine that can take them together saves time: `smallest_change` asks for up to 24 at once, three times.
    """
    return lambda versions: pl.concat([compute_features(version) for version in versions], how="vertical_relaxed")


def had_been_as_a_year_before(readings: pl.DataFrame, *, compute: Compute, score: Score, bills: int = BILLS) -> WhatIf:
    """Say what the probability would be had the last bills been as those of the same season a year before.

    Parameters
    ----------
    readings : DataFrame, shape (n_readings, n_columns)
        Bills of one consumer: read_on and energy [kWh], and what else the engine reads.
    compute : callable
        From versions of the readings to features.
    score : callable
        From features to probabilities.
    bills : int, default 6
        How many of the last bills to change.

    Returns
    -------
    WhatIf
        `bills` says how many had a bill of a year before.

    Raises
    ------
    ChoiceError
        If `bills` is less than 1, or no bill has one of a year before.
    ValueError
        If the readings are of several consumers.

    Notes
    -----
    A bill of a year before is the one read nearest to the same day, at most 45 days off; its use a day is taken over,
    for as many days as the changed bill covers. Registers run on with the change, amounts follow in proportion (an
    assumption: a tariff with steps does not).

    Examples
    --------
    >>> from datetime import date
    >>> days = pl.date_range(date(2017, 1, 1), date(2018, 12, 1), "1mo", eager=True)
    >>> bills = pl.DataFrame({"read_on": days, "energy": [100.0] * 18 + [20.0] * 6, "period_days": 30.0})
    >>> share = one_by_one(lambda bills: bills.select(pl.col("energy").tail(6).mean()))
    >>> had_been_as_a_year_before(bills, compute=share, score=lambda use: 1 - use["energy"].to_numpy() / 110).sentence
    'Had the last six bills been as a year before, 82 % would be 9 %.'
    """
    ordered = _ordered(readings)
    asked = _last(ordered, bills)
    energy, daily = _energy(ordered), _energy(ordered) / _days(ordered)
    on = ordered["read_on"].cast(pl.Date).cast(pl.Int64).to_numpy()
    known = np.flatnonzero(np.isfinite(daily) & _is_electricity(ordered))
    changed = energy.copy()
    found: list[int] = []
    for place in asked:
        off = np.abs(on[known] - (on[place] - YEAR))
        if off.min() <= NEAR:
            changed[place] = daily[known[off.argmin()]] * _days(ordered)[place]
            found.append(int(place))
    if not found:
        msg = "the bills do not reach a year back"
        raise ChoiceError(msg, advice="Ask about a consumer with a longer history.")
    chances = _probabilities([readings, _with_energy(ordered, changed)], compute, score)
    return _answer(energy[found], changed[found], "as a year before", chances)


def had_been_times(
    readings: pl.DataFrame, factor: float, *, compute: Compute, score: Score, bills: int = BILLS
) -> WhatIf:
    """Say what the probability would be had the energy of the last bills been so many times what it is.

    Parameters
    ----------
    readings, compute, score, bills
        See `had_been_as_a_year_before`.
    factor : float
        By which energy is multiplied, 0 or more.

    Returns
    -------
    WhatIf

    Raises
    ------
    ChoiceError
        If `bills` is less than 1, the factor is negative or no number, or there is no bill.
    ValueError
        If the readings are of several consumers.

    Examples
    --------
    >>> from datetime import date
    >>> bills = pl.DataFrame({"read_on": [date(2018, 1, 1), date(2018, 2, 1)], "energy": [50.0, 20.0]})
    >>> total = one_by_one(lambda bills: bills.select(pl.col("energy").sum()))
    >>> chance = lambda use: 1 - use["energy"].to_numpy() / 100
    >>> had_been_times(bills, 2.0, compute=total, score=chance, bills=1).sentence
    'Had the last bill been 2 times as high, 30 % would be 10 %.'
    """
    if not (np.isfinite(factor) and factor >= 0):
        msg = f"the factor is {factor}"
        raise ChoiceError(msg, advice="Choose a number, 0 or more.")
    ordered = _ordered(readings)
    asked, energy = _last(ordered, bills), _energy(ordered)
    changed = energy.copy()
    changed[asked] *= factor
    chances = _probabilities([readings, _with_energy(ordered, changed)], compute, score)
    words = f"{times(factor)} as high" if factor >= 1 else f"{factor:.0%} of what was billed".replace("%", " %")
    return _answer(energy[asked], changed[asked], words, chances)


def had_used_in_months(
    readings: pl.DataFrame, added: Mapping[date, float], *, compute: Compute, score: Score
) -> WhatIf:
    """Say what the probability would be had more or less been used in some months.

    Parameters
    ----------
    readings, compute, score
        See `had_been_as_a_year_before`.
    added : mapping of date to float
        By the first day of a month, what is added to its use [kWh/day]; below 0 takes away.

    Returns
    -------
    WhatIf
        `bills` says how many cover days of those months.

    Raises
    ------
    ChoiceError
        If no bill covers a day of those months.
    ValueError
        If the readings are of several consumers.

    Notes
    -----
    A bill changes by what is added on the days that it covers, and states 0 at least.

    Examples
    --------
    >>> bills = pl.DataFrame({"read_on": [date(2018, 2, 1), date(2018, 3, 1)], "energy": [50.0, 20.0]})
    >>> total = one_by_one(lambda bills: bills.select(pl.col("energy").sum()))
    >>> chance = lambda use: 1 - use["energy"].to_numpy() / 100
    >>> had_used_in_months(bills, {date(2018, 2, 1): 1.0}, compute=total, score=chance).sentence
    'Had one bill been 48 kWh instead of 20, 30 % would be 2 %.'
    """
    ordered = _ordered(readings)
    energy, known = _energy(ordered), np.zeros(ordered.height, dtype=np.bool_)
    known[_bills(ordered)] = True
    end = ordered["read_on"].cast(pl.Date).cast(pl.Int64).to_numpy()
    start, more = end - np.round(_days(ordered)), np.zeros(ordered.height)
    covers = np.zeros(ordered.height, dtype=np.bool_)
    for month, daily in added.items():
        first = np.datetime64(month, "M")
        from_day, to_day = (int(day.astype("datetime64[D]").astype(np.int64)) for day in (first, first + 1))
        days = np.clip(np.minimum(end, to_day) - np.maximum(start, from_day), 0, None)
        covers |= days > 0
        more += days * daily
    touched = np.flatnonzero(covers & known)
    if len(touched) == 0:
        msg = "no bill covers a day of those months"
        raise ChoiceError(msg, advice="Choose months within the history.")
    changed = energy.copy()
    changed[touched] = np.maximum(energy[touched] + more[touched], 0.0)
    chances = _probabilities([readings, _with_energy(ordered, changed)], compute, score)
    before, after = float(energy[touched].sum()), float(changed[touched].sum())
    chance, other = chances.tolist()
    now, then = likelihoods(chance, other)
    which = "one bill" if len(touched) == 1 else f"{_counted(len(touched))} bills together"
    sentence = f"Had {which} been {figure(after)} kWh instead of {figure(before)}, {now} would be {then}."
    return WhatIf(len(touched), chance, other, before, after, sentence)


def smallest_change(
    readings: pl.DataFrame, *, cutoff: float, compute: Compute, score: Score, neighbours: float | None = None
) -> SmallestChange | None:
    """Look for the least that would have to be added to the last bills for the probability to fall under a cut-off.

    Parameters
    ----------
    readings, compute, score
        See `had_been_as_a_year_before`.
    cutoff : float
        Probability to get under, 0 to 1.
    neighbours : float, optional
        Usual use of the neighbours [kWh/day].

    Returns
    -------
    SmallestChange or None
        None where nothing plausible does it.

    Raises
    ------
    ChoiceError
        If the probability is under the cut-off as it is.
    ValueError
        If the readings are of several consumers.

    Notes
    -----
    The last 3, 6 or 12 bills are multiplied by one factor, at most up to the consumer's own best run of as many bills
    or to the neighbours' use, whichever is more. Eight levels are tried, then eight between the first that does it and
    the one before, and again: to a 512th of what is plausible. Of the three windows the one counts that takes the
    least energy. Where the probability rises and falls with the level, the first fall is found; one narrower than an
    eighth of what is plausible may be overlooked.

    References
    ----------
    Wachter, Mittelstadt & Russell (2018), Counterfactual explanations without opening the black box,
    Harvard Journal of Law & Technology 31, 841, https://doi.org/10.48550/arXiv.1711.00399

    Examples
    --------
    >>> from datetime import date
    >>> days = pl.date_range(date(2018, 1, 1), date(2018, 6, 1), "1mo", eager=True)
    >>> bills = pl.DataFrame({"read_on": days, "energy": [100.0, 100, 100, 20, 20, 20], "period_days": 30.4375})
    >>> recent = one_by_one(lambda bills: bills.select(pl.col("energy").tail(3).mean()))
    >>> chance = lambda use: 1 - use["energy"].to_numpy() / 100
    >>> print(smallest_change(bills, cutoff=0.5, compute=recent, score=chance).sentence.partition(", ")[2])
    80.0 % would be 49.8 %, under 50.0 %.
    >>> smallest_change(bills, cutoff=0.0, compute=recent, score=chance) is None
    True
    """
    ordered = _ordered(readings)
    before = float(_probabilities([readings], compute, score)[0])
    if before < cutoff:
        now, under = likelihoods(before, cutoff)
        msg = f"the likelihood is {now}, under {under} as it is"
        raise ChoiceError(msg, advice="Choose a lower cut-off.")
    searches = [search for bills in WINDOWS if (search := _Search.of(ordered, bills, neighbours)) is not None]
    for _ in range(ROUNDS):
        levels = [(search, level) for search in searches for level in search.levels()]
        if not levels:
            return None
        found = _probabilities([search.changed(level) for search, level in levels], compute, score)
        searches = [
            narrower
            for place, search in enumerate(searches)
            if (narrower := search.narrowed(found[place * STEPS : (place + 1) * STEPS], cutoff)) is not None
        ]
    if not searches:
        return None
    return min(searches, key=lambda search: search.energy_added()).answer(before, cutoff)


@dataclass(frozen=True, slots=True)
class _Search:
    """Levels [kWh/day] between which the one lies at which the probability falls under the cut-off."""

    ordered: pl.DataFrame
    asked: np.ndarray
    present: float
    low: float
    high: float
    ceiling: float
    after: float = 1.0

    @classmethod
    def of(cls, ordered: pl.DataFrame, bills: int, neighbours: float | None) -> "_Search | None":
        known = _bills(ordered)
        if len(known) < bills:
            return None
        energy, days = _energy(ordered)[known], _days(ordered)[known]
        run = np.ones(bills)
        means = np.convolve(energy, run, "valid") / np.convolve(days, run, "valid")
        present = max(float(means[-1]), 0.0)
        ceiling = max(float(means.max()), neighbours or 0.0)
        return cls(ordered, known[-bills:], present, present, ceiling, ceiling) if ceiling > present else None

    def levels(self) -> list[float]:
        """Return levels above the low one, up to the high one."""
        return np.linspace(self.low, self.high, STEPS + 1)[1:].tolist()

    def energy(self, level: float) -> FloatArray:
        """Return the energy of every bill with the last ones at a level [kWh]."""
        energy = _energy(self.ordered)
        if self.present > 0:
            energy[self.asked] *= level / self.present
        else:
            energy[self.asked] = level * _days(self.ordered)[self.asked]
        return energy

    def changed(self, level: float) -> pl.DataFrame:
        return _with_energy(self.ordered, self.energy(level))

    def narrowed(self, probabilities: FloatArray, cutoff: float) -> "_Search | None":
        under = np.flatnonzero(probabilities < cutoff)
        if len(under) == 0:
            return None
        first = int(under[0])
        edges = [self.low, *self.levels()]
        return _Search(
            self.ordered,
            self.asked,
            self.present,
            edges[first],
            edges[first + 1],
            self.ceiling,
            float(probabilities[first]),
        )

    def energy_added(self) -> float:
        return float((self.energy(self.high) - _energy(self.ordered))[self.asked].sum())

    def answer(self, before: float, cutoff: float) -> SmallestChange:
        low, high = self.present * DAYS_A_MONTH, self.high * DAYS_A_MONTH
        factor = self.high / self.present if self.present > 0 else None
        instead = f"{figure(high)} kWh a month instead of {figure(low)}"
        words = f"of {instead}" if factor is None else f"{times(factor)} as high ({instead})"
        now, then, under = likelihoods(before, self.after, cutoff)
        sentence = f"{_had(len(self.asked), words)}, {now} would be {then}, under {under}."
        return SmallestChange(
            len(self.asked),
            factor,
            low,
            high,
            self.ceiling * DAYS_A_MONTH,
            self.energy_added(),
            before,
            self.after,
            cutoff,
            sentence,
        )


def _answer(energy: FloatArray, changed: FloatArray, words: str, chances: FloatArray) -> WhatIf:
    before, after = chances.tolist()
    now, then = likelihoods(before, after)
    sentence = f"{_had(len(energy), words)}, {now} would be {then}."
    return WhatIf(len(energy), before, after, float(energy.sum()), float(changed.sum()), sentence)


def _had(bills: int, words: str) -> str:
    count = _counted(bills)
    return f"Had the last bill been {words}" if bills == 1 else f"Had the last {count} bills been {words}"


def _counted(bills: int) -> str:
    return WORDS[bills] if bills < len(WORDS) else str(bills)


def _probabilities(versions: Sequence[pl.DataFrame], compute: Compute, score: Score) -> FloatArray:
    found = np.asarray(score(compute(versions)), dtype=np.float64)
    if found.shape != (len(versions),):
        msg = f"{len(versions)} versions of the bills gave scores of shape {found.shape}"
        raise ValueError(msg)
    return found


def _ordered(readings: pl.DataFrame) -> pl.DataFrame:
    if "consumer_id" in readings.columns and readings["consumer_id"].n_unique() > 1:
        msg = "the readings are of several consumers"
        raise ValueError(msg)
    by = [name for name in ("read_on", "sequence", "meter_id") if name in readings.columns]
    return readings.sort(by, maintain_order=True)


def _is_electricity(ordered: pl.DataFrame) -> np.ndarray:
    if "commodity" not in ordered.columns:
        return np.ones(ordered.height, dtype=np.bool_)
    return (ordered["commodity"].cast(pl.String).fill_null(ELECTRICITY) == ELECTRICITY).to_numpy()


def _energy(ordered: pl.DataFrame) -> FloatArray:
    return ordered["energy"].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()


def _bills(ordered: pl.DataFrame) -> np.ndarray:
    """Places of the bills that state an energy, oldest first."""
    return np.flatnonzero(np.isfinite(_energy(ordered)) & _is_electricity(ordered))


def _last(ordered: pl.DataFrame, bills: int) -> np.ndarray:
    known = _bills(ordered)
    if bills < 1 or len(known) == 0:
        msg = f"{bills} of {len(known)} bills are to be changed"
        raise ChoiceError(msg, advice="Choose 1 or more, of a consumer who has bills.")
    return known[-bills:]


def _days(ordered: pl.DataFrame) -> FloatArray:
    """Days that each bill covers; where it does not say, since the one before, and of the first as of most."""
    since = ordered["read_on"].cast(pl.Date).cast(pl.Int64).cast(pl.Float64).diff()
    stated = ordered["period_days"].cast(pl.Float64) if "period_days" in ordered.columns else since
    days = pl.DataFrame({"stated": stated, "since": since}).select(
        pl.coalesce(pl.col(name).replace({0.0: None}) for name in ("stated", "since"))
    )
    usual = days.to_series().median()
    return days.to_series().fill_null(usual if isinstance(usual, float) else DAYS_A_MONTH).to_numpy()


def _with_energy(ordered: pl.DataFrame, energy: FloatArray) -> pl.DataFrame:
    """Return the bills with another energy, and registers and amounts that agree with it."""
    given = set(ordered.columns)
    own = pl.col("energy").cast(pl.Float64)
    new = pl.lit(pl.Series(energy, nan_to_null=True))
    changes = {"energy": new}
    if "amount" in given:
        amount = pl.col("amount").cast(pl.Float64)
        changes["amount"] = pl.when(own > 0).then(amount * new / own).otherwise(amount)
    if {"previous_index", "current_index"} <= given:
        meter = [name for name in ("commodity", "meter_id") if name in given]
        step = ((new - own) * _units_a_kwh(ordered)).fill_null(0.0)
        moved = ordered.with_columns(step=step).select(
            pl.col("step").cum_sum().over(meter) if meter else pl.col("step").cum_sum()
        )
        after = pl.lit(moved.to_series())
        changes["previous_index"] = pl.col("previous_index").cast(pl.Float64) + after - step
        changes["current_index"] = pl.col("current_index").cast(pl.Float64) + after
    return ordered.with_columns(**changes)


def _units_a_kwh(ordered: pl.DataFrame) -> float:
    """Return how far the register runs for one kWh: 1, or less behind a transformer."""
    rose = pl.col("current_index").cast(pl.Float64) - pl.col("previous_index").cast(pl.Float64)
    ratios = ordered.select(pl.when((pl.col("energy") > 0) & (rose > 0)).then(rose / pl.col("energy")))
    usual = ratios.to_series().median()
    return usual if isinstance(usual, float) else 1.0
