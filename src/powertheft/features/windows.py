"""Which readings an aggregate looks at, and the words for it. Rule of the room: a definition, never a script."""

from dataclasses import dataclass

import narwhals as nw


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a consumer's series: the ending of a feature's name, words, and the readings in it."""

    ending: str
    words: str
    low: tuple[str, float] | None = None
    high: tuple[str, float] | None = None

    def of(self, expression: nw.Expr, commodity: str) -> nw.Expr:
        """Keep the expression on this window's readings of the commodity; elsewhere it is empty."""
        chosen = nw.when(nw.col("commodity") == commodity).then(expression)
        if self.low:
            chosen = nw.when(nw.col(self.low[0]) >= self.low[1]).then(chosen)
        if self.high:
            chosen = nw.when(nw.col(self.high[0]) < self.high[1]).then(chosen)
        return chosen


ALL = Window("", "over the whole history")
YEAR = Window("_12m", "in the last 12 months", high=("age_days", 365.25))
YEAR_BEFORE = Window("_12m_before", "in the 12 months before the last 12", ("age_days", 365.25), ("age_days", 730.5))
TWO_YEARS = Window("_24m", "in the last 24 months", high=("age_days", 730.5))
OLDER = Window("_older", "more than two years ago", low=("age_days", 730.5))
LAST = Window("_last", "on the last bill", high=("from_end", 2))
LAST_THREE = Window("_last3", "on the last three bills", high=("from_end", 4))
FIRST = Window("_first", "on the first bill", high=("from_start", 2))

STATISTICS: dict[str, str] = {
    "mean": "mean",
    "std": "standard deviation of",
    "min": "least",
    "max": "greatest",
    "sum": "sum of",
    "tenth": "end of the lowest tenth of",
    "quarter": "end of the lowest quarter of",
    "upper_quarter": "begin of the highest quarter of",
    "upper_tenth": "begin of the highest tenth of",
}
# Statistics that are quantiles.
QUANTILES: dict[str, float] = {"tenth": 0.1, "quarter": 0.25, "upper_quarter": 0.75, "upper_tenth": 0.9}
COMMODITIES: dict[str, str] = {"electricity": "", "gas": "gas_"}
