"""What a program does with each group: the same use cases as the pages, from files to a recorded outcome."""

import io
import zipfile
from dataclasses import replace
from datetime import date

import openpyxl
import pytest

from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.worker import work_once

TABLE = "\n".join(
    [
        "consumer_id,label,usage,seen_on",
        *(f"c{one:03},{one % 3 == 0:d},{80 + one % 7},2025-{one % 12 + 1:02}-15" for one in range(60)),
    ]
).encode()


def work(house, lane=None) -> None:
    """Do the job that waits and what it asks for, as the worker does; in the short lane, nothing that lasts."""
    own, jobs = replace(house, actor=Actor("worker", PERMISSIONS)), []
    while (done := work_once(own, worker="w1", lane=lane)) is not None:
        assert done.state == "done", f"{done.message} {done.advice}"
        jobs.append(done)
    assert jobs


def test_from_a_file_to_a_version_and_back(program_of, house):
    program = program_of("analyst")
    begun = program.post("/intakes")
    assert begun.status_code == 201
    intake = begun.json["intake"]
    assert begun.headers["Location"].endswith(f"/intakes/{intake}")
    named = program.post(f"/intakes/{intake}/files", json={"name": "people.csv", "size": len(TABLE)}).json
    assert named == {"name": "people.csv", "received": 0}
    assert program.get(f"/intakes/{intake}/plan").status_code == 409
    octets = {"content_type": "application/octet-stream"}
    for offset in (0, 500):
        part = TABLE[offset : offset + 500] if offset == 0 else TABLE[offset:]
        sent = program.put(f"/intakes/{intake}/files/people.csv?offset={offset}", data=part, **octets)
        assert sent.json["received"] == offset + len(part)
    assert program.put(f"/intakes/{intake}/files/people.csv?offset=0", data=b"x", **octets).json["received"] == len(
        TABLE
    )
    asked = program.post(f"/intakes/{intake}/propose", json={"layout": "table"})
    assert asked.status_code == 202
    work(house)
    plan = program.get(f"/intakes/{intake}/plan").json
    assert plan["problem"] is None
    assert program.put(f"/intakes/{intake}/columns", json={"columns": {"people": {"usage": "~"}}}).status_code == 200
    assert program.put(f"/intakes/{intake}/privacy", json={"privacy": {}}).status_code == 200
    assert program.get(f"/intakes/{intake}/quality").status_code == 409
    program.post(f"/intakes/{intake}/check", json={})
    work(house)
    assert program.get(f"/intakes/{intake}/quality").json["report"]["tables"]
    program.post(f"/intakes/{intake}/import", json={"name": "people"})
    work(house)
    jobs = {job["kind"]: job for job in program.get("/jobs").json["items"]}
    assert jobs["dataset.import"]["result"] == {"dataset": "people@1", "is_new": True}
    whole = program.get("/datasets/people/versions/1").json
    assert whole["rows"]["consumers"] == 60
    assert "usage" in whole["tables"]["consumers"]["columns"]
    assert [one["reference"] for one in program.get("/datasets").json["items"]] == ["people@1"]
    assert program.get("/datasets/people/versions/1/quality").json["tables"]
    assert program.get("/datasets/people/difference?before=1&after=1").json["is_same"]
    check_taken_along(program, house)
    manager = program_of("manager")
    assert manager.delete("/datasets/people/versions/1").status_code == 422
    assert manager.delete("/datasets/people/versions/1?reason=a+test").status_code == 204
    assert program.get("/datasets/people/versions/1").status_code == 404


def check_taken_along(program, house) -> None:
    """The version comes as a .zip."""
    program.post("/datasets/people/versions/1/exports", json={"file_format": "csv"})
    work(house)
    (done,) = program.get("/jobs?limit=1").json["items"]
    with program.get(f"/downloads/{done['result']['download']}") as packed:
        assert zipfile.ZipFile(io.BytesIO(packed.data)).namelist()


def test_an_upload_is_its_owners_and_can_be_given_up(program_of):
    program = program_of("analyst")
    intake = program.post("/intakes").json["intake"]
    program.post(f"/intakes/{intake}/files", json={"name": "a.csv", "size": 3})
    assert [one["intake"] for one in program.get("/intakes").json["items"]] == [intake]
    assert program.put(f"/intakes/{intake}/files/a.csv?offset=0", data=b"abc").status_code == 415
    long = program.put(f"/intakes/{intake}/files/a.csv?offset=0", data=b"abcd", content_type="application/octet-stream")
    assert "longer than was announced" in long.json["detail"]
    assert program.delete(f"/intakes/{intake}/files/a.csv").status_code == 204
    assert program.delete(f"/intakes/{intake}").status_code == 204
    assert program.get(f"/intakes/{intake}").status_code == 404


def test_jobs_come_in_parts_and_are_called_off_and_queued_again(program_of):
    program = program_of("analyst")
    for _ in range(3):
        program.post("/jobs/collect")
    first = program.get("/jobs?limit=2").json
    assert [job["number"] for job in first["items"]] == [3, 2]
    rest = program.get(f"/jobs?limit=2&cursor={first['next']}").json
    assert ([job["number"] for job in rest["items"]], rest["next"]) == ([1], None)
    program.post("/jobs/2/cancel")
    assert [job["number"] for job in program.get("/jobs?state=cancelled").json["items"]] == [2]
    assert program.post("/jobs/2/retry").json["state"] == "queued"
    assert program.get("/jobs/2/log").json == {"items": [], "next": None}
    assert program_of("auditor").post("/jobs/2/retry").status_code == 403


def test_the_same_key_gives_the_same_job_and_another_request_needs_another(program_of):
    program, key = program_of("analyst"), {"Idempotency-Key": "night-of-march-12"}
    numbers = [program.post("/jobs/collect", headers=key).json["number"] for _ in range(3)]
    assert numbers == [1, 1, 1]
    intake = program.post("/intakes").json["intake"]
    other = program.post(f"/intakes/{intake}/propose", json={}, headers=key)
    assert other.status_code == 422
    assert other.json["field"] == "Idempotency-Key"
    assert program_of("analyst").post("/jobs/collect", headers=key).json["number"] == 1
    assert program.post("/jobs/collect", headers={"Idempotency-Key": "another"}).json["number"] == 2
    assert program.post("/jobs/collect", headers={"Idempotency-Key": "x" * 300}).status_code == 422


def test_a_key_of_a_request_that_was_refused_is_free_again(program_of):
    program, key = program_of("analyst"), {"Idempotency-Key": "k"}
    wrong = {"dataset": "absent", "model": "theft"}
    assert [program.post("/jobs/train", json=wrong, headers=key).status_code for _ in range(2)] == [422, 422]
    assert program.post("/jobs/collect", headers=key).status_code == 202


def test_features_are_listed_and_chosen_under_a_name(program_of):
    program = program_of("analyst")
    found = program.get("/features?search=zero&limit=3").json
    assert 0 < len(found["items"]) <= 3
    names = [one["name"] for one in found["items"]]
    saved = program.post("/feature-sets", json={"name": "zeros", "features": names, "note": "first try"})
    assert (saved.status_code, saved.json["created_by"]) == (201, "the-analyst")
    assert program.post("/feature-sets", json={"name": "zeros", "features": names}).status_code == 422
    assert program.get("/feature-sets").json["items"] == [program.get("/feature-sets/zeros").json]
    assert program.delete("/feature-sets/zeros").status_code == 204
    assert program.get("/feature-sets/zeros").status_code == 404


def test_rules_are_checked_added_and_removed_and_each_change_is_on_record(program_of):
    program = program_of("analyst")
    built_in = len(program.get("/rules").json["items"])
    name = next(one["name"] for one in program.get("/features").json["items"] if one["kind"] == "number")
    rule = {"name": "own-rule", "feature": name, "comparison": "above", "threshold": "3"}
    rule |= {"sentence": "It is above {value}.", "source": "practice"}
    checked = program.post("/rules/check", json={**rule, "threshold": "many"}).json["faults"]
    assert [fault["field"] for fault in checked] == ["threshold"]
    added = program.post("/rules", json=rule)
    assert added.status_code == 201, added.text
    assert added.json["name"] == "own-rule"
    assert program.post("/rules", json=rule).status_code == 422
    assert len(program.get("/rules").json["items"]) == built_in + 1
    assert program.delete("/rules/own-rule").status_code == 204
    assert program.delete("/rules/own-rule").status_code == 404
    trail = program_of("auditor").get("/audit").json["items"]
    assert [one["action"] for one in trail if one["action"].startswith("rule.")] == ["rule.removed", "rule.written"]


def test_schedules_take_what_a_job_takes_and_no_path(program_of):
    program = program_of("analyst")
    made = program.post("/schedules", json={"kind": "dataset.collect", "cron": "0 2 * * *", "title": "Collect"})
    assert made.status_code == 201
    assert program.get("/schedules").json["items"] == [made.json]
    wrong = {"kind": "dataset.import", "cron": "0 2 * * *", "title": "x"}
    assert program.post("/schedules", json=wrong).status_code == 422
    score = {"kind": "model.score", "cron": "0 2 * * *", "title": "x"}
    assert program.post("/schedules", json=score).json["field"] == "dataset"
    assert program.post("/schedules", json={**wrong, "kind": "dataset.collect", "cron": "nightly"}).status_code == 422
    assert program.delete(f"/schedules/{made.json['number']}").status_code == 204
    assert program.delete(f"/schedules/{made.json['number']}").status_code == 404


def test_people_are_listed_invited_and_given_roles(program_of):
    program = program_of("administrator")
    assert len(program.get("/accounts").json["items"]) == 5
    assert program.post("/accounts/invitations", json={"roles": ["analyst"]}).json["path"].startswith("/join/")
    assert program.post("/accounts/invitations", json={"roles": ["king"]}).status_code == 422
    changed = program.put("/accounts/the-analyst/roles", json={"roles": ["auditor"]})
    assert changed.json["roles"] == ["auditor"]
    assert program.put("/accounts/nobody/roles", json={"roles": ["auditor"]}).status_code == 404
    assert program.post("/accounts/the-auditor/deactivate").status_code == 204
    assert program.post("/accounts/the-auditor/activate").status_code == 204
    last = program.put("/accounts/the-administrator/roles", json={"roles": ["auditor"]})
    assert "last administrator" in last.json["detail"]


def test_the_trail_comes_in_parts(program_of):
    program = program_of("auditor")
    first = program.get("/audit?limit=2").json
    assert [one["action"] for one in first["items"]] == ["token.made", "account.joined"]
    second = program.get(f"/audit?limit=2&cursor={first['next']}").json["items"]
    assert first["items"][-1]["number"] > second[0]["number"]
    assert {one["action"] for one in program.get("/audit?action=token.made").json["items"]} == {"token.made"}


def test_settings_are_read_and_secrets_are_not(program_of):
    told = {one["name"]: one for one in program_of("administrator").get("/settings").json["items"]}
    assert told["database"]["is_secret"]
    assert told["hosts"]["variable"] == "POWERTHEFT_HOSTS"


def test_models_are_listed_judged_promoted_and_taken_along(scored_program):
    program, manager = scored_program("analyst"), scored_program("manager")
    (version,) = program.get("/models").json["items"]
    assert version["reference"] == "theft@1"
    assert version["figures"]["pr_auc"]["value"] > 0
    report = program.get("/models/theft/versions/1/report").json
    assert report["cutoffs"]["f1"] > 0
    assert report["features"]
    assert zipfile.ZipFile(io.BytesIO(program.get("/models/theft/versions/1/bundle.zip").data)).namelist()
    page = program.get("/models/theft/versions/1/report.html")
    assert page.mimetype == "text/html"
    assert "sandbox" in page.headers["Content-Security-Policy"]
    promote = "/models/theft/versions/1/promote"
    assert program.post(promote, json={"reason": "best"}).status_code == 403
    assert manager.post(promote, json={"reason": " "}).status_code == 422
    assert manager.post(promote, json={"reason": "best"}).json["state"] == "champion"
    assert manager.delete("/models/theft/versions/1?reason=old").status_code == 409
    asked = program.post("/jobs/evaluate", json={"dataset": "bills", "model": "theft"})
    assert asked.json["title"] == "Judge theft@1 on bills@1"
    train = program.post("/jobs/train", json={"dataset": "bills", "model": "theft", "choices": {"folds": 1}})
    assert train.json["kind"] == "model.train"
    score = program.post("/jobs/score", json={"dataset": "bills@1", "model": "theft@1", "rank_by": "probability"})
    assert score.headers["Location"] == f"/jobs/{score.json['number']}"


def test_the_rows_of_a_list_come_by_rank_under_filters(scored_program):
    program = scored_program("analyst")
    assert [one["number"] for one in program.get("/scorings").json["items"]] == [1]
    first = program.get("/scorings/1/rows?limit=3&columns=rank,consumer_id,probability").json
    assert [row["rank"] for row in first["items"]] == [1, 2, 3]
    assert set(first["items"][0]) == {"rank", "consumer_id", "probability"}
    second = program.get(f"/scorings/1/rows?limit=3&cursor={first['next']}").json
    assert [row["rank"] for row in second["items"]] == [4, 5, 6]
    section = program.get("/scorings/1/rows?limit=1").json["items"][0]["section"]
    there = program.get("/scorings/1/rows", query_string={"section": section, "limit": 1000}).json
    assert {row["section"] for row in there["items"]} == {section}
    assert there["total"] < first["total"] == 2000
    assert program.get("/scorings/1/rows?sort=colour").status_code == 422


def test_a_list_tells_how_many_of_it_the_model_learnt_from(scored_program):
    program = scored_program("analyst")
    every = program.get("/scorings/1/rows?limit=1").json
    seen = program.get("/scorings/1/rows?limit=1000&learnt_from=true").json
    assert seen["total"] == seen["learnt_from"] == every["learnt_from"] > 0
    assert {row["used_in_fitting"] for row in seen["items"]} == {True}
    unseen = program.get("/scorings/1/rows?limit=1&learnt_from=false").json
    assert (unseen["total"], unseen["learnt_from"]) == (2000 - seen["total"], 0)


def test_a_list_is_asked_for_as_a_workbook_and_fetched(scored_program, scored):
    program = scored_program("analyst")
    asked = program.post("/scorings/1/exports", json={"category": "DOMESTIC", "not_visited_since": "2026-01-01"})
    assert asked.status_code == 202
    assert asked.json["kind"] == "list.export"
    work(scored[1], lane="short")
    name = program.get(asked.headers["Location"]).json["result"]["download"]
    with program.get(f"/downloads/{name}") as sent:
        sheet = openpyxl.load_workbook(io.BytesIO(sent.data)).active
    told = program.get("/scorings/1/rows?limit=1&category=DOMESTIC&not_visited_since=2026-01-01").json["total"]
    assert sheet.max_row == told + 1
    assert program.post("/scorings/1/exports", json={"colour": "red"}).status_code == 422
    assert program.post("/scorings/9/exports", json={}).status_code == 404
    assert scored_program("auditor").post("/scorings/1/exports", json={}).status_code == 403


def test_one_connection_has_its_reasons_and_contributions(scored_program):
    program = scored_program("analyst")
    row = program.get("/scorings/1/rows?limit=1").json["items"][0]
    found = program.get(f"/scorings/1/consumers/{row['consumer_id']}").json
    assert found["rank"] == 1
    assert found["reasons"][0] == row["reason_1"]
    assert found["waterfall"]
    assert found["months"]
    assert program.get("/scorings/1/consumers/nobody").status_code == 404


def test_from_a_list_to_a_recorded_outcome(scored_program):
    analyst, inspector = scored_program("analyst"), scored_program("inspector")
    drawn = analyst.post("/inspections/draws", json={"scoring": 1, "visits": 10, "random_share": 0.2})
    assert drawn.status_code == 201
    cases = drawn.json["items"]
    assert sorted(case["drawn_by"] for case in cases) == ["list"] * 8 + ["random"] * 2
    number = cases[0]["number"]
    day = date.today().isoformat()
    assigned = analyst.post(
        "/inspections/assignments", json={"numbers": [number], "to": "the-inspector", "planned_on": day}
    )
    assert assigned.json["items"][0]["state"] == "assigned"
    assert [case["number"] for case in inspector.get("/inspections").json["items"]] == [number]
    others, never = (inspector.get(f"/inspections/{one}") for one in (cases[1]["number"], 777))
    assert others.status_code == never.status_code == 404
    assert others.json["detail"] == f"There is no case {cases[1]['number']}"
    assert others.json["advice"] == never.json["advice"]
    told = {"outcome": {"outcome": "theft", "inspected_on": day}, "correct": {"note": "x"}, "start": None}
    for way, body in told.items():
        for one in (cases[1]["number"], 777):
            assert inspector.post(f"/inspections/{one}/{way}", json=body).status_code == 404
    assert inspector.get(f"/inspections/{cases[1]['number']}/history").status_code == 404
    assert inspector.post(f"/inspections/{number}/start").json["state"] == "started"
    outcome = {"outcome": "tamper", "inspected_on": day, "energy_assessed": 1200.0, "note": "seal broken"}
    assert inspector.post(f"/inspections/{number}/outcome", json={**outcome, "outcome": "rain"}).status_code == 422
    recorded = inspector.post(f"/inspections/{number}/outcome", json=outcome).json
    assert (recorded["state"], recorded["finding"]["energy_assessed"]) == ("recorded", 1200.0)
    assert inspector.post(f"/inspections/{number}/correct", json={"note": "a slip"}).json["state"] == "started"
    inspector.post(f"/inspections/{number}/outcome", json=outcome)
    assert analyst.post(f"/inspections/{number}/close").json["state"] == "closed"
    history = analyst.get(f"/inspections/{number}/history").json["items"]
    assert [step["state"] for step in history][-1] == "closed"
    other = cases[1]["number"]
    assert analyst.post(f"/inspections/{other}/withdraw", json={"note": "vacant"}).json["state"] == "withdrawn"
    assert analyst.post(f"/inspections/{other}/propose").json["state"] == "proposed"
    again = analyst.post("/inspections", json={"scoring": 1, "consumer": cases[1]["consumer_id"]})
    assert again.json["number"] == other


@pytest.mark.parametrize("role", ["analyst", "inspector", "manager", "auditor", "administrator"])
def test_no_list_breaks_for_anybody(program_of, role):
    program = program_of(role)
    for place in ("datasets", "intakes", "features", "feature-sets", "jobs", "models", "scorings", "inspections"):
        assert program.get(f"/{place}").status_code in {200, 403}
    for place in ("rules", "schedules", "accounts", "audit", "settings", "me"):
        assert program.get(f"/{place}").status_code in {200, 403}
