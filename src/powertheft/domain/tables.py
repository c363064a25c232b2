"""The canonical tables: the only shapes that cross a room. Rule of the room: the standard library only.

Other columns of a file ride along as attributes behind the canonical ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Kind = Literal["text", "category", "number", "integer", "date", "datetime", "boolean"]

FrameT = TypeVar("FrameT")

SOURCE_ROW = "source_row"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table: its name, kind, unit ("" for none) and meaning."""

    name: str
    kind: Kind
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table: its name, key columns and columns in order (key columns included)."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column | None:
        """Return the canonical column of that name, or None for an attribute."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """Words of one column that the profile's code list does not hold; they were set to missing."""

    column: str
    count: int
    rows: tuple[int, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CanonicalTable(Generic[FrameT]):
    """One canonical table with its rows.

    The frame is sorted by the table's key. It holds the key columns (always), the other canonical columns that the
    profile maps, the `attributes` (name -> kind) that ride along, and `source_row`: the row of `file` as a person
    counts it. The domain knows no dataframe library, so the frame's type is a parameter.
    """

    name: str
    frame: FrameT
    file: str
    attributes: Mapping[str, Kind]
    unknown_codes: tuple[UnknownCode, ...] = ()
    notes: tuple[str, ...] = ()


CONSUMERS = Table(
    "consumers",
    ("consumer_id",),
    (
        Column("consumer_id", "text", "", "number of the service connection"),
        Column("category", "category", "", "category of supply (domestic, industry, ...)"),
        Column("tariff", "category", "", "tariff code"),
        Column("region", "category", "", "region or circle"),
        Column("district", "category", "", "district or division"),
        Column("section", "category", "", "section office"),
        Column("feeder_id", "category", "", "feeder that supplies the connection"),
        Column("transformer_id", "category", "", "distribution transformer that supplies the connection"),
        Column("sanctioned_load", "number", "kW", "sanctioned load"),
        Column("phase", "category", "", "single or three phase"),
        Column("connected_on", "date", "", "date of connection"),
        Column("position", "text", "", "position, rounded to about 1 km"),
    ),
)

READINGS = Table(
    "readings",
    ("consumer_id", "commodity", "meter_id", "read_on", "sequence"),
    (
        Column("consumer_id", "text", "", "number of the service connection"),
        Column("commodity", "category", "", "electricity or gas"),
        Column("meter_id", "text", "", "number of the meter"),
        Column("read_on", "date", "", "date of the reading"),
        Column("sequence", "integer", "", "order of several bills of one day, from 0"),
        Column("energy", "number", "kWh", "energy billed"),
        Column("period_days", "number", "days", "days that the bill covers"),
        Column("previous_index", "number", "", "register before"),
        Column("current_index", "number", "", "register now"),
        Column("meter_status", "category", "", "status of the meter"),
        Column("reading_code", "category", "", "remark of the reader"),
        Column("is_estimated", "boolean", "", "true where the energy was estimated or the door was locked"),
        Column("amount", "number", "currency", "amount billed"),
        Column("maximum_demand", "number", "kW", "maximum demand"),
        Column("power_factor", "number", "", "power factor"),
        Column("export_energy", "number", "kWh", "energy exported (rooftop solar)"),
    ),
)

INTERVALS = Table(
    "intervals",
    ("consumer_id", "start"),
    (
        Column("consumer_id", "text", "", "number of the service connection"),
        Column("start", "datetime", "", "start of the interval"),
        Column("energy", "number", "kWh", "energy in the interval"),
    ),
)

INSPECTIONS = Table(
    "inspections",
    ("consumer_id", "inspected_on", "sequence"),
    (
        Column("consumer_id", "text", "", "number of the service connection"),
        Column("inspected_on", "date", "", "date of the visit; empty where it is not known"),
        Column("sequence", "integer", "", "order of several visits of one day, from 0"),
        Column("outcome", "category", "", "what was found"),
        Column("energy_assessed", "number", "kWh", "energy assessed"),
        Column("amount_assessed", "number", "currency", "amount assessed"),
        Column("drawn_by", "category", "", "list, random or other"),
        Column("inclusion_probability", "number", "", "probability with which a random visit was drawn"),
    ),
)

PAYMENTS = Table(
    "payments",
    ("consumer_id", "paid_on"),
    (
        Column("consumer_id", "text", "", "number of the service connection"),
        Column("paid_on", "date", "", "date of the payment"),
        Column("amount", "number", "currency", "amount paid"),
        Column("arrears", "number", "currency", "amount still owed"),
        Column("disconnected_on", "date", "", "date of disconnection"),
        Column("reconnected_on", "date", "", "date of reconnection"),
    ),
)

TRANSFORMER_READINGS = Table(
    "transformer_readings",
    ("transformer_id", "read_on"),
    (
        Column("transformer_id", "category", "", "distribution transformer"),
        Column("read_on", "date", "", "date of the reading"),
        Column("energy_supplied", "number", "kWh", "energy through the transformer's meter"),
        Column("energy_unmetered", "number", "kWh", "street light and other known use without a bill"),
        Column("period_days", "number", "days", "days that the reading covers"),
    ),
)

EVENTS = Table(
    "events",
    ("consumer_id", "occurred_at"),
    (
        Column("consumer_id", "text", "", "number of the service connection"),
        Column("occurred_at", "datetime", "", "when the event began"),
        Column("event_code", "category", "", "code of the event (IS 15959 in India)"),
        Column("duration", "number", "hours", "how long it lasted"),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table for table in (CONSUMERS, READINGS, INTERVALS, INSPECTIONS, PAYMENTS, TRANSFORMER_READINGS, EVENTS)
}
