"""Rules that the squads trust: list, add, check, remove. Rule of the room: knows the use cases only."""

from collections.abc import Mapping
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from powertheft.actions import keep_rules
from powertheft.actions.write_rule import RuleForm
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.shapes import Asked, Paging, Part, Told, nothing, part_of

pages = APIBlueprint("rules", __name__, url_prefix="/rules", tag="Rules")

Field500 = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class RuleTold(Told):
    """A rule: what it looks at, from which threshold it fires, where it comes from."""

    name: str
    title: str
    points_at: str
    fires: str
    weight: str
    needs: str
    source: str


class RulePart(Part):
    """The built-in rules and the squads' own."""

    items: list[RuleTold]


class RuleAsked(Asked):
    """A rule of one condition; `threshold` holds words with commas for the comparison "one of"."""

    name: Field500
    feature: Field500
    comparison: Field500
    threshold: Field500
    sentence: Field500
    source: Field500
    weight: Field500 = "2"
    may_mean: Field500 = ""
    replace: bool = False

    def form(self) -> RuleForm:
        """Return the rule as it was written."""
        return RuleForm(**self.model_dump(exclude={"replace"}))


class FaultTold(Told):
    """What is wrong with one field, and what to do."""

    field: str
    what: str
    advice: str


class FaultsTold(Told):
    """Nothing, where the rule could be added."""

    faults: list[FaultTold]


@pages.get("")
@needs("model.read")
@pages.input(Paging, location="query")
@pages.output(RulePart)
def list_rules(query_data: Paging) -> Mapping[str, Any]:
    """List the rules that are asked here."""
    return part_of(keep_rules.list_house_rules(current_house()), query_data)


@pages.post("")
@needs("rule.write")
@pages.input(RuleAsked)
@pages.output(RuleTold, status_code=201)
def add_rule(json_data: RuleAsked) -> Any:
    """Add a rule to the squads' own."""
    return keep_rules.add_house_rule(current_house(), json_data.form(), replace=json_data.replace)


@pages.post("/check")
@needs("rule.write")
@pages.input(RuleAsked)
@pages.output(FaultsTold)
def check_rule(json_data: RuleAsked) -> dict[str, Any]:
    """Say what is wrong with a rule, by field; nothing is written."""
    return {"faults": keep_rules.check_house_rule(current_house(), json_data.form(), replace=json_data.replace)}


@pages.delete("/<name>")
@needs("rule.write")
@pages.output({}, status_code=204)
def remove_rule(name: str) -> ResponseReturnValue:
    """Take a rule out of the squads' own; built-in ones stay."""
    with absent_is_not_found():
        keep_rules.remove_house_rule(current_house(), name)
    return nothing()
