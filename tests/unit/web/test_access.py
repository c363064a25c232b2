"""Who may see which page: deny by default."""

import pytest

from powertheft.domain.permissions import PERMISSIONS, ROLES
from powertheft.web.access import PUBLIC, SIGNED_IN, access_of, needs, public
from powertheft.web.frame import BELOW, MAIN

PUBLIC_PAGES = {
    "health.healthz",
    "health.metrics",
    "health.readyz",
    "session.join",
    "session.sign_in",
    "settings.theme",
    "static",
}


def test_every_address_declares_who_may_see_it(application):
    marks = {
        rule.endpoint: access_of(application.view_functions[rule.endpoint]) for rule in application.url_map.iter_rules()
    }
    assert {endpoint for endpoint, mark in marks.items() if mark is None} == set()
    assert set(marks.values()) <= {PUBLIC, SIGNED_IN, *PERMISSIONS}
    assert {endpoint for endpoint, mark in marks.items() if mark == PUBLIC} == PUBLIC_PAGES


def test_a_view_without_a_mark_is_refused(application, visitor):
    application.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = visitor.get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_a_mark_counts_wherever_it_stands():
    @public
    def view() -> str:
        return ""

    assert access_of(view) == PUBLIC
    assert access_of(needs("job.read")(view)) == "job.read"


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(visitor, sign_up):
    answer = visitor.get("/models/?sort=name")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/models/?sort%3Dname"
    sign_up("ben", "analyst")
    answer = visitor.send(answer.location, name="Ben", password="transformer-lantern-mango")
    assert answer.location == "/models/?sort=name"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"])
def test_nobody_is_sent_to_another_server(visitor, sign_up, elsewhere):
    sign_up("ben", "analyst")
    visitor.get("/sign-in")
    answer = visitor.send("/sign-in?next=" + elsewhere, name="ben", password="transformer-lantern-mango")
    assert answer.location == "/"


def test_each_role_sees_its_pages_and_is_refused_the_others(anybody):
    role, person = anybody
    for entry in (*MAIN, *BELOW):
        address = "/" if entry.group == "overview" else f"/{entry.group}/"
        may = entry.permission is None or entry.permission in ROLES[role]
        assert person.get(address).status_code == (200 if may else 403), address
        assert (f'href="{address}" title' in person.get("/").text) == may, address
    assert person.get("/people/").status_code == (200 if "audit.read" in ROLES[role] else 403)


def test_a_refusal_says_whose_role_would_do(sign_up):
    answer = sign_up("ida", "inspector").get("/models/")
    assert answer.status_code == 403
    assert "Looking at models is for analysts, auditors and managers" in answer.text
    assert "Ask one of them, or an administrator for the role." in answer.text
    assert "model.read" not in answer.text
