"""Rank connections by how much they are worth a visit, and say why. Rule of the room: compute nothing themselves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from powertheft.actions.feature_recipe import check_recipe, offered_columns, recipe_from_json
from powertheft.actions.prepare_data import Data, Prepared, check_rows_are_left, fold_names, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.quoted_numbers import with_quoted
from powertheft.actions.rules_beside import RulesBeside, anomaly_of, check_form, reasons_of, rules_for
from powertheft.domain.errors import ChoiceError
from powertheft.domain.spreads import Spreads
from powertheft.engines.local import FeatureTable, compute_features
from powertheft.engines.transformers import can_balance, transformers_of
from powertheft.explanation.contributions import contributions
from powertheft.explanation.reasons import REASONS
from powertheft.features.catalogue import Columns
from powertheft.features.definition import Feature
from powertheft.models.bundle import Bundle, check_contract, read_bundle
from powertheft.monitoring.spreads import spreads_like
from powertheft.ranking.expectation import Expectation, expected_use
from powertheft.ranking.order import check_rank_by, rank
from powertheft.ranking.pricing import price_difference
from powertheft.ranking.transformers import unexplained_energy
from powertheft.reports.writing import check_file_place, write_tables
from powertheft.rules.applying import apply_rules
from powertheft.rules.reading import OwnRules

Names = Callable[[Sequence[str]], Mapping[str, str]]

RULED = ("rules", "rules_count", "points", "anomaly")
PLACES = ("category", "tariff", "region", "district", "section", "feeder_id", "transformer_id")


@dataclass(frozen=True, slots=True)
class ScoredList:
    """The ranked list, the transformers by unexplained energy (empty where the data do not allow it), the currency.

    `asked` are the names of the rules that were asked of every connection, `not_asked` those that the data cannot
    answer, with what they lack. `table` is what it was read from, `order` its rows in the order of the list, and
    `columns` what the data offered to the catalogue: a page about one connection needs them again. `spreads` are those
    of the features and scores in the bins of the model's reference, for lists of later years to be compared with.
    """

    ranked: pl.DataFrame
    transformers: pl.DataFrame
    currency: str
    asked: tuple[str, ...]
    not_asked: Mapping[str, tuple[str, ...]]
    table: FeatureTable
    order: np.ndarray
    columns: Columns
    spreads: Spreads


def score_consumers(
    data: Data,
    *,
    profile: str | None,
    model: Path,
    out: Path | None = None,
    rank_by: str = "probability",
    explain: int = 500,
    rules: OwnRules | None = None,
    mapping: Mapping[str, str] | None = None,
    names: Names | None = None,
    progress: Progress = no_progress,
) -> ScoredList:
    """Score every consumer as of the last reading; write the list to `out` and transformers beside it.

    The built-in rules and those of `rules` stand beside the model and change no score; `names` gives the numbers that
    are written instead of a dataset's pseudonyms.
    """
    if out is not None:
        check_file_place(out)
    check_rank_by(rank_by)
    check_form(rules)
    bundle = read_bundle(model)
    prepared = prepare_data(
        data, profile=profile_for(data, profile, bundle), mapping=mapping, progress=part_of(progress, 0.0, 0.25)
    )
    check_rows_are_left(prepared)
    recipe = recipe_from_json(bundle.recipe)
    check_recipe(recipe, prepared.tables)
    if rank_by == "recovery" and not {"readings", "intervals"} & {*prepared.tables}:
        raise ChoiceError("--rank-by recovery needs bills, and these data have none", advice="Rank by probability.")
    seen, beside = recipe.features(), rules_for(prepared, rules)
    wanted = beside.among(with_quoted(seen, prepared))
    table = compute_features(prepared.tables, wanted, progress=part_of(progress, 0.25, 0.75))
    progress("scoring", 0.75)
    scored = _ranked(prepared, table, bundle, rules=beside, rank_by=rank_by)
    progress("putting the reasons into words", 0.85)
    ranked = _with_reasons(scored, table, bundle=bundle, asked=(seen, beside), prepared=prepared, explain=explain)
    if names is not None:
        known = names(ranked["consumer_id"].to_list())
        ranked = ranked.with_columns(pl.col("consumer_id").replace(known))
    transformers = _transformers(prepared, table)
    if out is not None:
        lists = {out: ranked.drop("row")}
        if transformers.height:
            rounded = [pl.col("^.*_kwh$").round(3), pl.col("unexplained_share").round(4)]
            lists[transformers_beside(out)] = transformers.with_columns(rounded)
        write_tables(lists)
    progress("ranked", 1.0)
    names_asked = tuple(rule.name for rule in beside.asked)
    return ScoredList(
        ranked.drop("row"),
        transformers,
        prepared.profile.currency,
        names_asked,
        beside.not_asked,
        table,
        ranked["row"].to_numpy(),
        offered_columns(prepared.tables),
        _spreads(scored, table, bundle),
    )


def _spreads(scored: pl.DataFrame, table: FeatureTable, bundle: Bundle) -> Spreads:
    raw = np.empty(scored.height)
    raw[scored["row"].to_numpy()] = scored["raw_score"].to_numpy()
    return spreads_like(check_contract(table.features, bundle), raw, bundle.model.reference)


def transformers_beside(out: Path) -> Path:
    """Return where the list of transformers lies: beside the ranked list."""
    return out.with_name(f"{out.stem}.transformers.csv")


def _transformers(prepared: Prepared, table: FeatureTable) -> pl.DataFrame:
    if not can_balance(prepared.tables):
        return pl.DataFrame()
    found = transformers_of(prepared.tables, pl.Series(table.consumer_ids))
    return unexplained_energy(found.transformer_ids, found.months)


def _ranked(
    prepared: Prepared, table: FeatureTable, bundle: Bundle, *, rules: RulesBeside, rank_by: str
) -> pl.DataFrame:
    seen = check_contract(table.features, bundle)
    raw = bundle.model.raw_scores(seen)
    probability = bundle.model.calibration.probabilities(raw)
    cases = pl.DataFrame({"consumer_id": table.consumer_ids, "as_of": table.as_of})
    expected = _expectation(prepared, table, cases)
    amount = _amount(prepared, cases, expected)
    known_as = fold_names(prepared, table.consumer_ids)
    order = rank(
        probability=probability,
        raw_score=raw,
        consumer_id=known_as,
        expected_energy=expected.unbilled_kwh,
        expected_amount=amount,
        by=rank_by,
    )
    listed = cases.with_columns(
        probability=probability,
        raw_score=raw,
        expected_energy_kwh=_rounded(expected.unbilled_kwh, 0),
        expected_amount=_rounded(amount, 0),
        expected_energy_low_kwh=_rounded(expected.unbilled_low_kwh, 0),
        expected_energy_high_kwh=_rounded(expected.unbilled_high_kwh, 0),
        billed_kwh_a_day=_rounded(expected.billed_daily, 2),
        used_in_fitting=_used(prepared, table, bundle),
        **_ruled(table, rules, known_as),
        row=np.arange(len(order)),
    )[order]
    return _visits(_places(listed, prepared), prepared).with_columns(rank=pl.int_range(1, pl.len() + 1))


def _ruled(table: FeatureTable, rules: RulesBeside, known_as: np.ndarray) -> dict[str, pl.Series]:
    """The rules that hold, heaviest first, how many they are and what they add up to, and how unusual each one is."""
    found = apply_rules(rules.asked, table.features)
    return {
        "rules": found["fired"].list.join(", ").replace("", None),
        "rules_count": found["fired"].list.len(),
        "points": found["points"],
        "anomaly": pl.Series(anomaly_of(table, rules.judged, known_as), nan_to_null=True),
    }


def _used(prepared: Prepared, table: FeatureTable, bundle: Bundle) -> pl.Series:
    """Whether the model knows a consumer by heart, so that the likelihood flatters; empty where that cannot be told."""
    if bundle.known_by != prepared.known_by:
        return pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(table.consumer_ids))
    return pl.Series(bundle.used.was_used(table.consumer_ids))


def _rounded(values: np.ndarray, digits: int) -> pl.Series:
    return pl.Series(values, nan_to_null=True).round(digits)


def _places(listed: pl.DataFrame, prepared: Prepared) -> pl.DataFrame:
    if "consumers" not in prepared.tables:
        return listed
    master = prepared.tables["consumers"]
    there = [column for column in PLACES if column in master.columns]
    return listed.join(master.select("consumer_id", *there), on="consumer_id", how="left", maintain_order="left")


def _visits(listed: pl.DataFrame, prepared: Prepared) -> pl.DataFrame:
    """Add when a connection was last visited and what was found: nobody sends a squad where one was last week.

    An outcome without a date is told, too, where there is none with one.
    """
    if "inspections" not in prepared.tables:
        nobody = {"last_visit": pl.Date(), "last_outcome": pl.String()}
        return listed.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in nobody.items())
    visits = prepared.tables["inspections"].sort("consumer_id", "inspected_on", "sequence", nulls_last=False)
    last = visits.unique("consumer_id", keep="last", maintain_order=True)
    told = last.select("consumer_id", last_visit="inspected_on", last_outcome="outcome")
    return listed.join(told, on="consumer_id", how="left", maintain_order="left")


def _master(prepared: Prepared, cases: pl.DataFrame, column: str, dtype: pl.DataType) -> pl.Series:
    """A column of the consumer master in the order of the cases, empty where the profile has none."""
    consumers = prepared.tables.get("consumers")
    if consumers is None or column not in consumers.columns:
        return pl.Series(column, [None], dtype=dtype).new_from_index(0, cases.height)
    joined = cases.join(consumers.select("consumer_id", column), on="consumer_id", how="left", maintain_order="left")
    return joined[column].cast(dtype)


def _expectation(prepared: Prepared, table: FeatureTable, cases: pl.DataFrame) -> Expectation:
    return expected_use(
        table.panel,
        table.neighbours,
        sanctioned_load=_master(prepared, cases, "sanctioned_load", pl.Float64()).to_numpy(),
        category=_master(prepared, cases, "category", pl.String()).to_numpy(),
    )


def _amount(prepared: Prepared, cases: pl.DataFrame, expected: Expectation) -> np.ndarray:
    words = _master(prepared, cases, prepared.profile.tariff_column, pl.String())
    newest = cases["as_of"].max()
    if not isinstance(newest, date):
        return np.full(cases.height, np.nan)
    return price_difference(
        expected_kwh=expected.expected_kwh,
        billed_kwh=expected.billed_kwh,
        category=words.to_numpy(),
        on=newest,
        tariffs=prepared.profile.tariffs,
        days=expected.days,
    )


def _with_reasons(
    listed: pl.DataFrame,
    table: FeatureTable,
    *,
    bundle: Bundle,
    asked: tuple[Sequence[Feature], RulesBeside],
    prepared: Prepared,
    explain: int,
) -> pl.DataFrame:
    rows = listed["row"].head(explain).to_numpy()
    said = [[""] * REASONS] * listed.height
    if rows.size:
        seen = check_contract(table.features, bundle)
        worth = contributions(bundle.model.estimator, seen[rows], background=seen)
        features, rules = asked
        found = reasons_of(prepared, table, rows, contributions=worth, features=features, rules=rules)
        said = [*(list(words) for words in found), *said[rows.size :]]
    columns = {
        f"reason_{place + 1}": pl.Series([words[place] or None for words in said], dtype=pl.String)
        for place in range(REASONS)
    }
    first = ("rank", "consumer_id", "probability", "expected_energy_kwh", "expected_amount", *columns, *RULED)
    whole = listed.with_columns(**columns)
    return whole.select(*first, *(column for column in whole.columns if column not in first))
