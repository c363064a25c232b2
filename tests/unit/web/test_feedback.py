"""What is said beside a reason, a plot or a page reaches the list, is answered, and who said it reads the answer."""

import html
import re
from collections.abc import Iterator

import polars as pl
import pytest
from tests.scored_utility import make_scored
from tests.unit.web.conftest import PASSWORD, Person

from powertheft.actions import accounts
from powertheft.actions.feedback import count_wrong_reasons, list_feedback
from powertheft.actions.house import House
from powertheft.actions.inspections import assign_cases, open_case
from powertheft.actions.scorings import read_list
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import open_store
from powertheft.web.application import create_application
from powertheft.web.services import Services

SAY = re.compile(r'<a class="tiny quiet" href="([^"]+)"')
SAID_BY_THE_MODEL = pl.col("reason_1").is_not_null() & ~pl.col("reason_1").str.starts_with("Rule ")
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def offered(page: str, word: str) -> str:
    """The address behind the link with these words."""
    return html.unescape(next(m[1] for m in SAY.finditer(page) if f">{word}<" in page[m.end() :][:400]))


def say(person: Person, address: str, **values: str):
    """Press the link, fill in the form that it opens, and send it."""
    page = person.get(address).text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.split("<h1")[1]))
    kept = {name: html.unescape(value) for name, value in hidden.items() if name != "csrf_token"}
    return person.send("/feedback/say", address, **{**kept, **values})


def test_what_is_said_at_the_foot_of_a_page_is_answered_where_whoever_said_it_reads_it(sign_up):
    meena, ana = sign_up("meena", "manager"), sign_up("ana", "analyst")
    address = offered(meena.get("/models/").text, "Is something here wrong or not useful?")
    sent = say(meena, address, kind="not_useful", words="The dates are missing")
    assert sent.headers["Location"] == "/models/"
    listed = ana.get("/feedback/").text
    assert "The dates are missing" in listed
    assert 'href="/models/"' in listed
    assert ana.send("/feedback/1/done", "/feedback/1", words="They stand there now").status_code == 302
    assert "The dates are missing" not in ana.get("/feedback/").text
    answered = meena.get("/feedback/1").text
    assert "They stand there now" in answered
    assert "It is mended" not in answered
    assert ana.send("/feedback/1/reopen", "/feedback/1", words="").status_code == 302
    assert "The dates are missing" in ana.get("/feedback/").text


def test_with_a_script_the_form_and_the_thanks_come_in_the_place_of_the_link(sign_up):
    meena = sign_up("meena", "manager")
    address = offered(meena.get("/models/").text, "Is something here wrong or not useful?")
    form = meena.get(address, headers=PART).text
    assert "<form" in form
    assert "<main" not in form
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
    told = {"csrf_token": token, "subject": "page/models.index", "link": "/models/", "kind": "not_useful", "words": ""}
    thanks = meena.post("/feedback/say", data=told, headers=PART).text
    assert "Thank you" in thanks
    assert "<form" not in thanks


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "something_else"}, "Write it in a sentence"),
        ({"kind": "loud"}, "is no kind of feedback"),
        ({"subject": "person/4711"}, "It does not say what it is about"),
        ({"reason": "He steals", "scoring": "1", "connection": "a" * 32}, "no scoring"),
        ({"reason": "He steals", "scoring": "one", "connection": "a"}, "is no number"),
        ({"reason": "He steals", "case": "7"}, "there is no case 7"),
    ],
)
def test_what_cannot_be_worked_through_is_said_beside_the_form_and_nothing_is_kept(sign_up, values, words):
    ana = sign_up("ana", "analyst")
    told = {"subject": "page/models.index", "kind": "not_useful", "words": "", **values}
    answer = ana.send("/feedback/say", "/models/", **told)
    assert answer.status_code in {404, 422}
    assert words.lower() in html.unescape(answer.text).lower()
    assert "Nothing waits" in ana.get("/feedback/").text


def test_a_link_that_leads_elsewhere_is_not_kept(sign_up):
    ana = sign_up("ana", "analyst")
    told = {"subject": "page/models.index", "kind": "not_useful", "words": "x"}
    for link in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        assert ana.send("/feedback/say", "/models/", link=link, **told).headers["Location"] == "/"
    assert not re.search("elsewhere|javascript:alert", ana.get("/feedback/").text)


def test_a_manager_may_say_and_not_answer_an_auditor_neither(sign_up):
    meena, pat = sign_up("meena", "manager"), sign_up("pat", "auditor")
    meena.send("/feedback/say", "/models/", subject="page/models.index", kind="not_useful", words="x")
    assert meena.send("/feedback/1/done", "/", words="").status_code == 403
    assert pat.get("/feedback/").status_code == 403
    assert "Is something here wrong" not in pat.get("/models/").text


def test_who_declines_says_why(sign_up):
    ana = sign_up("ana", "analyst")
    ana.send("/feedback/say", "/models/", subject="page/models.index", kind="not_useful", words="x")
    refused = ana.send("/feedback/1/decline", "/feedback/1", words=" ")
    assert refused.status_code == 422
    assert "Write to whoever said it" in refused.text
    assert ana.send("/feedback/1/decline", "/feedback/1", words="It is meant so").status_code == 302
    assert "It is meant so" in ana.get("/feedback/?state=declined").text


@pytest.fixture(scope="module")
def utility(tmp_path_factory) -> Iterator[tuple[House, dict[str, Person]]]:
    root = tmp_path_factory.mktemp("utility")
    home = read_home(root / "home", {})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("root", PERMISSIONS))
        make_scored(house, root / "export")
        made = create_application(Services(house.for_actor, store, WebSettings("k" * 32, ("localhost",))))
        made.test_client_class = Person
        people = {}
        for role in ("analyst", "inspector"):
            token = accounts.invite(store, Actor("root", frozenset({"account.manage"})), (role,))
            people[role] = made.test_client()
            people[role].send(f"/join/{token}", full_name=role.title(), name=f"the-{role}", password=PASSWORD)
        yield house, people


def test_a_reason_that_is_called_wrong_is_counted_for_its_feature_on_the_models_page(utility):
    house, people = utility
    row = read_list(house, 1).filter(SAID_BY_THE_MODEL).collect().row(0, named=True)
    consumer, reason = row["consumer_id"], row["reason_1"]
    page = people["analyst"].get(f"/predictions/1/connections/{consumer}").text
    sent = say(people["analyst"], offered(page, "This reason is wrong"), words="The meter was replaced in May")
    assert sent.headers["Location"] == f"/predictions/1/connections/{consumer}"
    (said,) = list_feedback(house, kind="reason_wrong")
    told = said.details
    assert (told["connection"], told["reason"], told["scoring"]) == (consumer, reason, 1)
    model = told["model"]
    assert count_wrong_reasons(house, model) == {told["feature"]: 1}
    assert told["feature"] not in {"", "other"}
    shown = people["analyst"].get(f"/models/{model}").text
    assert "Which of its reasons were called wrong?" in shown
    assert f"<code>{told['feature']}</code></th>" in shown
    stranger = say(people["analyst"], offered(page, "This reason is wrong"), reason="He steals", words="")
    assert stranger.status_code == 422
    assert "does not give this reason" in stranger.text


def test_an_inspector_says_it_of_the_own_case_and_sees_the_own_feedback_alone(utility):
    house, people = utility
    row = read_list(house, 1).filter(SAID_BY_THE_MODEL).collect().row(1, named=True)
    case = open_case(house, 1, row["consumer_id"])
    inspector = people["inspector"]
    hidden = inspector.send("/feedback/say", "/", case=str(case.number), reason=row["reason_1"], words="")
    assert hidden.status_code == 422
    assign_cases(house, [case.number], to="the-inspector")
    page = inspector.get(f"/inspections/{case.number}").text
    sent = say(inspector, offered(page, "This reason is wrong"), words="The house is empty")
    assert sent.headers["Location"] == f"/inspections/{case.number}"
    listed = inspector.get("/feedback/?state=all").text
    assert "The house is empty" in listed
    assert "The meter was replaced" not in listed
    other = next(one for one in list_feedback(house) if one.created_by == "the-analyst")
    assert inspector.get(f"/feedback/{other.number}").status_code == 404


def test_below_each_plot_one_can_say_that_it_is_of_no_use(utility):
    house, people = utility
    page = people["analyst"].get("/models/").text
    report = re.search(r'href="(/models/[\w.-]+@1)"', page)[1]
    page = people["analyst"].get(report).text
    assert 0 < page.count(">Not useful?<") == page.count('<figure class="plot">')
    plot = offered(page, "Not useful?")
    assert say(people["analyst"], plot, kind="not_useful", words="").status_code == 302
    said = list_feedback(house)[0]
    assert (said.subject.startswith(f"plot{report}#plot-"), said.details["title"] in html.unescape(page)) == (
        True,
        True,
    )
