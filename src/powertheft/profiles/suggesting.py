"""Proposing a mapping for files that nobody has described. Rule of the room: a utility is data, never code.

A column's name says what it could be, its values whether it is, and the columns beside it which of two it is. What is
proposed is a guess with its grounds: a person confirms it before it is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from powertheft.domain.profiles import Profile
from powertheft.domain.tables import TABLES
from powertheft.profiles.choosing import WHEN, choose_table
from powertheft.profiles.dates import date_from
from powertheft.profiles.evidence import Facts, Relation, look_at, relations
from powertheft.profiles.headers import Header, read_header, score_names, unit_of
from powertheft.profiles.judging import judge, kind_beside
from powertheft.profiles.matching import best_matching
from powertheft.profiles.recognising import recognise
from powertheft.profiles.suggestion import Alternative, ColumnSuggestion, FileSuggestion, Suggestion
from powertheft.profiles.wide_names import wide_names

HEAD = 5_000
LEAST = 0.5
LEAST_ALTERNATIVE = 0.3
LEAST_STAND_IN = 0.4
LEAST_SUB = 0.3
MOST_IN_STEP = 0.7
# Tables whose columns a file of another table may hold as well: a ledger with the consumer's load in every row.
BESIDE = {
    "consumers": ("inspections", "payments", "readings"),
    "readings": ("consumers", "payments", "inspections", "transformer_readings"),
    "intervals": ("consumers", "readings", "inspections"),
    "inspections": ("consumers", "readings", "payments"),
    "payments": ("consumers", "readings"),
    "events": ("consumers", "readings"),
    "transformer_readings": ("consumers", "readings"),
}
# What a column of another table is believed less: most ledgers repeat the master's columns, few the squads'.
BESIDE_FACTOR = {"consumers": 0.97, "inspections": 0.95, "payments": 0.9, "readings": 0.95, "transformer_readings": 0.6}
# What a general name means in one table: a transformer's energy is what it supplies, its capacity nobody's load.
IN_A_TABLE = {
    "transformer_readings": {
        "energy": "energy_supplied",
        "sanctioned_load": "no column of ours",
        # The registers of a transformer's meter: what they differ by is what it supplies.
        "previous_index": "no column of ours",
        "current_index": "no column of ours",
    },
    "inspections": {"energy": "energy_assessed", "amount": "amount_assessed"},
}
# Of what a file of one table may repeat of the bills: nothing but these.
OF_READINGS = {
    "consumers": {"meter_id", "commodity", "meter_status", "energy"},
    "intervals": {"meter_id", "commodity", "export_energy", "power_factor", "maximum_demand"},
    "events": {"meter_id"},
    "inspections": {"meter_id", "energy", "current_index", "meter_status"},
}
LEAST_BESIDE, DOUBTED = 0.9, 0.6
# Columns whose words become ours in a profile; of all others no value is kept.
CODED = frozenset({"outcome", "phase", "commodity", "is_estimated", "drawn_by"})
FAMILIES = frozenset({"energy"})


@dataclass(frozen=True, slots=True)
class _Guess:
    """One of our columns that a column could be: how sure, and why."""

    target: str
    table: str
    sure: float
    evidence: tuple[str, ...]


def suggest(
    frames: Mapping[str, pl.DataFrame], *, profiles: Sequence[Profile] = (), kinds: Mapping[str, str] | None = None
) -> Suggestion:
    """Return what the files (stem -> head of at most 5,000 rows) could be: tables, columns, confidence and evidence.

    `kinds` gives the table that a file is, where a person has said so.
    """
    known = recognise({stem: frame.columns for stem, frame in frames.items()}, profiles)
    files = tuple(_suggest_file(stem, frame.head(HEAD), (kinds or {}).get(stem)) for stem, frame in frames.items())
    return Suggestion(files, known)


def _suggest_file(stem: str, frame: pl.DataFrame, said: str | None = None) -> FileSuggestion:
    wide = wide_names(frame.columns)
    narrow = frame.select([name for name in frame.columns if name not in wide.columns])
    facts = {series.name: look_at(series) for series in narrow}
    names = {name: _named(read_header(name), facts[name]) for name in narrow.columns}
    shape = "wide" if wide.columns else "long"
    table, sure, why = choose_table(stem, names, facts, shape=shape, gap=_usual_gap(narrow, names, facts))
    if wide.columns and table in {"consumers", "inspections", "intervals", "readings"}:
        table = "readings" if wide.monthly else "intervals"
    table, sure, why = (said, 1.0, "a person said so") if said else (table, sure, why)
    related = relations(narrow, facts, [name for name, scores in names.items() if scores.get("", 0.0) > 0.9])
    guesses = {name: _guesses(name, table, names[name], facts[name]) for name in narrow.columns}
    if table != "transformer_readings":
        _relate(guesses, related[:1])
    chosen = _filled(_assign(guesses, facts), guesses, facts, table=table)
    if wide.columns and not said:
        sure, why = max(sure, 0.9), f"{len(wide.columns):,} columns are named after dates ({wide.form or 'months'})"
    columns = [_stated(name, chosen[name], guesses[name], facts[name]) for name in narrow.columns]
    cells = [
        ColumnSuggestion(name, "energy", table, 0.9, (f"name: a date among {len(wide.columns):,}",))
        for name in wide.columns
    ]
    order = {name: place for place, name in enumerate(frame.columns)}
    every = tuple(sorted([*columns, *cells], key=lambda column: order[column.source]))
    return FileSuggestion(stem, table, shape, round(sure, 3), (why,), every, wide.columns, wide.form)


def _usual_gap(
    frame: pl.DataFrame, names: Mapping[str, Mapping[str, float]], facts: Mapping[str, Facts]
) -> float | None:
    """Return the days between one row of a consumer and the next, None where that cannot be seen."""
    dated = [name for name, fact in facts.items() if fact.is_dated]
    numbered = [
        name
        for name, scores in names.items()
        if max(scores.get("consumer_id", 0.0), scores.get("meter_id", 0.0)) >= 0.5
    ]
    if len(dated) != 1 or not numbered:
        return None
    on = pl.col(dated[0])
    if facts[dated[0]].formats:
        on = date_from(on.cast(pl.String).str.strip_chars(), facts[dated[0]].formats[0], times=True)
    gaps = (
        frame.select(pl.col(numbered[0]).alias("who"), on.cast(pl.Datetime("us")).alias("on"))
        .drop_nulls()
        .sort("who", "on")
    )
    days = gaps.select((pl.col("on").diff().over("who")).dt.total_seconds() / 86_400).to_series().drop_nulls()
    days = days.filter(days > 0)
    middle = days.median()
    if not isinstance(middle, (int, float)):
        return None
    # What comes more than once a day and not in step is a log of events, and says nothing of bills or intervals.
    in_step = float((days - middle).abs().le(0.01 * middle).sum()) >= MOST_IN_STEP * len(days)
    return float(middle) if middle >= 1 or in_step else None


def _named(header: Header, facts: Facts) -> dict[str, float]:
    """Return what the name says, weighed with the values: used to choose the table."""
    scores: dict[str, float] = {}
    for target, score in score_names(header).items():
        if target == "when":
            scores[target] = score if facts.is_dated or facts.sort == "empty" else 0.3 * score
        else:
            column = "amount" if target == "paid_amount" else target
            scores[target] = score * min(1.0, judge(column, facts)[0])
    none = scores.get("", 0.0)
    return {target: score if not target or score >= none else score * DOUBTED for target, score in scores.items()}


def _guesses(name: str, table: str, scores: Mapping[str, float], facts: Facts) -> list[_Guess]:
    header = read_header(name)
    said = " ".join(word for word, _ in header.words)
    raw = score_names(header)
    found: dict[str, _Guess] = {}
    for target in scores:
        column, own = _resolve(target, table)
        if own is None:
            continue
        factor, why = judge(column, facts)
        sure = min(0.99, raw[target] * factor * (1.0 if own in {table, ""} else BESIDE_FACTOR[own]))
        if own not in {table, "", "consumers"} and column != "meter_id" and raw[target] < LEAST_BESIDE:
            sure *= DOUBTED
        guess = _Guess(column, own, sure, (f"name: {said} is {_meaning(column)}", *([why] if why else [])))
        if column not in found or found[column].sure < sure:
            found[column] = guess
    if header.text.strip() and not found:
        return []
    return sorted(found.values(), key=lambda guess: -guess.sure)


def _meaning(column: str) -> str:
    known = next((table.column(column) for table in TABLES.values() if column and table.column(column)), None)
    return f"the {known.meaning.partition(';')[0]}" if known else "none of our columns"


def _resolve(target: str, table: str) -> tuple[str, str | None]:
    """Return our column that a name's target is in a file of this table, and the table that has it."""
    if target == "":
        return "", ""
    if target == "paid_amount":
        return "amount", "payments" if table == "payments" else None
    if target == "when" or (target == "read_on" and table in {"intervals", "events"}):
        return WHEN[table], table if table != "consumers" else None
    target = IN_A_TABLE.get(table, {}).get(target, target)
    for own in (table, *BESIDE[table]):
        allowed = own != "readings" or own == table or target in OF_READINGS.get(table, {target})
        if TABLES[own].column(target) and allowed:
            return target, own
    return target, None


def _relate(guesses: dict[str, list[_Guess]], related: Sequence[Relation]) -> None:
    for relation in related:
        why = f"values: {relation.current} - {relation.previous} is {relation.energy} in {relation.share:.0%} of rows"
        for target, name in (
            ("previous_index", relation.previous),
            ("current_index", relation.current),
            ("energy", relation.energy),
        ):
            before = next((guess.sure for guess in guesses[name] if guess.target == target), 0.0)
            best = max((guess.sure for guess in guesses[name] if guess.target not in {target, ""}), default=0.0)
            if before == 0.0 and best >= 0.8:
                return
        for target, name in (
            ("previous_index", relation.previous),
            ("current_index", relation.current),
            ("energy", relation.energy),
        ):
            others = [replace(guess, sure=guess.sure * 0.8) for guess in guesses[name] if guess.target != target]
            own = next(
                (guess for guess in guesses[name] if guess.target == target), _Guess(target, "readings", 0.0, ())
            )
            guesses[name] = [
                replace(own, sure=max(0.85, min(0.99, own.sure + 0.1)), evidence=(*own.evidence, why)),
                *others,
            ]


def _assign(guesses: Mapping[str, Sequence[_Guess]], facts: Mapping[str, Facts]) -> dict[str, _Guess]:
    """Give every one of our columns to one column of the file, so that all together are surest."""
    targets = list(dict.fromkeys(guess.target for found in guesses.values() for guess in found if guess.target))
    names = list(guesses)
    worth = [[_worth(guesses[name], target) for name in names] for target in targets]
    given = {names[column]: targets[row] for row, column in best_matching(worth).items()}
    chosen: dict[str, _Guess] = {}
    for name in names:
        target = given.get(name) or _family_of(name, guesses[name], given)
        own = next((guess for guess in guesses[name] if guess.target == target), None)
        chosen[name] = own if own else _none(name, guesses[name], given, facts[name])
    return _weigh(chosen, guesses)


def _worth(found: Sequence[_Guess], target: str) -> float:
    own = next((guess.sure for guess in found if guess.target == target), 0.0)
    none = next((guess.sure for guess in found if guess.target == ""), 0.0)
    # Squared, so that one sure guess is worth more than two doubtful ones.
    return (own - LEAST + 0.05) ** 2 if own >= LEAST and own > none else 0.0


def _family_of(name: str, found: Sequence[_Guess], given: Mapping[str, str]) -> str:
    best = found[0] if found else None
    if best is None or best.target not in FAMILIES or best.sure < LEAST:
        return ""
    return (
        best.target if any(_is_family(name, other) for other, target in given.items() if target == best.target) else ""
    )


def _is_family(name: str, other: str) -> bool:
    """Return whether two columns are parts of one sum: their names differ by a number alone."""
    bare = ["".join(letter for letter in one if not letter.isdigit()) for one in (name, other)]
    return bare[0] == bare[1] != name


def _none(name: str, found: Sequence[_Guess], given: Mapping[str, str], facts: Facts) -> _Guess:
    own = next((guess for guess in found if guess.target == ""), None)
    if own is not None and own is found[0]:
        return own
    best = found[0].sure if found else 0.0
    taken = next((other for other, target in given.items() if found and target == found[0].target), "")
    if taken and best >= LEAST:
        return _Guess("", "", 0.6, (f"columns: {taken} is more likely the {found[0].target}",))
    sure = 0.9 if facts.sort == "empty" and best < LEAST_ALTERNATIVE else max(0.5, 0.8 - 0.6 * best)
    return _Guess("", "", sure, (f"name: {name} has no word that names one of our columns",))


def _filled(
    chosen: Mapping[str, _Guess], guesses: Mapping[str, Sequence[_Guess]], facts: Mapping[str, Facts], *, table: str
) -> dict[str, _Guess]:
    """Let the next best column stand for a key that none is sure to be: a month for the day, a meter for its owner."""
    taken = {guess.target for guess in chosen.values()}
    filled = dict(chosen)
    when = WHEN[table]
    free = [name for name, guess in chosen.items() if guess.target == "" and facts[name].is_dated]
    if when not in taken and table != "consumers" and free:
        own = {
            name: next((one for one in guesses[name] if one.target == when), _Guess(when, table, 0.0, ()))
            for name in free
        }
        name = max(free, key=lambda one: own[one].sure)
        if own[name].sure >= LEAST_STAND_IN or len(free) == 1:
            why = (*own[name].evidence, "values: no other column of dates is left")
            filled[name] = replace(own[name], sure=min(max(own[name].sure, 0.55), 0.7), evidence=why)
    if "section" not in taken:
        # Where no section is named, the subdivision is the smallest office that a route is made for.
        free = [name for name, guess in chosen.items() if guess.target == ""]
        offices = [(one.sure, name) for name in free for one in guesses[name] if one.target == "section"]
        sure, name = max(offices, default=(0.0, ""))
        if sure >= LEAST_SUB:
            why = ("columns: no smaller office, so it stands for the section",)
            filled[name] = _Guess("section", "consumers", max(sure, 0.55), why)
    if "consumer_id" not in taken and table in {"intervals", "events"}:
        meter = next((name for name, guess in chosen.items() if guess.target == "meter_id"), None)
        if meter:
            why = (*chosen[meter].evidence, "columns: no other number, so it stands for the consumer")
            filled[meter] = _Guess("consumer_id", table, 0.8, why)
    return filled


def _weigh(chosen: dict[str, _Guess], guesses: Mapping[str, Sequence[_Guess]]) -> dict[str, _Guess]:
    """Be less sure where a column has a second likely meaning, or where another column claims the same."""
    weighed: dict[str, _Guess] = {}
    for name, guess in chosen.items():
        own = [other.sure for other in guesses[name] if other.target != guess.target]
        rivals = [
            other.sure
            for one, found in guesses.items()
            if one != name
            for other in found[:1]
            if guess.target and other.target == guess.target and chosen[one].target != guess.target
        ]
        rival = max([*own, *rivals], default=0.0)
        sure = guess.sure if guess.sure - rival > 0.1 else guess.sure - 0.12
        weighed[name] = replace(guess, sure=sure)
    return weighed


def _stated(name: str, guess: _Guess, guesses: Sequence[_Guess], facts: Facts) -> ColumnSuggestion:
    others = tuple(
        Alternative(other.target, round(other.sure, 3))
        for other in guesses
        if other.target != guess.target and other.sure >= LEAST_ALTERNATIVE
    )
    unit, factor = unit_of(read_header(name))
    known = TABLES[guess.table].column(guess.target) if guess.table else None
    return ColumnSuggestion(
        name,
        guess.target,
        guess.table,
        round(guess.sure, 3),
        guess.evidence,
        others[:3],
        factor=factor if known is not None and known.unit == unit else 1.0,
        kind=None if guess.target else kind_beside(name, facts),
        words=facts.words if guess.target in CODED else frozenset(),
        formats=facts.formats,
    )
