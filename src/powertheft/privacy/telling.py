"""What the vault has not heard yet of the consumers in a file, batch by batch.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from powertheft.privacy.pseudonyms import Named
from powertheft.privacy.vault import NUMBER, PSEUDONYM

# The vault holds these; the rest of what is personal has no use and is not kept anywhere.
IN_VAULT = ("name", "address", "phone", "coordinates")

_WHO, _SAID = "number, numbered", "record, hashed"


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of a file with the consumers they are of, and what is in each personal column."""

    consumers: Named
    rows: pl.DataFrame
    columns: Mapping[str, str]

    @property
    def by_kind(self) -> dict[str, list[str]]:
        """The columns that the vault holds, by what is in them."""
        kinds: dict[str, list[str]] = {}
        for name, what in self.columns.items():
            if what in IN_VAULT and name in self.rows.columns:
                kinds.setdefault(what, []).append(name)
        return kinds


class Telling:
    """Remembers of each consumer what was said last: a ledger repeats a name on every bill, and it is told once."""

    def __init__(self) -> None:
        self._numbering: object = None
        self._last = np.zeros(0, np.uint64)

    def news(self, batch: Batch) -> pl.DataFrame:
        """Return the records (`pseudonym`, `number`, what else is known) that differ from what was said before.

        Two columns of one kind (latitude and longitude, two telephones) stand behind each other. The records are in the
        order of the batch.
        """
        who = batch.consumers
        if who.numbering is not self._numbering:
            # Everybody is told again, and the vault sees that it is no news.
            self._numbering, self._last = who.numbering, np.zeros(0, np.uint64)
        fields = [_field(what, names) for what, names in batch.by_kind.items()]
        identities = (who.names.alias(PSEUDONYM), who.values.alias(NUMBER), who.numbers.alias(_WHO))
        told = batch.rows.select(*identities, *fields).drop_nulls(NUMBER)
        place = told[_WHO].to_numpy()
        self._last = np.append(self._last, np.zeros(max(0, int(place.max(initial=0)) + 1 - len(self._last)), np.uint64))
        said = _said(told)
        is_new = self._last[place] != said
        self._last[place] = said
        new = told.with_columns(pl.Series(_SAID, said)).filter(pl.Series(is_new))
        return new.unique((_WHO, _SAID), keep="last", maintain_order=True).drop(_WHO, _SAID)


def _said(told: pl.DataFrame) -> npt.NDArray[np.uint64]:
    """Return a number of what is said of each consumer, never 0: that is said of those of whom nothing was."""
    said = told.drop(PSEUDONYM, NUMBER, _WHO)
    if not said.width:
        return np.ones(told.height, np.uint64)
    return said.hash_rows(seed=2).to_numpy() | np.uint64(1)


def _field(what: str, names: list[str]) -> pl.Expr:
    parts = [pl.col(name).cast(pl.String) for name in names]
    if len(parts) == 1:
        return parts[0].alias(what)
    known = pl.any_horizontal(part.is_not_null() for part in parts)
    return pl.when(known).then(pl.concat_str(parts, separator="; ", ignore_nulls=True)).alias(what)
