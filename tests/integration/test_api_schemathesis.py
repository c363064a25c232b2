"""Whatever is sent to the API, its answer is one that its document names: no operation breaks, no answer surprises.

Schemathesis makes up requests from the OpenAPI document, right ones and wrong ones, and sends them to a house with a
scored utility in it. Names and numbers in addresses are swapped for some that are there, so that requests reach further
than "there is no such thing".
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import polars as pl
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from powertheft.actions import intakes
from powertheft.actions.house import House
from powertheft.actions.inspections import propose_cases
from powertheft.actions.scorings import LIST, get_scoring, scoring_folder
from powertheft.actions.tokens import NewToken, make_token
from powertheft.actions.work_jobs import enqueue_collect
from powertheft.api.application import BLUEPRINTS, PLACE, create_api
from powertheft.api.services import ApiServices
from powertheft.domain.accounts import token_hash
from powertheft.domain.permissions import PERMISSIONS, ROLES, Actor
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import open_store
from tests.scored_utility import make_scored

EXAMPLES = 150 if os.environ.get("POWERTHEFT_PROVE") else 6
QUIET = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
BODIES: dict[str, list[Any]] = {
    "dataset": ["bills", "bills@1"],
    "model": ["theft", "theft@1"],
    "first": ["theft@1"],
    "second": ["theft@1", "theft@2"],
    "scoring": [1],
    "numbers": [[1, 2], [3]],
    "to": ["root"],
    "outcome": ["theft", "normal"],
    "name": ["mine"],
    "features": [["change_ratio_6m"], ["energy_mean"]],
    "capacity": ["1%", "200"],
    "cutoff": ["f1", "value"],
    "rank_by": ["probability", "amount"],
    "algorithm": ["lightgbm"],
    "cron": ["0 2 * * *"],
    "choices": [{}, {"folds": 1}],
    "roles": [["analyst"]],
}
"""What fields of a body can name in this house, so that what is asked for can be done."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("world")
    home = read_home(root / "home", {})
    home.make()
    with open_store(home.database) as store:
        with store.begin("test") as work:
            work.accounts.add_link(token_hash("link"), roles=frozenset(ROLES))
            work.accounts.join(token_hash("link"), name="root", full_name="Root", password_hash="none")
        filled = House(home, store, Actor("root", PERMISSIONS))
        make_scored(filled, root / "export")
        propose_cases(filled, 1, visits=20)
        enqueue_collect(filled)
        yield filled


@pytest.fixture(scope="module")
def there(house: House) -> dict[str, list[Any]]:
    """What an address can name in this house."""
    listed = pl.read_parquet(scoring_folder(house, get_scoring(house)) / LIST)
    return {
        "name": ["bills", "theft"],
        "number": [1, 2],
        "intake": [intakes.start(house).token],
        "consumer": listed["consumer_id"].head(2).to_list(),
    }


@pytest.fixture(scope="module")
def document(house: House, there: dict[str, list[Any]]) -> Any:
    """The document of a served API, and a token for all of it that is sent with every request."""
    key, _ = make_token(house.store, house.actor, NewToken("fuzz", sorted(PERMISSIONS), 1))
    chosen = WebSettings("k" * 32, ("localhost",))
    often = {"requests_a_minute": 10**6, "refusals_a_minute": 10**6}
    served = create_api(ApiServices(house.for_actor, house.store, chosen, **often))
    loaded = schemathesis.openapi.from_wsgi(f"{PLACE}/openapi.json", DispatcherMiddleware(NotFound(), {PLACE: served}))

    @loaded.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        # What is deleted or closed by chance would be missing for all that come later.
        if (
            not path_parameters
            or context.operation.method == "delete"
            or context.operation.path.startswith("/accounts")
        ):
            return path_parameters
        return {name: _swapped(value, there.get(name, [])) for name, value in path_parameters.items()}

    @loaded.hook
    def map_body(context: Any, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        known = {**there, **BODIES}
        return {name: _swapped(value, known.get(name, [])) for name, value in body.items()}

    @loaded.auth()
    class Bearer:
        def get(self, case: Any, context: Any) -> str:
            return key

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers["Authorization"] = f"Bearer {data}"

    return loaded


def _swapped(value: Any, known: list[Any]) -> Any:
    """Return three times of four something that is there."""
    choice = sum(str(value).encode("utf-8", "replace"))
    return known[choice % len(known)] if known and choice % 4 else value


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("group", [blueprint.tag for blueprint in BLUEPRINTS])
def test_every_answer_is_one_that_the_document_names(group, document):
    asked = [one.ok() for one in document.get_all_operations()]
    operations = [one for one in asked if group in one.definition.raw["tags"]]
    assert operations
    for operation in operations:
        modes = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
        for mode in modes:
            _try(operation, mode)


def _try(operation: Any, mode: schemathesis.GenerationMode) -> None:
    @QUIET
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    with suppress(Unsatisfiable):  # of an operation that takes nothing, nothing can be wrong
        ask()
