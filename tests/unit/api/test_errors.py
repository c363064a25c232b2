"""Every error is a problem document: what is wrong, where, what to do; a defect shows its number and nothing else."""

import logging

import pytest
from flask import Response
from tests.unit.api.conftest import make_api, program

from powertheft.actions import work_jobs

SECRET = "Mrs. Lakshmi used 12 kWh"
TRAIN = {"dataset": "bills", "model": "theft"}


def check_problem(answer: Response, status: int) -> dict:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    told = answer.json
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["reference"] == answer.headers["X-Request-Id"]
    return told


def test_a_wrong_choice_says_what_there_is(program_of):
    told = check_problem(program_of("analyst").post("/jobs/train", json=TRAIN), 422)
    assert told["type"] == "urn:powertheft:problem:choice"
    assert "no dataset called bills" in told["detail"]
    assert told["advice"]


def test_what_an_address_names_and_is_not_there_is_not_found(program_of):
    program = program_of("analyst")
    for address in ("/jobs/7", "/datasets/bills/versions", "/models/x/versions/1", "/scorings/3", "/intakes/abc"):
        check_problem(program.get(address), 404)
    assert check_problem(program.get("/jobs/7"), 404)["detail"] == "There is no job 7"


def test_a_step_that_is_not_open_is_a_conflict(program_of):
    program = program_of("analyst")
    number = program.post("/jobs/collect").json["number"]
    assert program.post(f"/jobs/{number}/cancel").json["state"] == "cancelled"
    told = check_problem(program.post(f"/jobs/{number}/cancel"), 409)
    assert told["detail"] == "Job 1 is cancelled, so it cannot be cancelled"


def test_each_field_that_is_wrong_is_named(program_of):
    wrong = {"dataset": "a b", "model": "theft", "colour": "red", "choices": {"folds": 0}}
    told = check_problem(program_of("analyst").post("/jobs/train", json=wrong), 422)
    assert {one["field"] for one in told["errors"]} == {"dataset", "colour", "choices.folds"}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": b"{", "content_type": "application/json"}, 400),
        ({"data": b"[" * 200_000, "content_type": "application/json"}, 400),
        ({"data": b"\xff\xfe", "content_type": "application/json"}, 400),
        ({"data": b"{}", "content_type": "text/plain"}, 415),
        ({"data": {"dataset": "bills"}}, 415),
        ({"data": b" " * 2_000_000, "content_type": "application/json"}, 413),
        ({"json": [1]}, 422),
        ({"data": b"null", "content_type": "application/json"}, 422),
    ],
)
def test_a_body_that_cannot_be_taken_is_refused(program_of, sent, status):
    check_problem(program_of("analyst").post("/jobs/train", **sent), status)


def test_an_unknown_address_and_a_wrong_method_are_said(program_of):
    program = program_of("analyst")
    check_problem(program.get("/nothing"), 404)
    check_problem(program.get("/jobs/99999999999999999999"), 404)
    check_problem(program.get("/datasets/a%00b/versions"), 404)
    answer = program.put("/jobs")
    check_problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


def test_a_defect_is_told_by_its_number_alone(program_of, monkeypatch, caplog):
    def fail(*_: object, **__: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(work_jobs, "get_job", fail)
    with caplog.at_level(logging.ERROR):
        answer = program_of("analyst").get("/jobs/7")
    told = check_problem(answer, 500)
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text
    assert told["reference"] in caplog.text
    assert SECRET not in caplog.text


def test_a_request_keeps_the_number_that_the_server_before_gave_it(program_of, caplog):
    program = program_of("analyst")
    with caplog.at_level(logging.INFO, "powertheft.api"):
        kept = program.get("/jobs/7", headers={"X-Request-Id": "edge-0123456789"})
        replaced = program.get("/jobs/7?created_by=Kumar", headers={"X-Request-Id": "Mr Kumar"})
    assert kept.headers["X-Request-Id"] == kept.json["reference"] == "edge-0123456789"
    assert len(replaced.headers["X-Request-Id"]) == 10
    assert "request_id=edge-0123456789 method=GET route=/api/v1/jobs/<number:number> status=404" in caplog.text
    assert "Kumar" not in caplog.text


def test_a_cursor_that_is_none_of_ours_is_refused(program_of):
    program = program_of("analyst")
    for cursor in ("x", "LTE", "OTk5OTk5OTk5OTk5", "%C3%A9"):
        assert check_problem(program.get(f"/jobs?cursor={cursor}"), 422)["field"] == "cursor"
    check_problem(program.get("/jobs?limit=0"), 422)
    check_problem(program.get("/jobs?colour=red"), 422)


def test_a_name_that_is_not_ours_is_refused(api):
    check_problem(api.test_client().get("/healthz", base_url="http://evil.example"), 400)


def test_who_asks_too_often_is_told_when_to_come_again(house, store):
    api = make_api(house, requests_a_minute=3)
    asking = program(api, store, "the-analyst")
    answers = [asking.get("/me").status_code for _ in range(5)]
    assert answers == [200] * 3 + [429] * 2
    answer = asking.get("/me")
    check_problem(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0
    assert program(api, store, "the-auditor").get("/me").status_code == 200


def test_guessing_is_stopped_and_health_still_answers(house, store):
    nobody = make_api(house, refusals_a_minute=5).test_client()
    answers = [nobody.get("/me", headers={"Authorization": f"Bearer pt_{n}"}).status_code for n in range(8)]
    assert answers == [401] * 5 + [429] * 3
    assert nobody.get("/healthz").json == {"status": "ok"}


def test_every_answer_carries_the_headers_of_security(house):
    answer = make_api(house, https=True).test_client().get("/healthz")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
