"""The quality check of all tables, or of a part of them. Rule of the room: no row disappears unsaid."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from powertheft.domain.errors import PowertheftError
from powertheft.domain.profiles import Profile
from powertheft.domain.quality import RULE, AppliedRepair, QualityReport, Repair, TableCount
from powertheft.domain.tables import TABLES, CanonicalTable
from powertheft.quality.mending import number_again, take_step
from powertheft.quality.merging import Log, PartReport, merge_reports
from powertheft.quality.recipes import agreed_steps, check_recipe, default_recipe, standing_step
from powertheft.quality.rules import REPAIRING, SETTING_ASIDE, SHOWING
from powertheft.quality.scene import Scene
from powertheft.quality.summaries import Summary, summarise

Tables = dict[str, CanonicalTable[pl.DataFrame]]


def check_tables(
    tables: Mapping[str, CanonicalTable[pl.DataFrame]],
    profile: Profile,
    *,
    today: date | None = None,
    recipe: Sequence[Repair] | None = None,
    last: Summary | None = None,
) -> tuple[Tables, QualityReport]:
    """Return the tables with what cannot be repaired or set aside, and the full report of it.

    `today` is the day after which dates lie in the future (the day of the check unless given), `recipe` the steps that
    are taken (those of every command unless given), `last` the summary of the last version of the same data.
    """
    checked, part = check_part(tables, profile, today=today, recipe=recipe, in_full=True)
    return checked, merge_reports([part], last=last)


def check_part(
    tables: Mapping[str, CanonicalTable[pl.DataFrame]],
    profile: Profile,
    *,
    present: Collection[str] | None = None,
    today: date | None = None,
    recipe: Sequence[Repair] | None = None,
    in_full: bool = False,
) -> tuple[Tables, PartReport]:
    """Check and mend all tables of a range of consumers; the reports of all parts are merged into one.

    `present` are the tables that the whole has (those of the part unless given). Rules that are not run at import are
    left out unless `in_full`.
    """
    today, present = today or date.today(), frozenset(tables if present is None else present)
    recipe = default_recipe(present) if recipe is None else recipe
    check_recipe(recipe)
    names = [name for name in TABLES if name in tables]
    work = _Work({}, Log(), recipe, in_full)
    scenes = {
        name: Scene(tables[name].frame, tables[name], profile.table(name), work.frames, today, present)
        for name in names
    }
    work.go(scenes)
    checked = {name: replace(tables[name], frame=work.frames[name]) for name in names}
    notes = tuple(note for name in names for note in tables[name].notes)
    summary = summarise(checked, balance=in_full)
    return checked, PartReport(
        profile.name, work.counts(scenes), work.log, summary, notes, today, in_full, tuple(recipe)
    )


@dataclass
class _Work:
    """What is made of the tables on the way."""

    frames: dict[str, pl.DataFrame]
    log: Log
    recipe: Sequence[Repair]
    in_full: bool

    def go(self, scenes: dict[str, Scene]) -> None:
        # Consumers come first: who is left of them decides which rows of the other tables have no owner.
        for name, scene in scenes.items():
            scenes[name] = self.set_aside(scene)
        for name, scene in scenes.items():
            scenes[name] = self.mend(scene)
        for scene in scenes.values():
            self.show(scene)

    def set_aside(self, scene: Scene) -> Scene:
        name, rows_in = scene.table.name, scene.frame.height
        self.log.reasons[name] = {}
        for rule in SETTING_ASIDE:
            if name not in rule.tables:
                continue
            mask = rule.check(scene)
            hits = scene.hits(mask)
            self.log.add(rule, hits, table=name, action="set aside")
            if hits:
                self.log.reasons[name][rule.name] = hits[0].count
                scene = scene.with_rows(scene.frame.filter(~mask))
                step = Repair("drop", name, "", {RULE: rule.name})
                self.log.repairs.append(AppliedRepair(step, 0, hits[0].count))
        if rows_in > scene.frame.height:
            scene = scene.with_values(number_again(scene))
        self.frames[name] = scene.frame
        return scene

    def mend(self, scene: Scene) -> Scene:
        name = scene.table.name
        for rule in REPAIRING:
            if name not in rule.tables:
                continue
            hits = rule.check(scene)
            step = standing_step(self.recipe, name, rule.name)
            is_done = step is not None or rule.name == "unknown_code"
            self.log.add(rule, hits, table=name, action="repaired" if is_done else "shown")
            if step is not None and hits:
                scene = self._take(scene, step, {hit.column: hit.mask for hit in hits if hit.mask is not None})
        for step in agreed_steps(self.recipe, name):
            scene = self._take(scene, step, None)
        self.frames[name] = scene.frame
        return scene

    def show(self, scene: Scene) -> None:
        for rule in SHOWING:
            if scene.table.name in rule.tables and (rule.at_import or self.in_full):
                self.log.add(rule, rule.check(scene), table=scene.table.name, action="shown")

    def _take(self, scene: Scene, step: Repair, found: Mapping[str, pl.Series] | None) -> Scene:
        change = take_step(scene, step, found)
        changed, gone = change.applied
        self.log.repairs.append(AppliedRepair(step, changed, gone))
        if not gone:
            return scene.with_values(change.after)
        self.log.set_aside_by(step, scene, change.gone)
        return scene.with_rows(change.after)

    def counts(self, scenes: Mapping[str, Scene]) -> tuple[TableCount, ...]:
        counts: list[TableCount] = []
        for name, scene in scenes.items():
            reasons, rows_used = self.log.reasons[name], self.frames[name].height
            rows_in = scene.table.frame.height
            if rows_in != rows_used + sum(reasons.values()):
                raise PowertheftError(f"rows of {name} were lost in the quality check")
            counts.append(TableCount(name, scene.table.file, rows_in, rows_used, rows_in - rows_used, dict(reasons)))
        return tuple(counts)
