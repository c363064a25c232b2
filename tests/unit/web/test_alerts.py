"""The bell, the list of alerts, one alert and its answers, and who decides whom to tell when."""

import re

import pytest

from powertheft.actions.alerts import raise_alert, settle_alert

HOW_BAD = "9 of 100 visits found something; 18 were promised"


def call(store, cause: str = "hit_rate/theft", **more):
    with store.begin("powertheft") as work:
        told = {"rule": "hit_rate", "details": {"how_bad": HOW_BAD}, "link": "/monitoring/", **more}
        return raise_alert(work, cause=cause, **told)


def bell(page: str) -> str:
    return re.search(r'aria-label="(Alerts: [^"]+)"', page)[1]


def test_the_bell_counts_what_is_open_and_stops_when_somebody_has_seen_it(store, sign_up):
    person = sign_up("meena", "manager")
    assert bell(person.get("/").text) == "Alerts: 0 open, 0 of them critical"
    call(store)
    call(store)
    call(store, "data/late", rule="data_arrival")
    assert bell(person.get("/").text) == "Alerts: 2 open, 1 of them critical"
    answered = person.send("/alerts/1/acknowledge", "/alerts/1", reason="two squads are on their way")
    assert answered.headers["Location"] == "/alerts/1"
    assert bell(person.get("/").text) == "Alerts: 1 open, 0 of them critical"


def test_an_alert_says_what_since_when_how_bad_what_to_do_and_where(store, sign_up):
    person = sign_up("meena", "manager")
    call(store)
    call(store)
    page = person.get("/alerts/1").text
    for words in ("Fewer visits find something", HOW_BAD, "Since", "2 times in all", "What to do", "critical"):
        assert words in page
    assert 'href="/monitoring/"' in page


def test_an_answer_stands_in_the_history_with_who_and_why_and_a_settled_one_takes_none(store, sign_up):
    person = sign_up("meena", "manager")
    call(store)
    person.send("/alerts/1/acknowledge", "/alerts/1", reason="a new squad, still learning")
    page = person.get("/alerts/1").text
    assert "meena: a new squad, still learning" in re.sub(r"\s+", " ", page)
    assert person.send("/alerts/1/resolve", "/alerts/1").status_code == 302
    page = person.get("/alerts/1").text
    assert "I have seen it" not in page
    again = person.send("/alerts/1/resolve", "/")
    assert again.status_code == 422
    assert "alert 1 is resolved" in again.text.lower()


def test_the_list_has_the_open_ones_first_and_can_be_narrowed_to_a_state(store, sign_up):
    person = sign_up("meena", "manager")
    assert "Nothing calls for you" in person.get("/alerts/").text
    call(store, "a", details={"what": "The first cause"})
    call(store, "b", details={"what": "The second cause"}, rule="data_volume")
    with store.begin("powertheft") as work:
        settle_alert(work, cause="a")
    page = person.get("/alerts/").text
    assert page.index("The second cause") < page.index("The first cause")
    assert "The first cause" not in person.get("/alerts/?state=open").text
    assert "The second cause" not in person.get("/alerts/?state=resolved").text
    assert "No alert is in this state" in person.get("/alerts/?state=acknowledged").text


@pytest.mark.parametrize(("role", "sees", "answers"), [("auditor", 200, 403), ("inspector", 403, 403)])
def test_who_may_look_at_jobs_sees_alerts_and_who_runs_the_house_answers(store, sign_up, role, sees, answers):
    call(store)
    person = sign_up("pat", role)
    assert person.get("/alerts/1").status_code == sees
    assert "Answer it" not in person.get("/alerts/1").text
    assert person.send("/alerts/1/resolve", "/").status_code == answers


def test_an_alert_that_is_not_there_is_not_found(administrator):
    assert administrator.get("/alerts/9").status_code == 404


def test_the_policy_is_kept_and_followed_and_its_faults_stand_beside_the_field(store, administrator):
    form = {"told": ["critical"], "begin": "20:30", "end": "06:00", "zone": "Asia/Kolkata", "repeat_after_days": "3"}
    page = administrator.get("/settings/alerts").text
    assert 'value="21:00"' in page
    bad = administrator.send("/settings/alerts", **{**form, "zone": "Utopia"})
    assert bad.status_code == 422
    assert "is no time zone" in bad.text
    assert administrator.send("/settings/alerts", **form).status_code == 302
    page = administrator.get("/settings/alerts").text
    assert 'value="20:30"' in page
    assert re.findall(r'name="(\w+)" value="\w+" checked', page) == ["told"]
    call(store, rule="data_volume")
    with store.read("ana") as work:
        assert work.jobs.list_jobs(kinds=["alert.send"]) == []


def test_the_channels_are_shown_by_their_kind_and_never_by_their_address(administrator, monkeypatch):
    monkeypatch.setenv("POWERTHEFT_ALERT_URLS", "mailto://ana:open-sesame@mail.example json://hook.example/secret-path")
    for address in ("/settings/alerts", "/settings/"):
        page = administrator.get(address).text
        assert not re.search("sesame|mail.example|secret-path", page)
    page = administrator.get("/settings/alerts").text
    assert re.findall(r'<span class="tag ">(?:<[^>]+>)*([^<]+)', page)[:2] == ["mail", "json webhook"]


def test_a_test_message_is_a_job(store, administrator):
    assert administrator.send("/settings/alerts/test", "/settings/alerts").headers["Location"] == "/jobs/1"
    with store.read("ana") as work:
        assert work.jobs.get_job(1).arguments == {"test": True}


def test_nobody_is_sent_to_a_page_that_is_not_theirs(store, sign_up):
    call(store)
    call(store, "job", rule="job_failed", link="/jobs/")
    root, meena = sign_up("root", "administrator"), sign_up("meena", "manager")
    assert re.findall(r'href="([^"]+)">Go there<', root.get("/alerts/").text) == ["/jobs/"]
    assert re.findall(r'href="([^"]+)">Go there<', meena.get("/alerts/").text) == ["/monitoring/", "/jobs/"]
    assert "Go there" not in root.get("/alerts/1").text
