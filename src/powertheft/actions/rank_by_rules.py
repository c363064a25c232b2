"""Rank connections without labels: by squads' rules, and by how unusual each is. Rule of the room: compute nothing.

Data are prepared as for a model; labels are not read. What earlier visits found is seen by rules that ask for it, such
as theft-found-before, and by nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from powertheft.actions.prepare_data import Data, Prepared, check_rows_are_left, fold_names, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.rules_beside import RulesBeside, anomaly_of, check_form, rules_for
from powertheft.domain.errors import ChoiceError
from powertheft.engines.local import FeatureTable, compute_features
from powertheft.features.definition import Feature
from powertheft.reports.writing import check_file_place, write_tables
from powertheft.rules.anomaly import NOTHING_KNOWN
from powertheft.rules.applying import apply_rules, tell_rules
from powertheft.rules.definition import Rule
from powertheft.rules.order import order_of
from powertheft.rules.reading import OwnRules

Names = Callable[[Sequence[str]], Mapping[str, str]]

REASONS = 3

RARE = 0.9
"""Anomaly from which it is told of a connection that no rule speaks of (an assumption)."""


@dataclass(frozen=True, slots=True)
class RuledList:
    """The ranked list, the rules that were asked, and those that the data cannot answer with what they lack."""

    ranked: pl.DataFrame
    asked: tuple[str, ...]
    not_asked: Mapping[str, tuple[str, ...]]


def rank_by_rules(
    data: Data,
    *,
    profile: str | None,
    out: Path | None = None,
    rules: OwnRules | None = None,
    explain: int = 500,
    seed: int = 0,
    mapping: Mapping[str, str] | None = None,
    names: Names | None = None,
    progress: Progress = no_progress,
) -> RuledList:
    """Rank every consumer as of the last reading, by the points of rules and an anomaly score; write the list to `out`.

    `explain` is how many of the list get their rules in words; `names` gives the numbers that are written instead of a
    dataset's pseudonyms.
    """
    if out is not None:
        check_file_place(out)
    check_form(rules)
    settled, reading = profile_for(data, profile), part_of(progress, 0.0, 0.3)
    prepared = prepare_data(data, profile=settled, mapping=mapping, progress=reading)
    check_rows_are_left(prepared)
    found = rules_for(prepared, rules)
    wanted = _wanted(found)
    table = compute_features(prepared.tables, wanted, progress=part_of(progress, 0.3, 0.8))
    progress("applying the rules", 0.8)
    ranked = _ranked(prepared, table, found, seed=seed)
    ranked = _with_reasons(ranked, table, found.asked, known=wanted, explain=explain)
    if names is not None:
        ranked = ranked.with_columns(pl.col("consumer_id").replace(names(ranked["consumer_id"].to_list())))
    if out is not None:
        write_tables({out: ranked})
    progress("ranked", 1.0)
    return RuledList(ranked, tuple(rule.name for rule in found.asked), found.not_asked)


def _wanted(rules: RulesBeside) -> tuple[Feature, ...]:
    """Return the features that the rules, their sentences and the anomaly read; refuse where there are none."""
    wanted = rules.among(())
    if not wanted:
        raise ChoiceError(
            "the data have nothing that a rule or the anomaly score could look at",
            advice="Give bills, or write a rule for your own columns; see: powertheft rules.",
        )
    return wanted


def _ranked(prepared: Prepared, table: FeatureTable, rules: RulesBeside, *, seed: int) -> pl.DataFrame:
    found = apply_rules(rules.asked, table.features)
    # A pseudonym decides nothing: neither which consumers a tree draws, nor who comes first of two that are alike.
    known_as = fold_names(prepared, table.consumer_ids).astype(np.str_)
    anomaly = np.nan_to_num(anomaly_of(table, rules.judged, known_as, seed=seed), nan=NOTHING_KNOWN)
    order = order_of(points=found["points"].to_numpy(), anomaly=anomaly, consumer_id=known_as)
    listed = found.with_columns(
        consumer_id=pl.Series(table.consumer_ids),
        anomaly=anomaly,
        as_of=pl.Series(table.as_of),
        row=np.arange(len(order)),
    )
    return listed[order].with_columns(rank=pl.int_range(1, pl.len() + 1))


def _with_reasons(
    ranked: pl.DataFrame, table: FeatureTable, rules: Sequence[Rule], *, known: Sequence[Feature], explain: int
) -> pl.DataFrame:
    """Put the rules of the first into words; of whom no rule speaks, how rare the figures are together."""
    top = ranked.head(explain)
    said = tell_rules(rules, top["fired"].to_list(), table.features[top["row"].to_numpy()], known=known)
    rare = [words or _rarity(share) for words, share in zip(said, top["anomaly"], strict=True)]
    none: list[tuple[str, ...]] = [()] * (ranked.height - top.height)
    columns = {
        f"reason_{place + 1}": pl.Series(
            [words[place] if place < len(words) else None for words in (*rare, *none)], dtype=pl.String
        )
        for place in range(REASONS)
    }
    whole = ranked.with_columns(**columns, rules=pl.col("fired").list.join(", ").replace("", None))
    return whole.select("rank", "consumer_id", "points", "anomaly", *columns, "rules", "as_of")


def _rarity(anomaly: float) -> tuple[str, ...]:
    if anomaly < RARE:
        return ()
    share = f"{int(100 * anomaly)} %"
    return (f"No rule fires, but the figures taken together are more unusual than those of {share} of connections",)
