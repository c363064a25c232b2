"""Coming in, going, and who decides about others. Every change is on record."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from powertheft.actions import accounts
from powertheft.domain.permissions import Actor

PASSWORD = "transformer-lantern-mango"
LINK = re.compile(r'value="http://localhost(/join/[^"]+)"')


def actions(store) -> list[str]:
    with store.begin("test") as work:
        return [event.action for event in reversed(work.audit.list_events(last=1000))]


def test_the_first_link_makes_an_administrator_once(store, visitor, application):
    token = accounts.first_link(store)
    assert "administrator, analyst, manager" in visitor.get(f"/join/{token}").text
    answer = visitor.send(f"/join/{token}", full_name="Ana Rao", name="Ana", password=PASSWORD)
    assert answer.location == "/"
    assert "Ana Rao" in visitor.get("/").text
    assert accounts.first_link(store) is None
    again = application.test_client().get(f"/join/{token}")
    assert again.status_code == 410
    assert actions(store) == ["account.link_made", "account.joined", "account.signed_in"]


def test_a_new_start_prints_a_new_link_and_the_old_one_is_void(store, visitor):
    first, second = accounts.first_link(store), accounts.first_link(store)
    assert visitor.get(f"/join/{first}").status_code == 410
    assert visitor.get(f"/join/{second}").status_code == 200


def test_the_database_holds_no_token_and_no_password(store, sign_up, tmp_path):
    sign_up("ana")
    token = accounts.invite(store, Actor("ana", frozenset({"account.manage"})), ["auditor"])
    kept = b"".join(place.read_bytes() for place in (tmp_path / "home").glob("powertheft.db*"))
    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept
    assert b"$argon2id$" in kept


def test_a_link_ends_after_a_day(store, visitor, monkeypatch):
    token = accounts.first_link(store)
    link = accounts.find_link(store, token)
    assert link.is_open(datetime.now(UTC) + timedelta(hours=23))
    assert not link.is_open(datetime.now(UTC) + timedelta(hours=25))


@pytest.mark.parametrize(
    ("entered", "trouble"),
    [
        ({"password": "short"}, "Has fewer than 12 characters"),
        ({"password": "aaaaaaaaaaaaaaaa"}, "Repeats the same few characters"),
        ({"name": "x y"}, "Is not 2 to 64 letters"),
        ({"full_name": "  "}, "Has no characters, or more than 100"),
    ],
)
def test_what_is_wrong_stands_beside_the_field_and_the_rest_stays(store, visitor, entered, trouble):
    token = accounts.first_link(store)
    answer = visitor.send(f"/join/{token}", **{"full_name": "Ana Rao", "name": "ana", "password": PASSWORD, **entered})
    field = next(iter(entered))
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-trouble".*{trouble}', answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert PASSWORD not in answer.text
    assert field == "full_name" or 'value="Ana Rao"' in answer.text


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(store, visitor, sign_up):
    sign_up("ana")
    told = [visitor.send("/sign-in", name=name, password="wrong-wrong-wrong") for name in ("ana", "nobody-has-it")]
    assert [answer.status_code for answer in told] == [422, 422]
    assert all("Name and password do not belong together" in answer.text for answer in told)
    assert actions(store)[-1] == "account.sign_in_refused"


def test_guessing_is_stopped(visitor, sign_up):
    sign_up("ana")
    answers = [visitor.send("/sign-in", name="ana", password=f"guess number {n}").status_code for n in range(12)]
    assert answers == [422] * 10 + [429] * 2


def test_signing_out_ends_the_session(store, administrator):
    answer = administrator.send("/sign-out", page="/")
    assert answer.location == "/sign-in"
    assert administrator.get("/").status_code == 302
    assert actions(store)[-1] == "account.signed_out"


def test_a_changed_password_ends_the_other_sessions(administrator, application):
    elsewhere = application.test_client()
    elsewhere.send("/sign-in", name="ana", password=PASSWORD)
    wrong = administrator.send("/settings/password", old_password="not it", password="another-good-phrase")
    assert "Is not your password" in wrong.text
    done = administrator.send("/settings/password", old_password=PASSWORD, password="another-good-phrase")
    assert done.location == "/settings/"
    assert administrator.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_an_invitation_gives_the_roles_that_were_chosen(store, administrator, application):
    answer = administrator.send("/people/invite", roles=["inspector", "auditor"])
    link = LINK.search(answer.text)[1]
    assert "a new account" in administrator.get("/people/").text
    guest = application.test_client()
    guest.send(link, full_name="Ida", name="ida", password=PASSWORD)
    assert accounts.find_account(store, "ida").roles == {"inspector", "auditor"}
    assert administrator.send("/people/invite").status_code == 422


def test_an_invitation_can_be_withdrawn(store, administrator, visitor):
    link = LINK.search(administrator.send("/people/invite", roles=["analyst"]).text)[1]
    with store.begin("test") as work:
        number = work.accounts.list_open_links()[0].number
    administrator.send(f"/people/links/{number}/withdraw", page="/people/")
    assert visitor.get(link).status_code == 410


def test_who_forgot_the_password_gets_a_link_for_a_new_one(administrator, sign_up, application):
    sign_up("ben", "analyst")
    link = LINK.search(administrator.send("/people/ben/password", page="/people/ben").text)[1]
    ben = application.test_client()
    assert ben.send(link, password="quite-another-phrase").location == "/"
    assert ben.get("/models/").status_code == 200


def test_a_closed_account_is_out_at_once_and_can_be_opened_again(administrator, sign_up, application):
    ben = sign_up("ben", "analyst")
    administrator.send("/people/ben/deactivate", page="/people/ben")
    assert ben.get("/").status_code == 302
    assert application.test_client().send("/sign-in", name="ben", password=PASSWORD).status_code == 422
    administrator.send("/people/ben/activate", page="/people/ben")
    assert application.test_client().send("/sign-in", name="ben", password=PASSWORD).status_code == 302


def test_other_roles_hold_from_the_next_click(administrator, sign_up):
    ben = sign_up("ben", "inspector")
    assert ben.get("/models/").status_code == 403
    administrator.send("/people/ben", roles=["analyst"])
    assert ben.get("/models/").status_code == 200


def test_the_last_administrator_stays(administrator, sign_up):
    for address, values in (("/people/ana", {"roles": ["analyst"]}), ("/people/ana/deactivate", {})):
        answer = administrator.send(address, page="/people/ana", **values)
        assert answer.status_code == 422
        assert "Ana is the last administrator" in answer.text.replace("&#39;", "'")
    sign_up("eve", "administrator")
    assert administrator.send("/people/ana/deactivate", page="/people/ana").status_code == 302


def test_a_change_without_the_forms_token_is_refused(administrator):
    answer = administrator.post("/people/invite", data={"roles": ["administrator"]})
    assert answer.status_code == 400
    assert "Reload the page" in answer.text


def test_an_auditor_reads_who_has_which_role_and_changes_nothing(administrator, sign_up):
    sign_up("ben", "manager")
    auditor = sign_up("otto", "auditor")
    listed, one = auditor.get("/people/"), auditor.get("/people/ben")
    assert "Ben" in listed.text
    assert "Manager" in listed.text
    assert "Invite somebody" not in listed.text
    assert "decides on models and lists" in one.text
    assert '<form class="form"' not in one.text
    assert "Close the account" not in one.text
    assert 'href="/people/"' in auditor.get("/settings/").text
    for address in ("ben", "ben/deactivate", "ben/password"):
        assert auditor.send(f"/people/{address}", page="/people/ben", roles=["analyst"]).status_code == 403
    assert auditor.get("/people/invite").status_code == 403
    assert "Manager" in administrator.get("/people/ben").text


def test_who_neither_manages_nor_audits_does_not_see_who_there_is(administrator, sign_up):
    manager = sign_up("mala", "manager")
    assert manager.get("/people/").status_code == 403
    assert manager.get("/people/ana").status_code == 403
