"""Put what identifies persons into the vault as their files are read. Rule of the room: compute nothing themselves."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import polars as pl

from powertheft.actions.house import House
from powertheft.actions.plan_import import Plan
from powertheft.domain.profiles import Profile, TableMapping
from powertheft.domain.threads import beside
from powertheft.privacy.pseudonyms import Named
from powertheft.privacy.telling import IN_VAULT, Batch, Telling

CONSUMER = "consumer_id"
# The first batch of a ledger brings most of the news.
BATCHES_WAITING = 8


@dataclass(slots=True)
class Keeper:
    """Hears every batch of a file that names persons, and has another thread put the news into the vault."""

    plan: Plan
    _tell: Callable[[Telling, Batch], None]
    _tables: frozenset[str]
    _told: dict[str, Telling] = field(default_factory=dict[str, Telling])

    def columns(self, mapping: TableMapping) -> dict[str, str]:
        """Return the columns of a table's file that the vault is to hold, by what is in them."""
        if mapping.table not in self._tables:
            return {}
        return {
            found.column: found.what
            for found in self.plan.personal
            if found.file == mapping.file and found.what in IN_VAULT
        }

    def hear(self, mapping: TableMapping, batch: pl.DataFrame, consumers: Named) -> None:
        """Take in a batch of the rows of a table's file: the columns asked for, and the consumers."""
        if mapping.table in self._tables:
            telling = self._told.setdefault(mapping.table, Telling())
            columns = self.columns(mapping)
            self._tell(telling, Batch(consumers, batch.select(columns.keys()), columns))


@contextmanager
def persons_kept(house: House, plan: Plan) -> Generator[Keeper]:
    """Fill the vault from what the keeper hears; all is in it at the end, unless what is done meanwhile fails.

    The vault only gains by it: a number that leads to no dataset yet is found again by the next import.
    """
    vault = house.vault()

    def tell(told: Telling, batch: Batch) -> None:
        if (news := told.news(batch)).height:
            vault.put(news)

    with beside(tell, waiting=BATCHES_WAITING) as tell_beside:
        yield Keeper(plan, tell_beside, _naming(plan.profile))


def numbers_column(mapping: TableMapping) -> str:
    """Return the column of a file that holds the consumers' numbers."""
    mapped = mapping.column(CONSUMER)
    return mapped.sources[0] if mapped and mapped.sources else ""


def _naming(profile: Profile) -> frozenset[str]:
    """The table with a row a consumer; where there is none, every table that names consumers."""
    naming = frozenset(table.table for table in profile.tables if table.column(CONSUMER))
    return frozenset({"consumers"}) & naming or naming
