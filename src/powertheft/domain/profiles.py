"""How one utility's export becomes the canonical tables: a profile. Rule of the room: the standard library only.

The words are data (TOML files in the profiles room, or a user's own); this module is their shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from powertheft.domain.tables import Kind
from powertheft.domain.tariffs import Tariff

LabelScope = Literal["inspected", "everybody"]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Where one canonical column comes from.

    `sources` are added up where there are several; with `any_of` instead, the first of those names that the file has
    (in any case of letters) is the source. `factor` turns the source's unit into ours. `codes` translates the
    source's words; a word that it does not hold is an unknown code. `valid` lists the words that may occur where they
    are kept as they are. `minimum` and `maximum` bound what can be, in our unit. `day_month_swapped` says that somebody
    once read D/M as M/D wherever that was possible: dates with a day up to 12 are turned back. `number_style` (an
    example of a number: "1,23,456.78") and `date_format` are found in the whole column; empty: not settled yet.
    """

    target: str
    sources: tuple[str, ...]
    factor: float = 1.0
    codes: Mapping[str, str] = field(default_factory=dict[str, str])
    valid: frozenset[str] = frozenset()
    minimum: float | None = None
    maximum: float | None = None
    any_of: tuple[str, ...] = ()
    day_month_swapped: bool = False
    number_style: str = ""
    date_format: str = ""


@dataclass(frozen=True, slots=True)
class WideColumns:
    """A table with one column a day (or month, or time of day): what their names and their cells are.

    `formats` are the ways a name may be written. `value` is the canonical column of the cells and `at` that of the date
    in the name; where names are times of day only, `day` is the column of the file that holds their date. A name that
    is a month stands for its last day. An empty cell is a missing reading and makes no row.
    """

    formats: tuple[str, ...]
    value: str
    at: str
    day: str = ""
    factor: float = 1.0
    number_style: str = ""
    date_format: str = ""


@dataclass(frozen=True, slots=True)
class TableMapping:
    """One canonical table: the file it is read from, its columns, and the attributes that ride along.

    `attributes` names further columns of the file and their kind; `attribute_sources` gives the file's name for those
    that are called otherwise there, `attribute_styles` the date format or number style of each, once it is settled.
    `wide` says that a row holds many readings. `file` is a file name without its ending, or "*" for the only file
    given. With `keep_others` every column that is named nowhere rides along too, numeric where all its values are
    numbers, else categorical.
    """

    table: str
    file: str
    required: bool
    columns: tuple[ColumnMapping, ...]
    attributes: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    keep_others: bool = False
    attribute_sources: Mapping[str, str] = field(default_factory=dict[str, str])
    attribute_styles: Mapping[str, str] = field(default_factory=dict[str, str])
    wide: WideColumns | None = None

    def column(self, target: str) -> ColumnMapping | None:
        """Return the mapping of that canonical column, or None where the profile has none."""
        return next((column for column in self.columns if column.target == target), None)


@dataclass(frozen=True, slots=True)
class Profile:
    """One utility's words: tables, date formats (first that fits the whole column), currency, labels and tariffs.

    `label_scope` "everybody" says that the labels cover all consumers of the file; "inspected" that they cover only
    those whom somebody chose to visit. Where there is no outcome nothing is known in either. `tariff_column` names the
    canonical consumer column that the tariffs' categories refer to.
    """

    name: str
    title: str
    currency: str
    date_formats: tuple[str, ...]
    label_scope: LabelScope
    tables: tuple[TableMapping, ...]
    tariffs: tuple[Tariff, ...] = ()
    tariff_column: str = "category"
    notes: str = ""

    def table(self, name: str) -> TableMapping | None:
        """Return the mapping of that canonical table, or None where the profile has none."""
        return next((table for table in self.tables if table.table == name), None)

    def files(self) -> dict[str, bool]:
        """Return the files that the profile names and whether they must be there.

        Examples
        --------
        >>> client = TableMapping("consumers", "client", True, ())
        >>> label = TableMapping("inspections", "client", False, ())
        >>> Profile("steg", "", "TND", (), "everybody", (client, label)).files()
        {'client': True}
        """
        needed: dict[str, bool] = {}
        for table in self.tables:
            needed[table.file] = needed.get(table.file, False) or table.required
        return needed
