"""The quality check of all tables. Rule of the room: no row disappears unsaid."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from powertheft.domain.errors import PowertheftError
from powertheft.domain.profiles import Profile
from powertheft.domain.quality import Action, Finding, QualityReport, TableCount
from powertheft.domain.tables import TABLES, CanonicalTable
from powertheft.quality.rules import REPAIRING, SETTING_ASIDE, SHOWING, Rule
from powertheft.quality.scene import Hit, Scene

Tables = dict[str, CanonicalTable[pl.DataFrame]]


class _Log:
    """What has been found so far."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.checked: list[str] = []

    def add(self, rule: Rule[object], hits: list[Hit], *, scene: Scene, action: Action) -> None:
        self.checked.append(f"{scene.table.name}.{rule.name}")
        for found in hits:
            self.findings.append(
                Finding(
                    rule=rule.name,
                    table=scene.table.name,
                    column=found.column,
                    file=scene.table.file,
                    severity=rule.severity,
                    action=action,
                    count=found.count,
                    share=found.count / scene.table.frame.height,
                    example_rows=found.rows,
                    meaning=rule.meaning,
                    effect=rule.effect,
                    detail=found.detail,
                )
            )


def check_tables(
    tables: Mapping[str, CanonicalTable[pl.DataFrame]], profile: Profile, *, today: date | None = None
) -> tuple[Tables, QualityReport]:
    """Return the tables with what cannot be repaired or set aside, and the report of it.

    `today` is the day after which dates lie in the future (the day of the check unless given).
    """
    today = today or date.today()
    names = [name for name in TABLES if name in tables]
    frames: dict[str, pl.DataFrame] = {}
    scenes = {name: Scene(tables[name].frame, tables[name], profile.table(name), frames, today) for name in names}
    log = _Log()
    # Consumers come first: who is left of them decides which rows of the other tables have no owner.
    counts = tuple(_set_aside(scenes[name], frames, log) for name in names)
    for name in names:
        _repair(scenes[name], frames, log)
    for name in names:
        _show(scenes[name], frames, log)
    notes = tuple(note for name in names for note in tables[name].notes)
    report = QualityReport(profile.name, counts, tuple(log.findings), tuple(log.checked), notes)
    return {name: replace(tables[name], frame=frames[name]) for name in names}, report


def _set_aside(scene: Scene, frames: dict[str, pl.DataFrame], log: _Log) -> TableCount:
    name, rows_in = scene.table.name, scene.frame.height
    reasons: dict[str, int] = {}
    for rule in SETTING_ASIDE:
        if name not in rule.tables:
            continue
        mask = rule.check(scene)
        hits = scene.hits(mask)
        log.add(rule, hits, scene=scene, action="set aside")
        if hits:
            reasons[rule.name] = hits[0].count
            scene = replace(scene, frame=scene.frame.filter(~mask))
    frames[name] = _number_again(scene) if reasons else scene.frame
    rows_used = frames[name].height
    if rows_in != rows_used + sum(reasons.values()):
        raise PowertheftError(f"rows of {name} were lost in the quality check")
    return TableCount(name, scene.table.file, rows_in, rows_used, rows_in - rows_used, reasons)


def _number_again(scene: Scene) -> pl.DataFrame:
    if not scene.has("sequence") or scene.has_own_sequence:
        return scene.frame
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    first = pl.when(~pl.lit(scene.repeats(scene.key))).then(place).forward_fill()
    return scene.frame.with_columns((place - first).alias("sequence"))


def _repair(scene: Scene, frames: dict[str, pl.DataFrame], log: _Log) -> None:
    name = scene.table.name
    for rule in REPAIRING:
        if name in rule.tables:
            frames[name], hits = rule.check(replace(scene, frame=frames[name]))
            log.add(rule, hits, scene=scene, action="repaired")


def _show(scene: Scene, frames: dict[str, pl.DataFrame], log: _Log) -> None:
    name = scene.table.name
    for rule in SHOWING:
        if name in rule.tables:
            log.add(rule, rule.check(replace(scene, frame=frames[name])), scene=scene, action="shown")
