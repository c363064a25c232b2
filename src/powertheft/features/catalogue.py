"""The catalogue: every feature that a file's columns allow, and a user's choice. Rule of the room: definitions only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module

from powertheft.domain.errors import ChoiceError
from powertheft.domain.tables import Kind
from powertheft.features import attributes
from powertheft.features.definition import FLAGS, Aggregate, Feature, Flag

FAMILIES: dict[str, str] = {
    "level": "powertheft.features.level",
    "change": "powertheft.features.change",
    "season": "powertheft.features.season",
    "zeros": "powertheft.features.zeros",
    "register": "powertheft.features.register",
    "cadence": "powertheft.features.cadence",
    "peers": "powertheft.features.peers",
    "balance": "powertheft.features.balance",
    "contract": "powertheft.features.contract",
    "payment": "powertheft.features.payment",
    "events": "powertheft.features.events",
    "history": "powertheft.features.history",
    "interval_levels": "powertheft.features.interval_levels",
    "interval_days": "powertheft.features.interval_days",
    "interval_spread": "powertheft.features.interval_spread",
    "interval_missing": "powertheft.features.interval_missing",
    "series": "powertheft.features.series",
}
"""The families with a module of their own; `attribute` holds a file's further columns."""


CODES: dict[str, frozenset[Flag]] = {
    "reading_code": frozenset(),
    # One of the words may say that the meter was exchanged.
    "meter_status": frozenset({"not-knowable"}),
}
"""Canonical columns of codes, and the flags of how they changed."""

TOLD_BY_INTERVALS = {"readings.energy": "intervals.energy", "readings.read_on": "intervals.start"}
"""What stands for columns of bills where a feature reads the months that they cover, and no single bill."""

BALANCE = "transformer_readings"
"""The table that is balanced with bills, never with intervals."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a prepared file offers: canonical columns by "table.column", further columns, frequent words of codes."""

    canonical: frozenset[str]
    consumer_attributes: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    reading_attributes: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    levels: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])


def lacking(feature: Feature, offered: frozenset[str]) -> frozenset[str]:
    """Return the columns that a feature needs and does not find among those offered.

    Use by month, and the as-of date, are told by intervals as well as by bills.

    Examples
    --------
    >>> features = {feature.name: feature for feature in catalogue()}
    >>> intervals = frozenset({"intervals.start", "intervals.energy"})
    >>> sorted(lacking(features["use_12m"], intervals)), sorted(lacking(features["daily_use_max"], intervals))
    ([], ['readings.energy'])
    """
    missing = feature.needs - offered
    of_single_bills = isinstance(feature.computation, Aggregate)
    if of_single_bills or any(need.startswith(f"{BALANCE}.") for need in feature.needs):
        return missing
    return frozenset(need for need in missing if TOLD_BY_INTERVALS.get(need) not in offered)


def catalogue(columns: Columns | None = None) -> tuple[Feature, ...]:
    """Return every feature that the columns allow; without columns, every feature there is.

    Examples
    --------
    >>> [feature.name for feature in catalogue(Columns(frozenset({"consumers.category"})))]
    ['category']
    """
    built_in = tuple(feature for path in FAMILIES.values() for feature in import_module(path).definitions())
    if columns is None:
        return built_in
    offered = columns.canonical | {f"consumers.{name}" for name in columns.consumer_attributes}
    offered |= {f"readings.{name}" for name in columns.reading_attributes}
    allowed = tuple(feature for feature in built_in if not lacking(feature, offered))
    further = tuple(feature for feature in _further(columns) if not lacking(feature, offered))
    return _without_clashes(allowed, further)


def _further(columns: Columns) -> tuple[Feature, ...]:
    found: list[Feature] = []
    for name, kind in columns.consumer_attributes.items():
        found.append(attributes.consumer_attribute(name, kind, beside_bills="readings.energy" in columns.canonical))
    for name, kind in columns.reading_attributes.items():
        if kind in attributes.NUMBERS:
            found.extend(attributes.reading_number(name))
        elif kind in attributes.CODES:
            found.extend(attributes.reading_category(name, columns.levels.get(name, ())))
    # Codes of the reader and of the meter are canonical, but their words are the utility's own.
    for name, changed in CODES.items():
        if f"readings.{name}" in columns.canonical:
            words = columns.levels.get(name, ())
            found.extend(attributes.reading_category(name, words, flags=frozenset(), changed=changed))
    return tuple(found)


def _without_clashes(built_in: tuple[Feature, ...], further: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """A file's own column that bears the name of a built-in feature is left to the built-in one."""
    names = {feature.name for feature in built_in}
    return (*built_in, *(feature for feature in further if feature.name not in names))


def choose(
    features: Sequence[Feature], *, only: Iterable[str] = (), without: Iterable[str] = ()
) -> tuple[Feature, ...]:
    """Return the features a user asked for, in the catalogue's order.

    Parameters
    ----------
    only : iterable of str
        Names, families or columns of the file to take; all where empty.
    without : iterable of str
        Flags, families or names to leave out.

    Raises
    ------
    ChoiceError
        If a word is neither a name, a family nor (for `without`) a flag, or if nothing is left.

    Examples
    --------
    >>> [feature.name for feature in choose(catalogue(), only=["contract"], without=["registry"])]
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: the choice leaves no feature. Take a word out of --without, ...
    """
    only, without = tuple(only), tuple(without)
    _check_words(features, only, option="--features", further=())
    _check_words(features, without, option="--without", further=tuple(FLAGS))
    chosen = tuple(
        feature
        for feature in features
        if (not only or _words(feature) & {*only}) and not (_words(feature) | feature.flags) & {*without}
    )
    if not chosen:
        raise ChoiceError("the choice leaves no feature", advice="Take a word out of --without, or add to --features.")
    return chosen


def _words(feature: Feature) -> frozenset[str]:
    """What a user may call a feature by: its name, its family, and the column of the file that it is made of."""
    columns = (need.partition(".")[2] for need in feature.needs) if feature.family == attributes.FAMILY else ()
    return frozenset({feature.name, feature.family, *columns})


def _check_words(features: Sequence[Feature], words: tuple[str, ...], *, option: str, further: tuple[str, ...]) -> None:
    families = {feature.family for feature in features} | {*FAMILIES, attributes.FAMILY}
    known = {word for feature in features for word in _words(feature)} | families | {*further}
    for word in words:
        if word not in known:
            near = get_close_matches(word, sorted(known), n=3)
            advice = f"Nearest: {', '.join(near)}." if near else "See them all with: powertheft features."
            raise ChoiceError(f"{option} names {word!r}, which is no feature, family or flag", advice=advice)
