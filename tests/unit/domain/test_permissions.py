"""What roles may do, and what they may not."""

import pytest

from powertheft.domain.errors import AccessError
from powertheft.domain.permissions import PERMISSIONS, ROLES, Actor, actor_of_roles, check_can


def test_the_roles_are_those_of_the_design_and_every_permission_is_somebodys():
    assert set(ROLES) == {"analyst", "inspector", "manager", "auditor", "administrator"}
    assert frozenset().union(*ROLES.values()) == PERMISSIONS


def test_no_role_may_do_everything():
    assert all(allowed < PERMISSIONS for allowed in ROLES.values())


def test_an_inspector_sees_cases_and_neither_lists_nor_persons():
    inspector = Actor("ravi", ROLES["inspector"])
    assert inspector.can("inspection.read")
    assert not any(inspector.can(word) for word in ("list.read", "dataset.read", "person.reveal", "inspection.assign"))


def test_an_auditor_changes_nothing():
    assert all(word.endswith(".read") for word in ROLES["auditor"])


def test_two_roles_allow_what_either_allows():
    both = actor_of_roles("ana", frozenset({"analyst", "auditor"}))
    assert both.can("audit.read")
    assert both.can("model.train")


def test_a_refusal_names_who_could():
    with pytest.raises(AccessError, match=r"^Deciding which model makes the lists is for managers\. Ask one of them"):
        check_can(Actor("ana", ROLES["analyst"]), "model.promote")


@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_no_refusal_says_the_code_of_a_permission(permission):
    with pytest.raises(AccessError) as caught:
        check_can(Actor("nobody", frozenset()), permission)
    assert permission not in str(caught.value)
