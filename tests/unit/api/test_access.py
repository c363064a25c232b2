"""Nothing answers without a token that has the scope; a token never may more than its owner."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args

import pytest
from tests.unit.api.conftest import make_api

from powertheft.actions import tokens
from powertheft.actions.tokens import NewToken
from powertheft.api.access import ANY_TOKEN, PUBLIC, scope_of
from powertheft.api.application import BLUEPRINTS
from powertheft.domain.errors import AccessError, ChoiceError
from powertheft.domain.permissions import PERMISSIONS, Actor, Permission

OPEN = {"openapi.spec", "reference.index", "reference.style", "system.healthz"}


def address_of(rule) -> str:
    return re.sub(r"<number:[^>]+>", "7", re.sub(r"<[^:>]+>", "absent", rule.rule))


def test_every_operation_names_its_scope_and_few_are_open(api):
    scopes = {rule.endpoint: scope_of(api.view_functions[rule.endpoint]) for rule in api.url_map.iter_rules()}
    assert {endpoint for endpoint, scope in scopes.items() if scope == PUBLIC} == OPEN
    assert {endpoint for endpoint, scope in scopes.items() if scope == ANY_TOKEN} == {"system.me"}
    assert set(scopes.values()) - {PUBLIC, ANY_TOKEN} <= set(get_args(Permission))


def test_no_operation_answers_without_a_token(house):
    api = make_api(house, refusals_a_minute=1000)
    nobody = api.test_client()
    for rule in api.url_map.iter_rules():
        if rule.endpoint not in OPEN:
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                answer = nobody.open(address_of(rule), method=method)
                assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), rule


def test_no_operation_answers_a_token_with_another_scope(api, store, program_of):
    """An administrator has a token for the settings alone: everything else is closed to it, each time with a reason."""
    narrow = program_of("administrator", "setting.change")
    for rule in api.url_map.iter_rules():
        if scope_of(api.view_functions[rule.endpoint]) in PERMISSIONS - {"setting.change"}:
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                answer = narrow.open(address_of(rule), method=method)
                assert answer.status_code == 403, rule
                assert "has not the scope" in answer.json["detail"]
    assert narrow.get("/settings").status_code == 200


def test_a_session_of_the_pages_opens_nothing(api, store):
    browser = api.test_client()
    browser.set_cookie("powertheft", "some session")
    assert browser.get("/datasets").status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer pt_wrong", "Basic YW5hOnB3", "pt_wrong", "Bearer é"]
)
def test_what_is_no_token_is_refused(api, header):
    answer = api.test_client().get("/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_acts_for_its_owner(program_of, store):
    answer = program_of("auditor", "audit.read").get("/me").json
    assert answer["owner"] == "the-auditor"
    assert answer["scopes"] == answer["allowed"] == ["audit.read"]


def test_a_token_loses_what_its_owner_loses(program_of, store):
    program = program_of("analyst")
    assert program.get("/jobs").status_code == 200
    with store.begin("test") as work:
        work.accounts.change_roles("the-analyst", frozenset({"inspector"}))
    answer = program.get("/jobs")
    assert answer.status_code == 403
    assert answer.json["detail"] == "Looking at jobs is for administrators, analysts, auditors and managers"
    assert program.get("/me").json["allowed"] == ["feedback.write", "inspection.read"]


def test_a_token_of_a_closed_account_opens_nothing(program_of, store):
    program = program_of("analyst")
    with store.begin("test") as work:
        work.accounts.deactivate("the-analyst")
    assert program.get("/me").status_code == 401


def test_a_revoked_token_opens_nothing_from_then_on(program_of, store):
    program = program_of("analyst")
    (token,) = tokens.list_tokens(store, Actor("the-analyst", frozenset()))
    tokens.revoke_token(store, Actor("the-analyst", frozenset()), token.number)
    assert program.get("/me").status_code == 401


def test_a_token_ends_by_itself(program_of, store):
    program_of("analyst")
    (token,) = tokens.list_tokens(store, Actor("the-analyst", frozenset()))
    assert token.is_open(datetime.now(UTC) + timedelta(hours=23))
    assert not token.is_open(datetime.now(UTC) + timedelta(hours=25))


def test_its_last_use_is_set_down_once_a_minute(program_of, store):
    program, owner = program_of("analyst"), Actor("the-analyst", frozenset())
    assert tokens.list_tokens(store, owner)[0].used_at is None
    seen = []
    for _ in range(2):
        program.get("/me")
        seen.append(tokens.list_tokens(store, owner)[0].used_at)
    assert seen[0] is not None
    assert all(before == after for before, after in pairwise(seen))


def test_the_database_holds_no_key(program_of, house):
    program = program_of("analyst")
    assert program.key.startswith("pt_")
    kept = b"".join(place.read_bytes() for place in house.home.path.glob("powertheft.db*"))
    assert program.key.encode() not in kept


def test_making_and_revoking_are_on_record(store):
    owner = Actor("the-analyst", frozenset({"job.read"}))
    key, token = tokens.make_token(store, owner, NewToken("nightly import", ["job.read"], 30))
    tokens.revoke_token(store, owner, token.number)
    with store.begin("test") as work:
        revoked, made = work.audit.list_events(last=2)
    assert (made.action, revoked.action) == ("token.made", "token.revoked")
    assert made.details["scopes"] == ["job.read"]
    assert key not in str(made)


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (NewToken("x", ["model.promote"], 9), "its owner may not do model.promote"),
        (NewToken("x", ["fly"], 9), "there is no permission 'fly'"),
        (NewToken("x", [], 9), "nothing is chosen"),
        (NewToken(" ", ["job.read"], 9), "is not 1 to 100 characters"),
        (NewToken("x", ["job.read"], 4000), "cannot live 4000 days"),
        (NewToken("x", ["job.read"], 9, owner="zoe"), "'zoe' has no account that is open"),
    ],
)
def test_what_cannot_be_a_token_is_said(store, wish, told):
    with pytest.raises(ChoiceError, match=told):
        tokens.make_token(store, Actor("the-analyst", frozenset()), wish)


def test_nobody_hands_out_what_they_may_not_do(store):
    administrator = Actor("the-administrator", frozenset({"account.manage", "job.read"}))
    wish = NewToken("x", ["job.read"], 9, owner="the-analyst")
    assert tokens.make_token(store, administrator, wish)[1].owner == "the-analyst"
    with pytest.raises(AccessError):
        tokens.make_token(store, administrator, NewToken("x", ["model.train"], 9, owner="the-analyst"))
    with pytest.raises(AccessError):
        tokens.make_token(store, Actor("the-auditor", frozenset({"job.read"})), wish)


def test_somebody_elses_token_is_revoked_by_who_manages_accounts_alone(store, program_of):
    program_of("analyst")
    with pytest.raises(AccessError):
        tokens.revoke_token(store, Actor("the-auditor", frozenset()), 1)
    assert tokens.revoke_token(store, Actor("boss", frozenset({"account.manage"})), 1).owner == "the-analyst"
    with pytest.raises(ChoiceError, match="no token 1 that can be used"):
        tokens.revoke_token(store, Actor("boss", frozenset({"account.manage"})), 1)


def test_every_group_has_its_place():
    assert len({blueprint.name for blueprint in BLUEPRINTS}) == len(BLUEPRINTS)
