"""What a program does with alerts and feedback: read, answer, say."""

from powertheft.actions.alerts import raise_alert


def call(store, cause: str = "a", rule: str = "hit_rate") -> None:
    with store.begin("powertheft") as work:
        raise_alert(work, cause=cause, rule=rule, details={"how_bad": "9 of 100"}, link="/monitoring/")


def test_alerts_are_listed_the_worst_first_acknowledged_and_resolved(store, program_of):
    call(store, "late", "data_arrival")
    call(store)
    program = program_of("manager")
    listed = program.get("/alerts").json["items"]
    assert [(one["number"], one["severity"]) for one in listed] == [(2, "critical"), (1, "warning")]
    assert (listed[0]["what"], listed[0]["how_bad"], listed[0]["link"]) == (
        "Fewer visits find something than promised", "9 of 100", "/monitoring/"
    )  # fmt: skip
    seen = program.post("/alerts/2/acknowledge", json={"reason": "two squads go"}).json
    assert (seen["state"], seen["acknowledged_by"]) == ("acknowledged", "the-manager")
    assert program.post("/alerts/2/acknowledge", json={}).status_code == 409
    assert program.post("/alerts/2/resolve", json={}).json["state"] == "resolved"
    history = program.get("/alerts/2").json["history"]
    assert [one["action"] for one in history] == ["alert.raised", "alert.acknowledged", "alert.resolved"]
    assert history[1]["details"]["reason"] == "two squads go"
    assert [one["number"] for one in program.get("/alerts?state=open").json["items"]] == [1]
    assert program.get("/alerts/9").status_code == program.post("/alerts/9/resolve", json={}).status_code == 404
    assert program_of("auditor").post("/alerts/1/resolve", json={}).status_code == 403


def test_feedback_is_said_listed_and_answered(store, program_of):
    manager, analyst = program_of("manager"), program_of("analyst")
    told = {"kind": "not_useful", "subject": "page/models.index", "words": "no dates"}
    said = manager.post("/feedback", json=told)
    assert (said.status_code, said.json["state"], said.json["created_by"]) == (201, "open", "the-manager")
    assert manager.post("/feedback", json={**told, "subject": "person/4711"}).status_code == 422
    assert manager.post("/feedback/1/answer", json={"state": "done"}).status_code == 403
    assert analyst.post("/feedback/1/answer", json={"state": "declined"}).status_code == 422
    answered = analyst.post("/feedback/1/answer", json={"state": "done", "words": "they are there"}).json
    assert (answered["state"], answered["answer"]) == ("done", "they are there")
    assert analyst.post("/feedback/1/answer", json={"state": "done"}).status_code == 409
    assert manager.get("/feedback/1").json["answer"] == "they are there"
    assert manager.get("/feedback?state=open").json["items"] == []
    assert program_of("inspector").get("/feedback").json["items"] == []
    assert program_of("inspector").get("/feedback/1").status_code == 404
    unknown = {"scoring": 7, "consumer": "a", "reason": "Used less"}
    assert analyst.post("/feedback/reasons", json=unknown).status_code == 422
