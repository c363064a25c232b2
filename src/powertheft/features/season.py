"""Season: the same months a year before. Rule of the room: a feature is a definition, never a script."""

from powertheft.features.definition import Feature, Kernel, Sentence
from powertheft.features.sentences import (
    AS_OF,
    LITTLE,
    compared,
    figure,
    has_fallen,
    less,
    month,
    sentence,
    spoken,
    times,
)
from powertheft.panel import kernels

FAMILY = "season"
UNLIKE = 1.8
"""Times by which a ratio of the seasons must differ from the neighbours' to be told (an assumption)."""

RATIOS = (
    ("same_season_ratio_3m", "Use in the last 3 months over the same months a year before", 3, 12),
    ("same_season_ratio_6m", "Use in the last 6 months over the same months a year before", 6, 12),
    ("same_season_ratio_12m", "Use in the last 12 months over the 12 before, month by month", 12, 12),
    ("same_season_ratio_2y", "Use in the last 12 months over the same months two years before", 12, 24),
)
"""Name, meaning, months compared, months between them."""

PANEL = (
    (
        "same_season_loss_12m",
        "kWh",
        "Sum of the year-on-year differences of the last 12 months",
        kernels.same_season_loss,
    ),
    ("same_season_least", "", "Least year-on-year ratio of any 6 months in the history", kernels.same_season_least),
    (
        "same_season_worst_age",
        "months",
        "Months since the 6 months with the least year-on-year ratio",
        kernels.same_season_worst_age,
    ),
    (
        "same_season_worst_now",
        "kWh/month",
        "Use in the 6 months with the least year-on-year ratio",
        kernels.per_month(kernels.same_season_worst_use(0)),
    ),
    (
        "same_season_worst_before",
        "kWh/month",
        "Use in the same 6 months a year before those",
        kernels.per_month(kernels.same_season_worst_use(12)),
    ),
    (
        "summer_to_winter",
        "",
        "Use in April to September over use in October to March, last 24 months",
        kernels.half_year_ratio(24),
    ),
    (
        "summer_use",
        "kWh/month",
        "Use in April to September, last 24 months",
        kernels.per_month(kernels.half_year_use(24, summer=True)),
    ),
    (
        "winter_use",
        "kWh/month",
        "Use in October to March, last 24 months",
        kernels.per_month(kernels.half_year_use(24, summer=False)),
    ),
    (
        "calendar_swing",
        "",
        "Use in the calendar month with the most over that with the least, last 36 months",
        kernels.calendar_swing(36),
    ),
    ("summer_to_winter_older", "", "The same over up to six years", kernels.half_year_ratio(72)),
    (
        "season_strength",
        "",
        "Share of the variation of monthly use that the calendar month explains",
        kernels.season_strength,
    ),
    ("autocorrelation_1", "", "Correlation of monthly use with the month before", kernels.autocorrelation(1)),
    (
        "autocorrelation_12",
        "",
        "Correlation of monthly use with the same month a year before",
        kernels.autocorrelation(12),
    ),
)


def definitions() -> tuple[Feature, ...]:
    """Season features of electricity."""
    compared_ones = (
        feature
        for name, meaning, months, lag in RATIOS
        for feature in (
            _feature(name, "", meaning, kernels.same_season_ratio(months, lag)),
            *_quoted(name, months, lag),
        )
    )
    others = (_feature(name, unit, meaning, function) for name, unit, meaning, function in PANEL)
    return spoken((*compared_ones, *others), SENTENCES)


def _feature(name: str, unit: str, meaning: str, function: kernels.Kernel) -> Feature:
    return Feature(name, FAMILY, unit, meaning, frozenset({"readings.energy"}), Kernel(function))


def _quoted(ratio: str, months: int, lag: int) -> tuple[Feature, Feature]:
    """The two levels that a ratio compares."""
    now, before = _names(ratio)
    year = "a year" if lag == 12 else "two years"
    both = f"months that are observed then and {year} apart"
    return (
        _feature(
            now,
            "kWh/month",
            f"Use in the last {months} months, {both}",
            kernels.per_month(kernels.same_season_use(months, 0, apart=lag)),
        ),
        _feature(
            before,
            "kWh/month",
            f"Use in the same months {year} before, {both}",
            kernels.per_month(kernels.same_season_use(months, lag, apart=lag)),
        ),
    )


def _names(ratio: str) -> tuple[str, str]:
    return ratio.replace("ratio", "now"), ratio.replace("ratio", "before")


def _same_season(ratio: str, months: int, lag: int) -> Sentence:
    than = f"in the same months {'a year' if lag == 12 else 'two years'} before"

    def words(*, as_of: float, now: float, before: float) -> str | None:
        return compared(before, now, than, when=f"{months} months to {month(as_of)}")

    now, before = _names(ratio)
    return sentence("same-season", words, {"as_of": AS_OF, "now": now, "before": before}, meters="together")


def _worst(*, as_of: float, age: float, then: float, before: float) -> str | None:
    if not has_fallen(before, then, to=0.6):
        return None
    spell = f"In the 6 months to {month(as_of, age)}"
    if figure(then) == "0":
        return f"{spell} used nothing, against {figure(before)} kWh a month in the same months a year before"
    return (
        f"{spell} used {less(before, then)} than in the same months a year before: {figure(before)} kWh a month, then "
        f"{figure(then)}"
    )


def _seasons(*, as_of: float, warm: float, cool: float, peers: float) -> str | None:
    if min(warm, cool) < LITTLE or peers <= 0 or UNLIKE > warm / cool / peers > 1 / UNLIKE:
        return None
    return (
        f"Used {figure(warm)} kWh a month in April to September and {figure(cool)} in October to March (24 months to "
        f"{month(as_of)}), a ratio of {warm / cool:.1f}; that of similar neighbours is {peers:.1f}"
    )


def _flat(*, as_of: float, own: float, peers: float) -> str | None:
    if own > 1.35 or peers < 1.6:
        return None
    return (
        f"Hardly any season: the month with the most use has {times(own)} that of the month with the least, for "
        f"similar neighbours {times(peers)} (36 months to {month(as_of)})"
    )


FLAT = sentence("season", _flat, {"as_of": AS_OF, "own": "calendar_swing", "peers": "peers_swing"}, meters="together")
SEASONS = sentence(
    "season",
    _seasons,
    {"as_of": AS_OF, "warm": "summer_use", "cool": "winter_use", "peers": "peers_summer_to_winter"},
    meters="together",
)
WORST = sentence(
    "same-season",
    _worst,
    {
        "as_of": AS_OF,
        "age": "same_season_worst_age",
        "then": "same_season_worst_now",
        "before": "same_season_worst_before",
    },
    meters="together",
)

SENTENCES: dict[str, Sentence] = {
    **{
        spoken_of: _same_season(name, months, lag)
        for name, _, months, lag in RATIOS
        for spoken_of in (name, *_names(name))
    },
    "same_season_loss_12m": _same_season("same_season_ratio_12m", 12, 12),
    **dict.fromkeys(("summer_to_winter", "summer_use", "winter_use"), SEASONS),
    **dict.fromkeys(("season_strength", "autocorrelation_12", "calendar_swing"), FLAT),
    **dict.fromkeys(
        ("same_season_least", "same_season_worst_age", "same_season_worst_now", "same_season_worst_before"), WORST
    ),
}
