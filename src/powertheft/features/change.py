"""Change of level: drops, steps and slopes. Rule of the room: a feature is a definition, never a script."""

import math
from collections.abc import Callable

from powertheft.features.aggregates import Quantity, aggregates, where
from powertheft.features.definition import Feature, Kernel, Sentence
from powertheft.features.level import AVERAGE_USE, OLDER_USE, RECENT_AVERAGE_USE, spread
from powertheft.features.sentences import (
    AS_OF,
    LITTLE,
    LONG_AGO,
    SEASONAL,
    compared,
    count_of,
    dated,
    figure,
    has_fallen,
    has_risen,
    less,
    month,
    of_season,
    sentence,
    spoken,
    times,
    today,
    with_season,
)
from powertheft.features.windows import ALL, LAST, YEAR
from powertheft.panel import kernels

FAMILY = "change"
RATIO = Quantity("daily_ratio", "bill_ratio", "ratio of a bill's daily use to the bill before", "")
DIFFERENCE = Quantity("daily_difference", "bill_step", "step in daily use from bill to bill", "kWh/day")

QUOTED = (
    ("at_fall", "bill_fall", "largest fall from one bill of a meter to the next"),
    ("at_climb", "bill_climb", "largest climb from one bill of a meter to the next"),
)
YEAR_MONTHS = 12
CLEAR_STEP = 0.2
"""Share of the squared deviation that a step must take away before it is told of (an assumption)."""


def definitions() -> tuple[Feature, ...]:
    """Change features of electricity (panel and bills) and gas (bills)."""
    features = (
        *aggregates(FAMILY, RATIO, statistics=("mean", "std", "min", "max"), windows=(ALL, YEAR)),
        *aggregates(FAMILY, DIFFERENCE, statistics=("std", "min", "max"), windows=(ALL, YEAR)),
        *aggregates(FAMILY, DIFFERENCE, statistics=("max",), windows=(LAST,)),
        *(feature for flag, stem, words in QUOTED for feature in _quoted(flag, stem, words)),
        *(
            Feature(name, FAMILY, unit, meaning, frozenset({"readings.energy"}), Kernel(function))
            for name, unit, meaning, function in PANEL
        ),
    )
    return spoken(features, SENTENCES)


def _quoted(flag: str, stem: str, words: str) -> tuple[Feature, ...]:
    """What the two bills of a fall or climb show, and how long ago it was."""
    before = Quantity("daily_before", f"{stem}_from", f"use on the bill before the {words}", "kWh/month")
    after = Quantity("daily", f"{stem}_to", f"use on the bill after the {words}", "kWh/month")
    age = Quantity("age_days", f"{stem}_age", f"days since the {words}", "days")
    return (
        *where(FAMILY, before, flag, scale=kernels.MONTH_DAYS, commodities=("electricity",)),
        *where(FAMILY, after, flag, scale=kernels.MONTH_DAYS, commodities=("electricity",)),
        *where(FAMILY, age, flag, commodities=("electricity",)),
    )


PANEL = (
    ("step_size", "", "Size of the sharpest step in level: use after it over use before it", kernels.step_ratio),
    (
        "step_strength",
        "",
        "How clearly the sharpest step stands out from the month-to-month noise",
        kernels.step_strength,
    ),
    ("step_age", "months", "Months since the sharpest step", kernels.step_age),
    ("step_before", "kWh/month", "Use before the sharpest step", kernels.per_month(kernels.step_before)),
    ("step_after", "kWh/month", "Use after the sharpest step", kernels.per_month(kernels.step_after)),
    ("largest_drop", "", "Deepest fall: least ratio of six months' use to the six months before", kernels.largest_drop),
    (
        "drop_before",
        "kWh/month",
        "Use in the six months before the largest fall in kWh",
        kernels.per_month(kernels.largest_turn("drop", "before")),
    ),
    (
        "drop_after",
        "kWh/month",
        "Use in the six months after the largest fall in kWh",
        kernels.per_month(kernels.largest_turn("drop", "after")),
    ),
    (
        "drop_year_before",
        "kWh/month",
        "Use in the six months a year before those after the largest fall in kWh",
        kernels.per_month(kernels.largest_turn("drop", "year")),
    ),
    ("drop_age", "months", "Months since the largest fall in kWh", kernels.largest_turn("drop", "age")),
    (
        "largest_rise",
        "",
        "Steepest rise: greatest ratio of six months' use to the six months before",
        kernels.largest_rise,
    ),
    (
        "rise_before",
        "kWh/month",
        "Use in the six months before the largest rise in kWh",
        kernels.per_month(kernels.largest_turn("rise", "before")),
    ),
    (
        "rise_after",
        "kWh/month",
        "Use in the six months after the largest rise in kWh",
        kernels.per_month(kernels.largest_turn("rise", "after")),
    ),
    (
        "rise_year_before",
        "kWh/month",
        "Use in the six months a year before those after the largest rise in kWh",
        kernels.per_month(kernels.largest_turn("rise", "year")),
    ),
    ("rise_age", "months", "Months since the largest rise in kWh", kernels.largest_turn("rise", "age")),
    ("drops_over_half", "months", "Months with less than half of the mean of the six months before", kernels.halvings),
    ("slope_6m", "kWh/day a month", "Slope of daily use over the last 6 months", kernels.slope(6)),
    ("slope_12m", "kWh/day a month", "Slope of daily use over the last 12 months", kernels.slope(12)),
    ("slope_24m", "kWh/day a month", "Slope of daily use over the last 24 months", kernels.slope(24)),
    ("slope_all", "kWh/day a month", "Slope of daily use over up to six years", kernels.slope(72)),
    ("variation", "", "Coefficient of variation of monthly use", kernels.variation(72)),
    ("variation_12m", "", "Coefficient of variation of monthly use in the last 12 months", kernels.variation(12)),
    ("least_month", "kWh/month", "Use in the month with the least", kernels.per_month(kernels.least_month(72))),
    (
        "greatest_month",
        "kWh/month",
        "Use in the month with the most",
        kernels.per_month(kernels.greatest_month(72)),
    ),
    ("recent_to_best", "", "Use in the last 12 months over the best 12 months ever", kernels.recent_to_best),
    ("best_age", "months", "Months since the end of the best 12 months", kernels.best_age),
    ("best_daily", "kWh/day", "Use in the best 12 months", kernels.best_daily),
    (
        "best_year_use",
        "kWh/month",
        "Use in the best 12 months of which eleven are observed",
        kernels.per_month(kernels.best_year_use),
    ),
    (
        "best_year_age",
        "months",
        "Months since the end of the best 12 months of which eleven are observed",
        kernels.best_year_age,
    ),
    ("recent_6m_to_all", "", "Use in the last 6 months over the mean of the history", kernels.recent_to_all(6)),
    ("recent_12m_to_all", "", "Use in the last 12 months over the mean of the history", kernels.recent_to_all(12)),
)


def _step(
    *,
    as_of: float,
    strength: float,
    age: float,
    first: float,
    before: float,
    after: float,
    recent: float,
    season: float,
    lately: float,
) -> str | None:
    if strength < CLEAR_STEP or season > SEASONAL or not (has_fallen(before, after) or has_risen(before, after)):
        return None
    # A level is a year's; after the step, half of one.
    if first - age < YEAR_MONTHS or age < YEAR_MONTHS / 2:
        return None
    # One high bill carries a mean: a step that the last half-year is back from has not lasted.
    if abs(lately - before) < abs(lately - after):
        return None
    # The age counts the month of the step as one.
    step, start, is_fall = month(as_of, age - 1), month(as_of, first), after < before
    # From next to nothing there is no ratio to tell.
    ratio = f" ({less(before, after)})" if is_fall else f" ({times(after / before)} as much)" if before >= 1 else ""
    return (
        f"Use stepped {'down' if is_fall else 'up'} in {step}: {figure(before)} kWh a month on average from {start} "
        f"until then, {figure(after)} since{ratio}{today(before, after, recent)}"
    )


def _is_turn(before: float, after: float, *, usual: float, season: float, year: float, is_fall: bool) -> bool:
    """Whether use halved or doubled, and neither the season nor the end of a peak or of a vacancy explains it."""
    changed = has_fallen if is_fall else has_risen
    unusual = after <= 0.6 * usual if is_fall else after >= 1.6 * usual
    # Where the same six months of the year before were hardly other, the turn is the season's.
    of_every_year = season > SEASONAL or (not math.isnan(year) and not changed(year, after))
    return unusual and not of_every_year and changed(before, after, to=0.5 if is_fall else 2.0)


def _turned(*, is_fall: bool) -> Callable[..., str | None]:
    what = "fell" if is_fall else "rose"

    def words(
        *,
        as_of: float,
        age: float,
        before: float,
        after: float,
        usual: float,
        recent: float,
        season: float,
        year: float,
    ) -> str | None:
        if not _is_turn(before, after, usual=usual, season=season, year=year, is_fall=is_fall):
            return None
        return (
            f"Use {what} around {month(as_of, age)}: {figure(before)} kWh a month in the six months before, "
            f"{figure(after)} in the six from then{today(before, after, recent)}{of_season(season)}"
        )

    return words


def _halvings(
    *,
    as_of: float,
    months: float,
    age: float,
    before: float,
    after: float,
    usual: float,
    recent: float,
    season: float,
    year: float,
) -> str | None:
    if months < 3 or not _is_turn(before, after, usual=usual, season=season, year=year, is_fall=True):
        return None
    return (
        f"In {count_of(months, 'month')} of up to six years use was less than half the mean of the six months before; "
        f"one fall around {month(as_of, age)}, from {figure(before)} to {figure(after)} kWh a month (six months "
        f"each){today(before, after, recent)}{of_season(season)}"
    )


def _best(*, as_of: float, age: float, best: float, now: float) -> str | None:
    when = f"12 months to {month(as_of)}"
    return compared(
        best, now, f"in the best 12 months of up to six years, those to {month(as_of, age)}", when=when, fall=0.65
    )


def _swings(
    *, as_of: float, least: float, greatest: float, mean: float, variation: float, season: float, last: float
) -> str | None:
    if mean < LITTLE:
        return None
    spell = f"(average {figure(mean)}, up to six years to {month(as_of, last)}{with_season(season)})"
    if variation >= 0.6:
        return f"Use varies from {figure(least)} to {figure(greatest)} kWh a month {spell}"
    if least >= 0.75 * greatest:
        return (
            f"Use is nearly the same all the time, between {figure(least)} and {figure(greatest)} kWh a month {spell}"
        )
    return None


def _turned_on_bill(agrees: Callable[[float, float, float], bool], *, is_fall: bool) -> Callable[..., str | None]:
    def words(
        *,
        value: float,
        as_of: float,
        before: float,
        after: float,
        age: float,
        mean: float,
        recent: float,
        season: float,
    ) -> str | None:
        usual = mean * kernels.MONTH_DAYS
        is_turn = _is_turn(before, after, usual=usual, season=season, year=math.nan, is_fall=is_fall)
        if not is_turn or age > LONG_AGO or not agrees(value, before, after):
            return None
        return (
            f"{'Fall' if is_fall else 'Climb'} from one bill to the next: {figure(before)} to {figure(after)} "
            f"kWh a month, bill of {dated(as_of - age)}; bills average {figure(usual)}{today(before, after, recent)}"
        )

    return words


def _last_step(*, step: float, last: float, on: float, season: float) -> str | None:
    now, before = last * kernels.MONTH_DAYS, (last - step) * kernels.MONTH_DAYS
    if season > SEASONAL or not (has_fallen(before, now, to=0.5) or has_risen(before, now, to=2.0)):
        return None
    return f"The last bill, of {dated(on)}, is of {figure(now)} kWh a month, the bill before of {figure(before)}"


def _is_difference(value: float, before: float, after: float) -> bool:
    """Whether the feature speaks of the two bills that are quoted, not of an exchange or a second meter."""
    return abs(value * kernels.MONTH_DAYS - (after - before)) <= 0.01 * abs(after - before)


def _is_ratio(value: float, before: float, after: float) -> bool:
    return abs(value * before - after) <= 0.01 * max(before, after)


def _on_bills() -> dict[str, Sentence]:
    """Falls and climbs from bill to bill: of electricity only, since gas falls every spring and climbs every autumn."""

    def speak(stem: str, statistic: str, window: str) -> Sentence:
        is_fall = statistic == "min"
        bill = f"bill_{'fall' if is_fall else 'climb'}"
        return sentence(
            "drop" if is_fall else "rise",
            _turned_on_bill(_is_difference if stem == "bill_step" else _is_ratio, is_fall=is_fall),
            {
                "as_of": AS_OF,
                "value": f"{stem}_{statistic}{window}",
                "before": f"{bill}_from",
                "after": f"{bill}_to",
                "age": f"{bill}_age",
                "mean": "daily_use_mean",
            },
            optional=TURNED,
        )

    of_steps = {
        f"{stem}_{statistic}{window}": speak(stem, statistic, window)
        for stem in ("bill_step", "bill_ratio")
        for statistic in ("min", "max")
        for window in ("", "_12m")
    }
    of_turns = {
        f"bill_{turn}_{part}": of_steps[f"bill_step_{statistic}"]
        for turn, statistic in (("fall", "min"), ("climb", "max"))
        for part in ("from", "to", "age")
    }
    return {**of_steps, **of_turns}


TURNED = {"recent": "use_12m", "season": "season_strength"}
STEP = sentence(
    "step",
    _step,
    {
        "as_of": AS_OF,
        "strength": "step_strength",
        "age": "step_age",
        "first": "first_month_age",
        "before": "step_before",
        "after": "step_after",
    },
    optional={**TURNED, "lately": "use_6m"},
    meters="together",
)
FALLEN_TOO = {**TURNED, "year": "drop_year_before"}
FALLEN = {
    "as_of": AS_OF,
    "age": "drop_age",
    "before": "drop_before",
    "after": "drop_after",
    "usual": "use_all",
}
DROP = sentence("drop", _turned(is_fall=True), FALLEN, optional=FALLEN_TOO, meters="together")
HALVINGS = sentence("drop", _halvings, {"months": "drops_over_half", **FALLEN}, optional=FALLEN_TOO, meters="together")
RISE = sentence(
    "rise",
    _turned(is_fall=False),
    {
        "as_of": AS_OF,
        "age": "rise_age",
        "before": "rise_before",
        "after": "rise_after",
        "usual": "use_all",
    },
    optional={**TURNED, "year": "rise_year_before"},
    meters="together",
)
LAST_STEP = sentence(
    "last-bill",
    _last_step,
    {"step": "bill_step_last", "last": "daily_use_last", "on": "reading_date_max"},
    optional={"season": "season_strength"},
    meters="one",
)
BEST = sentence(
    "past",
    _best,
    {
        "as_of": AS_OF,
        "age": "best_year_age",
        "best": "best_year_use",
        "now": "use_12m",
    },
    meters="together",
)
SWINGS = sentence(
    "variation",
    _swings,
    {
        "as_of": AS_OF,
        "least": "least_month",
        "greatest": "greatest_month",
        "mean": "use_all",
        "variation": "variation",
    },
    optional={"season": "season_strength", "last": "last_month_age"},
    meters="together",
)
SENTENCES: dict[str, Sentence] = {
    **dict.fromkeys(("step_size", "step_strength", "step_age", "step_before", "step_after"), STEP),
    **dict.fromkeys(("largest_drop", "drop_before", "drop_after", "drop_year_before", "drop_age"), DROP),
    **dict.fromkeys(("largest_rise", "rise_before", "rise_after", "rise_year_before", "rise_age"), RISE),
    "drops_over_half": HALVINGS,
    **dict.fromkeys(("recent_to_best", "best_age", "best_daily", "best_year_use", "best_year_age"), BEST),
    **dict.fromkeys(("variation", "least_month", "greatest_month"), SWINGS),
    "recent_6m_to_all": RECENT_AVERAGE_USE,
    "recent_12m_to_all": AVERAGE_USE,
    **dict.fromkeys(("slope_24m", "slope_all"), OLDER_USE),
    **_on_bills(),
    **dict.fromkeys(("bill_ratio_std", "bill_step_std"), spread(ALL)),
    **dict.fromkeys(("bill_ratio_std_12m", "bill_step_std_12m", "variation_12m"), spread(YEAR)),
    "bill_step_last": LAST_STEP,
}
