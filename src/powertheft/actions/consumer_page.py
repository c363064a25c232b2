"""What is shown of one connection of a list, and what became of it. Rule of the room: compute nothing.

Apart from making it (show_consumer), so that who shows a page need not load the models before somebody asks for one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from powertheft.actions.house import House, split_reference
from powertheft.actions.ports import AuditEvent, CaseStep
from powertheft.actions.ports import Case as InspectionCase
from powertheft.actions.reveal_consumers import LOOKED
from powertheft.actions.scorings import get_scoring

MOST_LOOKS = 1_000


@dataclass(frozen=True, slots=True)
class ConsumerPage:
    """What a page shows of a connection, each part as plain data (days as days), ready to be drawn or told.

    `head`: likelihood, worth, places, last visit. `months`: use by month [kWh], a year before, the neighbours' lower
    quartile, median and upper quartile. `stretch`: the suspicious months, or None. `bills`, `events`, `visits`: rows.
    `reasons`: those that the list gives; None further down, where it gives none. What the model has to be asked for
    comes after it (ConsumerWhy).
    """

    scoring: int
    dataset: str
    model: str
    consumer_id: str
    rank: int
    listed: int
    head: Mapping[str, Any]
    months: tuple[Mapping[str, Any], ...]
    season_in_words: str
    stretch: Mapping[str, Any] | None
    neighbours_in_words: str
    bills: tuple[Mapping[str, Any], ...]
    events: tuple[Mapping[str, Any], ...]
    visits: tuple[Mapping[str, Any], ...]
    reasons: tuple[str, ...] | None
    transformer: Mapping[str, Any] | None
    neighbours: tuple[Mapping[str, Any], ...]
    cases: tuple[InspectionCase, ...]


@dataclass(frozen=True, slots=True)
class ConsumerWhy:
    """Why a connection stands where it does: reasons in words, contributions, rules.

    `waterfall`: the base, the strongest contributions and the rest, which add up to the raw score.
    """

    reasons: tuple[str, ...]
    waterfall: Mapping[str, Any]
    rules: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """What became of a connection's cases, and who looked at who it is; None where the actor may not see that."""

    steps: Mapping[int, tuple[CaseStep, ...]]
    looks: tuple[AuditEvent, ...] | None


@dataclass(frozen=True, slots=True)
class WhatIfAnswer:
    """What the likelihood would be; `level` says where that stands to the model's cut-offs."""

    before: float
    after: float
    level: str
    level_in_words: str
    sentence: str


def show_history(house: House, consumer_id: str, number: int | None = None) -> CaseHistory:
    """Return the steps of a connection's cases, and to whoever reads the trail or the vault, who looked at it."""
    house.check("list.read")
    scoring = get_scoring(house, number)
    sees_looks = house.actor.can("audit.read") or house.actor.can("person.reveal")
    with house.read() as work:
        cases = work.inspections.list_cases(dataset=split_reference(scoring.dataset)[0], consumer_id=consumer_id)
        steps = {case.number: tuple(work.inspections.list_history(case.number)) for case in cases}
        looks = work.audit.list_events(action=LOOKED, last=MOST_LOOKS) if sees_looks else None
    seen = None if looks is None else tuple(one for one in looks if consumer_id in one.details["first"])
    return CaseHistory(steps, seen)
