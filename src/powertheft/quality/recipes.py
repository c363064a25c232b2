"""Recipes: which steps mend a dataset, in order. Rule of the room: nothing is repaired silently.

The default recipe names what every command does without being asked. Rows that belong to nobody or to no day, and rows
that stand there twice, are set aside in any recipe: nothing could be put in order with them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import polars as pl

from powertheft.domain.errors import ChoiceError
from powertheft.domain.quality import RULE, Repair
from powertheft.domain.tables import TABLES
from powertheft.quality.repairs import CONDITIONS, OWN_RULE, REPAIRS
from powertheft.quality.rules import MENDED_BY, REPAIRING, SETTING_ASIDE, SHOWING, Rule
from powertheft.quality.scene import Hit, Scene

POINTING: Mapping[str, Rule[Callable[[Scene], list[Hit]]]] = {rule.name: rule for rule in (*REPAIRING, *SHOWING)}
"""The rules that point at rows which a step can be told to mend."""


def default_recipe(present: Collection[str]) -> tuple[Repair, ...]:
    """Return the steps that every command takes on these tables."""
    tables = [name for name in TABLES if name in present]
    aside = [Repair("drop", t, "", {RULE: rule.name}) for t in tables for rule in SETTING_ASIDE if t in rule.tables]
    mended = [
        Repair(MENDED_BY[rule.name], table, "", {RULE: rule.name})
        for table in tables
        for rule in REPAIRING
        if table in rule.tables and rule.name in MENDED_BY
    ]
    return (*aside, *mended)


def standing_step(recipe: Iterable[Repair], table: str, rule: str) -> Repair | None:
    """Return the step of a recipe that is taken in place as soon as the rule finds something, if it has one."""
    found = (step for step in recipe if step.table == table and step.parameters.get(RULE) == rule)
    return next((step for step in found if step.name == MENDED_BY.get(rule) and not step.column), None)


def agreed_steps(recipe: Iterable[Repair], table: str) -> list[Repair]:
    """Return the steps that somebody agreed to beyond those that are taken in place, in order."""
    aside = {rule.name for rule in SETTING_ASIDE}
    own = [step for step in recipe if step.table == table]
    return [
        step
        for step in own
        if not (step.name == "drop" and step.parameters.get(RULE) in aside)
        and step is not standing_step(own, table, str(step.parameters.get(RULE)))
    ]


def check_recipe(recipe: Sequence[Repair]) -> None:
    """Refuse steps that are not known, or are told of a rule, table or parameter that is not."""
    aside = {rule.name for rule in SETTING_ASIDE}
    for step in recipe:
        if step.table not in TABLES:
            raise ChoiceError(f"there is no table {step.table!r}", advice=f"Tables are {', '.join(TABLES)}.")
        kind = REPAIRS.get(step.name)
        if kind is None:
            raise ChoiceError(f"there is no repair {step.name!r}", advice=f"Repairs are {', '.join(REPAIRS)}.")
        rule = str(step.parameters.get(RULE, OWN_RULE.get(step.name, "")))
        pointing = POINTING.get(rule)
        if rule and rule not in aside and (pointing is None or step.table not in pointing.tables):
            raise ChoiceError(f"no rule {rule!r} points at rows of {step.table}", advice=_rules_of(step.table))
        strange = set(step.parameters) - {*CONDITIONS, *kind.parameters}
        if strange:
            raise ChoiceError(
                f"the repair {step.name} has no parameter {sorted(strange)[0]!r}",
                advice=f"It has {', '.join([*kind.parameters, *CONDITIONS])}.",
            )
        _check_parameters(step)


def rows_of(scene: Scene, step: Repair) -> dict[str, pl.Series]:
    """Return the rows that a step mends, by column ("" for whole rows)."""
    rule = str(step.parameters.get(RULE, OWN_RULE.get(step.name, "")))
    if rule:
        hits = POINTING[rule].check(scene)
        own = {hit.column: hit.mask for hit in hits if hit.mask is not None}
        if not step.column or step.column in own:
            return {name: mask for name, mask in own.items() if step.column in {"", name}}
        masks = list(own.values())
        return {step.column: _any(masks)} if masks else {}
    return {step.column: scene.mask(_condition(step))}


def _any(masks: Sequence[pl.Series]) -> pl.Series:
    both = masks[0]
    for mask in masks[1:]:
        both = both | mask
    return both


def _condition(step: Repair) -> pl.Expr:
    column, conditions = pl.col(step.column), list[pl.Expr]()
    if "below" in step.parameters:
        conditions.append(column < step.parameters["below"])
    if "above" in step.parameters:
        conditions.append(column > step.parameters["above"])
    if step.name == "clip" and not conditions:
        conditions += [column < step.parameters["minimum"]] if "minimum" in step.parameters else []
        conditions += [column > step.parameters["maximum"]] if "maximum" in step.parameters else []
    return pl.any_horizontal(conditions) if conditions else column.is_null()


def _check_parameters(step: Repair) -> None:
    is_told = bool(step.column) or RULE in step.parameters or step.name in OWN_RULE
    missing = ""
    if step.name == "rescale" and not isinstance(step.parameters.get("factor"), (int, float)):
        missing = "needs a factor that is a number"
    elif step.name == "clip" and not {"minimum", "maximum"} & set(step.parameters):
        missing = "needs a minimum or a maximum"
    elif not is_told or (not set(step.parameters) & {*CONDITIONS, "minimum", "maximum"} and not _tells_itself(step)):
        missing = "must be told its rows"
    if missing:
        raise ChoiceError(
            f"the repair {step.name} of {step.table} {missing}", advice="Name a rule, or a column and below or above."
        )


def _tells_itself(step: Repair) -> bool:
    return REPAIRS[step.name].fills or step.name in OWN_RULE


def _rules_of(table: str) -> str:
    return f"Rules are {', '.join(name for name, rule in POINTING.items() if table in rule.tables)}."
