"""Neighbours: a connection against similar ones in the same months. Rule of the room: definitions only."""

from collections.abc import Callable

import numpy as np

from powertheft.features.definition import Feature, Flag, Grouped, Sentence
from powertheft.features.sentences import AS_OF, LITTLE, figure, less, month, percent, sentence, spoken, times
from powertheft.panel import kernels
from powertheft.panel.monthly import MonthlyPanel

FAMILY = "peers"
Comparison = Callable[[MonthlyPanel, np.ndarray], np.ndarray]

LADDER: tuple[tuple[str, ...], ...] = (
    ("transformer_id", "category"),
    ("section", "category"),
    ("region", "category"),
    ("district", "category"),
    ("category",),
)
"""Groups of neighbours from narrow to wide; a rung whose columns a profile lacks is left out."""


def _mean(values: np.ndarray, months: int) -> np.ndarray:
    return kernels.mean_of(values[:, -months:], min(kernels.ENOUGH, months))


def _both(panel: MonthlyPanel, peers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    observed = np.isfinite(panel.energy) & np.isfinite(peers)
    return np.where(observed, panel.energy, np.nan), np.where(observed, peers, np.nan)


def to_peers(months: int) -> Comparison:
    """Own use over the peers' median over the last months, months that both observe."""

    def function(panel: MonthlyPanel, peers: np.ndarray) -> np.ndarray:
        own, other = _both(panel, peers)
        return kernels.ratio_of(_mean(own, months), _mean(other, months))

    return function


def peers_use(months: int) -> Comparison:
    """Median use of the peers over the last months that both observe [kWh/day]."""
    return lambda panel, peers: _mean(_both(panel, peers)[1], months)


def own_change_to_peers(panel: MonthlyPanel, peers: np.ndarray) -> np.ndarray:
    """Own year-on-year ratio over the peers' year-on-year ratio."""
    return kernels.ratio_of(own_change(panel, peers), peers_change(panel, peers))


def own_change(panel: MonthlyPanel, peers: np.ndarray) -> np.ndarray:
    """Own year-on-year ratio over the months that both observe."""
    return kernels.same_season_ratio(12)(MonthlyPanel(_both(panel, peers)[0], panel.last_month))


def peers_change(panel: MonthlyPanel, peers: np.ndarray) -> np.ndarray:
    """The peers' year-on-year ratio over the same months."""
    return kernels.same_season_ratio(12)(MonthlyPanel(_both(panel, peers)[1], panel.last_month))


def _relative(panel: MonthlyPanel, peers: np.ndarray) -> MonthlyPanel:
    return MonthlyPanel(kernels.ratio_of(*_both(panel, peers)), panel.last_month)


def relative_now(panel: MonthlyPanel, peers: np.ndarray) -> np.ndarray:
    """Mean of the monthly ratio to the peers over the last 12 months."""
    return _mean(_relative(panel, peers).energy, 12)


def relative_best(panel: MonthlyPanel, peers: np.ndarray) -> np.ndarray:
    """Mean of the monthly ratio to the peers over the 12 months where it was best."""
    return kernels.best_year_use(_relative(panel, peers))


def relative_best_age(panel: MonthlyPanel, peers: np.ndarray) -> np.ndarray:
    """Months since those 12 months ended."""
    return kernels.best_year_age(_relative(panel, peers))


def fall_against_peers(panel: MonthlyPanel, peers: np.ndarray) -> np.ndarray:
    """Ratio to the peers over the last 12 months divided by the best such ratio of any earlier 12 months."""
    return kernels.ratio_of(relative_now(panel, peers), relative_best(panel, peers))


def likeness_to_peers(panel: MonthlyPanel, peers: np.ndarray) -> np.ndarray:
    """Correlation of own monthly use with the peers' median over the last 36 months; needs 12 months."""
    return kernels.correlation(panel.energy[:, -36:], peers[:, -36:], minimum=12)


def of_peers(kernel: kernels.Kernel) -> Comparison:
    """What a kernel says of the peers' median, in the months that both observe."""
    return lambda panel, peers: kernel(MonthlyPanel(_both(panel, peers)[1], panel.last_month))


NO_FLAGS: frozenset[Flag] = frozenset()
AREA: frozenset[Flag] = frozenset({"registry"})
"""What is said of the neighbours alone is the same for all of an area: it names the area."""


def definitions() -> tuple[Feature, ...]:
    """Features that compare a connection with its neighbours."""
    needs = frozenset({"readings.energy", "consumers.category"})
    plain = (
        Feature(name, FAMILY, unit, meaning, needs, Grouped(function), AREA if name.startswith("peers_") else NO_FLAGS)
        for name, unit, meaning, function in TABLE
    )
    return spoken(plain, SENTENCES)


TABLE: tuple[tuple[str, str, str, Comparison], ...] = (
    ("to_peers_12m", "", "Use in the last 12 months over the median of similar neighbours", to_peers(12)),
    ("to_peers_6m", "", "Use in the last 6 months over the median of similar neighbours", to_peers(6)),
    ("to_peers_all", "", "Use over up to six years over the median of similar neighbours", to_peers(72)),
    ("peers_daily_12m", "kWh/day", "Median use of similar neighbours in the last 12 months", peers_use(12)),
    ("peers_daily_6m", "kWh/day", "Median use of similar neighbours in the last 6 months", peers_use(6)),
    ("peers_daily_all", "kWh/day", "Median use of similar neighbours over up to six years", peers_use(72)),
    ("change_to_peers", "", "Own year-on-year ratio over the neighbours' year-on-year ratio", own_change_to_peers),
    ("own_change", "", "Own year-on-year ratio in months that the neighbours have too", own_change),
    ("peers_change", "", "The neighbours' year-on-year ratio", peers_change),
    (
        "fall_against_peers",
        "",
        "Use relative to neighbours, last 12 months over the best 12 months",
        fall_against_peers,
    ),
    ("relative_now", "", "Use relative to neighbours month by month, last 12 months", relative_now),
    ("relative_best", "", "Use relative to neighbours month by month, best 12 months", relative_best),
    ("relative_best_age", "months", "Months since those best 12 months ended", relative_best_age),
    ("likeness_to_peers", "", "Correlation of monthly use with the neighbours' median", likeness_to_peers),
    (
        "peers_summer_to_winter",
        "",
        "The neighbours' use in April to September over October to March, last 24 months",
        of_peers(kernels.half_year_ratio(24)),
    ),
    (
        "peers_swing",
        "",
        "The neighbours' use in the calendar month with the most over that with the least, last 36 months",
        of_peers(kernels.calendar_swing(36)),
    ),
)


WHOLE = "up to six years"


def _level(spell: str) -> Callable[..., str | None]:
    def words(*, as_of: float, ratio: float, peers: float, own_use: float, last: float) -> str | None:
        # The months that both observe are nearly those of which the own use is told elsewhere.
        if abs(ratio * peers * kernels.MONTH_DAYS - own_use) > 0.1 * own_use:
            return None
        other = peers * kernels.MONTH_DAYS
        own = figure(ratio * other)
        when = f"({spell} to {month(as_of, last if spell == WHOLE else 0)})"
        if other >= LITTLE and ratio <= 0.6:
            if own == "0":
                return f"Used nothing; the median of similar neighbours is {figure(other)} kWh a month {when}"
            return (
                f"Used {less(1.0, ratio)} than the median of similar neighbours: {own} kWh a month against "
                f"{figure(other)} {when}"
            )
        if other >= LITTLE and ratio >= 1.75:
            return (
                f"Used {times(ratio)} as much as the median of similar neighbours: {own} kWh a month against "
                f"{figure(other)} {when}"
            )
        return None

    return words


def _change(*, as_of: float, own: float, peers: float, before: float) -> str | None:
    if before < LITTLE or peers <= 0 or (0.7 < own / peers < 1.5) or 0.85 < own < 1.25:
        return None
    return (
        f"Used {_more_or_less(own)} than in the same months a year before, similar neighbours {_more_or_less(peers)} "
        f"(12 months to {month(as_of)})"
    )


def _more_or_less(ratio: float) -> str:
    if 0.995 <= ratio < 1.005:
        return "the same"
    return less(1.0, ratio) if ratio < 1 else f"{percent(ratio - 1)} more"


def _fall(*, as_of: float, now: float, best: float, age: float, observed: float) -> str | None:
    if observed < kernels.nearly_all(12) or best < 0.3 or now > 0.6 * best or age == 0:
        return None
    return (
        f"Used {now:.1f} times the median of similar neighbours in the 12 months to {month(as_of)}, but {best:.1f} "
        f"times in the 12 months to {month(as_of, age)}"
    )


def _unlike(*, as_of: float, likeness: float, swing: float) -> str | None:
    # Where the neighbours have no season there is nothing to go with.
    if likeness > 0.1 or swing < 1.5:
        return None
    how = "runs against" if likeness <= -0.3 else "does not go with"
    said = f"{likeness:.2f}".replace("-", "−")
    spell = f"36 months to {month(as_of)}"
    return f"Use {how} that of similar neighbours from month to month (correlation {said} over {spell})"


def _level_sentence(months: str, spell: str) -> Sentence:
    numbers = {"ratio": f"to_peers_{months}", "peers": f"peers_daily_{months}", "own_use": f"use_{months}"}
    optional = {"last": "last_month_age"}
    return sentence("level", _level(spell), {"as_of": AS_OF, **numbers}, optional=optional, meters="together")


LEVEL = _level_sentence("12m", "12 months")
CHANGE = sentence(
    "same-season",
    _change,
    {"as_of": AS_OF, "own": "own_change", "peers": "peers_change", "before": "same_season_before_12m"},
    meters="together",
)
FALL = sentence(
    "change-to-peers",
    _fall,
    {
        "as_of": AS_OF,
        "now": "relative_now",
        "best": "relative_best",
        "age": "relative_best_age",
        "observed": "months_observed_12m",
    },
    meters="together",
)
UNLIKE = sentence(
    "season", _unlike, {"as_of": AS_OF, "likeness": "likeness_to_peers", "swing": "peers_swing"}, meters="together"
)

SENTENCES: dict[str, Sentence] = {
    **dict.fromkeys(("to_peers_12m", "relative_now"), LEVEL),
    "to_peers_6m": _level_sentence("6m", "6 months"),
    "to_peers_all": _level_sentence("all", WHOLE),
    **dict.fromkeys(("change_to_peers", "own_change"), CHANGE),
    **dict.fromkeys(("fall_against_peers", "relative_best", "relative_best_age"), FALL),
    "likeness_to_peers": UNLIKE,
}
