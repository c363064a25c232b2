"""Every use case that is given a house asks first whether its actor may: the actions are walked."""

import ast
from pathlib import Path

import pytest

from powertheft import actions
from powertheft.domain.permissions import PERMISSIONS

FOLDER = Path(actions.__file__).parent
PARTS = {
    # Asks nothing itself: what it is handed is the use case, which does.
    "ask_once.ask_once",
    # Parts of use cases that have asked already: they are given the house to look something up, or to write a plan out.
    "import_dataset.follow_plan",
    "import_dataset.write_planned",
    "import_dataset.register",
    "keep_persons.persons_kept",
    "labels_of_house.recorded_cases",
    "labels_of_house.with_outcomes",
    "model_versions.model_folder",
    "scored_reasons.feature_of_reason",
    "scorings.scoring_folder",
    "shared_visits.sharing_of",
    "work_jobs.dataset_reference",
    "work_jobs.with_exploration",
    "work_jobs.model_reference",
    # The house's own: a worker asks for what is due and sends it, whoever's work it was that raised the alert.
    "send_alerts.ask_for_what_is_due",
    "send_alerts.send_alerts",
}


def takes_a_house(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or not node.args.args:
        return False
    annotation = node.args.args[0].annotation
    return annotation is not None and ast.unparse(annotation) == "House"


def given_a_house() -> dict[str, ast.stmt]:
    return {
        f"{path.stem}.{node.name}": node
        for path in sorted(FOLDER.glob("*.py"))
        for node in ast.parse(path.read_text("utf-8")).body
        if takes_a_house(node)
    }


USE_CASES = given_a_house()


def test_the_exceptions_are_there():
    assert set(USE_CASES) >= PARTS


@pytest.mark.parametrize("name", sorted(set(USE_CASES) - PARTS))
def test_a_use_case_asks_first_whether_the_actor_may(name):
    first = ast.unparse(USE_CASES[name].body[1])
    assert first.startswith("house.check('")
    assert first.removeprefix("house.check('").removesuffix("')") in PERMISSIONS
