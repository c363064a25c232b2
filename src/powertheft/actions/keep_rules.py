"""The rules of the house, for programs and pages: list, add, remove, check. Rule of the room: compute nothing."""

from collections.abc import Sequence

from powertheft.actions.house import House
from powertheft.actions.known_rules import list_rules, own_rules
from powertheft.actions.write_rule import check_rule, remove_rule, write_rule
from powertheft.rules.writing import FieldFault, RuleForm


def list_house_rules(house: House) -> Sequence[dict[str, str]]:
    """Return every rule that is asked here: those built in and the squads' own."""
    house.check("model.read")
    return _rules(house)


def check_house_rule(house: House, form: RuleForm, *, replace: bool = False) -> tuple[FieldFault, ...]:
    """Say what is wrong with a rule, by field; nothing is written."""
    house.check("rule.write")
    return check_rule(form, file=house.home.rules, replace=replace)


def add_house_rule(house: House, form: RuleForm, *, replace: bool = False) -> dict[str, str]:
    """Write a rule into the squads' own file and return it; `replace` puts it in the place of the one of that name."""
    house.check("rule.write")
    with house.begin() as work:
        work.audit.record("rule.written", form.name.strip()[:100], {"feature": form.feature[:100], "replaced": replace})
        # Within the transaction: where the rule is refused, nothing is set down as written.
        rule = write_rule(form, file=house.home.rules, replace=replace)
    return next(one for one in _rules(house) if one["name"] == rule.name)


def remove_house_rule(house: House, name: str) -> None:
    """Take a rule out of the squads' own file."""
    house.check("rule.write")
    with house.begin() as work:
        work.audit.record("rule.removed", name[:100])
        remove_rule(name, file=house.home.rules)


def _rules(house: House) -> list[dict[str, str]]:
    return list_rules(own_rules(None, house.home.path))
