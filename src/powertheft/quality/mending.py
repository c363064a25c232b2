"""One step taken on one table, and what it would do. Rule of the room: nothing is repaired silently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from powertheft.domain.errors import ChoiceError
from powertheft.domain.profiles import Profile
from powertheft.domain.quality import AppliedRepair, Example, Preview, Repair
from powertheft.domain.tables import SOURCE_ROW, CanonicalTable
from powertheft.quality.recipes import check_recipe, rows_of
from powertheft.quality.repairs import REPAIRS
from powertheft.quality.scene import EXAMPLES, Scene

Tables = dict[str, CanonicalTable[pl.DataFrame]]


@dataclass(frozen=True, slots=True)
class Change:
    """A table before and after a step: the rows it set aside, and the rows in which it changed each column."""

    before: pl.DataFrame
    after: pl.DataFrame
    gone: pl.Series
    changed: Mapping[str, pl.Series]

    @property
    def applied(self) -> tuple[int, int]:
        """How many rows were changed, and how many set aside."""
        masks = list(self.changed.values())
        rows = pl.DataFrame([mask.alias(str(n)) for n, mask in enumerate(masks)]) if masks else None
        changed = int(rows.select(pl.any_horizontal(pl.all())).to_series().sum()) if rows is not None else 0
        return changed, int(self.gone.sum())


def take_step(scene: Scene, step: Repair, found: Mapping[str, pl.Series] | None = None) -> Change:
    """Take a step on the rows that it is told, or on those found."""
    before, kind = scene.frame, REPAIRS[step.name]
    after = before
    for column, mask in (rows_of(scene, step) if found is None else found).items():
        now = scene.with_rows(after) if kind.drops else scene.with_values(after)
        after = kind.step(now, mask, replace(step, column=column or step.column))
        if kind.drops:
            break
    after = number_again(scene.with_rows(after)) if after.height < before.height else after
    return _compare(before, after)


def number_again(scene: Scene) -> pl.DataFrame:
    """Return the rows with the repeats of a key counted anew."""
    if not scene.has("sequence") or scene.has_own_sequence:
        return scene.frame
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    first = pl.when(~pl.lit(scene.repeated)).then(place).forward_fill()
    return scene.frame.with_columns((place - first).alias("sequence"))


def apply(
    repairs: Sequence[Repair],
    tables: Mapping[str, CanonicalTable[pl.DataFrame]],
    profile: Profile,
    *,
    today: date | None = None,
) -> tuple[Tables, tuple[AppliedRepair, ...]]:
    """Take steps on canonical tables that were checked, in order, and return the tables and what each step did."""
    done: list[AppliedRepair] = []
    mended = dict(tables)
    for step, change in _steps(repairs, mended, profile, today):
        done.append(AppliedRepair(step, *change.applied))
    return mended, tuple(done)


def preview(
    repairs: Sequence[Repair],
    tables: Mapping[str, CanonicalTable[pl.DataFrame]],
    profile: Profile,
    *,
    today: date | None = None,
) -> list[Preview]:
    """Return what the steps would do, one after the other: rows touched, and some of them before and after.

    Rows are shown by their number in the file, never by a consumer.
    """
    shown: list[Preview] = []
    for step, change in _steps(repairs, dict(tables), profile, today):
        changed, gone = change.applied
        share = (changed + gone) / max(1, change.before.height)
        shown.append(Preview(step, tables[step.table].file, changed, gone, share, _examples(change)))
    return shown


def _steps(repairs: Sequence[Repair], tables: Tables, profile: Profile, today: date | None):
    check_recipe(repairs)
    for step in repairs:
        if step.table not in tables:
            raise ChoiceError(f"the data have no table {step.table}", advice=f"They have {', '.join(tables)}.")
        table = tables[step.table]
        if step.column and step.column not in table.frame.columns:
            raise ChoiceError(f"{step.table} has no column {step.column}", file=table.file)
        frames = {name: one.frame for name, one in tables.items()}
        scene = Scene(table.frame, table, profile.table(table.name), frames, today or date.today(), frozenset(tables))
        change = take_step(scene, step)
        tables[step.table] = replace(table, frame=change.after)
        yield step, change


def _compare(before: pl.DataFrame, after: pl.DataFrame) -> Change:
    if after.height < before.height:
        gone = ~before[SOURCE_ROW].is_in(after[SOURCE_ROW].implode())
        kept = before.filter(~gone)
    else:
        gone, kept = pl.repeat(value=False, n=before.height, dtype=pl.Boolean, eager=True), before
    names = [name for name in before.columns if name != "sequence" and kept[name] is not after[name]]
    masks = {name: kept[name].ne_missing(after[name]) for name in names}
    return Change(before, after, gone, {name: mask for name, mask in masks.items() if mask.any()})


def _examples(change: Change) -> tuple[Example, ...]:
    rows = change.before[SOURCE_ROW].filter(change.gone).bottom_k(EXAMPLES).sort()
    shown = [Example(int(row), "", "used", "set aside") for row in rows]
    kept = change.before.filter(~change.gone) if shown else change.before
    for name, mask in change.changed.items():
        pairs = pl.DataFrame({"row": kept[SOURCE_ROW], "before": kept[name], "after": change.after[name]})
        for row, before, after in pairs.filter(mask).bottom_k(EXAMPLES, by="row").sort("row").iter_rows():
            shown.append(Example(int(row), name, _text(before), _text(after)))
    return tuple(shown)


def _text(value: object) -> str:
    if value is None:
        return "missing"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
