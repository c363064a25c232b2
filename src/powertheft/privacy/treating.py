"""What becomes of a personal column: dropped, a pseudonym, a position rounded, or kept because somebody said why.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from powertheft.domain.errors import ChoiceError
from powertheft.privacy.positions import rounded_position, rounded_text
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.privacy.words import header_words

How = Literal["drop", "pseudonymise", "round", "keep"]

_NORTH = {"lat", "latitude", "y", "north", "அட்சரேகை"}
_EAST = {"lon", "long", "lng", "longitude", "x", "east", "தீர்க்கரேகை"}


@dataclass(frozen=True, slots=True)
class Treatment:
    """What becomes of one column: `what` is in it, `how` it is treated, and why where it is kept."""

    what: str
    how: How
    reason: str = ""


def proposed(what: str) -> Treatment:
    """Return what is done unless the user says otherwise: positions are rounded, everything else is dropped."""
    return Treatment(what, "round" if what == "coordinates" else "drop")


def check_treatment(column: str, treatment: Treatment) -> None:
    """Refuse to keep what identifies a person without a reason."""
    if treatment.how == "keep" and not treatment.reason.strip():
        msg = f"holds what identifies a person ({treatment.what}) and is kept without a reason"
        raise ChoiceError(msg, column=column, advice="Say why it must be kept, or drop or pseudonymise it.")


def treated(frame: pl.DataFrame, treatments: Mapping[str, Treatment], pseudonyms: Pseudonyms) -> pl.DataFrame:
    """Return a batch in which every named column is what its treatment says; a rounded position is in its column.

    Of a latitude and a longitude the first column becomes the position, and the second is gone. Where a number cannot
    be told to be the one or the other, no position is left.
    """
    present = {name: treatment for name, treatment in treatments.items() if name in frame.columns}
    for name, treatment in present.items():
        check_treatment(name, treatment)
    by_how = {how: [name for name in present if present[name].how == how] for how in ("pseudonymise", "round", "drop")}
    done = [pseudonyms.of(frame.get_column(name), present[name].what) for name in by_how["pseudonymise"]]
    rounded = _rounded(by_how["round"])
    gone = {*by_how["drop"], *by_how["round"]} - {expression.meta.output_name() for expression in rounded}
    return frame.with_columns(done).with_columns(rounded).drop(gone)


def _rounded(columns: Sequence[str]) -> list[pl.Expr]:
    """Return the positions of columns, told apart by their names alone: every batch must end in the same columns."""
    north, east = _with_word(columns, _NORTH), _with_word(columns, _EAST)
    single = [rounded_text(pl.col(name).cast(pl.String)).alias(name) for name in columns if name not in {*north, *east}]
    if len(north) != 1 or len(east) != 1:
        return single
    first = next(name for name in columns if name in {*north, *east})
    return [*single, rounded_position(pl.col(north[0]), pl.col(east[0])).alias(first)]


def _with_word(columns: Sequence[str], listed: set[str]) -> list[str]:
    return [name for name in columns if not listed.isdisjoint(header_words(name))]
