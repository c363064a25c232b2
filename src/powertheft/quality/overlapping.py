"""Rows that come again after they were mended. Rule of the room: no row disappears unsaid."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from powertheft.domain.profiles import Profile
from powertheft.domain.quality import Repair
from powertheft.domain.tables import SOURCE_ROW, CanonicalTable
from powertheft.quality.recipes import agreed_steps, rows_of
from powertheft.quality.repairing import PERIOD
from powertheft.quality.repairs import REPAIRS
from powertheft.quality.rules import REPAIRING
from powertheft.quality.scene import Hit, Scene

_KNOWN, _ROW, _EMPTIED, _DERIVED = ", known", "row, numbered", ", would be emptied", ", would be derived"


def with_repairs_known(
    tables: Mapping[str, CanonicalTable[pl.DataFrame]], profile: Profile, *, known_row: int, recipe: Sequence[Repair]
) -> dict[str, CanonicalTable[pl.DataFrame]]:
    """Return tables in which new rows that are known already have the values that they were mended to.

    Rows of the version that is added to have `known_row` as their row of the file. A new row is known if it differs
    from one of these only where a rule that mends points at it and the other is empty, or where a period is derived or
    a step of the recipe is taken. It is then an exact duplicate, and set aside as one.
    """
    frames = {name: table.frame for name, table in tables.items()}
    scenes = {
        name: Scene(table.frame, table, profile.table(name), frames, date.today(), frozenset(tables))
        for name, table in tables.items()
    }
    return {
        name: replace(tables[name], frame=_with_repairs_known(scene, scene.frame[SOURCE_ROW] == known_row, recipe))
        for name, scene in scenes.items()
    }


def _with_repairs_known(scene: Scene, known: pl.Series, recipe: Sequence[Repair]) -> pl.DataFrame:
    emptied = _emptied(scene)
    derived = _derived(scene, recipe) | ({PERIOD: emptied[PERIOD]} if PERIOD in emptied else {})
    masks = pl.DataFrame(
        [mask.alias(f"{column}{_EMPTIED}") for column, mask in emptied.items()]
        + [mask.alias(f"{column}{_DERIVED}") for column, mask in derived.items()]
    )
    if not masks.width:
        return scene.frame
    frame = scene.frame.with_row_index(_ROW)
    asked = pl.concat((frame, masks), how="horizontal").filter(pl.any_horizontal(masks.columns) & ~known)
    both = asked.join(frame.filter(known), on=scene.key, nulls_equal=True, suffix=_KNOWN)
    apart = {SOURCE_ROW} if scene.has_own_sequence else {SOURCE_ROW, "sequence"}
    same = [_is_same(name, masks.columns) for name in scene.frame.columns if name not in {*apart, *scene.key}]
    rows = both.filter(pl.all_horizontal(same)).unique(_ROW, keep="first", maintain_order=True)
    mended = rows.select(_ROW, *(pl.col(f"{name}{_KNOWN}").alias(name) for name in {**emptied, **derived}))
    return frame.update(mended, on=_ROW, include_nulls=True).drop(_ROW)


def _is_same(name: str, masks: Collection[str]) -> pl.Expr:
    here, known = pl.col(name), pl.col(f"{name}{_KNOWN}")
    same = here.eq_missing(known)
    if f"{name}{_EMPTIED}" in masks:
        same |= pl.col(f"{name}{_EMPTIED}") & known.is_null()
    if f"{name}{_DERIVED}" in masks:
        same |= pl.col(f"{name}{_DERIVED}")
    return same


def _emptied(scene: Scene) -> dict[str, pl.Series]:
    rules = [rule for rule in REPAIRING if scene.table.name in rule.tables and rule.name != "unknown_code"]
    return _by_column(scene, [hit for rule in rules for hit in rule.check(scene)])


def _derived(scene: Scene, recipe: Sequence[Repair]) -> dict[str, pl.Series]:
    """Return the cells that a step of the recipe changes, to values that do not follow from the row alone."""
    found: dict[str, pl.Series] = {}
    for step in agreed_steps(recipe, scene.table.name):
        rows = {} if REPAIRS[step.name].drops else rows_of(scene, step)
        for column, mask in rows.items():
            if scene.has(column):
                found[column] = found[column] | mask if column in found else mask
    return found


def _by_column(scene: Scene, hits: Sequence[Hit]) -> dict[str, pl.Series]:
    found: dict[str, pl.Series] = {}
    for hit in hits:
        if hit.mask is not None and scene.has(hit.column):
            found[hit.column] = found[hit.column] | hit.mask if hit.column in found else hit.mask
    return found
