"""What each look at a dataset draws: filters and choices in, a picture out. Rule of the room: compute nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from flask_babel import gettext

from powertheft.actions.explore_dataset import (
    ExploreFilter,
    Figures,
    list_explored_features,
    show_balance,
    show_consumption,
    show_correlation,
    show_distribution,
    show_history,
    show_loss_by_month,
    show_map,
    show_missing,
    show_pair,
    show_use_distribution,
)
from powertheft.actions.house import House
from powertheft.domain.errors import ChoiceError
from powertheft.web import charts
from powertheft.web import explore_words as words
from powertheft.web.chart_parts import Chart, axis, bars, chart, column, empty_chart, figure
from powertheft.web.formats import day
from powertheft.web.words import lazy_gettext

MOST_TOGETHER = 14
MOST_BARS = 400

Part = Literal["bills", "measured", "neither"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which version is looked at, under which filters, and what else was chosen."""

    house: House
    reference: str
    filters: ExploreFilter
    feature: str = ""
    second: str = ""
    family: str = ""
    consumer: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look at a dataset: its name, what it is for, its plots, and which sums it needs."""

    name: str
    label: str
    purpose: str
    plots: tuple[str, ...]
    part: Part = "bills"


LOOKS: Mapping[str, Look] = {
    look.name: look
    for look in (
        Look(
            "use",
            lazy_gettext("Consumption"),
            lazy_gettext("How much connections use: by category, over the seasons, and how widely bills spread."),
            ("by-month", "by-region", "by-season", "bills"),
        ),
        Look(
            "missing",
            lazy_gettext("Missing readings"),
            lazy_gettext("Where and when nobody read the meter: what is not read cannot be judged."),
            ("missing",),
        ),
        Look(
            "balance",
            lazy_gettext("Energy balance"),
            lazy_gettext("What transformers supplied and what of it is on no bill: where to look, not who it is."),
            ("loss", "transformers"),
        ),
        Look(
            "feature",
            lazy_gettext("One feature"),
            lazy_gettext("How a feature is spread among found thefts, honest connections and those nobody visited."),
            ("feature",),
            "measured",
        ),
        Look(
            "pair",
            lazy_gettext("Two features"),
            lazy_gettext("Where two features together point at theft, among connections that were inspected."),
            ("pair",),
            "measured",
        ),
        Look(
            "together",
            lazy_gettext("What goes together"),
            lazy_gettext("Features that say the same thing: a model needs only one of them."),
            ("together",),
            "measured",
        ),
        Look(
            "map",
            lazy_gettext("Map"),
            lazy_gettext("Where the connections are, added up to a square kilometre; small groups are left out."),
            ("places",),
            "neither",
        ),
        Look(
            "connection",
            lazy_gettext("One connection"),
            lazy_gettext("Everything that a dataset holds of one connection, by its pseudonym."),
            ("connection",),
            "neither",
        ),
    )
}
"""Every look by its name in an address."""


def draw(name: str, asked: Asked) -> Chart | None:
    """Return a plot by its name, None where there is none such."""
    make = PLOTS.get(name)
    return None if make is None else make(asked)


def told_apart(house: House, reference: str) -> Sequence[Mapping[str, Any]]:
    """Return the features that are numbers, those that alone tell theft from honest best first."""
    known = [one for one in list_explored_features(house, reference) if one["kind"] != "category"]
    return sorted(known, key=lambda one: (-abs((0.5 if one["higher"] is None else one["higher"]) - 0.5), one["name"]))


def chosen_pair(features: Sequence[Mapping[str, Any]], first: str, second: str) -> tuple[str, str]:
    """Return two different features: those that were chosen, else the best ones that measure different things."""
    names = [one["name"] for one in features]
    one = first if first in names else names[0]
    units = {feature["name"]: str(feature["unit"]).split("/")[0] for feature in features}
    others = [name for name in names if units[name] != units[one]]
    rest = [name for name in names if name != one]
    return one, second if second in rest else (others or rest or [one])[0]


def readings_of(data: Mapping[str, Any]) -> Chart:
    """Draw what the bills of one connection state, over time."""
    title = gettext("What did this connection use?")
    rows = [row for row in data["tables"].get("readings", []) if row.get("read_on") is not None][-MOST_BARS:]
    if not rows:
        return empty_chart(title, gettext("It has no readings."))
    used = [row.get("energy") if row.get("energy") is not None else row.get("consumption") for row in rows]
    hover = [f"{day(row['read_on'])}<br>{figure(value, 'kWh')}" for row, value in zip(rows, used, strict=True)]
    known = [value for value in used if value is not None]
    caption = gettext(
        "%(count)s readings from %(first)s to %(last)s; the largest states %(most)s.",
        count=len(rows),
        first=day(rows[0]["read_on"]),
        last=day(rows[-1]["read_on"]),
        most=figure(max(known, default=None), "kWh"),
    )
    sides = (axis(gettext("read on"), scale="date"), axis(gettext("energy of the bill"), "kWh", rangemode="tozero"))
    trace = bars(gettext("energy"), column(rows, "read_on"), used, hover)
    table = [{"read_on": row["read_on"], "energy_kwh": value} for row, value in zip(rows, used, strict=True)]
    return chart(title, caption, [trace], axes=sides, table=table)


def month_end(first: date) -> date:
    """Return the last day of a month.

    Examples
    --------
    >>> month_end(date(2024, 2, 1))
    datetime.date(2024, 2, 29)
    """
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _drawn(
    show: Callable[..., Figures], make: Callable[[Figures, str], Chart], tell: Callable[[Figures], str], **more: Any
) -> "Drawn":
    def drawn(asked: Asked) -> Chart:
        data = show(asked.house, asked.reference, filters=asked.filters, **more)
        return make(data, tell(data))

    return drawn


def _loss(data: Figures, caption: str) -> Chart:
    return charts.loss_by_month(data["months"], caption)


def _feature(asked: Asked) -> Chart:
    name = asked.feature or told_apart(asked.house, asked.reference)[0]["name"]
    data = show_distribution(asked.house, asked.reference, name, filters=asked.filters)
    return charts.distribution(data, words.spread_in_words(data))


def _pair(asked: Asked) -> Chart:
    features = told_apart(asked.house, asked.reference)
    first, second = chosen_pair(features, asked.feature, asked.second)
    data = show_pair(asked.house, asked.reference, first, second, filters=asked.filters)
    return charts.pair_map(data, words.pair_in_words(data))


def _together(asked: Asked) -> Chart:
    features = told_apart(asked.house, asked.reference)
    if asked.family:
        names = [one["name"] for one in features if one["family"] == asked.family][:MOST_TOGETHER]
    else:
        names = _best_of_each(features)
    if len(names) < 2:
        raise ChoiceError("this family has fewer than two features that are numbers", advice="Choose another.")
    data = show_correlation(asked.house, asked.reference, names, filters=asked.filters)
    return charts.correlation(data, words.together_in_words(data))


def _best_of_each(features: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the most telling feature of each family: those of one family mostly say the same."""
    best: dict[str, str] = {}
    for one in features:
        best.setdefault(one["family"], one["name"])
    return list(best.values())[:MOST_TOGETHER]


def _connection(asked: Asked) -> Chart:
    return readings_of(show_history(asked.house, asked.reference, asked.consumer))


Drawn = Callable[[Asked], Chart]

PLOTS: Mapping[str, Drawn] = {
    "by-month": _drawn(show_consumption, charts.consumption, words.consumption_in_words),
    "by-region": _drawn(show_consumption, charts.consumption, words.consumption_in_words, by="region"),
    "by-season": _drawn(show_consumption, charts.consumption, words.consumption_in_words, season=True),
    "bills": _drawn(show_use_distribution, charts.use_distribution, words.bills_in_words),
    "missing": _drawn(show_missing, charts.missing_map, words.missing_in_words),
    "loss": _drawn(show_loss_by_month, _loss, words.loss_in_words),
    "transformers": _drawn(show_balance, charts.balance, words.transformers_in_words),
    "feature": _feature,
    "pair": _pair,
    "together": _together,
    "places": _drawn(show_map, charts.places, words.places_in_words),
    "connection": _connection,
}
"""What draws each plot, by its name in an address."""
