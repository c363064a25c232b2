"""Which feature says a reason that a list gives. Rule of the room: put the rooms together, compute nothing."""

import re

import polars as pl

from powertheft.actions.house import House
from powertheft.actions.listed_columns import rank_among
from powertheft.actions.ports import Scoring
from powertheft.actions.scored_rows import read_offered, read_row
from powertheft.actions.scorings import LIST, scoring_folder
from powertheft.explanation.reasons import sayings

OTHER = "other"
"""What stands for the feature of a listed reason whose words no feature says any more."""

REASONS = ("reason_1", "reason_2", "reason_3")
BY_RULE = re.compile(r"Rule (?P<name>[\w.-]+): ")
"""How a reason begins that a squad's rule says and not the model."""


def feature_of_reason(house: House, scoring: Scoring, consumer_id: str, reason: str) -> str | None:
    """Return the name of the feature whose sentence a reason is; of the rule, after `rule-`, where a rule says it.

    None where it is no reason of this connection's: what a stranger wrote is not taken into the house.
    """
    folder = scoring_folder(house, scoring)
    rank = rank_among(folder, consumer_id)
    said = sayings(read_offered(folder).features(), read_row(folder, rank).features)
    if reason in said:
        return said[reason]
    listed = pl.scan_parquet(folder / LIST).slice(rank - 1, 1).select(REASONS).collect().row(0)
    rule = BY_RULE.match(reason)
    if reason not in listed:
        return None
    return f"rule-{rule['name']}" if rule else OTHER
