"""Zero and low runs. Rule of the room: a feature is a definition, never a script."""

from collections.abc import Callable

from powertheft.features.aggregates import Quantity, aggregates, where
from powertheft.features.definition import Feature, Kernel, Sentence
from powertheft.features.sentences import AS_OF, LITTLE, count_of, dated, figure, month, sentence, spoken
from powertheft.features.windows import ALL, COMMODITIES, LAST, LAST_THREE, YEAR
from powertheft.panel import kernels

FAMILY = "zeros"
FEW = 0.05
"""Share of bills below which those of zero are not worth a word (an assumption)."""

ZERO = Quantity("zero", "zero_bills", "bills of zero (1 where zero)", "share")
ZERO_AGE = Quantity("age_days", "zero_bill_age", "days since the last bill of zero", "days")

PANEL = (
    ("zero_run", "months", "Longest run of months without use", kernels.longest_zero_run),
    ("zero_run_now", "months", "Months without use up to now", kernels.zero_run_now),
    ("zero_run_age", "months", "Months since the longest run of months without use ended", kernels.zero_run_age),
    ("low_run", "months", "Longest run of months under a quarter of the own median", kernels.longest_low_run),
    ("low_run_now", "months", "Months under a quarter of the own median up to now", kernels.low_run_now),
    (
        "low_run_age",
        "months",
        "Months since the longest run of months under a quarter of the own median ended",
        kernels.low_run_age,
    ),
    ("low_share", "share", "Share of months under a quarter of the own median", kernels.low_share),
    ("median_use", "kWh/month", "Median of monthly use", kernels.per_month(kernels.median_use)),
)


def definitions() -> tuple[Feature, ...]:
    """Zero and low runs of electricity (panel and bills) and gas (bills)."""
    features = (
        *aggregates(FAMILY, ZERO, statistics=("mean", "sum"), windows=(ALL, YEAR)),
        *aggregates(FAMILY, ZERO, statistics=("mean",), windows=(LAST_THREE,)),
        *aggregates(FAMILY, ZERO, statistics=("max",), windows=(LAST,)),
        *where(FAMILY, ZERO_AGE, "is_zero", statistic="min"),
        *(
            Feature(name, FAMILY, unit, meaning, frozenset({"readings.energy"}), Kernel(function))
            for name, unit, meaning, function in PANEL
        ),
    )
    return spoken(features, SENTENCES)


def _zero_bills(*, as_of: float, zeros: float, bills: float, age: float) -> str | None:
    if zeros < 2 or zeros < FEW * bills:
        return None
    if zeros == bills:
        return f"None of {grouped_bills(bills)} shows any use"
    return f"{grouped_bills(bills, zeros)} are of zero, the last of {dated(as_of - age)}"


def _some_zero_bills(*, as_of: float, zeros: float, bills: float, age: float) -> str | None:
    # A second supply that was never used says nothing of the first.
    return None if zeros == bills else _zero_bills(as_of=as_of, zeros=zeros, bills=bills, age=age)


def grouped_bills(bills: float, some: float | None = None) -> str:
    """Write a number of bills, or some of them.

    Examples
    --------
    >>> grouped_bills(12), grouped_bills(12, 3)
    ('12 bills', '3 of 12 bills')
    """
    whole = count_of(bills, "bill")
    return whole if some is None else f"{some:.0f} of {whole}"


def _run_of(months: float, *, age: float, first: float) -> str:
    """Write how long a run of months is; one that begins where the six years begin may be longer."""
    return f"{'at least ' if age + months > first else ''}{count_of(months, 'month')}"


def _zero_run(*, as_of: float, run: float, age: float, usual: float, first: float) -> str | None:
    if run < 3:
        return None
    kept = f"; the median month is {figure(usual)} kWh" if usual >= LITTLE else ""
    return f"No use for {_run_of(run, age=age, first=first)} in a row, the last {month(as_of, age)}{kept}"


def _zero_now(*, as_of: float, run: float, age: float, usual: float, first: float) -> str | None:
    if run < 2:
        return None
    kept = f"; the median month is {figure(usual)} kWh" if usual >= LITTLE else ""
    spell = f"{_run_of(run, age=age, first=first)} up to {month(as_of, age)}"
    return f"No use for {spell} (the premises may be vacant){kept}"


def _low_run(*, as_of: float, run: float, age: float, usual: float, first: float) -> str | None:
    if run < 3 or usual < LITTLE:
        return None
    spell = f"{_run_of(run, age=age, first=first)} in a row, the last {month(as_of, age)}"
    return f"Under a quarter of the median of up to six years ({figure(usual)} kWh a month) for {spell}"


def _low_share(*, as_of: float, share: float, usual: float, last: float) -> str | None:
    if share < 0.1 or usual < LITTLE:
        return None
    return (
        f"{share:.0%} of months under a quarter of the own median ({figure(usual)} kWh a month, up to six years to "
        f"{month(as_of, last)})"
    ).replace("%", " %", 1)


def _zero_sentence(commodity: str) -> Sentence:
    prefix = COMMODITIES[commodity]
    numbers = {"zeros": "zero_bills_sum", "bills": "bills_sum", "age": "zero_bill_age"}
    named = {word: f"{prefix}{name}" for word, name in numbers.items()}
    words = _zero_bills if commodity == "electricity" else _some_zero_bills
    return sentence("zero", words, {"as_of": AS_OF, **named}, commodity=commodity, meters="one")


def _zero_names(commodity: str) -> tuple[str, ...]:
    stem = f"{COMMODITIES[commodity]}zero_bill"
    endings = ("s_mean", "s_sum", "s_mean_12m", "s_sum_12m", "s_mean_last3", "s_last", "_age")
    return tuple(f"{stem}{ending}" for ending in endings)


def _run_sentence(theme: str, words: Callable[..., str | None], run: str, age: str) -> Sentence:
    numbers = {"as_of": AS_OF, "run": run, "age": age, "usual": "median_use"}
    return sentence(theme, words, numbers, optional={"first": "first_month_age"}, meters="together")


ZERO_RUN = _run_sentence("zero", _zero_run, "zero_run", "zero_run_age")
LOW_RUN = _run_sentence("low", _low_run, "low_run", "low_run_age")
LOW_SHARE = sentence(
    "low",
    _low_share,
    {"as_of": AS_OF, "share": "low_share", "usual": "median_use"},
    optional={"last": "last_month_age"},
    meters="together",
)

SENTENCES: dict[str, Sentence] = {
    **{name: _zero_sentence(commodity) for commodity in COMMODITIES for name in _zero_names(commodity)},
    **dict.fromkeys(("zero_run", "zero_run_age"), ZERO_RUN),
    "zero_run_now": _run_sentence("zero", _zero_now, "zero_run_now", "last_month_age"),
    **dict.fromkeys(("low_run", "low_run_age"), LOW_RUN),
    "low_run_now": _run_sentence("low", _low_run, "low_run_now", "last_month_age"),
    "low_share": LOW_SHARE,
}
