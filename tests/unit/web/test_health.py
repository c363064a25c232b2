"""What machines ask of the service: health, readiness, figures, and who may read them."""

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from powertheft.actions.tokens import NewToken, make_token
from powertheft.bootstrap import Container
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import read_home
from powertheft.web import measuring

AWAY = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def home(tmp_path):
    """The home folder, made as `powertheft serve` makes it."""
    made = read_home(tmp_path / "home", {})
    made.make()
    return made


def figures(answer) -> dict[str, float]:
    """The figures of a scrape, by name and labels."""
    assert answer.status_code == 200, answer.text
    return {
        f"{sample.name}{sorted(sample.labels.items()) if sample.labels else ''}": sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def token_of(store, name: str, *scopes: str) -> dict[str, str]:
    key, _ = make_token(store, Actor("root", PERMISSIONS), NewToken("scraper", scopes, 9, owner=name))
    return {"Authorization": f"Bearer {key}"}


def test_the_process_says_that_it_answers_without_asking_the_database(visitor, store, home):
    shutil.rmtree(home.path)
    store.close()
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_the_service_is_ready_when_all_that_it_needs_is_there(visitor, home):
    answer = visitor.get("/readyz")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["status"] == "ready"
    assert {name: told["status"] for name, told in answer.json["checks"].items()} == {
        "database": "ok",
        "home": "ok",
        "queue": "ok",
    }


def test_a_database_of_another_version_is_not_ready(visitor, home):
    with sqlite3.connect(home.path / "powertheft.db") as connection:
        connection.execute("update schema_version set version_num = '9999'")
    connection.close()
    answer = visitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["status"] == "not ready"
    assert answer.json["checks"]["database"]["status"] == "failed"
    assert "another version" in answer.json["checks"]["database"]["says"]


def test_a_home_folder_that_is_gone_is_not_ready_and_its_path_is_not_told(visitor, store, home):
    store.close()
    shutil.rmtree(home.path)
    answer = visitor.get("/readyz")
    assert answer.status_code == 503
    assert {told["status"] for told in answer.json["checks"].values()} == {"failed"}
    assert str(home.path) not in answer.text


def test_a_job_that_waits_while_nobody_works_is_not_ready(visitor, store, home):
    with store.begin("ana") as work:
        waiting = work.jobs.enqueue("demo.simulate", {}, title="A utility")
    assert visitor.get("/readyz").status_code == 200, "an idle worker looks every second"
    _enqueued(home, minutes_ago=9)
    answer = visitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"]["queue"]["says"] == "a job has waited for 9 min and no worker works: start one"
    with store.begin("ana") as work:
        work.jobs.enqueue("model.train", {}, title="Another")
        work.jobs.claim("w1", lease_seconds=60)
    assert visitor.get("/readyz").json["checks"]["queue"] == {"status": "ok", "says": "moves"}
    with sqlite3.connect(home.path / "powertheft.db") as connection:
        past = (datetime.now(UTC) - timedelta(minutes=5)).replace(tzinfo=None)
        connection.execute("update jobs set lease_until = ? where number = ?", (str(past), waiting.number))
    connection.close()
    assert visitor.get("/readyz").status_code == 503, "its worker was killed, and no other has taken it up"


def test_a_job_that_is_tried_again_has_waited_since_then(visitor, store, home):
    with store.begin("ana") as work:
        job = work.jobs.enqueue("demo.simulate", {}, title="A utility")
        work.jobs.cancel(job.number)
    _enqueued(home, minutes_ago=900)
    with store.begin("ana") as work:
        work.jobs.retry(job.number)
    assert visitor.get("/readyz").status_code == 200
    assert figures(visitor.get("/metrics"))["powertheft_queue_oldest_seconds"] < 60


def _enqueued(home, *, minutes_ago: float) -> None:
    """Let everything that was done so far have been done some time ago."""
    past = str((datetime.now(UTC) - timedelta(minutes=minutes_ago)).replace(tzinfo=None))
    with sqlite3.connect(home.path / "powertheft.db") as connection:
        connection.execute("update jobs set created_at = ?", (past,))
        # The trail refuses changes; time is the one thing that a test must turn back.
        triggers = connection.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"drop trigger {name}")
        connection.execute("update audit_events set at = ?", (past,))
        for _, made in triggers:
            connection.execute(made)
    connection.close()


def test_probes_answer_by_any_name_and_pages_by_their_own_alone(visitor, home):
    named = {"Host": "10.0.0.7:8000"}
    assert visitor.get("/healthz", headers=named).status_code == 200
    assert visitor.get("/readyz", headers=named).status_code == 200
    assert visitor.get("/sign-in", headers=named).status_code == 400
    assert visitor.get("/metrics", headers=named).status_code == 400, "another site's page in a browser of this machine"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_the_figures_are_open_to_this_machine(visitor, home, address):
    answer = visitor.get("/metrics", environ_overrides={"REMOTE_ADDR": address})
    assert figures(answer)["powertheft_ready[('check', 'database')]"] == 1
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Host"])
@pytest.mark.parametrize("https", [False, True])
def test_what_a_server_passes_on_is_not_of_this_machine(make_application, home, header, https):
    visitor = make_application(https=https).test_client()
    answer = visitor.get("/metrics", headers={header: "localhost" if header == "X-Forwarded-Host" else "127.0.0.1"})
    assert answer.status_code == 401
    assert "powertheft_" not in answer.text.replace("powertheft_metrics", "")


def test_from_elsewhere_the_figures_take_a_token_with_their_scope(visitor, store, administrator):
    assert visitor.get("/metrics", environ_overrides=AWAY).status_code == 401
    right = visitor.get(
        "/metrics",
        headers={**token_of(store, "ana", "metrics.read"), "Host": "powertheft:8000"},
        environ_overrides=AWAY,
    )
    assert figures(right)["powertheft_ready[('check', 'database')]"] == 1
    other = visitor.get("/metrics", headers=token_of(store, "ana", "job.read"), environ_overrides=AWAY)
    assert other.status_code == 403
    assert "metrics.read" in other.text
    for wrong in ("Bearer pt_none", "Bearer ", "Basic YTpi", "pt_none"):
        answer = visitor.get("/metrics", headers={"Authorization": wrong}, environ_overrides=AWAY)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="powertheft"')


def test_a_wrong_token_is_refused_on_this_machine_too(visitor, home):
    assert visitor.get("/metrics", headers={"Authorization": "Bearer pt_none"}).status_code == 401


def test_requests_are_counted_under_their_rule_and_never_by_who_they_are_about(administrator):
    administrator.get("/people/ana")
    administrator.get("/people/ana?q=Kumar")
    administrator.get("/nowhere/k7f3-91ce")
    administrator.open("/jobs/", method="KUMAR")
    answer = administrator.get("/metrics")
    found = figures(answer)
    assert found["powertheft_requests_total[('method', 'GET'), ('route', '/people/<name>'), ('status', '2xx')]"] == 2
    assert found["powertheft_requests_total[('method', 'GET'), ('route', '(nothing)'), ('status', '4xx')]"] == 1
    assert found["powertheft_request_seconds_count[('route', '/people/<name>')]"] == 2
    assert "('method', 'other')" in str(found)
    assert not [word for word in ("ana", "Kumar", "KUMAR", "k7f3") if word in answer.text]


def test_requests_of_the_api_are_counted_beside_the_pages(home):
    served = Container().make_web(home, "localhost").test_client()
    assert served.get("/healthz").status_code == 200
    assert served.get("/readyz").status_code == 200
    served.get("/api/v1/jobs/7")
    served.get("/api/v1/healthz")
    found = figures(served.get("/metrics"))
    route = "/api/v1/jobs/<number:number>"
    assert found[f"powertheft_requests_total[('method', 'GET'), ('route', '{route}'), ('status', '4xx')]"] == 1
    assert found["powertheft_request_seconds_count[('route', '/api/v1/healthz')]"] == 1


def test_jobs_and_ages_are_told_and_kept_for_some_seconds(visitor, store, home, monkeypatch):
    with store.begin("ana") as work:
        work.jobs.enqueue("demo.simulate", {}, title="A utility")
    _enqueued(home, minutes_ago=10)
    queued = "powertheft_jobs[('kind', 'demo.simulate'), ('state', 'queued')]"
    found = figures(visitor.get("/metrics"))
    assert found[queued] == 1
    assert found["powertheft_queue_oldest_seconds"] == pytest.approx(600, abs=30)
    assert found["powertheft_visits[('drawn_by', 'list')]"] == 0
    assert not [name for name in found if name.startswith("powertheft_hit_rate")], "of no visits there is no rate"
    with store.begin("ana") as work:
        work.jobs.enqueue("demo.simulate", {}, title="A utility")
    assert figures(visitor.get("/metrics"))[queued] == 1, "asked again within 15 seconds"
    monkeypatch.setattr(measuring, "KEPT_SECONDS", 0.0)
    assert figures(visitor.get("/metrics"))[queued] == 2


def test_without_its_database_the_service_still_tells_its_own_figures(visitor, store, home):
    store.close()
    shutil.rmtree(home.path)
    found = figures(visitor.get("/metrics"))
    assert found["powertheft_ready[('check', 'database')]"] == 0
    assert found["process_resident_memory_bytes"] > 1e6
    assert not [name for name in found if name.startswith("powertheft_jobs")]
